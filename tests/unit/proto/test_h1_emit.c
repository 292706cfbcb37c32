/* test_h1_emit.c - heads as they are sent, and that nothing ends a line early. */
#include "hc_test.h"

#include "h1_outcome.h"
#include "proto/h1body.h"

static void emitted_heads_read_back(void **state)
{
    HC_BUF_AUTO(out, 1000);
    struct outcome o;

    (void)state;
    hc_h1_emit_request(&out, HC_BYTES("GET"), HC_BYTES("/a?b"));
    hc_h1_emit_field(&out, HC_BYTES("Host"), HC_BYTES("a"));
    hc_h1_emit_field_number(&out, HC_BYTES("Content-Length"), UINT64_C(12345678901));
    hc_h1_emit_end(&out);
    o = read_head(hc_buf_view(&out), REQUEST);
    assert_true(o.done);
    expect_bytes(o.head.path, "/a?b");
    assert_int_equal(o.head.content_length, 12345678901);
    hc_buf_clear(&out);
    hc_h1_emit_status(&out, 404, hc_bytes_str(hc_h1_reason(404)));
    hc_h1_emit_field(&out, HC_BYTES("X"), HC_BYTES("a\tb \xc3\xa4"));
    hc_h1_emit_end(&out);
    expect_bytes(hc_buf_view(&out), "HTTP/1.1 404 Not Found\r\nX: a\tb \xc3\xa4\r\n\r\n");
    assert_true(read_head(hc_buf_view(&out), RESPONSE).done);
}

static void expect_spoilt(struct hc_buf *out)
{
    struct hc_err e;

    hc_h1_emit_end(out);
    assert_true(hc_failed(hc_buf_check(out, &e)));
    hc_buf_fini(out);
    hc_buf_init(out, 1000);
}

static void a_value_that_ends_its_line_spoils_the_head(void **state)
{
    static const struct hc_bytes bad[] = {
        {(const uint8_t *)"a\r\nX: y", 7}, {(const uint8_t *)"a\n", 2},   {(const uint8_t *)"\r", 1},
        {(const uint8_t *)"a\0b", 3},      {(const uint8_t *)"a\x1b", 2}, {(const uint8_t *)"\x7f", 1},
    };
    HC_BUF_AUTO(out, 1000);

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hc_h1_emit_field(&out, HC_BYTES("X"), bad[i]);
        expect_spoilt(&out);
        hc_h1_emit_field(&out, bad[i], HC_BYTES("x"));
        expect_spoilt(&out);
        hc_h1_emit_field_number(&out, bad[i], 1);
        expect_spoilt(&out);
        hc_h1_emit_status(&out, 200, bad[i]);
        expect_spoilt(&out);
        hc_h1_emit_request(&out, bad[i], HC_BYTES("/"));
        expect_spoilt(&out);
        hc_h1_emit_request(&out, HC_BYTES("GET"), bad[i]);
        expect_spoilt(&out);
    }
    hc_h1_emit_field(&out, HC_BYTES(""), HC_BYTES("x"));
    expect_spoilt(&out);
    hc_h1_emit_field(&out, HC_BYTES("a b"), HC_BYTES("x"));
    expect_spoilt(&out);
    hc_h1_emit_request(&out, HC_BYTES("GET"), HC_BYTES("/a b"));
    expect_spoilt(&out);
    hc_h1_emit_request(&out, HC_BYTES("GET"), HC_BYTES(""));
    expect_spoilt(&out);
    hc_h1_emit_status(&out, 99, HC_BYTES(""));
    expect_spoilt(&out);
}

static void every_answer_of_the_catalogue_has_a_reason(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        if (rows[i].status)
            assert_true(hc_h1_reason((unsigned)rows[i].status)[0]);
    assert_string_equal(hc_h1_reason(599), "");
}

static struct hc_rc emit_all(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(out, 10000);

    (void)ctx;
    hc_h1_emit_status(&out, 200, HC_BYTES("OK"));
    for (int i = 0; i < 40; i++)
        hc_h1_emit_field(&out, HC_BYTES("Name"), HC_BYTES("value"));
    hc_h1_emit_end(&out);
    return hc_buf_check(&out, e);
}

static void emitting_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(emit_all, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(emitted_heads_read_back),
        cmocka_unit_test(a_value_that_ends_its_line_spoils_the_head),
        cmocka_unit_test(every_answer_of_the_catalogue_has_a_reason),
        cmocka_unit_test(emitting_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("proto/h1_emit", tests, NULL, NULL);
}

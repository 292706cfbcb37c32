/* test_h1_lines.c - limits of a head, and where it ends. */
#include "hc_test.h"

#include "h1_outcome.h"
#include "proto/h1_parts.h"

static void add_many(struct hc_buf *b, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hc_buf_add_byte(b, (uint8_t)c);
}

/* A request whose head has exactly `total` bytes. */
static void build_head(struct hc_buf *b, size_t total)
{
    hc_buf_add_str(b, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    add_many(b, 'x', total - b->n - 4);
    hc_buf_add_str(b, "\r\n\r\n");
}

static void a_head_of_the_limit_is_read_and_one_more_byte_is_not(void **state)
{
    HC_BUF_AUTO(fits, 100000);
    HC_BUF_AUTO(over, 100000);

    (void)state;
    build_head(&fits, HC_H1_HEAD_MAX);
    expect_outcome(hc_buf_view(&fits), REQUEST, HC_OK_CODE);
    build_head(&over, HC_H1_HEAD_MAX + 1);
    expect_outcome(hc_buf_view(&over), REQUEST, HC_E_HTTP_HEAD_TOO_BIG);
    /* a full buffer without an end is refused at once: there would be no room for the byte that shows it */
    expect_outcome(hc_bytes_head(hc_buf_view(&over), HC_H1_HEAD_MAX), REQUEST, HC_E_HTTP_HEAD_TOO_BIG);
    build_head(&over, 60000); /* what follows the limit is not looked at */
    expect_outcome(hc_buf_view(&over), REQUEST, HC_E_HTTP_HEAD_TOO_BIG);
}

static void a_response_head_has_the_same_limit(void **state)
{
    HC_BUF_AUTO(over, 100000);

    (void)state;
    hc_buf_add_str(&over, "HTTP/1.1 200 OK\r\nX: ");
    add_many(&over, 'x', HC_H1_HEAD_MAX);
    expect_outcome(hc_buf_view(&over), RESPONSE, HC_E_UPSTREAM_GARBAGE);
}

static void targets_end_at_their_limit(void **state)
{
    static const struct {
        size_t target;
        enum hc_code want;
    } cases[] = {
        {HC_H1_TARGET_MAX - 1, HC_OK_CODE},
        {HC_H1_TARGET_MAX, HC_OK_CODE},
        {HC_H1_TARGET_MAX + 1, HC_E_HTTP_URI_TOO_LONG},
        {HC_H1_TARGET_MAX + 29, HC_E_HTTP_URI_TOO_LONG},
        {HC_H1_TARGET_MAX + 200, HC_E_HTTP_URI_TOO_LONG},
        {HC_H1_HEAD_MAX * 2, HC_E_HTTP_URI_TOO_LONG},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HC_BUF_AUTO(b, 100000);

        hc_buf_add_str(&b, "GET /");
        add_many(&b, 'x', cases[i].target - 1);
        hc_buf_add_str(&b, " HTTP/1.1\r\nHost: a\r\n\r\n");
        expect_outcome(hc_buf_view(&b), REQUEST, cases[i].want);
    }
}

static void an_endless_first_line_is_refused_before_it_ends(void **state)
{
    HC_BUF_AUTO(b, 100000);

    (void)state;
    add_many(&b, 'x', 9000);
    expect_outcome(hc_buf_view(&b), REQUEST, HC_E_HTTP_URI_TOO_LONG);
}

static void fields_are_counted(void **state)
{
    for (size_t n = HC_H1_FIELDS_MAX - 1; n <= HC_H1_FIELDS_MAX + 1; n++) {
        HC_BUF_AUTO(b, 100000);

        hc_buf_add_str(&b, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (size_t i = 1; i < n; i++)
            hc_buf_addf(&b, "x%zu: y\r\n", i);
        hc_buf_add_str(&b, "\r\n");
        expect_outcome(hc_buf_view(&b), REQUEST, n > HC_H1_FIELDS_MAX ? HC_E_HTTP_HEAD_TOO_BIG : HC_OK_CODE);
    }
    (void)state;
}

static void every_byte_is_looked_at_once(void **state)
{
    struct hc_bytes in = HC_BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r");
    size_t scanned = 0, end = 1;
    struct hc_err e;

    (void)state;
    for (size_t n = 0; n <= in.n; n++) {
        size_t before = scanned;

        expect_ok(&e, hc_h1_lines_end(hc_bytes_head(in, n), &scanned, &end, &e));
        assert_int_equal(end, 0);
        assert_true(scanned >= before && scanned + 1 >= n); /* at most a CR is looked at again */
    }
}

static void an_incomplete_head_asks_for_more(void **state)
{
    struct hc_bytes in = HC_BYTES("\r\nGET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");

    (void)state;
    for (size_t n = 0; n < in.n; n++) {
        struct outcome o = read_head(hc_bytes_head(in, n), REQUEST);

        assert_int_equal(o.code, HC_OK_CODE);
        assert_false(o.done);
    }
}

static void control_bytes_are_refused_as_soon_as_they_arrive(void **state)
{
    (void)state;
    for (unsigned c = 0; c < 256; c++) {
        const uint8_t in[] = {'G', (uint8_t)c, 'T'};
        bool fine = (c >= 0x20 && c != 0x7f) || c == '\t';
        struct outcome o = read_head(hc_bytes_of(in, sizeof in), REQUEST);

        assert_int_equal(o.code, fine ? HC_OK_CODE : HC_E_HTTP_MALFORMED);
        assert_false(o.done);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_of_the_limit_is_read_and_one_more_byte_is_not),
        cmocka_unit_test(a_response_head_has_the_same_limit),
        cmocka_unit_test(targets_end_at_their_limit),
        cmocka_unit_test(an_endless_first_line_is_refused_before_it_ends),
        cmocka_unit_test(fields_are_counted),
        cmocka_unit_test(every_byte_is_looked_at_once),
        cmocka_unit_test(an_incomplete_head_asks_for_more),
        cmocka_unit_test(control_bytes_are_refused_as_soon_as_they_arrive),
    };

    return cmocka_run_group_tests_name("proto/h1_lines", tests, NULL, NULL);
}

/* test_h1body.c - bodies, decoded in every way of cutting them. */
#include "hc_test.h"

#include "base/auto.h"
#include "proto/h1body.h"

struct result {
    enum hc_code code;
    bool done;
    size_t consumed;
};

static struct hc_h1_decoder decoder(enum hc_h1_body body, uint64_t length)
{
    struct hc_h1_head head = {.body = body, .content_length = length};
    struct hc_h1_decoder dec;

    hc_h1_decoder_init_request(&dec, &head);
    return dec;
}

/* Feeds `in` in steps of `step` bytes, each at an address of its own. */
static struct result feed(struct hc_h1_decoder *dec, struct hc_bytes in, size_t step, struct hc_buf *content)
{
    struct result r = {0};
    struct hc_err e = {0};

    while (r.consumed < in.n && r.code == HC_OK_CODE && !r.done) {
        size_t n = in.n - r.consumed < step ? in.n - r.consumed : step;
        uint8_t *copy = malloc(n);
        struct hc_h1_piece piece = {0};

        memcpy(copy, in.p + r.consumed, n);
        r.code = hc_h1_decode(dec, hc_bytes_of(copy, n), &piece, &e).code;
        hc_buf_add(content, piece.data);
        assert_true(piece.consumed > 0 || r.code != HC_OK_CODE);
        r.consumed += piece.consumed;
        r.done = piece.progress == HC_H1_DONE;
        free(copy);
    }
    return r;
}

static void expect_body(enum hc_h1_body body, uint64_t length, struct hc_bytes in, enum hc_code want,
                        const char *content)
{
    for (size_t step = 1; step <= in.n; step = step < 40 ? step + 1 : step * 2) {
        HC_BUF_AUTO(got, 200000);
        struct hc_h1_decoder dec = decoder(body, length);
        struct result r = feed(&dec, in, step, &got);

        if (r.code != want)
            fail_msg("step %zu: wanted %d, got %d for %.*s", step, want, r.code, (int)(in.n < 200 ? in.n : 200),
                     (const char *)in.p);
        if (want == HC_OK_CODE && content)
            assert_true(hc_bytes_eq_str(hc_buf_view(&got), content));
        if (want == HC_OK_CODE)
            assert_int_equal(hc_h1_decoder_total(&dec), got.n);
    }
}

static void chunked_bodies_are_decoded(void **state)
{
    static const struct {
        const char *in;
        const char *content;
    } cases[] = {
        {"0\r\n\r\n", ""},
        {"5\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"0005\r\nhello\r\n000\r\n\r\n", "hello"},
        {"5;x\r\nhello\r\n0\r\n\r\n", "hello"},
        {"5;x=y;z=\"a;b\"\r\nhello\r\n0;last\r\n\r\n", "hello"},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
        {"5\r\nhello\r\n0\r\nX: y\r\nZ:\r\n\r\n", "hello"},
        {"0\r\nHandclasp-Identity: root\r\n\r\n", ""},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        expect_body(HC_H1_BODY_CHUNKED, 0, hc_bytes_str(cases[i].in), HC_OK_CODE, cases[i].content);
}

static void malformed_chunks_are_refused(void **state)
{
    static const struct hc_bytes cases[] = {
#define B(text) {(const uint8_t *)("" text), sizeof(text) - 1}
        B("\r\n"),
        B("g\r\n"),
        B(" 5\r\nhello\r\n"),
        B("5 \r\nhello\r\n"),
        B("5 ;x\r\nhello\r\n"),
        B("+5\r\nhello\r\n"),
        B("-5\r\nhello\r\n"),
        B("0x5\r\nhello\r\n"),
        B(";x\r\nhello\r\n"),
        B("5\nhello\r\n"),
        B("5\rhello\r\n"),
        B("5\r\nhello\n0\r\n\r\n"),
        B("5\r\nhello0\r\n\r\n"),
        B("5\r\nhellooo\r\n0\r\n\r\n"),
        B("5\r\nhello\r0\r\n\r\n"),
        B("4\r\nhello\r\n0\r\n\r\n"),
        B("5;x\nhello\r\n"), /* the extension that ends with a bare LF for some */
        B("5;x\ry\r\nhello\r\n"),
        B("5;\x01\r\nhello\r\n"),
        B("5;\x7f\r\nhello\r\n"),
        B("5,5\r\nhello\r\n"),
        B("fffffffffffffffff\r\n"),
        B("1000000000000000\r\n"), /* sixteen digits */
        B("10000000000000005\r\nhello\r\n"),
        B("0\r\n\n"),
        B("0\r\n\r\r"),
        B("0\n\r\n"),
        B("0\r\n X: y\r\n\r\n"),
        B("0\r\n: y\r\n\r\n"),
        B("0\r\nX\r\n\r\n"),
        B("0\r\nX y: z\r\n\r\n"),
        B("0\r\nX : z\r\n\r\n"),
        B("0\r\nX: z\n\r\n"),
        B("0\r\nX: z\r\r\n"),
        B("0\r\nX: \0\r\n\r\n"),
        B("0\r\n\0\r\n"),
        B("\xb2\r\n"),
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        expect_body(HC_H1_BODY_CHUNKED, 0, cases[i], HC_E_HTTP_FRAMING, NULL);
}

/* A chunk-size line of `n` bytes with its CRLF, then the rest of the body. */
static void build_line(struct hc_buf *b, size_t n)
{
    hc_buf_add_str(b, "0;");
    while (b->n < n - 2)
        hc_buf_add_byte(b, 'x');
    hc_buf_add_str(b, "\r\n\r\n");
}

static void size_lines_and_trailers_are_bounded(void **state)
{
    HC_BUF_AUTO(fits, 20000);
    HC_BUF_AUTO(over, 20000);

    (void)state;
    build_line(&fits, HC_H1_CHUNK_LINE_MAX);
    expect_body(HC_H1_BODY_CHUNKED, 0, hc_buf_view(&fits), HC_OK_CODE, "");
    build_line(&over, HC_H1_CHUNK_LINE_MAX + 1);
    expect_body(HC_H1_BODY_CHUNKED, 0, hc_buf_view(&over), HC_E_HTTP_FRAMING, NULL);
    hc_buf_clear(&over);
    while (over.n <= HC_H1_CHUNK_LINE_MAX)
        hc_buf_add_byte(&over, '0');
    expect_body(HC_H1_BODY_CHUNKED, 0, hc_buf_view(&over), HC_E_HTTP_FRAMING, NULL);
    for (size_t extra = 0; extra <= 1; extra++) {
        HC_BUF_AUTO(b, 20000);

        hc_buf_add_str(&b, "0\r\nX:");
        while (b.n < 3 + HC_H1_TRAILERS_MAX - 4 + extra)
            hc_buf_add_byte(&b, 'x');
        hc_buf_add_str(&b, "\r\n\r\n");
        expect_body(HC_H1_BODY_CHUNKED, 0, hc_buf_view(&b), extra ? HC_E_HTTP_FRAMING : HC_OK_CODE, NULL);
    }
}

static void the_bound_of_a_size_line_holds_for_each_line_alone(void **state)
{
    HC_BUF_AUTO(b, 20000);

    (void)state;
    for (int i = 0; i < 100; i++)
        hc_buf_add_str(&b, "0000000001;name=value\r\nx\r\n");
    hc_buf_add_str(&b, "0\r\n\r\n");
    expect_body(HC_H1_BODY_CHUNKED, 0, hc_buf_view(&b), HC_OK_CODE, NULL);
}

static void a_length_is_taken_to_the_byte(void **state)
{
    HC_BUF_AUTO(got, 100);
    struct hc_h1_decoder dec = decoder(HC_H1_BODY_LENGTH, 5);
    struct result r = feed(&dec, HC_BYTES("helloGET / HTTP/1.1"), 100, &got);
    struct hc_h1_piece piece;
    struct hc_err e;

    (void)state;
    assert_true(r.done);
    assert_int_equal(r.consumed, 5);
    expect_bytes(hc_buf_view(&got), "hello");
    expect_body(HC_H1_BODY_LENGTH, 5, HC_BYTES("helloX"), HC_OK_CODE, "hello");
    expect_ok(&e, hc_h1_decode(&dec, HC_BYTES("GET"), &piece, &e)); /* done stays done and takes nothing more */
    assert_int_equal(piece.consumed, 0);
    assert_int_equal(piece.progress, HC_H1_DONE);
}

static void bodies_of_nothing_are_done_at_once(void **state)
{
    struct hc_h1_decoder none = decoder(HC_H1_BODY_NONE, 0), zero = decoder(HC_H1_BODY_LENGTH, 0);
    struct hc_h1_piece piece;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_h1_decode(&none, (struct hc_bytes){0}, &piece, &e));
    assert_int_equal(piece.progress, HC_H1_DONE);
    expect_ok(&e, hc_h1_decode(&zero, HC_BYTES("next"), &piece, &e));
    assert_int_equal(piece.progress, HC_H1_DONE);
    assert_int_equal(piece.consumed, 0);
}

static void an_early_end_blames_the_side_that_left(void **state)
{
    struct hc_h1_head head = {.body = HC_H1_BODY_LENGTH, .content_length = 5};
    struct hc_h1_decoder dec;
    struct hc_h1_piece piece;
    struct hc_err e;

    (void)state;
    hc_h1_decoder_init_request(&dec, &head);
    expect_ok(&e, hc_h1_decode(&dec, HC_BYTES("hell"), &piece, &e));
    expect_fail(&e, hc_h1_decode_eof(&dec, &e), HC_E_HTTP_CLOSED);
    hc_h1_decoder_init_response(&dec, &head);
    expect_fail(&e, hc_h1_decode_eof(&dec, &e), HC_E_UPSTREAM_CLOSED);
    head.body = HC_H1_BODY_CHUNKED;
    hc_h1_decoder_init_response(&dec, &head);
    expect_ok(&e, hc_h1_decode(&dec, HC_BYTES("0\r\n"), &piece, &e));
    assert_int_equal(piece.progress, HC_H1_MORE);
    expect_fail(&e, hc_h1_decode_eof(&dec, &e), HC_E_UPSTREAM_CLOSED);
    head.body = HC_H1_BODY_UNTIL_CLOSE;
    hc_h1_decoder_init_response(&dec, &head);
    expect_ok(&e, hc_h1_decode(&dec, HC_BYTES("all of it"), &piece, &e));
    expect_bytes(piece.data, "all of it");
    assert_int_equal(piece.progress, HC_H1_MORE);
    expect_ok(&e, hc_h1_decode_eof(&dec, &e));
}

static void a_malformed_body_stays_malformed(void **state)
{
    struct hc_h1_head head = {.body = HC_H1_BODY_CHUNKED};
    struct hc_h1_piece piece = {.consumed = 77};
    struct hc_h1_decoder dec;
    struct hc_err e;

    (void)state;
    hc_h1_decoder_init_response(&dec, &head);
    expect_fail(&e, hc_h1_decode(&dec, HC_BYTES("x"), &piece, &e), HC_E_UPSTREAM_GARBAGE);
    assert_int_equal(piece.consumed, 77);
    expect_fail(&e, hc_h1_decode(&dec, HC_BYTES("0\r\n\r\n"), &piece, &e), HC_E_UPSTREAM_GARBAGE);
    expect_fail(&e, hc_h1_decode_eof(&dec, &e), HC_E_UPSTREAM_GARBAGE);
}

/* What the emitter frames, the decoder gives back, for sizes around every power of two. */
static void emitted_chunks_come_back(void **state)
{
    HC_BUF_AUTO(wire, 1 << 18);
    HC_BUF_AUTO(sent, 1 << 17);
    HC_BUF_AUTO(got, 1 << 17);
    struct hc_h1_decoder dec = decoder(HC_H1_BODY_CHUNKED, 0);
    struct result r;

    (void)state;
    for (size_t n = 1, i = 0; n < 20000; n = i % 3 == 2 ? n * 2 : n + 1, i++) {
        hc_h1_chunk_begin(&wire, n);
        for (size_t k = 0; k < n; k++) {
            hc_buf_add_byte(&wire, (uint8_t)(k * 31 + n));
            hc_buf_add_byte(&sent, (uint8_t)(k * 31 + n));
        }
        hc_h1_chunk_end(&wire);
    }
    hc_h1_chunk_last(&wire);
    r = feed(&dec, hc_buf_view(&wire), 4096, &got);
    assert_true(r.done);
    assert_int_equal(r.consumed, wire.n);
    assert_true(hc_bytes_eq(hc_buf_view(&got), hc_buf_view(&sent)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunked_bodies_are_decoded),
        cmocka_unit_test(malformed_chunks_are_refused),
        cmocka_unit_test(size_lines_and_trailers_are_bounded),
        cmocka_unit_test(the_bound_of_a_size_line_holds_for_each_line_alone),
        cmocka_unit_test(a_length_is_taken_to_the_byte),
        cmocka_unit_test(bodies_of_nothing_are_done_at_once),
        cmocka_unit_test(an_early_end_blames_the_side_that_left),
        cmocka_unit_test(a_malformed_body_stays_malformed),
        cmocka_unit_test(emitted_chunks_come_back),
    };

    return cmocka_run_group_tests_name("proto/h1body", tests, NULL, NULL);
}

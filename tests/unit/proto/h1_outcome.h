/* h1_outcome.h - reads a head all at once and in every way of cutting it, and insists that the outcome is the same. */
#ifndef HC_TEST_H1_OUTCOME_H
#define HC_TEST_H1_OUTCOME_H

#include "proto/h1.h"

struct outcome {
    enum hc_code code; /* HC_OK_CODE with done false: more bytes are needed */
    bool done;
    struct hc_h1_head head; /* borrows from the bytes given */
    char text[HC_ERR_TEXT];
};

enum side { REQUEST, RESPONSE, RESPONSE_TO_HEAD };

static inline void read_once(struct hc_bytes in, size_t *scanned, enum side side, struct outcome *out)
{
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_err e = {0};
    struct hc_h1_response_input input = {in, scanned, side == RESPONSE_TO_HEAD};
    struct hc_rc rc = side == REQUEST ? hc_h1_request_head(in, scanned, &out->head, &progress, &e)
                                      : hc_h1_response_head(input, &out->head, &progress, &e);

    out->code = rc.code;
    out->done = hc_ok(rc) && progress == HC_H1_DONE;
    memcpy(out->text, e.text, sizeof e.text);
    if (hc_failed(rc))
        assert_int_equal(e.code, rc.code);
}

/* Grows the input by `step` bytes a call, each time at another address, so that a read beyond its end is seen. */
static inline void read_in_steps(struct hc_bytes in, size_t step, enum side side, struct outcome *out)
{
    size_t scanned = 0;

    for (size_t n = step < in.n ? step : in.n;; n = n + step < in.n ? n + step : in.n) {
        uint8_t *copy = malloc(n + (n == 0));

        if (n)
            memcpy(copy, in.p, n);
        read_once(hc_bytes_of(copy, n), &scanned, side, out);
        assert_true(scanned <= n);
        free(copy);
        if (out->code != HC_OK_CODE || out->done || n == in.n)
            return;
    }
}

static inline struct outcome read_head(struct hc_bytes in, enum side side)
{
    struct outcome whole, parts;
    size_t scanned = 0, step = in.n > 2000 ? 611 : 1;

    read_once(in, &scanned, side, &whole);
    read_in_steps(in, step, side, &parts);
    if (whole.code != parts.code || whole.done != parts.done)
        fail_msg("all at once %d/%d, in steps %d/%d: %.*s", whole.code, whole.done, parts.code, parts.done,
                 HC_BYTES_FMT(in));
    if (whole.done) {
        assert_int_equal(whole.head.head_bytes, parts.head.head_bytes);
        assert_int_equal(whole.head.body, parts.head.body);
        assert_int_equal(whole.head.n_fields, parts.head.n_fields);
        assert_int_equal(scanned, 0);
    }
    return whole;
}

/* The bytes of the literal end in the head's outcome `want`. */
#define expect_outcome(bytes, side, want)                                                                              \
    do {                                                                                                               \
        struct outcome outcome_ = read_head((bytes), (side));                                                          \
        if (outcome_.code != (want) || (outcome_.code == HC_OK_CODE && !outcome_.done))                                \
            fail_msg("wanted %d, got %d%s (%s) for: %.*s", (int)(want), (int)outcome_.code,                            \
                     outcome_.code == HC_OK_CODE && !outcome_.done ? " incomplete" : "", outcome_.text,                \
                     (int)((bytes).n < 300 ? (bytes).n : 300), (const char *)(bytes).p);                               \
    } while (0)

struct case_of {
    struct hc_bytes in;
    enum hc_code want;
};
#define CASE(text, code)                                                                                               \
    {                                                                                                                  \
        {(const uint8_t *)("" text), sizeof(text) - 1}, code                                                           \
    }

#define expect_cases(cases, side)                                                                                      \
    do {                                                                                                               \
        for (size_t case_ = 0; case_ < sizeof(cases) / sizeof(cases)[0]; case_++)                                      \
            expect_outcome((cases)[case_].in, (side), (cases)[case_].want);                                            \
    } while (0)

#endif

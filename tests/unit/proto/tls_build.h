/*
 * tls_build.h - builds TLS messages in tests, remembers where their lengths are, and holds a reader against every
 * message that is cut, too long, or lies.
 */
#ifndef HC_TEST_TLS_BUILD_H
#define HC_TEST_TLS_BUILD_H

#include "proto/tls_wire.h"

#define LENGTHS_MAX 64
#define OUT_MAX 8192

/* A message under construction. */
struct message {
    struct hc_buf b;
    struct {
        size_t at, prefix;
    } length[LENGTHS_MAX];
    size_t n;
};

#define MESSAGE(name) __attribute__((cleanup(message_fini))) struct message name = {.b = HC_BUF(1 << 20)}

static inline void message_fini(struct message *m)
{
    hc_buf_fini(&m->b);
}

static inline void put(struct message *m, size_t bytes, uint32_t number)
{
    for (size_t i = bytes; i-- > 0;)
        hc_buf_add_byte(&m->b, (uint8_t)(number >> (8 * i)));
}

static inline void put_many(struct message *m, size_t n, uint8_t c)
{
    for (size_t i = 0; i < n; i++)
        hc_buf_add_byte(&m->b, c);
}

/* Opens a vector with a length of so many bytes; `end` of the same index fills it in. */
static inline size_t begin(struct message *m, size_t prefix)
{
    assert_true(m->n < LENGTHS_MAX);
    m->length[m->n].at = m->b.n;
    m->length[m->n].prefix = prefix;
    put(m, prefix, 0);
    return m->n++;
}

static inline void set_length(struct message *m, size_t index, size_t n)
{
    size_t at = m->length[index].at, prefix = m->length[index].prefix;

    for (size_t i = 0; i < prefix; i++)
        m->b.p[at + i] = (uint8_t)(n >> (8 * (prefix - 1 - i)));
}

static inline size_t get_length(const struct message *m, size_t index)
{
    size_t at = m->length[index].at, n = 0;

    for (size_t i = 0; i < m->length[index].prefix; i++)
        n = n << 8 | m->b.p[at + i];
    return n;
}

static inline void end(struct message *m, size_t index)
{
    set_length(m, index, m->b.n - m->length[index].at - m->length[index].prefix);
}

static inline void put_vector(struct message *m, size_t prefix, struct hc_bytes contents)
{
    size_t v = begin(m, prefix);

    hc_buf_add(&m->b, contents);
    end(m, v);
}

/* An extension whose value is said in hexadecimal; only its own length is remembered. */
static inline void put_extension(struct message *m, uint16_t type, const char *hex)
{
    uint8_t value[512];
    struct hc_bytes text = hc_bytes_str(hex);

    assert_true(text.n / 2 <= sizeof value);
    assert_true(hc_bytes_unhex(text, value));
    put(m, 2, type);
    put_vector(m, 2, hc_bytes_of(value, text.n / 2));
}

/* Reads one kind of message into `out`, of `size` bytes. */
struct reader {
    struct hc_rc (*read)(struct hc_bytes body, void *out, struct hc_err *e);
    size_t size;
    size_t also_good; /* a prefix of this length is a message, too; 0: none */
};

/* It fails for exactly this reason, and `out` is as it was. The bytes are a block of their own, so that a sanitiser
 * sees one byte too far. */
static inline void expect_malformed(const struct reader *reader, struct hc_bytes body)
{
    static uint8_t out[OUT_MAX], before[OUT_MAX];
    uint8_t *copy = malloc(body.n ? body.n : 1);
    struct hc_err e = {0};

    assert_non_null(copy);
    assert_true(reader->size <= sizeof out);
    memset(out, 0xa5, sizeof out);
    memset(before, 0xa5, sizeof before);
    if (body.n)
        memcpy(copy, body.p, body.n);
    expect_fail(&e, reader->read(hc_bytes_of(copy, body.n), out, &e), HC_E_TLS_MESSAGE);
    assert_memory_equal(out, before, sizeof out);
    free(copy);
}

static inline void expect_good(const struct reader *reader, struct hc_bytes body)
{
    static uint8_t out[OUT_MAX];
    struct hc_err e = {0};

    expect_ok(&e, reader->read(body, out, &e));
}

/* The message is good; cut at any byte, with a byte more, and with any length one more or one less it is not. */
static inline void expect_strict(const struct reader *reader, struct message *m)
{
    struct hc_bytes whole = hc_buf_view(&m->b);

    expect_good(reader, whole);
    for (size_t n = 0; n < whole.n; n++)
        if (n != reader->also_good || n == 0)
            expect_malformed(reader, hc_bytes_head(whole, n));
    for (size_t i = 0; i < m->n; i++) {
        size_t n = get_length(m, i);

        set_length(m, i, n + 1);
        expect_malformed(reader, whole);
        set_length(m, i, n == 0 ? 7 : n - 1);
        expect_malformed(reader, whole);
        set_length(m, i, n);
    }
    hc_buf_add_byte(&m->b, 0);
    expect_malformed(reader, hc_buf_view(&m->b));
}

/* The reason mentions these words. */
static inline void expect_reason(const struct reader *reader, struct hc_bytes body, const char *words)
{
    static uint8_t out[OUT_MAX];
    struct hc_err e = {0};

    expect_fail(&e, reader->read(body, out, &e), HC_E_TLS_MESSAGE);
    if (!strstr(e.text, words))
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
}

#endif

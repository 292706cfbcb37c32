/*
 * buf.h - bytes that are owned, grow, and cannot grow past a cap fixed at creation.
 *
 * A buffer fails once and stays failed: appending to a failed buffer does nothing, so that an emitter reads like the
 * thing it emits and is checked once at its end with hc_buf_check. Never shared between threads.
 */
#ifndef HC_BASE_BUF_H
#define HC_BASE_BUF_H

#include "base/bytes.h"
#include "base/err.h"

struct hc_buf {
    uint8_t *p;          /* owned; NULL while empty */
    size_t n;            /* bytes in use */
    size_t cap;          /* bytes allocated */
    size_t max;          /* n never exceeds this */
    enum hc_code failed; /* HC_OK_CODE, HC_E_NOMEM, HC_E_TOO_BIG, or an emitter's own reason; sticky */
};

/* An empty buffer that may hold up to `max` bytes. Allocates nothing. */
#define HC_BUF(max_bytes) ((struct hc_buf){.max = (max_bytes)})

/* The same for a buffer that is declared already. */
void hc_buf_init(struct hc_buf *b, size_t max);

/* Releases the storage and leaves the buffer empty, with its cap. Safe on an initialised or zeroed buffer. */
void hc_buf_fini(struct hc_buf *b);

/* Overwrites the storage with zeros, then releases it; for buffers through which a key or a passphrase passed. */
void hc_buf_wipe(struct hc_buf *b);

/* Scope clean-up: HC_BUF_AUTO(out, 4096); */
#define HC_BUF_AUTO(name, max_bytes) __attribute__((cleanup(hc_buf_fini))) struct hc_buf name = HC_BUF(max_bytes)
#define HC_BUF_SECRET(name, max_bytes) __attribute__((cleanup(hc_buf_wipe))) struct hc_buf name = HC_BUF(max_bytes)

/* Append copies. `more` must not point into the buffer, whose storage may move. */
void hc_buf_add(struct hc_buf *b, struct hc_bytes more);
void hc_buf_add_byte(struct hc_buf *b, uint8_t c);
void hc_buf_add_str(struct hc_buf *b, const char *s);
void hc_buf_addf(struct hc_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `n` more bytes and returns where they go, or NULL (and a failed buffer). The caller then adds to
 * b->n. */
uint8_t *hc_buf_reserve(struct hc_buf *b, size_t n);

/* Drops the first `n` bytes (clamped) and moves the rest down. */
void hc_buf_drop(struct hc_buf *b, size_t n);

/* Fails the buffer for a reason from outside: hc_buf_fail(out, part.failed) when what it is made of could not be made.
 * Does nothing for HC_OK_CODE, or when it has failed already. */
void hc_buf_fail(struct hc_buf *b, enum hc_code why);

/* Empties it; keeps storage and cap; clears a failure. */
void hc_buf_clear(struct hc_buf *b);

/* Valid until the next change of the buffer. */
static inline struct hc_bytes hc_buf_view(const struct hc_buf *b)
{
    return (struct hc_bytes){b->p, b->n};
}

/* The contents as a C string, NUL-terminated within the storage; "" for a failed or empty buffer. Valid until the next
 * change. */
const char *hc_buf_cstr(struct hc_buf *b);

/* The one check at the end of an emitter. Fails with HC_E_NOMEM, HC_E_TOO_BIG, or what an emitter set b->failed to. */
struct hc_rc hc_buf_check(const struct hc_buf *b, struct hc_err *e);

#endif

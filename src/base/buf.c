/* buf.c - growing, capped, sticky on failure. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hc_buf_init(struct hc_buf *b, size_t max)
{
    *b = HC_BUF(max);
}

void hc_buf_fini(struct hc_buf *b)
{
    free(b->p);
    *b = HC_BUF(b->max);
}

void hc_buf_wipe(struct hc_buf *b)
{
    if (b->p)
        explicit_bzero(b->p, b->cap);
    hc_buf_fini(b);
}

/* realloc would leave a copy of the old bytes behind; a buffer may hold secrets, so the old storage is wiped. */
static bool grow(struct hc_buf *b, size_t need)
{
    size_t cap = b->cap ? b->cap : 64;
    uint8_t *p;

    while (cap < need)
        cap *= 2; /* need <= max + 1 <= SIZE_MAX / 2 in practice: every cap is a small constant */
    p = malloc(cap);
    if (!p) {
        b->failed = HC_E_NOMEM;
        return false;
    }
    if (b->n)
        memcpy(p, b->p, b->n);
    if (b->p) {
        explicit_bzero(b->p, b->n);
        free(b->p);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *hc_buf_reserve(struct hc_buf *b, size_t n)
{
    if (b->failed != HC_OK_CODE)
        return NULL;
    if (n > b->max || b->n > b->max - n) {
        b->failed = HC_E_TOO_BIG;
        return NULL;
    }
    if (b->n + n + 1 > b->cap && !grow(b, b->n + n + 1)) /* one more for hc_buf_cstr */
        return NULL;
    return b->p + b->n;
}

void hc_buf_add(struct hc_buf *b, struct hc_bytes more)
{
    uint8_t *at = hc_buf_reserve(b, more.n);

    if (!at || more.n == 0)
        return;
    memcpy(at, more.p, more.n);
    b->n += more.n;
}

void hc_buf_add_byte(struct hc_buf *b, uint8_t c)
{
    hc_buf_add(b, (struct hc_bytes){&c, 1});
}

void hc_buf_add_str(struct hc_buf *b, const char *s)
{
    hc_buf_add(b, hc_bytes_str(s));
}

void hc_buf_addf(struct hc_buf *b, const char *fmt, ...)
{
    va_list ap;
    int n;
    uint8_t *at;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        b->failed = HC_E_NOMEM;
    at = n < 0 ? NULL : hc_buf_reserve(b, (size_t)n);
    if (!at)
        return;
    va_start(ap, fmt);
    vsnprintf((char *)at, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
}

void hc_buf_drop(struct hc_buf *b, size_t n)
{
    if (n >= b->n) {
        b->n = 0;
        return;
    }
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

void hc_buf_clear(struct hc_buf *b)
{
    b->n = 0;
    b->failed = HC_OK_CODE;
}

const char *hc_buf_cstr(struct hc_buf *b)
{
    if (b->failed != HC_OK_CODE || !hc_buf_reserve(b, 0))
        return "";
    b->p[b->n] = 0;
    return (const char *)b->p;
}

void hc_buf_fail(struct hc_buf *b, enum hc_code why)
{
    if (b->failed == HC_OK_CODE)
        b->failed = why;
}

struct hc_rc hc_buf_check(const struct hc_buf *b, struct hc_err *e)
{
    if (b->failed == HC_E_NOMEM)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory after %zu bytes", b->n);
    if (b->failed == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_TOO_BIG, "more than the limit of %zu bytes", b->max);
    if (b->failed != HC_OK_CODE)
        return HC_FAIL(e, b->failed, "bytes that may not stand there");
    return HC_OK;
}

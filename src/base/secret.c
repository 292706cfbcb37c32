/* secret.c - storage that is wiped when it goes. */
#include "base/secret.h"

#include <stdlib.h>

struct hc_secret {
    size_t n;         /* bytes in use */
    size_t allocated; /* bytes to wipe */
    uint8_t data[];
};

struct hc_rc hc_secret_new(size_t n, struct hc_secret **out, struct hc_err *e)
{
    struct hc_secret *s;

    if (n > SIZE_MAX - sizeof *s || !(s = calloc(1, sizeof *s + n)))
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a secret of %zu bytes", n);
    s->n = n;
    s->allocated = n;
    *out = s;
    return HC_OK;
}

struct hc_rc hc_secret_copy(struct hc_bytes from, struct hc_secret **out, struct hc_err *e)
{
    HC_TRY(e, hc_secret_new(from.n, out, e));
    if (from.n)
        memcpy((*out)->data, from.p, from.n);
    return HC_OK;
}

void hc_secret_free(struct hc_secret *s)
{
    if (!s)
        return;
    explicit_bzero(s->data, s->allocated);
    free(s);
}

struct hc_bytes hc_secret_view(const struct hc_secret *s)
{
    return s ? (struct hc_bytes){s->data, s->n} : (struct hc_bytes){NULL, 0};
}

uint8_t *hc_secret_data(struct hc_secret *s)
{
    return s->data;
}

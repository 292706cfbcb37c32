/* random.c - bytes, numbers and passphrases from the private generator. */
#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/internal.h"

/* 32 characters, so that five random bits choose one without bias; 0 and o, 1 and l are left out. */
static const char alphabet[] = "23456789abcdefghijkmnpqrstuvwxyz";
_Static_assert(sizeof alphabet == 33, "five bits choose a character");

#define GROUP 4

/* Everything random here may become a secret, so all of it comes from the generator kept for secrets. */
static struct hc_rc draw(const struct hc_crypto *c, uint8_t *out, size_t n, struct hc_err *e)
{
    if (RAND_priv_bytes_ex(hc_crypto_ctx(c), out, n, 0) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "no random bytes are to be had");
    return HC_OK;
}

struct hc_rc hc_random_fill(const struct hc_crypto *c, struct hc_buf *out, size_t n, struct hc_err *e)
{
    LIB_QUIET;
    uint8_t *p = hc_buf_reserve(out, n);

    if (!p)
        return hc_buf_check(out, e);
    HC_TRY(e, draw(c, p, n, e));
    out->n += n;
    return HC_OK;
}

struct hc_rc hc_random_text(const struct hc_crypto *c, size_t groups, struct hc_secret **out, struct hc_err *e)
{
    LIB_QUIET;
    HC_AUTO(hc_secret) text = NULL;
    uint8_t *p;

    if (groups < HC_RANDOM_GROUPS_MIN)
        groups = HC_RANDOM_GROUPS_MIN;
    if (groups > HC_RANDOM_GROUPS_MAX)
        groups = HC_RANDOM_GROUPS_MAX;
    HC_TRY(e, hc_secret_new(groups * (GROUP + 1) - 1, &text, e));
    p = hc_secret_data(text);
    HC_TRY(e, draw(c, p, hc_secret_view(text).n, e));
    for (size_t i = 0; i < hc_secret_view(text).n; i++)
        p[i] = i % (GROUP + 1) == GROUP ? '-' : (uint8_t)alphabet[p[i] & 31];
    *out = HC_GIVE(text);
    return HC_OK;
}

/* hash.c - digests in pieces, on libcrypto's default provider. */
#include "crypto/hash.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct hc_hash {
    EVP_MD_CTX *ctx;
};

static const EVP_MD *method(enum hc_hash_kind kind)
{
    switch (kind) {
    case HC_HASH_NONE:
        break;
    case HC_HASH_SHA256:
        return EVP_sha256();
    case HC_HASH_SHA384:
        return EVP_sha384();
    case HC_HASH_SHA512:
        return EVP_sha512();
    }
    return NULL;
}

struct hc_rc hc_hash_new(enum hc_hash_kind kind, struct hc_hash **out, struct hc_err *e)
{
    HC_AUTO(hc_hash) h = calloc(1, sizeof(*h));

    assert(method(kind) != NULL);
    /* As in digest.c: no openssl.cnf of this machine decides what a digest is. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (h == NULL || (h->ctx = EVP_MD_CTX_new()) == NULL || EVP_DigestInit_ex(h->ctx, method(kind), NULL) != 1)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a digest");
    *out = HC_GIVE(h);
    return HC_OK;
}

void hc_hash_free(struct hc_hash *h)
{
    if (h != NULL)
        EVP_MD_CTX_free(h->ctx);
    free(h);
}

void hc_hash_add(struct hc_hash *h, struct hc_bytes more)
{
    if (more.n > 0 && EVP_DigestUpdate(h->ctx, more.p, more.n) != 1)
        abort();
}

size_t hc_hash_end(struct hc_hash *h, uint8_t out[HC_HASH_MAX])
{
    unsigned n = 0;

    if (EVP_DigestFinal_ex(h->ctx, out, &n) != 1)
        abort();
    return n;
}

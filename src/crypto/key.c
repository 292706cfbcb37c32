/* key.c - private keys: making, describing, signing. */
#include "crypto/key.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "crypto/internal.h"
#include "crypto/spki.h"

LIB_AUTO_TYPE(EVP_PKEY, EVP_PKEY_free)
LIB_AUTO_TYPE(EVP_MD_CTX, EVP_MD_CTX_free)

struct hc_key {
    OSSL_LIB_CTX *ctx; /* borrowed: hc_crypto outlives its keys */
    EVP_PKEY *pkey;
    enum hc_key_kind kind;
};

static struct hc_rc kind_of(const EVP_PKEY *pkey, enum hc_key_kind *out, struct hc_err *e)
{
    HC_TRY(e, hc_spki_check_key(pkey, e));
    if (EVP_PKEY_is_a(pkey, "RSA-PSS"))
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a private key of the kind RSA-PSS, which many peers cannot use");
    if (EVP_PKEY_is_a(pkey, "EC"))
        *out = EVP_PKEY_get_bits(pkey) == 256   ? HC_KEY_P256
               : EVP_PKEY_get_bits(pkey) == 384 ? HC_KEY_P384
                                                : HC_KEY_P521;
    else
        *out = EVP_PKEY_is_a(pkey, "ED25519") ? HC_KEY_ED25519 : HC_KEY_RSA;
    return HC_OK;
}

struct hc_rc hc_key_take(const struct hc_crypto *c, struct evp_pkey_st **pkey, struct hc_key **out, struct hc_err *e)
{
    enum hc_key_kind kind = HC_KEY_P256;
    struct hc_key *key;

    HC_TRY(e, kind_of(*pkey, &kind, e));
    key = calloc(1, sizeof *key);
    if (!key)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a key");
    key->ctx = hc_crypto_ctx(c);
    key->pkey = HC_GIVE(*pkey);
    key->kind = kind;
    *out = key;
    return HC_OK;
}

struct hc_rc hc_key_generate(const struct hc_crypto *c, enum hc_key_kind kind, struct hc_key **out, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(EVP_PKEY) pkey = NULL;
    OSSL_LIB_CTX *ctx = hc_crypto_ctx(c);

    switch (kind) {
    case HC_KEY_P256:
        pkey = EVP_PKEY_Q_keygen(ctx, NULL, "EC", "P-256");
        break;
    case HC_KEY_P384:
        pkey = EVP_PKEY_Q_keygen(ctx, NULL, "EC", "P-384");
        break;
    case HC_KEY_P521:
        pkey = EVP_PKEY_Q_keygen(ctx, NULL, "EC", "P-521");
        break;
    case HC_KEY_ED25519:
        pkey = EVP_PKEY_Q_keygen(ctx, NULL, "ED25519");
        break;
    case HC_KEY_RSA:
        pkey = EVP_PKEY_Q_keygen(ctx, NULL, "RSA", (size_t)HC_KEY_RSA_BITS);
        break;
    }
    if (!pkey)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "a private key cannot be generated");
    return hc_key_take(c, &pkey, out, e);
}

void hc_key_free(struct hc_key *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum hc_key_kind hc_key_kind(const struct hc_key *key)
{
    return key->kind;
}

struct hc_rc hc_key_spki(const struct hc_key *key, struct hc_buf *out, struct hc_err *e)
{
    LIB_QUIET;
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key->pkey, &der);

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "a public key cannot be encoded");
    hc_buf_add(out, hc_bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    return hc_buf_check(out, e);
}

bool hc_key_matches_spki(const struct hc_key *key, struct hc_bytes spki)
{
    LIB_QUIET;
    LIB_AUTO(EVP_PKEY) other = NULL;
    const uint8_t *p = spki.p;

    if (spki.n == 0 || spki.n > HC_SPKI_MAX)
        return false;
    other = d2i_PUBKEY_ex(NULL, &p, (long)spki.n, key->ctx, NULL);
    return other && p == spki.p + spki.n && EVP_PKEY_eq(key->pkey, other) == 1;
}

struct signing {
    const char *md;            /* NULL: the scheme hashes for itself */
    struct hc_bytes algorithm; /* AlgorithmIdentifier, DER */
};

/* The hash is as strong as the curve; RSA of 3072 bits is as strong as SHA-256. */
static const struct signing *signing_of(const struct hc_key *key)
{
    static const struct signing table[] = {
        [HC_KEY_P256] = {"SHA256", HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02")},
        [HC_KEY_P384] = {"SHA384", HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03")},
        [HC_KEY_P521] = {"SHA512", HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04")},
        [HC_KEY_ED25519] = {NULL, HC_BYTES("\x30\x05\x06\x03\x2b\x65\x70")},
        [HC_KEY_RSA] = {"SHA256", HC_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00")},
    };

    return &table[key->kind];
}

struct hc_bytes hc_key_signature_algorithm_view(const struct hc_key *key)
{
    return signing_of(key)->algorithm;
}

struct hc_rc hc_key_signature_algorithm(const struct hc_key *key, struct hc_buf *out, struct hc_err *e)
{
    hc_buf_add(out, signing_of(key)->algorithm);
    return hc_buf_check(out, e);
}

struct hc_rc hc_key_sign(const struct hc_key *key, struct hc_bytes message, struct hc_buf *out, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    size_t n = (size_t)EVP_PKEY_get_size(key->pkey);
    uint8_t *p = hc_buf_reserve(out, n);

    if (!p)
        return hc_buf_check(out, e);
    if (!ctx || EVP_DigestSignInit_ex(ctx, NULL, signing_of(key)->md, key->ctx, NULL, key->pkey, NULL) != 1 ||
        EVP_DigestSign(ctx, p, &n, message.p, message.n) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the private key cannot sign");
    out->n += n;
    return HC_OK;
}

struct evp_pkey_st *hc_key_evp(const struct hc_key *key)
{
    return key->pkey;
}

struct ossl_lib_ctx_st *hc_key_ctx(const struct hc_key *key)
{
    return key->ctx;
}

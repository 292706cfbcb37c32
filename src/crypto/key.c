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

/* ---- words ---- */

static const struct {
    const char *word, *text;
    struct hc_bytes algorithm; /* of a SubjectPublicKeyInfo [RFC 5480 2.1.1, RFC 8410 3]; empty: no fixed one */
    bool made;                 /* made here */
} KINDS[] = {
    [HC_KEY_P256] = {"p256", "P-256",
                     HC_BYTES("\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
                     true},
    [HC_KEY_P384] = {"p384", "P-384",
                     HC_BYTES("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22"), true},
    [HC_KEY_P521] = {"p521", "P-521",
                     HC_BYTES("\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23"), false},
    [HC_KEY_ED25519] = {"ed25519", "Ed25519", HC_BYTES("\x30\x05\x06\x03\x2b\x65\x70"), true},
    [HC_KEY_RSA] = {"rsa3072", "RSA", {NULL, 0}, true},
};

/* The same word, whatever the case, and with a hyphen or without: P-256. */
static bool same_word(struct hc_bytes typed, const char *word)
{
    for (size_t i = 0; i < typed.n; i++) {
        if (typed.p[i] == '-')
            continue;
        if (*word == '\0' || hc_ascii_lower(typed.p[i]) != (uint8_t)*word)
            return false;
        word++;
    }
    return *word == '\0';
}

struct hc_rc hc_key_kind_parse(struct hc_bytes word, enum hc_key_kind *out, struct hc_err *e)
{
    for (size_t i = 0; i < HC_COUNT(KINDS); i++) {
        if (KINDS[i].made && same_word(word, KINDS[i].word)) {
            *out = (enum hc_key_kind)i;
            return HC_OK;
        }
    }
    return HC_FAIL(e, HC_E_USAGE, "'%.*s' is not a kind of key: write p256, p384, ed25519 or rsa3072",
                   (int)(word.n < 40 ? word.n : 40), (const char *)word.p);
}

const char *hc_key_kind_text(enum hc_key_kind kind)
{
    return KINDS[kind].text;
}

enum hc_key_kind hc_key_kind_of(struct hc_bytes spki)
{
    /* A key of these kinds is below 256 bytes, so the SEQUENCE's header has two of them, or three with a length byte
     * more. */
    size_t header = spki.n > 1 && spki.p[1] == 0x81 ? 3 : 2;

    for (size_t i = 0; i < HC_COUNT(KINDS); i++) {
        if (KINDS[i].algorithm.n > 0 && hc_bytes_starts(hc_bytes_skip(spki, header), KINDS[i].algorithm))
            return (enum hc_key_kind)i;
    }
    return HC_KEY_RSA;
}

/* ---- making ---- */

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

struct hc_bytes hc_key_signature_algorithm(const struct hc_key *key)
{
    return signing_of(key)->algorithm;
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

struct hc_rc hc_key_verify(const struct hc_key *key, const struct hc_signed *what, struct hc_err *e)
{
    return hc_spki_verify_by(key->pkey, key->ctx, what, e);
}

struct evp_pkey_st *hc_key_evp(const struct hc_key *key)
{
    return key->pkey;
}

struct ossl_lib_ctx_st *hc_key_ctx(const struct hc_key *key)
{
    return key->ctx;
}

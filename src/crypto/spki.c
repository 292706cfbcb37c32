/* spki.c - which public keys and signature algorithms are accepted, and the verification of a signature. */
#include "crypto/spki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

LIB_AUTO_TYPE(BIGNUM, BN_free)
LIB_AUTO_TYPE(EVP_PKEY, EVP_PKEY_free)
LIB_AUTO_TYPE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
LIB_AUTO_TYPE(EVP_MD_CTX, EVP_MD_CTX_free)
LIB_AUTO_TYPE(X509_ALGOR, X509_ALGOR_free)
LIB_AUTO_TYPE(RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)

/* ---- keys ---- */

/* An exponent of 1 lets everybody sign, and an even one nobody. */
static bool sound_exponent(const EVP_PKEY *key)
{
    LIB_AUTO(BIGNUM) exponent = NULL;

    return EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 && BN_is_odd(exponent) &&
           !BN_is_one(exponent) && BN_num_bits(exponent) <= HC_SPKI_EXPONENT_MAX;
}

static struct hc_rc check_rsa(const EVP_PKEY *key, struct hc_err *e)
{
    int bits = EVP_PKEY_get_bits(key);

    if (bits < HC_SPKI_RSA_MIN)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an RSA key of %d bits; %d is the least", bits, HC_SPKI_RSA_MIN);
    if (bits > HC_SPKI_RSA_MAX)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an RSA key of %d bits; %d is the most", bits, HC_SPKI_RSA_MAX);
    if (bits % 8)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an RSA key of %d bits, which no sound generator makes", bits);
    if (!sound_exponent(key))
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an RSA key with an exponent that is 1, even or too long");
    return HC_OK;
}

static struct hc_rc check_ec(const EVP_PKEY *key, struct hc_err *e)
{
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char name[64] = "";
    int explicit_params = 1;

    /* RFC 5480 2.1.1: implicitCurve and specifiedCurve "MUST NOT be used in PKIX": they may imitate a curve. */
    if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_params) != 1 ||
        explicit_params || EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an EC key whose curve is not named");
    for (size_t i = 0; i < HC_COUNT(curves); i++) {
        if (strcmp(name, curves[i]) == 0)
            return HC_OK;
    }
    return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "an EC key on the curve %s", name);
}

struct hc_rc hc_spki_check_key(const struct evp_pkey_st *key, struct hc_err *e)
{
    LIB_QUIET;
    const char *kind;

    if (!key)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a public key that cannot be read");
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return check_rsa(key, e);
    if (EVP_PKEY_is_a(key, "EC"))
        return check_ec(key, e);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return HC_OK;
    kind = EVP_PKEY_get0_type_name(key);
    return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a key of the kind %s", kind ? kind : "unknown");
}

static struct hc_rc decode(const struct hc_crypto *c, struct hc_bytes spki, EVP_PKEY **out, struct hc_err *e)
{
    LIB_AUTO(EVP_PKEY) key = NULL;
    const uint8_t *p = spki.p;

    if (spki.n == 0 || spki.n > HC_SPKI_MAX)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a public key of %zu bytes", spki.n);
    key = d2i_PUBKEY_ex(NULL, &p, (long)spki.n, hc_crypto_ctx(c), NULL);
    if (!key)
        return HC_FAIL_LIB(e, HC_E_CERT_WEAK_KEY, "a public key that cannot be read");
    if (p != spki.p + spki.n)
        return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a public key with bytes after its end");
    HC_TRY(e, hc_spki_check_key(key, e));
    *out = HC_GIVE(key);
    return HC_OK;
}

struct hc_rc hc_spki_strength(const struct hc_crypto *c, struct hc_bytes spki, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(EVP_PKEY) key = NULL;

    return decode(c, spki, &key, e);
}

/* ---- algorithms ---- */

struct scheme {
    int nid;         /* of the AlgorithmIdentifier */
    const char *key; /* the kind of key it goes with */
    const char *md;  /* NULL: the scheme hashes for itself */
};

static const struct scheme schemes[] = {
    {NID_ecdsa_with_SHA256, "EC", "SHA256"},
    {NID_ecdsa_with_SHA384, "EC", "SHA384"},
    {NID_ecdsa_with_SHA512, "EC", "SHA512"},
    {NID_sha256WithRSAEncryption, "RSA", "SHA256"},
    {NID_sha384WithRSAEncryption, "RSA", "SHA384"},
    {NID_sha512WithRSAEncryption, "RSA", "SHA512"},
    {NID_ED25519, "ED25519", NULL},
};

static const struct scheme pss_schemes[] = {
    {NID_sha256, "RSA", "SHA256"},
    {NID_sha384, "RSA", "SHA384"},
    {NID_sha512, "RSA", "SHA512"},
};

static const struct scheme *find(const struct scheme *table, size_t n, int nid)
{
    for (size_t i = 0; i < n; i++) {
        if (table[i].nid == nid)
            return &table[i];
    }
    return NULL;
}

static int algorithm_nid(const X509_ALGOR *a)
{
    const ASN1_OBJECT *oid = NULL;

    X509_ALGOR_get0(&oid, NULL, NULL, a);
    return oid ? OBJ_obj2nid(oid) : NID_undef;
}

/* The hash that MGF1 is to use, or NID_undef. */
static int mask_hash(const X509_ALGOR *mask)
{
    LIB_AUTO(X509_ALGOR) hash = NULL;

    if (!mask || algorithm_nid(mask) != NID_mgf1 || !mask->parameter)
        return NID_undef;
    hash = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), mask->parameter);
    return hash ? algorithm_nid(hash) : NID_undef;
}

/*
 * RFC 8446 4.2.3: the mask uses the same hash as the signature, and "the length of the Salt MUST be equal to the
 * length of the output of the digest algorithm". Absent fields mean SHA-1 [RFC 4055 3.1] and are refused with it.
 */
static const struct scheme *pss_scheme(const X509_ALGOR *a)
{
    LIB_AUTO(RSA_PSS_PARAMS) pss = NULL;
    const struct scheme *s;
    const EVP_MD *md;

    if (!a->parameter || !(pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), a->parameter)))
        return NULL;
    if (!pss->hashAlgorithm || !pss->saltLength || (pss->trailerField && ASN1_INTEGER_get(pss->trailerField) != 1))
        return NULL;
    s = find(pss_schemes, HC_COUNT(pss_schemes), algorithm_nid(pss->hashAlgorithm));
    if (!s || mask_hash(pss->maskGenAlgorithm) != s->nid)
        return NULL;
    md = EVP_get_digestbynid(s->nid);
    return md && ASN1_INTEGER_get(pss->saltLength) == EVP_MD_get_size(md) ? s : NULL;
}

/* The accepted scheme that `a` names, or NULL. */
static const struct scheme *scheme_of(const X509_ALGOR *a, bool *pss)
{
    const struct scheme *s;
    int type = V_ASN1_UNDEF;

    *pss = algorithm_nid(a) == NID_rsassaPss;
    if (*pss)
        return pss_scheme(a);
    s = find(schemes, HC_COUNT(schemes), algorithm_nid(a));
    if (!s)
        return NULL;
    X509_ALGOR_get0(NULL, &type, NULL, a);
    /* RFC 4055 5: NULL, and absent must be understood too. RFC 5758 3.2 and RFC 8410 3: absent. */
    if (type == V_ASN1_UNDEF || (type == V_ASN1_NULL && strcmp(s->key, "RSA") == 0))
        return s;
    return NULL;
}

static struct hc_rc refuse_algorithm(const X509_ALGOR *a, struct hc_err *e)
{
    const ASN1_OBJECT *oid = NULL;
    char name[80] = "unknown";

    X509_ALGOR_get0(&oid, NULL, NULL, a);
    if (oid)
        OBJ_obj2txt(name, sizeof name, oid, 0);
    return HC_FAIL(e, HC_E_CERT_WEAK_SIGNATURE, "the signature algorithm %s is not accepted with these parameters",
                   name);
}

struct hc_rc hc_spki_check_algorithm(const struct X509_algor_st *algorithm, struct hc_err *e)
{
    LIB_QUIET;
    bool pss;

    return scheme_of(algorithm, &pss) ? HC_OK : refuse_algorithm(algorithm, e);
}

/* ---- signatures ---- */

static bool fits(const EVP_PKEY *key, const struct scheme *s, bool pss)
{
    return EVP_PKEY_is_a(key, s->key) || (pss && EVP_PKEY_is_a(key, "RSA-PSS"));
}

static bool set_pss(EVP_PKEY_CTX *ctx)
{
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static struct hc_rc decode_algorithm(struct hc_bytes der, X509_ALGOR **out, struct hc_err *e)
{
    LIB_AUTO(X509_ALGOR) a = NULL;
    const uint8_t *p = der.p;

    if (der.n == 0 || der.n > HC_SPKI_ALGORITHM_MAX || !(a = d2i_X509_ALGOR(NULL, &p, (long)der.n)) ||
        p != der.p + der.n)
        return HC_FAIL_LIB(e, HC_E_CERT_WEAK_SIGNATURE, "the signature algorithm cannot be read");
    *out = HC_GIVE(a);
    return HC_OK;
}

/* What a signature says it was made with. */
struct choice {
    const struct scheme *scheme;
    bool pss;
};

static struct hc_rc choose(struct hc_bytes algorithm, struct choice *out, struct hc_err *e)
{
    LIB_AUTO(X509_ALGOR) a = NULL;

    HC_TRY(e, decode_algorithm(algorithm, &a, e));
    out->scheme = scheme_of(a, &out->pss);
    return out->scheme ? HC_OK : refuse_algorithm(a, e);
}

static struct hc_rc verify(const struct choice *by, struct evp_pkey_st *key, struct ossl_lib_ctx_st *lib,
                           const struct hc_signed *what, struct hc_err *e)
{
    LIB_AUTO(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;

    if (!ctx)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to verify a signature");
    if (!fits(key, by->scheme, by->pss))
        return HC_FAIL(e, HC_E_BAD_SIGNATURE, "a signature by another kind of key than the issuer's");
    if (EVP_DigestVerifyInit_ex(ctx, &options, by->scheme->md, lib, NULL, key, NULL) != 1 ||
        (by->pss && !set_pss(options)))
        return HC_FAIL_LIB(e, HC_E_BAD_SIGNATURE, "the signature cannot be verified with the issuer's key");
    if (EVP_DigestVerify(ctx, what->signature.p, what->signature.n, what->message.p, what->message.n) != 1)
        return HC_FAIL_LIB(e, HC_E_BAD_SIGNATURE, "the signature does not fit the issuer's key");
    return HC_OK;
}

struct hc_rc hc_spki_verify(const struct hc_crypto *c, struct hc_bytes spki, const struct hc_signed *what,
                            struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(EVP_PKEY) key = NULL;
    struct choice by;

    HC_TRY(e, choose(what->algorithm, &by, e));
    HC_TRY(e, decode(c, spki, &key, e));
    return verify(&by, key, hc_crypto_ctx(c), what, e);
}

struct hc_rc hc_spki_hash(struct hc_bytes algorithm, enum hc_hash_kind *out, struct hc_err *e)
{
    LIB_QUIET;
    struct choice by;

    HC_TRY(e, choose(algorithm, &by, e));
    if (by.scheme->md == NULL)
        *out = HC_HASH_NONE;
    else
        *out = strcmp(by.scheme->md, "SHA256") == 0   ? HC_HASH_SHA256
               : strcmp(by.scheme->md, "SHA384") == 0 ? HC_HASH_SHA384
                                                      : HC_HASH_SHA512;
    return HC_OK;
}

static struct hc_rc verify_digest(const struct choice *by, struct evp_pkey_st *key, struct ossl_lib_ctx_st *lib,
                                  const struct hc_signed *what, struct hc_err *e)
{
    LIB_AUTO(EVP_PKEY_CTX) ctx = NULL;
    const EVP_MD *md = by->scheme->md ? EVP_get_digestbyname(by->scheme->md) : NULL;

    if (!fits(key, by->scheme, by->pss))
        return HC_FAIL(e, HC_E_BAD_SIGNATURE, "a signature by another kind of key than the issuer's");
    if (!md || what->message.n != (size_t)EVP_MD_get_size(md))
        return HC_FAIL(e, HC_E_BAD_SIGNATURE, "a digest that is not the one this signature signs");
    ctx = EVP_PKEY_CTX_new_from_pkey(lib, key, NULL);
    if (!ctx)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory to verify a signature");
    if (EVP_PKEY_verify_init(ctx) != 1 || (by->pss && !set_pss(ctx)) || EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
        return HC_FAIL_LIB(e, HC_E_BAD_SIGNATURE, "the signature cannot be verified with the issuer's key");
    if (EVP_PKEY_verify(ctx, what->signature.p, what->signature.n, what->message.p, what->message.n) != 1)
        return HC_FAIL_LIB(e, HC_E_BAD_SIGNATURE, "the signature does not fit the issuer's key");
    return HC_OK;
}

struct hc_rc hc_spki_verify_digest(const struct hc_crypto *c, struct hc_bytes spki, const struct hc_signed *what,
                                   struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(EVP_PKEY) key = NULL;
    struct choice by;

    HC_TRY(e, choose(what->algorithm, &by, e));
    HC_TRY(e, decode(c, spki, &key, e));
    return verify_digest(&by, key, hc_crypto_ctx(c), what, e);
}

struct hc_rc hc_spki_verify_by(struct evp_pkey_st *key, struct ossl_lib_ctx_st *lib, const struct hc_signed *what,
                               struct hc_err *e)
{
    LIB_QUIET;
    struct choice by;

    HC_TRY(e, choose(what->algorithm, &by, e));
    return verify(&by, key, lib, what, e);
}

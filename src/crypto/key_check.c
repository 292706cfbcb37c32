/*
 * key_check.c - what is asked of a stranger's private key before and after libcrypto decodes it, so that neither can be
 * made to take hours.
 *
 * Decoding a DSA or DH key raises its generator to the power of its secret, with numbers of any size; libcrypto's own
 * check of an RSA key looks whether its primes are primes, of any size too. Here the first are refused before, and the
 * second is asked what matters: to make a signature that its public half accepts.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "crypto/internal.h"

LIB_AUTO_TYPE(BIGNUM, BN_clear_free)
LIB_AUTO_TYPE(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
LIB_AUTO_TYPE(EVP_MD_CTX, EVP_MD_CTX_free)

struct hc_rc hc_key_check_kind(const struct pkcs8_priv_key_info_st *p8, struct hc_err *e)
{
    static const int kinds[] = {NID_rsaEncryption, NID_rsassaPss, NID_X9_62_id_ecPublicKey, NID_ED25519};
    const ASN1_OBJECT *algorithm = NULL;
    char name[80] = "unknown";

    if (PKCS8_pkey_get0(&algorithm, NULL, NULL, NULL, p8) != 1 || !algorithm)
        return HC_FAIL(e, HC_E_KEY_FORMAT, "the PKCS #8 private key cannot be read");
    for (size_t i = 0; i < HC_COUNT(kinds); i++)
        if (OBJ_obj2nid(algorithm) == kinds[i])
            return HC_OK;
    OBJ_obj2txt(name, sizeof name, algorithm, 0);
    return HC_FAIL(e, HC_E_CERT_WEAK_KEY, "a private key of the kind %s", name);
}

uint64_t hc_key_check_rounds(size_t bits)
{
    return 2000 + (uint64_t)bits * bits / 300;
}

/* ---- halves ---- */

/* Numbers longer than the modulus are no sound key's, and cost as much as they are long. */
static bool is_small(const EVP_PKEY *pkey)
{
    static const char *const numbers[] = {
        OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1,
        OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_FACTOR3,
        OSSL_PKEY_PARAM_RSA_FACTOR4,
        OSSL_PKEY_PARAM_RSA_FACTOR5,
        OSSL_PKEY_PARAM_RSA_EXPONENT1,
        OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_EXPONENT3,
        OSSL_PKEY_PARAM_RSA_EXPONENT4,
        OSSL_PKEY_PARAM_RSA_EXPONENT5,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT3,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT4,
    };
    int bits = EVP_PKEY_get_bits(pkey);

    for (size_t i = 0; i < HC_COUNT(numbers); i++) {
        LIB_AUTO(BIGNUM) n = NULL;

        if (EVP_PKEY_get_bn_param(pkey, numbers[i], &n) == 1 && (BN_num_bits(n) > bits || BN_is_zero(n)))
            return false;
    }
    return true;
}

static bool signs(const struct hc_crypto *c, EVP_PKEY *pkey)
{
    static const uint8_t message[] = "do the halves fit?";
    LIB_AUTO(EVP_MD_CTX) ctx = EVP_MD_CTX_new();
    uint8_t signature[HC_KEY_SIGNATURE_MAX];
    size_t n = sizeof signature;

    return ctx && EVP_DigestSignInit_ex(ctx, NULL, "SHA256", hc_crypto_ctx(c), NULL, pkey, NULL) == 1 &&
           EVP_DigestSign(ctx, signature, &n, message, sizeof message) == 1 && EVP_MD_CTX_reset(ctx) == 1 &&
           EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", hc_crypto_ctx(c), NULL, pkey, NULL) == 1 &&
           EVP_DigestVerify(ctx, signature, n, message, sizeof message) == 1;
}

static bool fits(const struct hc_crypto *c, EVP_PKEY *pkey)
{
    LIB_AUTO(EVP_PKEY_CTX) ctx = NULL;

    if (EVP_PKEY_is_a(pkey, "RSA"))
        return is_small(pkey) && signs(c, pkey);
    ctx = EVP_PKEY_CTX_new_from_pkey(hc_crypto_ctx(c), pkey, NULL);
    return ctx && EVP_PKEY_pairwise_check(ctx) == 1;
}

struct hc_rc hc_key_check_halves(const struct hc_crypto *c, struct evp_pkey_st *pkey, struct hc_err *e)
{
    if (!fits(c, pkey))
        return HC_FAIL_LIB(e, HC_E_KEY_FORMAT, "the private key does not fit the public key stored with it");
    return HC_OK;
}

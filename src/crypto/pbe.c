/* pbe.c - PBES2 [RFC 8018 6.2] and the schemes of PKCS #12 and PKCS #5 before it. */
#include "crypto/pbe.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "crypto/internal.h"

LIB_AUTO_TYPE(EVP_CIPHER, EVP_CIPHER_free)
LIB_AUTO_TYPE(PBE2PARAM, PBE2PARAM_free)
LIB_AUTO_TYPE(PBKDF2PARAM, PBKDF2PARAM_free)
LIB_AUTO_TYPE(PBEPARAM, PBEPARAM_free)
LIB_AUTO_TYPE(SCRYPT_PARAMS, SCRYPT_PARAMS_free)
LIB_AUTO_TYPE(X509_SIG, X509_SIG_free)

#define TOO_MANY (HC_PBE_ROUNDS_MAX + 1)

/* A count that nobody can mean is more than is accepted; negative ones and 0 too. */
static uint64_t count_of(const ASN1_INTEGER *n)
{
    uint64_t value = 0;

    if (!n || ASN1_INTEGER_get_uint64(&value, n) != 1 || value == 0)
        return TOO_MANY;
    return value < TOO_MANY ? value : TOO_MANY;
}

static bool has_cipher(const struct hc_crypto *c, int nid)
{
    LIB_AUTO(EVP_CIPHER) cipher = nid != NID_undef ? EVP_CIPHER_fetch(hc_crypto_ctx(c), OBJ_nid2sn(nid), NULL) : NULL;

    return cipher != NULL;
}

static void tell_cipher(const struct hc_crypto *c, int nid, const char *how, struct hc_pbe *out)
{
    const char *name = nid != NID_undef ? OBJ_nid2sn(nid) : "an unknown cipher";

    out->kind = nid == NID_undef ? HC_PBE_UNKNOWN : has_cipher(c, nid) ? HC_PBE_READABLE : HC_PBE_LEGACY;
    snprintf(out->text, sizeof out->text, "%s, %s with %llu rounds", name, how, (unsigned long long)out->rounds);
}

/* One block of scrypt costs about what two rounds of HMAC-SHA-256 do. libcrypto itself bounds its memory. */
static bool read_scrypt(const X509_ALGOR *kdf, struct hc_pbe *out)
{
    LIB_AUTO(SCRYPT_PARAMS) p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS), kdf->parameter);
    uint64_t n, rp;

    if (!p)
        return false;
    n = count_of(p->costParameter);
    rp = count_of(p->blockSize);
    rp = rp < TOO_MANY ? rp * count_of(p->parallelizationParameter) : TOO_MANY;
    out->rounds = n < TOO_MANY && rp < TOO_MANY && n * rp < TOO_MANY / 2 ? 2 * n * rp : TOO_MANY;
    return true;
}

static bool read_pbkdf2(const X509_ALGOR *kdf, struct hc_pbe *out)
{
    LIB_AUTO(PBKDF2PARAM) p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), kdf->parameter);

    if (!p)
        return false;
    out->rounds = count_of(p->iter);
    return true;
}

static void read_pbes2(const struct hc_crypto *c, const X509_ALGOR *a, struct hc_pbe *out)
{
    LIB_AUTO(PBE2PARAM) p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), a->parameter);
    int kdf = p ? OBJ_obj2nid(p->keyfunc->algorithm) : NID_undef;

    if (!p || !p->keyfunc->parameter)
        return;
    if (kdf == NID_id_pbkdf2 && read_pbkdf2(p->keyfunc, out))
        tell_cipher(c, OBJ_obj2nid(p->encryption->algorithm), "PBKDF2", out);
    else if (kdf == NID_id_scrypt && read_scrypt(p->keyfunc, out))
        tell_cipher(c, OBJ_obj2nid(p->encryption->algorithm), "scrypt of the cost of PBKDF2", out);
}

static void read_old(const struct hc_crypto *c, const X509_ALGOR *a, int scheme, struct hc_pbe *out)
{
    LIB_AUTO(PBEPARAM) p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM), a->parameter);
    int cipher = NID_undef;

    if (!p || EVP_PBE_find(EVP_PBE_TYPE_OUTER, scheme, &cipher, NULL, NULL) != 1)
        return;
    out->rounds = count_of(p->iter);
    out->kind = has_cipher(c, cipher) ? HC_PBE_READABLE : HC_PBE_LEGACY;
    snprintf(out->text, sizeof out->text, "%s with %llu rounds", OBJ_nid2ln(scheme), (unsigned long long)out->rounds);
}

void hc_pbe_read(const struct hc_crypto *c, const struct X509_algor_st *algorithm, struct hc_pbe *out)
{
    LIB_QUIET;
    int scheme = algorithm ? OBJ_obj2nid(algorithm->algorithm) : NID_undef;

    *out = (struct hc_pbe){.kind = HC_PBE_UNKNOWN, .text = "in a way that is not known here"};
    if (scheme == NID_undef || !algorithm->parameter)
        return;
    if (scheme == NID_pbes2)
        read_pbes2(c, algorithm, out);
    else
        read_old(c, algorithm, scheme, out);
}

void hc_pbe_read_pkcs8(const struct hc_crypto *c, struct hc_bytes der, struct hc_pbe *out)
{
    LIB_QUIET;
    LIB_AUTO(X509_SIG) sealed = NULL;
    const X509_ALGOR *algorithm = NULL;
    const uint8_t *p = der.p;

    if (der.n > 0 && der.n <= HC_KEY_PEM_MAX)
        sealed = d2i_X509_SIG(NULL, &p, (long)der.n);
    if (sealed)
        X509_SIG_get0(sealed, &algorithm, NULL);
    hc_pbe_read(c, algorithm, out);
}

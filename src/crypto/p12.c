/* p12.c - a person's key and certificates in one file. */
#include "crypto/p12.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/internal.h"
#include "crypto/x509.h"

/*
 * The file holds three derivations, for the key, the certificates and the integrity check, and importers run them
 * all, some more than once and on a phone. 100000 rounds each; and a passphrase made by hc_random_text needs none
 * of them.
 */
#define ROUNDS 100000
#define SALT_SIZE 16
#define NAME_MAX_BYTES 255 /* what lists of certificates have room to show */

LIB_AUTO_TYPE(PKCS12, PKCS12_free)

static void cas_auto_free(STACK_OF(X509) * *cas)
{
    sk_X509_pop_free(*cas, X509_free);
}
#define CAS_AUTO __attribute__((cleanup(cas_auto_free))) STACK_OF(X509) *

static struct hc_rc check_parts(const struct hc_p12_parts *parts, struct hc_bytes pass, struct hc_err *e)
{
    if (pass.n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "a PKCS #12 file needs a passphrase");
    if (pass.n > HC_KEY_PASSPHRASE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the passphrase is longer than %d bytes", HC_KEY_PASSPHRASE_MAX);
    if (hc_bytes_find(pass, 0) != pass.n)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the passphrase holds a NUL byte, which no program can type");
    if (parts->n_cas > HC_P12_CAS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu CA certificates; %d is the most", parts->n_cas, HC_P12_CAS_MAX);
    if (!parts->name || !parts->name[0] || strlen(parts->name) > NAME_MAX_BYTES)
        return HC_FAIL(e, HC_E_TOO_BIG, "the name of a PKCS #12 file has 1 to %d bytes", NAME_MAX_BYTES);
    return HC_OK;
}

static struct hc_rc push(const struct hc_crypto *c, struct hc_bytes der, STACK_OF(X509) * cas, struct hc_err *e)
{
    HC_AUTO(hc_x509) x = NULL;

    HC_TRY(e, hc_x509_from_der(c, der, &x, e));
    if (X509_up_ref(hc_x509_raw(x)) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "a certificate cannot be shared");
    if (sk_X509_push(cas, hc_x509_raw(x)) > 0)
        return HC_OK;
    X509_free(hc_x509_raw(x));
    return HC_FAIL(e, HC_E_NOMEM, "out of memory for a PKCS #12 file");
}

static struct hc_rc append(PKCS12 *p12, struct hc_buf *out, struct hc_err *e)
{
    uint8_t *der = NULL;
    int n = i2d_PKCS12(p12, &der);

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the PKCS #12 file cannot be encoded");
    hc_buf_add(out, hc_bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    return hc_buf_check(out, e);
}

struct hc_rc hc_p12_build(const struct hc_crypto *c, const struct hc_p12_parts *parts,
                          const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e)
{
    LIB_QUIET;
    HC_BUF_SECRET(pass, HC_KEY_PASSPHRASE_MAX + 1);
    HC_AUTO(hc_x509) leaf = NULL;
    CAS_AUTO cas = sk_X509_new_null();
    LIB_AUTO(PKCS12) p12 = NULL;
    EVP_PKEY *pkey = hc_key_evp(parts->key);

    HC_TRY(e, check_parts(parts, hc_secret_view(passphrase), e));
    hc_buf_add(&pass, hc_secret_view(passphrase));
    hc_buf_add_byte(&pass, 0);
    HC_TRY(e, hc_buf_check(&pass, e));
    if (!cas)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a PKCS #12 file");
    HC_TRY(e, hc_x509_from_der(c, parts->leaf, &leaf, e));
    for (size_t i = 0; i < parts->n_cas; i++)
        HC_TRY(e, push(c, parts->cas[i], cas, e));
    if (X509_check_private_key(hc_x509_raw(leaf), pkey) != 1)
        return HC_FAIL_LIB(e, HC_E_KEY_MISMATCH, "the private key is not the certificate's");

    /* -1: no integrity check yet. It is added below with its own hash and salt; older libcryptos would choose SHA-1. */
    p12 = PKCS12_create_ex((const char *)pass.p, parts->name, pkey, hc_x509_raw(leaf), cas, NID_aes_256_cbc,
                           NID_aes_256_cbc, ROUNDS, -1, 0, hc_crypto_ctx(c), NULL);
    if (!p12 || PKCS12_set_mac(p12, (const char *)pass.p, -1, NULL, SALT_SIZE, ROUNDS, EVP_sha256()) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the PKCS #12 file cannot be made");
    return append(p12, out, e);
}

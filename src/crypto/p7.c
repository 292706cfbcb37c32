/* p7.c - certificates and CRLs out of PKCS #7. */
#include "crypto/p7.h"

#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "crypto/blobs.h"
#include "crypto/internal.h"

LIB_AUTO_TYPE(PKCS7, PKCS7_free)

struct hc_p7 {
    struct hc_blobs certs, crls;
    bool signature;
};

/* Takes what i2d gave; n <= 0 is its failure. */
static struct hc_rc keep(struct hc_blobs *list, uint8_t *der, int n, struct hc_err *e)
{
    struct hc_rc rc;

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_PKCS7, "a part of it cannot be read");
    rc = hc_blobs_add(list, hc_bytes_of(der, (size_t)n), e);
    OPENSSL_free(der);
    return rc;
}

static struct hc_rc take(const PKCS7_SIGNED *sign, struct hc_p7 *found, struct hc_err *e)
{
    for (int i = 0; i < sk_X509_num(sign->cert); i++) {
        uint8_t *der = NULL;
        int n = i2d_X509(sk_X509_value(sign->cert, i), &der);

        HC_TRY(e, keep(&found->certs, der, n, e));
    }
    for (int i = 0; i < sk_X509_CRL_num(sign->crl); i++) {
        uint8_t *der = NULL;
        int n = i2d_X509_CRL(sk_X509_CRL_value(sign->crl, i), &der);

        HC_TRY(e, keep(&found->crls, der, n, e));
    }
    found->signature = sk_PKCS7_SIGNER_INFO_num(sign->signer_info) > 0;
    if (found->certs.n == 0 && found->crls.n == 0)
        return HC_FAIL(e, HC_E_PKCS7, "there is neither a certificate nor a CRL in it");
    return HC_OK;
}

static struct hc_rc decode(struct hc_bytes file, PKCS7 **out, struct hc_err *e)
{
    const uint8_t *p = file.p;
    PKCS7 *p7;

    if (file.n == 0)
        return HC_FAIL(e, HC_E_PKCS7, "it is empty");
    if (file.n > HC_P7_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "a PKCS #7 file of %zu bytes; %u is the most", file.n, HC_P7_MAX);
    p7 = d2i_PKCS7(NULL, &p, (long)file.n);
    if (!p7)
        return HC_FAIL_LIB(e, HC_E_PKCS7, "it is no PKCS #7 file, or a part of it is missing");
    *out = p7;
    return HC_OK;
}

struct hc_rc hc_p7_new(struct hc_bytes file, struct hc_p7 **out, struct hc_err *e)
{
    LIB_QUIET;
    LIB_AUTO(PKCS7) p7 = NULL;
    HC_AUTO(hc_p7) found = NULL;

    HC_TRY(e, decode(file, &p7, e));
    if (PKCS7_type_is_enveloped(p7) || PKCS7_type_is_encrypted(p7) || PKCS7_type_is_signedAndEnveloped(p7))
        return HC_FAIL(e, HC_E_PKCS7,
                       "it is an encrypted message, for whoever has the key, and no box of certificates");
    if (!PKCS7_type_is_signed(p7) || !p7->d.sign)
        return HC_FAIL(e, HC_E_PKCS7, "it is a PKCS #7 file without certificates");
    found = calloc(1, sizeof *found);
    if (!found)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a PKCS #7 file");
    found->certs.max = found->crls.max = HC_P7_THINGS;
    HC_TRY(e, take(p7->d.sign, found, e));
    *out = HC_GIVE(found);
    return HC_OK;
}

void hc_p7_free(struct hc_p7 *p)
{
    if (!p)
        return;
    hc_blobs_fini(&p->certs);
    hc_blobs_fini(&p->crls);
    free(p);
}

size_t hc_p7_certs(const struct hc_p7 *p)
{
    return p->certs.n;
}

struct hc_bytes hc_p7_cert(const struct hc_p7 *p, size_t i)
{
    return hc_blobs_view(&p->certs, i);
}

size_t hc_p7_crls(const struct hc_p7 *p)
{
    return p->crls.n;
}

struct hc_bytes hc_p7_crl(const struct hc_p7 *p, size_t i)
{
    return hc_blobs_view(&p->crls, i);
}

bool hc_p7_is_signature(const struct hc_p7 *p)
{
    return p->signature;
}

/* p12.c - a person's key and certificates in one file, or the anchors that somebody trusts. */
#include "crypto/p12.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/internal.h"
#include "crypto/x509.h"

LIB_AUTO_TYPE(ASN1_OBJECT, ASN1_OBJECT_free)
LIB_AUTO_TYPE(PKCS12, PKCS12_free)
LIB_AUTO_TYPE(PKCS12_SAFEBAG, PKCS12_SAFEBAG_free)
LIB_AUTO_TYPE(X509_ATTRIBUTE, X509_ATTRIBUTE_free)

static void cas_auto_free(STACK_OF(X509) * *cas)
{
    sk_X509_pop_free(*cas, X509_free);
}
#define CAS_AUTO __attribute__((cleanup(cas_auto_free))) STACK_OF(X509) *

static void bags_auto_free(STACK_OF(PKCS12_SAFEBAG) * *bags)
{
    sk_PKCS12_SAFEBAG_pop_free(*bags, PKCS12_SAFEBAG_free);
}
#define BAGS_AUTO __attribute__((cleanup(bags_auto_free))) STACK_OF(PKCS12_SAFEBAG) *

static struct hc_rc check_passphrase(struct hc_bytes pass, struct hc_err *e)
{
    if (pass.n == 0)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "a PKCS #12 file needs a passphrase");
    if (pass.n > HC_KEY_PASSPHRASE_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the passphrase is longer than %d bytes", HC_KEY_PASSPHRASE_MAX);
    if (hc_bytes_find(pass, 0) != pass.n)
        return HC_FAIL(e, HC_E_PASSPHRASE_NEEDED, "the passphrase holds a NUL byte, which no program can type");
    return HC_OK;
}

struct hc_rc hc_p12_check(enum hc_p12_for kind, enum hc_key_kind key, const struct hc_secret *passphrase,
                          struct hc_err *e)
{
    const struct hc_p12_row *row = hc_p12_row(kind);
    size_t n = hc_secret_view(passphrase).n;

    if (passphrase)
        HC_TRY(e, check_passphrase(hc_secret_view(passphrase), e));
    if (passphrase && row->legacy && n < HC_P12_LEGACY_PASSPHRASE_MIN)
        return HC_FAIL(e, HC_E_USAGE,
                       "a passphrase of %zu bytes is too short for the old algorithms that %s reads; %d is the least",
                       n, row->word, HC_P12_LEGACY_PASSPHRASE_MIN);
    if (key == HC_KEY_ED25519 && !row->ed25519)
        return HC_FAIL(e, HC_E_USAGE, "%s does not import Ed25519 keys; P-256 keys are read everywhere", row->word);
    return HC_OK;
}

static struct hc_rc check_name(const char *name, struct hc_err *e)
{
    if (!name || !name[0] || strlen(name) > HC_P12_NAME_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "the name of a PKCS #12 file has 1 to %d bytes", HC_P12_NAME_MAX);
    return HC_OK;
}

static struct hc_rc check_parts(const struct hc_p12_parts *parts, const struct hc_secret *passphrase, struct hc_err *e)
{
    HC_TRY(e, check_passphrase(hc_secret_view(passphrase), e)); /* here none is as bad as an empty one */
    HC_TRY(e, hc_p12_check(parts->kind, hc_key_kind(parts->key), passphrase, e));
    if (parts->n_cas > HC_P12_CAS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu CA certificates; %d is the most", parts->n_cas, HC_P12_CAS_MAX);
    return check_name(parts->name, e);
}

/* libcrypto wants it with a NUL. */
static struct hc_rc copy_passphrase(const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e)
{
    hc_buf_add(out, hc_secret_view(passphrase));
    hc_buf_add_byte(out, 0);
    return hc_buf_check(out, e);
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

/* Adds the integrity check, whose hash is said here: libcryptos differ in what they choose. */
static struct hc_rc seal(PKCS12 *p12, const struct hc_p12_suite *suite, const char *pass, struct hc_buf *out,
                         struct hc_err *e)
{
    const EVP_MD *md = suite->sha256 ? EVP_sha256() : EVP_sha1();
    uint8_t *der = NULL;
    int n;

    if (!p12 || PKCS12_set_mac(p12, pass, -1, NULL, suite->salt, suite->rounds, md) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "the PKCS #12 file cannot be made");
    n = i2d_PKCS12(p12, &der);
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
    const struct hc_p12_suite *suite = hc_p12_kind_suite(parts->kind);
    EVP_PKEY *pkey = hc_key_evp(parts->key);

    HC_TRY(e, check_parts(parts, passphrase, e));
    HC_TRY(e, copy_passphrase(passphrase, &pass, e));
    if (!cas)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a PKCS #12 file");
    HC_TRY(e, hc_x509_from_der(c, parts->leaf, &leaf, e));
    for (size_t i = 0; i < parts->n_cas; i++)
        HC_TRY(e, push(c, parts->cas[i], cas, e));
    if (X509_check_private_key(hc_x509_raw(leaf), pkey) != 1)
        return HC_FAIL_LIB(e, HC_E_KEY_MISMATCH, "the private key is not the certificate's");

    /* -1: no integrity check yet. */
    p12 = PKCS12_create_ex((const char *)pass.p, parts->name, pkey, hc_x509_raw(leaf), cas, suite->encryption,
                           suite->encryption, suite->rounds, -1, 0, hc_crypto_ctx(c), NULL);
    return seal(p12, suite, (const char *)pass.p, out, e);
}

/* ---- truststores ---- */

static struct hc_rc check_anchors(const struct hc_p12_anchor *anchors, size_t n, struct hc_err *e)
{
    if (n == 0)
        return HC_FAIL(e, HC_E_USAGE, "a truststore without a certificate trusts nobody");
    if (n > HC_P12_CAS_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu certificates; %d is the most", n, HC_P12_CAS_MAX);
    for (size_t i = 0; i < n; i++) {
        HC_TRY(e, check_name(anchors[i].name, e));
        for (size_t j = 0; j < i; j++)
            if (hc_bytes_eq_nocase(hc_bytes_str(anchors[i].name), hc_bytes_str(anchors[j].name)))
                return HC_FAIL(e, HC_E_USAGE, "two certificates have the name '%.64s', and Java would keep only one",
                               anchors[i].name);
    }
    return HC_OK;
}

/* trustedKeyUsage with the value anyExtendedKeyUsage; attributes are a SET OF, so their order is not ours. */
static bool mark_trusted(PKCS12_SAFEBAG *bag)
{
    LIB_AUTO(ASN1_OBJECT) type = OBJ_txt2obj("2.16.840.1.113894.746875.1.1", 1);
    LIB_AUTO(ASN1_OBJECT) any = OBJ_txt2obj("2.5.29.37.0", 1);
    LIB_AUTO(X509_ATTRIBUTE) attribute = NULL;
    /* The only way in before OpenSSL 3.2: the stack is the bag's own, and the view of it is const. It exists, because
     * the bag has a name by now. */
    STACK_OF(X509_ATTRIBUTE) *attributes = (STACK_OF(X509_ATTRIBUTE) *)(uintptr_t)PKCS12_SAFEBAG_get0_attrs(bag);

    if (!type || !any || !attributes)
        return false;
    attribute = X509_ATTRIBUTE_create_by_OBJ(NULL, type, V_ASN1_OBJECT, any, -1);
    if (!attribute || sk_X509_ATTRIBUTE_push(attributes, attribute) <= 0)
        return false;
    attribute = NULL; /* the bag's */
    return true;
}

static struct hc_rc add_anchor(const struct hc_crypto *c, const struct hc_p12_anchor *anchor,
                               STACK_OF(PKCS12_SAFEBAG) * bags, struct hc_err *e)
{
    HC_AUTO(hc_x509) x = NULL;
    LIB_AUTO(PKCS12_SAFEBAG) bag = NULL;

    HC_TRY(e, hc_x509_from_der(c, anchor->der, &x, e));
    bag = PKCS12_SAFEBAG_create_cert(hc_x509_raw(x));
    if (!bag || PKCS12_add_friendlyname_utf8(bag, anchor->name, -1) != 1 || !mark_trusted(bag) ||
        sk_PKCS12_SAFEBAG_push(bags, bag) <= 0)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "a certificate cannot be put into a PKCS #12 file");
    bag = NULL; /* the stack's */
    return HC_OK;
}

/* The bags, encrypted, in a file without an integrity check; NULL on failure. */
static PKCS12 *wrap(const struct hc_crypto *c, STACK_OF(PKCS12_SAFEBAG) * bags, const struct hc_p12_suite *suite,
                    const char *pass)
{
    STACK_OF(PKCS7) *safes = NULL;
    PKCS12 *p12 = NULL;

    if (PKCS12_add_safe_ex(&safes, bags, suite->encryption, suite->rounds, pass, hc_crypto_ctx(c), NULL) == 1)
        p12 = PKCS12_add_safes_ex(safes, 0, hc_crypto_ctx(c), NULL);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    return p12;
}

struct hc_rc hc_p12_truststore(const struct hc_crypto *c, const struct hc_p12_anchor *anchors, size_t n,
                               const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e)
{
    LIB_QUIET;
    HC_BUF_SECRET(pass, HC_KEY_PASSPHRASE_MAX + 1);
    BAGS_AUTO bags = sk_PKCS12_SAFEBAG_new_null();
    LIB_AUTO(PKCS12) p12 = NULL;
    const struct hc_p12_suite *suite = hc_p12_kind_suite(HC_P12_MODERN);

    HC_TRY(e, check_passphrase(hc_secret_view(passphrase), e));
    HC_TRY(e, check_anchors(anchors, n, e));
    HC_TRY(e, copy_passphrase(passphrase, &pass, e));
    if (!bags)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a PKCS #12 file");
    for (size_t i = 0; i < n; i++)
        HC_TRY(e, add_anchor(c, &anchors[i], bags, e));
    p12 = wrap(c, bags, suite, (const char *)pass.p);
    return seal(p12, suite, (const char *)pass.p, out, e);
}

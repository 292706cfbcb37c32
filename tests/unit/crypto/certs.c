/* certs.c - keys and certificates for tests. */
#include "certs.h"

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#include "base/secret.h"

EVP_PKEY *certs_key(const char *kind)
{
    EVP_PKEY *key;

    if (strncmp(kind, "RSA", 3) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(kind + 3, NULL, 10));
    else if (strstr(kind, "25519") || strstr(kind, "448"))
        key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind);
    assert_non_null(key);
    return key;
}

static void name_set(X509_NAME *name, const char *cn)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0), 1);
}

static void extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509_EXTENSION *ext;
    CONF *conf = NCONF_new(NULL); /* proxyCertInfo insists on one */

    X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(ext);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    X509_EXTENSION_free(ext);
    NCONF_free(conf);
}

static void extend_unknown(X509 *x, const char *oid)
{
    ASN1_OBJECT *obj = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext;

    assert_int_equal(ASN1_OCTET_STRING_set(data, (const unsigned char *)"\x05", 2), 1);
    ext = X509_EXTENSION_create_by_OBJ(NULL, obj, 1, data);
    assert_int_equal(X509_add_ext(x, ext, -1), 1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(data);
    ASN1_OBJECT_free(obj);
}

/* keyid of the authority: from a stand-in certificate that holds the issuer's key. */
static void extend_akid(X509 *x, EVP_PKEY *key)
{
    X509 *stand_in = X509_new();

    X509_set_version(stand_in, X509_VERSION_3);
    X509_set_pubkey(stand_in, key);
    extend(stand_in, stand_in, NID_subject_key_identifier, "hash");
    extend(x, stand_in, NID_authority_key_identifier, "keyid:always");
    X509_free(stand_in);
}

static void extensions(X509 *x, const struct certs_spec *s, EVP_PKEY *issuer_key)
{
    const char *basic = s->basic ? s->basic : s->ca ? "critical,CA:TRUE" : "";

    extend(x, x, NID_subject_key_identifier, "hash");
    extend_akid(x, s->akid_key ? s->akid_key : issuer_key);
    if (basic[0])
        extend(x, x, NID_basic_constraints, basic);
    extend(x, x, NID_key_usage,
           s->usage ? s->usage
           : s->ca  ? "critical,keyCertSign,cRLSign"
                    : "critical,digitalSignature");
    if (!s->ca && !s->proxy)
        extend(x, x, NID_subject_alt_name, s->san ? s->san : "DNS:leaf.example");
    if (s->nc)
        extend(x, x, NID_name_constraints, s->nc);
    if (s->proxy)
        extend(x, x, NID_proxyCertInfo, s->proxy);
    if (s->unknown)
        extend_unknown(x, s->unknown);
}

X509 *certs_make(const struct certs_spec *s)
{
    EVP_PKEY *issuer_key = s->issuer_key ? s->issuer_key : s->key;
    bool edwards = EVP_PKEY_is_a(issuer_key, "ED25519") || EVP_PKEY_is_a(issuer_key, "ED448");
    static int serial; /* only has to differ within one test */
    X509 *x = X509_new();

    assert_non_null(x);
    X509_set_version(x, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    name_set(X509_get_subject_name(x), s->name);
    name_set(X509_get_issuer_name(x), s->issuer_name ? s->issuer_name : s->name);
    assert_int_equal(X509_set_pubkey(x, s->key), 1);
    extensions(x, s, issuer_key);
    assert_true(X509_sign(x, issuer_key, s->md ? s->md : edwards ? NULL : EVP_sha256()) > 0);
    return x;
}

static struct hc_bytes copy_and_free(uint8_t *der, int n)
{
    uint8_t *copy = malloc((size_t)n);

    assert_true(n > 0);
    assert_non_null(copy);
    memcpy(copy, der, (size_t)n);
    OPENSSL_free(der);
    return hc_bytes_of(copy, (size_t)n);
}

struct hc_bytes certs_der(X509 *x)
{
    uint8_t *der = NULL;
    int n = i2d_X509(x, &der);

    return copy_and_free(der, n);
}

struct hc_bytes certs_spki(EVP_PKEY *key)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key, &der);

    return copy_and_free(der, n);
}

struct hc_x509 *certs_wrap(const struct hc_crypto *c, X509 *x)
{
    struct hc_bytes der = certs_der(x);
    struct hc_x509 *out = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_x509_from_der(c, der, &out, &e));
    free((void *)(uintptr_t)der.p);
    return out;
}

struct hc_bytes certs_of_root(const char *name, EVP_PKEY *key, EVP_PKEY *root_key, bool ca)
{
    X509 *x = certs_make(
        &(struct certs_spec){.name = name, .key = key, .ca = ca, .issuer_name = "root", .issuer_key = root_key});
    struct hc_bytes der = certs_der(x);

    X509_free(x);
    return der;
}

struct hc_x509 *certs_new(const struct hc_crypto *c, const struct certs_spec *spec)
{
    X509 *x = certs_make(spec);
    struct hc_x509 *out = certs_wrap(c, x);

    X509_free(x);
    return out;
}

struct hc_secret *certs_secret(const char *text)
{
    struct hc_secret *s = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_secret_copy(hc_bytes_str(text), &s, &e));
    return s;
}

/* Certificate requests: those of libcrypto, and those of somebody who means harm. */
#include "requests.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crypto/digest.h"
#include "pki/pem.h"

static struct hc_rc parse_shape(const struct shape *s, struct hc_csr **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, ROUGH_MAX);

    shape_request(&der, s);
    return hc_csr_parse(k.c, hc_buf_view(&der), out, e);
}

static void expect_refused(const struct shape *s, enum hc_code code, const char *reason)
{
    struct hc_csr *csr = NULL;
    struct hc_err e;

    expect_fail(&e, parse_shape(s, &csr, &e), code);
    assert_null(csr);
    if (!strstr(e.text, reason))
        fail_msg("'%s' does not say '%s'", e.text, reason);
}

static void expect_text_refused(struct hc_bytes text, enum hc_code code, const char *reason)
{
    struct hc_csr *csr = NULL;
    struct hc_err e;

    expect_fail(&e, hc_csr_parse(k.c, text, &csr, &e), code);
    assert_null(csr);
    if (!strstr(e.text, reason))
        fail_msg("'%s' does not say '%s'", e.text, reason);
}

/* A request for one name, parsed. */
static struct hc_csr *csr_of_name(uint8_t tag, struct hc_bytes value)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);
    struct hc_csr *csr = NULL;
    struct hc_err e;

    rough_san(&exts, tag, value);
    expect_ok(&e, parse_shape(&(struct shape){.exts = hc_buf_view(&exts)}, &csr, &e));
    return csr;
}

/* ---- requests of libcrypto ---- */

struct foreign {
    const char *kind; /* "P-256", "ED25519", "RSA2048" */
    const EVP_MD *md;
    const char *san, *basic;
    const char *challenge;
};

static void foreign_extensions(X509_REQ *req, const struct foreign *f)
{
    STACK_OF(X509_EXTENSION) *exts = sk_X509_EXTENSION_new_null();

    if (f->san)
        sk_X509_EXTENSION_push(exts, X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, f->san));
    if (f->basic)
        sk_X509_EXTENSION_push(exts, X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, f->basic));
    if (sk_X509_EXTENSION_num(exts) > 0)
        assert_int_equal(X509_REQ_add_extensions(req, exts), 1);
    sk_X509_EXTENSION_pop_free(exts, X509_EXTENSION_free);
}

static void foreign_request(struct hc_buf *out, const struct foreign *f)
{
    bool rsa = strncmp(f->kind, "RSA", 3) == 0;
    EVP_PKEY *key = rsa ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(f->kind + 3, NULL, 10))
                    : strcmp(f->kind, "ED25519") == 0 ? EVP_PKEY_Q_keygen(NULL, NULL, f->kind)
                                                      : EVP_PKEY_Q_keygen(NULL, NULL, "EC", f->kind);
    X509_REQ *req = X509_REQ_new();
    const EVP_MD *md = f->md ? f->md : strcmp(f->kind, "ED25519") == 0 ? NULL : EVP_sha256();
    uint8_t *der = NULL;
    int n;

    assert_non_null(key);
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(req), "CN", MBSTRING_UTF8, (const uint8_t *)"shop", -1, -1, 0);
    assert_int_equal(X509_REQ_set_pubkey(req, key), 1);
    foreign_extensions(req, f);
    if (f->challenge)
        X509_REQ_add1_attr_by_NID(req, NID_pkcs9_challengePassword, MBSTRING_ASC, (const uint8_t *)f->challenge, -1);
    assert_true(X509_REQ_sign(req, key, md) > 0);
    n = i2d_X509_REQ(req, &der);
    assert_true(n > 0);
    hc_buf_add(out, hc_bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    X509_REQ_free(req);
    EVP_PKEY_free(key);
}

static struct hc_rc parse_foreign(const struct foreign *f, struct hc_csr **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, ROUGH_MAX);

    foreign_request(&der, f);
    return hc_csr_parse(k.c, hc_buf_view(&der), out, e);
}

static void csr_reads_requests_of_libcrypto_of_every_accepted_key(void **state)
{
    static const char *const kinds[] = {"P-256", "P-384", "ED25519", "RSA2048"};
    static const char san[] = "DNS:Shop.example.com,email:alice@EXAMPLE.com,URI:spiffe://example.com/web,IP:192.0.2.7,"
                              "IP:2001:db8::1,RID:1.2.3,DNS:*.example.com";

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        HC_AUTO(hc_csr) csr = NULL;
        struct hc_err e;

        expect_ok(&e, parse_foreign(&(struct foreign){.kind = kinds[i], .san = san, .challenge = "x"}, &csr, &e));
        expect_names(csr, "dns:shop.example.com email:alice@example.com spiffe://example.com/web ip:192.0.2.7 "
                          "ip:2001:db8::1 dns:*.example.com");
        assert_int_equal(csr->n_other_names, 1);
        assert_int_equal(csr->n_extensions, 1);
        assert_int_equal(csr->bad_name.n, 0);
        assert_false(csr->asks_ca);
    }
}

static void csr_shows_what_the_request_holds(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    HC_BUF_AUTO(subject, 256);
    HC_AUTO(hc_csr) csr = NULL;
    uint8_t digest[32];
    struct hc_err e;

    (void)state;
    shape_request(&der, &(struct shape){0});
    expect_ok(&e, hc_csr_parse(k.c, hc_buf_view(&der), &csr, &e));
    assert_true(hc_bytes_eq(csr->der, hc_buf_view(&der)));
    assert_ptr_not_equal(csr->der.p, der.p); /* copied */
    assert_true(hc_bytes_eq(csr->spki, hc_buf_view(&k.spki)));
    assert_true(hc_bytes_eq(csr->sig_alg, hc_key_signature_algorithm(k.key)));
    assert_true(csr->info.p > csr->der.p && csr->info.p[0] == HC_DER_SEQUENCE && csr->signature.n > 60);
    hc_dn_text(csr->subject, &subject);
    assert_string_equal(hc_buf_cstr(&subject), "CN=Test");
    hc_sha256(hc_buf_view(&der), digest);
    assert_memory_equal(csr->sha256, digest, sizeof digest);
    assert_int_equal(csr->n_names + csr->n_other_names + csr->n_extensions + csr->bad_name.n, 0);
}

static void csr_says_that_a_ca_is_asked_for(void **state)
{
    HC_AUTO(hc_csr) csr = NULL;
    HC_AUTO(hc_csr) leaf = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse_foreign(&(struct foreign){.kind = "P-256", .basic = "critical,CA:TRUE,pathlen:3"}, &csr, &e));
    assert_true(csr->asks_ca);
    expect_ok(&e, parse_foreign(&(struct foreign){.kind = "P-256", .basic = "CA:FALSE"}, &leaf, &e));
    assert_false(leaf->asks_ca);
}

static void csr_reads_pem_with_either_label_and_text_around_it(void **state)
{
    static const char *const labels[] = {"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        HC_BUF_AUTO(der, ROUGH_MAX);
        HC_BUF_AUTO(text, ROUGH_MAX);
        HC_AUTO(hc_csr) csr = NULL;
        struct hc_err e;

        shape_request(&der, &(struct shape){0});
        hc_buf_add_str(&text, "Certificate Request:\n    Data:\n");
        hc_pem_emit(&text, labels[i], hc_buf_view(&der));
        expect_ok(&e, hc_csr_parse(k.c, hc_buf_view(&text), &csr, &e));
        assert_true(hc_bytes_eq(csr->der, hc_buf_view(&der)));
    }
}

static void csr_names_the_wrong_kind_of_file(void **state)
{
    static const struct {
        const char *label, *reason;
    } kinds[] = {
        {"PRIVATE KEY", "this is a private key"},
        {"EC PRIVATE KEY", "this is a private key"},
        {"RSA PRIVATE KEY", "this is a private key"},
        {"ENCRYPTED PRIVATE KEY", "this is a private key"},
        {"OPENSSH PRIVATE KEY", "this is a private key"},
        {"CERTIFICATE", "this is a certificate"},
        {"PUBLIC KEY", "this is a public key"},
        {"X509 CRL", "this is a CRL"},
        {"PKCS7", "this is a PKCS #7 file"},
        {"SOMETHING", "no request in it"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        HC_BUF_AUTO(text, 1024);

        hc_pem_emit(&text, kinds[i].label, HC_BYTES("\x30\x03\x02\x01\x00"));
        expect_text_refused(hc_buf_view(&text), HC_E_REQUEST_MALFORMED, kinds[i].reason);
    }
    expect_text_refused(HC_BYTES("ssh-ed25519 AAAA alice"), HC_E_REQUEST_MALFORMED, "public key of SSH");
    expect_text_refused(HC_BYTES(""), HC_E_REQUEST_MALFORMED, "no request in it");
    expect_text_refused(HC_BYTES("rubbish"), HC_E_REQUEST_MALFORMED, "no request in it");
}

/* DER of another kind under the right label, as some tools write it. */
static void expect_der_kind(struct hc_bytes der, const char *reason)
{
    HC_BUF_AUTO(text, ROUGH_MAX);

    hc_pem_emit(&text, HC_PEM_REQUEST, der);
    expect_text_refused(hc_buf_view(&text), HC_E_REQUEST_MALFORMED, reason);
}

static void csr_names_the_wrong_kind_of_der(void **state)
{
    HC_BUF_AUTO(cert, ROUGH_MAX);

    (void)state;
    rough_cert(&cert, &(struct rough){0});
    expect_text_refused(hc_buf_view(&cert), HC_E_REQUEST_MALFORMED, "this is a certificate");
    expect_der_kind(hc_buf_view(&cert), "this is a certificate");
    expect_der_kind(hc_buf_view(&k.spki), "this is a public key");
    expect_der_kind(HC_BYTES("\x30\x06\x02\x01\x00\x02\x01\x01"), "this is a private key (PKCS #1)");
    expect_der_kind(HC_BYTES("\x30\x05\x02\x01\x00\x30\x00"), "this is a private key (PKCS #8)");
    expect_der_kind(HC_BYTES("\x30\x05\x02\x01\x01\x04\x00"), "this is a private key (SEC 1)");
    expect_der_kind(HC_BYTES("\x30\x05\x02\x01\x03\x30\x00"), "this is a PKCS #12 file");
    expect_der_kind(HC_BYTES("\x30\x07\x30\x03\x06\x01\x2a\x04\x00"), "this is a private key, encrypted");
    expect_der_kind(HC_BYTES("\x30\x00"), "not one whole request");
}

static void csr_refuses_two_requests_in_one_file(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    HC_BUF_AUTO(text, ROUGH_MAX);

    (void)state;
    shape_request(&der, &(struct shape){0});
    hc_pem_emit(&text, HC_PEM_REQUEST, hc_buf_view(&der));
    hc_pem_emit(&text, "NEW CERTIFICATE REQUEST", hc_buf_view(&der));
    expect_text_refused(hc_buf_view(&text), HC_E_REQUEST_MALFORMED, "more than one request");
}

static void csr_refuses_damaged_pem_with_its_reason(void **state)
{
    (void)state;
    expect_text_refused(HC_BYTES("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n"), HC_E_REQUEST_MALFORMED, "cut off");
    expect_text_refused(HC_BYTES("-----BEGIN CERTIFICATE REQUEST-----\nMI!B\n-----END CERTIFICATE REQUEST-----\n"),
                        HC_E_REQUEST_MALFORMED, "not clean base64");
}

static void csr_must_be_signed_by_its_own_key(void **state)
{
    HC_BUF_AUTO(other, 1024);
    HC_AUTO(hc_key) twin = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P256, &twin, &e));
    expect_ok(&e, hc_key_spki(twin, &other, &e));
    expect_refused(&(struct shape){.signer = twin}, HC_E_REQUEST_SIGNATURE, "not by the key that it carries");
    expect_refused(&(struct shape){.signer = k.other}, HC_E_REQUEST_SIGNATURE, "not by the key");
    expect_refused(&(struct shape){.spki = hc_buf_view(&other)}, HC_E_REQUEST_SIGNATURE, "not by the key");
}

static void csr_refuses_weak_keys_and_signatures(void **state)
{
    struct hc_csr *csr = NULL;
    struct hc_err e;

    (void)state;
    expect_fail(&e, parse_foreign(&(struct foreign){.kind = "RSA1024"}, &csr, &e), HC_E_CERT_WEAK_KEY);
    assert_non_null(strstr(e.text, "1024 bits; 2048 is the least"));
    expect_fail(&e, parse_foreign(&(struct foreign){.kind = "secp256k1"}, &csr, &e), HC_E_CERT_WEAK_KEY);
    assert_non_null(strstr(e.text, "secp256k1"));
    expect_fail(&e, parse_foreign(&(struct foreign){.kind = "P-256", .md = EVP_sha1()}, &csr, &e),
                HC_E_CERT_WEAK_SIGNATURE);
    expect_fail(&e, parse_foreign(&(struct foreign){.kind = "RSA2048", .md = EVP_md5()}, &csr, &e),
                HC_E_CERT_WEAK_SIGNATURE);
    assert_null(csr);
    assert_int_equal(ERR_peek_error(), 0);
}

static void csr_must_have_its_shape(void **state)
{
    static const struct hc_bytes null = HC_BYTES("\x05\x00");

    (void)state;
    expect_refused(&(struct shape){.version = 1}, HC_E_REQUEST_MALFORMED, "its version is 2");
    expect_refused(&(struct shape){.version = -1}, HC_E_REQUEST_MALFORMED, "strict DER");
    expect_refused(&(struct shape){.in_info = null}, HC_E_REQUEST_MALFORMED, "strict DER");
    expect_refused(&(struct shape){.trailing = null}, HC_E_REQUEST_MALFORMED, "not one whole request");
    expect_refused(&(struct shape){.subject = null}, HC_E_REQUEST_MALFORMED, "strict DER");
    expect_refused(&(struct shape){.subject = HC_BYTES("\x30\x02\x05\x00")}, HC_E_REQUEST_MALFORMED, "its subject");
    expect_refused(&(struct shape){.attribute = null}, HC_E_REQUEST_MALFORMED, "its attributes");
    expect_refused(&(struct shape){.spki = HC_BYTES("\x30\x00")}, HC_E_CERT_WEAK_KEY, "cannot be read");
}

static void csr_may_have_no_subject_and_no_attributes(void **state)
{
    HC_AUTO(hc_csr) csr = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse_shape(&(struct shape){.subject = HC_BYTES("\x30\x00"), .no_attributes = true}, &csr, &e));
    assert_true(hc_dn_is_empty(csr->subject));
}

static void csr_passes_over_other_attributes(void **state)
{
    HC_BUF_AUTO(exts, 1024);
    HC_AUTO(hc_csr) csr = NULL;
    struct hc_err e;

    (void)state;
    rough_san(&exts, 0x82, HC_BYTES("shop.example.com"));
    /* challengePassword "x" */
    expect_ok(&e,
              parse_shape(&(struct shape){.attribute = HC_BYTES("\x30\x10\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"
                                                                "\x31\x03\x0c\x01x"),
                                          .exts = hc_buf_view(&exts)},
                          &csr, &e));
    expect_names(csr, "dns:shop.example.com");
}

static void csr_refuses_what_is_asked_for_twice(void **state)
{
    static const struct hc_bytes empty_request =
        HC_BYTES("\x30\x16\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e\x31\x09\x30\x07\x30\x05\x06\x01\x2a\x04\x00");
    HC_BUF_AUTO(exts, 4096);

    (void)state;
    rough_san(&exts, 0x82, HC_BYTES("shop.example.com"));
    expect_refused(&(struct shape){.attribute = empty_request, .exts = hc_buf_view(&exts)}, HC_E_REQUEST_MALFORMED,
                   "extensionRequest twice");
    rough_san(&exts, 0x82, HC_BYTES("other.example.com"));
    expect_refused(&(struct shape){.exts = hc_buf_view(&exts)}, HC_E_REQUEST_MALFORMED, "an extension twice");
}

static void csr_refuses_malformed_extensions(void **state)
{
    static const struct hc_bytes no_exts =
        HC_BYTES("\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e\x31\x02\x30\x00");
    static const struct hc_bytes no_value = HC_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e\x31\x00");
    static const struct {
        struct hc_bytes oid, value;
        const char *reason;
    } bad[] = {
        {HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x00"), "subjectAltName is malformed or empty"},
        {HC_OID_SUBJECT_ALT_NAME, HC_BYTES("rubbish"), "subjectAltName is malformed or empty"},
        {HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x03\x82\x01"), "subjectAltName is malformed or empty"},
        {HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x02\x82\x00"), "an empty name"},
        {HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x03\x0c\x01x"), "no known type"},
        {HC_OID_BASIC_CONSTRAINTS, HC_BYTES("\x30\x03\x01\x01\x01"), "basicConstraints"},
    };

    (void)state;
    expect_refused(&(struct shape){.attribute = no_exts}, HC_E_REQUEST_MALFORMED, "malformed or empty");
    expect_refused(&(struct shape){.attribute = no_value}, HC_E_REQUEST_MALFORMED, "extensionRequest is malformed");
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        HC_BUF_AUTO(exts, 1024);

        rough_ext(&exts, bad[i].oid, false, bad[i].value);
        expect_refused(&(struct shape){.exts = hc_buf_view(&exts)}, HC_E_REQUEST_MALFORMED, bad[i].reason);
    }
}

static void csr_shows_the_first_bad_name_and_reads_the_others(void **state)
{
    static const struct {
        uint8_t tag;
        struct hc_bytes value;
    } bad[] = {
        {0x82, HC_BYTES("shop.example.com\0.evil.example")}, /* NUL */
        {0x82, HC_BYTES("shop\n.example.com")},              /* control */
        {0x82, HC_BYTES("\xe2\x80\xaeshop.example")},        /* bidi override */
        {0x82, HC_BYTES("shop..example.com")},
        {0x82, HC_BYTES("a*b.example.com")},
        {0x82, HC_BYTES("192.0.2.7")},
        {0x81, HC_BYTES("alice")},
        {0x86, HC_BYTES("no-scheme")},
        {0x87, HC_BYTES("\x7f\x00\x01")},
        {0x87, HC_BYTES("\x0a\0\0\0\xff\0\0\0")},
        {0x86, HC_BYTES("spiffe://Example.com/a/../b")},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        HC_AUTO(hc_csr) csr = csr_of_name(bad[i].tag, bad[i].value);

        assert_true(hc_bytes_eq(csr->bad_name, bad[i].value));
        assert_int_equal(csr->n_names, 0);
    }
}

static void csr_keeps_good_names_beside_a_bad_one(void **state)
{
    HC_BUF_AUTO(san, 1024);
    HC_BUF_AUTO(exts, 1024);
    HC_AUTO(hc_csr) csr = NULL;
    size_t at = hc_derw_begin(&san, HC_DER_SEQUENCE);
    struct hc_err e;

    (void)state;
    hc_derw_element(&san, 0x82, HC_BYTES("a.example"));
    hc_derw_element(&san, 0x82, HC_BYTES("b\0.example"));
    hc_derw_element(&san, 0x82, HC_BYTES("c..example"));
    hc_derw_element(&san, 0x81, HC_BYTES("d@e.example"));
    hc_derw_end(&san, at);
    rough_ext(&exts, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
    expect_ok(&e, parse_shape(&(struct shape){.exts = hc_buf_view(&exts)}, &csr, &e));
    expect_names(csr, "dns:a.example email:d@e.example");
    expect_bytes(csr->bad_name, "b\0.example");
}

static void csr_shows_a_subject_that_could_deceive(void **state)
{
    static const struct hc_bytes bad[] = {HC_BYTES("good\0evil"), HC_BYTES("a\x1b[2J"),
                                          HC_BYTES("\xe2\x80\xae"
                                                   "moc")};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        HC_BUF_AUTO(name, 256);
        HC_AUTO(hc_csr) csr = NULL;
        struct hc_err e;

        rough_name(&name, HC_OID_AT_COMMON_NAME, HC_DER_UTF8, bad[i]);
        expect_ok(&e, parse_shape(&(struct shape){.subject = hc_buf_view(&name)}, &csr, &e));
        assert_true(hc_bytes_eq(csr->bad_name, bad[i]));
    }
}

/* `n` names of `size` bytes each. */
static void many_names(struct hc_buf *exts, size_t n, size_t size)
{
    HC_BUF_AUTO(san, 4 * ROUGH_MAX);
    size_t at = hc_derw_begin(&san, HC_DER_SEQUENCE);

    for (size_t i = 0; i < n; i++) {
        char name[32];

        snprintf(name, sizeof name, "%0*zu.a", (int)size - 2, i);
        hc_derw_element(&san, 0x82, hc_bytes_str(name));
    }
    hc_derw_end(&san, at);
    rough_ext(exts, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
}

static void csr_bounds_its_names(void **state)
{
    HC_BUF_AUTO(most, ROUGH_MAX);
    HC_BUF_AUTO(many, ROUGH_MAX);
    HC_BUF_AUTO(long_ones, ROUGH_MAX);
    HC_AUTO(hc_csr) csr = NULL;
    struct hc_err e;

    (void)state;
    many_names(&most, HC_CERT_NAMES_MAX, 12);
    expect_ok(&e, parse_shape(&(struct shape){.exts = hc_buf_view(&most)}, &csr, &e));
    assert_int_equal(csr->n_names, HC_CERT_NAMES_MAX);
    assert_true(hc_bytes_eq_str(csr->names[HC_CERT_NAMES_MAX - 1].text, "0000001023.a"));
    many_names(&many, 8000, 6);
    expect_refused(&(struct shape){.exts = hc_buf_view(&many)}, HC_E_REQUEST_NAMES, "it asks for 8000 names");
    many_names(&long_ones, 10000, 16);
    expect_refused(&(struct shape){.exts = hc_buf_view(&long_ones)}, HC_E_TOO_BIG, "at most 65536");
}

static void csr_bounds_its_extensions_and_its_text(void **state)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);
    uint8_t *text = test_malloc(17 * HC_CSR_MAX);

    (void)state;
    for (int i = 0; i <= HC_CERT_EXTENSIONS_MAX; i++) {
        uint8_t oid[] = {0x2a, 0x81, (uint8_t)(i & 0x7f), (uint8_t)(i >> 7)};

        if (i >= 128)
            oid[1] = 0x82;
        oid[3] = 0x01;
        rough_ext(&exts, hc_bytes_of(oid, sizeof oid), false, HC_BYTES("x"));
    }
    expect_refused(&(struct shape){.exts = hc_buf_view(&exts)}, HC_E_TOO_BIG, "more than 128 extensions");
    memset(text, '\n', 17 * HC_CSR_MAX);
    expect_text_refused(hc_bytes_of(text, 17 * HC_CSR_MAX), HC_E_TOO_BIG, "at most 1048576");
    test_free(text);
}

static void csr_is_refused_when_any_byte_is_changed_or_cut(void **state)
{
    HC_BUF_AUTO(exts, 1024);
    HC_BUF_AUTO(der, ROUGH_MAX);
    struct hc_err e;

    (void)state;
    rough_san(&exts, 0x82, HC_BYTES("shop.example.com"));
    shape_request(&der, &(struct shape){.exts = hc_buf_view(&exts)});
    for (size_t i = 0; i < der.n; i++) {
        struct hc_csr *csr = NULL;

        der.p[i] ^= 1;
        assert_true(hc_failed(hc_csr_parse(k.c, hc_buf_view(&der), &csr, &e)));
        assert_null(csr);
        der.p[i] ^= 1;
        assert_true(hc_failed(hc_csr_parse(k.c, hc_bytes_head(hc_buf_view(&der), i), &csr, &e)));
        assert_true(e.code == HC_E_REQUEST_MALFORMED);
    }
}

static void csr_load_names_the_file(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    HC_AUTO(hc_csr) csr = NULL;
    char path[] = "/tmp/hc-test-csr-XXXXXX";
    struct hc_csr *none = NULL;
    struct hc_err e;
    int fd = mkstemp(path);

    (void)state;
    shape_request(&der, &(struct shape){0});
    assert_int_equal(write(fd, der.p, der.n), (ssize_t)der.n);
    expect_ok(&e, hc_csr_load(k.c, path, &csr, &e));
    assert_int_equal(pwrite(fd, "x", 1, 0), 1);
    close(fd);
    expect_fail(&e, hc_csr_load(k.c, path, &none, &e), HC_E_REQUEST_MALFORMED);
    assert_non_null(strstr(e.text, path));
    unlink(path);
    expect_fail(&e, hc_csr_load(k.c, path, &none, &e), HC_E_FILE_MISSING);
    assert_null(none);
}

static struct hc_rc sweep_parse(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_csr) csr = NULL;

    return hc_csr_parse(k.c, hc_buf_view(ctx), &csr, e);
}

static void csr_survives_every_failing_allocation(void **state)
{
    HC_BUF_AUTO(exts, 1024);
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_BUF_AUTO(pem, HC_CSR_MAX);

    (void)state;
    rough_san(&exts, 0x82, HC_BYTES("shop.example.com"));
    shape_request(&der, &(struct shape){.exts = hc_buf_view(&exts)});
    hc_pem_emit(&pem, HC_PEM_REQUEST, hc_buf_view(&der));
    assert_true(fault_sweep(sweep_parse, &der) >= 3);
    assert_true(fault_sweep(sweep_parse, &pem) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csr_reads_requests_of_libcrypto_of_every_accepted_key),
        cmocka_unit_test(csr_shows_what_the_request_holds),
        cmocka_unit_test(csr_says_that_a_ca_is_asked_for),
        cmocka_unit_test(csr_reads_pem_with_either_label_and_text_around_it),
        cmocka_unit_test(csr_names_the_wrong_kind_of_file),
        cmocka_unit_test(csr_names_the_wrong_kind_of_der),
        cmocka_unit_test(csr_refuses_two_requests_in_one_file),
        cmocka_unit_test(csr_refuses_damaged_pem_with_its_reason),
        cmocka_unit_test(csr_must_be_signed_by_its_own_key),
        cmocka_unit_test(csr_refuses_weak_keys_and_signatures),
        cmocka_unit_test(csr_must_have_its_shape),
        cmocka_unit_test(csr_may_have_no_subject_and_no_attributes),
        cmocka_unit_test(csr_passes_over_other_attributes),
        cmocka_unit_test(csr_refuses_what_is_asked_for_twice),
        cmocka_unit_test(csr_refuses_malformed_extensions),
        cmocka_unit_test(csr_shows_the_first_bad_name_and_reads_the_others),
        cmocka_unit_test(csr_keeps_good_names_beside_a_bad_one),
        cmocka_unit_test(csr_shows_a_subject_that_could_deceive),
        cmocka_unit_test(csr_bounds_its_names),
        cmocka_unit_test(csr_bounds_its_extensions_and_its_text),
        cmocka_unit_test(csr_is_refused_when_any_byte_is_changed_or_cut),
        cmocka_unit_test(csr_load_names_the_file),
        cmocka_unit_test(csr_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/csr", tests, set_up, tear_down);
}

/* test_bundle_out.c - anchors in the forms of others: what is written reads back, and holds the same keys. */
#include "testpki.h"

#include <stdio.h>

#include "asn1/der.h"
#include "base/escape.h"
#include "pki/bundle_out.h"
#include "pki/pem.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki ca[5]; /* one of each kind of key */
    struct hc_bundle *bundle;
} w;

static void name_is_ascii_without_a_colon_and_tells_anchors_apart(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki odd;
    char one[HC_BUNDLE_OUT_NAME], two[HC_BUNDLE_OUT_NAME], long_one[HC_BUNDLE_OUT_NAME], want[HC_BUNDLE_OUT_NAME];
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A: B\xc3\xa4r/\"'", .ca = true}, NULL, &odd);
    expect_ok(&e, hc_bundle_out_name(odd.cert, one, &e));
    snprintf(want, sizeof want, "Handclasp A B r %02x%02x%02x%02x", odd.cert->sha256[0], odd.cert->sha256[1],
             odd.cert->sha256[2], odd.cert->sha256[3]);
    assert_string_equal(one, want);
    testpki_fini(&odd);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A: B\xc3\xa4r/\"'", .ca = true}, NULL, &odd);
    expect_ok(&e, hc_bundle_out_name(odd.cert, two, &e));
    assert_string_not_equal(one, two);
    testpki_fini(&odd);
    char subject[65];
    memset(subject, 'x', 64);
    subject[64] = '\0';
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = subject, .ca = true}, NULL, &odd);
    expect_ok(&e, hc_bundle_out_name(odd.cert, long_one, &e));
    assert_int_equal(strlen(long_one), 10 + 64 + 1 + 8);
    testpki_fini(&odd);
}

static void pem_reads_back_and_says_whose_each_certificate_is(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, HC_BUNDLE_OUT_MAX);
    HC_AUTO(hc_bundle) again = NULL;
    expect_ok(&e, hc_bundle_out_pem(w.bundle, &pem, &e));
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &again, &e));
    assert_true(hc_bytes_eq(hc_bundle_hash(again), hc_bundle_hash(w.bundle)));
    const char *text = hc_buf_cstr(&pem);
    assert_non_null(strstr(text, "# CN=P-384 root\n# sha256 "));
    assert_non_null(strstr(text, "\n# until 20"));
}

/* GnuTLS takes it for the start of a block wherever it stands, and then reads no certificate at all. */
static void name_in_a_comment_of_pem_begins_no_block(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki odd;
    HC_BUF_AUTO(in, HC_BUNDLE_OUT_MAX);
    HC_BUF_AUTO(pem, HC_BUNDLE_OUT_MAX);
    HC_AUTO(hc_bundle) b = NULL;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "-----BEGIN CERTIFICATE-----", .ca = true}, NULL, &odd);
    testpki_pem(&odd, &in);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&in), TESTPKI_NOW, &b, &e));
    expect_ok(&e, hc_bundle_out_pem(b, &pem, &e));
    const char *text = hc_buf_cstr(&pem), *begin = strstr(text, "-----BEGIN");
    assert_non_null(begin);
    assert_true(begin > text && begin[-1] == '\n');
    testpki_fini(&odd);
}

static void pkcs7_holds_the_certificates_in_der_order_and_no_signer(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, HC_BUNDLE_OUT_MAX);
    HC_BUF_AUTO(der, HC_BUNDLE_OUT_MAX);
    bool found = false;
    expect_ok(&e, hc_bundle_out_pkcs7(w.bundle, &pem, &e));
    struct hc_bytes in = hc_buf_view(&pem);
    expect_ok(&e, hc_pem_next(&in, "PKCS7", &der, &found, &e));
    assert_true(found);
    struct hc_der d = hc_der_init(hc_buf_view(&der));
    struct hc_der info = hc_der_enter(&d, HC_DER_SEQUENCE);
    expect_bytes(hc_der_oid(&info), "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
    struct hc_der content = hc_der_enter(&info, HC_DER_CONTEXT_CONSTRUCTED(0));
    struct hc_der data = hc_der_enter(&content, HC_DER_SEQUENCE);
    assert_int_equal(hc_der_small(&data, 9), 1);
    assert_int_equal(hc_der_get(&data, HC_DER_SET).n, 0);
    struct hc_der inner = hc_der_enter(&data, HC_DER_SEQUENCE);
    expect_bytes(hc_der_oid(&inner), "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01");
    hc_der_leave(&data, &inner);
    struct hc_der certs = hc_der_enter(&data, HC_DER_CONTEXT_CONSTRUCTED(0));
    struct hc_bytes last = {NULL, 0};
    for (size_t i = 0; i < HC_COUNT(w.ca); i++) {
        struct hc_bytes one = hc_der_tlv(&certs, HC_DER_SEQUENCE);
        HC_AUTO(hc_cert) cert = NULL;
        expect_ok(&e, hc_cert_parse(one, &cert, &e));
        assert_true(hc_bundle_has(w.bundle, cert));
        assert_true(last.n == 0 || hc_bytes_cmp(last, one) < 0);
        last = one;
    }
    hc_der_leave(&data, &certs);
    assert_int_equal(hc_der_get(&data, HC_DER_SET).n, 0);
    hc_der_leave(&content, &data);
    hc_der_leave(&info, &content);
    hc_der_leave(&d, &info);
    expect_ok(&e, hc_der_done(&d, "the PKCS #7 bundle", &e));
}

static void jwks_shows_every_kind_of_key_and_its_certificate(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, HC_BUNDLE_OUT_MAX);
    const struct hc_bundle_out_jwks how = {.sequence = 42, .refresh_hint = 300};
    expect_ok(&e, hc_bundle_out_jwks(w.bundle, &how, &out, &e));
    const char *text = hc_buf_cstr(&out);
    static const char *const want[] = {
        "{\"use\":\"x509-svid\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"",
        "\"crv\":\"P-384\"",
        "\"crv\":\"P-521\"",
        "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"",
        "\"kty\":\"RSA\",\"n\":\"",
        "\"e\":\"AQAB\"",
        "\"spiffe_sequence\":42",
        "\"spiffe_refresh_hint\":300",
    };
    for (size_t i = 0; i < HC_COUNT(want); i++)
        if (!strstr(text, want[i]))
            fail_msg("no %s in %s", want[i], text);
    for (size_t i = 0; i < HC_COUNT(w.ca); i++) {
        HC_BUF_AUTO(x5c, 65536);
        hc_buf_add_str(&x5c, "\"x5c\":[\"");
        hc_escape_base64(&x5c, w.ca[i].cert->der);
        hc_buf_add_str(&x5c, "\"]}");
        assert_non_null(strstr(text, hc_buf_cstr(&x5c)));
    }
    /* The members are base64url without padding; a P-256 coordinate has 43 characters, whatever its value. */
    const char *x = strstr(text, "\"crv\":\"P-256\",\"x\":\"") + strlen("\"crv\":\"P-256\",\"x\":\"");
    assert_int_equal(strcspn(x, "\""), 43);
    const char *n = strstr(text, "\"n\":\"") + 5;
    assert_int_equal(strspn(n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), strcspn(n, "\""));
}

static void p12_takes_what_it_can_hold_and_no_more(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, HC_BUNDLE_OUT_MAX);
    HC_BUF_AUTO(pem, HC_BUNDLE_OUT_MAX);
    HC_AUTO(hc_secret) passphrase = NULL;
    HC_AUTO(hc_bundle) many = NULL;
    expect_ok(&e, hc_secret_copy(HC_BYTES("k7mq-2fzt-9xwd-h4rp"), &passphrase, &e));
    expect_ok(&e, hc_bundle_out_p12(w.crypto, w.bundle, passphrase, &out, &e));
    assert_true(out.n > 1000);
    for (size_t i = 0; i < 11; i++) {
        struct testpki one;
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Many", .ca = true}, NULL, &one);
        testpki_pem(&one, &pem);
        testpki_fini(&one);
    }
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &many, &e));
    hc_buf_clear(&out);
    expect_fail(&e, hc_bundle_out_p12(w.crypto, many, passphrase, &out, &e), HC_E_TOO_BIG);
}

static struct hc_rc all_forms(void *ctx, struct hc_err *e)
{
    (void)ctx;
    HC_BUF_AUTO(out, HC_BUNDLE_OUT_MAX);
    char name[HC_BUNDLE_OUT_NAME];
    const struct hc_bundle_out_jwks how = {.sequence = 1, .refresh_hint = 1};
    HC_TRY(e, hc_bundle_out_name(w.ca[0].cert, name, e));
    HC_TRY(e, hc_bundle_out_pem(w.bundle, &out, e));
    HC_TRY(e, hc_bundle_out_pkcs7(w.bundle, &out, e));
    return hc_bundle_out_jwks(w.bundle, &how, &out, e);
}

static void forms_survive_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(all_forms, NULL) > 5);
}

static int set_up(void **state)
{
    (void)state;
    static const struct {
        enum hc_key_kind kind;
        const char *subject;
    } kinds[] = {{HC_KEY_P256, "P-256 root"},
                 {HC_KEY_P384, "P-384 root"},
                 {HC_KEY_P521, "P-521 root"},
                 {HC_KEY_ED25519, "Ed25519 root"},
                 {HC_KEY_RSA, "RSA root"}};
    struct hc_err e;
    HC_BUF_AUTO(pem, HC_BUNDLE_OUT_MAX);
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        HC_AUTO(hc_key) key = NULL;
        expect_ok(&e, hc_key_generate(w.crypto, kinds[i].kind, &key, &e));
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = kinds[i].subject, .ca = true, .key = key}, NULL,
                      &w.ca[i]);
        testpki_pem(&w.ca[i], &pem);
    }
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &w.bundle, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(w.ca); i++)
        testpki_fini(&w.ca[i]);
    hc_bundle_free(w.bundle);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_ascii_without_a_colon_and_tells_anchors_apart),
        cmocka_unit_test(pem_reads_back_and_says_whose_each_certificate_is),
        cmocka_unit_test(name_in_a_comment_of_pem_begins_no_block),
        cmocka_unit_test(pkcs7_holds_the_certificates_in_der_order_and_no_signer),
        cmocka_unit_test(jwks_shows_every_kind_of_key_and_its_certificate),
        cmocka_unit_test(p12_takes_what_it_can_hold_and_no_more),
        cmocka_unit_test(forms_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/bundle_out", tests, set_up, tear_down);
}

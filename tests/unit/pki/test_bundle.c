/* test_bundle.c - a bundle is made whole or not at all (T10). */
#include "testpki.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/x509.h"
#include "pki/bundle.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, other, expired, early, leaf;
    char dir[64];
} w;

static struct hc_rc parse(struct hc_bytes pem, struct hc_bundle **out, struct hc_err *e)
{
    return hc_bundle_parse(w.crypto, pem, TESTPKI_NOW, out, e);
}

static void expect_refused(struct hc_bytes pem, enum hc_code want, const char *why)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    expect_fail(&e, parse(pem, &b, &e), want);
    assert_null(b);
    if (strstr(e.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, why);
}

static void bundle_holds_each_anchor_once_in_any_order(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    HC_BUF_AUTO(turned, 65536);
    HC_AUTO(hc_bundle) b = NULL;
    HC_AUTO(hc_bundle) t = NULL;
    HC_AUTO(hc_bundle) one = NULL;
    testpki_pem(&w.root, &pem);
    hc_buf_add_str(&pem, "# a comment between blocks\n");
    testpki_pem(&w.other, &pem);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.other, &turned);
    testpki_pem(&w.root, &turned);
    expect_ok(&e, parse(hc_buf_view(&pem), &b, &e));
    expect_ok(&e, parse(hc_buf_view(&turned), &t, &e));
    assert_int_equal(hc_bundle_count(b), 2);
    assert_true(hc_bytes_eq(hc_bundle_hash(b), hc_bundle_hash(t)));
    assert_true(hc_bundle_has(b, w.other.cert));
    assert_false(hc_bundle_has(b, w.leaf.cert));
    assert_non_null(hc_bundle_x509(b, 1));
    hc_buf_clear(&pem);
    testpki_pem(&w.root, &pem);
    expect_ok(&e, parse(hc_buf_view(&pem), &one, &e));
    assert_false(hc_bytes_eq(hc_bundle_hash(b), hc_bundle_hash(one)));
}

static void bundle_keeps_an_expired_anchor_beside_a_good_one(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_bundle) b = NULL;
    testpki_pem(&w.expired, &pem);
    testpki_pem(&w.root, &pem);
    expect_ok(&e, parse(hc_buf_view(&pem), &b, &e));
    assert_int_equal(hc_bundle_count(b), 2);
}

/* T10: { empty, 0 certificates, malformed, one malformed among good ones, only expired, only early, only a leaf } */
static void bundle_refuses_what_holds_no_usable_anchor(void **state)
{
    (void)state;
    HC_BUF_AUTO(pem, 65536);
    expect_refused(HC_BYTES(""), HC_E_BUNDLE, "empty");
    expect_refused(HC_BYTES("hello\n"), HC_E_BUNDLE, "no certificate");
    expect_refused(HC_BYTES("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), HC_E_BUNDLE,
                   "no certificate");
    expect_refused(HC_BYTES("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), HC_E_PEM, "");
    expect_refused(HC_BYTES("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), HC_E_CERT_MALFORMED,
                   "certificate 1");
    testpki_pem(&w.root, &pem);
    hc_buf_add_str(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect_refused(hc_buf_view(&pem), HC_E_CERT_MALFORMED, "certificate 2");
    hc_buf_clear(&pem);
    testpki_pem(&w.expired, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "expired");
    hc_buf_clear(&pem);
    testpki_pem(&w.early, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "valid yet");
    hc_buf_clear(&pem);
    testpki_pem(&w.leaf, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "not a CA");
    hc_buf_clear(&pem);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.leaf, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "not a CA");
}

/* T10: { missing, empty, a directory, unreadable } */
static void bundle_refuses_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_bundle *b = NULL;
    char path[128];
    snprintf(path, sizeof(path), "%s/missing.pem", w.dir);
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_MISSING);
    assert_non_null(strstr(e.text, "missing.pem"));
    expect_fail(&e, hc_bundle_load(w.crypto, w.dir, TESTPKI_NOW, &b, &e), HC_E_FILE_UNREADABLE);
    snprintf(path, sizeof(path), "%s/empty.pem", w.dir);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES(""), 0600, &e));
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_EMPTY);
    snprintf(path, sizeof(path), "%s/leaf.pem", w.dir);
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&w.leaf, &pem);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0600, &e));
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_BUNDLE);
    assert_non_null(strstr(e.text, "leaf.pem"));
    if (geteuid() != 0) {
        assert_int_equal(chmod(path, 0), 0);
        expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_UNREADABLE);
    }
    assert_null(b);
}

static struct hc_rc parse_and_free(void *ctx, struct hc_err *e)
{
    struct hc_bundle *b = NULL;
    struct hc_rc rc = parse(hc_buf_view(ctx), &b, e);
    hc_bundle_free(b);
    return rc;
}

static void bundle_survives_every_failed_allocation(void **state)
{
    (void)state;
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.other, &pem);
    assert_true(fault_sweep(parse_and_free, &pem) > 3);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Other", .ca = true}, NULL, &w.other);
    testpki_issue(
        w.crypto,
        &(struct testpki_spec){
            .subject = "Old", .ca = true, .not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - HC_DAY},
        NULL, &w.expired);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "New", .ca = true, .not_before = TESTPKI_NOW + HC_DAY},
                  NULL, &w.early);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example"}}, NULL, &w.leaf);
    strcpy(w.dir, "/tmp/test_bundle.XXXXXX");
    return mkdtemp(w.dir) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    testpki_fini(&w.root);
    testpki_fini(&w.other);
    testpki_fini(&w.expired);
    testpki_fini(&w.early);
    testpki_fini(&w.leaf);
    hc_crypto_free(w.crypto);
    return hc_failed(hc_dir_remove(w.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundle_holds_each_anchor_once_in_any_order),
        cmocka_unit_test(bundle_keeps_an_expired_anchor_beside_a_good_one),
        cmocka_unit_test(bundle_refuses_what_holds_no_usable_anchor),
        cmocka_unit_test(bundle_refuses_a_file_that_cannot_be_read),
        cmocka_unit_test(bundle_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/bundle", tests, set_up, tear_down);
}

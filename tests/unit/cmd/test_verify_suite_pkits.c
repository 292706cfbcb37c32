/* test_verify_suite_pkits.c - what each field of a PKITS definition says, and where its files lie. */
#include "pki/testpki.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "cmd/verify_suite_kind.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, leaf;
    char data[64];
} w;

/* A test of a chain of two, with more fields as JSON: "\"key\":value". */
static struct hc_rc read_with(const char *more, struct hc_verify_suite_case *k, struct hc_err *e)
{
    struct hc_verify_suite s = {.data = w.data};
    char text[1024];
    snprintf(text, sizeof text, "{\"name\":\"Section1\",\"certs\":[\"Root\",\"Leaf\"],\"crls\":[\"RootCRL\"]%s%s}",
             *more ? "," : "", more);
    json_t *json = json_loads(text, 0, NULL); /* the later of two fields of a name counts */
    assert_non_null(json);
    struct hc_rc rc = hc_verify_suite_pkits.read(&s, &(struct hc_verify_suite_item){.json = json}, k, e);
    json_decref(json);
    return rc;
}

static void pkits_reads_subjects_from_the_data(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with("", &k, &e));
    assert_string_equal(k.id, "Section1");
    assert_int_equal(k.anchors.n, 1);
    assert_int_equal(k.presented.n, 1);
    assert_true(hc_cert_eq(k.anchors.cert[0], w.root.cert));
    assert_true(hc_cert_eq(k.presented.cert[0], w.leaf.cert));
    assert_int_equal(k.n_crls, 1);
    assert_int_equal(k.policy.now, 1577836800);
    assert_int_equal(k.policy.profile, HC_VERIFY_RFC5280);
    assert_int_equal(k.n_accepted, 0);
    assert_false(k.policy.policies.explicit_policy);
}

static void pkits_presents_the_last_certificate_first(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with("\"certs\":[\"Root\",\"Root\",\"Leaf\"]", &k, &e));
    assert_int_equal(k.presented.n, 2);
    assert_true(hc_cert_eq(k.presented.cert[0], w.leaf.cert));
    assert_true(hc_cert_eq(k.presented.cert[1], w.root.cert));
}

static void pkits_reads_the_inputs_of_path_validation(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with("\"SetInitialPolicySet\":[\"NIST-test-policy-1,NIST-test-policy-6\",\"anyPolicy\"],"
                            "\"SetInitialExplicitPolicy\":\"true\",\"SetInitialPolicyMappingInhibit\":\"true\","
                            "\"SetInitialInhibitAnyPolicy\":\"true\",\"SetUserConstrainedPolicySet\":\"\"",
                            &k, &e));
    assert_int_equal(k.n_accepted, 3);
    expect_bytes(k.accepted[0], "\x60\x86\x48\x01\x65\x03\x02\x01\x30\x01");
    expect_bytes(k.accepted[1], "\x60\x86\x48\x01\x65\x03\x02\x01\x30\x06");
    expect_bytes(k.accepted[2], "\x55\x1d\x20\x00");
    assert_true(k.policy.policies.explicit_policy);
    assert_true(k.policy.policies.inhibit_mapping);
    assert_true(k.policy.policies.inhibit_any);
}

static void pkits_refuses_fields_that_are_missing_or_wrong(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "\"name\":null",
        "\"name\":\"\"",
        "\"certs\":[\"Root\"]",
        "\"certs\":[1,2]",
        "\"certs\":null",
        "\"crls\":null",
        "\"certs\":[\"Root\",\"../Leaf\"]",
        "\"crls\":[\"a/b\"]",
        "\"SetInitialPolicySet\":\"\"",
        "\"SetInitialPolicySet\":[\"policy\"]",
        "\"SetInitialPolicySet\":[\"NIST-test-policy-10\"]",
        "\"SetInitialExplicitPolicy\":true",
        "\"SetInitialExplicitPolicy\":\"yes\"",
    };
    struct hc_err e;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_VERIFY_SUITE_CASE(k);
        expect_fail(&e, read_with(rows[i], &k, &e), HC_E_SUITE);
    }
    HC_VERIFY_SUITE_CASE(k);
    expect_fail(&e, read_with("\"certs\":[\"Root\",\"Nobody\"]", &k, &e), HC_E_FILE_MISSING);
    assert_non_null(strstr(e.text, "certs/Nobody.crt"));
}

static void pkits_is_an_array(void **state)
{
    (void)state;
    struct hc_err e;
    __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite bad = {.root = json_object()};
    expect_fail(&e, hc_verify_suite_pkits.list(&bad, &e), HC_E_SUITE);
    __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {.root = json_loads("[{},{}]", 0, NULL)};
    expect_ok(&e, hc_verify_suite_pkits.list(&s, &e));
    assert_int_equal(s.n, 2);
    assert_true(hc_verify_suite_pkits.has_data);
}

static struct hc_rc read_without_luck(void *ctx, struct hc_err *e)
{
    (void)ctx;
    HC_VERIFY_SUITE_CASE(k);
    return read_with("", &k, e);
}

static void pkits_survives_missing_memory(void **state)
{
    (void)state;
    assert_true(fault_sweep(read_without_luck, NULL) > 2);
}

static void put(const char *name, struct hc_bytes contents)
{
    struct hc_err e;
    char path[128];
    snprintf(path, sizeof path, "%s/%s", w.data, name);
    expect_ok(&e, hc_file_create(path, contents, 0600, &e));
}

static int setup(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(crl, 4096);
    char path[128];
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf"}, &w.root, &w.leaf);
    testpki_crl(&(struct testpki_crl){.number = 1}, &w.root, &crl);
    snprintf(w.data, sizeof w.data, "/tmp/hc_pkits_XXXXXX");
    assert_non_null(mkdtemp(w.data));
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", w.data, i == 0 ? "certs" : "crls");
        assert_int_equal(mkdir(path, 0700), 0);
    }
    put("certs/Root.crt", w.root.cert->der);
    put("certs/Leaf.crt", w.leaf.cert->der);
    put("crls/RootCRL.crl", hc_buf_view(&crl));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_dir_remove(w.data, &e));
    testpki_fini(&w.leaf);
    testpki_fini(&w.root);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pkits_reads_subjects_from_the_data),
        cmocka_unit_test(pkits_presents_the_last_certificate_first),
        cmocka_unit_test(pkits_reads_the_inputs_of_path_validation),
        cmocka_unit_test(pkits_refuses_fields_that_are_missing_or_wrong),
        cmocka_unit_test(pkits_is_an_array),
        cmocka_unit_test(pkits_survives_missing_memory),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite_pkits", tests, setup, teardown);
}

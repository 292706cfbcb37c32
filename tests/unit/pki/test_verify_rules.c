/* test_verify_rules.c - one defect at a time: every rule refuses for its own reason. */
#include "judging.h"

#include <stdio.h>

static void leaf_with_a_defect_is_refused_for_that_defect(void **state)
{
    (void)state;
    static const struct {
        struct testpki_spec spec;
        enum hc_code want;
    } rows[] = {
        {{.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, HC_E_CERT_EXPIRED},
        {{.not_before = TESTPKI_NOW + 1}, HC_E_CERT_NOT_YET_VALID},
        {{.no_eku = true}, HC_E_WRONG_PURPOSE},
        {{.any = true}, HC_E_WRONG_PURPOSE},
        {{.usage = HC_KU_KEY_ENCIPHERMENT}, HC_E_WRONG_KEY_USAGE},
        {{.usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.ca = true, .server = true, .client = true, .usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN},
         HC_E_LEAF_IS_CA},
        {{.permitted = {"dns:a.example"}}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.policy_constraints = true}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.pathlen = 1}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.proxy = true}, HC_E_CERT_PROXY},
        {{.unknown_critical = true}, HC_E_CERT_UNKNOWN_CRITICAL},
        {{.bad_signature = true}, HC_E_BAD_SIGNATURE},
        {{.wrong_aki = true}, HC_E_UNKNOWN_ISSUER},
        {{.san = {"dir:somebody"}}, HC_E_NO_IDENTITY},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki l;
        leaf(rows[i].spec, &l);
        print_message("# row %zu\n", i);
        expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, rows[i].want);
        testpki_fini(&l);
    }
}

static void common_name_is_never_an_identity(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    HC_AUTO(hc_name) name = NULL;
    expect_ok(&e, hc_name_parse(HC_BYTES("dns:www.example"), HC_NAME_PLAIN, &name, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "www.example"}, &w.issuer, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, HC_E_NO_IDENTITY);
    testpki_fini(&l);
    leaf((struct testpki_spec){.subject = "www.example", .san = {"dns:other.example"}}, &l);
    policy.name = name;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, HC_E_NAME_MISMATCH);
    testpki_fini(&l);
}

static void issuer_with_a_defect_is_refused_for_that_defect(void **state)
{
    (void)state;
    static const struct {
        struct testpki_spec spec;
        enum hc_code want;
    } rows[] = {
        {{.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, HC_E_ISSUER_EXPIRED},
        {{.not_before = TESTPKI_NOW + 1}, HC_E_ISSUER_NOT_YET_VALID},
        {{.no_basic_constraints = true}, HC_E_NOT_A_CA},
        {{.usage = HC_KU_CRL_SIGN}, HC_E_CA_KEY_USAGE},
        {{.any = true}, HC_OK_CODE},
        {{.client = true}, HC_OK_CODE},
        {{.proxy = true}, HC_E_CERT_PROXY},
        {{.unknown_critical = true}, HC_E_CERT_UNKNOWN_CRITICAL},
        {{.policy_constraints = true}, HC_E_POLICY},
        {{.bad_signature = true}, HC_E_BAD_SIGNATURE},
        {{.permitted = {"dns:b.example"}}, HC_E_NAME_NOT_PERMITTED},
        {{.excluded = {"dns:example"}}, HC_E_NAME_EXCLUDED},
        {{.permitted = {"dns:a.example"}}, HC_OK_CODE},
        {{.excluded = {"ip:192.0.2.0/255.0.255.0"}}, HC_E_NAME_CONSTRAINT_SYNTAX},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki ca, l;
        struct testpki_spec spec = rows[i].spec;
        spec.subject = "Other issuer";
        spec.ca = true;
        testpki_issue(w.crypto, &spec, &w.root, &ca);
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example"}}, &ca, &l);
        print_message("# row %zu\n", i);
        const struct testpki *chain[CHAIN] = {&l, &ca};
        if (rows[i].want == HC_OK_CODE)
            expect_accepted(&policy, chain);
        else
            expect_refused(&policy, chain, rows[i].want);
        testpki_fini(&ca);
        testpki_fini(&l);
    }
}

static void dates_are_inclusive_to_the_second(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 10, .not_after = TESTPKI_NOW + 10}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    policy.now = TESTPKI_NOW - 11;
    expect_refused(&policy, chain, HC_E_CERT_NOT_YET_VALID);
    policy.now = TESTPKI_NOW - 10;
    expect_accepted(&policy, chain);
    policy.now = TESTPKI_NOW + 10;
    expect_accepted(&policy, chain);
    policy.now = TESTPKI_NOW + 11;
    expect_refused(&policy, chain, HC_E_CERT_EXPIRED);
    testpki_fini(&l);
}

static void server_certificate_presented_by_a_client_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki server, client;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    leaf((struct testpki_spec){.server = true}, &server);
    leaf((struct testpki_spec){.client = true}, &client);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_CLIENT;
    const struct testpki *chain[CHAIN] = {&server, &w.issuer};
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_WRONG_PURPOSE);
    assert_non_null(strstr(e.text, "Let's Encrypt"));
    assert_non_null(strstr(e.text, "DigiCert"));
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&client, &w.issuer});
    policy.purpose = HC_VERIFY_SERVER;
    expect_accepted(&policy, chain);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&client, &w.issuer}, HC_E_WRONG_PURPOSE);
    testpki_fini(&server);
    testpki_fini(&client);
}

static void purpose_of_a_ca_limits_what_is_below_it(void **state)
{
    (void)state;
    struct testpki ca, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Servers", .ca = true, .server = true}, &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &ca, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_SERVER;
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l, &ca});
    policy.purpose = HC_VERIFY_CLIENT;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_WRONG_PURPOSE);
    testpki_fini(&ca);
    testpki_fini(&l);
}

static void expected_name_must_be_carried(void **state)
{
    (void)state;
    static const struct {
        const char *have, *want;
        bool ok;
    } rows[] = {
        {"dns:www.example.com", "dns:www.example.com", true},
        {"dns:www.example.com", "dns:WWW.Example.COM", true},
        {"dns:www.example.com", "dns:example.com", false},
        {"dns:*.example.com", "dns:www.example.com", true},
        {"dns:*.example.com", "dns:a.b.example.com", false},
        {"dns:*.example.com", "dns:example.com", false},
        {"dns:*.com", "dns:example.com", false},
        {"ip:192.0.2.1", "ip:192.0.2.1", true},
        {"ip:192.0.2.1", "ip:192.0.2.2", false},
        {"email:a@example.com", "email:a@example.com", true},
        {"email:a@example.com", "email:b@example.com", false},
        {"uri:spiffe://example.com/a", "spiffe://example.com/a", true},
        {"uri:spiffe://example.com/a", "spiffe://example.com/b", false},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki l;
        struct hc_err e;
        HC_AUTO(hc_name) name = NULL;
        leaf((struct testpki_spec){.san = {"dns:other.example", rows[i].have}}, &l);
        expect_ok(&e, hc_name_parse(hc_bytes_str(rows[i].want), HC_NAME_PLAIN, &name, &e));
        policy.name = name;
        const struct testpki *chain[CHAIN] = {&l, &w.issuer};
        print_message("# row %zu\n", i);
        if (rows[i].ok)
            expect_accepted(&policy, chain);
        else
            expect_refused(&policy, chain, HC_E_NAME_MISMATCH);
        testpki_fini(&l);
    }
}

static void wildcard_that_could_be_an_excluded_name_is_refused(void **state)
{
    (void)state;
    struct testpki ca, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true, .excluded = {"dns:bad.example.com"}},
                  &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:*.example.com"}}, &ca, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_NAME_EXCLUDED);
    testpki_fini(&ca);
    testpki_fini(&l);
}

static void constraints_of_the_anchor_bind_the_leaf(void **state)
{
    (void)state;
    struct testpki root, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Domain B", .ca = true, .permitted = {"uri:b.example"}},
                  NULL, &root);
    HC_AUTO(hc_bundle) bundle = bundle_of(&root);
    struct hc_verify_policy policy = policy_of(bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"uri:spiffe://a.example/web"}}, &root, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l}, HC_E_NAME_NOT_PERMITTED);
    testpki_fini(&l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"uri:spiffe://b.example/web"}}, &root, &l);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l});
    testpki_fini(&l);
    testpki_fini(&root);
}

static void path_length_of_every_ca_is_kept(void **state)
{
    (void)state;
    struct testpki root, a, b, l, direct;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "R", .ca = true, .pathlen = 2}, NULL,
                  &root); /* one CA below */
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &root, &a);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, &a, &b);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &b, &l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &a, &direct);
    HC_AUTO(hc_bundle) bundle = bundle_of(&root);
    struct hc_verify_policy policy = policy_of(bundle);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&direct, &a});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &b, &a}, HC_E_PATH_LENGTH);
    struct testpki *all[] = {&root, &a, &b, &l, &direct};
    for (size_t i = 0; i < 5; i++)
        testpki_fini(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaf_with_a_defect_is_refused_for_that_defect),
        cmocka_unit_test(common_name_is_never_an_identity),
        cmocka_unit_test(issuer_with_a_defect_is_refused_for_that_defect),
        cmocka_unit_test(dates_are_inclusive_to_the_second),
        cmocka_unit_test(server_certificate_presented_by_a_client_is_refused_with_the_reason),
        cmocka_unit_test(purpose_of_a_ca_limits_what_is_below_it),
        cmocka_unit_test(expected_name_must_be_carried),
        cmocka_unit_test(wildcard_that_could_be_an_excluded_name_is_refused),
        cmocka_unit_test(constraints_of_the_anchor_bind_the_leaf),
        cmocka_unit_test(path_length_of_every_ca_is_kept),
    };
    return cmocka_run_group_tests_name("pki/verify_rules", tests, set_up, tear_down);
}

/* test_verify_profiles.c - what each profile asks and the others do not: verify_rfc5280.c, _webpki.c, _spiffe.c. */
#include "judging.h"

/* What each profile says of one chain: HC_OK_CODE or a code. */
struct row {
    struct testpki_spec leaf, ca;
    enum hc_code gate, path_only, rfc5280, webpki, spiffe;
};

#define BROKEN HC_E_CERT_PROFILE_RULE
#define SVID HC_E_SPIFFE_ID

static enum hc_code code_of(const struct testpki *const chain[CHAIN], enum hc_verify_profile profile,
                            enum hc_verify_purpose purpose)
{
    struct hc_err e;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.profile = profile;
    policy.purpose = purpose;
    enum hc_code code = judge(&policy, chain, &out, &report, &e).code;
    assert_int_equal(out == NULL, code != HC_OK_CODE);
    return code;
}

static void expect_row(const struct row *row)
{
    struct testpki ca, l;
    struct testpki_spec of_ca = row->ca, of_leaf = row->leaf;
    of_ca.subject = "CA";
    of_ca.ca = true;
    if (of_leaf.subject == NULL)
        of_leaf.subject = "a.example";
    testpki_issue(w.crypto, &of_ca, &w.root, &ca);
    testpki_issue(w.crypto, &of_leaf, &ca, &l);
    const struct testpki *chain[CHAIN] = {&l, &ca};
    assert_int_equal(code_of(chain, HC_VERIFY_GATE, HC_VERIFY_SERVER), row->gate);
    assert_int_equal(code_of(chain, HC_VERIFY_RFC5280, HC_VERIFY_EITHER), row->path_only);
    assert_int_equal(code_of(chain, HC_VERIFY_RFC5280, HC_VERIFY_SERVER), row->rfc5280);
    assert_int_equal(code_of(chain, HC_VERIFY_WEBPKI, HC_VERIFY_SERVER), row->webpki);
    assert_int_equal(code_of(chain, HC_VERIFY_SPIFFE, HC_VERIFY_SERVER), row->spiffe);
    testpki_fini(&ca);
    testpki_fini(&l);
}

static void expect_rows(const struct row rows[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_message("# row %zu\n", i);
        expect_row(&rows[i]);
    }
}

#define DNS .san = {"dns:a.example"}
#define ID .san = {"uri:spiffe://a.example/web"}

static void rfc5280_asks_for_no_purpose_and_no_name(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{DNS}, {0}, 0, 0, 0, 0, SVID},
        {{DNS, .no_eku = true}, {0}, HC_E_WRONG_PURPOSE, 0, 0, HC_E_WRONG_PURPOSE, SVID},
        {{DNS, .client = true}, {0}, HC_E_WRONG_PURPOSE, 0, HC_E_WRONG_PURPOSE, HC_E_WRONG_PURPOSE, BROKEN},
        {{DNS, .any = true}, {0}, HC_E_WRONG_PURPOSE, 0, 0, BROKEN, BROKEN},
        {{DNS, .server = true, .any = true}, {0}, 0, 0, 0, BROKEN, BROKEN},
        {{.subject = "nobody"}, {0}, HC_E_NO_IDENTITY, 0, 0, BROKEN, SVID},
        {{DNS, .usage = HC_KU_KEY_ENCIPHERMENT},
         {0},
         HC_E_WRONG_KEY_USAGE,
         0,
         0,
         HC_E_WRONG_KEY_USAGE,
         HC_E_WRONG_KEY_USAGE},
        {{DNS, .ca = true}, {0}, HC_E_LEAF_IS_CA, 0, 0, HC_E_LEAF_IS_CA, BROKEN},
    };
    expect_rows(rows, HC_COUNT(rows));
}

/* AKI, SKI: contents for an extension of the same bytes as the real one are not needed: any will do. */
#define SOME_SKI "0403010203"

static void rfc5280_with_a_purpose_asks_for_certificates_as_section_4_has_them(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{DNS, .zero_serial = true}, {0}, HC_E_CERT_SERIAL, 0, HC_E_CERT_SERIAL, HC_E_CERT_SERIAL, HC_E_CERT_SERIAL},
        {{DNS, .no_aki = true}, {0}, HC_E_CHAIN_REFUSED, 0, BROKEN, BROKEN, HC_E_CHAIN_REFUSED},
        {{DNS}, {.no_aki = true}, HC_E_CHAIN_REFUSED, 0, BROKEN, BROKEN, HC_E_CHAIN_REFUSED},
        {{DNS, .no_ski = true, .raw = {"551d0e!" SOME_SKI}},
         {0},
         HC_E_CERT_UNKNOWN_CRITICAL,
         HC_E_CERT_UNKNOWN_CRITICAL,
         BROKEN,
         BROKEN,
         HC_E_CERT_UNKNOWN_CRITICAL}, /* libcrypto does not know it as critical */
        {{DNS},
         {.no_basic_constraints = true, .raw = {"551d13=30030101ff"}},
         HC_E_CHAIN_REFUSED,
         0,
         BROKEN,
         BROKEN,
         HC_E_CHAIN_REFUSED},
        {{DNS}, {.no_usage = true}, HC_E_CA_KEY_USAGE, 0, BROKEN, BROKEN, BROKEN},
        {{.san = {"dns:a_b.example"}, .subject = "a_b.example"}, {0}, 0, 0, BROKEN, BROKEN, SVID},
        {{DNS}, {.raw = {"551d24=3003800105"}}, 0, 0, BROKEN, BROKEN, SVID},
        {{DNS}, {.raw = {"551d36=020105"}}, 0, 0, BROKEN, BROKEN, SVID},
        {{DNS},
         {.raw = {"551d1e=300fa00d300b8209"
                  "612e6578616d706c65"}},
         0,
         0,
         BROKEN,
         0,
         SVID}, /* permitted */
        {{DNS, .pathlen = 1},
         {0},
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         0,
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         HC_E_CERT_CA_EXTENSION_IN_LEAF},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void webpki_asks_for_what_the_baseline_requirements_say(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{.subject = "b.example", DNS}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.subject = "A.example", DNS}, {0}, 0, 0, 0, BROKEN, SVID}, /* character for character */
        {{.subject = "a.example", .san = {"dns:*.a.example"}}, {0}, 0, 0, 0, 0, SVID},
        {{.subject = "localhost name", .san = {"dns:localhost"}}, {0}, 0, 0, 0, 0, SVID},
        {{.subject = "2001:db8::1", .san = {"ip:2001:db8::1"}}, {0}, 0, 0, 0, 0, SVID},
        {{.subject = "2001:DB8::1", .san = {"ip:2001:db8::1"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.san = {"dns:a.example", "email:a@a.example"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.san = {"dns:a.example", "dns:*.example"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{DNS, .no_eku = true, .raw = {"551d25!300a06082b06010505070301"}}, {0}, 0, 0, 0, BROKEN, BROKEN},
        /* authority information access: an empty list, no URI, a URI */
        {{DNS, .raw = {"2b06010505070101=3000"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{DNS, .raw = {"2b06010505070101=0500"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{DNS, .raw = {"2b06010505070101=3018301606082b06010505073001860a687474703a2f2f782e79"}},
         {0},
         0,
         0,
         0,
         0,
         SVID},
        /* an authority key identifier with issuer and serial beside it */
        {{DNS, .no_aki = true, .raw = {"551d23=3003820101"}},
         {0},
         HC_E_UNKNOWN_ISSUER,
         HC_E_UNKNOWN_ISSUER,
         BROKEN,
         BROKEN,
         HC_E_UNKNOWN_ISSUER},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void spiffe_asks_for_one_id_with_a_path_and_the_right_usages(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{ID}, {0}, 0, 0, 0, BROKEN, 0},
        {{ID, .no_eku = true}, {0}, HC_E_WRONG_PURPOSE, 0, 0, BROKEN, 0},
        {{ID, .server = true}, {0}, 0, 0, 0, BROKEN, BROKEN},
        {{.san = {"uri:spiffe://a.example/web", "dns:a.example"}}, {0}, 0, 0, 0, BROKEN, 0},
        {{.san = {"uri:spiffe://a.example/web", "uri:spiffe://a.example/db"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.san = {"uri:spiffe://a.example/web", "uri:https://a.example/db"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.san = {"uri:https://a.example/web"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{.san = {"uri:spiffe://a.example"}}, {0}, 0, 0, 0, BROKEN, SVID},
        {{ID, .no_usage = true}, {0}, 0, 0, 0, BROKEN, BROKEN},
        {{ID, .no_usage = true, .raw = {"551d0f=03020780"}}, {0}, 0, 0, 0, BROKEN, BROKEN}, /* not critical */
        {{ID, .usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CRL_SIGN}, {0}, 0, 0, 0, BROKEN, BROKEN},
        {{ID, .usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN},
         {0},
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         HC_OK_CODE,
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         HC_E_CERT_CA_EXTENSION_IN_LEAF,
         HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{ID}, {.san = {"uri:spiffe://a.example"}}, 0, 0, 0, BROKEN, 0},
        {{ID}, {.san = {"uri:spiffe://a.example/ca"}}, 0, 0, 0, BROKEN, SVID},
        {{ID}, {.san = {"uri:spiffe://a.example", "uri:spiffe://b.example"}}, 0, 0, 0, BROKEN, SVID},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void root_of_the_web_has_no_purpose_and_one_key_identifier(void **state)
{
    (void)state;
    static const struct {
        struct testpki_spec root;
        enum hc_code want;
    } rows[] = {
        {{0}, HC_OK_CODE},
        {{.no_aki = true}, HC_OK_CODE},
        {{.server = true}, BROKEN},
        {{.wrong_aki = true}, BROKEN},
        {{.no_ski = true, .no_aki = true}, BROKEN},
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct testpki root, l;
        struct testpki_spec spec = rows[i].root;
        spec.subject = "Web";
        spec.ca = true;
        testpki_issue(w.crypto, &spec, NULL, &root);
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "a.example", DNS}, &root, &l);
        HC_AUTO(hc_bundle) bundle = bundle_of(&root);
        struct hc_verify_policy policy = policy_of(bundle);
        policy.profile = HC_VERIFY_WEBPKI;
        print_message("# row %zu\n", i);
        if (rows[i].want == HC_OK_CODE)
            expect_accepted(&policy, (const struct testpki *[CHAIN]){&l});
        else
            expect_refused(&policy, (const struct testpki *[CHAIN]){&l}, rows[i].want);
        testpki_fini(&root);
        testpki_fini(&l);
    }
}

static void number_of_cas_may_be_bounded_by_the_caller(void **state)
{
    (void)state;
    struct testpki a, b, again, direct, one, two;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &w.root, &a);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, &a, &b);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &a, &again);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", DNS}, &w.root, &direct);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", DNS}, &again, &one);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", DNS}, &b, &two);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.max_depth = HC_VERIFY_NO_CA;
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&direct});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&one, &again, &a}, HC_E_CHAIN_TOO_LONG);
    policy.max_depth = 1;
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&one, &again, &a}); /* self-issued ones do not count */
    expect_refused(&policy, (const struct testpki *[CHAIN]){&two, &b, &a}, HC_E_CHAIN_TOO_LONG);
    policy.max_depth = 2;
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&two, &b, &a});
    struct testpki *all[] = {&a, &b, &again, &direct, &one, &two};
    for (size_t i = 0; i < HC_COUNT(all); i++)
        testpki_fini(all[i]);
}

/* What was checked by less is not taken for more. */
static void chain_of_path_validation_alone_is_not_rechecked_as_anything_else(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    leaf((struct testpki_spec){0}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.profile = HC_VERIFY_RFC5280;
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.profile = HC_VERIFY_GATE;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CHAIN_REFUSED);
    testpki_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc5280_asks_for_no_purpose_and_no_name),
        cmocka_unit_test(rfc5280_with_a_purpose_asks_for_certificates_as_section_4_has_them),
        cmocka_unit_test(webpki_asks_for_what_the_baseline_requirements_say),
        cmocka_unit_test(spiffe_asks_for_one_id_with_a_path_and_the_right_usages),
        cmocka_unit_test(root_of_the_web_has_no_purpose_and_one_key_identifier),
        cmocka_unit_test(number_of_cas_may_be_bounded_by_the_caller),
        cmocka_unit_test(chain_of_path_validation_alone_is_not_rechecked_as_anything_else),
    };
    return cmocka_run_group_tests_name("pki/verify_profiles", tests, set_up, tear_down);
}

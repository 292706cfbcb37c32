/* test_verify.c - which candidate is judged, what the report says, revocation, and the recheck. */
#include "judging.h"

#include "pki/path.h"
#include "pki/subtree.h"

static void good_chain_is_accepted_and_described(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct hc_cert *cert[] = {l.cert, w.issuer.cert};
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    hc_report_init(&report, true);
    expect_ok(&e, hc_verify(w.crypto, &policy, (struct hc_presented){.cert = cert, .n = 2}, &chain, &report, &e));
    assert_int_equal(hc_checked_chain_count(chain), 3);
    assert_ptr_equal(hc_checked_chain_cert(chain, 1), w.issuer.cert);
    assert_true(hc_cert_eq(hc_checked_chain_anchor(chain), w.root.cert));
    assert_true(hc_checked_chain_not_after(chain) == l.cert->not_after);
    HC_BUF_AUTO(text, 65536);
    hc_report_text(&report, &text);
    assert_non_null(strstr(hc_buf_cstr(&text), "revocation: not checked"));
    assert_non_null(strstr(hc_buf_cstr(&text), "every signature up to the anchor holds"));
    testpki_fini(&l);
}

static void policy_that_does_not_say_how_to_judge_is_refused(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.revocation = HC_REVOCATION_UNSAID;
    expect_refused(&policy, chain, HC_E_REVOCATION_UNSAID);
    policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_UNSAID;
    expect_refused(&policy, chain, HC_E_INTERNAL);
    policy = policy_of(NULL);
    expect_refused(&policy, chain, HC_E_BUNDLE);
    testpki_fini(&l);
}

static void nothing_and_too_many_are_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){NULL}, HC_E_NO_CERTIFICATE);
    const struct hc_cert *many[HC_PATH_PRESENTED + 1];
    for (size_t i = 0; i < HC_COUNT(many); i++)
        many[i] = w.issuer.cert;
    hc_report_init(&report, false);
    expect_fail(
        &e, hc_verify(w.crypto, &policy, (struct hc_presented){.cert = many, .n = HC_COUNT(many)}, &out, &report, &e),
        HC_E_CHAIN_TOO_LONG);
}

/* One defect of the leaf a row. */
/* T22: the common name is no identity. */
/* One defect of the issuing CA a row. */
/* T27 */
/* T27: a CA for servers issues no clients. */
/* T21, T22 */
/* T23: what OpenSSL 3.0 accepts. */
/* T24: what an anchor may assert binds it, though it is trusted. */
static void chain_to_nowhere_is_refused(void **state)
{
    (void)state;
    struct testpki stranger, theirs, self, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Stranger", .ca = true}, NULL, &stranger);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &stranger, &theirs);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "self", .san = {"dns:a.example"}}, NULL, &self);
    leaf((struct testpki_spec){0}, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&theirs, &stranger}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&self}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&self, &self}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l},
                   HC_E_UNKNOWN_ISSUER); /* its issuer was not presented */
    /* A trusted leaf is no anchor, and the anchor itself is no leaf. */
    expect_refused(&policy, (const struct testpki *[CHAIN]){&w.root}, HC_E_UNKNOWN_ISSUER);
    testpki_fini(&stranger);
    testpki_fini(&theirs);
    testpki_fini(&self);
    testpki_fini(&l);
}

/* Fifteen CAs of one name, none of them an anchor: the search ends at its limit, and the report says so. */
static void chain_made_to_explode_is_given_up(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki root, l, cas[HC_PATH_PRESENTED - 1];
    const struct hc_cert *cert[HC_PATH_PRESENTED];
    struct hc_verify_policy policy = policy_of(w.bundle);
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "X", .ca = true}, NULL, &root);
    for (size_t i = 0; i < HC_COUNT(cas); i++) {
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "X", .ca = true, .no_aki = true, .no_ski = true},
                      &root, &cas[i]);
        cert[i + 1] = cas[i].cert;
    }
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .no_aki = true, .san = {"dns:a.example"}}, &root,
                  &l);
    cert[0] = l.cert;
    hc_report_init(&report, false);
    expect_fail(
        &e, hc_verify(w.crypto, &policy, (struct hc_presented){.cert = cert, .n = HC_COUNT(cert)}, &out, &report, &e),
        HC_E_PATH_BUDGET);
    assert_null(out);
    for (size_t i = 0; i < HC_COUNT(cas); i++)
        testpki_fini(&cas[i]);
    testpki_fini(&l);
    testpki_fini(&root);
}

/* The same names and key identifiers all the way up, other keys. */
static void forged_root_of_the_same_name_is_refused(void **state)
{
    (void)state;
    struct testpki root, ca, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true, .posing_as = w.root.cert}, NULL,
                  &root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .posing_as = w.issuer.cert}, &root,
                  &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &ca, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca, &root}, HC_E_BAD_SIGNATURE);
    /* Nor does the real issuer beside it help. */
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer, &ca, &root}, HC_E_BAD_SIGNATURE);
    testpki_fini(&root);
    testpki_fini(&ca);
    testpki_fini(&l);
}

static void search_goes_on_after_a_candidate_that_fails(void **state)
{
    (void)state;
    struct testpki old, good, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, &w.root, &good);
    testpki_issue(w.crypto,
                  &(struct testpki_spec){.subject = "CA",
                                         .ca = true,
                                         .key = good.key,
                                         .not_before = TESTPKI_NOW - 9 * HC_DAY,
                                         .not_after = TESTPKI_NOW - HC_DAY},
                  &w.root, &old);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &good, &l);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l, &old, &good});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &old}, HC_E_ISSUER_EXPIRED);
    testpki_fini(&old);
    testpki_fini(&good);
    testpki_fini(&l);
}

static void report_names_every_rule_that_failed(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    HC_AUTO(hc_name) name = NULL;
    expect_ok(&e, hc_name_parse(HC_BYTES("dns:www.example"), HC_NAME_PLAIN, &name, &e));
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 9 * HC_DAY,
                               .not_after = TESTPKI_NOW - 1,
                               .no_eku = true,
                               .usage = HC_KU_KEY_ENCIPHERMENT,
                               .unknown_critical = true},
         &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.name = name;
    policy.revocation = HC_REVOCATION_CHAIN;
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_CERT_UNKNOWN_CRITICAL);
    static const enum hc_code all[] = {HC_E_CERT_EXPIRED, HC_E_WRONG_PURPOSE, HC_E_WRONG_KEY_USAGE,
                                       HC_E_CERT_UNKNOWN_CRITICAL, HC_E_NAME_MISMATCH};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        assert_true(hc_report_has(&report, all[i]));
    testpki_fini(&l);
    /* Without a fault that hides the signatures from us, revocation is in the same report. */
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, &l);
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_CERT_EXPIRED);
    assert_true(hc_report_has(&report, HC_E_CRL_MISSING));
    assert_true(hc_report_has(&report, HC_E_NAME_MISMATCH));
    testpki_fini(&l);
}

static struct hc_revocation *crls(const struct hc_cert *of_root, const struct hc_cert *of_issuer)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    HC_BUF_AUTO(root, 65536);
    HC_BUF_AUTO(issuer, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {of_root}}, &w.root, &root);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {of_issuer}}, &w.issuer, &issuer);
    struct hc_revocation_source source[] = {{.name = "root.crl", .data = hc_buf_view(&root)},
                                            {.name = "issuer.crl", .data = hc_buf_view(&issuer)}};
    struct hc_revocation_input in = {.source = source, .n_sources = 2, .bundle = w.bundle, .now = TESTPKI_NOW};
    expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
    return r;
}

static void revocation_is_checked_for_the_leaf_or_the_chain(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){.serial = 77}, &l);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct hc_verify_policy policy = policy_of(w.bundle);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    HC_AUTO(hc_revocation) leaf_revoked = crls(NULL, l.cert);
    HC_AUTO(hc_revocation) issuer_revoked = crls(w.issuer.cert, NULL);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    expect_accepted(&policy, chain);
    policy.crls = leaf_revoked;
    expect_refused(&policy, chain, HC_E_REVOKED);
    policy.crls = issuer_revoked;
    expect_refused(&policy, chain, HC_E_ISSUER_REVOKED);
    policy.crls = NULL; /* never "no check" by accident */
    expect_refused(&policy, chain, HC_E_CRL_MISSING);
    policy.revocation = HC_REVOCATION_LEAF;
    policy.crls = issuer_revoked;
    expect_accepted(&policy, chain);
    policy.crls = leaf_revoked;
    expect_refused(&policy, chain, HC_E_REVOKED);
    policy.revocation = HC_REVOCATION_NONE;
    expect_accepted(&policy, chain);
    testpki_fini(&l);
}

/* T14, as far as complete CRLs go: what no CRL answers for is refused. */
static void issuer_without_a_crl_is_refused_under_check_chain(void **state)
{
    (void)state;
    struct testpki mid, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Mid", .ca = true}, &w.root, &mid);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &mid, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &mid}, HC_E_CRL_MISSING);
    testpki_fini(&mid);
    testpki_fini(&l);
}

static void checked_chain_is_rechecked_for_what_changes(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l, other;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    leaf((struct testpki_spec){.serial = 78}, &l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Other", .ca = true}, NULL, &other);
    HC_AUTO(hc_bundle) elsewhere = bundle_of(&other);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    HC_AUTO(hc_revocation) revoked = crls(NULL, l.cert);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    const struct testpki *presented[CHAIN] = {&l, &w.issuer};
    expect_ok(&e, judge(&policy, presented, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.crls = revoked;
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_REVOKED);
    policy.crls = none;
    policy.now = l.cert->not_after + 1;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CERT_EXPIRED);
    policy.now = TESTPKI_NOW;
    policy.bundle = elsewhere;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_UNKNOWN_ISSUER);
    policy.bundle = w.bundle;
    policy.profile = HC_VERIFY_SPIFFE;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_SPIFFE_ID);
    policy.profile = HC_VERIFY_GATE;
    policy.name = &(struct hc_name){.type = HC_NAME_DNS, .text = HC_BYTES("other.example")};
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_NAME_MISMATCH);
    policy.name = NULL;
    policy.policies.explicit_policy = true;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_POLICY);
    policy.policies.explicit_policy = false;
    policy.revocation = HC_REVOCATION_UNSAID;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_REVOCATION_UNSAID);
    testpki_fini(&l);
    testpki_fini(&other);
}

struct sweep {
    const struct hc_verify_policy *policy;
    const struct testpki *const *chain;
};

static struct hc_rc verify_once(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    return judge(s->policy, s->chain, &out, &report, e);
}

/* T24: whoever certified the key of an anchor, that anchor asserts what it may and no more. */
static void anchor_that_another_certified_is_bound_all_the_same(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki other, cross, below, theirs, ours;
    struct hc_subtree own_names;
    HC_AUTO(hc_bundle) bundle = NULL;
    HC_BUF_AUTO(root, 65536);
    HC_BUF_AUTO(partner, 65536);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Partner", .ca = true}, NULL, &other);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Partner", .ca = true, .key = other.key}, &w.root,
                  &cross);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Below", .ca = true}, &other, &below);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "x", .san = {"dns:x.partner.example"}}, &below, &theirs);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "x", .san = {"dns:a.example"}}, &below, &ours);
    testpki_pem(&w.root, &root);
    testpki_pem(&other, &partner);
    expect_ok(&e, hc_subtree_parse(HC_BYTES("dns:partner.example"), &own_names, &e));
    struct hc_bundle_entry entry[] = {
        {.name = "we", .pem = hc_buf_view(&root)},
        {.name = "partner", .pem = hc_buf_view(&partner), .asserts = &own_names, .n_asserts = 1},
    };
    expect_ok(&e, hc_bundle_load_entries(w.crypto, entry, 2, TESTPKI_NOW, &bundle, &e));
    struct hc_verify_policy policy = policy_of(bundle);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&theirs, &below});
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&theirs, &below, &cross});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&ours, &below}, HC_E_ANCHOR_NAME);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&ours, &below, &cross}, HC_E_ANCHOR_NAME);
    struct testpki *all[] = {&other, &cross, &below, &theirs, &ours};
    for (size_t i = 0; i < HC_COUNT(all); i++)
        testpki_fini(all[i]);
}

static void verification_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct sweep s = {&policy, chain};
    assert_true(fault_sweep(verify_once, &s) >= 1);
    testpki_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_chain_is_accepted_and_described),
        cmocka_unit_test(policy_that_does_not_say_how_to_judge_is_refused),
        cmocka_unit_test(nothing_and_too_many_are_refused),
        cmocka_unit_test(chain_to_nowhere_is_refused),
        cmocka_unit_test(chain_made_to_explode_is_given_up),
        cmocka_unit_test(forged_root_of_the_same_name_is_refused),
        cmocka_unit_test(search_goes_on_after_a_candidate_that_fails),
        cmocka_unit_test(report_names_every_rule_that_failed),
        cmocka_unit_test(revocation_is_checked_for_the_leaf_or_the_chain),
        cmocka_unit_test(issuer_without_a_crl_is_refused_under_check_chain),
        cmocka_unit_test(checked_chain_is_rechecked_for_what_changes),
        cmocka_unit_test(anchor_that_another_certified_is_bound_all_the_same),
        cmocka_unit_test(verification_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/verify", tests, set_up, tear_down);
}

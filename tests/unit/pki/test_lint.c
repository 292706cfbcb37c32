/* test_lint.c - what breaks a rule is not signed, and the refusal names every rule. */
#include "making.h"

#include <stdio.h>

struct world {
    struct hc_crypto *c;
    struct made root, issuer, subject;
    struct made free_root, free_issuer; /* without constraints */
    struct hc_name *name;
    const struct hc_cert *above[2];
    struct hc_lint_rules rules;
};

static int build(void **state)
{
    static struct world w;
    static struct hc_subtree at[1];
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.c, &e));
    expect_ok(&e, hc_subtree_parse(HC_BYTES("dns:home.example"), &at[0], &e));
    making_root(w.c, (struct hc_tbs_subtrees){at, 1}, &w.root);
    making_issuer(w.c, &w.root, &w.issuer);
    making_root(w.c, (struct hc_tbs_subtrees){0}, &w.free_root);
    making_issuer(w.c, &w.free_root, &w.free_issuer);
    making_key(w.c, HC_KEY_P256, &w.subject);
    w.name = making_name("dns:www.home.example");
    w.above[0] = w.issuer.cert;
    w.above[1] = w.root.cert;
    w.rules = (struct hc_lint_rules){.issuers = w.above, .n_issuers = 2};
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    made_fini(&w->root);
    made_fini(&w->issuer);
    made_fini(&w->free_root);
    made_fini(&w->free_issuer);
    made_fini(&w->subject);
    hc_name_free(w->name);
    hc_crypto_free(w->c);
    return 0;
}

/* A request with no fault. */
static struct hc_tbs_request good(const struct world *w)
{
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer);
    r.names = w->name;
    r.n_names = 1;
    return r;
}

/* The lint refuses `r` with `want`, naming `text`. */
static void refused(const struct hc_lint_rules *rules, struct hc_tbs_request r, enum hc_code want, const char *text)
{
    struct hc_err e;
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_fail(&e, hc_lint_tbs(rules, tbs, NULL, &linted, &e), want);
    if (!strstr(e.text, text))
        fail_msg("'%s' does not name '%s'", e.text, text);
    assert_null(linted);
}

static void a_good_request_passes_with_its_fields(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_tbs_request r = good(w);
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(&w->rules, tbs, NULL, &linted, &e));
    assert_true(hc_bytes_eq(hc_linted_tbs_der(linted), hc_tbs_der(tbs)));
    assert_true(hc_bytes_eq(hc_linted_tbs_sig_alg(linted), r.sig_alg));
    assert_int_equal(hc_linted_tbs_profile(linted), HC_PROFILE_SERVER);
    assert_int_equal(hc_linted_tbs_fields(linted)->not_after, r.not_after);
}

static void nothing_outlives_its_issuer_or_ends_before_it_begins(void **state)
{
    const struct world *w = *state;
    struct hc_tbs_request r = good(w);
    r.not_after = w->issuer.cert->not_after;
    HC_AUTO(hc_cert) exact = making_sign(&r, &w->rules, w->issuer.key);
    assert_int_equal(exact->not_after, r.not_after);
    r.not_after++;
    refused(&w->rules, r, HC_E_LINT, "outlive its issuer");
    r = good(w);
    r.not_after = r.not_before;
    refused(&w->rules, r, HC_E_LINT, "end before it begins");
    r = good(w);
    r.not_before = w->issuer.cert->not_before - 1;
    refused(&w->rules, r, HC_E_LINT, "begin before its issuer");
}

static void every_broken_rule_is_named(void **state)
{
    const struct world *w = *state;
    struct hc_tbs_request r = good(w);
    r.not_after = w->issuer.cert->not_after + 1;
    r.serial = HC_BYTES("\x01");
    refused(&w->rules, r, HC_E_LINT, "outlive its issuer");
    refused(&w->rules, r, HC_E_LINT, "serial number is too short");
    refused(&w->rules, r, HC_E_LINT, "2 findings");
}

static void names_outside_the_constraints_have_their_own_reason(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) other = making_name("dns:other.example");
    HC_AUTO(hc_name) address = making_name("ip:192.0.2.1");
    struct hc_tbs_request r = good(w);
    r.names = other;
    refused(&w->rules, r, HC_E_OUTSIDE_CONSTRAINTS, "other.example");
    r.names = address;
    refused(&w->rules, r, HC_E_OUTSIDE_CONSTRAINTS, "192.0.2.1");
    r.serial = HC_BYTES("\x01");
    refused(&w->rules, r, HC_E_LINT, "192.0.2.1");
}

static void only_a_ca_with_room_below_it_issues(void **state)
{
    const struct world *w = *state;
    struct made leaf;
    making_key(w->c, HC_KEY_P256, &leaf);
    struct hc_tbs_request r = good(w);
    r.spki = hc_buf_view(&leaf.spki);
    leaf.cert = making_sign(&r, &w->rules, w->issuer.key);
    const struct hc_cert *above[] = {leaf.cert, w->issuer.cert, w->root.cert};
    struct hc_lint_rules rules = {.issuers = above, .n_issuers = 3};
    r = good(w);
    r.issuer = leaf.cert;
    refused(&rules, r, HC_E_LINT, "may not sign certificates");
    r = making_request(HC_PROFILE_ISSUING_CA, &w->subject, &w->issuer);
    refused(&w->rules, r, HC_E_LINT, "path length does not allow");
    made_fini(&leaf);
}

static void a_leaf_needs_an_issuer_and_a_root_has_none(void **state)
{
    const struct world *w = *state;
    struct hc_lint_rules none = {.n_issuers = 0};
    struct hc_tbs_request r = good(w);
    refused(&none, r, HC_E_LINT, "no issuer");
    r = making_request(HC_PROFILE_ROOT_CA, &w->subject, NULL);
    refused(&w->rules, r, HC_E_LINT, "a root has no issuer");
    r = good(w);
    r.issuer = w->root.cert; /* names another issuer than the one it is judged against */
    refused(&w->rules, r, HC_E_LINT, "not the issuer's subject");
}

static void a_ca_has_a_subject(void **state)
{
    const struct world *w = *state;
    struct hc_tbs_request r = making_request(HC_PROFILE_ROOT_CA, &w->subject, NULL);
    r.common_name = NULL;
    refused(&(struct hc_lint_rules){.n_issuers = 0}, r, HC_E_LINT, "issuer is empty");
}

static void the_report_has_each_finding_with_its_rule_and_code(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    HC_AUTO(hc_name) other = making_name("dns:other.example");
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    struct hc_lint_report report;
    struct hc_tbs_request r = good(w);
    r.names = other;
    r.serial = HC_BYTES("\x01");
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_fail(&e, hc_lint_tbs(&w->rules, tbs, &report, &linted, &e), HC_E_LINT);
    assert_int_equal(report.n, 2);
    assert_int_equal(report.n_errors, 2);
    assert_string_equal(report.finding[0].rule->id, "issuer-constraints");
    assert_int_equal(report.finding[0].code, HC_E_OUTSIDE_CONSTRAINTS);
    assert_string_equal(report.finding[1].rule->id, "profile-serial");
    assert_int_equal(report.finding[1].code, HC_E_LINT);
    assert_non_null(strstr(e.text, "issuer-constraints: "));
    assert_non_null(strstr(e.text, "; profile-serial: the serial number"));
}

static void warnings_and_notes_do_not_keep_from_signing(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    HC_AUTO(hc_name) odd = making_name("dns:a_b.home.example");
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    struct hc_lint_report report;
    struct hc_tbs_request r = good(w);
    r.names = odd;
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(&w->rules, tbs, &report, &linted, &e));
    assert_int_equal(report.n, 1);
    assert_int_equal(report.n_warnings, 1);
    assert_string_equal(report.finding[0].rule->id, "san-dns-syntax");
}

/* What is broken in every certificate of ours would be noticed by nobody else before its users. */
static void every_profile_passes_without_a_finding(void **state)
{
    const struct world *w = *state;
    const char *names[] = {
        NULL, NULL, "dns:www.home.example", "dns:www.home.example", "dns:www.home.example", "email:alice@home.example"};
    for (int p = HC_PROFILE_ROOT_CA; p <= HC_PROFILE_PERSON; p++) {
        enum hc_profile profile = (enum hc_profile)p;
        const struct made *issuer = profile == HC_PROFILE_ROOT_CA      ? NULL
                                    : profile == HC_PROFILE_ISSUING_CA ? &w->free_root
                                                                       : &w->free_issuer;
        const struct hc_cert *above[] = {issuer ? issuer->cert : NULL, w->free_root.cert};
        struct hc_lint_rules rules = {.issuers = above, .n_issuers = !issuer ? 0 : issuer == &w->free_root ? 1 : 2};
        HC_AUTO(hc_name) name = names[p] ? making_name(names[p]) : NULL;
        HC_AUTO(hc_tbs) tbs = NULL;
        HC_AUTO(hc_linted_tbs) linted = NULL;
        struct hc_lint_report report;
        struct hc_err e;
        struct hc_tbs_request r = making_request(profile, &w->subject, issuer);
        r.names = name;
        r.n_names = name ? 1 : 0;
        r.crl_url = "http://pki.home.example/crl/issuing.crl";
        r.ca_url = "http://pki.home.example/ca/issuing.crt";
        expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
        expect_ok(&e, hc_lint_tbs(&rules, tbs, &report, &linted, &e));
        if (report.n > 0)
            fail_msg("%s: %s", hc_profile_row(profile)->word, report.finding[0].text);
        hc_lint_cert(&rules, hc_linted_tbs_fields(linted), &report);
        assert_int_equal(report.n, 0);
    }
}

static void where_the_room_ends_ids_are_still_named(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_name *many[12];
    struct hc_name names[12];
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    for (int i = 0; i < 12; i++) {
        char text[64];
        snprintf(text, sizeof text, "dns:host-%d.with-a-long-name.other.example", i);
        many[i] = making_name(text);
        names[i] = *many[i];
    }
    struct hc_tbs_request r = good(w);
    r.names = names;
    r.n_names = 12;
    r.serial = HC_BYTES("\x01");
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_fail(&e, hc_lint_tbs(&w->rules, tbs, NULL, &linted, &e), HC_E_LINT);
    assert_non_null(strstr(e.text, "13 findings: issuer-constraints: "));
    assert_non_null(strstr(e.text, "profile-serial"));
    for (int i = 0; i < 12; i++)
        hc_name_free(many[i]);
}

static void another_algorithm_is_not_assembled(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_tbs_request r = good(w);
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    HC_AUTO(hc_cert) cert = NULL;
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(&w->rules, tbs, NULL, &linted, &e));
    struct hc_bytes p384 = hc_key_signature_algorithm(w->root.key);
    expect_fail(&e, hc_cert_assemble(linted, p384, HC_BYTES("x"), &cert, &e), HC_E_CERT_ALGORITHM_MISMATCH);
    assert_null(cert);
}

struct sweep {
    const struct world *w;
    const struct hc_tbs *tbs;
};

static struct hc_rc lint_and_assemble(void *ctx, struct hc_err *e)
{
    const struct sweep *s = ctx;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    HC_AUTO(hc_cert) cert = NULL;
    HC_TRY(e, hc_lint_tbs(&s->w->rules, s->tbs, NULL, &linted, e));
    return hc_cert_assemble(linted, hc_tbs_sig_alg(s->tbs), HC_BYTES("signature"), &cert, e);
}

static void the_lint_survives_every_failed_allocation(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_tbs_request r = good(w);
    HC_AUTO(hc_tbs) tbs = NULL;
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    struct sweep s = {.w = w, .tbs = tbs};
    assert_true(fault_sweep(lint_and_assemble, &s) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_request_passes_with_its_fields),
        cmocka_unit_test(nothing_outlives_its_issuer_or_ends_before_it_begins),
        cmocka_unit_test(every_broken_rule_is_named),
        cmocka_unit_test(names_outside_the_constraints_have_their_own_reason),
        cmocka_unit_test(only_a_ca_with_room_below_it_issues),
        cmocka_unit_test(a_leaf_needs_an_issuer_and_a_root_has_none),
        cmocka_unit_test(a_ca_has_a_subject),
        cmocka_unit_test(the_report_has_each_finding_with_its_rule_and_code),
        cmocka_unit_test(warnings_and_notes_do_not_keep_from_signing),
        cmocka_unit_test(every_profile_passes_without_a_finding),
        cmocka_unit_test(where_the_room_ends_ids_are_still_named),
        cmocka_unit_test(another_algorithm_is_not_assembled),
        cmocka_unit_test(the_lint_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/lint", tests, build, teardown);
}

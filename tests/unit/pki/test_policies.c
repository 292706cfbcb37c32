/* test_policies.c - certificate policies along a chain: RFC 5280 6.1.2 to 6.1.5, a row for each thing it says. */
#include "judging.h"

#include "pki/policies.h"

#define MOST 4

/* A chain below the root: CAs from the top, the leaf last. */
struct row {
    struct testpki_spec below[MOST];
    size_t n;
    const char *asked; /* digits, as in testpki.h; NULL: any */
    bool explicit_policy, inhibit_mapping, inhibit_any;
    enum hc_code want;
};

static void oid_of(char which, uint8_t oid[4], struct hc_bytes *out)
{
    if (which == '*') {
        memcpy(oid, "\x55\x1d\x20\x00", 4);
        *out = hc_bytes_of(oid, 4);
    } else {
        oid[0] = 0x2a, oid[1] = 0x03, oid[2] = (uint8_t)(which - '0');
        *out = hc_bytes_of(oid, 3);
    }
}

static void expect_row(const struct row *row)
{
    struct testpki made[MOST] = {0};
    const struct hc_cert *path[MOST + 1];
    struct hc_bytes asked[8];
    uint8_t oid[8][4];
    struct hc_verify_policies wanted = {.accepted = asked,
                                        .explicit_policy = row->explicit_policy,
                                        .inhibit_mapping = row->inhibit_mapping,
                                        .inhibit_any = row->inhibit_any};
    for (const char *p = row->asked ? row->asked : ""; *p; p++, wanted.n++)
        oid_of(*p, oid[wanted.n], &asked[wanted.n]);
    for (size_t i = 0; i < row->n; i++) {
        struct testpki_spec spec = row->below[i];
        if (spec.subject == NULL)
            spec.subject = (const char *[]){"A", "B", "C", "D"}[i];
        spec.ca = i + 1 < row->n;
        testpki_issue(w.crypto, &spec, i == 0 ? &w.root : &made[i - 1], &made[i]);
        path[row->n - 1 - i] = made[i].cert;
    }
    path[row->n] = w.root.cert;
    struct hc_report report;
    hc_report_init(&report, false);
    bool ok = hc_policies_check(path, row->n + 1, &wanted, &report);
    assert_int_equal(hc_report_code(&report), row->want);
    assert_int_equal(ok, row->want == HC_OK_CODE);
    for (size_t i = 0; i < row->n; i++)
        testpki_fini(&made[i]);
}

static void expect_rows(const struct row rows[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        print_message("# row %zu\n", i);
        expect_row(&rows[i]);
    }
}

#define P(text)                                                                                                        \
    {                                                                                                                  \
        .policies = text                                                                                               \
    }

static void policy_must_hold_in_every_certificate_when_one_is_demanded(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{P("1"), P("1")}, 2, NULL, false, false, false, HC_OK_CODE},
        {{P("1"), P("2")}, 2, NULL, false, false, false, HC_OK_CODE}, /* nobody demands one */
        {{P("1"), P("1")}, 2, NULL, .explicit_policy = true, .want = HC_OK_CODE},
        {{P("1"), P("2")}, 2, NULL, .explicit_policy = true, .want = HC_E_POLICY},
        {{P("1"), P(NULL)}, 2, NULL, .explicit_policy = true, .want = HC_E_POLICY},
        {{P(NULL), P("1")}, 2, NULL, .explicit_policy = true, .want = HC_E_POLICY},
        {{P("12"), P("23")}, 2, NULL, .explicit_policy = true, .want = HC_OK_CODE},
        {{P("12"), P("23")}, 2, "2", .explicit_policy = true, .want = HC_OK_CODE},
        {{P("12"), P("23")}, 2, "13", .explicit_policy = true, .want = HC_E_POLICY},
        {{P("12"), P("23")}, 2, "1*", .explicit_policy = true, .want = HC_OK_CODE},
        {{P("12"), P("23")}, 2, "1", false, false, false, HC_OK_CODE}, /* asked, and not demanded */
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void any_policy_stands_for_every_policy_unless_it_is_inhibited(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{P("*"), P("1")}, 2, "1", .explicit_policy = true, .want = HC_OK_CODE},
        {{P("1"), P("*")}, 2, "1", .explicit_policy = true, .want = HC_OK_CODE},
        {{P("*"), P("*")}, 2, "5", .explicit_policy = true, .want = HC_OK_CODE},
        {{P("*"), P("1")}, 2, "1", .explicit_policy = true, .inhibit_any = true, .want = HC_E_POLICY},
        {{P("1"), P("*")}, 2, "2", .explicit_policy = true, .want = HC_E_POLICY},
        {{{.policies = "1", .inhibit_any = 1}, P("*")}, 2, "1", .explicit_policy = true, .want = HC_E_POLICY},
        {{{.policies = "1", .inhibit_any = 2}, P("*"), P("*")}, 3, "1", .explicit_policy = true, .want = HC_E_POLICY},
        {{{.policies = "1", .inhibit_any = 2}, P("*"), P("1")}, 3, "1", .explicit_policy = true, .want = HC_OK_CODE},
        /* A self-issued CA may still use it, a self-issued leaf may not [RFC 5280 6.1.3 (d)(2)]. */
        {{{.subject = "S", .policies = "1", .inhibit_any = 1}, {.subject = "S", .policies = "*"}, P("1")},
         3,
         "1",
         .explicit_policy = true,
         .want = HC_OK_CODE},
        {{{.subject = "S", .policies = "1", .inhibit_any = 1}, {.subject = "S", .policies = "*"}},
         2,
         "1",
         .explicit_policy = true,
         .want = HC_E_POLICY},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void ca_may_demand_a_policy_of_those_below_it(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{{.policies = "1", .require_explicit = 1}, P("1")}, 2, .want = HC_OK_CODE},
        {{{.policies = "1", .require_explicit = 1}, P("2")}, 2, .want = HC_E_POLICY},
        {{{.policies = "1", .require_explicit = 1}, P(NULL)}, 2, .want = HC_E_POLICY},
        {{{.policies = "1", .require_explicit = 2}, P("2")}, 2, .want = HC_E_POLICY}, /* wrap-up counts too */
        {{{.policies = "1", .require_explicit = 3}, P("2")}, 2, .want = HC_OK_CODE},
        {{{.policies = "1", .require_explicit = 3}, P("2"), P("2")}, 3, .want = HC_E_POLICY},
        {{{.policies = "1", .require_explicit = 9}, {.policies = "1", .require_explicit = 1}, P("2")},
         3,
         .want = HC_E_POLICY},
        {{P("1"), {.policies = "2", .require_explicit = 1}}, 2, .want = HC_E_POLICY}, /* the leaf itself, 6.1.5 (b) */
        {{P("1"), {.policies = "1", .require_explicit = 1}}, 2, .want = HC_OK_CODE},
        {{{.policies = "1", .require_explicit = 1}, P("1")}, 2, "2", .want = HC_E_POLICY},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void mapped_policy_is_expected_under_its_other_name(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{{.policies = "1", .mappings = "12"}, P("2")}, 2, "1", .explicit_policy = true, .want = HC_OK_CODE},
        {{{.policies = "1", .mappings = "12"}, P("1")}, 2, "1", .explicit_policy = true, .want = HC_E_POLICY},
        /* The user asks in the anchor's domain. */
        {{{.policies = "1", .mappings = "12"}, P("2")}, 2, "2", .explicit_policy = true, .want = HC_E_POLICY},
        {{{.policies = "1", .mappings = "1213"}, P("3")}, 2, "1", .explicit_policy = true, .want = HC_OK_CODE},
        {{{.policies = "*", .mappings = "12"}, P("2")}, 2, "1", .explicit_policy = true, .want = HC_OK_CODE},
        {{{.policies = "13", .mappings = "12"}, P("3")}, 2, "3", .explicit_policy = true, .want = HC_OK_CODE},
        {{{.policies = "1", .mappings = "12"}, {.policies = "2", .mappings = "23"}, P("3")},
         3,
         "1",
         .explicit_policy = true,
         .want = HC_OK_CODE},
        {{{.policies = "1", .mappings = "12"}, P("2")},
         2,
         NULL,
         .explicit_policy = true,
         .inhibit_mapping = true,
         .want = HC_E_POLICY},
        {{{.policies = "13", .mappings = "12"}, P("3")},
         2,
         NULL,
         .explicit_policy = true,
         .inhibit_mapping = true,
         .want = HC_OK_CODE},
        {{{.policies = "1", .inhibit_mapping = 1}, {.policies = "1", .mappings = "12"}, P("2")},
         3,
         NULL,
         .explicit_policy = true,
         .want = HC_E_POLICY},
        {{{.policies = "1", .inhibit_mapping = 2}, {.policies = "1", .mappings = "12"}, P("2")},
         3,
         NULL,
         .explicit_policy = true,
         .want = HC_OK_CODE},
        {{{.policies = "1", .mappings = "1*"}, P("1")}, 2, .want = HC_E_POLICY}, /* 6.1.4 (a), demanded or not */
        {{{.policies = "1", .mappings = "*1"}, P("1")}, 2, .want = HC_E_POLICY},
    };
    expect_rows(rows, HC_COUNT(rows));
}

static void extensions_that_are_malformed_are_refused_where_policies_are_judged(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{P("11"), P("1")}, 2, NULL, .explicit_policy = true, .want = HC_E_CERT_EXTENSION},
        {{{.policies = ""}, P("1")}, 2, NULL, .explicit_policy = true, .want = HC_E_CERT_EXTENSION},
        {{{.policies = "1", .mappings = ""}, P("1")}, 2, .want = HC_E_CERT_EXTENSION},
        {{{.policies = "1", .raw = {"551d24!3000"}}, P("1")}, 2, .want = HC_E_CERT_EXTENSION},
        {{{.policies = "1", .raw = {"551d24!30038001ff"}}, P("1")}, 2, .want = HC_E_CERT_EXTENSION},
        {{P("1"), {.policies = "1", .raw = {"551d24!3000"}}}, 2, .want = HC_E_CERT_EXTENSION},
        {{{.policies = "1", .raw = {"551d24!30048002ffff"}}, P("1")}, 2, .want = HC_E_CERT_EXTENSION},
        {{{.policies = "1", .raw = {"551d24!300480020000"}}, P("1")}, 2, .want = HC_E_CERT_EXTENSION}, /* not minimal */
        {{{.policies = "1", .raw = {"551d24!3004800200ff"}}, P("2")}, 2, .want = HC_OK_CODE},          /* 255 */
    };
    expect_rows(rows, HC_COUNT(rows));
}

/* 1000 policies in a certificate, as no CA has. */
static void more_policies_than_are_followed_are_refused(void **state)
{
    (void)state;
    static char many[HC_POLICIES_MAX + 2];
    for (size_t i = 0; i <= HC_POLICIES_MAX; i++)
        many[i] = (char)('0' + (i + 1) % 127);
    struct row row = {{P(many), P("1")}, 2, NULL, .explicit_policy = true, .want = HC_E_CERT_EXTENSION};
    expect_row(&row); /* the digits repeat: a policy twice */
    static char pairs[2 * HC_POLICIES_MAX + 3];
    memset(pairs, '1', 2 * HC_POLICIES_MAX + 2);
    struct row mapped = {{{.policies = "1", .mappings = pairs}, P("1")}, 2, .want = HC_E_POLICY};
    expect_row(&mapped);
}

/* Mappings that would double a tree with each certificate cost no more than any others. */
static void mappings_made_to_explode_a_tree_do_not(void **state)
{
    (void)state;
    static const char crossed[] = "11121314212223243132333441424344";
    struct row row = {{{.policies = "1234", .mappings = crossed},
                       {.policies = "1234", .mappings = crossed},
                       {.policies = "1234", .mappings = crossed},
                       P("4")},
                      4,
                      "1",
                      .explicit_policy = true,
                      .want = HC_OK_CODE};
    expect_row(&row);
}

static void verifier_asks_for_policies_in_every_profile(void **state)
{
    (void)state;
    struct testpki ca, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "P", .ca = true, .policies = "1"}, &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}, .policies = "1"}, &ca, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    struct hc_bytes asked = HC_BYTES("\x2a\x03\x01");
    policy.policies = (struct hc_verify_policies){.accepted = &asked, .n = 1, .explicit_policy = true};
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l, &ca});
    asked = HC_BYTES("\x2a\x03\x02");
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_POLICY);
    policy.profile = HC_VERIFY_RFC5280;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_POLICY);
    testpki_fini(&ca);
    testpki_fini(&l);
}

/* RFC 5937: the anchor's own constraints count, though it is no part of the path. */
static void constraints_of_the_anchor_bind_the_policies_below_it(void **state)
{
    (void)state;
    struct testpki root, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Strict", .ca = true, .require_explicit = 1}, NULL,
                  &root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &root, &l);
    HC_AUTO(hc_bundle) bundle = bundle_of(&root);
    struct hc_verify_policy policy = policy_of(bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l}, HC_E_POLICY);
    testpki_fini(&l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}, .policies = "1"}, &root,
                  &l);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l});
    testpki_fini(&l);
    testpki_fini(&root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policy_must_hold_in_every_certificate_when_one_is_demanded),
        cmocka_unit_test(any_policy_stands_for_every_policy_unless_it_is_inhibited),
        cmocka_unit_test(ca_may_demand_a_policy_of_those_below_it),
        cmocka_unit_test(mapped_policy_is_expected_under_its_other_name),
        cmocka_unit_test(extensions_that_are_malformed_are_refused_where_policies_are_judged),
        cmocka_unit_test(more_policies_than_are_followed_are_refused),
        cmocka_unit_test(mappings_made_to_explode_a_tree_do_not),
        cmocka_unit_test(verifier_asks_for_policies_in_every_profile),
        cmocka_unit_test(constraints_of_the_anchor_bind_the_policies_below_it),
    };
    return cmocka_run_group_tests_name("pki/policies", tests, set_up, tear_down);
}

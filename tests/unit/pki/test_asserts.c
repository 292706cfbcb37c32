/* test_asserts.c - two organisations that are both trusted cannot speak for each other (T24). */
#include "judging.h"

#include "pki/asserts.h"

#define SUBTREES 4

static size_t subtrees(const char *const text[SUBTREES], struct hc_subtree out[SUBTREES])
{
    struct hc_err e;
    size_t n = 0;
    for (; n < SUBTREES && text[n] != NULL; n++)
        expect_ok(&e, hc_subtree_parse(hc_bytes_str(text[n]), &out[n], &e));
    return n;
}

static void every_name_must_lie_in_a_subtree_of_its_own_type(void **state)
{
    (void)state;
    static const struct {
        const char *asserts[SUBTREES];
        const char *san[TESTPKI_NAMES];
        bool ok;
    } rows[] = {
        {{NULL}, {"dns:anything.example", "other:"}, true},
        {{"dns:b.example"}, {"dns:b.example", "dns:x.b.example"}, true},
        {{"dns:b.example"}, {"dns:b.example", "dns:a.example"}, false},
        {{"dns:b.example"}, {"dns:xb.example"}, false},
        {{"dns:b.example"}, {"email:x@b.example"}, false},
        {{"dns:b.example"}, {"uri:spiffe://b.example/x"}, false},
        {{"dns:b.example"}, {"ip:192.0.2.1"}, false},
        {{"dns:b.example"}, {"dns:b.example", "other:"}, false},
        {{"dns:b.example"}, {"dns:b.example", "dir:b.example"}, false},
        {{"dns:b.example"}, {"dns:b.example", "rid:"}, false},
        {{"dns:b.example", "email:b.example"}, {"email:x@b.example"}, true},
        {{"dns:b.example", "email:b.example"}, {"email:x@sub.b.example"}, false},
        {{"ip:192.0.2.0/24"}, {"ip:192.0.2.77"}, true},
        {{"ip:192.0.2.0/24"}, {"ip:192.0.3.77"}, false},
        {{"uri:b.example"}, {"uri:spiffe://b.example/x"}, true},
        {{"uri:b.example"}, {"uri:spiffe://a.example/x"}, false},
        {{"uri:b.example"}, {"uri:https://b.example@a.example/"}, false},
        {{"dns:b.example"}, {"dns:*.b.example"}, true},
        {{"dns:x.b.example"}, {"dns:*.b.example"}, false}, /* most of what it stands for lies outside */
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct testpki l;
        struct testpki_spec spec = {.subject = "l"};
        struct hc_subtree subtree[SUBTREES];
        struct hc_report report;
        memcpy(spec.san, rows[i].san, sizeof(spec.san));
        testpki_issue(w.crypto, &spec, &w.issuer, &l);
        struct hc_asserts asserts = {.subtree = subtree, .n = subtrees(rows[i].asserts, subtree), .entry = "b"};
        hc_report_init(&report, false);
        print_message("# row %zu\n", i);
        assert_int_equal(hc_asserts_check(&asserts, l.cert, &report), rows[i].ok);
        assert_int_equal(hc_report_code(&report), rows[i].ok ? HC_OK_CODE : HC_E_ANCHOR_NAME);
        testpki_fini(&l);
    }
}

static struct hc_bundle *two_organisations(const struct testpki *b, const char *const asserts[SUBTREES])
{
    struct hc_err e;
    struct hc_bundle *out = NULL;
    struct hc_subtree subtree[SUBTREES];
    HC_BUF_AUTO(ours, 65536);
    HC_BUF_AUTO(theirs, 65536);
    testpki_pem(&w.root, &ours);
    testpki_pem(b, &theirs);
    struct hc_bundle_entry entry[] = {
        {.name = "ours", .pem = hc_buf_view(&ours)},
        {.name = "theirs", .pem = hc_buf_view(&theirs), .asserts = subtree, .n_asserts = subtrees(asserts, subtree)}};
    expect_ok(&e, hc_bundle_load_entries(w.crypto, entry, 2, TESTPKI_NOW, &out, &e));
    return out;
}

static void anchor_is_refused_every_name_that_it_may_not_assert(void **state)
{
    (void)state;
    struct testpki b, sub, theirs, ours, stolen;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, NULL, &b);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Sub", .ca = true}, &b, &sub);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:w.b.example"}}, &sub, &theirs);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &sub, &stolen);
    leaf((struct testpki_spec){0}, &ours);
    HC_AUTO(hc_bundle) bundle = two_organisations(&b, (const char *[SUBTREES]){"dns:b.example"});
    struct hc_verify_policy policy = policy_of(bundle);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&ours, &w.issuer});
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&theirs, &sub});
    for (int profile = HC_VERIFY_GATE; profile <= HC_VERIFY_RFC5280; profile++) {
        policy.profile = (enum hc_verify_profile)profile;
        expect_refused(&policy, (const struct testpki *[CHAIN]){&stolen, &sub}, HC_E_ANCHOR_NAME);
    }
    struct testpki *all[] = {&b, &sub, &theirs, &ours, &stolen};
    for (size_t i = 0; i < HC_COUNT(all); i++)
        testpki_fini(all[i]);
}

/* A reload takes a name away: what was checked before is judged by what holds now. */
static void recheck_judges_by_what_the_anchor_may_assert_now(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki b, l;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, NULL, &b);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:w.b.example"}}, &b, &l);
    HC_AUTO(hc_bundle) before = two_organisations(&b, (const char *[SUBTREES]){"dns:b.example"});
    HC_AUTO(hc_bundle) after = two_organisations(&b, (const char *[SUBTREES]){"dns:c.example"});
    struct hc_verify_policy policy = policy_of(before);
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&l}, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.bundle = after;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_ANCHOR_NAME);
    assert_true(hc_verify_ends(e.code));
    assert_non_null(strstr(e.text, "theirs"));
    testpki_fini(&b);
    testpki_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_must_lie_in_a_subtree_of_its_own_type),
        cmocka_unit_test(anchor_is_refused_every_name_that_it_may_not_assert),
        cmocka_unit_test(recheck_judges_by_what_the_anchor_may_assert_now),
    };
    return cmocka_run_group_tests_name("pki/asserts", tests, set_up, tear_down);
}

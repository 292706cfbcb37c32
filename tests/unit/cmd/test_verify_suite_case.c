/* test_verify_suite_case.c - a test case of any suite, from its certificates to its verdict. */
#include "pki/testpki.h"

#include "cmd/verify_suite_case.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, other, issuer, again, server;
} w;

static void add_anchor(struct hc_verify_suite_case *k, const struct testpki *t)
{
    struct hc_err e;
    expect_ok(&e, hc_verify_suite_case_anchor(k, t->cert->der, &e));
}

static void present(struct hc_verify_suite_case *k, const struct testpki *t)
{
    struct hc_err e;
    expect_ok(&e, hc_verify_suite_case_present(k, t->cert->der, &e));
}

/* The server's chain, which is right. */
static void fill(struct hc_verify_suite_case *k)
{
    struct hc_err e;
    k->policy.now = TESTPKI_NOW;
    k->policy.purpose = HC_VERIFY_SERVER;
    expect_ok(&e, hc_verify_suite_case_id(k, &e, "case::%d", 1));
    add_anchor(k, &w.root);
    present(k, &w.server);
    present(k, &w.issuer);
}

static void expect_verdict(struct hc_verify_suite_case *k, enum hc_verify_suite_verdict want, const char *why)
{
    struct hc_err e;
    HC_BUF_AUTO(context, 4096);
    enum hc_verify_suite_verdict got = HC_VERIFY_SUITE_SKIPPED;
    expect_ok(&e, hc_verify_suite_case_judge(w.crypto, k, &got, &context, &e));
    const char *text = hc_buf_cstr(&context);
    if (got != want)
        fail_msg("the verdict is %d instead of %d: %s", (int)got, (int)want, text);
    if (why == NULL)
        assert_string_equal(text, "");
    else if (strstr(text, why) == NULL)
        fail_msg("'%s' does not say '%s'", text, why);
}

static void case_that_holds_is_a_success_without_a_reason(void **state)
{
    (void)state;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    expect_verdict(&k, HC_VERIFY_SUITE_SUCCESS, NULL);
}

static void case_that_fails_says_the_id_of_the_rule(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("other.example.com"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-1301 ");
}

static void case_wants_every_name_that_is_expected(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("shop.example.com"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_SUCCESS, NULL);
    expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("other.example.com"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-1301 ");
}

static void case_with_an_expected_name_that_is_none_is_a_failure(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("not a name"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-");
}

static void case_whose_leaf_cannot_be_read_is_a_failure(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    add_anchor(&k, &w.root);
    expect_ok(&e, hc_verify_suite_case_present(&k, hc_bytes_head(w.server.cert->der, w.server.cert->der.n - 1), &e));
    present(&k, &w.server); /* does not take the leaf's place */
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-1001 ");
}

static void case_leaves_out_what_cannot_be_read_and_says_so(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    expect_ok(&e, hc_verify_suite_case_anchor(&k, HC_BYTES("no certificate"), &e));
    add_anchor(&k, &w.server); /* no CA: never an anchor, and the others stay */
    expect_ok(&e, hc_verify_suite_case_present(&k, HC_BYTES("\x30\x00"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_SUCCESS, NULL);
    expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("other.example.com"), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "left out: HC-9002");
}

static void case_without_a_usable_anchor_is_a_failure(void **state)
{
    (void)state;
    HC_VERIFY_SUITE_CASE(k);
    k.policy.now = TESTPKI_NOW;
    add_anchor(&k, &w.server);
    present(&k, &w.server);
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-5010 ");
}

static void case_that_is_not_ours_to_judge_is_skipped_with_its_reason(void **state)
{
    (void)state;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    k.skip = "needs a list";
    expect_verdict(&k, HC_VERIFY_SUITE_SKIPPED, "needs a list");
}

static void case_with_crls_is_checked_for_revocation(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(root, 4096);
    HC_BUF_AUTO(good, 4096);
    HC_BUF_AUTO(bad, 4096);
    testpki_crl(&(struct testpki_crl){.number = 1}, &w.root, &root);
    testpki_crl(&(struct testpki_crl){.number = 1}, &w.issuer, &good);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {w.server.cert}}, &w.issuer, &bad);
    HC_VERIFY_SUITE_CASE(k);
    HC_VERIFY_SUITE_CASE(revoked);
    HC_VERIFY_SUITE_CASE(half);
    fill(&k);
    expect_ok(&e, hc_verify_suite_case_crl(&k, hc_buf_view(&root), &e));
    expect_ok(&e, hc_verify_suite_case_crl(&k, hc_buf_view(&good), &e));
    expect_verdict(&k, HC_VERIFY_SUITE_SUCCESS, NULL);
    fill(&revoked);
    expect_ok(&e, hc_verify_suite_case_crl(&revoked, hc_buf_view(&root), &e));
    expect_ok(&e, hc_verify_suite_case_crl(&revoked, hc_buf_view(&bad), &e));
    expect_verdict(&revoked, HC_VERIFY_SUITE_FAILURE, "HC-1401 ");
    fill(&half); /* of the CA above there is none */
    expect_ok(&e, hc_verify_suite_case_crl(&half, hc_buf_view(&good), &e));
    expect_ok(&e, hc_verify_suite_case_crl(&half, HC_BYTES("\x30\x00"), &e));
    expect_verdict(&half, HC_VERIFY_SUITE_FAILURE, "HC-1403 ");
    expect_verdict(&half, HC_VERIFY_SUITE_FAILURE, "left out: HC-1406");
}

static void case_counts_cas_that_are_not_self_issued(void **state)
{
    (void)state;
    HC_VERIFY_SUITE_CASE(one);
    HC_VERIFY_SUITE_CASE(none);
    fill(&one);
    one.limits_depth = true;
    one.max_cas = 1;
    expect_verdict(&one, HC_VERIFY_SUITE_SUCCESS, NULL);
    fill(&none);
    none.limits_depth = true;
    expect_verdict(&none, HC_VERIFY_SUITE_FAILURE, "HC-1");
    present(&none, &w.again); /* gives hc_verify room, and is not in the chain */
    expect_verdict(&none, HC_VERIFY_SUITE_FAILURE, "HC-1");
}

static void case_wants_the_key_usage_that_is_asked_for(void **state)
{
    (void)state;
    HC_VERIFY_SUITE_CASE(k);
    fill(&k);
    k.key_usage = HC_KU_DIGITAL_SIGNATURE;
    expect_verdict(&k, HC_VERIFY_SUITE_SUCCESS, NULL);
    k.key_usage |= HC_KU_KEY_AGREEMENT;
    expect_verdict(&k, HC_VERIFY_SUITE_FAILURE, "HC-1208 ");
}

static void case_bounds_what_it_holds(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_fail(&e, hc_verify_suite_case_id(&k, &e, "%s", ""), HC_E_SUITE);
    expect_fail(&e, hc_verify_suite_case_id(&k, &e, "%0*d", HC_VERIFY_SUITE_ID, 1), HC_E_SUITE);
    for (size_t i = 0; i < HC_VERIFY_SUITE_CRLS; i++)
        expect_ok(&e, hc_verify_suite_case_crl(&k, HC_BYTES("x"), &e));
    expect_fail(&e, hc_verify_suite_case_crl(&k, HC_BYTES("x"), &e), HC_E_SUITE);
    for (size_t i = 0; i < HC_VERIFY_SUITE_NAMES; i++)
        expect_ok(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("a.example"), &e));
    expect_fail(&e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("a.example"), &e), HC_E_SUITE);
    for (size_t i = 0; i < HC_VERIFY_SUITE_POLICIES; i++)
        expect_ok(&e, hc_verify_suite_case_policy(&k, HC_BYTES("\x2a\x03"), &e));
    expect_fail(&e, hc_verify_suite_case_policy(&k, HC_BYTES("\x2a\x03"), &e), HC_E_SUITE);
}

static struct hc_rc judge_server(enum hc_verify_suite_verdict *verdict, struct hc_err *e)
{
    HC_BUF_AUTO(context, 4096);
    HC_VERIFY_SUITE_CASE(k);
    k.policy.now = TESTPKI_NOW;
    HC_TRY(e, hc_verify_suite_case_anchor(&k, w.root.cert->der, e));
    HC_TRY(e, hc_verify_suite_case_present(&k, w.server.cert->der, e));
    HC_TRY(e, hc_verify_suite_case_present(&k, w.issuer.cert->der, e));
    HC_TRY(e, hc_verify_suite_case_name(&k, HC_NAME_DNS, HC_BYTES("shop.example.com"), e));
    return hc_verify_suite_case_judge(w.crypto, &k, verdict, &context, e);
}

static void case_never_takes_missing_memory_for_a_verdict(void **state)
{
    (void)state;
    bool happened = true;
    for (unsigned i = 1; happened; i++) {
        struct hc_err e;
        enum hc_verify_suite_verdict verdict = HC_VERIFY_SUITE_SKIPPED;
        fault_alloc_at(i);
        struct hc_rc rc = judge_server(&verdict, &e);
        happened = fault_happened();
        fault_alloc_at(0);
        if (hc_failed(rc))
            assert_int_equal(rc.code, HC_E_NOMEM);
        else
            assert_int_equal(verdict, HC_VERIFY_SUITE_SUCCESS);
        assert_true(happened || (hc_ok(rc) && i > 5));
    }
}

static int setup(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "other", .ca = true}, NULL, &w.other);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "issuer", .ca = true}, &w.root, &w.issuer);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "issuer", .ca = true}, &w.issuer, &w.again);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "shop", .san = {"dns:shop.example.com"}, .server = true},
                  &w.issuer, &w.server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    testpki_fini(&w.server);
    testpki_fini(&w.again);
    testpki_fini(&w.issuer);
    testpki_fini(&w.other);
    testpki_fini(&w.root);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_that_holds_is_a_success_without_a_reason),
        cmocka_unit_test(case_that_fails_says_the_id_of_the_rule),
        cmocka_unit_test(case_wants_every_name_that_is_expected),
        cmocka_unit_test(case_with_an_expected_name_that_is_none_is_a_failure),
        cmocka_unit_test(case_whose_leaf_cannot_be_read_is_a_failure),
        cmocka_unit_test(case_leaves_out_what_cannot_be_read_and_says_so),
        cmocka_unit_test(case_without_a_usable_anchor_is_a_failure),
        cmocka_unit_test(case_that_is_not_ours_to_judge_is_skipped_with_its_reason),
        cmocka_unit_test(case_with_crls_is_checked_for_revocation),
        cmocka_unit_test(case_counts_cas_that_are_not_self_issued),
        cmocka_unit_test(case_wants_the_key_usage_that_is_asked_for),
        cmocka_unit_test(case_bounds_what_it_holds),
        cmocka_unit_test(case_never_takes_missing_memory_for_a_verdict),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite_case", tests, setup, teardown);
}

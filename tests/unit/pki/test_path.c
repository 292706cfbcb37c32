/* test_path.c - the search finds every chain, in the order of likelihood, and ends. */
#include "testpki.h"

#include <stdio.h>

#include "pki/path.h"

static struct hc_crypto *crypto;

#define ANCHORS 3

/* The bundle of these anchors. */
static struct hc_bundle *bundle_of(const struct testpki *const anchor[], size_t n)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    HC_BUF_AUTO(pem, 65536);
    for (size_t i = 0; i < n; i++)
        testpki_pem(anchor[i], &pem);
    expect_ok(&e, hc_bundle_parse(crypto, hc_buf_view(&pem), TESTPKI_NOW, &b, &e));
    return b;
}

static void ca(const char *subject, const struct testpki *issuer, struct testpki *out)
{
    testpki_issue(crypto, &(struct testpki_spec){.subject = subject, .ca = true}, issuer, out);
}

static void leaf(const struct testpki *issuer, struct testpki *out)
{
    testpki_issue(crypto, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example"}}, issuer, out);
}

static void search_finds_a_chain_in_whatever_order_it_was_presented(void **state)
{
    (void)state;
    struct testpki root, a, b, l;
    ca("Root", NULL, &root);
    ca("A", &root, &a);
    ca("B", &a, &b);
    leaf(&b, &l);
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&root}, 1);
    const struct hc_cert *orders[][4] = {{l.cert, b.cert, a.cert, root.cert}, {l.cert, a.cert, root.cert, b.cert}};
    for (size_t i = 0; i < 2; i++) {
        struct hc_path_search s;
        struct hc_path p;
        struct hc_err e;
        expect_ok(&e, hc_path_begin(&s, bundle, orders[i], 4, &e));
        assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
        assert_int_equal(p.n, 4);
        assert_ptr_equal(p.cert[0], l.cert);
        assert_ptr_equal(p.cert[1], b.cert);
        assert_ptr_equal(p.cert[2], a.cert);
        assert_true(hc_cert_eq(p.cert[3], root.cert));
        assert_int_equal(hc_path_next(&s, &p), HC_PATH_END);
    }
    testpki_fini(&root);
    testpki_fini(&a);
    testpki_fini(&b);
    testpki_fini(&l);
}

static void search_prefers_the_anchor_whose_key_identifier_fits(void **state)
{
    (void)state;
    struct testpki roots[ANCHORS], l;
    for (size_t i = 0; i < ANCHORS; i++)
        ca("Root", NULL, &roots[i]);
    leaf(&roots[1], &l);
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&roots[0], &roots[1], &roots[2]}, ANCHORS);
    struct hc_path_search s;
    struct hc_path p;
    struct hc_err e;
    const struct hc_cert *presented[] = {l.cert};
    expect_ok(&e, hc_path_begin(&s, bundle, presented, 1, &e));
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_true(hc_cert_eq(p.cert[1], roots[1].cert));
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_END);
    for (size_t i = 0; i < ANCHORS; i++)
        testpki_fini(&roots[i]);
    testpki_fini(&l);
}

/* Two CAs that certified each other, and an anchor above one of them. */
static void search_backtracks_and_never_loops(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki root, a_by_root, b_by_root, a_by_b = {0}, b_by_a = {0}, l;
    ca("Root", NULL, &root);
    ca("A", &root, &a_by_root);
    ca("B", &root, &b_by_root);
    testpki_issue(crypto, &(struct testpki_spec){.subject = "A", .ca = true, .key = a_by_root.key}, &b_by_root,
                  &a_by_b);
    testpki_issue(crypto, &(struct testpki_spec){.subject = "B", .ca = true, .key = b_by_root.key}, &a_by_root,
                  &b_by_a);
    leaf(&a_by_root, &l);
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&root}, 1);
    /* A by B first: the way up leads over B by A, which repeats A, to B by the root. */
    const struct hc_cert *presented[] = {l.cert, a_by_b.cert, b_by_a.cert, b_by_root.cert, a_by_root.cert};
    struct hc_path_search s;
    struct hc_path p;
    expect_ok(&e, hc_path_begin(&s, bundle, presented, 5, &e));
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_int_equal(p.n, 4);
    assert_ptr_equal(p.cert[1], a_by_b.cert);
    assert_ptr_equal(p.cert[2], b_by_root.cert);
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_int_equal(p.n, 3);
    assert_ptr_equal(p.cert[1], a_by_root.cert);
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_END);
    testpki_fini(&root);
    testpki_fini(&a_by_root);
    testpki_fini(&b_by_root);
    testpki_fini(&a_by_b);
    testpki_fini(&b_by_a);
    testpki_fini(&l);
}

static void search_proposes_no_link_that_was_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki roots[2], mid[2], l;
    for (size_t i = 0; i < 2; i++) {
        ca("Root", NULL, &roots[i]);
        ca("Mid", &roots[i], &mid[i]);
    }
    leaf(&mid[0], &l);
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&roots[0], &roots[1]}, 2);
    const struct hc_cert *presented[] = {l.cert, mid[0].cert, mid[1].cert};
    struct hc_path_search s;
    struct hc_path p;
    expect_ok(&e, hc_path_begin(&s, bundle, presented, 3, &e));
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_ptr_equal(p.cert[1], mid[0].cert);
    hc_path_refuse_link(&s, &p, 0); /* the first Mid did not sign the leaf: nothing above it matters */
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_ptr_equal(p.cert[1], mid[1].cert);
    hc_path_refuse_link(&s, &p, 1); /* and the second was not signed by this root */
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_FOUND);
    assert_ptr_equal(p.cert[1], mid[1].cert);
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_END);
    for (size_t i = 0; i < 2; i++) {
        testpki_fini(&roots[i]);
        testpki_fini(&mid[i]);
    }
    testpki_fini(&l);
}

static void search_refuses_nothing_and_too_much(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki root;
    ca("Root", NULL, &root);
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&root}, 1);
    const struct hc_cert *presented[HC_PATH_PRESENTED + 1];
    for (size_t i = 0; i <= HC_PATH_PRESENTED; i++)
        presented[i] = root.cert;
    struct hc_path_search s;
    expect_fail(&e, hc_path_begin(&s, bundle, presented, 0, &e), HC_E_NO_CERTIFICATE);
    expect_fail(&e, hc_path_begin(&s, bundle, presented, HC_PATH_PRESENTED + 1, &e), HC_E_CHAIN_TOO_LONG);
    expect_ok(&e, hc_path_begin(&s, bundle, presented, HC_PATH_PRESENTED, &e));
    testpki_fini(&root);
}

/* Fifteen CAs of the same name, each fit to be the issuer of each: their orders are more than anybody can try. */
static void search_gives_up_a_chain_made_to_explode(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki root, cas[HC_PATH_PRESENTED - 1], l;
    const struct hc_cert *presented[HC_PATH_PRESENTED];
    ca("X", NULL, &root);
    for (size_t i = 0; i < HC_PATH_PRESENTED - 1; i++) {
        testpki_issue(crypto, &(struct testpki_spec){.subject = "X", .ca = true, .no_aki = true, .no_ski = true}, &root,
                      &cas[i]);
        presented[i + 1] = cas[i].cert;
    }
    testpki_issue(crypto, &(struct testpki_spec){.subject = "leaf", .no_aki = true, .san = {"dns:a.example"}}, &root,
                  &l);
    presented[0] = l.cert;
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&root}, 1);
    struct hc_path_search s;
    struct hc_path p;
    expect_ok(&e, hc_path_begin(&s, bundle, presented, HC_PATH_PRESENTED, &e));
    size_t found = 0;
    enum hc_path_step step;
    while ((step = hc_path_next(&s, &p)) == HC_PATH_FOUND)
        found++;
    assert_int_equal(step, HC_PATH_BUDGET);
    assert_int_equal(found, HC_PATH_CANDIDATES);
    assert_true(s.steps <= HC_PATH_STEPS);

    /* Without an anchor to reach, the steps end it. */
    struct testpki elsewhere;
    ca("Y", NULL, &elsewhere);
    HC_AUTO(hc_bundle) none = bundle_of((const struct testpki *[]){&elsewhere}, 1);
    expect_ok(&e, hc_path_begin(&s, none, presented, HC_PATH_PRESENTED, &e));
    assert_int_equal(hc_path_next(&s, &p), HC_PATH_BUDGET);
    testpki_fini(&elsewhere);
    for (size_t i = 0; i < HC_PATH_PRESENTED - 1; i++)
        testpki_fini(&cas[i]);
    testpki_fini(&root);
    testpki_fini(&l);
}

static void search_never_exceeds_its_depth(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki chain[HC_PATH_DEPTH + 1] = {0};
    char name[8];
    for (size_t i = 0; i <= HC_PATH_DEPTH; i++) {
        snprintf(name, sizeof(name), "C%zu", i);
        ca(name, i > 0 ? &chain[i - 1] : NULL, &chain[i]);
    }
    HC_AUTO(hc_bundle) bundle = bundle_of((const struct testpki *[]){&chain[0]}, 1);
    for (size_t n = HC_PATH_DEPTH - 1; n <= HC_PATH_DEPTH; n++) {
        const struct hc_cert *presented[HC_PATH_DEPTH];
        for (size_t i = 0; i < n; i++)
            presented[i] = chain[n - i].cert;
        struct hc_path_search s;
        struct hc_path p;
        expect_ok(&e, hc_path_begin(&s, bundle, presented, n, &e));
        assert_int_equal(hc_path_next(&s, &p), n < HC_PATH_DEPTH ? HC_PATH_FOUND : HC_PATH_END);
    }
    for (size_t i = 0; i <= HC_PATH_DEPTH; i++)
        testpki_fini(&chain[i]);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    return hc_failed(hc_crypto_new(&crypto, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_finds_a_chain_in_whatever_order_it_was_presented),
        cmocka_unit_test(search_prefers_the_anchor_whose_key_identifier_fits),
        cmocka_unit_test(search_backtracks_and_never_loops),
        cmocka_unit_test(search_proposes_no_link_that_was_refused),
        cmocka_unit_test(search_refuses_nothing_and_too_much),
        cmocka_unit_test(search_gives_up_a_chain_made_to_explode),
        cmocka_unit_test(search_never_exceeds_its_depth),
    };
    return cmocka_run_group_tests_name("pki/path", tests, set_up, tear_down);
}

/* test_verify_suite_bettertls.c - what each field of a BetterTLS case says. */
#include "pki/testpki.h"

#include "base/escape.h"
#include "cmd/verify_suite_kind.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, server;
} w;

static struct hc_rc read_case(json_t *root, json_t *json, struct hc_verify_suite_case *k, struct hc_err *e)
{
    struct hc_verify_suite s = {.root = root};
    struct hc_rc rc =
        hc_verify_suite_bettertls.read(&s, &(struct hc_verify_suite_item){.suite = "pathbuilding", .json = json}, k, e);
    json_decref(json);
    json_decref(root);
    return rc;
}

static json_t *base64(const struct testpki *t)
{
    HC_BUF_AUTO(text, 65536);
    hc_escape_base64(&text, t->cert->der);
    return json_string(hc_buf_cstr(&text));
}

static json_t *root_of(void)
{
    return json_pack("{s:o}", "trustRoot", base64(&w.root));
}

static void bettertls_judges_halfway_through_the_leafs_life(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_case(root_of(),
                            json_pack("{s:i,s:[o,o],s:s}", "id", 80, "certificates", base64(&w.server), base64(&w.root),
                                      "hostname", "test.localhost"),
                            &k, &e));
    assert_string_equal(k.id, "pathbuilding::80");
    assert_int_equal(k.policy.now, TESTPKI_NOW + 1000);
    assert_int_equal(k.policy.purpose, HC_VERIFY_SERVER);
    assert_int_equal(k.policy.profile, HC_VERIFY_RFC5280);
    assert_int_equal(k.presented.n, 2);
    assert_int_equal(k.anchors.n, 1);
    assert_int_equal(k.name[0]->type, HC_NAME_DNS);
    enum hc_verify_suite_verdict verdict;
    HC_BUF_AUTO(context, 4096);
    expect_ok(&e, hc_verify_suite_case_judge(w.crypto, &k, &verdict, &context, &e));
    assert_int_equal(verdict, HC_VERIFY_SUITE_SUCCESS);
}

static void bettertls_takes_an_address_for_an_address(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(
        &e, read_case(root_of(),
                      json_pack("{s:i,s:[o],s:s}", "id", 1, "certificates", base64(&w.server), "hostname", "127.0.0.1"),
                      &k, &e));
    assert_int_equal(k.name[0]->type, HC_NAME_IP);
}

static void bettertls_takes_a_bad_certificate_for_a_refusal(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_case(root_of(),
                            json_pack("{s:i,s:[s],s:s}", "id", 1, "certificates", "no base64", "hostname", "localhost"),
                            &k, &e));
    assert_int_equal(k.refused.code, HC_E_PEM);
}

static void bettertls_refuses_fields_that_are_missing_or_wrong(void **state)
{
    (void)state;
    struct hc_err e;
    json_t *rows[] = {
        json_pack("{s:[o],s:s}", "certificates", base64(&w.server), "hostname", "localhost"),
        json_pack("{s:s,s:[o],s:s}", "id", "1", "certificates", base64(&w.server), "hostname", "localhost"),
        json_pack("{s:i,s:s}", "id", 1, "hostname", "localhost"),
        json_pack("{s:i,s:[],s:s}", "id", 1, "certificates", "hostname", "localhost"),
        json_pack("{s:i,s:[i],s:s}", "id", 1, "certificates", 1, "hostname", "localhost"),
        json_pack("{s:i,s:[o]}", "id", 1, "certificates", base64(&w.server)),
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_VERIFY_SUITE_CASE(k);
        assert_non_null(rows[i]);
        expect_fail(&e, read_case(root_of(), rows[i], &k, &e), HC_E_SUITE);
    }
    HC_VERIFY_SUITE_CASE(k);
    expect_fail(&e, read_case(json_object(), json_pack("{s:i}", "id", 1), &k, &e), HC_E_SUITE);
}

static void bettertls_lists_its_suites_in_their_order(void **state)
{
    (void)state;
    struct hc_err e;
    static const char *const bad[] = {"[]",
                                      "{}",
                                      "{\"suites\":[]}",
                                      "{\"suites\":{\"a\":{}}}",
                                      "{\"suites\":{\"a\":1}}",
                                      "{\"suites\":{\"a\":{\"testCases\":[1]}}}"};
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {.root = json_loads(bad[i], 0, NULL)};
        expect_fail(&e, hc_verify_suite_bettertls.list(&s, &e), HC_E_SUITE);
    }
    __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {
        .root = json_loads("{\"suites\":{\"z\":{\"testCases\":[{}]},\"a\":{\"testCases\":[{},{}]}}}", 0, NULL)};
    expect_ok(&e, hc_verify_suite_bettertls.list(&s, &e));
    assert_int_equal(s.n, 3);
    assert_string_equal(s.item[0].suite, "z");
    assert_string_equal(s.item[2].suite, "a");
}

static int setup(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto,
                  &(struct testpki_spec){.subject = "shop",
                                         .san = {"dns:test.localhost"},
                                         .server = true,
                                         .not_before = TESTPKI_NOW,
                                         .not_after = TESTPKI_NOW + 2000},
                  &w.root, &w.server);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    testpki_fini(&w.server);
    testpki_fini(&w.root);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bettertls_judges_halfway_through_the_leafs_life),
        cmocka_unit_test(bettertls_takes_an_address_for_an_address),
        cmocka_unit_test(bettertls_takes_a_bad_certificate_for_a_refusal),
        cmocka_unit_test(bettertls_refuses_fields_that_are_missing_or_wrong),
        cmocka_unit_test(bettertls_lists_its_suites_in_their_order),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite_bettertls", tests, setup, teardown);
}

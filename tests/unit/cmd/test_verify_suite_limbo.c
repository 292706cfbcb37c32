/* test_verify_suite_limbo.c - what each field of an x509-limbo case says. */
#include "hc_test.h"

#include "base/clock.h"
#include "cmd/verify_suite_kind.h"

#define CASE                                                                                                           \
    "{\"id\":\"rfc5280::x\",\"features\":[],\"validation_kind\":\"SERVER\",\"trusted_certs\":[\"\"],"                  \
    "\"untrusted_intermediates\":[],\"peer_certificate\":\"x\",\"validation_time\":\"2024-01-01T00:00:00+00:00\","     \
    "\"signature_algorithms\":[],\"key_usage\":[],\"extended_key_usage\":[],"                                          \
    "\"expected_peer_name\":{\"kind\":\"DNS\",\"value\":\"example.com\"},\"expected_peer_names\":[],"                  \
    "\"max_chain_depth\":null,\"crls\":[]}"

/* Reads the case above with one field changed; NULL: without it. */
static struct hc_rc read_with(const char *key, const char *value, struct hc_verify_suite_case *k, struct hc_err *e)
{
    struct hc_verify_suite s = {.root = NULL};
    json_t *json = json_loads(CASE, 0, NULL);
    assert_non_null(json);
    if (key && value)
        json_object_set_new(json, key, json_loads(value, JSON_DECODE_ANY, NULL));
    else if (key)
        json_object_del(json, key);
    struct hc_rc rc = hc_verify_suite_limbo.read(&s, &(struct hc_verify_suite_item){.json = json}, k, e);
    json_decref(json);
    return rc;
}

static void limbo_reads_a_case(void **state)
{
    (void)state;
    struct hc_err e;
    int64_t at;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with(NULL, NULL, &k, &e));
    expect_ok(&e, hc_time_parse(HC_BYTES("2024-01-01T00:00:00Z"), &at, &e));
    assert_string_equal(k.id, "rfc5280::x");
    assert_int_equal(k.policy.now, at);
    assert_int_equal(k.policy.purpose, HC_VERIFY_SERVER);
    assert_int_equal(k.policy.profile, HC_VERIFY_RFC5280);
    assert_int_equal(k.n_names, 1);
    assert_false(k.limits_depth);
    assert_null(k.skip);
    assert_int_equal(k.refused.code, HC_E_PEM); /* "x" is no certificate */
}

static void limbo_judges_webpki_by_its_profile(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with("id", "\"webpki::x\"", &k, &e));
    assert_int_equal(k.policy.profile, HC_VERIFY_WEBPKI);
}

static void limbo_judges_now_when_no_time_is_said(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(k);
    expect_ok(&e, read_with("validation_time", "null", &k, &e));
    assert_true(k.policy.now >= hc_time_now() - 60);
}

static void limbo_reads_depths_names_and_usages(void **state)
{
    (void)state;
    struct hc_err e;
    HC_VERIFY_SUITE_CASE(depth);
    HC_VERIFY_SUITE_CASE(names);
    HC_VERIFY_SUITE_CASE(usage);
    HC_VERIFY_SUITE_CASE(client);
    expect_ok(&e, read_with("max_chain_depth", "0", &depth, &e));
    assert_true(depth.limits_depth);
    assert_int_equal(depth.max_cas, 0);
    expect_ok(&e, read_with("expected_peer_names",
                            "[{\"kind\":\"RFC822\",\"value\":\"a@example.com\"},{\"kind\":\"IP\",\"value\":\"::1\"}]",
                            &names, &e));
    assert_int_equal(names.n_names, 3);
    assert_int_equal(names.name[1]->type, HC_NAME_EMAIL);
    assert_int_equal(names.name[2]->type, HC_NAME_IP);
    expect_ok(&e, read_with("key_usage", "[\"digitalSignature\",\"cRLSign\"]", &usage, &e));
    assert_int_equal(usage.key_usage, HC_KU_DIGITAL_SIGNATURE | HC_KU_CRL_SIGN);
    expect_ok(&e, read_with("validation_kind", "\"CLIENT\"", &client, &e));
    assert_int_equal(client.policy.purpose, HC_VERIFY_CLIENT);
}

static void limbo_skips_what_cannot_be_asked(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
        bool skip;
    } rows[] = {
        {"features", "[\"has-crl\",\"pedantic-public-suffix-wildcard\"]", true},
        {"features", "[\"has-crl\"]", false},
        {"extended_key_usage", "[\"codeSigning\"]", true},
        {"extended_key_usage", "[\"clientAuth\"]", true},
        {"extended_key_usage", "[\"serverAuth\"]", false},
        {"signature_algorithms", "[\"RSA_WITH_SHA256\"]", true},
        {"key_usage", "[\"signing\"]", true},
        {"expected_peer_name", "{\"kind\":\"X400\",\"value\":\"x\"}", true},
    };
    struct hc_err e;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_VERIFY_SUITE_CASE(k);
        expect_ok(&e, read_with(rows[i].key, rows[i].value, &k, &e));
        assert_int_equal(k.skip != NULL, rows[i].skip);
    }
}

static void limbo_refuses_fields_that_are_missing_or_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } rows[] = {
        {"id", NULL},
        {"id", "\"\""},
        {"id", "7"},
        {"features", NULL},
        {"validation_kind", "\"PEER\""},
        {"trusted_certs", "[1]"},
        {"untrusted_intermediates", NULL},
        {"peer_certificate", NULL},
        {"validation_time", "\"yesterday\""},
        {"validation_time", "0"},
        {"key_usage", "[1]"},
        {"max_chain_depth", "-1"},
        {"max_chain_depth", "4294967296"},
        {"max_chain_depth", "\"1\""},
        {"expected_peer_name", "{\"kind\":\"DNS\"}"},
        {"expected_peer_name", "\"example.com\""},
        {"expected_peer_names", "[1]"},
        {"crls", "{}"},
    };
    struct hc_err e;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_VERIFY_SUITE_CASE(k);
        expect_fail(&e, read_with(rows[i].key, rows[i].value, &k, &e), HC_E_SUITE);
    }
}

static void limbo_finds_its_cases(void **state)
{
    (void)state;
    static const char *const bad[] = {"[]", "{}", "{\"testcases\":{}}", "{\"testcases\":[1]}"};
    struct hc_err e;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {.root = json_loads(bad[i], 0, NULL)};
        expect_fail(&e, hc_verify_suite_limbo.list(&s, &e), HC_E_SUITE);
    }
    __attribute__((cleanup(hc_verify_suite_fini))) struct hc_verify_suite s = {
        .root = json_loads("{\"testcases\":[{},{}]}", 0, NULL)};
    expect_ok(&e, hc_verify_suite_limbo.list(&s, &e));
    assert_int_equal(s.n, 2);
}

static struct hc_rc read_without_luck(void *ctx, struct hc_err *e)
{
    (void)ctx;
    HC_VERIFY_SUITE_CASE(k);
    return read_with("crls", "[\"x\",\"y\"]", &k, e);
}

static void limbo_survives_missing_memory(void **state)
{
    (void)state;
    assert_true(fault_sweep(read_without_luck, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limbo_reads_a_case),
        cmocka_unit_test(limbo_judges_webpki_by_its_profile),
        cmocka_unit_test(limbo_judges_now_when_no_time_is_said),
        cmocka_unit_test(limbo_reads_depths_names_and_usages),
        cmocka_unit_test(limbo_skips_what_cannot_be_asked),
        cmocka_unit_test(limbo_refuses_fields_that_are_missing_or_wrong),
        cmocka_unit_test(limbo_finds_its_cases),
        cmocka_unit_test(limbo_survives_missing_memory),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite_limbo", tests, NULL, NULL);
}

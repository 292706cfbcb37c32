/* test_verify_options.c - by what `verify` judges, from the command line. */
#include "hc_test.h"

#include "cmd/command.h"
#include "cmd/verify_options.h"
#include "pki/path.h"

static struct hc_rc nothing(struct hc_invocation *in, struct hc_err *e)
{
    (void)in;
    (void)e;
    return HC_OK;
}

/* As in the table of the command. */
static const struct hc_option OPTIONS[] = {
    {"ocsp", "FILE", "", true},           {"allow-stale", "DURATION", "", false},
    {"name", "TYPE:VALUE", "", false},    {"purpose", "server|client", "", false},
    {"profile", "NAME", "", false},       {"policy", "OID", "", true},
    {"explicit-policy", NULL, "", false}, {"inhibit-mapping", NULL, "", false},
    {"inhibit-any", NULL, "", false},     {"max-depth", "N", "", false},
    {"at", "RFC3339", "", false},         HC_OPTIONS_END,
};
static const struct hc_command command = {
    .name = "verify", .usage = "", .about = "", .options = OPTIONS, .max_args = 1, .run = nothing};

static struct hc_rc read_options(const char *const *argv, struct hc_verify_options *o, struct hc_opts **opts,
                                 struct hc_err *e)
{
    int argc = 0;
    while (argv[argc])
        argc++;
    HC_TRY(e, hc_opts_parse(&command, argc, (char *const *)(uintptr_t)argv, opts, e));
    return hc_verify_options_read(*opts, o, e);
}

#define READ(o, ...)                                                                                                   \
    HC_AUTO(hc_opts) opts_##o = NULL;                                                                                  \
    __attribute__((cleanup(hc_verify_options_fini))) struct hc_verify_options o = {0};                                 \
    const char *const argv_##o[] = {__VA_ARGS__ __VA_OPT__(, ) NULL};                                                  \
    struct hc_rc rc_##o = read_options(argv_##o, &o, &opts_##o, &e)

static void options_unsaid_are_those_of_a_gate(void **state)
{
    (void)state;
    struct hc_err e;
    READ(o);
    expect_ok(&e, rc_o);
    assert_int_equal(o.policy.profile, HC_VERIFY_GATE);
    assert_int_equal(o.policy.purpose, HC_VERIFY_EITHER);
    assert_int_equal(o.policy.revocation, HC_REVOCATION_NONE);
    assert_int_equal(o.policy.allow_stale, 0);
    assert_int_equal(o.policy.max_depth, 0);
    assert_int_equal(o.policy.policies.n, 0);
    assert_null(o.policy.name);
    assert_false(o.leaf_alone);
}

static void options_reach_the_policy(void **state)
{
    (void)state;
    struct hc_err e;
    READ(o, "--profile", "webpki", "--purpose", "client", "--allow-stale", "2h", "--policy", "2.5.29.32.0", "--policy",
         "1.3.6.1.4.1.99999.1", "--explicit-policy", "--inhibit-any", "--max-depth", "3", "--name", "dns:a.example");
    expect_ok(&e, rc_o);
    assert_int_equal(o.policy.profile, HC_VERIFY_WEBPKI);
    assert_int_equal(o.policy.purpose, HC_VERIFY_CLIENT);
    assert_int_equal(o.policy.allow_stale, 7200);
    assert_int_equal(o.policy.max_depth, 3);
    assert_int_equal(o.policy.policies.n, 2);
    expect_bytes(o.policy.policies.accepted[0], "\x55\x1d\x20\x00");
    expect_bytes(o.policy.policies.accepted[1], "\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01");
    assert_true(o.policy.policies.explicit_policy);
    assert_true(o.policy.policies.inhibit_any);
    assert_false(o.policy.policies.inhibit_mapping);
    assert_non_null(o.policy.name);
}

static void options_depth_0_presents_the_leaf_alone(void **state)
{
    (void)state;
    struct hc_err e;
    READ(o, "--max-depth", "0");
    expect_ok(&e, rc_o);
    assert_true(o.leaf_alone);
}

static void options_that_are_wrong_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        enum hc_code want;
    } rows[] = {
        {"--profile", "strict", HC_E_USAGE},
        {"--purpose", "both", HC_E_USAGE},
        {"--allow-stale", "7", HC_E_USAGE},
        {"--allow-stale", "-1h", HC_E_USAGE},
        {"--policy", "anyPolicy", HC_E_USAGE},
        {"--policy", "", HC_E_USAGE},
        {"--max-depth", "-1", HC_E_USAGE},
        {"--max-depth", "900", HC_E_USAGE},
        {"--name", "shop.example.com", HC_E_IDENTITY_NAME},
        {"--at", "noon", HC_E_DATE},
        {"--ocsp", "/nowhere/at/all", HC_E_FILE_MISSING},
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_err e;
        READ(o, rows[i].name, rows[i].value);
        expect_fail(&e, rc_o, rows[i].want);
    }
}

static void options_oids_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *der;
        size_t n;
    } good[] = {
        {"0.0", "\x00", 1},
        {"2.999.3", "\x88\x37\x03", 3},
        {"1.39", "\x4f", 1},
        {"2.16.840.1.101.3.2.1.48.1", "\x60\x86\x48\x01\x65\x03\x02\x01\x30\x01", 10},
        {"1.2.999999999999999999", "\x2a\x8d\xf0\xad\xd6\xba\xbb\x8f\xff\x7f", 10},
    };
    static const char *const bad[] = {"",     "1",      "3.1",   "1.40",   "1..2", ".1.2",
                                      "1.2.", "1.02.3", "1.2.x", "1.2.-3", " 1.2", "1.2.1000000000000000000"};
    uint8_t out[HC_VERIFY_OPTIONS_OID];
    for (size_t i = 0; i < HC_COUNT(good); i++) {
        size_t n = hc_verify_options_oid(hc_bytes_str(good[i].text), out);
        if (n != good[i].n || memcmp(out, good[i].der, n) != 0)
            fail_msg("%s is not read", good[i].text);
    }
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        assert_int_equal(hc_verify_options_oid(hc_bytes_str(bad[i]), out), 0);
    HC_BUF_AUTO(lengthy, 1024);
    hc_buf_add_str(&lengthy, "1.2");
    for (size_t i = 0; i < HC_VERIFY_OPTIONS_OID; i++)
        hc_buf_add_str(&lengthy, ".1");
    assert_int_equal(hc_verify_options_oid(hc_buf_view(&lengthy), out), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_unsaid_are_those_of_a_gate),
        cmocka_unit_test(options_reach_the_policy),
        cmocka_unit_test(options_depth_0_presents_the_leaf_alone),
        cmocka_unit_test(options_that_are_wrong_are_refused),
        cmocka_unit_test(options_oids_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests_name("cmd/verify_options", tests, NULL, NULL);
}

/* test_pattern.c - which patterns can be written, and what is said about the others. */
#include "hc_test.h"

#include "base/auto.h"
#include "policy/pattern.h"

static void good_patterns_are_read(void **state)
{
    static const char *const cases[] = {
        "dns:a",
        "dns:billing.example.com",
        "dns:Billing.Example.COM",
        "dns:billing.example.com.",
        "dns:*.example.com",
        "dns:*.local",
        "email:alice@example.com",
        "email:*@example.com",
        "email:a.b+c@example.com",
        "spiffe://example.com/web/*",
        "spiffe://example.com/web/**",
        "spiffe://example.com/**",
        "spiffe://example.com/*/x",
        "spiffe://example.com/web/api",
        "uri:spiffe://example.com/web",
        "uri:https://example.com/a/*",
        "uri:https://example.com/a?b=c",
        "uri:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "ip:10.0.0.7",
        "ip:10.0.0.0/8",
        "ip:0.0.0.0/0",
        "ip:10.0.0.7/32",
        "ip:::1",
        "ip:[::1]",
        "ip:2001:db8::/32",
        "authenticated",
        "anyone",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_AUTO(hc_pattern) p = NULL;
        struct hc_err e;

        expect_ok(&e, hc_pattern_parse(cases[i], &p, &e));
        assert_string_equal(hc_pattern_text(p), cases[i]);
        assert_int_equal(hc_pattern_is_anyone(p), strcmp(cases[i], "anyone") == 0);
    }
}

static void bad_patterns_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "*",
        "**",
        " ",
        "any",
        "Anyone",
        "ANYONE",
        "anyone ",
        " anyone",
        "authenticated\n",
        "anyone:x",
        "example.com",
        "alice@example.com",
        "10.0.0.1",
        "https://example.com/",
        "cn:alice",
        "DNS:a",
        "dns",
        "dns :a",
        "dns:",
        "dns:*",
        "dns:*.",
        "dns:.",
        "dns:.a",
        "dns:a..b",
        "dns:*.*.com",
        "dns:a.*.com",
        "dns:a*.example.com",
        "dns:*a.example.com",
        "dns:example.*",
        "dns:**.example.com",
        "dns:a b",
        "dns:-",
        "dns:10.0.0.1",
        "dns:a/b",
        "dns:a@b",
        "dns:\xc3\xa4.ch",
        "dns:a:443",
        "email:",
        "email:alice",
        "email:@example.com",
        "email:alice@",
        "email:*",
        "email:*@",
        "email:*@*",
        "email:a*@example.com",
        "email:alice@*.example.com",
        "email:*@*.example.com",
        "email:a@b@c",
        "email:*@example.com/x",
        "email:a b@example.com",
        "uri:",
        "uri:x",
        "uri:/a",
        "uri:*",
        "uri:*://a/b",
        "spiffe://",
        "spiffe://*",
        "spiffe://*/web",
        "spiffe://*.example.com/web",
        "spiffe://example.com/we*",
        "spiffe://example.com/*b",
        "spiffe://example.com/**/a",
        "spiffe://example.com/***",
        "spiffe://example.com/a/../*",
        "spiffe://example.com//*",
        "spiffe://example.com/a/*?x",
        "spiffe://example.com/%61/*",
        "uri:https://example.com/*#x",
        "uri:urn:a:*",
        "spiffe://example.com:1/a",
        "spiffe://u@example.com/a",
        "ip:",
        "ip:x",
        "ip:10.0.0",
        "ip:10.0.0.256",
        "ip:10.0.0.1/33",
        "ip:10.0.0.1/8",
        "ip:10.0.0.0/",
        "ip:10.0.0.0/-1",
        "ip:10.0.0.0/8x",
        "ip:10.0.0.0/0008",
        "ip:::1/129",
        "ip:::1/64",
        "ip:010.0.0.1",
        "ip:10.0.0.*",
        "ip:/8",
        "ip:[]",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_pattern *p = NULL;
        struct hc_err e = {0};
        struct hc_rc rc = hc_pattern_parse(cases[i], &p, &e);

        if (rc.code != HC_E_PATTERN || p)
            fail_msg("\"%s\": %d %s", cases[i], rc.code, hc_failed(rc) ? e.text : "accepted");
        assert_int_equal(e.code, HC_E_PATTERN);
        assert_non_null(strstr(e.text, cases[i]));
    }
}

static void refusals_name_the_mend(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"*", "authenticated"},
        {"alice@example.com", "email:"},
        {"example.com", "dns:"},
        {"dns:a.*.com", "left"},
        {"email:a*@b", "email:*@example.com"},
        {"spiffe://*/web", "path"},
        {"spiffe://td/we*", "whole segment"},
        {"spiffe://td/**/a", "end"},
        {"ip:10.0.0.1/8", "first address"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_AUTO(hc_pattern) p = NULL;
        struct hc_err e;

        expect_fail(&e, hc_pattern_parse(cases[i].text, &p, &e), HC_E_PATTERN);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s: %s", cases[i].text, e.text);
    }
}

static void a_pattern_has_a_longest_length(void **state)
{
    char text[HC_PATTERN_MAX + 2];
    struct hc_pattern *p = NULL;
    struct hc_err e;

    (void)state;
    memset(text, 'a', sizeof text);
    memcpy(text, "dns:", 4);
    text[sizeof text - 1] = 0;
    expect_fail(&e, hc_pattern_parse(text, &p, &e), HC_E_PATTERN);
}

static struct hc_rc parse_several(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_pattern) a = NULL;
    HC_AUTO(hc_pattern) b = NULL;
    HC_AUTO(hc_pattern) c = NULL;

    (void)ctx;
    HC_TRY(e, hc_pattern_parse("spiffe://example.com/web/*", &a, e));
    HC_TRY(e, hc_pattern_parse("email:alice@example.com", &b, e));
    return hc_pattern_parse("ip:10.0.0.0/8", &c, e);
}

static void parsing_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(parse_several, NULL) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_patterns_are_read),
        cmocka_unit_test(bad_patterns_are_refused),
        cmocka_unit_test(refusals_name_the_mend),
        cmocka_unit_test(a_pattern_has_a_longest_length),
        cmocka_unit_test(parsing_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("policy/pattern", tests, NULL, NULL);
}

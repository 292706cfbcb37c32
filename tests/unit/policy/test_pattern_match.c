/* test_pattern_match.c - whom a pattern means: strictly for an allow, suspiciously for a deny. */
#include "hc_test.h"

#include "peers.h"

struct match_case {
    const char *pattern, *peer;
    const char *matched; /* the text of the name that matched; "" for none; NULL: no match */
};

static void expect_match(const struct match_case *c, enum hc_pattern_use use)
{
    HC_AUTO(hc_pattern) p = NULL;
    static const struct hc_name untouched;
    const struct hc_name *name = &untouched;
    struct test_peer peer;
    struct hc_err e;
    bool got;

    expect_ok(&e, hc_pattern_parse(c->pattern, &p, &e));
    peer_of(c->peer, &peer);
    got = hc_pattern_matches(p, use, &peer.view, &name);
    if (got != (c->matched != NULL))
        fail_msg("%s %s %s", c->pattern, got ? "took" : "missed", c->peer ? c->peer : "(nobody)");
    if (!got)
        assert_ptr_equal(name, &untouched);
    else if (c->matched[0] == 0)
        assert_null(name);
    else
        assert_true(hc_bytes_eq_str(name->text, c->matched));
}

static void allow_patterns_prove_identities(void **state)
{
    static const struct match_case cases[] = {
        {"anyone", NULL, ""},
        {"anyone", "dns:a.example", ""},
        {"authenticated", NULL, NULL},
        {"authenticated", "dns:a.example dns:b.example", "a.example"},
        {"authenticated", "", ""},
        {"authenticated", "dns:*.example.com", ""},
        {"authenticated", "dns:*.example.com email:x@y.example", "x@y.example"},
        {"dns:a.example.com", "dns:a.example.com", "a.example.com"},
        {"dns:A.Example.com", "dns:a.example.com", "a.example.com"},
        {"dns:a.example.com", "dns:b.example.com dns:a.example.com", "a.example.com"},
        {"dns:a.example.com", NULL, NULL},
        {"dns:a.example.com", "", NULL},
        {"dns:a.example.com", "dns:example.com", NULL},
        {"dns:a.example.com", "dns:xa.example.com", NULL},
        {"dns:a.example.com", "dns:a.example.com.evil", NULL},
        {"dns:a.example.com", "uri:a.example.com", NULL},
        {"dns:*.example.com", "dns:a.example.com", "a.example.com"},
        {"dns:*.example.com", "dns:example.com", NULL},
        {"dns:*.example.com", "dns:a.b.example.com", NULL},
        {"dns:*.example.com", "dns:.example.com", NULL},
        {"dns:*.example.com", "dns:aexample.com", NULL},
        {"dns:*.example.com", "email:a@x.example.com", NULL},
        /* T21: a wildcard in a certificate proves nothing */
        {"dns:a.example.com", "dns:*.example.com", NULL},
        {"dns:*.example.com", "dns:*.example.com", NULL},
        {"dns:*.example.com", "dns:*.example.com dns:b.example.com", "b.example.com"},
        {"dns:*.com", "dns:*.com", NULL},
        {"email:*@example.com", "email:*@example.com", NULL},
        {"email:alice@example.com", "email:alice@example.com", "alice@example.com"},
        {"email:alice@EXAMPLE.com", "email:alice@example.com", "alice@example.com"},
        {"email:alice@example.com", "email:Alice@example.com", NULL},
        {"email:alice@example.com", "email:alice@guests.example.com", NULL},
        {"email:alice@example.com", "email:malice@example.com", NULL},
        {"email:*@example.com", "email:bob@example.com", "bob@example.com"},
        {"email:*@home.example", "email:mallory@guests.home.example", NULL},
        {"email:*@example.com", "email:x@example.com@evil.example", NULL},
        {"email:*@example.com", "email:@example.com", NULL},
        {"email:*@example.com", "email:example.com", NULL},
        {"email:*@example.com", "dns:example.com", NULL},
        {"spiffe://td.example/web", "uri:spiffe://td.example/web", "spiffe://td.example/web"},
        {"uri:HTTPS://X.example/a", "uri:https://x.example/a", "https://x.example/a"},
        {"spiffe://td.example/web", "uri:spiffe://td.example/Web", NULL},
        {"spiffe://td.example/web", "uri:spiffe://td.example/web/api", NULL},
        {"spiffe://td.example/web/*", "uri:spiffe://td.example/web/api", "spiffe://td.example/web/api"},
        {"spiffe://td.example/web/*", "uri:spiffe://td.example/web", NULL},
        {"spiffe://td.example/web/*", "uri:spiffe://td.example/web/", NULL},
        {"spiffe://td.example/web/*", "uri:spiffe://td.example/web/a/b", NULL},
        {"spiffe://td.example/web/*", "uri:spiffe://td.example.evil/web/a", NULL},
        {"spiffe://td.example/web/*", "uri:spiffe://evil/td.example/web/a", NULL},
        {"spiffe://td.example/web/*", "uri:https://td.example/web/a", NULL},
        {"spiffe://td.example/*/api", "uri:spiffe://td.example/x/api", "spiffe://td.example/x/api"},
        {"spiffe://td.example/*/api", "uri:spiffe://td.example/x/y/api", NULL},
        {"spiffe://td.example/web/**", "uri:spiffe://td.example/web/a", "spiffe://td.example/web/a"},
        {"spiffe://td.example/web/**", "uri:spiffe://td.example/web/a/b/c", "spiffe://td.example/web/a/b/c"},
        {"spiffe://td.example/web/**", "uri:spiffe://td.example/web", NULL},
        {"spiffe://td.example/web/**", "uri:spiffe://td.example/website/a", NULL},
        {"spiffe://td.example/**", "uri:spiffe://td.example/a", "spiffe://td.example/a"},
        {"spiffe://td.example/**", "uri:spiffe://td.example", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example/a/b", "https://x.example/a/b"},
        {"uri:https://x.example/a/*", "uri:https://x.example/a/b?c", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example/a/b#c", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example/a/%2e%2e", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example/a/..", NULL},
        {"uri:https://x.example/a/**", "uri:https://x.example/a/../b", NULL},
        {"uri:https://x.example/a/**", "uri:https://x.example/a//b", NULL},
        {"uri:https://x.example/a/**", "uri:https://x.example/a/b/", NULL},
        {"uri:https://x.example/a/*", "uri:https://u@x.example/a/b", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example:8443/a/b", NULL},
        {"uri:urn:a:b", "uri:urn:a:b", "urn:a:b"},
        /* T26: two URI names, and nobody knows which one is meant */
        {"spiffe://td.example/web", "uri:spiffe://td.example/web uri:spiffe://td.example/admin", NULL},
        {"spiffe://td.example/**", "uri:spiffe://td.example/web uri:urn:a:b", NULL},
        {"spiffe://td.example/web", "uri:spiffe://td.example/web uri:spiffe://td.example/web", NULL},
        {"spiffe://td.example/web", "dns:a.example uri:spiffe://td.example/web", "spiffe://td.example/web"},
        {"dns:a.example", "dns:a.example uri:urn:a:b uri:urn:a:c", "a.example"},
        {"ip:10.0.0.7", "ip:10.0.0.7", "10.0.0.7"},
        {"ip:10.0.0.7", "ip:10.0.0.8", NULL},
        {"ip:10.0.0.0/8", "ip:10.255.1.2", "10.255.1.2"},
        {"ip:10.0.0.0/8", "ip:11.0.0.0", NULL},
        {"ip:10.0.0.128/25", "ip:10.0.0.129", "10.0.0.129"},
        {"ip:10.0.0.128/25", "ip:10.0.0.127", NULL},
        {"ip:0.0.0.0/0", "ip:1.2.3.4", "1.2.3.4"},
        {"ip:0.0.0.0/0", "ip:::1", NULL},
        {"ip:::/0", "ip:1.2.3.4", NULL},
        {"ip:2001:db8::/32", "ip:2001:db8::1", "2001:db8::1"},
        {"ip:2001:db8::/32", "ip:2001:db9::1", NULL},
        {"ip:10.0.0.7", "ip:::ffff:10.0.0.7", NULL},
        {"ip:10.0.0.7", "dns:10.0.0.7", NULL},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        expect_match(&cases[i], HC_PATTERN_ALLOW);
}

static void deny_patterns_suspect_what_allow_patterns_ignore(void **state)
{
    static const struct match_case cases[] = {
        {"anyone", NULL, ""},
        {"authenticated", NULL, NULL},
        {"authenticated", "dns:a.example", "a.example"},
        {"dns:a.example.com", "dns:a.example.com", "a.example.com"},
        {"dns:a.example.com", "dns:b.example.com", NULL},
        {"dns:a.example.com", "dns:*.example.com", "*.example.com"},
        {"dns:a.b.example.com", "dns:*.example.com", NULL},
        {"dns:example.com", "dns:*.example.com", NULL},
        {"dns:*.example.com", "dns:*.example.com", "*.example.com"},
        {"dns:*.example.com", "dns:*.other.example", NULL},
        {"email:alice@example.com", "email:Alice@example.com", "Alice@example.com"},
        {"email:alice@example.com", "email:bob@example.com", NULL},
        {"email:*@example.com", "email:*@example.com", "*@example.com"},
        {"spiffe://td.example/web", "uri:urn:a:b uri:spiffe://td.example/web", "spiffe://td.example/web"},
        {"spiffe://td.example/web", "uri:urn:a:b uri:spiffe://td.example/x", NULL},
        {"uri:https://x.example/a/*", "uri:https://x.example/%61/b", "https://x.example/%61/b"},
        {"uri:https://x.example/a/*", "uri:https://x.example/b/b", NULL},
        {"uri:https://x.example/a/*", "uri:https://y.example/%61/b", NULL},
        {"ip:10.0.0.0/8", "dns:a.example ip:10.1.1.1", "10.1.1.1"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        expect_match(&cases[i], HC_PATTERN_DENY);
}

static void names_of_an_unverified_peer_count_for_nothing(void **state)
{
    static const char *const patterns[] = {"authenticated", "dns:a.example", "dns:*.example"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(patterns); i++) {
        HC_AUTO(hc_pattern) p = NULL;
        const struct hc_name *name;
        struct test_peer peer;
        struct hc_err e;

        expect_ok(&e, hc_pattern_parse(patterns[i], &p, &e));
        peer_of("dns:a.example", &peer);
        peer.view.verified = false;
        assert_false(hc_pattern_matches(p, HC_PATTERN_ALLOW, &peer.view, &name));
        assert_false(hc_pattern_matches(p, HC_PATTERN_DENY, &peer.view, &name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allow_patterns_prove_identities),
        cmocka_unit_test(deny_patterns_suspect_what_allow_patterns_ignore),
        cmocka_unit_test(names_of_an_unverified_peer_count_for_nothing),
    };

    return cmocka_run_group_tests_name("policy/pattern_match", tests, NULL, NULL);
}

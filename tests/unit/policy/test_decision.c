/* test_decision.c - who may do what, with the reason, and that only an approval becomes a grant. */
#include "hc_test.h"

#include "peers.h"
#include "policy/decision.h"

#define TEXTS(...)                                                                                                     \
    ((struct hc_texts){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})

/* The shop of the design, with a deny and a semicolon. */
static struct hc_policy *shop(void)
{
    struct hc_policy *policy = NULL;
    struct hc_err e;
    const struct hc_route_spec routes[] = {
        {.path = "/health", .allow = TEXTS("anyone")},
        {.path = "/orders/**",
         .methods = TEXTS("GET", "POST"),
         .allow = TEXTS("dns:billing.example.com", "spiffe://example.com/web/*"),
         .deny = TEXTS("dns:old.example.com", "email:mallory@example.com")},
        {.path = "/closed/**"},
        {.path = "/matrix/**", .allow = TEXTS("anyone"), .allow_semicolon = true},
        {.path = "/any/**", .allow = TEXTS("authenticated")},
        {.path = "/app/**", .allow = TEXTS("email:*@example.com")},
    };

    expect_ok(&e, hc_policy_new(&policy, &e));
    for (size_t i = 0; i < HC_COUNT(routes); i++)
        expect_ok(&e, hc_policy_add_route(policy, &routes[i], &e));
    return policy;
}

static void the_first_route_that_matches_decides_alone(void **state)
{
    static const struct {
        const char *peer, *method, *path;
        enum hc_code why;
        const char *rule, *identity;
    } cases[] = {
        {NULL, "GET", "/health", HC_OK_CODE, "/health allow anyone", NULL},
        {"dns:x.example", "DELETE", "/health/", HC_OK_CODE, "/health allow anyone", NULL},
        {NULL, "GET", "/healthy", HC_E_NO_ROUTE, NULL, NULL},
        {NULL, "GET", "/", HC_E_NO_ROUTE, NULL, NULL},
        {NULL, "GET", "*", HC_E_NO_ROUTE, NULL, NULL},
        {NULL, "GET", "", HC_E_NO_ROUTE, NULL, NULL},
        {NULL, "GET", "/orders/1", HC_E_NO_IDENTITY_FOR_RULE, "/orders/**", NULL},
        {"dns:billing.example.com", "GET", "/orders/1", HC_OK_CODE, "/orders/** allow dns:billing.example.com",
         "billing.example.com"},
        {"dns:billing.example.com", "GET", "/orders", HC_OK_CODE, "/orders/** allow dns:billing.example.com",
         "billing.example.com"},
        {"dns:billing.example.com", "DELETE", "/orders/1", HC_E_METHOD_NOT_ALLOWED, "/orders/**", NULL},
        {"dns:billing.example.com", "get", "/orders/1", HC_E_METHOD_NOT_ALLOWED, "/orders/**", NULL},
        {"dns:billing.example.com", "HEAD", "/orders/1", HC_E_METHOD_NOT_ALLOWED, "/orders/**", NULL},
        {"uri:spiffe://example.com/web/a", "POST", "/orders/1", HC_OK_CODE,
         "/orders/** allow spiffe://example.com/web/*", "spiffe://example.com/web/a"},
        {"dns:other.example.com", "GET", "/orders/1", HC_E_NO_RULE, "/orders/**", NULL},
        {"", "GET", "/orders/1", HC_E_NO_RULE, "/orders/**", NULL},
        {"dns:billing.example.com email:mallory@example.com", "GET", "/orders/1", HC_E_DENIED,
         "/orders/** deny email:mallory@example.com", "mallory@example.com"},
        {"dns:billing.example.com email:MALLORY@example.com", "DELETE", "/orders/1", HC_E_DENIED,
         "/orders/** deny email:mallory@example.com", "MALLORY@example.com"},
        {"dns:*.example.com dns:billing.example.com", "GET", "/orders/1", HC_E_DENIED,
         "/orders/** deny dns:old.example.com", "*.example.com"},
        {"dns:billing.example.com", "GET", "/closed/x", HC_E_NO_RULE, "/closed/**", NULL},
        {NULL, "GET", "/closed/x", HC_E_NO_RULE, "/closed/**", NULL},
        {NULL, "GET", "/any/x", HC_E_NO_IDENTITY_FOR_RULE, "/any/**", NULL},
        {"dns:x.example", "GET", "/any/x", HC_OK_CODE, "/any/** allow authenticated", "x.example"},
        {"email:alice@example.com", "GET", "/app/x", HC_OK_CODE, "/app/** allow email:*@example.com",
         "alice@example.com"},
        {"email:alice@guests.example.com", "GET", "/app/x", HC_E_NO_RULE, "/app/**", NULL},
        {NULL, "GET", "/matrix/a;b", HC_OK_CODE, "/matrix/** allow anyone", NULL},
        {NULL, "GET", "/health;x", HC_E_HTTP_PATH, "/health", NULL},
        {"dns:billing.example.com", "GET", "/orders;x/1", HC_E_HTTP_PATH, "/orders/**", NULL},
        {"dns:billing.example.com", "GET", "/orders/1%3B", HC_E_HTTP_PATH, "/orders/**", NULL},
    };
    HC_AUTO(hc_policy) policy = shop();

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_request_view request = {hc_bytes_str(cases[i].method), hc_bytes_str(cases[i].path), HC_BYTES("a")};
        struct test_peer peer;
        struct hc_decision d;

        peer_of(cases[i].peer, &peer);
        hc_policy_decide(policy, &peer.view, &request, &d);
        if (d.why != cases[i].why)
            fail_msg("%s %s %s: wanted %d, got %d", cases[i].peer, cases[i].method, cases[i].path, cases[i].why, d.why);
        if (cases[i].rule)
            assert_string_equal(d.rule, cases[i].rule);
        else
            assert_null(d.rule);
        assert_int_equal(d.route == HC_NO_ROUTE_INDEX, cases[i].rule == NULL);
        if (cases[i].identity)
            assert_true(hc_bytes_eq_str(d.identity->text, cases[i].identity));
        else
            assert_null(d.identity);
    }
}

static void a_connection_meets_only_routes_without_a_path(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    struct test_peer alice, nobody;
    struct hc_decision d;
    struct hc_err e;

    (void)state;
    peer_of("email:alice@example.com", &alice);
    peer_of(NULL, &nobody);
    expect_ok(&e, hc_policy_new(&policy, &e));
    hc_policy_decide(policy, &alice.view, NULL, &d);
    assert_int_equal(d.why, HC_E_NO_ROUTE);
    expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/**", .allow = TEXTS("anyone")}, &e));
    hc_policy_decide(policy, &alice.view, NULL, &d);
    assert_int_equal(d.why, HC_E_NO_ROUTE);
    expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.allow = TEXTS("email:*@example.com")}, &e));
    hc_policy_decide(policy, &alice.view, NULL, &d);
    assert_int_equal(d.why, HC_OK_CODE);
    assert_int_equal(d.route, 1);
    assert_string_equal(d.rule, "connection allow email:*@example.com");
    hc_policy_decide(policy, &nobody.view, NULL, &d);
    assert_int_equal(d.why, HC_E_NO_IDENTITY_FOR_RULE);
    assert_string_equal(d.rule, "connection");
}

static void a_list_of_methods_admits_no_bare_connection(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    struct test_peer nobody;
    struct hc_decision d;
    struct hc_err e;

    (void)state;
    peer_of(NULL, &nobody);
    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy,
                                      &(struct hc_route_spec){.methods = TEXTS("GET"), .allow = TEXTS("anyone")}, &e));
    hc_policy_decide(policy, &nobody.view, NULL, &d);
    assert_int_equal(d.why, HC_E_METHOD_NOT_ALLOWED);
}

static void only_an_approval_becomes_a_grant(void **state)
{
    HC_AUTO(hc_policy) policy = shop();
    HC_AUTO(hc_grant) grant = NULL;
    struct hc_request_view request = {HC_BYTES("GET"), HC_BYTES("/app/x"), HC_BYTES("a")};
    struct hc_decision forged = {0}, d;
    struct test_peer peer;
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_grant_from(&forged, &grant, &e), HC_E_INTERNAL);
    peer_of(NULL, &peer);
    hc_policy_decide(policy, &peer.view, &request, &d);
    expect_fail(&e, hc_grant_from(&d, &grant, &e), HC_E_NO_IDENTITY_FOR_RULE);
    peer_of("email:x@guests.example.com", &peer);
    hc_policy_decide(policy, &peer.view, &request, &d);
    expect_fail(&e, hc_grant_from(&d, &grant, &e), HC_E_NO_RULE);
    request.path = HC_BYTES("/nowhere");
    hc_policy_decide(policy, &peer.view, &request, &d);
    expect_fail(&e, hc_grant_from(&d, &grant, &e), HC_E_NO_ROUTE);
    assert_null(grant);
    peer_of("email:alice@example.com", &peer);
    request.path = HC_BYTES("/app/x");
    hc_policy_decide(policy, &peer.view, &request, &d);
    expect_ok(&e, hc_grant_from(&d, &grant, &e));
    assert_int_equal(hc_grant_route(grant), 5);
    assert_string_equal(hc_grant_rule(grant), "/app/** allow email:*@example.com");
    assert_true(hc_bytes_eq_str(hc_grant_identity(grant)->text, "alice@example.com"));
}

static void a_peer_is_admitted_while_any_route_would_have_it(void **state)
{
    static const struct {
        const char *peer;
        bool shop, closed; /* the shop, and the same rules without /health, /matrix and /any */
    } cases[] = {
        {NULL, true, false},
        {"dns:billing.example.com", true, true},
        {"dns:other.example.com", true, false},
        {"dns:billing.example.com dns:old.example.com", true, false}, /* denied where it would have been allowed */
        {"email:alice@example.com", true, true},
        {"email:mallory@example.com", true, true}, /* denied on one route, allowed on another */
        {"email:alice@guests.example.com", true, false},
    };
    HC_AUTO(hc_policy) policy = shop();
    HC_AUTO(hc_policy) narrow = NULL;
    HC_AUTO(hc_policy) none = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_policy_new(&none, &e));
    expect_ok(&e, hc_policy_new(&narrow, &e));
    expect_ok(&e, hc_policy_add_route(
                      narrow,
                      &(struct hc_route_spec){.path = "/orders/**",
                                              .methods = TEXTS("GET"),
                                              .allow = TEXTS("dns:billing.example.com"),
                                              .deny = TEXTS("dns:old.example.com", "email:mallory@example.com")},
                      &e));
    expect_ok(&e, hc_policy_add_route(
                      narrow, &(struct hc_route_spec){.path = "/app/**", .allow = TEXTS("email:*@example.com")}, &e));
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct test_peer peer;

        peer_of(cases[i].peer, &peer);
        assert_int_equal(hc_policy_admits(policy, &peer.view), cases[i].shop);
        assert_int_equal(hc_policy_admits(narrow, &peer.view), cases[i].closed);
        assert_false(hc_policy_admits(none, &peer.view));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_route_that_matches_decides_alone),
        cmocka_unit_test(a_connection_meets_only_routes_without_a_path),
        cmocka_unit_test(a_list_of_methods_admits_no_bare_connection),
        cmocka_unit_test(a_peer_is_admitted_while_any_route_would_have_it),
        cmocka_unit_test(only_an_approval_becomes_a_grant),
    };

    return cmocka_run_group_tests_name("policy/decision", tests, NULL, NULL);
}

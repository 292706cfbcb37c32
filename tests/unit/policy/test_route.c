/* test_route.c - building a policy, and the contradictions it may hold. */
#include "hc_test.h"

#include "policy/decision.h"

#define TEXTS(...)                                                                                                     \
    ((struct hc_texts){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})

static void a_bad_part_leaves_the_policy_as_it_was(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    struct hc_peer_view nobody = {0};
    struct hc_decision d;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_fail(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "a", .allow = TEXTS("anyone")}, &e),
                HC_E_PATTERN);
    expect_fail(&e,
                hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/a", .allow = TEXTS("anyone", "x")}, &e),
                HC_E_PATTERN);
    expect_fail(&e,
                hc_policy_add_route(policy, &(struct hc_route_spec){.allow = TEXTS("anyone"), .deny = TEXTS("*")}, &e),
                HC_E_PATTERN);
    expect_fail(
        &e,
        hc_policy_add_route(policy, &(struct hc_route_spec){.allow = TEXTS("anyone"), .methods = TEXTS("GET", "")}, &e),
        HC_E_CONFIG_VALUE);
    expect_fail(
        &e, hc_policy_add_route(policy, &(struct hc_route_spec){.allow = TEXTS("anyone"), .methods = TEXTS("G T")}, &e),
        HC_E_CONFIG_VALUE);
    hc_policy_decide(policy, &nobody, NULL, &d);
    assert_int_equal(d.why, HC_E_NO_ROUTE);
}

static void lists_are_bounded(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    const char **many = calloc(HC_ROUTE_PATTERNS_MAX + 1, sizeof *many);
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_policy_new(&policy, &e));
    for (size_t i = 0; i <= HC_ROUTE_PATTERNS_MAX; i++)
        many[i] = "anyone";
    expect_fail(&e,
                hc_policy_add_route(policy, &(struct hc_route_spec){.allow = {many, HC_ROUTE_PATTERNS_MAX + 1}}, &e),
                HC_E_TOO_BIG);
    expect_fail(&e,
                hc_policy_add_route(policy, &(struct hc_route_spec){.methods = {many, HC_ROUTE_METHODS_MAX + 1}}, &e),
                HC_E_TOO_BIG);
    for (size_t i = 0; i < HC_ROUTES_MAX; i++)
        expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/a"}, &e));
    expect_fail(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/a"}, &e), HC_E_TOO_BIG);
    free(many);
}

static void rules_that_can_never_hold_are_contradictions(void **state)
{
    static const struct {
        const char *allow, *deny;
        enum hc_code required, optional, none;
    } cases[] = {
        {"anyone", NULL, HC_E_CONFIG_CONTRADICTION, HC_OK_CODE, HC_OK_CODE},
        {"authenticated", NULL, HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {"dns:a.example", NULL, HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {"email:*@a.example", NULL, HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {NULL, "anyone", HC_OK_CODE, HC_OK_CODE, HC_OK_CODE},
        {"anyone", "dns:a.example", HC_E_CONFIG_CONTRADICTION, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {NULL, NULL, HC_OK_CODE, HC_OK_CODE, HC_OK_CODE},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_AUTO(hc_policy) policy = NULL;
        struct hc_route_spec spec = {.path = "/where",
                                     .allow = {&cases[i].allow, cases[i].allow != NULL},
                                     .deny = {&cases[i].deny, cases[i].deny != NULL}};
        struct hc_err e = {.code = HC_OK_CODE};

        expect_ok(&e, hc_policy_new(&policy, &e));
        expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/x"}, &e));
        expect_ok(&e, hc_policy_add_route(policy, &spec, &e));
        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_REQUIRED, &e).code, cases[i].required);
        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_OPTIONAL, &e).code, cases[i].optional);
        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_NONE, &e).code, cases[i].none);
        if (e.code == HC_E_CONFIG_CONTRADICTION)
            assert_non_null(strstr(e.text, "/where"));
    }
}

static void one_route_is_enough_to_let_semicolons_reach_the_rules(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/a"}, &e));
    assert_false(hc_policy_allows_semicolon(policy));
    expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.path = "/b", .allow_semicolon = true}, &e));
    assert_true(hc_policy_allows_semicolon(policy));
}

static struct hc_rc build(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_policy) policy = NULL;
    HC_AUTO(hc_grant) grant = NULL;
    struct hc_peer_view nobody = {0};
    struct hc_request_view request = {HC_BYTES("GET"), HC_BYTES("/orders/1"), HC_BYTES("a")};
    struct hc_decision d;

    (void)ctx;
    HC_TRY(e, hc_policy_new(&policy, e));
    HC_TRY(e, hc_policy_add_route(policy,
                                  &(struct hc_route_spec){.path = "/orders/**",
                                                          .methods = TEXTS("GET", "POST"),
                                                          .allow = TEXTS("anyone", "spiffe://example.com/web/*"),
                                                          .deny = TEXTS("email:mallory@example.com")},
                                  e));
    HC_TRY(e, hc_policy_add_route(policy, &(struct hc_route_spec){.allow = TEXTS("ip:10.0.0.0/8")}, e));
    hc_policy_decide(policy, &nobody, &request, &d);
    return hc_grant_from(&d, &grant, e);
}

static void building_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(build, NULL) > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_part_leaves_the_policy_as_it_was),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(rules_that_can_never_hold_are_contradictions),
        cmocka_unit_test(one_route_is_enough_to_let_semicolons_reach_the_rules),
        cmocka_unit_test(building_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("policy/route", tests, NULL, NULL);
}

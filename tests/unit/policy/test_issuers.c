/* test_issuers.c - issued-by: what must stand above a peer, and that it never weakens a deny. */
#include "hc_test.h"

#include "peers.h"
#include "policy/decision.h"

#define TEXTS(...)                                                                                                     \
    ((struct hc_texts){(const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})

#define PRINT "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static const uint8_t print[] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                                0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
                                0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

static struct hc_policy *policy_of(const struct hc_route_spec *spec)
{
    struct hc_policy *policy = NULL;
    struct hc_err e;

    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy, spec, &e));
    return policy;
}

/* Staff may, whoever is above them; mallory may not; partners only below their own anchor. */
static struct hc_policy *office(void)
{
    return policy_of(&(struct hc_route_spec){.path = "/office/**",
                                             .methods = TEXTS("GET"),
                                             .allow = TEXTS("email:*@staff.example"),
                                             .deny = TEXTS("email:mallory@staff.example"),
                                             .issued_by = TEXTS("staff", "sha256:" PRINT)});
}

static void a_peer_is_let_in_below_one_of_those_that_are_named(void **state)
{
    static const struct hc_bytes nothing[] = {{(const uint8_t *)"short", 5}};
    const struct hc_bytes above[] = {nothing[0], {print, sizeof print}};
    const struct {
        const char *peer, *entry;
        size_t n_above;
        const char *method;
        enum hc_code why;
        const char *rule;
    } cases[] = {
        {"email:a@staff.example", "staff", 0, "GET", HC_OK_CODE, "/office/** allow email:*@staff.example"},
        {"email:a@staff.example", NULL, 2, "GET", HC_OK_CODE, "/office/** allow email:*@staff.example"},
        {"email:a@staff.example", "partner", 2, "GET", HC_OK_CODE, "/office/** allow email:*@staff.example"},
        {"email:a@staff.example", "partner", 1, "GET", HC_E_NO_RULE, "/office/** issued-by staff, sha256:" PRINT},
        {"email:a@staff.example", NULL, 0, "GET", HC_E_NO_RULE, "/office/** issued-by staff, sha256:" PRINT},
        {"email:a@staff.example", "STAFF", 0, "GET", HC_E_NO_RULE, "/office/** issued-by staff, sha256:" PRINT},
        {"email:a@staff.example", "", 0, "GET", HC_E_NO_RULE, "/office/** issued-by staff, sha256:" PRINT},
        {"email:a@other.example", "partner", 0, "GET", HC_E_NO_RULE, "/office/**"},
        {"email:a@other.example", "staff", 0, "GET", HC_E_NO_RULE, "/office/**"},
        {"email:a@staff.example", "partner", 0, "PUT", HC_E_METHOD_NOT_ALLOWED, "/office/**"},
        /* a deny comes before, and asks nobody who is above */
        {"email:mallory@staff.example", "staff", 0, "GET", HC_E_DENIED, "/office/** deny email:mallory@staff.example"},
        {"email:mallory@staff.example", "partner", 0, "GET", HC_E_DENIED,
         "/office/** deny email:mallory@staff.example"},
        {NULL, "staff", 2, "GET", HC_E_NO_IDENTITY_FOR_RULE, "/office/**"},
    };
    HC_AUTO(hc_policy) policy = office();

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_request_view request = {hc_bytes_str(cases[i].method), HC_BYTES("/office/x"), HC_BYTES("a")};
        struct test_peer peer;
        struct hc_decision d;

        peer_of(cases[i].peer, &peer);
        peer.view.entry = cases[i].entry;
        peer.view.above = above;
        peer.view.n_above = cases[i].n_above;
        hc_policy_decide(policy, &peer.view, &request, &d);
        if (d.why != cases[i].why || strcmp(d.rule, cases[i].rule) != 0)
            fail_msg("case %zu: %d, %s", i, d.why, d.rule);
        assert_int_equal(d.identity != NULL, d.why == HC_OK_CODE || d.why == HC_E_DENIED);
        if (cases[i].method[0] == 'G')
            assert_int_equal(hc_policy_admits(policy, &peer.view), d.why == HC_OK_CODE);
    }
}

/* Never reached with the configuration's checks, and closed all the same. */
static void nobody_without_a_certificate_passes_a_route_that_names_an_issuer(void **state)
{
    HC_AUTO(hc_policy)
    policy = policy_of(&(struct hc_route_spec){.allow = TEXTS("anyone"), .issued_by = TEXTS("staff")});
    struct test_peer nobody;
    struct hc_decision d;

    (void)state;
    peer_of(NULL, &nobody);
    nobody.view.entry = "staff";
    hc_policy_decide(policy, &nobody.view, NULL, &d);
    assert_int_equal(d.why, HC_E_NO_IDENTITY_FOR_RULE);
    assert_string_equal(d.rule, "connection issued-by staff");
    assert_false(hc_policy_admits(policy, &nobody.view));
}

static void an_issuer_is_a_word_or_a_fingerprint(void **state)
{
    static const char *const wrong[] = {"",
                                        "Staff",
                                        "my staff",
                                        "a23456789-123456789-123456789-123",
                                        "sha256:",
                                        "sha256:00112233",
                                        "sha256:" PRINT "0",
                                        "SHA256:" PRINT,
                                        "sha1:" PRINT,
                                        PRINT,
                                        "sha256:g0112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(wrong); i++) {
        HC_AUTO(hc_policy) policy = NULL;
        struct hc_err e;

        expect_ok(&e, hc_policy_new(&policy, &e));
        expect_fail(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.issued_by = TEXTS("staff", wrong[i])}, &e),
                    HC_E_CONFIG_VALUE);
        assert_non_null(strstr(e.text, "issued-by"));
        assert_false(hc_issuers_is_name(wrong[i]));
        assert_false(hc_issuers_is_fingerprint(wrong[i]));
    }
    assert_true(hc_issuers_is_name("partner-2"));
    assert_true(hc_issuers_is_fingerprint("sha256:" PRINT));
}

static void the_list_of_issuers_is_bounded(void **state)
{
    HC_AUTO(hc_policy) policy = NULL;
    const char *many[HC_ROUTE_ISSUERS_MAX + 1];
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(many); i++)
        many[i] = "sha256:" PRINT;
    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy, &(struct hc_route_spec){.issued_by = {many, HC_ROUTE_ISSUERS_MAX}}, &e));
    expect_fail(&e,
                hc_policy_add_route(policy, &(struct hc_route_spec){.issued_by = {many, HC_ROUTE_ISSUERS_MAX + 1}}, &e),
                HC_E_TOO_BIG);
}

static void an_issuer_that_can_never_stand_above_is_a_contradiction(void **state)
{
    static const struct {
        const char *allow, *deny;
        enum hc_code required, optional, none;
    } cases[] = {
        {"authenticated", NULL, HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {"anyone", NULL, HC_E_CONFIG_CONTRADICTION, HC_E_CONFIG_CONTRADICTION, HC_E_CONFIG_CONTRADICTION},
        {"authenticated", "anyone", HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
        {NULL, NULL, HC_OK_CODE, HC_OK_CODE, HC_E_CONFIG_CONTRADICTION},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_route_spec spec = {.path = "/where",
                                     .allow = {&cases[i].allow, cases[i].allow != NULL},
                                     .deny = {&cases[i].deny, cases[i].deny != NULL},
                                     .issued_by = TEXTS("staff")};
        HC_AUTO(hc_policy) policy = policy_of(&spec);
        struct hc_err e = {0};

        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_REQUIRED, &e).code, cases[i].required);
        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_OPTIONAL, &e).code, cases[i].optional);
        assert_int_equal(hc_policy_check_clients(policy, HC_CLIENTS_NONE, &e).code, cases[i].none);
        assert_non_null(strstr(e.text, "/where"));
    }
}

static struct hc_rc build(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_policy) policy = NULL;

    (void)ctx;
    HC_TRY(e, hc_policy_new(&policy, e));
    return hc_policy_add_route(policy,
                               &(struct hc_route_spec){.path = "/a", .issued_by = TEXTS("staff", "sha256:" PRINT)}, e);
}

static void building_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(build, NULL) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_let_in_below_one_of_those_that_are_named),
        cmocka_unit_test(nobody_without_a_certificate_passes_a_route_that_names_an_issuer),
        cmocka_unit_test(an_issuer_is_a_word_or_a_fingerprint),
        cmocka_unit_test(the_list_of_issuers_is_bounded),
        cmocka_unit_test(an_issuer_that_can_never_stand_above_is_a_contradiction),
        cmocka_unit_test(building_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("policy/issuers", tests, NULL, NULL);
}

/* test_snapshot.c - from words to gates: who answers to which name, which files count, who keeps what for how long. */
#include "hc_test.h"

#include "house.h"
#include "policy/decision.h"

static const char *at(const struct hc_snapshot *s, const char *near, const char *name)
{
    const struct hc_snapshot_gate *g = hc_snapshot_at(s, hc_snapshot_gate(s, near), hc_bytes_str(name));

    return g ? g->name : "(none)";
}

static void a_gate_alone_at_its_address_answers_to_every_name(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", ""));
    s = house_build(h, NULL, false);
    assert_false(s->gates[0].shares);
    assert_string_equal(at(s, "shop", "shop.example.com"), "shop");
    assert_string_equal(at(s, "shop", "other.example"), "shop");
    assert_string_equal(at(s, "shop", ""), "shop");
    assert_int_equal(hc_hosts_fit(s->gates[0].hosts, HC_BYTES("shop.example.com")), HC_HOSTS_EXACT);
    assert_int_equal(h->alarms, 0);
}

static void a_name_chooses_among_the_gates_of_one_address(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("blog", "blog", "") HOUSE_GATE("shop", "shop", "")
                      HOUSE_GATE("mail", "mail", ", hosts: [Mail.Example, \"*.mail.example\"]"));
    h->in.workers = 1;
    s = house_build(h, NULL, false);
    for (size_t i = 0; i < 3; i++) {
        const char *near = s->gates[i].name;

        assert_true(s->gates[i].shares);
        assert_ptr_equal(s->gates[i].port, s->gates[0].port);
        assert_string_equal(at(s, near, "shop.example.com"), "shop"); /* the exact one before blog's wildcard */
        assert_string_equal(at(s, near, "blog.example.com"), "blog");
        assert_string_equal(at(s, near, "x.example.com"), "blog");
        assert_string_equal(at(s, near, "mail.example"), "mail");
        assert_string_equal(at(s, near, "in.mail.example"), "mail");
        assert_string_equal(at(s, near, "a.b.example.com"), "(none)");
        assert_string_equal(at(s, near, "example.com"), "(none)");
        assert_string_equal(at(s, near, "127.0.0.1"), "(none)");
        assert_string_equal(at(s, near, ""), "(none)"); /* there is no default (T7) */
    }
}

static void gates_at_other_addresses_do_not_answer(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(
        h,
        HOUSE_TOP "gates:\n" HOUSE_GATE(
            "shop", "shop",
            "") "- {name: far, listen: \":0\", identity: {certificate: \"@/blog.pem\", key: \"@/blog.key\"}, clients: "
                "none, serve: \"@\", routes: [{path: /**, allow: [anyone]}]}\n"
                "- {name: near, listen: \":0\", identity: {certificate: \"@/blog.pem\", key: \"@/blog.key\"}, "
                "clients: none, serve: \"@\", routes: [{path: /**, allow: [anyone]}]}\n");
    s = house_build(h, NULL, false);
    assert_string_equal(at(s, "shop", "blog.example.com"), "shop");
    assert_string_equal(at(s, "far", "shop.example.com"), "far"); /* each has a port of its own */
    assert_string_equal(at(s, "near", "shop.example.com"), "near");
    assert_false(s->gates[1].shares);
}

static void a_gate_that_answers_to_nothing_shares_no_address(void **state)
{
    struct house *h = *state;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "") HOUSE_GATE("mail", "mail", ""));
    house_refuse(h, NULL, false, HC_E_CONFIG_CONTRADICTION,
                 "gates shop and mail share an address, and mail answers to no server name");
}

static void names_in_certificates_may_clash_too(void **state)
{
    struct house *h = *state;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "")
                      HOUSE_GATE("two", "blog", ", hosts: [SHOP.example.com]"));
    house_refuse(h, NULL, false, HC_E_CONFIG_CONTRADICTION,
                 "gates shop and two share an address, and both answer to shop.example.com");
}

static void a_newer_snapshot_answers_for_the_gates_of_an_older_one(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;
    const struct hc_snapshot_gate *near;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", ""));
    h->in.workers = 1;
    old = house_build(h, NULL, false);
    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("blog", "blog", "") HOUSE_GATE("shop", "shop", ""));
    s = house_build(h, old, false);
    near = hc_snapshot_gate(old, "shop");
    assert_ptr_equal(s->gates[0].port, near->port); /* no connection in the backlog is lost */
    assert_ptr_equal(s->gates[1].port, near->port);
    assert_ptr_equal(hc_snapshot_at(s, near, HC_BYTES("blog.example.com")), &s->gates[0]);
    assert_null(hc_snapshot_at(s, near, HC_BYTES("")));
    hc_snapshot_free(HC_GIVE(s));
    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("blog", "blog", ""));
    s = house_build(h, old, false);
    assert_ptr_equal(hc_snapshot_at(s, near, HC_BYTES("")), &s->gates[0]);
}

static void what_is_in_the_trusts_goes_with_the_last_owner(void **state)
{
    struct house *h = *state;
    struct hc_snapshot *s;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "") HOUSE_GATE("blog", "blog", ", profile: spiffe"));
    s = hc_snapshot_keep(house_build(h, NULL, false));
    assert_int_equal(s->n_trusts, 2);
    assert_non_null(s->trusts[1].bundle);
    hc_snapshot_free(hc_snapshot_ref(s));
    assert_non_null(s->trusts[1].bundle);
    hc_snapshot_free(s);
    for (size_t i = 0; i < 2; i++) {
        assert_null(s->trusts[i].bundle);
        assert_null(s->trusts[i].revocation);
        assert_non_null(s->gates[i].hosts); /* connections keep the gates */
    }
    hc_snapshot_let_go(s);
}

static void rules_know_the_entries_of_a_bundle(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;
    const struct hc_name alice = {.type = HC_NAME_EMAIL, .text = HC_BYTES("alice@example.com")};
    struct hc_peer_view peer = {.names = &alice, .n = 1, .verified = true, .entry = "guests"};
    struct hc_request_view request = {HC_BYTES("GET"), HC_BYTES("/"), HC_BYTES("a")};
    struct hc_decision d;

    house_conf(h, "bundle: [{name: staff, file: \"@/root.pem\"}, {name: guests, file: \"@/partner.pem\"}]\n"
                  "revocation: none\n"
                  "gates:\n- {name: a, listen: \":0\", identity: {certificate: \"@/shop.pem\", key: \"@/shop.key\"}, "
                  "clients: required, serve: \"@\", routes: [{path: /**, allow: [authenticated], issued-by: "
                  "[staff]}]}\n");
    s = house_build(h, NULL, false);
    hc_policy_decide(s->gates[0].policy, &peer, &request, &d);
    assert_int_equal(d.why, HC_E_NO_RULE);
    assert_string_equal(d.rule, "/** issued-by staff");
    peer.entry = "staff";
    hc_policy_decide(s->gates[0].policy, &peer, &request, &d);
    assert_int_equal(d.why, HC_OK_CODE);
}

struct told {
    char text[HOUSE_TEXT];
    size_t skip;
};

static void tell(void *ctx, const char *path)
{
    struct told *t = ctx;

    strcat(t->text, path + t->skip);
    strcat(t->text, " ");
}

static void every_file_is_watched(void **state)
{
    struct house *h = *state;
    struct told t = {.skip = strlen(h->dir) + 1};
    struct hc_err e;

    house_conf(
        h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "") HOUSE_GATE("blog", "blog", ", profile: spiffe")
               HOUSE_GATE("mail", "mail",
                          ", hosts: [m.example], bundle: [{name: a, file: \"@/partner.pem\"}, {file: \"@/both.pem\"}]"
                          ", revocation: {crl: [\"@/partner.crl\", \"@/more\"]}"));
    expect_ok(&e, hc_snapshot_paths(h->conf, NULL, tell, &t, &e));
    assert_string_equal(t.text, "root.pem root.crl partner.pem both.pem partner.crl more shop.pem shop.key blog.pem "
                                "blog.key mail.pem mail.key ");
}

static void without_revocation_no_crl_is_watched(void **state)
{
    struct house *h = *state;
    struct told t = {.skip = strlen(h->dir) + 1};
    struct hc_err e;

    house_conf(h, "bundle: \"@/root.pem\"\nrevocation: none\ngates:\n" HOUSE_GATE("shop", "shop", ""));
    expect_ok(&e, hc_snapshot_paths(h->conf, NULL, tell, &t, &e));
    assert_string_equal(t.text, "root.pem shop.pem shop.key ");
}

static void the_home_is_asked_for_what_is_unsaid(void **state)
{
    struct house *h = *state;
    struct told t = {.skip = 0};
    struct hc_err e;

    house_conf(h, "gates:\n- {name: a, listen: \":0\", identity: a.example, clients: required, serve: /s, routes: "
                  "[{path: /**, allow: []}]}\n"
                  "- {name: b, listen: \":0\", identity: a.example, clients: required, bundle: /b, serve: /s, routes: "
                  "[{path: /**, allow: []}]}\n");
    expect_ok(&e, hc_snapshot_paths(h->conf, "/home", tell, &t, &e));
    assert_string_equal(t.text, "/home/publish/bundle.pem /home/publish/crl /b /home/publish/crl "
                                "/home/identities/a.example/chain.pem /home/identities/a.example/key.pem "
                                "/home/identities/a.example/chain.pem /home/identities/a.example/key.pem ");
}

static void a_broken_identity_keeps_its_names_and_the_old_certificate(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "") HOUSE_GATE("blog", "blog", ""));
    old = house_build(h, NULL, false);
    house_put(h, "shop.pem", HC_BYTES("nothing"), 0644);
    s = house_build(h, old, true);
    assert_int_equal(h->alarms, 1);
    assert_int_equal(h->told, HC_E_PEM);
    assert_ptr_equal(s->gates[0].own, old->gates[0].own);
    assert_string_equal(at(s, "blog", "shop.example.com"), "shop");
    house_refuse(h, old, false, HC_E_PEM, "gate shop");
}

/* Not fault_sweep: a name that a message would have shown may be lost without a failure. */
static void a_snapshot_survives_the_failure_of_every_allocation(void **state)
{
    struct house *h = *state;
    unsigned failures = 0;
    bool happened = true;

    house_conf(h, "bundle: [{name: a, file: \"@/root.pem\", asserts: [\"dns:example.com\"]}]\n"
                  "revocation: none\n"
                  "gates:\n" HOUSE_GATE("shop", "shop", "") HOUSE_GATE("blog", "blog", ", hosts: [b.example]"));
    for (unsigned k = 1; happened; k++) {
        HC_AUTO(hc_snapshot) s = NULL;
        struct hc_err e = {0};
        struct hc_rc rc;

        fault_alloc_at(k);
        rc = hc_snapshot_build(&h->in, &s, &e);
        happened = fault_happened();
        fault_alloc_at(0);
        assert_int_equal(hc_ok(rc), s != NULL);
        if (hc_failed(rc))
            assert_int_equal(rc.code, HC_E_NOMEM);
        failures += hc_failed(rc);
    }
    assert_true(failures > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_gate_alone_at_its_address_answers_to_every_name),
        HOUSE_TEST(a_name_chooses_among_the_gates_of_one_address),
        HOUSE_TEST(gates_at_other_addresses_do_not_answer),
        HOUSE_TEST(a_gate_that_answers_to_nothing_shares_no_address),
        HOUSE_TEST(names_in_certificates_may_clash_too),
        HOUSE_TEST(a_newer_snapshot_answers_for_the_gates_of_an_older_one),
        HOUSE_TEST(what_is_in_the_trusts_goes_with_the_last_owner),
        HOUSE_TEST(rules_know_the_entries_of_a_bundle),
        HOUSE_TEST(every_file_is_watched),
        HOUSE_TEST(without_revocation_no_crl_is_watched),
        HOUSE_TEST(the_home_is_asked_for_what_is_unsaid),
        HOUSE_TEST(a_broken_identity_keeps_its_names_and_the_old_certificate),
        HOUSE_TEST(a_snapshot_survives_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("gate/snapshot", tests, NULL, NULL);
}

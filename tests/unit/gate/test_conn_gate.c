/* test_conn_gate.c - which gate a connection and each of its requests belong to, and who stays when the rules
 * change. */
#include "hc_test.h"

#include "gate/conn.h"
#include "policy/route.h"

#define ALICE "alice@home.example"

enum { SHOP, TILL, BANK, RELAY, GATES };

/* Gates at one address, in a worker that runs nowhere. SHOP and TILL trust alike. */
struct rig {
    struct hc_name name;
    struct hc_snapshot_gate gate[GATES];
    struct hc_trust trust;
    struct hc_snapshot snapshot;
    struct hc_engine engine;
    struct hc_worker worker;
    struct hc_service service[GATES], *all[GATES];
    struct hc_settings settings[GATES];
    struct hc_metrics *metrics;
    struct hc_conn conn;
};

static struct hc_policy *policy_of(const char *path, const char *who)
{
    struct hc_route_spec spec = {.path = path, .allow = {&who, 1}};
    struct hc_policy *policy = NULL;
    struct hc_err e;

    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy, &spec, &e));
    return policy;
}

static struct hc_hosts *hosts_of(const char *name)
{
    struct hc_host host;
    struct hc_hosts *hosts = NULL;
    struct hc_err e;

    expect_ok(&e, hc_host_canonical(hc_bytes_str(name), HC_HOST_WORD, &host, &e));
    expect_ok(&e, hc_hosts_new(&host, 1, &hosts, &e));
    return hosts;
}

static void add_gate(struct rig *r, size_t i, const char *name, const char *host)
{
    struct hc_snapshot_gate *g = &r->gate[i];
    struct hc_err e;

    strcpy(g->name, name);
    strcpy(g->listen.host, "127.0.0.1");
    g->listen.port = 8443;
    g->clients = HC_CLIENTS_OPTIONAL;
    g->shares = true;
    g->hosts = hosts_of(host);
    g->policy = policy_of(i == RELAY ? NULL : "/**", "email:" ALICE);
    g->forward.kind = i == RELAY ? HC_FORWARD_TCP : HC_FORWARD_NONE;
    g->domain[0] = i == BANK;
    r->settings[i] = (struct hc_settings){.refs = 1};
    r->service[i] = (struct hc_service){
        .refs = 1, .worker = &r->worker, .gate = g, .settings = &r->settings[i], .snapshot = &r->snapshot};
    r->all[i] = &r->service[i];
    expect_ok(&e, hc_metrics_cell(r->metrics, 0, name, &r->service[i].cell, &e));
}

static int set_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    struct hc_err e;

    assert_non_null(r);
    r->name = (struct hc_name){.type = HC_NAME_EMAIL, .text = HC_BYTES(ALICE)};
    expect_ok(&e, hc_metrics_new(&r->metrics, &e));
    add_gate(r, SHOP, "shop", "shop.example");
    add_gate(r, TILL, "till", "*.till.example");
    add_gate(r, BANK, "bank", "bank.example");
    add_gate(r, RELAY, "relay", "db.example");
    r->snapshot =
        (struct hc_snapshot){.generation = 1, .n_trusts = 1, .trusts = &r->trust, .n_gates = GATES, .gates = r->gate};
    r->worker.engine = &r->engine;
    r->worker.snapshot = &r->snapshot;
    r->worker.listeners = calloc(1, sizeof *r->worker.listeners);
    assert_non_null(r->worker.listeners);
    r->worker.listeners->n_services = GATES;
    r->worker.listeners->service = r->all;
    r->conn.svc = hc_service_ref(&r->service[SHOP]);
    r->conn.view = (struct hc_peer_view){.names = &r->name, .n = 1, .verified = true};
    r->conn.method = HC_BUF(64);
    r->conn.path = HC_BUF(9000);
    r->conn.phase = HC_CONN_HTTP;
    *state = r;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;

    hc_grant_free(r->conn.grant);
    hc_buf_fini(&r->conn.method);
    hc_buf_fini(&r->conn.path);
    hc_metrics_free(r->metrics);
    for (size_t i = 0; i < GATES; i++) {
        hc_policy_free(r->gate[i].policy);
        hc_hosts_free(r->gate[i].hosts);
    }
    free(r->worker.listeners);
    free(r);
    return 0;
}

static struct hc_rc choose(struct rig *r, const char *name, struct hc_err *e)
{
    struct hc_tls_choice choice;

    return hc_conn_choose(&r->conn, hc_bytes_str(name), &choice, e);
}

static void the_server_name_chooses_in_any_spelling(void **state)
{
    struct rig *r = *state;
    struct hc_err e;

    expect_ok(&e, choose(r, "BANK.Example.", &e));
    assert_string_equal(r->conn.svc->gate->name, "bank");
    assert_string_equal(r->conn.judging.gate, "bank");
    assert_ptr_equal(r->conn.settings, &r->settings[BANK]);
    expect_ok(&e, choose(r, "one.till.example", &e));
    assert_string_equal(r->conn.svc->gate->name, "till");
}

static void several_gates_and_no_name_that_fits_is_refused(void **state)
{
    static const char *const names[] = {"", "other.example", "a.b.till.example", "127.0.0.1", "shop.example:8443", "*"};
    struct rig *r = *state;
    struct hc_err e;

    for (size_t i = 0; i < HC_COUNT(names); i++)
        expect_fail(&e, choose(r, names[i], &e), HC_E_TLS_SERVER_NAME);
    assert_null(r->conn.settings);
}

static void a_gate_alone_at_its_address_takes_any_name(void **state)
{
    struct rig *r = *state;
    struct hc_err e;

    r->snapshot.n_gates = 1;
    r->gate[SHOP].shares = false;
    expect_ok(&e, choose(r, "", &e));
    expect_ok(&e, choose(r, "bad..name", &e));
    expect_ok(&e, hc_conn_send_to(&r->conn, HC_BYTES("anything"), &e));
    assert_string_equal(r->conn.svc->gate->name, "shop");
}

static void a_request_for_a_gate_that_trusts_alike_moves_there(void **state)
{
    struct rig *r = *state;
    struct hc_err e;

    expect_ok(&e, hc_conn_send_to(&r->conn, HC_BYTES("SHOP.example:8443"), &e));
    assert_string_equal(r->conn.svc->gate->name, "shop");
    expect_ok(&e, hc_conn_send_to(&r->conn, HC_BYTES("x.Till.Example."), &e));
    assert_string_equal(r->conn.svc->gate->name, "till");
    expect_ok(&e, hc_conn_send_to(&r->conn, HC_BYTES("shop.example"), &e));
    assert_string_equal(r->conn.svc->gate->name, "shop");
}

static void a_request_for_another_trust_a_relay_or_nobody_is_misdirected(void **state)
{
    static const char *const hosts[] = {"bank.example", "BANK.example.:443", "db.example", "nobody.example", ""};
    struct rig *r = *state;
    struct hc_err e;

    for (size_t i = 0; i < HC_COUNT(hosts); i++) {
        expect_fail(&e, hc_conn_send_to(&r->conn, hc_bytes_str(hosts[i]), &e), HC_E_HTTP_MISDIRECTED);
        assert_string_equal(r->conn.svc->gate->name, "shop");
    }
}

static void give_grant(struct rig *r, const char *path)
{
    struct hc_request_view request = {.method = HC_BYTES("GET"), .path = hc_bytes_str(path)};
    struct hc_decision d;
    struct hc_err e;

    hc_policy_decide(r->gate[SHOP].policy, &r->conn.view, &request, &d);
    expect_ok(&e, hc_grant_from(&d, &r->conn.grant, &e));
    hc_buf_add_str(&r->conn.method, "GET");
    hc_buf_add_str(&r->conn.path, path);
    r->conn.http.state = HC_HTTP_BUSY;
}

static void new_rules(struct rig *r, size_t i, const char *path, const char *who)
{
    hc_grant_free(r->conn.grant); /* it borrows from the policy; the test goes on with a mere "there was one" */
    r->conn.grant = NULL;
    hc_policy_free(r->gate[i].policy);
    r->gate[i].policy = policy_of(path, who);
}

static void a_request_in_work_stays_only_while_the_newest_rules_grant_it(void **state)
{
    struct rig *r = *state;
    struct hc_policy *old = r->gate[SHOP].policy;
    struct hc_err e;

    give_grant(r, "/a/b");
    expect_ok(&e, hc_conn_stands(&r->conn, &e));
    r->gate[SHOP].policy = policy_of("/other", "email:" ALICE); /* something is open to her, but not this */
    expect_fail(&e, hc_conn_stands(&r->conn, &e), HC_E_NO_ROUTE);
    r->conn.http.state = HC_HTTP_HEAD; /* between requests she may stay */
    expect_ok(&e, hc_conn_stands(&r->conn, &e));
    hc_grant_free(r->conn.grant);
    r->conn.grant = NULL;
    hc_policy_free(old);
}

static void an_absolute_target_is_judged_by_its_path(void **state)
{
    struct rig *r = *state;
    struct hc_policy *old = r->gate[SHOP].policy;
    struct hc_err e;

    give_grant(r, "/a");
    hc_buf_clear(&r->conn.path);
    hc_buf_add_str(&r->conn.path, "http://shop.example/a");
    r->conn.path_at = strlen("http://shop.example");
    r->gate[SHOP].policy = policy_of("/a", "email:" ALICE);
    expect_ok(&e, hc_conn_stands(&r->conn, &e));
    r->conn.path_at = SIZE_MAX; /* it had none: "/" */
    expect_fail(&e, hc_conn_stands(&r->conn, &e), HC_E_NO_ROUTE);
    hc_grant_free(r->conn.grant);
    r->conn.grant = NULL;
    hc_policy_free(old);
}

static void a_relay_stays_only_while_the_newest_rules_grant_it(void **state)
{
    struct rig *r = *state;
    struct hc_err e;

    r->conn.phase = HC_CONN_RELAY;
    hc_service_ref(&r->service[RELAY]);
    r->conn.svc = &r->service[RELAY];
    r->conn.relay.up.phase = HC_DIAL_READY;
    expect_ok(&e, hc_conn_stands(&r->conn, &e));
    assert_non_null(r->conn.grant); /* of the newest rules */
    new_rules(r, RELAY, NULL, "email:bob@home.example");
    expect_fail(&e, hc_conn_stands(&r->conn, &e), HC_E_NO_RULE);
    assert_null(r->conn.grant);
}

static void whose_gate_is_gone_has_no_right_to_stay(void **state)
{
    struct rig *r = *state;
    struct hc_err e;

    r->snapshot.gates = &r->gate[1];
    r->snapshot.n_gates = GATES - 1;
    expect_fail(&e, hc_conn_stands(&r->conn, &e), HC_E_NO_RULE);
}

static void a_request_in_work_without_a_certificate_ends_where_one_is_required_now(void **state)
{
    struct rig *r = *state;
    struct hc_policy *old = r->gate[SHOP].policy;
    struct hc_err e;

    r->gate[SHOP].policy = policy_of("/**", "anyone");
    r->conn.view = (struct hc_peer_view){0};
    give_grant(r, "/a");
    expect_ok(&e, hc_conn_stands(&r->conn, &e));
    r->gate[SHOP].clients = HC_CLIENTS_REQUIRED;
    expect_fail(&e, hc_conn_stands(&r->conn, &e), HC_E_NO_IDENTITY_FOR_RULE);
    hc_policy_free(old);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_server_name_chooses_in_any_spelling),
        TEST(several_gates_and_no_name_that_fits_is_refused),
        TEST(a_gate_alone_at_its_address_takes_any_name),
        TEST(a_request_for_a_gate_that_trusts_alike_moves_there),
        TEST(a_request_for_another_trust_a_relay_or_nobody_is_misdirected),
        TEST(a_request_in_work_stays_only_while_the_newest_rules_grant_it),
        TEST(an_absolute_target_is_judged_by_its_path),
        TEST(a_relay_stays_only_while_the_newest_rules_grant_it),
        TEST(whose_gate_is_gone_has_no_right_to_stay),
        TEST(a_request_in_work_without_a_certificate_ends_where_one_is_required_now),
    };

    return cmocka_run_group_tests_name("gate/conn_gate", tests, NULL, NULL);
}

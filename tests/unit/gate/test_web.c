/* test_web.c - what a back end is told about a peer: all of it, or nothing is sent (T30). */
#include "hc_test.h"

#include "gate/conn.h"
#include "gate/web.h"
#include "policy/route.h"

#define ALICE "alice@home.example"

/* One request on a connection of a peer whose certificate names Alice, in a worker that runs nowhere. */
struct rig {
    struct hc_name name;
    struct hc_snapshot_gate gate;
    struct hc_worker worker;
    struct hc_service service, *only;
    struct hc_metrics *metrics;
    struct hc_conn conn;
};

static struct hc_policy *alice_may_come_in(void)
{
    static const char *const allow[] = {"email:" ALICE};
    struct hc_route_spec spec = {.path = "/**", .allow = {allow, 1}};
    struct hc_policy *policy = NULL;
    struct hc_err e;

    expect_ok(&e, hc_policy_new(&policy, &e));
    expect_ok(&e, hc_policy_add_route(policy, &spec, &e));
    return policy;
}

static int set_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    struct hc_err e;

    assert_non_null(r);
    r->name = (struct hc_name){.type = HC_NAME_EMAIL, .text = HC_BYTES(ALICE)};
    strcpy(r->gate.name, "shop");
    r->gate.clients = HC_CLIENTS_OPTIONAL;
    r->gate.policy = alice_may_come_in();
    r->gate.forward.kind = HC_FORWARD_UNIX;
    r->worker.listeners = calloc(1, sizeof *r->worker.listeners + sizeof(struct hc_listener));
    assert_non_null(r->worker.listeners);
    r->worker.listeners->n_services = 1;
    r->worker.listeners->service = &r->only;
    r->only = &r->service;
    r->service.worker = &r->worker;
    r->service.gate = &r->gate;
    expect_ok(&e, hc_metrics_new(&r->metrics, &e));
    expect_ok(&e, hc_metrics_cell(r->metrics, 0, "shop", &r->service.cell, &e));
    r->conn.svc = &r->service;
    r->conn.view = (struct hc_peer_view){.names = &r->name, .n = 1, .verified = true};
    r->conn.method = HC_BUF(64);
    r->conn.path = HC_BUF(64);
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:9"), &r->conn.peer_addr, &e));
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
    hc_policy_free(r->gate.policy);
    free(r->worker.listeners);
    free(r);
    return 0;
}

/* Asks with the k-th allocation failing (0: none). */
static void ask(struct rig *r, unsigned k, struct hc_http_plan *plan)
{
    struct hc_bytes in = HC_BYTES("GET / HTTP/1.1\r\nHost: h\r\nHandclasp-Identity: email:eve@evil.example\r\n\r\n");
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_h1_head head;
    size_t scanned = 0;
    struct hc_err e;

    expect_ok(&e, hc_h1_request_head(in, &scanned, &head, &progress, &e));
    assert_int_equal(progress, HC_H1_DONE);
    *plan = (struct hc_http_plan){.file = -1, .fields = HC_BUF(65536), .body = HC_BUF(HC_HTTP_BODY_MAX)};
    fault_alloc_at(k);
    hc_web_ops()->request(&r->conn.http, &head, plan);
}

static void plan_fini(struct hc_http_plan *plan)
{
    hc_buf_fini(&plan->fields);
    hc_buf_fini(&plan->body);
}

static void the_back_end_is_told_the_identity_that_the_rule_matched(void **state)
{
    struct hc_http_plan plan;

    ask(*state, 0, &plan);
    assert_int_equal(plan.kind, HC_HTTP_FORWARD);
    assert_non_null(strstr(hc_buf_cstr(&plan.fields), "\r\nHandclasp-Identity: email:" ALICE "\r\n"));
    assert_null(strstr(hc_buf_cstr(&plan.fields), "evil"));
    plan_fini(&plan);
}

static void no_request_leaves_without_its_identity_when_memory_runs_out(void **state)
{
    struct hc_http_plan plan;
    bool failed = true;

    for (unsigned k = 1; failed; k++) {
        ask(*state, k, &plan);
        failed = fault_happened();
        fault_alloc_at(0);
        if (plan.kind == HC_HTTP_FORWARD && plan.fields.failed == HC_OK_CODE &&
            !strstr(hc_buf_cstr(&plan.fields), "\r\nHandclasp-Identity: email:" ALICE "\r\n"))
            fail_msg("without allocation %u this would have been sent: %s", k, hc_buf_cstr(&plan.fields));
        plan_fini(&plan);
        assert_true(k < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_back_end_is_told_the_identity_that_the_rule_matched, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_request_leaves_without_its_identity_when_memory_runs_out, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("gate/web", tests, NULL, NULL);
}

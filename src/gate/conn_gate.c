/* conn_gate.c - which gate's rules a connection is under: by its server name, by each request's host, by the newest
 * configuration. */
#include "gate/conn.h"

#include <string.h>

#include "gate/hosts.h"
#include "gate/rejudge.h"
#include "pki/verify.h"
#include "policy/path.h"

static void set_service(struct hc_conn *c, struct hc_service *svc)
{
    if (svc == c->svc)
        return;
    hc_service_ref(svc);
    hc_service_free(c->svc);
    c->svc = svc;
    c->judging.gate = svc->gate->name;
}

static bool is_at(const struct hc_conn *c, const char *gate)
{
    return strcmp(c->svc->gate->name, gate) == 0;
}

/* The newest service of that gate. While the worker drains there are none, and a connection keeps its own. */
static struct hc_service *service_of(const struct hc_conn *c, const char *gate)
{
    struct hc_service *svc = hc_worker_service(c->svc->worker, gate);

    return svc || !is_at(c, gate) ? svc : c->svc;
}

/* --- the handshake ------------------------------------------------------------------------------------------------ */

/* NULL: no gate at this address has the name. Where there is one gate only, a name that is none is like none. */
static struct hc_service *choose_service(const struct hc_conn *c, struct hc_bytes server_name)
{
    const struct hc_snapshot_gate *gate;
    struct hc_host host = {0};
    struct hc_err e;

    if (hc_failed(hc_host_canonical(server_name, HC_HOST_SNI, &host, &e)))
        host.n = 0;
    gate = hc_snapshot_at(c->svc->worker->snapshot, c->svc->gate, hc_bytes_of(host.at, host.n));
    return gate ? service_of(c, gate->name) : NULL;
}

struct hc_rc hc_conn_choose(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e)
{
    struct hc_conn *c = ctx;
    struct hc_service *svc = choose_service(c, server_name);

    if (!svc && server_name.n == 0)
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "no server name was given, and several gates share the address");
    if (!svc)
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "no gate at this address answers to \"%.*s\"",
                       HC_BYTES_FMT(server_name));
    set_service(c, svc);
    if (!c->counted) {
        hc_cell_add(svc->cell, HC_COUNT_CONNECTIONS, 1);
        c->counted = svc->cell;
    }
    hc_settings_free(c->settings);
    c->settings = hc_settings_ref(svc->settings);
    out->context = c->settings->tls;
    out->judge = hc_judge_of(&c->judging);
    return HC_OK;
}

/* --- the peer ----------------------------------------------------------------------------------------------------- */

struct hc_rc hc_conn_enter(struct hc_conn *c, struct hc_err *e)
{
    struct hc_worker *w = c->svc->worker;
    struct hc_live_key key = {
        .gate = c->svc->gate->name,
        .purpose = HC_VERIFY_CLIENT,
        .chain = (struct hc_checked_chain *)hc_verified_peer_chain(c->peer), /* only its count changes */
    };

    HC_TRY(e, hc_live_add(w->live, &c->live, &key, e));
    hc_rejudge_arm(w);
    return HC_OK;
}

void hc_conn_look_up(struct hc_conn *c)
{
    const struct hc_trust *trust = hc_snapshot_trust(c->svc->worker->snapshot, c->svc->gate->name);
    size_t i;

    c->view.entry = NULL;
    if (!c->peer || !trust || !trust->bundle)
        return;
    i = hc_bundle_find(trust->bundle, hc_checked_chain_anchor(hc_verified_peer_chain(c->peer)));
    if (i != HC_BUNDLE_NONE)
        c->view.entry = hc_bundle_entry_name(trust->bundle, i);
}

/* --- each request ------------------------------------------------------------------------------------------------- */

void hc_conn_renew(struct hc_conn *c)
{
    struct hc_service *newest = hc_worker_service(c->svc->worker, c->svc->gate->name);
    bool http = c->phase == HC_CONN_HTTP;

    if (newest == c->svc)
        return;
    if (http && (!newest || hc_forward_is_relay(newest->gate->forward.kind)))
        hc_http_drain(&c->http);
    else if (newest)
        set_service(c, newest);
}

/* A peer stands in the index under the gate that it is at, whose trust it is judged by. */
static struct hc_rc move_to(struct hc_conn *c, struct hc_service *svc, struct hc_err *e)
{
    struct hc_rc rc = HC_OK;

    set_service(c, svc);
    if (!c->peer)
        return HC_OK;
    hc_live_remove(svc->worker->live, &c->live);
    rc = hc_conn_enter(c, e);
    if (hc_failed(rc)) /* nothing could end it any more */
        hc_http_cut(&c->http, e);
    else
        hc_conn_look_up(c);
    return rc;
}

struct hc_rc hc_conn_send_to(struct hc_conn *c, struct hc_bytes host, struct hc_err *e)
{
    const struct hc_snapshot_gate *here = c->svc->gate;
    const struct hc_snapshot_gate *gate;
    struct hc_service *svc;
    struct hc_host name = {0};

    if (!here->shares)
        return HC_OK;
    HC_TRY(e, hc_host_canonical(host, HC_HOST_FIELD, &name, e));
    gate = hc_snapshot_at(c->svc->worker->snapshot, here, hc_bytes_of(name.at, name.n));
    if (gate && is_at(c, gate->name))
        return HC_OK;
    if (!gate)
        return HC_FAIL(e, HC_E_HTTP_MISDIRECTED, "no gate at this address answers to the request's host");
    if (hc_forward_is_relay(gate->forward.kind))
        return HC_FAIL(e, HC_E_HTTP_MISDIRECTED, "the request is for gate %s, which speaks no HTTP", gate->name);
    if (memcmp(gate->domain, here->domain, sizeof gate->domain) != 0)
        return HC_FAIL(e, HC_E_HTTP_MISDIRECTED,
                       "the request is for gate %s, and the connection was made for gate %s, which trusts differently",
                       gate->name, here->name);
    svc = service_of(c, gate->name);
    if (!svc)
        return HC_FAIL(e, HC_E_HTTP_MISDIRECTED, "the request is for gate %s, which takes no more", gate->name);
    return move_to(c, svc, e);
}

/* --- new rules ---------------------------------------------------------------------------------------------------- */

/* It goes on under the newest rules. What is on its way to the back end still needs the old ones. */
static void adopt(struct hc_conn *c, const struct hc_snapshot_gate *gate, const struct hc_decision *d,
                  struct hc_grant *grant)
{
    struct hc_service *newest = hc_worker_service(c->svc->worker, gate->name);

    if (!newest || newest->gate != gate || c->relay.up.phase != HC_DIAL_READY) {
        hc_grant_free(grant);
        return;
    }
    hc_grant_free(c->grant);
    c->grant = grant;
    c->rule = d->rule;
    c->identity = d->identity;
    set_service(c, newest);
}

static struct hc_rc relay_stands(struct hc_conn *c, const struct hc_snapshot_gate *gate, struct hc_err *e)
{
    struct hc_grant *grant = NULL;
    struct hc_decision d;

    hc_policy_decide(gate->policy, &c->view, NULL, &d);
    HC_TRY(e, hc_grant_from(&d, &grant, e));
    adopt(c, gate, &d, grant);
    return HC_OK;
}

/* The request in work, by what is known of it. */
static struct hc_rc request_stands(struct hc_conn *c, const struct hc_policy *policy, struct hc_err *e)
{
    HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
    struct hc_bytes target = c->path_at == SIZE_MAX ? HC_BYTES("/") : hc_bytes_skip(hc_buf_view(&c->path), c->path_at);
    struct hc_request_view request = {.method = hc_buf_view(&c->method)};
    HC_AUTO(hc_grant) grant = NULL;
    struct hc_decision d;

    HC_TRY(e, hc_path_normalise(target, hc_policy_allows_semicolon(policy), &path, &query, e));
    request.path = hc_buf_view(&path);
    hc_policy_decide(policy, &c->view, &request, &d);
    return hc_grant_from(&d, &grant, e);
}

static struct hc_rc http_stands(struct hc_conn *c, const struct hc_snapshot_gate *gate, struct hc_err *e)
{
    bool in_work = c->grant && hc_http_is_busy(&c->http);

    if (in_work && gate->clients == HC_CLIENTS_REQUIRED && !c->peer)
        return HC_FAIL(e, HC_E_NO_IDENTITY_FOR_RULE, "the gate requires a certificate since the connection was made");
    if (in_work)
        HC_TRY(e, request_stands(c, gate->policy, e));
    if (c->peer && !hc_policy_admits(gate->policy, &c->view))
        return HC_FAIL(e, HC_E_NO_RULE, "no rule of gate %s admits the peer any more", gate->name);
    return HC_OK;
}

struct hc_rc hc_conn_stands(struct hc_conn *c, struct hc_err *e)
{
    const struct hc_snapshot_gate *gate = hc_snapshot_gate(c->svc->worker->snapshot, c->svc->gate->name);

    if (!gate)
        return HC_FAIL(e, HC_E_NO_RULE, "gate %s is not there any more", c->svc->gate->name);
    if (c->phase == HC_CONN_RELAY)
        return relay_stands(c, gate, e);
    return http_stands(c, gate, e);
}

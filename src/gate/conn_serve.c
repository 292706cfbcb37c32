/* conn_serve.c - what comes after the handshake: who it is, HTTP or a relay, and the end. */
#include "gate/conn.h"
#include "gate/tell.h"
#include "gate/web.h"
#include "pki/verify.h"

/* --- the end ------------------------------------------------------------------------------------------------------ */

bool hc_conn_is_open(const struct hc_conn *c)
{
    if (c->phase == HC_CONN_HTTP)
        return !hc_http_is_over(&c->http);
    return c->phase == HC_CONN_RELAY && !c->relay.dead;
}

void hc_conn_end(struct hc_conn *c, const struct hc_err *why)
{
    if (!hc_conn_is_open(c))
        return;
    hc_tell_ended(c, why);
    c->right_ended = true;
    if (c->phase == HC_CONN_HTTP)
        hc_http_cut(&c->http, why);
    else
        hc_relay_abort(&c->relay, why->code, why->text);
}

static void right_ended(struct hc_live_peer *peer, const struct hc_err *why)
{
    hc_conn_end(HC_CONTAINER(peer, struct hc_conn, live), why);
}

/* The back end did something wrong, not the peer, who is told so. */
static void blame_back_end(struct hc_err *e)
{
    char id[HC_ID_TEXT];

    if (hc_row(e->code)->class != HC_CLASS_CERTIFICATE)
        return;
    hc_err_prefix(e, "the back end (%s)", hc_id_text(e->code, id));
    e->code = HC_E_UPSTREAM_TLS;
}

static void back_end_ended(struct hc_live_peer *peer, const struct hc_err *why)
{
    struct hc_conn *c = HC_CONTAINER(peer, struct hc_conn, up.live);
    struct hc_err e = *why;

    if (!hc_conn_is_open(c))
        return;
    blame_back_end(&e);
    if (c->phase == HC_CONN_HTTP) {
        hc_tell_back_end_ended(c->svc, &c->http.up.stream, why);
        hc_http_lose_back_end(&c->http, &e);
    } else {
        hc_tell_back_end_ended(c->svc, &c->relay.up.stream, why);
        hc_relay_abort(&c->relay, e.code, e.text);
    }
}

struct hc_rc hc_conn_reached(struct hc_conn *c, const struct hc_stream *stream, struct hc_err *e)
{
    struct hc_rc rc = hc_up_ready(&c->up, stream, e);

    if (hc_ok(rc))
        return rc;
    blame_back_end(e);
    return (struct hc_rc){e->code};
}

/* --- a relay ------------------------------------------------------------------------------------------------------ */

static struct hc_conn *conn_of(struct hc_relay *r)
{
    return HC_CONTAINER(r, struct hc_conn, relay);
}

static struct hc_rc relay_connected(struct hc_relay *r, struct hc_err *e)
{
    return hc_conn_reached(conn_of(r), &r->up.stream, e);
}

static void relay_ended(struct hc_relay *r)
{
    hc_tell_relayed(conn_of(r));
}

static void relay_over(struct hc_relay *r)
{
    hc_conn_over(conn_of(r));
}

static void release_stream(struct hc_conn *c)
{
    hc_loop_unwatch(c->svc->worker->loop, &c->watch);
    hc_loop_timer_off(c->svc->worker->loop, &c->timer);
    c->stream = HC_STREAM_NONE;
}

static void start_relay(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;
    struct hc_relay_spec spec = {
        .loop = w->loop,
        .limits = {w->engine->limits.http.connect_ms, w->engine->limits.relay_idle_ms},
        .owner = {.connected = relay_connected, .ended = relay_ended, .over = relay_over},
    };
    struct hc_service_wish wish = {.grant = c->grant, .fresh = true, .up = &c->up};
    struct hc_stream down = c->stream;
    struct hc_dial up;
    bool reused;
    struct hc_err e = {0};

    if (hc_failed(hc_service_open(c->svc, &wish, &up, &reused, &e))) {
        hc_tell_trouble(c->svc, &e);
        hc_stream_end(&c->stream);
        hc_conn_close(c);
        return;
    }
    release_stream(c);
    c->phase = HC_CONN_RELAY;
    if (hc_failed(hc_relay_start(&c->relay, &spec, down, up, &e)))
        hc_conn_over(c);
}

static void decide_connection(struct hc_conn *c)
{
    struct hc_decision d;
    struct hc_err e = {0};

    hc_policy_decide(c->svc->gate->policy, &c->view, NULL, &d);
    if (hc_ok(hc_grant_from(&d, &c->grant, &e))) {
        c->rule = d.rule;
        c->identity = d.identity;
        hc_tell_connection(c, &d);
        start_relay(c);
        return;
    }
    d.why = e.code;
    hc_tell_connection(c, &d);
    hc_tls_end(c->tls);
    hc_conn_linger(c);
}

/* --- HTTP --------------------------------------------------------------------------------------------------------- */

static void start_http(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;
    struct hc_stream down = c->stream;
    struct hc_err e = {0};

    hc_loop_unwatch(w->loop, &c->watch);
    hc_loop_timer_off(w->loop, &c->timer);
    if (hc_failed(hc_http_start(&c->http, w->loop, hc_web_ops(), &w->engine->limits.http, down, &e))) {
        hc_conn_close(c);
        return;
    }
    c->stream = HC_STREAM_NONE;
    c->phase = HC_CONN_HTTP;
    if (w->draining)
        hc_http_drain(&c->http);
}

/* --- who it is ---------------------------------------------------------------------------------------------------- */

static void see(struct hc_conn *c, const struct hc_checked_chain *chain)
{
    const struct hc_cert *leaf = hc_checked_chain_leaf(chain);
    size_t n = 0;

    for (size_t depth = 1; depth < hc_checked_chain_count(chain) && n < HC_COUNT(c->above); depth++)
        c->above[n++] = hc_bytes_of(hc_checked_chain_cert(chain, depth)->sha256, HC_SHA256_SIZE);
    c->view = (struct hc_peer_view){
        .names = leaf->names, .n = leaf->n_names, .verified = true, .above = c->above, .n_above = n};
    hc_conn_look_up(c);
}

/* The gate of a handshake may be gone by the time it is done. */
static struct hc_rc check_gate(const struct hc_conn *c, struct hc_err *e)
{
    if (hc_snapshot_gate(c->svc->worker->snapshot, c->svc->gate->name))
        return HC_OK;
    return HC_FAIL(e, HC_E_DRAINED, "gate %s is not there any more", c->svc->gate->name);
}

static struct hc_rc admit(struct hc_conn *c, struct hc_err *e)
{
    HC_TRY(e, check_gate(c, e));
    if (!c->peer)
        return HC_OK;
    HC_TRY(e, hc_judge_proven(&c->judging, hc_verified_peer_chain(c->peer), e));
    see(c, hc_verified_peer_chain(c->peer));
    return hc_conn_enter(c, e);
}

void hc_conn_serve(struct hc_conn *c)
{
    struct hc_err e = {0};

    hc_settings_free(c->first);
    c->first = NULL;
    c->peer = hc_tls_peer(c->tls);
    hc_sock_quick_ack(
        c->stream.fd); /* what follows may be long in coming; nothing else would carry the acknowledgement */
    c->live.end = right_ended;
    c->up.live.end = back_end_ended;
    hc_conn_renew(c);
    if (hc_failed(admit(c, &e))) {
        hc_tell_handshake(c, &e);
        hc_conn_close(c);
        return;
    }
    hc_tell_handshake(c, NULL);
    if (hc_forward_is_relay(c->svc->gate->forward.kind))
        decide_connection(c);
    else
        start_http(c);
}

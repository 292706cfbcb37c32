/* web.c - requests: judge, then answer, serve or forward. */
#include "gate/web.h"

#include "base/clock.h"
#include "base/escape.h"
#include "gate/conn.h"
#include "gate/tell.h"
#include "http/static.h"
#include "pki/verify.h"
#include "policy/path.h"
#include "proto/http_date.h"

#define CERT_FIELD_MAX 100000 /* base64 of the largest certificate, HC_CERT_MAX */

static struct hc_conn *conn_of(struct hc_http *h)
{
    return HC_CONTAINER(h, struct hc_conn, http);
}

/* --- refusals ----------------------------------------------------------------------------------------------------- */

/* Rows without a status of their own: what is wrong with this machine is not the client's fault. */
static unsigned status_of(const struct hc_row *row)
{
    if (row->status)
        return (unsigned)row->status;
    return row->class == HC_CLASS_ENVIRONMENT ? 500 : 400;
}

/* The stranger gets the status and an id; why, only the operator's log says. */
static void refuse(struct hc_http *h, const struct hc_err *e, struct hc_http_plan *plan)
{
    struct hc_conn *c = conn_of(h);
    struct hc_err random = {0};
    char date[HC_HTTP_DATE_TEXT];

    hc_up_over(&c->up); /* if there was a back end, it is not heard any more */
    plan->kind = HC_HTTP_ANSWER;
    plan->why = e->code;
    plan->status = status_of(hc_row(e->code));
    c->ref.text[0] = 0;
    hc_ignore(hc_ref_new(&c->ref, &random)); /* without random bytes the answer has no id; it is refused all the same */
    hc_buf_clear(&plan->fields);
    hc_h1_emit_field(&plan->fields, HC_BYTES("Date"), hc_bytes_str(hc_http_date_text(hc_time_now(), date)));
    hc_h1_emit_field(&plan->fields, HC_BYTES("Content-Type"), HC_BYTES("text/plain; charset=utf-8"));
    hc_h1_emit_field(&plan->fields, HC_BYTES("Cache-Control"), HC_BYTES("no-store"));
    hc_buf_addf(&plan->body, "%u %s\nid: %s\n", plan->status, hc_h1_reason(plan->status), c->ref.text);
}

/* --- what the back end is told ------------------------------------------------------------------------------------ */

/* Only what a client may say about itself passes. */
static bool passes(const struct hc_h1_head *head, struct hc_bytes name)
{
    static const char *const ours[] = {"Host", "Content-Length", "Expect"};

    for (size_t i = 0; i < HC_COUNT(ours); i++)
        if (hc_bytes_eq_nocase(name, hc_bytes_str(ours[i])))
            return false;
    return !hc_h1_name_is_hop_by_hop(name) && !hc_h1_name_is_identity(name) && !hc_h1_name_is_override(name) &&
           !hc_h1_name_is_forwarded(name) && !hc_h1_connection_nominates(head, name);
}

/* Never a request without who it is from. */
static void emit_proof(struct hc_buf *out, struct hc_bytes name, const struct hc_buf *value)
{
    hc_buf_fail(out, value->failed);
    hc_h1_emit_field(out, name, hc_buf_view(value));
}

static void emit_peer(struct hc_conn *c, struct hc_buf *out)
{
    HC_BUF_AUTO(value, CERT_FIELD_MAX);
    const struct hc_cert *leaf;

    if (c->identity) {
        hc_name_text(c->identity, &value);
        emit_proof(out, HC_BYTES("Handclasp-Identity"), &value);
    }
    if (!c->peer)
        return;
    leaf = hc_checked_chain_leaf(hc_verified_peer_chain(c->peer));
    hc_buf_clear(&value);
    hc_buf_add_byte(&value, ':');
    hc_escape_base64(&value, leaf->der);
    hc_buf_add_byte(&value, ':');
    emit_proof(out, HC_BYTES("Client-Cert"), &value);
}

static void emit_request(struct hc_conn *c, const struct hc_h1_head *head, struct hc_bytes target, struct hc_buf *out)
{
    char addr[HC_ADDR_TEXT];

    hc_h1_emit_request(out, head->method, target);
    hc_h1_emit_field(out, HC_BYTES("Host"), head->host.n ? head->host : HC_BYTES("localhost"));
    for (size_t i = 0; i < head->n_fields; i++)
        if (passes(head, head->fields[i].name))
            hc_h1_emit_field(out, head->fields[i].name, head->fields[i].value);
    hc_h1_emit_field(out, HC_BYTES("X-Forwarded-For"), hc_bytes_str(hc_addr_text(&c->peer_addr, false, addr)));
    hc_h1_emit_field(out, HC_BYTES("X-Forwarded-Proto"), HC_BYTES("https"));
    if (head->host.n)
        hc_h1_emit_field(out, HC_BYTES("X-Forwarded-Host"), head->host);
    emit_peer(c, out);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

/* What cannot be read next on this connection must not be told as if it were the request before it. */
static void forget(struct hc_conn *c)
{
    hc_buf_clear(&c->method);
    hc_buf_clear(&c->path);
    c->rule = NULL;
    c->identity = NULL;
    c->ref.text[0] = 0;
    c->path_at = 0;
    hc_grant_free(c->grant);
    c->grant = NULL;
    hc_up_over(&c->up);
}

/* A path is the target's end, but where an absolute target has none. */
static size_t path_offset(const struct hc_h1_head *head)
{
    return hc_bytes_ends(head->target, head->path) ? head->target.n - head->path.n : SIZE_MAX;
}

static void remember(struct hc_conn *c, const struct hc_h1_head *head)
{
    forget(c);
    hc_buf_add(&c->method, hc_bytes_head(head->method, c->method.max));
    hc_buf_add(&c->path, hc_bytes_head(head->target, c->path.max));
    c->path_at = path_offset(head);
    c->n_requests++;
}

static struct hc_rc check_kind(const struct hc_h1_head *head, struct hc_err *e)
{
    if (head->form == HC_H1_TARGET_AUTHORITY || hc_bytes_eq_str(head->method, "TRACE"))
        return HC_FAIL(e, HC_E_HTTP_METHOD, "CONNECT and TRACE are not served");
    if (head->form == HC_H1_TARGET_ASTERISK)
        return HC_FAIL(e, HC_E_HTTP_PATH, "a request for the whole server has no path that a rule could judge");
    if (head->has_upgrade)
        return HC_FAIL(e, HC_E_HTTP_UPGRADE, "the request asks for an upgrade");
    return HC_OK;
}

/* The gate may ask for a certificate since this connection was made without one. */
static struct hc_rc check_presence(const struct hc_conn *c, struct hc_err *e)
{
    if (c->svc->gate->clients == HC_CLIENTS_REQUIRED && !c->peer)
        return HC_FAIL(e, HC_E_NO_IDENTITY_FOR_RULE, "the gate requires a certificate since the connection was made");
    return HC_OK;
}

static struct hc_rc decide(struct hc_conn *c, const struct hc_h1_head *head, struct hc_bytes path, struct hc_err *e)
{
    struct hc_request_view request = {.method = head->method, .path = path, .host = head->host};
    struct hc_decision d;
    struct hc_rc rc;

    hc_policy_decide(c->svc->gate->policy, &c->view, &request, &d);
    c->rule = d.rule;
    c->identity = d.identity;
    rc = hc_grant_from(&d, &c->grant, e);
    hc_cell_add(c->svc->cell, hc_ok(rc) ? HC_COUNT_ALLOWED : HC_COUNT_REFUSED, 1);
    return rc;
}

static struct hc_rc serve(struct hc_conn *c, const struct hc_h1_head *head, struct hc_bytes path,
                          struct hc_http_plan *plan, struct hc_err *e)
{
    struct hc_static_request request = {.method = head->method, .path = path, .head = head, .now = hc_time_now()};

    return hc_static_plan(c->svc->gate->serve, &request, plan, e);
}

static struct hc_rc handle(struct hc_conn *c, const struct hc_h1_head *head, struct hc_http_plan *plan,
                           struct hc_err *e)
{
    HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);

    HC_TRY(e, check_presence(c, e));
    HC_TRY(e, check_kind(head, e));
    HC_TRY(e, hc_path_normalise(head->path, hc_policy_allows_semicolon(c->svc->gate->policy), &path, &query, e));
    HC_TRY(e, decide(c, head, hc_buf_view(&path), e));
    if (c->svc->gate->forward.kind == HC_FORWARD_NONE)
        return serve(c, head, hc_buf_view(&path), plan, e);
    path.max += query.n;
    hc_buf_add(&path, hc_buf_view(&query));
    HC_TRY(e, hc_buf_check(&path, e));
    plan->kind = HC_HTTP_FORWARD;
    emit_request(c, head, hc_buf_view(&path), &plan->fields);
    return HC_OK;
}

static void request(struct hc_http *h, const struct hc_h1_head *head, struct hc_http_plan *plan)
{
    struct hc_conn *c = conn_of(h);
    struct hc_err e = {0};

    remember(c, head);
    hc_conn_renew(c);
    if (hc_ok(hc_conn_send_to(c, head->host, &e)) && hc_ok(handle(c, head, plan, &e)))
        return;
    if (!hc_http_is_over(h))
        refuse(h, &e, plan);
}

static struct hc_rc open_back_end(struct hc_http *h, bool fresh, struct hc_dial *out, bool *reused, struct hc_err *e)
{
    struct hc_conn *c = conn_of(h);
    struct hc_service_wish wish = {.grant = c->grant, .fresh = fresh, .up = &c->up};

    hc_up_over(&c->up); /* of the stream before this one, which died unheard */
    return hc_service_open(c->svc, &wish, out, reused, e);
}

static struct hc_rc connected(struct hc_http *h, struct hc_err *e)
{
    return hc_conn_reached(conn_of(h), &h->up.stream, e);
}

static void release(struct hc_http *h, struct hc_stream stream)
{
    struct hc_conn *c = conn_of(h);

    hc_service_release(c->svc, &c->up, stream);
}

static void finished(struct hc_http *h, const struct hc_http_done *done)
{
    struct hc_conn *c = conn_of(h);

    hc_tell_request(c, done);
    forget(c);
}

static void closed(struct hc_http *h)
{
    hc_conn_over(conn_of(h));
}

const struct hc_http_ops *hc_web_ops(void)
{
    static const struct hc_http_ops ops = {
        .request = request,
        .refuse = refuse,
        .open = open_back_end,
        .connected = connected,
        .release = release,
        .finished = finished,
        .closed = closed,
    };

    return &ops;
}

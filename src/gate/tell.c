/* tell.c - fills events from connections. */
#include "gate/tell.h"

#include "base/clock.h"
#include "gate/flight.h"
#include "gate/record.h"
#include "pki/dn.h"
#include "pki/verify.h"

#define TEXT_MAX 4096

/* The texts that an event borrows while it is written. */
struct texts {
    char peer[HC_ADDR_TEXT];
    struct hc_buf identity;
    struct hc_buf issuer;
};

static void texts_fini(struct texts *t)
{
    hc_buf_fini(&t->identity);
    hc_buf_fini(&t->issuer);
}

static const char *text_or_null(struct hc_buf *b)
{
    return b->n > 0 ? hc_buf_cstr(b) : NULL;
}

static void describe(struct hc_event *ev, struct texts *t, const struct hc_cert *leaf, const struct hc_name *identity)
{
    if (!leaf)
        return;
    if (!identity && leaf->n_names > 0)
        identity = &leaf->names[0];
    if (identity)
        hc_name_text(identity, &t->identity);
    hc_dn_text(leaf->issuer, &t->issuer);
    ev->identity = text_or_null(&t->identity);
    ev->issuer = text_or_null(&t->issuer);
    ev->serial = leaf->serial.n > 1 && leaf->serial.p[0] == 0 ? hc_bytes_skip(leaf->serial, 1) : leaf->serial;
}

/* A certificate is public: whoever shows somebody's has not been that somebody here (T46). */
static void describe_presented(struct hc_event *ev, struct texts *t, const struct hc_cert *leaf)
{
    describe(ev, t, leaf, NULL);
    ev->presented = ev->identity;
    ev->identity = NULL;
}

static struct hc_event event_of(struct hc_conn *c, struct texts *t, const char *what)
{
    *t = (struct texts){.identity = HC_BUF(TEXT_MAX), .issuer = HC_BUF(TEXT_MAX)};
    return (struct hc_event){
        .what = what,
        .gate = c->svc->gate->name,
        .peer = hc_addr_text(&c->peer_addr, true, t->peer),
        .bytes_in = -1,
        .bytes_out = -1,
        .duration_us = -1,
    };
}

static const struct hc_cert *proven(const struct hc_conn *c)
{
    return c->peer ? hc_checked_chain_leaf(hc_verified_peer_chain(c->peer)) : NULL;
}

static void write_event(struct hc_conn *c, const struct hc_event *ev)
{
    if (ev->why != HC_OK_CODE)
        hc_cell_code(c->svc->cell, ev->why);
    hc_event_log(c->svc->worker->engine->log, ev, hc_time_now());
}

/* A refusal's id; without random bytes there is none, and the event says so by lacking it. */
static const char *new_ref(struct hc_conn *c)
{
    struct hc_err e = {0};

    c->ref.text[0] = 0;
    if (hc_failed(hc_ref_new(&c->ref, &e)))
        return NULL;
    return c->ref.text;
}

static enum hc_count handshake_count(const struct hc_conn *c, const struct hc_err *e)
{
    if (!e)
        return HC_COUNT_HANDSHAKES;
    if (hc_row(e->code)->class == HC_CLASS_CERTIFICATE || hc_tls_report(c->tls))
        return HC_COUNT_HANDSHAKES_REFUSED;
    return HC_COUNT_HANDSHAKES_FAILED;
}

static void count_remembered(const struct hc_conn *c)
{
    if (hc_tls_resumed(c->tls))
        hc_cell_add(c->svc->cell, HC_COUNT_RESUMED, 1);
    else if (c->judging.known)
        hc_cell_add(c->svc->cell, HC_COUNT_CHAINS_KNOWN, 1);
}

void hc_tell_handshake(struct hc_conn *c, const struct hc_err *e)
{
    struct hc_worker *w = c->svc->worker;
    struct texts t;
    struct hc_event ev;
    uint32_t left_out = 0;

    hc_cell_add(c->svc->cell, handshake_count(c, e), 1);
    if (!e)
        count_remembered(c);
    if (e && !hc_flood_tell(&w->flood, &c->peer_addr, e->code, hc_loop_now_ms(w->loop), &left_out)) {
        hc_cell_code(c->svc->cell, e->code);
        return;
    }
    ev = event_of(c, &t, "handshake");
    ev.left_out = left_out;

    if (e && !c->peer)
        describe_presented(&ev, &t, hc_tls_presented(c->tls));
    else
        describe(&ev, &t, proven(c), NULL);
    ev.tls = e ? NULL : hc_tls_version(c->tls);
    ev.resumed = !e && hc_tls_resumed(c->tls);
    ev.duration_us = (int64_t)(hc_mono_us() - c->began_us);
    if (e) {
        ev.why = e->code;
        ev.text = e->text;
        ev.ref = new_ref(c);
        hc_record_keep(c, &ev, HC_WHY_HANDSHAKE);
    } else {
        hc_flight_finished(w->flight, c);
    }
    write_event(c, &ev);
    texts_fini(&t);
}

void hc_tell_connection(struct hc_conn *c, const struct hc_decision *d)
{
    struct texts t;
    struct hc_event ev = event_of(c, &t, "connection");

    describe(&ev, &t, proven(c), d->identity);
    ev.why = d->why;
    ev.rule = d->rule;
    if (d->why != HC_OK_CODE) {
        ev.ref = new_ref(c);
        hc_record_keep(c, &ev, HC_WHY_CONNECTION);
    } else {
        hc_tls_forget(c->tls);
    }
    hc_cell_add(c->svc->cell, d->why == HC_OK_CODE ? HC_COUNT_ALLOWED : HC_COUNT_REFUSED, 1);
    write_event(c, &ev);
    texts_fini(&t);
}

void hc_tell_relayed(struct hc_conn *c)
{
    struct texts t;
    struct hc_event ev = event_of(c, &t, "closed");
    const struct hc_relay *r = &c->relay;

    describe(&ev, &t, proven(c), c->identity);
    ev.why = r->trouble.code;
    ev.decision = c->right_ended ? "ended" : "allowed";
    ev.text = r->trouble.code != HC_OK_CODE ? r->trouble.text : NULL;
    ev.rule = c->rule;
    ev.bytes_in = (int64_t)r->out.bytes;
    ev.bytes_out = (int64_t)r->in.bytes;
    ev.duration_us = (int64_t)(hc_mono_us() - c->began_us);
    hc_cell_add(c->svc->cell, HC_COUNT_BYTES_IN, r->out.bytes);
    hc_cell_add(c->svc->cell, HC_COUNT_BYTES_OUT, r->in.bytes);
    write_event(c, &ev);
    texts_fini(&t);
}

static void count_ended(struct hc_service *svc, enum hc_code why)
{
    static const enum hc_count counts[HC_ENDED_KINDS] = {
        [HC_ENDED_REVOKED] = HC_COUNT_ENDED_REVOKED,
        [HC_ENDED_EXPIRED] = HC_COUNT_ENDED_EXPIRED,
        [HC_ENDED_TRUST] = HC_COUNT_ENDED_TRUST,
        [HC_ENDED_RULES] = HC_COUNT_ENDED_RULES,
        [HC_ENDED_DISCONNECTED] = HC_COUNT_ENDED_DISCONNECTED,
    };
    enum hc_ended kind = hc_ended_kind(why);

    atomic_fetch_add(&svc->worker->engine->ended[kind], 1);
    hc_cell_add(svc->cell, counts[kind], 1);
}

void hc_tell_ended(struct hc_conn *c, const struct hc_err *why)
{
    struct texts t;
    struct hc_event ev = event_of(c, &t, "connection");

    count_ended(c->svc, why->code);
    describe(&ev, &t, proven(c), c->identity);
    ev.decision = "ended";
    ev.why = why->code;
    ev.text = why->text;
    ev.rule = c->rule;
    ev.duration_us = (int64_t)(hc_mono_us() - c->began_us);
    hc_event_log(c->svc->worker->engine->log, &ev, hc_time_now());
    texts_fini(&t);
}

void hc_tell_back_end_ended(struct hc_service *svc, const struct hc_stream *stream, const struct hc_err *why)
{
    struct texts t = {.identity = HC_BUF(TEXT_MAX), .issuer = HC_BUF(TEXT_MAX)};
    const struct hc_verified_peer *peer = stream->tls ? hc_tls_peer(stream->tls) : NULL;
    struct hc_event ev = {
        .what = "connection",
        .gate = svc->gate->name,
        .peer = hc_addr_text(&svc->gate->upstream, true, t.peer),
        .decision = "ended",
        .why = why->code,
        .text = why->text,
        .bytes_in = -1,
        .bytes_out = -1,
        .duration_us = -1,
    };

    count_ended(svc, why->code);
    if (peer)
        describe(&ev, &t, hc_checked_chain_leaf(hc_verified_peer_chain(peer)), NULL);
    hc_event_log(svc->worker->engine->log, &ev, hc_time_now());
    texts_fini(&t);
}

void hc_tell_request(struct hc_conn *c, const struct hc_http_done *done)
{
    struct texts t;
    struct hc_event ev = event_of(c, &t, "request");

    describe(&ev, &t, proven(c), c->identity);
    ev.why = done->why;
    ev.text = done->text;
    ev.rule = c->rule;
    ev.ref = c->ref.text[0] ? c->ref.text : NULL;
    ev.method = hc_buf_view(&c->method);
    ev.path = hc_buf_view(&c->path);
    ev.status = (int)done->status;
    ev.bytes_in = (int64_t)done->bytes_in;
    ev.bytes_out = (int64_t)done->bytes;
    ev.duration_us = (int64_t)done->duration_us;
    if (ev.ref)
        hc_record_keep(c, &ev, HC_WHY_REQUEST);
    else
        hc_tls_forget(c->tls); /* that was good: nobody asks about its handshake any more */
    hc_cell_add(c->svc->cell, HC_COUNT_REQUESTS, 1);
    hc_cell_add(c->svc->cell, HC_COUNT_BYTES_IN, done->bytes_in);
    hc_cell_add(c->svc->cell, HC_COUNT_BYTES_OUT, done->bytes);
    hc_cell_status(c->svc->cell, done->status);
    write_event(c, &ev);
    texts_fini(&t);
}

void hc_tell_trouble(struct hc_service *svc, const struct hc_err *e)
{
    hc_event_alarm(svc->worker->engine->log, e->code, svc->gate->name, e->text, hc_time_now());
}

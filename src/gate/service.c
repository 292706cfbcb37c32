/* service.c - TLS settings of a gate, and a pool of idle streams. */
#include "gate/service.h"

#include <stdlib.h>

#include "gate/tell.h"

struct hc_idle {
    struct hc_idle *next;
    struct hc_idle **prev;
    struct hc_service *svc;
    struct hc_stream stream;
    struct hc_up up;
    struct hc_watch watch;
    struct hc_timer timer;
    struct hc_task death;
};

/* --- the service -------------------------------------------------------------------------------------------------- */

static enum hc_tls_ask ask_of(enum hc_clients clients)
{
    switch (clients) {
    case HC_CLIENTS_NONE:
        return HC_TLS_ASK_NOBODY;
    case HC_CLIENTS_OPTIONAL:
        return HC_TLS_ASK_OPTIONAL;
    case HC_CLIENTS_REQUIRED:
        break;
    }
    return HC_TLS_ASK_REQUIRED;
}

static struct hc_rc make_back_end(struct hc_service *svc, const struct hc_tls_spec *spec, struct hc_err *e)
{
    const struct hc_forward *f = &svc->gate->forward;
    struct hc_tls_spec client = *spec;
    struct hc_tls_context *tls;

    if (!hc_forward_is_tls(f->kind))
        return HC_OK;
    HC_TRY(e, hc_name_guess(hc_bytes_str(f->host), HC_NAME_PLAIN, &svc->up_name, e));
    client.alpn = spec->alpn ? "http/1.1" : NULL;
    client.sessions = NULL;
    HC_TRY(e, hc_tls_client_new(&client, &tls, e));
    return hc_settings_take(tls, &svc->up_settings, e);
}

static struct hc_rc make_contexts(struct hc_service *svc, struct hc_err *e)
{
    const struct hc_snapshot_gate *g = svc->gate;
    struct hc_tls_context *tls;
    struct hc_tls_spec spec = {
        .crypto = svc->snapshot->crypto,
        .identity = {g->own->chain.cert, g->own->chain.n, g->own->key},
        .ask = ask_of(g->clients),
        .bundle = svc->snapshot->trusts[g->trust].bundle,
        .alpn = hc_forward_is_relay(g->forward.kind) ? NULL : "http/1.1 http/1.0",
        .sessions = svc->worker->engine->sessions,
    };

    memcpy(spec.domain, g->domain, sizeof spec.domain);
    HC_TRY(e, hc_tls_server_new(&spec, &tls, e));
    HC_TRY(e, hc_settings_take(tls, &svc->settings, e));
    return make_back_end(svc, &spec, e);
}

struct hc_rc hc_service_new(struct hc_worker *w, struct hc_snapshot *s, const struct hc_snapshot_gate *g,
                            struct hc_service **out, struct hc_err *e)
{
    HC_AUTO(hc_service) svc = calloc(1, sizeof *svc);

    if (!svc)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a service");
    svc->refs = 1;
    svc->worker = w;
    svc->snapshot = hc_snapshot_keep(s);
    svc->gate = g;
    HC_TRY(e, make_contexts(svc, e));
    HC_TRY(e, hc_metrics_cell(w->engine->metrics, w->index, g->name, &svc->cell, e));
    *out = HC_GIVE(svc);
    return HC_OK;
}

struct hc_service *hc_service_ref(struct hc_service *svc)
{
    svc->refs++;
    return svc;
}

void hc_service_free(struct hc_service *svc)
{
    if (!svc || --svc->refs > 0)
        return;
    hc_settings_free(svc->settings);
    hc_settings_free(svc->up_settings);
    hc_name_free(svc->up_name);
    hc_snapshot_let_go(svc->snapshot);
    free(svc);
}

/* --- idle streams ------------------------------------------------------------------------------------------------- */

static void idle_unlink(struct hc_idle *i)
{
    struct hc_loop *loop = i->svc->worker->loop;

    hc_up_over(&i->up);
    hc_loop_unwatch(loop, &i->watch);
    hc_loop_timer_off(loop, &i->timer);
    *i->prev = i->next;
    if (i->next)
        i->next->prev = i->prev;
    i->svc->n_idle--;
}

static void idle_died(struct hc_task *t)
{
    struct hc_idle *i = HC_CONTAINER(t, struct hc_idle, death);

    hc_service_free(i->svc);
    free(i);
}

/* Its memory stays until the end of the loop's round: an event for it may already be on the way. */
static void idle_die(struct hc_idle *i)
{
    i->death.run = idle_died;
    hc_loop_defer(i->svc->worker->loop, &i->death);
}

static void idle_drop(struct hc_idle *i)
{
    idle_unlink(i);
    hc_stream_close(&i->stream, false);
    idle_die(i);
}

/* The back end closed it, or spoke unasked: either way it is of no more use. */
static void idle_ready(struct hc_watch *w, unsigned what)
{
    (void)what;
    idle_drop(HC_CONTAINER(w, struct hc_idle, watch));
}

static void idle_expired(struct hc_timer *t)
{
    idle_drop(HC_CONTAINER(t, struct hc_idle, timer));
}

/* The back end has lost its right. */
static void idle_ended(struct hc_live_peer *peer, const struct hc_err *why)
{
    struct hc_idle *i = HC_CONTAINER(peer, struct hc_idle, up.live);

    hc_tell_back_end_ended(i->svc, &i->stream, why);
    idle_drop(i);
}

static struct hc_rc idle_arm(struct hc_idle *i, struct hc_err *e)
{
    struct hc_loop *loop = i->svc->worker->loop;

    HC_TRY(e, hc_loop_watch(loop, &i->watch, HC_READ, e));
    return hc_loop_timer(loop, &i->timer, hc_loop_now_ms(loop) + HC_IDLE_MS, e);
}

static struct hc_idle *idle_new(struct hc_service *svc, struct hc_stream stream)
{
    struct hc_idle *i = calloc(1, sizeof *i);

    if (!i)
        return NULL;
    i->svc = hc_service_ref(svc);
    i->stream = stream;
    i->up.live.end = idle_ended;
    i->watch = (struct hc_watch){.fd = stream.fd, .ready = idle_ready};
    i->timer.fire = idle_expired;
    i->next = svc->idle;
    i->prev = &svc->idle;
    if (i->next)
        i->next->prev = &i->next;
    svc->idle = i;
    svc->n_idle++;
    return i;
}

void hc_service_release(struct hc_service *svc, struct hc_up *up, struct hc_stream stream)
{
    struct hc_err e = {0};
    bool keep = !svc->closed && svc->n_idle < HC_IDLE_STREAMS && hc_stream_is_quiet(&stream);
    struct hc_idle *i = keep ? idle_new(svc, stream) : NULL;

    if (!i) {
        hc_up_over(up);
        hc_stream_end(&stream);
        hc_stream_close(&stream, false);
        return;
    }
    if (hc_failed(hc_up_hand_over(up, &i->up, &stream, &e)) || hc_failed(idle_arm(i, &e)))
        idle_drop(i);
}

void hc_service_close(struct hc_service *svc)
{
    svc->closed = true;
    while (svc->idle)
        idle_drop(svc->idle);
}

/* What came in since it was released, the loop may not have told yet: it would be taken for the answer to another
 * peer's request. */
static struct hc_idle *idle_take(struct hc_service *svc)
{
    while (svc->idle && !hc_stream_is_quiet(&svc->idle->stream))
        idle_drop(svc->idle);
    return svc->idle;
}

/* --- the way to a back end ---------------------------------------------------------------------------------------- */

static struct hc_rc open_idle(struct hc_idle *i, struct hc_up *up, struct hc_dial *out, struct hc_err *e)
{
    struct hc_rc rc = hc_up_hand_over(&i->up, up, &i->stream, e);

    if (hc_failed(rc)) {
        idle_drop(i);
        return rc;
    }
    idle_unlink(i);
    hc_dial_adopt(out, i->stream);
    i->stream = HC_STREAM_NONE;
    idle_die(i);
    return HC_OK;
}

static struct hc_rc open_new(struct hc_service *svc, struct hc_up *up, struct hc_dial *out, struct hc_err *e)
{
    struct hc_settings *settings = svc->up_settings;
    struct hc_dial_target target = {
        .addr = svc->gate->upstream,
        .tls = settings ? settings->tls : NULL,
        .server_name = svc->up_name && svc->up_name->type == HC_NAME_DNS ? svc->gate->forward.host : NULL,
    };

    up->judging = (struct hc_judging){
        .worker = svc->worker,
        .gate = svc->gate->name,
        .purpose = HC_VERIFY_SERVER,
        .name = svc->up_name,
    };
    target.judge = hc_judge_of(&up->judging);
    HC_TRY(e, hc_dial_start(out, &target, e));
    up->settings = hc_settings_ref(settings);
    return HC_OK;
}

struct hc_rc hc_service_open(struct hc_service *svc, const struct hc_service_wish *wish, struct hc_dial *out,
                             bool *reused, struct hc_err *e)
{
    struct hc_idle *i;

    if (!wish->grant)
        return HC_FAIL(e, HC_E_INTERNAL, "a back end was asked for without a grant");
    i = wish->fresh ? NULL : idle_take(svc);
    *reused = i != NULL;
    return i ? open_idle(i, wish->up, out, e) : open_new(svc, wish->up, out, e);
}

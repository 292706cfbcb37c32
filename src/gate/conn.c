/* conn.c - accept, handshake, refusal. */
#include "gate/conn.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/tell.h"

#define DRAIN_BYTES 65536                     /* what a refused peer may still send */
#define PATH_MAX_BYTES (HC_H1_TARGET_MAX + 1) /* a target that fills it was cut */
#define METHOD_MAX_BYTES (HC_H1_METHOD_MAX + 1)

static void begin_shaking(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;

    c->shaking_prev = w->shaking_last;
    if (w->shaking_last)
        w->shaking_last->shaking_next = c;
    else
        w->shaking = c;
    w->shaking_last = c;
}

/* Refused already: the first to give way. */
static void begin_lingering(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;

    c->shaking_next = w->shaking;
    if (w->shaking)
        w->shaking->shaking_prev = c;
    else
        w->shaking_last = c;
    w->shaking = c;
}

/* Harmless for one that is not in the list. */
static void end_shaking(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;

    if (w->shaking != c && !c->shaking_prev)
        return;
    if (c->shaking_prev)
        c->shaking_prev->shaking_next = c->shaking_next;
    else
        w->shaking = c->shaking_next;
    if (c->shaking_next)
        c->shaking_next->shaking_prev = c->shaking_prev;
    else
        w->shaking_last = c->shaking_prev;
    c->shaking_next = NULL;
    c->shaking_prev = NULL;
}

static void unlink_conn(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;

    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    w->n_conns--;
    if (w->draining && w->n_conns == 0)
        hc_loop_stop(w->loop);
}

/* One that never said which gate it wants counts as one of the first. */
static void count_end(struct hc_conn *c)
{
    if (!c->counted)
        hc_cell_add(c->svc->cell, HC_COUNT_CONNECTIONS, 1);
    hc_cell_add(c->counted ? c->counted : c->svc->cell, HC_COUNT_CONNECTIONS_ENDED, 1);
}

static void free_conn(struct hc_conn *c)
{
    count_end(c);
    unlink_conn(c);
    hc_settings_free(c->first);
    hc_settings_free(c->settings);
    hc_grant_free(c->grant);
    hc_buf_fini(&c->method);
    hc_buf_fini(&c->path);
    hc_service_free(c->svc);
    free(c);
}

static void died(struct hc_task *t)
{
    free_conn(HC_CONTAINER(t, struct hc_conn, death));
}

void hc_conn_over(struct hc_conn *c)
{
    hc_live_remove(c->svc->worker->live, &c->live);
    hc_up_over(&c->up);
    c->phase = HC_CONN_DEAD;
    c->death.run = died;
    hc_loop_defer(c->svc->worker->loop, &c->death);
}

/* While the stream is still ours: before HTTP or a relay took it. */
void hc_conn_close(struct hc_conn *c)
{
    if (c->phase == HC_CONN_DEAD)
        return;
    end_shaking(c);
    hc_loop_unwatch(c->svc->worker->loop, &c->watch);
    hc_loop_timer_off(c->svc->worker->loop, &c->timer);
    hc_stream_close(&c->stream, false);
    c->tls = NULL;
    c->peer = NULL;
    hc_conn_over(c);
}

/* --- after a refusal ---------------------------------------------------------------------------------------------- */

/* An RST, which unread bytes cause, would overtake the alert: so end our half, and read for a moment what nobody looks
 * at. */
void hc_conn_linger(struct hc_conn *c)
{
    struct hc_worker *w = c->svc->worker;
    struct hc_err e = {0};

    end_shaking(c);
    begin_lingering(c);
    c->phase = HC_CONN_ALERTED;
    (void)shutdown(c->stream.fd, SHUT_WR);
    if (hc_failed(hc_loop_watch(w->loop, &c->watch, HC_READ, &e)) ||
        hc_failed(hc_loop_timer(w->loop, &c->timer, hc_loop_now_ms(w->loop) + w->engine->limits.alert_ms, &e)))
        hc_conn_close(c);
}

static void step_alerted(struct hc_conn *c)
{
    uint8_t sink[4096];

    for (;;) {
        ssize_t n = recv(c->stream.fd, sink, sizeof sink, 0);

        if (n < 0)
            return;
        c->drained += (size_t)n;
        if (n == 0 || c->drained > DRAIN_BYTES) {
            hc_conn_close(c);
            return;
        }
    }
}

/* --- the handshake ------------------------------------------------------------------------------------------------ */

static void step_shaking(struct hc_conn *c)
{
    struct hc_err e = {0};
    enum hc_io io = hc_tls_handshake(c->tls, &e);
    unsigned wants = io == HC_IO_AGAIN_WRITE ? HC_WRITE : HC_READ;

    if (io == HC_IO_OK) {
        end_shaking(c);
        hc_conn_serve(c);
    } else if (io == HC_IO_BROKEN || io == HC_IO_END) {
        hc_tell_handshake(c, &e);
        hc_conn_linger(c);
    } else if (hc_failed(hc_loop_watch(c->svc->worker->loop, &c->watch, wants, &e))) {
        hc_conn_close(c);
    }
}

static void ready(struct hc_watch *w, unsigned what)
{
    struct hc_conn *c = HC_CONTAINER(w, struct hc_conn, watch);

    (void)what;
    if (c->phase == HC_CONN_SHAKING)
        step_shaking(c);
    else if (c->phase == HC_CONN_ALERTED)
        step_alerted(c);
}

static void late(struct hc_timer *t)
{
    struct hc_conn *c = HC_CONTAINER(t, struct hc_conn, timer);
    struct hc_err e = {0};

    if (c->phase == HC_CONN_SHAKING) {
        hc_ignore(HC_FAIL(&e, HC_E_TIMEOUT_HANDSHAKE, "the handshake was not done after %llu ms",
                          (unsigned long long)c->svc->worker->engine->limits.handshake_ms));
        hc_tell_handshake(c, &e);
    }
    hc_conn_close(c);
}

/* --- the beginning ------------------------------------------------------------------------------------------------ */

static struct hc_conn *new_conn(struct hc_service *svc, int fd, const struct hc_addr *peer)
{
    struct hc_conn *c = calloc(1, sizeof *c);
    struct hc_worker *w = svc->worker;

    if (!c)
        return NULL;
    c->svc = hc_service_ref(svc);
    c->stream = (struct hc_stream){.fd = fd};
    c->watch = (struct hc_watch){.fd = fd, .ready = ready};
    c->timer.fire = late;
    c->first = hc_settings_ref(svc->settings); /* the service may be another before the client has said a word */
    c->peer_addr = *peer;
    c->began_us = hc_mono_us();
    c->method = HC_BUF(METHOD_MAX_BYTES);
    c->path = HC_BUF(PATH_MAX_BYTES);
    c->judging = (struct hc_judging){.worker = w, .gate = svc->gate->name, .purpose = HC_VERIFY_CLIENT};
    c->next = w->conns;
    c->prev = &w->conns;
    if (c->next)
        c->next->prev = &c->next;
    w->conns = c;
    w->n_conns++;
    begin_shaking(c);
    if (!svc->gate->shares) {
        hc_cell_add(svc->cell, HC_COUNT_CONNECTIONS, 1);
        c->counted = svc->cell;
    }
    return c;
}

void hc_conn_start(struct hc_service *svc, int fd, const struct hc_addr *peer)
{
    struct hc_worker *w = svc->worker;
    struct hc_err e = {0};
    struct hc_conn *c = new_conn(svc, fd, peer);
    struct hc_tls_hello hello = {.choose = hc_conn_choose, .ctx = c, .first = svc->settings->tls};

    if (!c) {
        hc_fd_close(&fd);
        return;
    }
    if (hc_failed(hc_tls_accept(&hello, fd, &c->tls, &e)) ||
        hc_failed(hc_loop_timer(w->loop, &c->timer, hc_loop_now_ms(w->loop) + w->engine->limits.handshake_ms, &e))) {
        hc_tls_free(c->tls);
        hc_tell_trouble(svc, &e);
        hc_conn_close(c);
        return;
    }
    c->stream.tls = c->tls;
    if (hc_failed(
            hc_loop_watch(w->loop, &c->watch, HC_READ, &e))) /* OpenSSL's buffers are for those who say something */
        hc_conn_close(c);
}

bool hc_conn_evict(struct hc_worker *w)
{
    struct hc_conn *c = w->shaking;
    struct hc_err e = {0};

    if (!c)
        return false;
    if (c->phase == HC_CONN_SHAKING) { /* the end of one that was refused has been told */
        hc_ignore(HC_FAIL(&e, HC_E_LIMIT_CONNECTIONS,
                          "the gate is full, and this handshake was the oldest that is not done"));
        hc_tell_handshake(c, &e);
    }
    hc_conn_close(c);
    return true;
}

void hc_conn_drain(struct hc_conn *c)
{
    if (c->phase == HC_CONN_HTTP)
        hc_http_drain(&c->http);
}

void hc_conn_abort(struct hc_conn *c)
{
    switch (c->phase) {
    case HC_CONN_HTTP:
        hc_http_abort(&c->http);
        break;
    case HC_CONN_RELAY:
        hc_relay_abort(&c->relay, HC_E_DRAINED, "the gate is stopping");
        break;
    case HC_CONN_SHAKING:
    case HC_CONN_ALERTED:
        hc_conn_close(c);
        break;
    case HC_CONN_DEAD:
        break;
    }
}

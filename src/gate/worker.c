/*
 * worker.c - takes over snapshots, accepts, drains.
 *
 * Taking over: services of the new snapshot are made first; only when all of them exist do the listeners move to them.
 * Old services live on until their last connection ends.
 */
#include "gate/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/conn.h"
#include "gate/tell.h"
#include "net/sock.h"
#include "observe/event.h"

#define ACCEPTS_PER_EVENT 64 /* before connections get their turn */
#define PAUSE_MS 100         /* without descriptors to accept with, until the next try */

/* --- accepting ---------------------------------------------------------------------------------------------------- */

static void refuse_full(struct hc_worker *w, struct hc_service *svc, int fd)
{
    struct hc_err e = {0};

    hc_fd_close(&fd);
    if (!w->full) {
        hc_ignore(HC_FAIL(&e, HC_E_LIMIT_CONNECTIONS, "worker %u has %zu connections and refuses more", w->index,
                          w->n_conns));
        hc_tell_trouble(svc, &e);
    }
    w->full = true;
}

/* An epoll that reports a connection which cannot be accepted would spin. Old connections come first. */
static void pause_accepting(struct hc_listener *l, const struct hc_err *why)
{
    struct hc_worker *w = l->worker;
    struct hc_err e = {0};

    if (!w->full)
        hc_tell_trouble(l->service, why);
    w->full = true;
    if (hc_ok(hc_loop_timer(w->loop, &l->pause, hc_loop_now_ms(w->loop) + PAUSE_MS, &e)))
        hc_loop_unwatch(w->loop, &l->watch);
}

static void resume(struct hc_timer *t)
{
    struct hc_listener *l = HC_CONTAINER(t, struct hc_listener, pause);
    struct hc_err e = {0};

    if (hc_failed(hc_loop_watch(l->worker->loop, &l->watch, HC_READ, &e)))
        pause_accepting(l, &e);
}

static void accept_some(struct hc_watch *watch, unsigned what)
{
    struct hc_listener *l = HC_CONTAINER(watch, struct hc_listener, watch);
    struct hc_worker *w = l->worker;

    (void)what;
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        struct hc_addr peer;
        struct hc_err e = {0};
        int fd = -1;

        if (hc_failed(hc_sock_accept(watch->fd, &fd, &peer, &e))) {
            pause_accepting(l, &e);
            return;
        }
        if (fd < 0)
            return;
        /* Friends finish their handshake in milliseconds: a gate full of strangers makes room at their expense. */
        if (w->n_conns >= w->engine->limits.connections && !hc_conn_evict(w)) {
            refuse_full(w, l->service, fd);
            continue;
        }
        w->full = w->full && w->n_conns >= w->engine->limits.connections;
        hc_conn_start(l->service, fd, &peer);
    }
}

/* --- taking over a snapshot --------------------------------------------------------------------------------------- */

static void listeners_free(struct hc_listeners *listeners)
{
    for (size_t i = 0; listeners && i < listeners->n; i++)
        hc_service_free(listeners->at[i].service);
    free(listeners);
}

static void listeners_died(struct hc_task *t)
{
    listeners_free(HC_CONTAINER(t, struct hc_listeners, death));
}

/* Their memory stays until the end of the loop's round: an event for one of them may already be on the way. */
static void drop_listeners(struct hc_worker *w)
{
    struct hc_listeners *listeners = w->listeners;

    if (!listeners)
        return;
    w->listeners = NULL;
    for (size_t i = 0; i < listeners->n; i++) {
        hc_loop_unwatch(w->loop, &listeners->at[i].watch);
        hc_loop_timer_off(w->loop, &listeners->at[i].pause);
        hc_service_close(listeners->at[i].service);
    }
    listeners->death.run = listeners_died;
    hc_loop_defer(w->loop, &listeners->death);
}

static struct hc_rc fill_listeners(struct hc_worker *w, struct hc_snapshot *s, struct hc_listeners *listeners,
                                   struct hc_err *e)
{
    for (size_t i = 0; i < s->n_gates; i++) {
        struct hc_listener *l = &listeners->at[i];

        l->worker = w;
        l->watch = (struct hc_watch){.fd = hc_port_fd(s->gates[i].port, w->index), .ready = accept_some};
        l->pause.fire = resume;
        HC_TRY(e, hc_service_new(w, s, &s->gates[i], &l->service, e));
        listeners->n++;
    }
    return HC_OK;
}

static struct hc_rc make_listeners(struct hc_worker *w, struct hc_snapshot *s, struct hc_listeners **out,
                                   struct hc_err *e)
{
    struct hc_listeners *listeners = calloc(1, sizeof *listeners + s->n_gates * sizeof listeners->at[0]);
    struct hc_rc rc;

    if (!listeners)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for listeners");
    rc = fill_listeners(w, s, listeners, e);
    if (hc_ok(rc))
        *out = listeners;
    else
        listeners_free(listeners);
    return rc;
}

static void watch_listeners(struct hc_worker *w)
{
    struct hc_err e = {0};

    for (size_t i = 0; i < w->listeners->n; i++)
        if (hc_failed(hc_loop_watch(w->loop, &w->listeners->at[i].watch, HC_READ, &e)))
            pause_accepting(&w->listeners->at[i], &e);
}

/* On failure the worker goes on with what it has, and says so. Takes the reference. */
static void take_over(struct hc_worker *w, struct hc_snapshot *s)
{
    struct hc_listeners *listeners = NULL;
    struct hc_err e = {0};

    if (hc_failed(make_listeners(w, s, &listeners, &e))) {
        hc_event_alarm(w->engine->log, e.code, "worker", e.text, hc_time_now());
        hc_snapshot_free(s);
        return;
    }
    drop_listeners(w); /* unwatched before the same sockets are watched again */
    w->listeners = listeners;
    hc_snapshot_free(w->snapshot);
    w->snapshot = s;
    watch_listeners(w);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void drain_over(struct hc_timer *t)
{
    struct hc_worker *w = HC_CONTAINER(t, struct hc_worker, drain_timer);

    for (struct hc_conn *c = w->conns; c; c = c->next)
        hc_conn_abort(c);
}

static void drain(struct hc_worker *w)
{
    struct hc_err e = {0};

    w->draining = true;
    for (size_t i = 0; w->listeners && i < w->listeners->n; i++)
        (void)shutdown(w->listeners->at[i].watch.fd,
                       SHUT_RD); /* nobody shall wait in a queue that is not served any more */
    drop_listeners(w);
    for (struct hc_conn *c = w->conns; c; c = c->next)
        hc_conn_drain(c);
    if (w->n_conns == 0)
        hc_loop_stop(w->loop);
    else if (hc_failed(
                 hc_loop_timer(w->loop, &w->drain_timer, hc_loop_now_ms(w->loop) + w->engine->limits.drain_ms, &e)))
        drain_over(&w->drain_timer);
}

static void woken(void *ctx)
{
    struct hc_worker *w = ctx;
    struct hc_snapshot *s = hc_engine_take(w->engine);

    if (s && s != w->snapshot && !w->draining)
        take_over(w, s);
    else
        hc_snapshot_free(s);
    if (atomic_load(&w->engine->draining) && !w->draining)
        drain(w);
}

static void *run(void *ctx)
{
    struct hc_worker *w = ctx;
    sigset_t all;

    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    hc_loop_wake(w->loop); /* the first look, from inside the loop: only there can it be told to stop already */
    hc_loop_run(w->loop);
    hc_snapshot_free(w->snapshot);
    w->snapshot = NULL;
    atomic_fetch_sub(&w->engine->running, 1);
    return NULL;
}

struct hc_rc hc_worker_start(struct hc_engine *engine, unsigned index, struct hc_worker **out, struct hc_err *e)
{
    HC_AUTO(hc_worker) w = calloc(1, sizeof *w);

    if (!w)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a worker");
    w->engine = engine;
    w->index = index;
    w->drain_timer.fire = drain_over;
    HC_TRY(e, hc_loop_new(woken, w, &w->loop, e));
    atomic_fetch_add(&engine->running, 1);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        atomic_fetch_sub(&engine->running, 1);
        return HC_FAIL(e, HC_E_SYSTEM, "cannot start a thread");
    }
    w->started = true;
    *out = HC_GIVE(w);
    return HC_OK;
}

struct hc_service *hc_worker_service(const struct hc_worker *w, const char *gate)
{
    for (size_t i = 0; w->listeners && i < w->listeners->n; i++)
        if (strcmp(w->listeners->at[i].service->gate->name, gate) == 0)
            return w->listeners->at[i].service;
    return NULL;
}

void hc_worker_wake(struct hc_worker *w)
{
    hc_loop_wake(w->loop);
}

void hc_worker_free(struct hc_worker *w)
{
    if (!w)
        return;
    if (w->started)
        pthread_join(w->thread, NULL);
    hc_loop_free(w->loop);
    free(w);
}

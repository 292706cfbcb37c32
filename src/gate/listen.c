/*
 * listen.c - accepting.
 *
 * Services of a new snapshot are made first; only when all of them exist do the listeners move to them. Old services
 * live on until their last connection ends.
 */
#include "gate/listen.h"

#include <stdlib.h>

#include "base/file.h"
#include "gate/conn.h"
#include "gate/tell.h"
#include "net/sock.h"

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
        hc_tell_trouble(l->first, why);
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
            refuse_full(w, l->first, fd);
            continue;
        }
        w->full = w->full && w->n_conns >= w->engine->limits.connections;
        hc_conn_start(l->first, fd, &peer);
    }
}

/* --- listeners ---------------------------------------------------------------------------------------------------- */

static void listeners_free(struct hc_listeners *listeners)
{
    for (size_t i = 0; i < listeners->n_services; i++)
        hc_service_free(listeners->service[i]);
    free(listeners->service);
    hc_snapshot_free(listeners->snapshot);
    free(listeners);
}

static void listeners_died(struct hc_task *t)
{
    listeners_free(HC_CONTAINER(t, struct hc_listeners, death));
}

/* One for each address: gates that share it are told apart by the server name. */
static void add_listener(struct hc_worker *w, struct hc_listeners *listeners, struct hc_service *svc)
{
    int fd = hc_port_fd(svc->gate->port, w->index);

    for (size_t i = 0; i < listeners->n; i++)
        if (listeners->at[i].watch.fd == fd)
            return;
    listeners->at[listeners->n++] = (struct hc_listener){
        .watch = {.fd = fd, .ready = accept_some},
        .pause.fire = resume,
        .worker = w,
        .first = svc,
    };
}

static struct hc_rc fill(struct hc_worker *w, struct hc_listeners *listeners, struct hc_err *e)
{
    struct hc_snapshot *s = listeners->snapshot;

    listeners->service = calloc(s->n_gates, sizeof(struct hc_service *));
    if (!listeners->service)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for services");
    for (size_t i = 0; i < s->n_gates; i++) {
        HC_TRY(e, hc_service_new(w, s, &s->gates[i], &listeners->service[i], e));
        listeners->n_services++;
        add_listener(w, listeners, listeners->service[i]);
    }
    return HC_OK;
}

struct hc_rc hc_listen_new(struct hc_worker *w, struct hc_snapshot *s, struct hc_listeners **out, struct hc_err *e)
{
    struct hc_listeners *listeners = calloc(1, sizeof *listeners + s->n_gates * sizeof listeners->at[0]);
    struct hc_rc rc;

    if (!listeners)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for listeners");
    listeners->snapshot = hc_snapshot_ref(s);
    rc = fill(w, listeners, e);
    if (hc_ok(rc))
        *out = listeners;
    else
        listeners_free(listeners);
    return rc;
}

/* Their memory stays until the end of the loop's round: an event for one of them may already be on the way. */
void hc_listen_end(struct hc_worker *w)
{
    struct hc_listeners *listeners = w->listeners;

    if (!listeners)
        return;
    w->listeners = NULL;
    for (size_t i = 0; i < listeners->n; i++) {
        hc_loop_unwatch(w->loop, &listeners->at[i].watch);
        hc_loop_timer_off(w->loop, &listeners->at[i].pause);
    }
    for (size_t i = 0; i < listeners->n_services; i++)
        hc_service_close(listeners->service[i]);
    listeners->death.run = listeners_died;
    hc_loop_defer(w->loop, &listeners->death);
}

void hc_listen_begin(struct hc_worker *w, struct hc_listeners *listeners)
{
    struct hc_err e = {0};

    hc_listen_end(w); /* unwatched before the same sockets are watched again */
    w->listeners = listeners;
    for (size_t i = 0; i < listeners->n; i++)
        if (hc_failed(hc_loop_watch(w->loop, &listeners->at[i].watch, HC_READ, &e)))
            pause_accepting(&listeners->at[i], &e);
}

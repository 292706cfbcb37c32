/* worker.c - takes over snapshots, carries out orders, drains. */
#include "gate/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "gate/conn.h"
#include "gate/flight.h"
#include "gate/listen.h"
#include "gate/order.h"
#include "gate/rejudge.h"
#include "gate/roll.h"
#include "observe/event.h"

/* --- taking over a snapshot --------------------------------------------------------------------------------------- */

/* What cannot be made of it is told, and the old listeners stay until the next look; but whom it does not trust is out
 * all the same. Takes the reference. */
static void take_over(struct hc_worker *w, struct hc_snapshot *s)
{
    struct hc_listeners *listeners = NULL;
    struct hc_snapshot *before = w->snapshot;
    struct hc_err e = {0};

    if (!w->draining && hc_failed(hc_listen_new(w, s, &listeners, &e)))
        hc_event_alarm(w->engine->log, e.code, "worker", e.text, hc_time_now());
    w->snapshot = s;
    if (listeners)
        hc_listen_begin(w, listeners);
    hc_rejudge_all(w);
    hc_snapshot_free(before); /* what the rules were told about peers was of its bundle */
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
    hc_listen_end(w);
    for (struct hc_conn *c = w->conns; c; c = c->next)
        hc_conn_drain(c);
    if (w->n_conns == 0)
        hc_loop_stop(w->loop);
    else if (hc_failed(
                 hc_loop_timer(w->loop, &w->drain_timer, hc_loop_now_ms(w->loop) + w->engine->limits.drain_ms, &e)))
        drain_over(&w->drain_timer);
}

/* --- orders ------------------------------------------------------------------------------------------------------- */

bool hc_worker_order(struct hc_worker *w, struct hc_order *order)
{
    struct hc_order **last = &w->orders;
    bool taken;

    pthread_mutex_lock(&w->orders_lock);
    taken = !w->ended;
    if (taken) {
        while (*last)
            last = &(*last)->next[w->index];
        *last = hc_order_ref(order);
        order->next[w->index] = NULL;
    }
    pthread_mutex_unlock(&w->orders_lock);
    if (taken)
        hc_loop_wake(w->loop);
    return taken;
}

/* `last`: there will be no other time. */
static struct hc_order *take_orders(struct hc_worker *w, bool last)
{
    struct hc_order *orders;

    pthread_mutex_lock(&w->orders_lock);
    orders = w->orders;
    w->orders = NULL;
    w->ended = last;
    pthread_mutex_unlock(&w->orders_lock);
    return orders;
}

static void carry_out(struct hc_worker *w, struct hc_order *order)
{
    while (order) {
        struct hc_order *next = order->next[w->index]; /* the answer may free it */

        hc_roll_call(w, order);
        hc_order_answer(order);
        order = next;
    }
}

/* Memory was short: the listeners, and with them the rules, are those of an older snapshot. */
static bool is_behind(const struct hc_worker *w, const struct hc_snapshot *newest)
{
    return newest != w->snapshot || (!w->draining && !(w->listeners && w->listeners->snapshot == newest));
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static void woken(void *ctx)
{
    struct hc_worker *w = ctx;
    struct hc_order *orders =
        take_orders(w, false); /* first: an order speaks of the snapshot that was given before it */
    struct hc_snapshot *s = hc_engine_take(w->engine);

    if (s && is_behind(w, s))
        take_over(w, s);
    else
        hc_snapshot_free(s);
    hc_rejudge_due(w);
    carry_out(w, orders);
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
    carry_out(w, take_orders(w, true));
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
    pthread_mutex_init(&w->orders_lock, NULL); /* a plain mutex: cannot fail on Linux */
    HC_TRY(e, hc_loop_new(woken, w, &w->loop, e));
    HC_TRY(e, hc_flight_new(&w->flight, e));
    HC_TRY(e, hc_rejudge_start(w, e));
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
    for (size_t i = 0; w->listeners && i < w->listeners->n_services; i++)
        if (strcmp(w->listeners->service[i]->gate->name, gate) == 0)
            return w->listeners->service[i];
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
    hc_rejudge_stop(w);
    hc_flight_free(w->flight);
    hc_loop_free(w->loop);
    pthread_mutex_destroy(&w->orders_lock);
    free(w);
}

/*
 * worker.h - one thread: its loop, its listeners, its services and its connections; nothing of it is shared.
 */
#ifndef HC_GATE_WORKER_H
#define HC_GATE_WORKER_H

#include <pthread.h>

#include "base/auto.h"
#include "gate/engine.h"
#include "gate/flood.h"
#include "net/loop.h"

struct hc_conn;
struct hc_flight;
struct hc_live;
struct hc_order;
struct hc_service;

struct hc_listener {
    struct hc_watch watch;
    struct hc_timer pause; /* while there are no descriptors to accept with */
    struct hc_worker *worker;
    struct hc_service *first; /* a service at this address; borrowed; the server name chooses among all of them */
};

/* The services of a snapshot, one a gate in its order, and the listeners, one an address. */
struct hc_listeners {
    struct hc_task death;
    struct hc_snapshot *snapshot; /* whose ports these are; one reference */
    size_t n_services;
    struct hc_service **service; /* one reference each */
    size_t n;
    struct hc_listener at[];
};

struct hc_worker {
    struct hc_engine *engine; /* borrowed */
    unsigned index;
    struct hc_loop *loop;
    pthread_t thread;
    bool started;
    struct hc_snapshot *snapshot;   /* the newest taken over; one reference */
    struct hc_listeners *listeners; /* of that snapshot; NULL before the first and when draining */
    struct hc_live *live;           /* who is connected by which chain */
    struct hc_watch ends;           /* a timerfd on CLOCK_REALTIME: the next chain ends, or the clock was set */
    int64_t ends_at;                /* the last second of the chain that it is armed for */
    bool clock_set;                 /* ... and who is connected was not judged since */
    struct hc_conn *conns;          /* all of them, a list */
    size_t n_conns;
    struct hc_conn *shaking; /* those refused, then those whose handshake is not done, the oldest first */
    struct hc_conn *shaking_last;
    bool draining;
    bool full; /* told once that the limit is reached */
    struct hc_timer drain_timer;
    struct hc_flood flood;    /* of refused handshakes */
    struct hc_flight *flight; /* owned; the last handshakes */
    pthread_mutex_t orders_lock;
    struct hc_order *orders; /* a queue, the oldest first; under the lock */
    bool ended;              /* the loop has ended and takes no orders; under the lock */
};

/* A worker with its own loop; its thread runs until the engine drains. Fails with HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_worker_start(struct hc_engine *engine, unsigned index, struct hc_worker **out, struct hc_err *e);

/* "Look at the engine again": a new snapshot, or the end. Any thread. */
void hc_worker_wake(struct hc_worker *w);

/* Gives the worker an order to carry out (order.h), of which it keeps a reference of its own (the caller's stays the
 * caller's), and wakes it. Any thread. False when its loop has ended: it will not answer. */
bool hc_worker_order(struct hc_worker *w, struct hc_order *order);

/* The service of the gate of that name in the newest snapshot; NULL when there is none any more. Borrowed; the worker's
 * thread only. */
struct hc_service *hc_worker_service(const struct hc_worker *w, const char *gate);

/* Waits for the thread and frees the worker. NULL-safe. Blocks. */
void hc_worker_free(struct hc_worker *w);
HC_DEFINE_AUTO(hc_worker)

#endif

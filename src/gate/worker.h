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
struct hc_service;

struct hc_listener {
    struct hc_watch watch;
    struct hc_timer pause; /* while there are no descriptors to accept with */
    struct hc_worker *worker;
    struct hc_service *service; /* one reference */
};

/* One a gate of a snapshot. */
struct hc_listeners {
    struct hc_task death;
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
    struct hc_conn *conns;          /* all of them, a list */
    size_t n_conns;
    struct hc_conn *shaking; /* those refused, then those whose handshake is not done, the oldest first */
    struct hc_conn *shaking_last;
    bool draining;
    bool full; /* told once that the limit is reached */
    struct hc_timer drain_timer;
    struct hc_flood flood; /* of refused handshakes */
};

/* A worker with its own loop; its thread runs until the engine drains. Fails with HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_worker_start(struct hc_engine *engine, unsigned index, struct hc_worker **out, struct hc_err *e);

/* "Look at the engine again": a new snapshot, or the end. Any thread. */
void hc_worker_wake(struct hc_worker *w);

/* The service of the gate of that name in the newest snapshot; NULL when there is none any more. Borrowed; the worker's
 * thread only. */
struct hc_service *hc_worker_service(const struct hc_worker *w, const char *gate);

/* Waits for the thread and frees the worker. NULL-safe. Blocks. */
void hc_worker_free(struct hc_worker *w);
HC_DEFINE_AUTO(hc_worker)

#endif

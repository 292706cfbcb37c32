/*
 * engine.h - what all workers of a gate process share, and how long they wait for whom.
 *
 * Only `current` changes after the start: the main thread replaces it under the lock and wakes the workers, each of
 * which takes it over at the top of its loop. Nothing here is touched on the way of a byte.
 */
#ifndef HC_GATE_ENGINE_H
#define HC_GATE_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "crypto/lib.h"
#include "gate/snapshot.h"
#include "http/exchange.h"
#include "observe/metrics.h"

/* All in milliseconds, but the last. */
struct hc_gate_limits {
    uint64_t handshake_ms; /* a whole handshake */
    struct hc_http_limits http;
    uint64_t relay_idle_ms; /* a relayed connection on which nothing moves */
    uint64_t alert_ms;      /* how long a refused peer is read from, so that the alert reaches it */
    uint64_t drain_ms;      /* at the end: how long connections may go on */
    size_t connections;     /* per worker */
};

/* 10 s handshake, 10 s head, 60 s idle, 5 s connect, 60 s back end, 12 h relay, 1 s alert, 30 s drain; connections from
 * the limit on open files. */
struct hc_gate_limits hc_gate_limits_default(unsigned workers);

struct hc_engine {
    struct hc_crypto *crypto;
    const struct hc_log *log;
    struct hc_metrics *metrics;
    struct hc_gate_limits limits;
    pthread_mutex_t lock;        /* of current */
    struct hc_snapshot *current; /* owned */
    atomic_bool draining;
    atomic_uint running; /* workers whose loop runs */
};

/* Borrows all three until hc_engine_fini; `limits` is the caller's to fill. Fails with HC_E_SYSTEM. */
struct hc_rc hc_engine_init(struct hc_engine *engine, struct hc_crypto *crypto, const struct hc_log *log,
                            struct hc_metrics *metrics, struct hc_err *e);
void hc_engine_fini(struct hc_engine *engine);

/* Replaces the snapshot that workers take over; takes the caller's reference. Any thread. */
void hc_engine_give(struct hc_engine *engine, struct hc_snapshot *s);
/* The newest snapshot, with a reference for the caller; NULL before the first. Any thread. */
struct hc_snapshot *hc_engine_take(struct hc_engine *engine);

#endif

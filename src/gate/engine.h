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
#include "gate/chains.h"
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

/* Connections that were ended because their peer lost its right, by why. */
enum hc_ended {
    HC_ENDED_REVOKED,      /* it or an issuer above it was revoked */
    HC_ENDED_EXPIRED,      /* it or an issuer above it has ended */
    HC_ENDED_TRUST,        /* its anchor is gone, or may no longer assert its names; or the profile changed */
    HC_ENDED_RULES,        /* no rule admits it any more, or its gate is gone */
    HC_ENDED_DISCONNECTED, /* the operator said so */
    HC_ENDED_KINDS,
};

struct hc_ring;

struct hc_engine {
    struct hc_crypto *crypto;
    const struct hc_log *log;
    struct hc_metrics *metrics;
    struct hc_gate_limits limits;
    struct hc_tls_sessions *sessions; /* owned */
    struct hc_chains *chains;         /* owned */
    struct hc_ring *ring;             /* records of refusals; borrowed; NULL: none are kept */
    _Atomic(int64_t) floor;           /* seconds; no judgement is as of an earlier time (T45) */
    atomic_uint_fast64_t ended[HC_ENDED_KINDS];
    pthread_mutex_t lock;        /* of current */
    struct hc_snapshot *current; /* owned */
    atomic_bool draining;
    atomic_uint running; /* workers whose loop runs */
};

/* Which kind an end with this code is. */
enum hc_ended hc_ended_kind(enum hc_code why);

/* The time to judge by: the clock's, but never below the floor. Seconds. Any thread. */
int64_t hc_engine_now(const struct hc_engine *engine);
/* Raises the floor; a lower one changes nothing. Any thread. */
void hc_engine_raise_floor(struct hc_engine *engine, int64_t seconds);

/* Makes the store of sessions and the cache of chains. Borrows all three until hc_engine_fini; `limits` is the caller's
 * to fill. Fails with HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_engine_init(struct hc_engine *engine, struct hc_crypto *crypto, const struct hc_log *log,
                            struct hc_metrics *metrics, struct hc_err *e);
void hc_engine_fini(struct hc_engine *engine);

/* Fills in what is remembered of peers: sessions and chains. Any thread. */
void hc_engine_gauges(struct hc_engine *engine, struct hc_gauges *out);

/* Replaces the snapshot that workers take over; takes the caller's reference. Any thread. */
void hc_engine_give(struct hc_engine *engine, struct hc_snapshot *s);
/* The newest snapshot, with a reference for the caller; NULL before the first. Any thread. */
struct hc_snapshot *hc_engine_take(struct hc_engine *engine);

#endif

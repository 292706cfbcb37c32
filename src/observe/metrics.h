/*
 * metrics.h - numbers for Prometheus, counted without a lock: each worker counts in cells of its own, a scrape adds
 * them up.
 */
#ifndef HC_OBSERVE_METRICS_H
#define HC_OBSERVE_METRICS_H

#include <stdatomic.h>

#include "base/auto.h"
#include "base/buf.h"

enum hc_count {
    HC_COUNT_CONNECTIONS, /* accepted */
    HC_COUNT_CONNECTIONS_ENDED,
    HC_COUNT_HANDSHAKES,         /* finished, with or without a certificate */
    HC_COUNT_HANDSHAKES_REFUSED, /* a presented chain, or the lack of one, was refused */
    HC_COUNT_HANDSHAKES_FAILED,  /* everything else: not TLS, left, timed out */
    HC_COUNT_ALLOWED,            /* decisions */
    HC_COUNT_REFUSED,
    HC_COUNT_REQUESTS,
    HC_COUNT_BYTES_IN, /* from peers, plain */
    HC_COUNT_BYTES_OUT,
    HC_COUNT_RESUMED,       /* finished handshakes that resumed a session */
    HC_COUNT_CHAINS_KNOWN,  /* finished handshakes whose chain had been checked before */
    HC_COUNT_ENDED_REVOKED, /* connections whose peer lost its right while they were open, by why */
    HC_COUNT_ENDED_EXPIRED,
    HC_COUNT_ENDED_TRUST,
    HC_COUNT_ENDED_RULES,
    HC_COUNT_ENDED_DISCONNECTED,
    HC_COUNTS
};

#define HC_METRICS_STATUS 6 /* by hundreds; [0] is "none was sent" */

/* One gate in one worker. Written by that worker only, read by any thread. */
struct hc_cell;

struct hc_metrics;

/* Fails with HC_E_NOMEM. */
struct hc_rc hc_metrics_new(struct hc_metrics **out, struct hc_err *e);
void hc_metrics_free(struct hc_metrics *m);
HC_DEFINE_AUTO(hc_metrics)

/* The cell of (worker, gate), made at its first use and kept until hc_metrics_free, so that counters never go back.
 * `gate` is copied. Takes a lock; call it when a configuration is taken over, not per connection. At most
 * HC_METRICS_CELLS (a thousand gates on 64 workers). Fails with HC_E_NOMEM, HC_E_TOO_BIG (also for a name
 * beyond a thousand bytes). Any thread. */
#define HC_METRICS_CELLS 65536
struct hc_rc hc_metrics_cell(struct hc_metrics *m, unsigned worker, const char *gate, struct hc_cell **out,
                             struct hc_err *e);

/* These count, by the cell's worker only; they neither lock nor fail. */
void hc_cell_add(struct hc_cell *cell, enum hc_count what, uint64_t n);
void hc_cell_status(struct hc_cell *cell, unsigned status);
/* A refusal or failure by its row; HC_OK_CODE counts nothing. */
void hc_cell_code(struct hc_cell *cell, enum hc_code code);

/* Values that are not counted but known. */
struct hc_gauges {
    int64_t start_time;            /* seconds */
    uint64_t alarms;               /* raised since the start */
    uint64_t reloads;              /* configurations taken over */
    int64_t certificate_not_after; /* the gate's own that ends first; 0: none */
    int64_t crl_next_update;       /* the CRL that goes stale first; 0: none */
    bool ready;
    uint64_t sessions_friends, sessions_strangers; /* that may be resumed: of peers with a certificate, and without */
    uint64_t sessions_refused, sessions_evicted;   /* since the start: not resumed, and crowded out */
    uint64_t chains;                               /* checked chains that are remembered */
};

/*
 * Appends the text exposition format 0.0.4 (Content-Type: text/plain; version=0.0.4; charset=utf-8): names handclasp_*,
 * base units, _total, HELP and TYPE once each.
 * Check `out` afterwards (HC_E_NOMEM, HC_E_TOO_BIG). About 2 kB a gate. Any thread; holds the lock of hc_metrics_cell
 * meanwhile.
 */
void hc_metrics_emit(struct hc_metrics *m, const struct hc_gauges *gauges, struct hc_buf *out);

/* All gates and workers together; for tests and the control socket. */
uint64_t hc_metrics_sum(struct hc_metrics *m, enum hc_count what);

#endif

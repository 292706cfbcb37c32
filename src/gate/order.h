/*
 * order.h - what the main thread asks of every worker at once, and their answers together.
 *
 * An order is given to the engine, which wakes the workers. Each takes over the newest snapshot first, ends what must
 * end by it, then carries the order out and answers; so even an order that asks for nothing says, once all have
 * answered, that everybody runs on the newest snapshot. The last answer wakes the main loop. Nobody waits for anybody.
 */
#ifndef HC_GATE_ORDER_H
#define HC_GATE_ORDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "net/loop.h"
#include "policy/pattern.h"

enum hc_order_kind {
    HC_ORDER_APPLY,      /* nothing more than the newest snapshot */
    HC_ORDER_LIST,       /* who is connected: a line for each */
    HC_ORDER_HANDSHAKES, /* the last handshakes: a line for each (flight.h) */
    HC_ORDER_REFUSED,    /* ... of them, those that were not finished */
    HC_ORDER_DISCONNECT, /* end those who are meant, whatever the rules say */
};

#define HC_ORDER_LINES (4 * 1024 * 1024) /* of a listing; what does not fit is counted in `left_out` */

struct hc_order {
    enum hc_order_kind kind;
    struct hc_pattern *who; /* NULL: everybody; owned */
    struct hc_loop *asker;  /* is woken by the last answer; borrowed until then */
    atomic_uint refs;
    atomic_uint waiting;        /* workers that have not answered */
    pthread_mutex_t lock;       /* of what follows */
    struct hc_buf lines;        /* listings: JSON objects, one a line */
    size_t listed, left_out;    /* listings */
    size_t ended;               /* DISCONNECT: connections */
    struct hc_order *next[256]; /* private: a place in the queue of each worker (HC_WORKERS_MAX) */
};

/* `who` is taken. One owner. Fails with HC_E_NOMEM, HC_E_SYSTEM; `who` is freed then. */
struct hc_rc hc_order_new(enum hc_order_kind kind, struct hc_pattern *who, struct hc_loop *asker, struct hc_order **out,
                          struct hc_err *e);
struct hc_order *hc_order_ref(struct hc_order *o);
void hc_order_free(struct hc_order *o); /* NULL-safe; any thread */
HC_DEFINE_AUTO(hc_order)

/* Have all workers answered? Then the order is the asker's alone. Any thread. */
bool hc_order_done(const struct hc_order *o);

/* Is it one that asks for lines? */
bool hc_order_lists(enum hc_order_kind kind);

/* Adds a line to a listing; one that failed, or for which there is no room, is counted as left out. Any thread. */
void hc_order_put(struct hc_order *o, const struct hc_buf *line);

/* A worker's answer; it gives up its reference. Any thread. */
void hc_order_answer(struct hc_order *o);

#endif

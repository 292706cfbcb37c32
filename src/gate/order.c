/* order.c - an order to every worker, and when the last of them has answered. */
#include "gate/order.h"

#include <stdlib.h>

struct hc_rc hc_order_new(enum hc_order_kind kind, struct hc_pattern *who, struct hc_loop *asker, struct hc_order **out,
                          struct hc_err *e)
{
    struct hc_order *o = calloc(1, sizeof *o);

    if (!o) {
        hc_pattern_free(who);
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for an order to the workers");
    }
    if (pthread_mutex_init(&o->lock, NULL) != 0) {
        hc_pattern_free(who);
        free(o);
        return HC_FAIL(e, HC_E_SYSTEM, "cannot make a lock");
    }
    o->kind = kind;
    o->who = who;
    o->asker = asker;
    o->lines = HC_BUF(HC_ORDER_LINES);
    atomic_init(&o->refs, 1);
    atomic_init(&o->waiting, 0);
    *out = o;
    return HC_OK;
}

struct hc_order *hc_order_ref(struct hc_order *o)
{
    (void)atomic_fetch_add(&o->refs, 1);
    return o;
}

void hc_order_free(struct hc_order *o)
{
    if (!o || atomic_fetch_sub(&o->refs, 1) != 1)
        return;
    pthread_mutex_destroy(&o->lock);
    hc_pattern_free(o->who);
    hc_buf_fini(&o->lines);
    free(o);
}

bool hc_order_lists(enum hc_order_kind kind)
{
    return kind == HC_ORDER_LIST || kind == HC_ORDER_HANDSHAKES || kind == HC_ORDER_REFUSED;
}

void hc_order_put(struct hc_order *o, const struct hc_buf *line)
{
    pthread_mutex_lock(&o->lock);
    if (line->failed == HC_OK_CODE && o->lines.failed == HC_OK_CODE && line->n <= o->lines.max - o->lines.n) {
        hc_buf_add(&o->lines, hc_buf_view(line));
        o->listed++;
    } else {
        o->left_out++;
    }
    pthread_mutex_unlock(&o->lock);
}

bool hc_order_done(const struct hc_order *o)
{
    return atomic_load(&o->waiting) == 0;
}

void hc_order_answer(struct hc_order *o)
{
    struct hc_loop *asker = o->asker; /* once nobody is waited for, the order is the asker's alone */

    if (atomic_fetch_sub(&o->waiting, 1) == 1)
        hc_loop_wake(asker);
    hc_order_free(o);
}

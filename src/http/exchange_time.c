/*
 * exchange_time.c - how long a connection waits for whom, and what becomes of it then.
 *
 * One timer serves for every wait: the deadline follows from the state alone, and the timer is asked about it when it
 * fires.
 */
#include "http/exchange_internal.h"

#define LINGER_MS 1000 /* how long a refused client may go on sending so that it can read the answer */

/* Nobody else can move anything: the client has all there is for it, and the back end owes an answer or takes no
 * more. */
static bool waits_for_back_end(const struct hc_http *h)
{
    return h->plan.kind == HC_HTTP_FORWARD && h->out_sent == h->out.n &&
           (h->request_done || h->up.phase != HC_DIAL_READY || h->up_sent < h->up_out.n);
}

static uint64_t deadline(const struct hc_http *h)
{
    const struct hc_http_limits *l = h->limits;

    if (h->state == HC_HTTP_LINGER)
        return h->began_us / 1000 + LINGER_MS; /* however much it goes on sending */
    if (h->state == HC_HTTP_HEAD)
        return h->in.n > 0 ? h->began_us / 1000 + l->head_ms : h->moved_ms + l->idle_ms;
    if (h->up.phase == HC_DIAL_CONNECTING || h->up.phase == HC_DIAL_SHAKING)
        return h->moved_ms + l->connect_ms;
    if (waits_for_back_end(h))
        return h->moved_ms + l->upstream_ms;
    return h->moved_ms + l->idle_ms;
}

static void time_is_up(struct hc_http *h)
{
    struct hc_err e = {0};

    if (h->state == HC_HTTP_LINGER || (h->state == HC_HTTP_HEAD && h->in.n == 0)) {
        hc_http_end(h, false);
    } else if (h->state == HC_HTTP_HEAD) {
        hc_ignore(HC_FAIL(&e, HC_E_TIMEOUT_HEADER, "the request's head was not complete after %llu ms",
                          (unsigned long long)h->limits->head_ms));
        hc_http_refuse_head(h, &e);
    } else if (waits_for_back_end(h)) {
        hc_ignore(HC_FAIL(&e, HC_E_UPSTREAM_TIMEOUT,
                          h->up.phase == HC_DIAL_READY ? "the back end said nothing for too long"
                                                       : "the back end could not be reached in time"));
        hc_http_fail(h, &e);
    } else {
        hc_ignore(HC_FAIL(&e, HC_E_TIMEOUT_IDLE, "nothing moved for %llu ms", (unsigned long long)h->limits->idle_ms));
        hc_http_fail(h, &e);
    }
}

void hc_http_timer_fired(struct hc_timer *t)
{
    struct hc_http *h = HC_CONTAINER(t, struct hc_http, timer);

    if (!h->turn_due && hc_loop_now_ms(h->loop) >= deadline(h))
        time_is_up(h);
    hc_http_advance(h);
}

/* The timer is moved only when it would fire too late: deadlines mostly move away, and a heap move per event would cost
 * more. */
struct hc_rc hc_http_arm_timer(struct hc_http *h, struct hc_err *e)
{
    uint64_t at = deadline(h);

    if (h->timer.slot && h->timer.at_ms <= at)
        return HC_OK;
    return hc_loop_timer(h->loop, &h->timer, at, e);
}

void hc_http_arm(struct hc_http *h)
{
    struct hc_err e = {0};
    bool ok = hc_ok(hc_loop_watch(h->loop, &h->down_watch, h->down_wants, &e));

    if (ok && h->up.phase != HC_DIAL_NONE) {
        h->up_watch.fd = h->up.stream.fd;
        ok = hc_ok(hc_loop_watch(h->loop, &h->up_watch, h->up_wants, &e));
    }
    if (ok && hc_ok(hc_http_arm_timer(h, &e)))
        return;
    h->trouble = e;
    hc_http_end(h, true);
}

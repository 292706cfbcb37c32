/*
 * rejudge.c - see rejudge.h.
 *
 * The clock is CLOCK_REALTIME's, as certificates end by the calendar. While anybody is in the index the timer is armed,
 * so that the kernel also tells when the clock was set.
 */
#include "gate/rejudge.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/conn.h"
#include "gate/judge.h"
#include "gate/live.h"
#include "observe/event.h"

/* --- sessions ----------------------------------------------------------------------------------------------------- */

static bool is_gone(void *ctx, const struct hc_checked_chain *chain)
{
    return !hc_judge_anywhere(ctx, chain);
}

/* Each session is judged again before it is resumed; this only makes room, so one worker does it for all. */
static void purge_sessions(struct hc_worker *w)
{
    if (w->index == 0)
        hc_tls_sessions_purge(w->engine->sessions, is_gone, w);
}

/* --- rules -------------------------------------------------------------------------------------------------------- */

/* Nothing is freed meanwhile: what ends here dies at the end of the round. */
static void judge_rules(struct hc_worker *w)
{
    for (struct hc_conn *c = w->conns; c; c = c->next) {
        struct hc_err e = {0};

        if (!hc_conn_is_open(c))
            continue;
        hc_conn_look_up(c);
        if (hc_failed(hc_conn_stands(c, &e)))
            hc_conn_end(c, &e);
    }
}

void hc_rejudge_all(struct hc_worker *w)
{
    hc_live_judge_all(w->live, hc_judge_standing, w);
    judge_rules(w);
    hc_rejudge_arm(w);
    purge_sessions(w);
}

/* --- ends --------------------------------------------------------------------------------------------------------- */

/* True when the clock was set since the timer was armed last; it is armed all the same. */
static bool arm(struct hc_worker *w)
{
    int64_t end = hc_live_next_end(w->live);
    struct itimerspec at = {.it_value.tv_sec = end < INT64_MAX ? (time_t)(end + 1) : 0}; /* 0: off */

    w->ends_at = end;
    return timerfd_settime(w->ends.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &at, NULL) != 0 &&
           errno == ECANCELED;
}

/* A timer that is early costs one look; only one that would be late is moved. */
void hc_rejudge_arm(struct hc_worker *w)
{
    if (hc_live_next_end(w->live) >= w->ends_at || !arm(w))
        return;
    w->clock_set = true; /* judged when nobody is in the middle of entering the index */
    hc_loop_wake(w->loop);
}

void hc_rejudge_due(struct hc_worker *w)
{
    while (w->clock_set) {
        hc_live_judge_all(w->live, hc_judge_standing, w);
        w->clock_set = arm(w);
    }
}

static void fired(struct hc_watch *watch, unsigned what)
{
    struct hc_worker *w = HC_CONTAINER(watch, struct hc_worker, ends);
    uint64_t count;

    (void)what;
    w->clock_set |= read(watch->fd, &count, sizeof count) < 0 && errno == ECANCELED;
    if (!w->clock_set) {
        hc_live_judge_ended(w->live, hc_engine_now(w->engine), hc_judge_standing, w);
        w->clock_set = arm(w);
    }
    hc_rejudge_due(w);
}

struct hc_rc hc_rejudge_start(struct hc_worker *w, struct hc_err *e)
{
    w->ends_at = INT64_MAX;
    w->ends = (struct hc_watch){.fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC), .ready = fired};
    if (w->ends.fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a timer");
    HC_TRY(e, hc_live_new(&w->live, e));
    return hc_loop_watch(w->loop, &w->ends, HC_READ, e);
}

void hc_rejudge_stop(struct hc_worker *w)
{
    if (w->ends.fd > 0) {
        hc_loop_unwatch(w->loop, &w->ends);
        hc_fd_close(&w->ends.fd);
    }
    hc_live_free(w->live);
    w->live = NULL;
}

/*
 * loop.h - one thread's event loop: descriptors (epoll, level-triggered), timers (a heap), deferred tasks, a wake-up.
 *
 * Watches, timers and tasks are embedded in their owner, so arming one never allocates except for growth of the heap.
 * An owner that may be named by another event of the same round is freed through hc_loop_defer: tasks run when all
 * events of the round were delivered. Everything but hc_loop_wake belongs to the loop's own thread.
 */
#ifndef HC_NET_LOOP_H
#define HC_NET_LOOP_H

#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

#define HC_READ 1u
#define HC_WRITE 2u
#define HC_HANGUP 4u /* delivered with HC_READ and HC_WRITE so that whoever waits sees it */

struct hc_loop;

struct hc_watch {
    int fd;
    unsigned armed; /* what the loop was asked for; 0: not registered */
    void (*ready)(struct hc_watch *w, unsigned what);
};

struct hc_timer {
    uint64_t at_ms; /* CLOCK_MONOTONIC */
    size_t slot;    /* place in the heap, from 1; 0: not armed */
    void (*fire)(struct hc_timer *t);
};

struct hc_task {
    struct hc_task *next;
    void (*run)(struct hc_task *t);
};

/* `wake` runs on the loop's thread after one or more hc_loop_wake, when the events of the round were delivered: it may
 * free the owners of watches and timers at once. Fails with HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_loop_new(void (*wake)(void *ctx), void *ctx, struct hc_loop **out, struct hc_err *e);
void hc_loop_free(struct hc_loop *loop);
HC_DEFINE_AUTO(hc_loop)

/* Runs until hc_loop_stop. Blocks. */
void hc_loop_run(struct hc_loop *loop);
void hc_loop_stop(struct hc_loop *loop);

/* From any thread and from a signal handler. */
void hc_loop_wake(struct hc_loop *loop);

/* The monotonic time at the start of this round, in milliseconds; cheap. */
uint64_t hc_loop_now_ms(const struct hc_loop *loop);

/* Waits for `events` (HC_READ | HC_WRITE); 0 waits for nothing. Fails with HC_E_SYSTEM when the kernel has no memory
 * for it. */
struct hc_rc hc_loop_watch(struct hc_loop *loop, struct hc_watch *w, unsigned events, struct hc_err *e);
/* Before the descriptor is closed. Safe when not registered. */
void hc_loop_unwatch(struct hc_loop *loop, struct hc_watch *w);

/* Arms or moves the timer. Fails with HC_E_NOMEM. */
struct hc_rc hc_loop_timer(struct hc_loop *loop, struct hc_timer *t, uint64_t at_ms, struct hc_err *e);
void hc_loop_timer_off(struct hc_loop *loop, struct hc_timer *t);

/* Runs the task once, when all events of this round were delivered; it may free its owner. A task that waits already
 * must not be given again. */
void hc_loop_defer(struct hc_loop *loop, struct hc_task *t);

#endif

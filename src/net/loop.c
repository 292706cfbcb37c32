/*
 * loop.c - epoll, a binary heap of timers, and a list of tasks for the end of each round.
 *
 * A round: wait; run due timers; deliver events; call `wake` if somebody woke us; run tasks. Invariants: a watch is
 * registered in epoll exactly while armed != 0; heap[t->slot] == t for every armed timer; a watch that was disarmed in
 * this round gets no event of this round.
 */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define EVENTS_PER_ROUND 256 /* bounds how long a round can keep a due timer waiting */
#define WAIT_MAX_MS 60000

struct hc_loop {
    int epoll;
    int wake_fd;
    struct hc_watch wake_watch;
    void (*wake)(void *ctx);
    void *wake_ctx;
    bool stop;
    bool woken; /* `wake` is due at the end of this round's events */
    uint64_t now_ms;
    bool firing;            /* timers are being run */
    struct hc_timer **heap; /* from 1; heap[0] unused */
    size_t n_heap;
    size_t cap_heap;
    struct hc_task *tasks;
};

static void woken(struct hc_watch *w, unsigned what)
{
    struct hc_loop *loop = HC_CONTAINER(w, struct hc_loop, wake_watch);
    uint64_t count;

    (void)what;
    if (read(w->fd, &count, sizeof count) == (ssize_t)sizeof count)
        loop->woken = true;
}

struct hc_rc hc_loop_new(void (*wake)(void *ctx), void *ctx, struct hc_loop **out, struct hc_err *e)
{
    HC_AUTO(hc_loop) loop = calloc(1, sizeof *loop);

    if (!loop)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for an event loop");
    loop->wake = wake;
    loop->wake_ctx = ctx;
    loop->now_ms = hc_mono_ms();
    loop->wake_fd = -1;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make an event loop");
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->wake_fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a wake-up descriptor");
    loop->wake_watch = (struct hc_watch){.fd = loop->wake_fd, .ready = woken};
    HC_TRY(e, hc_loop_watch(loop, &loop->wake_watch, HC_READ, e));
    *out = HC_GIVE(loop);
    return HC_OK;
}

void hc_loop_free(struct hc_loop *loop)
{
    if (!loop)
        return;
    hc_fd_close(&loop->epoll);
    hc_fd_close(&loop->wake_fd);
    free(loop->heap);
    free(loop);
}

void hc_loop_stop(struct hc_loop *loop)
{
    loop->stop = true;
}

void hc_loop_wake(struct hc_loop *loop)
{
    uint64_t one = 1;

    /* A full counter already means "wake up", so a failed write loses nothing. */
    (void)!write(loop->wake_fd, &one, sizeof one);
}

uint64_t hc_loop_now_ms(const struct hc_loop *loop)
{
    return loop->now_ms;
}

struct hc_rc hc_loop_watch(struct hc_loop *loop, struct hc_watch *w, unsigned events, struct hc_err *e)
{
    struct epoll_event ev = {.data.ptr = w};
    int op = w->armed ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (events == w->armed)
        return HC_OK;
    if (events == 0) { /* a registered descriptor reports hang-ups even when nobody asks, again and again */
        hc_loop_unwatch(loop, w);
        return HC_OK;
    }
    ev.events = (events & HC_READ ? EPOLLIN | EPOLLRDHUP : 0u) | (events & HC_WRITE ? EPOLLOUT : 0u);
    if (epoll_ctl(loop->epoll, op, w->fd, &ev) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot watch a descriptor");
    w->armed = events;
    return HC_OK;
}

void hc_loop_unwatch(struct hc_loop *loop, struct hc_watch *w)
{
    if (w->armed)
        (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    w->armed = 0;
}

static void place(struct hc_loop *loop, struct hc_timer *t, size_t slot)
{
    loop->heap[slot] = t;
    t->slot = slot;
}

static void sift_up(struct hc_loop *loop, struct hc_timer *t, size_t slot)
{
    for (; slot > 1 && loop->heap[slot / 2]->at_ms > t->at_ms; slot /= 2)
        place(loop, loop->heap[slot / 2], slot);
    place(loop, t, slot);
}

static void sift_down(struct hc_loop *loop, struct hc_timer *t, size_t slot)
{
    for (;;) {
        size_t child = slot * 2;

        if (child > loop->n_heap)
            break;
        if (child < loop->n_heap && loop->heap[child + 1]->at_ms < loop->heap[child]->at_ms)
            child++;
        if (loop->heap[child]->at_ms >= t->at_ms)
            break;
        place(loop, loop->heap[child], slot);
        slot = child;
    }
    place(loop, t, slot);
}

struct hc_rc hc_loop_timer(struct hc_loop *loop, struct hc_timer *t, uint64_t at_ms, struct hc_err *e)
{
    if (loop->firing && at_ms <= loop->now_ms)
        at_ms = loop->now_ms + 1; /* a timer that arms itself for now must not keep descriptors waiting */
    if (t->slot) {
        uint64_t before = t->at_ms;

        t->at_ms = at_ms;
        if (at_ms < before)
            sift_up(loop, t, t->slot);
        else
            sift_down(loop, t, t->slot);
        return HC_OK;
    }
    if (loop->n_heap + 2 > loop->cap_heap) {
        size_t cap = loop->cap_heap ? loop->cap_heap * 2 : 64;
        struct hc_timer **heap = realloc(loop->heap, cap * sizeof *heap);

        if (!heap)
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu timers", cap);
        loop->heap = heap;
        loop->cap_heap = cap;
    }
    t->at_ms = at_ms;
    loop->n_heap++;
    sift_up(loop, t, loop->n_heap);
    return HC_OK;
}

void hc_loop_timer_off(struct hc_loop *loop, struct hc_timer *t)
{
    size_t slot = t->slot;
    struct hc_timer *last;

    if (!slot)
        return;
    last = loop->heap[loop->n_heap--];
    t->slot = 0;
    if (last == t)
        return;
    if (slot > 1 && loop->heap[slot / 2]->at_ms > last->at_ms)
        sift_up(loop, last, slot);
    else
        sift_down(loop, last, slot);
}

void hc_loop_defer(struct hc_loop *loop, struct hc_task *t)
{
    t->next = loop->tasks;
    loop->tasks = t;
}

static int wait_ms(const struct hc_loop *loop)
{
    uint64_t at;

    if (loop->tasks)
        return 0;
    if (loop->n_heap == 0)
        return WAIT_MAX_MS;
    at = loop->heap[1]->at_ms;
    if (at <= loop->now_ms)
        return 0;
    return at - loop->now_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)(at - loop->now_ms);
}

static void run_timers(struct hc_loop *loop)
{
    loop->firing = true;
    while (loop->n_heap > 0 && loop->heap[1]->at_ms <= loop->now_ms) {
        struct hc_timer *t = loop->heap[1];

        hc_loop_timer_off(loop, t);
        t->fire(t);
    }
    loop->firing = false;
}

static void deliver(const struct epoll_event *ev)
{
    struct hc_watch *w = ev->data.ptr;
    unsigned what = (ev->events & (EPOLLIN | EPOLLRDHUP) ? HC_READ : 0u) | (ev->events & EPOLLOUT ? HC_WRITE : 0u);

    if (ev->events & (EPOLLERR | EPOLLHUP))
        what |= HC_READ | HC_WRITE | HC_HANGUP;
    if (w->armed) /* 0: disarmed by an earlier event of this round; its owner lives until the tasks run */
        w->ready(w, what);
}

static void run_tasks(struct hc_loop *loop)
{
    struct hc_task *t = loop->tasks;

    loop->tasks = NULL; /* tasks deferred by tasks run in the next round */
    while (t) {
        struct hc_task *next = t->next;

        t->run(t);
        t = next;
    }
}

/* After the events: whatever a wake-up replaces and frees, no event of this round names it any more. */
static void run_wake(struct hc_loop *loop)
{
    if (!loop->woken)
        return;
    loop->woken = false;
    if (loop->wake)
        loop->wake(loop->wake_ctx);
}

void hc_loop_run(struct hc_loop *loop)
{
    struct epoll_event events[EVENTS_PER_ROUND];

    loop->stop = false;
    while (!loop->stop) {
        int n;

        loop->now_ms = hc_mono_ms();
        n = epoll_wait(loop->epoll, events, EVENTS_PER_ROUND, wait_ms(loop));
        loop->now_ms = hc_mono_ms();
        run_timers(loop);
        for (int i = 0; i < n; i++)
            deliver(&events[i]);
        run_wake(loop);
        run_tasks(loop);
    }
    while (loop->tasks) /* what was dying when the loop stopped, and what dies of that */
        run_tasks(loop);
}

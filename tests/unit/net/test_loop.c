/* test_loop.c - the event loop: order of timers, events of one round, deaths, wake-ups. */
#include "hc_test.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/file.h"
#include "net/loop.h"

/* --- timers ------------------------------------------------------------------------------------------------------- */

#define TIMERS 500

struct fixture {
    struct hc_loop *loop;
    unsigned fired;
    uint64_t last_ms;
    unsigned out_of_order;
    unsigned wanted; /* stops after so many */
};

struct timer {
    struct hc_timer t;
    struct fixture *f;
    unsigned fired;
};

static void fire(struct hc_timer *t)
{
    struct timer *mine = HC_CONTAINER(t, struct timer, t);
    struct fixture *f = mine->f;

    assert_int_equal(t->slot, 0); /* a timer that fires is off, and may be armed again by what it calls */
    assert_true(hc_loop_now_ms(f->loop) >= t->at_ms);
    f->out_of_order += t->at_ms < f->last_ms;
    f->last_ms = t->at_ms;
    mine->fired++;
    if (++f->fired == f->wanted)
        hc_loop_stop(f->loop);
}

static struct hc_loop *loop_new(void)
{
    struct hc_loop *loop = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_loop_new(NULL, NULL, &loop, &e));
    return loop;
}

static void timers_fire_in_their_order_after_being_moved_and_taken_away(void **state)
{
    static struct timer timers[TIMERS];
    struct fixture f = {.loop = loop_new()};
    struct hc_err e = {0};
    uint64_t now = hc_mono_ms();
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < TIMERS; i++) {
        random = random * 1664525 + 1013904223;
        timers[i] = (struct timer){.t = {.fire = fire}, .f = &f};
        expect_ok(&e, hc_loop_timer(f.loop, &timers[i].t, now - 1000 + random % 1000, &e));
    }
    for (size_t i = 0; i < TIMERS; i += 3) { /* moved both ways */
        random = random * 1664525 + 1013904223;
        expect_ok(&e, hc_loop_timer(f.loop, &timers[i].t, now - 1000 + random % 1000, &e));
    }
    for (size_t i = 1; i < TIMERS; i += 5) {
        hc_loop_timer_off(f.loop, &timers[i].t);
        hc_loop_timer_off(f.loop, &timers[i].t); /* twice is nothing */
    }
    f.wanted = TIMERS - TIMERS / 5;
    hc_loop_run(f.loop);
    assert_int_equal(f.fired, f.wanted);
    assert_int_equal(f.out_of_order, 0);
    for (size_t i = 0; i < TIMERS; i++)
        assert_int_equal(timers[i].fired, i % 5 != 1);
    hc_loop_free(f.loop);
}

static void a_timer_fires_neither_early_nor_much_too_late(void **state)
{
    struct fixture f = {.loop = loop_new(), .wanted = 1};
    struct timer timer = {.t = {.fire = fire}, .f = &f};
    struct hc_err e = {0};
    uint64_t began = hc_mono_ms();

    (void)state;
    expect_ok(&e, hc_loop_timer(f.loop, &timer.t, began + 30, &e));
    hc_loop_run(f.loop);
    assert_in_range(hc_mono_ms() - began, 30, 2000);
    hc_loop_free(f.loop);
}

static void take_others_away(struct hc_timer *t)
{
    struct timer *mine = HC_CONTAINER(t, struct timer, t);

    mine->fired++;
    hc_loop_timer_off(mine->f->loop, &mine[1].t);
    hc_loop_stop(mine->f->loop);
}

static void a_timer_that_another_takes_away_does_not_fire(void **state)
{
    struct fixture f = {.loop = loop_new()};
    struct timer timers[2] = {{.t = {.fire = take_others_away}, .f = &f}, {.t = {.fire = fire}, .f = &f}};
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_loop_timer(f.loop, &timers[0].t, 1, &e)); /* both long due */
    expect_ok(&e, hc_loop_timer(f.loop, &timers[1].t, 2, &e));
    hc_loop_run(f.loop);
    assert_int_equal(timers[0].fired, 1);
    assert_int_equal(timers[1].fired, 0);
    hc_loop_free(f.loop);
}

/* --- descriptors -------------------------------------------------------------------------------------------------- */

struct end {
    struct hc_watch w;
    struct fixture *f;
    struct end *other;
    struct hc_task death;
    unsigned events;
    unsigned what;
    bool freed;
};

static void died(struct hc_task *t)
{
    HC_CONTAINER(t, struct end, death)->freed = true;
}

/* Whichever comes first kills both; the other's event of the same round must not be delivered, and it is still there
 * then. */
static void kill_both(struct hc_watch *w, unsigned what)
{
    struct end *me = HC_CONTAINER(w, struct end, w);

    (void)what;
    assert_false(me->freed);
    assert_false(me->other->freed);
    me->events++;
    hc_loop_unwatch(me->f->loop, &me->w);
    hc_loop_unwatch(me->f->loop, &me->other->w);
    me->death.run = died;
    me->other->death.run = died;
    hc_loop_defer(me->f->loop, &me->death);
    hc_loop_defer(me->f->loop, &me->other->death);
    hc_loop_stop(me->f->loop);
}

static void an_owner_freed_by_an_event_outlives_the_round(void **state)
{
    struct fixture f = {.loop = loop_new()};
    struct end a = {.f = &f};
    struct end b = {.f = &f, .other = &a};
    struct hc_err e = {0};
    int fd[2];

    (void)state;
    a.other = &b;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    a.w = (struct hc_watch){.fd = fd[0], .ready = kill_both};
    b.w = (struct hc_watch){.fd = fd[1], .ready = kill_both};
    assert_int_equal(write(fd[0], "x", 1), 1);
    assert_int_equal(write(fd[1], "x", 1), 1);
    expect_ok(&e, hc_loop_watch(f.loop, &a.w, HC_READ, &e));
    expect_ok(&e, hc_loop_watch(f.loop, &b.w, HC_READ, &e));
    hc_loop_run(f.loop);
    assert_int_equal(a.events + b.events, 1);
    assert_true(a.freed && b.freed);
    hc_loop_free(f.loop);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

static void note(struct hc_watch *w, unsigned what)
{
    struct end *me = HC_CONTAINER(w, struct end, w);

    me->events++;
    me->what = what;
    hc_loop_stop(me->f->loop);
}

static void a_watch_delivers_what_was_asked_for(void **state)
{
    struct fixture f = {.loop = loop_new()};
    struct end a = {.f = &f};
    struct hc_err e = {0};
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    a.w = (struct hc_watch){.fd = fd[0], .ready = note};
    expect_ok(&e, hc_loop_watch(f.loop, &a.w, HC_READ | HC_WRITE, &e));
    hc_loop_run(f.loop);
    assert_int_equal(a.what, HC_WRITE);
    assert_int_equal(write(fd[1], "x", 1), 1);
    expect_ok(&e, hc_loop_watch(f.loop, &a.w, HC_READ, &e)); /* changed in place */
    hc_loop_run(f.loop);
    assert_int_equal(a.what, HC_READ);
    hc_fd_close(&fd[1]);
    hc_loop_run(f.loop);
    assert_int_equal(a.what, HC_READ | HC_WRITE | HC_HANGUP); /* whoever waits sees it */
    expect_ok(&e, hc_loop_watch(f.loop, &a.w, 0, &e));
    assert_int_equal(a.w.armed, 0);
    hc_loop_unwatch(f.loop, &a.w); /* twice is nothing */
    hc_fd_close(&fd[0]);
    hc_loop_free(f.loop);
}

static void a_descriptor_that_cannot_be_watched_is_an_error(void **state)
{
    struct fixture f = {.loop = loop_new()};
    struct end a = {.f = &f, .w = {.fd = 9999, .ready = note}};
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_loop_watch(f.loop, &a.w, HC_READ, &e), HC_E_SYSTEM);
    assert_int_equal(a.w.armed, 0);
    hc_loop_free(f.loop);
}

/* --- tasks and waking --------------------------------------------------------------------------------------------- */

struct chain {
    struct hc_task t;
    struct hc_loop *loop;
    struct chain *next;
    bool ran;
};

static void run_chain(struct hc_task *t)
{
    struct chain *c = HC_CONTAINER(t, struct chain, t);

    c->ran = true;
    if (c->next)
        hc_loop_defer(c->loop, &c->next->t);
    else
        hc_loop_stop(c->loop);
}

static void a_task_may_defer_another_and_stopping_loses_none(void **state)
{
    struct hc_loop *loop = loop_new();
    struct chain late = {.t = {.run = run_chain}, .loop = loop};
    struct chain second = {.t = {.run = run_chain}, .loop = loop, .next = &late};
    struct chain first = {.t = {.run = run_chain}, .loop = loop, .next = &second};
    struct chain beside = {.t = {.run = run_chain}, .loop = loop}; /* stops the loop in the first round */

    (void)state;
    hc_loop_defer(loop, &first.t);
    hc_loop_defer(loop, &beside.t);
    hc_loop_run(loop);
    assert_true(first.ran && second.ran && late.ran && beside.ran);
    hc_loop_free(loop);
}

struct waking {
    struct hc_loop *loop;
    pthread_t by;
    pthread_t seen;
    unsigned wakes;
};

static void woken(void *ctx)
{
    struct waking *w = ctx;

    w->seen = pthread_self();
    w->wakes++;
    hc_loop_stop(w->loop);
}

static void *wake_thrice(void *ctx)
{
    struct waking *w = ctx;

    for (int i = 0; i < 3; i++)
        hc_loop_wake(w->loop);
    return NULL;
}

static void another_thread_wakes_the_loop(void **state)
{
    struct waking w = {.loop = NULL};
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_loop_new(woken, &w, &w.loop, &e));
    assert_int_equal(pthread_create(&w.by, NULL, wake_thrice, &w), 0);
    hc_loop_run(w.loop);
    pthread_join(w.by, NULL);
    assert_in_range(w.wakes, 1, 3); /* several may be told as one */
    assert_true(pthread_equal(w.seen, pthread_self()));
    hc_loop_free(w.loop);
}

struct replacing {
    struct hc_loop *loop;
    struct end *listener; /* ours, on the heap, for the sanitizer to see */
};

static void replace(void *ctx)
{
    struct replacing *r = ctx;

    hc_loop_unwatch(r->loop, &r->listener->w);
    free(r->listener);
    r->listener = NULL;
    hc_loop_stop(r->loop);
}

static void what_a_wake_up_frees_gets_no_event_of_that_round(void **state)
{
    struct replacing r = {.listener = calloc(1, sizeof(struct end))};
    struct fixture f = {.loop = NULL};
    struct hc_err e = {0};
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    expect_ok(&e, hc_loop_new(replace, &r, &r.loop, &e));
    f.loop = r.loop;
    *r.listener = (struct end){.f = &f, .w = {.fd = fd[0], .ready = note}};
    expect_ok(&e, hc_loop_watch(r.loop, &r.listener->w, HC_READ, &e));
    hc_loop_wake(r.loop); /* first in the round, and the descriptor second */
    assert_int_equal(write(fd[1], "x", 1), 1);
    hc_loop_run(r.loop);
    assert_null(r.listener);
    hc_loop_free(r.loop);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

static void again_and_again(struct hc_timer *t)
{
    struct timer *mine = HC_CONTAINER(t, struct timer, t);
    struct hc_err e = {0};

    mine->fired++;
    expect_ok(&e, hc_loop_timer(mine->f->loop, t, hc_loop_now_ms(mine->f->loop), &e));
}

static void a_timer_that_arms_itself_for_now_does_not_starve_descriptors(void **state)
{
    struct fixture f = {.loop = loop_new()};
    struct timer busy = {.t = {.fire = again_and_again}, .f = &f};
    struct end a = {.f = &f};
    struct hc_err e = {0};
    int fd[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
    a.w = (struct hc_watch){.fd = fd[0], .ready = note};
    expect_ok(&e, hc_loop_watch(f.loop, &a.w, HC_WRITE, &e));
    expect_ok(&e, hc_loop_timer(f.loop, &busy.t, 0, &e));
    hc_loop_run(f.loop);
    assert_int_equal(a.events, 1);
    assert_in_range(busy.fired, 1, 2);
    hc_loop_free(f.loop);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

static struct hc_rc make_and_arm(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_loop) loop = NULL;
    struct hc_timer t = {.fire = NULL};

    (void)ctx;
    HC_TRY(e, hc_loop_new(NULL, NULL, &loop, e));
    return hc_loop_timer(loop, &t, 1, e);
}

static void a_loop_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_int_equal(fault_sweep(make_and_arm, NULL), 2);
}

static void a_heap_that_cannot_grow_keeps_its_timers(void **state)
{
    static struct timer timers[200];
    struct fixture f = {.loop = loop_new()};
    struct hc_err e = {0};
    struct hc_rc rc = HC_OK;
    size_t n = 0;

    (void)state;
    fault_alloc_at(2); /* the first growth works */
    while (n < HC_COUNT(timers) && hc_ok(rc)) {
        timers[n] = (struct timer){.t = {.fire = fire}, .f = &f};
        rc = hc_loop_timer(f.loop, &timers[n].t, 1000 - n, &e);
        n += hc_ok(rc);
    }
    fault_alloc_at(0);
    assert_int_equal(rc.code, HC_E_NOMEM);
    assert_int_equal(timers[n].t.slot, 0);
    f.wanted = (unsigned)n;
    hc_loop_run(f.loop);
    assert_int_equal(f.fired, n);
    assert_int_equal(f.out_of_order, 0);
    hc_loop_free(f.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_fire_in_their_order_after_being_moved_and_taken_away),
        cmocka_unit_test(a_timer_fires_neither_early_nor_much_too_late),
        cmocka_unit_test(a_timer_that_another_takes_away_does_not_fire),
        cmocka_unit_test(an_owner_freed_by_an_event_outlives_the_round),
        cmocka_unit_test(a_watch_delivers_what_was_asked_for),
        cmocka_unit_test(a_descriptor_that_cannot_be_watched_is_an_error),
        cmocka_unit_test(a_task_may_defer_another_and_stopping_loses_none),
        cmocka_unit_test(another_thread_wakes_the_loop),
        cmocka_unit_test(what_a_wake_up_frees_gets_no_event_of_that_round),
        cmocka_unit_test(a_timer_that_arms_itself_for_now_does_not_starve_descriptors),
        cmocka_unit_test(a_loop_survives_every_failed_allocation),
        cmocka_unit_test(a_heap_that_cannot_grow_keeps_its_timers),
    };

    return cmocka_run_group_tests_name("net/loop", tests, NULL, NULL);
}

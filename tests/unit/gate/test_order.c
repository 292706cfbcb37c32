/* test_order.c - an order to every worker: the last answer wakes the asker, and the last owner frees it. */
#include "hc_test.h"

#include <pthread.h>

#include "gate/order.h"

static void count(void *ctx)
{
    unsigned *woken = ctx;

    (*woken)++;
}

struct fixture {
    struct hc_loop *loop;
    unsigned woken;
    struct hc_timer end;
};

static void ended(struct hc_timer *t)
{
    hc_loop_stop(HC_CONTAINER(t, struct fixture, end)->loop);
}

/* Runs the loop for a moment. */
static void turn(struct fixture *f)
{
    struct hc_err e = {0};

    f->end.fire = ended;
    expect_ok(&e, hc_loop_timer(f->loop, &f->end, hc_loop_now_ms(f->loop) + 20, &e));
    hc_loop_run(f->loop);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hc_err e = {0};

    expect_ok(&e, hc_loop_new(count, &f->woken, &f->loop, &e));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    hc_loop_free(f->loop);
    free(f);
    return 0;
}

static void only_the_last_answer_wakes_the_asker(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_order) o = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_order_new(HC_ORDER_APPLY, NULL, f->loop, &o, &e));
    assert_int_equal(o->kind, HC_ORDER_APPLY);
    assert_true(hc_order_done(o));
    o->waiting = 2;
    assert_false(hc_order_done(o));
    hc_order_answer(hc_order_ref(o));
    assert_false(hc_order_done(o));
    turn(f);
    assert_int_equal(f->woken, 0);
    hc_order_answer(hc_order_ref(o));
    assert_true(hc_order_done(o));
    turn(f);
    assert_int_equal(f->woken, 1);
}

static void *answer(void *ctx)
{
    struct hc_order *o = ctx;

    pthread_mutex_lock(&o->lock);
    o->listed++;
    hc_buf_add_str(&o->lines, "{}\n");
    pthread_mutex_unlock(&o->lock);
    hc_order_answer(o);
    return NULL;
}

static void answers_come_from_any_thread(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_order) o = NULL;
    struct hc_pattern *who = NULL;
    struct hc_err e = {0};
    pthread_t worker[16];

    expect_ok(&e, hc_pattern_parse("email:*@example.com", &who, &e));
    expect_ok(&e, hc_order_new(HC_ORDER_LIST, who, f->loop, &o, &e));
    o->waiting = HC_COUNT(worker);
    for (size_t i = 0; i < HC_COUNT(worker); i++)
        assert_int_equal(pthread_create(&worker[i], NULL, answer, hc_order_ref(o)), 0);
    for (size_t i = 0; i < HC_COUNT(worker); i++)
        pthread_join(worker[i], NULL);
    assert_true(hc_order_done(o));
    turn(f);
    assert_int_equal(f->woken, 1);
    assert_int_equal(o->listed, 16);
    assert_int_equal(o->lines.n, 48);
    assert_string_equal(hc_pattern_text(o->who), "email:*@example.com");
}

static void a_worker_may_outlive_the_asker(void **state)
{
    struct fixture *f = *state;
    struct hc_order *o = NULL, *workers;
    struct hc_err e = {0};

    expect_ok(&e, hc_order_new(HC_ORDER_DISCONNECT, NULL, f->loop, &o, &e));
    o->waiting = 1;
    workers = hc_order_ref(o);
    hc_order_free(o);
    workers->ended = 7;
    hc_order_answer(workers); /* the last owner */
    hc_order_free(NULL);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    struct fixture *f = ctx;
    HC_AUTO(hc_order) o = NULL;
    struct hc_pattern *who = NULL;

    HC_TRY(e, hc_pattern_parse("authenticated", &who, e));
    return hc_order_new(HC_ORDER_LIST, who, f->loop, &o, e);
}

static void making_one_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(make, *state) >= 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_the_last_answer_wakes_the_asker),
        TEST(answers_come_from_any_thread),
        TEST(a_worker_may_outlive_the_asker),
        TEST(making_one_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("gate/order", tests, NULL, NULL);
}

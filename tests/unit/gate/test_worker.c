/* test_worker.c - a worker that could not take a snapshot over tries again. */
#include "hc_test.h"

#include "house.h"

#include "gate/order.h"
#include "gate/worker.h"

#define PATIENCE_MS 10000

struct rig {
    struct hc_engine engine;
    struct hc_log log;
    struct hc_metrics *metrics;
    struct hc_loop *asker;
    struct hc_worker *worker;
};

static void begin(struct rig *r, const struct house *h)
{
    struct hc_err e;

    *r = (struct rig){.log = {.fd = -1, .form = HC_LOG_TEXT, .least = HC_LEVEL_ERROR}};
    expect_ok(&e, hc_metrics_new(&r->metrics, &e));
    expect_ok(&e, hc_engine_init(&r->engine, h->crypto, &r->log, r->metrics, &e));
    r->engine.limits = hc_gate_limits_default(1);
    hc_engine_raise_floor(&r->engine, TESTPKI_NOW);
    expect_ok(&e, hc_loop_new(NULL, NULL, &r->asker, &e));
}

static void end(struct rig *r)
{
    atomic_store(&r->engine.draining, true);
    if (r->worker)
        hc_worker_wake(r->worker);
    hc_worker_free(r->worker);
    hc_engine_fini(&r->engine);
    hc_metrics_free(r->metrics);
    hc_loop_free(r->asker);
}

/* Wakes the worker, and comes back when it has looked at the engine again. */
static void have_it_look(struct rig *r)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    struct hc_order *order = NULL;
    struct hc_err e;

    expect_ok(&e, hc_order_new(HC_ORDER_APPLY, NULL, r->asker, &order, &e));
    atomic_store(&order->waiting, 1);
    assert_true(hc_worker_order(r->worker, order));
    for (int i = 0; i < PATIENCE_MS && !hc_order_done(order); i++)
        nanosleep(&moment, NULL);
    assert_true(hc_order_done(order));
    hc_order_free(order);
}

/* The certificate with another's key stands for whatever is short for a moment. */
static void a_snapshot_that_could_not_be_taken_over_is_taken_over_at_the_next_look(void **state)
{
    struct house *h = *state;
    struct hc_snapshot *s;
    struct hc_key *key;
    struct rig r;
    struct hc_err e;

    begin(&r, h);
    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", ""));
    h->in.workers = 1;
    s = house_build(h, NULL, false);
    key = s->gates[0].own->key;
    s->gates[0].own->key = h->blog.key;
    hc_engine_give(&r.engine, s);
    expect_ok(&e, hc_worker_start(&r.engine, 0, &r.worker, &e));
    have_it_look(&r);
    assert_null(r.worker->listeners);
    s->gates[0].own->key = key;
    have_it_look(&r);
    assert_non_null(r.worker->listeners);
    assert_ptr_equal(r.worker->listeners->snapshot, s);
    assert_ptr_equal(r.worker->snapshot, s);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_snapshot_that_could_not_be_taken_over_is_taken_over_at_the_next_look),
    };

    return cmocka_run_group_tests_name("gate/worker", tests, NULL, NULL);
}

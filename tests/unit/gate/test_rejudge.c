/* test_rejudge.c - who is connected is judged again at the end of a chain, by a new snapshot, and when the clock was
 * set. */
#include "people.h"

#include "base/clock.h"
#include "gate/judge.h"
#include "gate/rejudge.h"

struct rig {
    struct hc_engine engine;
    struct hc_trust trust;
    struct hc_snapshot_gate gate;
    struct hc_snapshot snapshot;
    struct hc_worker worker;
    struct hc_live_peer peer;
    struct hc_timer patience;
    struct hc_checked_chain *chain;
    unsigned ended;
    enum hc_code why;
    int64_t when;
};

static struct rig *rig_of(struct hc_live_peer *peer)
{
    return HC_CONTAINER(peer, struct rig, peer);
}

static void ended(struct hc_live_peer *peer, const struct hc_err *why)
{
    struct rig *r = rig_of(peer);

    r->ended++;
    r->why = why->code;
    r->when = hc_time_now();
    hc_loop_stop(r->worker.loop);
}

static void lost_patience(struct hc_timer *t)
{
    hc_loop_stop(HC_CONTAINER(t, struct rig, patience)->worker.loop);
}

static void begin(struct rig *r, struct people *people, int64_t not_after)
{
    struct hc_live_key key = {.gate = "shop", .purpose = HC_VERIFY_CLIENT};
    struct hc_err e;

    *r = (struct rig){.peer.end = ended, .patience.fire = lost_patience};
    expect_ok(&e, hc_engine_init(&r->engine, people->crypto, NULL, NULL, &e));
    hc_engine_raise_floor(&r->engine, TESTPKI_NOW);
    r->trust = (struct hc_trust){.bundle = people->bundle, .mode = HC_REVOCATION_NONE};
    strcpy(r->gate.name, "shop");
    r->snapshot = (struct hc_snapshot){
        .generation = 1, .crypto = people->crypto, .n_trusts = 1, .trusts = &r->trust, .n_gates = 1, .gates = &r->gate};
    r->worker.engine = &r->engine;
    r->worker.snapshot = &r->snapshot;
    expect_ok(&e, hc_loop_new(NULL, NULL, &r->worker.loop, &e));
    expect_ok(&e, hc_rejudge_start(&r->worker, &e));
    r->chain = people_chain(people, "alice@example.com", not_after);
    key.chain = r->chain;
    expect_ok(&e, hc_live_add(r->worker.live, &r->peer, &key, &e));
    hc_rejudge_arm(&r->worker);
}

static void end(struct rig *r)
{
    hc_live_remove(r->worker.live, &r->peer);
    hc_checked_chain_free(r->chain);
    hc_rejudge_stop(&r->worker);
    hc_loop_free(r->worker.loop);
    hc_engine_fini(&r->engine);
}

static void a_chain_holds_through_its_last_second_and_not_longer(void **state)
{
    int64_t last = hc_time_now() + 1;
    struct rig r;
    struct hc_err e;

    if (last < TESTPKI_NOW)
        skip(); /* a clock from before the certificates */
    begin(&r, *state, last);
    expect_ok(&e, hc_loop_timer(r.worker.loop, &r.patience, hc_mono_ms() + 5000, &e));
    hc_loop_run(r.worker.loop);
    assert_int_equal(r.ended, 1);
    assert_int_equal(r.why, HC_E_CERT_EXPIRED);
    assert_in_range(r.when, last + 1, last + 2);
    end(&r);
}

static void a_new_snapshot_ends_whom_it_does_not_trust(void **state)
{
    struct people *p = *state;
    struct rig r;

    begin(&r, p, 0);
    hc_rejudge_all(&r.worker);
    assert_int_equal(r.ended, 0);
    r.trust.bundle = p->other_bundle;
    hc_rejudge_all(&r.worker);
    assert_int_equal(r.ended, 1);
    assert_int_equal(r.why, HC_E_UNKNOWN_ISSUER);
    end(&r);
}

static void a_clock_that_was_set_has_everybody_judged(void **state)
{
    struct rig r;

    begin(&r, *state, 0);
    hc_engine_raise_floor(&r.engine, PEOPLE_FAR + 1);
    hc_rejudge_due(&r.worker); /* nothing was set */
    assert_int_equal(r.ended, 0);
    r.worker.clock_set = true;
    hc_rejudge_due(&r.worker);
    assert_int_equal(r.ended, 1);
    assert_int_equal(r.why, HC_E_CERT_EXPIRED);
    assert_false(r.worker.clock_set);
    end(&r);
}

static void the_timer_is_moved_only_for_an_earlier_end(void **state)
{
    HC_AUTO(hc_checked_chain) soon = people_chain(*state, "bob@example.com", PEOPLE_FAR - 1000);
    struct hc_live_key key = {.gate = "shop", .purpose = HC_VERIFY_CLIENT, .chain = soon};
    struct hc_live_peer bob = {.end = ended};
    struct rig r;
    struct hc_err e;

    begin(&r, *state, 0);
    assert_true(r.worker.ends_at == PEOPLE_FAR);
    expect_ok(&e, hc_live_add(r.worker.live, &bob, &key, &e));
    hc_rejudge_arm(&r.worker);
    assert_true(r.worker.ends_at == PEOPLE_FAR - 1000);
    hc_live_remove(r.worker.live, &bob);
    hc_rejudge_arm(&r.worker); /* early is harmless */
    assert_true(r.worker.ends_at == PEOPLE_FAR - 1000);
    end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_holds_through_its_last_second_and_not_longer),
        cmocka_unit_test(a_new_snapshot_ends_whom_it_does_not_trust),
        cmocka_unit_test(a_clock_that_was_set_has_everybody_judged),
        cmocka_unit_test(the_timer_is_moved_only_for_an_earlier_end),
    };

    return cmocka_run_group_tests_name("gate/rejudge", tests, people_setup, people_teardown);
}

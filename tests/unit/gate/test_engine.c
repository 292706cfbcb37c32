/* test_engine.c - the time that nobody goes below, and what the reasons of an end are counted as. */
#include "people.h"

#include "base/clock.h"
#include "gate/engine.h"

static void time_never_falls_below_the_floor_and_the_floor_never_falls(void **state)
{
    struct people *p = *state;
    struct hc_engine engine;
    struct hc_err e;
    int64_t now = hc_time_now();

    expect_ok(&e, hc_engine_init(&engine, p->crypto, NULL, NULL, &e));
    assert_in_range(hc_engine_now(&engine), now, now + 5);
    hc_engine_raise_floor(&engine, now - 1000);
    assert_in_range(hc_engine_now(&engine), now, now + 5);
    hc_engine_raise_floor(&engine, now + 5000);
    hc_engine_raise_floor(&engine, now + 4000);
    assert_true(hc_engine_now(&engine) == now + 5000);
    hc_engine_fini(&engine);
}

static void an_end_is_counted_by_what_took_the_right(void **state)
{
    static const struct {
        enum hc_code why;
        enum hc_ended kind;
    } rows[] = {
        {HC_E_REVOKED, HC_ENDED_REVOKED},      {HC_E_ISSUER_REVOKED, HC_ENDED_REVOKED},
        {HC_E_CERT_EXPIRED, HC_ENDED_EXPIRED}, {HC_E_ISSUER_EXPIRED, HC_ENDED_EXPIRED},
        {HC_E_UNKNOWN_ISSUER, HC_ENDED_TRUST}, {HC_E_ANCHOR_NAME, HC_ENDED_TRUST},
        {HC_E_NO_RULE, HC_ENDED_RULES},        {HC_E_DENIED, HC_ENDED_RULES},
        {HC_E_HTTP_PATH, HC_ENDED_RULES},      {HC_E_DISCONNECTED, HC_ENDED_DISCONNECTED},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        assert_int_equal(hc_ended_kind(rows[i].why), rows[i].kind);
}

static void what_is_remembered_is_told(void **state)
{
    struct people *p = *state;
    HC_AUTO(hc_checked_chain) chain = people_chain(p, "alice@example.com", 0);
    struct hc_chains_key key = {{1}};
    struct hc_gauges gauges = {0};
    struct hc_engine engine;
    struct hc_err e;

    expect_ok(&e, hc_engine_init(&engine, p->crypto, NULL, NULL, &e));
    hc_chains_keep(engine.chains, &key, chain);
    hc_engine_gauges(&engine, &gauges);
    assert_int_equal(gauges.chains, 1);
    assert_int_equal(gauges.sessions_friends, 0);
    hc_engine_fini(&engine);
}

static struct hc_rc begin(void *ctx, struct hc_err *e)
{
    struct people *p = ctx;
    struct hc_engine engine;

    HC_TRY(e, hc_engine_init(&engine, p->crypto, NULL, NULL, e));
    hc_engine_fini(&engine);
    return HC_OK;
}

static void every_failed_allocation_is_reported(void **state)
{
    assert_in_range(fault_sweep(begin, *state), 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_never_falls_below_the_floor_and_the_floor_never_falls),
        cmocka_unit_test(an_end_is_counted_by_what_took_the_right),
        cmocka_unit_test(what_is_remembered_is_told),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests_name("gate/engine", tests, people_setup, people_teardown);
}

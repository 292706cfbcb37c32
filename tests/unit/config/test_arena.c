/* test_arena.c - what an arena gives, and where it stops. */
#include "hc_test.h"

#include "config/arena.h"

static void an_arena_gives_zeroed_aligned_memory_of_any_size(void **state)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_arena_new(1 << 20, &arena, &e));
    for (size_t n = 0; n < 20000; n = n * 2 + 1) {
        uint8_t *p = hc_arena_take(arena, n);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xAA, n);
    }
}

static void an_arena_copies_text_with_a_terminating_nul(void **state)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_arena_new(100, &arena, &e));
    assert_string_equal(hc_arena_copy(arena, HC_BYTES("alice")), "alice");
    assert_string_equal(hc_arena_copy(arena, (struct hc_bytes){NULL, 0}), "");
}

static void an_arena_stops_at_its_cap(void **state)
{
    HC_AUTO(hc_arena) arena = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_arena_new(64, &arena, &e));
    assert_null(hc_arena_take(arena, 65));
    assert_null(hc_arena_take(arena, SIZE_MAX));
    assert_non_null(hc_arena_take(arena, 60));
    assert_null(hc_arena_take(arena, 5));
}

static struct hc_rc use(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_arena) arena = NULL;

    (void)ctx;
    HC_TRY(e, hc_arena_new(1 << 20, &arena, e));
    for (int i = 0; i < 3; i++) {
        if (hc_arena_take(arena, 7000) == NULL)
            return HC_FAIL(e, HC_E_NOMEM, "none");
    }
    return HC_OK;
}

static void an_arena_survives_the_failure_of_every_allocation(void **state)
{
    (void)state;
    assert_int_equal(fault_sweep(use, NULL), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(an_arena_copies_text_with_a_terminating_nul),
        cmocka_unit_test(an_arena_stops_at_its_cap),
        cmocka_unit_test(an_arena_survives_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("config/arena", tests, NULL, NULL);
}

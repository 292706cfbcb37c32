/* test_buf.c - a buffer grows, stops at its cap, and stays failed. */
#include "hc_test.h"

static void an_empty_buffer_allocates_nothing(void **state)
{
    HC_BUF_AUTO(b, 10);
    struct hc_err e = {0};

    (void)state;
    assert_null(b.p);
    assert_int_equal(hc_buf_view(&b).n, 0);
    expect_ok(&e, hc_buf_check(&b, &e));
}

static void appended_pieces_stand_in_order(void **state)
{
    HC_BUF_AUTO(b, 1000);
    struct hc_err e = {0};

    (void)state;
    hc_buf_add(&b, HC_BYTES("one\0two"));
    hc_buf_add_byte(&b, '-');
    hc_buf_add_str(&b, "three");
    hc_buf_addf(&b, "=%d %s", 4, "five");
    hc_buf_add(&b, (struct hc_bytes){NULL, 0});
    expect_ok(&e, hc_buf_check(&b, &e));
    expect_bytes(hc_buf_view(&b), "one\0two-three=4 five");
}

static void growing_keeps_the_contents(void **state)
{
    HC_BUF_AUTO(b, 100000);

    (void)state;
    for (int i = 0; i < 100000; i++)
        hc_buf_add_byte(&b, (uint8_t)(i * 7));
    assert_int_equal(b.failed, HC_OK_CODE);
    assert_int_equal(b.n, 100000);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(b.p[i], (uint8_t)(i * 7));
}

static void the_cap_is_exact(void **state)
{
    HC_BUF_AUTO(b, 5);
    struct hc_err e = {0};

    (void)state;
    hc_buf_add_str(&b, "12345");
    expect_ok(&e, hc_buf_check(&b, &e));
    assert_string_equal(hc_buf_cstr(&b), "12345");
    hc_buf_add_byte(&b, '6');
    expect_fail(&e, hc_buf_check(&b, &e), HC_E_TOO_BIG);
    assert_non_null(strstr(e.text, "limit of 5 bytes"));
}

static void a_failed_buffer_stays_failed_until_cleared(void **state)
{
    HC_BUF_AUTO(b, 5);
    struct hc_err e = {0};

    (void)state;
    hc_buf_add_str(&b, "123");
    hc_buf_add_str(&b, "too long");
    hc_buf_add_byte(&b, '4');
    hc_buf_addf(&b, "%d", 5);
    assert_int_equal(b.n, 3);
    assert_null(hc_buf_reserve(&b, 0));
    assert_string_equal(hc_buf_cstr(&b), "");
    expect_fail(&e, hc_buf_check(&b, &e), HC_E_TOO_BIG);
    hc_buf_clear(&b);
    hc_buf_add_str(&b, "45");
    expect_ok(&e, hc_buf_check(&b, &e));
    expect_bytes(hc_buf_view(&b), "45");
}

static void an_impossible_size_does_not_overflow(void **state)
{
    HC_BUF_AUTO(b, 100);

    (void)state;
    hc_buf_add_str(&b, "x");
    assert_null(hc_buf_reserve(&b, SIZE_MAX));
    assert_int_equal(b.failed, HC_E_TOO_BIG);
}

static void printf_output_at_the_cap_is_whole_or_absent(void **state)
{
    HC_BUF_AUTO(b, 4);

    (void)state;
    hc_buf_addf(&b, "%s", "1234");
    assert_string_equal(hc_buf_cstr(&b), "1234");
    hc_buf_clear(&b);
    hc_buf_addf(&b, "%s", "12345");
    assert_int_equal(b.n, 0);
    assert_int_equal(b.failed, HC_E_TOO_BIG);
}

static void dropping_moves_the_rest_down(void **state)
{
    HC_BUF_AUTO(b, 100);

    (void)state;
    hc_buf_add_str(&b, "abcdef");
    hc_buf_drop(&b, 0);
    hc_buf_drop(&b, 2);
    expect_bytes(hc_buf_view(&b), "cdef");
    hc_buf_drop(&b, 100);
    assert_int_equal(b.n, 0);
    hc_buf_drop(&b, 1);
    assert_int_equal(b.n, 0);
}

static void wiping_and_finishing_leave_an_empty_buffer_with_its_cap(void **state)
{
    struct hc_buf b;

    (void)state;
    hc_buf_init(&b, 50);
    hc_buf_add_str(&b, "secret");
    hc_buf_wipe(&b);
    assert_null(b.p);
    assert_int_equal(b.max, 50);
    hc_buf_wipe(&b);
    hc_buf_fini(&b);
    assert_int_equal(b.n, 0);
}

static struct hc_rc build(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(b, 100000);

    (void)ctx;
    for (int i = 0; i < 1000; i++)
        hc_buf_addf(&b, "%d,", i);
    hc_buf_cstr(&b);
    HC_TRY(e, hc_buf_check(&b, e));
    return HC_OK;
}

static void a_part_that_failed_fails_the_whole_for_the_first_reason(void **state)
{
    HC_BUF_AUTO(out, 16);
    struct hc_err e = {0};

    (void)state;
    hc_buf_fail(&out, HC_OK_CODE);
    hc_buf_add_str(&out, "a");
    expect_ok(&e, hc_buf_check(&out, &e));
    hc_buf_fail(&out, HC_E_TOO_BIG);
    hc_buf_fail(&out, HC_E_NOMEM);
    expect_fail(&e, hc_buf_check(&out, &e), HC_E_TOO_BIG);
}

static void every_failed_allocation_is_noticed_at_the_end(void **state)
{
    struct hc_err e = {0};

    (void)state;
    assert_true(fault_sweep(build, NULL) >= 5);
    fault_alloc_at(2);
    expect_fail(&e, build(NULL, &e), HC_E_NOMEM);
    fault_alloc_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_allocates_nothing),
        cmocka_unit_test(appended_pieces_stand_in_order),
        cmocka_unit_test(growing_keeps_the_contents),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(a_failed_buffer_stays_failed_until_cleared),
        cmocka_unit_test(an_impossible_size_does_not_overflow),
        cmocka_unit_test(printf_output_at_the_cap_is_whole_or_absent),
        cmocka_unit_test(dropping_moves_the_rest_down),
        cmocka_unit_test(wiping_and_finishing_leave_an_empty_buffer_with_its_cap),
        cmocka_unit_test(a_part_that_failed_fails_the_whole_for_the_first_reason),
        cmocka_unit_test(every_failed_allocation_is_noticed_at_the_end),
    };

    return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}

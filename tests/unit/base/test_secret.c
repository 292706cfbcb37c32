/* test_secret.c - a secret has a fixed size and loses its bytes when it shrinks. */
#include "hc_test.h"

#include "base/secret.h"

static void a_new_secret_is_zero(void **state)
{
    HC_AUTO(hc_secret) s = NULL;
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_secret_new(4, &s, &e));
    expect_bytes(hc_secret_view(s), "\0\0\0\0");
    hc_secret_data(s)[1] = 'x';
    expect_bytes(hc_secret_view(s), "\0x\0\0");
}

static void a_copy_is_independent_of_its_source(void **state)
{
    HC_AUTO(hc_secret) s = NULL;
    uint8_t from[] = "key";
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_secret_copy(hc_bytes_of(from, 3), &s, &e));
    from[0] = 'K';
    expect_bytes(hc_secret_view(s), "key");
}

static void an_empty_secret_is_possible(void **state)
{
    HC_AUTO(hc_secret) s = NULL;
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_secret_copy((struct hc_bytes){NULL, 0}, &s, &e));
    assert_int_equal(hc_secret_view(s).n, 0);
    assert_int_equal(hc_secret_view(NULL).n, 0);
    hc_secret_free(NULL);
}

static void an_impossible_size_is_refused(void **state)
{
    struct hc_secret *s = NULL;
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_secret_new(SIZE_MAX - 1, &s, &e), HC_E_NOMEM);
    assert_null(s);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_secret) s = NULL;

    (void)ctx;
    HC_TRY(e, hc_secret_copy(HC_BYTES("key"), &s, e));
    return HC_OK;
}

static void a_failed_allocation_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(fault_sweep(make, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_secret_is_zero),
        cmocka_unit_test(a_copy_is_independent_of_its_source),
        cmocka_unit_test(an_empty_secret_is_possible),
        cmocka_unit_test(an_impossible_size_is_refused),
        cmocka_unit_test(a_failed_allocation_is_an_error),
    };

    return cmocka_run_group_tests_name("base/secret", tests, NULL, NULL);
}

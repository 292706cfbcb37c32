/* test_scalar.c - strict numbers and durations. */
#include "hc_test.h"

#include "base/auto.h"
#include "config/scalar.h"

static void an_int_is_decimal_and_nothing_else(void **state)
{
    static const char *const wrong[] = {"",    "-",  "+1", "01",  "010", "0x10", "1e3",
                                        "1_0", "1 ", " 1", "1.0", "-0",  "~",    "9223372036854775808"};
    int64_t v = 7;

    (void)state;
    assert_true(hc_scalar_int(HC_BYTES("0"), &v) && v == 0);
    assert_true(hc_scalar_int(HC_BYTES("-12"), &v) && v == -12);
    assert_true(hc_scalar_int(HC_BYTES("9223372036854775807"), &v) && v == INT64_MAX);
    v = 7;
    for (size_t i = 0; i < HC_COUNT(wrong); i++) {
        if (hc_scalar_int(hc_bytes_str(wrong[i]), &v))
            fail_msg("'%s' passed", wrong[i]);
    }
    assert_int_equal(v, 7);
}

static void a_duration_is_a_number_and_one_unit(void **state)
{
    static const char *const wrong[] = {"",     "5",     "s",   "5 s", "5S", "-5s",
                                        "1.5h", "1h30m", "05s", "5ms", "5w", "106751991167301d"};
    int64_t v = 7;

    (void)state;
    assert_true(hc_scalar_duration(HC_BYTES("5s"), &v) && v == 5);
    assert_true(hc_scalar_duration(HC_BYTES("2m"), &v) && v == 120);
    assert_true(hc_scalar_duration(HC_BYTES("1h"), &v) && v == 3600);
    assert_true(hc_scalar_duration(HC_BYTES("3d"), &v) && v == 259200);
    for (size_t i = 0; i < HC_COUNT(wrong); i++) {
        if (hc_scalar_duration(hc_bytes_str(wrong[i]), &v))
            fail_msg("'%s' passed", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_int_is_decimal_and_nothing_else),
        cmocka_unit_test(a_duration_is_a_number_and_one_unit),
    };

    return cmocka_run_group_tests_name("config/scalar", tests, NULL, NULL);
}

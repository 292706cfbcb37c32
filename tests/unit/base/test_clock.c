/* test_clock.c - dates survive the round trip, and what is no date is refused. */
#include "hc_test.h"

#include <time.h>

#include "base/clock.h"

static void dates_are_written_as_rfc_3339(void **state)
{
    char text[HC_TIME_TEXT];

    (void)state;
    assert_string_equal(hc_time_text(0, text), "1970-01-01T00:00:00Z");
    assert_string_equal(hc_time_text(1795255200, text), "2026-11-21T10:00:00Z");
    assert_string_equal(hc_time_text(951782400, text), "2000-02-29T00:00:00Z");
    assert_string_equal(hc_time_text(-1, text), "1969-12-31T23:59:59Z");
    assert_string_equal(hc_time_text(HC_TIME_MAX, text), "9999-12-31T23:59:59Z");
}

static void dates_beyond_four_digit_years_are_clamped(void **state)
{
    char text[HC_TIME_TEXT];

    (void)state;
    assert_string_equal(hc_time_text(INT64_MAX, text), "9999-12-31T23:59:59Z");
    assert_string_equal(hc_time_text(INT64_MIN, text), "0000-01-01T00:00:00Z");
}

/* A step that is coprime to days and years visits every month, hour and leap rule. */
static void every_date_survives_the_round_trip(void **state)
{
    struct hc_err e = {0};

    (void)state;
    for (int64_t t = INT64_C(-62167219200); t <= HC_TIME_MAX; t += 7654321) {
        char text[HC_TIME_TEXT];
        int u[6];
        int64_t back = 0;

        hc_time_to_utc(t, u);
        assert_true(hc_time_from_utc(u[0], u[1], u[2], u[3], u[4], u[5], &back));
        assert_true(back == t);
        expect_ok(&e, hc_time_parse(hc_bytes_str(hc_time_text(t, text)), &back, &e));
        assert_true(back == t);
    }
}

static void leap_days_follow_the_gregorian_rule(void **state)
{
    int64_t t;

    (void)state;
    assert_true(hc_time_from_utc(2024, 2, 29, 0, 0, 0, &t));
    assert_true(hc_time_from_utc(2000, 2, 29, 0, 0, 0, &t));
    assert_false(hc_time_from_utc(2023, 2, 29, 0, 0, 0, &t));
    assert_false(hc_time_from_utc(1900, 2, 29, 0, 0, 0, &t));
    assert_false(hc_time_from_utc(2100, 2, 29, 0, 0, 0, &t));
}

static void fields_out_of_range_are_refused(void **state)
{
    static const int bad[][6] = {
        {-1, 1, 1, 0, 0, 0},    {10000, 1, 1, 0, 0, 0}, {2026, 0, 1, 0, 0, 0},  {2026, 13, 1, 0, 0, 0},
        {2026, 1, 0, 0, 0, 0},  {2026, 1, 32, 0, 0, 0}, {2026, 4, 31, 0, 0, 0}, {2026, 1, 1, -1, 0, 0},
        {2026, 1, 1, 24, 0, 0}, {2026, 1, 1, 0, 60, 0}, {2026, 1, 1, 0, -1, 0}, {2026, 1, 1, 0, 0, 60},
        {2026, 1, 1, 0, 0, -1},
    };
    int64_t t = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hc_time_from_utc(bad[i][0], bad[i][1], bad[i][2], bad[i][3], bad[i][4], bad[i][5], &t));
    assert_int_equal(t, 42);
}

static int64_t parsed(const char *text)
{
    struct hc_err e = {0};
    int64_t t = 0;

    expect_ok(&e, hc_time_parse(hc_bytes_str(text), &t, &e));
    return t;
}

static void offsets_are_taken_into_account(void **state)
{
    int64_t noon = parsed("2026-11-21T12:00:00Z");

    (void)state;
    assert_true(parsed("2026-11-21T14:00:00+02:00") == noon);
    assert_true(parsed("2026-11-21T06:30:00-05:30") == noon);
    assert_true(parsed("2026-11-22T00:00:00+12:00") == noon);
    assert_true(parsed("2026-11-21t12:00:00z") == noon);
    assert_true(parsed("2026-11-21 12:00:00-00:00") == noon);
}

static void what_is_no_date_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "now",
        "2026-11-21",
        "2026-11-21T10:00:00",
        "2026-11-21T10:00Z",
        "2026-11-21T10:00:00.5Z",
        "2026-11-21T10:00:60Z",
        "2026-11-21T10:00:00Z ",
        " 2026-11-21T10:00:00Z",
        "2026-11-21T10:00:00+0200",
        "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+02:60",
        "2026-11-31T10:00:00Z",
        "26-11-21T10:00:00Z",
        "+026-11-21T10:00:00Z",
        "2026-11-21X10:00:00Z",
        "2026/11/21T10:00:00Z",
    };
    struct hc_err e = {0};
    int64_t t = 42;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_fail(&e, hc_time_parse(hc_bytes_str(bad[i]), &t, &e), HC_E_DATE);
    expect_fail(&e, hc_time_parse(HC_BYTES("2026-11-21T10:00:00Z\0"), &t, &e), HC_E_DATE);
    expect_fail(&e, hc_time_parse(HC_BYTES("2026-11-21T10:00:00\0"), &t, &e), HC_E_DATE);
    assert_int_equal(t, 42);
}

static void an_age_is_told_in_the_largest_unit_that_is_at_least_two(void **state)
{
    char text[HC_AGE_TEXT];

    (void)state;
    assert_string_equal(hc_age_text(0, text), "0 seconds");
    assert_string_equal(hc_age_text(1, text), "1 second");
    assert_string_equal(hc_age_text(-59, text), "59 seconds");
    assert_string_equal(hc_age_text(119, text), "119 seconds");
    assert_string_equal(hc_age_text(120, text), "2 minutes");
    assert_string_equal(hc_age_text(2 * HC_HOUR, text), "2 hours");
    assert_string_equal(hc_age_text(-3 * HC_DAY, text), "3 days");
    assert_string_equal(hc_age_text(INT64_C(800) * HC_DAY, text), "2 years");
    assert_non_null(strstr(hc_age_text(INT64_MIN, text), " years"));
}

static void the_clocks_run_forward(void **state)
{
    uint64_t us = hc_mono_us();
    int64_t now = hc_time_now();

    (void)state;
    assert_true(hc_mono_us() >= us);
    assert_true(hc_mono_ms() >= us / 1000);
    assert_true(now - (int64_t)time(NULL) <= 1 && now - (int64_t)time(NULL) >= -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_written_as_rfc_3339),
        cmocka_unit_test(dates_beyond_four_digit_years_are_clamped),
        cmocka_unit_test(every_date_survives_the_round_trip),
        cmocka_unit_test(leap_days_follow_the_gregorian_rule),
        cmocka_unit_test(fields_out_of_range_are_refused),
        cmocka_unit_test(offsets_are_taken_into_account),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(an_age_is_told_in_the_largest_unit_that_is_at_least_two),
        cmocka_unit_test(the_clocks_run_forward),
    };

    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}

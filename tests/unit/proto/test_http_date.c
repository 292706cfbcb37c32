/* test_http_date.c - dates as HTTP writes them. */
#include "hc_test.h"

#include "base/auto.h"
#include "base/clock.h"
#include "proto/http_date.h"

#define NOW INT64_C(1795255200) /* 2026-11-21T10:00:00Z */
#define SUNDAY INT64_C(784111777)

static void a_time_is_written_as_imf_fixdate(void **state)
{
    char out[HC_HTTP_DATE_TEXT];

    (void)state;
    assert_string_equal(hc_http_date_text(SUNDAY, out), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_string_equal(hc_http_date_text(0, out), "Thu, 01 Jan 1970 00:00:00 GMT");
    assert_string_equal(hc_http_date_text(-1, out), "Wed, 31 Dec 1969 23:59:59 GMT");
    assert_string_equal(hc_http_date_text(NOW, out), "Sat, 21 Nov 2026 10:00:00 GMT");
    assert_string_equal(hc_http_date_text(HC_TIME_MAX, out), "Fri, 31 Dec 9999 23:59:59 GMT");
}

static void all_three_forms_are_read(void **state)
{
    static const char *const forms[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(forms); i++) {
        int64_t t = 0;

        assert_true(hc_http_date_parse(hc_bytes_str(forms[i]), NOW, &t));
        assert_int_equal(t, SUNDAY);
    }
}

static void what_is_written_is_read_back(void **state)
{
    (void)state;
    for (int64_t t = 0; t < HC_TIME_MAX; t += INT64_C(86400) * 977 + 12345) {
        char text[HC_HTTP_DATE_TEXT];
        int64_t back = -1;

        assert_true(hc_http_date_parse(hc_bytes_str(hc_http_date_text(t, text)), NOW, &back));
        assert_int_equal(back, t);
    }
}

static void two_digits_mean_the_nearest_year_at_most_fifty_ahead(void **state)
{
    int64_t t;
    char out[HC_HTTP_DATE_TEXT];

    (void)state;
    assert_true(hc_http_date_parse(HC_BYTES("Saturday, 21-Nov-76 10:00:00 GMT"), NOW, &t));
    assert_string_equal(hc_http_date_text(t, out) + 12, "2076 10:00:00 GMT");
    assert_true(hc_http_date_parse(HC_BYTES("Monday, 21-Nov-77 10:00:00 GMT"), NOW, &t));
    assert_string_equal(hc_http_date_text(t, out) + 12, "1977 10:00:00 GMT");
}

static void anything_else_is_no_date(void **state)
{
    static const char *const bad[] = {
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
        "0",
        "Sun Nov 6 08:49:37 1994",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        int64_t t = 42;

        if (hc_http_date_parse(hc_bytes_str(bad[i]), NOW, &t))
            fail_msg("\"%s\" was read as a date", bad[i]);
        assert_int_equal(t, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_as_imf_fixdate),
        cmocka_unit_test(all_three_forms_are_read),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(two_digits_mean_the_nearest_year_at_most_fifty_ahead),
        cmocka_unit_test(anything_else_is_no_date),
    };

    return cmocka_run_group_tests_name("proto/http_date", tests, NULL, NULL);
}

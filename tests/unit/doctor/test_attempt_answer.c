/* test_attempt_answer.c - what an HTTP answer says, read from bytes. */
#include "hc_test.h"

#include <stdio.h>

#include "doctor/attempt_inside.h"

static struct hc_attempt_answer answer(const char *text)
{
    struct hc_attempt_answer a;

    hc_attempt_answer_read(hc_bytes_str(text), &a);
    return a;
}

static void a_refusal_is_read_with_its_id(void **state)
{
    struct hc_attempt_answer a = answer("HTTP/1.1 403 Forbidden\r\ndate:Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                        "Content-Length: 31\r\n\r\n403 Forbidden\nid: 0123456789ab\n");

    (void)state;
    assert_int_equal(a.status, 403);
    assert_int_equal(a.date, 784111777);
    assert_string_equal(a.ref.text, "0123456789ab");
    assert_true(a.whole);
}

static void what_is_missing_is_waited_for(void **state)
{
    (void)state;
    assert_int_equal(answer("HTTP/1.1 40").status, 0);
    assert_int_equal(answer("HTTP/1.1 403 Forbidden\r\n").status, 403);
    assert_false(answer("HTTP/1.1 403 Forbidden\r\n").whole);
    assert_false(answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n1234").whole);
    assert_true(answer("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\n12345").whole);
    assert_false(answer("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").whole);
    assert_true(answer("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").whole);
    assert_false(answer("HTTP/1.0 400 X\r\n\r\n<html>").whole); /* until the end of the connection */
    assert_true(answer("HTTP/1.0 200 OK\r\n\r\n").whole);       /* what is served is not asked for */
}

static void interim_answers_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").status, 200);
    assert_false(answer("HTTP/1.1 100 Continue\r\n\r\n").whole);
}

static void careless_servers_are_read_too(void **state)
{
    struct hc_attempt_answer a = answer("HTTP/1.1 400\nDate: yesterday\nContent-Length: many\n no colon here\n\nbody");

    (void)state;
    assert_int_equal(a.status, 400);
    assert_int_equal(a.date, 0);
    assert_false(a.whole);
}

static void what_is_no_answer_has_no_status(void **state)
{
    static const char *const texts[] = {"",
                                        "\n",
                                        "220 mail ESMTP\r\n",
                                        "HTTP/2 200\r\n\r\n",
                                        "HTTP/1.1 999 X\r\n\r\n",
                                        "HTTP/1.1 20x OK\r\n\r\n",
                                        "HTTP/1.1 2000\r\n\r\n",
                                        "HTTP/1.1  200 OK\r\n"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(texts); i++)
        assert_int_equal(answer(texts[i]).status, 0);
}

static void only_what_looks_like_an_id_is_one(void **state)
{
    static const char *const bodies[] = {"id: 0123456789a\n",  "id: 0123456789abc\n", "id: 0123456789ai\n",
                                         "id: 0123456789aB\n", "xid: 0123456789ab\n", "id: 0123456789ab"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bodies); i++) {
        char text[128];

        snprintf(text, sizeof text, "HTTP/1.1 403 X\r\n\r\n%s", bodies[i]);
        assert_string_equal(answer(text).ref.text, "");
    }
    assert_string_equal(answer("HTTP/1.1 200 OK\r\n\r\nid: 0123456789ab\n").ref.text, ""); /* no refusal */
}

static void impossible_dates_are_none(void **state)
{
    static const char *const dates[] = {"Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                                        "Sun, 06 Xxx 1994 08:49:37 GMT", "Sun, 06 Nov 19x4 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 GMT and more"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(dates); i++) {
        char text[128];

        snprintf(text, sizeof text, "HTTP/1.1 200 X\r\nDate: %s\r\n\r\n", dates[i]);
        assert_int_equal(answer(text).date, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_read_with_its_id),   cmocka_unit_test(what_is_missing_is_waited_for),
        cmocka_unit_test(interim_answers_are_passed_over), cmocka_unit_test(careless_servers_are_read_too),
        cmocka_unit_test(what_is_no_answer_has_no_status), cmocka_unit_test(only_what_looks_like_an_id_is_one),
        cmocka_unit_test(impossible_dates_are_none),
    };

    return cmocka_run_group_tests_name("doctor/attempt_answer", tests, NULL, NULL);
}

/* test_why_line_json.c - what a gate says about a handshake is read back as it was. */
#include "why_sample.h"

#include "doctor/why_line_json.h"
#include "observe/why_json.h"

static void expect_back(const struct hc_why *w)
{
    static struct hc_why back;
    HC_BUF_AUTO(line, HC_WHY_JSON);
    HC_BUF_AUTO(one, HC_WHY_BYTES);
    HC_BUF_AUTO(two, HC_WHY_BYTES);
    struct hc_err e = {0};

    hc_why_json(w, &line);
    expect_ok(&e, hc_why_line_read(hc_buf_view(&line), &back, &e));
    hc_why_emit(w, &one);
    hc_why_emit(&back, &two);
    assert_true(hc_bytes_eq(hc_buf_view(&one), hc_buf_view(&two)));
}

static void a_line_comes_back_as_the_record_it_was(void **state)
{
    static struct hc_why w;

    (void)state;
    sample_expired(&w);
    expect_back(&w);
    sample_forbidden(&w);
    w.resumed = true;
    w.more_certs = w.more_findings = w.more_messages = 7;
    strcpy(w.path, "/\"\\\x01\xc3\xa4");
    expect_back(&w);
    memset(&w, 0, sizeof w);
    expect_back(&w);
}

static void what_is_no_object_is_refused(void **state)
{
    static const char *const bad[] = {"", "{", "[]", "null", "{\"a\":1,\"a\":2}", "{} x"};
    static struct hc_why w;
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_fail(&e, hc_why_line_read(hc_bytes_str(bad[i]), &w, &e), HC_E_WHY_RECORD);
}

static void members_of_another_kind_or_size_are_left_empty_or_cut(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(line, 65536);
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e,
              hc_why_line_read(HC_BYTES("{\"time\":7,\"gate\":[],\"chain\":{},\"findings\":[1,[],{\"depth\":99}],"
                                        "\"us\":-1,\"status\":5000,\"client_random_sha256\":\"zz\",\"id\":\"HC-\"}"),
                               &w, &e));
    assert_int_equal(w.time, 0);
    assert_int_equal(w.n_findings, 3);
    assert_int_equal(w.finding[2].depth, -1);
    assert_int_equal(w.status, 0);
    assert_false(w.has_random);
    hc_buf_add_str(&line, "{\"messages\":[{}");
    for (int i = 0; i < 100; i++)
        hc_buf_add_str(&line, ",{}");
    hc_buf_add_str(&line, "],\"gate\":\"");
    for (int i = 0; i < 500; i++)
        hc_buf_add_str(&line, "g");
    hc_buf_add_str(&line, "\"}");
    expect_ok(&e, hc_why_line_read(hc_buf_view(&line), &w, &e));
    assert_int_equal(w.n_messages, HC_WHY_MESSAGES);
    assert_int_equal(strlen(w.gate), sizeof w.gate - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_comes_back_as_the_record_it_was),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(members_of_another_kind_or_size_are_left_empty_or_cut),
    };
    return cmocka_run_group_tests_name("doctor/why_line_json", tests, NULL, NULL);
}

/* test_report.c - a report keeps every failure it can, and names the one that says most. */
#include "hc_test.h"

#include "pki/report.h"

static void report_without_findings_is_a_success(void **state)
{
    (void)state;
    struct hc_report r;
    struct hc_err e;
    hc_report_init(&r, false);
    assert_true(hc_report_ok(&r));
    assert_null(hc_report_first(&r));
    assert_int_equal(hc_report_code(&r), HC_OK_CODE);
    expect_ok(&e, hc_report_result(&r, &e));
}

static void report_keeps_passed_steps_only_on_request(void **state)
{
    (void)state;
    struct hc_report r;
    hc_report_init(&r, false);
    hc_report_pass(&r, 0, "fine");
    assert_int_equal(r.n, 0);
    hc_report_init(&r, true);
    hc_report_pass(&r, 0, "fine");
    assert_int_equal(r.n, 1);
    assert_true(hc_report_ok(&r));
}

static void report_names_the_refusal_in_the_documented_order(void **state)
{
    (void)state;
    static const enum hc_code order[] = {HC_E_NOMEM,        HC_E_BAD_SIGNATURE, HC_E_REVOKED,     HC_E_NAME_EXCLUDED,
                                         HC_E_CERT_EXPIRED, HC_E_WRONG_PURPOSE, HC_E_CRL_MISSING, HC_E_NAME_MISMATCH};
    struct hc_report r;
    hc_report_init(&r, false);
    for (size_t i = sizeof(order) / sizeof(order[0]); i-- > 0;) {
        hc_report_fail(&r, order[i], 0, "%zu", i);
        assert_int_equal(hc_report_code(&r), order[i]);
    }
    assert_int_equal(r.failed, sizeof(order) / sizeof(order[0]));
}

static void report_of_equals_names_the_first(void **state)
{
    (void)state;
    struct hc_report r;
    hc_report_init(&r, false);
    hc_report_fail(&r, HC_E_ISSUER_EXPIRED, 2, "second");
    hc_report_fail(&r, HC_E_CERT_EXPIRED, 0, "first");
    assert_int_equal(hc_report_first(&r)->depth, 2);
}

static void report_that_is_full_gives_up_passed_steps_before_failures(void **state)
{
    (void)state;
    struct hc_report r;
    hc_report_init(&r, true);
    for (int i = 0; i < HC_REPORT_FINDINGS; i++)
        hc_report_pass(&r, 0, "step %d", i);
    for (int i = 0; i < HC_REPORT_FINDINGS; i++)
        hc_report_fail(&r, HC_E_CERT_EXPIRED, 0, "fault %d", i);
    assert_int_equal(r.n, HC_REPORT_FINDINGS);
    for (size_t i = 0; i < r.n; i++)
        assert_int_equal(r.finding[i].code, HC_E_CERT_EXPIRED);
    hc_report_fail(&r, HC_E_REVOKED, 0, "one too many");
    assert_int_equal(r.failed, HC_REPORT_FINDINGS + 1);
    assert_int_equal(r.lost, HC_REPORT_FINDINGS + 1);
    assert_false(hc_report_ok(&r));
}

static void report_text_is_escaped_and_cut_between_characters(void **state)
{
    (void)state;
    struct hc_report r;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    hc_report_init(&r, true);
    hc_ignore(HC_FAIL(&e, HC_E_UNKNOWN_ISSUER, "by \x1b[31mred"));
    hc_report_fail_err(&r, 1, &e);
    char longer[512];
    for (size_t i = 0; i + 2 < sizeof(longer); i += 2)
        memcpy(longer + i, "\xc3\xa9", 3);
    hc_report_fail(&r, HC_E_REVOKED, 0, "x%s", longer);
    hc_report_text(&r, &out);
    const char *text = hc_buf_cstr(&out);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "HC-1101"));
    assert_non_null(strstr(text, "issuer 1: by "));
    const char *cut = r.finding[1].text;
    assert_int_equal((strlen(cut) - 1) % 2, 0);
}

static void report_result_says_how_many_more_rules_failed(void **state)
{
    (void)state;
    struct hc_report r, all;
    struct hc_err e;
    hc_report_init(&r, false);
    hc_report_init(&all, false);
    hc_report_fail(&r, HC_E_WRONG_PURPOSE, 0, "no purpose");
    hc_report_fail(&r, HC_E_CERT_EXPIRED, 0, "too old");
    hc_report_merge(&all, &r);
    expect_fail(&e, hc_report_result(&all, &e), HC_E_CERT_EXPIRED);
    assert_string_equal(e.text, "too old (and 1 more rule failed)");
    assert_int_equal(all.failed, 2);
    assert_true(hc_report_has(&all, HC_E_WRONG_PURPOSE));
    assert_false(hc_report_has(&all, HC_E_REVOKED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_without_findings_is_a_success),
        cmocka_unit_test(report_keeps_passed_steps_only_on_request),
        cmocka_unit_test(report_names_the_refusal_in_the_documented_order),
        cmocka_unit_test(report_of_equals_names_the_first),
        cmocka_unit_test(report_that_is_full_gives_up_passed_steps_before_failures),
        cmocka_unit_test(report_text_is_escaped_and_cut_between_characters),
        cmocka_unit_test(report_result_says_how_many_more_rules_failed),
    };
    return cmocka_run_group_tests_name("pki/report", tests, NULL, NULL);
}

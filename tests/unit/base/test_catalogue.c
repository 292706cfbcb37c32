/* test_catalogue.c - the table keeps its promises: stable ascending ids, one sentence, one fix. */
#include "hc_test.h"

#include "base/catalogue.h"

static void ids_and_names_are_unique_and_ids_ascend(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    assert_true(n > 100);
    for (size_t i = 1; i < n; i++) {
        if (rows[i].code <= rows[i - 1].code)
            fail_msg("%s (%d) does not come after %s (%d)", rows[i].name, (int)rows[i].code, rows[i - 1].name,
                     (int)rows[i - 1].code);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].name, rows[j].name);
    }
}

static void the_class_is_the_thousands_of_the_id(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows[i].class, (int)rows[i].code / 1000);
        assert_in_range(rows[i].class, HC_CLASS_CERTIFICATE, HC_CLASS_FORMAT);
        assert_int_equal(strncmp(rows[i].name, "HC_E_", 5), 0);
    }
}

static void every_sentence_is_one_plain_sentence(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        const char *s = rows[i].sentence;
        size_t len = strlen(s);

        if (len < 10 || len > 160 || s[len - 1] != '.' || s[0] < 'A' || s[0] > 'Z')
            fail_msg("%s: '%s' is not a sentence", rows[i].name, s);
    }
}

static void every_row_has_a_fix_and_a_clause_or_none(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        if (strlen(rows[i].fix) < 10)
            fail_msg("%s has no fix", rows[i].name);
        assert_non_null(rows[i].clause);
    }
}

static void every_exit_alert_and_status_is_possible(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_in_range(rows[i].exit, 1, 3);
        assert_in_range(rows[i].alert, 0, 120);
        if (rows[i].status != 0)
            assert_in_range(rows[i].status, 400, 599);
        if (rows[i].class == HC_CLASS_CERTIFICATE && rows[i].v_err != 0)
            assert_int_not_equal(rows[i].alert, 0);
        if (rows[i].class == HC_CLASS_USAGE)
            assert_int_equal(rows[i].exit, 2);
        if (rows[i].class == HC_CLASS_ENVIRONMENT)
            assert_int_equal(rows[i].exit, 3);
    }
}

static void a_row_is_found_by_its_code(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_ptr_equal(hc_row(rows[i].code), &rows[i]);
    assert_string_equal(hc_row(HC_E_CERT_EXPIRED)->name, "HC_E_CERT_EXPIRED");
}

static void a_code_without_a_row_is_an_internal_error(void **state)
{
    (void)state;
    assert_int_equal(hc_row(HC_OK_CODE)->code, HC_E_INTERNAL);
    assert_int_equal(hc_row((enum hc_code)4711)->code, HC_E_INTERNAL);
}

static void an_id_reads_hc_and_four_digits(void **state)
{
    char text[HC_ID_TEXT];

    (void)state;
    assert_string_equal(hc_id_text(HC_E_WRONG_PURPOSE, text), "HC-1207");
    assert_string_equal(hc_id_text(HC_OK_CODE, text), "HC-0000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_and_names_are_unique_and_ids_ascend),
        cmocka_unit_test(the_class_is_the_thousands_of_the_id),
        cmocka_unit_test(every_sentence_is_one_plain_sentence),
        cmocka_unit_test(every_row_has_a_fix_and_a_clause_or_none),
        cmocka_unit_test(every_exit_alert_and_status_is_possible),
        cmocka_unit_test(a_row_is_found_by_its_code),
        cmocka_unit_test(a_code_without_a_row_is_an_internal_error),
        cmocka_unit_test(an_id_reads_hc_and_four_digits),
    };

    return cmocka_run_group_tests_name("base/catalogue", tests, NULL, NULL);
}

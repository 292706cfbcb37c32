/* test_problem.c - the list of mistakes: order, form, bounds. */
#include "hc_test.h"

#include "config/problem.h"

static const struct hc_mark early = {.line = 2, .column = 9};
static const struct hc_mark late = {.line = 10, .column = 1};

static void problems_are_printed_in_the_order_of_the_file(void **state)
{
    struct hc_config_problems list = {0};
    HC_BUF_AUTO(out, 4096);

    (void)state;
    hc_config_problems_add(&list, late, HC_E_CONFIG_VALUE, "third");
    hc_config_problems_add(&list, early, HC_E_CONFIG_VALUE, "first %d", 1);
    hc_config_problems_add(&list, early, HC_E_CONFIG_TYPE, "second");
    hc_config_problems_add(&list, (struct hc_mark){.option = "--listen"}, HC_E_CONFIG_VALUE, "flag");
    hc_config_problems_sort(&list);
    hc_config_problems_print(&list, "gate.yaml", &out);
    assert_string_equal(hc_buf_cstr(&out), "--listen: flag\n"
                                           "gate.yaml:2:9: first 1\n"
                                           "gate.yaml:2:9: second\n"
                                           "gate.yaml:10:1: third\n");
}

static void problems_escape_what_the_file_says(void **state)
{
    struct hc_config_problems list = {0};
    HC_BUF_AUTO(out, 4096);

    (void)state;
    hc_config_problems_add(&list, early, HC_E_CONFIG_VALUE, "unknown key '\x1b[2J'");
    hc_config_problems_print(&list, "a\nb", &out);
    assert_null(strchr(hc_buf_cstr(&out), 0x1b));
    assert_non_null(strstr(hc_buf_cstr(&out), "a\\nb:2:9: "));
}

static void problems_beyond_the_last_place_are_counted(void **state)
{
    struct hc_config_problems list = {0};
    HC_BUF_AUTO(out, 65536);
    struct hc_err e;

    (void)state;
    for (int i = 0; i < HC_CONFIG_PROBLEMS_MAX + 3; i++)
        hc_config_problems_add(&list, early, HC_E_CONFIG_VALUE, "again");
    assert_int_equal(list.n, HC_CONFIG_PROBLEMS_MAX);
    hc_config_problems_print(&list, "f", &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "\nand 3 more problems\n"));
    expect_fail(&e, hc_config_problems_check(&list, "f", &e), HC_E_CONFIG_INVALID);
    assert_string_equal(e.text, "f has 67 errors; the first at line 2, column 9: again");
}

static void the_check_says_how_many_and_the_first(void **state)
{
    struct hc_config_problems list = {0};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_config_problems_check(&list, "f", &e));
    hc_config_problems_add(&list, late, HC_E_CONFIG_VALUE, "third");
    expect_fail(&e, hc_config_problems_check(&list, "f", &e), HC_E_CONFIG_INVALID);
    assert_string_equal(e.text, "f has 1 error; line 10, column 1: third");
    hc_config_problems_add(&list, early, HC_E_CONFIG_VALUE, "first");
    expect_fail(&e, hc_config_problems_check(&list, "f", &e), HC_E_CONFIG_INVALID);
    assert_string_equal(e.text, "f has 2 errors; the first at line 2, column 9: first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(problems_are_printed_in_the_order_of_the_file),
        cmocka_unit_test(problems_escape_what_the_file_says),
        cmocka_unit_test(problems_beyond_the_last_place_are_counted),
        cmocka_unit_test(the_check_says_how_many_and_the_first),
    };

    return cmocka_run_group_tests_name("config/problem", tests, NULL, NULL);
}

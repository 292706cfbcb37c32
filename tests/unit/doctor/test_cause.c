/* test_cause.c - the table of verdicts keeps its own rules. */
#include <ctype.h>

#include "doctor/cause.h"
#include "hc_test.h"

static void there_are_at_least_sixty_causes(void **state)
{
    (void)state;
    assert_true(HC_CAUSES >= 60);
}

static void every_cause_has_a_slug_a_sentence_and_a_fix(void **state)
{
    (void)state;
    for (enum hc_cause c = 0; c < HC_CAUSES; c++) {
        const struct hc_cause_row *row = hc_cause_row(c);

        assert_int_equal(row->cause, c);
        for (const char *s = row->slug; *s; s++)
            assert_true(islower((unsigned char)*s) || isdigit((unsigned char)*s) || *s == '-');
        assert_true(strlen(row->sentence) > 20 && row->sentence[strlen(row->sentence) - 1] == '.');
        assert_true(strlen(row->fix) > 8);
    }
}

static void a_slug_names_one_cause(void **state)
{
    (void)state;
    for (enum hc_cause c = 0; c < HC_CAUSES; c++)
        assert_int_equal(hc_cause_find(hc_bytes_str(hc_cause_row(c)->slug))->cause, c);
    assert_null(hc_cause_find(HC_BYTES("no-such-cause")));
}

static void only_what_works_is_nobodys_fault(void **state)
{
    (void)state;
    for (enum hc_cause c = 0; c < HC_CAUSES; c++)
        assert_int_equal(hc_cause_row(c)->side == HC_SIDE_NOBODY, hc_cause_row(c)->code == HC_OK_CODE);
}

static void a_cause_that_is_somebodys_fault_ends_the_probe_with_1_or_3(void **state)
{
    (void)state;
    for (enum hc_cause c = 0; c < HC_CAUSES; c++)
        if (hc_cause_row(c)->side != HC_SIDE_NOBODY)
            assert_int_equal(hc_row(hc_cause_row(c)->code)->exit, c == HC_CAUSE_LOCAL_TROUBLE ? 3 : 1);
}

static void sides_have_words(void **state)
{
    (void)state;
    assert_string_equal(hc_side_text(HC_SIDE_NOBODY), "nobody");
    assert_string_equal(hc_side_text(HC_SIDE_BOTH), "both");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_at_least_sixty_causes),
        cmocka_unit_test(every_cause_has_a_slug_a_sentence_and_a_fix),
        cmocka_unit_test(a_slug_names_one_cause),
        cmocka_unit_test(only_what_works_is_nobodys_fault),
        cmocka_unit_test(a_cause_that_is_somebodys_fault_ends_the_probe_with_1_or_3),
        cmocka_unit_test(sides_have_words),
    };
    return cmocka_run_group_tests_name("doctor/cause", tests, NULL, NULL);
}

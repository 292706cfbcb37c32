/* test_ref.c - ids that nobody can guess and anybody can read aloud. */
#include "hc_test.h"

#include "base/auto.h"
#include "observe/ref.h"

static void a_ref_has_twelve_characters_without_look_alikes(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct hc_ref ref;
        struct hc_err e;

        expect_ok(&e, hc_ref_new(&ref, &e));
        assert_int_equal(strlen(ref.text), 12);
        assert_int_equal(strspn(ref.text, "0123456789abcdefghjkmnpqrstvwxyz"), 12);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct hc_ref *)a)->text, ((const struct hc_ref *)b)->text);
}

static void two_refs_are_never_the_same(void **state)
{
    static struct hc_ref refs[20000];
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(refs); i++)
        expect_ok(&e, hc_ref_new(&refs[i], &e));
    qsort(refs, HC_COUNT(refs), sizeof refs[0], by_text);
    for (size_t i = 1; i < HC_COUNT(refs); i++)
        assert_string_not_equal(refs[i - 1].text, refs[i].text);
}

static void every_character_is_used_about_as_often_as_every_other(void **state)
{
    unsigned seen[128] = {0};
    struct hc_err e;
    int kinds = 0;

    (void)state;
    for (int i = 0; i < 4000; i++) {
        struct hc_ref ref;

        expect_ok(&e, hc_ref_new(&ref, &e));
        for (const char *c = ref.text; *c; c++)
            seen[(unsigned char)*c]++;
    }
    for (size_t c = 0; c < HC_COUNT(seen); c++) {
        if (seen[c] == 0)
            continue;
        kinds++;
        assert_in_range(seen[c], 1200, 1800); /* 1500 expected, sigma 38 */
    }
    assert_int_equal(kinds, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ref_has_twelve_characters_without_look_alikes),
        cmocka_unit_test(two_refs_are_never_the_same),
        cmocka_unit_test(every_character_is_used_about_as_often_as_every_other),
    };

    return cmocka_run_group_tests_name("observe/ref", tests, NULL, NULL);
}

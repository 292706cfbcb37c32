/* test_why_ref.c - ids are found in what people paste. */
#include "why_sample.h"

static void expect_found(const char *text, const char *want)
{
    struct hc_bytes rest = hc_bytes_str(text);
    struct hc_ref id;

    if (!hc_why_ref_next(&rest, &id))
        fail_msg("nothing is found in: %s", text);
    assert_string_equal(id.text, want);
}

static void an_id_is_found_in_any_text_and_either_case(void **state)
{
    (void)state;
    expect_found("k7mq2fzt9xwd", "k7mq2fzt9xwd");
    expect_found("K7MQ2FZT9XWD", "k7mq2fzt9xwd");
    expect_found("403 Forbidden\r\nid: k7mq2fzt9xwd\r\n", "k7mq2fzt9xwd");
    expect_found("{\"ref\":\"k7mq2fzt9xwd\",", "k7mq2fzt9xwd");
    expect_found("ref=k7mq2fzt9xwd.", "k7mq2fzt9xwd");
}

static void letters_that_look_like_digits_are_those(void **state)
{
    (void)state;
    expect_found("oO7mq2fztIlw", "007mq2fzt11w");
}

static void what_has_another_length_or_alphabet_is_no_id(void **state)
{
    static const char *const none[] = {"", "k7mq2fzt9xw", "k7mq2fzt9xwdd", "k7mq2fzt9xwu", "k7mq-2fzt9xwd", "\xff\xfe"};
    struct hc_ref id = {"untouched"};

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct hc_bytes rest = hc_bytes_str(none[i]);

        assert_false(hc_why_ref_next(&rest, &id));
        assert_int_equal(rest.n, 0);
    }
}

static void each_word_that_could_be_one_is_given(void **state)
{
    struct hc_bytes rest = HC_BYTES("certificates: abcdefghjkmn k7mq2fzt9xwd");
    struct hc_ref id;

    (void)state;
    assert_true(hc_why_ref_next(&rest, &id));
    assert_string_equal(id.text, "cert1f1cates");
    assert_true(hc_why_ref_next(&rest, &id));
    assert_string_equal(id.text, "abcdefghjkmn");
    assert_true(hc_why_ref_next(&rest, &id));
    assert_string_equal(id.text, "k7mq2fzt9xwd");
    assert_false(hc_why_ref_next(&rest, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_found_in_any_text_and_either_case),
        cmocka_unit_test(letters_that_look_like_digits_are_those),
        cmocka_unit_test(what_has_another_length_or_alphabet_is_no_id),
        cmocka_unit_test(each_word_that_could_be_one_is_given),
    };
    return cmocka_run_group_tests_name("doctor/why_ref", tests, NULL, NULL);
}

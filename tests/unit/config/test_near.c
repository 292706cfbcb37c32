/* test_near.c - which words are taken for typing mistakes of which. */
#include "hc_test.h"

#include <limits.h>

#include "base/auto.h"
#include "config/near.h"

static const char *const keys[] = {"name", "listen", "identity", "clients", "forward", "serve", "routes"};

static const char *nearest(const char *word)
{
    struct hc_near near = hc_near_start(hc_bytes_str(word));

    for (size_t i = 0; i < HC_COUNT(keys); i++)
        hc_near_try(&near, keys[i]);
    return near.best;
}

static void near_finds_the_word_behind_a_typing_mistake(void **state)
{
    (void)state;
    assert_string_equal(nearest("lisen"), "listen");
    assert_string_equal(nearest("fowrard"), "forward");
    assert_string_equal(nearest("client"), "clients");
    assert_string_equal(nearest("Routes"), "routes");
    assert_string_equal(nearest("nmae"), "name");
    assert_string_equal(nearest("server"), "serve");
}

static void near_finds_the_word_that_was_cut_short(void **state)
{
    (void)state;
    assert_string_equal(nearest("ident"), "identity");
    assert_string_equal(nearest("for"), "forward");
    assert_null(nearest("fo"));
}

static void near_stays_silent_about_other_words(void **state)
{
    (void)state;
    assert_null(nearest("timeout"));
    assert_null(nearest("x"));
    assert_null(nearest(""));
    assert_null(nearest("a-word-that-is-much-longer-than-any-key-could-ever-be-in-here"));
}

static void near_counts_edits_and_a_swap_as_one(void **state)
{
    (void)state;
    assert_int_equal(hc_near_distance(HC_BYTES("idle_timout"), HC_BYTES("idle_timeout")), 1);
    assert_int_equal(hc_near_distance(HC_BYTES("ab"), HC_BYTES("ba")), 1);
    assert_int_equal(hc_near_distance(HC_BYTES("kitten"), HC_BYTES("sitting")), 3);
    assert_int_equal(hc_near_distance(HC_BYTES(""), HC_BYTES("abc")), 3);
    assert_int_equal(hc_near_distance(HC_BYTES("ABC"), HC_BYTES("abc")), 0);
    assert_int_equal(hc_near_distance(HC_BYTES("0123456789012345678901234567890123456789012345678"), HC_BYTES("a")),
                     UINT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_finds_the_word_behind_a_typing_mistake),
        cmocka_unit_test(near_finds_the_word_that_was_cut_short),
        cmocka_unit_test(near_stays_silent_about_other_words),
        cmocka_unit_test(near_counts_edits_and_a_swap_as_one),
    };

    return cmocka_run_group_tests_name("config/near", tests, NULL, NULL);
}

/* test_bytes.c - comparisons and slices never leave the view. */
#include "hc_test.h"

#include "base/auto.h"
#include "base/bytes.h"

static void equality_compares_length_and_contents(void **state)
{
    (void)state;
    assert_true(hc_bytes_eq(HC_BYTES("abc"), HC_BYTES("abc")));
    assert_false(hc_bytes_eq(HC_BYTES("abc"), HC_BYTES("abd")));
    assert_false(hc_bytes_eq(HC_BYTES("abc"), HC_BYTES("ab")));
    assert_true(hc_bytes_eq((struct hc_bytes){NULL, 0}, HC_BYTES("")));
    assert_false(hc_bytes_eq(HC_BYTES("a\0b"), HC_BYTES("a\0c")));
    assert_true(hc_bytes_eq_str(HC_BYTES("abc"), "abc"));
    assert_false(hc_bytes_eq_str(HC_BYTES("abc\0"), "abc"));
    assert_int_equal(hc_bytes_str(NULL).n, 0);
}

static void constant_time_equality_agrees_with_equality(void **state)
{
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};

    (void)state;
    assert_true(hc_bytes_eq_ct(hc_bytes_of(a, 32), hc_bytes_of(b, 32)));
    assert_false(hc_bytes_eq_ct(hc_bytes_of(a, 32), hc_bytes_of(b, 31)));
    for (size_t bit = 0; bit < 256; bit++) {
        b[bit / 8] = (uint8_t)(1U << (bit % 8));
        assert_false(hc_bytes_eq_ct(hc_bytes_of(a, 32), hc_bytes_of(b, 32)));
        b[bit / 8] = 0;
    }
    assert_true(hc_bytes_eq_ct((struct hc_bytes){NULL, 0}, HC_BYTES("")));
}

static void order_is_lexicographic_and_shorter_first(void **state)
{
    (void)state;
    assert_true(hc_bytes_cmp(HC_BYTES("a"), HC_BYTES("b")) < 0);
    assert_true(hc_bytes_cmp(HC_BYTES("a"), HC_BYTES("ab")) < 0);
    assert_true(hc_bytes_cmp(HC_BYTES("\xff"), HC_BYTES("a")) > 0);
    assert_int_equal(hc_bytes_cmp(HC_BYTES("ab"), HC_BYTES("ab")), 0);
    assert_int_equal(hc_bytes_cmp((struct hc_bytes){NULL, 0}, HC_BYTES("")), 0);
    assert_true(hc_bytes_cmp((struct hc_bytes){NULL, 0}, HC_BYTES("a")) < 0);
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(hc_bytes_eq_nocase(HC_BYTES("Shop.Example.COM"), HC_BYTES("shop.example.com")));
    assert_false(hc_bytes_eq_nocase(HC_BYTES("shop"), HC_BYTES("shops")));
    assert_false(hc_bytes_eq_nocase(HC_BYTES("@"), HC_BYTES("`")));
    assert_false(hc_bytes_eq_nocase(HC_BYTES("["), HC_BYTES("{")));
    assert_false(hc_bytes_eq_nocase(HC_BYTES("\xc4"), HC_BYTES("\xe4")));
}

static void prefixes_and_suffixes_are_found(void **state)
{
    (void)state;
    assert_true(hc_bytes_starts(HC_BYTES("dns:shop"), HC_BYTES("dns:")));
    assert_false(hc_bytes_starts(HC_BYTES("dn"), HC_BYTES("dns:")));
    assert_true(hc_bytes_ends(HC_BYTES("issuer.crl"), HC_BYTES(".crl")));
    assert_false(hc_bytes_ends(HC_BYTES("crl"), HC_BYTES(".crl")));
    assert_true(hc_bytes_starts(HC_BYTES(""), HC_BYTES("")));
    assert_true(hc_bytes_ends(HC_BYTES("x"), HC_BYTES("")));
}

static void slices_are_clamped_to_the_view(void **state)
{
    struct hc_bytes a = HC_BYTES("hello");

    (void)state;
    expect_bytes(hc_bytes_skip(a, 2), "llo");
    expect_bytes(hc_bytes_skip(a, 99), "");
    expect_bytes(hc_bytes_skip(a, SIZE_MAX), "");
    expect_bytes(hc_bytes_head(a, 2), "he");
    expect_bytes(hc_bytes_head(a, SIZE_MAX), "hello");
    assert_null(hc_bytes_skip((struct hc_bytes){NULL, 0}, 3).p);
    assert_int_equal(hc_bytes_find(a, 'l'), 2);
    assert_int_equal(hc_bytes_find(a, 'z'), 5);
    assert_int_equal(hc_bytes_find((struct hc_bytes){NULL, 0}, 'z'), 0);
}

static void trim_takes_spaces_and_tabs_from_both_ends(void **state)
{
    (void)state;
    expect_bytes(hc_bytes_trim(HC_BYTES(" \t a b\t ")), "a b");
    expect_bytes(hc_bytes_trim(HC_BYTES(" \t ")), "");
    expect_bytes(hc_bytes_trim(HC_BYTES("\r\n")), "\r\n");
}

static void ascii_classes_hold_for_every_byte(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        bool upper = c >= 'A' && c <= 'Z';
        bool lower = c >= 'a' && c <= 'z';
        bool digit = c >= '0' && c <= '9';
        int hex = digit ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;

        assert_int_equal(hc_ascii_lower((uint8_t)c), upper ? c + 32 : c);
        assert_int_equal(hc_ascii_is_alpha((uint8_t)c), upper || lower);
        assert_int_equal(hc_ascii_is_digit((uint8_t)c), digit);
        assert_int_equal(hc_ascii_hex((uint8_t)c), hex);
    }
}

static void pairs_of_hexadecimal_digits_are_bytes(void **state)
{
    static const char *const none[] = {"0", "0g", "g0", "0 ", "0x", "00a", "a:b0"};
    uint8_t out[8] = {0};

    (void)state;
    assert_true(hc_bytes_unhex(HC_BYTES("00fFa07E"), out));
    assert_memory_equal(out, "\x00\xff\xa0\x7e", 4);
    assert_true(hc_bytes_unhex(HC_BYTES(""), out));
    for (size_t i = 0; i < HC_COUNT(none); i++)
        assert_false(hc_bytes_unhex(hc_bytes_str(none[i]), out));
}

static void lines_are_taken_one_by_one(void **state)
{
    struct hc_bytes text = HC_BYTES("a\n\r\n\nlast");

    (void)state;
    assert_true(hc_bytes_eq_str(hc_bytes_next_line(&text), "a"));
    assert_true(hc_bytes_eq_str(hc_bytes_next_line(&text), "\r"));
    assert_true(hc_bytes_eq_str(hc_bytes_next_line(&text), ""));
    assert_true(hc_bytes_eq_str(hc_bytes_next_line(&text), "last"));
    assert_int_equal(text.n, 0);
    assert_int_equal(hc_bytes_next_line(&text).n, 0);
    text = HC_BYTES("ended\n");
    assert_true(hc_bytes_eq_str(hc_bytes_next_line(&text), "ended"));
    assert_int_equal(text.n, 0);
}

static void a_text_is_never_cut_inside_a_character(void **state)
{
    struct hc_bytes text = HC_BYTES("a\xc3\xa4\xf0\x9f\x94\x91z");
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 3, 7, 8, 8};

    (void)state;
    for (size_t n = 0; n < HC_COUNT(want); n++)
        assert_int_equal(hc_bytes_cut(text, n).n, want[n]);
    assert_int_equal(hc_bytes_cut(HC_BYTES(""), 3).n, 0);
    assert_int_equal(hc_bytes_cut(HC_BYTES("\x80\x80\x80"), 2).n, 0); /* no character's beginning at all */
}

static void the_bits_of_a_number_are_counted_from_its_highest_one(void **state)
{
    (void)state;
    assert_int_equal(hc_bytes_bits(HC_BYTES("")), 0);
    assert_int_equal(hc_bytes_bits(HC_BYTES("\x00\x00")), 0);
    assert_int_equal(hc_bytes_bits(HC_BYTES("\x01")), 1);
    assert_int_equal(hc_bytes_bits(HC_BYTES("\x00\xff")), 8);
    assert_int_equal(hc_bytes_bits(HC_BYTES("\x01\x00\x00")), 17);
    assert_int_equal(hc_bytes_bits(HC_BYTES("\x00\x80\x00")), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_compares_length_and_contents),
        cmocka_unit_test(constant_time_equality_agrees_with_equality),
        cmocka_unit_test(order_is_lexicographic_and_shorter_first),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
        cmocka_unit_test(prefixes_and_suffixes_are_found),
        cmocka_unit_test(slices_are_clamped_to_the_view),
        cmocka_unit_test(trim_takes_spaces_and_tabs_from_both_ends),
        cmocka_unit_test(ascii_classes_hold_for_every_byte),
        cmocka_unit_test(pairs_of_hexadecimal_digits_are_bytes),
        cmocka_unit_test(lines_are_taken_one_by_one),
        cmocka_unit_test(a_text_is_never_cut_inside_a_character),
        cmocka_unit_test(the_bits_of_a_number_are_counted_from_its_highest_one),
    };

    return cmocka_run_group_tests_name("base/bytes", tests, NULL, NULL);
}

/* test_text.c - lines that fit a terminal, whatever a peer's words are made of. */
#include "base/text.h"

#include "base/auto.h"
#include "hc_test.h"

#define WIDE "\u4e00" /* takes two columns */

/* As a terminal counts these texts, which hold nothing but ASCII and WIDE. */
static size_t shown(struct hc_bytes line)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] < 0x80 ? 1 : line.p[i] >= 0xc0 ? 2 : 0;
    return n;
}

static void expect_lines_fit(const struct hc_buf *out, size_t indent)
{
    struct hc_bytes rest = hc_buf_view(out);
    for (size_t row = 0; rest.n > 0; row++) {
        struct hc_bytes line = hc_bytes_head(rest, hc_bytes_find(rest, '\n'));
        assert_true(shown(line) <= HC_TEXT_COLUMNS);
        for (size_t i = 0; row > 0 && i < indent; i++)
            assert_int_equal(line.p[i], ' ');
        rest = hc_bytes_skip(rest, line.n + 1);
    }
}

static void words_are_wrapped_and_lines_indented(void **state)
{
    (void)state;
    HC_BUF_AUTO(out, 4096);
    HC_BUF_AUTO(text, 4096);
    for (int i = 0; i < 40; i++)
        hc_buf_add_str(&text, "words ");
    hc_text_wrap(&out, 0, 7, hc_buf_view(&text));
    expect_lines_fit(&out, 7);
    assert_true(out.n > 240);
}

/* A line that is too long is broken by the terminal, and its rest would begin where our own words begin. */
static void characters_of_two_columns_never_make_a_line_too_long(void **state)
{
    (void)state;
    for (size_t n = 1; n < 120; n++) {
        HC_BUF_AUTO(out, 65536);
        HC_BUF_AUTO(text, 65536);
        for (size_t i = 0; i < n; i++)
            hc_buf_add_str(&text, i % 7 == 6 ? "x" : WIDE);
        hc_buf_add_str(&text, " The server proved who it is and answered.");
        hc_text_wrap(&out, 22, 22, hc_buf_view(&text));
        expect_lines_fit(&out, 22);
    }
}

static void a_cell_has_its_width_whatever_it_holds(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "short",
                                        WIDE WIDE,
                                        WIDE WIDE WIDE WIDE WIDE WIDE WIDE,
                                        "x" WIDE WIDE WIDE WIDE WIDE,
                                        "a text that is too long"};
    for (size_t i = 0; i < HC_COUNT(texts); i++) {
        HC_BUF_AUTO(out, 256);
        hc_text_cell(&out, hc_bytes_str(texts[i]), 10, false);
        assert_int_equal(shown(hc_buf_view(&out)), 12); /* and the space to the next */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_wrapped_and_lines_indented),
        cmocka_unit_test(characters_of_two_columns_never_make_a_line_too_long),
        cmocka_unit_test(a_cell_has_its_width_whatever_it_holds),
    };
    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}

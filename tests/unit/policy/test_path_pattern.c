/* test_path_pattern.c - where a rule holds. */
#include "hc_test.h"

#include "base/auto.h"
#include "policy/path.h"
#include "policy/pattern.h"

static bool matches(const char *pattern, const char *path)
{
    HC_AUTO(hc_path_pattern) p = NULL;
    HC_BUF_AUTO(normal, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
    struct hc_err e;

    expect_ok(&e, hc_path_pattern_parse(pattern, &p, &e));
    expect_ok(&e, hc_path_normalise(hc_bytes_str(path), true, &normal, &query, &e));
    return hc_path_pattern_matches(p, hc_buf_view(&normal));
}

static void patterns_match_whole_segments(void **state)
{
    static const struct {
        const char *pattern, *path;
        bool want;
    } cases[] = {
        {"/", "/", true},
        {"/", "/a", false},
        {"/a", "/a", true},
        {"/a", "/a/", true},
        {"/a/", "/a", true},
        {"/a/", "/a/", true},
        {"/a", "/A", false},
        {"/a", "/ab", false},
        {"/a", "/a/b", false},
        {"/ab", "/a", false},
        {"/a", "/", false},
        {"/**", "/", true},
        {"/**", "/a", true},
        {"/**", "/a/b/c/", true},
        {"/orders/**", "/orders", true},
        {"/orders/**", "/orders/", true},
        {"/orders/**", "/orders/1", true},
        {"/orders/**", "/orders/1/2/3", true},
        {"/orders/**", "/ordersx", false},
        {"/orders/**", "/order", false},
        {"/orders/**", "/", false},
        {"/orders/**", "/x/orders/1", false},
        {"/*", "/a", true},
        {"/*", "/a/", true},
        {"/*", "/", false},
        {"/*", "/a/b", false},
        {"/a/*/b", "/a/x/b", true},
        {"/a/*/b", "/a/b", false},
        {"/a/*/b", "/a/x/y/b", false},
        {"/a/*/b", "/a/x/c", false},
        {"/a/*", "/a/", false},
        {"/a/*", "/a", false},
        {"/*/**", "/a", true},
        {"/*/**", "/", false},
        {"/a/*/**", "/a/b/c/d", true},
        {"/a/*/**", "/a", false},
        /* the same path in other bytes */
        {"/%61dmin", "/admin", true},
        {"/admin", "/%61dmin", true},
        {"/@me", "/%40me", true},
        {"/%40me", "/@me", true},
        {"/a{b}", "/a%7bb%7D", true},
        {"/a%20b", "/a%20b", true},
        {"/%c3%a4", "/%C3%A4", true},
        {"/%2a", "/*", true},
        {"/%2a", "/x", false},
        {"/a%2a", "/a*", true},
        /* parameters do not hide a segment from a rule */
        {"/admin/**", "/admin;x=1", true},
        {"/admin/**", "/admin;x=1/users", true},
        {"/admin/users", "/admin;x/users;y", true},
        {"/admin", "/admin%3bx", true},
        {"/admin", "/admi;n", false},
        {"/a/*", "/a/b;c", true},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++)
        if (matches(cases[i].pattern, cases[i].path) != cases[i].want)
            fail_msg("%s %s %s", cases[i].pattern, cases[i].want ? "missed" : "took", cases[i].path);
}

static void what_is_no_path_matches_nothing(void **state)
{
    HC_AUTO(hc_path_pattern) all = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_path_pattern_parse("/**", &all, &e));
    assert_false(hc_path_pattern_matches(all, HC_BYTES("")));
    assert_false(hc_path_pattern_matches(all, HC_BYTES("*")));
    assert_false(hc_path_pattern_matches(all, HC_BYTES("a")));
}

static void bad_patterns_are_refused_with_what_is_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "slash"},          {"a", "slash"},        {"*", "slash"},          {"**", "slash"},
        {"/a*", "whole"},       {"/*a", "whole"},      {"/a/b*c/d", "whole"},   {"/***", "whole"},
        {"/**/a", "end"},       {"/a/**/b/**", "end"}, {"/a/../b", "segment"},  {"/./a", "segment"},
        {"//a", "empty"},       {"/a//b", "empty"},    {"/a?b", "query"},       {"/a?", "query"},
        {"/a#b", "fragment"},   {"/a;b", "semicolon"}, {"/a%3bb", "semicolon"}, {"/a%2fb", "slash"},
        {"/a\\b", "backslash"}, {"/a%00", "NUL"},      {"/a b", "encoded"},     {"/\xc3\xa4", "encoded"},
        {"/%zz", "escape"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_AUTO(hc_path_pattern) p = NULL;
        struct hc_err e;

        expect_fail(&e, hc_path_pattern_parse(cases[i].text, &p, &e), HC_E_PATTERN);
        if (!strstr(e.text, cases[i].says) || !strstr(e.text, cases[i].text))
            fail_msg("%s: %s", cases[i].text, e.text);
    }
}

static struct hc_rc parse_one(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_path_pattern) p = NULL;

    (void)ctx;
    return hc_path_pattern_parse("/a/*/b/**", &p, e);
}

static void parsing_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(parse_one, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_whole_segments),
        cmocka_unit_test(what_is_no_path_matches_nothing),
        cmocka_unit_test(bad_patterns_are_refused_with_what_is_wrong),
        cmocka_unit_test(parsing_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("policy/path_pattern", tests, NULL, NULL);
}

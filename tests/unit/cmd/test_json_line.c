/* test_json_line.c - one member of a line: found under its own name only, with its escapes undone. */
#include "hc_test.h"

#include "base/auto.h"
#include "cmd/json_line.h"

static void is_value(const char *line, const char *key, const char *want)
{
    HC_BUF_AUTO(out, 256);

    assert_true(hc_json_line_get(hc_bytes_str(line), key, &out));
    assert_string_equal(hc_buf_cstr(&out), want);
}

static void is_none(const char *line, const char *key)
{
    HC_BUF_AUTO(out, 256);

    hc_buf_add_str(&out, "before");
    assert_false(hc_json_line_get(hc_bytes_str(line), key, &out));
    assert_string_equal(hc_buf_cstr(&out), "before");
}

static void members_are_found_by_their_names(void **state)
{
    static const char line[] = "{\"gate\":\"shop\",\"names\":[\"a\",\"x\\\"]\",\"who\"],\"who\":\"email:a@b\",\"n\":12,"
                               "\"ok\":true,\"e\":\"\"}";

    (void)state;
    is_value(line, "gate", "shop");
    is_value(line, "who", "email:a@b"); /* not the word in the array */
    is_value(line, "n", "12");
    is_value(line, "ok", "true");
    is_value(line, "e", "");
    is_none(line, "shop");
    is_none(line, "");
    is_none(line, "x");
    assert_int_equal(hc_json_line_count(hc_bytes_str(line), "n"), 12);
    assert_int_equal(hc_json_line_count(hc_bytes_str(line), "gate"), 0);
    assert_int_equal(hc_json_line_count(hc_bytes_str(line), "none"), 0);
}

static void a_value_never_poses_as_a_member(void **state)
{
    (void)state;
    is_value("{\"a\":\"\\\",\\\"who\\\":\\\"root\",\"who\":\"guest\"}", "who", "guest");
    is_value("{\"a\":\"\\\",\\\"who\\\":\\\"root\",\"who\":\"guest\"}", "a", "\",\"who\":\"root");
}

static void escapes_are_undone(void **state)
{
    (void)state;
    is_value("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}", "a", "\"\\/\b\f\n\r\t");
    is_value("{\"a\":\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"}", "a", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
}

static void what_is_no_such_object_has_no_members(void **state)
{
    static const char *const bad[] = {
        "",
        "{",
        "{}",
        "a",
        "[\"a\"]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":}",
        "{\"a\":\"x",
        "{\"a\":\"\\",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u00g0\"}",
        "{\"a\":\"\\u00\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}",
        "{a:1}",
        "{\"b\":[\"x\",\"a\":1}",
        "{\"b\":[[1]],\"a\":1}",
        "{\"b\":[{}],\"a\":1}",
        "{\"b\":1 \"a\":1}",
        "{\"b\":1;\"a\":1}",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        is_none(bad[i], "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_their_names),
        cmocka_unit_test(a_value_never_poses_as_a_member),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(what_is_no_such_object_has_no_members),
    };

    return cmocka_run_group_tests_name("cmd/json_line", tests, NULL, NULL);
}

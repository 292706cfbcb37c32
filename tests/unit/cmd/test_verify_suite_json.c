/* test_verify_suite_json.c - suites are read strictly, and within bounds. */
#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "cmd/verify_suite_json.h"

static struct hc_rc parse(const char *text, json_t **out, struct hc_err *e)
{
    return hc_verify_suite_json_parse(hc_bytes_str(text), out, e);
}

static void json_is_read_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "[] []", "[\"\\u0000\"]", "[\"\xff\"]", "{'a':1}", "[1] // why", "nul",
    };
    struct hc_err e;
    json_t *json = NULL;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        expect_fail(&e, parse(bad[i], &json, &e), HC_E_SUITE);
        assert_non_null(strstr(e.text, "line "));
        assert_null(json);
    }
    expect_fail(&e, hc_verify_suite_json_parse((struct hc_bytes){(const uint8_t *)"[1]\0", 4}, &json, &e), HC_E_SUITE);
    expect_ok(&e, parse(" {\"a\": [true, null]}\n", &json, &e));
    json_decref(json);
}

static void json_refuses_more_values_than_memory_is_meant_for(void **state)
{
    (void)state;
    struct hc_err e;
    json_t *json = NULL;
    HC_BUF_AUTO(text, 2 * HC_VERIFY_SUITE_VALUES + 16);
    hc_buf_add_str(&text, "[0");
    for (size_t i = 0; i < HC_VERIFY_SUITE_VALUES; i++)
        hc_buf_add_str(&text, ",0");
    hc_buf_add_str(&text, "]");
    expect_fail(&e, hc_verify_suite_json_parse(hc_buf_view(&text), &json, &e), HC_E_SUITE);
    assert_non_null(strstr(e.text, "values"));
    assert_null(json);
}

static void json_refuses_to_nest_without_end(void **state)
{
    (void)state;
    struct hc_err e;
    json_t *json = NULL;
    HC_BUF_AUTO(text, 1 << 20);
    for (size_t i = 0; i < 100000; i++)
        hc_buf_add_byte(&text, '[');
    expect_fail(&e, hc_verify_suite_json_parse(hc_buf_view(&text), &json, &e), HC_E_SUITE);
}

static struct hc_rc count(void *ctx, const char *text, struct hc_err *e)
{
    size_t *n = ctx;
    if (strcmp(text, "stop") == 0)
        return HC_FAIL(e, HC_E_USAGE, "stopped");
    (*n)++;
    return HC_OK;
}

static void json_members_are_of_their_type(void **state)
{
    (void)state;
    struct hc_err e;
    json_t *json = NULL, *member = NULL;
    const char *text = NULL;
    size_t n = 0;
    expect_ok(&e, parse("{\"s\":\"x\",\"a\":[\"p\",\"q\"],\"m\":[\"p\",1],\"z\":[\"p\",\"stop\",\"p\"],\"n\":null}",
                        &json, &e));
    expect_ok(&e, hc_verify_suite_json_str(json, "s", &text, &e));
    assert_string_equal(text, "x");
    expect_fail(&e, hc_verify_suite_json_str(json, "a", &text, &e), HC_E_SUITE);
    assert_string_equal(e.text, "a is an array instead of a string");
    expect_fail(&e, hc_verify_suite_json_str(json, "t", &text, &e), HC_E_SUITE);
    assert_string_equal(e.text, "there is no t");
    expect_ok(&e, hc_verify_suite_json_option(json, "n", JSON_STRING, &member, &e));
    assert_null(member);
    expect_ok(&e, hc_verify_suite_json_option(json, "t", JSON_STRING, &member, &e));
    assert_null(member);
    expect_fail(&e, hc_verify_suite_json_option(json, "a", JSON_STRING, &member, &e), HC_E_SUITE);
    expect_ok(&e, hc_verify_suite_json_strings(json, "a", count, &n, &e));
    assert_int_equal(n, 2);
    expect_fail(&e, hc_verify_suite_json_strings(json, "m", count, &n, &e), HC_E_SUITE);
    n = 0;
    expect_fail(&e, hc_verify_suite_json_strings(json, "z", count, &n, &e), HC_E_USAGE);
    assert_int_equal(n, 1);
    json_decref(json);
}

static void json_files_are_named_when_they_are_wrong(void **state)
{
    (void)state;
    struct hc_err e;
    json_t *json = NULL;
    char path[] = "/tmp/hc_suite_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "[\n\n}", 4), 4);
    close(fd);
    expect_fail(&e, hc_verify_suite_json_load(path, &json, &e), HC_E_SUITE);
    assert_non_null(strstr(e.text, path));
    assert_non_null(strstr(e.text, "line 3"));
    assert_int_equal(truncate(path, 0), 0);
    expect_fail(&e, hc_verify_suite_json_load(path, &json, &e), HC_E_FILE_EMPTY);
    unlink(path);
    expect_fail(&e, hc_verify_suite_json_load(path, &json, &e), HC_E_FILE_MISSING);
    assert_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_read_strictly),
        cmocka_unit_test(json_refuses_more_values_than_memory_is_meant_for),
        cmocka_unit_test(json_refuses_to_nest_without_end),
        cmocka_unit_test(json_members_are_of_their_type),
        cmocka_unit_test(json_files_are_named_when_they_are_wrong),
    };
    return cmocka_run_group_tests_name("cmd/verify_suite_json", tests, NULL, NULL);
}

/* test_usage.c - usages as the tables of the commands write them. */
#include "hc_test.h"

#include "cmd/usage.h"

static const struct hc_command GATE = {
    .name = "gate",
    .usage = "--listen HOST:PORT --identity NAME\n"
             "                      --forward URL | --serve DIR  [OPTION]...\n"
             "       handclasp gate run|check [FILE] [OPTION]...\n"
             "       handclasp gate disconnect [FILE|--all] --who PATTERN",
};

static void each_way_is_given_once_without_the_name(void **state)
{
    static const char *const want[] = {
        "--listen HOST:PORT --identity NAME\n                      --forward URL | --serve DIR  [OPTION]...",
        "run|check [FILE] [OPTION]...", "disconnect [FILE|--all] --who PATTERN"};
    struct hc_bytes way;
    size_t at = 0, n = 0;

    (void)state;
    for (; hc_usage_next(&GATE, &at, &way); n++) {
        assert_true(n < HC_COUNT(want));
        assert_true(hc_bytes_eq_str(way, want[n]));
    }
    assert_int_equal(n, HC_COUNT(want));
}

static void words_and_files_are_found(void **state)
{
    static const struct {
        const char *usage, *words;
        bool files;
    } rows[] = {
        {"", "", false},
        {"[OPTION]...", "", false},
        {"add NAME [OPTION]...\n       handclasp x list | show NAME\n       handclasp x revoke NAME [--reissue]",
         "add list show revoke", false},
        {"server|client|peer|person NAME [OPTION]...", "server client peer person", false},
        {"verify [--head FILE]\n       handclasp x backup FILE", "verify backup", true},
        {"verify [--head FILE] [--root-crl FILE]", "verify", false},
        {"NAME|SERIAL|FINGERPRINT|FILE|root|ISSUER [--json]", "root", true},
        {"[COMMAND|errors] [--list]", "errors", false},
        {"FILE... [OPTION]...", "", true},
        {"REQUEST [NAME] | DIRECTORY [OPTION]...", "", true},
        {"PROFILE", "", false},
        {"NAME... | --expiring SPAN [OPTION]...", "", false},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_command c = {.name = "x", .usage = rows[i].usage};
        HC_BUF_AUTO(words, 256);
        hc_usage_words(&c, &words);
        assert_string_equal(hc_buf_cstr(&words), rows[i].words);
        assert_int_equal(hc_usage_takes_files(&c), rows[i].files);
    }
}

static void values_of_options_have_a_kind(void **state)
{
    static const struct {
        const char *value;
        enum hc_usage_value kind;
    } rows[] = {{NULL, HC_USAGE_FLAG},      {"FILE", HC_USAGE_FILE},     {"FILE|DIR", HC_USAGE_FILE},
                {"PATH", HC_USAGE_FILE},    {"DIR", HC_USAGE_DIRECTORY}, {"N", HC_USAGE_OTHER},
                {"PROFILE", HC_USAGE_OTHER}};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        assert_int_equal(hc_usage_value(&(struct hc_option){"o", rows[i].value, "", false}), rows[i].kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_is_given_once_without_the_name),
        cmocka_unit_test(words_and_files_are_found),
        cmocka_unit_test(values_of_options_have_a_kind),
    };
    return cmocka_run_group_tests_name("cmd/usage", tests, NULL, NULL);
}

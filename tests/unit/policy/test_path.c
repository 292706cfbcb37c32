/* test_path.c - one path with one reading. */
#include "hc_test.h"

#include "base/auto.h"
#include "policy/path.h"

struct path_case {
    const char *in;
    const char *path; /* NULL: refused */
};

static void expect_paths(const struct path_case *cases, size_t n, bool allow_semicolon)
{
    for (size_t i = 0; i < n; i++) {
        HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
        HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
        struct hc_err e = {0};
        struct hc_rc rc = hc_path_normalise(hc_bytes_str(cases[i].in), allow_semicolon, &path, &query, &e);

        if (rc.code != (cases[i].path ? HC_OK_CODE : HC_E_HTTP_PATH))
            fail_msg("%s: %d %s", cases[i].in, rc.code, e.text);
        if (cases[i].path && strcmp(hc_buf_cstr(&path), cases[i].path) != 0)
            fail_msg("%s became %s", cases[i].in, hc_buf_cstr(&path));
        if (!cases[i].path)
            assert_int_equal(path.n + query.n, 0);
    }
}

static void paths_come_into_one_form(void **state)
{
    static const struct path_case cases[] = {
        {"/", "/"},
        {"/a", "/a"},
        {"/a/", "/a/"},
        {"/a/b/c", "/a/b/c"},
        {"/%61", "/a"},
        {"/%41%7a%30%2d%2E%5f%7E", "/Az0-._~"},
        {"/%2e%2e%2e", "/..."},
        {"/.a", "/.a"},
        {"/a.", "/a."},
        {"/..a", "/..a"},
        {"/...", "/..."},
        {"/a..b", "/a..b"},
        {"/a%20b", "/a%20b"},
        {"/%c3%a4", "/%C3%A4"},
        {"/%f0%9f%98%80", "/%F0%9F%98%80"},
        {"/%e2%82%ac", "/%E2%82%AC"},
        {"/%40", "/%40"},
        {"/@", "/@"},
        {"/a:b@c!$&'()*+,=", "/a:b@c!$&'()*+,="},
        {"/%21%24%26%27%28%29%2a%2b%2c%3d%3a", "/%21%24%26%27%28%29%2A%2B%2C%3D%3A"},
        {"/\"<>[]^`{|}", "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
        {"/%22%3c%7b", "/%22%3C%7B"},
        {"/%3f%23", "/%3F%23"},
        {"/100%25", "/100%25"},
        {"/100%25/x", "/100%25/x"},
        {"/%25zz", "/%25zz"},
        {"/%25a", "/%25a"},
        {"/%2561", "/%2561"}, /* decoded twice it is an a: harmless, and kept as it is */
        {"/*", "/*"},
        {"/~user", "/~user"},
    };

    (void)state;
    expect_paths(cases, HC_COUNT(cases), false);
}

static void paths_with_two_readings_are_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "*",
        "a",
        "a/b",
        "?a",
        "\\a",
        "http://a/",
        "%2fa",
        /* slashes */
        "//",
        "//a",
        "/a//b",
        "/a//",
        "/%2f",
        "/%2F",
        "/a%2fb",
        "/a%2F..%2Fb",
        /* backslashes */
        "/\\",
        "/a\\b",
        "/%5c",
        "/%5C",
        "/..\\a",
        "/..%5ca",
        "/a/..%5c..",
        /* dot segments */
        "/.",
        "/..",
        "/./",
        "/../",
        "/a/.",
        "/a/..",
        "/a/./b",
        "/a/../b",
        "/%2e",
        "/%2e%2e",
        "/%2E%2E/",
        "/.%2e",
        "/%2e.",
        "/a/%2e%2e/b",
        "/a/.%2E/b",
        "/a/%2e/b",
        "/a/..",
        "/a/%2e%2E",
        /* controls */
        "/\x01",
        "/a\tb",
        "/a\nb",
        "/a\rb",
        "/\x7f",
        "/%00",
        "/a%00.html",
        "/%0a",
        "/%0d%0aX:y",
        "/%09",
        "/%1f",
        "/%7f",
        "/%7F",
        "/%c2%80",
        "/%C2%9F",
        "/%c2%85",
        /* escapes */
        "/%",
        "/%2",
        "/%zz",
        "/%2g",
        "/%g2",
        "/%%41",
        "/%u0041",
        "/%-1",
        "/% 1",
        "/a%",
        "/%2%65",
        /* escapes of escapes */
        "/%252f",
        "/%252F",
        "/%255c",
        "/%252e%252e",
        "/%252E",
        "/%2500",
        "/%250a",
        "/%253b",
        "/%2525",
        "/%252525",
        "/%25c3%25a4",
        "/%25%32%65",
        "/%25%32f",
        "/%252%66",
        "/%257f",
        /* not UTF-8 */
        "/%80",
        "/%bf",
        "/%c0%af",
        "/%c1%9c",
        "/%c0%ae%c0%ae",
        "/%c3",
        "/%c3/%a4",
        "/%c3a",
        "/%e0%80%af",
        "/%e0%9f%bf",
        "/%ed%a0%80",
        "/%f0%80%80%af",
        "/%f0%8f%bf%bf",
        "/%f4%90%80%80",
        "/%f5%80%80%80",
        "/%ff",
        "/%fe",
        "/%e2%82",
        "/%e2%82/",
        "/%f0%9f%98",
        /* bytes that must be escaped */
        "/a b",
        "/\xc3\xa4",
        "/\xff",
        /* fragments and semicolons */
        "/#",
        "/a#b",
        "/a?b#c",
        "/;",
        "/a;b",
        "/a;jsessionid=1",
        "/a%3bb",
        "/a%3Bb",
        "/..;/a",
        "/a/..;/b",
        "/.;x",
        "/;/a",
        /* queries */
        "/a?b c",
        "/a?\x01",
        "/a?\t",
        "/a?\x7f",
        "/a?\xc3\xa4",
        "/?#",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct path_case one = {cases[i], NULL};

        expect_paths(&one, 1, false);
    }
}

static void a_semicolon_hides_no_dots(void **state)
{
    static const struct path_case cases[] = {
        {"/a;b", "/a;b"},
        {"/a;b=c/d", "/a;b=c/d"},
        {"/a%3bb", "/a%3Bb"},
        {"/a;..", "/a;.."},
        {"/a;%2e", "/a;."},
        {"/...;x", "/...;x"},
        {"/;", NULL},
        {"/;a", NULL},
        {"/;/a", NULL},
        {"/a/;/b", NULL},
        {"/..;", NULL},
        {"/..;/a", NULL},
        {"/a/..;x=y/b", NULL},
        {"/a/.;x/b", NULL},
        {"/a/%2e%2e;x/b", NULL},
        {"/a/..%3b/b", NULL},
        {"/a/%3b/b", NULL},
        {"/a;x/../b", NULL},
        {"/a;%2f", NULL},
        {"/a;%00", NULL},
        {"/a;\\", NULL},
    };

    (void)state;
    expect_paths(cases, HC_COUNT(cases), true);
}

static void the_query_goes_on_as_it_came(void **state)
{
    HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_path_normalise(HC_BYTES("/%61?x=%2e%2e/../%00;//?%zz[]"), false, &path, &query, &e));
    expect_bytes(hc_buf_view(&path), "/a");
    expect_bytes(hc_buf_view(&query), "?x=%2e%2e/../%00;//?%zz[]");
    expect_ok(&e, hc_path_normalise(HC_BYTES("/b?"), false, &path, &query, &e)); /* appended */
    expect_bytes(hc_buf_view(&path), "/a/b");
}

static void refusals_leave_the_buffers_as_they_were(void **state)
{
    HC_BUF_AUTO(path, 8);
    HC_BUF_AUTO(query, 8);
    static uint8_t big[HC_PATH_TARGET_MAX + 1];
    struct hc_err e;

    (void)state;
    hc_buf_add_str(&path, "keep");
    expect_fail(&e, hc_path_normalise(HC_BYTES("/a/../b"), false, &path, &query, &e), HC_E_HTTP_PATH);
    expect_fail(&e, hc_path_normalise(HC_BYTES("/abcdefgh"), false, &path, &query, &e), HC_E_TOO_BIG);
    expect_bytes(hc_buf_view(&path), "keep");
    memset(big, 'a', sizeof big);
    big[0] = '/';
    expect_fail(&e, hc_path_normalise(hc_bytes_of(big, sizeof big), false, &path, &query, &e), HC_E_HTTP_URI_TOO_LONG);
}

/* xorshift: the same paths in every run */
static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static size_t random_target(uint32_t *x, char *out)
{
    static const char *const parts[] = {"/",   "/",      ".",   "..",  "a",   "B9",  "%2e", "%2E", "%2f",
                                        "%25", "2e",     "%32", "%65", "%61", "%5c", "\\",  ";",   "%3b",
                                        "%00", "%c3%a4", "%c3", "?",   "#",   "~",   "%",   "%7b", "{",
                                        "*",   "@",      "%40", "%66", "5c",  "3",   "\x7f"};
    size_t n = 1 + next_random(x) % 10;

    strcpy(out, "/");
    for (size_t i = 0; i < n; i++)
        strcat(out, parts[next_random(x) % HC_COUNT(parts)]);
    return strlen(out);
}

/* What a naive back end makes of it: decodes everything once. */
static void decode_naively(struct hc_bytes in, struct hc_buf *out)
{
    while (in.n > 0)
        hc_buf_add_byte(out, hc_path_decode(&in));
}

static void expect_no_surprise(struct hc_bytes decoded, size_t slashes)
{
    HC_BUF_AUTO(padded, 3 * HC_PATH_NORMAL_MAX);
    size_t seen = 0;

    hc_buf_add(&padded, decoded);
    hc_buf_add_byte(&padded, '/');
    for (size_t i = 0; i < decoded.n; i++) {
        seen += decoded.p[i] == '/';
        assert_true(decoded.p[i] >= 0x20 && decoded.p[i] != 0x7f && decoded.p[i] != '\\');
    }
    if (slashes != SIZE_MAX)
        assert_int_equal(seen, slashes);
    assert_null(strstr(hc_buf_cstr(&padded), "/../"));
    assert_null(strstr(hc_buf_cstr(&padded), "/./"));
}

static void what_is_accepted_is_its_own_normal_form_and_decodes_harmlessly(void **state)
{
    uint32_t x = 20260601;
    unsigned accepted = 0;

    (void)state;
    for (unsigned i = 0; i < 60000; i++) {
        HC_BUF_AUTO(once, HC_PATH_NORMAL_MAX);
        HC_BUF_AUTO(twice, HC_PATH_NORMAL_MAX);
        HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);
        HC_BUF_AUTO(naive, HC_PATH_NORMAL_MAX);
        HC_BUF_AUTO(naive2, HC_PATH_NORMAL_MAX);
        char target[128];
        size_t n = random_target(&x, target), slashes = 0;
        bool semicolon = next_random(&x) & 1;
        struct hc_err e;

        if (hc_failed(hc_path_normalise(hc_bytes_of(target, n), semicolon, &once, &query, &e)))
            continue;
        accepted++;
        if (hc_failed(hc_path_normalise(hc_buf_view(&once), semicolon, &twice, &query, &e)))
            fail_msg("%s became %s, which is refused: %s", target, hc_buf_cstr(&once), e.text);
        assert_true(hc_bytes_eq(hc_buf_view(&once), hc_buf_view(&twice)));
        for (size_t k = 0; k < once.n; k++)
            slashes += once.p[k] == '/';
        decode_naively(hc_buf_view(&once), &naive);
        expect_no_surprise(hc_buf_view(&naive), slashes);
        decode_naively(hc_buf_view(&naive), &naive2); /* a back end that decodes twice */
        expect_no_surprise(hc_buf_view(&naive2), slashes);
    }
    assert_true(accepted > 3000);
}

static struct hc_rc normalise_long(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(path, HC_PATH_NORMAL_MAX);
    HC_BUF_AUTO(query, HC_PATH_NORMAL_MAX);

    (void)ctx;
    return hc_path_normalise(HC_BYTES("/{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{?q"), false, &path, &query, e);
}

static void normalising_without_memory_fails_cleanly(void **state)
{
    (void)state;
    assert_true(fault_sweep(normalise_long, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_come_into_one_form),
        cmocka_unit_test(paths_with_two_readings_are_refused),
        cmocka_unit_test(a_semicolon_hides_no_dots),
        cmocka_unit_test(the_query_goes_on_as_it_came),
        cmocka_unit_test(refusals_leave_the_buffers_as_they_were),
        cmocka_unit_test(what_is_accepted_is_its_own_normal_form_and_decodes_harmlessly),
        cmocka_unit_test(normalising_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("policy/path", tests, NULL, NULL);
}

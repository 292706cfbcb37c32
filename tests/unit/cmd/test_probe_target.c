/* test_probe_target.c - HOST:PORT as people type and paste it. */
#include "cmd/probe_target.h"
#include "base/auto.h"
#include "hc_test.h"

static void expect_target(const char *text, const char *host, unsigned port, const char *path)
{
    struct hc_err e;
    struct hc_probe_target target;
    expect_ok(&e, hc_probe_target_parse(text, &target, &e));
    assert_string_equal(target.host, host);
    assert_int_equal(target.port, port);
    assert_string_equal(target.path, path);
}

static void a_name_and_a_port_are_read(void **state)
{
    (void)state;
    expect_target("shop.example.com:8443", "shop.example.com", 8443, "");
    expect_target("127.0.0.1:1", "127.0.0.1", 1, "");
    expect_target("[::1]:65535", "::1", 65535, "");
}

static void the_port_is_443_unless_said(void **state)
{
    (void)state;
    expect_target("shop.example.com", "shop.example.com", 443, "");
    expect_target("[::1]", "::1", 443, "");
    expect_target("2001:db8::7", "2001:db8::7", 443, "");
    expect_target("https://shop.example.com", "shop.example.com", 443, "/");
}

static void a_pasted_url_gives_its_path(void **state)
{
    (void)state;
    expect_target("https://shop.example.com:8443/orders/7?x=1#top", "shop.example.com", 8443, "/orders/7?x=1");
    expect_target("HTTPS://[::1]:8443?q", "::1", 8443, "/?q");
    expect_target("https://shop.example.com#top", "shop.example.com", 443, "/");
}

static void what_is_no_target_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        ":443",
        "shop:",
        "shop:0",
        "shop:65536",
        "shop:443x",
        "shop:-1",
        "[::1",
        "[::1]443",
        "http://shop/",
        "ssh://shop",
        "shop name:1",
        "shop\x1b[31m:1",
        "user@shop:1",
        "shop/path",
        "https:///path",
        "https://shop/a b",
        "[]:1",
    };
    struct hc_err e;
    struct hc_probe_target target;
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        expect_fail(&e, hc_probe_target_parse(bad[i], &target, &e), HC_E_USAGE);
}

static void what_is_too_long_is_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_probe_target target;
    char text[4096];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    expect_fail(&e, hc_probe_target_parse(text, &target, &e), HC_E_USAGE);
    memcpy(text, "https://shop/", 13);
    expect_fail(&e, hc_probe_target_parse(text, &target, &e), HC_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_and_a_port_are_read),  cmocka_unit_test(the_port_is_443_unless_said),
        cmocka_unit_test(a_pasted_url_gives_its_path), cmocka_unit_test(what_is_no_target_is_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
    };
    return cmocka_run_group_tests_name("cmd/probe_target", tests, NULL, NULL);
}

/* test_h1_host.c - what may stand in Host. */
#include "hc_test.h"

#include "proto/h1_parts.h"

static void hosts_are_names_or_addresses(void **state)
{
    static const char *const good[] = {
        "a",          "example.com", "example.com.",     "EXAMPLE.com:8443",      "a-b_c.d",
        "10.0.0.1",   "10.0.0.1:80", "localhost",        "localhost:443",         "[::1]",
        "[::1]:8443", "a:0",         "xn--bcher-kva.ch", "[2001:db8::1:2]:65535",
    };
    static const char *const bad[] = {
        "",
        ".",
        ".a",
        "a..b",
        "a:",
        "a:65536",
        "a:1a",
        "a:-1",
        "a:123456",
        "a:80:80",
        "a b",
        "a,b",
        "a/b",
        "a?b",
        "a#b",
        "u@a",
        "a\\b",
        "a%41",
        "\xc3\xa4.ch",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]:",
        "[]",
        "[a]",
        "[::1%1]",
        "[v1.x]",
        "[10.0.0.1]",
        "a*",
        "*.a",
        "a;b",
        "<a>",
        "\"a\"",
        "a'b",
        "a|b",
        "[[::1]]",
        "a]",
        "[",
        ":80",
        "a\tb",
        "[1:2:3:4:5:6:7:8:9]",
        "[::1]:99999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!hc_h1_host_ok(hc_bytes_str(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (hc_h1_host_ok(hc_bytes_str(bad[i])))
            fail_msg("accepted: %s", bad[i]);
    assert_false(hc_h1_host_ok(HC_BYTES("[::1\0]")));
}

static void a_host_has_a_longest_length(void **state)
{
    uint8_t name[HC_H1_HOST_MAX + 1];

    (void)state;
    memset(name, 'a', sizeof name);
    assert_true(hc_h1_host_ok(hc_bytes_of(name, HC_H1_HOST_MAX)));
    assert_false(hc_h1_host_ok(hc_bytes_of(name, HC_H1_HOST_MAX + 1)));
}

static void an_authority_needs_its_port(void **state)
{
    (void)state;
    assert_true(hc_h1_authority_ok(HC_BYTES("a:443")));
    assert_true(hc_h1_authority_ok(HC_BYTES("[::1]:443")));
    assert_false(hc_h1_authority_ok(HC_BYTES("a")));
    assert_false(hc_h1_authority_ok(HC_BYTES("[::1]")));
    assert_false(hc_h1_authority_ok(HC_BYTES("a:")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_names_or_addresses),
        cmocka_unit_test(a_host_has_a_longest_length),
        cmocka_unit_test(an_authority_needs_its_port),
    };

    return cmocka_run_group_tests_name("proto/h1_host", tests, NULL, NULL);
}

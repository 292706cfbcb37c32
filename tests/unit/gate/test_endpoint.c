/* test_endpoint.c - addresses to listen on and back ends, right and wrong. */
#include "hc_test.h"

#include "base/auto.h"
#include "gate/endpoint.h"

static void expect_listen(const char *text, const char *host, unsigned port)
{
    struct hc_listen listen;
    struct hc_err e;

    expect_ok(&e, hc_listen_parse(hc_bytes_str(text), &listen, &e));
    assert_string_equal(listen.host, host);
    assert_int_equal(listen.port, port);
}

static void an_address_to_listen_on_is_host_and_port(void **state)
{
    (void)state;
    expect_listen("0.0.0.0:8443", "0.0.0.0", 8443);
    expect_listen("127.0.0.1:0", "127.0.0.1", 0);
    expect_listen("localhost:443", "localhost", 443);
    expect_listen("[::1]:65535", "::1", 65535);
    expect_listen("[0:0:0::1]:1", "::1", 1); /* canonical, so that equal addresses are equal text */
    expect_listen(":8443", "", 8443);
}

static void other_addresses_to_listen_on_are_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "8443",
                                        "localhost",
                                        "127.0.0.1",
                                        "127.0.0.1:",
                                        "host:80",
                                        "127.0.0.256:80",
                                        "127.0.0.1:65536",
                                        "127.0.0.1:080",
                                        "127.0.0.1:-1",
                                        "::1:80",
                                        "[::1]",
                                        "[::1]80",
                                        "[127.0.0.1]:80",
                                        "[localhost]:80",
                                        "[]:80",
                                        "[::1:80",
                                        "127.0.0.1:80 ",
                                        "010.0.0.1:80",
                                        "*:80",
                                        "127.1:80",
                                        "[fe80::1%lo]:80",
                                        "http://127.0.0.1:80",
                                        "127.0.0.1:99999999999"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(wrong); i++) {
        struct hc_listen listen = {.port = 7};
        struct hc_err e = {0};

        if (hc_ok(hc_listen_parse(hc_bytes_str(wrong[i]), &listen, &e)))
            fail_msg("'%s' passed", wrong[i]);
        assert_int_equal(e.code, HC_E_CONFIG_VALUE);
        assert_non_null(strstr(e.text, "is not an address to listen on; write HOST:PORT"));
        assert_int_equal(listen.port, 7);
    }
}

static void expect_forward(const char *text, enum hc_forward_kind kind, const char *host, unsigned port,
                           const char *path)
{
    struct hc_forward forward;
    struct hc_err e;

    expect_ok(&e, hc_forward_parse(hc_bytes_str(text), &forward, &e));
    assert_int_equal(forward.kind, kind);
    assert_string_equal(forward.host, host);
    assert_int_equal(forward.port, port);
    assert_string_equal(forward.path, path);
}

static void every_form_of_a_back_end_is_read(void **state)
{
    (void)state;
    expect_forward("http://127.0.0.1:8080", HC_FORWARD_HTTP, "127.0.0.1", 8080, "");
    expect_forward("https://orders.example.com:443", HC_FORWARD_HTTPS, "orders.example.com", 443, "");
    expect_forward("tcp://[::1]:6379", HC_FORWARD_TCP, "::1", 6379, "");
    expect_forward("tls://db_1:5432", HC_FORWARD_TLS, "db_1", 5432, "");
    expect_forward("unix:/run/app.sock", HC_FORWARD_UNIX, "", 0, "/run/app.sock");
}

static void a_wrong_back_end_is_refused_with_its_reason(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } wrong[] = {
        {"127.0.0.1:8080", "none of the known schemes"},
        {"ftp://a:1", "none of the known schemes"},
        {"HTTP://a:1", "none of the known schemes"},
        {"", "none of the known schemes"},
        {"http://a:1/", "nothing may follow the port"},
        {"http://a:1/api", "nothing may follow the port"},
        {"http://user@a:1", "may not carry a user"},
        {"http://a", "the port is missing"},
        {"http://", "the port is missing"},
        {"tcp://[::1]", "the port is missing"},
        {"http://a:0", "a number from 1 to 65535"},
        {"http://a:", "a number from 1 to 65535"},
        {"http://a:x", "a number from 1 to 65535"},
        {"http://::1:80", "the port must be"},
        {"http://:80", "the host is missing"},
        {"tls://a..b:80", "neither a name nor an IP address"},
        {"tls://a b:80", "neither a name nor an IP address"},
        {"tls://a.:80", "neither a name nor an IP address"},
        {"tls://[a]:80", "neither a name nor an IP address"},
        {"tls://127.0.0.256:80", "neither a name nor an IP address"},
        {"tls://127.1:80", "neither a name nor an IP address"},
        {"unix:run/app.sock", "an absolute path"},
        {"unix:///run/app.sock", "an absolute path"},
        {"unix:/", "an absolute path"},
        {"unix:/"
         "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
         "8",
         "at most 107 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(wrong); i++) {
        struct hc_forward forward = {.port = 7};
        struct hc_err e = {0};

        if (hc_ok(hc_forward_parse(hc_bytes_str(wrong[i].text), &forward, &e)))
            fail_msg("'%s' passed", wrong[i].text);
        assert_int_equal(e.code, HC_E_CONFIG_VALUE);
        if (strstr(e.text, wrong[i].why) == NULL || strstr(e.text, "write http://HOST:PORT, https://") == NULL)
            fail_msg("'%s': %s", wrong[i].text, e.text);
        assert_int_equal(forward.port, 7);
    }
}

static bool clash(const char *a, const char *b)
{
    struct hc_listen x;
    struct hc_listen y;
    struct hc_err e;

    expect_ok(&e, hc_listen_parse(hc_bytes_str(a), &x, &e));
    expect_ok(&e, hc_listen_parse(hc_bytes_str(b), &y, &e));
    assert_int_equal(hc_listen_clashes(&x, &y), hc_listen_clashes(&y, &x));
    return hc_listen_clashes(&x, &y);
}

static void addresses_clash_when_one_covers_the_other(void **state)
{
    (void)state;
    assert_true(clash("127.0.0.1:1", "127.0.0.1:1"));
    assert_true(clash("[::1]:1", "[0::1]:1"));
    assert_true(clash("0.0.0.0:1", "127.0.0.1:1"));
    assert_true(clash(":1", "127.0.0.1:1"));
    assert_true(clash("[::]:1", "0.0.0.0:1"));
    assert_true(clash("localhost:1", "127.0.0.1:1"));
    assert_true(clash("localhost:1", "[::1]:1"));
    assert_true(clash("localhost:1", "0.0.0.0:1"));
}

static bool same(const char *a, const char *b)
{
    struct hc_listen x;
    struct hc_listen y;
    struct hc_err e;

    expect_ok(&e, hc_listen_parse(hc_bytes_str(a), &x, &e));
    expect_ok(&e, hc_listen_parse(hc_bytes_str(b), &y, &e));
    assert_int_equal(hc_listen_same(&x, &y), hc_listen_same(&y, &x));
    return hc_listen_same(&x, &y);
}

static void gates_share_an_address_only_when_it_is_the_same(void **state)
{
    (void)state;
    assert_true(same("127.0.0.1:1", "127.0.0.1:1"));
    assert_true(same("[::1]:1", "[0:0::1]:1"));
    assert_true(same(":1", ":1"));
    assert_false(same(":1", "0.0.0.0:1")); /* these clash */
    assert_false(same("localhost:1", "127.0.0.1:1"));
    assert_false(same("127.0.0.1:1", "127.0.0.1:2"));
    assert_false(same("127.0.0.1:0", "127.0.0.1:0"));
}

static void other_addresses_do_not_clash(void **state)
{
    (void)state;
    assert_false(clash("127.0.0.1:1", "127.0.0.1:2"));
    assert_false(clash("127.0.0.1:1", "127.0.0.2:1"));
    assert_false(clash("0.0.0.0:1", "[::1]:1"));
    assert_false(clash("127.0.0.1:0", "127.0.0.1:0")); /* the system chooses two */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_to_listen_on_is_host_and_port),
        cmocka_unit_test(other_addresses_to_listen_on_are_refused),
        cmocka_unit_test(every_form_of_a_back_end_is_read),
        cmocka_unit_test(a_wrong_back_end_is_refused_with_its_reason),
        cmocka_unit_test(addresses_clash_when_one_covers_the_other),
        cmocka_unit_test(gates_share_an_address_only_when_it_is_the_same),
        cmocka_unit_test(other_addresses_do_not_clash),
    };

    return cmocka_run_group_tests_name("gate/endpoint", tests, NULL, NULL);
}

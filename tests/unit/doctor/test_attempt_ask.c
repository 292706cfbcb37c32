/* test_attempt_ask.c - the harmless words after a handshake, byte for byte. */
#include "hc_test.h"

#include "doctor/attempt_inside.h"

static void expect_words(struct hc_attempt_plan plan, const char *address, struct hc_bytes want)
{
    HC_BUF_AUTO(out, 4096);
    struct hc_addr addr;
    struct hc_err e = {0};

    expect_ok(&e, hc_addr_parse(hc_bytes_str(address), &addr, &e));
    plan.addr = &addr;
    hc_attempt_ask_emit(&plan, &out);
    expect_ok(&e, hc_buf_check(&out, &e));
    assert_int_equal(out.n, want.n);
    assert_true(want.n == 0 || memcmp(out.p, want.p, want.n) == 0);
}

#define REST "\r\nUser-Agent: handclasp-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n"

static void http_asks_for_the_path_of_the_name(void **state)
{
    struct hc_attempt_plan plan = {.ask = HC_ASK_HTTP, .name = "www.example", .path = "/a?b"};

    (void)state;
    expect_words(plan, "127.0.0.1:443", HC_BYTES("GET /a?b HTTP/1.1\r\nHost: www.example" REST));
    expect_words(plan, "127.0.0.1:8443", HC_BYTES("GET /a?b HTTP/1.1\r\nHost: www.example:8443" REST));
    plan.name = NULL;
    plan.path = NULL;
    expect_words(plan, "[::1]:443", HC_BYTES("GET / HTTP/1.1\r\nHost: [::1]" REST));
    expect_words(plan, "127.0.0.1:80", HC_BYTES("GET / HTTP/1.1\r\nHost: 127.0.0.1:80" REST));
    plan.plain = true; /* a question that Redis can answer too */
    expect_words(plan, "127.0.0.1:80", HC_BYTES("GET / HTTP/1.0\r\n\r\n"));
}

static void no_line_of_the_request_can_be_broken(void **state)
{
    struct hc_attempt_plan plan = {.ask = HC_ASK_HTTP, .name = "a\r\nb", .path = "x y\r\nEvil: 1\x7f\xc3"};

    (void)state;
    expect_words(plan, "127.0.0.1:443", HC_BYTES("GET /x%20y%0D%0AEvil:%201%7F%C3 HTTP/1.1\r\nHost: a%0D%0Ab" REST));
}

static void other_protocols_are_asked_in_their_words(void **state)
{
    (void)state;
    expect_words((struct hc_attempt_plan){.ask = HC_ASK_NOTHING}, "127.0.0.1:1", (struct hc_bytes){NULL, 0});
    expect_words((struct hc_attempt_plan){.ask = HC_ASK_SMTP}, "127.0.0.1:1",
                 HC_BYTES("EHLO handclasp-probe.invalid\r\n"));
    expect_words((struct hc_attempt_plan){.ask = HC_ASK_IMAP}, "127.0.0.1:1", HC_BYTES("p1 NOOP\r\n"));
    expect_words((struct hc_attempt_plan){.ask = HC_ASK_POSTGRES}, "127.0.0.1:1",
                 HC_BYTES("\0\0\0\x30\0\x03\0\0user\0handclasp-probe\0database\0postgres\0\0X\0\0\0\x04"));
    expect_words((struct hc_attempt_plan){.ask = HC_ASK_LDAP}, "127.0.0.1:1",
                 HC_BYTES("\x30\x2a\x02\x01\x02\x63\x25\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\x01\x02\x01\x02\x01\x01\0"
                          "\x87\x0bobjectClass\x30\x05\x04\x03\x31.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(http_asks_for_the_path_of_the_name),
        cmocka_unit_test(no_line_of_the_request_can_be_broken),
        cmocka_unit_test(other_protocols_are_asked_in_their_words),
    };

    return cmocka_run_group_tests_name("doctor/attempt_ask", tests, NULL, NULL);
}

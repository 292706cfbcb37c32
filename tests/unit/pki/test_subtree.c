/* test_subtree.c - bases of name constraints from text and back. */
#include "hc_test.h"

#include "pki/subtree.h"

static void same_after_a_round_trip(const char *text, const char *want)
{
    struct hc_err e;
    struct hc_subtree s;
    HC_BUF_AUTO(out, 400);
    expect_ok(&e, hc_subtree_parse(hc_bytes_str(text), &s, &e));
    hc_subtree_print(&s, &out);
    assert_string_equal(hc_buf_cstr(&out), want);
}

static void every_form_is_read_and_printed(void **state)
{
    (void)state;
    same_after_a_round_trip("dns:Example.COM", "dns:example.com");
    same_after_a_round_trip("dns:localhost", "dns:localhost");
    same_after_a_round_trip("email:example.com", "email:example.com");
    same_after_a_round_trip("email:*@example.com", "email:example.com");
    same_after_a_round_trip("email:.example.com", "email:.example.com");
    same_after_a_round_trip("email:alice@Example.com", "email:alice@example.com");
    same_after_a_round_trip("uri:example.com", "uri:example.com");
    same_after_a_round_trip("uri:.example.com", "uri:.example.com");
    same_after_a_round_trip("ip:127.0.0.0/8", "ip:127.0.0.0/8");
    same_after_a_round_trip("ip:192.0.2.7", "ip:192.0.2.7/32");
    same_after_a_round_trip("ip:::1", "ip:::1/128");
    same_after_a_round_trip("ip:2001:db8::/32", "ip:2001:db8::/32");
    same_after_a_round_trip("ip:0.0.0.0/0", "ip:0.0.0.0/0");
}

static void an_address_becomes_address_and_mask(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_subtree s;
    expect_ok(&e, hc_subtree_parse(HC_BYTES("ip:10.1.0.0/20"), &s, &e));
    expect_bytes(hc_bytes_of(s.base, s.n), "\x0a\x01\x00\x00\xff\xff\xf0\x00");
}

static void what_is_no_constraint_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "example.com",
        "dns:",
        "dns:*.example.com",
        "dns:.example.com",
        "dns:exa mple.com",
        "ip:10.0.0.0/33",
        "ip:10.0.0.1/8",
        "ip:10.0.0.0/",
        "ip:10.0.0.0/08",
        "ip:10.0.0.0/-1",
        "ip:10.0.0",
        "ip:",
        "email:",
        "email:@",
        "email:a@",
        "email:*@",
        "uri:https://a.example",
        "uri:",
        "otherName:x",
        "ip:::/129",
        "email:..example",
        "DNS:example.com",
    };
    struct hc_err e;
    struct hc_subtree s = {.n = 77};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_fail(&e, hc_subtree_parse(hc_bytes_str(bad[i]), &s, &e), HC_E_USAGE);
    assert_int_equal(s.n, 77);
}

static void a_list_is_read_back_without_other_types(void **state)
{
    (void)state;
    struct hc_bytes list = HC_BYTES("\x30\x0b\x82\x09"
                                    "localhost"
                                    "\x30\x04\xa4\x02\x30\x00" /* a directoryName */
                                    "\x30\x0a\x87\x08\x7f\x00\x00\x00\xff\x00\x00\x00");
    struct hc_subtree s;
    HC_BUF_AUTO(out, 400);
    assert_true(hc_subtree_next(&list, &s));
    hc_subtree_print(&s, &out);
    assert_true(hc_subtree_next(&list, &s));
    hc_subtree_print(&s, &out);
    assert_string_equal(hc_buf_cstr(&out), "dns:localhostip:127.0.0.0/8");
    assert_false(hc_subtree_next(&list, &s));
}

static void a_malformed_list_ends(void **state)
{
    (void)state;
    static const struct hc_bytes bad[] = {{0},
                                          {(const uint8_t *)"\x30", 1},
                                          {(const uint8_t *)"\x30\x05\x82", 3},
                                          {(const uint8_t *)"\x30\x02\x87\x00", 4}};
    struct hc_subtree s = {.n = 5};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hc_bytes list = bad[i];
        assert_false(hc_subtree_next(&list, &s));
        assert_int_equal(list.n, 0);
    }
    assert_int_equal(s.n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_read_and_printed),
        cmocka_unit_test(an_address_becomes_address_and_mask),
        cmocka_unit_test(what_is_no_constraint_is_refused),
        cmocka_unit_test(a_list_is_read_back_without_other_types),
        cmocka_unit_test(a_malformed_list_ends),
    };
    return cmocka_run_group_tests_name("pki/subtree", tests, NULL, NULL);
}

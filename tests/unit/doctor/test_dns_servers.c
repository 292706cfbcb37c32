/* test_dns_servers.c - whom to ask, and for which names. */
#include "hc_test.h"

#include "base/auto.h"
#include "doctor/dns_servers.h"

static void an_address_has_port_53_unless_it_says_another(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: none */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5353", "192.0.2.1:5353"},
        {"::1", "[::1]:53"},
        {"[::1]", "[::1]:53"},
        {"[::1]:5353", "[::1]:5353"},
        {"ns.example", NULL},
        {"", NULL},
        {"192.0.2", NULL},
        {"192.0.2.1:70000", NULL},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_addr a;
        char text[HC_ADDR_TEXT];
        assert_int_equal(hc_dns_servers_addr(rows[i].text, &a), rows[i].want != NULL);
        if (rows[i].want)
            assert_string_equal(hc_addr_text(&a, true, text), rows[i].want);
    }
}

static void the_system_is_read_as_the_c_library_reads_it(void **state)
{
    struct hc_dns_servers s;
    char text[HC_DNS_NAME];

    (void)state;
    assert_int_equal(setenv("LOCALDOMAIN", "one.test two.test", 1), 0);
    assert_int_equal(setenv("RES_OPTIONS", "ndots:3", 1), 0);
    hc_dns_servers_system(&s);
    assert_int_equal(s.n_search, 2);
    assert_string_equal(hc_dns_name_text(&s.search[1], text), "two.test.");
    assert_int_equal(s.ndots, 3);
    assert_true(s.n >= 1); /* without a resolv.conf the C library asks this machine */
    for (size_t i = 0; i < s.n; i++)
        assert_int_equal(hc_addr_port(&s.addr[i]), 53);
}

/* The candidates of a host, joined by blanks. */
static const char *candidates(const char *host, unsigned ndots, struct hc_buf *out)
{
    struct hc_dns_servers s = {.n_search = 2, .ndots = ndots};
    struct hc_dns_candidates c;
    struct hc_dns_name whole;
    char text[HC_DNS_NAME];

    assert_true(hc_dns_name_from(HC_BYTES("one.test"), &s.search[0]) &&
                hc_dns_name_from(HC_BYTES("two.test"), &s.search[1]));
    assert_true(hc_dns_name_from(hc_bytes_str(host), &whole));
    hc_dns_servers_candidates(&s, host, &whole, &c);
    assert_true(hc_dns_name_eq(&c.name[c.whole], &whole));
    hc_buf_clear(out);
    for (size_t i = 0; i < c.n; i++)
        hc_buf_addf(out, "%s%s", i ? " " : "", hc_dns_name_text(&c.name[i], text));
    return hc_buf_cstr(out);
}

static void a_short_name_is_looked_for_in_the_search_list_first(void **state)
{
    HC_BUF_AUTO(out, 1024);

    (void)state;
    assert_string_equal(candidates("shop", 1, &out), "shop.one.test. shop.two.test. shop.");
    assert_string_equal(candidates("shop.example", 1, &out),
                        "shop.example. shop.example.one.test. shop.example.two.test.");
    assert_string_equal(candidates("shop.example", 2, &out),
                        "shop.example.one.test. shop.example.two.test. shop.example.");
    assert_string_equal(candidates("shop.", 1, &out), "shop.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_port_53_unless_it_says_another),
        cmocka_unit_test(the_system_is_read_as_the_c_library_reads_it),
        cmocka_unit_test(a_short_name_is_looked_for_in_the_search_list_first),
    };
    return cmocka_run_group_tests_name("doctor/dns_servers", tests, NULL, NULL);
}

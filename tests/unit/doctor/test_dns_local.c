/* test_dns_local.c - what a hosts file says. */
#include "hc_test.h"

#include "base/auto.h"
#include "doctor/dns_local.h"

static const char HOSTS[] = "# comment shop\n"
                            "127.0.0.1\tlocalhost\n"
                            "192.0.2.1 Shop.Example.com shop # not: other\r\n"
                            "2001:db8::1 shop.example.com\n"
                            "192.0.2.1 shop.example.com\n"
                            "nonsense shop\n"
                            "192.0.2.99\n"
                            "192.0.2.7 last";

static bool find(const char *host, struct hc_dns *out)
{
    struct hc_dns_question q = {.host = host, .port = 443};
    memset(out, 0, sizeof *out);
    return hc_dns_local_hosts_text(hc_bytes_str(HOSTS), &q, out);
}

static void a_hosts_file_gives_every_address_of_a_name_once(void **state)
{
    static struct hc_dns d;
    char text[HC_ADDR_TEXT];

    (void)state;
    assert_true(find("shop.example.COM.", &d));
    assert_int_equal(d.result, HC_DNS_HOSTS);
    assert_int_equal(d.n, 2);
    assert_string_equal(hc_addr_text(&d.address[0].addr, true, text), "192.0.2.1:443");
    assert_string_equal(hc_addr_text(&d.address[1].addr, true, text), "[2001:db8::1]:443");
    assert_true(find("shop", &d));
    assert_int_equal(d.n, 1);
    assert_true(find("last", &d));
}

static void comments_and_addresses_are_no_names(void **state)
{
    static struct hc_dns d;
    static const char *const none[] = {"other", "comment", "#", "192.0.2.1", "nonsense", "example.com", ""};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(none); i++)
        assert_false(find(none[i], &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hosts_file_gives_every_address_of_a_name_once),
        cmocka_unit_test(comments_and_addresses_are_no_names),
    };
    return cmocka_run_group_tests_name("doctor/dns_local", tests, NULL, NULL);
}

/* One canonical form for every identity, and nothing accepted that could be read in two ways (T7, T21). */
#include "hc_test.h"

#include "pki/name.h"

static void expect_name(const char *typed, const char *canonical)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_name) again = NULL;
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    struct hc_err e;

    expect_ok(&e, hc_name_parse(hc_bytes_str(typed), HC_NAME_WILDCARD, &name, &e));
    hc_name_text(name, &text);
    assert_string_equal(hc_buf_cstr(&text), canonical);
    expect_ok(&e, hc_name_parse(hc_buf_view(&text), HC_NAME_WILDCARD, &again, &e));
    assert_true(hc_name_eq(name, again));
}

static void expect_no_name(struct hc_bytes typed, const char *why)
{
    struct hc_name *name = NULL;
    struct hc_err e;

    expect_fail(&e, hc_name_parse(typed, HC_NAME_PLAIN, &name, &e), HC_E_IDENTITY_NAME);
    assert_null(name);
    if (!strstr(e.text, why))
        fail_msg("'%s' does not say '%s'", e.text, why);
}

#define REFUSED(literal, why) expect_no_name(HC_BYTES(literal), why)

static void name_writes_every_type_in_its_canonical_form(void **state)
{
    (void)state;
    expect_name("dns:Shop.EXAMPLE.com", "dns:shop.example.com");
    expect_name("dns:shop.example.com.", "dns:shop.example.com");
    expect_name("dns:localhost", "dns:localhost");
    expect_name("dns:_sip.xn--bcher-kva.example", "dns:_sip.xn--bcher-kva.example");
    expect_name("dns:*.Example.com", "dns:*.example.com");
    expect_name("email:Alice.B+c@Example.COM", "email:Alice.B+c@example.com");
    expect_name("uri:HTTPS://User@Example.COM:8443/Path?Q#F", "uri:https://User@example.com:8443/Path?Q#F");
    expect_name("uri:https://[2001:DB8::1]/", "uri:https://[2001:db8::1]/");
    expect_name("uri:urn:uuid:F81D4FAE", "uri:urn:uuid:F81D4FAE");
    expect_name("uri:file:///etc", "uri:file:///etc");
    expect_name("spiffe://example.com/web/Front-1", "spiffe://example.com/web/Front-1");
    expect_name("uri:spiffe://example.com", "spiffe://example.com");
    expect_name("ip:192.0.2.7", "ip:192.0.2.7");
    expect_name("ip:2001:DB8:0:0::7", "ip:2001:db8::7");
    expect_name("ip:[::1]", "ip:::1");
}

static void name_refuses_what_is_not_a_dns_name(void **state)
{
    (void)state;
    REFUSED("dns:", "it is empty");
    REFUSED("dns:.", "empty");
    REFUSED("dns:a..b", "a label is empty");
    REFUSED("dns:a.b..", "a label is empty");
    REFUSED("dns:.a", "a label is empty");
    REFUSED("dns:-a.b", "hyphen");
    REFUSED("dns:a-.b", "hyphen");
    REFUSED("dns:a b", "only letters");
    REFUSED("dns:a\0.b", "only letters");
    REFUSED("dns:b\xc3\xbc"
            "cher.example",
            "xn--");
    REFUSED("dns:shop.example.com:8443", "only letters");
    REFUSED("dns:192.0.2.7", "number");
    REFUSED("dns:*.example.com", "wildcard");
    REFUSED("dns:a.*.com", "wildcard");
    REFUSED("dns:w*.example.com", "wildcard");
    REFUSED("dns:aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.com", "longer than 63");
}

static void name_takes_253_bytes_of_dns_name_and_not_254(void **state)
{
    char text[4 + 254 + 1] = "dns:";
    HC_AUTO(hc_name) name = NULL;
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < 254; i++)
        text[4 + i] = i % 2 ? '.' : 'a';
    text[4 + 253] = 0;
    expect_ok(&e, hc_name_parse(hc_bytes_str(text), HC_NAME_PLAIN, &name, &e));
    text[4 + 252] = 'b';
    text[4 + 251] = 'b';
    text[4 + 253] = 'b';
    expect_no_name(hc_bytes_str(text), "longer than 253");
}

static void name_allows_wildcards_only_left_most_and_when_asked(void **state)
{
    struct hc_name *name = NULL;
    struct hc_err e;
    static const char *bad[] = {"dns:*", "dns:*.", "dns:*.*.com", "dns:a.*", "dns:f*.example.com"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_fail(&e, hc_name_parse(hc_bytes_str(bad[i]), HC_NAME_WILDCARD, &name, &e), HC_E_IDENTITY_NAME);
}

static void name_refuses_what_is_not_an_e_mail_address(void **state)
{
    (void)state;
    REFUSED("email:alice", "no @");
    REFUSED("email:@example.com", "1 to 64");
    REFUSED("email:a@b@example.com", "only letters");
    REFUSED("email:.a@example.com", "dot before");
    REFUSED("email:a.@example.com", "dot before");
    REFUSED("email:a..b@example.com", "dot before");
    REFUSED("email:\"a b\"@example.com", "not accepted");
    REFUSED("email:a\0@example.com", "not accepted");
    REFUSED("email:*@example.com", "not accepted");
    REFUSED("email:a@", "empty");
    REFUSED("email:a@192.0.2.7", "number");
    REFUSED("email:a@[192.0.2.7]", "only letters");
    REFUSED("email:a@*.example.com", "wildcard");
    REFUSED("email:a@example.com.", "empty");
}

static void name_refuses_what_is_not_an_absolute_uri(void **state)
{
    (void)state;
    REFUSED("uri:", "absolute");
    REFUSED("uri:/path", "absolute");
    REFUSED("uri:https:", "absolute");
    REFUSED("uri:1x://a", "absolute");
    REFUSED("uri:https://a b", "printable");
    REFUSED("uri:https://a/\0b", "printable");
    REFUSED("uri:https://\xc3\xbc/", "printable");
    REFUSED("uri:https://a/<b>", "percent-encoded");
    REFUSED("uri:https://a/%4", "percent sign");
    REFUSED("uri:https://a/%zz", "percent sign");
    REFUSED("uri:https://a%2e/", "the host may hold");
    REFUSED("uri:https://u@b@c/", "the host may hold");
    REFUSED("uri:https://:80/", "the host is empty");
    REFUSED("uri:https://a:8x/", "port");
    REFUSED("uri:https://[::1/", "brackets");
    REFUSED("uri:https://[1.2.3.4]/", "brackets");
    REFUSED("uri:https://[::1]x/", "brackets");
}

static void name_holds_spiffe_ids_to_their_standard(void **state)
{
    (void)state;
    REFUSED("spiffe://", "trust domain");
    REFUSED("spiffe:///web", "trust domain");
    REFUSED("spiffe:example.com", "begins with");
    REFUSED("uri:SPIFFE://example.com/web", "begins with");
    REFUSED("spiffe://Example.com/web", "lower-case");
    REFUSED("spiffe://example.com:443/web", "lower-case");
    REFUSED("spiffe://user@example.com/web", "lower-case");
    REFUSED("spiffe://example.com?q", "lower-case");
    REFUSED("spiffe://example.com/", "segment");
    REFUSED("spiffe://example.com/web/", "segment");
    REFUSED("spiffe://example.com//web", "segment");
    REFUSED("spiffe://example.com/./web", "segment");
    REFUSED("spiffe://example.com/../web", "segment");
    REFUSED("spiffe://example.com/w%65b", "segment");
    REFUSED("spiffe://example.com/web?q=1", "segment");
    REFUSED("spiffe://example.com/web#f", "segment");
    REFUSED("spiffe://example.com/*", "segment");
}

static void name_refuses_what_is_not_an_address_or_has_no_type(void **state)
{
    (void)state;
    REFUSED("ip:192.0.2", "not an IPv4");
    REFUSED("ip:192.0.2.07", "not an IPv4");
    REFUSED("ip:192.0.2.7/24", "not an IPv4");
    REFUSED("ip:fe80::1%eth0", "not an IPv4");
    REFUSED("ip:[192.0.2.7]", "not an IPv4");
    REFUSED("ip:192.0.2.7\0", "not an IPv4");
    REFUSED("shop.example.com", "does not begin with a type");
    REFUSED("DNS:shop.example.com", "does not begin with a type");
    REFUSED("", "does not begin with a type");
    REFUSED("dns", "does not begin with a type");
}

static void name_guesses_the_type_of_a_bare_name(void **state)
{
    static const struct {
        const char *typed, *text;
    } cases[] = {
        {"shop.example.com", "dns:shop.example.com"},
        {"alice@example.com", "email:alice@example.com"},
        {"https://a@b.example/", "uri:https://a@b.example/"},
        {"spiffe://example.com/x", "spiffe://example.com/x"},
        {"192.0.2.7", "ip:192.0.2.7"},
        {"::1", "ip:::1"},
        {"[::1]", "ip:::1"},
        {"localhost", "dns:localhost"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HC_AUTO(hc_name) name = NULL;
        HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
        struct hc_err e;

        expect_ok(&e, hc_name_guess(hc_bytes_str(cases[i].typed), HC_NAME_PLAIN, &name, &e));
        hc_name_text(name, &text);
        assert_string_equal(hc_buf_cstr(&text), cases[i].text);
    }
}

static void name_keeps_the_address_in_network_order(void **state)
{
    HC_AUTO(hc_name) four = NULL;
    HC_AUTO(hc_name) six = NULL;
    HC_AUTO(hc_name) copy = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_name_parse(HC_BYTES("ip:192.0.2.7"), HC_NAME_PLAIN, &four, &e));
    expect_ok(&e, hc_name_parse(HC_BYTES("ip:::ffff:192.0.2.7"), HC_NAME_PLAIN, &six, &e));
    expect_ok(&e, hc_name_copy(six, &copy, &e));
    expect_bytes(hc_bytes_of(four->ip, four->ip_n), "\xc0\x00\x02\x07");
    assert_int_equal(six->ip_n, 16);
    assert_false(hc_name_eq(four, six));
    assert_true(hc_name_eq(copy, six));
}

static void name_gives_each_identity_a_directory(void **state)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_name) huge = NULL;
    HC_BUF_AUTO(dir, 512);
    HC_BUF_AUTO(uri, 512);
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_name_guess(HC_BYTES("spiffe://example.com/web"), HC_NAME_PLAIN, &name, &e));
    expect_ok(&e, hc_name_dirname(name, &dir, &e));
    expect_bytes(hc_buf_view(&dir), "spiffe%3A%2F%2Fexample.com%2Fweb");
    hc_buf_add_str(&uri, "spiffe://example.com/");
    for (int i = 0; i < 200; i++)
        hc_buf_add_byte(&uri, 'x');
    expect_ok(&e, hc_name_guess(hc_buf_view(&uri), HC_NAME_PLAIN, &huge, &e));
    expect_fail(&e, hc_name_dirname(huge, &dir, &e), HC_E_IDENTITY_NAME);
}

static bool matches(const char *pattern, const char *host)
{
    return hc_dns_matches(hc_bytes_str(pattern), hc_bytes_str(host));
}

static void name_matches_one_left_most_label_and_no_more(void **state)
{
    (void)state;
    assert_true(matches("shop.example.com", "SHOP.example.com"));
    assert_true(matches("*.example.com", "shop.example.com"));
    assert_true(matches("*.example.com", "xn--bcher-kva.example.com"));
    assert_false(matches("*.example.com", "example.com"));
    assert_false(matches("*.example.com", "a.b.example.com"));
    assert_false(matches("*.example.com", ".example.com"));
    assert_false(matches("*.com", "example.com"));
    assert_false(matches("*", "localhost"));
    assert_false(matches("s*.example.com", "shop.example.com"));
    assert_false(matches("shop.*.com", "shop.example.com"));
    assert_false(matches("*.*.com", "shop.example.com"));
    assert_false(matches("shop.example.com", "shop.example.co"));
    assert_false(matches("", ""));
}

static void name_never_matches_an_address_or_a_wildcard_host(void **state)
{
    (void)state;
    assert_false(matches("192.0.2.7", "192.0.2.7"));
    assert_false(matches("*.0.2.7", "192.0.2.7"));
    assert_false(matches("::1", "::1"));
    assert_false(matches("*.example.com", "*.example.com"));
}

static void name_finds_the_host_of_a_uri(void **state)
{
    struct hc_bytes host;

    (void)state;
    assert_true(hc_uri_host(HC_BYTES("https://user:pw@example.com:8443/x@y"), &host));
    expect_bytes(host, "example.com");
    assert_true(hc_uri_host(HC_BYTES("https://[2001:db8::1]:8443"), &host));
    expect_bytes(host, "2001:db8::1");
    assert_true(hc_uri_host(HC_BYTES("https://example.com?x"), &host));
    expect_bytes(host, "example.com");
    assert_false(hc_uri_host(HC_BYTES("urn:uuid:1"), &host));
    assert_false(hc_uri_host(HC_BYTES("file:///etc"), &host));
    assert_false(hc_uri_host(HC_BYTES("//example.com"), &host));
    assert_false(hc_uri_host(HC_BYTES("https://[::1"), &host));
    assert_false(hc_uri_host(HC_BYTES(""), &host));
}

static struct hc_rc parse_and_copy(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_name) copy = NULL;

    HC_TRY(e, hc_name_parse(hc_bytes_str(ctx), HC_NAME_PLAIN, &name, e));
    return hc_name_copy(name, &copy, e);
}

static void name_survives_every_failing_allocation(void **state)
{
    char email[] = "email:alice@example.com";
    char ip[] = "ip:2001:db8::1";

    (void)state;
    assert_true(fault_sweep(parse_and_copy, email) > 2);
    assert_true(fault_sweep(parse_and_copy, ip) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_writes_every_type_in_its_canonical_form),
        cmocka_unit_test(name_refuses_what_is_not_a_dns_name),
        cmocka_unit_test(name_takes_253_bytes_of_dns_name_and_not_254),
        cmocka_unit_test(name_allows_wildcards_only_left_most_and_when_asked),
        cmocka_unit_test(name_refuses_what_is_not_an_e_mail_address),
        cmocka_unit_test(name_refuses_what_is_not_an_absolute_uri),
        cmocka_unit_test(name_holds_spiffe_ids_to_their_standard),
        cmocka_unit_test(name_refuses_what_is_not_an_address_or_has_no_type),
        cmocka_unit_test(name_guesses_the_type_of_a_bare_name),
        cmocka_unit_test(name_keeps_the_address_in_network_order),
        cmocka_unit_test(name_gives_each_identity_a_directory),
        cmocka_unit_test(name_matches_one_left_most_label_and_no_more),
        cmocka_unit_test(name_never_matches_an_address_or_a_wildcard_host),
        cmocka_unit_test(name_finds_the_host_of_a_uri),
        cmocka_unit_test(name_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/name", tests, NULL, NULL);
}

/* test_within.c - one table a type of name: which names are inside which subtree (T23). */
#include "hc_test.h"

#include "pki/name.h"
#include "pki/within.h"

#define NONE HC_WITHIN_NONE
#define PART HC_WITHIN_PART
#define ALL HC_WITHIN_ALL

struct row {
    const char *name, *base;
    enum hc_within want;
};

static void check_rows(uint8_t tag, const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *r = &rows[i];
        if (!hc_within_base_ok(tag, hc_bytes_str(r->base)))
            fail_msg("base '%s' was refused", r->base);
        enum hc_within got = hc_within_judge(tag, hc_bytes_str(r->name), hc_bytes_str(r->base));
        if (got != r->want)
            fail_msg("'%s' in '%s': wanted %d, got %d", r->name, r->base, (int)r->want, (int)got);
    }
}

static void dns_names_are_within_their_subtrees(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"example.com", "example.com", ALL},
        {"www.example.com", "example.com", ALL},
        {"a.b.c.example.com", "example.com", ALL},
        {"example.com", "EXAMPLE.com", ALL},
        {"www.example.com", "Example.Com", ALL},
        {"example.com", "com", ALL},
        {"com", "com", ALL},
        {"example.com", "", ALL},
        {"com", "", ALL},
        {"example.org", "example.com", NONE},
        {"badexample.com", "example.com", NONE},
        {"bad-example.com", "example.com", NONE},
        {"example.com.org", "example.com", NONE},
        {"com", "example.com", NONE},
        {"xample.com", "example.com", NONE},
        {"e.example.co", "example.com", NONE},
        {"example.com", "www.example.com", NONE},
        {"ww.example.com", "www.example.com", NONE},
        {"www.example.com", "www.example.com", ALL},
        {"a.www.example.com", "www.example.com", ALL},
        {"localhost", "localhost", ALL},
        {"a.localhost", "localhost", ALL},
        {"notlocalhost", "localhost", NONE},
        {"xn--bcher-kva.example", "xn--bcher-kva.example", ALL},
        {"my_service.example.com", "example.com", ALL},
    };
    check_rows(HC_GN_DNS, rows, sizeof(rows) / sizeof(rows[0]));
}

static void wildcards_stand_for_every_name_they_match(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"*.example.com", "example.com", ALL},
        {"*.www.example.com", "example.com", ALL},
        {"*.a.b.example.com", "example.com", ALL},
        {"*.EXAMPLE.com", "example.com", ALL},
        {"*.example.com", "com", ALL},
        {"*.example.com", "", ALL},
        {"*.example.org", "example.com", NONE},
        {"*.badexample.com", "example.com", NONE},
        {"*.com", "com", ALL},
        /* Some of the names are inside: no permission, and an exclusion. */
        {"*.com", "example.com", PART},
        {"*.example.com", "www.example.com", PART},
        {"*.example.com", "WWW.example.com", PART},
        {"*.example.com", "bad.example.com", PART},
        {"*.b.example.com", "a.b.example.com", PART},
        /* Exactly one label: never two levels below, and never the name itself. */
        {"*.example.com", "a.b.example.com", NONE},
        {"*.com", "www.example.com", NONE},
        {"*.example.com", "www.example.org", NONE},
        {"*.ample.com", "example.com", NONE},
        {"*.xample.com", "example.com", NONE},
    };
    check_rows(HC_GN_DNS, rows, sizeof(rows) / sizeof(rows[0]));
}

static void mailboxes_are_within_their_subtrees(void **state)
{
    (void)state;
    static const struct row rows[] = {
        /* a host: every mailbox there, and nowhere below */
        {"alice@example.com", "example.com", ALL},
        {"alice@EXAMPLE.com", "example.com", ALL},
        {"alice@example.com", "Example.COM", ALL},
        {"alice@mail.example.com", "example.com", NONE},
        {"alice@example.org", "example.com", NONE},
        {"alice@badexample.com", "example.com", NONE},
        {"example.com@example.org", "example.com", NONE},
        {"alice@com", "example.com", NONE},
        /* a dot and a host: below, not at */
        {"alice@mail.example.com", ".example.com", ALL},
        {"alice@a.b.example.com", ".example.com", ALL},
        {"alice@example.com", ".example.com", NONE},
        {"alice@badexample.com", ".example.com", NONE},
        {"alice@mail.example.org", ".example.com", NONE},
        /* a mailbox */
        {"alice@example.com", "alice@example.com", ALL},
        {"alice@Example.com", "alice@example.COM", ALL},
        {"bob@example.com", "alice@example.com", NONE},
        {"alice@example.org", "alice@example.com", NONE},
        {"alice@mail.example.com", "alice@example.com", NONE},
        {"malice@example.com", "alice@example.com", NONE},
        /* only the host may say whether case matters */
        {"ALICE@example.com", "alice@example.com", PART},
        {"Alice@example.com", "ALICE@example.com", PART},
        /* everything */
        {"alice@example.com", "", ALL},
        /* no mailbox that could be judged */
        {"alice", "example.com", PART},
        {"@example.com", "example.com", PART},
        {"alice@", "example.com", PART},
        {"alice@exa mple.com", "example.com", PART},
        {"alice@[192.0.2.1]", "example.com", PART},
        {"alice@*.example.com", "example.com", PART},
        {"alice@example.com.", "example.com", PART},
        /* the last @ separates */
        {"\"a@b\"@example.com", "example.com", ALL},
        {"\"x@example.com\"@example.org", "example.com", NONE},
    };
    check_rows(HC_GN_EMAIL, rows, sizeof(rows) / sizeof(rows[0]));
}

static void uris_are_within_their_subtrees_by_host(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"https://example.com/", "example.com", ALL},
        {"https://example.com", "example.com", ALL},
        {"https://EXAMPLE.com/a", "example.com", ALL},
        {"https://example.com:8443/a", "example.com", ALL},
        {"spiffe://example.com/web/1", "example.com", ALL},
        {"https://example.com?q", "example.com", ALL},
        {"https://www.example.com/", "example.com", NONE},
        {"https://badexample.com/", "example.com", NONE},
        {"https://example.com.evil.org/", "example.com", NONE},
        {"https://evil.org/example.com", "example.com", NONE},
        {"https://evil.org/@example.com", "example.com", NONE},
        {"https://evil.org?@example.com", "example.com", NONE},
        {"https://evil.org#@example.com", "example.com", NONE},
        {"https://www.example.com/", ".example.com", ALL},
        {"https://a.b.example.com/", ".example.com", ALL},
        {"https://example.com/", ".example.com", NONE},
        {"https://badexample.com/", ".example.com", NONE},
        {"spiffe://prod.example.com/x", ".example.com", ALL},
        {"https://example.com/", "", ALL},
        {"urn:uuid:1", "", ALL},
        /* no host name: no permission, and an exclusion */
        {"urn:uuid:1", "example.com", PART},
        {"mailto:a@example.com", "example.com", PART},
        {"https:///path", "example.com", PART},
        {"https://192.0.2.1/", "example.com", PART},
        {"https://[2001:db8::1]/", "example.com", PART},
        {"https://[2001:db8::1]:443/", "example.com", PART},
        {"https://exa%6dple.com/", "example.com", PART},
        /* what OpenSSL reads otherwise */
        {"https://user@example.com/a", "example.com", PART},
        {"https://user:pw@example.com:1/a?b#c", "example.com", PART},
        {"https://example.com@evil.org/", "example.com", PART},
        {"https://example.com./", "example.com", PART},
        {"https://*.example.com/", "example.com", PART},
        {"example.com", "example.com", PART},
        {"", "example.com", PART},
    };
    check_rows(HC_GN_URI, rows, sizeof(rows) / sizeof(rows[0]));
}

struct ip_row {
    const char *name, *address, *mask;
    enum hc_within want;
};

static struct hc_bytes put_ip(const char *text, uint8_t out[16])
{
    uint8_t n = hc_name_ip(hc_bytes_str(text), out);
    assert_int_not_equal(n, 0);
    return hc_bytes_of(out, n);
}

static void addresses_are_within_their_networks(void **state)
{
    (void)state;
    static const struct ip_row rows[] = {
        {"192.0.2.1", "192.0.2.0", "255.255.255.0", ALL},
        {"192.0.2.255", "192.0.2.0", "255.255.255.0", ALL},
        {"192.0.3.1", "192.0.2.0", "255.255.255.0", NONE},
        {"192.0.2.1", "192.0.2.1", "255.255.255.255", ALL},
        {"192.0.2.2", "192.0.2.1", "255.255.255.255", NONE},
        {"10.1.2.3", "10.0.0.0", "255.0.0.0", ALL},
        {"11.1.2.3", "10.0.0.0", "255.0.0.0", NONE},
        {"10.127.0.1", "10.0.0.0", "255.128.0.0", ALL},
        {"10.128.0.1", "10.0.0.0", "255.128.0.0", NONE},
        {"203.0.113.9", "0.0.0.0", "0.0.0.0", ALL},
        {"192.0.2.9", "192.0.2.77", "255.255.255.0", ALL}, /* bits beyond the mask do not count */
        {"2001:db8::1", "0.0.0.0", "0.0.0.0", NONE},
        {"192.0.2.1", "::", "::", NONE},
        {"::ffff:192.0.2.1", "192.0.2.0", "255.255.255.0", PART}, /* excluded with it, never permitted by it */
        {"::ffff:192.0.3.1", "192.0.2.0", "255.255.255.0", NONE},
        {"2001:db8::1", "2001:db8::", "ffff:ffff::", ALL},
        {"2001:db9::1", "2001:db8::", "ffff:ffff::", NONE},
        {"2001:db8::1", "::", "::", ALL},
        {"2001:db8::1", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ALL},
        {"2001:db8::2", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", NONE},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint8_t name[16], base[32], mask[16];
        struct hc_bytes n = put_ip(rows[i].name, name);
        struct hc_bytes b = put_ip(rows[i].address, base);
        struct hc_bytes m = put_ip(rows[i].mask, mask);
        memcpy(base + b.n, m.p, m.n);
        struct hc_bytes subtree = hc_bytes_of(base, b.n * 2);
        assert_true(hc_within_base_ok(HC_GN_IP, subtree));
        if (hc_within_judge(HC_GN_IP, n, subtree) != rows[i].want)
            fail_msg("%s in %s/%s", rows[i].name, rows[i].address, rows[i].mask);
    }
}

static void malformed_bases_are_refused(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        ".",        "..",  "example..com", "example.com.",        ".example.com.", "..example.com", "*.com",     "*",
        "exa mple", "a/b", "a:80",         "https://example.com", "a@b",           "exam\x7fple",   "ex\xc3\xa9"};
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        if (hc_within_base_ok(HC_GN_DNS, hc_bytes_str(hosts[i])) ||
            hc_within_base_ok(HC_GN_URI, hc_bytes_str(hosts[i])))
            fail_msg("'%s' was taken", hosts[i]);
    }
    assert_false(hc_within_base_ok(HC_GN_DNS, HC_BYTES(".example.com")));
    assert_true(hc_within_base_ok(HC_GN_URI, HC_BYTES(".example.com")));
    assert_false(hc_within_base_ok(HC_GN_DNS, HC_BYTES("example.com\0.org")));
    static const char *const mailboxes[] = {
        "@example.com", "a@", "a@.example.com", "a@b@", "a b@c", "*@example.com.", ".", "@"};
    for (size_t i = 0; i < sizeof(mailboxes) / sizeof(mailboxes[0]); i++) {
        if (hc_within_base_ok(HC_GN_EMAIL, hc_bytes_str(mailboxes[i])))
            fail_msg("'%s' was taken", mailboxes[i]);
    }
    assert_false(hc_within_base_ok(HC_GN_EMAIL, HC_BYTES("a\0b@example.com")));
    static const struct hc_bytes networks[] = {
        {NULL, 0},
        HC_BYTES("\xc0\x00\x02\x00"),
        HC_BYTES("\xc0\x00\x02\x00\xff\xff\xff"),
        HC_BYTES("\xc0\x00\x02\x00\xff\x00\xff\x00"), /* not contiguous */
        HC_BYTES("\xc0\x00\x02\x00\x00\xff\xff\xff"),
        HC_BYTES("\xc0\x00\x02\x00\xff\xff\xff\xfd"),
        HC_BYTES("\xc0\x00\x02\x00\xff\xff\xff\x00\x00"),
    };
    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
        assert_false(hc_within_base_ok(HC_GN_IP, networks[i]));
    assert_false(hc_within_base_ok(HC_GN_DIRECTORY, HC_BYTES("\x31\x00")));
    assert_true(hc_within_base_ok(HC_GN_DIRECTORY, HC_BYTES("\x30\x00")));
    /* A constraint whose type is none would else be of no name, and bind nobody. */
    static const uint8_t none[] = {0xa2, 0x84, 0xa1, 0xa6, 0xa7, 0x80, 0x83, 0x85, 0x89, 0x02, 0x30};
    for (size_t i = 0; i < sizeof(none); i++)
        assert_false(hc_within_base_ok(none[i], HC_BYTES("example.com")));
    static const uint8_t others[] = {HC_GN_OTHER, HC_GN_X400, HC_GN_EDI, HC_GN_REGISTERED};
    for (size_t i = 0; i < sizeof(others); i++)
        assert_true(hc_within_base_ok(others[i], HC_BYTES("example.com")));
}

static void types_that_cannot_be_judged_satisfy_no_permission_and_every_exclusion(void **state)
{
    (void)state;
    static const uint8_t tags[] = {HC_GN_OTHER, 0xa3, 0xa5, 0x88, 0x00, 0xff};
    for (size_t i = 0; i < sizeof(tags); i++) {
        assert_false(hc_within_judges(tags[i]));
        assert_int_equal(hc_within_judge(tags[i], HC_BYTES("x"), HC_BYTES("x")), PART);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dns_names_are_within_their_subtrees),
        cmocka_unit_test(wildcards_stand_for_every_name_they_match),
        cmocka_unit_test(mailboxes_are_within_their_subtrees),
        cmocka_unit_test(uris_are_within_their_subtrees_by_host),
        cmocka_unit_test(addresses_are_within_their_networks),
        cmocka_unit_test(malformed_bases_are_refused),
        cmocka_unit_test(types_that_cannot_be_judged_satisfy_no_permission_and_every_exclusion),
    };
    return cmocka_run_group_tests_name("pki/within", tests, NULL, NULL);
}

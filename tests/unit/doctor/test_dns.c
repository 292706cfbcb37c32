/* test_dns.c - where names lead, told by servers that behave and by servers that do not. */
#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "dns_server.h"
#include "doctor/dns.h"

#define A 1
#define AAAA 28
#define RESOLVER 0x8180
#define AUTHORITY 0x8400
#define REFERRAL 0x8000

/* --- a resolver: 127.0.0.1 ---------------------------------------------------------------------------------------- */

static void good_a(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_a(b, DNS_ANSWER, "good.test", 300, "192.0.2.1");
    dns_a(b, DNS_ANSWER, "GOOD.test", 60, "192.0.2.2");
}

static void good_aaaa(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_a(b, DNS_ANSWER, "good.test", 0x80000001, "2001:db8::1");
}

static void alias(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_a(b, DNS_ANSWER, "real.test", 300, "192.0.2.3"); /* any order */
    dns_cname(b, "middle.test", 900, "real.test");
    dns_cname(b, "alias.test", 30, "middle.test");
    dns_a(b, DNS_ANSWER, "unrelated.test", 300, "192.0.2.66");
    dns_a(b, DNS_ADDITIONAL, "real.test", 300, "192.0.2.67");
}

static void half_alias(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_cname(b, "half.test", 30, "good.test");
}

static void endless(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_cname(b, "endless.test", 30, "again.test");
    dns_cname(b, "again.test", 30, "endless.test");
}

static void hostile(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_cname(b, "hostile.test", 30, "\\027[31m\\010\\046x\\255<b>.test");
    dns_a(b, DNS_ANSWER, "\\027[31m\\010\\046x\\255<b>.test", 30, "192.0.2.4");
}

static void no_name(struct dns_building *b)
{
    dns_begin(b, RESOLVER | 3);
}

static void nothing(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
}

static void servfail(struct dns_building *b)
{
    dns_begin(b, RESOLVER | 2);
}

static void refused(struct dns_building *b)
{
    dns_begin(b, 0x8005);
    b->wire[5] = 0; /* without the question */
    b->n = 12;
}

static void odd_error(struct dns_building *b)
{
    dns_begin(b, RESOLVER | 11);
}

static void garbage(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    b->wire[7] = 200; /* answers that are not there */
    dns_bytes(b, HC_BYTES("\xff\x00\x01garbage"));
}

/* Alias after alias, each late. */
static void late_one(struct dns_building *b)
{
    usleep(700 * 1000);
    dns_begin(b, RESOLVER);
    dns_cname(b, "late1.test", 30, "late2.test");
}

static void late_two(struct dns_building *b)
{
    usleep(700 * 1000);
    dns_begin(b, RESOLVER);
    dns_cname(b, "late2.test", 30, "late1.test");
}

static void pointer_circle(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    b->wire[7] = 1;
    uint8_t at = (uint8_t)b->n;
    dns_bytes(b, hc_bytes_of((uint8_t[]){0xc0, at}, 2)); /* to itself */
    dns_bytes(b, HC_BYTES("\0\1\0\1\0\0\0\1\0\4\1\2\3\4"));
}

/* Answers that are somebody else's come first: each would lead to 192.0.2.66. */
static void crowd(struct dns_building *b)
{
    dns_begin(b, RESOLVER);
    dns_a(b, DNS_ANSWER, "crowd.test", 1, "192.0.2.66");
    b->wire[1] ^= 1; /* another id */
    b->more(b->ctx, hc_bytes_of(b->wire, b->n));
    b->wire[1] ^= 1;
    b->wire[2] &= 0x7f; /* a query */
    b->more(b->ctx, hc_bytes_of(b->wire, b->n));
    b->wire[2] |= 0x80;
    b->wire[13] = 'k'; /* the answer to "krowd.test" */
    b->more(b->ctx, hc_bytes_of(b->wire, b->n));
    b->more(b->ctx, hc_bytes_of(b->wire, 5));
    b->more(b->ctx, hc_bytes_of(b->wire, 0));
    garbage(b);
    b->more(b->ctx, hc_bytes_of(b->wire, b->n));
    dns_begin(b, RESOLVER);
    dns_a(b, DNS_ANSWER, "crowd.test", 1, "192.0.2.5");
}

static void lengthy(struct dns_building *b)
{
    dns_begin(b, b->tcp ? RESOLVER : RESOLVER | 0x0200);
    for (unsigned i = 0; i < 40 && b->tcp; i++) {
        char text[32];
        snprintf(text, sizeof text, "192.0.2.%u", i + 1);
        dns_a(b, DNS_ANSWER, "lengthy.test", 5, text);
    }
}

static void truncated(struct dns_building *b)
{
    dns_begin(b, RESOLVER | 0x0200);
    if (b->tcp)
        b->n = 0;
}

static void endlessly_truncated(struct dns_building *b)
{
    dns_begin(b, RESOLVER | 0x0200);
}

/* --- root, TLD, authoritative: 127.0.0.2 to 127.0.0.6 ------------------------------------------------------------- */

static void refer_test(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "test", "ns.nic.test");
    dns_a(b, DNS_ADDITIONAL, "ns.nic.test", 3600, "127.0.0.3");
}

static void refer_example(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "example.test", "ns1.example.test");
    dns_ns(b, "example.test", "ns1.EXAMPLE.test");
    dns_a(b, DNS_ADDITIONAL, "ns1.example.test", 3600, "127.0.0.4");
}

static void refer_lame(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "lame.test", "silent.lame.test");
    dns_ns(b, "lame.test", "refuses.lame.test");
    dns_ns(b, "lame.test", "up.lame.test");
    dns_ns(b, "lame.test", "good.lame.test");
    dns_a(b, DNS_ADDITIONAL, "silent.lame.test", 3600, "127.0.0.7");
    dns_a(b, DNS_ADDITIONAL, "refuses.lame.test", 3600, "127.0.0.5");
    dns_a(b, DNS_ADDITIONAL, "up.lame.test", 3600, "127.0.0.6");
    dns_a(b, DNS_ADDITIONAL, "good.lame.test", 3600, "127.0.0.4");
}

static void refer_up(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, ".", "ns.nic.test");
    dns_a(b, DNS_ADDITIONAL, "ns.nic.test", 3600, "127.0.0.2");
}

static void refer_glueless(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "glueless.test", "ns1.example.test");
}

static void refer_circle1(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "circle1.test", "ns.circle2.test");
}

static void refer_circle2(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "circle2.test", "ns.circle1.test");
}

/* The glue is for a name that is none of test.'s business. */
static void refer_poison(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "poison.test", "ns.victim.example");
    dns_a(b, DNS_ADDITIONAL, "ns.victim.example", 3600, "127.0.0.4");
}

/* 13 delegations without glue, each to be looked for. */
static void refer_many(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    for (char c = 'a'; c <= 'm'; c++)
        dns_ns(b, "many.test", (char[]){'n', c, '.', 'm', 'a', 'n', 'y', '.', 't', 'e', 's', 't', 0});
}

/* The server of own.test that knows nothing but who serves own.test. */
static void refer_own(struct dns_building *b)
{
    dns_begin(b, REFERRAL);
    dns_ns(b, "own.test", "ns.own.test");
    dns_a(b, DNS_ADDITIONAL, "ns.own.test", 3600, "127.0.0.8");
}

static void shop(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
    dns_a(b, DNS_ANSWER, "shop.example.test", 120, "192.0.2.80");
}

static void www(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
    dns_cname(b, "www.example.test", 120, "shop.example.test");
}

static void ns1(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
    dns_a(b, DNS_ANSWER, "ns1.example.test", 120, "127.0.0.4");
}

static void lame_shop(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
    dns_a(b, DNS_ANSWER, "shop.lame.test", 120, "192.0.2.81");
}

static void glueless_shop(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
    dns_a(b, DNS_ANSWER, "shop.glueless.test", 120, "192.0.2.82");
}

static void no_name_auth(struct dns_building *b)
{
    dns_begin(b, AUTHORITY | 3);
}

static void nothing_auth(struct dns_building *b)
{
    dns_begin(b, AUTHORITY);
}

static void silent(struct dns_building *b)
{
    b->n = 0;
}

static const struct dns_rule RULES[] = {
    {1, "good.test", A, good_a},
    {1, "good.test", AAAA, good_aaaa},
    {1, "alias.test", A, alias},
    {1, "half.test", 0, half_alias},
    {1, "endless.test", 0, endless},
    {1, "again.test", 0, endless},
    {1, "hostile.test", A, hostile},
    {1, "none.test", 0, no_name},
    {1, "servfail.test", 0, servfail},
    {1, "refused.test", 0, refused},
    {1, "odd.test", 0, odd_error},
    {1, "garbage.test", 0, garbage},
    {1, "circle.test", 0, pointer_circle},
    {1, "late1.test", 0, late_one},
    {1, "late2.test", 0, late_two},
    {1, "crowd.test", A, crowd},
    {1, "lengthy.test", A, lengthy},
    {1, "truncated.test", A, truncated},
    {1, "twice.test", A, endlessly_truncated},
    {1, "v6fails.test", AAAA, servfail},
    {1, "silent.test", 0, silent},
    {1, "", 0, nothing},
    {2, ".test", 0, refer_test},
    {2, "", 0, no_name_auth},
    {3, ".example.test", 0, refer_example},
    {3, ".lame.test", 0, refer_lame},
    {3, ".glueless.test", 0, refer_glueless},
    {3, ".circle1.test", 0, refer_circle1},
    {3, ".circle2.test", 0, refer_circle2},
    {3, ".poison.test", 0, refer_poison},
    {3, ".many.test", 0, refer_many},
    {3, ".own.test", 0, refer_own},
    {3, "", 0, no_name_auth},
    {4, "shop.example.test", A, shop},
    {4, "www.example.test", A, www},
    {4, "ns1.example.test", A, ns1},
    {4, "shop.lame.test", A, lame_shop},
    {4, "shop.glueless.test", A, glueless_shop},
    {4, "", 0, nothing_auth},
    {5, "", 0, refused},
    {6, "", 0, refer_up},
    {8, "", 0, refer_own},
    {0, "", 0, NULL},
};

static int start(void **state)
{
    *state = dns_server_start(RULES);
    return 0;
}

static int stop(void **state)
{
    dns_server_stop(*state);
    return 0;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static struct hc_dns *find(void **state, const char *host)
{
    static struct hc_dns out; /* some 60 kB */
    struct hc_dns_question q = {.host = host, .port = 8443, .server = dns_server_at(*state, 1)};

    hc_dns_find(&q, &out);
    return &out;
}

static struct hc_dns *walk(void **state, const char *host)
{
    static struct hc_dns out;
    const char *root = dns_server_at(*state, 2);
    struct hc_dns_question q = {
        .host = host, .port = 8443, .server = dns_server_at(*state, 1), .walk = true, .root = &root, .n_root = 1};

    hc_dns_find(&q, &out);
    return &out;
}

static void expect_address(const struct hc_dns *d, size_t i, const char *text, uint32_t ttl)
{
    char got[HC_ADDR_TEXT];

    assert_true(i < d->n);
    assert_string_equal(hc_addr_text(&d->address[i].addr, true, got), text);
    assert_int_equal(d->address[i].ttl, ttl);
}

static void expect_text(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' does not say '%s'", text, part);
}

static void a_name_leads_to_its_addresses_with_their_ttl_and_the_port(void **state)
{
    struct hc_dns *d = find(state, "Good.Test.");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_int_equal(d->n, 3);
    expect_address(d, 0, "192.0.2.1:8443", 300);
    expect_address(d, 1, "192.0.2.2:8443", 60);
    expect_address(d, 2, "[2001:db8::1]:8443", 0); /* its highest bit was set [RFC 2181 8] */
    assert_string_equal(d->server, dns_server_at(*state, 1));
    assert_string_equal(d->alias, "");
    assert_string_equal(d->text, "");
    assert_int_equal(d->n_steps, 0);
}

static void an_alias_is_followed_and_the_least_ttl_counts(void **state)
{
    struct hc_dns *d = find(state, "alias.test");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_int_equal(d->n, 1);
    expect_address(d, 0, "192.0.2.3:8443", 30);
    assert_string_equal(d->alias, "real.test");
}

static void an_alias_that_the_server_left_open_is_asked_for(void **state)
{
    struct hc_dns *d = find(state, "half.test");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_int_equal(d->n, 3);
    expect_address(d, 0, "192.0.2.1:8443", 30);
    assert_string_equal(d->alias, "good.test");
}

static void aliases_in_a_circle_end(void **state)
{
    struct hc_dns *d = find(state, "endless.test");

    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "aliases");
}

static void a_server_that_leads_on_and_on_is_left(void **state)
{
    struct hc_dns *d = find(state, "late1.test");

    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "leads on");
    assert_true(d->ms < 6000);
}

static void a_hostile_name_is_escaped(void **state)
{
    struct hc_dns *d = find(state, "hostile.test");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_string_equal(d->alias, "\\027\\09131m\\010\\046x\\255\\060b\\062.test");
}

static void a_name_that_does_not_exist_is_not_one_without_an_address(void **state)
{
    struct hc_dns *d = find(state, "none.test");

    assert_int_equal(d->result, HC_DNS_NO_NAME);
    expect_text(d->text, "none.test. does not exist (NXDOMAIN)");
    d = find(state, "empty.test");
    assert_int_equal(d->result, HC_DNS_NO_ADDRESS);
    expect_text(d->text, "empty.test. has no address");
    assert_int_equal(d->n, 0);
}

static void a_server_that_fails_is_told_from_one_that_is_silent(void **state)
{
    struct hc_dns *d = find(state, "servfail.test");

    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "answers SERVFAIL");
    d = find(state, "refused.test");
    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "answers REFUSED");
    d = find(state, "odd.test");
    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "answers error 11");
    d = find(state, "v6fails.test");
    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "answers SERVFAIL");
    d = find(state, "silent.test");
    assert_int_equal(d->result, HC_DNS_SILENT);
    expect_text(d->text, "says nothing");
}

static void a_server_that_is_not_there_is_silent_and_the_reason_is_told(void **state)
{
    static struct hc_dns d;
    char nobody[32];
    struct hc_dns_question q = {.host = "good.test", .port = 1, .server = nobody};

    /* Nobody listens on 127.0.0.100 at the port that the test's server has elsewhere. */
    snprintf(nobody, sizeof nobody, "127.0.0.100%s", strchr(dns_server_at(*state, 1), ':'));
    hc_dns_find(&q, &d);
    assert_int_equal(d.result, HC_DNS_SILENT);
    expect_text(d.text, "cannot be reached: Connection refused");
}

static void nonsense_is_called_so(void **state)
{
    assert_int_equal(find(state, "garbage.test")->result, HC_DNS_FAILED);
    expect_text(find(state, "circle.test")->text, "answers nonsense");
    assert_int_equal(find(state, "circle.test")->n, 0);
}

static void answers_to_other_questions_are_passed_over(void **state)
{
    struct hc_dns *d = find(state, "crowd.test");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_int_equal(d->n, 1);
    expect_address(d, 0, "192.0.2.5:8443", 1);
}

static void a_truncated_answer_is_fetched_over_tcp(void **state)
{
    struct hc_dns *d = find(state, "lengthy.test");

    assert_int_equal(d->result, HC_DNS_FOUND);
    assert_int_equal(d->n, HC_DNS_ADDRESSES); /* of 40 */
    expect_address(d, 15, "192.0.2.16:8443", 5);
    d = find(state, "truncated.test");
    assert_int_equal(d->result, HC_DNS_SILENT);
    expect_text(d->text, "says nothing over TCP");
    d = find(state, "twice.test");
    assert_int_equal(d->result, HC_DNS_FAILED);
    expect_text(d->text, "answers nonsense over TCP");
}

/* --- nobody is asked ---------------------------------------------------------------------------------------------- */

static void a_literal_asks_nobody(void **state)
{
    unsigned before = dns_server_asked(*state);
    struct hc_dns *d = find(state, "192.0.2.9");

    assert_int_equal(d->result, HC_DNS_LITERAL);
    expect_address(d, 0, "192.0.2.9:8443", 0);
    d = find(state, "2001:db8::7");
    assert_int_equal(d->result, HC_DNS_LITERAL);
    assert_int_equal(d->n, 1);
    expect_address(d, 0, "[2001:db8::7]:8443", 0);
    assert_string_equal(d->server, "");
    assert_int_equal(dns_server_asked(*state), before);
}

static void localhost_is_this_machine(void **state)
{
    static struct hc_dns d;
    struct hc_dns_question q = {.host = "a.localhost.", .port = 80};

    (void)state;
    hc_dns_find(&q, &d);
    assert_int_equal(d.result, HC_DNS_HOSTS);
    expect_address(&d, 0, "127.0.0.1:80", 0);
    expect_address(&d, 1, "[::1]:80", 0);
    assert_string_equal(d.server, "");
}

static void what_can_be_no_name_is_not_asked_for(void **state)
{
    static const char *const bad[] = {"",
                                      ".x",
                                      "a..b",
                                      "a b",
                                      "a\nb",
                                      "b\303\274cher.test",
                                      "1234567890123456789012345678901234567890123456789012345678901234.test"};
    unsigned before = dns_server_asked(*state);

    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        struct hc_dns *d = find(state, bad[i]);
        assert_int_equal(d->result, HC_DNS_FAILED);
        expect_text(d->text, "no host name");
    }
    assert_int_equal(dns_server_asked(*state), before);
}

static void a_server_that_is_no_address_is_refused(void **state)
{
    static struct hc_dns d;
    struct hc_dns_question q = {.host = "good.test", .port = 80, .server = "ns.example:53"};

    (void)state;
    hc_dns_find(&q, &d);
    assert_int_equal(d.result, HC_DNS_FAILED);
    expect_text(d.text, "192.0.2.1:53");
}

/* --- walking ------------------------------------------------------------------------------------------------------ */

static void expect_step(const struct hc_dns *d, size_t i, const char *zone, const char *server, const char *text)
{
    assert_true(i < d->n_steps);
    assert_string_equal(d->step[i].zone, zone);
    assert_string_equal(d->step[i].server, server);
    expect_text(d->step[i].text, text);
}

static void the_walk_goes_from_the_root_to_who_answers(void **state)
{
    struct hc_dns *d = walk(state, "shop.example.test");

    assert_int_equal(d->result, HC_DNS_NO_ADDRESS); /* what the resolver said stays */
    assert_int_equal(d->n_steps, 3);
    expect_step(d, 0, ".", dns_server_at(*state, 2), "names 1 server of test.");
    expect_step(d, 1, "test.", "ns.nic.test.", "names 1 server of example.test.");
    expect_step(d, 2, "example.test.", "ns1.example.test.", "192.0.2.80 (TTL 120 s)");
    assert_string_equal(d->step[2].at, dns_server_at(*state, 4));
    assert_true(d->step[0].referral && d->step[1].referral && !d->step[2].referral);
    assert_int_equal(d->step[2].result, HC_DNS_FOUND);
}

static void a_walk_ends_at_an_alias_an_absent_name_and_one_without_an_address(void **state)
{
    struct hc_dns *d = walk(state, "www.example.test");

    assert_int_equal(d->n_steps, 3);
    expect_step(d, 2, "example.test.", "ns1.example.test.", "is an alias of shop.example.test.");
    d = walk(state, "gone.test");
    assert_int_equal(d->n_steps, 2);
    assert_int_equal(d->step[1].result, HC_DNS_NO_NAME);
    expect_step(d, 1, "test.", "ns.nic.test.", "NXDOMAIN");
    d = walk(state, "empty.example.test");
    assert_int_equal(d->n_steps, 3);
    assert_int_equal(d->step[2].result, HC_DNS_NO_ADDRESS);
}

static void a_walk_tells_lame_and_silent_servers_and_goes_on(void **state)
{
    struct hc_dns *d = walk(state, "shop.lame.test");

    assert_int_equal(d->n_steps, 6);
    expect_step(d, 2, "lame.test.", "silent.lame.test.", "says nothing");
    assert_int_equal(d->step[2].result, HC_DNS_SILENT);
    expect_step(d, 3, "lame.test.", "refuses.lame.test.", "answers REFUSED");
    expect_step(d, 4, "lame.test.", "up.lame.test.", "lame");
    assert_int_equal(d->step[4].result, HC_DNS_FAILED);
    expect_step(d, 5, "lame.test.", "good.lame.test.", "192.0.2.81");
}

static void a_server_that_refers_to_its_own_zone_is_asked_once(void **state)
{
    struct hc_dns *d = walk(state, "shop.own.test");

    assert_int_equal(d->n_steps, 3);
    expect_step(d, 2, "own.test.", "ns.own.test.", "lame");
}

static void a_server_without_glue_is_walked_to(void **state)
{
    struct hc_dns *d = walk(state, "shop.glueless.test");

    assert_int_equal(d->n_steps, 6);
    expect_step(d, 1, "test.", "ns.nic.test.", "glueless.test.");
    expect_step(d, 4, "example.test.", "ns1.example.test.", "127.0.0.4");
    expect_step(d, 5, "glueless.test.", "ns1.example.test.", "192.0.2.82");
}

static void a_walk_in_a_circle_ends_and_says_so(void **state)
{
    struct hc_dns *d = walk(state, "shop.circle1.test");

    assert_true(d->n_steps < HC_DNS_STEPS);
    bool told = false;
    for (size_t i = 0; i < d->n_steps; i++)
        told = told || strstr(d->step[i].text, "circle");
    assert_true(told);
}

static void many_servers_without_glue_use_up_the_steps_and_no_more(void **state)
{
    unsigned before = dns_server_asked(*state);
    struct hc_dns *d = walk(state, "shop.many.test");

    assert_int_equal(d->n_steps, HC_DNS_STEPS);
    assert_true(dns_server_asked(*state) - before <= HC_DNS_STEPS + 2);
}

static void glue_for_somebody_elses_name_is_not_taken(void **state)
{
    struct hc_dns *d = walk(state, "shop.poison.test");

    for (size_t i = 0; i < d->n_steps; i++)
        assert_string_not_equal(d->step[i].at, dns_server_at(*state, 4));
    expect_step(d, d->n_steps - 1, "poison.test.", "ns.victim.example.", "no address of it was found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_leads_to_its_addresses_with_their_ttl_and_the_port),
        cmocka_unit_test(an_alias_is_followed_and_the_least_ttl_counts),
        cmocka_unit_test(an_alias_that_the_server_left_open_is_asked_for),
        cmocka_unit_test(aliases_in_a_circle_end),
        cmocka_unit_test(a_server_that_leads_on_and_on_is_left),
        cmocka_unit_test(a_hostile_name_is_escaped),
        cmocka_unit_test(a_name_that_does_not_exist_is_not_one_without_an_address),
        cmocka_unit_test(a_server_that_fails_is_told_from_one_that_is_silent),
        cmocka_unit_test(a_server_that_is_not_there_is_silent_and_the_reason_is_told),
        cmocka_unit_test(nonsense_is_called_so),
        cmocka_unit_test(answers_to_other_questions_are_passed_over),
        cmocka_unit_test(a_truncated_answer_is_fetched_over_tcp),
        cmocka_unit_test(a_literal_asks_nobody),
        cmocka_unit_test(localhost_is_this_machine),
        cmocka_unit_test(what_can_be_no_name_is_not_asked_for),
        cmocka_unit_test(a_server_that_is_no_address_is_refused),
        cmocka_unit_test(the_walk_goes_from_the_root_to_who_answers),
        cmocka_unit_test(a_walk_ends_at_an_alias_an_absent_name_and_one_without_an_address),
        cmocka_unit_test(a_walk_tells_lame_and_silent_servers_and_goes_on),
        cmocka_unit_test(a_server_that_refers_to_its_own_zone_is_asked_once),
        cmocka_unit_test(a_server_without_glue_is_walked_to),
        cmocka_unit_test(a_walk_in_a_circle_ends_and_says_so),
        cmocka_unit_test(many_servers_without_glue_use_up_the_steps_and_no_more),
        cmocka_unit_test(glue_for_somebody_elses_name_is_not_taken),
    };
    return cmocka_run_group_tests_name("doctor/dns", tests, start, stop);
}

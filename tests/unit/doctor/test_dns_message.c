/* test_dns_message.c - names and messages of DNS, well made and not. */
#include "hc_test.h"

#include <stdio.h>

#include "base/auto.h"
#include "doctor/dns_message.h"

static struct hc_dns_name name(const char *text)
{
    struct hc_dns_name n = {.n = 0};
    assert_true(hc_dns_name_from(hc_bytes_str(text), &n));
    return n;
}

static void names_are_read_and_written(void **state)
{
    char text[HC_DNS_NAME];
    struct hc_dns_name n = name("Shop.Example.COM");

    (void)state;
    expect_bytes(hc_bytes_of(n.wire, n.n), "\4shop\7example\3com\0");
    assert_string_equal(hc_dns_name_text(&n, text), "shop.example.com.");
    n = name(".");
    assert_true(hc_dns_name_eq(&n, &(struct hc_dns_name){.n = 1}));
    assert_string_equal(hc_dns_name_text(&n, text), ".");
    n = name("a;$(x)\\.b\"");
    assert_string_equal(hc_dns_name_text(&n, text), "a\\059\\036\\040x\\041\\092.b\\034.");
}

static void the_longest_name_has_255_octets_and_fits_its_text(void **state)
{
    static const char label[] = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
                                "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"";
    char host[300], text[HC_DNS_NAME];
    struct hc_dns_name n;

    (void)state;
    snprintf(host, sizeof host, "%s.%s.%s.%.61s", label, label, label, label);
    assert_true(hc_dns_name_from(hc_bytes_str(host), &n));
    assert_int_equal(n.n, 255);
    assert_int_equal(strlen(hc_dns_name_text(&n, text)), 4 * 250 + 4);
    snprintf(host, sizeof host, "%s.%s.%s.%.62s", label, label, label, label);
    assert_false(hc_dns_name_from(hc_bytes_str(host), &n));
}

static void a_name_lies_within_its_zones_and_no_others(void **state)
{
    struct hc_dns_name shop = name("shop.example.com"), zone = name("EXAMPLE.com"), other = name("ample.com"),
                       root = hc_dns_name_root();

    (void)state;
    assert_true(hc_dns_name_within(&shop, &zone));
    assert_true(hc_dns_name_within(&shop, &shop));
    assert_true(hc_dns_name_within(&shop, &root));
    assert_false(hc_dns_name_within(&zone, &shop));
    assert_false(hc_dns_name_within(&shop, &other));
}

static void a_search_domain_is_appended(void **state)
{
    struct hc_dns_name shop = name("shop"), domain = name("example.com"), whole, want = name("shop.example.com");

    (void)state;
    assert_true(hc_dns_name_append(&shop, &domain, &whole));
    assert_true(hc_dns_name_eq(&whole, &want));
    struct hc_dns_name long_one = {.n = HC_DNS_NAME_WIRE};
    assert_false(hc_dns_name_append(&long_one, &domain, &whole));
}

static void pointers_lead_only_backwards(void **state)
{
    static const struct {
        struct hc_bytes message;
        size_t at, end; /* 0: malformed */
    } rows[] = {
        {HC_BYTES("\1a\0\1b\xc0\0"), 3, 7},
        {HC_BYTES("\1a\0\1b\xc0\0x"), 5, 7},   /* a pointer alone */
        {HC_BYTES("\1a\0\xc0\0\xc0\3"), 5, 7}, /* to a pointer */
        {HC_BYTES("\xc0\0"), 0, 0},            /* to itself */
        {HC_BYTES("\1a\xc0\0"), 0, 0},         /* to its own beginning */
        {HC_BYTES("\xc0\2\0"), 0, 0},          /* forwards */
        {HC_BYTES("\1a\xc0\4\xc0\0"), 4, 0},   /* in a circle */
        {HC_BYTES("\1a\0\xc0"), 3, 0},         /* cut */
        {HC_BYTES("\1a"), 0, 0},
        {HC_BYTES("\5a"), 0, 0},
        {HC_BYTES("\x40"
                  "a\0"),
         0, 0}, /* a kind of label that there is not */
        {HC_BYTES(""), 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_dns_name n;
        size_t at = rows[i].at;
        bool read = hc_dns_name_read(rows[i].message, &at, &n);
        assert_int_equal(read, rows[i].end != 0);
        if (read)
            assert_int_equal(at, rows[i].end);
    }
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

#define QUESTION "\1a\4test\0\0\1\0\1"
#define OF_A "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\300\0\2\1"

static const struct hc_dns_query *query(void)
{
    static struct hc_dns_query q = {.id = 0x1234, .type = HC_DNS_A, .recurse = true};
    q.name = name("a.test");
    return &q;
}

static void a_query_asks_one_question(void **state)
{
    uint8_t out[HC_DNS_QUERY_WIRE];
    struct hc_dns_query quiet = *query();

    (void)state;
    expect_bytes(hc_bytes_of(out, hc_dns_message_emit(query(), out)), "\x12\x34\1\0\0\1\0\0\0\0\0\0" QUESTION);
    quiet.recurse = false;
    (void)hc_dns_message_emit(&quiet, out);
    assert_int_equal(out[2], 0);
}

static void an_answer_is_read_record_by_record(void **state)
{
    struct hc_bytes wire =
        HC_BYTES("\x12\x34\x84\0\0\1\0\1\0\1\0\1" QUESTION OF_A "\xc0\x0e\0\2\0\1\0\0\0\1\0\5\2ns\xc0\x0e"
                 "\xc0\x0e\0\1\0\3\0\0\0\1\0\4chao");
    struct hc_dns_message m;
    struct hc_dns_cursor cursor = {0};
    struct hc_dns_record r;
    struct hc_dns_name ns = name("ns.test"), test = name("test");

    (void)state;
    assert_int_equal(hc_dns_message_parse(wire, query(), &m), HC_DNS_READ);
    assert_true(m.authoritative && !m.truncated);
    assert_true(hc_dns_message_next(&m, &cursor, &r));
    assert_int_equal(r.section, HC_DNS_ANSWER);
    assert_int_equal(r.type, HC_DNS_A);
    assert_int_equal(r.ttl, 300);
    assert_memory_equal(r.address, "\300\0\2\1", 4);
    assert_true(hc_dns_name_eq(&r.name, &query()->name));
    assert_true(hc_dns_message_next(&m, &cursor, &r));
    assert_int_equal(r.section, HC_DNS_AUTHORITY);
    assert_true(hc_dns_name_eq(&r.name, &test) && hc_dns_name_eq(&r.target, &ns));
    assert_true(hc_dns_message_next(&m, &cursor, &r));
    assert_int_equal(r.section, HC_DNS_ADDITIONAL);
    assert_int_equal(r.type, 0); /* of another class */
    assert_false(hc_dns_message_next(&m, &cursor, &r));
}

static void what_answers_nothing_is_alien_and_what_answers_badly_is_broken(void **state)
{
    static const struct {
        struct hc_bytes wire;
        enum hc_dns_reading reading;
    } rows[] = {
        {HC_BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0" QUESTION), HC_DNS_READ},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0\1A\4TEST\0\0\1\0\1"), HC_DNS_READ},
        {HC_BYTES("\x12\x34\x80\5\0\0\0\0\0\0\0\0"), HC_DNS_READ},
        {HC_BYTES("\x12\x34\x82\0\0\1\0\7\0\0\0\0" QUESTION "cut"), HC_DNS_READ}, /* truncated */
        {HC_BYTES("\x12\x35\x80\0\0\1\0\0\0\0\0\0" QUESTION), HC_DNS_ALIEN},
        {HC_BYTES("\x12\x34\0\0\0\1\0\0\0\0\0\0" QUESTION), HC_DNS_ALIEN},   /* a query */
        {HC_BYTES("\x12\x34\xa8\0\0\1\0\0\0\0\0\0" QUESTION), HC_DNS_ALIEN}, /* another operation */
        {HC_BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0\1b\4test\0\0\1\0\1"), HC_DNS_ALIEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0\1a\4test\0\0\34\0\1"), HC_DNS_ALIEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0\1a\4test\0\0\1\0\3"), HC_DNS_ALIEN},
        {HC_BYTES("\x12\x34\x80\0\0"), HC_DNS_ALIEN},
        {HC_BYTES(""), HC_DNS_ALIEN},
        {HC_BYTES("\x12\x34\x80\0\0\0\0\0\0\0\0\0"), HC_DNS_BROKEN}, /* without the question */
        {HC_BYTES("\x12\x34\x80\0\0\2\0\0\0\0\0\0" QUESTION QUESTION), HC_DNS_BROKEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION), HC_DNS_BROKEN}, /* a record that is missing */
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\1\0\5\1\2\3\4\5"), HC_DNS_BROKEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3"), HC_DNS_BROKEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\1\0\3\1b\0\0"), HC_DNS_READ},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1b\0\0"), HC_DNS_BROKEN},
        {HC_BYTES("\x12\x34\x80\0\0\1\0\1\0\0\0\0" QUESTION "\xc0\x0c\0\5\0\1\0\0\0\1\0\2\1b\0"), HC_DNS_BROKEN},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_dns_message m;
        enum hc_dns_reading got = hc_dns_message_parse(rows[i].wire, query(), &m);
        if (got != rows[i].reading)
            fail_msg("row %zu: %d, not %d", i, got, rows[i].reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_and_written),
        cmocka_unit_test(the_longest_name_has_255_octets_and_fits_its_text),
        cmocka_unit_test(a_name_lies_within_its_zones_and_no_others),
        cmocka_unit_test(a_search_domain_is_appended),
        cmocka_unit_test(pointers_lead_only_backwards),
        cmocka_unit_test(a_query_asks_one_question),
        cmocka_unit_test(an_answer_is_read_record_by_record),
        cmocka_unit_test(what_answers_nothing_is_alien_and_what_answers_badly_is_broken),
    };
    return cmocka_run_group_tests_name("doctor/dns_message", tests, NULL, NULL);
}

/* test_list.c - certificates are found by every field of a filter, page by page. */
#include "ledger/leaves.h"

static int setup(void **state)
{
    book_setup(state);
    book_issuer(*state, "issuing", "");
    return 0;
}

static struct hc_rc show_cert(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)e;
    hc_buf_add(ctx, row->serial);
    hc_buf_addf(ctx, "%s ", row->revoked ? "!" : "");
    return HC_OK;
}

static void expect_found(struct book *b, struct hc_ledger_filter filter, const char *want)
{
    HC_BUF_AUTO(text, 512);
    struct hc_err e;
    size_t n = 99, blanks = 0;

    expect_ok(&e, hc_ledger_certs(b->l, &filter, show_cert, &text, &n, &e));
    assert_string_equal(hc_buf_cstr(&text), want);
    for (const char *p = want; *p; p++)
        blanks += *p == ' ';
    assert_int_equal(n, blanks);
}

static void certificates_are_found_by_every_filter(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 5);
    struct hc_ledger_revocation gone = {
        .issuer = HC_BYTES("issuing"), .serial = HC_BYTES("serial-2"), .at = 7, .reason = 4};
    struct hc_err e;

    put_both(b, &one, "");
    put_both(b, &two, "phone");
    expect_ok(&e, hc_ledger_put_revocation(b->l, &gone, NULL, &e));
    expect_found(b, (struct hc_ledger_filter){.leaves = true}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:shop.example.com")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:other.example.com")}, "");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:shop.example.com' OR '1'='1")}, "");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("dns:shop.example.com")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("ip:192.0.2.7"), .unrevoked = true}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("ip:192.0.2.8")}, "");
    expect_found(b, (struct hc_ledger_filter){.serial = HC_BYTES("serial-2")}, "serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.serial = HC_BYTES("serial-3")}, "");
    expect_found(b, (struct hc_ledger_filter){.unrevoked = true}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = MAKING_NOW + 86400}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = MAKING_NOW + 86401}, "serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.profile = HC_BYTES("server")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.profile = HC_BYTES("person")}, "");
    expect_found(b, (struct hc_ledger_filter){.issuer = HC_BYTES("issuing")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.issuer = HC_BYTES("root")}, "");
}

static struct hc_rc check_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    const struct leaf *leaf = ctx;

    (void)e;
    assert_true(hc_bytes_eq(row->der, leaf->cert->der));
    assert_memory_equal(row->sha256.p, leaf->cert->sha256, 32);
    assert_int_equal(row->not_before, leaf->cert->not_before);
    assert_int_equal(row->not_after, leaf->cert->not_after);
    assert_true(hc_bytes_eq_str(row->label, "phone"));
    assert_true(row->revoked);
    assert_int_equal(row->revoked_at, 7);
    assert_int_equal(row->reason, 4);
    return HC_OK;
}

static void a_row_tells_all_about_its_certificate(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    struct hc_ledger_revocation gone = {
        .issuer = HC_BYTES("issuing"), .serial = HC_BYTES("serial-1"), .at = 7, .reason = 4};
    struct hc_ledger_filter all = {0};
    struct hc_err e;

    put_both(b, &leaf, "phone");
    expect_ok(&e, hc_ledger_put_revocation(b->l, &gone, NULL, &e));
    expect_ok(&e, hc_ledger_certs(b->l, &all, check_row, &leaf, NULL, &e));
}

static struct hc_rc refuse(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)ctx;
    (void)row;
    return HC_FAIL(e, HC_E_USAGE, "enough");
}

static void a_failing_callback_ends_the_iteration(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    struct hc_ledger_filter all = {0};
    struct hc_err e;

    put_both(b, &leaf, "");
    expect_fail(&e, hc_ledger_certs(b->l, &all, refuse, NULL, NULL, &e), HC_E_USAGE);
}

static void a_prefix_of_a_serial_is_what_its_text_begins_with(void **state)
{
    struct book *b = *state;
    LEAF(plain, "\x1a\xbc\x01\x01\x01\x01\x01\x01", 1);
    LEAF(high, "\x9f\xff\x01\x01\x01\x01\x01\x01", 1); /* is stored with a sign byte, which its text lacks */
    LEAF(top, "\xff\xff\xff\xff\xff\xff\xff\xff", 1);
    static const struct {
        const char *prefix;
        size_t want;
    } cases[] = {
        {"1", 1},
        {"1a", 1},
        {"1ab", 1},
        {"1abc0", 1},
        {"1abc010101010101", 1},
        {"1abc01010101010101", 0},
        {"1b", 0},
        {"9", 1},
        {"9ff", 1},
        {"9fff", 1},
        {"a", 0},
        {"f", 1},
        {"ff", 1},
        {"fff", 1},
        {"fffff", 1},
        {"0", 0},
        {"00", 0},
        {"009f", 0},
        {"g", 0},
        {"1g", 0},
        {"ffffffffffffffffffffffffffffffffffffffffffffff", 0},
    };
    struct hc_err e;

    put_both(b, &plain, "");
    put_both(b, &high, "");
    put_both(b, &top, "");
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_ledger_filter f = {.serial_prefix = hc_bytes_str(cases[i].prefix)};
        size_t n = 99;

        expect_ok(&e, hc_ledger_certs(b->l, &f, NULL, NULL, &n, &e));
        if (n != cases[i].want)
            fail_msg("prefix %s: %zu instead of %zu", cases[i].prefix, n, cases[i].want);
    }
}

static void a_fingerprint_finds_its_certificate(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 1);

    put_both(b, &one, "");
    put_both(b, &two, "");
    expect_found(b, (struct hc_ledger_filter){.sha256 = hc_bytes_of(two.cert->sha256, 32)}, "serial-2 ");
    expect_found(b, (struct hc_ledger_filter){.sha256 = hc_bytes_of(two.cert->sha256, 31)}, "");
}

static void a_glob_matches_any_name_with_and_without_its_type(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1); /* dns:shop.example.com ip:192.0.2.7 */
    static const struct {
        const char *glob;
        bool want;
    } cases[] = {
        {"*.example.com", true},
        {"shop.example.com", true},
        {"shop*", true},
        {"SHOP*", true},
        {"hop*", false},
        {"dns:shop*", true},
        {"dns:*", true},
        {"DNS:shop*", false},
        {"ip:192.0.2.*", true},
        {"192.0.2.?", true},
        {"ip:shop*", false},
        {"d*", false},
        {"dns*", false},
        {"[s]hop.*", true},
        {"[!s]hop.*", true},
        {"email:*", false},
        {"*", true},
        {"' OR 1=1 --", false},
        {"spiffe://*", false},
    };
    struct hc_err e;

    put_both(b, &one, "");
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct hc_ledger_filter f = {.glob = hc_bytes_str(cases[i].glob)};
        size_t n = 99;

        expect_ok(&e, hc_ledger_certs(b->l, &f, NULL, NULL, &n, &e));
        if ((n == 1) != cases[i].want)
            fail_msg("glob %s: %zu", cases[i].glob, n);
    }
}

/* These are looked up by their beginning, the others are not. */
static void a_glob_with_a_beginning_finds_what_begins_so(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1); /* dns:shop.example.com ip:192.0.2.7 */

    put_both(b, &one, "");
    book_sql(b, "INSERT INTO names (name, intent) VALUES ('dns:shopping.example', 1), ('dns:sho', 1)");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("dns:shop[.]*")}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("dns:SHOP.Example.com")}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("dns:sho?")}, "");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("ip:192.0.2.7")}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("ip:192.0.2.70")}, "");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("dns:*.example.com"), .serial_prefix = HC_BYTES("7")},
                 "serial-1 ");
}

static void a_glob_longer_than_can_be_matched_is_refused(void **state)
{
    struct book *b = *state;
    static uint8_t stars[50001];
    struct hc_err e;

    memset(stars, '*', sizeof stars);
    expect_fail(&e,
                hc_ledger_certs(b->l, &(struct hc_ledger_filter){.glob = hc_bytes_of(stars, sizeof stars)}, NULL, NULL,
                                NULL, &e),
                HC_E_TOO_BIG);
}

static void a_spiffe_id_is_matched_as_a_whole(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    int64_t id = put_intent(b, &one, "");
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_cert(b->l, id, MAKING_NOW, one.cert, &e));
    book_sql(b, "INSERT INTO names (name, intent) VALUES ('spiffe://td.example/ns/a', 1)");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("spiffe://td.example/*")}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("*/ns/a")}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.glob = HC_BYTES("//td*")}, "");
}

static void revoked_and_unrevoked_divide_all(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 1);
    struct hc_ledger_revocation gone = {.issuer = HC_BYTES("issuing"), .serial = HC_BYTES("serial-2")};
    struct hc_err e;

    put_both(b, &one, "");
    put_both(b, &two, "");
    expect_ok(&e, hc_ledger_put_revocation(b->l, &gone, NULL, &e));
    expect_found(b, (struct hc_ledger_filter){.revoked = true}, "serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.unrevoked = true}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.unrevoked = true, .revoked = true}, "");
}

static void what_ends_in_a_window_is_found(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 5);
    int64_t first = MAKING_NOW + 86400, second = MAKING_NOW + INT64_C(5) * 86400;
    struct hc_bytes shop = HC_BYTES("dns:shop.example.com");

    put_both(b, &one, "");
    put_both(b, &two, "");
    expect_found(b, (struct hc_ledger_filter){.expired_before = first}, "");
    expect_found(b, (struct hc_ledger_filter){.expired_before = first + 1}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = first, .expired_before = second}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = first + 1, .expired_before = second + 1}, "serial-2 ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = first, .expired_before = second, .identity = shop},
                 "serial-1 ");
}

static struct hc_rc show_renewal(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%lld<%lld%s ", (long long)row->intent, (long long)row->replaces, row->replaced ? " old" : "");
    return HC_OK;
}

static void a_certificate_is_replaced_once_its_renewal_is_signed(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 1);
    struct hc_ledger_filter all = {0};
    HC_BUF_AUTO(text, 256);
    struct hc_err e;
    int64_t id;

    put_both(b, &one, "");
    id = put_renewal(b, &two, "", 1);
    expect_found(b, (struct hc_ledger_filter){.unreplaced = true}, "serial-1 "); /* an intent alone replaces nothing */
    expect_ok(&e, hc_ledger_put_cert(b->l, id, MAKING_NOW, two.cert, &e));
    expect_found(b, (struct hc_ledger_filter){.unreplaced = true}, "serial-2 ");
    expect_ok(&e, hc_ledger_certs(b->l, &all, show_renewal, &text, NULL, &e));
    assert_string_equal(hc_buf_cstr(&text), "1<0 old 2<1 ");
}

static void only_what_is_there_can_be_replaced(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    struct hc_ledger_request asked = {.issuer = HC_BYTES("issuing"), .replaces = 7};
    struct hc_err e;
    int64_t id = 0;

    expect_fail(&e, hc_ledger_put_intent(b->l, &asked, one.linted, &id, &e), HC_E_LEDGER);
    assert_int_equal(book_links(b), 1);
}

static struct hc_rc take_page(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    int64_t *last = ctx;

    (void)e;
    assert_true(row->intent > *last);
    *last = row->intent;
    return HC_OK;
}

static void pages_show_every_certificate_once(void **state)
{
    struct book *b = *state;
    struct hc_err e;
    size_t n = 1, all = 0;
    char serial[] = "serial-a";

    for (; serial[7] < 'a' + 11; serial[7]++) {
        LEAF(leaf, serial, 1);

        if (serial[7] % 4 == 0)
            (void)put_intent(b, &leaf, ""); /* an intent without a certificate takes a number */
        else
            put_both(b, &leaf, "");
    }
    for (int64_t last = 0; n > 0; all += n) {
        struct hc_ledger_filter page = {.after = last, .limit = 3, .leaves = true};

        expect_ok(&e, hc_ledger_certs(b->l, &page, take_page, &last, &n, &e));
        assert_true(n <= 3);
    }
    assert_int_equal(all, 9);
}

static void every_field_at_once_is_one_question(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    struct hc_ledger_filter f = {
        .identity = HC_BYTES("dns:shop.example.com"),
        .asserts = HC_BYTES("ip:192.0.2.7"),
        .serial = HC_BYTES("serial-1"),
        .serial_prefix = HC_BYTES("73657"),
        .sha256 = hc_bytes_of(one.cert->sha256, 32),
        .glob = HC_BYTES("*.example.com"),
        .profile = HC_BYTES("server"),
        .issuer = HC_BYTES("issuing"),
        .unexpired_at = MAKING_NOW,
        .expired_before = MAKING_NOW + 90000,
        .unrevoked = true,
        .unreplaced = true,
        .leaves = true,
        .limit = 5,
    };

    put_both(b, &one, "");
    expect_found(b, f, "serial-1 ");
    f.after = 1;
    expect_found(b, f, "");
}

static struct hc_rc list_once(void *ctx, struct hc_err *e)
{
    struct book *b = ctx;
    struct hc_ledger_filter all = {.leaves = true};

    return hc_ledger_certs(b->l, &all, NULL, NULL, NULL, e);
}

static void listing_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(list_once, *state) > 0);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(certificates_are_found_by_every_filter),
        LEDGER_TEST(a_row_tells_all_about_its_certificate),
        LEDGER_TEST(a_failing_callback_ends_the_iteration),
        LEDGER_TEST(a_prefix_of_a_serial_is_what_its_text_begins_with),
        LEDGER_TEST(a_fingerprint_finds_its_certificate),
        LEDGER_TEST(a_glob_matches_any_name_with_and_without_its_type),
        LEDGER_TEST(a_glob_with_a_beginning_finds_what_begins_so),
        LEDGER_TEST(a_glob_longer_than_can_be_matched_is_refused),
        LEDGER_TEST(a_spiffe_id_is_matched_as_a_whole),
        LEDGER_TEST(revoked_and_unrevoked_divide_all),
        LEDGER_TEST(what_ends_in_a_window_is_found),
        LEDGER_TEST(a_certificate_is_replaced_once_its_renewal_is_signed),
        LEDGER_TEST(only_what_is_there_can_be_replaced),
        LEDGER_TEST(pages_show_every_certificate_once),
        LEDGER_TEST(every_field_at_once_is_one_question),
        LEDGER_TEST(listing_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/list", tests, make_fixture, free_fixture);
}

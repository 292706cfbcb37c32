/* test_issuers.c - issuers, revocations, CRL numbers. */
#include "ledger/book.h"

static const struct hc_bytes ISSUING = {(const uint8_t *)"issuing", 7};

static int setup(void **state)
{
    book_setup(state);
    book_issuer(*state, "root", "");
    book_issuer(*state, "issuing", "root");
    return 0;
}

static struct hc_rc join_issuer(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%.*s<%.*s:%lld ", HC_BYTES_FMT(row->name), HC_BYTES_FMT(row->parent), (long long)row->not_after);
    return HC_OK;
}

static void issuers_come_parents_first(void **state)
{
    struct book *b = *state;
    HC_BUF_AUTO(text, 256);
    struct hc_err e;

    expect_ok(&e, hc_ledger_issuers(b->l, join_issuer, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), "root<:1000 issuing<root:1000 ");
}

static struct hc_rc check_issuer(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    (void)e;
    if (hc_bytes_eq_str(row->name, "mail")) {
        expect_bytes(row->profiles, "person service");
        assert_int_equal(row->leaf_seconds, 86400);
        expect_bytes(row->public_url, "http://pki.example.com");
        assert_int_equal(row->key_file.n, 0);
        assert_int_equal(row->crl_number, 7);
        ++*(int *)ctx;
    }
    return HC_OK;
}

static void an_issuer_keeps_what_it_may_issue_and_where_it_is_published(void **state)
{
    struct book *b = *state;
    struct hc_ledger_issuer row = {
        .name = HC_BYTES("mail"),
        .parent = HC_BYTES("root"),
        .der = HC_BYTES("mail"),
        .not_after = 1000,
        .profiles = HC_BYTES("person service"),
        .leaf_seconds = 86400,
        .public_url = HC_BYTES("http://pki.example.com"),
        .crl_number = 99, /* ignored */
    };
    struct hc_ledger_crl crl = {.number = 7};
    struct hc_err e;
    int seen = 0;

    expect_ok(&e, hc_ledger_put_issuer(b->l, &row, &e));
    expect_ok(&e, hc_ledger_put_crl(b->l, row.name, HC_BYTES("crl"), &crl, &e));
    expect_ok(&e, hc_ledger_issuers(b->l, check_issuer, &seen, &e));
    assert_int_equal(seen, 1);
}

static void an_issuer_is_added_once(void **state)
{
    struct book *b = *state;
    struct hc_ledger_issuer row = {.name = ISSUING, .der = HC_BYTES("x"), .key_file = HC_BYTES("x")};
    struct hc_err e;

    expect_fail(&e, hc_ledger_put_issuer(b->l, &row, &e), HC_E_LEDGER);
}

static int64_t next(struct book *b, int64_t floor)
{
    struct hc_err e;
    int64_t n = 0;

    expect_ok(&e, hc_ledger_crl_number_next(b->l, ISSUING, floor, &n, &e));
    return n;
}

static struct hc_rc record_crl(struct book *b, int64_t number, struct hc_err *e)
{
    struct hc_ledger_crl row = {.number = number, .this_update = 10, .next_update = 20};

    return hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("crl"), &row, e);
}

static void crl_numbers_rise_above_the_last_and_above_the_floor(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    assert_int_equal(next(b, 0), 1);
    assert_int_equal(next(b, 0), 1); /* nothing took it */
    expect_ok(&e, record_crl(b, 1, &e));
    assert_int_equal(next(b, 0), 2);
    assert_int_equal(next(b, 41), 42);
    expect_ok(&e, record_crl(b, 42, &e));
    assert_int_equal(next(b, 7), 43);
    book_reopen(b);
    assert_int_equal(next(b, 0), 43);
}

static void a_crl_number_that_does_not_rise_is_refused(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    expect_ok(&e, record_crl(b, 5, &e));
    expect_fail(&e, record_crl(b, 5, &e), HC_E_LEDGER);
    expect_fail(&e, record_crl(b, 4, &e), HC_E_LEDGER);
    expect_ok(&e, record_crl(b, 6, &e));
    assert_int_equal(book_links(b), 4); /* two issuers, two CRLs: what was refused left nothing */
}

static void crl_numbers_end_rather_than_wrap(void **state)
{
    struct book *b = *state;
    struct hc_err e;
    int64_t n = 5;

    assert_true(next(b, INT64_MAX - 1) == INT64_MAX);
    expect_ok(&e, record_crl(b, INT64_MAX, &e));
    expect_fail(&e, hc_ledger_crl_number_next(b->l, ISSUING, 0, &n, &e), HC_E_LEDGER);
    expect_fail(&e, hc_ledger_crl_number_next(b->l, HC_BYTES("nobody"), 0, &n, &e), HC_E_LEDGER);
    assert_int_equal(n, 5);
}

static void put(struct book *b, struct hc_bytes serial, int64_t not_after, int reason, bool want_added)
{
    struct hc_ledger_revocation row = {
        .issuer = ISSUING, .serial = serial, .at = 50, .reason = reason, .not_after = not_after};
    struct hc_err e;
    bool added = !want_added;

    expect_ok(&e, hc_ledger_put_revocation(b->l, &row, &added, &e));
    assert_true(added == want_added);
}

static struct hc_rc join_revocation(void *ctx, const struct hc_ledger_revocation *row, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%02x@%lld:%d ", row->serial.p[0], (long long)row->at, row->reason);
    return HC_OK;
}

static void expect_revocations(struct book *b, int64_t since, const char *want)
{
    HC_BUF_AUTO(text, 256);
    struct hc_err e;

    expect_ok(&e, hc_ledger_revocations(b->l, ISSUING, since, join_revocation, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), want);
}

static bool revoked_since(struct book *b, int64_t since)
{
    struct hc_err e;
    bool any = false;

    expect_ok(&e, hc_ledger_revoked_since_crl(b->l, ISSUING, since, &any, &e));
    return any;
}

static void what_was_revoked_since_the_newest_crl_is_told_from_what_is_on_it(void **state)
{
    struct book *b = *state;
    struct hc_ledger_crl crl = {.number = 1, .this_update = 50, .next_update = 90};
    struct hc_err e;

    assert_false(revoked_since(b, 0));
    put(b, HC_BYTES("\x05"), 100, 1, true);
    assert_true(revoked_since(b, 0)); /* there is no CRL yet */
    expect_ok(&e, hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("a CRL"), &crl, &e));
    assert_false(revoked_since(b, 0));
    put(b, HC_BYTES("\x06"), 100, 1, true);
    assert_true(revoked_since(b, 100));
    assert_false(revoked_since(b, 101)); /* its certificate has ended: no CRL need list it */
    put(b, HC_BYTES("\x05"), 100, 1, false);
    crl.number = 2;
    expect_ok(&e, hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("another"), &crl, &e));
    assert_false(revoked_since(b, 0));
}

static void a_revocation_keeps_its_first_reason(void **state)
{
    struct book *b = *state;

    put(b, HC_BYTES("\x05"), 100, 1, true);
    put(b, HC_BYTES("\x05"), 100, 4, false);
    expect_revocations(b, 0, "05@50:1 ");
}

static void revocations_leave_only_when_their_end_was_before(void **state)
{
    struct book *b = *state;

    put(b, HC_BYTES("\x03"), 100, 0, true);
    put(b, HC_BYTES("\x02"), 200, 0, true);
    put(b, HC_BYTES("\x01"), HC_LEDGER_NO_END, 0, true);
    expect_revocations(b, 100, "01@50:0 02@50:0 03@50:0 ");
    expect_revocations(b, 101, "01@50:0 02@50:0 ");
    expect_revocations(b, 201, "01@50:0 ");
}

static void a_revocation_is_never_taken_back(void **state)
{
    struct book *b = *state;
    sqlite3 *db = NULL;

    put(b, HC_BYTES("\x05"), 100, 1, true);
    book_close(b);
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM revocations", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(db, "UPDATE revocations SET at = 0", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void a_revocation_of_an_unknown_issuer_is_refused(void **state)
{
    struct book *b = *state;
    struct hc_ledger_revocation row = {.issuer = HC_BYTES("nobody"), .serial = HC_BYTES("\x01")};
    struct hc_err e;

    expect_fail(&e, hc_ledger_put_revocation(b->l, &row, NULL, &e), HC_E_LEDGER);
}

static void the_last_crl_is_the_one_with_the_highest_number(void **state)
{
    struct book *b = *state;
    struct hc_ledger_crl row = {.number = 9, .this_update = 10, .next_update = 20}, got = {.number = 77};
    uint8_t hash[HC_SHA256_SIZE];
    struct hc_err e;

    expect_ok(&e, hc_ledger_last_crl(b->l, ISSUING, &got, &e));
    assert_int_equal(got.number, 0);
    expect_ok(&e, hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("nine"), &row, &e));
    row.number = 10;
    expect_ok(&e, hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("ten"), &row, &e));
    expect_fail(&e, hc_ledger_put_crl(b->l, ISSUING, HC_BYTES("ten again"), &row, &e), HC_E_LEDGER);
    expect_ok(&e, hc_ledger_last_crl(b->l, ISSUING, &got, &e));
    assert_int_equal(got.number, 10);
    assert_int_equal(got.this_update, 10);
    assert_int_equal(got.next_update, 20);
    hc_sha256(HC_BYTES("ten"), hash);
    assert_memory_equal(got.sha256, hash, sizeof hash);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(issuers_come_parents_first),
        LEDGER_TEST(an_issuer_keeps_what_it_may_issue_and_where_it_is_published),
        LEDGER_TEST(an_issuer_is_added_once),
        LEDGER_TEST(crl_numbers_rise_above_the_last_and_above_the_floor),
        LEDGER_TEST(a_crl_number_that_does_not_rise_is_refused),
        LEDGER_TEST(crl_numbers_end_rather_than_wrap),
        LEDGER_TEST(what_was_revoked_since_the_newest_crl_is_told_from_what_is_on_it),
        LEDGER_TEST(a_revocation_keeps_its_first_reason),
        LEDGER_TEST(revocations_leave_only_when_their_end_was_before),
        LEDGER_TEST(a_revocation_is_never_taken_back),
        LEDGER_TEST(a_revocation_of_an_unknown_issuer_is_refused),
        LEDGER_TEST(the_last_crl_is_the_one_with_the_highest_number),
    };

    return cmocka_run_group_tests_name("ledger/issuers", tests, NULL, NULL);
}

/* test_events.c - events come back in order and are never changed. */
#include "ledger/book.h"

static void put(struct book *b, const char *what)
{
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_event(b->l, 100, what, HC_BYTES("{\"a\":1}"), &e));
}

static int setup(void **state)
{
    book_setup(state);
    put(*state, "init");
    put(*state, "issue");
    put(*state, "revoke");
    return 0;
}

static struct hc_rc join(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    (void)e;
    assert_int_equal(row->at, 100);
    hc_buf_addf(ctx, "%lld %.*s %.*s;", (long long)row->link, HC_BYTES_FMT(row->what), HC_BYTES_FMT(row->detail));
    return HC_OK;
}

static void expect_events(struct book *b, int64_t after, const char *want)
{
    HC_BUF_AUTO(text, 256);
    struct hc_err e;

    expect_ok(&e, hc_ledger_events(b->l, after, join, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), want);
}

static void events_come_in_order_from_where_one_asks(void **state)
{
    struct book *b = *state;

    expect_events(b, 0, "1 init {\"a\":1};2 issue {\"a\":1};3 revoke {\"a\":1};");
    expect_events(b, 2, "3 revoke {\"a\":1};");
    expect_events(b, 3, "");
    book_issuer(b, "root", ""); /* takes a link, too */
    put(b, "publish");
    expect_events(b, 3, "5 publish {\"a\":1};");
}

static void events_cannot_be_changed_through_the_tables(void **state)
{
    struct book *b = *state;
    sqlite3 *db = NULL;

    book_close(b);
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM events WHERE link = 3", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(db, "UPDATE events SET what = 'x'", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void an_oversized_event_is_refused(void **state)
{
    static uint8_t big[65537];
    struct book *b = *state;
    struct hc_err e;

    expect_fail(&e, hc_ledger_put_event(b->l, 1, "x", hc_bytes_of(big, sizeof big), &e), HC_E_TOO_BIG);
}

static struct hc_rc put_once(void *ctx, struct hc_err *e)
{
    struct book *b = ctx;

    return hc_ledger_put_event(b->l, 100, "sweep", HC_BYTES("{}"), e);
}

static void an_event_survives_every_failed_allocation(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    assert_true(fault_sweep(put_once, b) > 0);
    assert_int_equal(book_links(b), 4);
    expect_ok(&e, hc_ledger_begin(b->l, &e));
    assert_true(fault_sweep(put_once, b) > 0);
    expect_ok(&e, hc_ledger_end(b->l, HC_OK, &e));
    assert_int_equal(book_links(b), 5); /* each failure undid its own part only */
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(events_come_in_order_from_where_one_asks),
        LEDGER_TEST(events_cannot_be_changed_through_the_tables),
        LEDGER_TEST(an_oversized_event_is_refused),
        LEDGER_TEST(an_event_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/events", tests, NULL, NULL);
}

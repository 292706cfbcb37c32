/* test_events.c - the chain of events shows every change. */
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
    hc_buf_addf(ctx, "%lld %.*s %.*s;", (long long)row->number, HC_BYTES_FMT(row->what), HC_BYTES_FMT(row->detail));
    return HC_OK;
}

static void events_come_in_order_and_the_chain_holds(void **state)
{
    struct book *b = *state;
    HC_BUF_AUTO(text, 256);
    uint8_t head[HC_LEDGER_HASH], later[HC_LEDGER_HASH];
    struct hc_err e;
    int64_t n = 0;

    expect_ok(&e, hc_ledger_events(b->l, join, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), "1 init {\"a\":1};2 issue {\"a\":1};3 revoke {\"a\":1};");
    expect_ok(&e, hc_ledger_check_events(b->l, &n, head, &e));
    assert_int_equal(n, 3);
    put(b, "publish");
    expect_ok(&e, hc_ledger_check_events(b->l, &n, later, &e));
    assert_int_equal(n, 4);
    assert_memory_not_equal(head, later, sizeof head);
}

/* The chain's definition, computed a second time: a ledger must stay checkable by programs that are not this one. */
static void the_first_hash_is_the_documented_one(void **state)
{
    static const uint8_t text[32 + 8 + 8 + 8 + 4 + 8 + 7] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\x01"
        "\0\0\0\0\0\0\0\x64"
        "\0\0\0\0\0\0\0\x04init"
        "\0\0\0\0\0\0\0\x07{\"a\":1}";
    void *fresh = NULL;
    uint8_t want[HC_SHA256_SIZE], head[HC_LEDGER_HASH];
    struct hc_err e;

    (void)state;
    book_setup(&fresh);
    put(fresh, "init");
    hc_sha256(hc_bytes_of(text, sizeof text), want);
    expect_ok(&e, hc_ledger_check_events(((struct book *)fresh)->l, NULL, head, &e));
    assert_memory_equal(head, want, sizeof want);
    book_teardown(&fresh);
}

static void events_cannot_be_changed_through_the_tables(void **state)
{
    struct book *b = *state;
    sqlite3 *db = NULL;

    book_close(b);
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM events WHERE number = 3", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    assert_int_equal(sqlite3_exec(db, "UPDATE events SET what = 'x'", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void expect_tampering_seen(struct book *b, const char *sql)
{
    struct hc_err e;

    book_close(b);
    book_sql(b, "DROP TRIGGER events_never_UPDATE; DROP TRIGGER events_never_DELETE;");
    book_sql(b, sql);
    book_reopen(b);
    expect_fail(&e, hc_ledger_check_events(b->l, NULL, NULL, &e), HC_E_LEDGER_DAMAGED);
}

static void a_changed_event_is_noticed(void **state)
{
    expect_tampering_seen(*state, "UPDATE events SET detail = '{\"a\":2}' WHERE number = 2");
}

static void a_changed_time_is_noticed(void **state)
{
    expect_tampering_seen(*state, "UPDATE events SET at = 99 WHERE number = 3");
}

static void a_deleted_event_is_noticed(void **state)
{
    expect_tampering_seen(*state, "DELETE FROM events WHERE number = 2");
}

static void a_first_event_cut_off_is_noticed(void **state)
{
    expect_tampering_seen(*state, "DELETE FROM events WHERE number = 1");
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
    expect_ok(&e, hc_ledger_check_events(b->l, NULL, NULL, &e));
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(events_come_in_order_and_the_chain_holds),
        cmocka_unit_test(the_first_hash_is_the_documented_one),
        LEDGER_TEST(events_cannot_be_changed_through_the_tables),
        LEDGER_TEST(a_changed_event_is_noticed),
        LEDGER_TEST(a_changed_time_is_noticed),
        LEDGER_TEST(a_deleted_event_is_noticed),
        LEDGER_TEST(a_first_event_cut_off_is_noticed),
        LEDGER_TEST(an_oversized_event_is_refused),
        LEDGER_TEST(an_event_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/events", tests, NULL, NULL);
}

/* test_chain.c - every row is a link, and its hash is the documented one, computed here a second time. */
#include "ledger/full.h"

/* ledger.h's definition, from the tables as they are in the file: a ledger stays checkable by programs that are not
 * this one. */
struct recomputed {
    sqlite3 *db;
    uint8_t hash[32];
    struct hc_buf text;
};

static void add_u64(struct hc_buf *out, uint64_t v)
{
    for (int i = 7; i >= 0; i--)
        hc_buf_add_byte(out, (uint8_t)(v >> (8 * i)));
}

static void add_field(struct hc_buf *out, const void *p, int n)
{
    add_u64(out, (uint64_t)n);
    hc_buf_add(out, hc_bytes_of(p, (size_t)n));
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    return st;
}

static void add_column(struct recomputed *r, sqlite3_stmt *st, int i)
{
    if (strcmp(sqlite3_column_name(st, i), "link") == 0)
        return;
    if (sqlite3_column_type(st, i) == SQLITE_INTEGER) {
        add_u64(&r->text, 8);
        add_u64(&r->text, (uint64_t)sqlite3_column_int64(st, i));
    } else {
        add_field(&r->text, sqlite3_column_blob(st, i), sqlite3_column_bytes(st, i));
    }
}

/* Goes on over link `n` if `table` has it. */
static bool take_link(struct recomputed *r, const char *table, int64_t n)
{
    char sql[128];
    sqlite3_stmt *st;
    bool found;

    (void)snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE link = %d", table, (int)n);
    st = prepare(r->db, sql);
    found = sqlite3_step(st) == SQLITE_ROW;
    if (found) {
        hc_buf_clear(&r->text);
        hc_buf_add(&r->text, hc_bytes_of(r->hash, 32));
        add_u64(&r->text, (uint64_t)n);
        add_field(&r->text, table, (int)strlen(table));
        for (int i = 0; i < sqlite3_column_count(st); i++)
            add_column(r, st, i);
        hc_sha256(hc_buf_view(&r->text), r->hash);
    }
    sqlite3_finalize(st);
    return found;
}

static void the_chain_is_the_documented_one(void **state)
{
    struct book *b = *state;
    struct recomputed r = {.text = HC_BUF(1 << 20)};
    struct hc_ledger_link link;
    struct hc_err e;

    assert_int_equal(sqlite3_open(b->path, &r.db), SQLITE_OK);
    for (int64_t n = 1; n <= FULL_LINKS; n++) {
        int found = 0;

        for (size_t i = 0; i < HC_COUNT(full_tables); i++)
            found += take_link(&r, full_tables[i], n);
        assert_int_equal(found, 1);
        expect_ok(&e, hc_ledger_link(b->l, n, &link, &e));
        assert_int_equal(link.number, n);
        assert_memory_equal(link.hash, r.hash, 32);
    }
    expect_ok(&e, hc_ledger_head(b->l, &link, &e));
    assert_int_equal(link.number, FULL_LINKS);
    assert_memory_equal(link.hash, r.hash, 32);
    hc_buf_fini(&r.text);
    sqlite3_close(r.db);
}

/* Byte by byte, once. */
static void the_first_hash_is_the_documented_one(void **state)
{
    static const uint8_t text[32 + 8 + 14 + 16 + 12 + 15] =
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\x01"
        "\0\0\0\0\0\0\0\x06"
        "events"
        "\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\x64"
        "\0\0\0\0\0\0\0\x04init"
        "\0\0\0\0\0\0\0\x07{\"a\":1}";
    struct book *b = *state;
    struct hc_ledger_link head;
    uint8_t want[HC_SHA256_SIZE];
    struct hc_err e;

    full_event(b, "init");
    hc_sha256(hc_bytes_of(text, sizeof text), want);
    expect_ok(&e, hc_ledger_head(b->l, &head, &e));
    assert_int_equal(head.number, 1);
    assert_memory_equal(head.hash, want, sizeof want);
}

static void before_the_first_link_there_is_number_zero(void **state)
{
    static const uint8_t zeros[32];
    struct book *b = *state;
    struct hc_ledger_link link = {.number = 9};
    struct hc_err e;

    expect_ok(&e, hc_ledger_head(b->l, &link, &e));
    assert_int_equal(link.number, 0);
    assert_memory_equal(link.hash, zeros, 32);
    link.number = 9;
    expect_ok(&e, hc_ledger_link(b->l, 1, &link, &e));
    assert_int_equal(link.number, 0);
}

static void two_processes_write_one_chain(void **state)
{
    struct book *b = *state;
    struct hc_ledger_options o = book_options(b, false);
    struct book other = *b;
    struct hc_err e;

    expect_ok(&e, hc_ledger_open(&o, &other.l, &e));
    for (int i = 0; i < 3; i++) {
        full_event(b, "one");
        full_event(&other, "other");
    }
    hc_ledger_free(other.l);
    assert_int_equal(book_links(b), 6);
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

static void what_fails_within_a_transaction_leaves_the_rest(void **state)
{
    struct book *b = *state;
    struct hc_ledger_crl row = {.number = 1};
    struct hc_err e;

    expect_ok(&e, hc_ledger_begin(b->l, &e));
    full_event(b, "before");
    expect_fail(&e, hc_ledger_put_crl(b->l, HC_BYTES("nobody"), HC_BYTES("x"), &row, &e), HC_E_LEDGER);
    full_event(b, "after");
    expect_ok(&e, hc_ledger_end(b->l, HC_OK, &e));
    assert_int_equal(book_links(b), 2);
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

static void every_table_refuses_changes_and_deletions(void **state)
{
    static const char *const more[] = {"names", "chain"};
    struct book *b = *state;
    sqlite3 *db = NULL;
    char sql[128];

    book_close(b);
    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    for (size_t i = 0; i < HC_COUNT(full_tables) + 2; i++) {
        const char *table = i < HC_COUNT(full_tables) ? full_tables[i] : more[i - HC_COUNT(full_tables)];
        char column[16];

        (void)snprintf(column, sizeof column, "%s", strcmp(table, "names") == 0 ? "intent" : "link");
        (void)snprintf(sql, sizeof sql, "DELETE FROM %s", table);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_CONSTRAINT);
        (void)snprintf(sql, sizeof sql, "UPDATE %s SET %s = %s", table, column, column);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_CONSTRAINT);
    }
    assert_int_equal(sqlite3_exec(db, "INSERT INTO chain VALUES (99, x'00')", NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, book_setup, book_teardown)
#define FULL_TEST(f) cmocka_unit_test_setup_teardown(f, full_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        FULL_TEST(the_chain_is_the_documented_one),
        LEDGER_TEST(the_first_hash_is_the_documented_one),
        LEDGER_TEST(before_the_first_link_there_is_number_zero),
        LEDGER_TEST(two_processes_write_one_chain),
        LEDGER_TEST(what_fails_within_a_transaction_leaves_the_rest),
        FULL_TEST(every_table_refuses_changes_and_deletions),
    };

    return cmocka_run_group_tests_name("ledger/chain", tests, make_fixture, free_fixture);
}

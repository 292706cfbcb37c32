/* full.h - a small ledger with rows of every kind, and hands that change it behind its back. */
#ifndef HC_TEST_LEDGER_FULL_H
#define HC_TEST_LEDGER_FULL_H

#include "ledger/leaves.h"

static const char *const full_tables[] = {"issuers", "intents", "certificates", "revocations", "crls", "events"};

/* Two or three rows of each kind, links 1 to 15. */
#define FULL_LINKS 15

static inline void full_crl(struct book *b, int64_t number)
{
    struct hc_ledger_crl row = {.number = number, .this_update = number, .next_update = 100 + number};
    char der[16];
    struct hc_err e;

    (void)snprintf(der, sizeof der, "crl %d", (int)number);
    expect_ok(&e, hc_ledger_put_crl(b->l, HC_BYTES("issuing"), hc_bytes_str(der), &row, &e));
}

static inline void full_revocation(struct book *b, struct hc_bytes serial)
{
    struct hc_ledger_revocation row = {
        .issuer = HC_BYTES("issuing"), .serial = serial, .at = 7, .reason = 4, .not_after = 900};
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_revocation(b->l, &row, NULL, &e));
}

static inline void full_event(struct book *b, const char *what)
{
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_event(b->l, 100, what, HC_BYTES("{\"a\":1}"), &e));
}

static inline int full_setup(void **state)
{
    struct book *b;

    book_setup(state);
    b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 2);
    LEAF(three, "serial-3", 3);

    book_issuer(b, "root", "");
    book_issuer(b, "issuing", "root");
    full_event(b, "init");
    put_both(b, &one, "");      /* 4, 5 */
    put_both(b, &two, "phone"); /* 6, 7 */
    full_event(b, "issue");
    full_revocation(b, HC_BYTES("serial-2")); /* 9 */
    full_crl(b, 1);
    full_event(b, "revoke");
    (void)put_renewal(b, &three, "", 1);      /* 12 */
    full_revocation(b, HC_BYTES("serial-9")); /* 13 */
    full_crl(b, 2);
    full_event(b, "crl"); /* 15 */
    assert_int_equal(book_links(b), FULL_LINKS);
    return 0;
}

/* What a text query answers in its first column, "" for nothing; into `out`. */
static inline void full_ask(const struct book *b, const char *sql, char out[4096])
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    (void)snprintf(
        out, 4096, "%s",
        sqlite3_step(st) == SQLITE_ROW && sqlite3_column_text(st, 0) ? (const char *)sqlite3_column_text(st, 0) : "");
    sqlite3_finalize(st);
    sqlite3_close(db);
}

/* Runs `sql` as somebody does who can write the file: without triggers and foreign keys, which are put back as they
 * were. */
static inline void full_tamper(const struct book *b, const char *sql)
{
    char drop[4096], create[4096], script[16384];

    full_ask(b, "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema WHERE type = 'trigger'", drop);
    full_ask(b, "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE type = 'trigger'", create);
    (void)snprintf(script, sizeof script, "PRAGMA foreign_keys=OFF; BEGIN; %s; %s; %s; COMMIT", drop, sql, create);
    book_sql(b, script);
}

#endif

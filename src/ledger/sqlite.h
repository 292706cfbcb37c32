/*
 * sqlite.h - the seam between the ledger's files and libsqlite3: statements that clean up after themselves, and one
 * mapping from SQLite's codes to the catalogue. Private to this module.
 */
#ifndef HC_LEDGER_SQLITE_H
#define HC_LEDGER_SQLITE_H

#include "base/buf.h"
#include "ledger/ledger.h"

struct sqlite3;
struct sqlite3_stmt;

#define HC_SQLITE_KEPT 16 /* statements that a ledger keeps prepared; there are about a dozen */

struct hc_ledger {
    struct sqlite3 *db;
    struct {
        const char *sql; /* a literal; found again by its address */
        struct sqlite3_stmt *s;
        bool busy;
    } kept[HC_SQLITE_KEPT];
    bool in_transaction;
    void (*sha256)(struct hc_bytes in, uint8_t out[HC_LEDGER_HASH]);
};

/* Turns the result code of a failed call on `db` (may be NULL) into an error; `what` was being done. */
struct hc_rc hc_sqlite_fail(struct sqlite3 *db, int rc, const char *what, struct hc_err *e);

/* Runs statements without parameters or rows. */
struct hc_rc hc_sqlite_exec(struct hc_ledger *l, const char *sql, struct hc_err *e);

/* A statement. A failed bind sticks and is told by the next step. */
struct hc_sqlite {
    struct hc_ledger *l;
    struct sqlite3_stmt *s;
    bool *busy; /* of a kept statement; else NULL */
    int failed;
};
void hc_sqlite_fini(struct hc_sqlite *st);
#define HC_SQLITE(name) __attribute__((cleanup(hc_sqlite_fini))) struct hc_sqlite name = {0}

/* `sql` is a literal or made of literals: values travel as parameters only. */
struct hc_rc hc_sqlite_prepare(struct hc_ledger *l, const char *sql, struct hc_sqlite *st, struct hc_err *e);

/* The same for a statement that is used again and again: it stays prepared until the ledger is closed. `sql` lives as
 * long. */
struct hc_rc hc_sqlite_prepare_kept(struct hc_ledger *l, const char *sql, struct hc_sqlite *st, struct hc_err *e);

/* Finalises what is kept; before closing. */
void hc_sqlite_forget(struct hc_ledger *l);

/* Parameters count from 1; the bytes must live until the statement is finished. An empty view is an empty value, not
 * NULL. */
void hc_sqlite_bind_text(struct hc_sqlite *st, int at, struct hc_bytes v);
void hc_sqlite_bind_blob(struct hc_sqlite *st, int at, struct hc_bytes v);
void hc_sqlite_bind_int(struct hc_sqlite *st, int at, int64_t v);

/* The next row: *row is false at the end. */
struct hc_rc hc_sqlite_step(struct hc_sqlite *st, bool *row, struct hc_err *e);

/* Runs it to its end, passing over rows. *changed (may be NULL) gets the number of rows written. */
struct hc_rc hc_sqlite_run(struct hc_sqlite *st, int64_t *changed, struct hc_err *e);

/* Columns count from 0; views live until the next step. */
struct hc_bytes hc_sqlite_column(struct hc_sqlite *st, int at);
int64_t hc_sqlite_column_int(struct hc_sqlite *st, int at);
bool hc_sqlite_column_null(struct hc_sqlite *st, int at);
char hc_sqlite_column_type(struct hc_sqlite *st, int at); /* 'i' INTEGER, 't' TEXT, 'b' BLOB, 0 anything else */

/* The one number that a query without parameters answers; 0 without a row. */
struct hc_rc hc_sqlite_number(struct hc_ledger *l, const char *sql, int64_t *out, struct hc_err *e);

/* A column that must be a hash; anything else is HC_E_LEDGER_DAMAGED. */
struct hc_rc hc_sqlite_column_hash(struct hc_sqlite *st, int at, uint8_t out[HC_LEDGER_HASH], struct hc_err *e);

#endif

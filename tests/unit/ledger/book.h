/* book.h - a ledger in a directory of its own, for the tests of this module. */
#ifndef HC_TEST_LEDGER_BOOK_H
#define HC_TEST_LEDGER_BOOK_H

#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "crypto/digest.h"
#include "ledger/ledger.h"

struct book {
    char dir[64];
    char path[96];
    struct hc_ledger *l;
};

static inline struct hc_ledger_options book_options(const struct book *b, bool create)
{
    return (struct hc_ledger_options){.path = b->path, .create = create, .sha256 = hc_sha256};
}

static inline int book_setup(void **state)
{
    static struct book b;
    struct hc_ledger_options o;
    struct hc_err e;

    b = (struct book){.dir = "/tmp/hc-ledger-XXXXXX"};
    assert_non_null(mkdtemp(b.dir));
    (void)snprintf(b.path, sizeof b.path, "%s/ledger.db", b.dir);
    o = book_options(&b, true);
    expect_ok(&e, hc_ledger_open(&o, &b.l, &e));
    *state = &b;
    return 0;
}

static inline int book_teardown(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    hc_ledger_free(b->l);
    expect_ok(&e, hc_dir_remove(b->dir, &e));
    return 0;
}

static inline void book_close(struct book *b)
{
    hc_ledger_free(b->l);
    b->l = NULL;
}

static inline void book_reopen(struct book *b)
{
    struct hc_ledger_options o = book_options(b, false);
    struct hc_err e;

    book_close(b);
    expect_ok(&e, hc_ledger_open(&o, &b->l, &e));
}

static inline void book_issuer(struct book *b, const char *name, const char *parent)
{
    struct hc_ledger_issuer row = {
        .name = hc_bytes_str(name),
        .parent = hc_bytes_str(parent),
        .der = hc_bytes_str(name),
        .key_file = hc_bytes_str("x.key.pem"),
        .not_after = 1000,
    };
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_issuer(b->l, &row, &e));
}

/* How many links the chain has. */
static inline int64_t book_links(struct book *b)
{
    struct hc_ledger_link head;
    struct hc_err e;

    expect_ok(&e, hc_ledger_head(b->l, &head, &e));
    return head.number;
}

/* Does to the file what no call does. */
static inline void book_sql(const struct book *b, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

#endif

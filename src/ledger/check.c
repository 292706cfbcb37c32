/*
 * check.c - is the ledger what this authority wrote?
 *
 * The shape of the file first, because nothing else can be asked when a table is missing; then the chain with its rows,
 * what SQLite itself checks, and the index of names. All of it is read in one transaction.
 */
#include "ledger/ledger.h"

#include <sqlite3.h>

#include "ledger/findings.h"
#include "ledger/shape.h"
#include "ledger/walk.h"

#define INTEGRITY_MAX "20" /* lines that are asked of SQLite's own check: the first says what kind of damage it is */
#define OF_PAGES "*** in database" /* begins what it says of pages, before it looks at any row */

/* ---- the index of names ---- */

static struct hc_rc has_name(struct hc_ledger *l, struct hc_bytes name, int64_t intent, bool *out, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT 1 FROM names WHERE name = ?1 AND intent = ?2", &st, e));
    hc_sqlite_bind_text(&st, 1, name);
    hc_sqlite_bind_int(&st, 2, intent);
    return hc_sqlite_step(&st, out, e);
}

static struct hc_rc check_lines(struct hc_ledger *l, struct hc_sqlite *intent, struct hc_findings *found,
                                int64_t *lines, struct hc_err *e)
{
    int64_t id = hc_sqlite_column_int(intent, 0);
    struct hc_bytes names = hc_sqlite_column(intent, 1);

    while (names.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&names);
        bool there = false;

        HC_TRY(e, has_name(l, line, id, &there, e));
        if (there)
            ++*lines;
        else
            hc_findings_say(found, "names", "names: a name of intent %lld is missing", (long long)id);
    }
    return HC_OK;
}

static bool has_line(struct hc_bytes text, struct hc_bytes line)
{
    while (text.n > 0)
        if (hc_bytes_eq(hc_bytes_next_line(&text), line))
            return true;
    return false;
}

/* Only when there are not as many names as lines. */
static struct hc_rc find_extra(struct hc_ledger *l, struct hc_findings *found, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;
    size_t before = found->n;

    HC_TRY(e, hc_sqlite_prepare(
                  l, "SELECT n.intent, n.name, i.names FROM names n LEFT JOIN intents i ON i.id = n.intent", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        if (!has_line(hc_sqlite_column(&st, 2), hc_sqlite_column(&st, 1)))
            hc_findings_say(found, "names", "names: a name was added to intent %lld",
                            (long long)hc_sqlite_column_int(&st, 0));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    if (found->n == before) /* none is foreign: one stands there twice */
        hc_findings_say(found, "names", "names: the index has not as many rows as there are names");
    return HC_OK;
}

static struct hc_rc check_names(struct hc_ledger *l, struct hc_findings *found, struct hc_err *e)
{
    int64_t lines = 0, names = 0;
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, "SELECT id, names FROM intents ORDER BY id", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        HC_TRY(e, check_lines(l, &st, found, &lines, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    HC_TRY(e, hc_sqlite_number(l, "SELECT count(*) FROM names", &names, e));
    return names == lines ? HC_OK : find_extra(l, found, e);
}

/* ---- what SQLite checks ---- */

static struct hc_rc check_references(struct hc_ledger *l, struct hc_findings *found, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, "PRAGMA foreign_key_check", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_bytes table = hc_sqlite_column(&st, 0), parent = hc_sqlite_column(&st, 2);

        hc_findings_say(found, hc_findings_table(table), "%.*s: a row refers to one of %.*s that is not there",
                        HC_BYTES_FMT(table), HC_BYTES_FMT(parent));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

/* *whole is false when the pages do not hang together: a query may then go round in them for ever, SQLite's own among
 * them. */
static struct hc_rc check_integrity(struct hc_ledger *l, struct hc_findings *found, bool *whole, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    *whole = true;
    HC_TRY(e, hc_sqlite_prepare(l, "PRAGMA integrity_check(" INTEGRITY_MAX ")", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more && *whole) {
        struct hc_bytes line = hc_sqlite_column(&st, 0);

        if (!hc_bytes_eq_str(line, "ok"))
            hc_findings_say(found, "", "SQLite finds: %.*s", HC_BYTES_FMT(line));
        *whole = !hc_bytes_starts(line, HC_BYTES(OF_PAGES));
        if (*whole)
            HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

/* ---- all of it ---- */

static struct hc_rc check_all(struct hc_ledger *l, const struct hc_ledger_check *how, struct hc_findings *found,
                              struct hc_ledger_link *head, struct hc_err *e)
{
    bool readable = false, whole = false;

    HC_TRY(e, hc_shape_check(l, found, &readable, e));
    if (!readable)
        return check_integrity(l, found, &whole, e);
    HC_TRY(e, hc_walk(l, how, found, head, e));
    HC_TRY(e, hc_findings_match(found, l, e));
    HC_TRY(e, check_integrity(l, found, &whole, e));
    if (!whole)
        return HC_OK;
    HC_TRY(e, check_names(l, found, e));
    return check_references(l, found, e);
}

static struct hc_rc tell(const struct hc_findings *found, const struct hc_ledger_check *how, struct hc_err *e)
{
    struct hc_ledger_fault fault;

    for (size_t i = 0; how->fault && i < found->kept; i++) {
        hc_findings_tell(&found->at[i], &fault);
        HC_TRY(e, how->fault(how->ctx, &fault, e));
    }
    if (found->n == 0)
        return HC_OK;
    hc_findings_tell(&found->at[0], &fault);
    return HC_FAIL(e, HC_E_LEDGER_TAMPERED, "%s", fault.text);
}

struct hc_rc hc_ledger_check(struct hc_ledger *l, const struct hc_ledger_check *how, struct hc_ledger_link *head,
                             size_t *faults, struct hc_err *e)
{
    static const struct hc_ledger_check silent = {0};
    HC_AUTO(hc_findings) found = NULL;
    struct hc_ledger_link last = {0};
    bool own = !l->in_transaction;
    struct hc_rc rc;

    HC_TRY(e, hc_findings_new(&found, e));
    if (own)
        HC_TRY(e, hc_sqlite_exec(l, "BEGIN", e));
    rc = check_all(l, how ? how : &silent, found, &last, e);
    if (own)
        (void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL); /* nothing was written */
    HC_TRY(e, rc);
    if (head)
        *head = last;
    if (faults)
        *faults = found->n;
    return tell(found, how ? how : &silent, e);
}

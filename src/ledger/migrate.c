/*
 * migrate.c - a ledger of version 1 becomes one of version 2.
 *
 *   write lock -> is it still version 1? -> its chain holds -> PATH.v1 -> old tables aside, new ones filled -> commit
 *
 * Up to the commit the file is a ledger of version 1, whatever happens; after it, of version 2.
 */
#include "ledger/migrate.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/escape.h"
#include "base/file.h"
#include "ledger/backup.h"
#include "ledger/chain.h"
#include "ledger/schema.h"

#define EVENT_MAX 256 /* of the migration's own event */

#define ASIDE(table) "ALTER TABLE " table " RENAME TO v1_" table ";"
#define FREE_TO_CHANGE(table)                                                                                          \
    "DROP TRIGGER IF EXISTS " table "_never_UPDATE; DROP TRIGGER IF EXISTS " table "_never_DELETE;"

/* clang-format off */
static const char put_aside[] =
    FREE_TO_CHANGE("intents") FREE_TO_CHANGE("names") FREE_TO_CHANGE("certificates")
    FREE_TO_CHANGE("revocations") FREE_TO_CHANGE("crls") FREE_TO_CHANGE("events")
    "DROP TRIGGER IF EXISTS issuers_crl_number_rises;"
    "DROP INDEX IF EXISTS intents_by_identity; DROP INDEX IF EXISTS intents_by_serial;"
    ASIDE("issuers") ASIDE("intents") ASIDE("names") ASIDE("certificates") ASIDE("revocations") ASIDE("crls")
    ASIDE("events");

/* What refers to another table before that one. */
static const char drop_old[] =
    "DROP TABLE v1_names; DROP TABLE v1_certificates; DROP TABLE v1_revocations; DROP TABLE v1_crls;"
    "DROP TABLE v1_events; DROP TABLE v1_intents; DROP TABLE v1_issuers;";

/*
 * Every row but the issuers' in the order of dates. A clock that was set back must not turn round what each kind's own
 * numbers say, nor put a certificate before its intent: a row counts as no earlier than those before it. Nor does a
 * date tell whether a CRL has a revocation of its own second, or of a time when the clock ran ahead: revocations come
 * after their issuer's CRLs, so that another is made at once (hc_ledger_revoked_since_crl).
 */
static const char in_order[] =
    "WITH i AS (SELECT id, max(at) OVER (ORDER BY id) AS t FROM v1_intents),"
    " p AS (SELECT issuer, max(this_update) AS t FROM v1_crls GROUP BY issuer)"
    " SELECT t, 1 AS kind, id AS n, '' AS issuer, x'' AS serial FROM i"
    " UNION ALL SELECT max(c.at, i.t), 2, c.intent, '', x'' FROM v1_certificates c JOIN i ON i.id = c.intent"
    " UNION ALL SELECT max(this_update) OVER (PARTITION BY issuer ORDER BY number), 3, number, issuer, x'' FROM v1_crls"
    " UNION ALL SELECT max(r.at, coalesce(p.t, r.at)), 4, 0, r.issuer, r.serial"
    " FROM v1_revocations r LEFT JOIN p ON p.issuer = r.issuer"
    " UNION ALL SELECT max(at) OVER (ORDER BY number), 5, number, '', x'' FROM v1_events"
    " ORDER BY 1, 2, 3, 4, 5";

/* By kind as above: one row of the old table with the columns of the new one; ?1 is n, ?2 issuer, ?3 serial. */
static const struct {
    enum hc_chain_kind kind;
    const char *sql;
} sources[] = {
    [1] = {HC_CHAIN_INTENTS, "SELECT 0, id, at, who, door, issuer, serial, profile, identity, label, names, not_before,"
           " not_after, tbs, 0 FROM v1_intents WHERE id = ?1 AND ?2 = '' AND ?3 = x''"},
    [2] = {HC_CHAIN_CERTIFICATES, "SELECT 0, intent, at, sha256, der FROM v1_certificates"
           " WHERE intent = ?1 AND ?2 = '' AND ?3 = x''"},
    [3] = {HC_CHAIN_CRLS, "SELECT 0, issuer, number, this_update, next_update, sha256 FROM v1_crls"
           " WHERE number = ?1 AND issuer = ?2 AND ?3 = x''"},
    [4] = {HC_CHAIN_REVOCATIONS, "SELECT 0, issuer, serial, at, reason, not_after FROM v1_revocations"
           " WHERE ?1 = 0 AND issuer = ?2 AND serial = ?3"},
    [5] = {HC_CHAIN_EVENTS, "SELECT 0, at, what, detail FROM v1_events WHERE number = ?1 AND ?2 = '' AND ?3 = x''"},
};
/* clang-format on */

/* The row that `st` stands at. */
static struct hc_rc copy_row(struct hc_ledger *l, struct hc_sqlite *st, enum hc_chain_kind kind, struct hc_err *e)
{
    struct hc_chain_value values[HC_CHAIN_COLUMNS];

    if (!hc_chain_read(st, kind, values))
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "a row of %s is not what that table holds", hc_chain_tables[kind].name);
    return hc_chain_add(l, &(struct hc_chain_row){kind, values}, e);
}

static struct hc_rc copy_issuers(struct hc_ledger *l, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(
                  l, "SELECT 0, name, parent, der, key_file, not_after, '', 0, '' FROM v1_issuers ORDER BY rowid", &st,
                  e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        HC_TRY(e, copy_row(l, &st, HC_CHAIN_ISSUERS, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

/* The row that `order` points to. */
static struct hc_rc copy_next(struct hc_ledger *l, struct hc_sqlite *order, struct hc_err *e)
{
    int64_t which = hc_sqlite_column_int(order, 1);
    HC_SQLITE(st);
    bool row = false;

    HC_TRY(e, hc_sqlite_prepare_kept(l, sources[which].sql, &st, e));
    hc_sqlite_bind_int(&st, 1, hc_sqlite_column_int(order, 2));
    hc_sqlite_bind_text(&st, 2, hc_sqlite_column(order, 3));
    hc_sqlite_bind_blob(&st, 3, hc_sqlite_column(order, 4));
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    if (!row)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "a row of %s is in its index only",
                       hc_chain_tables[sources[which].kind].name);
    return copy_row(l, &st, sources[which].kind, e);
}

static struct hc_rc copy_others(struct hc_ledger *l, struct hc_err *e)
{
    HC_SQLITE(order);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, in_order, &order, e));
    HC_TRY(e, hc_sqlite_step(&order, &more, e));
    while (more) {
        HC_TRY(e, copy_next(l, &order, e));
        HC_TRY(e, hc_sqlite_step(&order, &more, e));
    }
    return hc_sqlite_exec(l, "INSERT INTO names (name, intent) SELECT name, intent FROM v1_names", e);
}

/* What joins could have left out. */
static struct hc_rc compare_counts(struct hc_ledger *l, struct hc_err *e)
{
    int64_t missing = 0;

    HC_TRY(e, hc_sqlite_number(l, "SELECT (SELECT count(*) FROM v1_certificates) - (SELECT count(*) FROM certificates)",
                               &missing, e));
    if (missing != 0)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%lld certificates belong to no intent", (long long)missing);
    return HC_OK;
}

static struct hc_rc put_event(struct hc_ledger *l, int64_t now, const struct hc_v1_head *old, struct hc_err *e)
{
    HC_BUF_AUTO(detail, EVENT_MAX);

    hc_buf_addf(&detail, "{\"from\":1,\"events\":%lld,\"head\":\"", (long long)old->events);
    hc_escape_hex(&detail, hc_bytes_of(old->hash, sizeof old->hash), 0);
    hc_buf_add_str(&detail, "\"}");
    HC_TRY(e, hc_buf_check(&detail, e));
    return hc_ledger_put_event(l, now, "migrate", hc_buf_view(&detail), e);
}

static struct hc_rc keep_old(const char *path, struct hc_err *e)
{
    char old[HC_PATH];
    struct hc_backup b = {.from = path, .to = old, .replace = true};

    if ((size_t)snprintf(old, sizeof old, "%s.v1", path) >= sizeof old)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of the ledger has more than %d bytes", HC_PATH - 4);
    return hc_backup_write(&b, e);
}

/* Holds the write lock. */
static struct hc_rc migrate(struct hc_ledger *l, const struct hc_ledger_options *o, struct hc_err *e)
{
    struct hc_v1_head old;
    int64_t version = 0;

    HC_TRY(e, hc_sqlite_number(l, "PRAGMA user_version", &version, e));
    if (version != 1)
        return HC_OK; /* another process was faster */
    HC_TRY(e, hc_v1_check(l, &old, e));
    HC_TRY(e, keep_old(o->path, e));
    HC_TRY(e, hc_sqlite_exec(l, put_aside, e));
    HC_TRY(e, hc_sqlite_exec(l, hc_schema_sql, e));
    HC_TRY(e, copy_issuers(l, e));
    HC_TRY(e, copy_others(l, e));
    HC_TRY(e, compare_counts(l, e));
    HC_TRY(e, put_event(l, o->now, &old, e));
    return hc_sqlite_exec(l, drop_old, e);
}

struct hc_rc hc_migrate(struct hc_ledger *l, const struct hc_ledger_options *o, struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, hc_ledger_begin(l, e));
    rc = hc_ledger_end(l, migrate(l, o, e), e);
    hc_sqlite_forget(l); /* the statements about the old tables */
    return rc;
}

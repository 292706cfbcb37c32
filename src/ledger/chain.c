/*
 * chain.c - every row is a link: it is numbered and hashed together with the link before it.
 *
 * The last link is read anew for each row, under the write lock, so that another process's rows are never overlooked.
 */
#include "ledger/chain.h"

#include <sqlite3.h>

/* The columns are in the order of the table's definition (schema.c): that is what is hashed. */
#define TABLE(table, letters, columns, marks)                                                                          \
    {                                                                                                                  \
        .name = (table), .types = (letters),                                                                           \
        .insert = "INSERT INTO " table " (" columns ", link) VALUES (" marks ", ?)",                                   \
        .walk = "SELECT link, " columns " FROM " table " WHERE link >= ?1 ORDER BY link",                              \
        .one = "SELECT link, " columns " FROM " table " WHERE link = ?1",                                              \
    }

/* clang-format off */
const struct hc_chain_table hc_chain_tables[HC_CHAIN_KINDS] = {
    [HC_CHAIN_ISSUERS] = TABLE("issuers", "ttbtitit",
        "name, parent, der, key_file, not_after, profiles, leaf_seconds, public_url", "?, ?, ?, ?, ?, ?, ?, ?"),
    [HC_CHAIN_INTENTS] = TABLE("intents", "iitttbttttiibi",
        "id, at, who, door, issuer, serial, profile, identity, label, names, not_before, not_after, tbs, replaces",
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"),
    [HC_CHAIN_CERTIFICATES] = TABLE("certificates", "iibb", "intent, at, sha256, der", "?, ?, ?, ?"),
    [HC_CHAIN_REVOCATIONS] = TABLE("revocations", "tbiii", "issuer, serial, at, reason, not_after", "?, ?, ?, ?, ?"),
    [HC_CHAIN_CRLS] = TABLE("crls", "tiiib", "issuer, number, this_update, next_update, sha256", "?, ?, ?, ?, ?"),
    [HC_CHAIN_EVENTS] = TABLE("events", "itt", "at, what, detail", "?, ?, ?"),
};
/* clang-format on */

bool hc_chain_read(struct hc_sqlite *st, enum hc_chain_kind kind, struct hc_chain_value values[HC_CHAIN_COLUMNS])
{
    const char *types = hc_chain_tables[kind].types;

    for (int i = 0; types[i]; i++) {
        if (hc_sqlite_column_type(st, i + 1) != types[i])
            return false;
        values[i] = types[i] == 'i' ? HC_CHAIN_INT(hc_sqlite_column_int(st, i + 1))
                                    : (struct hc_chain_value){.type = types[i], .b = hc_sqlite_column(st, i + 1)};
    }
    return true;
}

void hc_chain_number(struct hc_buf *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        hc_buf_add_byte(out, (uint8_t)(v >> shift));
}

void hc_chain_field(struct hc_buf *out, struct hc_bytes v)
{
    hc_chain_number(out, v.n);
    hc_buf_add(out, v);
}

static void add_value(struct hc_buf *out, const struct hc_chain_value *v)
{
    if (v->type != 'i') {
        hc_chain_field(out, v->b);
        return;
    }
    hc_chain_number(out, sizeof v->i);
    hc_chain_number(out, (uint64_t)v->i);
}

struct hc_rc hc_chain_hash(const struct hc_ledger *l, const struct hc_ledger_link *before,
                           const struct hc_chain_row *row, struct hc_buf *scratch, uint8_t out[HC_LEDGER_HASH],
                           struct hc_err *e)
{
    const struct hc_chain_table *table = &hc_chain_tables[row->kind];

    hc_buf_clear(scratch);
    hc_buf_add(scratch, hc_bytes_of(before->hash, sizeof before->hash));
    hc_chain_number(scratch, (uint64_t)before->number + 1);
    hc_chain_field(scratch, hc_bytes_str(table->name));
    for (size_t i = 0; table->types[i]; i++)
        add_value(scratch, &row->values[i]);
    HC_TRY(e, hc_buf_check(scratch, e));
    l->sha256(hc_buf_view(scratch), out);
    return HC_OK;
}

static struct hc_rc begin(struct hc_ledger *l, bool own, struct hc_err *e)
{
    if (own)
        return hc_ledger_begin(l, e);
    if (sqlite3_get_autocommit(l->db)) /* out of memory or of disk, SQLite has rolled back by itself */
        return HC_FAIL(e, HC_E_LEDGER, "the transaction was undone by an earlier failure");
    return hc_sqlite_exec(l, "SAVEPOINT record", e);
}

struct hc_rc hc_chain_within(struct hc_ledger *l,
                             struct hc_rc (*record)(struct hc_ledger *l, void *ctx, struct hc_err *e), void *ctx,
                             struct hc_err *e)
{
    bool own = !l->in_transaction;
    struct hc_rc rc;

    HC_TRY(e, begin(l, own, e));
    rc = record(l, ctx, e);
    if (own)
        return hc_ledger_end(l, rc, e);
    if (hc_ok(rc))
        return hc_sqlite_exec(l, "RELEASE record", e);
    if (sqlite3_exec(l->db, "ROLLBACK TO record; RELEASE record", NULL, NULL, NULL) != SQLITE_OK)
        (void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL); /* half a record is worse than no transaction */
    return rc;
}

static void bind_value(struct hc_sqlite *st, int at, const struct hc_chain_value *v)
{
    if (v->type == 'i')
        hc_sqlite_bind_int(st, at, v->i);
    else if (v->type == 't')
        hc_sqlite_bind_text(st, at, v->b);
    else
        hc_sqlite_bind_blob(st, at, v->b);
}

static struct hc_rc insert_row(struct hc_ledger *l, const struct hc_chain_row *row, int64_t link, struct hc_err *e)
{
    const struct hc_chain_table *table = &hc_chain_tables[row->kind];
    HC_SQLITE(st);
    int at = 0;

    HC_TRY(e, hc_sqlite_prepare_kept(l, table->insert, &st, e));
    for (; table->types[at]; at++)
        bind_value(&st, at + 1, &row->values[at]);
    hc_sqlite_bind_int(&st, at + 1, link);
    return hc_sqlite_run(&st, NULL, e);
}

static struct hc_rc insert_link(struct hc_ledger *l, const struct hc_ledger_link *link, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, hc_sqlite_prepare_kept(l, "INSERT INTO chain (link, hash) VALUES (?, ?)", &st, e));
    hc_sqlite_bind_int(&st, 1, link->number);
    hc_sqlite_bind_blob(&st, 2, hc_bytes_of(link->hash, sizeof link->hash));
    return hc_sqlite_run(&st, NULL, e);
}

struct hc_rc hc_chain_add(struct hc_ledger *l, const struct hc_chain_row *row, struct hc_err *e)
{
    HC_BUF_AUTO(scratch, HC_CHAIN_ROW_MAX);
    struct hc_ledger_link before, link;

    HC_TRY(e, hc_ledger_head(l, &before, e));
    if (before.number < 0 || before.number == INT64_MAX) /* no link of ours; there is none after it either */
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the last link is number %lld", (long long)before.number);
    link.number = before.number + 1;
    HC_TRY(e, hc_chain_hash(l, &before, row, &scratch, link.hash, e));
    HC_TRY(e, insert_row(l, row, link.number, e));
    return insert_link(l, &link, e);
}

static struct hc_rc add_one(struct hc_ledger *l, void *ctx, struct hc_err *e)
{
    return hc_chain_add(l, ctx, e);
}

struct hc_rc hc_chain_put(struct hc_ledger *l, const struct hc_chain_row *row, struct hc_err *e)
{
    struct hc_chain_row copy = *row;

    return hc_chain_within(l, add_one, &copy, e);
}

static struct hc_rc read_link(struct hc_sqlite *st, struct hc_ledger_link *out, struct hc_err *e)
{
    struct hc_ledger_link got = {0};
    bool row = false;

    HC_TRY(e, hc_sqlite_step(st, &row, e));
    if (row) {
        got.number = hc_sqlite_column_int(st, 0);
        HC_TRY(e, hc_sqlite_column_hash(st, 1, got.hash, e));
    }
    *out = got;
    return HC_OK;
}

struct hc_rc hc_ledger_head(struct hc_ledger *l, struct hc_ledger_link *out, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT link, hash FROM chain ORDER BY link DESC LIMIT 1", &st, e));
    return read_link(&st, out, e);
}

struct hc_rc hc_ledger_link(struct hc_ledger *l, int64_t number, struct hc_ledger_link *out, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT link, hash FROM chain WHERE link = ?", &st, e));
    hc_sqlite_bind_int(&st, 1, number);
    return read_link(&st, out, e);
}

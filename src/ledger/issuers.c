/* issuers.c - the CAs of this authority, their revocations and the numbers of their CRLs. */
#include "ledger/chain.h"

struct hc_rc hc_ledger_put_issuer(struct hc_ledger *l, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    struct hc_chain_value values[] = {
        HC_CHAIN_TEXT(row->name),        HC_CHAIN_TEXT(row->parent),     HC_CHAIN_BLOB(row->der),
        HC_CHAIN_TEXT(row->key_file),    HC_CHAIN_INT(row->not_after),   HC_CHAIN_TEXT(row->profiles),
        HC_CHAIN_INT(row->leaf_seconds), HC_CHAIN_TEXT(row->public_url),
    };

    return hc_chain_put(l, &(struct hc_chain_row){HC_CHAIN_ISSUERS, values}, e);
}

struct hc_rc hc_ledger_issuers(struct hc_ledger *l,
                               struct hc_rc (*each)(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e),
                               void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    /* A child is always added after its parent. */
    HC_TRY(e, hc_sqlite_prepare(l,
                                "SELECT name, parent, der, key_file, not_after, profiles, leaf_seconds, public_url,"
                                " (SELECT coalesce(max(number), 0) FROM crls WHERE issuer = name)"
                                " FROM issuers ORDER BY link",
                                &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_issuer row = {
            .name = hc_sqlite_column(&st, 0),
            .parent = hc_sqlite_column(&st, 1),
            .der = hc_sqlite_column(&st, 2),
            .key_file = hc_sqlite_column(&st, 3),
            .not_after = hc_sqlite_column_int(&st, 4),
            .profiles = hc_sqlite_column(&st, 5),
            .leaf_seconds = hc_sqlite_column_int(&st, 6),
            .public_url = hc_sqlite_column(&st, 7),
            .crl_number = hc_sqlite_column_int(&st, 8),
        };

        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

struct revocation {
    const struct hc_ledger_revocation *row;
    bool added;
};

/* The write lock is held, so that what is looked up stays true. */
static struct hc_rc put_revocation(struct hc_ledger *l, void *ctx, struct hc_err *e)
{
    struct revocation *put = ctx;
    const struct hc_ledger_revocation *row = put->row;
    struct hc_chain_value values[] = {
        HC_CHAIN_TEXT(row->issuer), HC_CHAIN_BLOB(row->serial),   HC_CHAIN_INT(row->at),
        HC_CHAIN_INT(row->reason),  HC_CHAIN_INT(row->not_after),
    };
    HC_SQLITE(st);
    bool known = false;

    HC_TRY(e, hc_sqlite_prepare_kept(l, "SELECT 1 FROM revocations WHERE issuer = ?1 AND serial = ?2", &st, e));
    hc_sqlite_bind_text(&st, 1, row->issuer);
    hc_sqlite_bind_blob(&st, 2, row->serial);
    HC_TRY(e, hc_sqlite_step(&st, &known, e));
    put->added = !known;
    return known ? HC_OK : hc_chain_add(l, &(struct hc_chain_row){HC_CHAIN_REVOCATIONS, values}, e);
}

struct hc_rc hc_ledger_put_revocation(struct hc_ledger *l, const struct hc_ledger_revocation *row, bool *added,
                                      struct hc_err *e)
{
    struct revocation put = {.row = row};

    HC_TRY(e, hc_chain_within(l, put_revocation, &put, e));
    if (added)
        *added = put.added;
    return HC_OK;
}

struct hc_rc hc_ledger_revocations(struct hc_ledger *l, struct hc_bytes issuer, int64_t since,
                                   struct hc_rc (*each)(void *ctx, const struct hc_ledger_revocation *row,
                                                        struct hc_err *e),
                                   void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e,
           hc_sqlite_prepare(l,
                             "SELECT serial, at, reason, not_after FROM revocations WHERE issuer = ? AND not_after >= ?"
                             " ORDER BY serial",
                             &st, e));
    hc_sqlite_bind_text(&st, 1, issuer);
    hc_sqlite_bind_int(&st, 2, since);
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_revocation row = {
            .issuer = issuer,
            .serial = hc_sqlite_column(&st, 0),
            .at = hc_sqlite_column_int(&st, 1),
            .reason = (int)hc_sqlite_column_int(&st, 2),
            .not_after = hc_sqlite_column_int(&st, 3),
        };

        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

struct hc_rc hc_ledger_crl_number_next(struct hc_ledger *l, struct hc_bytes issuer, int64_t floor, int64_t *number,
                                       struct hc_err *e)
{
    HC_SQLITE(st);
    bool row = false;
    int64_t last;

    HC_TRY(e, hc_sqlite_prepare(l,
                                "SELECT (SELECT coalesce(max(number), 0) FROM crls WHERE issuer = name)"
                                " FROM issuers WHERE name = ?",
                                &st, e));
    hc_sqlite_bind_text(&st, 1, issuer);
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    if (!row)
        return HC_FAIL(e, HC_E_LEDGER, "the ledger does not know the issuer %.*s", HC_BYTES_FMT(issuer));
    last = hc_sqlite_column_int(&st, 0);
    if (last < floor)
        last = floor;
    if (last == INT64_MAX)
        return HC_FAIL(e, HC_E_LEDGER, "there is no CRL number left for the issuer %.*s", HC_BYTES_FMT(issuer));
    *number = last + 1;
    return HC_OK;
}

struct hc_rc hc_ledger_put_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_bytes der,
                               const struct hc_ledger_crl *row, struct hc_err *e)
{
    uint8_t hash[HC_LEDGER_HASH] = {0};
    struct hc_chain_value values[] = {
        HC_CHAIN_TEXT(issuer),
        HC_CHAIN_INT(row->number),
        HC_CHAIN_INT(row->this_update),
        HC_CHAIN_INT(row->next_update),
        HC_CHAIN_BLOB(hc_bytes_of(hash, sizeof hash)),
    };

    l->sha256(der, hash);
    return hc_chain_put(l, &(struct hc_chain_row){HC_CHAIN_CRLS, values}, e);
}

struct hc_rc hc_ledger_last_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_ledger_crl *row,
                                struct hc_err *e)
{
    HC_SQLITE(st);
    struct hc_ledger_crl got = {0};
    bool found = false;

    HC_TRY(e, hc_sqlite_prepare(l,
                                "SELECT number, this_update, next_update, sha256 FROM crls WHERE issuer = ?"
                                " ORDER BY number DESC LIMIT 1",
                                &st, e));
    hc_sqlite_bind_text(&st, 1, issuer);
    HC_TRY(e, hc_sqlite_step(&st, &found, e));
    if (found) {
        got.number = hc_sqlite_column_int(&st, 0);
        got.this_update = hc_sqlite_column_int(&st, 1);
        got.next_update = hc_sqlite_column_int(&st, 2);
        HC_TRY(e, hc_sqlite_column_hash(&st, 3, got.sha256, e));
    }
    *row = got;
    return HC_OK;
}

struct hc_rc hc_ledger_revoked_since_crl(struct hc_ledger *l, struct hc_bytes issuer, int64_t since, bool *out,
                                         struct hc_err *e)
{
    HC_SQLITE(st);
    bool found = false;

    /* +issuer: the range of links is short, the issuer's revocations may be a million */
    HC_TRY(e, hc_sqlite_prepare(l,
                                "SELECT 1 FROM revocations WHERE +issuer = ?1 AND not_after >= ?2 AND link >"
                                " coalesce((SELECT link FROM crls WHERE issuer = ?1 ORDER BY number DESC LIMIT 1), 0)"
                                " LIMIT 1",
                                &st, e));
    hc_sqlite_bind_text(&st, 1, issuer);
    hc_sqlite_bind_int(&st, 2, since);
    HC_TRY(e, hc_sqlite_step(&st, &found, e));
    *out = found;
    return HC_OK;
}

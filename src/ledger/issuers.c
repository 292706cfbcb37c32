/* issuers.c - the CAs of this authority, their revocations and the numbers of their CRLs. */
#include "ledger/ledger.h"
#include "ledger/sqlite.h"

struct hc_rc hc_ledger_put_issuer(struct hc_ledger *l, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, hc_sqlite_prepare(
                  l, "INSERT INTO issuers (name, parent, der, key_file, not_after) VALUES (?, ?, ?, ?, ?)", &st, e));
    hc_sqlite_bind_text(&st, 1, row->name);
    hc_sqlite_bind_text(&st, 2, row->parent);
    hc_sqlite_bind_blob(&st, 3, row->der);
    hc_sqlite_bind_text(&st, 4, row->key_file);
    hc_sqlite_bind_int(&st, 5, row->not_after);
    return hc_sqlite_run(&st, NULL, e);
}

struct hc_rc hc_ledger_issuers(struct hc_ledger *l,
                               struct hc_rc (*each)(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e),
                               void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    /* A child is always added after its parent. */
    HC_TRY(e, hc_sqlite_prepare(
                  l, "SELECT name, parent, der, key_file, not_after, crl_number FROM issuers ORDER BY rowid", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_issuer row = {
            .name = hc_sqlite_column(&st, 0),
            .parent = hc_sqlite_column(&st, 1),
            .der = hc_sqlite_column(&st, 2),
            .key_file = hc_sqlite_column(&st, 3),
            .not_after = hc_sqlite_column_int(&st, 4),
            .crl_number = hc_sqlite_column_int(&st, 5),
        };

        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

struct hc_rc hc_ledger_put_revocation(struct hc_ledger *l, const struct hc_ledger_revocation *row, bool *added,
                                      struct hc_err *e)
{
    HC_SQLITE(st);
    int64_t changed = 0;

    HC_TRY(e, hc_sqlite_prepare(l,
                                "INSERT INTO revocations (issuer, serial, at, reason, not_after) VALUES (?, ?, ?, ?, ?)"
                                " ON CONFLICT (issuer, serial) DO NOTHING",
                                &st, e));
    hc_sqlite_bind_text(&st, 1, row->issuer);
    hc_sqlite_bind_blob(&st, 2, row->serial);
    hc_sqlite_bind_int(&st, 3, row->at);
    hc_sqlite_bind_int(&st, 4, row->reason);
    hc_sqlite_bind_int(&st, 5, row->not_after);
    HC_TRY(e, hc_sqlite_run(&st, &changed, e));
    if (added)
        *added = changed > 0;
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
    int64_t taken;

    HC_TRY(e, hc_sqlite_prepare(l,
                                "UPDATE issuers SET crl_number = max(crl_number, ?2) + 1"
                                " WHERE name = ?1 AND max(crl_number, ?2) < 9223372036854775807 RETURNING crl_number",
                                &st, e));
    hc_sqlite_bind_text(&st, 1, issuer);
    hc_sqlite_bind_int(&st, 2, floor);
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    if (!row)
        return HC_FAIL(e, HC_E_LEDGER, "the ledger has no CRL number left for the issuer %.*s, or does not know it",
                       HC_BYTES_FMT(issuer));
    taken = hc_sqlite_column_int(&st, 0);
    HC_TRY(e, hc_sqlite_run(&st, NULL, e)); /* the change counts only once the statement has ended */
    *number = taken;
    return HC_OK;
}

struct hc_rc hc_ledger_put_crl(struct hc_ledger *l, struct hc_bytes issuer, struct hc_bytes der,
                               const struct hc_ledger_crl *row, struct hc_err *e)
{
    HC_SQLITE(st);
    uint8_t hash[HC_LEDGER_HASH];

    l->sha256(der, hash);
    HC_TRY(e, hc_sqlite_prepare(
                  l, "INSERT INTO crls (issuer, number, this_update, next_update, sha256) VALUES (?, ?, ?, ?, ?)", &st,
                  e));
    hc_sqlite_bind_text(&st, 1, issuer);
    hc_sqlite_bind_int(&st, 2, row->number);
    hc_sqlite_bind_int(&st, 3, row->this_update);
    hc_sqlite_bind_int(&st, 4, row->next_update);
    hc_sqlite_bind_blob(&st, 5, hc_bytes_of(hash, sizeof hash));
    return hc_sqlite_run(&st, NULL, e);
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

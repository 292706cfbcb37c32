/*
 * v1.c - the chain that a ledger of version 1 had, over its events only.
 *
 *     hash = SHA-256(prev || number || at || length of what || what || length of detail || detail)
 *
 * with integers as 8 bytes big endian and 32 zero bytes before the first.
 */
#include "ledger/chain.h"
#include "ledger/migrate.h"

#define ROW_MAX (2 * 65536) /* an event's detail was at most 64 KiB */

struct event {
    int64_t number;
    int64_t at;
    struct hc_bytes what, detail;
    uint8_t prev[HC_LEDGER_HASH], hash[HC_LEDGER_HASH];
};

static struct hc_rc hash_of(const struct hc_ledger *l, const struct event *row, uint8_t out[HC_LEDGER_HASH],
                            struct hc_err *e)
{
    HC_BUF_AUTO(text, ROW_MAX);

    hc_buf_add(&text, hc_bytes_of(row->prev, sizeof row->prev));
    hc_chain_number(&text, (uint64_t)row->number);
    hc_chain_number(&text, (uint64_t)row->at);
    hc_chain_field(&text, row->what);
    hc_chain_field(&text, row->detail);
    HC_TRY(e, hc_buf_check(&text, e));
    l->sha256(hc_buf_view(&text), out);
    return HC_OK;
}

static struct hc_rc read_event(struct hc_sqlite *st, struct event *row, struct hc_err *e)
{
    row->number = hc_sqlite_column_int(st, 0);
    row->at = hc_sqlite_column_int(st, 1);
    row->what = hc_sqlite_column(st, 2);
    row->detail = hc_sqlite_column(st, 3);
    HC_TRY(e, hc_sqlite_column_hash(st, 4, row->prev, e));
    return hc_sqlite_column_hash(st, 5, row->hash, e);
}

static struct hc_rc check_one(const struct hc_ledger *l, const struct event *row, struct hc_v1_head *head,
                              struct hc_err *e)
{
    uint8_t want[HC_LEDGER_HASH];

    if (row->number != head->events + 1)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld is missing", (long long)head->events + 1);
    if (memcmp(row->prev, head->hash, sizeof head->hash) != 0)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld does not continue the one before it",
                       (long long)row->number);
    HC_TRY(e, hash_of(l, row, want, e));
    if (memcmp(row->hash, want, sizeof want) != 0)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld was changed", (long long)row->number);
    head->events = row->number;
    memcpy(head->hash, row->hash, sizeof head->hash);
    return HC_OK;
}

struct hc_rc hc_v1_check(struct hc_ledger *l, struct hc_v1_head *out, struct hc_err *e)
{
    struct hc_v1_head head = {0};
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, "SELECT number, at, what, detail, prev, hash FROM events ORDER BY number", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct event row = {0};

        HC_TRY(e, read_event(&st, &row, e));
        HC_TRY(e, check_one(l, &row, &head, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    *out = head;
    return HC_OK;
}

/* events.c - the chain of events: each carries the hash of the one before it, so that rewriting or cutting shows. */
#include "ledger/ledger.h"
#include "ledger/sqlite.h"

#define EVENT_MAX 65536 /* what happened and to what, in JSON; ours stay below a few kilobytes */

static void add_number(struct hc_buf *out, uint64_t v)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        hc_buf_add_byte(out, (uint8_t)(v >> shift));
}

static void add_field(struct hc_buf *out, struct hc_bytes v)
{
    add_number(out, v.n);
    hc_buf_add(out, v);
}

static struct hc_rc hash_of(const struct hc_ledger *l, const struct hc_ledger_event *row, uint8_t out[HC_LEDGER_HASH],
                            struct hc_err *e)
{
    HC_BUF_AUTO(text, 2 * EVENT_MAX);

    hc_buf_add(&text, hc_bytes_of(row->prev, sizeof row->prev));
    add_number(&text, (uint64_t)row->number);
    add_number(&text, (uint64_t)row->at);
    add_field(&text, row->what);
    add_field(&text, row->detail);
    HC_TRY(e, hc_buf_check(&text, e));
    l->sha256(hc_buf_view(&text), out);
    return HC_OK;
}

static struct hc_rc read_head(struct hc_ledger *l, struct hc_ledger_event *next, struct hc_err *e)
{
    HC_SQLITE(st);
    bool row = false;

    HC_TRY(e, hc_sqlite_prepare(l, "SELECT number, hash FROM events ORDER BY number DESC LIMIT 1", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    next->number = 1;
    if (row) {
        next->number = hc_sqlite_column_int(&st, 0) + 1;
        HC_TRY(e, hc_sqlite_column_hash(&st, 1, next->prev, e));
    }
    return HC_OK;
}

static struct hc_rc append(struct hc_ledger *l, struct hc_ledger_event *row, struct hc_err *e)
{
    HC_SQLITE(st);

    HC_TRY(e, read_head(l, row, e));
    HC_TRY(e, hash_of(l, row, row->hash, e));
    HC_TRY(e, hc_sqlite_prepare(
                  l, "INSERT INTO events (number, at, what, detail, prev, hash) VALUES (?, ?, ?, ?, ?, ?)", &st, e));
    hc_sqlite_bind_int(&st, 1, row->number);
    hc_sqlite_bind_int(&st, 2, row->at);
    hc_sqlite_bind_text(&st, 3, row->what);
    hc_sqlite_bind_text(&st, 4, row->detail);
    hc_sqlite_bind_blob(&st, 5, hc_bytes_of(row->prev, sizeof row->prev));
    hc_sqlite_bind_blob(&st, 6, hc_bytes_of(row->hash, sizeof row->hash));
    return hc_sqlite_run(&st, NULL, e);
}

struct hc_rc hc_ledger_put_event(struct hc_ledger *l, int64_t at, const char *what, struct hc_bytes detail_json,
                                 struct hc_err *e)
{
    struct hc_ledger_event row = {.at = at, .what = hc_bytes_str(what), .detail = detail_json};
    struct hc_rc rc;

    if (detail_json.n > EVENT_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "an event of %zu bytes", detail_json.n);
    if (l->in_transaction)
        return append(l, &row, e);
    HC_TRY(e, hc_ledger_begin(l, e)); /* head and new event must not have another process's event between them */
    rc = append(l, &row, e);
    if (hc_failed(rc)) {
        hc_ledger_rollback(l);
        return rc;
    }
    return hc_ledger_commit(l, e);
}

static struct hc_rc read_event(struct hc_sqlite *st, struct hc_ledger_event *row, struct hc_err *e)
{
    row->number = hc_sqlite_column_int(st, 0);
    row->at = hc_sqlite_column_int(st, 1);
    row->what = hc_sqlite_column(st, 2);
    row->detail = hc_sqlite_column(st, 3);
    HC_TRY(e, hc_sqlite_column_hash(st, 4, row->prev, e));
    return hc_sqlite_column_hash(st, 5, row->hash, e);
}

struct hc_rc hc_ledger_events(struct hc_ledger *l,
                              struct hc_rc (*each)(void *ctx, const struct hc_ledger_event *row, struct hc_err *e),
                              void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, "SELECT number, at, what, detail, prev, hash FROM events ORDER BY number", &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_event row = {0};

        HC_TRY(e, read_event(&st, &row, e));
        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

struct chain {
    const struct hc_ledger *l;
    int64_t n;
    uint8_t head[HC_LEDGER_HASH];
};

static struct hc_rc check_link(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    struct chain *chain = ctx;
    uint8_t want[HC_LEDGER_HASH];

    if (row->number != chain->n + 1)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld is missing", (long long)chain->n + 1);
    if (memcmp(row->prev, chain->head, sizeof chain->head) != 0)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld does not continue the one before it",
                       (long long)row->number);
    HC_TRY(e, hash_of(chain->l, row, want, e));
    if (memcmp(row->hash, want, sizeof want) != 0)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "event %lld was changed", (long long)row->number);
    chain->n = row->number;
    memcpy(chain->head, row->hash, sizeof chain->head);
    return HC_OK;
}

struct hc_rc hc_ledger_check_events(struct hc_ledger *l, int64_t *n, uint8_t head[HC_LEDGER_HASH], struct hc_err *e)
{
    struct chain chain = {.l = l};

    HC_TRY(e, hc_ledger_events(l, check_link, &chain, e));
    if (n)
        *n = chain.n;
    if (head)
        memcpy(head, chain.head, sizeof chain.head);
    return HC_OK;
}

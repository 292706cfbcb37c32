/* events.c - what happened, in order. Like every row, an event is a link of the chain. */
#include "ledger/chain.h"

#define EVENT_MAX 65536 /* what happened and to what, in JSON; ours stay below a few kilobytes */

struct hc_rc hc_ledger_put_event(struct hc_ledger *l, int64_t at, const char *what, struct hc_bytes detail_json,
                                 struct hc_err *e)
{
    struct hc_chain_value values[] = {HC_CHAIN_INT(at), HC_CHAIN_TEXT(hc_bytes_str(what)), HC_CHAIN_TEXT(detail_json)};

    if (detail_json.n > EVENT_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "an event of %zu bytes", detail_json.n);
    return hc_chain_put(l, &(struct hc_chain_row){HC_CHAIN_EVENTS, values}, e);
}

struct hc_rc hc_ledger_events(struct hc_ledger *l, int64_t after,
                              struct hc_rc (*each)(void *ctx, const struct hc_ledger_event *row, struct hc_err *e),
                              void *ctx, struct hc_err *e)
{
    HC_SQLITE(st);
    bool more = false;

    HC_TRY(e, hc_sqlite_prepare(l, "SELECT link, at, what, detail FROM events WHERE link > ? ORDER BY link", &st, e));
    hc_sqlite_bind_int(&st, 1, after);
    HC_TRY(e, hc_sqlite_step(&st, &more, e));
    while (more) {
        struct hc_ledger_event row = {
            .link = hc_sqlite_column_int(&st, 0),
            .at = hc_sqlite_column_int(&st, 1),
            .what = hc_sqlite_column(&st, 2),
            .detail = hc_sqlite_column(&st, 3),
        };

        HC_TRY(e, each(ctx, &row, e));
        HC_TRY(e, hc_sqlite_step(&st, &more, e));
    }
    return HC_OK;
}

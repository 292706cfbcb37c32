/*
 * chain.h - rows as links of the chain: how one is hashed and how one is added. Private to this module; ledger.h has
 * the definition of the hash.
 */
#ifndef HC_LEDGER_CHAIN_H
#define HC_LEDGER_CHAIN_H

#include "ledger/sqlite.h"

/* The tables whose rows are links. */
enum hc_chain_kind {
    HC_CHAIN_ISSUERS,
    HC_CHAIN_INTENTS,
    HC_CHAIN_CERTIFICATES,
    HC_CHAIN_REVOCATIONS,
    HC_CHAIN_CRLS,
    HC_CHAIN_EVENTS,
};
#define HC_CHAIN_KINDS 6
#define HC_CHAIN_COLUMNS 14 /* the most that a table has, without `link` */

/* The widest row is an intent with its names (HC_CERT_NAMES_MAX of HC_NAME_TEXT_MAX bytes) and a TBSCertificate. */
#define HC_CHAIN_ROW_MAX ((size_t)4 << 20)

struct hc_chain_table {
    const char *name;
    const char *types;  /* a letter a column: 'i' INTEGER, 't' TEXT, 'b' BLOB */
    const char *insert; /* the columns, then the link */
    const char *walk;   /* the link and the columns of all rows at or beyond ?1, by link */
    const char *one;    /* the same of the row with link ?1 */
};
extern const struct hc_chain_table hc_chain_tables[HC_CHAIN_KINDS];

/* The value of one column. */
struct hc_chain_value {
    char type; /* as in hc_chain_table.types */
    int64_t i;
    struct hc_bytes b;
};
#define HC_CHAIN_INT(v) ((struct hc_chain_value){.type = 'i', .i = (v)})
#define HC_CHAIN_TEXT(v) ((struct hc_chain_value){.type = 't', .b = (v)})
#define HC_CHAIN_BLOB(v) ((struct hc_chain_value){.type = 'b', .b = (v)})

struct hc_chain_row {
    enum hc_chain_kind kind;
    const struct hc_chain_value *values; /* as many as the table has columns, in its order */
};

/* Reads the values of `walk` or `one` (the link is column 0); views, until the next step. False when one is of another
 * type than its column, which no row of ours is. */
bool hc_chain_read(struct hc_sqlite *st, enum hc_chain_kind kind, struct hc_chain_value values[HC_CHAIN_COLUMNS]);

/* Append what is hashed: 8 bytes big endian; the length of `v`, then `v`. Version 1 chained its events by the same. */
void hc_chain_number(struct hc_buf *out, uint64_t v);
void hc_chain_field(struct hc_buf *out, struct hc_bytes v);

/*
 * The hash of `row` as the link after `before`. `scratch` (cap HC_CHAIN_ROW_MAX) is cleared and used. Fails with
 * HC_E_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_chain_hash(const struct hc_ledger *l, const struct hc_ledger_link *before,
                           const struct hc_chain_row *row, struct hc_buf *scratch, uint8_t out[HC_LEDGER_HASH],
                           struct hc_err *e);

/*
 * Runs `record` in a transaction of its own, or as a part of the one that is open; what it wrote is undone as a whole
 * when it fails. Returns its result, or why the transaction failed.
 */
struct hc_rc hc_chain_within(struct hc_ledger *l,
                             struct hc_rc (*record)(struct hc_ledger *l, void *ctx, struct hc_err *e), void *ctx,
                             struct hc_err *e);

/* Within hc_chain_within: adds the row and its link. */
struct hc_rc hc_chain_add(struct hc_ledger *l, const struct hc_chain_row *row, struct hc_err *e);

/* Both together, for a record of one row. */
struct hc_rc hc_chain_put(struct hc_ledger *l, const struct hc_chain_row *row, struct hc_err *e);

#endif

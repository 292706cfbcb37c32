/*
 * schema.h - what a configuration may say, as tables: one for each block.
 *
 * A block becomes a struct whose first member is `struct hc_mark mark`. Each field of its table names a key, what kind
 * of value it takes and where in the struct it goes. From the tables come the parser (bind.h), its messages and the
 * manual.
 *
 *     static const struct hc_field fields[] = {
 *         {.key = "name", .kind = HC_KIND_STRING, .required = true, .max = 32, .offset = offsetof(struct shop, name),
 *          .help = "how it is called"},
 *     };
 *     static const struct hc_schema schema = {.fields = fields, .n = HC_COUNT(fields), .size = sizeof(struct shop)};
 */
#ifndef HC_CONFIG_SCHEMA_H
#define HC_CONFIG_SCHEMA_H

#include "base/auto.h"
#include "base/buf.h"
#include "config/value.h"

/* What a key takes, and the member at `offset` that it fills. */
enum hc_kind {
    /* struct hc_conf_string; min and max in bytes, 1 and HC_STRING_MAX unless said */
    HC_KIND_STRING,
    /* struct hc_conf_bool; true or false, unquoted */
    HC_KIND_BOOL,
    /* struct hc_conf_int; decimal, from min to max */
    HC_KIND_INT,
    /* struct hc_conf_int in seconds, from min to max; "5s", "2m", "1h", "3d" */
    HC_KIND_DURATION,
    /* struct hc_conf_word; one of `words` */
    HC_KIND_WORD,
    /* struct hc_conf_strings; from min to max entries, at most HC_LIST_MAX unless said */
    HC_KIND_STRINGS,
    /* the struct of `block` */
    HC_KIND_BLOCK,
    /* HC_CONF_BLOCKS of the struct of `block`; from min to max entries */
    HC_KIND_BLOCKS,
    /* a scalar for `scalar`, or a block for `block`, or, without `block`, a list for `list` (of kind HC_KIND_BLOCKS);
     * all offsets count from the struct at `offset`, whose mark (its first member) tells that one of them was
     * written */
    HC_KIND_EITHER,
};

#define HC_STRING_MAX 4096 /* PATH_MAX; nothing in a configuration is longer */
#define HC_LIST_MAX 4096
#define HC_SCHEMA_DEPTH_MAX 8 /* blocks within blocks; the tables are ours */

struct hc_word {
    const char *word; /* NULL ends the table */
    int v;
};

struct hc_schema;

struct hc_field {
    const char *key;
    enum hc_kind kind;
    bool required;
    int64_t min;
    int64_t max; /* 0: as the kind says */
    const struct hc_word *words;
    const struct hc_schema *block;
    const struct hc_field *scalar;
    const struct hc_field *list;
    size_t offset;
    const char *help;    /* a phrase for the manual and for messages of a missing key: "the bundle of trust anchors" */
    const char *example; /* a value, for messages and the manual; may be NULL */
};

struct hc_schema {
    const struct hc_field *fields;
    size_t n;
    size_t size; /* of the struct */
};

/* Appends a line for each key: its full name, what it takes, whether it is required, and its help. */
void hc_schema_manual(const struct hc_schema *schema, struct hc_buf *out);

/* "text", "true or false", "a duration such as 30s, 5m, 12h or 7d", "one of required, optional, none" ... into out. */
#define HC_EXPECTED_TEXT 256
const char *hc_schema_expected(const struct hc_field *field, char out[HC_EXPECTED_TEXT]);

#endif

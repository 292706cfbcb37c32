/*
 * verify_suite_kind.h - what makes one suite different from another: where its cases stand in the file, and what a case
 * says. Each verify_suite_X.c gives one row.
 */
#ifndef HC_CMD_VERIFY_SUITE_KIND_H
#define HC_CMD_VERIFY_SUITE_KIND_H

#include "cmd/verify_suite_case.h"
#include "cmd/verify_suite_json.h"

/* One case as it was found. Borrowed from the document. */
struct hc_verify_suite_item {
    const char *suite; /* the suite within the file; "" where there is but one */
    const json_t *json;
};

/* A file that was read. */
struct hc_verify_suite {
    json_t *root;                      /* owned */
    struct hc_verify_suite_item *item; /* owned */
    size_t n;
    const char *data; /* --data, or NULL; borrowed */
};

void hc_verify_suite_fini(struct hc_verify_suite *s);

/* Adds every element of an array of objects. Fails with HC_E_SUITE (an element is no object), HC_E_NOMEM. */
struct hc_rc hc_verify_suite_add(struct hc_verify_suite *s, const char *suite, const json_t *cases, struct hc_err *e);

struct hc_verify_suite_kind {
    const char *name;
    bool has_data; /* needs --data */
    /* Finds the cases in s->root, in the file's order, by hc_verify_suite_add. */
    struct hc_rc (*list)(struct hc_verify_suite *s, struct hc_err *e);
    /* Fills an empty case. Fails with HC_E_SUITE (fields that are missing, or of the wrong type or value),
     * hc_file_read's codes, HC_E_NOMEM. */
    struct hc_rc (*read)(const struct hc_verify_suite *s, const struct hc_verify_suite_item *item,
                         struct hc_verify_suite_case *k, struct hc_err *e);
};

extern const struct hc_verify_suite_kind hc_verify_suite_limbo;
extern const struct hc_verify_suite_kind hc_verify_suite_bettertls;
extern const struct hc_verify_suite_kind hc_verify_suite_pkits;

#endif

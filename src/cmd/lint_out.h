/*
 * lint_out.h - what `lint` prints: findings as text that fits 80 columns, or JSON. For cmd_lint.c.
 */
#ifndef HC_CMD_LINT_OUT_H
#define HC_CMD_LINT_OUT_H

#include "cmd/out.h"
#include "pki/lint.h"

struct hc_lint_out {
    struct hc_buf *text; /* borrowed; its failures are checked by whoever flushes it */
    bool json;
    struct hc_json writer;
    size_t n_certificates, n_errors, n_warnings, n_notes;
};

/* Around all certificates. */
void hc_lint_out_begin(struct hc_lint_out *out);
void hc_lint_out_end(struct hc_lint_out *out);

/* The `number`th certificate of a file, from 1. Peers' bytes are escaped. */
void hc_lint_out_judged(struct hc_lint_out *out, const char *path, size_t number, const struct hc_cert *cert,
                        const struct hc_lint_report *report);

/* One that cannot be read: an error whose id is that of the catalogue. */
void hc_lint_out_unreadable(struct hc_lint_out *out, const char *path, size_t number, const struct hc_err *why);

/* Every rule. */
void hc_lint_out_rules(struct hc_lint_out *out);

#endif

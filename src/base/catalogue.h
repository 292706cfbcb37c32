/*
 * catalogue.h - every way in which Handclasp says no, one row each.
 *
 * The rows live in catalogue.def. A row's id is stable for ever: an id is never reused and never changes its meaning.
 * Library, gate log, verify, explain and the docs read this one table.
 */
#ifndef HC_BASE_CATALOGUE_H
#define HC_BASE_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

enum hc_code {
    HC_OK_CODE = 0,
#define HC_ROW(name, id, exit, v_err, alert, status, clause, sentence, fix) name = id,
#include "base/catalogue.def"
#undef HC_ROW
};

/* What kind of refusal a row is; the thousands of its id. */
enum hc_class {
    HC_CLASS_CERTIFICATE = 1, /* a presented chain, or one given to `verify` */
    HC_CLASS_ACCESS = 2,      /* a rule, or the lack of one */
    HC_CLASS_PROTOCOL = 3,    /* no connection; TLS or HTTP spoken wrongly, or too slowly */
    HC_CLASS_UPSTREAM = 4,    /* the back end */
    HC_CLASS_CONFIG = 5,      /* a configuration, a pattern, a value in it */
    HC_CLASS_ENVIRONMENT = 6, /* files, ports, memory, the operating system */
    HC_CLASS_AUTHORITY = 7,   /* issuing, revoking, publishing, the ledger */
    HC_CLASS_USAGE = 8,       /* a command line */
    HC_CLASS_FORMAT = 9,      /* bytes that are not what they claim to be, or nothing that is known here */
};

struct hc_row {
    enum hc_code code;
    enum hc_class class;
    const char *name; /* "HC_E_CERT_EXPIRED" */
    int exit;         /* exit code of a command that ends with it: 1 no, 2 usage, 3 environment */
    int v_err;        /* libcrypto's X509_V_ERR_* number, 0 when none fits; OpenSSL maps it to the alert on the wire */
    int alert;        /* the TLS alert that v_err maps to [RFC 8446 6.2], 0 when no alert is sent */
    int status;       /* the HTTP status the gate answers, 0 when it never answers one */
    const char *clause;   /* "RFC 5280 6.1.3 (a)(2)"; "" when no standard speaks */
    const char *sentence; /* one plain sentence */
    const char *fix;      /* what to do about it */
};

/* The row of `code`; for a code without a row (HC_OK_CODE among them) the row of HC_E_INTERNAL. Static storage. */
const struct hc_row *hc_row(enum hc_code code);

/* It is about a certificate or a rule: somebody was refused; of the other rows one says that something "failed". */
bool hc_row_is_refusal(enum hc_code code);

/* All rows in the order of the table; *n gets their number. Static storage. */
const struct hc_row *hc_rows(size_t *n);

/* Writes "HC-1207" into out. */
#define HC_ID_TEXT 16
const char *hc_id_text(enum hc_code code, char out[HC_ID_TEXT]);

#endif

/*
 * explain.h - what a code or a line of text means: a catalogue id (HC-1201), a verdict's slug, a TLS alert by name or
 * number, an X509_V_ERR name or number, or a pasted line of curl, OpenSSL, GnuTLS, Go, Java, Python, Node, nginx, HAProxy,
 * Envoy, stunnel, PostgreSQL, a browser.
 *
 * The patterns are data (patterns.def), a row each with an example line that a test feeds in. Input is anything: bounded
 * by HC_EXPLAIN_MAX, never printed unescaped.
 */
#ifndef HC_DOCTOR_EXPLAIN_H
#define HC_DOCTOR_EXPLAIN_H

#include "base/buf.h"
#include "base/err.h"
#include "doctor/cause.h"

#define HC_EXPLAIN_MAX 16384 /* bytes of pasted text; one line is meant */
#define HC_EXPLAIN_FOUND 8   /* explanations of one text: "curl: (56) ... alert unknown ca" is two */

/* Which side of the connection printed or decided it, seen from whoever pastes it. */
enum hc_explain_said {
    HC_SAID_UNKNOWN,
    HC_SAID_HERE,  /* the program that printed the line refused the other side */
    HC_SAID_THERE, /* the other side refused the program that printed the line */
};

struct hc_explanation {
    const char *source; /* "curl", "OpenSSL", "TLS alert", "Handclasp"; static */
    const char *id;     /* "unknown_ca (48)", "HC-1101", "X509_V_ERR_CERT_HAS_EXPIRED (10)"; static or in `own` */
    enum hc_explain_said said;
    const char *means;  /* what it means, one or two sentences; static */
    const char *causes; /* the usual causes, likeliest first, one a line; static; "" none */
    const char *fix;    /* what to do; static */
    enum hc_code code;  /* the catalogue's row that belongs to it; HC_OK_CODE: none */
    char own[64];
};

/* What the text means, the most telling explanation first. Fails with HC_E_EXPLAIN_UNKNOWN (for binary and for empty text
 * too), HC_E_TOO_BIG. Pure; any thread. */
struct hc_rc hc_explain(struct hc_bytes text, struct hc_explanation out[HC_EXPLAIN_FOUND], size_t *n, struct hc_err *e);

/* For tests and the pages: the pattern of that number and its example line; false beyond the last. */
struct hc_pattern_row {
    const char *slug;    /* "curl-unknown-ca": stable, unique */
    const char *source;  /* whose words */
    const char *example; /* a line as that program prints it */
};
bool hc_explain_pattern(size_t i, struct hc_pattern_row *out);

/* docs/errors.md: all rows of the catalogue by class, all verdicts, all alerts. */
void hc_explain_page(struct hc_buf *out);

#endif

/*
 * report.h - what was found when a chain was judged: every rule that failed, not only the first, and on request every
 * step that passed.
 *
 * Gate log, `verify`, probe and `why` print the same report. The caller owns it; it has a fixed size, so that
 * a TLS callback can keep one on its stack (some 15 KB), and filling it never fails. Texts may quote peers' bytes and
 * were escaped when they were written.
 */
#ifndef HC_PKI_REPORT_H
#define HC_PKI_REPORT_H

#include "base/buf.h"
#include "base/catalogue.h"

#define HC_REPORT_FINDINGS 64 /* a chain of 8 with every rule broken has fewer; the rest is counted in `lost` */
#define HC_REPORT_TEXT 224    /* one sentence with one name in it; longer ones are cut */

#define HC_DEPTH_NONE (-1) /* a finding about no single certificate */

/* What comparing names, verifying signatures and writing findings may cost, in comparisons of two short names (some 25
 * ns). Ten times what the largest sensible chain needs. A verifier that tries many chains gives each what the ones
 * before it have left: together they cost some milliseconds, whatever a stranger presents. */
#define HC_REPORT_EFFORT 100000
#define HC_REPORT_EFFORT_FINDING 250    /* of these for a finding, which is written with names that may be long */
#define HC_REPORT_EFFORT_SIGNATURE 4000 /* for a link of a chain that libcrypto judges */

struct hc_finding {
    enum hc_code code; /* HC_OK_CODE: a step that passed */
    int depth;         /* 0 is the leaf, the anchor is the highest; HC_DEPTH_NONE */
    char text[HC_REPORT_TEXT];
};

struct hc_report {
    bool steps;    /* steps that passed are kept too */
    size_t n;      /* findings in use */
    size_t failed; /* rules that failed, the lost ones included */
    size_t lost;   /* findings that did not fit */
    size_t effort; /* of HC_REPORT_EFFORT left; at 0 whoever judges names gives up, and that is a failed rule */
    struct hc_finding finding[HC_REPORT_FINDINGS];
};

/* An empty report, with all of HC_REPORT_EFFORT. Without `steps`, hc_report_pass costs nothing. */
void hc_report_init(struct hc_report *r, bool steps);

/* Adds a failed rule. When the report is full a step that passed gives way, and only then the new failure is lost
 * (and counted). */
void hc_report_fail(struct hc_report *r, enum hc_code code, int depth, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds an error that another function gave: its code and its sentence. */
void hc_report_fail_err(struct hc_report *r, int depth, const struct hc_err *e);

/* Adds a step that passed, when they are kept. */
void hc_report_pass(struct hc_report *r, int depth, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Appends the findings of `from` to `r`. */
void hc_report_merge(struct hc_report *r, const struct hc_report *from);

/* Takes as much of the effort, or what is left of it. */
void hc_report_toil(struct hc_report *r, size_t effort);

/* No rule failed. */
bool hc_report_ok(const struct hc_report *r);

/*
 * The finding that names the refusal; NULL when nothing failed. Where several rules failed the order is: what proves
 * the chain to be forged, damaged or nobody's (10xx, 11xx) - revoked - outside a CA's names - dates - purposes - CRLs
 * that are missing or unusable - identity and expected name. Of equals, the one found first. Valid until the report
 * changes.
 */
const struct hc_finding *hc_report_first(const struct hc_report *r);

/* The code of hc_report_first, HC_OK_CODE when nothing failed. */
enum hc_code hc_report_code(const struct hc_report *r);

/* True when that rule failed, at any depth. */
bool hc_report_has(const struct hc_report *r, enum hc_code code);

/*
 * Appends the report as lines of text: for each finding "ok" or its id, the certificate concerned, and the sentence.
 * Fails never by itself: hc_buf_check(out) tells. Already escaped.
 */
void hc_report_text(const struct hc_report *r, struct hc_buf *out);

/* Fails with the code of hc_report_first and its text (and how many more rules failed); succeeds when nothing
 * failed. */
struct hc_rc hc_report_result(const struct hc_report *r, struct hc_err *e);

#endif

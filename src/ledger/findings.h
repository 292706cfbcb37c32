/* findings.h - what a check of the ledger found wrong, and how it is told. Private to this module. */
#ifndef HC_LEDGER_FINDINGS_H
#define HC_LEDGER_FINDINGS_H

#include "base/auto.h"
#include "ledger/sqlite.h"

enum hc_finding_kind {
    HC_FINDING_TEXT,         /* as `text` says */
    HC_FINDING_ROW_CHANGED,  /* the row does not fit the link's hash */
    HC_FINDING_ROW_REMOVED,  /* a link without a row */
    HC_FINDING_ROW_ADDED,    /* a row whose link the chain lacks */
    HC_FINDING_ROW_BESIDE,   /* a second row with the same link */
    HC_FINDING_GAP,          /* link and row are missing */
    HC_FINDING_LINK_CHANGED, /* the hash was changed, not the row */
    HC_FINDING_LINK_REMOVED, /* the link was removed, not the row */
};

struct hc_finding {
    enum hc_finding_kind kind;
    const char *table; /* static storage; "" for the file as a whole */
    int64_t first, last;
    bool provable;                /* `before` and `hash` are known: what belongs here can be recognised */
    struct hc_ledger_link before; /* the link before `first` */
    uint8_t hash[HC_LEDGER_HASH]; /* of the link `first` */
    int64_t found_at;             /* the row that belongs here has this link now; 0: it was not found */
    const char *found_in;         /* its table */
    char text[224];
};

struct hc_findings {
    size_t n;    /* in all */
    size_t kept; /* of these, at most HC_LEDGER_FAULTS */
    struct hc_finding at[HC_LEDGER_FAULTS];
};

/* Fails with HC_E_NOMEM. */
struct hc_rc hc_findings_new(struct hc_findings **out, struct hc_err *e);
void hc_findings_free(struct hc_findings *f);
HC_DEFINE_AUTO(hc_findings)

/* Counts it, and keeps a copy while there is room. A removed row next to the removed row that was added last lengthens
 * that one. Returns the kept copy, or NULL; valid as long as the findings. */
struct hc_finding *hc_findings_add(struct hc_findings *f, const struct hc_finding *one);

/* A finding of kind TEXT. */
void hc_findings_say(struct hc_findings *f, const char *table, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "certificates", for the name of one of our tables; "" for any other. Static storage. */
const char *hc_findings_table(struct hc_bytes name);

/*
 * Looks for rows that are only in the wrong place: among the rows found changed or added, which fits where one is
 * missed? Compares each with each, of those kept.
 */
struct hc_rc hc_findings_match(struct hc_findings *f, struct hc_ledger *l, struct hc_err *e);

/* What the caller is told about one. */
void hc_findings_tell(const struct hc_finding *one, struct hc_ledger_fault *out);

#endif

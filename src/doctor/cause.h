/*
 * cause.h - every verdict that a probe can give: one row each, in causes.def.
 *
 * A cause is not a rule of the catalogue: the same rule ("the certificate has expired") is one cause when the server's
 * certificate breaks it and another when yours does, with another fix and another side.
 */
#ifndef HC_DOCTOR_CAUSE_H
#define HC_DOCTOR_CAUSE_H

#include "base/bytes.h"
#include "base/catalogue.h"

/* Who can mend it. */
enum hc_side {
    HC_SIDE_NOBODY,    /* nothing is wrong */
    HC_SIDE_SERVER,    /* whoever runs the server */
    HC_SIDE_CLIENT,    /* whoever runs the probe */
    HC_SIDE_NETWORK,   /* something in between: names, routes, firewalls, middleboxes */
    HC_SIDE_BOTH,      /* both are right by themselves and have nothing in common: either may move */
    HC_SIDE_UNDECIDED, /* what can be seen from here does not tell; the verdict says what would */
};

enum hc_cause {
#define HC_CAUSE(name, slug, side, code, sentence, fix) HC_CAUSE_##name,
#include "doctor/causes.def"
#undef HC_CAUSE
    HC_CAUSES, /* how many there are */
};

struct hc_cause_row {
    enum hc_cause cause;
    const char *slug; /* "server-certificate-expired"; stable */
    enum hc_side side;
    enum hc_code code;    /* the rule behind it; HC_OK_CODE: none */
    const char *sentence; /* one plain sentence to whoever ran the probe */
    const char *fix;
};

/* The row; static storage. `cause` below HC_CAUSES. */
const struct hc_cause_row *hc_cause_row(enum hc_cause cause);

/* The row of that slug, NULL when there is none. */
const struct hc_cause_row *hc_cause_find(struct hc_bytes slug);

/* "nobody", "server", "client", "network", "both", "undecided": for JSON. Static storage. */
const char *hc_side_text(enum hc_side side);

#endif

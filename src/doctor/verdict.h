/*
 * verdict.h - from what was seen to who can mend it, and how. Pure: no I/O, no clock; any thread.
 *
 * The side is always right. The cause is right, or it stands first in a named set of those that remain, together with the
 * observation that would decide between them. Where a further connection can decide, the verdict asks for it.
 */
#ifndef HC_DOCTOR_VERDICT_H
#define HC_DOCTOR_VERDICT_H

#include <stdbool.h>

#include "doctor/cause.h"

struct hc_probe;

#define HC_VERDICT_OTHERS 6

struct hc_verdict {
    enum hc_cause cause;
    enum hc_side side;                      /* the cause's */
    enum hc_cause other[HC_VERDICT_OTHERS]; /* causes that remain possible, likeliest first */
    size_t n_others;
    char text[768];   /* the sentence about this case: "expired 3 days ago (2026-11-18T...)"; escaped */
    char fix[512];    /* what to do in this case; begins with the row's fix where nothing better is known; escaped */
    char decide[384]; /* what would decide between the causes; "" when n_others is 0; escaped */
};

/*
 * Gives the verdict on p->dns, main, trial, server, own and skew. Fills `out` whole.
 *
 * What the user's machine can see for itself comes first: an own identity that any server refuses (expired, key of
 * another certificate); then how the connection ended; then, when it did not fail, whether the server's chain would have
 * been accepted; then whether the application let us in.
 */
void hc_verdict_make(const struct hc_probe *p, struct hc_verdict *out);

/* Which further connection would tell more? False when none would, or it was made already (p->trial), or
 * HC_PROBE_TRIALS are made. `kind` is one of enum hc_trial_kind. */
bool hc_verdict_trial(const struct hc_probe *p, int *kind);

#endif

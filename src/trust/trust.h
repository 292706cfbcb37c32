/*
 * trust.h - an authority's anchors in the trust stores of this machine: what is there, what would be done, and doing
 * it.
 *
 * A plan is made first and shows every step; then each step is done by itself. The rule of it all: only what this
 * user's record says we put is ever taken out, and what was there before us is never touched.
 */
#ifndef HC_TRUST_TRUST_H
#define HC_TRUST_TRUST_H

#include "trust/record.h"
#include "trust/store.h"

enum hc_trust_what {
    HC_TRUST_ABSENT, /* not in the store (only hc_trust_look) */
    HC_TRUST_OURS,   /* there: we put it */
    HC_TRUST_OTHERS, /* there: somebody else put it */
    HC_TRUST_PUT,    /* to be put */
    HC_TRUST_TAKE,   /* to be taken out */
    HC_TRUST_GONE,   /* recorded, and no longer there: only the record is to be mended */
    HC_TRUST_SKIP,   /* the store cannot be changed or read: `why` */
};

struct hc_trust_step {
    enum hc_trust_what what;
    const struct hc_store *store;
    const struct hc_anchor *anchor;
    bool store_is_gone;    /* GONE: there is no such store any more */
    char as[160];          /* OURS, OTHERS: the name under which it is listed */
    char why[HC_ERR_TEXT]; /* SKIP */
};

struct hc_trust_plan {
    struct hc_trust_step *step; /* owned, with what the steps point at */
    size_t n;
    struct hc_stores stores;
    struct hc_anchor *anchor;
    size_t n_anchors;
};
void hc_trust_plan_fini(struct hc_trust_plan *plan);
#define HC_TRUST_PLAN(name) __attribute__((cleanup(hc_trust_plan_fini))) struct hc_trust_plan name = {.step = NULL}

struct hc_trust_job {
    const struct hc_store_places *places; /* borrowed for the call */
    const struct hc_cert *const *certs;   /* the anchors; borrowed for as long as the plan */
    size_t n_certs;                       /* at most HC_TRUST_ANCHORS */
    const struct hc_records *records;
    bool everything; /* hc_trust_plan_remove: whatever is recorded, of any authority */
};
#define HC_TRUST_ANCHORS 64 /* a private bundle has a handful, and each costs some runs of a program for each store */

/*
 * Make a plan of each store times each anchor; a certificate given twice is one anchor. A store that cannot be read or
 * changed becomes a SKIP, no failure; what hc_trust_plan_remove has recorded in a store that does not exist any more
 * becomes a GONE. It looks only at places->kinds, and when places->root or ->java_store is given, of that kind only at
 * those below, resp. at that.
 *
 * Fail with HC_E_TRUST_NOTHING (remove: no such record), HC_E_TOO_BIG, HC_E_NOMEM. Block: they run programs.
 */
struct hc_rc hc_trust_look(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e);
struct hc_rc hc_trust_plan_install(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e);
struct hc_rc hc_trust_plan_remove(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e);

/* How many steps of a plan are of this sort. */
size_t hc_trust_count(const struct hc_trust_plan *plan, enum hc_trust_what what);

/*
 * Does one step (PUT, TAKE, GONE; nothing for any other). The record has the line before the store is changed, and
 * loses it only when the anchor is certainly not there: a crash in between leaves a line too many, never a change that
 * nobody knows. What came to be there since the plan was made is no line of ours: a PUT then fails with
 * HC_E_TRUST_STORE. Fails as hc_store_put, hc_store_take, hc_records_add and hc_records_drop do. Blocks.
 */
struct hc_rc hc_trust_do(const struct hc_trust_step *step, struct hc_records *records, struct hc_err *e);

#endif

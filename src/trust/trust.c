/* trust.c - plans for trust stores, and their steps. */
#include "trust/trust.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

void hc_trust_plan_fini(struct hc_trust_plan *plan)
{
    free(plan->step);
    free(plan->anchor);
    hc_stores_fini(&plan->stores);
    *plan = (struct hc_trust_plan){.step = NULL};
}

static struct hc_rc make_room(struct hc_trust_plan *plan, size_t steps, size_t anchors, struct hc_err *e)
{
    plan->step = calloc(steps + 1, sizeof *plan->step);
    plan->anchor = calloc(anchors + 1, sizeof *plan->anchor);
    if (!plan->step || !plan->anchor)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a plan of %zu steps", steps);
    return HC_OK;
}

static void give(struct hc_trust_plan *plan, struct hc_trust_plan *out)
{
    *out = *plan;
    *plan = (struct hc_trust_plan){.step = NULL};
}

/* What is the matter with this anchor in this store. Only a failure for want of memory is one. */
static struct hc_rc judge(const struct hc_records *records, struct hc_trust_step *step, struct hc_err *e)
{
    struct hc_store_found found;
    struct hc_rc rc = hc_store_find(step->store, step->anchor, &found, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_failed(rc)) {
        step->what = HC_TRUST_SKIP;
        snprintf(step->why, sizeof step->why, "%s", step->store->why[0] ? step->store->why : e->text);
        return HC_OK;
    }
    snprintf(step->as, sizeof step->as, "%s", found.as);
    if (!found.there)
        step->what = HC_TRUST_ABSENT;
    else if (found.under_our_name &&
             hc_records_find(records, step->store->kind, step->store->path, step->anchor->sha256))
        step->what = HC_TRUST_OURS;
    else
        step->what = HC_TRUST_OTHERS;
    return HC_OK;
}

/* A bundle may name a certificate twice. */
static bool has_anchor(const struct hc_trust_plan *plan, const struct hc_cert *cert)
{
    for (size_t i = 0; i < plan->n_anchors; i++)
        if (memcmp(plan->anchor[i].digest, cert->sha256, sizeof cert->sha256) == 0)
            return true;
    return false;
}

struct hc_rc hc_trust_look(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e)
{
    HC_TRUST_PLAN(plan);
    if (job->n_certs > HC_TRUST_ANCHORS)
        return HC_FAIL(e, HC_E_TOO_BIG, "the bundle has %zu anchors; trust stores are given at most %d", job->n_certs,
                       HC_TRUST_ANCHORS);
    HC_TRY(e, hc_stores_find(job->places, &plan.stores, e));
    HC_TRY(e, make_room(&plan, plan.stores.n * job->n_certs, job->n_certs, e));
    for (size_t i = 0; i < job->n_certs; i++)
        if (!has_anchor(&plan, job->certs[i]))
            HC_TRY(e, hc_anchor_init(&plan.anchor[plan.n_anchors++], job->certs[i], e));
    for (size_t s = 0; s < plan.stores.n; s++)
        for (size_t a = 0; a < plan.n_anchors; a++) {
            struct hc_trust_step *step = &plan.step[plan.n++];
            step->store = &plan.stores.store[s];
            step->anchor = &plan.anchor[a];
            HC_TRY(e, judge(job->records, step, e));
        }
    give(&plan, out);
    return HC_OK;
}

struct hc_rc hc_trust_plan_install(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e)
{
    HC_TRUST_PLAN(plan);
    HC_TRY(e, hc_trust_look(job, &plan, e));
    for (size_t i = 0; i < plan.n; i++) {
        struct hc_trust_step *step = &plan.step[i];
        if (step->what != HC_TRUST_ABSENT)
            continue;
        step->what = step->store->why[0] ? HC_TRUST_SKIP : HC_TRUST_PUT;
        snprintf(step->why, sizeof step->why, "%s", step->store->why);
    }
    give(&plan, out);
    return HC_OK;
}

/* --- remove ------------------------------------------------------------------------------------------------------- */

static bool is_anchor(const struct hc_trust_job *job, const struct hc_record *record)
{
    struct hc_anchor named;
    if (!hc_anchor_named(&named, hc_bytes_str(record->sha256), hc_bytes_str(record->name)))
        return false;
    for (size_t i = 0; i < job->n_certs; i++)
        if (memcmp(job->certs[i]->sha256, named.digest, sizeof named.digest) == 0)
            return true;
    return false;
}

/* The places of a command line narrow a removal down: to the image they name, to that keystore. */
static bool is_asked_for(const struct hc_trust_job *job, const struct hc_record *record)
{
    const struct hc_store_places *p = job->places;
    char real[PATH_MAX];
    if (!(p->kinds & 1u << record->kind) || (!job->everything && !is_anchor(job, record)))
        return false;
    if (record->kind == HC_STORE_SYSTEM && p->root && *p->root) {
        size_t n = strlen(p->root);
        return strncmp(record->path, p->root, n) == 0 && (p->root[n - 1] == '/' || record->path[n] == '/');
    }
    if (record->kind == HC_STORE_JAVA && p->java_store)
        return realpath(p->java_store, real) && strcmp(real, record->path) == 0;
    return true;
}

static struct hc_rc plan_one(const struct hc_trust_job *job, const struct hc_record *record, struct hc_trust_plan *plan,
                             struct hc_err *e)
{
    struct hc_trust_step *step = &plan->step[plan->n];
    struct hc_store *store = &plan->stores.store[plan->n];
    struct hc_anchor *anchor = &plan->anchor[plan->n];
    bool exists = false;
    HC_TRY(e, hc_store_at(job->places, record->kind, record->path, store, &exists, e));
    if (!hc_anchor_named(anchor, hc_bytes_str(record->sha256), hc_bytes_str(record->name)))
        return HC_FAIL(e, HC_E_TRUST_STORE, "the record of %s is no record", record->path);
    memcpy(store->path, record->path, sizeof store->path);
    step->store = store;
    step->anchor = anchor;
    plan->n++;
    plan->n_anchors++;
    plan->stores.n++;
    step->what = HC_TRUST_GONE;
    step->store_is_gone = !exists;
    if (!exists)
        return HC_OK;
    HC_TRY(e, judge(job->records, step, e));
    if (step->what == HC_TRUST_SKIP)
        return HC_OK;
    step->what = step->what == HC_TRUST_OURS ? HC_TRUST_TAKE : HC_TRUST_GONE;
    if (step->what == HC_TRUST_TAKE && store->why[0]) {
        step->what = HC_TRUST_SKIP;
        snprintf(step->why, sizeof step->why, "%s", store->why);
    }
    return HC_OK;
}

struct hc_rc hc_trust_plan_remove(const struct hc_trust_job *job, struct hc_trust_plan *out, struct hc_err *e)
{
    HC_TRUST_PLAN(plan);
    size_t n = job->records->n;
    HC_TRY(e, make_room(&plan, n, n, e));
    plan.stores.store = calloc(n + 1, sizeof *plan.stores.store);
    if (!plan.stores.store)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for %zu trust stores", n);
    for (size_t i = 0; i < n; i++)
        if (is_asked_for(job, &job->records->record[i]))
            HC_TRY(e, plan_one(job, &job->records->record[i], &plan, e));
    if (plan.n == 0)
        return HC_FAIL(e, HC_E_TRUST_NOTHING, "the record of this user in %s names none", job->records->dir);
    give(&plan, out);
    return HC_OK;
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

size_t hc_trust_count(const struct hc_trust_plan *plan, enum hc_trust_what what)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        n += plan->step[i].what == what;
    return n;
}

static struct hc_rc drop(const struct hc_trust_step *step, struct hc_records *records, struct hc_err *e)
{
    return hc_records_drop(records, step->store->kind, step->store->path, step->anchor->sha256, e);
}

static struct hc_rc put(const struct hc_trust_step *step, struct hc_records *records, struct hc_err *e)
{
    struct hc_err quiet;
    struct hc_store_found found;
    HC_TRY(e, hc_store_find(step->store, step->anchor, &found, e));
    if (found.there) /* since the plan was made: no line of ours for it */
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s: the certificate is there by now, as '%s', and not from here",
                       step->store->path, found.as);
    HC_TRY(e, hc_records_add(records, step->store, step->anchor, e));
    struct hc_rc rc = hc_store_put(step->store, step->anchor, records->dir, e);
    if (hc_ok(rc))
        return rc;
    if (hc_ok(hc_store_find(step->store, step->anchor, &found, &quiet)) && !found.under_our_name)
        hc_ignore(drop(step, records, &quiet)); /* a line too many does no harm: remove finds nothing there */
    return rc;
}

struct hc_rc hc_trust_do(const struct hc_trust_step *step, struct hc_records *records, struct hc_err *e)
{
    if (step->what == HC_TRUST_PUT)
        return put(step, records, e);
    if (step->what != HC_TRUST_TAKE && step->what != HC_TRUST_GONE)
        return HC_OK;
    /* Of what is gone from the system's directory the store that is made of it may still have a copy. */
    if (step->what == HC_TRUST_TAKE || (step->store->kind == HC_STORE_SYSTEM && !step->store_is_gone))
        HC_TRY(e, hc_store_take(step->store, step->anchor, e));
    return drop(step, records, e);
}

/* issue.c - new identities, one or a batch. */
#include <stdlib.h>

#include "authority/job.h"
#include "authority/lock.h"

struct hc_rc hc_authority_issue(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_issue_request *request, struct hc_issued *out, struct hc_err *e)
{
    __attribute__((cleanup(hc_job_fini))) struct hc_job job = {0};
    struct hc_job *const jobs[] = {&job};
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_begin(a, &lock, e));
    hc_job_init(&job, a, grant, request);
    HC_TRY(e, hc_job_prepare(&job, e));
    HC_TRY(e, hc_job_run(jobs, 1, e));
    HC_TRY(e, hc_job_hand_out(&job, e));
    *out = job.issued;
    job.issued.made_passphrase = NULL;
    return HC_OK;
}

/* ---- many ---- */

struct batch {
    struct hc_job *job; /* one for each request */
    size_t n;
    struct hc_job *ready[HC_ISSUE_BATCH_MAX]; /* those that may be signed */
    size_t n_ready;
    struct hc_issue_outcome *out;
};

static void batch_fini(struct batch *b)
{
    for (size_t i = 0; b->job && i < b->n; i++)
        hc_job_fini(&b->job[i]);
    free(b->job);
}

/* One directory is one identity: two of a batch for the same one would overwrite each other. */
static struct hc_rc check_mates(const struct batch *b, const struct hc_job *job, struct hc_err *e)
{
    for (size_t i = 0; i < b->n_ready; i++) {
        if (strcmp(b->ready[i]->issued.dir, job->issued.dir) == 0)
            return HC_FAIL(e, HC_E_IDENTITY_EXISTS, "another request of this batch is for %.*s too; give one a label",
                           HC_BYTES_FMT(hc_buf_view(&job->identity)));
    }
    return HC_OK;
}

static struct hc_rc prepare_one(const struct batch *b, struct hc_job *job, struct hc_err *e)
{
    HC_TRY(e, hc_job_prepare(job, e));
    return check_mates(b, job, e);
}

static void prepare(struct batch *b, struct hc_authority *a, const struct hc_issue_grant *grant,
                    const struct hc_issue_request *requests)
{
    for (size_t i = 0; i < b->n; i++) {
        hc_job_init(&b->job[i], a, grant, &requests[i]);
        b->out[i].rc = prepare_one(b, &b->job[i], &b->out[i].why);
        if (hc_ok(b->out[i].rc))
            b->ready[b->n_ready++] = &b->job[i];
    }
}

static struct hc_rc fail_ready(struct batch *b, struct hc_rc rc, const struct hc_err *why)
{
    for (size_t i = 0; i < b->n; i++) {
        if (hc_failed(b->out[i].rc))
            continue;
        b->out[i].rc = rc;
        b->out[i].why = *why;
    }
    return rc;
}

static struct hc_issue_outcome *outcome_of(const struct batch *b, const struct hc_job *job)
{
    return &b->out[job - b->job];
}

/* One step on the way of each that has come so far; what fails, fails alone. */
static void each_ready(struct batch *b, const struct hc_workshop *shop,
                       struct hc_rc (*step)(struct hc_job *job, const struct hc_workshop *shop, struct hc_err *e))
{
    for (size_t i = 0; i < b->n_ready; i++) {
        struct hc_issue_outcome *out = outcome_of(b, b->ready[i]);

        if (hc_ok(out->rc))
            out->rc = step(b->ready[i], shop, &out->why);
    }
}

/* One sync for the files of all, and one for their names, instead of five for each. What fails here, fails for all. */
static struct hc_rc deliver_to(struct batch *b, const struct hc_workshop *shop, struct hc_err *e)
{
    each_ready(b, shop, hc_job_stage);
    HC_TRY(e, hc_workshop_sync(shop, e));
    each_ready(b, shop, hc_job_place);
    return hc_workshop_settle(shop, e);
}

static struct hc_rc deliver(struct batch *b, struct hc_err *e)
{
    HC_WORKSHOP(shop);
    struct hc_rc rc;

    HC_TRY(e, hc_workshop_open(b->ready[0]->issued.dir, &shop, e));
    rc = deliver_to(b, &shop, e);
    for (size_t i = 0; i < b->n_ready; i++)
        hc_workshop_discard(b->ready[i]->staged);
    return rc;
}

static void hand_out(struct batch *b)
{
    struct hc_err why = {0};
    struct hc_rc rc = b->n_ready > 0 ? deliver(b, &why) : HC_OK;

    if (hc_failed(rc))
        hc_ignore(fail_ready(b, rc, &why)); /* told by each outcome */
    for (size_t i = 0; i < b->n_ready; i++) {
        struct hc_issue_outcome *out = outcome_of(b, b->ready[i]);

        if (hc_failed(out->rc))
            hc_job_lost(b->ready[i], &out->why);
        out->issued = b->ready[i]->issued;
        b->ready[i]->issued.made_passphrase = NULL;
    }
}

struct hc_rc hc_authority_issue_batch(struct hc_authority *a, const struct hc_issue_grant *grant,
                                      const struct hc_issue_request *requests, size_t n, struct hc_issue_outcome *out,
                                      struct hc_err *e)
{
    __attribute__((cleanup(batch_fini))) struct batch b = {.n = n, .out = out};
    HC_FD lock = -1;
    struct hc_rc rc;

    memset(out, 0, n * sizeof *out);
    if (n > HC_ISSUE_BATCH_MAX)
        rc = HC_FAIL(e, HC_E_TOO_BIG, "%zu requests at once; %d is the most", n, HC_ISSUE_BATCH_MAX);
    else
        rc = hc_lock_begin(a, &lock, e);
    if (hc_failed(rc))
        return fail_ready(&b, rc, e);
    b.job = calloc(n ? n : 1, sizeof *b.job);
    if (!b.job) {
        rc = HC_FAIL(e, HC_E_NOMEM, "no memory for %zu certificates", n);
        return fail_ready(&b, rc, e);
    }
    prepare(&b, a, grant, requests);
    rc = hc_job_run(b.ready, b.n_ready, e);
    if (hc_failed(rc))
        return fail_ready(&b, rc, e);
    hand_out(&b);
    return HC_OK;
}

/* issue.c - new identities, one or a batch. */
#include <stdlib.h>

#include "authority/head.h"
#include "authority/job.h"
#include "authority/lock.h"

struct hc_rc hc_authority_issue(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_issue_request *request, struct hc_issued *out, struct hc_err *e)
{
    __attribute__((cleanup(hc_job_fini))) struct hc_job job = {0};
    struct hc_job *const jobs[] = {&job};
    HC_FD lock = -1;

    HC_TRY(e, hc_lock_take(hc_authority_home(a), &lock, e));
    HC_TRY(e, hc_head_restored(a, e));
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

static void hand_out(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (hc_failed(b->out[i].rc))
            continue;
        b->out[i].rc = hc_job_hand_out(&b->job[i], &b->out[i].why);
        b->out[i].issued = b->job[i].issued;
        b->job[i].issued.made_passphrase = NULL;
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

struct hc_rc hc_authority_issue_batch(struct hc_authority *a, const struct hc_issue_grant *grant,
                                      const struct hc_issue_request *requests, size_t n, struct hc_issue_outcome *out,
                                      struct hc_err *e)
{
    __attribute__((cleanup(batch_fini))) struct batch b = {.n = n, .out = out};
    HC_FD lock = -1;
    struct hc_rc rc;

    memset(out, 0, n * sizeof *out);
    if (n > HC_ISSUE_BATCH_MAX)
        return HC_FAIL(e, HC_E_TOO_BIG, "%zu requests at once; %d is the most", n, HC_ISSUE_BATCH_MAX);
    rc = hc_lock_take(hc_authority_home(a), &lock, e);
    if (hc_ok(rc))
        rc = hc_head_restored(a, e);
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

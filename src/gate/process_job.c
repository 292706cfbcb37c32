/* process_job.c - jobs: an order to all workers, and the answer once the last of them has answered. */
#include "gate/process_job.h"

#include <stdlib.h>

#include "base/clock.h"

#define JOBS_MAX (2 * HC_CONTROL_CLIENTS) /* clients that left keep theirs until the workers have answered */
#define LISTS_MAX 4                       /* of them, listings: HC_ORDER_LINES each */

static void job_free(struct hc_process_job *job)
{
    if (!job)
        return;
    hc_loop_timer_off(job->process->loop, &job->retry);
    hc_order_free(job->order);
    free(job->apply);
    free(job);
}

void hc_process_job_error(struct hc_buf *reply, enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];

    hc_buf_clear(reply);
    hc_buf_addf(reply, "error %s %s\n", hc_id_text(code, id), text);
}

/* To every worker whose loop runs; the main thread counts as one, so that nobody is last before all were told. */
struct hc_rc hc_process_job_order(struct hc_process_job *job, enum hc_order_kind kind, struct hc_pattern *who,
                                  struct hc_err *e)
{
    struct hc_process *p = job->process;
    struct hc_order *order = NULL;

    HC_TRY(e, hc_order_new(kind, who, p->loop, &order, e));
    hc_order_free(job->order);
    job->order = order;
    atomic_store(&order->waiting, 1);
    for (unsigned i = 0; p->workers && i < p->n_workers; i++) {
        if (!p->workers[i])
            continue;
        (void)atomic_fetch_add(&order->waiting, 1);
        if (!hc_worker_order(p->workers[i], order))
            (void)atomic_fetch_sub(&order->waiting, 1);
    }
    hc_order_answer(hc_order_ref(order));
    return HC_OK;
}

static void finish_now(struct hc_process_job *job)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY_LATE);

    job->done = true;
    job->finish(job, &reply);
    if (job->done)
        (void)hc_control_answer(job->process->control, job->ticket, &reply);
}

void hc_process_job_answer(struct hc_process *p)
{
    for (struct hc_process_job **at = &p->jobs; *at;) {
        struct hc_process_job *job = *at;

        if (!job->order || !hc_order_done(job->order)) {
            at = &job->next;
            continue;
        }
        finish_now(job);
        if (!job->done) {
            at = &job->next;
            continue;
        }
        *at = job->next;
        p->n_jobs--;
        job_free(job);
    }
}

void hc_process_job_fini(struct hc_process *p)
{
    while (p->jobs) {
        struct hc_process_job *job = p->jobs;

        p->jobs = job->next;
        job_free(job);
    }
    p->n_jobs = 0;
}

static size_t lists(const struct hc_process *p)
{
    size_t n = 0;

    for (const struct hc_process_job *job = p->jobs; job; job = job->next)
        n += job->order && hc_order_lists(job->order->kind);
    return n;
}

struct hc_rc hc_process_job_start(struct hc_process *p, struct hc_control_ticket ticket,
                                  const struct hc_process_wish *wish, struct hc_err *e)
{
    struct hc_process_job *job = NULL;
    bool full = p->n_jobs == JOBS_MAX || (hc_order_lists(wish->kind) && lists(p) == LISTS_MAX);
    struct hc_rc rc;

    job = full ? NULL : calloc(1, sizeof *job);
    if (!job) {
        hc_pattern_free(wish->who);
        free(wish->apply);
        return full ? HC_FAIL(e, HC_E_TOO_BIG, "too many others wait for an answer; try again in a moment")
                    : HC_FAIL(e, HC_E_NOMEM, "out of memory");
    }
    *job = (struct hc_process_job){.process = p,
                                   .ticket = ticket,
                                   .finish = wish->finish,
                                   .apply = wish->apply,
                                   .said = wish->said,
                                   .began_ms = hc_mono_ms()};
    rc = hc_process_job_order(job, wish->kind, wish->who, e);
    if (hc_failed(rc)) {
        job_free(job);
        return rc;
    }
    job->next = p->jobs;
    p->jobs = job;
    p->n_jobs++;
    return HC_OK;
}

void hc_process_job_give_up(struct hc_process_job *job, const struct hc_err *why)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_process *p = job->process;
    struct hc_process_job **at = &p->jobs;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    p->n_jobs--;
    hc_process_job_error(&reply, why->code, why->text);
    (void)hc_control_answer(p->control, job->ticket, &reply);
    job_free(job);
}

/*
 * process_job.h - requests to a running gate that wait for its workers: an order to all of them (order.h), and the
 * answer once the last has answered. For process_job.c, process_ask.c and process_apply.c; the main thread only.
 */
#ifndef HC_GATE_PROCESS_JOB_H
#define HC_GATE_PROCESS_JOB_H

#include "gate/order.h"
#include "gate/process_internal.h"

struct hc_process_apply; /* what an `apply` asks for: process_apply.c */

struct hc_process_job {
    struct hc_process_job *next;
    struct hc_process *process;
    struct hc_control_ticket ticket;
    struct hc_order *order;
    void (*finish)(struct hc_process_job *job, struct hc_buf *reply);
    uint64_t began_ms;
    struct hc_process_apply *apply; /* owned; one piece of memory */
    const char *said;               /* a reload's words; static */
    struct hc_timer retry;
    bool done;
};

/* What a request asks for. */
struct hc_process_wish {
    enum hc_order_kind kind;
    struct hc_pattern *who;         /* taken */
    struct hc_process_apply *apply; /* taken */
    const char *said;
    /* Writes the answer when all workers have answered; or says that the job is not `done` and has it ordered again. */
    void (*finish)(struct hc_process_job *job, struct hc_buf *reply);
};

/* Gives the order, and has the request answered later. Fails with HC_E_TOO_BIG (too many wait), HC_E_NOMEM,
 * HC_E_SYSTEM. */
struct hc_rc hc_process_job_start(struct hc_process *p, struct hc_control_ticket ticket,
                                  const struct hc_process_wish *wish, struct hc_err *e);

/* Gives an order for the job, instead of the one before; `who` is taken. Fails with HC_E_NOMEM, HC_E_SYSTEM. */
struct hc_rc hc_process_job_order(struct hc_process_job *job, enum hc_order_kind kind, struct hc_pattern *who,
                                  struct hc_err *e);

/* Ends a job whose order cannot be given again, and says why. */
void hc_process_job_give_up(struct hc_process_job *job, const struct hc_err *why);

/* The line that says that a request has failed, and nothing else. */
void hc_process_job_error(struct hc_buf *reply, enum hc_code code, const char *text);

/* --- process_apply.c --- */

/* Connections ended for revocation so far. */
uint64_t hc_process_apply_mark(struct hc_process *p);

/* `words` is what follows "apply", and is cut up. Fails with HC_E_USAGE and the codes of hc_process_job_start. Blocks:
 * may read the files again. */
struct hc_rc hc_process_apply(struct hc_process *p, char *words, struct hc_control_ticket ticket, struct hc_err *e);

#endif

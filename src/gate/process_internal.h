/* process_internal.h - what process.c (the main thread's life), process_read.c (what it reads, again and again) and
 * process_ask.c (what it is asked) share. */
#ifndef HC_GATE_PROCESS_INTERNAL_H
#define HC_GATE_PROCESS_INTERNAL_H

#include "crypto/digest.h"
#include "gate/control.h"
#include "gate/engine.h"
#include "gate/floor.h"
#include "gate/ops.h"
#include "gate/process.h"
#include "gate/watch.h"
#include "gate/worker.h"

struct hc_process_job;
struct hc_ring;

struct hc_process {
    const struct hc_gate_options *opt;
    struct hc_crypto *crypto;
    struct hc_metrics *metrics;
    struct hc_engine engine;
    bool engine_made;
    struct hc_loop *loop;
    struct hc_gateconf *conf;
    struct hc_gateconf *refused; /* the last one that was read and not taken: what it names is watched too */
    uint8_t conf_hash[HC_SHA256_SIZE];
    struct hc_file_watch *watch;
    struct hc_worker **workers;
    unsigned n_workers;
    struct hc_control *control;
    struct hc_process_job *jobs; /* requests that wait for the workers */
    size_t n_jobs;
    struct hc_ops *ops;
    struct hc_floor *floor;
    char floor_path[HC_PATH]; /* "": nothing is kept */
    bool floor_due;           /* something was adopted that is not noted yet */
    bool floor_told;          /* that it cannot be written; once */
    struct hc_ring *ring;     /* records of refusals; NULL: none are kept */
    uint64_t ring_told;       /* how many of them were told as lost */
    bool behind_told;         /* that the clock was set back; once, as long as it is */
    struct hc_watch signals;
    struct hc_timer tick;
    bool draining;
    bool quiet;      /* the first try after a change: complain only if the second fails too */
    bool complained; /* something was wrong in this try */
    bool retry;
    uint64_t uneasy_ms; /* since when quiet tries have failed without a second one; 0: they have not */
    uint64_t faults;    /* what the last self-check found and told */
    uint64_t checked_ms;
    uint64_t alarms;
    uint64_t reloads;
    int64_t start_time;
};

/* Takes part in every build: tells the operator, unless this try is a quiet one. `ctx` is the process. */
void hc_process_alarm(void *ctx, enum hc_code code, const char *source, const char *text);

/* Makes every worker look at what the engine has now. */
void hc_process_wake(struct hc_process *p);

/* The configuration, and the hash of its text when it has one. */
struct hc_rc hc_process_read(const struct hc_gate_options *opt, struct hc_gateconf **out, uint8_t hash[HC_SHA256_SIZE],
                             struct hc_config_problems *problems, struct hc_err *e);

/* Watches the files that `conf` names and builds a snapshot of it. */
struct hc_rc hc_process_build(struct hc_process *p, const struct hc_gateconf *conf, bool same_conf,
                              struct hc_snapshot **out, struct hc_err *e);

/* Hands the snapshot to the workers; takes the reference. */
void hc_process_adopt(struct hc_process *p, struct hc_snapshot *s);

/* Tells what a friend would be refused for; once, as long as it stays the same. */
void hc_process_check(struct hc_process *p);

/* Takes note of the CRLs in use, and has no judgement made as of a time before them. What cannot be written is told
 * once. */
void hc_process_note(struct hc_process *p);

/* Tells that the clock stands before what is remembered; once, as long as it does. */
void hc_process_check_clock(struct hc_process *p);

/* Looks at everything again. The result is about the configuration; broken files were told as alarms. */
struct hc_rc hc_process_look_again(struct hc_process *p, bool quiet, struct hc_err *e);

/* The control socket's handler; `ctx` is the process. */
enum hc_control_when hc_process_asked(void *ctx, const char *line, struct hc_control_ticket ticket,
                                      struct hc_buf *reply);

/* --- process_job.c --- */

/* Answers those whose workers have all answered. */
void hc_process_job_answer(struct hc_process *p);
/* Forgets whoever waits. After the workers have ended. */
void hc_process_job_fini(struct hc_process *p);

#endif

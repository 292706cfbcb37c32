/* process_internal.h - what process.c (the main thread's life) and process_read.c (what it reads, again and again)
 * share. */
#ifndef HC_GATE_PROCESS_INTERNAL_H
#define HC_GATE_PROCESS_INTERNAL_H

#include "crypto/digest.h"
#include "gate/control.h"
#include "gate/engine.h"
#include "gate/ops.h"
#include "gate/process.h"
#include "gate/watch.h"
#include "gate/worker.h"

struct hc_process {
    const struct hc_gate_options *opt;
    struct hc_crypto *crypto;
    struct hc_metrics *metrics;
    struct hc_engine engine;
    bool engine_made;
    struct hc_loop *loop;
    struct hc_gateconf *conf;
    uint8_t conf_hash[HC_SHA256_SIZE];
    struct hc_file_watch *watch;
    struct hc_worker **workers;
    unsigned n_workers;
    struct hc_control *control;
    struct hc_ops *ops;
    struct hc_watch signals;
    struct hc_timer tick;
    bool draining;
    bool quiet;      /* the first try after a change: complain only if the second fails too */
    bool complained; /* something was wrong in this try */
    bool retry;
    uint64_t faults; /* what the last self-check found and told */
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

/* Looks at everything again. The result is about the configuration; broken files were told as alarms. */
struct hc_rc hc_process_look_again(struct hc_process *p, bool quiet, struct hc_err *e);

#endif

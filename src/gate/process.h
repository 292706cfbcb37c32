/*
 * process.h - a gate process from start to end: the main thread around the workers.
 *
 * The main thread reads the configuration, watches files, answers the control socket and the loopback listener, takes
 * signals (SIGHUP: look again; SIGTERM, SIGINT: drain and end) and hands snapshots to the workers. What is broken while
 * it runs keeps its last good state and raises an alarm. The newest CRLs and their time are remembered beyond its end
 * (floor.h); where that is not possible, an alarm says so and it goes on.
 */
#ifndef HC_GATE_PROCESS_H
#define HC_GATE_PROCESS_H

#include "base/log.h"
#include "gate/gateconf.h"

/* All borrowed until hc_gate_run returns. */
struct hc_gate_options {
    const char *file;                  /* a configuration that is watched; or NULL and: */
    const struct hc_gate_flags *flags; /* a gate from flags */
    const char *home;                  /* NULL: none */
    const char *ops;                   /* "127.0.0.1:9100", or NULL */
    const char *state;                 /* where it remembers what a restart must not forget (floor.h); NULL: as usual */
    unsigned workers;                  /* 0: one for each processor */
    bool no_control;                   /* no control socket */
    const struct hc_log *log;
    void (*started)(void *ctx, const struct hc_gateconf *conf); /* once it accepts; NULL for nobody */
    void (*warn)(void *ctx, enum hc_code code, const char *source, const char *text); /* of hc_gate_check; or NULL */
    void *ctx;                                                                        /* of both */
};

/*
 * Runs until SIGTERM or SIGINT. `problems` gets the mistakes of a configuration that is refused at the start.
 * Fails, at the start only, with HC_E_CONFIG_INVALID and the codes of hc_gateconf_load and hc_snapshot_build.
 */
struct hc_rc hc_gate_run(const struct hc_gate_options *options, struct hc_config_problems *problems, struct hc_err *e);

/* Reads the configuration and every file it names as a start would, opens no port, and ends. Fails as a start would;
 * what a start would only raise an alarm for (a CRL that is missing, for one) goes to options->warn. */
struct hc_rc hc_gate_check(const struct hc_gate_options *options, struct hc_config_problems *problems,
                           struct hc_err *e);

#endif

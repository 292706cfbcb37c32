/*
 * demo_run.h - programs that the demonstration starts: run to their end, or in the background.
 */
#ifndef HC_CMD_DEMO_RUN_H
#define HC_CMD_DEMO_RUN_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

#define HC_DEMO_OUTPUT (256 * 1024)

/* Runs a program found in PATH (or by a path with a slash); appends what it prints, both streams, to `output`, and
 * gives its exit code. argv ends with NULL. Fails with HC_E_FILE_MISSING (no such program), HC_E_SYSTEM. Blocks. */
struct hc_rc hc_demo_run(const char *const *argv, struct hc_buf *output, int *exit_code, struct hc_err *e);

/* Starts one whose stdout and stderr go to the file `log`; it is told to end when this process dies. */
struct hc_rc hc_demo_start(const char *const *argv, const char *log, pid_t *out, struct hc_err *e);

/* Waits until it has ended by itself, at most `patience_ms`: then *pid becomes 0, otherwise it is still running. */
void hc_demo_await(pid_t *pid, unsigned patience_ms);

/* Ends it: SIGTERM, and after `patience_ms` SIGKILL. *pid becomes 0; nothing happens when it is 0 already. */
void hc_demo_end(pid_t *pid, unsigned patience_ms);

/* Appends the words as a shell would read them back. */
void hc_demo_quote(struct hc_buf *out, const char *const *argv);

/* A plain HTTP back end on 127.0.0.1 in a process of its own, which answers every request with who the gate says is
 * asking; those for /app/live without an end. */
struct hc_rc hc_demo_back_end(pid_t *out, unsigned *port, struct hc_err *e);

/* A loopback port that nobody uses at this moment. Fails with HC_E_SYSTEM. */
struct hc_rc hc_demo_free_port(unsigned *out, struct hc_err *e);

#endif

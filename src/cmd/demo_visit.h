/*
 * demo_visit.h - the steps of the demonstration: commands as a reader could type them, visits with curl, and what the
 * gate's log says.
 *
 * A command is shown before it is run. In its words "$D" stands for the demonstration's directory (shown as it is,
 * replaced when run), and a first word "handclasp" for this very program. One thread; every call that runs or waits for
 * something blocks.
 */
#ifndef HC_CMD_DEMO_VISIT_H
#define HC_CMD_DEMO_VISIT_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/file.h"
#include "cmd/demo_run.h"

#define HC_DEMO_WAIT_MS 10000 /* for something that takes milliseconds: the gate starts, a connection is closed */
#define HC_DEMO_LOG "gate.log"

struct hc_demo {
    char dir[HC_PATH];  /* everything lies below it; "" until it is made */
    char self[HC_PATH]; /* this program's own file */
    size_t log_seen;    /* bytes of the gate's log that belong to earlier visits */
    unsigned steps;     /* titles told so far */
    unsigned wrong;     /* outcomes that were not the expected ones */
};

/* One visit with curl, and what it has to come to. */
struct hc_demo_visit {
    const char *who; /* directory of the identity below $D, or NULL: no certificate */
    unsigned port;   /* on localhost */
    const char *path;
    const char *status; /* expected; "000" when the handshake is refused */
    enum hc_code why;   /* expected in the gate's log; HC_OK_CODE when let in */
};

/* Prints the title of the next step, with its number. */
void hc_demo_step(struct hc_demo *d, const char *title);

/* Prints what came of it, and counts it when it was not expected. */
void hc_demo_outcome(struct hc_demo *d, bool as_expected, const char *text);

/* Shows and runs a command that has to succeed; `list` ends with NULL. Fails with HC_E_INTERNAL when it does not exit
 * with 0, and as hc_demo_run does. */
struct hc_rc hc_demo_must(const struct hc_demo *d, const char *const *list, struct hc_err *e);

/* The same, and what it prints is shown too. */
struct hc_rc hc_demo_must_show(const struct hc_demo *d, const char *const *list, struct hc_err *e);

/* Shows a command and starts it in the background as hc_demo_start does; what it prints goes to the file `log` below
 * the directory. */
struct hc_rc hc_demo_must_start(const struct hc_demo *d, const char *const *list, const char *log, pid_t *out,
                                struct hc_err *e);

/* Writes a file of mode 0600 below the directory. Fails as hc_file_write_atomic and hc_buf_check do. */
struct hc_rc hc_demo_write(const struct hc_demo *d, const char *name, const struct hc_buf *text, struct hc_err *e);

/* Waits until `word` stands `times` times in such a file. Fails with HC_E_INTERNAL after HC_DEMO_WAIT_MS. */
struct hc_rc hc_demo_wait_log(const struct hc_demo *d, const char *log, const char *word, unsigned times,
                              struct hc_err *e);

/* The last line of such a file, as far as it has room; "" when there is none. */
void hc_demo_last_line(const struct hc_demo *d, const char *log, char *out, size_t n);

/* Visits once, and tells the outcome; an unexpected one is counted in d->wrong and is no failure. Fails when curl
 * cannot be run. */
struct hc_rc hc_demo_visit(struct hc_demo *d, const struct hc_demo_visit *v, struct hc_err *e);

#endif

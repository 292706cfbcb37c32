/*
 * run.h - runs another program: no shell, fixed arguments, a clean environment, bounded in time and output.
 *
 * The child gets PATH=/usr/sbin:/usr/bin:/sbin:/bin, LC_ALL=C and HOME, and nothing else of our environment; /dev/null
 * as its input; no terminal to ask on, no other descriptor, the default signals and the umask 022. May be called from
 * any thread.
 */
#ifndef HC_TRUST_RUN_H
#define HC_TRUST_RUN_H

#include "base/buf.h"
#include "base/file.h"

#define HC_RUN_SECONDS 60        /* what the slowest, an update of a system's store with its hooks, never needs */
#define HC_RUN_OUTPUT (8u << 20) /* of stdout: a keystore of a thousand certificates, listed */
#define HC_RUN_ARGS 16           /* words of one command line */
#define HC_RUN_TOOLS "/usr/sbin:/usr/bin:/sbin:/bin"

struct hc_run {
    const char *const *argv; /* argv[0] is an absolute path; ends with NULL */
    const char *home;        /* HOME of the child; NULL gives it / */
    unsigned seconds;        /* 0: HC_RUN_SECONDS */
};

/*
 * Runs it to its end. `out` gets what it wrote to stdout; NULL throws that away. *status is its exit code, or 128 and
 * the number of the signal that ended it. `said` gets the end of what it wrote to stderr (or, without that, to stdout),
 * escaped, in one line.
 *
 * Fails with HC_E_TRUST_STORE when it cannot be started, runs too long (it is killed, with its children) or writes more
 * than HC_RUN_OUTPUT; HC_E_NOMEM. Blocks.
 */
#define HC_RUN_SAID 320 /* of an error's 512 bytes; the rest names program and store */
struct hc_rc hc_run_program(const struct hc_run *r, struct hc_buf *out, int *status, char said[HC_RUN_SAID],
                            struct hc_err *e);

/* The same, and fails with HC_E_TRUST_STORE, quoting the program, when it exits with anything but 0. */
struct hc_rc hc_run_check(const struct hc_run *r, struct hc_buf *out, struct hc_err *e);

/* Where the program `name` lies in the colon-separated `path` (HC_RUN_TOOLS unless said); false when in none of it. */
bool hc_run_find(const char *path, const char *name, char out[HC_PATH]);

/* Appends the command line as one would type it, quoted where a shell needs it; what a terminal would obey as
 * $'\x1b'. */
void hc_run_text(const char *const *argv, struct hc_buf *out);

#endif

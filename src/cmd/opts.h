/*
 * opts.h - command lines: options before, between or after names, against one table a command.
 *
 *   --name VALUE and --name=VALUE; an option is never abbreviated; `--` ends the options; "-" is a name.
 */
#ifndef HC_CMD_OPTS_H
#define HC_CMD_OPTS_H

#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"

struct hc_option {
    const char *name;  /* "days" */
    const char *value; /* what the help calls its value: "N"; NULL for a flag */
    const char *help;  /* one line, below 50 characters */
    bool many;         /* may be given more than once */
};
#define HC_OPTIONS_END                                                                                                 \
    {                                                                                                                  \
        NULL, NULL, NULL, false                                                                                        \
    }

/* Options that every command shares, for the tables. */
#define HC_OPTION_JSON                                                                                                 \
    {                                                                                                                  \
        "json", NULL, "print JSON", false                                                                              \
    }
#define HC_OPTIONS_PASSPHRASE                                                                                          \
    {"passphrase-file", "FILE", "read the CA keys' passphrase from a file", false},                                    \
    {                                                                                                                  \
        "passphrase-fd", "N", "read it from an open file descriptor", false                                            \
    }

/* Of the commands that the root signs for: session.h reads them. */
#define HC_OPTIONS_ROOT_KEY                                                                                            \
    {"root-key", "FILE", "the root's key, when it is kept elsewhere", false},                                          \
        {"root-passphrase-file", "FILE", "passphrase of that key, if it has its own", false},                          \
    {                                                                                                                  \
        "root-passphrase-fd", "N", "the same from an open descriptor", false                                           \
    }

struct hc_command;
struct hc_opts;

/* One option as it was given. Strings are those of argv. */
struct hc_opts_set {
    const struct hc_option *option;
    const char *value; /* NULL for a flag */
};

/*
 * hc_opts_parse - read a command line.
 *
 *   command   NULL before the command is known: then only --home, --help and --version are options, and the first word
 *             ends it
 *   argv      argc words; borrowed for as long as the result lives
 *   out       given to the caller on success
 *
 * --help wins over every mistake beside it. Fails with HC_E_UNKNOWN_OPTION (naming the nearest), HC_E_USAGE,
 * HC_E_NOMEM.
 */
struct hc_rc hc_opts_parse(const struct hc_command *command, int argc, char *const *argv, struct hc_opts **out,
                           struct hc_err *e);
void hc_opts_free(struct hc_opts *opts);
HC_DEFINE_AUTO(hc_opts)

/* The value of an option, NULL when it was not given. */
const char *hc_opts_value(const struct hc_opts *opts, const char *name);
bool hc_opts_flag(const struct hc_opts *opts, const char *name);

/* All that was given, in the order of the command line. */
size_t hc_opts_count(const struct hc_opts *opts);
struct hc_opts_set hc_opts_at(const struct hc_opts *opts, size_t i);

/* The words that are not options; NULL beyond the last. */
size_t hc_opts_args(const struct hc_opts *opts);
const char *hc_opts_arg(const struct hc_opts *opts, size_t i);

/* How many words of argv were read: argc, unless `command` was NULL. */
size_t hc_opts_used(const struct hc_opts *opts);

/* A whole number from 1 to `max`. Fails with `code`, naming the option. *out is untouched when the option was not
 * given. */
struct hc_rc hc_opts_number(const struct hc_opts *opts, const char *name, int64_t max, enum hc_code code, int64_t *out,
                            struct hc_err *e);

#endif

/*
 * command.h - what a command is. main.c holds the table; each cmd_X.c gives one row.
 *
 * A command prints what it found to stdout and returns; main prints the error, and the exit code is that of the error's
 * row in the catalogue: 0 yes or done, 1 no, refused or invalid, 2 usage, 3 environment.
 */
#ifndef HC_CMD_COMMAND_H
#define HC_CMD_COMMAND_H

#include "base/err.h"
#include "base/file.h"
#include "cmd/opts.h"

/* What a command is run with. */
struct hc_invocation {
    const struct hc_command *command;
    const struct hc_opts *opts;
    char home[HC_PATH]; /* --home, or the default; "" when there is none to be found */
    bool told;          /* set by a command that printed its refusal itself: main prints nothing more */
};

struct hc_command {
    const char *name;
    const char *summary;              /* one line of `handclasp --help`, below 56 characters */
    const char *usage;                /* what follows the name: "PROFILE NAME [OPTION]..." */
    const char *about;                /* a paragraph of help, lines broken at 80 columns, each ended; "" for none */
    const char *example;              /* lines, each ended: a command that works as it stands */
    void (*more)(struct hc_buf *out); /* appends what another table knows to `about`; NULL for nothing */
    const struct hc_option *options;  /* ends with a row whose name is NULL; --home and --help are everybody's */
    size_t min_args, max_args;        /* how many words it takes besides options */
    struct hc_rc (*run)(struct hc_invocation *in, struct hc_err *e);
};

extern const struct hc_command hc_cmd_demo;
extern const struct hc_command hc_cmd_init;
extern const struct hc_command hc_cmd_issue;
extern const struct hc_command hc_cmd_issuer;
extern const struct hc_command hc_cmd_sign_issuer;
extern const struct hc_command hc_cmd_revoke;
extern const struct hc_command hc_cmd_publish;
extern const struct hc_command hc_cmd_list;
extern const struct hc_command hc_cmd_show;
extern const struct hc_command hc_cmd_verify;
extern const struct hc_command hc_cmd_lint;
extern const struct hc_command hc_cmd_explain;
extern const struct hc_command hc_cmd_inspect;
extern const struct hc_command hc_cmd_ledger;
extern const struct hc_command hc_cmd_bundle;
extern const struct hc_command hc_cmd_trust;
extern const struct hc_command hc_cmd_sign;
extern const struct hc_command hc_cmd_renew;
extern const struct hc_command hc_cmd_export;
extern const struct hc_command hc_cmd_gate;
extern const struct hc_command hc_cmd_probe;
extern const struct hc_command hc_cmd_why;
extern const struct hc_command hc_cmd_manual;
extern const struct hc_command hc_cmd_completion;

/* The options that every command takes besides its own; ends as those do. Static storage. */
const struct hc_option *hc_command_everybody(void);

/* Appends the help of one command. */
void hc_command_help(const struct hc_command *command, struct hc_buf *out);

#endif

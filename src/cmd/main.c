/*
 * main.c - the table of commands and nothing else: find the command, read its options, run it, print its error.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "authority/home.h"
#include "cmd/commands.h"
#include "cmd/out.h"
#include "config/near.h"

static const struct hc_command *const COMMANDS[] = {
    &hc_cmd_demo,   &hc_cmd_init,   &hc_cmd_issuer,  &hc_cmd_sign_issuer, &hc_cmd_issue,  &hc_cmd_sign,
    &hc_cmd_renew,  &hc_cmd_export, &hc_cmd_revoke,  &hc_cmd_publish,     &hc_cmd_list,   &hc_cmd_show,
    &hc_cmd_verify, &hc_cmd_lint,   &hc_cmd_inspect, &hc_cmd_ledger,      &hc_cmd_bundle, &hc_cmd_trust,
    &hc_cmd_gate,   &hc_cmd_probe,  &hc_cmd_explain, &hc_cmd_why,         &hc_cmd_manual, &hc_cmd_completion,
};

const struct hc_command *hc_commands_at(size_t i)
{
    return i < HC_COUNT(COMMANDS) ? COMMANDS[i] : NULL;
}

const struct hc_command *hc_commands_find(struct hc_bytes name)
{
    for (size_t i = 0; i < HC_COUNT(COMMANDS); i++)
        if (hc_bytes_eq_str(name, COMMANDS[i]->name))
            return COMMANDS[i];
    return NULL;
}

static void help(struct hc_buf *out)
{
    hc_buf_add_str(out, "handclasp - mutual TLS as one tool: the authority, the gate and the reasons\n\n"
                        "Usage: handclasp [--home DIR] COMMAND ...\n\nCommands:\n");
    for (size_t i = 0; i < HC_COUNT(COMMANDS); i++)
        hc_buf_addf(out, "  %-12s%s\n", COMMANDS[i]->name, COMMANDS[i]->summary);
    hc_buf_add_str(out, "\nhandclasp COMMAND --help explains one command; --version prints the version.\n"
                        "Exit codes: 0 yes or done, 1 no or refused, 2 wrong usage, 3 machine trouble.\n"
                        "\nExample:\n"
                        "  handclasp init \"Example Corp\"\n"
                        "  handclasp issue server shop.example.com\n");
}

static struct hc_rc find_command(const char *word, const struct hc_command **out, struct hc_err *e)
{
    struct hc_near near = hc_near_start(hc_bytes_str(word));
    const struct hc_command *found = hc_commands_find(hc_bytes_str(word));
    if (found) {
        *out = found;
        return HC_OK;
    }
    for (size_t i = 0; i < HC_COUNT(COMMANDS); i++)
        hc_near_try(&near, COMMANDS[i]->name);
    if (near.best)
        return HC_FAIL(e, HC_E_UNKNOWN_COMMAND, "there is no command '%s'; did you mean %s?", word, near.best);
    return HC_FAIL(e, HC_E_UNKNOWN_COMMAND, "there is no command '%s'", word);
}

/* --home after the command wins over the one before it; a home that cannot be found is the command's to miss. */
static struct hc_rc find_home(const struct hc_opts *before, const struct hc_opts *after, char out[HC_PATH],
                              struct hc_err *e)
{
    const char *said = hc_opts_value(after, "home");
    said = said ? said : hc_opts_value(before, "home");
    if (!said)
        return hc_home_default(out, e);
    if (*said == '\0')
        return HC_FAIL(e, HC_E_USAGE, "--home is empty");
    if (strlen(said) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path after --home is longer than %d bytes", HC_PATH - 1);
    memcpy(out, said, strlen(said) + 1);
    return HC_OK;
}

static struct hc_rc run_command(const struct hc_opts *before, int argc, char **argv, bool *told, struct hc_err *e)
{
    const struct hc_command *command = NULL;
    HC_AUTO(hc_opts) opts = NULL;
    HC_TRY(e, find_command(argv[0], &command, e));
    HC_TRY(e, hc_opts_parse(command, argc - 1, argv + 1, &opts, e));
    if (hc_opts_flag(opts, "help")) {
        HC_BUF_AUTO(out, HC_OUT_MAX);
        hc_command_help(command, &out);
        return hc_out_flush(&out, e);
    }
    struct hc_invocation in = {.command = command, .opts = opts};
    HC_TRY(e, find_home(before, opts, in.home, e));
    struct hc_rc rc = command->run(&in, e);
    *told = in.told;
    return rc;
}

static struct hc_rc run(int argc, char **argv, bool *told, struct hc_err *e)
{
    HC_AUTO(hc_opts) opts = NULL;
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_TRY(e, hc_opts_parse(NULL, argc - 1, argv + 1, &opts, e));
    int used = (int)hc_opts_used(opts);
    if (hc_opts_flag(opts, "version")) {
        hc_buf_addf(&out, "handclasp %s\n", HANDCLASP_VERSION);
        return hc_out_flush(&out, e);
    }
    if (hc_opts_flag(opts, "help")) {
        help(&out);
        return hc_out_flush(&out, e);
    }
    if (1 + used >= argc)
        return HC_FAIL(e, HC_E_USAGE, "no command is given");
    return run_command(opts, argc - 1 - used, argv + 1 + used, told, e);
}

/* Keys and passphrases are in memory: a crash leaves no copy of it on the disk. */
static void leave_no_core(void)
{
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0});
}

/* A write beyond `ulimit -f` is then an error that is told, and not the end of the process in the middle of its
 * work. */
static void survive_file_limit(void)
{
    (void)signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv)
{
    leave_no_core();
    survive_file_limit();
    struct hc_err e = {.code = HC_OK_CODE};
    bool told = false;
    struct hc_rc rc = run(argc > 0 ? argc : 1, argv, &told, &e);
    if (hc_ok(rc))
        return EXIT_SUCCESS;
    if (!told)
        hc_out_error(&e);
    return hc_row(rc.code)->exit;
}

/* cmd_completion.c - handclasp completion: a script that completes command lines of handclasp. */
#include "cmd/command.h"
#include "cmd/completion.h"
#include "cmd/out.h"

static const struct hc_option OPTIONS[] = {
    HC_OPTIONS_END,
};

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    static const struct {
        const char *shell;
        void (*write)(struct hc_buf *out);
    } shells[] = {{"bash", hc_completion_bash}, {"zsh", hc_completion_zsh}, {"fish", hc_completion_fish}};
    const char *word = hc_opts_arg(in->opts, 0);
    HC_BUF_AUTO(out, HC_OUT_MAX);

    for (size_t i = 0; i < HC_COUNT(shells); i++)
        if (strcmp(word, shells[i].shell) == 0) {
            shells[i].write(&out);
            return hc_out_flush(&out, e);
        }
    return HC_FAIL(e, HC_E_USAGE, "completion takes bash, zsh or fish, not '%.40s'", word);
}

const struct hc_command hc_cmd_completion = {
    .name = "completion",
    .summary = "print a script that completes command lines in a shell",
    .usage = "bash|zsh|fish",
    .about = "Completes commands, options and files. An installed handclasp is completed by\n"
             "itself: its scripts are where the shells look for them. Without that, put the\n"
             "line of the example into ~/.bashrc; for zsh write the script to a file named\n"
             "_handclasp below a directory of $fpath, and for fish to\n"
             "~/.config/fish/completions/handclasp.fish.\n",
    .example = "  source <(handclasp completion bash)\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

/* cmd_manual.c - handclasp manual: the source of the manual pages, so that they say what this program does. */
#include "cmd/commands.h"
#include "cmd/manual.h"
#include "cmd/out.h"

#define PREFIX "handclasp-"

static const struct hc_option OPTIONS[] = {
    {"list", NULL, "list the pages: handclasp.1 and so on", false},
    HC_OPTIONS_END,
};

static void list(struct hc_buf *out)
{
    const struct hc_command *c;

    hc_buf_add_str(out, "handclasp.1\n");
    for (size_t i = 0; (c = hc_commands_at(i)); i++)
        hc_buf_addf(out, PREFIX "%s.1\n", c->name);
    hc_buf_add_str(out, PREFIX "errors.7\n");
}

/* "handclasp-gate.1", "handclasp-gate" and "gate" are one page. */
static struct hc_bytes plain_name(const char *page)
{
    struct hc_bytes name = hc_bytes_str(page);

    if (hc_bytes_starts(name, HC_BYTES(PREFIX)))
        name = hc_bytes_skip(name, strlen(PREFIX));
    if (hc_bytes_ends(name, HC_BYTES(".1")) || hc_bytes_ends(name, HC_BYTES(".7")))
        name = hc_bytes_head(name, name.n - 2);
    return name;
}

static struct hc_rc write_page(const char *page, struct hc_buf *out, struct hc_err *e)
{
    struct hc_bytes name = plain_name(page);
    const struct hc_command *command = hc_commands_find(name);

    if (command)
        hc_manual_command(command, out);
    else if (hc_bytes_eq_str(name, "handclasp"))
        hc_manual_program(out);
    else if (hc_bytes_eq_str(name, "errors"))
        hc_manual_errors(out);
    else
        return HC_FAIL(e, HC_E_UNKNOWN_COMMAND, "there is no page '%.80s'; handclasp manual --list lists them", page);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    const char *page = hc_opts_arg(in->opts, 0);

    if (hc_opts_flag(in->opts, "list"))
        list(&out);
    else
        HC_TRY(e, write_page(page ? page : "handclasp", &out, e));
    return hc_out_flush(&out, e);
}

const struct hc_command hc_cmd_manual = {
    .name = "manual",
    .summary = "print a manual page's source, for scdoc",
    .usage = "[COMMAND|errors] [--list]",
    .about = "Every page is made from the tables that the program itself runs by: without a\n"
             "word handclasp(1), with a command's name the page of that command, and with\n"
             "`errors` handclasp-errors(7), the catalogue of all refusals. `scdoc` turns the\n"
             "source into a page; where it was there at the build, all pages are installed.\n",
    .example = "  handclasp manual gate | scdoc > handclasp-gate.1 && man ./handclasp-gate.1\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};

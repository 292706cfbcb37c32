/* cmd_gate.c - `handclasp gate`: a gate from flags, or run, check, reload and status with a configuration. */
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"
#include "base/log.h"
#include "cmd/command.h"
#include "cmd/out.h"
#include "gate/control.h"
#include "gate/process.h"

#define DEFAULT_FILE "/etc/handclasp/gate.yaml"
#define RELOAD_MS 10000 /* reading every file again and checking it takes milliseconds; a busy machine more */
#define LISTS_MAX 4096

static const struct hc_option options[] = {
    {"listen", "HOST:PORT", "where to accept connections", false},
    {"identity", "NAME", "the gate's own identity in the home", false},
    {"certificate", "FILE", "... or its chain in a file, with --key", false},
    {"key", "FILE", "... and its private key", false},
    {"forward", "URL", "http:// https:// tcp:// tls:// or unix:/PATH", false},
    {"serve", "DIR", "... or serve the files of a directory", false},
    {"allow", "PATTERN", "whom to let in; again for more", true},
    {"deny", "PATTERN", "whom to refuse all the same; again for more", true},
    {"clients", "WORD", "required (unless said), optional or none", false},
    {"name", "NAME", "of the gate, in logs and for reload", false},
    {"bundle", "FILE", "trust anchors; otherwise the home's", false},
    {"crl", "PATH", "CRLs or a directory; otherwise the home's", true},
    {"no-revocation", NULL, "check no revocation", false},
    {"workers", "N", "threads; one for each processor unless said", false},
    {"metrics", "HOST:PORT", "/metrics, /healthz, /readyz on a loopback port", false},
    {"log", "FORM", "text or json; text on a terminal unless said", false},
    {"no-control", NULL, "no control socket: no reload, no status", false},
    HC_OPTIONS_END,
};

/* The values of an option that may be given again, in order. */
struct values {
    const char *at[LISTS_MAX];
    size_t n;
};

static void collect(const struct hc_opts *opts, const char *name, struct values *out)
{
    for (size_t i = 0; i < hc_opts_count(opts) && out->n < LISTS_MAX; i++)
        if (strcmp(hc_opts_at(opts, i).option->name, name) == 0)
            out->at[out->n++] = hc_opts_at(opts, i).value;
}

/* Every mistake in one run, each with its place; the last line, with the row and the fix, is main's. */
static void tell_problems(const struct hc_config_problems *problems, const char *file)
{
    HC_BUF_AUTO(text, 1024 * 1024);

    if (problems->n < 2)
        return;
    hc_config_problems_print(problems, file, &text);
    fprintf(stderr, "%s", hc_buf_cstr(&text));
}

static struct hc_rc make_log(const struct hc_opts *opts, struct hc_log *log, struct hc_err *e)
{
    const char *form = hc_opts_value(opts, "log");

    *log = hc_log_stderr();
    if (!form)
        return HC_OK;
    if (strcmp(form, "text") != 0 && strcmp(form, "json") != 0)
        return HC_FAIL(e, HC_E_USAGE, "--log takes text or json, not '%s'", form);
    log->form = strcmp(form, "json") == 0 ? HC_LOG_JSON : HC_LOG_TEXT;
    return HC_OK;
}

static struct hc_rc common(struct hc_invocation *in, struct hc_gate_options *gate, struct hc_log *log, struct hc_err *e)
{
    int64_t workers = 0;

    HC_TRY(e, make_log(in->opts, log, e));
    HC_TRY(e, hc_opts_number(in->opts, "workers", 256, HC_E_USAGE, &workers, e));
    gate->home = in->home[0] ? in->home : NULL;
    gate->workers = (unsigned)workers;
    gate->ops = hc_opts_value(in->opts, "metrics");
    gate->no_control = hc_opts_flag(in->opts, "no-control");
    gate->log = log;
    return HC_OK;
}

static struct hc_rc run_gate(struct hc_invocation *in, struct hc_gate_options *gate, bool check, struct hc_err *e)
{
    struct hc_config_problems *problems = calloc(1, sizeof *problems);
    struct hc_log log;
    struct hc_rc rc;

    if (!problems)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    rc = common(in, gate, &log, e);
    if (hc_ok(rc))
        rc = check ? hc_gate_check(gate, problems, e) : hc_gate_run(gate, problems, e);
    if (hc_failed(rc))
        tell_problems(problems, gate->file ? gate->file : "command line");
    free(problems);
    return rc;
}

static struct hc_rc from_flags(struct hc_invocation *in, struct hc_err *e)
{
    const struct hc_opts *o = in->opts;
    struct values *lists = calloc(3, sizeof *lists);
    struct hc_gate_flags flags;
    struct hc_gate_options gate = {.flags = &flags};
    struct hc_rc rc;

    if (!lists)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    collect(o, "allow", &lists[0]);
    collect(o, "deny", &lists[1]);
    collect(o, "crl", &lists[2]);
    flags = (struct hc_gate_flags){
        .name = hc_opts_value(o, "name"),
        .listen = hc_opts_value(o, "listen"),
        .identity = hc_opts_value(o, "identity"),
        .certificate = hc_opts_value(o, "certificate"),
        .key = hc_opts_value(o, "key"),
        .clients = hc_opts_value(o, "clients"),
        .forward = hc_opts_value(o, "forward"),
        .serve = hc_opts_value(o, "serve"),
        .bundle = hc_opts_value(o, "bundle"),
        .crl = lists[2].at,
        .n_crl = lists[2].n,
        .no_revocation = hc_opts_flag(o, "no-revocation"),
        .allow = lists[0].at,
        .n_allow = lists[0].n,
        .deny = lists[1].at,
        .n_deny = lists[1].n,
    };
    rc = run_gate(in, &gate, false, e);
    free(lists);
    return rc;
}

/* --- talking to a running gate ------------------------------------------------------------------------------------ */

/* The control socket bears the name of the first gate of the configuration, or the --name of one from flags ("gate"
 * unless said). */
static struct hc_rc gate_name(struct hc_invocation *in, const char *file, char out[HC_GATE_NAME_MAX + 1],
                              struct hc_err *e)
{
    struct hc_config_problems *problems = NULL;
    HC_AUTO(hc_gateconf) conf = NULL;
    const char *name = hc_opts_value(in->opts, "name");
    struct hc_rc rc;

    if (!name && !hc_opts_arg(in->opts, 1) && !hc_file_exists(DEFAULT_FILE))
        name = "gate";
    if (name) {
        if (strlen(name) > HC_GATE_NAME_MAX)
            return HC_FAIL(e, HC_E_USAGE, "a gate's name has at most %d characters", HC_GATE_NAME_MAX);
        memcpy(out, name, strlen(name) + 1);
        return HC_OK;
    }
    problems = calloc(1, sizeof *problems);
    if (!problems)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    rc = hc_gateconf_load(file, &conf, problems, e);
    if (hc_failed(rc))
        tell_problems(problems, file);
    free(problems);
    if (hc_ok(rc))
        memcpy(out, conf->gates.v[0].name.s, strlen(conf->gates.v[0].name.s) + 1);
    return rc;
}

/* "error HC-5004 sentence" becomes that very error. */
static struct hc_rc reply_error(struct hc_bytes line, struct hc_err *e)
{
    int number = 0;
    size_t at = hc_bytes_find(line, '-');
    struct hc_bytes digits = hc_bytes_skip(line, at + 1);
    size_t space;

    for (space = 0; space < digits.n && space < 4 && hc_ascii_is_digit(digits.p[space]); space++)
        number = number * 10 + (digits.p[space] - '0');
    return HC_FAIL(e, hc_row((enum hc_code)number)->code, "%.*s",
                   HC_BYTES_FMT(hc_bytes_trim(hc_bytes_skip(digits, space))));
}

static struct hc_rc call_gate(struct hc_invocation *in, const char *verb, const char *file, struct hc_err *e)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    HC_BUF_AUTO(text, HC_CONTROL_REPLY * 4);
    char name[HC_GATE_NAME_MAX + 1];
    struct hc_bytes view;
    size_t line;

    HC_TRY(e, gate_name(in, file, name, e));
    HC_TRY(e, hc_control_call(name, verb, RELOAD_MS, &reply, e));
    view = hc_buf_view(&reply);
    line = hc_bytes_find(view, '\n');
    if (!hc_bytes_eq_str(hc_bytes_head(view, line), "ok"))
        return reply_error(hc_bytes_head(view, line), e);
    for (view = hc_bytes_skip(view, line + 1); view.n > 0; view = hc_bytes_skip(view, line + 1)) {
        line = hc_bytes_find(view, '\n');
        hc_escape_text(&text, hc_bytes_head(view, line));
        hc_buf_add_byte(&text, '\n');
    }
    return hc_out_flush(&text, e);
}

static struct hc_rc gate(struct hc_invocation *in, struct hc_err *e)
{
    const char *verb = hc_opts_arg(in->opts, 0);
    const char *file = hc_opts_arg(in->opts, 1) ? hc_opts_arg(in->opts, 1) : DEFAULT_FILE;
    struct hc_gate_options options_of_run = {.file = file};

    if (!verb)
        return from_flags(in, e);
    if (strcmp(verb, "run") == 0)
        return run_gate(in, &options_of_run, false, e);
    if (strcmp(verb, "reload") == 0 || strcmp(verb, "status") == 0)
        return call_gate(in, verb, file, e);
    if (strcmp(verb, "check") != 0)
        return HC_FAIL(e, HC_E_USAGE, "gate takes run, check, reload or status, not '%s'", verb);
    HC_TRY(e, run_gate(in, &options_of_run, true, e));
    printf("%s: good\n", file);
    return HC_OK;
}

const struct hc_command hc_cmd_gate = {
    .name = "gate",
    .summary = "stand in front of a service; let in whom a rule names",
    .usage = "--listen HOST:PORT --identity NAME --allow PATTERN...\n"
             "                      --forward URL | --serve DIR  [OPTION]...\n"
             "       handclasp gate run|check|reload|status [FILE] [OPTION]...",
    .about = "A gate from flags takes its bundle and CRLs from the home and watches them.\n"
             "FILE is " DEFAULT_FILE " unless said. `check` says what is wrong with\n"
             "it; `reload` makes a running gate read it again; `status` says how it is.\n"
             "PATTERN: dns:NAME dns:*.DOMAIN email:USER@DOMAIN email:*@DOMAIN spiffe://TD/PATH\n"
             "uri:URI ip:CIDR authenticated anyone.\n",
    .example = "  handclasp gate --listen 0.0.0.0:8443 --identity shop.example.com \\\n"
               "                 --forward http://127.0.0.1:8080 --allow 'email:*@example.com'\n",
    .options = options,
    .min_args = 0,
    .max_args = 2,
    .run = gate,
};

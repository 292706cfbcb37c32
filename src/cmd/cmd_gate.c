/* cmd_gate.c - `handclasp gate`: a gate from flags, or with a configuration; gate_ask.c and gate_peers.c talk to a
 * running one. */
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cmd/command.h"
#include "cmd/gate_ask.h"
#include "cmd/gate_flight.h"
#include "cmd/gate_peers.h"
#include "cmd/out.h"
#include "gate/process.h"

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
    {"stale", "WORD", "CRLs past their date: refuse, 'allow-for 6h'", false},
    {"profile", "WORD", "gate (unless said), rfc5280, webpki, spiffe", false},
    {"workers", "N", "threads; one for each processor unless said", false},
    {"metrics", "HOST:PORT", "/metrics, /healthz, /readyz on a loopback port", false},
    {"log", "FORM", "text or json; text on a terminal unless said", false},
    {"no-control", NULL, "no control socket: no reload, no status", false},
    {"state", "DIR", "state directory: refusals, the newest CRLs", false},
    {"who", "PATTERN", "connections, handshakes, disconnect: only these", false},
    {"all", NULL, "the same: of every gate here", false},
    {"refused", NULL, "handshakes: only those that were not finished", false},
    {"steps", NULL, "handshakes: with the messages of each", false},
    {"yes", NULL, "disconnect: do not ask", false},
    {"json", NULL, "whatever a running gate is asked: print JSON", false},
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
    gate->state = hc_opts_value(in->opts, "state");
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
        hc_gate_ask_problems(problems, gate->file ? gate->file : "command line");
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
        .stale = hc_opts_value(o, "stale"),
        .profile = hc_opts_value(o, "profile"),
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

/* --- which of them ------------------------------------------------------------------------------------------------ */

static struct hc_rc run(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    struct hc_gate_options gate = {.file = file};

    return run_gate(in, &gate, false, e);
}

static void count_warning(void *ctx, enum hc_code code, const char *source, const char *text)
{
    unsigned *n = ctx;
    HC_BUF_AUTO(line, 4096);

    hc_buf_addf(&line, "%s: %s", source, text);
    hc_out_warning(code, hc_buf_cstr(&line));
    ++*n;
}

static struct hc_rc check(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    unsigned warnings = 0;
    struct hc_gate_options gate = {.file = file, .warn = count_warning, .ctx = &warnings};

    HC_TRY(e, run_gate(in, &gate, true, e));
    if (warnings == 0)
        printf("%s: good\n", file);
    else
        printf("%s: a gate would start, with %u alarm%s\n", file, warnings, warnings == 1 ? "" : "s");
    return HC_OK;
}

static struct hc_rc gate(struct hc_invocation *in, struct hc_err *e)
{
    static const struct {
        const char *word;
        struct hc_rc (*run)(struct hc_invocation *in, const char *file, struct hc_err *e);
    } parts[] = {
        {"run", run},
        {"check", check},
        {"reload", hc_gate_ask_reload},
        {"status", hc_gate_ask_status},
        {"connections", hc_gate_peers_list},
        {"handshakes", hc_gate_flight_list},
        {"disconnect", hc_gate_peers_disconnect},
    };
    const char *verb = hc_opts_arg(in->opts, 0);
    const char *file = hc_opts_arg(in->opts, 1) ? hc_opts_arg(in->opts, 1) : HC_GATE_ASK_FILE;

    if (!verb)
        return from_flags(in, e);
    for (size_t i = 0; i < HC_COUNT(parts); i++)
        if (strcmp(verb, parts[i].word) == 0)
            return parts[i].run(in, file, e);
    return HC_FAIL(e, HC_E_USAGE,
                   "gate takes run, check, reload, status, connections, handshakes or disconnect, not '%s'", verb);
}

const struct hc_command hc_cmd_gate = {
    .name = "gate",
    .summary = "stand in front of a service; let in whom a rule names",
    .usage = "--listen HOST:PORT --identity NAME --allow PATTERN...\n"
             "                      --forward URL | --serve DIR  [OPTION]...\n"
             "       handclasp gate run|check|reload|status [FILE] [OPTION]...\n"
             "       handclasp gate connections [FILE|--all] [--who PATTERN]\n"
             "       handclasp gate handshakes [FILE|--all] [--who PATTERN] [--refused]\n"
             "       handclasp gate disconnect [FILE|--all] --who PATTERN [--yes]",
    .about = "A gate from flags takes its bundle and CRLs from the home and watches them.\n"
             "FILE is " HC_GATE_ASK_FILE " unless said. `check` says what is wrong with\n"
             "it; `reload` makes a running gate read it again; `status` says how it is.\n"
             "`connections` lists who is connected, at every gate of this user on this host\n"
             "unless FILE or --name says at which; `handshakes` lists the last handshakes,\n"
             "finished and refused, that the gate remembers; `disconnect` ends connections,\n"
             "though their peers may come back as long as a rule admits them. To keep\n"
             "somebody out: handclasp revoke NAME --wait\n"
             "PATTERN: dns:NAME dns:*.DOMAIN email:USER@DOMAIN email:*@DOMAIN spiffe://TD/PATH\n"
             "uri:URI ip:CIDR authenticated anyone.\n",
    .example = "  handclasp gate --listen 0.0.0.0:8443 --identity shop.example.com \\\n"
               "                 --forward http://127.0.0.1:8080 --allow 'email:*@example.com'\n"
               "  handclasp gate connections --who email:alice@example.com\n",
    .options = options,
    .min_args = 0,
    .max_args = 2,
    .run = gate,
};

/*
 * cmd_demo.c - the whole story on this machine: an authority, a gate, friends let in and strangers refused, with real curl.
 *
 * Every step is a command that the reader could have typed; what it should come to is written beside it, and the demonstration fails when
 * it does not. Everything lies in one temporary directory, called $D in the commands shown.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/command.h"
#include "cmd/demo_run.h"
#include "cmd/out.h"

#define WORDS_MAX 32
#define LOG_MAX (4 * 1024 * 1024)
#define WAIT_MS 10000 /* for the gate to start, or a revocation to be applied; both take milliseconds */
#define PASSPHRASE "open sesame at home"

struct demo {
    char dir[HC_PATH];
    char self[HC_PATH];
    pid_t gate;
    pid_t back_end;
    unsigned back_end_port;
    unsigned page_port;
    unsigned app_port;
    size_t log_seen; /* bytes of the gate's log that belong to earlier steps */
    unsigned steps;
    unsigned wrong; /* outcomes that were not the expected ones */
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void pause_ms(unsigned ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

/* --- telling -------------------------------------------------------------------------------------------------------------- */

static void step(struct demo *d, const char *title)
{
    printf("\n%s%u. %s%s\n", hc_out_color() ? "\033[1m" : "", ++d->steps, title, hc_out_color() ? "\033[0m" : "");
    fflush(stdout);
}

static void outcome(struct demo *d, bool as_expected, const char *text)
{
    const char *color = as_expected ? "\033[32m" : "\033[31m";

    printf("   %s%s %s%s\n", hc_out_color() ? color : "", as_expected ? "->" : "UNEXPECTED:", text,
           hc_out_color() ? "\033[0m" : "");
    if (!as_expected)
        d->wrong++;
    fflush(stdout);
}

/* --- running -------------------------------------------------------------------------------------------------------------- */

/* A command line as it is shown; "$D" stands for the directory, the first word "handclasp" for this program. */
struct words {
    const char *shown[WORDS_MAX + 1];
    char *real[WORDS_MAX + 1];
    size_t n;
};

static void words_fini(struct words *w)
{
    for (size_t i = 0; i < w->n; i++)
        free(w->real[i]);
}

static struct hc_rc add_word(const struct demo *d, struct words *w, const char *word, struct hc_err *e)
{
    HC_BUF_AUTO(real, 2 * HC_PATH);
    const char *dollar;

    if (w->n == WORDS_MAX)
        return HC_FAIL(e, HC_E_INTERNAL, "a command of the demonstration has too many words");
    if (w->n == 0 && strcmp(word, "handclasp") == 0) {
        hc_buf_add_str(&real, d->self);
    } else {
        for (dollar = strstr(word, "$D"); dollar; dollar = strstr(dollar + 2, "$D"))
            if (dollar == word || dollar[-1] != '\\')
                break;
        hc_buf_add(&real, hc_bytes_of(word, dollar ? (size_t)(dollar - word) : strlen(word)));
        if (dollar) {
            hc_buf_add_str(&real, d->dir);
            hc_buf_add_str(&real, dollar + 2);
        }
    }
    w->shown[w->n] = word;
    w->real[w->n] = strdup(hc_buf_cstr(&real));
    if (!w->real[w->n])
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    w->n++;
    return HC_OK;
}

static struct hc_rc make_words(const struct demo *d, struct words *w, const char *const *list, struct hc_err *e)
{
    *w = (struct words){.n = 0};
    for (size_t i = 0; list[i]; i++)
        HC_TRY(e, add_word(d, w, list[i], e));
    return HC_OK;
}

static void show(const struct words *w)
{
    HC_BUF_AUTO(line, 16 * HC_PATH);

    hc_demo_quote(&line, w->shown);
    printf("   $ %s\n", hc_buf_cstr(&line));
    fflush(stdout);
}

/* Runs a command that has to succeed. */
static struct hc_rc must(struct demo *d, struct hc_err *e, const char *const *list)
{
    __attribute__((cleanup(words_fini))) struct words w;
    HC_BUF_AUTO(output, HC_DEMO_OUTPUT);
    int code = 0;

    HC_TRY(e, make_words(d, &w, list, e));
    show(&w);
    HC_TRY(e, hc_demo_run((const char *const *)w.real, &output, &code, e));
    if (code != 0)
        return HC_FAIL(e, HC_E_INTERNAL, "a step of the demonstration ended with %d: %s", code, hc_buf_cstr(&output));
    return HC_OK;
}

#define MUST(d, e, ...) HC_TRY((e), must((d), (e), (const char *const[]){__VA_ARGS__, NULL}))

static struct hc_rc write_file(const struct demo *d, const char *name, struct hc_buf *text, struct hc_err *e)
{
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, d->dir, name, e));
    HC_TRY(e, hc_buf_check(text, e));
    return hc_file_write_atomic(path, hc_buf_view(text), 0600, e);
}

/* --- the gate's log ------------------------------------------------------------------------------------------------------- */

static struct hc_rc read_log(const struct demo *d, struct hc_buf *out, struct hc_err *e)
{
    char path[HC_PATH];
    struct hc_rc rc;

    HC_TRY(e, hc_path_join(path, d->dir, "gate.log", e));
    rc = hc_file_read(path, out, e);
    return rc.code == HC_E_FILE_EMPTY || rc.code == HC_E_FILE_MISSING ? HC_OK : rc;
}

/* The catalogue id of the newest refusal that this step caused; HC_OK_CODE when there is none yet. */
static enum hc_code refusal_in(struct hc_bytes log)
{
    static const char key[] = "\"id\":\"HC-";
    enum hc_code code = HC_OK_CODE;

    for (const uint8_t *at = log.p; log.n >= sizeof key + 3; at++) {
        at = memmem(at, (size_t)(log.p + log.n - at), key, sizeof key - 1);
        if (!at || (size_t)(log.p + log.n - at) < sizeof key + 3)
            break;
        code = (enum hc_code)atoi((const char *)at + sizeof key - 1);
    }
    return code;
}

static enum hc_code find_refusal(struct demo *d)
{
    for (unsigned waited = 0; waited < 2000; waited += 20) {
        HC_BUF_AUTO(log, LOG_MAX);
        struct hc_err e = {0};
        enum hc_code code = HC_OK_CODE;

        if (hc_ok(read_log(d, &log, &e)))
            code = refusal_in(hc_bytes_skip(hc_bytes_str(hc_buf_cstr(&log)), d->log_seen));
        if (code != HC_OK_CODE)
            return code;
        pause_ms(20);
    }
    return HC_OK_CODE;
}

static void mark_log(struct demo *d)
{
    HC_BUF_AUTO(log, LOG_MAX);
    struct hc_err e = {0};

    if (hc_ok(read_log(d, &log, &e)))
        d->log_seen = log.n;
}

/* --- visits --------------------------------------------------------------------------------------------------------------- */

struct visit {
    const char *who; /* directory of the identity below $D, or NULL: no certificate */
    unsigned port;
    const char *path;
    const char *status; /* expected; "000" when the handshake is refused */
    enum hc_code why;   /* expected in the gate's log; HC_OK_CODE when let in */
};

struct seen {
    char status[8];
    char line[160]; /* the first line of what came back */
};

/* curl prints the body, then the status on a line of its own. */
static void read_answer(struct hc_buf *output, struct seen *out)
{
    struct hc_bytes text = hc_buf_view(output);
    size_t last = text.n;

    while (last > 0 && text.p[last - 1] != '\n')
        last--;
    snprintf(out->status, sizeof out->status, "%.*s", HC_BYTES_FMT(hc_bytes_head(hc_bytes_skip(text, last), 3)));
    text = hc_bytes_head(text, hc_bytes_find(text, '\n'));
    snprintf(out->line, sizeof out->line, "%.*s", HC_BYTES_FMT(hc_bytes_head(text, sizeof out->line - 1)));
}

static struct hc_rc curl(struct demo *d, const struct visit *v, bool quiet, struct seen *out, struct hc_err *e)
{
    __attribute__((cleanup(words_fini))) struct words w;
    HC_BUF_AUTO(output, HC_DEMO_OUTPUT);
    char cert[HC_PATH];
    char key[HC_PATH];
    char url[256];
    int code = 0;
    const char *const plain[] = {"curl",
                                 "-q",
                                 "-s",
                                 "-w",
                                 "\\n%{http_code}",
                                 "--noproxy",
                                 "*",
                                 "--max-time",
                                 "10",
                                 "--cacert",
                                 "$D/home/publish/bundle.pem",
                                 NULL};

    snprintf(cert, sizeof cert, "$D/%s/chain.pem", v->who ? v->who : "");
    snprintf(key, sizeof key, "$D/%s/key.pem", v->who ? v->who : "");
    snprintf(url, sizeof url, "https://localhost:%u%s", v->port, v->path);
    HC_TRY(e, make_words(d, &w, plain, e));
    if (v->who) {
        HC_TRY(e, add_word(d, &w, "--cert", e));
        HC_TRY(e, add_word(d, &w, cert, e));
        HC_TRY(e, add_word(d, &w, "--key", e));
        HC_TRY(e, add_word(d, &w, key, e));
    }
    HC_TRY(e, add_word(d, &w, url, e));
    if (!quiet)
        show(&w);
    HC_TRY(e, hc_demo_run((const char *const *)w.real, &output, &code, e));
    read_answer(&output, out);
    return HC_OK;
}

static void tell_visit(struct demo *d, const struct visit *v, const struct seen *seen)
{
    enum hc_code why = v->why == HC_OK_CODE ? HC_OK_CODE : find_refusal(d);
    char text[512];
    char id[HC_ID_TEXT];

    if (v->why == HC_OK_CODE)
        snprintf(text, sizeof text, "let in (%s): %s", seen->status, seen->line);
    else
        snprintf(text, sizeof text, "refused %s (%s): %s",
                 strcmp(seen->status, "000") == 0 ? "in the handshake" : "by a rule", hc_id_text(why, id),
                 why == HC_OK_CODE ? "the log does not say why" : hc_row(why)->sentence);
    outcome(d, strcmp(seen->status, v->status) == 0 && why == v->why, text);
}

static struct hc_rc visit(struct demo *d, struct hc_err *e, const struct visit *v)
{
    struct seen seen;

    mark_log(d);
    HC_TRY(e, curl(d, v, false, &seen, e));
    tell_visit(d, v, &seen);
    return HC_OK;
}

#define VISIT(d, e, ...) HC_TRY((e), visit((d), (e), &(struct visit){__VA_ARGS__}))

/* --- the story ------------------------------------------------------------------------------------------------------------ */

static struct hc_rc make_place(struct demo *d, struct hc_err *e)
{
    const char *base = getenv("TMPDIR");
    char runtime[HC_PATH];
    ssize_t n = readlink("/proc/self/exe", d->self, sizeof d->self - 1);

    if (n <= 0)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot find this program's own file");
    d->self[n] = 0;
    HC_TRY(e, hc_path_join(d->dir, base && base[0] == '/' ? base : "/tmp", "handclasp-demo-XXXXXX", e));
    if (!mkdtemp(d->dir)) {
        struct hc_rc rc = HC_FAIL(e, HC_E_FILE_UNWRITABLE, "cannot make a directory like %s", d->dir);

        d->dir[0] = 0;
        return rc;
    }
    HC_TRY(e, hc_path_join(runtime, d->dir, "run", e));
    if (setenv("HANDCLASP_RUNTIME", runtime, 1) != 0 || unsetenv("HANDCLASP_HOME") != 0)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    return HC_OK;
}

static struct hc_rc make_authority(struct demo *d, struct hc_err *e)
{
    HC_BUF_SECRET(passphrase, 64);

    step(d, "A household becomes its own authority: it can vouch for home.example and this machine only");
    MUST(d, e, "handclasp", "--home", "$D/home", "init", "Demo Household", "--no-passphrase", "--root-days", "7",
         "--permit", "dns:localhost", "--permit", "dns:home.example", "--permit", "email:home.example", "--permit",
         "email:.home.example", "--permit", "ip:127.0.0.0/8");
    step(d, "The server gets its certificate, and so do Alice and Mallory, who is only a guest");
    hc_buf_add_str(&passphrase, PASSPHRASE "\n");
    HC_TRY(e, write_file(d, "passphrase", &passphrase, e));
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "server", "localhost", "--dns", "www.home.example", "--ip",
         "127.0.0.1");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "alice@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "mallory@guests.home.example",
         "--p12-passphrase-file", "$D/passphrase");
    step(d, "Elsewhere, somebody else's authority vouches for an alice@home.example of its own");
    MUST(d, e, "handclasp", "--home", "$D/elsewhere", "init", "Somebody Else", "--no-passphrase");
    MUST(d, e, "handclasp", "--home", "$D/elsewhere", "issue", "person", "alice@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    return HC_OK;
}

static struct hc_rc write_page(const struct demo *d, struct hc_err *e)
{
    HC_BUF_AUTO(page, 4096);
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, d->dir, "page", e));
    HC_TRY(e, hc_dir_make(path, 0755, e));
    hc_buf_add_str(&page, "Welcome home. Only friends can read this.\n");
    return write_file(d, "page/index.html", &page, e);
}

static struct hc_rc write_conf(const struct demo *d, struct hc_err *e)
{
    HC_BUF_AUTO(conf, 8192);

    hc_buf_addf(&conf,
                "gates:\n"
                "  - name: page\n"
                "    listen: \"127.0.0.1:%u\"\n"
                "    identity: localhost\n"
                "    clients: required\n"
                "    serve: %s/page\n"
                "    routes:\n"
                "      - path: /**\n"
                "        allow: [\"email:*@home.example\"]\n"
                "  - name: app\n"
                "    listen: \"127.0.0.1:%u\"\n"
                "    identity: localhost\n"
                "    clients: required\n"
                "    forward: http://127.0.0.1:%u\n"
                "    routes:\n"
                "      - path: /app/**\n"
                "        allow: [\"email:*@home.example\"]\n",
                d->page_port, d->dir, d->app_port, d->back_end_port);
    HC_TRY(e, write_file(d, "gate.yaml", &conf, e));
    printf("   gate.yaml:\n");
    for (struct hc_bytes rest = hc_buf_view(&conf); rest.n > 0;) {
        size_t line = hc_bytes_find(rest, '\n');

        printf("     | %.*s\n", HC_BYTES_FMT(hc_bytes_head(rest, line)));
        rest = hc_bytes_skip(rest, line + 1);
    }
    return HC_OK;
}

static struct hc_rc wait_for_gate(struct demo *d, struct hc_err *e)
{
    static const char word[] = "listening";

    for (unsigned waited = 0; waited < WAIT_MS; waited += 20) {
        HC_BUF_AUTO(log, LOG_MAX);
        const uint8_t *first;

        HC_TRY(e, read_log(d, &log, e));
        first = log.n ? memmem(log.p, log.n, word, sizeof word - 1) : NULL;
        if (first && memmem(first + 1, (size_t)(log.p + log.n - first) - 1, word, sizeof word - 1))
            return HC_OK;
        pause_ms(20);
    }
    return HC_FAIL(e, HC_E_INTERNAL, "the gate did not start; its log is %s/gate.log", d->dir);
}

static struct hc_rc start_gate(struct demo *d, struct hc_err *e)
{
    __attribute__((cleanup(words_fini))) struct words w;
    char log[HC_PATH];
    const char *const list[] = {"handclasp", "--home", "$D/home", "gate", "run", "$D/gate.yaml", "--log", "json", NULL};

    step(d, "A gate stands in front of a private page and of a plain back end");
    HC_TRY(e, hc_demo_back_end(&d->back_end, &d->back_end_port, e));
    HC_TRY(e, hc_demo_free_port(&d->page_port, e));
    HC_TRY(e, hc_demo_free_port(&d->app_port, e));
    HC_TRY(e, write_page(d, e));
    HC_TRY(e, write_conf(d, e));
    MUST(d, e, "handclasp", "--home", "$D/home", "gate", "check", "$D/gate.yaml");
    HC_TRY(e, make_words(d, &w, list, e));
    show(&w);
    HC_TRY(e, hc_path_join(log, d->dir, "gate.log", e));
    HC_TRY(e, hc_demo_start((const char *const *)w.real, log, &d->gate, e));
    HC_TRY(e, wait_for_gate(d, e));
    outcome(d, true, "it listens; nobody is in yet, and nobody will be whom no rule names");
    return HC_OK;
}

/* The gate looks at its files five times a second; so the refusal may come a moment after the revocation. */
static struct hc_rc visit_until_refused(struct demo *d, const struct visit *v, struct hc_err *e)
{
    uint64_t began = hc_mono_ms();
    struct seen seen = {.status = ""};

    for (unsigned tries = 0; hc_mono_ms() - began < WAIT_MS; tries++) {
        mark_log(d);
        HC_TRY(e, curl(d, v, tries > 0, &seen, e));
        if (strcmp(seen.status, v->status) == 0)
            break;
        pause_ms(20);
    }
    printf("   (%llu ms after the revocation)\n", (unsigned long long)(hc_mono_ms() - began));
    tell_visit(d, v, &seen);
    return HC_OK;
}

#define ALICE "home/identities/alice@home.example"
#define BOB "home/identities/bob@home.example"
#define MALLORY "home/identities/mallory@guests.home.example"
#define STRANGER "elsewhere/identities/alice@home.example"

static struct hc_rc visits(struct demo *d, struct hc_err *e)
{
    step(d, "Alice is let in: to the page, and to the back end, which is told who she is");
    VISIT(d, e, .who = ALICE, .port = d->page_port, .path = "/", .status = "200");
    VISIT(d, e, .who = ALICE, .port = d->app_port, .path = "/app/", .status = "200");
    step(d, "Somebody without a certificate is refused");
    VISIT(d, e, .port = d->page_port, .path = "/", .status = "000", .why = HC_E_NO_CERTIFICATE);
    step(d, "The other authority's alice@home.example is refused");
    VISIT(d, e, .who = STRANGER, .port = d->page_port, .path = "/", .status = "000", .why = HC_E_UNKNOWN_ISSUER);
    step(d, "Mallory's certificate is good, but no rule names her: she gets an id, the log gets the reason");
    VISIT(d, e, .who = MALLORY, .port = d->page_port, .path = "/", .status = "403", .why = HC_E_NO_RULE);
    VISIT(d, e, .who = MALLORY, .port = d->app_port, .path = "/app/", .status = "403", .why = HC_E_NO_RULE);
    step(d, "Bob comes along: he gets a certificate, and nothing changes on the server");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "bob@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    VISIT(d, e, .who = BOB, .port = d->page_port, .path = "/", .status = "200");
    VISIT(d, e, .who = BOB, .port = d->app_port, .path = "/app/", .status = "200");
    step(d, "Alice's laptop is stolen: her certificate is revoked, and whoever has it is refused");
    MUST(d, e, "handclasp", "--home", "$D/home", "revoke", "alice@home.example", "--reason", "keyCompromise");
    HC_TRY(e,
           visit_until_refused(
               d,
               &(struct visit){.who = ALICE, .port = d->page_port, .path = "/", .status = "000", .why = HC_E_REVOKED},
               e));
    step(d, "Bob is still in");
    VISIT(d, e, .who = BOB, .port = d->app_port, .path = "/app/", .status = "200");
    return HC_OK;
}

static void say_how_to_try(const struct demo *d)
{
    printf("\nThe gate is still running. In another terminal:\n\n"
           "   D=%s; handclasp() { %s \"$@\"; }\n"
           "   curl --cacert $D/home/publish/bundle.pem --cert $D/" BOB "/chain.pem \\\n"
           "        --key $D/" BOB "/key.pem https://localhost:%u/\n"
           "   tail -f $D/gate.log\n"
           "   handclasp --home $D/home list\n\n"
           "For a browser (import Bob's file and trust root.cer there; nothing was changed in this system's trust):\n\n"
           "   %s/" BOB "/bob@home.example.p12   passphrase: " PASSPHRASE "\n"
           "   https://localhost:%u/\n\n"
           "Ctrl-C ends the gate.\n",
           d->dir, d->self, d->page_port, d->dir, d->page_port);
    fflush(stdout);
}

static struct hc_rc tell(struct demo *d, bool once, struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, make_place(d, e));
    printf("Handclasp: the whole story on this machine, in D=%s\n", d->dir);
    rc = make_authority(d, e);
    if (hc_ok(rc))
        rc = start_gate(d, e);
    if (hc_ok(rc))
        rc = visits(d, e);
    if (hc_failed(rc))
        return rc;
    if (d->wrong > 0)
        return HC_FAIL(e, HC_E_INTERNAL, "%u outcomes were not the expected ones", d->wrong);
    printf("\nEverything went as it should.\n");
    if (!once && !interrupted)
        say_how_to_try(d);
    while (!once && !interrupted)
        pause_ms(200); /* a signal cuts it short */
    return HC_OK;
}

static struct hc_rc clean_up(struct demo *d, bool keep, struct hc_err *e)
{
    hc_demo_end(&d->gate, 5000);
    hc_demo_end(&d->back_end, 1000);
    if (!d->dir[0])
        return HC_OK;
    if (keep) {
        printf("Kept: %s\n", d->dir);
        return HC_OK;
    }
    return hc_dir_remove(d->dir, e);
}

static struct hc_rc demo(struct hc_invocation *in, struct hc_err *e)
{
    struct demo d = {.steps = 0};
    struct sigaction action = {.sa_handler = on_signal};
    struct hc_err cleaning = {0};
    struct hc_rc rc;
    struct hc_rc cleaned;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rc = tell(&d, hc_opts_flag(in->opts, "once"), e);
    cleaned = clean_up(&d, hc_opts_flag(in->opts, "keep"), &cleaning);
    if (hc_ok(rc) && hc_failed(cleaned)) {
        *e = cleaning;
        return cleaned;
    }
    return rc;
}

static const struct hc_option options[] = {
    {"once", NULL, "end when the story is told", false},
    {"keep", NULL, "keep the directory with everything in it", false},
    HC_OPTIONS_END,
};

const struct hc_command hc_cmd_demo = {
    .name = "demo",
    .summary = "the whole story on this machine, with real clients",
    .usage = "[--once] [--keep]",
    .about = "Makes a household's authority in a temporary directory and a gate in front of a\n"
             "page and a back end, then visits them with curl: friends are let in, strangers\n"
             "are refused. Then the gate stays up to be tried by hand, until Ctrl-C.\n",
    .example = "  handclasp demo --once\n",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .run = demo,
};

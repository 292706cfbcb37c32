/*
 * cmd_demo.c - the whole story on this machine: an authority, a gate, friends let in and strangers refused, with real
 * curl.
 *
 * Every step is a command that the reader could have typed; what it should come to is written beside it, and the
 * demonstration fails when it does not. Everything lies in one temporary directory, called $D in the commands shown.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/demo_visit.h"

#define PASSPHRASE "open sesame at home"
#define N_GATES 2 /* in write_conf: page and app */

struct story {
    struct hc_demo at;
    pid_t gate;
    pid_t back_end;
    pid_t alice, bob; /* who follow the news */
    unsigned back_end_port;
    unsigned page_port;
    unsigned app_port;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

#define MUST(d, e, ...) HC_TRY((e), hc_demo_must((d), (const char *const[]){__VA_ARGS__, NULL}, (e)))
#define VISIT(d, e, ...) HC_TRY((e), hc_demo_visit((d), &(struct hc_demo_visit){__VA_ARGS__}, (e)))

static struct hc_rc make_place(struct hc_demo *d, struct hc_err *e)
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

static struct hc_rc make_authority(struct hc_demo *d, struct hc_err *e)
{
    HC_BUF_SECRET(passphrase, 64);

    hc_demo_step(d, "A household becomes its own authority: it can vouch for home.example and this machine only");
    MUST(d, e, "handclasp", "--home", "$D/home", "init", "Demo Household", "--no-passphrase", "--root-days", "7",
         "--permit", "dns:localhost", "--permit", "dns:home.example", "--permit", "email:home.example", "--permit",
         "email:.home.example", "--permit", "ip:127.0.0.0/8");
    hc_demo_step(d, "The server gets its certificate, and so do Alice and Mallory, who is only a guest");
    hc_buf_add_str(&passphrase, PASSPHRASE "\n");
    HC_TRY(e, hc_demo_write(d, "passphrase", &passphrase, e));
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "server", "localhost", "--dns", "www.home.example", "--ip",
         "127.0.0.1");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "alice@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "mallory@guests.home.example",
         "--p12-passphrase-file", "$D/passphrase");
    hc_demo_step(d, "Elsewhere, somebody else's authority vouches for an alice@home.example of its own");
    MUST(d, e, "handclasp", "--home", "$D/elsewhere", "init", "Somebody Else", "--no-passphrase");
    MUST(d, e, "handclasp", "--home", "$D/elsewhere", "issue", "person", "alice@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    return HC_OK;
}

static struct hc_rc write_page(const struct hc_demo *d, struct hc_err *e)
{
    HC_BUF_AUTO(page, 4096);
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, d->dir, "page", e));
    HC_TRY(e, hc_dir_make(path, 0755, e));
    hc_buf_add_str(&page, "Welcome home. Only friends can read this.\n");
    return hc_demo_write(d, "page/index.html", &page, e);
}

static struct hc_rc write_conf(const struct story *s, struct hc_err *e)
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
                s->page_port, s->at.dir, s->app_port, s->back_end_port);
    HC_TRY(e, hc_demo_write(&s->at, "gate.yaml", &conf, e));
    printf("   gate.yaml:\n");
    for (struct hc_bytes rest = hc_buf_view(&conf); rest.n > 0;) {
        struct hc_bytes line = hc_bytes_next_line(&rest);

        printf("     | %.*s\n", HC_BYTES_FMT(line));
    }
    return HC_OK;
}

static struct hc_rc start_gate(struct story *s, struct hc_err *e)
{
    struct hc_demo *d = &s->at;
    const char *const gate[] = {"handclasp", "--home",   "$D/home", "gate", "run", "$D/gate.yaml",
                                "--state",   "$D/state", "--log",   "json", NULL};

    hc_demo_step(d, "A gate stands in front of a private page and of a plain back end");
    HC_TRY(e, hc_demo_back_end(&s->back_end, &s->back_end_port, e));
    HC_TRY(e, hc_demo_free_port(&s->page_port, e));
    HC_TRY(e, hc_demo_free_port(&s->app_port, e));
    HC_TRY(e, write_page(d, e));
    HC_TRY(e, write_conf(s, e));
    MUST(d, e, "handclasp", "--home", "$D/home", "gate", "check", "$D/gate.yaml");
    HC_TRY(e, hc_demo_must_start(d, gate, HC_DEMO_LOG, &s->gate, e));
    HC_TRY(e, hc_demo_wait_log(d, HC_DEMO_LOG, "listening", N_GATES, e));
    hc_demo_outcome(d, true, "it listens; nobody is in yet, and nobody will be whom no rule names");
    return HC_OK;
}

#define ALICE "home/identities/alice@home.example"
#define BOB "home/identities/bob@home.example"
#define MALLORY "home/identities/mallory@guests.home.example"
#define STRANGER "elsewhere/identities/alice@home.example"
#define ALICE_SEES "alice.seen"
#define BOB_SEES "bob.seen"

static struct hc_rc visits(struct story *s, struct hc_err *e)
{
    struct hc_demo *d = &s->at;

    hc_demo_step(d, "Alice is let in: to the page, and to the back end, which is told who she is");
    VISIT(d, e, .who = ALICE, .port = s->page_port, .path = "/", .status = "200");
    VISIT(d, e, .who = ALICE, .port = s->app_port, .path = "/app/", .status = "200");
    hc_demo_step(d, "Somebody without a certificate is refused");
    VISIT(d, e, .port = s->page_port, .path = "/", .status = "000", .why = HC_E_NO_CERTIFICATE);
    hc_demo_step(d, "The other authority's alice@home.example is refused");
    VISIT(d, e, .who = STRANGER, .port = s->page_port, .path = "/", .status = "000", .why = HC_E_UNKNOWN_ISSUER);
    hc_demo_step(d, "Mallory's certificate is good, but no rule names her: she gets an id, the log gets the reason");
    VISIT(d, e, .who = MALLORY, .port = s->page_port, .path = "/", .status = "403", .why = HC_E_NO_RULE);
    VISIT(d, e, .who = MALLORY, .port = s->app_port, .path = "/app/", .status = "403", .why = HC_E_NO_RULE);
    hc_demo_step(d, "Bob comes along: he gets a certificate, and nothing changes on the server");
    MUST(d, e, "handclasp", "--home", "$D/home", "issue", "person", "bob@home.example", "--p12-passphrase-file",
         "$D/passphrase");
    VISIT(d, e, .who = BOB, .port = s->page_port, .path = "/", .status = "200");
    VISIT(d, e, .who = BOB, .port = s->app_port, .path = "/app/", .status = "200");
    return HC_OK;
}

/* Somebody whose connection stays open. */
static struct hc_rc follow(struct story *s, const char *cert, const char *key, const char *log, pid_t *out,
                           struct hc_err *e)
{
    char url[64];
    const char *const curl[] = {"curl",   "-q", "-sSN",  "--noproxy", "*", "--cacert", "$D/home/publish/bundle.pem",
                                "--cert", cert, "--key", key,         url, NULL};

    snprintf(url, sizeof url, "https://localhost:%u/app/live", s->app_port);
    HC_TRY(e, hc_demo_must_start(&s->at, curl, log, out, e));
    return hc_demo_wait_log(&s->at, log, "News", 2, e);
}

static void tell_cut(struct story *s)
{
    char line[160];
    char before[160];
    char text[400];

    hc_demo_await(&s->alice, HC_DEMO_WAIT_MS);
    hc_demo_last_line(&s->at, ALICE_SEES, line, sizeof line);
    snprintf(text, sizeof text, "Alice's open connection %s: %s", s->alice ? "goes on" : "is closed", line);
    hc_demo_outcome(&s->at, s->alice == 0 && strncmp(line, "curl:", 5) == 0, text);
    hc_demo_last_line(&s->at, BOB_SEES, before, sizeof before);
    hc_demo_await(&s->bob, 500); /* some more news */
    hc_demo_last_line(&s->at, BOB_SEES, line, sizeof line);
    snprintf(text, sizeof text, "Bob's %s: %s", s->bob ? "goes on" : "is closed", line);
    hc_demo_outcome(&s->at, s->bob != 0 && strcmp(before, line) != 0, text);
    hc_demo_end(&s->bob, 1000);
}

static struct hc_rc revocation(struct story *s, struct hc_err *e)
{
    struct hc_demo *d = &s->at;
    const char *const who[] = {"handclasp", "gate", "connections", "--name", "page", NULL};
    const char *const revoke[] = {"handclasp", "--home",        "$D/home", "revoke", "alice@home.example",
                                  "--reason",  "keyCompromise", "--wait",  NULL};

    hc_demo_step(d, "Alice and Bob follow the news; their connections stay open");
    HC_TRY(e, follow(s, "$D/" ALICE "/chain.pem", "$D/" ALICE "/key.pem", ALICE_SEES, &s->alice, e));
    HC_TRY(e, follow(s, "$D/" BOB "/chain.pem", "$D/" BOB "/key.pem", BOB_SEES, &s->bob, e));
    HC_TRY(e, hc_demo_must_show(d, who, e));
    hc_demo_step(d, "Alice's laptop is stolen: her certificate is revoked, and her open connection ends at once");
    HC_TRY(e, hc_demo_must_show(d, revoke, e));
    tell_cut(s);
    hc_demo_step(d, "Whoever has the laptop does not come back, and Bob is still in");
    VISIT(d, e, .who = ALICE, .port = s->page_port, .path = "/", .status = "000", .why = HC_E_REVOKED);
    VISIT(d, e, .who = BOB, .port = s->app_port, .path = "/app/", .status = "200");
    return HC_OK;
}

static void say_how_to_try(const struct story *s)
{
    printf("\nThe gate is still running. In another terminal:\n\n"
           "   D=%s; handclasp() { HANDCLASP_RUNTIME=$D/run %s \"$@\"; }\n"
           "   curl --cacert $D/home/publish/bundle.pem --cert $D/" BOB "/chain.pem \\\n"
           "        --key $D/" BOB "/key.pem https://localhost:%u/\n"
           "   tail -f $D/" HC_DEMO_LOG "\n"
           "   handclasp --home $D/home list\n"
           "   handclasp gate connections\n\n"
           "For a browser (import Bob's file and trust root.cer there; nothing was changed in this system's trust):\n\n"
           "   %s/" BOB "/bob@home.example.p12   passphrase: " PASSPHRASE "\n"
           "   https://localhost:%u/\n\n"
           "Ctrl-C ends the gate.\n",
           s->at.dir, s->at.self, s->page_port, s->at.dir, s->page_port);
    fflush(stdout);
}

static struct hc_rc tell(struct story *s, bool once, struct hc_err *e)
{
    struct hc_rc rc;

    HC_TRY(e, make_place(&s->at, e));
    printf("Handclasp: the whole story on this machine, in D=%s\n", s->at.dir);
    rc = make_authority(&s->at, e);
    if (hc_ok(rc))
        rc = start_gate(s, e);
    if (hc_ok(rc))
        rc = visits(s, e);
    if (hc_ok(rc))
        rc = revocation(s, e);
    if (hc_failed(rc))
        return rc;
    if (s->at.wrong > 0)
        return HC_FAIL(e, HC_E_INTERNAL, "%u outcomes were not the expected ones", s->at.wrong);
    printf("\nEverything went as it should.\n");
    if (!once && !interrupted)
        say_how_to_try(s);
    while (!once && !interrupted)
        (void)poll(NULL, 0, 200); /* a signal cuts it short */
    return HC_OK;
}

static struct hc_rc clean_up(struct story *s, bool keep, struct hc_err *e)
{
    hc_demo_end(&s->alice, 1000);
    hc_demo_end(&s->bob, 1000);
    hc_demo_end(&s->gate, 5000);
    hc_demo_end(&s->back_end, 1000);
    if (!s->at.dir[0])
        return HC_OK;
    if (keep) {
        printf("Kept: %s\n", s->at.dir);
        return HC_OK;
    }
    return hc_dir_remove(s->at.dir, e);
}

static struct hc_rc demo(struct hc_invocation *in, struct hc_err *e)
{
    struct story s = {.gate = 0};
    struct sigaction action = {.sa_handler = on_signal};
    struct hc_err cleaning = {0};
    struct hc_rc rc;
    struct hc_rc cleaned;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    rc = tell(&s, hc_opts_flag(in->opts, "once"), e);
    cleaned = clean_up(&s, hc_opts_flag(in->opts, "keep"), &cleaning);
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
             "are refused, and whoever is revoked is cut off in the middle. Then the gate\n"
             "stays up to be tried by hand, until Ctrl-C.\n",
    .example = "  handclasp demo --once\n",
    .options = options,
    .min_args = 0,
    .max_args = 0,
    .run = demo,
};

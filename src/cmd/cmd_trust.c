/* cmd_trust.c - handclasp trust: the root in the trust stores of this machine, and out of them again. */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/home.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "config/near.h"
#include "pki/pem.h"
#include "trust/trust.h"

static const struct hc_option OPTIONS[] = {
    {"store", "S", "system, nss, java or all (all that are found)", false},
    {"bundle", "FILE", "these anchors (the home's bundle)", false},
    {"print", NULL, "show the files and commands, change nothing", false},
    {"yes", NULL, "do not ask", false},
    {"everything", NULL, "remove: of every authority, whatever was put", false},
    {"root", "DIR", "the system below DIR: an image or a chroot", false},
    {"java-store", "FILE", "this keystore (cacerts of the Java found)", false},
    {"java-passphrase-file", "FILE", "its passphrase (Java's own: changeit)", false},
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

enum action { INSTALL, REMOVE, LIST };

struct trusting {
    enum action action;
    struct hc_store_places places;
    struct hc_cert_list certs;
    struct hc_crypto *crypto; /* of the bundle */
    struct hc_bundle *bundle; /* install: what was checked is what is put, so it is read once */
    const struct hc_cert *anchor[HC_TRUST_ANCHORS];
    size_t n_anchors;
    struct hc_records records;
    struct hc_trust_plan plan;
    struct hc_buf *out;
    char root[PATH_MAX], java_passphrase[PATH_MAX];
};

static void trusting_fini(struct trusting *t)
{
    hc_trust_plan_fini(&t->plan);
    hc_records_fini(&t->records);
    hc_cert_list_fini(&t->certs);
    hc_bundle_free(t->bundle);
    hc_crypto_free(t->crypto);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static struct hc_rc parse_action(const char *word, enum action *out, struct hc_err *e)
{
    static const char *const words[] = {[INSTALL] = "install", [REMOVE] = "remove", [LIST] = "list"};
    struct hc_near near = hc_near_start(hc_bytes_str(word));
    for (size_t i = 0; i < HC_COUNT(words); i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum action)i;
            return HC_OK;
        }
        hc_near_try(&near, words[i]);
    }
    return HC_FAIL(e, HC_E_USAGE, "'%s' is none of install, remove and list%s%s", word,
                   near.best ? "; did you mean " : "", near.best ? near.best : "");
}

/* The programs that are run have / as their directory, so every path is made absolute first. */
static struct hc_rc absolute(const char *said, char out[PATH_MAX], const char **place, struct hc_err *e)
{
    if (!said)
        return HC_OK;
    if (!realpath(said, out))
        return HC_FAIL(e, HC_E_FILE_MISSING, "%s", said);
    *place = out;
    return HC_OK;
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value == '/' ? value : NULL;
}

/* Root with the HOME of a user (su without -, sudo -E) would be led by what that user puts there: links, databases, a
 * record. */
static struct hc_rc check_places(struct hc_err *e)
{
    static const char *const names[] = {"HOME", "XDG_STATE_HOME"};
    for (size_t i = 0; i < HC_COUNT(names); i++) {
        const char *dir = variable(names[i]);
        struct stat st;
        if (dir && stat(dir, &st) == 0 && st.st_uid != geteuid() && st.st_uid != 0)
            return HC_FAIL(e, HC_E_PERMISSIONS,
                           "%s is %s, which belongs to another user; run the command as that user, or with sudo -H",
                           names[i], dir);
    }
    return HC_OK;
}

static struct hc_rc read_places(const struct hc_opts *opts, struct trusting *t, struct hc_err *e)
{
    const char *store = hc_opts_value(opts, "store");
    t->places.kinds = HC_STORE_ALL;
    if (store)
        HC_TRY(e, hc_store_parse_kinds(hc_bytes_str(store), &t->places.kinds, e));
    t->places.home = variable("HOME");
    t->places.java_home = variable("JAVA_HOME");
    t->places.java_store = hc_opts_value(opts, "java-store");
    if (t->places.java_store && !hc_file_exists(t->places.java_store))
        return HC_FAIL(e, HC_E_FILE_MISSING, "%s", t->places.java_store);
    HC_TRY(e, absolute(hc_opts_value(opts, "root"), t->root, &t->places.root, e));
    return absolute(hc_opts_value(opts, "java-passphrase-file"), t->java_passphrase, &t->places.java_passphrase, e);
}

/* "$XDG_STATE_HOME [...] If [...] not set or empty, a default equal to $HOME/.local/state" [XDG base directory]. */
static struct hc_rc open_records(struct trusting *t, bool change, struct hc_err *e)
{
    char dir[HC_PATH];
    const char *state = variable("XDG_STATE_HOME"), *home = variable("HOME");
    if (!state && !home)
        return HC_FAIL(e, HC_E_FILE_MISSING, "HOME is not set, so there is no place to remember what was put where");
    HC_TRY(e, hc_path_join(dir, state ? state : home, state ? "handclasp" : ".local/state/handclasp", e));
    return hc_records_open(dir, change, &t->records, e);
}

static struct hc_rc read_bundle(const char *path, struct trusting *t, struct hc_err *e)
{
    HC_TRY(e, hc_crypto_new(&t->crypto, e));
    HC_TRY(e, hc_bundle_load(t->crypto, path, hc_time_now(), &t->bundle, e));
    size_t n = hc_bundle_count(t->bundle);
    if (n > HC_TRUST_ANCHORS)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s has %zu anchors; trust stores are given at most %d", path, n,
                       HC_TRUST_ANCHORS);
    for (; t->n_anchors < n; t->n_anchors++)
        t->anchor[t->n_anchors] = hc_bundle_anchor(t->bundle, t->n_anchors);
    return HC_OK;
}

/* Whether an anchor has expired is nothing to those who want to see it or be rid of it. */
static struct hc_rc read_anchors(const struct hc_invocation *in, struct trusting *t, struct hc_err *e)
{
    char path[HC_PATH];
    const char *said = hc_opts_value(in->opts, "bundle");
    if (!said)
        HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, path, e));
    if (t->action == INSTALL)
        return read_bundle(said ? said : path, t, e);
    HC_TRY(e, hc_pem_load_certs(said ? said : path, HC_TRUST_ANCHORS, &t->certs, e));
    for (; t->n_anchors < t->certs.n; t->n_anchors++)
        t->anchor[t->n_anchors] = t->certs.cert[t->n_anchors];
    return HC_OK;
}

/* --- showing ------------------------------------------------------------------------------------------------------ */

static void step_line(struct trusting *t, const struct hc_trust_step *step, const char *what, const char *why)
{
    hc_buf_addf(t->out, "  %-8s%-8s", what, hc_store_word(step->store->kind));
    hc_text_cell(t->out, hc_bytes_str(step->store->path), HC_PATH, true);
    if (why && *why) {
        hc_buf_addf(t->out, "  %-16s", "");
        hc_text_cell(t->out, hc_bytes_str(why), HC_ERR_TEXT, true);
    }
}

static void show_step(struct trusting *t, const struct hc_trust_step *step)
{
    char why[sizeof step->as + 64];
    switch (step->what) {
    case HC_TRUST_PUT:
        step_line(t, step, "put", NULL);
        break;
    case HC_TRUST_TAKE:
        step_line(t, step, "take", NULL);
        break;
    case HC_TRUST_GONE:
        snprintf(why, sizeof why, "it is there as %s, which is not ours to take", step->as);
        step_line(t, step, "forget", *step->as ? why : "somebody else has removed it already");
        break;
    case HC_TRUST_SKIP:
        step_line(t, step, "skip", step->why);
        return;
    case HC_TRUST_OURS:
        step_line(t, step, "leave", "it is there already: an earlier install put it");
        return;
    case HC_TRUST_OTHERS:
        snprintf(why, sizeof why, "it is there already, not from here, as %s", step->as);
        step_line(t, step, "leave", why);
        return;
    case HC_TRUST_ABSENT:
        return;
    }
    if (step->what == HC_TRUST_PUT || step->what == HC_TRUST_TAKE)
        hc_store_explain(step->store, step->anchor, t->records.dir, step->what == HC_TRUST_PUT, t->out);
}

static void show_anchor(const struct hc_anchor *anchor, struct hc_buf *out)
{
    hc_buf_addf(out, "%s\n  sha256 %s\n", anchor->name, anchor->sha256);
}

/* Anchor by anchor: what will become of it in each store. */
static void show_plan(struct trusting *t)
{
    const struct hc_trust_plan *p = &t->plan;
    for (size_t a = 0; a < p->n_anchors; a++) {
        bool again = false;
        for (size_t b = 0; b < a; b++)
            again |= strcmp(p->anchor[a].sha256, p->anchor[b].sha256) == 0;
        if (again)
            continue;
        show_anchor(&p->anchor[a], t->out);
        for (size_t i = 0; i < p->n; i++)
            if (strcmp(p->step[i].anchor->sha256, p->anchor[a].sha256) == 0)
                show_step(t, &p->step[i]);
    }
}

static const char *state_word(enum hc_trust_what what)
{
    switch (what) {
    case HC_TRUST_OURS:
        return "ours";
    case HC_TRUST_OTHERS:
        return "others";
    case HC_TRUST_SKIP:
        return "unknown";
    default:
        return "absent";
    }
}

static void list_json(struct trusting *t)
{
    struct hc_json j = hc_json_init(t->out);
    hc_json_begin(&j, NULL, '[');
    for (size_t i = 0; i < t->plan.n; i++) {
        const struct hc_trust_step *step = &t->plan.step[i];
        const char *why = *step->why ? step->why : step->store->why;
        hc_json_begin(&j, NULL, '{');
        hc_json_str(&j, "store", hc_store_word(step->store->kind));
        hc_json_str(&j, "path", step->store->path);
        hc_json_str(&j, "sha256", step->anchor->sha256);
        hc_json_str(&j, "state", state_word(step->what));
        hc_json_str(&j, "as", *step->as ? step->as : NULL);
        hc_json_str(&j, "cannot_change", *why ? why : NULL);
        hc_json_end(&j, '}');
    }
    hc_json_end(&j, ']');
}

static void list_text(struct trusting *t)
{
    for (size_t a = 0; a < t->plan.n_anchors; a++) {
        show_anchor(&t->plan.anchor[a], t->out);
        for (size_t i = 0; i < t->plan.n; i++) {
            const struct hc_trust_step *step = &t->plan.step[i];
            if (step->anchor != &t->plan.anchor[a])
                continue;
            step_line(t, step, state_word(step->what), *step->why ? step->why : step->store->why);
            if (step->what == HC_TRUST_OTHERS)
                hc_text_fieldf(t->out, "", "    as %s", step->as);
        }
    }
    if (t->plan.stores.n == 0)
        hc_buf_add_str(t->out, "No trust store was found.\n");
}

/* --- doing -------------------------------------------------------------------------------------------------------- */

static struct hc_rc make_plan(const struct hc_invocation *in, struct trusting *t, struct hc_err *e)
{
    const struct hc_trust_job job = {
        .places = &t->places,
        .certs = t->anchor,
        .n_certs = t->n_anchors,
        .records = &t->records,
        .everything = hc_opts_flag(in->opts, "everything"),
    };
    switch (t->action) {
    case INSTALL:
        return hc_trust_plan_install(&job, &t->plan, e);
    case REMOVE:
        return hc_trust_plan_remove(&job, &t->plan, e);
    case LIST:
        break;
    }
    return hc_trust_look(&job, &t->plan, e);
}

static struct hc_rc do_one(struct trusting *t, const struct hc_trust_step *step, struct hc_err *first, size_t *failed)
{
    struct hc_err e;
    struct hc_rc rc = hc_trust_do(step, &t->records, &e);
    const char *done = step->what == HC_TRUST_PUT ? "put" : step->what == HC_TRUST_TAKE ? "taken" : "forgotten";
    if (hc_ok(rc))
        hc_buf_addf(t->out, "  %-10s", done);
    else
        hc_buf_addf(t->out, "  %-10s", "FAILED");
    hc_buf_addf(t->out, "%-8s", hc_store_word(step->store->kind));
    hc_text_cell(t->out, hc_bytes_str(step->store->path), HC_PATH, true);
    if (hc_ok(rc))
        return rc;
    hc_buf_addf(t->out, "  %-18s", "");
    hc_text_cell(t->out, hc_bytes_str(e.text), HC_ERR_TEXT, true);
    if ((*failed)++ == 0)
        *first = e;
    return HC_OK;
}

/* Each store by itself: one that fails keeps no other from being changed. Each line is shown when it is done, for some
 * programs take seconds. */
static struct hc_rc do_plan(struct trusting *t, struct hc_err *e)
{
    struct hc_err first = {.code = HC_OK_CODE};
    size_t failed = 0;
    for (size_t i = 0; i < t->plan.n; i++) {
        const struct hc_trust_step *step = &t->plan.step[i];
        if (step->what != HC_TRUST_PUT && step->what != HC_TRUST_TAKE && step->what != HC_TRUST_GONE)
            continue;
        HC_TRY(e, do_one(t, step, &first, &failed));
        HC_TRY(e, hc_out_flush(t->out, e));
        hc_buf_clear(t->out);
    }
    if (failed == 0)
        return HC_OK;
    *e = first;
    return (struct hc_rc){first.code};
}

static struct hc_rc confirm(const struct hc_invocation *in, const struct trusting *t, struct hc_err *e)
{
    if (hc_opts_flag(in->opts, "yes"))
        return HC_OK;
    if (!hc_passphrase_can_ask())
        return HC_FAIL(e, HC_E_NEEDS_YES, "nothing was changed, and there is no terminal to ask on");
    return hc_passphrase_confirm(t->action == INSTALL ? "Install?" : "Remove?", e);
}

/* A store that was meant and could not be changed is a failure, and so is it when nothing at all could be. */
static struct hc_rc check_skipped(const struct hc_invocation *in, const struct trusting *t, struct hc_err *e)
{
    const struct hc_trust_plan *p = &t->plan;
    size_t skipped = hc_trust_count(p, HC_TRUST_SKIP);
    bool meant = t->action == REMOVE || hc_opts_value(in->opts, "store");
    if (p->n == 0)
        return HC_FAIL(e, HC_E_TRUST_STORE, "no trust store of this kind was found");
    if (skipped == 0 || (!meant && skipped < p->n))
        return HC_OK;
    for (size_t i = 0; i < p->n; i++)
        if (p->step[i].what == HC_TRUST_SKIP)
            return HC_FAIL(e, HC_E_TRUST_STORE, "%s: %s", p->step[i].store->path, p->step[i].why);
    return HC_OK;
}

static struct hc_rc change(const struct hc_invocation *in, struct trusting *t, struct hc_err *e)
{
    const struct hc_trust_plan *p = &t->plan;
    size_t todo = hc_trust_count(p, HC_TRUST_PUT) + hc_trust_count(p, HC_TRUST_TAKE) + hc_trust_count(p, HC_TRUST_GONE);
    show_plan(t);
    bool print = hc_opts_flag(in->opts, "print");
    if (print || todo == 0) {
        if (todo == 0 && p->n > 0)
            hc_buf_add_str(t->out, "Nothing to do.\n");
        HC_TRY(e, hc_out_flush(t->out, e));
        return print ? HC_OK : check_skipped(in, t, e);
    }
    HC_TRY(e, hc_out_flush(t->out, e));
    hc_buf_clear(t->out);
    HC_TRY(e, confirm(in, t, e));
    hc_buf_add_str(t->out, "Done:\n");
    HC_TRY(e, do_plan(t, e));
    return check_skipped(in, t, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(trusting_fini))) struct trusting t = {.records = {.lock = -1}};
    HC_BUF_AUTO(out, HC_OUT_MAX);
    t.out = &out;
    signal(SIGCHLD,
           SIG_DFL); /* whoever started us may have it ignored, and then no program's end could be waited for */
    HC_TRY(e, parse_action(hc_opts_arg(in->opts, 0), &t.action, e));
    bool everything = hc_opts_flag(in->opts, "everything");
    if (everything && (t.action != REMOVE || hc_opts_value(in->opts, "bundle")))
        return HC_FAIL(e, HC_E_USAGE, "--everything is for remove, and without --bundle");
    if (hc_opts_flag(in->opts, "json") && t.action != LIST)
        return HC_FAIL(e, HC_E_USAGE, "--json is for list");
    HC_TRY(e, check_places(e));
    HC_TRY(e, read_places(in->opts, &t, e));
    if (!everything)
        HC_TRY(e, read_anchors(in, &t, e));
    HC_TRY(e, open_records(&t, t.action != LIST && !hc_opts_flag(in->opts, "print"), e));
    HC_TRY(e, make_plan(in, &t, e));
    if (t.action != LIST)
        return change(in, &t, e);
    if (hc_opts_flag(in->opts, "json"))
        list_json(&t);
    else
        list_text(&t);
    return hc_out_flush(&out, e);
}

const struct hc_command hc_cmd_trust = {
    .name = "trust",
    .summary = "put the root into this machine's trust stores",
    .usage = "install|remove|list [--store S] [--print] [--yes]",
    .about = "Stores: the system's, the databases of Firefox, Chromium and Chrome (nss), and\n"
             "Java's. Without --store: all that are found and that this user may change.\n"
             "remove undoes exactly what install did: a certificate that somebody else put\n"
             "there is left. --print shows what would be done. Restart browsers afterwards.\n"
             "The system's store and Java's are mostly root's: sudo handclasp --home DIR trust\n"
             "install. Below --root the file is put, and that system's own update is not run.\n",
    .example = "  handclasp trust list\n"
               "  handclasp trust install --print\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

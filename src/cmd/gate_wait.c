/*
 * gate_wait.c - revoke --wait.
 *
 * Every gate is asked twice. `mark`, before: how many connections it has closed for revocation so far, so that those
 * count which it closes the moment it sees the file. `apply`, afterwards: it looks at its files at once, and answers
 * when all its workers have closed what they must. A gate that was started in between or did not say its mark in time
 * counts from then on. What is asked for is every CRL that changed, and those of hc_gate_wait_concerns: when a
 * revocation is repeated because a gate was silent, nothing changes.
 */
#include "cmd/gate_wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "authority/issuer.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/gate_ask.h"
#include "crypto/digest.h"
#include "pki/cert.h"
#include "pki/crl.h"

#define MARK_MS 500                      /* a gate that hangs delays no revocation for longer */
#define TIMEOUT_MS 10000                 /* unless said */
#define TIMEOUT_MAX_MS (60 * 60 * 1000u) /* longer than anybody waits */
#define SUFFIX ".crl"
#define CRLS_MAX 256    /* that an authority has */
#define NAME_COLUMNS 32 /* as long as the name of a gate may be */

struct hc_gate_wait_file {
    bool there;
    struct stat st;
};

struct hc_gate_wait_gate {
    char name[HC_CONTROL_NAME_MAX + 1];
    char mark[24]; /* "-": not known */
    bool reached;
    bool good; /* it acknowledged */
    uint64_t closed, ms;
    const char *state; /* "closed", "foreign", "unchecked", "unseen", "silent", "error" */
    char why[HC_ERR_TEXT];
};

void hc_gate_wait_fini(struct hc_gate_wait *w)
{
    hc_names_fini(&w->file);
    hc_names_fini(&w->concerned);
    free(w->before);
    free(w->gate);
}

/* --- options ------------------------------------------------------------------------------------------------------ */

/* 10s, 500ms, 2m; 0 for what is none. */
static unsigned read_time(const char *text)
{
    static const struct {
        const char *unit;
        unsigned ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}};
    size_t digits = strspn(text, "0123456789");
    unsigned long long n = digits > 0 && digits < 10 ? strtoull(text, NULL, 10) : 0;

    for (size_t i = 0; i < HC_COUNT(units); i++)
        if (strcmp(text + digits, units[i].unit) == 0 && n <= TIMEOUT_MAX_MS / units[i].ms)
            return (unsigned)n * units[i].ms;
    return 0;
}

struct hc_rc hc_gate_wait_read(const struct hc_opts *opts, struct hc_gate_wait *w, struct hc_err *e)
{
    const char *timeout = hc_opts_value(opts, "timeout");

    w->on = hc_opts_flag(opts, "wait");
    w->timeout_ms = timeout ? read_time(timeout) : TIMEOUT_MS;
    if (timeout && !w->on)
        return HC_FAIL(e, HC_E_USAGE, "--timeout goes only with --wait, and says how long");
    if (w->timeout_ms == 0)
        return HC_FAIL(e, HC_E_USAGE, "--timeout %.40s is no time to wait: write 500ms, 10s or 2m (an hour at most)",
                       timeout);
    return HC_OK;
}

/* --- asking all --------------------------------------------------------------------------------------------------- */

/* The calls of one round; lines[i] is for gate i. */
struct round {
    struct hc_control_ask *ask;
    char **line;
    size_t n;
};

static void round_fini(struct round *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->ask)
            hc_buf_fini(&r->ask[i].reply);
        if (r->line)
            free(r->line[i]);
    }
    free(r->ask);
    free(r->line);
}

static struct hc_rc round_new(const struct hc_gate_wait *w, struct round *r, struct hc_err *e)
{
    r->ask = calloc(w->n + 1, sizeof *r->ask);
    r->line = calloc(w->n + 1, sizeof *r->line);
    if (!r->ask || !r->line)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    r->n = w->n;
    for (size_t i = 0; i < w->n; i++)
        r->ask[i] = (struct hc_control_ask){.name = w->gate[i].name, .reply = HC_BUF(HC_CONTROL_REPLY)};
    return HC_OK;
}

static const struct hc_gate_wait_gate *known(const struct hc_gate_wait_gate *gate, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(gate[i].name, name) == 0)
            return &gate[i];
    return NULL;
}

/* Who is there now; what is known of those that were there before stays. */
static struct hc_rc find(struct hc_gate_wait *w, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};
    struct hc_gate_wait_gate *gate;

    HC_TRY(e, hc_control_find(&names, e));
    gate = calloc(names.n + 1, sizeof *gate);
    if (!gate)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    for (size_t i = 0; i < names.n; i++) {
        const struct hc_gate_wait_gate *before = known(w->gate, w->n, names.name[i]);

        if (before)
            gate[i] = *before;
        else
            snprintf(gate[i].mark, sizeof gate[i].mark, "-");
        snprintf(gate[i].name, sizeof gate[i].name, "%s", names.name[i]);
    }
    free(w->gate);
    w->gate = gate;
    w->n = names.n;
    return HC_OK;
}

/* --- before ------------------------------------------------------------------------------------------------------- */

static struct hc_rc mark_all(struct hc_gate_wait *w, struct hc_err *e)
{
    __attribute__((cleanup(round_fini))) struct round r = {.n = 0};

    HC_TRY(e, find(w, e));
    HC_TRY(e, round_new(w, &r, e));
    for (size_t i = 0; i < r.n; i++)
        r.ask[i].line = "mark";
    hc_control_ask_all(r.ask, r.n, w->timeout_ms < MARK_MS ? w->timeout_ms : MARK_MS);
    for (size_t i = 0; i < r.n; i++) {
        struct hc_err none = {0};
        struct hc_bytes text;

        if (r.ask[i].heard == HC_CONTROL_ANSWERED &&
            hc_ok(hc_gate_ask_reply(hc_buf_view(&r.ask[i].reply), &text, &none)) && text.n > 0 && text.n < 21)
            snprintf(w->gate[i].mark, sizeof w->gate[i].mark, "%.*s", HC_BYTES_FMT(hc_bytes_head(text, text.n - 1)));
    }
    return HC_OK;
}

static struct hc_gate_wait_file look_at(const char *dir, const char *name)
{
    struct hc_gate_wait_file f = {.there = false};
    char path[HC_PATH];
    struct hc_err none = {0};

    f.there = hc_ok(hc_path_join(path, dir, name, &none)) && stat(path, &f.st) == 0;
    return f;
}

static bool same(const struct hc_gate_wait_file *a, const struct hc_gate_wait_file *b)
{
    return a->there == b->there && a->st.st_ino == b->st.st_ino && a->st.st_size == b->st.st_size &&
           a->st.st_mtim.tv_sec == b->st.st_mtim.tv_sec && a->st.st_mtim.tv_nsec == b->st.st_mtim.tv_nsec;
}

static struct hc_rc note_files(const struct hc_invocation *in, struct hc_gate_wait *w, struct hc_err *e)
{
    struct hc_rc rc;

    hc_names_fini(&w->file);
    free(w->before);
    w->file = (struct hc_names){0};
    w->before = NULL;
    HC_TRY(e, hc_path_join(w->crls, in->home, "publish/crl", e));
    rc = hc_dir_list(w->crls, SUFFIX, CRLS_MAX, &w->file, e);
    if (rc.code == HC_E_FILE_MISSING) /* somebody removed it; it will be there again */
        return HC_OK;
    HC_TRY(e, rc);
    w->before = calloc(w->file.n + 1, sizeof *w->before);
    if (!w->before)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    for (size_t i = 0; i < w->file.n; i++)
        w->before[i] = look_at(w->crls, w->file.name[i]);
    return HC_OK;
}

void hc_gate_wait_begin(const struct hc_invocation *in, struct hc_gate_wait *w)
{
    struct hc_rc rc;

    if (!w->on)
        return;
    rc = note_files(in, w, &w->trouble);
    if (hc_ok(rc))
        hc_ignore(mark_all(w, &w->trouble)); /* the same again afterwards, and then it counts */
}

/* --- what was published ------------------------------------------------------------------------------------------- */

struct hc_rc hc_gate_wait_concerns(struct hc_gate_wait *w, struct hc_bytes issuer, struct hc_err *e)
{
    struct hc_names *c = &w->concerned;
    char **more;

    for (size_t i = 0; i < c->n; i++)
        if (hc_bytes_eq_str(issuer, c->name[i]))
            return HC_OK;
    more = reallocarray(c->name, c->n + 1, sizeof *more);
    if (!more)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    c->name = more;
    c->name[c->n] = strndup((const char *)issuer.p, issuer.n);
    if (!c->name[c->n])
        return HC_FAIL(e, HC_E_NOMEM, "out of memory");
    c->n++;
    return HC_OK;
}

static bool is_concerned(const struct hc_gate_wait *w, const char *file)
{
    struct hc_bytes issuer = hc_bytes_head(hc_bytes_str(file), strlen(file) - strlen(SUFFIX));

    for (size_t i = 0; i < w->concerned.n; i++)
        if (hc_bytes_eq_str(issuer, w->concerned.name[i]))
            return true;
    return false;
}

static bool has_changed(const struct hc_gate_wait *w, const char *name)
{
    struct hc_gate_wait_file now = look_at(w->crls, name);

    for (size_t i = 0; w->before && i < w->file.n; i++)
        if (strcmp(w->file.name[i], name) == 0)
            return !same(&w->before[i], &now);
    return true;
}

static struct hc_rc add_crl(const struct hc_gate_wait *w, const char *name, struct hc_buf *out, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;
    char path[HC_PATH];

    HC_TRY(e, hc_path_join(path, w->crls, name, e));
    HC_TRY(e, hc_crl_load(path, &crl, e));
    hc_buf_add_byte(out, ' ');
    hc_escape_hex(out, crl->aki, 0);
    hc_buf_add_byte(out, ':');
    hc_escape_hex(out, crl->number, 0);
    return HC_OK;
}

/* " KEYID:NUMBER" for each. */
static struct hc_rc published(const struct hc_gate_wait *w, struct hc_buf *out, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names now = {0};

    HC_TRY(e, hc_dir_list(w->crls, SUFFIX, CRLS_MAX, &now, e));
    for (size_t i = 0; i < now.n; i++)
        if (is_concerned(w, now.name[i]) || has_changed(w, now.name[i]))
            HC_TRY(e, add_crl(w, now.name[i], out, e));
    return HC_OK;
}

static struct hc_rc find_root(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct hc_buf *out = ctx;

    (void)e;
    if (out->n == 0 && v->parent[0] == 0 && v->cert)
        hc_escape_hex(out, hc_bytes_of(v->cert->sha256, sizeof v->cert->sha256), 0);
    return HC_OK;
}

/* --- afterwards --------------------------------------------------------------------------------------------------- */

/* "closed 200\nms 41\n", or one word. */
static void understand(struct hc_gate_wait_gate *g, struct hc_bytes text)
{
    static const struct {
        const char *word;
        bool good;
        const char *why;
    } words[] = {
        {"foreign", true, "does not trust this authority"},
        {"unchecked", false, "checks no revocation"},
        {"unseen", false, "does not have the new CRL: is it copied to where this gate looks?"},
    };
    struct hc_bytes line = hc_bytes_head(text, hc_bytes_find(text, '\n'));
    char copy[64];
    unsigned long long closed, ms;

    snprintf(copy, sizeof copy, "%.*s", HC_BYTES_FMT(hc_bytes_head(text, sizeof copy - 1)));
    if (sscanf(copy, "closed %llu\nms %llu", &closed, &ms) == 2) {
        g->state = "closed";
        g->good = true;
        g->closed = closed;
        g->ms = ms;
        return;
    }
    for (size_t i = 0; i < HC_COUNT(words); i++) {
        if (!hc_bytes_eq_str(line, words[i].word))
            continue;
        g->state = words[i].word;
        g->good = words[i].good;
        snprintf(g->why, sizeof g->why, "%s", words[i].why);
        return;
    }
    g->state = "error";
    snprintf(g->why, sizeof g->why, "says what this program does not know");
}

static void hear(struct hc_gate_wait *w, struct hc_gate_wait_gate *g, const struct hc_control_ask *ask)
{
    struct hc_err why = {0};
    struct hc_bytes text;

    g->reached = ask->heard == HC_CONTROL_ANSWERED || ask->sent > 0;
    if (ask->heard == HC_CONTROL_SILENT) {
        g->state = "silent";
        snprintf(g->why, sizeof g->why, "%s", ask->why.text);
    } else if (hc_failed(hc_gate_ask_reply(hc_buf_view(&ask->reply), &text, &why))) {
        g->state = "error";
        snprintf(g->why, sizeof g->why, "%s", why.text);
    } else {
        understand(g, text);
    }
    w->reached += g->reached;
    w->acknowledged += g->good;
    w->closed += g->closed;
    if (g->good && ask->at_ms - w->published_ms > w->ms)
        w->ms = ask->at_ms - w->published_ms;
}

/* Sockets that nobody listens on are what crashes leave. */
static void hear_all(struct hc_gate_wait *w, const struct round *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->n; i++) {
        if (r->ask[i].heard == HC_CONTROL_ABSENT)
            continue;
        hear(w, &w->gate[i], &r->ask[i]);
        if (kept < i)
            w->gate[kept] = w->gate[i];
        kept++;
    }
    w->n = kept;
}

static struct hc_rc apply_all(struct hc_session *s, struct hc_gate_wait *w, struct hc_err *e)
{
    __attribute__((cleanup(round_fini))) struct round r = {.n = 0};
    HC_BUF_AUTO(root, 2 * HC_SHA256_SIZE + 1);
    HC_BUF_AUTO(crls, HC_CONTROL_LINE);

    HC_TRY(e, find(w, e));
    HC_TRY(e, hc_issuer_list(s->authority, find_root, &root, e));
    HC_TRY(e, published(w, &crls, e));
    HC_TRY(e, hc_buf_check(&crls, e));
    HC_TRY(e, round_new(w, &r, e));
    for (size_t i = 0; i < r.n; i++) {
        if (asprintf(&r.line[i], "apply %s %s%s", hc_buf_cstr(&root), w->gate[i].mark, hc_buf_cstr(&crls)) < 0) {
            r.line[i] = NULL;
            return HC_FAIL(e, HC_E_NOMEM, "out of memory");
        }
        r.ask[i].line = r.line[i];
    }
    hc_control_ask_all(r.ask, r.n, w->timeout_ms);
    hear_all(w, &r);
    return HC_OK;
}

void hc_gate_wait_end(struct hc_session *s, struct hc_gate_wait *w)
{
    if (!w->on)
        return;
    w->published_ms = hc_mono_ms();
    w->trouble = (struct hc_err){0};
    if (hc_failed(apply_all(s, w, &w->trouble)))
        w->n = 0;
}

/* --- what they said ----------------------------------------------------------------------------------------------- */

void hc_gate_wait_text(const struct hc_gate_wait *w, struct hc_buf *out)
{
    if (!w->on || w->n == 0)
        return;
    for (size_t i = 0; i < w->n; i++) {
        const struct hc_gate_wait_gate *g = &w->gate[i];

        hc_buf_add_str(out, "  ");
        hc_text_cell(out, hc_bytes_str(g->name), NAME_COLUMNS, false);
        if (strcmp(g->state, "closed") == 0)
            hc_buf_addf(out, "%8llu closed %8llu ms\n", (unsigned long long)g->closed, (unsigned long long)g->ms);
        else
            hc_text_wrap(out, 4 + NAME_COLUMNS, 4 + NAME_COLUMNS, hc_bytes_str(g->why));
    }
    if (w->acknowledged < w->n)
        hc_buf_addf(out, "%zu of ", w->acknowledged);
    hc_buf_addf(out, "%zu gate%s, %llu connection%s closed, %llu ms\n", w->n, w->n == 1 ? "" : "s",
                (unsigned long long)w->closed, w->closed == 1 ? "" : "s", (unsigned long long)w->ms);
}

void hc_gate_wait_json(const struct hc_gate_wait *w, struct hc_json *j)
{
    if (!w->on)
        return;
    hc_json_begin(j, "gates", '[');
    for (size_t i = 0; i < w->n; i++) {
        const struct hc_gate_wait_gate *g = &w->gate[i];

        hc_json_begin(j, NULL, '{');
        hc_json_str(j, "gate", g->name);
        hc_json_str(j, "state", g->state);
        hc_json_bool(j, "acknowledged", g->good);
        if (g->why[0])
            hc_json_str(j, "reason", g->why);
        hc_json_int(j, "closed", (int64_t)g->closed);
        hc_json_int(j, "ms", (int64_t)g->ms);
        hc_json_end(j, '}');
    }
    hc_json_end(j, ']');
    hc_json_int(j, "closed", (int64_t)w->closed);
    hc_json_int(j, "ms", (int64_t)w->ms);
}

struct hc_rc hc_gate_wait_verdict(const struct hc_gate_wait *w, struct hc_err *e)
{
    HC_BUF_AUTO(names, HC_ERR_TEXT);

    if (!w->on)
        return HC_OK;
    if (w->n == 0 && w->trouble.code != HC_OK_CODE)
        return HC_FAIL(e, HC_E_GATE_NONE, "the revocation is done, but no gate could be asked: %s", w->trouble.text);
    if (w->n == 0)
        return HC_FAIL(e, HC_E_GATE_NONE, "the revocation is done; no gate of this user runs on this host");
    if (w->reached == 0)
        return HC_FAIL(e, HC_E_GATE_NONE, "the revocation is done, but no gate could be asked: %s", w->gate[0].why);
    if (w->acknowledged == w->n)
        return HC_OK;
    for (size_t i = 0; i < w->n; i++)
        if (!w->gate[i].good)
            hc_buf_addf(&names, "%s%s (%s)", names.n ? ", " : "", w->gate[i].name, w->gate[i].state);
    return HC_FAIL(e, HC_E_GATE_SILENT, "the revocation is done, but not acknowledged by %s",
                   names.failed ? "many gates" : hc_buf_cstr(&names));
}

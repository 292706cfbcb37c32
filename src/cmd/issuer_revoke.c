/*
 * issuer_revoke.c - handclasp issuer revoke.
 *
 * Order: may it be done at all (the root's key is opened) > who hangs on it > the question > reissue > revoke. A
 * certificate that cannot be reissued does not keep a compromised issuer alive; only when none at all can be, nothing
 * is revoked, for then something is wrong here and not with a certificate.
 */
#include <stdio.h>

#include "authority/renew.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/gate_wait.h"
#include "cmd/issuer.h"
#include "cmd/issuer_heir.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/progress.h"
#include "cmd/tell.h"
#include "pki/reason.h"

#define SHOWN_MAX 40        /* lines of the list before the question: what a person reads */
#define TOLD_MAX (16 << 20) /* bytes of what is told at the end */

struct ending {
    struct hc_invocation *in;
    struct hc_session session;
    struct hc_issue_grant *grant;
    struct hc_issuer_heirs *heirs;
    const char *name;
    enum hc_crl_reason reason;
    bool reissue;
    bool away;               /* its key is not in this home */
    struct hc_buf out;       /* secret */
    struct hc_buf failures;  /* lines for the end */
    struct hc_buf elsewhere; /* the same: keys that are not here */
    struct hc_json writer, *json;
    struct hc_progress *progress;
    struct hc_rc printing; /* the first failure to print; the work goes on */
    struct hc_err why;
    size_t live, here, done, failed, tried;
    int64_t crl_number;
    struct hc_gate_wait wait;
};

static void ending_fini(struct ending *x)
{
    hc_session_fini(&x->session);
    hc_issue_grant_free(x->grant);
    hc_buf_wipe(&x->out);
    hc_buf_fini(&x->failures);
    hc_buf_fini(&x->elsewhere);
    hc_gate_wait_fini(&x->wait);
}

/* What stdout does not take any more must not stop what has begun. */
static void print(struct ending *x)
{
    if (hc_ok(x->printing))
        x->printing = hc_out_flush(&x->out, &x->why);
    hc_buf_clear(&x->out);
}

static void put_who(const struct hc_ledger_cert *row, struct hc_buf *out)
{
    hc_escape_text(out, row->identity);
    if (row->label.n > 0) {
        hc_buf_add_str(out, " (");
        hc_escape_text(out, row->label);
        hc_buf_add_str(out, ")");
    }
}

/* ---- who hangs on it ---- */

static struct hc_rc list_one(void *ctx, const struct hc_renewable *r, struct hc_err *e)
{
    struct ending *x = ctx;
    const char *heir = NULL;
    size_t at = x->heirs->n;
    char until[HC_TIME_TEXT];
    x->live++;
    x->here += r->key_here;
    if (x->reissue && r->key_here)
        HC_TRY(e, hc_issuer_heir_of(x->heirs, r->row->profile, &at, &heir, e));
    if (x->json || x->live > SHOWN_MAX)
        return HC_OK;
    hc_buf_add_str(&x->out, "  ");
    hc_text_cell(&x->out, r->row->profile, 8, false);
    hc_buf_addf(&x->out, "until %s  key %s\n    ", hc_time_text(r->row->not_after, until),
                r->key_here ? "here" : "elsewhere");
    put_who(r->row, &x->out);
    hc_buf_add_str(&x->out, "\n");
    return hc_buf_check(&x->out, e);
}

/* The key of an issuer that came by ceremony is in another home, and so is the record of what it issued. */
static struct hc_rc see_key(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct ending *x = ctx;
    (void)e;
    x->away = x->away || (strcmp(v->name, x->name) == 0 && !v->key_here);
    return HC_OK;
}

static struct hc_rc list_all(struct ending *x, struct hc_err *e)
{
    HC_TRY(e, hc_issuer_list(x->session.authority, see_key, x, e));
    if (!x->json)
        hc_buf_addf(&x->out, "This ends the issuer %s for ever, and with it what it issued:\n", x->name);
    HC_TRY(e, hc_authority_renewable_of(x->session.authority, x->name, list_one, x, e));
    if (x->json)
        return HC_OK;
    if (x->away)
        hc_buf_add_str(&x->out, "  whatever the home with its key issued; `handclasp issuer show` there counts it\n");
    if (x->live > SHOWN_MAX)
        hc_buf_addf(&x->out, "  ... and %zu more\n", x->live - SHOWN_MAX);
    hc_buf_addf(&x->out, "%zu live certificate%s; the keys of %zu are in this home%s.\n", x->live,
                x->live == 1 ? "" : "s", x->here, x->reissue ? ", and these are renewed first" : "");
    return HC_OK;
}

static struct hc_rc confirm(struct ending *x, struct hc_err *e)
{
    char question[160];
    HC_TRY(e, list_all(x, e));
    HC_TRY(e, hc_out_flush(&x->out, e));
    if (hc_opts_flag(x->in->opts, "yes"))
        return HC_OK;
    snprintf(question, sizeof question, "Revoke %s, with %zu live certificates below it?", x->name, x->live);
    return hc_passphrase_confirm(question, e);
}

/* ---- reissue ---- */

static void json_one(struct ending *x, const struct hc_ledger_cert *row, const char *state)
{
    hc_json_begin(x->json, NULL, '{');
    hc_json_str(x->json, "state", state);
    hc_json_bytes(x->json, "profile", row->profile);
    hc_json_bytes(x->json, "identity", row->identity);
    hc_json_bytes(x->json, "label", row->label);
}

static void note_failed(struct ending *x, const struct hc_ledger_cert *row, const struct hc_err *why)
{
    x->failed++;
    if (x->json) {
        char id[HC_ID_TEXT];
        json_one(x, row, "failed");
        hc_json_str(x->json, "code", hc_id_text(why->code, id));
        hc_json_str(x->json, "reason", why->text);
        hc_json_end(x->json, '}');
        return;
    }
    hc_buf_add_str(&x->failures, "  ");
    put_who(row, &x->failures);
    hc_buf_add_str(&x->failures, "\n");
    hc_text_reason(&x->failures, why);
}

static void note_elsewhere(struct ending *x, const struct hc_ledger_cert *row)
{
    if (x->json) {
        json_one(x, row, "elsewhere");
        hc_json_end(x->json, '}');
        return;
    }
    hc_buf_add_str(&x->elsewhere, "  ");
    put_who(row, &x->elsewhere);
    hc_buf_add_str(&x->elsewhere, "\n");
}

static void note_done(struct ending *x, const struct hc_ledger_cert *row, const struct hc_issued *issued)
{
    struct hc_tell tell = {.issued = issued};
    x->done++;
    if (x->json) {
        json_one(x, row, "reissued");
        hc_tell_json(&tell, x->json);
        hc_json_end(x->json, '}');
        return;
    }
    hc_buf_addf(&x->out, "Reissued %.*s ", HC_BYTES_FMT(row->profile));
    put_who(row, &x->out);
    hc_buf_add_str(&x->out, "\n");
    hc_tell_text(&tell, &x->out);
}

static struct hc_rc renew(struct ending *x, const struct hc_renewable *r, struct hc_issued *out, struct hc_err *e)
{
    char label[128];
    struct hc_renew_request request = {.name = r->name, .label = label, .p12_for = HC_P12_MODERN};
    if (r->row->label.n >= sizeof label)
        return HC_FAIL(e, HC_E_TOO_BIG, "its label is too long");
    snprintf(label, sizeof label, "%.*s", HC_BYTES_FMT(r->row->label));
    struct hc_rc rc;
    struct hc_err none = {0};
    size_t at = x->heirs->n;
    HC_TRY(e, hc_issuer_heir_of(x->heirs, r->row->profile, &at, &request.issuer, e));
    do /* an heir whose constraints forbid the names leaves them to the next; the last refusal is told */
        rc = hc_authority_renew(x->session.authority, x->grant, &request, out, e);
    while (rc.code == HC_E_OUTSIDE_CONSTRAINTS &&
           hc_ok(hc_issuer_heir_of(x->heirs, r->row->profile, &at, &request.issuer, &none)));
    return rc;
}

static struct hc_rc reissue_one(void *ctx, const struct hc_renewable *r, struct hc_err *e)
{
    struct ending *x = ctx;
    struct hc_err why = {0};
    HC_ISSUED(issued);
    (void)e;
    if (!r->key_here) {
        note_elsewhere(x, r->row);
        return HC_OK;
    }
    hc_progress_at(x->progress, (int64_t)x->tried++);
    if (hc_failed(renew(x, r, &issued, &why)))
        note_failed(x, r->row, &why);
    else
        note_done(x, r->row, &issued);
    if (x->out.n > 0) {
        hc_progress_end(x->progress);
        print(x); /* now: the passphrase of a .p12 is shown this once */
    }
    return HC_OK;
}

/* The issuer is not revoked: what was tried is told before the reason. Whole JSON, without a crl_number. */
static void print_undone(struct ending *x)
{
    if (x->json) {
        hc_json_end(x->json, ']');
        hc_json_int(x->json, "reissued", (int64_t)x->done);
        hc_json_int(x->json, "failed", (int64_t)x->failed);
        hc_json_end(x->json, '}');
    } else if (x->failures.n > 0) {
        hc_buf_addf(&x->out, "Not reissued:\n%s", hc_buf_cstr(&x->failures));
    }
    print(x);
}

static struct hc_rc reissue(struct ending *x, struct hc_err *e)
{
    HC_PROGRESS(progress, "Reissuing", (int64_t)x->here);
    x->progress = &progress;
    HC_TRY(e, hc_authority_renewable_of(x->session.authority, x->name, reissue_one, x, e));
    hc_progress_end(&progress);
    if (x->failed == 0 || x->done > 0)
        return HC_OK;
    print_undone(x);
    return HC_FAIL(e, HC_E_BATCH,
                   "none of %zu could be reissued, so %s is not revoked: mend this, or revoke it without --reissue",
                   x->failed, x->name);
}

/* Those whose key is not here, when nothing is reissued: told all the same. */
static struct hc_rc only_note(void *ctx, const struct hc_renewable *r, struct hc_err *e)
{
    (void)e;
    if (!r->key_here)
        note_elsewhere(ctx, r->row);
    return HC_OK;
}

/* ---- the end ---- */

static void tell_rest(struct ending *x)
{
    if (x->failures.n > 0) {
        hc_buf_addf(&x->out, "Not reissued, and refused from now on:\n%s", hc_buf_cstr(&x->failures));
    }
    if (x->elsewhere.n > 0)
        hc_buf_addf(&x->out,
                    "Refused from now on, because their keys are not in this home, until their owners\n"
                    "send a new request (handclasp renew NAME --request FILE):\n%s",
                    hc_buf_cstr(&x->elsewhere));
}

static void print_end(struct ending *x)
{
    if (x->json) {
        hc_json_end(x->json, ']');
        hc_json_int(x->json, "reissued", (int64_t)x->done);
        hc_json_int(x->json, "failed", (int64_t)x->failed);
        hc_json_int(x->json, "crl_number", x->crl_number);
        hc_gate_wait_json(&x->wait, x->json);
        hc_json_end(x->json, '}');
    } else {
        if (x->reissue)
            hc_buf_addf(&x->out, "Reissued %zu of %zu.\n", x->done, x->here);
        hc_buf_addf(&x->out, "Revoked the issuer %s (%s); the root's CRL number %lld is published.\n", x->name,
                    hc_crl_reason_text(x->reason), (long long)x->crl_number);
        tell_rest(x);
        hc_gate_wait_text(&x->wait, &x->out);
    }
    print(x);
}

static void begin_json(struct ending *x)
{
    if (!x->json)
        return;
    hc_json_begin(x->json, NULL, '{');
    hc_json_str(x->json, "issuer", x->name);
    hc_json_str(x->json, "reason", hc_crl_reason_text(x->reason));
    hc_json_begin(x->json, "certificates", '[');
}

static struct hc_rc revoke(struct ending *x, struct hc_err *e)
{
    struct hc_authority *a = x->session.authority;
    struct hc_rc rc;
    begin_json(x);
    if (x->reissue)
        HC_TRY(e, reissue(x, e));
    else
        HC_TRY(e, hc_authority_renewable_of(a, x->name, only_note, x, e));
    hc_gate_wait_begin(x->in, &x->wait);
    rc = hc_issuer_revoke(a, x->name, x->reason, &x->crl_number, e);
    if (hc_failed(rc))
        print_undone(x);
    else
        hc_gate_wait_end(&x->session, &x->wait);
    if (hc_failed(rc) && x->done > 0)
        hc_err_prefix(e, "%zu certificates are reissued", x->done);
    HC_TRY(e, rc);
    print_end(x);
    if (hc_failed(x->printing)) {
        *e = x->why;
        hc_err_prefix(e, "the issuer %s is revoked, but this could not be printed", x->name);
        return x->printing;
    }
    if (x->failed > 0)
        return HC_FAIL(e, HC_E_BATCH, "the issuer %s is revoked, but %zu of %zu certificates could not be reissued",
                       x->name, x->failed, x->here);
    return hc_gate_wait_verdict(&x->wait, e);
}

/* A CA's own reason, besides those of leaves. */
static struct hc_rc read_reason(const struct hc_opts *opts, enum hc_crl_reason *out, struct hc_err *e)
{
    const char *text = hc_opts_value(opts, "reason");
    if (!text)
        return HC_OK;
    if (hc_bytes_eq_nocase(hc_bytes_str(text), HC_BYTES("cACompromise")) ||
        hc_bytes_eq_nocase(hc_bytes_str(text), HC_BYTES("ca-compromise"))) {
        *out = HC_CRL_CA_COMPROMISE;
        return HC_OK;
    }
    return hc_reason_parse(hc_bytes_str(text), out, e);
}

static struct hc_rc prepare(struct ending *x, struct hc_err *e)
{
    struct hc_session *s = &x->session;
    struct hc_rc rc;
    HC_TRY(e, hc_session_open(x->in, s, e));
    HC_TRY(e, hc_session_bring_root(x->in, s, e));
    HC_TRY(e, hc_issuer_heirs_find(s->authority, x->heirs, e));
    HC_TRY(e, hc_session_unlock(x->in, s, e));
    HC_TRY(e, hc_issue_grant_cli(&x->grant, e));
    rc = hc_issuer_revocable(s->authority, x->name, x->reason, e);
    if (rc.code != HC_E_ALREADY_REVOKED)
        return rc;
    hc_gate_wait_begin(x->in, &x->wait);
    return hc_issuer_revoke(s->authority, x->name, x->reason, &x->crl_number,
                            e); /* what an earlier run could not publish */
}

/* Whose CRL it is on. */
static struct hc_rc concern_parent(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct ending *x = ctx;
    return strcmp(v->name, x->name) == 0 ? hc_gate_wait_concerns(&x->wait, hc_bytes_str(v->parent), e) : HC_OK;
}

/* It was revoked before, and perhaps a gate was silent then: it is asked again. */
static struct hc_rc only_wait(struct ending *x, struct hc_err *e)
{
    HC_TRY(e, hc_issuer_list(x->session.authority, concern_parent, x, e));
    hc_gate_wait_end(&x->session, &x->wait);
    if (x->json) {
        hc_json_begin(x->json, NULL, '{');
        hc_json_str(x->json, "issuer", x->name);
        hc_gate_wait_json(&x->wait, x->json);
        hc_json_end(x->json, '}');
    } else {
        hc_buf_addf(&x->out, "The issuer %s is revoked already.\n", x->name);
        hc_gate_wait_text(&x->wait, &x->out);
    }
    HC_TRY(e, hc_out_flush(&x->out, e));
    return hc_gate_wait_verdict(&x->wait, e);
}

static struct hc_rc run(struct ending *x, struct hc_err *e)
{
    HC_TRY(e, read_reason(x->in->opts, &x->reason, e));
    if (x->heirs->only && !x->reissue)
        return HC_FAIL(e, HC_E_USAGE, "--issuer says who is to reissue; add --reissue");
    HC_TRY(e, hc_gate_wait_read(x->in->opts, &x->wait, e));
    struct hc_rc rc = prepare(x, e);
    if (rc.code == HC_E_ALREADY_REVOKED && x->wait.on)
        return only_wait(x, e);
    HC_TRY(e, rc);
    HC_TRY(e, confirm(x, e));
    rc = revoke(x, e);
    hc_session_warn(&x->session);
    return rc;
}

struct hc_rc hc_issuer_cmd_revoke(struct hc_invocation *in, struct hc_err *e)
{
    struct hc_issuer_heirs heirs = {.going = hc_opts_arg(in->opts, 1), .only = hc_opts_value(in->opts, "issuer")};
    __attribute__((cleanup(ending_fini))) struct ending x = {
        .in = in,
        .heirs = &heirs,
        .name = heirs.going,
        .reissue = hc_opts_flag(in->opts, "reissue"),
        .out = HC_BUF(HC_OUT_MAX),
        .failures = HC_BUF(TOLD_MAX),
        .elsewhere = HC_BUF(TOLD_MAX),
    };
    x.writer = hc_json_init(&x.out);
    x.json = hc_opts_flag(in->opts, "json") ? &x.writer : NULL;
    return run(&x, e);
}

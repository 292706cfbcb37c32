/* cmd_renew.c - handclasp renew: the same identity again, one by name or all that are due. */
#include <stdio.h>

#include "authority/home.h"
#include "authority/renew.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/names.h"
#include "cmd/out.h"
#include "cmd/progress.h"
#include "cmd/session.h"
#include "cmd/tell.h"

static const struct hc_option OPTIONS[] = {
    {"expiring", "SPAN", "all that end within 7d (12h) and have a key here", false},
    {"as", "LABEL", "the further certificate of that label", false},
    {"same-key", NULL, "keep the key (else a new one is made)", false},
    {"request", "FILE", "a new request of the owner, who has the key", false},
    {"days", "N", "lifetime (as long as before)", false},
    {"hours", "N", "lifetime", false},
    HC_OPTION_ISSUER,
    HC_OPTION_KEY,
    HC_OPTION_FOR,
    HC_OPTIONS_P12,
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

#define NAMES_MAX 1000      /* of one command line */
#define TOLD_MAX (16 << 20) /* bytes of failures and of what is not renewed here, kept for the end */

struct renewing {
    struct hc_invocation *in;
    struct hc_session *session;
    struct hc_issue_grant *grant;
    struct hc_renew_request request; /* the same for all, but for name and label */
    struct hc_buf *out;
    struct hc_json *json;         /* NULL for text */
    struct hc_progress *progress; /* NULL for names */
    struct hc_buf *failures;      /* lines for the end */
    struct hc_buf *elsewhere;     /* the same: keys that are not here */
    size_t due, done, failed, not_here, seen;
    bool by_timer; /* --expiring */
    bool for_said; /* --for */
};

/* ---- the certificate before ---- */

struct before {
    struct hc_bytes label;
    bool found;
    size_t n; /* with this label or another */
    int64_t not_after;
    char profile[16];
};

static struct hc_rc remember(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    struct before *b = ctx;
    (void)e;
    b->n++;
    if (!hc_bytes_eq(row->label, b->label))
        return HC_OK;
    b->found = true; /* rows come in the order of issue: the last one stays */
    b->not_after = row->not_after;
    snprintf(b->profile, sizeof b->profile, "%.*s", HC_BYTES_FMT(row->profile));
    return HC_OK;
}

static struct hc_rc find_before(const struct renewing *r, struct before *out, struct hc_err *e)
{
    HC_BUF_AUTO(identity, HC_NAME_TEXT_MAX);
    hc_name_text(r->request.name, &identity);
    HC_TRY(e, hc_buf_check(&identity, e));
    out->label = hc_bytes_str(r->request.label ? r->request.label : "");
    struct hc_ledger_filter filter = {.identity = hc_buf_view(&identity)};
    HC_TRY(e, hc_ledger_certs(hc_authority_ledger(r->session->authority), &filter, remember, out, NULL, e));
    if (out->n == 0)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "this authority has issued nothing to %s", hc_buf_cstr(&identity));
    if (!out->found)
        return HC_FAIL(e, HC_E_IDENTITY_UNKNOWN, "%s has no certificate %s%s", hc_buf_cstr(&identity),
                       out->label.n > 0 ? "with the label " : "without a label; say which: --as LABEL",
                       r->request.label ? r->request.label : "");
    return HC_OK;
}

/* ---- what is printed ---- */

static void put_who(const struct renewing *r, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    hc_name_text(r->request.name, &name);
    hc_escape_text(out, hc_buf_view(&name));
    if (r->request.label && *r->request.label) {
        hc_buf_add_str(out, " (");
        hc_escape_text(out, hc_bytes_str(r->request.label));
        hc_buf_add_str(out, ")");
    }
}

static void print_text(const struct renewing *r, const struct before *before, const struct hc_tell *tell)
{
    HC_BUF_AUTO(when, 128);
    hc_buf_addf(r->out, "Renewed %s ", before->profile);
    put_who(r, r->out);
    hc_buf_add_str(r->out, "\n");
    hc_text_when(&when, before->not_after, hc_time_now());
    hc_text_field(r->out, "was until", hc_buf_view(&when));
    hc_tell_text(tell, r->out);
    if (tell->hide_passphrase && tell->issued->made_passphrase)
        hc_buf_addf(r->out, "  %-12shand it over with: handclasp export\n", "");
}

static void begin_json(const struct renewing *r, const char *state)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    hc_name_text(r->request.name, &name);
    hc_json_begin(r->json, NULL, '{');
    hc_json_str(r->json, "state", state);
    hc_json_bytes(r->json, "identity", hc_buf_view(&name));
    hc_json_str(r->json, "label", r->request.label ? r->request.label : "");
}

static void print_json(const struct renewing *r, const struct before *before, const struct hc_tell *tell)
{
    begin_json(r, "renewed");
    hc_json_str(r->json, "profile", before->profile);
    hc_json_time(r->json, "was_until", before->not_after);
    hc_tell_json(tell, r->json);
    hc_json_end(r->json, '}');
}

static void note_failure(struct renewing *r, const struct hc_err *why)
{
    r->failed++;
    if (r->json) {
        char id[HC_ID_TEXT];
        begin_json(r, "failed");
        hc_json_str(r->json, "code", hc_id_text(why->code, id));
        hc_json_str(r->json, "reason", why->text);
        hc_json_end(r->json, '}');
        return;
    }
    hc_buf_add_str(r->failures, "  ");
    put_who(r, r->failures);
    hc_buf_add_str(r->failures, "\n");
    hc_text_reason(r->failures, why);
}

static void note_elsewhere(struct renewing *r, int64_t not_after)
{
    HC_BUF_AUTO(when, 128);
    r->not_here++;
    if (r->json) {
        begin_json(r, "key elsewhere");
        hc_json_time(r->json, "not_after", not_after);
        hc_json_end(r->json, '}');
        return;
    }
    hc_buf_add_str(r->elsewhere, "  ");
    put_who(r, r->elsewhere);
    hc_text_when(&when, not_after, hc_time_now());
    hc_buf_addf(r->elsewhere, "\n      until %s\n", hc_buf_cstr(&when));
}

/* ---- renewing ---- */

/* Writes what came together so far; a bar must not stand in the middle of it. */
static struct hc_rc flush(const struct renewing *r, const struct hc_tell *tell, struct hc_err *e)
{
    if (r->progress)
        hc_progress_end(r->progress);
    struct hc_rc rc = hc_out_flush(r->out, e);
    if (hc_failed(rc))
        hc_tell_unprinted(tell, e);
    return rc;
}

/* Whoever had a profile for ios or macos gets one again: both are written in the same way. */
static struct hc_rc choose_platform(struct renewing *r, struct hc_err *e)
{
    char profile[HC_PATH];
    if (r->for_said)
        return HC_OK;
    HC_TRY(e, hc_home_identity_file(r->in->home, r->request.name, r->request.label, "mobileconfig", profile, e));
    r->request.p12_for = hc_file_exists(profile) ? HC_P12_IOS : HC_P12_MODERN;
    return HC_OK;
}

/* What is printed is written at once, because a passphrase that is not printed is lost. */
static struct hc_rc renew_one(struct renewing *r, struct hc_err *e)
{
    HC_ISSUED(issued);
    struct before before = {.found = false};
    HC_TRY(e, find_before(r, &before, e));
    HC_TRY(e, choose_platform(r, e));
    HC_TRY(e, hc_authority_renew(r->session->authority, r->grant, &r->request, &issued, e));
    r->done++;
    struct hc_tell tell = {
        .issued = &issued,
        .key_elsewhere = r->request.csr != NULL,
        .hide_passphrase = r->by_timer, /* its output is a log, which others read */
    };
    if (r->json)
        print_json(r, &before, &tell);
    else
        print_text(r, &before, &tell);
    return flush(r, &tell, e);
}

/* One that cannot be renewed does not keep the others back; a full disk or a lost key does. */
static struct hc_rc renew_and_go_on(struct renewing *r, struct hc_err *e)
{
    size_t done = r->done;
    struct hc_rc rc = renew_one(r, e);
    if (hc_ok(rc) || r->done > done || hc_row(rc.code)->exit == 3)
        return rc;
    note_failure(r, e);
    return HC_OK;
}

static struct hc_rc renew_due(void *ctx, const struct hc_renewable *due, struct hc_err *e)
{
    struct renewing *r = ctx;
    char label[256];
    snprintf(label, sizeof label, "%.*s", HC_BYTES_FMT(due->row->label));
    r->request.name = due->name;
    r->request.label = label;
    struct hc_rc rc = HC_OK;
    if (due->key_here)
        rc = renew_and_go_on(r, e);
    else
        note_elsewhere(r, due->row->not_after);
    hc_progress_at(r->progress, (int64_t)++r->seen);
    r->request.label = NULL; /* it ends with this call */
    r->request.name = NULL;
    return rc;
}

static struct hc_rc count(void *ctx, const struct hc_renewable *due, struct hc_err *e)
{
    size_t *n = ctx;
    (void)due;
    (void)e;
    ++*n;
    return HC_OK;
}

static struct hc_rc renew_all(struct renewing *r, int64_t span, struct hc_err *e)
{
    struct hc_authority *a = r->session->authority;
    HC_TRY(e, hc_authority_renewable(a, span, count, &r->due, e));
    HC_PROGRESS(progress, "Renewing", (int64_t)r->due);
    r->progress = &progress;
    struct hc_rc rc = hc_authority_renewable(a, span, renew_due, r, e);
    r->progress = NULL;
    return rc;
}

/* Before anything is renewed: a slip in the last name must not leave the first ones done. */
static struct hc_rc check_names(const struct hc_opts *opts, struct hc_err *e)
{
    for (size_t i = 0; i < hc_opts_args(opts); i++) {
        HC_AUTO(hc_name) name = NULL;
        HC_TRY(e, hc_session_name(hc_opts_arg(opts, i), &name, e));
    }
    return HC_OK;
}

/* The names are those of before, whatever the request asks for. But one that asks only for others may be somebody
 * else's, whose key gets this identity by a slip. */
static void warn_of_request(const struct renewing *r)
{
    const struct hc_csr *csr = r->request.csr;
    HC_BUF_AUTO(asked, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(own, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(text, 4 * HC_NAME_TEXT_MAX);
    if (!csr || csr->n_names == 0)
        return;
    for (size_t i = 0; i < csr->n_names; i++)
        if (hc_name_eq(&csr->names[i], r->request.name))
            return;
    hc_name_text(&csr->names[0], &asked);
    hc_name_text(r->request.name, &own);
    hc_buf_addf(&text,
                "the request asks for %s, and its key gets %s; if it is the wrong file: handclasp revoke --serial",
                hc_buf_cstr(&asked), hc_buf_cstr(&own));
    hc_out_warning(HC_E_REQUEST_NAMES, hc_buf_cstr(&text));
}

static struct hc_rc renew_named(struct renewing *r, struct hc_err *e)
{
    const struct hc_opts *opts = r->in->opts;
    size_t n = hc_opts_args(opts);
    HC_TRY(e, check_names(opts, e));
    for (size_t i = 0; i < n; i++) {
        HC_AUTO(hc_name) name = NULL;
        HC_TRY(e, hc_session_name(hc_opts_arg(opts, i), &name, e));
        r->request.name = name;
        warn_of_request(r);
        HC_TRY(e, n == 1 ? renew_one(r, e) : renew_and_go_on(r, e)); /* one alone says itself why not */
        r->request.name = NULL;
    }
    r->due = n;
    return HC_OK;
}

/* ---- the end ---- */

static void put_end(struct renewing *r)
{
    if (r->by_timer && r->due == 0)
        hc_buf_add_str(r->out, "Nothing is due.\n");
    if (r->not_here > 0) {
        hc_buf_addf(r->out,
                    "Due, but with a key that is not here (%zu): let the owner send a new request, then\n"
                    "  handclasp renew NAME --request FILE\n",
                    r->not_here);
        hc_buf_add(r->out, hc_buf_view(r->elsewhere));
    }
    if (r->failed > 0) {
        hc_buf_addf(r->out, "Not renewed (%zu):\n", r->failed);
        hc_buf_add(r->out, hc_buf_view(r->failures));
    }
}

/* It ended early: what is known of the others is told before the reason. */
static void put_rest(struct renewing *r)
{
    struct hc_err ignored;
    if (r->json || r->failed + r->not_here == 0)
        return;
    put_end(r);
    hc_ignore(hc_out_flush(r->out, &ignored)); /* the reason itself is worse */
}

static struct hc_rc renew(struct renewing *r, int64_t span, struct hc_err *e)
{
    struct hc_rc rc = r->by_timer ? renew_all(r, span, e) : renew_named(r, e);
    if (hc_failed(rc)) {
        put_rest(r);
        return rc;
    }
    if (r->json)
        hc_json_end(r->json, ']');
    else
        put_end(r);
    HC_TRY(e, hc_out_flush(r->out, e));
    if (r->failed > 0)
        return HC_FAIL(e, HC_E_BATCH, "%zu of %zu could not be renewed", r->failed, r->due);
    return HC_OK;
}

/* ---- the command line ---- */

static struct hc_rc check_words(const struct hc_opts *opts, struct hc_err *e)
{
    size_t n = hc_opts_args(opts);
    bool all = hc_opts_flag(opts, "expiring");
    if (all == (n > 0))
        return HC_FAIL(e, HC_E_USAGE, "%s",
                       all ? "give names or --expiring, not both"
                           : "say what is to be renewed: a NAME, or --expiring 7d for all that is due");
    if (all && hc_opts_flag(opts, "as"))
        return HC_FAIL(e, HC_E_USAGE, "--as goes with a NAME; --expiring renews whatever label it has");
    if (hc_opts_flag(opts, "request") && (n != 1 || hc_opts_flag(opts, "same-key") || hc_opts_flag(opts, "key")))
        return HC_FAIL(e, HC_E_USAGE,
                       "--request goes with one NAME, and the key is the one in the request: neither "
                       "--same-key nor --key");
    if (hc_opts_flag(opts, "same-key") && hc_opts_flag(opts, "key"))
        return HC_FAIL(e, HC_E_USAGE, "--same-key keeps the key, so --key KIND is for nothing");
    return HC_OK;
}

static struct hc_rc read_request(const struct hc_opts *opts, struct hc_renew_request *out, int64_t *span,
                                 struct hc_err *e)
{
    HC_TRY(e, check_words(opts, e));
    out->same_key = hc_opts_flag(opts, "same-key");
    HC_TRY(e, hc_names_span(opts, "expiring", span, e));
    HC_TRY(e, hc_names_lifetime(opts, &out->seconds, e));
    HC_TRY(e, hc_names_label(opts, &out->label, e));
    HC_TRY(e, hc_names_issuer(opts, &out->issuer, e));
    HC_TRY(e, hc_names_key(opts, &out->has_key_kind, &out->key_kind, e));
    return hc_names_for(opts, NULL, &out->p12_for, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_AUTO(hc_issue_grant) grant = NULL;
    HC_AUTO(hc_secret) p12 = NULL;
    HC_AUTO(hc_csr) csr = NULL;
    HC_BUF_SECRET(out, HC_OUT_MAX);
    HC_BUF_AUTO(failures, TOLD_MAX);
    HC_BUF_AUTO(elsewhere, TOLD_MAX);
    struct hc_json json = hc_json_init(&out);
    struct renewing r = {.in = in, .session = &s, .out = &out, .failures = &failures, .elsewhere = &elsewhere};
    int64_t span = 0;
    HC_TRY(e, read_request(in->opts, &r.request, &span, e));
    HC_TRY(e, hc_names_p12_passphrase(in->opts, &p12, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    if (hc_opts_value(in->opts, "request"))
        HC_TRY(e, hc_csr_load(s.crypto, hc_opts_value(in->opts, "request"), &csr, e));
    HC_TRY(e, hc_session_unlock(in, &s, e));
    HC_TRY(e, hc_issue_grant_cli(&grant, e));
    r.grant = grant;
    r.request.csr = csr;
    r.request.p12_passphrase = p12;
    r.by_timer = span > 0;
    r.for_said = hc_opts_flag(in->opts, "for");
    if (hc_opts_flag(in->opts, "json")) {
        r.json = &json;
        hc_json_begin(&json, NULL, '[');
    }
    HC_TRY(e, renew(&r, span, e));
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_renew = {
    .name = "renew",
    .summary = "renew certificates: one by name, or all that are due",
    .usage = "NAME... | --expiring SPAN [OPTION]...",
    .about = "The new certificate has the names, the profile and the label of the one before,\n"
             "a new key and a new end, and takes its place in HOME/identities; the one before\n"
             "stays valid until its own end. What has expired can be renewed for 30 days more,\n"
             "what is revoked never. --expiring renews what has its key here, lists what has\n"
             "not, and prints no passphrases: a person's new .p12 is made by export. What\n"
             "lives no longer than SPAN is renewed each time.\n",
    .example = "  handclasp renew shop.example.com\n"
               "  handclasp renew --expiring 7d\n"
               "  handclasp renew printer.example.com --request printer.csr\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = NAMES_MAX,
    .run = run,
};

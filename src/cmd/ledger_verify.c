/*
 * ledger_verify.c - is the ledger what this authority wrote?
 *
 * Order: the ledger by itself; its signed head; certificates in identities/ that it does not know; issuances that were
 * interrupted; the published CRLs. The first failure decides the exit code, and every one is printed.
 */
#include "cmd/ledger_verify.h"

#include <stdio.h>

#include "authority/head.h"
#include "authority/home.h"
#include "authority/publish.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/out.h"
#include "cmd/progress.h"
#include "cmd/session.h"
#include "crypto/digest.h"

#define INDENT 14                   /* below a label */
#define TEXT_MAX ((size_t)64 << 20) /* some hundred thousand lines: identities that are not in the ledger */

struct check {
    const struct hc_invocation *in;
    bool json;
    struct hc_buf text;  /* for people, line by line; or JSON */
    struct hc_json j;    /* writes into text */
    struct hc_err first; /* code HC_OK_CODE: nothing is wrong so far */
    struct hc_progress progress;
    size_t faults, lost, interrupted;
};

static void check_fini(struct check *c)
{
    hc_progress_end(&c->progress);
    hc_buf_fini(&c->text);
}

/* Keeps the first failure. */
static void fails(struct check *c, const struct hc_err *why)
{
    if (c->first.code == HC_OK_CODE)
        c->first = *why;
}

/* A line that something is wrong: "  wrong: TEXT (HC-7024)". */
static void say_wrong(struct check *c, enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];
    if (c->json) {
        hc_json_begin(&c->j, NULL, '{');
        hc_json_str(&c->j, "code", hc_id_text(code, id));
        hc_json_str(&c->j, "text", text);
        hc_json_end(&c->j, '}');
        return;
    }
    HC_BUF_AUTO(line, 8 * HC_ERR_TEXT);
    hc_escape_text(&line, hc_bytes_str(text));
    hc_buf_addf(&line, " (%s)", hc_id_text(code, id));
    hc_buf_add_str(&c->text, "  wrong       ");
    hc_text_wrap(&c->text, INDENT, INDENT, hc_buf_view(&line));
}

static void begin_list(struct check *c, const char *key)
{
    if (c->json)
        hc_json_begin(&c->j, key, '[');
}

static void end_list(struct check *c)
{
    if (c->json)
        hc_json_end(&c->j, ']');
}

/* ---- the ledger by itself ---- */

static struct hc_rc tell_fault(void *ctx, const struct hc_ledger_fault *f, struct hc_err *e)
{
    struct check *c = ctx;
    (void)e;
    c->faults++;
    say_wrong(c, HC_E_LEDGER_TAMPERED, f->text);
    return HC_OK;
}

static void tell_progress(void *ctx, int64_t done, int64_t of)
{
    struct check *c = ctx;
    c->progress.total = of;
    hc_progress_at(&c->progress, done);
}

static void print_link(struct check *c, const struct hc_ledger_link *last, size_t faults)
{
    HC_BUF_AUTO(hex, 2 * HC_LEDGER_HASH);
    hc_escape_hex(&hex, hc_bytes_of(last->hash, sizeof last->hash), 0);
    if (c->json) {
        hc_json_int(&c->j, "fault_count", (int64_t)faults);
        hc_json_int(&c->j, "links", last->number);
        hc_json_bytes(&c->j, "hash", hc_buf_view(&hex));
        return;
    }
    if (faults > c->faults)
        hc_buf_addf(&c->text, "  wrong       and %zu more\n", faults - c->faults);
    hc_text_fieldf(&c->text, "links", "%lld", (long long)last->number);
    hc_text_field(&c->text, "hash", hc_buf_view(&hex));
}

static struct hc_rc check_rows(struct check *c, struct hc_ledger *ledger, struct hc_err *e)
{
    struct hc_ledger_check how = {.fault = tell_fault, .progress = tell_progress, .ctx = c};
    struct hc_ledger_link last = {0};
    size_t faults = 0;
    begin_list(c, "faults");
    struct hc_rc rc = hc_ledger_check(ledger, &how, &last, &faults, e);
    end_list(c);
    hc_progress_end(&c->progress);
    if (rc.code != HC_E_LEDGER_TAMPERED)
        HC_TRY(e, rc);
    if (hc_failed(rc))
        fails(c, e);
    print_link(c, &last, faults);
    return HC_OK;
}

/* Not through the authority, which cannot be opened when its issuers' rows were changed. */
static struct hc_rc check_ledger(struct check *c, struct hc_err *e)
{
    HC_AUTO(hc_ledger) ledger = NULL;
    char path[HC_PATH];
    struct hc_ledger_options o = {.path = path, .read_only = true, .now = hc_time_now(), .sha256 = hc_sha256};
    HC_TRY(e, hc_home_path(c->in->home, HC_HOME_LEDGER, path, e));
    HC_TRY(e, hc_ledger_open(&o, &ledger, e));
    return check_rows(c, ledger, e);
}

/* ---- its head ---- */

static void print_head(struct check *c, const struct hc_head *h, struct hc_rc rc, bool explained)
{
    char at[HC_TIME_TEXT];
    if (c->json) {
        hc_json_int(&c->j, "head_links", h->links);
        hc_json_time(&c->j, "signed_at", h->at);
        hc_json_str(&c->j, "signed_by", h->issuer);
        hc_json_bool(&c->j, "head_holds", hc_ok(rc));
        hc_json_bool(&c->j, "explained", explained);
        return;
    }
    hc_text_fieldf(&c->text, "signed by", "%s", h->issuer);
    hc_text_fieldf(&c->text, "at", "%s, with link %lld", hc_time_text(h->at, at), (long long)h->links);
}

/* A failure that says something about the head, as opposed to our looking at it. */
static bool is_about_head(enum hc_code code)
{
    return code == HC_E_HEAD_DEPARTS || code == HC_E_LEDGER_RESTORED || code == HC_E_HEAD_SIGNATURE ||
           code == HC_E_HEAD_MALFORMED;
}

static void tell_head(struct check *c, struct hc_rc rc, const struct hc_err *why)
{
    begin_list(c, "head_faults");
    if (hc_failed(rc)) {
        fails(c, why);
        say_wrong(c, rc.code, why->text);
    }
    end_list(c);
}

static struct hc_rc check_head(struct check *c, struct hc_authority *a, struct hc_err *e)
{
    const char *path = hc_opts_value(c->in->opts, "head");
    struct hc_head head;
    bool explained = false;
    struct hc_rc rc = hc_head_load(a, path, &head, e);
    if (rc.code == HC_E_FILE_MISSING && !path) {
        if (!c->json)
            hc_buf_add_str(&c->text,
                           "  signed by   nobody: there is no publish/ledger-head, so whoever can write the\n"
                           "              ledger could have written all of it anew. Run: handclasp publish\n");
        return HC_OK;
    }
    if (hc_ok(rc)) {
        rc = hc_head_compare(a, &head, &explained, e);
        print_head(c, &head, rc, explained);
    }
    if (hc_failed(rc) && !is_about_head(rc.code))
        return rc;
    tell_head(c, rc, e);
    return HC_OK;
}

/* ---- what restored backups cost ---- */

static struct hc_rc tell_window(void *ctx, const struct hc_head_window *w, struct hc_err *e)
{
    struct check *c = ctx;
    char from[HC_TIME_TEXT], to[HC_TIME_TEXT];
    if (c->json) {
        hc_json_begin(&c->j, NULL, '{');
        hc_json_int(&c->j, "first_link", w->own_link + 1);
        hc_json_int(&c->j, "last_link", w->signed_link);
        hc_json_time(&c->j, "from", w->own_at);
        hc_json_time(&c->j, "to", w->signed_at);
        hc_json_time(&c->j, "noticed_at", w->at);
        hc_json_end(&c->j, '}');
    } else {
        hc_buf_addf(&c->text,
                    "  restored    a backup took the place of links %lld to %lld, written between\n"
                    "              %s and %s: what was issued then is lost\n",
                    (long long)w->own_link + 1, (long long)w->signed_link, hc_time_text(w->own_at, from),
                    hc_time_text(w->signed_at, to));
    }
    return hc_buf_check(&c->text, e);
}

static struct hc_rc tell_windows(struct check *c, struct hc_authority *a, struct hc_err *e)
{
    begin_list(c, "restored");
    HC_TRY(e, hc_head_windows(a, tell_window, c, e));
    end_list(c);
    return HC_OK;
}

/* ---- certificates that it does not know, and issuances that were interrupted ---- */

static struct hc_rc tell_lost(void *ctx, const struct hc_lost_cert *l, struct hc_err *e)
{
    struct check *c = ctx;
    HC_BUF_AUTO(serial, 64);
    HC_BUF_AUTO(names, 1024);
    char until[HC_TIME_TEXT];
    c->lost++;
    hc_serial_text(l->cert->serial, &serial);
    for (size_t i = 0; i < l->cert->n_names && names.n < 512; i++) {
        hc_buf_add_str(&names, i ? ", " : "");
        hc_name_text(&l->cert->names[i], &names);
    }
    if (c->json) {
        hc_json_begin(&c->j, NULL, '{');
        hc_json_bytes(&c->j, "directory", hc_bytes_str(l->dir));
        hc_json_bytes(&c->j, "serial", hc_buf_view(&serial));
        hc_json_bytes(&c->j, "names", hc_buf_view(&names));
        hc_json_str(&c->j, "issuer", l->issuer);
        hc_json_time(&c->j, "not_after", l->cert->not_after);
        hc_json_end(&c->j, '}');
        return hc_buf_check(&c->text, e);
    }
    hc_buf_addf(&c->text, "  unknown     %s ", hc_buf_cstr(&serial));
    hc_escape_text(&c->text, hc_buf_view(&names));
    hc_buf_add_str(&c->text, ", by ");
    hc_escape_text(&c->text, hc_bytes_str(l->issuer));
    hc_buf_addf(&c->text, ", until %s, in ", hc_time_text(l->cert->not_after, until));
    hc_escape_text(&c->text, hc_bytes_str(l->dir));
    hc_buf_add_byte(&c->text, '\n');
    return hc_buf_check(&c->text, e);
}

static struct hc_rc tell_interrupted(void *ctx, const struct hc_ledger_intent *row, struct hc_err *e)
{
    struct check *c = ctx;
    char at[HC_TIME_TEXT];
    HC_BUF_AUTO(serial, 64);
    c->interrupted++;
    hc_serial_text(row->serial, &serial);
    if (c->json) {
        hc_json_begin(&c->j, NULL, '{');
        hc_json_bytes(&c->j, "serial", hc_buf_view(&serial));
        hc_json_bytes(&c->j, "identity", row->asked.identity);
        hc_json_time(&c->j, "at", row->asked.at);
        hc_json_end(&c->j, '}');
        return hc_buf_check(&c->text, e);
    }
    hc_buf_addf(&c->text, "  interrupted %s ", hc_buf_cstr(&serial));
    hc_escape_text(&c->text, row->asked.identity);
    hc_buf_addf(&c->text, ", asked for at %s: no certificate was handed out\n", hc_time_text(row->asked.at, at));
    return hc_buf_check(&c->text, e);
}

static struct hc_rc check_certs(struct check *c, struct hc_authority *a, struct hc_err *e)
{
    begin_list(c, "unknown");
    HC_TRY(e, hc_head_lost(a, tell_lost, c, e));
    end_list(c);
    if (c->lost > 0 && !c->json)
        hc_buf_addf(&c->text,
                    "              The ledger does not know %s: %s in the lost window. Issue anew\n"
                    "              what is still wanted, and remove the directories.\n",
                    c->lost == 1 ? "this certificate" : "these certificates",
                    c->lost == 1 ? "it was issued" : "they were issued");
    begin_list(c, "interrupted");
    HC_TRY(e, hc_ledger_interrupted(hc_authority_ledger(a), tell_interrupted, c, e));
    end_list(c);
    return HC_OK;
}

/* ---- the published CRLs ---- */

static void wrong_crl(struct check *c, enum hc_code code, const char *text)
{
    struct hc_err why = {0};
    hc_ignore(HC_FAIL(&why, code, "%s", text));
    fails(c, &why);
    say_wrong(c, code, text);
}

static struct hc_rc tell_crl(void *ctx, const struct hc_published_crl *crl, struct hc_err *e)
{
    struct check *c = ctx;
    char text[256];
    (void)e;
    (void)snprintf(text, sizeof text, "there is no CRL of %s", crl->issuer);
    if (!crl->there)
        wrong_crl(c, HC_E_CRL_MISSING, text);
    (void)snprintf(text, sizeof text, "the CRL of %s lacks %zu revocations of the ledger", crl->issuer, crl->lacking);
    if (crl->lacking > 0)
        wrong_crl(c, HC_E_CRL_LACKS, text);
    (void)snprintf(text, sizeof text, "the CRL of %s lists %zu revocations that the ledger does not have", crl->issuer,
                   crl->unknown);
    if (crl->unknown > 0)
        wrong_crl(c, HC_E_LEDGER_RESTORED, text);
    return HC_OK;
}

static struct hc_rc check_crls(struct check *c, struct hc_authority *a, struct hc_err *e)
{
    begin_list(c, "crl_faults");
    HC_TRY(e, hc_authority_published_crls(a, tell_crl, c, e));
    end_list(c);
    return HC_OK;
}

/* ---- all of it ---- */

static struct hc_rc check_authority(struct check *c, struct hc_session *s, struct hc_err *e)
{
    HC_TRY(e, check_head(c, s->authority, e));
    HC_TRY(e, tell_windows(c, s->authority, e));
    HC_TRY(e, check_certs(c, s->authority, e));
    return check_crls(c, s->authority, e);
}

static struct hc_rc check_all(struct check *c, struct hc_session *s, struct hc_err *e)
{
    struct hc_err why = {0};
    struct hc_rc rc = check_ledger(c, e);
    struct hc_json so_far = c->j;
    size_t n = c->text.n;
    if (rc.code == HC_E_FILE_MISSING) /* the authority says better what is missing */
        HC_TRY(e, hc_session_open(c->in, s, e));
    HC_TRY(e, rc);
    rc = hc_session_open(c->in, s, &why);
    if (hc_ok(rc))
        rc = check_authority(c, s, &why);
    if (hc_ok(rc))
        return HC_OK;
    if (c->first.code == HC_OK_CODE || c->text.failed != HC_OK_CODE) {
        *e = why;
        return rc;
    }
    /* A ledger that was changed may not be readable any further: what was found in it is told all the same. */
    c->j = so_far;
    c->text.n = n;
    return HC_OK;
}

static void print_verdict(struct check *c)
{
    char id[HC_ID_TEXT];
    enum hc_code code = c->first.code;
    if (c->json) {
        hc_json_str(&c->j, "verdict", code == HC_OK_CODE ? "yes" : "no");
        hc_json_str(&c->j, "code", code == HC_OK_CODE ? NULL : hc_id_text(code, id));
        hc_json_str(&c->j, "reason", code == HC_OK_CODE ? NULL : c->first.text);
        hc_json_end(&c->j, '}');
        return;
    }
    if (code == HC_OK_CODE) {
        hc_buf_add_str(&c->text, "yes: the ledger is what this authority wrote\n");
        return;
    }
    hc_buf_addf(&c->text, "no: %s (%s)\n  fix: %s\n", hc_row(code)->sentence, hc_id_text(code, id), hc_row(code)->fix);
}

struct hc_rc hc_ledger_verify(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(check_fini))) struct check c = {
        .in = in,
        .json = hc_opts_flag(in->opts, "json"),
        .text = HC_BUF(TEXT_MAX),
        .progress = hc_progress_start("Checking", 0),
    };
    HC_SESSION(s);
    c.j = hc_json_init(&c.text);
    if (c.json)
        hc_json_begin(&c.j, NULL, '{');
    HC_TRY(e, check_all(&c, &s, e));
    print_verdict(&c);
    HC_TRY(e, hc_out_flush(&c.text, e));
    if (s.authority)
        hc_session_warn(&s);
    if (c.first.code == HC_OK_CODE)
        return HC_OK;
    in->told = true;
    *e = c.first;
    return (struct hc_rc){c.first.code};
}

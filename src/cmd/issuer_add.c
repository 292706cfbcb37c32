/* issuer_add.c - handclasp issuer add. */
#include <stdio.h>

#include "base/clock.h"
#include "cmd/issuer.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/plan.h"
#include "cmd/transcript.h"

/* ---- how the new key is to be protected ---- */

/* Which keys there are: those of CAs decide; where there is none yet, one that waits does. */
struct keys {
    bool here;      /* a CA's key is in this home */
    bool waiting;   /* one waits for its certificate, */
    bool encrypted; /* ... encrypted */
};

static struct hc_rc see_key(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct keys *k = ctx;
    (void)e;
    if (v->state != HC_ISSUER_WAITING) {
        k->here = k->here || v->key_here;
    } else if (v->key_here) {
        k->waiting = true;
        k->encrypted = k->encrypted || v->key_encrypted;
    }
    return HC_OK;
}

/* The first key of a home whose root is elsewhere: nothing says how the others are protected. */
static struct hc_rc unlock_first(struct hc_invocation *in, struct hc_session *s, const struct keys *keys,
                                 struct hc_err *e)
{
    HC_AUTO(hc_secret) passphrase = NULL;
    struct hc_passphrase_from from = {
        .file = hc_opts_value(in->opts, "passphrase-file"),
        .fd = hc_opts_value(in->opts, "passphrase-fd"),
        .option = "passphrase",
        .prompt = keys->waiting ? "Passphrase of the CA keys" : "New passphrase of the CA keys",
        .twice = !keys->waiting,
    };
    if (keys->waiting && !keys->encrypted)
        return HC_OK;
    if (hc_opts_flag(in->opts, "no-passphrase")) {
        if (from.file || from.fd)
            return HC_FAIL(e, HC_E_USAGE, "--no-passphrase contradicts --passphrase-%s", from.file ? "file" : "fd");
        if (!keys->encrypted)
            return HC_OK;
    }
    struct hc_rc rc = hc_passphrase_get(&from, &passphrase, e);
    if (rc.code == HC_E_PASSPHRASE_NEEDED && !keys->waiting)
        hc_err_prefix(e, "this is the first CA key of this home: say how it is protected, or --no-passphrase");
    HC_TRY(e, rc);
    return hc_authority_unlock(s->authority, passphrase, e);
}

static struct hc_rc unlock(struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    struct keys keys = {.here = false};
    HC_TRY(e, hc_issuer_list(s->authority, see_key, &keys, e));
    if (!keys.here)
        return unlock_first(in, s, &keys, e);
    if (hc_opts_flag(in->opts, "no-passphrase"))
        return HC_FAIL(e, HC_E_USAGE,
                       "the new key is protected as the CA keys that are here; --no-passphrase is for "
                       "a home without any");
    return hc_session_unlock(in, s, e);
}

/* ---- what is printed ---- */

/* The name of the last one that is no request. */
static struct hc_rc find_newest(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    char *name = ctx;
    (void)e;
    if (v->cert && *v->parent)
        snprintf(name, HC_ISSUER_NAME_MAX + 1, "%s", v->name);
    return HC_OK;
}

static void print_added(struct hc_session *s, const char *name, struct hc_buf *out)
{
    const struct hc_cert *cert = hc_authority_issuer(s->authority);
    HC_BUF_AUTO(when, 128);
    hc_buf_addf(out, "Added the issuer %s\n", name);
    hc_text_field(out, "key", hc_bytes_str(hc_key_kind_text(hc_key_kind_of(cert->spki))));
    hc_text_when(&when, cert->not_after, hc_time_now());
    hc_text_field(out, "until", hc_buf_view(&when));
    hc_transcript_constraints(cert, out);
    hc_transcript_hash(out, "sha256", cert->sha256);
    hc_buf_addf(out, "New certificates come from it where it may issue them; what older issuers signed\n"
                     "stays good, and comes from this one when it is renewed: handclasp renew\n");
}

/* JSON is what `show` prints of it: what waits for its certificate has none yet. */
static struct hc_rc print_json(struct hc_session *s, const char *name, struct hc_buf *out, struct hc_err *e)
{
    hc_buf_clear(out);
    return hc_issuer_cmd_json(s, name, out, e);
}

/* ---- the three ways ---- */

static struct hc_rc make(struct hc_session *s, const struct hc_issue_grant *grant, const struct hc_plan *p,
                         struct hc_buf *out, struct hc_err *e)
{
    struct hc_rc rc = hc_issuer_add(s->authority, grant, &p->plan, e);
    if (rc.code == HC_E_ROOT_OFFLINE)
        return HC_FAIL(
            e, HC_E_ROOT_OFFLINE,
            "the root's key is not in this home: bring it with --root-key FILE, or ask the root's home to sign: "
            "handclasp issuer add %s --request-out FILE",
            p->plan.name);
    HC_TRY(e, rc);
    print_added(s, p->plan.name, out);
    return HC_OK;
}

static struct hc_rc request(struct hc_session *s, const struct hc_plan *p, const char *file, struct hc_buf *out,
                            struct hc_err *e)
{
    HC_BUF_AUTO(text, 2 * HC_CSR_MAX);
    HC_AUTO(hc_csr) csr = NULL;
    HC_TRY(e, hc_transcript_check_file(file, HC_ISSUER_REQUEST_BEGINS, e));
    HC_TRY(e, hc_issuer_request(s->authority, &p->plan, &text, e));
    HC_TRY(e, hc_csr_parse(s->crypto, hc_buf_view(&text), &csr, e));
    HC_TRY(e, hc_file_write_atomic(file, hc_buf_view(&text), 0644, e));
    hc_transcript_request(csr, out);
    hc_buf_addf(out, "The request is in ");
    hc_text_cell(out, hc_bytes_str(file), HC_PATH, true);
    hc_buf_add_str(out, "Next, in the home with the root's key: handclasp sign-issuer FILE --out REPLY\n"
                        "and then here: handclasp issuer add --certificate REPLY\n");
    return HC_OK;
}

static struct hc_rc accept(struct hc_invocation *in, struct hc_session *s, const struct hc_issue_grant *grant,
                           struct hc_buf *out, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_ISSUER_REPLY_MAX);
    HC_ISSUER_REPLY(reply);
    char newest[HC_ISSUER_NAME_MAX + 1] = "";
    const char *file = hc_opts_value(in->opts, "certificate"), *name = hc_opts_arg(in->opts, 1);
    bool json = hc_opts_flag(in->opts, "json");
    HC_TRY(e, hc_file_read(file, &text, e));
    HC_TRY(e, hc_issuer_reply_parse(hc_buf_view(&text), &reply, e));
    HC_TRY(e, hc_issuer_accept(s->authority, grant, name, hc_buf_view(&text), e));
    hc_transcript_reply(&reply, out);
    HC_TRY(e, hc_issuer_list(s->authority, find_newest, newest, e));
    if (json)
        return print_json(s, newest, out, e);
    print_added(s, newest, out);
    return HC_OK;
}

static struct hc_rc check(const struct hc_opts *opts, struct hc_err *e)
{
    const char *to = hc_opts_value(opts, "request-out"), *from = hc_opts_value(opts, "certificate");
    const char *name = hc_opts_arg(opts, 1);
    if (to && from)
        return HC_FAIL(e, HC_E_USAGE, "--request-out is the first half of a ceremony, --certificate the second");
    if ((to || from) && hc_opts_value(opts, "root-key"))
        return HC_FAIL(e, HC_E_USAGE, "with --root-key the root signs here: no request and no reply are needed");
    if (from)
        HC_TRY(e, hc_plan_none(opts, "the request; the reply is taken as it is", e));
    if (!name && !from)
        return HC_FAIL(e, HC_E_USAGE, "say how the issuer is to be called: handclasp issuer add NAME");
    return name ? hc_issuer_check_name(name, e) : HC_OK;
}

struct hc_rc hc_issuer_cmd_add(struct hc_invocation *in, struct hc_err *e)
{
    const char *to = hc_opts_value(in->opts, "request-out"), *from = hc_opts_value(in->opts, "certificate");
    const char *name = hc_opts_arg(in->opts, 1);
    HC_SESSION(s);
    HC_AUTO(hc_issue_grant) grant = NULL;
    HC_PLAN(plan);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_TRY(e, check(in->opts, e));
    HC_TRY(e, hc_plan_read(in->opts, &plan, e));
    plan.plan.name = name;
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, hc_session_bring_root(in, &s, e));
    HC_TRY(e, unlock(in, &s, e));
    HC_TRY(e, hc_issue_grant_cli(&grant, e));
    if (to)
        HC_TRY(e, request(&s, &plan, to, &out, e));
    else if (from)
        HC_TRY(e, accept(in, &s, grant, &out, e));
    else
        HC_TRY(e, make(&s, grant, &plan, &out, e));
    if (!from && hc_opts_flag(in->opts, "json"))
        HC_TRY(e, print_json(&s, name, &out, e));
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

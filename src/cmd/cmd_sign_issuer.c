/* cmd_sign_issuer.c - handclasp sign-issuer: the offline half of a ceremony. */
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/plan.h"
#include "cmd/session.h"
#include "cmd/transcript.h"

static const struct hc_option OPTIONS[] = {
    {"out", "FILE", "where the reply is written", false},
    {"name", "NAME", "another name than the request's", false},
    {"days", "N", "lifetime of the issuer (365)", false},
    HC_OPTIONS_SUBTREES,
    {"yes", NULL, "do not ask whether the lines agree", false},
    HC_OPTIONS_ROOT_KEY,
    HC_OPTIONS_PASSPHRASE,
    HC_OPTIONS_END,
};

static struct hc_rc confirm(struct hc_invocation *in, const struct hc_csr *csr, struct hc_buf *out, struct hc_err *e)
{
    hc_transcript_request(csr, out);
    if (csr->asks_ca || csr->n_extensions > 0)
        hc_buf_add_str(out, "The request asks for extensions; none of them is taken over.\n");
    HC_TRY(e, hc_out_flush(out, e));
    if (hc_opts_flag(in->opts, "yes"))
        return HC_OK;
    return hc_passphrase_confirm("Do the lines agree with those of the other side? Sign?", e);
}

static struct hc_rc sign(struct hc_invocation *in, struct hc_session *s, const struct hc_csr *csr, struct hc_buf *reply,
                         struct hc_err *e)
{
    HC_AUTO(hc_issue_grant) grant = NULL;
    HC_PLAN(plan);
    HC_TRY(e, hc_plan_read(in->opts, &plan, e));
    plan.plan.name = hc_opts_value(in->opts, "name");
    HC_TRY(e, hc_issue_grant_cli(&grant, e));
    return hc_issuer_sign(s->authority, grant, csr, &plan.plan, reply, e);
}

/* Before the root has signed anything: a name or directory that is wrong is noticed now. */
static struct hc_rc check(struct hc_invocation *in, const char *file, struct hc_err *e)
{
    HC_PLAN(plan);
    if (!file)
        return HC_FAIL(e, HC_E_USAGE, "say where the reply is to be written: --out FILE");
    if (hc_opts_value(in->opts, "name"))
        HC_TRY(e, hc_issuer_check_name(hc_opts_value(in->opts, "name"), e));
    HC_TRY(e, hc_transcript_check_file(file, HC_ISSUER_REPLY_BEGINS, e));
    return hc_plan_read(in->opts, &plan, e);
}

static struct hc_rc write_reply(const char *file, const struct hc_buf *reply, struct hc_err *e)
{
    struct hc_rc rc = hc_file_write_atomic(file, hc_buf_view(reply), 0644, e);
    if (hc_failed(rc))
        hc_err_prefix(
            e, "the issuer is signed and recorded, but the reply could not be written; run the same command again");
    return rc;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_AUTO(hc_csr) csr = NULL;
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_ISSUER_REPLY(parts);
    const char *file = hc_opts_value(in->opts, "out");
    HC_TRY(e, check(in, file, e));
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, hc_csr_load(s.crypto, hc_opts_arg(in->opts, 0), &csr, e));
    HC_TRY(e, hc_session_bring_root(in, &s, e));
    HC_TRY(e, confirm(in, csr, &out, e));
    HC_TRY(e, hc_session_unlock(in, &s, e));
    HC_TRY(e, sign(in, &s, csr, &reply, e));
    HC_TRY(e, write_reply(file, &reply, e));
    HC_TRY(e, hc_issuer_reply_parse(hc_buf_view(&reply), &parts, e));
    hc_buf_clear(&out);
    hc_transcript_reply(&parts, &out);
    hc_buf_add_str(&out, "The reply is in ");
    hc_text_cell(&out, hc_bytes_str(file), HC_PATH, true);
    hc_buf_add_str(&out, "Next, in the home that asked: handclasp issuer add --certificate REPLY\n");
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_sign_issuer = {
    .name = "sign-issuer",
    .summary = "the root signs an issuing CA that another home asked for",
    .usage = "REQUEST --out REPLY [OPTION]...",
    .about = "For a root that is never online. REQUEST comes from `handclasp issuer add NAME\n"
             "--request-out REQUEST`; the reply holds the certificate, the root's and a fresh\n"
             "CRL of the root, for `handclasp issuer add --certificate REPLY`. Both sides print\n"
             "the same lines: compare them before you say yes. Lifetime and constraints are\n"
             "those given here, whatever the request says. A request that was signed already\n"
             "gets the same certificate again.\n",
    .example = "  handclasp sign-issuer /mnt/stick/edge.csr --out /mnt/stick/edge.reply \\\n"
               "      --permit dns:edge.example.com\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

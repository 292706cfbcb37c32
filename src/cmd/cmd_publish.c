/* cmd_publish.c - handclasp publish: sign the CRLs that are due. */
#include "authority/publish.h"
#include "cmd/out.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"force", NULL, "sign every CRL anew, due or not", false},
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

static void print(const struct hc_published *p, bool json, struct hc_buf *out)
{
    if (!json) {
        hc_buf_addf(out, "Signed %zu CRL%s anew, kept %zu that %s not due.\n", p->n_signed, p->n_signed == 1 ? "" : "s",
                    p->n_kept, p->n_kept == 1 ? "is" : "are");
        if (p->n_offline)
            hc_buf_addf(out, "Kept %zu whose CA key is not on this machine.\n", p->n_offline);
        return;
    }
    struct hc_json j = hc_json_init(out);
    hc_json_begin(&j, NULL, '{');
    hc_json_int(&j, "signed", (int64_t)p->n_signed);
    hc_json_int(&j, "kept", (int64_t)p->n_kept);
    hc_json_int(&j, "offline", (int64_t)p->n_offline);
    hc_json_end(&j, '}');
}

/* A timer runs this every day: the passphrase is asked for only when something is due. */
static struct hc_rc publish(struct hc_invocation *in, struct hc_session *s, struct hc_published *out, struct hc_err *e)
{
    bool force = hc_opts_flag(in->opts, "force");
    struct hc_rc rc = hc_authority_publish(s->authority, force, out, e);
    if (rc.code != HC_E_PASSPHRASE_NEEDED)
        return rc;
    HC_TRY(e, hc_session_unlock(in, s, e));
    return hc_authority_publish(s->authority, force, out, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_SESSION(s);
    HC_BUF_AUTO(out, 1024);
    struct hc_published published = {0};
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, publish(in, &s, &published, e));
    print(&published, hc_opts_flag(in->opts, "json"), &out);
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_publish = {
    .name = "publish",
    .summary = "sign the CRLs that are past half their life",
    .usage = "[--force]",
    .about = "Writes HOME/publish: bundle.pem and crl/*.crl. Run it once a day. The passphrase\n"
             "is needed only when a CRL is due.\n",
    .example = "  handclasp publish --passphrase-file /root/ca.passphrase\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};

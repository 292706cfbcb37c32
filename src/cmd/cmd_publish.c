/* cmd_publish.c - handclasp publish: the CRLs that are due, and the signed head of the ledger. */
#include "authority/issuer.h"
#include "authority/publish.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "pki/crl.h"

static const struct hc_option OPTIONS[] = {
    {"force", NULL, "sign every CRL anew, due or not", false},
    {"root-crl", "FILE", "take the root's CRL from the root's home", false},
    HC_OPTIONS_ROOT_KEY,
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

static void print_text(const struct hc_published *p, struct hc_buf *out)
{
    hc_buf_addf(out, "Signed %zu CRL%s anew, kept %zu that %s not due.\n", p->n_signed, p->n_signed == 1 ? "" : "s",
                p->n_kept, p->n_kept == 1 ? "is" : "are");
    if (p->n_offline)
        hc_buf_addf(out, "Kept %zu whose CA key is not on this machine.\n", p->n_offline);
    if (p->n_dead)
        hc_buf_addf(out, "Left %zu of CAs that have ended or are revoked.\n", p->n_dead);
    if (p->remembered)
        hc_buf_addf(out, "Entered %lld revocation%s again that the restored ledger had forgotten.\n",
                    (long long)p->remembered, p->remembered == 1 ? "" : "s");
    if (p->head_signed)
        hc_buf_add_str(out, "Signed the head of the ledger. Keep a copy of publish/ledger-head elsewhere.\n");
    if (p->head_unsigned)
        hc_buf_add_str(out, "Nobody is left to sign the head of the ledger.\n");
}

static void print(const struct hc_published *p, bool json, struct hc_buf *out)
{
    if (!json) {
        print_text(p, out);
        return;
    }
    struct hc_json j = hc_json_init(out);
    hc_json_begin(&j, NULL, '{');
    hc_json_int(&j, "signed", (int64_t)p->n_signed);
    hc_json_int(&j, "kept", (int64_t)p->n_kept);
    hc_json_int(&j, "offline", (int64_t)p->n_offline);
    hc_json_int(&j, "dead", (int64_t)p->n_dead);
    hc_json_int(&j, "remembered", p->remembered);
    hc_json_bool(&j, "head_signed", p->head_signed);
    hc_json_bool(&j, "head_unsigned", p->head_unsigned);
    hc_json_end(&j, '}');
}

/* The CRL that was made where the root's key is, brought here by hand. */
static struct hc_rc take_root_crl(struct hc_invocation *in, struct hc_session *s, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_CRL_MAX);
    const char *path = hc_opts_value(in->opts, "root-crl");
    if (!path)
        return HC_OK;
    HC_TRY(e, hc_file_read(path, &text, e));
    struct hc_rc rc = hc_issuer_accept_root_crl(s->authority, hc_buf_view(&text), e);
    if (hc_failed(rc))
        hc_err_prefix(e, "%s", path);
    return rc;
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
    HC_TRY(e, hc_session_bring_root(in, &s, e));
    HC_TRY(e, take_root_crl(in, &s, e));
    HC_TRY(e, publish(in, &s, &published, e));
    print(&published, hc_opts_flag(in->opts, "json"), &out);
    HC_TRY(e, hc_out_flush(&out, e));
    hc_session_warn(&s);
    return HC_OK;
}

const struct hc_command hc_cmd_publish = {
    .name = "publish",
    .summary = "sign the CRLs that are due and the ledger's head",
    .usage = "[--force] [--root-key FILE] [--root-crl FILE]",
    .about = "Writes HOME/publish: bundle.pem, ca/*.cer, crl/*.crl (those past half their\n"
             "life) and ledger-head, which shows later whether the ledger is still the same.\n"
             "Run it once a day. The passphrase is needed only when something is due. A root\n"
             "whose key is offline is brought once a year: --root-key, or --root-crl with the\n"
             "CRL that publish wrote in the root's own home.\n",
    .example = "  handclasp publish --passphrase-file /root/ca.passphrase\n"
               "  handclasp publish --root-key /mnt/stick/root.key.pem\n",
    .options = OPTIONS,
    .min_args = 0,
    .max_args = 0,
    .run = run,
};

/* cmd_init.c - handclasp init: make an authority. */
#include "authority/home.h"
#include "authority/init.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/plan.h"
#include "cmd/session.h"
#include "pki/pem.h"

static const struct hc_option OPTIONS[] = {
    HC_OPTIONS_SUBTREES,
    {"root-days", "N", "lifetime of the root (3650)", false},
    {"issuer-days", "N", "lifetime of the issuing CA (365)", false},
    {"key", "KIND", "of the issuing CA: p256, p384, ed25519, rsa3072", false},
    {"root-key-type", "KIND", "of the root (p384)", false},
    {"public-url", "URL", "http:// place of CRLs and CA certificates", false},
    {"root-out", "DIR", "the root's key goes there and nowhere else", false},
    {"root-only", NULL, "a root without issuing CA: the offline home", false},
    {"root-certificate", "FILE", "a home below a root that is kept elsewhere", false},
    {"root-passphrase-file", "FILE", "with --root-out: the root's key has its own", false},
    {"root-passphrase-fd", "N", "the same from an open descriptor", false},
    HC_OPTIONS_PASSPHRASE,
    {"no-passphrase", NULL, "leave the CA keys unencrypted", false},
    HC_OPTIONS_END,
};

static struct hc_rc read_passphrase(const struct hc_opts *opts, struct hc_secret **out, struct hc_err *e)
{
    struct hc_passphrase_from from = {
        .file = hc_opts_value(opts, "passphrase-file"),
        .fd = hc_opts_value(opts, "passphrase-fd"),
        .option = "passphrase",
        .prompt = "New passphrase of the CA keys",
        .twice = true,
    };
    if (!hc_opts_flag(opts, "no-passphrase"))
        return hc_passphrase_get(&from, out, e);
    if (from.file || from.fd)
        return HC_FAIL(e, HC_E_USAGE, "--no-passphrase contradicts --passphrase-%s", from.file ? "file" : "fd");
    return HC_OK;
}

/* The root's own, for its stick; NULL when it was not given. */
static struct hc_rc read_root_passphrase(const struct hc_opts *opts, struct hc_secret **out, struct hc_err *e)
{
    struct hc_passphrase_from from = {
        .file = hc_opts_value(opts, "root-passphrase-file"),
        .fd = hc_opts_value(opts, "root-passphrase-fd"),
        .option = "root-passphrase",
    };
    if (!from.file && !from.fd)
        return HC_OK;
    if (!hc_opts_value(opts, "root-out"))
        return HC_FAIL(e, HC_E_USAGE, "--root-passphrase-%s is for the key of --root-out DIR",
                       from.file ? "file" : "fd");
    return hc_passphrase_get(&from, out, e);
}

/* ---- what was made ---- */

static void put_ca(struct hc_buf *out, const char *label, const struct hc_cert *cert)
{
    HC_BUF_AUTO(text, 256);
    hc_text_when(&text, cert->not_after, hc_time_now());
    hc_text_fieldf(out, label, "%s, until %s", hc_key_kind_text(hc_key_kind_of(cert->spki)), hc_buf_cstr(&text));
}

static void put_stick(struct hc_buf *out, const char *dir)
{
    hc_text_fieldf(out, "root's key", "%s/root.key.pem, and nowhere else", dir);
    hc_buf_add_str(out, "Keep that stick in a safe, and a copy of it in another one: without the key no\n"
                        "issuing CA can be added or revoked, and the root's CRL, due within a year, not\n"
                        "be renewed. Bring it for those: --root-key FILE. Unmount it now.\n");
}

static void put_next(const struct hc_opts *opts, struct hc_buf *out)
{
    if (hc_opts_flag(opts, "root-only"))
        hc_buf_add_str(out, "Next, take that bundle to where certificates are to be issued, and there:\n"
                            "  handclasp init NAME --root-certificate bundle.pem\n"
                            "  handclasp issuer add issuing --request-out issuing.csr\n"
                            "Then the request comes here: handclasp sign-issuer --help\n");
    else if (hc_opts_value(opts, "root-certificate"))
        hc_buf_add_str(out, "Compare the fingerprint with that in the root's home. Nothing can be issued yet.\n"
                            "Next: handclasp issuer add issuing --request-out issuing.csr\n");
    else
        hc_buf_add_str(out, "Next: handclasp issue server shop.example.com\n");
}

static struct hc_rc report(const struct hc_invocation *in, bool encrypted, struct hc_err *e)
{
    HC_SESSION(s);
    HC_TRY(e, hc_session_open(in, &s, e));
    const struct hc_cert *root = hc_authority_root(s.authority), *issuer = hc_authority_issuer(s.authority);
    char path[HC_PATH];
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_BUF_AUTO(text, 256);
    hc_buf_add_str(&out, "Made the authority ");
    hc_text_cell(&out, hc_bytes_str(hc_opts_arg(in->opts, 0)), 400, true);
    hc_text_field(&out, "home", hc_bytes_str(in->home));
    put_ca(&out, "root", root);
    hc_escape_hex(&text, hc_bytes_of(root->sha256, sizeof root->sha256), 0);
    hc_text_fieldf(&out, "sha256", "%s", hc_buf_cstr(&text));
    if (issuer)
        put_ca(&out, "issuing CA", issuer);
    if (!hc_opts_value(in->opts, "root-certificate"))
        hc_text_field(&out, "CA keys", hc_bytes_str(encrypted ? "encrypted" : "NOT encrypted (--no-passphrase)"));
    HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, path, e));
    hc_text_field(&out, "bundle", hc_bytes_str(path));
    if (hc_opts_value(in->opts, "root-out"))
        put_stick(&out, hc_opts_value(in->opts, "root-out"));
    put_next(in->opts, &out);
    return hc_out_flush(&out, e);
}

/* ---- */

static struct hc_rc read_kind(const struct hc_opts *opts, const char *option, bool *has, enum hc_key_kind *kind,
                              struct hc_err *e)
{
    const char *word = hc_opts_value(opts, option);
    *has = word != NULL;
    return word ? hc_key_kind_parse(hc_bytes_str(word), kind, e) : HC_OK;
}

static struct hc_rc read_numbers(const struct hc_opts *opts, struct hc_init_options *o, struct hc_err *e)
{
    int64_t root_days = 0, issuer_days = 0;
    HC_TRY(e, hc_opts_number(opts, "root-days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &root_days, e));
    HC_TRY(e, hc_opts_number(opts, "issuer-days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &issuer_days, e));
    HC_TRY(e, read_kind(opts, "key", &o->has_issuer_key, &o->issuer_key, e));
    HC_TRY(e, read_kind(opts, "root-key-type", &o->has_root_key, &o->root_key, e));
    o->root_seconds = root_days * HC_DAY;
    o->issuer_seconds = issuer_days * HC_DAY;
    return HC_OK;
}

static struct hc_rc check_free(const struct hc_invocation *in, struct hc_err *e)
{
    char marker[HC_PATH];
    HC_TRY(e, hc_home_path(in->home, HC_HOME_MARKER, marker, e));
    if (hc_file_exists(marker)) /* before anybody is asked for a passphrase */
        return HC_FAIL(e, HC_E_HOME_EXISTS, "%s", in->home);
    return HC_OK;
}

/* Where no key is made there is nothing to protect, so nobody is asked. */
static struct hc_rc read_secrets(const struct hc_opts *opts, struct hc_secret **passphrase, struct hc_secret **root,
                                 struct hc_err *e)
{
    HC_TRY(e, read_root_passphrase(opts, root, e));
    if (!hc_opts_value(opts, "root-certificate"))
        return read_passphrase(opts, passphrase, e);
    if (hc_opts_value(opts, "passphrase-file") || hc_opts_value(opts, "passphrase-fd"))
        return HC_FAIL(
            e, HC_E_USAGE,
            "no key is made here, so leave the passphrase out: issuer add, which makes the first one, takes it");
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_secret) passphrase = NULL;
    HC_AUTO(hc_secret) root_passphrase = NULL;
    HC_PLAN_SUBTREES(permitted);
    HC_PLAN_SUBTREES(excluded);
    HC_BUF_AUTO(root, HC_PEM_FILE_MAX);
    struct hc_init_options o = {.home = in->home,
                                .name = hc_opts_arg(in->opts, 0),
                                .public_url = hc_opts_value(in->opts, "public-url"),
                                .root_out = hc_opts_value(in->opts, "root-out"),
                                .root_only = hc_opts_flag(in->opts, "root-only")};
    HC_TRY(e, hc_plan_subtrees_read(in->opts, "permit", &permitted, e));
    HC_TRY(e, hc_plan_subtrees_read(in->opts, "exclude", &excluded, e));
    HC_TRY(e, read_numbers(in->opts, &o, e));
    if (hc_opts_value(in->opts, "root-certificate"))
        HC_TRY(e, hc_file_read(hc_opts_value(in->opts, "root-certificate"), &root, e));
    HC_TRY(e, check_free(in, e));
    HC_TRY(e, read_secrets(in->opts, &passphrase, &root_passphrase, e));
    HC_TRY(e, hc_crypto_new(&crypto, e));
    o.passphrase = passphrase;
    o.root_passphrase = root_passphrase;
    o.root_certificate = hc_buf_view(&root);
    o.permitted = (struct hc_tbs_subtrees){permitted.at, permitted.n};
    o.excluded = (struct hc_tbs_subtrees){excluded.at, excluded.n};
    HC_TRY(e, hc_authority_init(crypto, &o, e));
    struct hc_rc rc = report(in, passphrase != NULL, e);
    if (hc_failed(rc))
        hc_err_prefix(e, "the authority is made, but cannot be shown");
    return rc;
}

const struct hc_command hc_cmd_init = {
    .name = "init",
    .summary = "make an authority: root, issuing CA and ledger",
    .usage = "NAME [OPTION]...",
    .about = "Makes a P-384 root and a P-256 issuing CA below it. NAME is for people to read.\n"
             "With any --permit, every type of name that no --permit names is excluded:\n"
             "dns:DOMAIN, email:DOMAIN, uri:HOST, ip:NETWORK. The passphrase encrypts every\n"
             "CA key; without a terminal say where it is, or --no-passphrase.\n"
             "The root's key is needed to add and revoke issuing CAs and to renew the root's\n"
             "CRL once a year, for nothing else: --root-out keeps it on a stick. A root that\n"
             "never meets a network has a home of its own (--root-only), and this one its\n"
             "certificate (--root-certificate); issuing CAs then come by ceremony.\n",
    .example = "  handclasp init \"Example Corp\" --permit dns:example.com\n"
               "  handclasp init \"Example Corp\" --root-out /mnt/stick\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

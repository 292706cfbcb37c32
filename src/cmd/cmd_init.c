/* cmd_init.c - handclasp init: make an authority. */
#include <stdlib.h>

#include "authority/home.h"
#include "authority/init.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"permit", "TYPE:VALUE", "names it may issue for, and no others", true},
    {"exclude", "TYPE:VALUE", "names it may never issue for", true},
    {"root-days", "N", "lifetime of the root (3650)", false},
    {"issuer-days", "N", "lifetime of the issuing CA (365)", false},
    HC_OPTIONS_PASSPHRASE,
    {"no-passphrase", NULL, "leave the CA keys unencrypted", false},
    HC_OPTIONS_END,
};

struct subtrees {
    struct hc_subtree *at; /* room for every option given */
    size_t n;
};

static void subtrees_fini(struct subtrees *s)
{
    free(s->at);
}
#define SUBTREES(name) __attribute__((cleanup(subtrees_fini))) struct subtrees name = {NULL, 0}

/* Every --permit or every --exclude. */
static struct hc_rc read_subtrees(const struct hc_opts *opts, const char *name, struct subtrees *out, struct hc_err *e)
{
    out->at = calloc(hc_opts_count(opts) + 1, sizeof *out->at);
    if (!out->at)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the name constraints");
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        if (strcmp(set.option->name, name) == 0)
            HC_TRY(e, hc_subtree_parse(hc_bytes_str(set.value), &out->at[out->n++], e));
    }
    return HC_OK;
}

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

static struct hc_rc report(const struct hc_invocation *in, bool encrypted, struct hc_err *e)
{
    HC_SESSION(s);
    HC_TRY(e, hc_session_open(in, &s, e));
    const struct hc_cert *root = hc_authority_root(s.authority), *issuer = hc_authority_issuer(s.authority);
    char path[HC_PATH];
    int64_t now = hc_time_now();
    HC_BUF_AUTO(out, HC_OUT_MAX);
    HC_BUF_AUTO(text, 256);
    hc_buf_add_str(&out, "Made the authority ");
    hc_out_cell(&out, hc_bytes_str(hc_opts_arg(in->opts, 0)), 400, true);
    hc_out_field(&out, "home", hc_bytes_str(in->home));
    hc_out_when(&text, root->not_after, now);
    hc_out_fieldf(&out, "root", "P-384, until %s", hc_buf_cstr(&text));
    hc_buf_clear(&text);
    hc_escape_hex(&text, hc_bytes_of(root->sha256, sizeof root->sha256), 0);
    hc_out_fieldf(&out, "sha256", "%s", hc_buf_cstr(&text));
    hc_buf_clear(&text);
    hc_out_when(&text, issuer->not_after, now);
    hc_out_fieldf(&out, "issuing CA", "P-256, until %s", hc_buf_cstr(&text));
    hc_out_field(&out, "CA keys", hc_bytes_str(encrypted ? "encrypted" : "NOT encrypted (--no-passphrase)"));
    HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, path, e));
    hc_out_field(&out, "bundle", hc_bytes_str(path));
    hc_buf_add_str(&out, "Next: handclasp issue server shop.example.com\n");
    return hc_out_flush(&out, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_secret) passphrase = NULL;
    SUBTREES(permitted);
    SUBTREES(excluded);
    int64_t root_days = 0, issuer_days = 0;
    HC_TRY(e, read_subtrees(in->opts, "permit", &permitted, e));
    HC_TRY(e, read_subtrees(in->opts, "exclude", &excluded, e));
    HC_TRY(e, hc_opts_number(in->opts, "root-days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &root_days, e));
    HC_TRY(e, hc_opts_number(in->opts, "issuer-days", HC_INIT_LIFETIME_MAX / HC_DAY, HC_E_LIFETIME, &issuer_days, e));
    char marker[HC_PATH];
    HC_TRY(e, hc_home_path(in->home, HC_HOME_MARKER, marker, e));
    if (hc_file_exists(marker)) /* before anybody is asked for a passphrase */
        return HC_FAIL(e, HC_E_HOME_EXISTS, "%s", in->home);
    HC_TRY(e, read_passphrase(in->opts, &passphrase, e));
    HC_TRY(e, hc_crypto_new(&crypto, e));
    struct hc_init_options o = {
        .home = in->home,
        .name = hc_opts_arg(in->opts, 0),
        .passphrase = passphrase,
        .permitted = {permitted.at, permitted.n},
        .excluded = {excluded.at, excluded.n},
        .root_seconds = root_days * HC_DAY,
        .issuer_seconds = issuer_days * HC_DAY,
    };
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
             "CA key; without a terminal say where it is, or --no-passphrase.\n",
    .example = "  handclasp init \"Example Corp\" --permit dns:example.com\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

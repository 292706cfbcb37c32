/* cmd_issue.c - handclasp issue: a key, and a certificate for it. */
#include <stdlib.h>

#include "authority/issue.h"
#include "base/clock.h"
#include "cmd/out.h"
#include "cmd/passphrase.h"
#include "cmd/session.h"

static const struct hc_option OPTIONS[] = {
    {"dns", "NAME", "a further DNS name", true},
    {"ip", "ADDRESS", "a further IP address", true},
    {"email", "ADDRESS", "a further e-mail address", true},
    {"uri", "URI", "a further URI", true},
    {"days", "N", "lifetime (30; client and peer 7, person 90)", false},
    {"hours", "N", "lifetime", false},
    {"as", "LABEL", "a further certificate of the same identity", false},
    {"p12-passphrase-file", "FILE", "passphrase of a person's .p12", false},
    {"p12-passphrase-fd", "N", "the same from an open descriptor", false},
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* The longest lifetime that is not certainly a slip; the issuer's own end comes long before. */
#define DAYS_MAX 36500

struct extra {
    struct hc_name **name; /* room for every option given */
    size_t n;
};

static void extra_fini(struct extra *x)
{
    for (size_t i = 0; i < x->n; i++)
        hc_name_free(x->name[i]);
    free(x->name);
}
#define EXTRA(name) __attribute__((cleanup(extra_fini))) struct extra name = {NULL, 0}

static bool name_type(const char *option, enum hc_name_type *out)
{
    for (int t = HC_NAME_DNS; t <= HC_NAME_IP; t++) {
        if (strcmp(option, hc_name_type_text((enum hc_name_type)t)) != 0)
            continue;
        *out = (enum hc_name_type)t;
        return true;
    }
    return false;
}

static struct hc_rc read_extra(const struct hc_opts *opts, struct extra *out, struct hc_err *e)
{
    out->name = calloc(hc_opts_count(opts) + 1, sizeof(struct hc_name *));
    if (!out->name)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the names");
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        enum hc_name_type type;
        if (!name_type(set.option->name, &type))
            continue;
        HC_TRY(e, hc_name_make(type, hc_bytes_str(set.value), HC_NAME_WILDCARD, &out->name[out->n], e));
        out->n++;
    }
    return HC_OK;
}

static struct hc_rc read_lifetime(const struct hc_opts *opts, int64_t *seconds, struct hc_err *e)
{
    int64_t days = 0, hours = 0;
    if (hc_opts_value(opts, "days") && hc_opts_value(opts, "hours"))
        return HC_FAIL(e, HC_E_USAGE, "give one of --days and --hours");
    HC_TRY(e, hc_opts_number(opts, "days", DAYS_MAX, HC_E_LIFETIME, &days, e));
    HC_TRY(e, hc_opts_number(opts, "hours", DAYS_MAX * 24, HC_E_LIFETIME, &hours, e));
    *seconds = days * HC_DAY + hours * HC_HOUR;
    return HC_OK;
}

/* NULL when none is given: then one is made. It is never asked for, as the CA keys' own may be. */
static struct hc_rc read_p12_passphrase(const struct hc_opts *opts, enum hc_profile profile, struct hc_secret **out,
                                        struct hc_err *e)
{
    struct hc_passphrase_from from = {
        .file = hc_opts_value(opts, "p12-passphrase-file"),
        .fd = hc_opts_value(opts, "p12-passphrase-fd"),
        .option = "p12-passphrase",
    };
    if (!from.file && !from.fd)
        return HC_OK;
    if (profile != HC_PROFILE_PERSON)
        return HC_FAIL(e, HC_E_USAGE, "only a person gets a .p12, so --p12-passphrase-%s is for nothing here",
                       from.file ? "file" : "fd");
    return hc_passphrase_get(&from, out, e);
}

static void file_line(struct hc_buf *out, const char *label, const char *dir, const char *name, const char *what)
{
    hc_out_fieldf(out, label, "%s/%s", dir, name);
    hc_buf_addf(out, "  %-12s%s\n", "", what);
}

static void print_text(const struct hc_issue_request *r, const struct hc_issued *issued, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(r->name, &text);
    hc_buf_addf(out, "Issued %s ", hc_profile_row(r->profile)->word);
    hc_out_cell(out, hc_buf_view(&text), HC_NAME_TEXT_MAX, true);
    hc_buf_clear(&text);
    hc_serial_text(hc_bytes_of(issued->serial, issued->serial_n), &text);
    hc_out_field(out, "serial", hc_buf_view(&text));
    hc_buf_clear(&text);
    hc_out_when(&text, issued->not_after, hc_time_now());
    hc_out_field(out, "until", hc_buf_view(&text));
    if (issued->truncated)
        hc_buf_addf(out, "  %-12sshorter than asked for: the issuing CA itself ends then\n", "");
    file_line(out, "key", issued->dir, "key.pem", "keep it secret");
    file_line(out, "chain", issued->dir, "chain.pem", "the certificate and its issuing CA: what is presented");
    file_line(out, "bundle", issued->dir, "bundle.pem", "the root: what the other side is judged by");
    if (issued->p12[0])
        hc_out_field(out, "p12", hc_bytes_str(issued->p12));
    if (issued->made_passphrase) {
        hc_out_field(out, "passphrase", hc_secret_view(issued->made_passphrase));
        hc_buf_addf(out, "  %-12sof the .p12; it is shown this once\n", "");
    }
}

static void print_json(const struct hc_issue_request *r, const struct hc_issued *issued, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    HC_BUF_AUTO(serial, 64);
    struct hc_json j = hc_json_init(out);
    hc_name_text(r->name, &name);
    hc_serial_text(hc_bytes_of(issued->serial, issued->serial_n), &serial);
    hc_json_begin(&j, NULL, '{');
    hc_json_str(&j, "profile", hc_profile_row(r->profile)->word);
    hc_json_bytes(&j, "identity", hc_buf_view(&name));
    hc_json_str(&j, "label", r->label);
    hc_json_bytes(&j, "serial", hc_buf_view(&serial));
    hc_json_time(&j, "not_before", issued->not_before);
    hc_json_time(&j, "not_after", issued->not_after);
    hc_json_bool(&j, "truncated", issued->truncated);
    hc_json_str(&j, "directory", issued->dir);
    if (issued->p12[0])
        hc_json_str(&j, "p12", issued->p12);
    if (issued->made_passphrase)
        hc_json_bytes(&j, "p12_passphrase", hc_secret_view(issued->made_passphrase));
    hc_json_end(&j, '}');
}

static struct hc_rc issue(struct hc_invocation *in, struct hc_issue_request *r, struct hc_err *e)
{
    HC_SESSION(s);
    HC_AUTO(hc_issue_grant) grant = NULL;
    HC_ISSUED(issued);
    HC_BUF_SECRET(out, HC_OUT_MAX);
    HC_TRY(e, hc_session_open(in, &s, e));
    HC_TRY(e, hc_session_unlock(in, &s, e));
    HC_TRY(e, hc_issue_grant_cli(&grant, e));
    HC_TRY(e, hc_authority_issue(s.authority, grant, r, &issued, e));
    if (hc_opts_flag(in->opts, "json"))
        print_json(r, &issued, &out);
    else
        print_text(r, &issued, &out);
    struct hc_rc rc = hc_out_flush(&out, e);
    if (hc_failed(rc)) {
        hc_err_prefix(e, "the certificate is issued, in %s, but this could not be printed%s", issued.dir,
                      issued.made_passphrase ? " and the passphrase of the .p12 is lost: revoke it and issue another"
                                             : "");
        return rc;
    }
    hc_session_warn(&s);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_secret) p12 = NULL;
    EXTRA(extra);
    struct hc_issue_request r = {.label = hc_opts_value(in->opts, "as")};
    HC_TRY(e, hc_profile_parse(hc_bytes_str(hc_opts_arg(in->opts, 0)), &r.profile, e));
    HC_TRY(e, hc_session_name(hc_opts_arg(in->opts, 1), &name, e));
    HC_TRY(e, read_extra(in->opts, &extra, e));
    HC_TRY(e, read_lifetime(in->opts, &r.seconds, e));
    if (r.label && !*r.label)
        return HC_FAIL(e, HC_E_USAGE, "--as needs a label that is not empty");
    HC_TRY(e, read_p12_passphrase(in->opts, r.profile, &p12, e));
    r.name = name;
    r.extra = (const struct hc_name *const *)extra.name;
    r.n_extra = extra.n;
    r.p12_passphrase = p12;
    return issue(in, &r, e);
}

const struct hc_command hc_cmd_issue = {
    .name = "issue",
    .summary = "issue a key and certificate: server, client, peer, person",
    .usage = "server|client|peer|person NAME [OPTION]...",
    .about = "NAME is a URI if it has ://, an e-mail address if it has @, an IP address, or\n"
             "else a DNS name; a person is an e-mail address or a URI. Files are written below\n"
             "HOME/identities/NAME: key.pem, cert.pem, chain.pem, bundle.pem, and for a person\n"
             "NAME.p12 and root.cer for browsers and phones.\n",
    .example = "  handclasp issue server shop.example.com --dns www.example.com --ip 192.0.2.7\n"
               "  handclasp issue person alice@example.com\n",
    .options = OPTIONS,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};

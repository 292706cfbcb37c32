/* cmd_issue.c - handclasp issue: a key, and a certificate for it. */
#include "authority/issue.h"
#include "cmd/names.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "cmd/tell.h"

static const struct hc_option OPTIONS[] = {
    HC_OPTIONS_NAMES,
    {"days", "N", "lifetime (30; client and peer 7, person 90)", false},
    {"hours", "N", "lifetime", false},
    {"as", "LABEL", "a further certificate of the same identity", false},
    HC_OPTION_ISSUER,
    HC_OPTION_KEY,
    HC_OPTION_FOR,
    HC_OPTIONS_P12,
    HC_OPTIONS_PASSPHRASE,
    HC_OPTION_JSON,
    HC_OPTIONS_END,
};

/* What is only for a person's .p12 would otherwise be passed over in silence. */
static struct hc_rc check_person(const struct hc_opts *opts, enum hc_profile profile, struct hc_err *e)
{
    static const char *const persons[] = {"for", "p12-passphrase-file", "p12-passphrase-fd"};
    for (size_t i = 0; i < HC_COUNT(persons) && profile != HC_PROFILE_PERSON; i++)
        if (hc_opts_value(opts, persons[i]))
            return HC_FAIL(e, HC_E_USAGE,
                           "only a person gets a .p12, so --%s is for nothing here; for others there is "
                           "handclasp export",
                           persons[i]);
    return HC_OK;
}

static void print_text(const struct hc_issue_request *r, const struct hc_tell *tell, struct hc_buf *out)
{
    HC_BUF_AUTO(text, HC_NAME_TEXT_MAX);
    hc_name_text(r->name, &text);
    hc_buf_addf(out, "Issued %s ", hc_profile_row(r->profile)->word);
    hc_text_cell(out, hc_buf_view(&text), HC_NAME_TEXT_MAX, true);
    hc_tell_text(tell, out);
}

static void print_json(const struct hc_issue_request *r, const struct hc_tell *tell, struct hc_buf *out)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    struct hc_json j = hc_json_init(out);
    hc_name_text(r->name, &name);
    hc_json_begin(&j, NULL, '{');
    hc_json_str(&j, "profile", hc_profile_row(r->profile)->word);
    hc_json_bytes(&j, "identity", hc_buf_view(&name));
    hc_json_str(&j, "label", r->label);
    hc_tell_json(tell, &j);
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
    struct hc_tell tell = {.issued = &issued};
    if (hc_opts_flag(in->opts, "json"))
        print_json(r, &tell, &out);
    else
        print_text(r, &tell, &out);
    struct hc_rc rc = hc_out_flush(&out, e);
    if (hc_failed(rc)) {
        hc_tell_unprinted(&tell, e);
        return rc;
    }
    hc_session_warn(&s);
    return HC_OK;
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_secret) p12 = NULL;
    HC_NAMES_GIVEN(extra);
    struct hc_issue_request r = {.p12_for = HC_P12_MODERN};
    HC_TRY(e, hc_profile_parse(hc_bytes_str(hc_opts_arg(in->opts, 0)), &r.profile, e));
    HC_TRY(e, hc_session_name(hc_opts_arg(in->opts, 1), &name, e));
    HC_TRY(e, hc_names_further(in->opts, &extra, e));
    HC_TRY(e, hc_names_lifetime(in->opts, &r.seconds, e));
    HC_TRY(e, hc_names_label(in->opts, &r.label, e));
    HC_TRY(e, hc_names_issuer(in->opts, &r.issuer, e));
    HC_TRY(e, hc_names_key(in->opts, &r.has_key_kind, &r.key_kind, e));
    HC_TRY(e, check_person(in->opts, r.profile, e));
    HC_TRY(e, hc_names_for(in->opts, NULL, &r.p12_for, e));
    HC_TRY(e, hc_names_p12_passphrase(in->opts, &p12, e));
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
             "NAME.p12 and root.cer for browsers and phones (--for ios, macos: a profile too).\n",
    .example = "  handclasp issue server shop.example.com --dns www.example.com --ip 192.0.2.7\n"
               "  handclasp issue person alice@example.com --for ios\n",
    .options = OPTIONS,
    .min_args = 2,
    .max_args = 2,
    .run = run,
};

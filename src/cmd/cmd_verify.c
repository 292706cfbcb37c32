/* cmd_verify.c - handclasp verify: would this certificate be accepted, and why. */
#include <stdlib.h>
#include <sys/stat.h>

#include "authority/home.h"
#include "base/clock.h"
#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/verify_options.h"
#include "cmd/verify_suite.h"
#include "pki/path.h"
#include "pki/pem.h"
#include "pki/verify.h"

static const struct hc_option OPTIONS[] = {
    {"untrusted", "FILE", "further certificates that may be in the chain", true},
    {"bundle", "FILE", "the trust anchors (the home's bundle)", false},
    {"crl", "FILE", "a CRL, or a directory of them", true},
    {"ocsp", "FILE", "an OCSP response, DER", true},
    {"allow-stale", "DURATION", "how long past its end a CRL still clears", false},
    {"name", "TYPE:VALUE", "a name that the certificate must carry", false},
    {"purpose", "server|client", "what it is used for (either)", false},
    {"profile", "NAME", "gate, rfc5280, webpki or spiffe (gate)", false},
    {"policy", "OID", "a certificate policy that would do (any)", true},
    {"explicit-policy", NULL, "the chain must be valid for one of them", false},
    {"inhibit-mapping", NULL, "no CA may map one policy to another", false},
    {"inhibit-any", NULL, "anyPolicy in a CA stands for nothing", false},
    {"max-depth", "N", "CAs between LEAF and the anchor, at most", false},
    {"at", "RFC3339", "judge as at that time (now)", false},
    HC_OPTION_JSON,
    {"suite", "KIND", "judge test cases: limbo, bettertls or pkits", false},
    {"data", "DIR", "where the certs and crls of pkits lie", false},
    HC_OPTIONS_END,
};

/* What is judged, by what. */
struct judging {
    struct hc_crypto *crypto;
    struct hc_bundle *bundle;
    struct hc_revocation *crls;
    struct hc_cert_list presented;
    struct hc_verify_options options;
    struct hc_verify_policy policy;
    char bundle_path[HC_PATH];
    const char *leaf;
    bool upper_unchecked; /* CRLs were given, but none of a CA above the leaf's issuer */
    struct hc_err crl_error;
    struct hc_report report;
};

static void judging_fini(struct judging *j)
{
    hc_revocation_free(j->crls);
    hc_bundle_free(j->bundle);
    hc_verify_options_fini(&j->options);
    hc_cert_list_fini(&j->presented);
    hc_crypto_free(j->crypto);
}

static struct hc_rc read_certificates(const struct hc_opts *opts, struct judging *j, struct hc_err *e)
{
    j->leaf = hc_opts_arg(opts, 0);
    HC_TRY(e, hc_pem_load_certs(j->leaf, HC_PATH_PRESENTED, &j->presented, e));
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        struct hc_opts_set set = hc_opts_at(opts, i);
        if (strcmp(set.option->name, "untrusted") == 0)
            HC_TRY(e, hc_pem_load_certs(set.value, HC_PATH_PRESENTED, &j->presented, e));
    }
    if (j->presented.n > HC_PATH_PRESENTED)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "%zu certificates are given, and at most %d are looked at",
                       j->presented.n, HC_PATH_PRESENTED);
    if (j->options.leaf_alone)
        hc_cert_list_truncate(&j->presented, 1);
    return HC_OK;
}

static struct hc_rc read_bundle(const struct hc_invocation *in, struct judging *j, struct hc_err *e)
{
    const char *said = hc_opts_value(in->opts, "bundle");
    if (said && strlen(said) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path after --bundle is longer than %d bytes", HC_PATH - 1);
    if (said)
        memcpy(j->bundle_path, said, strlen(said) + 1);
    else
        HC_TRY(e, hc_home_path(in->home, HC_HOME_BUNDLE, j->bundle_path, e));
    HC_TRY(e, hc_bundle_load(j->crypto, j->bundle_path, j->policy.now, &j->bundle, e));
    j->policy.bundle = j->bundle;
    return HC_OK;
}

/* Of a CRL that was asked for by name every fault counts, unless it is ordinary (see revocation.h). */
static void remember(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct judging *j = ctx;
    /* A stale or indirect one is judged with the chain; of an older one the newer is there too. */
    bool ordinary = code == HC_E_CRL_UNKNOWN_ISSUER || code == HC_E_CRL_STALE || code == HC_E_CRL_INDIRECT ||
                    code == HC_E_CRL_OLDER;
    if (ordinary || j->crl_error.code != HC_OK_CODE)
        return;
    hc_ignore(HC_FAIL(&j->crl_error, code, "%s: %s", source ? source : "a CRL", text ? text : ""));
}

static struct hc_rc load_crls(const char *const *paths, size_t n, struct judging *j, struct hc_err *e)
{
    struct hc_revocation_input input = {
        .bundle = j->bundle,
        .now = j->policy.now,
        .alarm = remember,
        .alarm_ctx = j,
    };
    HC_TRY(e, hc_revocation_load(j->crypto, paths, n, &input, &j->crls, e));
    if (j->crl_error.code != HC_OK_CODE) {
        *e = j->crl_error;
        return (struct hc_rc){e->code};
    }
    j->policy.revocation = HC_REVOCATION_CHAIN;
    j->policy.crls = j->crls;
    return HC_OK;
}

static struct hc_rc read_crls(const struct hc_opts *opts, struct judging *j, struct hc_err *e)
{
    size_t n = 0;
    const char **paths = calloc(hc_opts_count(opts) + 1, sizeof *paths);
    if (!paths)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for the list of CRLs");
    for (size_t i = 0; i < hc_opts_count(opts); i++)
        if (strcmp(hc_opts_at(opts, i).option->name, "crl") == 0)
            paths[n++] = hc_opts_at(opts, i).value;
    struct hc_rc rc = HC_OK;
    if (n > 0)
        rc = load_crls(paths, n, j, e);
    free(paths);
    return rc;
}

/* Nobody gave the CRL of a CA above the leaf's issuer. That is said, and does not refuse. */
static bool is_upper_missing(const struct hc_finding *f)
{
    return f->code == HC_E_CRL_MISSING && f->depth >= 1;
}

static bool upper_crl_missing(const struct hc_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (is_upper_missing(&r->finding[i]))
            return true;
    return false;
}

/* The chain was accepted by the leaf's CRL alone. What the CRLs that are there say of the CAs above counts all the
 * same: one that is revoked, or whose CRL is of no use. */
static struct hc_rc check_upper(struct judging *j, const struct hc_checked_chain *chain, struct hc_err *e)
{
    struct hc_report report;
    j->policy.revocation = HC_REVOCATION_CHAIN;
    hc_report_init(&report, true);
    struct hc_rc rc = hc_verify_recheck(j->crypto, chain, &j->policy, &report, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    for (size_t i = 0; i < report.n; i++) {
        const struct hc_finding *f = &report.finding[i];
        if (f->code == HC_OK_CODE || is_upper_missing(f))
            continue;
        j->report = report;
        return HC_FAIL(e, f->code, "%s", f->text);
    }
    return HC_OK;
}

static struct hc_rc judge(struct judging *j, struct hc_checked_chain **out, struct hc_err *e)
{
    struct hc_presented presented = {.cert = (const struct hc_cert *const *)j->presented.cert, .n = j->presented.n};
    HC_AUTO(hc_checked_chain) chain = NULL;
    hc_report_init(&j->report, true);
    struct hc_rc rc = hc_verify(j->crypto, &j->policy, presented, out, &j->report, e);
    if (hc_ok(rc) || j->policy.revocation != HC_REVOCATION_CHAIN || !upper_crl_missing(&j->report))
        return rc;
    j->upper_unchecked = true;
    j->policy.revocation = HC_REVOCATION_LEAF;
    hc_report_init(&j->report, true);
    HC_TRY(e, hc_verify(j->crypto, &j->policy, presented, &chain, &j->report, e));
    HC_TRY(e, check_upper(j, chain, e));
    *out = HC_GIVE(chain);
    return HC_OK;
}

static const char *revocation_line(const struct judging *j)
{
    if (j->policy.revocation == HC_REVOCATION_NONE)
        return "not checked: neither --crl nor --ocsp is given";
    if (j->upper_unchecked)
        return "checked for the certificate, not checked for its issuing CA: no CRL of that CA's issuer is given";
    return "checked";
}

/* With nothing to check against, the report of an accepted chain says so itself. */
static bool report_says_unchecked(const struct hc_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->finding[i].text, "revocation: not checked", strlen("revocation: not checked")) == 0)
            return true;
    return false;
}

/* Lines that fit; what does not goes on below the text. */
static void put_steps(const struct hc_report *r, struct hc_buf *out)
{
    enum { INDENT = 9 }; /* of hc_report_text: an id and a blank */
    HC_BUF_AUTO(text, HC_OUT_MAX);
    hc_report_text(r, &text);
    struct hc_bytes rest = hc_buf_view(&text);
    hc_buf_fail(out, text.failed);
    while (rest.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&rest);
        struct hc_bytes id = hc_bytes_head(line, INDENT < line.n ? INDENT : line.n);
        hc_buf_add(out, id);
        hc_text_wrap(out, INDENT, INDENT, hc_bytes_skip(line, id.n));
    }
}

static void print_text(const struct judging *j, enum hc_code verdict, const struct hc_err *e, struct hc_buf *out)
{
    char id[HC_ID_TEXT], at[HC_TIME_TEXT];
    const struct hc_row *row = hc_row(verdict);
    const char *color = !hc_out_color() ? "" : verdict == HC_OK_CODE ? "\033[32m" : "\033[31m";
    const char *plain = *color ? "\033[0m" : "";
    if (verdict == HC_OK_CODE)
        hc_buf_addf(out, "%syes%s: the certificate is accepted%s\n", color, plain,
                    j->policy.revocation == HC_REVOCATION_NONE ? " (revocation: not checked)" : "");
    else
        hc_buf_addf(out, "%sno%s: %s (%s)\n", color, plain, row->sentence, hc_id_text(verdict, id));
    hc_text_field(out, "certificate", hc_bytes_str(j->leaf));
    hc_text_field(out, "bundle", hc_bytes_str(j->bundle_path));
    hc_text_field(out, "at", hc_bytes_str(hc_time_text(j->policy.now, at)));
    hc_buf_add_str(out, "step by step:\n");
    put_steps(&j->report, out);
    if (!report_says_unchecked(&j->report))
        hc_buf_addf(out, "revocation: %s\n", revocation_line(j));
    if (verdict == HC_OK_CODE)
        return;
    hc_buf_add_str(out, "reason: ");
    hc_text_cell(out, hc_bytes_str(e->text), HC_ERR_TEXT, true);
    if (*row->clause)
        hc_buf_addf(out, "clause: %s\n", row->clause);
    hc_buf_addf(out, "fix: %s\n", row->fix);
}

static void json_findings(struct hc_json *json, const struct hc_report *r)
{
    hc_json_begin(json, "steps", '[');
    for (size_t i = 0; i < r->n; i++) {
        char id[HC_ID_TEXT];
        const struct hc_finding *f = &r->finding[i];
        hc_json_begin(json, NULL, '{');
        hc_json_bool(json, "passed", f->code == HC_OK_CODE);
        hc_json_str(json, "code", f->code == HC_OK_CODE ? NULL : hc_id_text(f->code, id));
        hc_json_int(json, "depth", f->depth);
        hc_json_str(json, "text", f->text);
        hc_json_end(json, '}');
    }
    hc_json_end(json, ']');
}

static void print_json(const struct judging *j, enum hc_code verdict, const struct hc_err *e, struct hc_buf *out)
{
    struct hc_json json = hc_json_init(out);
    char id[HC_ID_TEXT];
    hc_json_begin(&json, NULL, '{');
    hc_json_str(&json, "verdict", verdict == HC_OK_CODE ? "yes" : "no");
    hc_json_str(&json, "code", verdict == HC_OK_CODE ? NULL : hc_id_text(verdict, id));
    hc_json_str(&json, "reason", verdict == HC_OK_CODE ? NULL : e->text);
    hc_json_str(&json, "certificate", j->leaf);
    hc_json_str(&json, "bundle", j->bundle_path);
    hc_json_time(&json, "at", j->policy.now);
    hc_json_str(&json, "revocation", revocation_line(j));
    json_findings(&json, &j->report);
    hc_json_end(&json, '}');
}

/* A verdict, as opposed to something that kept us from one. */
static bool is_verdict(enum hc_code code)
{
    return code == HC_OK_CODE || hc_row(code)->class == HC_CLASS_CERTIFICATE;
}

/* Of a suite every case says itself by what it is judged. */
static struct hc_rc run_suite(const struct hc_opts *opts, struct hc_err *e)
{
    HC_BUF_AUTO(out, HC_OUT_MAX);
    struct hc_verify_suite_order order = {
        .kind = hc_opts_value(opts, "suite"),
        .file = hc_opts_arg(opts, 0),
        .data = hc_opts_value(opts, "data"),
    };
    for (size_t i = 0; i < hc_opts_count(opts); i++) {
        const char *name = hc_opts_at(opts, i).option->name;
        if (strcmp(name, "suite") != 0 && strcmp(name, "data") != 0 && strcmp(name, "home") != 0)
            return HC_FAIL(e, HC_E_USAGE, "--%s does not go with --suite", name);
    }
    HC_TRY(e, hc_verify_suite_run(&order, &out, e));
    return hc_out_flush(&out, e);
}

static struct hc_rc run(struct hc_invocation *in, struct hc_err *e)
{
    __attribute__((cleanup(judging_fini))) struct judging j = {.leaf = NULL};
    HC_AUTO(hc_checked_chain) chain = NULL;
    HC_BUF_AUTO(out, HC_OUT_MAX);
    if (hc_opts_value(in->opts, "suite"))
        return run_suite(in->opts, e);
    if (hc_opts_value(in->opts, "data"))
        return HC_FAIL(e, HC_E_USAGE, "--data goes with --suite pkits only");
    HC_TRY(e, hc_verify_options_read(in->opts, &j.options, e));
    j.policy = j.options.policy;
    HC_TRY(e, hc_crypto_new(&j.crypto, e));
    HC_TRY(e, read_certificates(in->opts, &j, e));
    HC_TRY(e, read_bundle(in, &j, e));
    HC_TRY(e, read_crls(in->opts, &j, e));
    struct hc_rc rc = judge(&j, &chain, e);
    if (!is_verdict(rc.code))
        return rc;
    if (hc_opts_flag(in->opts, "json"))
        print_json(&j, rc.code, e, &out);
    else
        print_text(&j, rc.code, e, &out);
    struct hc_err printing;
    struct hc_rc printed = hc_out_flush(&out, &printing);
    if (hc_failed(printed)) {
        *e = printing;
        return printed;
    }
    in->told = true;
    return rc;
}

const struct hc_command hc_cmd_verify = {
    .name = "verify",
    .summary = "say whether a certificate would be accepted, and why",
    .usage = "LEAF [OPTION]...",
    .about = "Prints yes or no and every step. LEAF and the other files are PEM or DER; what\n"
             "follows the first certificate in LEAF counts as --untrusted. Revocation is\n"
             "checked against the CRLs and OCSP responses given, and the answer says so when\n"
             "there are none. --policy alone asks for nothing: a CA, or --explicit-policy,\n"
             "says that a policy is needed. With --suite, LEAF is a public conformance suite\n"
             "as plain JSON; the verdicts are printed as one JSON document, and no other\n"
             "option but --data goes with it.\n",
    .example = "  handclasp verify chain.pem --crl /var/lib/handclasp/publish/crl\n"
               "  handclasp verify --suite limbo limbo.json\n",
    .options = OPTIONS,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};

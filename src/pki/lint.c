/*
 * lint.c - the last judge before a signature, and the assembly after it.
 *
 * The certificate is read back with the reader that peers' certificates go through, so that what is signed is what
 * everybody will see. The rules themselves lie in pki/lint/; every one is judged, not only up to the first that fails.
 */
#include "pki/lint.h"

#include <stdlib.h>

#include "asn1/derw.h"
#include "pki/lint/rule.h"

struct hc_linted_tbs {
    enum hc_profile profile;
    struct hc_buf sig_alg;
    struct hc_cert *fields;
};

/* Certificate ::= SEQUENCE { tbs, algorithm, BIT STRING } [RFC 5280 4.1]. */
static struct hc_rc wrap(struct hc_bytes tbs, struct hc_bytes sig_alg, struct hc_bytes signature, struct hc_cert **out,
                         struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CERT_MAX);
    size_t seq = hc_derw_begin(&der, HC_DER_SEQUENCE);
    hc_derw_raw(&der, tbs);
    hc_derw_raw(&der, sig_alg);
    hc_derw_bitstring(&der, signature);
    hc_derw_end(&der, seq);
    HC_TRY(e, hc_buf_check(&der, e));
    return hc_cert_parse(hc_buf_view(&der), out, e);
}

/* Memory that ran out is not a fault of the certificate. */
static struct hc_rc read_back(const struct hc_tbs *tbs, struct hc_cert **out, struct hc_err *e)
{
    struct hc_err why;
    struct hc_rc rc = wrap(hc_tbs_der(tbs), hc_tbs_sig_alg(tbs), HC_BYTES("\0"), out, &why);
    if (hc_failed(rc) && rc.code != HC_E_NOMEM)
        return HC_FAIL(e, HC_E_LINT, "it cannot be read back: %s", why.text);
    if (hc_failed(rc))
        *e = why;
    return rc;
}

void hc_lint_cert(const struct hc_lint_rules *rules, const struct hc_cert *cert, struct hc_lint_report *out)
{
    hc_lint_judge(NULL, rules, cert, out);
}

/* Leaves room for the sentence around it in struct hc_err. */
#define FINDINGS_TEXT (HC_ERR_TEXT - 64)

static bool fits(const struct hc_buf *text, size_t n)
{
    return text->n + n <= text->max;
}

/* An earlier finding is of the same rule. Those of one rule stand together. */
static bool is_repeated(const struct hc_lint_report *r, size_t i)
{
    return i > 0 && r->finding[i - 1].rule == r->finding[i].rule;
}

/*
 * "ID: TEXT; ID: TEXT; ID": where the room ends, ids at least, as many as fit. What further findings of a rule say
 * comes after the first of each.
 */
static void list_errors(const struct hc_lint_report *r, bool repeated, struct hc_buf *text)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct hc_lint_finding *f = &r->finding[i];
        const char *separator = text->n ? "; " : "";
        size_t id = strlen(separator) + strlen(f->rule->id), whole = id + strlen(": ") + strlen(f->text);
        if (f->rule->level != HC_LINT_ERROR || is_repeated(r, i) != repeated || !fits(text, repeated ? whole : id))
            continue;
        hc_buf_addf(text, "%s%s", separator, f->rule->id);
        if (fits(text, whole - id))
            hc_buf_addf(text, ": %s", f->text);
    }
}

static bool all_outside_constraints(const struct hc_lint_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->finding[i].rule->level == HC_LINT_ERROR && r->finding[i].code != HC_E_OUTSIDE_CONSTRAINTS)
            return false;
    return r->lost == 0;
}

static struct hc_rc verdict(const struct hc_lint_report *r, struct hc_err *e)
{
    HC_BUF_AUTO(text, FINDINGS_TEXT);
    if (r->n_errors == 0)
        return HC_OK;
    list_errors(r, false, &text);
    list_errors(r, true, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    if (all_outside_constraints(r))
        return HC_FAIL(e, HC_E_OUTSIDE_CONSTRAINTS, "%s", hc_buf_cstr(&text));
    return HC_FAIL(e, HC_E_LINT, "%zu finding%s: %s", r->n_errors, r->n_errors == 1 ? "" : "s", hc_buf_cstr(&text));
}

struct hc_rc hc_lint_tbs(const struct hc_lint_rules *rules, const struct hc_tbs *tbs, struct hc_lint_report *report,
                         struct hc_linted_tbs **out, struct hc_err *e)
{
    struct hc_lint_report own;
    if (!report)
        report = &own;
    report->n = report->lost = report->n_errors = report->n_warnings = report->n_notes = 0;
    HC_AUTO(hc_linted_tbs) linted = calloc(1, sizeof *linted);
    if (!linted)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a certificate");
    linted->profile = hc_tbs_profile(tbs);
    hc_buf_init(&linted->sig_alg, hc_tbs_sig_alg(tbs).n);
    hc_buf_add(&linted->sig_alg, hc_tbs_sig_alg(tbs));
    HC_TRY(e, hc_buf_check(&linted->sig_alg, e));
    HC_TRY(e, read_back(tbs, &linted->fields, e));
    hc_lint_judge(hc_profile_row(linted->profile), rules, linted->fields, report);
    HC_TRY(e, verdict(report, e));
    *out = HC_GIVE(linted);
    return HC_OK;
}

void hc_linted_tbs_free(struct hc_linted_tbs *linted)
{
    if (!linted)
        return;
    hc_buf_fini(&linted->sig_alg);
    hc_cert_free(linted->fields);
    free(linted);
}

struct hc_bytes hc_linted_tbs_der(const struct hc_linted_tbs *linted)
{
    return linted->fields->tbs;
}

struct hc_bytes hc_linted_tbs_sig_alg(const struct hc_linted_tbs *linted)
{
    return hc_buf_view(&linted->sig_alg);
}

enum hc_profile hc_linted_tbs_profile(const struct hc_linted_tbs *linted)
{
    return linted->profile;
}

const struct hc_cert *hc_linted_tbs_fields(const struct hc_linted_tbs *linted)
{
    return linted->fields;
}

struct hc_rc hc_cert_assemble(const struct hc_linted_tbs *linted, struct hc_bytes sig_alg, struct hc_bytes signature,
                              struct hc_cert **out, struct hc_err *e)
{
    if (!hc_bytes_eq(sig_alg, hc_linted_tbs_sig_alg(linted)))
        return HC_FAIL(e, HC_E_CERT_ALGORITHM_MISMATCH, "the signer used another algorithm than the certificate names");
    return wrap(hc_linted_tbs_der(linted), sig_alg, signature, out, e);
}

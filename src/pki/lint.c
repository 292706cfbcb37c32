/*
 * lint.c - the last judge before a signature, and the assembly after it.
 *
 * The certificate is read back with the reader that peers' certificates go through, so that what is signed is what everybody will
 * see. Every rule is judged, not only up to the first that fails.
 */
#include "pki/lint.h"

#include <stdlib.h>

#include "asn1/derw.h"
#include "crypto/digest.h"
#include "pki/constraints.h"
#include "pki/oid.h"

struct hc_linted_tbs {
    enum hc_profile profile;
    struct hc_buf sig_alg;
    struct hc_cert *fields;
};

/* What was found, in one sentence. */
struct faults {
    struct hc_buf *text;
    size_t n;       /* rules that failed */
    size_t outside; /* of these, names outside the issuers' constraints */
};

/* Leaves room for the sentence around it in struct hc_err. */
#define FAULTS_TEXT (HC_ERR_TEXT - 64)

static void fault(struct faults *f, const char *what)
{
    size_t n = strlen(what);
    f->n++;
    if (f->text->n + n + 2 > f->text->max)
        return; /* still counted */
    hc_buf_add_str(f->text, f->text->n ? "; " : "");
    hc_buf_add_str(f->text, what);
}

static void want(struct faults *f, bool holds, const char *what)
{
    if (!holds)
        fault(f, what);
}

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

static void judge_serial(struct faults *f, const struct hc_cert *c)
{
    size_t n = c->serial.n;
    if (n > 0 && c->serial.p[0] == 0)
        n--;
    want(f, n >= HC_LINT_SERIAL_MIN, "the serial number is too short to be unguessable");
}

static void judge_dates(struct faults *f, const struct hc_cert *c, const struct hc_cert *issuer)
{
    want(f, c->not_before < c->not_after, "it would end before it begins [RFC 5280 4.1.2.5]");
    want(f, !c->odd_times, "a date before 2050 is not a UTCTime [RFC 5280 4.1.2.5]");
    if (!issuer)
        return;
    want(f, c->not_before >= issuer->not_before, "it would begin before its issuer does");
    want(f, c->not_after <= issuer->not_after, "it would outlive its issuer");
}

/* Issuer and key identifiers [RFC 5280 4.1.2.4, 4.2.1.1, 4.2.1.2]. `issuer` is the certificate itself for a root. */
static void judge_issuer(struct faults *f, const struct hc_cert *c, const struct hc_cert *issuer)
{
    uint8_t id[HC_SHA1_SIZE];
    hc_sha1(c->spki_key, id);
    want(f, hc_bytes_eq(c->ski, hc_bytes_of(id, sizeof id)), "the subject key identifier is missing or wrong");
    want(f, c->aki.n > 0 && hc_bytes_eq(c->aki, issuer->ski),
         "the authority key identifier is missing or not the issuer's");
    want(f, hc_bytes_eq(c->issuer, issuer->subject), "the issuer's name is not the issuer's subject");
    if (issuer == c)
        return;
    want(f, issuer->is_ca && issuer->ku & HC_KU_CERT_SIGN, "the issuer may not sign certificates [RFC 5280 4.2.1.3]");
    want(f, !c->is_ca || !issuer->has_pathlen || issuer->pathlen > (c->has_pathlen ? c->pathlen : INT32_MAX - 1),
         "the issuer's path length does not allow this CA [RFC 5280 4.2.1.9]");
}

static void judge_usage(struct faults *f, const struct hc_cert *c, const struct hc_profile_row *row)
{
    want(f, c->has_bc && c->bc_critical, "basicConstraints are missing or not critical [RFC 5280 4.2.1.9]");
    want(f, c->is_ca == row->ca, row->ca ? "it is not marked as a CA" : "it is marked as a CA");
    want(f, c->has_pathlen == (row->pathlen >= 0) && (!c->has_pathlen || c->pathlen == row->pathlen),
         "the path length is not the profile's");
    want(f, c->has_ku && c->ku == row->usage, "the key usage is not the profile's");
    want(f, (c->extensions_critical & HC_EXT_KEY_USAGE) != 0, "the key usage is not critical [RFC 5280 4.2.1.3]");
    want(f, c->has_eku == (row->purposes != 0) && c->eku == row->purposes,
         "the extended key usage is not the profile's");
    bool rsa = hc_bytes_starts(hc_bytes_skip(c->spki_alg, 4), HC_OID_RSA_ENCRYPTION);
    want(f, rsa || !(c->ku & (HC_KU_KEY_ENCIPHERMENT | HC_KU_DATA_ENCIPHERMENT)),
         "an elliptic-curve key cannot encipher [RFC 8813 3]");
}

/* Nothing but what the profile calls for. */
static void judge_extensions(struct faults *f, const struct hc_cert *c, const struct hc_profile_row *row)
{
    uint32_t must = HC_EXT_BASIC_CONSTRAINTS | HC_EXT_KEY_USAGE | HC_EXT_SUBJECT_KEY_ID | HC_EXT_AUTHORITY_KEY_ID;
    uint32_t may = row->ca ? HC_EXT_NAME_CONSTRAINTS : 0;
    if (!row->ca)
        must |= HC_EXT_EXT_KEY_USAGE | HC_EXT_SUBJECT_ALT_NAME;
    want(f, (c->extensions_seen & must) == must, "an extension of the profile is missing");
    want(f, (c->extensions_seen & ~(must | may)) == 0 && c->unknown_critical.n == 0,
         "there is an extension that the profile does not have");
    want(f, !c->has_nc || c->extensions_critical & HC_EXT_NAME_CONSTRAINTS,
         "the name constraints are not critical [RFC 5280 4.2.1.10]");
}

static void judge_names(struct faults *f, const struct hc_cert *c, const struct hc_profile_row *row)
{
    struct hc_err why;
    if (hc_failed(hc_profile_check_names(row->profile, c->names, c->n_names, &why)))
        fault(f, why.text);
    want(f, c->n_other_names == 0, "there is a name of a type that nobody checks");
    want(f, !row->ca || !c->subject_empty, "a CA must have a subject [RFC 5280 4.1.2.6]");
    want(f, row->ca || c->san_critical == c->subject_empty,
         "subjectAltName must be critical exactly when the subject is empty [RFC 5280 4.2.1.6]");
}

static void judge_constraints(struct faults *f, const struct hc_cert *c, const struct hc_lint_rules *rules)
{
    struct hc_report report;
    hc_report_init(&report, false);
    for (size_t i = 0; i < rules->n_issuers; i++)
        hc_constraints_check(rules->issuers[i], c, &report, 0);
    for (size_t i = 0; i < report.n; i++)
        fault(f, report.finding[i].text);
    f->n += report.lost;
    f->outside = report.failed;
}

static void judge(struct faults *f, const struct hc_cert *c, enum hc_profile profile, const struct hc_lint_rules *rules)
{
    const struct hc_profile_row *row = hc_profile_row(profile);
    const struct hc_cert *issuer = rules->n_issuers ? rules->issuers[0] : NULL;
    want(f, issuer || profile == HC_PROFILE_ROOT_CA, "it has no issuer and is no root");
    want(f, !issuer || profile != HC_PROFILE_ROOT_CA, "a root has no issuer");
    judge_serial(f, c);
    judge_dates(f, c, issuer);
    judge_issuer(f, c, issuer ? issuer : c);
    judge_usage(f, c, row);
    judge_extensions(f, c, row);
    judge_names(f, c, row);
    judge_constraints(f, c, rules);
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

struct hc_rc hc_lint_tbs(const struct hc_lint_rules *rules, const struct hc_tbs *tbs, struct hc_linted_tbs **out,
                         struct hc_err *e)
{
    HC_AUTO(hc_linted_tbs) linted = calloc(1, sizeof *linted);
    if (!linted)
        return HC_FAIL(e, HC_E_NOMEM, "no memory for a certificate");
    linted->profile = hc_tbs_profile(tbs);
    hc_buf_init(&linted->sig_alg, hc_tbs_sig_alg(tbs).n);
    hc_buf_add(&linted->sig_alg, hc_tbs_sig_alg(tbs));
    HC_TRY(e, hc_buf_check(&linted->sig_alg, e));
    HC_TRY(e, read_back(tbs, &linted->fields, e));

    HC_BUF_AUTO(text, FAULTS_TEXT);
    struct faults f = {.text = &text};
    judge(&f, linted->fields, linted->profile, rules);
    HC_TRY(e, hc_buf_check(&text, e));
    if (f.n > 0 && f.n == f.outside)
        return HC_FAIL(e, HC_E_OUTSIDE_CONSTRAINTS, "%s", hc_buf_cstr(&text));
    if (f.n > 0)
        return HC_FAIL(e, HC_E_LINT, "%zu rule%s: %s", f.n, f.n == 1 ? "" : "s", hc_buf_cstr(&text));
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

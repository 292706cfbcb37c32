/* verify_revocation.c - CRLs and OCSP responses, put together for one certificate after the other. */
#include "pki/verify_revocation.h"

#include "base/auto.h"

/* What the OCSP responses say of one certificate. */
struct answers {
    bool good;
    bool condemned;    /* revoked, or a response that is forged: already reported */
    struct hc_err why; /* why one of them is no answer; code 0: none */
};

static void say(struct hc_report *report, int depth, const struct hc_err *why)
{
    struct hc_err said = *why;
    if (said.code == HC_E_REVOKED && depth > 0)
        said.code = HC_E_ISSUER_REVOKED;
    hc_report_fail_err(report, depth, &said);
}

/* ---- OCSP ---- */

static struct hc_rc ask_response(const struct hc_verify_revocation *r, const struct hc_ocsp *response, int depth,
                                 struct answers *out, struct hc_report *report, struct hc_err *e)
{
    const struct hc_cert *cert = r->path->cert[depth], *issuer = r->path->cert[depth + 1];
    if (!hc_ocsp_is_about(response, cert, issuer))
        return HC_OK;
    struct hc_rc rc = hc_ocsp_check(r->c, response, cert, issuer, r->policy->now, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (hc_ok(rc)) {
        out->good = true;
    } else if (rc.code == HC_E_OCSP_STALE || rc.code == HC_E_OCSP_UNKNOWN) {
        out->why = *e;
    } else {
        out->condemned = true;
        say(report, depth, e);
    }
    return HC_OK;
}

static struct hc_rc ask_responses(const struct hc_verify_revocation *r, int depth, struct answers *out,
                                  struct hc_report *report, struct hc_err *e)
{
    out->good = out->condemned = false;
    out->why.code = HC_OK_CODE;
    for (size_t i = 0; i < r->policy->n_ocsp; i++)
        HC_TRY(e, ask_response(r, r->policy->ocsp[i], depth, out, report, e));
    return HC_OK;
}

/* ---- CRLs ---- */

bool hc_verify_revocation_other_key(const struct hc_cert *issuer, const struct hc_cert *cert)
{
    return !hc_bytes_eq(cert->spki, issuer->spki) && hc_dn_eq(cert->subject, issuer->subject);
}

/* The certificates of the chain itself are verified already: a CA that has changed its key stands there with both. Only
 * those above: none that is revoked may clear itself. */
static void signers_of_chain(const struct hc_path *path, int depth, struct hc_verify_signers *out)
{
    out->n = 0;
    for (size_t d = (size_t)depth + 1; d < path->n; d++) {
        if (hc_verify_revocation_other_key(path->cert[depth + 1], path->cert[d]))
            out->cert[out->n++] = path->cert[d];
    }
}

/* Could another signer's CRL change the answer? Not what is revoked. */
static bool is_open(enum hc_code code)
{
    return code == HC_E_CRL_SIGNATURE || code == HC_E_CRL_SCOPE || code == HC_E_CRL_STALE ||
           code == HC_E_CRL_NOT_YET_VALID || code == HC_E_CRL_DELTA_BASE || code == HC_E_CRL_INDIRECT ||
           code == HC_E_CRL_MISSING;
}

static struct hc_rc ask_crls(const struct hc_verify_revocation *r, int depth, struct hc_err *e)
{
    const struct hc_cert *issuer = r->path->cert[depth + 1];
    struct hc_verify_signers signers;
    signers_of_chain(r->path, depth, &signers);
    struct hc_revocation_query query = {.cert = r->path->cert[depth],
                                        .issuer = issuer,
                                        .signer = signers.cert,
                                        .n_signers = signers.n,
                                        .now = r->policy->now,
                                        .allow_stale = r->policy->allow_stale};
    struct hc_rc rc = hc_revocation_check(r->c, r->policy->crls, &query, e);
    if (!is_open(rc.code) || r->policy->crls == NULL || r->more == NULL)
        return rc;
    HC_TRY(e, r->more(r->ctx, issuer, &signers, e));
    query.n_signers = signers.n;
    return hc_revocation_check(r->c, r->policy->crls, &query, e);
}

/* ---- both ---- */

static struct hc_rc check_one(const struct hc_verify_revocation *r, int depth, bool covered, struct hc_report *report,
                              struct hc_err *e)
{
    struct answers answers;
    HC_TRY(e, ask_responses(r, depth, &answers, report, e));
    if (!covered)
        return HC_OK;
    struct hc_rc rc = ask_crls(r, depth, e);
    if (rc.code == HC_E_NOMEM)
        return rc;
    if (rc.code == HC_E_REVOKED || (hc_failed(rc) && !answers.good)) {
        say(report, depth, e);
        if (rc.code != HC_E_REVOKED && answers.why.code != HC_OK_CODE)
            say(report, depth, &answers.why);
    } else if (!answers.condemned) {
        hc_report_pass(report, depth,
                       hc_ok(rc) ? "it is not revoked by its issuer's current CRL"
                                 : "an OCSP response of its issuer says that it is good");
    }
    return HC_OK;
}

struct hc_rc hc_verify_revocation_check(const struct hc_verify_revocation *r, struct hc_report *report,
                                        struct hc_err *e)
{
    size_t covered = r->policy->revocation == HC_REVOCATION_NONE   ? 0
                     : r->policy->revocation == HC_REVOCATION_LEAF ? 1
                                                                   : r->path->n;
    if (covered == 0)
        hc_report_pass(report, HC_DEPTH_NONE, "revocation: not checked");
    for (size_t d = 0; d + 1 < r->path->n; d++)
        HC_TRY(e, check_one(r, (int)d, d < covered, report, e));
    return HC_OK;
}

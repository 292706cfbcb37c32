/*
 * verify.c - from a presented chain to a checked one.
 *
 * For each candidate: our own rules first, because they cost no signature; then libcrypto; then revocation, because a
 * CRL may only be believed under an issuer whose own certificate was verified. The first candidate that passes all
 * three is the answer. Otherwise the report describes the one that got furthest, and is completed: one that failed
 * our rules is shown to libcrypto too.
 */
#include "pki/verify.h"

#include <assert.h>

#include "crypto/x509.h"
#include "pki/checked_chain.h"
#include "pki/path.h"
#include "pki/verify_rules.h"

/* How far a candidate got, worst first. */
enum stage {
    STAGE_NONE,       /* there is no candidate yet */
    STAGE_LINK,       /* one certificate did not sign the next: these do not belong together */
    STAGE_RULES,      /* our rules refused it; signatures unknown */
    STAGE_STRUCTURE,  /* libcrypto refused it for another reason */
    STAGE_REVOCATION, /* only revocation refused it */
};

struct candidate {
    enum stage stage;
    struct hc_path path;
    struct hc_report report;
};

struct run {
    const struct hc_crypto *c;
    const struct hc_verify_policy *policy;
    struct hc_presented presented;
    struct hc_path_search search;
    struct hc_x509 *decoded[HC_PATH_PRESENTED]; /* what libcrypto made of the presented ones, when needed */
};

static void run_fini(struct run *run)
{
    for (size_t i = 0; i < HC_PATH_PRESENTED; i++)
        hc_x509_free(run->decoded[i]);
}

/* ---- libcrypto ---- */

static struct hc_rc decode_path(struct run *run, const struct hc_path *path, struct hc_x509 *chain[HC_PATH_DEPTH],
                                size_t *depth, struct hc_err *e)
{
    for (*depth = 0; *depth + 1 < path->n; ++*depth) {
        size_t i = path->index[*depth];
        if (run->decoded[i] == NULL)
            HC_TRY(e, hc_x509_from_der(run->c, path->cert[*depth]->der, &run->decoded[i], e));
        chain[*depth] = run->decoded[i];
    }
    chain[*depth] = hc_bundle_x509(run->policy->bundle, path->index[*depth]);
    return HC_OK;
}

/* One finding for one fault: what our rules already found is not said twice. */
static void add_once(struct hc_report *report, int depth, const struct hc_err *why)
{
    if (!hc_report_has(report, why->code))
        hc_report_fail_err(report, depth, why);
}

static bool is_broken_link(enum hc_code code)
{
    return code == HC_E_BAD_SIGNATURE || code == HC_E_UNKNOWN_ISSUER;
}

/* Fails only when nothing can be judged at all (HC_E_NOMEM); *accepted otherwise. */
static struct hc_rc check_structure(struct run *run, struct candidate *cand, bool *accepted, struct hc_err *e)
{
    struct hc_x509 *chain[HC_PATH_DEPTH];
    struct hc_x509_verdict verdict = {0};
    size_t depth;
    struct hc_rc rc = decode_path(run, &cand->path, chain, &depth, e);
    if (hc_ok(rc)) {
        rc = hc_x509_chain_check(run->c, chain, cand->path.n, &verdict, e);
        depth = verdict.depth;
    }
    *accepted = hc_ok(rc);
    if (*accepted) {
        hc_report_pass(&cand->report, HC_DEPTH_NONE, "every signature up to the anchor holds");
        return HC_OK;
    }
    if (rc.code == HC_E_NOMEM)
        return rc;
    add_once(&cand->report, (int)depth, e);
    if (is_broken_link(rc.code) && depth + 1 < cand->path.n)
        hc_path_refuse_link(&run->search, &cand->path, depth);
    return HC_OK;
}

/* ---- revocation ---- */

static void say_revocation(struct hc_report *report, int depth, const struct hc_err *why)
{
    struct hc_err said = *why;
    if (said.code == HC_E_REVOKED && depth > 0)
        said.code = HC_E_ISSUER_REVOKED;
    hc_report_fail_err(report, depth, &said);
}

static struct hc_rc check_revocation(const struct hc_crypto *c, const struct hc_verify_policy *policy,
                                     const struct hc_cert *const cert[], size_t n, struct hc_report *report,
                                     struct hc_err *e)
{
    if (policy->revocation == HC_REVOCATION_NONE) {
        hc_report_pass(report, HC_DEPTH_NONE, "revocation: not checked");
        return HC_OK;
    }
    size_t end = policy->revocation == HC_REVOCATION_LEAF ? 1 : n - 1;
    for (size_t d = 0; d < end; d++) {
        struct hc_rc rc = hc_revocation_check(c, policy->crls, cert[d], cert[d + 1], policy->now, e);
        if (rc.code == HC_E_NOMEM)
            return rc;
        if (hc_failed(rc))
            say_revocation(report, (int)d, e);
        else
            hc_report_pass(report, (int)d, "it is not revoked by its issuer's current CRL");
    }
    return HC_OK;
}

/* ---- one candidate ---- */

static struct hc_rc judge(struct run *run, struct candidate *cand, struct hc_err *e)
{
    bool accepted = false;
    hc_verify_rules_chain(run->policy, &cand->path, &cand->report);
    cand->stage = STAGE_RULES;
    if (!hc_report_ok(&cand->report))
        return HC_OK;
    HC_TRY(e, check_structure(run, cand, &accepted, e));
    if (!accepted) {
        cand->stage = is_broken_link(hc_report_code(&cand->report)) ? STAGE_LINK : STAGE_STRUCTURE;
        return HC_OK;
    }
    cand->stage = STAGE_REVOCATION;
    return check_revocation(run->c, run->policy, cand->path.cert, cand->path.n, &cand->report, e);
}

static bool got_further(const struct candidate *a, const struct candidate *b)
{
    if (a->stage != b->stage)
        return a->stage > b->stage;
    return a->report.failed < b->report.failed;
}

/* A candidate that our rules refused is reported with what libcrypto and the CRLs say of it too. */
static struct hc_rc complete(struct run *run, struct candidate *best, struct hc_err *e)
{
    bool accepted = false;
    if (best->stage != STAGE_RULES)
        return HC_OK;
    HC_TRY(e, check_structure(run, best, &accepted, e));
    if (!accepted)
        return HC_OK;
    return check_revocation(run->c, run->policy, best->path.cert, best->path.n, &best->report, e);
}

/* ---- no candidate at all ---- */

static void report_no_path(const struct run *run, struct hc_report *report)
{
    const struct hc_cert *leaf = run->presented.cert[0];
    HC_BUF_AUTO(issuer, 4096);
    hc_dn_text(leaf->issuer, &issuer);
    if (hc_cert_self_issued(leaf))
        hc_report_fail(report, HC_E_UNKNOWN_ISSUER, 0, "it is self-signed (%s) and no anchor of the bundle",
                       hc_buf_cstr(&issuer));
    else
        hc_report_fail(report, HC_E_UNKNOWN_ISSUER, 0, "no path from its issuer (%s) to an anchor of the bundle",
                       hc_buf_cstr(&issuer));
    hc_verify_rules_leaf(run->policy, leaf, report);
}

/* ---- the search ---- */

static struct hc_rc search(struct run *run, struct candidate *best, bool *found, struct hc_err *e)
{
    struct candidate cand;
    *found = false;
    for (;;) {
        enum hc_path_step step = hc_path_next(&run->search, &cand.path);
        if (step == HC_PATH_BUDGET)
            hc_report_fail(&best->report, HC_E_PATH_BUDGET, HC_DEPTH_NONE, "%zu chains and %zu links were tried",
                           run->search.candidates, run->search.steps);
        if (step != HC_PATH_FOUND)
            return HC_OK;
        hc_report_init(&cand.report, best->report.steps);
        HC_TRY(e, judge(run, &cand, e));
        *found = cand.stage == STAGE_REVOCATION && hc_report_ok(&cand.report);
        if (*found || got_further(&cand, best))
            *best = cand;
        if (*found)
            return HC_OK;
    }
}

static struct hc_rc verify(struct run *run, struct candidate *best, struct hc_checked_chain **out, struct hc_err *e)
{
    HC_TRY(e, hc_path_begin(&run->search, run->policy->bundle, run->presented.cert, run->presented.n, e));
    bool found;
    HC_TRY(e, search(run, best, &found, e));
    if (found)
        return hc_checked_chain_new(&best->path, out, e);
    if (best->stage == STAGE_NONE)
        report_no_path(run, &best->report);
    else
        HC_TRY(e, complete(run, best, e));
    assert(!hc_report_ok(&best->report));
    return hc_report_result(&best->report, e);
}

/* A policy that does not say how to judge is no permission. */
static struct hc_rc check_policy(const struct hc_verify_policy *policy, struct hc_err *e)
{
    if (policy->bundle == NULL)
        return HC_FAIL(e, HC_E_BUNDLE, "there is no bundle to verify against");
    if (policy->revocation == HC_REVOCATION_UNSAID)
        return HC_FAIL(e, HC_E_REVOCATION_UNSAID, "the policy does not say whether revocation is checked");
    if (policy->purpose == HC_VERIFY_UNSAID)
        return HC_FAIL(e, HC_E_INTERNAL, "the policy does not say what the certificate is to be used for");
    return HC_OK;
}

/* Whatever ended the judgement without a finding is one. */
static struct hc_rc reported(struct hc_rc rc, struct hc_report *report, const struct hc_err *e)
{
    if (hc_failed(rc) && !hc_report_has(report, rc.code))
        hc_report_fail_err(report, HC_DEPTH_NONE, e);
    return rc;
}

struct hc_rc hc_verify(const struct hc_crypto *c, const struct hc_verify_policy *policy, struct hc_presented presented,
                       struct hc_checked_chain **out, struct hc_report *report, struct hc_err *e)
{
    __attribute__((cleanup(run_fini))) struct run run = {.c = c, .policy = policy, .presented = presented};
    struct candidate best = {.stage = STAGE_NONE};
    hc_report_init(&best.report, report->steps);
    struct hc_rc rc = check_policy(policy, e);
    if (hc_ok(rc))
        rc = verify(&run, &best, out, e);
    hc_report_merge(report, &best.report);
    return reported(rc, report, e);
}

static struct hc_rc recheck(const struct hc_crypto *c, const struct hc_checked_chain *chain,
                            const struct hc_verify_policy *policy, struct hc_report *report, struct hc_err *e)
{
    HC_TRY(e, check_policy(policy, e));
    const struct hc_cert *cert[HC_PATH_DEPTH];
    size_t n = hc_checked_chain_count(chain);
    for (size_t d = 0; d < n; d++) {
        cert[d] = hc_checked_chain_cert(chain, d);
        hc_verify_rules_dates(cert[d], (int)d, policy->now, report);
    }
    if (!hc_bundle_has(policy->bundle, cert[n - 1]))
        hc_report_fail(report, HC_E_UNKNOWN_ISSUER, (int)n - 1, "its anchor is no longer in the bundle");
    HC_TRY(e, check_revocation(c, policy, cert, n, report, e));
    return hc_report_result(report, e);
}

struct hc_rc hc_verify_recheck(const struct hc_crypto *c, const struct hc_checked_chain *chain,
                               const struct hc_verify_policy *policy, struct hc_report *report, struct hc_err *e)
{
    return reported(recheck(c, chain, policy, report, e), report, e);
}

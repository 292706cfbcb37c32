/*
 * verify.c - from a presented chain to a checked one.
 *
 * For each candidate: our own rules first, because they cost no signature; then libcrypto; then revocation, because a
 * CRL may only be believed under an issuer whose own certificate was verified. The first candidate that passes all
 * three is the answer. Otherwise the report describes the one that got furthest, and is completed: one that failed
 * our rules is shown to libcrypto too.
 *
 * A run may have runs below it, one level deep: a CRL that another key of the issuer signed counts once that key's
 * certificate has a chain of its own, up to the same anchor and judged in the same way.
 */
#include "pki/verify.h"

#include <assert.h>

#include "crypto/x509.h"
#include "pki/checked_chain.h"
#include "pki/path.h"
#include "pki/verify_revocation.h"
#include "pki/verify_rules.h"

#define SIGNER_TRIES 8      /* certificates that one chain has judged as signers of CRLs */
#define SIGNER_CANDIDATES 8 /* chains that are tried for one of them */

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
    const struct hc_cert
        *anchor; /* of a run for a signer: the only anchor that counts; NULL: any, and a leaf's rules */
    struct hc_checked_signers signers; /* found so far, one owner each */
    size_t tries;                      /* to find them */
    size_t effort;                     /* as in struct hc_report: of all candidates together */
};

/* A candidate, and the run that looks for its signers. */
struct seeker {
    struct run *run;
    const struct hc_path *path;
};

static void run_fini(struct run *run)
{
    for (size_t i = 0; i < HC_PATH_PRESENTED; i++)
        hc_x509_free(run->decoded[i]);
    for (size_t i = 0; i < run->signers.n; i++)
        hc_checked_chain_free(run->signers.chain[i]);
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
        rc = hc_verify_rules_path_only(run->policy)
                 ? hc_x509_chain_check_path_only(run->c, chain, cand->path.n, &verdict, e)
                 : hc_x509_chain_check(run->c, chain, cand->path.n, &verdict, e);
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

/* ---- one candidate ---- */

static struct hc_rc more_signers(void *ctx, const struct hc_cert *issuer, struct hc_verify_signers *out,
                                 struct hc_err *e);

static struct hc_rc check_revocation(struct run *run, struct candidate *cand, struct hc_err *e)
{
    struct seeker seeker = {run, &cand->path};
    struct hc_verify_revocation r = {.c = run->c, .policy = run->policy, .path = &cand->path};
    if (run->anchor == NULL) {
        r.more = more_signers;
        r.ctx = &seeker;
    }
    return hc_verify_revocation_check(&r, &cand->report, e);
}

static void check_rules(const struct run *run, struct candidate *cand)
{
    const struct hc_cert *anchor = cand->path.cert[cand->path.n - 1];
    if (run->anchor == NULL)
        hc_verify_rules_chain(run->policy, &cand->path, &cand->report);
    else if (anchor != run->anchor) /* RFC 5280 6.3.3 (f): "The trust anchor for the certification path MUST be the
                                     * same as the trust anchor used to validate the target certificate." */
        hc_report_fail(&cand->report, HC_E_UNKNOWN_ISSUER, HC_DEPTH_NONE, "another anchor than the chain's");
    else
        hc_verify_rules_signer(run->policy, &cand->path, &cand->report);
}

static struct hc_rc judge(struct run *run, struct candidate *cand, struct hc_err *e)
{
    bool accepted = false;
    check_rules(run, cand);
    cand->stage = STAGE_RULES;
    if (!hc_report_ok(&cand->report))
        return HC_OK;
    hc_report_toil(&cand->report, (cand->path.n - 1) * HC_REPORT_EFFORT_SIGNATURE);
    HC_TRY(e, check_structure(run, cand, &accepted, e));
    if (!accepted) {
        cand->stage = is_broken_link(hc_report_code(&cand->report)) ? STAGE_LINK : STAGE_STRUCTURE;
        return HC_OK;
    }
    cand->stage = STAGE_REVOCATION;
    return check_revocation(run, cand, e);
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
    return check_revocation(run, best, e);
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

static void report_budget(const struct run *run, struct hc_report *report)
{
    hc_report_fail(report, HC_E_PATH_BUDGET, HC_DEPTH_NONE, "%zu chains and %zu links were tried",
                   run->search.candidates, run->search.steps);
}

static struct hc_rc search(struct run *run, struct candidate *best, bool *found, struct hc_err *e)
{
    struct candidate cand;
    *found = false;
    for (;;) {
        enum hc_path_step step = hc_path_next(&run->search, &cand.path);
        if (step == HC_PATH_BUDGET)
            report_budget(run, &best->report);
        if (step != HC_PATH_FOUND)
            return HC_OK;
        hc_report_init(&cand.report, best->report.steps);
        cand.report.effort = run->effort;
        HC_TRY(e, judge(run, &cand, e));
        run->effort = cand.report.effort;
        *found = cand.stage == STAGE_REVOCATION && hc_report_ok(&cand.report);
        /* Whoever else certified the leaf's issuer, its key says that the leaf is revoked: there is no better chain, and
         * looking for one would only cost signatures. */
        bool revoked = cand.stage == STAGE_REVOCATION && hc_report_has(&cand.report, HC_E_REVOKED);
        if (*found || revoked || got_further(&cand, best))
            *best = cand;
        if (*found || revoked)
            return HC_OK;
        if (run->effort == 0) {
            report_budget(run, &best->report);
            return HC_OK;
        }
    }
}

/* ---- signers of CRLs ---- */

/* The chain of a signer that a candidate with this anchor may use, if it was found before. */
static struct hc_checked_chain *known_signer(const struct run *run, const struct hc_cert *cert,
                                             const struct hc_cert *anchor)
{
    for (size_t i = 0; i < run->signers.n; i++) {
        struct hc_checked_chain *chain = run->signers.chain[i];
        if (hc_checked_chain_leaf(chain) == cert && hc_checked_chain_anchor(chain) == anchor)
            return chain;
    }
    return NULL;
}

/* An anchor of the same organisation is a signer by itself, while it is valid. */
static struct hc_rc judge_anchor(struct run *run, const struct hc_cert *cert, struct candidate *best, bool *found,
                                 struct hc_err *e)
{
    (void)e;
    best->path = (struct hc_path){.n = 1, .cert = {cert}};
    hc_verify_rules_signer(run->policy, &best->path, &best->report);
    *found = hc_report_ok(&best->report);
    return HC_OK;
}

static struct hc_rc judge_presented(struct run *run, const struct hc_cert *cert, const struct hc_cert *anchor,
                                    struct candidate *best, bool *found, struct hc_err *e)
{
    const struct hc_cert *order[HC_PATH_PRESENTED];
    size_t n = 0;
    order[n++] = cert;
    for (size_t i = 0; i < run->presented.n; i++) {
        if (run->presented.cert[i] != cert)
            order[n++] = run->presented.cert[i];
    }
    __attribute__((cleanup(run_fini))) struct run below = {
        .c = run->c,
        .policy = run->policy,
        .presented = {.cert = order, .n = n},
        .anchor = anchor,
        .effort = run->effort,
    };
    HC_TRY(e, hc_path_begin(&below.search, run->policy->bundle, order, n, e));
    below.search.most = SIGNER_CANDIDATES;
    struct hc_rc rc = search(&below, best, found, e);
    run->effort = below.effort;
    return rc;
}

/* Judges one certificate as a signer; keeps its chain when it is good. */
static struct hc_rc try_signer(struct run *run, const struct hc_cert *cert, const struct hc_cert *anchor, bool own,
                               struct hc_err *e)
{
    struct candidate best = {.stage = STAGE_NONE};
    struct hc_checked_chain *chain = NULL;
    bool found = false;
    if (run->tries == SIGNER_TRIES || run->signers.n == HC_VERIFY_SIGNERS)
        return HC_OK;
    run->tries++;
    hc_report_init(&best.report, false);
    HC_TRY(e, own ? judge_anchor(run, cert, &best, &found, e) : judge_presented(run, cert, anchor, &best, &found, e));
    if (!found)
        return HC_OK;
    HC_TRY(e, hc_checked_chain_new(&best.path, &(struct hc_checked_signers){0}, false, &chain, e));
    run->signers.chain[run->signers.n++] = chain;
    return HC_OK;
}

static struct hc_rc add_signer(const struct seeker *s, const struct hc_cert *cert, bool own,
                               struct hc_verify_signers *out, struct hc_err *e)
{
    const struct hc_cert *anchor = own ? cert : s->path->cert[s->path->n - 1];
    if (known_signer(s->run, cert, anchor) == NULL)
        HC_TRY(e, try_signer(s->run, cert, anchor, own, e));
    if (known_signer(s->run, cert, anchor) != NULL && out->n < HC_COUNT(out->cert))
        out->cert[out->n++] = cert;
    return HC_OK;
}

/* Was it given by the chain itself? */
static bool has_signer(const struct hc_verify_signers *signers, const struct hc_cert *cert)
{
    for (size_t i = 0; i < signers->n; i++) {
        if (hc_cert_eq(signers->cert[i], cert))
            return true;
    }
    return false;
}

static bool may_sign(const struct hc_verify_signers *signers, const struct hc_cert *issuer, const struct hc_cert *cert)
{
    return hc_verify_revocation_other_key(issuer, cert) && !has_signer(signers, cert);
}

static struct hc_rc more_signers(void *ctx, const struct hc_cert *issuer, struct hc_verify_signers *out,
                                 struct hc_err *e)
{
    const struct seeker *s = ctx;
    const struct hc_bundle *bundle = s->run->policy->bundle;
    size_t anchor = hc_bundle_find(bundle, s->path->cert[s->path->n - 1]);
    for (size_t i = 1; i < s->run->presented.n; i++) {
        if (may_sign(out, issuer, s->run->presented.cert[i]))
            HC_TRY(e, add_signer(s, s->run->presented.cert[i], false, out, e));
    }
    for (size_t i = 0; i < hc_bundle_count(bundle); i++) {
        if (may_sign(out, issuer, hc_bundle_anchor(bundle, i)) && hc_bundle_together(bundle, anchor, i))
            HC_TRY(e, add_signer(s, hc_bundle_anchor(bundle, i), true, out, e));
    }
    return HC_OK;
}

/* ---- the whole ---- */

static struct hc_rc verify(struct run *run, struct candidate *best, struct hc_checked_chain **out, struct hc_err *e)
{
    HC_TRY(e, hc_path_begin(&run->search, run->policy->bundle, run->presented.cert, run->presented.n, e));
    bool found;
    HC_TRY(e, search(run, best, &found, e));
    if (found)
        return hc_checked_chain_new(&best->path, &run->signers, hc_verify_rules_path_only(run->policy), out, e);
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
    __attribute__((cleanup(run_fini))) struct run run = {
        .c = c, .policy = policy, .presented = presented, .effort = HC_REPORT_EFFORT};
    struct candidate best = {.stage = STAGE_NONE};
    hc_report_init(&best.report, report->steps);
    struct hc_rc rc = check_policy(policy, e);
    if (hc_ok(rc))
        rc = verify(&run, &best, out, e);
    hc_report_merge(report, &best.report);
    return reported(rc, report, e);
}

/* ---- once more ---- */

struct recheck {
    const struct hc_crypto *c;
    const struct hc_checked_chain *chain;
    const struct hc_verify_policy *policy;
};

/* Is a signer of the chain still good? Its signatures are. */
static struct hc_rc signer_holds(const struct recheck *r, const struct hc_checked_chain *signer, bool *holds,
                                 struct hc_err *e)
{
    struct hc_path path;
    struct hc_report report;
    hc_report_init(&report, false);
    hc_checked_chain_path(signer, &path);
    hc_verify_rules_signer(r->policy, &path, &report);
    HC_TRY(e, hc_verify_revocation_check(&(struct hc_verify_revocation){.c = r->c, .policy = r->policy, .path = &path},
                                         &report, e));
    *holds = hc_report_ok(&report);
    return HC_OK;
}

/* The chain's own anchor, or another that is bound like it now [RFC 5280 6.3.3 (f)]. */
static bool may_speak_for(const struct recheck *r, const struct hc_checked_chain *signer)
{
    const struct hc_cert *above = hc_checked_chain_anchor(r->chain), *anchor = hc_checked_chain_anchor(signer);
    size_t i = hc_bundle_find(r->policy->bundle, above), k = hc_bundle_find(r->policy->bundle, anchor);
    if (hc_cert_eq(above, anchor))
        return true;
    return hc_checked_chain_count(signer) == 1 && i != HC_BUNDLE_NONE && k != HC_BUNDLE_NONE &&
           hc_bundle_together(r->policy->bundle, i, k);
}

static struct hc_rc kept_signers(void *ctx, const struct hc_cert *issuer, struct hc_verify_signers *out,
                                 struct hc_err *e)
{
    const struct recheck *r = ctx;
    const struct hc_checked_signers *kept = hc_checked_chain_signers(r->chain);
    for (size_t i = 0; i < kept->n && out->n < HC_COUNT(out->cert); i++) {
        const struct hc_cert *cert = hc_checked_chain_leaf(kept->chain[i]);
        bool holds = false;
        if (!may_sign(out, issuer, cert) || !may_speak_for(r, kept->chain[i]))
            continue;
        HC_TRY(e, signer_holds(r, kept->chain[i], &holds, e));
        if (holds)
            out->cert[out->n++] = cert;
    }
    return HC_OK;
}

static struct hc_rc recheck(struct recheck *r, struct hc_report *report, struct hc_err *e)
{
    struct hc_path path;
    HC_TRY(e, check_policy(r->policy, e));
    hc_checked_chain_path(r->chain, &path);
    hc_verify_rules_chain(r->policy, &path, report);
    if (hc_checked_chain_is_path_only(r->chain) && !hc_verify_rules_path_only(r->policy))
        hc_report_fail(report, HC_E_CHAIN_REFUSED, HC_DEPTH_NONE,
                       "it was checked by path validation alone, and more is asked for now");
    struct hc_verify_revocation revocation = {
        .c = r->c, .policy = r->policy, .path = &path, .more = kept_signers, .ctx = r};
    HC_TRY(e, hc_verify_revocation_check(&revocation, report, e));
    return hc_report_result(report, e);
}

struct hc_rc hc_verify_recheck(const struct hc_crypto *c, const struct hc_checked_chain *chain,
                               const struct hc_verify_policy *policy, struct hc_report *report, struct hc_err *e)
{
    struct recheck r = {c, chain, policy};
    return reported(recheck(&r, report, e), report, e);
}

bool hc_verify_ends(enum hc_code code)
{
    switch (code) {
    case HC_E_REVOKED:
    case HC_E_ISSUER_REVOKED:
        return true;
    case HC_E_CERT_NOT_YET_VALID: /* it was valid when the connection began: a clock went back */
    case HC_E_ISSUER_NOT_YET_VALID:
    case HC_E_CERT_ENDS_SOON:
        return false;
    default: /* 14xx: CRLs, responses and clocks; 6xxx: nothing was judged */
        return code / 100 != 14 && hc_row(code)->class == HC_CLASS_CERTIFICATE;
    }
}

/* judge.c - one policy for each judgement, and the chains that were checked before. */
#include "gate/judge.h"

#include "pki/ocsp.h"

static struct hc_rc no_trust(const char *gate, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_BUNDLE, "gate %s has no bundle by which a certificate could be judged now", gate);
}

/* Fails closed when the gate is gone, or does not judge certificates any more. */
static struct hc_rc policy_now(const struct hc_judging *j, struct hc_verify_policy *out, struct hc_err *e)
{
    const struct hc_trust *trust = hc_snapshot_trust(j->worker->snapshot, j->gate);

    if (!trust || !trust->bundle)
        return no_trust(j->gate, e);
    *out = hc_trust_policy(trust, j->purpose, hc_engine_now(j->worker->engine));
    out->name = j->name;
    return HC_OK;
}

static void judged(struct hc_judging *j)
{
    j->generation = j->worker->snapshot->generation;
}

/* --- what is presented -------------------------------------------------------------------------------------------- */

/* The chain as it was checked before, when it is still good; NULL otherwise, and the full judgement says why. */
static struct hc_checked_chain *known_chain(struct hc_judging *j, const struct hc_verify_policy *policy)
{
    struct hc_engine *engine = j->worker->engine;
    HC_AUTO(hc_checked_chain) chain = hc_chains_find(engine->chains, &j->key);
    struct hc_report report;
    struct hc_err e = {0};

    if (!chain)
        return NULL;
    hc_report_init(&report, false);
    if (hc_ok(hc_verify_recheck(engine->crypto, chain, policy, &report, &e)))
        return HC_GIVE(chain);
    hc_chains_forget(engine->chains, &j->key);
    return NULL;
}

static struct hc_rc judge_chain(struct hc_judging *j, const struct hc_verify_policy *policy,
                                struct hc_presented presented, struct hc_checked_chain **out, struct hc_report *report,
                                struct hc_err *e)
{
    const struct hc_snapshot_gate *gate = hc_snapshot_gate(j->worker->snapshot, j->gate);
    struct hc_checked_chain *chain;

    if (!gate)
        return no_trust(j->gate, e);
    j->key = hc_chains_key(presented, gate->domain, j->purpose);
    chain = known_chain(j, policy);
    j->known = chain != NULL;
    j->keep = !j->known;
    if (!chain)
        return hc_verify(j->worker->engine->crypto, policy, presented, out, report, e);
    *out = chain;
    return HC_OK;
}

static struct hc_rc judge(void *ctx, struct hc_presented presented, struct hc_checked_chain **out,
                          struct hc_report *report, struct hc_err *e)
{
    struct hc_judging *j = ctx;
    HC_AUTO(hc_ocsp) staple = NULL;
    const struct hc_ocsp *responses[1];
    struct hc_verify_policy policy;

    HC_TRY(e, policy_now(j, &policy, e));
    if (presented.staple.n > 0 && policy.revocation != HC_REVOCATION_NONE) {
        HC_TRY(e, hc_ocsp_parse(presented.staple, &staple, e));
        responses[0] = staple;
        policy.ocsp = responses;
        policy.n_ocsp = 1;
    }
    HC_TRY(e, judge_chain(j, &policy, presented, out, report, e));
    judged(j);
    return HC_OK;
}

/* --- what is not presented again ---------------------------------------------------------------------------------- */

static struct hc_rc recheck(struct hc_judging *j, const struct hc_checked_chain *chain, struct hc_err *e)
{
    struct hc_verify_policy policy;
    struct hc_report report;

    HC_TRY(e, policy_now(j, &policy, e));
    hc_report_init(&report, false);
    HC_TRY(e, hc_verify_recheck(j->worker->engine->crypto, chain, &policy, &report, e));
    judged(j);
    return HC_OK;
}

/* A session of an earlier handshake (T5). */
static struct hc_rc judge_again(void *ctx, const struct hc_checked_chain *chain, struct hc_err *e)
{
    return recheck(ctx, chain, e);
}

/* RFC 6066 8: a client that asked for a response must look at it, and leave when it is not good. */
static struct hc_rc judge_staple(void *ctx, const struct hc_checked_chain *chain, struct hc_bytes response,
                                 struct hc_err *e)
{
    struct hc_judging *j = ctx;
    HC_AUTO(hc_ocsp) staple = NULL;
    struct hc_verify_policy policy;

    HC_TRY(e, policy_now(j, &policy, e));
    if (policy.revocation == HC_REVOCATION_NONE || hc_checked_chain_count(chain) < 2)
        return HC_OK; /* nobody's revocation is asked about; or an anchor itself, which nobody revokes */
    HC_TRY(e, hc_ocsp_parse(response, &staple, e));
    return hc_ocsp_check(j->worker->engine->crypto, staple, hc_checked_chain_leaf(chain),
                         hc_checked_chain_cert(chain, 1), policy.now, e);
}

struct hc_tls_judge hc_judge_of(struct hc_judging *j)
{
    bool client = j->purpose == HC_VERIFY_CLIENT;

    return (struct hc_tls_judge){
        .judge = judge,
        .again = client ? judge_again : NULL,
        .staple = client ? NULL : judge_staple,
        .ctx = j,
    };
}

struct hc_rc hc_judge_proven(struct hc_judging *j, const struct hc_checked_chain *chain, struct hc_err *e)
{
    if (j->generation != j->worker->snapshot->generation)
        HC_TRY(e, recheck(j, chain, e));
    if (j->keep)
        hc_chains_keep(j->worker->engine->chains, &j->key,
                       (struct hc_checked_chain *)chain); /* only its count changes */
    j->keep = false;
    return HC_OK;
}

/* --- what is open ------------------------------------------------------------------------------------------------- */

/* Fails with the first rule whose failure ends what is open. Others may have failed too: a CRL that is missing is no
 * reason to overlook that the anchor is gone. Whom nobody can judge, for want of memory, is not let go on either. */
static struct hc_rc standing(struct hc_judging *j, const struct hc_checked_chain *chain, struct hc_err *e)
{
    struct hc_verify_policy policy;
    struct hc_report report;

    HC_TRY(e, policy_now(j, &policy, e));
    hc_report_init(&report, false);
    if (hc_ok(hc_verify_recheck(j->worker->engine->crypto, chain, &policy, &report, e)))
        return HC_OK;
    for (size_t i = 0; i < report.n; i++) {
        enum hc_code code = report.finding[i].code;

        if (code != HC_OK_CODE && (hc_verify_ends(code) || hc_row(code)->class != HC_CLASS_CERTIFICATE))
            return HC_FAIL(e, code, "%s", report.finding[i].text);
    }
    return HC_OK;
}

struct hc_rc hc_judge_standing(void *worker, const struct hc_live_key *key, struct hc_err *e)
{
    struct hc_worker *w = worker;
    struct hc_judging j = {.worker = w, .gate = key->gate, .purpose = key->purpose};
    const struct hc_trust *trust = hc_snapshot_trust(w->snapshot, key->gate);

    if (!trust)
        return HC_FAIL(e, HC_E_NO_RULE, "gate %s is not there any more", key->gate);
    if (!trust->bundle)
        return HC_FAIL(e, HC_E_UNKNOWN_ISSUER, "gate %s trusts nobody's certificate any more", key->gate);
    return standing(&j, key->chain, e);
}

bool hc_judge_anywhere(struct hc_worker *w, const struct hc_checked_chain *chain)
{
    for (size_t i = 0; i < w->snapshot->n_gates; i++) {
        struct hc_judging j = {.worker = w, .gate = w->snapshot->gates[i].name, .purpose = HC_VERIFY_CLIENT};
        const struct hc_trust *trust = hc_snapshot_trust(w->snapshot, j.gate);
        struct hc_err e = {0};

        if (i > 0 && w->snapshot->gates[i].trust == w->snapshot->gates[i - 1].trust)
            continue;
        if (!trust || !trust->bundle)
            continue;
        if (hc_ok(standing(&j, chain, &e)))
            return true;
    }
    return false;
}

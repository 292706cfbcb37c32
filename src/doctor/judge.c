/*
 * judge.c - our verifier's words about both chains: the server's as a careful client would have judged it, the user's own
 * as a careful server would.
 */
#include "doctor/probe.h"

#include "pki/path.h"
#include "pki/verify.h"

/* The name that the server must prove; NULL when what the user asked for is none that a certificate can carry. An
 * address may be written in ways that no certificate knows ("127.1", "fe80::1%eth0"): it is the one that was meant. */
static struct hc_rc wanted_name(const struct hc_probe *p, struct hc_name **out, struct hc_err *e)
{
    char at[HC_ADDR_TEXT];
    struct hc_bytes name = hc_bytes_str(p->spec->name ? p->spec->name : p->spec->host);
    if (!p->spec->name && p->dns.result == HC_DNS_LITERAL && p->dns.n > 0) {
        name = hc_bytes_str(hc_addr_text(&p->dns.address[0].addr, false, at));
        name = hc_bytes_head(name, hc_bytes_find(name, '%'));
    }
    struct hc_rc rc = hc_name_guess(name, HC_NAME_PLAIN, out, e);
    return rc.code == HC_E_IDENTITY_NAME ? HC_OK : rc;
}

static bool nothing_judged(enum hc_code code)
{
    return code == HC_E_NOMEM || code == HC_E_LIBRARY;
}

/* A CA above it is revoked by a CRL that is here. A CRL that lacks for a CA is no fault of the chain's. */
static struct hc_rc judge_above(const struct hc_probe *p, const struct hc_checked_chain *chain,
                                struct hc_verify_policy policy, struct hc_report *report, struct hc_err *e)
{
    struct hc_report whole;
    policy.revocation = HC_REVOCATION_CHAIN;
    hc_report_init(&whole, true);
    struct hc_rc rc = hc_verify_recheck(p->spec->crypto, chain, &policy, &whole, e);
    if (hc_report_has(&whole, HC_E_ISSUER_REVOKED))
        *report = whole;
    return nothing_judged(rc.code) ? rc : HC_OK;
}

static struct hc_rc judge_by(const struct hc_probe *p, const struct hc_verify_policy *policy,
                             struct hc_presented presented, struct hc_report *report, struct hc_err *e)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_rc rc = hc_verify(p->spec->crypto, policy, presented, &chain, report, e);
    if (hc_ok(rc) && policy->revocation == HC_REVOCATION_LEAF)
        return judge_above(p, chain, *policy, report, e);
    return nothing_judged(rc.code) ? rc : HC_OK; /* everything else is in the report */
}

/* By the leaf's CRL first: those of a probe are what the user has at hand, seldom the root's. */
static struct hc_verify_policy policy_of(const struct hc_probe *p, enum hc_verify_purpose purpose)
{
    return (struct hc_verify_policy){
        .bundle = p->spec->bundle,
        .purpose = purpose,
        .profile = HC_VERIFY_GATE,
        .revocation = p->spec->crls ? HC_REVOCATION_LEAF : HC_REVOCATION_NONE,
        .crls = p->spec->crls,
        .now = p->now,
    };
}

/* A staple that cannot be read is a finding, and no reason to judge nothing. */
static struct hc_rc read_staple(const struct hc_probe *p, struct hc_ocsp **out, struct hc_err *why, struct hc_err *e)
{
    *out = NULL;
    *why = (struct hc_err){.code = HC_OK_CODE};
    if (p->main.staple.n == 0)
        return HC_OK;
    struct hc_rc rc = hc_ocsp_parse(p->main.staple, out, why);
    if (!nothing_judged(rc.code))
        return HC_OK;
    *e = *why;
    return rc;
}

static struct hc_rc judge_server(struct hc_probe *p, struct hc_err *e)
{
    const struct hc_cert_list *shown = &p->main.presented;
    HC_AUTO(hc_name) name = NULL;
    HC_AUTO(hc_ocsp) staple = NULL;
    struct hc_err why;
    if (p->spec->bundle == NULL || shown->n == 0)
        return HC_OK;
    HC_TRY(e, wanted_name(p, &name, e));
    HC_TRY(e, read_staple(p, &staple, &why, e));
    struct hc_verify_policy policy = policy_of(p, HC_VERIFY_SERVER);
    const struct hc_ocsp *responses[] = {staple};
    policy.name = name;
    policy.ocsp = responses;
    policy.n_ocsp = staple ? 1 : 0;
    struct hc_presented presented = {.cert = (const struct hc_cert *const *)shown->cert,
                                     .n = shown->n < HC_PATH_PRESENTED ? shown->n : HC_PATH_PRESENTED,
                                     .staple = p->main.staple};
    HC_TRY(e, judge_by(p, &policy, presented, &p->server, e));
    if (why.code != HC_OK_CODE)
        hc_report_fail_err(&p->server, 0, &why);
    if (!name) /* without a name to look for, the verifier asked for none */
        hc_report_fail(&p->server, HC_E_NAME_MISMATCH, 0, "what was asked for is no name that a certificate can carry");
    p->server_judged = true;
    return HC_OK;
}

/* No path to the bundle says nothing of the user's chain: its authority may be another than the server's. */
static struct hc_rc judge_own(struct hc_probe *p, struct hc_err *e)
{
    if (p->spec->bundle == NULL || p->spec->n_chain == 0)
        return HC_OK;
    struct hc_verify_policy policy = policy_of(p, HC_VERIFY_CLIENT);
    struct hc_presented presented = {.cert = (const struct hc_cert *const *)p->spec->chain,
                                     .n = p->spec->n_chain < HC_PATH_PRESENTED ? p->spec->n_chain : HC_PATH_PRESENTED};
    HC_TRY(e, judge_by(p, &policy, presented, &p->own, e));
    p->own_judged = !hc_report_has(&p->own, HC_E_UNKNOWN_ISSUER);
    return HC_OK;
}

struct hc_rc hc_probe_judge(struct hc_probe *p, struct hc_err *e)
{
    hc_report_init(&p->server, true);
    hc_report_init(&p->own, true);
    p->server_judged = p->own_judged = false;
    HC_TRY(e, judge_server(p, e));
    return judge_own(p, e);
}

/*
 * verdict_own.c - what is wrong with the identity that was presented, as anybody can see who looks at it.
 *
 * Which alert a fault gets depends on the server: GnuTLS says access_denied to all of them, Java certificate_unknown,
 * Node closes the connection, nginx answers 400. So a fault that is there is the cause wherever the alert does not speak
 * of something else.
 */
#include "doctor/verdict_parts.h"

#include "base/clock.h"
#include "crypto/spki.h"

static const struct hc_cert *leaf_of(const struct hc_verdict_draft *d)
{
    return d->p->spec->n_chain > 0 ? d->p->spec->chain[0] : NULL;
}

/* The alert names no fault, or this one. */
static bool may_mean(uint8_t alert, uint8_t fault)
{
    switch (alert) {
    case 0:
    case HC_TLS_ALERT_HANDSHAKE_FAILURE:
    case HC_TLS_ALERT_BAD_CERTIFICATE:
    case HC_TLS_ALERT_CERTIFICATE_UNKNOWN:
    case HC_TLS_ALERT_ACCESS_DENIED:
    case HC_TLS_ALERT_INTERNAL_ERROR:
        return true;
    default:
        return alert == fault;
    }
}

static void tell_whose(struct hc_verdict_draft *d, const struct hc_cert *cert)
{
    hc_verdict_draft_text(d, "Your certificate, ");
    hc_verdict_draft_cert(d, cert);
    hc_verdict_draft_text(d, ", ");
}

/* ---- dates ---- */

/* When a server with a known clock looks at it. */
static int64_t server_time(const struct hc_probe *p)
{
    return p->skew_known ? p->now + p->skew : p->now;
}

static void renew(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    if (d->out->cause != HC_CAUSE_YOUR_EXPIRED || leaf->n_names == 0)
        return;
    hc_buf_add(&name, leaf->names[0].text);
    hc_verdict_draft_command(d, "handclasp renew", hc_buf_cstr(&name));
}

static bool leaf_dates(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    int64_t t = server_time(d->p), now = d->p->now;
    if (now > leaf->not_after && t > leaf->not_after) {
        hc_verdict_draft_say(d, HC_CAUSE_YOUR_EXPIRED);
        tell_whose(d, leaf);
        hc_verdict_draft_text(d, "expired at ");
        hc_verdict_draft_when(d, leaf->not_after);
    } else if (now < leaf->not_before && t < leaf->not_before) {
        hc_verdict_draft_say(d, HC_CAUSE_YOUR_NOT_YET);
        tell_whose(d, leaf);
        hc_verdict_draft_text(d, "is not valid before ");
        hc_verdict_draft_when(d, leaf->not_before);
    } else {
        return false;
    }
    hc_verdict_draft_text(d, ".");
    renew(d, leaf);
    return true;
}

static bool issuer_dates(struct hc_verdict_draft *d)
{
    const struct hc_probe *p = d->p;
    int64_t t = server_time(p);
    for (size_t i = 1; i < p->spec->n_chain; i++) {
        const struct hc_cert *ca = p->spec->chain[i];
        if (ca->self_issued || t <= ca->not_after ||
            p->now <= ca->not_after) /* a root that was sent counts for nothing */
            continue;
        hc_verdict_draft_say(d, HC_CAUSE_YOUR_ISSUER_EXPIRED);
        hc_verdict_draft_text(d, "The CA certificate above yours, ");
        hc_verdict_draft_dn(d, ca->subject);
        hc_verdict_draft_text(d, ", expired at ");
        hc_verdict_draft_when(d, ca->not_after);
        hc_verdict_draft_text(d, ".");
        return true;
    }
    return false;
}

bool hc_verdict_own_dates(struct hc_verdict_draft *d)
{
    const struct hc_cert *leaf = leaf_of(d);
    return leaf != NULL && (leaf_dates(d, leaf) || issuer_dates(d));
}

/* ---- what it is for, and what it is ---- */

static bool is_ca(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    if (!leaf->is_ca)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_LEAF_IS_CA);
    tell_whose(d, leaf);
    hc_verdict_draft_text(d, "is a CA's, and a CA never acts as client.");
    return true;
}

static const char *lacks(const struct hc_cert *leaf, uint8_t alert)
{
    bool strict = alert == HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE; /* only who says so asks for more than RFC 5280 does */
    if (leaf->has_eku && (leaf->eku & (HC_EKU_CLIENT | HC_EKU_ANY)) == 0)
        return (leaf->eku & HC_EKU_SERVER) != 0 ? "is for servers only (its extended key usage has serverAuth and not "
                                                  "clientAuth); public CAs no longer issue certificates for clients"
                                                : "is not for clients: its extended key usage lacks clientAuth";
    if (leaf->has_ku && (leaf->ku & HC_KU_DIGITAL_SIGNATURE) == 0)
        return "may not sign: its key usage lacks digitalSignature";
    if (strict && !leaf->has_eku)
        return "does not say that it is for clients: it has no extended key usage";
    if (strict && (leaf->eku & HC_EKU_CLIENT) == 0)
        return "is for any purpose, and not for clients by name: its extended key usage lacks clientAuth";
    return NULL;
}

static bool wrong_purpose(struct hc_verdict_draft *d, const struct hc_cert *leaf, uint8_t alert)
{
    const char *what = lacks(leaf, alert);
    if (what == NULL)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_WRONG_PURPOSE);
    tell_whose(d, leaf);
    hc_verdict_draft_text(d, "%s.", what);
    return true;
}

static bool no_names(struct hc_verdict_draft *d, const struct hc_cert *leaf, uint8_t alert)
{
    if (leaf->n_names > 0 || alert != HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE) /* others than Handclasp do without */
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_NO_NAMES);
    tell_whose(d, leaf);
    hc_verdict_draft_text(d, "has no subject alternative name that proves an identity.");
    return true;
}

static bool weak_key(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    struct hc_err e;
    if (d->p->spec->crypto == NULL)
        return false;
    for (size_t i = 0; i < d->p->spec->n_chain; i++) {
        const struct hc_cert *cert = d->p->spec->chain[i];
        if (hc_spki_strength(d->p->spec->crypto, cert->spki, &e).code != HC_E_CERT_WEAK_KEY)
            continue;
        hc_verdict_draft_say(d, HC_CAUSE_YOUR_WEAK_KEY);
        hc_verdict_draft_text(d,
                              "%s is too weak: ", cert == leaf ? "Your key" : "The key of a CA above your certificate");
        hc_verdict_draft_quote(d, hc_bytes_str(e.text));
        hc_verdict_draft_text(d, ".");
        return true;
    }
    return false;
}

static bool self_signed(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    if (!leaf->self_issued)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_SELF_SIGNED);
    tell_whose(d, leaf);
    hc_verdict_draft_text(d, "is signed by itself, and by no authority that the server could trust.");
    return true;
}

/* ---- what our verifier says of it ---- */

static const struct {
    enum hc_code code;
    enum hc_cause cause;
    uint8_t alert;
} rules[] = {
    {HC_E_REVOKED, HC_CAUSE_YOUR_REVOKED, HC_TLS_ALERT_CERTIFICATE_REVOKED},
    {HC_E_ISSUER_REVOKED, HC_CAUSE_YOUR_REVOKED, HC_TLS_ALERT_CERTIFICATE_REVOKED},
    {HC_E_ISSUER_EXPIRED, HC_CAUSE_YOUR_ISSUER_EXPIRED, HC_TLS_ALERT_CERTIFICATE_EXPIRED},
    {HC_E_NAME_NOT_PERMITTED, HC_CAUSE_YOUR_OUTSIDE_CONSTRAINTS, HC_TLS_ALERT_CERTIFICATE_UNKNOWN},
    {HC_E_NAME_EXCLUDED, HC_CAUSE_YOUR_OUTSIDE_CONSTRAINTS, HC_TLS_ALERT_CERTIFICATE_UNKNOWN},
    {HC_E_ANCHOR_NAME, HC_CAUSE_YOUR_OUTSIDE_CONSTRAINTS, HC_TLS_ALERT_CERTIFICATE_UNKNOWN},
    {HC_E_CERT_WEAK_SIGNATURE, HC_CAUSE_YOUR_WEAK_KEY, HC_TLS_ALERT_BAD_CERTIFICATE},
    {HC_E_BAD_SIGNATURE, HC_CAUSE_YOUR_PROOF_REFUSED, HC_TLS_ALERT_DECRYPT_ERROR},
    {HC_E_WRONG_PURPOSE, HC_CAUSE_YOUR_WRONG_PURPOSE, HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE},
};

/* Where the row's fix is that of another fault of the same name. */
static void fix_for(struct hc_verdict_draft *d, enum hc_code code)
{
    if (code == HC_E_CERT_WEAK_SIGNATURE)
        hc_verdict_draft_fix(d, "Have it issued again, signed with SHA-256 or better.");
    if (code == HC_E_BAD_SIGNATURE)
        hc_verdict_draft_fix(d, "Present the chain as it was issued (chain.pem); if that is refused too, have the "
                                "certificate issued again.");
}

static bool by_report(struct hc_verdict_draft *d, uint8_t alert)
{
    const struct hc_finding *f = d->p->own_judged ? hc_report_first(&d->p->own) : NULL;
    for (size_t i = 0; f && i < HC_COUNT(rules); i++) {
        if (rules[i].code != f->code || !may_mean(alert, rules[i].alert))
            continue;
        hc_verdict_draft_say(d, rules[i].cause);
        hc_verdict_draft_text(d, "%s Our verifier says%s: %s.", hc_cause_row(rules[i].cause)->sentence,
                              f->depth > 0 ? " of a certificate above it" : "", f->text);
        fix_for(d, f->code);
        return true;
    }
    return false;
}

bool hc_verdict_own_fault(struct hc_verdict_draft *d, uint8_t alert)
{
    const struct hc_cert *leaf = leaf_of(d);
    if (leaf == NULL)
        return false;
    if (may_mean(alert, HC_TLS_ALERT_UNKNOWN_CA) && self_signed(d, leaf))
        return true;
    if (may_mean(alert, HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE) &&
        (is_ca(d, leaf) || wrong_purpose(d, leaf, alert) || no_names(d, leaf, alert)))
        return true;
    if (may_mean(alert, HC_TLS_ALERT_BAD_CERTIFICATE) && weak_key(d, leaf))
        return true;
    return by_report(d, alert);
}

bool hc_verdict_own_cleared(const struct hc_probe *p)
{
    return p->own_judged && p->spec->crls != NULL && hc_report_ok(&p->own);
}

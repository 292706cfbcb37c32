/*
 * verdict_issuer.c - who issued our certificate, and does the server know them?
 *
 * unknown_ca is said for three reasons: we left out an intermediate; our authority is none of the server's; or the
 * server cannot judge it (OpenSSL says unknown_ca, too, when a CRL is missing). The server's CertificateRequest names
 * the authorities that it accepts, and tells them apart, unless it names none.
 */
#include "doctor/verdict_parts.h"

#include "pki/urls.h"

/* Does our chain reach up to a certificate that its root signed? */
enum gap { GAP_NONE, GAP_NONE_LIKELY, GAP_LIKELY, GAP_SURE };

struct above {
    const struct hc_cert *top; /* where our chain ends */
    enum gap gap;
    bool listed;  /* the server names authorities */
    bool named;   /* and one of ours, or its issuer, is among them */
    bool foreign; /* all that it names, and our issuer, have organisations, and none is ours */
    bool kin;     /* one of those that it names, or presents, has the organisation of our issuer */
};

/* Is one of the names that the server says, in its list or above its own certificate, of our issuer's organisation? */
static void compare_organisations(const struct hc_probe *p, struct above *out)
{
    const struct hc_tls_certificate_request *r = p->main.request;
    size_t told = 0;
    bool both;
    for (size_t i = 0; i < p->main.presented.n; i++)
        out->kin = hc_verdict_facts_kin(p->main.presented.cert[i]->issuer, out->top->issuer, &both) || out->kin;
    for (size_t i = 0; r && i < r->n_authorities; i++) {
        out->kin = hc_verdict_facts_kin(r->authority[i], out->top->issuer, &both) || out->kin;
        told += both;
    }
    out->foreign = out->listed && !out->kin && told == r->n_authorities;
}

static void read_list(const struct hc_probe *p, struct above *out)
{
    const struct hc_tls_certificate_request *r = p->main.request;
    out->listed = r && r->n_authorities > 0;
    for (size_t i = 0; r && i < r->n_authorities; i++)
        for (size_t k = 0; k < p->spec->n_chain; k++)
            out->named = out->named || hc_dn_eq(r->authority[i], p->spec->chain[k]->issuer) ||
                         hc_dn_eq(r->authority[i], p->spec->chain[k]->subject); /* stunnel pins leaves by such a list */
    out->named = out->named || (r && r->more > 0); /* it may be among those that were not kept */
}

/* Nothing tells for certain whether the issuer of a leaf that was sent alone is a root. */
static bool seems_intermediate(const struct hc_cert *leaf, bool kin)
{
    return !hc_verdict_facts_calls_itself(leaf->issuer, HC_CALLS_ITSELF_ROOT) &&
           (kin || hc_urls_issuer(leaf).n > 0 || hc_verdict_facts_calls_itself(leaf->issuer, HC_CALLS_ITSELF_ISSUING));
}

static enum gap measure(const struct hc_probe *p, const struct above *a)
{
    const struct hc_cert *shown;
    if (a->top->self_issued || a->named || hc_verdict_facts_anchor(p, a->top->issuer) != NULL)
        return GAP_NONE;
    /* The server presents the very issuer of ours: it is an intermediate when it was issued by another. */
    shown = hc_verdict_facts_subject(p->main.presented.cert, p->main.presented.n, a->top->issuer);
    if (shown != NULL)
        return shown->self_issued ? GAP_NONE : GAP_SURE;
    return p->spec->n_chain == 1 && !a->foreign && seems_intermediate(a->top, a->kin) ? GAP_LIKELY : GAP_NONE_LIKELY;
}

static struct above look(const struct hc_probe *p)
{
    struct above out = {.top = hc_verdict_facts_top(p->spec->chain, p->spec->n_chain)};
    read_list(p, &out);
    compare_organisations(p, &out);
    out.gap = measure(p, &out);
    return out;
}

#define AUTHORITIES_SHOWN 3 /* of the server's list; the rest is counted */

static void tell_list(struct hc_verdict_draft *d)
{
    const struct hc_tls_certificate_request *r = d->a->request;
    for (size_t i = 0; r && i < r->n_authorities && i < AUTHORITIES_SHOWN; i++) {
        hc_verdict_draft_text(d, "%s", i > 0 ? "; " : "");
        hc_verdict_draft_dn(d, r->authority[i]);
    }
    if (r && r->n_authorities + r->more > AUTHORITIES_SHOWN)
        hc_verdict_draft_text(d, " and %zu more", r->n_authorities + r->more - AUTHORITIES_SHOWN);
}

static bool incomplete(struct hc_verdict_draft *d, const struct above *a)
{
    size_t n = d->p->spec->n_chain;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_CHAIN_INCOMPLETE);
    hc_verdict_draft_text(d, "You presented %zu %s and not the one of ", n, n == 1 ? "certificate" : "certificates");
    hc_verdict_draft_dn(d, a->top->issuer);
    hc_verdict_draft_text(d, ", by which the server would find its authority.");
    if (a->gap == GAP_SURE)
        return true;
    hc_verdict_draft_other(d, a->listed ? HC_CAUSE_YOUR_NOT_ACCEPTABLE : HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    hc_verdict_draft_decide(d,
                            "Is that issuer a root? Then the server must trust it. If it is an intermediate, present "
                            "it: handclasp inspect chain.pem");
    return true;
}

/* An identity of the user's that would do. */
static void fix_by_fit(struct hc_verdict_draft *d)
{
    for (size_t i = 0; i < d->p->n_fits && i < HC_PROBE_FITS; i++) {
        const struct hc_fit *fit = &d->p->fit[i];
        if (!fit->fits || fit->used)
            continue;
        hc_verdict_draft_fix(d, "Present the identity %.200s, which comes from one of the named authorities.",
                             fit->name);
        return;
    }
}

static bool not_acceptable(struct hc_verdict_draft *d, const struct above *a)
{
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_NOT_ACCEPTABLE);
    hc_verdict_draft_text(d, "Your certificate comes from ");
    hc_verdict_draft_dn(d, a->top->self_issued ? a->top->subject : a->top->issuer);
    hc_verdict_draft_text(d, "; the server accepts certificates of ");
    tell_list(d);
    hc_verdict_draft_text(d, ".");
    fix_by_fit(d);
    if (a->gap != GAP_NONE) {
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_CHAIN_INCOMPLETE);
        hc_verdict_draft_decide(d,
                                "Did one of the named authorities issue your issuer's certificate? Then present that "
                                "certificate, too.");
    }
    return true;
}

static bool excluded(struct hc_verdict_draft *d, const struct above *a)
{
    if (a->gap == GAP_SURE || a->gap == GAP_LIKELY)
        return incomplete(d, a);
    return a->listed && !a->named && not_acceptable(d, a);
}

bool hc_verdict_issuer_excluded(struct hc_verdict_draft *d)
{
    if (d->p->spec->n_chain == 0)
        return false;
    struct above a = look(d->p);
    return excluded(d, &a);
}

/* The server names our authority, and yet finds no way to it. */
static bool cannot_judge(struct hc_verdict_draft *d, const struct above *a)
{
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_CRL);
    hc_verdict_draft_text(d, "The server names ");
    hc_verdict_draft_dn(d, a->top->issuer);
    hc_verdict_draft_text(d, " among the authorities that it accepts, and yet says unknown_ca: so says OpenSSL when it "
                             "has no CRL of the issuer.");
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    hc_verdict_draft_decide(d, "The server's log: \"unable to get certificate CRL\" is a missing CRL; \"unable to get "
                               "issuer certificate\" is a root of the same name with another key, or one that it only "
                               "names.");
    return true;
}

bool hc_verdict_issuer_unknown(struct hc_verdict_draft *d)
{
    if (d->p->spec->n_chain == 0)
        return hc_verdict_draft_say(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    struct above a = look(d->p);
    if (excluded(d, &a))
        return true;
    if (a.named)
        return cannot_judge(d, &a);
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    hc_verdict_draft_text(d, "The server does not trust the authority of your certificate, ");
    hc_verdict_draft_dn(d, a.top->self_issued ? a.top->subject : a.top->issuer);
    hc_verdict_draft_text(d, "; it does not say which it trusts.");
    if (a.gap != GAP_NONE) {
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_CHAIN_INCOMPLETE);
        hc_verdict_draft_decide(d, "Is that issuer a root? If it is an intermediate, present it, too.");
    } else {
        hc_verdict_draft_other(d, HC_CAUSE_SERVER_CRL);
    }
    return true;
}

/*
 * verdict_chain.c - no path leads from the server's certificate to an authority of the bundle: does an intermediate
 * lack, or the authority itself?
 *
 * The presented chain ends at a certificate whose issuer is not in the bundle. Whether that issuer is an intermediate,
 * which the server should have presented, or a root that is not trusted here, no single observation tells. What does: the
 * user's own chain may hold it; an intermediate bears the organisation of its root; certificates of an intermediate say
 * where its certificate is (authorityInfoAccess), those of a root hardly ever do; a root calls
 * itself one; who presents one intermediate presents all of them.
 */
#include "doctor/verdict_parts.h"

#include "base/escape.h"
#include "pki/urls.h"

enum guess { LACKS, LACKS_LIKELY, FOREIGN_LIKELY, NO_IDEA };

static bool kin_in_bundle(const struct hc_probe *p, struct hc_bytes issuer, bool *told)
{
    *told = false;
    for (size_t i = 0; p->spec->bundle && i < hc_bundle_count(p->spec->bundle); i++) {
        bool both;
        if (hc_verdict_facts_kin(hc_bundle_anchor(p->spec->bundle, i)->subject, issuer, &both))
            return *told = true;
        *told = *told || both;
    }
    return false;
}

/* The user's own chain holds the missing one, which an authority of the bundle issued. */
static bool held_here(const struct hc_probe *p, struct hc_bytes issuer)
{
    const struct hc_cert *held = hc_verdict_facts_subject(p->spec->chain, p->spec->n_chain, issuer);
    return held != NULL && !held->self_issued && hc_verdict_facts_anchor(p, held->issuer) != NULL;
}

static enum guess guess(const struct hc_probe *p, const struct hc_cert *top)
{
    bool told;
    if (held_here(p, top->issuer) || kin_in_bundle(p, top->issuer, &told))
        return LACKS;
    if (p->main.presented.n > 1)
        return FOREIGN_LIKELY;
    if (hc_urls_issuer(top).n > 0)
        return LACKS_LIKELY;
    if (told || hc_verdict_facts_calls_itself(top->issuer, HC_CALLS_ITSELF_ROOT))
        return FOREIGN_LIKELY;
    return hc_verdict_facts_calls_itself(top->issuer, HC_CALLS_ITSELF_ISSUING) ? LACKS_LIKELY : NO_IDEA;
}

static void tell_missing(struct hc_verdict_draft *d, const struct hc_cert *top)
{
    struct hc_urls urls = hc_urls_issuer(top);
    if (top->aki.n > 0) {
        HC_BUF_AUTO(id, 256);
        hc_escape_hex(&id, hc_bytes_head(top->aki, 32), ':');
        hc_verdict_draft_text(d, " (key identifier %s)", hc_buf_cstr(&id));
    }
    if (urls.n > 0) {
        hc_verdict_draft_text(d, "; the certificate says that it is found at ");
        hc_verdict_draft_quote(d, urls.url[0]);
    }
    hc_verdict_draft_text(d, ".");
}

static const char WHO_IS_THE_ISSUER[] = "Ask the authority whether that issuer is its root (then it belongs into the "
                                        "bundle) or an intermediate (then the server must present it).";

static bool incomplete(struct hc_verdict_draft *d, const struct hc_cert *top, bool sure)
{
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_CHAIN_INCOMPLETE);
    hc_verdict_draft_text(d, "The server presented %zu %s and not the one of ", d->p->main.n_presented,
                          d->p->main.n_presented == 1 ? "certificate" : "certificates");
    hc_verdict_draft_dn(d, top->issuer);
    tell_missing(d, top);
    if (sure)
        return true;
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_UNKNOWN_AUTHORITY);
    hc_verdict_draft_decide(d, WHO_IS_THE_ISSUER);
    return true;
}

static bool foreign(struct hc_verdict_draft *d, const struct hc_cert *top)
{
    bool root = top->self_issued;
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_UNKNOWN_AUTHORITY);
    hc_verdict_draft_text(d, "The server's certificate comes from ");
    hc_verdict_draft_dn(d, root ? top->subject : top->issuer);
    hc_verdict_draft_text(d, ", and your bundle does not hold it.");
    if (root)
        return true;
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_CHAIN_INCOMPLETE);
    hc_verdict_draft_decide(d, WHO_IS_THE_ISSUER);
    return true;
}

/* Nothing speaks for either, and the sides differ. */
static bool undecided(struct hc_verdict_draft *d, const struct hc_cert *top)
{
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_ISSUER_UNKNOWN);
    hc_verdict_draft_text(d, "The server presented one certificate, and neither it nor your bundle has the one of ");
    hc_verdict_draft_dn(d, top->issuer);
    tell_missing(d, top);
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_CHAIN_INCOMPLETE);
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_UNKNOWN_AUTHORITY);
    hc_verdict_draft_decide(d, WHO_IS_THE_ISSUER);
    return true;
}

static bool self_signed(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_SELF_SIGNED);
    hc_verdict_draft_text(d, "The server's certificate (");
    hc_verdict_draft_cert(d, leaf);
    hc_verdict_draft_text(d, ") is signed by itself, and by no authority.");
    hc_verdict_draft_command(d, "handclasp issue server", d->p->spec->name ? d->p->spec->name : d->p->spec->host);
    return true;
}

/* An authority of the bundle has the name of the issuer and another key. */
static bool namesake(struct hc_verdict_draft *d)
{
    const struct hc_cert_list *shown = &d->p->main.presented;
    for (size_t i = 0; i < shown->n; i++) {
        const struct hc_cert *cert = shown->cert[i], *anchor = hc_verdict_facts_anchor(d->p, cert->issuer);
        if (anchor == NULL || cert->aki.n == 0 || anchor->ski.n == 0 || hc_bytes_eq(cert->aki, anchor->ski))
            continue;
        hc_verdict_draft_say(d, HC_CAUSE_SERVER_UNKNOWN_AUTHORITY);
        hc_verdict_draft_text(d, "Your bundle holds ");
        hc_verdict_draft_dn(d, anchor->subject);
        hc_verdict_draft_text(d, " with another key than the one that signed the server's chain: it was made anew, or "
                                 "is another authority of the same name.");
        hc_verdict_draft_other(d, HC_CAUSE_SERVER_BAD_SIGNATURE);
        hc_verdict_draft_decide(d, "Compare the fingerprint of the root with the authority itself.");
        return true;
    }
    return false;
}

bool hc_verdict_chain_issuer(struct hc_verdict_draft *d)
{
    const struct hc_cert_list *shown = &d->p->main.presented;
    const struct hc_cert *leaf = shown->cert[0], *top = hc_verdict_facts_top(shown->cert, shown->n);
    if (namesake(d))
        return true;
    if (hc_report_code(&d->p->server) == HC_E_BAD_SIGNATURE)
        return false;
    if (leaf->self_issued) /* a CA, too: openssl req -x509 makes it one unless told otherwise */
        return self_signed(d, leaf);
    if (top->self_issued)
        return foreign(d, top);
    if (hc_verdict_facts_anchor(d->p, top->issuer) != NULL)
        return false;
    enum guess g = guess(d->p, top);
    if (g == NO_IDEA)
        return undecided(d, top);
    return g == FOREIGN_LIKELY ? foreign(d, top) : incomplete(d, top, g == LACKS);
}

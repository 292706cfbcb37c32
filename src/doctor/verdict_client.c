/*
 * verdict_client.c - the server refused us: what its alert, or its silence, says of the certificate that we presented.
 *
 * In TLS 1.3 all of this comes after the handshake had seemed done [RFC 8446 4.4.2.4]. The same alert means different
 * things: a missing certificate is handshake_failure to OpenSSL (TLS 1.2), bad_certificate to Java, decode_error to
 * GnuTLS; so first comes whether one was asked for and presented, then what anybody can see of it, then the alert.
 */
#include "doctor/verdict_parts.h"

#include "base/clock.h"

/* ---- before anything else ---- */

bool hc_verdict_client_key(struct hc_verdict_draft *d)
{
    const struct hc_probe_spec *s = d->p->spec;
    bool mismatch = s->n_chain > 0 && s->key != NULL && !hc_key_matches_spki(s->key, s->chain[0]->spki);
    if (!mismatch && d->a->error.code != HC_E_KEY_MISMATCH)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_KEY_MISMATCH);
    hc_verdict_draft_text(d, "The key is not that of your certificate");
    if (s->n_chain > 0) {
        hc_verdict_draft_text(d, ", ");
        hc_verdict_draft_cert(d, s->chain[0]);
    }
    hc_verdict_draft_text(d, ".");
    return true;
}

/* ---- nothing was presented ---- */

static void tell_end(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    switch (hc_verdict_facts_end(a)) {
    case HC_END_ALERT:
        hc_verdict_draft_text(d, "ended with ");
        hc_verdict_draft_alert(d, a->alert);
        break;
    case HC_END_RESET:
        hc_verdict_draft_text(d, "reset the connection");
        break;
    default:
        if (a->status != 0)
            hc_verdict_draft_text(d, "answered HTTP %u", a->status);
        else
            hc_verdict_draft_text(d, "closed the connection");
        break;
    }
}

static bool key_kind(struct hc_verdict_draft *d)
{
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_SIGNATURE_ALGORITHM);
    hc_verdict_draft_text(d,
                          "The server asked for a certificate, and yours was not presented: it accepts no signature "
                          "algorithm that a key of your kind (%s) can make, and ",
                          hc_key_kind_text(hc_key_kind_of(d->p->spec->chain[0]->spki)));
    tell_end(d);
    hc_verdict_draft_text(d, ".");
    return true;
}

void hc_verdict_client_offer(struct hc_verdict_draft *d)
{
    for (size_t i = 0; i < d->p->n_fits && i < HC_PROBE_FITS; i++)
        if (d->p->fit[i].fits) {
            hc_verdict_draft_fix(d, "Present one: of yours, %.200s would fit.", d->p->fit[i].name);
            return;
        }
}

bool hc_verdict_client_needed(struct hc_verdict_draft *d)
{
    if (!hc_verdict_facts_asked(d->a) || d->a->n_sent > 0)
        return false;
    if (d->p->spec->n_chain > 0)
        return key_kind(d);
    hc_verdict_draft_say(d, HC_CAUSE_IDENTITY_NEEDED);
    hc_verdict_draft_text(d, "The server asked for a client certificate, got none, and ");
    tell_end(d);
    hc_verdict_draft_text(d, ".");
    hc_verdict_client_offer(d);
    if (d->a->end != HC_END_ALERT)
        hc_verdict_draft_other(d, HC_CAUSE_CLOSED_AFTER_HANDSHAKE);
    return true;
}

/* ---- certificate_expired while ours is in its time ---- */

/* Something that was signed lies in our future, so it is our clock that is behind. */
static bool signed_later(const struct hc_probe *p)
{
    enum { TOLERANCE = 300 }; /* clocks differ by so much without anybody's noticing */
    for (size_t i = 0; i < p->main.presented.n; i++)
        if (p->main.presented.cert[i]->not_before > p->now + TOLERANCE)
            return true;
    for (size_t i = 0; i < p->spec->n_chain; i++)
        if (p->spec->chain[i]->not_before > p->now + TOLERANCE)
            return true;
    return p->spec->crls != NULL && hc_revocation_newest(p->spec->crls) > p->now + TOLERANCE;
}

static void tell_clocks(struct hc_verdict_draft *d, int64_t skew)
{
    char age[HC_AGE_TEXT];
    hc_verdict_draft_text(d, " The server's clock is %s %s yours.", hc_age_text(skew, age),
                          skew > 0 ? "ahead of" : "behind");
}

static bool clocks_differ(struct hc_verdict_draft *d, const struct hc_cert *leaf, int64_t skew)
{
    bool ours = skew > 0 && signed_later(d->p);
    hc_verdict_draft_say(d, ours ? HC_CAUSE_YOUR_CLOCK : HC_CAUSE_SERVER_CLOCK);
    hc_verdict_draft_text(
        d, "By your clock your certificate is in its time, by the server's it is not: it is valid from ");
    hc_verdict_draft_when(d, leaf->not_before);
    hc_verdict_draft_text(d, " to ");
    hc_verdict_draft_when(d, leaf->not_after);
    hc_verdict_draft_text(d, ".");
    tell_clocks(d, skew);
    if (ours)
        hc_verdict_draft_text(d, " Certificates here were made later than your clock says: yours is behind.");
    else
        hc_verdict_draft_decide(d, "Compare both clocks with a third: date -u");
    if (!ours)
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_CLOCK);
    return true;
}

static bool stale_crl(struct hc_verdict_draft *d, const struct hc_cert *leaf, bool clocks_agree)
{
    bool soon = leaf->not_after - d->p->now < HC_DAY; /* a clock that is wrong by more is noticed */
    hc_verdict_draft_say(d, soon && !clocks_agree ? HC_CAUSE_SERVER_CLOCK : HC_CAUSE_SERVER_CRL);
    hc_verdict_draft_text(d, "The server said certificate_expired, and your certificate is valid until ");
    hc_verdict_draft_when(d, leaf->not_after);
    hc_verdict_draft_text(d, clocks_agree
                                 ? ", by the server's clock too: what has expired is the CRL that it judges by."
                                 : ": the CRL that it judges by is past its date, or its clock is wrong.");
    if (clocks_agree)
        return true;
    hc_verdict_draft_other(d, soon ? HC_CAUSE_SERVER_CRL : HC_CAUSE_SERVER_CLOCK);
    hc_verdict_draft_decide(d, "The server's clock (date -u there) and its log: \"CRL has expired\" or \"certificate "
                               "has expired\".");
    return true;
}

static bool called_expired(struct hc_verdict_draft *d)
{
    const struct hc_cert *leaf = d->p->spec->chain[0];
    bool known = d->p->skew_known;
    int64_t skew = d->p->skew;
    if (!known) /* an answer without a certificate may bring the server's Date */
        (void)hc_verdict_draft_trial(d, HC_TRIAL_WITHOUT_IDENTITY);
    if (known && (d->p->now + skew > leaf->not_after || d->p->now + skew < leaf->not_before))
        return clocks_differ(d, leaf, skew);
    return stale_crl(d, leaf, known);
}

/* ---- the other alerts ---- */

static bool refused_for(struct hc_verdict_draft *d, enum hc_cause cause, uint8_t alert)
{
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s It ended with ", hc_cause_row(cause)->sentence);
    hc_verdict_draft_alert(d, alert);
    hc_verdict_draft_text(d, " after your certificate.");
    return true;
}

/* A server whose clock is behind says bad_certificate to what is new: OpenSSL has no better alert for it. */
static bool called_bad(struct hc_verdict_draft *d)
{
    const struct hc_cert *leaf = d->p->spec->chain[0];
    bool known = d->p->skew_known;
    int64_t skew = d->p->skew;
    if (known && d->p->now + skew < leaf->not_before)
        return clocks_differ(d, leaf, skew);
    refused_for(d, HC_CAUSE_YOUR_CHAIN_REFUSED, HC_TLS_ALERT_BAD_CERTIFICATE);
    if (!known && d->p->now - leaf->not_before < HC_DAY)
        hc_verdict_draft_other(d, HC_CAUSE_SERVER_CLOCK);
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_WEAK_KEY);
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    return true;
}

/* What a server may hold against a certificate that cannot be seen from here. */
static bool unseen(struct hc_verdict_draft *d)
{
    if (!hc_verdict_own_cleared(d->p))
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_REVOKED);
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_CRL);
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_UNKNOWN_AUTHORITY);
    return true;
}

static bool called_unknown(struct hc_verdict_draft *d)
{
    refused_for(d, HC_CAUSE_YOUR_CHAIN_REFUSED, HC_TLS_ALERT_CERTIFICATE_UNKNOWN);
    hc_verdict_draft_other(d, HC_CAUSE_YOUR_OUTSIDE_CONSTRAINTS);
    return unseen(d);
}

static bool denied(struct hc_verdict_draft *d)
{
    refused_for(d, HC_CAUSE_YOUR_CHAIN_REFUSED,
                HC_TLS_ALERT_ACCESS_DENIED); /* gnutls-serv says it to every certificate */
    hc_verdict_draft_other(d, HC_CAUSE_ACCESS_DENIED);
    return unseen(d);
}

static bool proof(struct hc_verdict_draft *d)
{
    refused_for(d, HC_CAUSE_YOUR_PROOF_REFUSED, HC_TLS_ALERT_DECRYPT_ERROR);
    hc_verdict_draft_other(d, HC_CAUSE_SERVER_CRL);
    hc_verdict_draft_decide(d, "The server's log: a CRL whose signature does not hold is told there; otherwise it is "
                               "your signature, or one in your chain.");
    return true;
}

bool hc_verdict_client_blame(struct hc_verdict_draft *d, uint8_t alert)
{
    if (hc_verdict_own_dates(d))
        return true;
    switch (alert) {
    case HC_TLS_ALERT_CERTIFICATE_REVOKED:
        return refused_for(d, HC_CAUSE_YOUR_REVOKED, alert);
    case HC_TLS_ALERT_CERTIFICATE_EXPIRED:
        return called_expired(d);
    case HC_TLS_ALERT_UNKNOWN_CA:
        return hc_verdict_own_fault(d, alert) || hc_verdict_issuer_unknown(d);
    case HC_TLS_ALERT_DECRYPT_ERROR:
        return hc_verdict_own_fault(d, alert) || proof(d);
    case HC_TLS_ALERT_UNSUPPORTED_CERTIFICATE:
        return hc_verdict_own_fault(d, alert) || (refused_for(d, HC_CAUSE_YOUR_CHAIN_REFUSED, alert) && unseen(d));
    default:
        break;
    }
    if (hc_verdict_own_fault(d, alert) || hc_verdict_issuer_excluded(d))
        return true;
    switch (alert) {
    case HC_TLS_ALERT_BAD_CERTIFICATE:
        return called_bad(d);
    case HC_TLS_ALERT_CERTIFICATE_UNKNOWN:
        return called_unknown(d);
    case HC_TLS_ALERT_ACCESS_DENIED:
        return denied(d);
    case HC_TLS_ALERT_CERTIFICATE_REQUIRED: /* one was presented: it counts for none */
        return refused_for(d, HC_CAUSE_YOUR_CHAIN_REFUSED, alert) && unseen(d);
    default:
        return false;
    }
}

/* ---- the end, without a word about certificates ---- */

/* Is it the certificate? Without one the server goes on. */
static bool by_leaving_it(struct hc_verdict_draft *d)
{
    if (!hc_verdict_facts_welcomed(hc_verdict_draft_trial(d, HC_TRIAL_WITHOUT_IDENTITY)))
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_CHAIN_REFUSED);
    hc_verdict_draft_text(d,
                          "With your certificate the server refused, and without one it goes on: it is the certificate "
                          "that it does not accept. It ");
    tell_end(d);
    hc_verdict_draft_text(d, ".");
    return unseen(d);
}

static bool said(struct hc_verdict_draft *d, enum hc_cause cause)
{
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s It was ", hc_cause_row(cause)->sentence);
    hc_verdict_draft_alert(d, d->a->alert);
    hc_verdict_draft_text(d, ".");
    if (cause == HC_CAUSE_OTHER_ALERT && hc_tls_alert(d->a->alert) != NULL)
        hc_verdict_draft_command(d, "handclasp explain", hc_tls_alert(d->a->alert)->name);
    return true;
}

static bool handshake_failure(struct hc_verdict_draft *d)
{
    said(d, HC_CAUSE_HANDSHAKE_FAILURE);
    if (d->a->n_sent > 0)
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_CHAIN_REFUSED);
    hc_verdict_draft_other(d, HC_CAUSE_NO_COMMON_SIGNATURE);
    return true;
}

static bool by_alert(struct hc_verdict_draft *d)
{
    switch (d->a->alert) {
    case HC_TLS_ALERT_HANDSHAKE_FAILURE:
        return handshake_failure(d);
    case HC_TLS_ALERT_INTERNAL_ERROR:
        return said(d, HC_CAUSE_INTERNAL_ERROR);
    case HC_TLS_ALERT_ACCESS_DENIED:
        return said(d, HC_CAUSE_ACCESS_DENIED);
    case HC_TLS_ALERT_UNEXPECTED_MESSAGE:
    case HC_TLS_ALERT_BAD_RECORD_MAC:
    case HC_TLS_ALERT_RECORD_OVERFLOW:
    case HC_TLS_ALERT_ILLEGAL_PARAMETER:
    case HC_TLS_ALERT_DECODE_ERROR:
    case HC_TLS_ALERT_DECRYPT_ERROR:
    case HC_TLS_ALERT_MISSING_EXTENSION:
    case HC_TLS_ALERT_UNSUPPORTED_EXTENSION:
        return said(d, HC_CAUSE_DECODE_ERROR);
    default:
        return said(d, HC_CAUSE_OTHER_ALERT);
    }
}

static bool left(struct hc_verdict_draft *d)
{
    bool reset = hc_verdict_facts_end(d->a) == HC_END_RESET;
    if (d->a->stage < HC_STAGE_FINISHED)
        return false;
    hc_verdict_draft_say(d, reset ? HC_CAUSE_RESET_AFTER_HANDSHAKE : HC_CAUSE_CLOSED_AFTER_HANDSHAKE);
    return true;
}

static bool is_end_without_words(const struct hc_attempt *a)
{
    enum hc_attempt_end end = hc_verdict_facts_end(a);
    return end == HC_END_EOF || end == HC_END_RESET || end == HC_END_CLOSE_NOTIFY;
}

/* It had our certificate, and ended without a word. */
static bool left_with_it(struct hc_verdict_draft *d)
{
    hc_verdict_draft_say(d, HC_CAUSE_CLOSED_AFTER_CERTIFICATE);
    hc_verdict_draft_other(d, HC_CAUSE_CLOSED_AFTER_HANDSHAKE);
    hc_verdict_draft_decide(d, "The server's log.");
    return unseen(d);
}

/* In TLS 1.2 the server's Finished follows its judgement of our certificate: whoever closes after it has accepted it
 * [RFC 5246 7.4.9]. */
static bool may_be_the_certificate(const struct hc_verdict_draft *d, uint8_t alert)
{
    const struct hc_attempt *a = d->a;
    bool accepted =
        alert == 0 && a->stage >= HC_STAGE_FINISHED && a->agreed.version != 0 && a->agreed.version < HC_TLS_1_3;
    return a->n_sent > 0 && d->p->spec->n_chain > 0 && !accepted;
}

bool hc_verdict_client_refused(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    uint8_t alert = a->end == HC_END_ALERT ? a->alert : 0;
    if (!hc_verdict_facts_broken(a) || (alert == 0 && !is_end_without_words(a)))
        return false;
    if (hc_verdict_client_needed(d))
        return true;
    if (may_be_the_certificate(d, alert) &&
        (hc_verdict_client_blame(d, alert) || by_leaving_it(d) || (alert == 0 && left_with_it(d))))
        return true;
    return alert != 0 ? by_alert(d) : left(d);
}

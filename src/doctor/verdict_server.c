/*
 * verdict_server.c - the server's own side: what made this client give up, and what our verifier says of its chain.
 *
 * The probe accepts whatever is shown, so that the connection tells the rest; here the chain is judged as a careful
 * client would have judged it.
 */
#include "doctor/verdict_parts.h"

#include "base/clock.h"
#include "base/escape.h"

/* ---- this side gave up ---- */

static bool own_trouble(enum hc_code code)
{
    return code / 1000 == 6 || code == HC_E_BUNDLE;
}

/* A message that is too long is no certificate before one was shown. */
static bool cannot_read(const struct hc_attempt *a)
{
    return (a->error.code / 100 == 10 && (a->error.code != HC_E_CERT_TOO_BIG || a->stage >= HC_STAGE_ANSWERED)) ||
           a->presented_error.code != HC_OK_CODE;
}

static enum hc_cause gave_up(const struct hc_attempt *a)
{
    struct hc_bytes why = hc_bytes_str(a->error.text);
    bool shown = a->stage >= HC_STAGE_SHOWN;
    if (own_trouble(a->error.code))
        return HC_CAUSE_LOCAL_TROUBLE;
    if (hc_verdict_facts_contains(why, "dh key too small"))
        return HC_CAUSE_WEAK_DH;
    if (a->error.code == HC_E_TLS_PROOF)
        return HC_CAUSE_SERVER_KEY_MISMATCH;
    if (cannot_read(a))
        return HC_CAUSE_SERVER_MALFORMED;
    if (hc_verdict_facts_contains(why, "wrong curve"))
        return HC_CAUSE_NO_COMMON_GROUP;
    if (a->error.code == HC_E_TLS_NO_COMMON)
        return shown ? HC_CAUSE_NO_COMMON_SIGNATURE : HC_CAUSE_NO_COMMON_SUITE;
    return HC_CAUSE_SERVER_BREAKS_TLS;
}

bool hc_verdict_server_ours(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (hc_verdict_facts_end(a) != HC_END_OURS)
        return false;
    enum hc_cause cause = gave_up(a);
    const struct hc_err *why =
        cause == HC_CAUSE_SERVER_MALFORMED && a->presented_error.code != HC_OK_CODE ? &a->presented_error : &a->error;
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s The reason: ", hc_cause_row(cause)->sentence);
    hc_verdict_draft_quote(d, hc_bytes_str(why->text));
    hc_verdict_draft_text(d, ".");
    return true;
}

/* ---- what our verifier says ---- */

static const struct {
    enum hc_code code;
    enum hc_cause cause;
} rules[] = {
    {HC_E_CERT_MALFORMED, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_VERSION, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_SERIAL, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_ALGORITHM_MISMATCH, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_DUPLICATE_EXTENSION, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_EXTENSION, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_CONTROL_BYTE, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_TOO_BIG, HC_CAUSE_SERVER_MALFORMED},
    {HC_E_CERT_WEAK_KEY, HC_CAUSE_SERVER_WEAK_KEY},
    {HC_E_CERT_WEAK_SIGNATURE, HC_CAUSE_SERVER_WEAK_SIGNATURE},
    {HC_E_BAD_SIGNATURE, HC_CAUSE_SERVER_BAD_SIGNATURE},
    {HC_E_LEAF_IS_CA, HC_CAUSE_SERVER_LEAF_IS_CA},
    {HC_E_CERT_EXPIRED, HC_CAUSE_SERVER_EXPIRED},
    {HC_E_CERT_NOT_YET_VALID, HC_CAUSE_SERVER_NOT_YET},
    {HC_E_ISSUER_EXPIRED, HC_CAUSE_SERVER_ISSUER_EXPIRED},
    {HC_E_ISSUER_NOT_YET_VALID, HC_CAUSE_SERVER_NOT_YET},
    {HC_E_WRONG_PURPOSE, HC_CAUSE_SERVER_WRONG_PURPOSE},
    {HC_E_WRONG_KEY_USAGE, HC_CAUSE_SERVER_WRONG_PURPOSE},
    {HC_E_NAME_MISMATCH, HC_CAUSE_SERVER_NAME_MISMATCH},
    {HC_E_NO_IDENTITY, HC_CAUSE_SERVER_NO_NAMES},
    {HC_E_NAME_NOT_PERMITTED, HC_CAUSE_SERVER_CONSTRAINED},
    {HC_E_NAME_EXCLUDED, HC_CAUSE_SERVER_CONSTRAINED},
    {HC_E_NAME_CONSTRAINT_SYNTAX, HC_CAUSE_SERVER_CONSTRAINED},
    {HC_E_ANCHOR_NAME, HC_CAUSE_SERVER_CONSTRAINED},
    {HC_E_REVOKED, HC_CAUSE_SERVER_REVOKED},
    {HC_E_ISSUER_REVOKED, HC_CAUSE_SERVER_ISSUER_REVOKED},
    {HC_E_CRL_STALE, HC_CAUSE_CRL_STALE},
    {HC_E_OCSP_MALFORMED, HC_CAUSE_STAPLE_BAD},
    {HC_E_OCSP_SIGNER, HC_CAUSE_STAPLE_BAD},
    {HC_E_OCSP_STALE, HC_CAUSE_STAPLE_BAD},
    {HC_E_OCSP_UNKNOWN, HC_CAUSE_STAPLE_BAD},
    {HC_E_NOMEM, HC_CAUSE_LOCAL_TROUBLE},
    {HC_E_LIBRARY, HC_CAUSE_LOCAL_TROUBLE},
    {HC_E_INTERNAL, HC_CAUSE_LOCAL_TROUBLE},
};

static enum hc_cause cause_of(enum hc_code code)
{
    for (size_t i = 0; i < HC_COUNT(rules); i++)
        if (rules[i].code == code)
            return rules[i].cause;
    return code / 100 == 14 ? HC_CAUSE_CRL_MISSING : HC_CAUSE_SERVER_CHAIN_REFUSED;
}

static void tell_more(struct hc_verdict_draft *d)
{
    size_t more = d->p->server.failed - 1;
    if (more > 0)
        hc_verdict_draft_text(d, " %zu more %s failed.", more, more == 1 ? "rule" : "rules");
}

/* ---- dates ---- */

/* The Date is the word of a server whose certificate is out of date: who holds a stolen one that has expired would say
 * the same, so that the clock is set back for him. */
static bool your_clock(struct hc_verdict_draft *d, int64_t skew, enum hc_cause otherwise)
{
    char age[HC_AGE_TEXT], here[HC_TIME_TEXT], there[HC_TIME_TEXT];
    hc_verdict_draft_say(d, HC_CAUSE_YOUR_CLOCK);
    hc_verdict_draft_text(d,
                          "Your clock is %s %s the server's: it says %s here and %s there, and by the server's the "
                          "certificate is in its time.",
                          hc_age_text(skew, age), skew < 0 ? "ahead of" : "behind", hc_time_text(d->p->now, here),
                          hc_time_text(d->p->now + skew, there));
    hc_verdict_draft_other(d, otherwise);
    hc_verdict_draft_decide(d,
                            "Compare this machine's clock with a third one (date -u) before you set it: the server's "
                            "word alone proves nothing.");
    return true;
}

static bool in_time(const struct hc_cert *cert, int64_t t)
{
    return cert->not_before <= t && t <= cert->not_after;
}

/* Would every presented certificate that is out of date here be in its time there? */
static bool in_time_there(const struct hc_probe *p, int64_t there)
{
    size_t late = 0;
    for (size_t i = 0; i < p->main.presented.n; i++) {
        const struct hc_cert *cert = p->main.presented.cert[i];
        if (in_time(cert, p->now))
            continue;
        late++;
        if (!in_time(cert, there))
            return false;
    }
    return late > 0;
}

/* The first presented certificate that is out of date; NULL: it is the authority of the bundle that is. */
static const struct hc_cert *out_of_date(const struct hc_probe *p, bool issuer)
{
    for (size_t i = issuer ? 1 : 0; i < p->main.presented.n; i++)
        if (!in_time(p->main.presented.cert[i], p->now))
            return p->main.presented.cert[i];
    return NULL;
}

static bool old_bundle(struct hc_verdict_draft *d, const struct hc_finding *f)
{
    hc_verdict_draft_say(d, HC_CAUSE_BUNDLE_EXPIRED);
    hc_verdict_draft_text(d, "The authority in your bundle is out of date: %s.", f->text);
    return true;
}

static bool dates(struct hc_verdict_draft *d, const struct hc_finding *f)
{
    const struct hc_probe *p = d->p;
    bool known = p->skew_known;
    int64_t skew = p->skew;
    bool issuer = f->code == HC_E_ISSUER_EXPIRED || f->code == HC_E_ISSUER_NOT_YET_VALID;
    const struct hc_cert *cert = out_of_date(p, issuer);
    if (known && in_time_there(p, p->now + skew))
        return your_clock(d, skew, cause_of(f->code));
    if (cert == NULL && issuer)
        return old_bundle(d, f);
    hc_verdict_draft_say(d, cause_of(f->code));
    hc_verdict_draft_text(d, "%s", issuer ? "The CA certificate " : "The certificate of the server, ");
    if (cert == NULL) { /* the report knows more than was kept */
        hc_verdict_draft_text(d, "is out of date: %s.", f->text);
    } else {
        hc_verdict_draft_cert(d, cert);
        hc_verdict_draft_text(d, "%s %s ", issuer ? " above the server's" : ",",
                              p->now > cert->not_after ? "expired at" : "is not valid before");
        hc_verdict_draft_when(d, p->now > cert->not_after ? cert->not_after : cert->not_before);
        hc_verdict_draft_text(d, ".");
    }
    tell_more(d);
    if (!known) {
        hc_verdict_draft_other(d, HC_CAUSE_YOUR_CLOCK);
        hc_verdict_draft_decide(d, "Compare this machine's clock with another: date -u");
    }
    return true;
}

/* ---- names ---- */

#define NAMES_SHOWN 4 /* of a certificate; the rest is counted */

static void list_names(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    for (size_t i = 0; i < leaf->n_names && i < NAMES_SHOWN; i++) {
        HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
        hc_name_text(&leaf->names[i], &name);
        hc_verdict_draft_text(d, "%s", i > 0 ? ", " : "");
        hc_verdict_draft_quote(d, hc_buf_view(&name));
    }
    if (leaf->n_names > NAMES_SHOWN)
        hc_verdict_draft_text(d, " and %zu more", leaf->n_names - NAMES_SHOWN);
}

static void fix_name(struct hc_verdict_draft *d, const struct hc_cert *leaf)
{
    HC_BUF_AUTO(name, HC_NAME_TEXT_MAX);
    if (leaf->names[0].type != HC_NAME_DNS && leaf->names[0].type != HC_NAME_IP)
        return;
    hc_escape_text(&name, leaf->names[0].text);
    if (name.n <= HC_DNS_MAX)
        hc_verdict_draft_fix(d,
                             "Connect by a name that it carries (--name %s), or have it issued again with the name "
                             "that you use.",
                             hc_buf_cstr(&name));
}

static bool wrong_name(struct hc_verdict_draft *d)
{
    const struct hc_probe *p = d->p;
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_NAME_MISMATCH);
    hc_verdict_draft_text(d, "You asked for ");
    hc_verdict_draft_quote(d, hc_bytes_str(p->spec->name ? p->spec->name : p->spec->host));
    hc_verdict_draft_text(d, ", and the server's certificate is for other names");
    if (p->main.presented.n > 0 && p->main.presented.cert[0]->n_names > 0) {
        hc_verdict_draft_text(d, ": ");
        list_names(d, p->main.presented.cert[0]);
        fix_name(d, p->main.presented.cert[0]);
    }
    hc_verdict_draft_text(d, ".");
    tell_more(d);
    return true;
}

/* ---- all others ---- */

static bool by_rule(struct hc_verdict_draft *d, const struct hc_finding *f)
{
    enum hc_cause cause = cause_of(f->code);
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s Our verifier says%s: %s.", hc_cause_row(cause)->sentence,
                          f->depth > 0 ? " of a certificate above it" : "", f->text);
    tell_more(d);
    return true;
}

/* libcrypto's word for it says nothing to people. */
static bool forged(struct hc_verdict_draft *d, const struct hc_finding *f)
{
    const struct hc_cert_list *shown = &d->p->main.presented;
    if (f->depth > 0 || shown->n == 0)
        return by_rule(d, f);
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_BAD_SIGNATURE);
    hc_verdict_draft_text(d, "The signature in the server's certificate, ");
    hc_verdict_draft_cert(d, shown->cert[0]);
    hc_verdict_draft_text(d, ", is not by the key of its issuer, ");
    hc_verdict_draft_dn(d, shown->cert[0]->issuer);
    hc_verdict_draft_text(d, ".");
    tell_more(d);
    return true;
}

static bool unreadable(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (a->presented_error.code == HC_OK_CODE)
        return false;
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_MALFORMED);
    hc_verdict_draft_text(d, a->presented.n > 0 ? "A certificate of the server's chain cannot be read: "
                                                : "The server's certificate cannot be read: ");
    hc_verdict_draft_quote(d, hc_bytes_str(a->presented_error.text));
    hc_verdict_draft_text(d, ".");
    return true;
}

bool hc_verdict_server_chain(struct hc_verdict_draft *d)
{
    const struct hc_finding *f = d->p->server_judged ? hc_report_first(&d->p->server) : NULL;
    if (f == NULL)
        return unreadable(d);
    switch (f->code) {
    case HC_E_UNKNOWN_ISSUER:
    case HC_E_BAD_SIGNATURE:
        if (d->p->main.presented.n > 0 && hc_verdict_chain_issuer(d)) {
            tell_more(d);
            return true;
        }
        return f->code == HC_E_BAD_SIGNATURE ? forged(d, f) : by_rule(d, f);
    case HC_E_CERT_EXPIRED:
    case HC_E_CERT_NOT_YET_VALID:
    case HC_E_ISSUER_EXPIRED:
    case HC_E_ISSUER_NOT_YET_VALID:
        return dates(d, f);
    case HC_E_NAME_MISMATCH:
        return wrong_name(d);
    default:
        return by_rule(d, f);
    }
}

/* Nothing that was not judged is ever good. */
static bool unseen(struct hc_verdict_draft *d)
{
    hc_verdict_draft_say(d, HC_CAUSE_SERVER_BREAKS_TLS);
    hc_verdict_draft_text(d,
                          "The handshake is done, and no certificate of the server's was seen that could be judged.");
    hc_verdict_draft_fix(d, "Look at what came with --steps; the server, or a middlebox in between, is broken.");
    return true;
}

bool hc_verdict_server_trust(struct hc_verdict_draft *d)
{
    const struct hc_probe *p = d->p;
    if (p->server_judged)
        return false;
    if (p->spec->bundle != NULL)
        return unseen(d);
    hc_verdict_draft_say(d, HC_CAUSE_NO_TRUST_GIVEN);
    hc_verdict_draft_text(d, "Nothing was refused, but no authority was given by which the server's certificate could "
                             "be judged.");
    if (p->main.presented.n == 0)
        return true;
    hc_verdict_draft_text(d, " It says that it was issued by ");
    hc_verdict_draft_dn(d, hc_verdict_facts_top(p->main.presented.cert, p->main.presented.n)->issuer);
    hc_verdict_draft_text(d, ".");
    return true;
}

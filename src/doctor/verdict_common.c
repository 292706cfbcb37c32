/*
 * verdict_common.c - no common ground: versions, suites, groups, signature algorithms, names, application protocols.
 *
 * Servers say the same alert for different things (OpenSSL without a usable certificate says protocol_version to a
 * client of TLS 1.3 only; GnuTLS says handshake_failure to a version that it lacks), so what decides is what they answer
 * to another offer.
 */
#include "doctor/verdict_parts.h"

static uint16_t least(const struct hc_probe *p)
{
    return p->spec->min ? p->spec->min : HC_TLS_1_2;
}

static uint16_t most(const struct hc_probe *p)
{
    return p->spec->max ? p->spec->max : HC_TLS_1_3;
}

/* ---- names ---- */

static bool unknown_name(struct hc_verdict_draft *d)
{
    const char *name = hc_probe_server_name(d->p);
    if (name == NULL) {
        hc_verdict_draft_say(d, HC_CAUSE_SNI_NEEDED);
        hc_verdict_draft_text(d, "The server ended with ");
        hc_verdict_draft_alert(d, HC_TLS_ALERT_UNRECOGNIZED_NAME);
        hc_verdict_draft_text(d, ": it answers only clients that say which name they want, and no name was given.");
        return true;
    }
    hc_verdict_draft_say(d, HC_CAUSE_SNI_UNKNOWN);
    hc_verdict_draft_text(d, "The server does not know the name ");
    hc_verdict_draft_quote(d, hc_bytes_str(name));
    hc_verdict_draft_text(d, ", which was asked for in TLS (SNI).");
    return true;
}

static bool no_application_protocol(struct hc_verdict_draft *d)
{
    hc_verdict_draft_say(d, HC_CAUSE_ALPN);
    hc_verdict_draft_text(d, "The server speaks none of the offered application protocols (ALPN)");
    if (hc_probe_alpn(d->p->spec)) {
        hc_verdict_draft_text(d, ": ");
        hc_verdict_draft_quote(d, hc_bytes_str(hc_probe_alpn(d->p->spec)));
    }
    hc_verdict_draft_text(d, ".");
    if (hc_verdict_facts_answered(hc_verdict_draft_trial(d, HC_TRIAL_NO_ALPN)))
        hc_verdict_draft_text(d, " When none is offered it answers.");
    return true;
}

/* ---- versions ---- */

static bool say_version(struct hc_verdict_draft *d, enum hc_cause cause, const struct hc_attempt *t)
{
    const char *version = hc_tls_version_text(t->agreed.version);
    hc_verdict_draft_say(d, cause);
    hc_verdict_draft_text(d, "%s", hc_cause_row(cause)->sentence);
    if (version)
        hc_verdict_draft_text(d, " It answered when it was offered %s.", version);
    return true;
}

/* The user asked for one version only: does the server answer to the other? */
static bool by_other_version(struct hc_verdict_draft *d)
{
    bool only13 = least(d->p) == HC_TLS_1_3, only12 = most(d->p) == HC_TLS_1_2;
    if (!only13 && !only12)
        return false;
    const struct hc_attempt *t = hc_verdict_draft_trial(d, only13 ? HC_TRIAL_TLS12 : HC_TRIAL_TLS13);
    if (t == NULL)
        return false;
    if (hc_verdict_facts_answered(t))
        return say_version(d, only13 ? HC_CAUSE_SERVER_ONLY_TLS12 : HC_CAUSE_SERVER_ONLY_TLS13, t);
    /* OpenSSL and nginx look at the name after the version: asked in a version that they speak they say it. */
    return t->end == HC_END_ALERT && t->alert == HC_TLS_ALERT_UNRECOGNIZED_NAME && unknown_name(d);
}

static bool by_old_version(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_OLD);
    return hc_verdict_facts_answered(t) && say_version(d, HC_CAUSE_SERVER_TOO_OLD, t);
}

/* ---- suites, groups, signature algorithms ---- */

/* What the probe offers unless it offers everything, as modern clients do [RFC 9325 4.2]: net/tls.h. */
static bool usual_group(uint16_t group)
{
    enum { P256 = 0x0017, P384 = 0x0018, X25519 = 0x001d, X25519_MLKEM768 = 0x11ec };
    return group == P256 || group == P384 || group == X25519 || group == X25519_MLKEM768;
}

static bool usual_suite(uint16_t suite)
{
    struct hc_bytes name = hc_bytes_str(hc_tls_suite_text(suite));
    enum hc_tls_kex kex = hc_tls_suite_kex(suite);
    return (kex == HC_TLS_KEX_13 || kex == HC_TLS_KEX_ECDHE) &&
           (hc_verdict_facts_contains(name, "_GCM_") || hc_verdict_facts_contains(name, "_CHACHA20_"));
}

#define PRIME_BITS_MIN 2048 /* [RFC 9325 4.4] */

/* What did the server choose when everything was offered? */
static enum hc_cause chosen(const struct hc_attempt *t)
{
    const struct hc_tls_agreed *agreed = &t->agreed;
    if (t->dh_bits != 0 && t->dh_bits < PRIME_BITS_MIN)
        return HC_CAUSE_WEAK_DH;
    if (hc_tls_suite_kex(agreed->suite) == HC_TLS_KEX_RSA)
        return HC_CAUSE_ONLY_RSA_KEY_EXCHANGE;
    if (hc_tls_suite_weak(agreed->suite))
        return HC_CAUSE_ONLY_WEAK_SUITES;
    if (!usual_suite(agreed->suite))
        return HC_CAUSE_NO_COMMON_SUITE;
    if (agreed->group != 0 && !usual_group(agreed->group))
        return HC_CAUSE_NO_COMMON_GROUP;
    return HC_CAUSE_NO_COMMON_SIGNATURE;
}

static bool say_choice(struct hc_verdict_draft *d, const struct hc_attempt *t)
{
    const char *suite = hc_tls_suite_text(t->agreed.suite), *group = hc_tls_group_text(t->agreed.group);
    hc_verdict_draft_say(d, chosen(t));
    hc_verdict_draft_text(d, "%s Offered everything, it chose %s", hc_cause_row(d->out->cause)->sentence,
                          suite ? suite : "a suite without a name");
    if (t->dh_bits != 0)
        hc_verdict_draft_text(d, " with a prime of %u bits.", t->dh_bits);
    else
        hc_verdict_draft_text(d, "%s%s.", group ? " with the group " : "", group ? group : "");
    return true;
}

/* It answered, and in a version in which this side went on: of an older one nothing was agreed. */
static bool chose(const struct hc_attempt *t)
{
    return hc_verdict_facts_answered(t) && t->agreed.suite != 0;
}

static bool by_anything(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_ANYTHING);
    return chose(t) && say_choice(d, t);
}

/* A server of TLS 1.3 may find nothing in it, and something in TLS 1.2. */
static bool by_anything12(struct hc_verdict_draft *d)
{
    const struct hc_attempt *t = hc_verdict_draft_trial(d, HC_TRIAL_ANYTHING12);
    return chose(t) && say_choice(d, t);
}

static bool by_no_name(struct hc_verdict_draft *d)
{
    return hc_probe_server_name(d->p) != NULL &&
           hc_verdict_facts_answered(hc_verdict_draft_trial(d, HC_TRIAL_NO_NAME)) && unknown_name(d);
}

static bool by_no_alpn(struct hc_verdict_draft *d)
{
    return hc_probe_alpn(d->p->spec) != NULL &&
           hc_verdict_facts_answered(hc_verdict_draft_trial(d, HC_TRIAL_NO_ALPN)) && no_application_protocol(d);
}

/* No offer was good enough: then it is the server that has nothing to offer. */
static bool nothing_at_all(struct hc_verdict_draft *d, uint8_t alert)
{
    bool tried =
        hc_verdict_draft_trial(d, HC_TRIAL_ANYTHING) != NULL && hc_verdict_draft_trial(d, HC_TRIAL_OLD) != NULL;
    hc_verdict_draft_say(d, tried ? HC_CAUSE_SERVER_NO_CERTIFICATE : HC_CAUSE_NO_COMMON_SUITE);
    hc_verdict_draft_text(d, "The server answered the first TLS message with ");
    hc_verdict_draft_alert(d, alert);
    hc_verdict_draft_text(d, tried ? ", and every other version, suite and group too: it probably has no certificate "
                                     "and key that it can use."
                                   : ": none of the offered suites, groups and signature algorithms is good enough.");
    hc_verdict_draft_other(d, tried ? HC_CAUSE_NO_COMMON_SUITE : HC_CAUSE_SERVER_NO_CERTIFICATE);
    hc_verdict_draft_other(d, hc_probe_server_name(d->p) ? HC_CAUSE_SNI_UNKNOWN : HC_CAUSE_SNI_NEEDED);
    hc_verdict_draft_decide(d, "The server's log names what it missed: a shared cipher, a key share, a certificate "
                               "for the name.");
    return true;
}

static bool no_suite(struct hc_verdict_draft *d, uint8_t alert)
{
    return by_other_version(d) || by_anything(d) || by_old_version(d) || by_no_name(d) || by_no_alpn(d) ||
           by_anything12(d) || nothing_at_all(d, alert);
}

/* OpenSSL without a certificate that it can use in TLS 1.3 says protocol_version to who speaks nothing else, and
 * handshake_failure to everybody. */
static bool no_version(struct hc_verdict_draft *d)
{
    bool only13 = least(d->p) == HC_TLS_1_3;
    const struct hc_attempt *t = only13 ? hc_verdict_draft_trial(d, HC_TRIAL_TLS12) : NULL;
    if (by_other_version(d))
        return true;
    if (t && t->end == HC_END_ALERT && t->alert == HC_TLS_ALERT_HANDSHAKE_FAILURE)
        return no_suite(d, t->alert);
    if (by_old_version(d))
        return true;
    hc_verdict_draft_say(d, HC_CAUSE_NO_COMMON_VERSION);
    hc_verdict_draft_text(d, "The server speaks none of the offered versions: it ended with ");
    hc_verdict_draft_alert(d, HC_TLS_ALERT_PROTOCOL_VERSION);
    hc_verdict_draft_text(d, ".");
    return true;
}

static bool unwilling(struct hc_verdict_draft *d)
{
    hc_verdict_draft_say(d, HC_CAUSE_NO_COMMON_SUITE);
    hc_verdict_draft_text(d, "The server asks for stronger suites or groups than were offered: it ended with ");
    hc_verdict_draft_alert(d, HC_TLS_ALERT_INSUFFICIENT_SECURITY);
    hc_verdict_draft_text(d, ".");
    return true;
}

static bool by_alert(struct hc_verdict_draft *d)
{
    switch (d->a->alert) {
    case HC_TLS_ALERT_PROTOCOL_VERSION:
        return no_version(d);
    case HC_TLS_ALERT_HANDSHAKE_FAILURE:
        return no_suite(d, d->a->alert);
    case HC_TLS_ALERT_INSUFFICIENT_SECURITY:
        return by_anything(d) || unwilling(d);
    default:
        return false;
    }
}

/* Our library did not like what the server chose. */
static bool by_our_choice(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    bool old = a->agreed.version != 0 && a->agreed.version < HC_TLS_1_2;
    if (hc_verdict_facts_end(a) != HC_END_OURS || (a->error.code != HC_E_TLS_VERSION && !old))
        return false;
    if (old)
        return say_version(d, HC_CAUSE_SERVER_TOO_OLD, a);
    if (by_other_version(d) || by_old_version(d))
        return true;
    hc_verdict_draft_say(d, least(d->p) == HC_TLS_1_3 ? HC_CAUSE_SERVER_ONLY_TLS12 : HC_CAUSE_SERVER_TOO_OLD);
    return true;
}

bool hc_verdict_common_ground(struct hc_verdict_draft *d)
{
    const struct hc_attempt *a = d->a;
    if (by_our_choice(d))
        return true;
    if (a->end != HC_END_ALERT)
        return false;
    if (a->alert == HC_TLS_ALERT_UNRECOGNIZED_NAME)
        return unknown_name(d);
    if (a->alert == HC_TLS_ALERT_NO_APPLICATION_PROTOCOL)
        return no_application_protocol(d);
    return a->stage < HC_STAGE_ANSWERED && by_alert(d);
}

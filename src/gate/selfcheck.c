/* selfcheck.c - the gates' own chains against the CRLs and the calendar. */
#include "gate/selfcheck.h"

#include <stdio.h>

#include "base/clock.h"

struct check {
    const struct hc_snapshot *s;
    int64_t now;
    hc_gate_alarm *alarm;
    void *ctx;
    uint64_t faults; /* a hash of what was found */
};

static void found(struct check *c, enum hc_code code, const char *source, const char *text)
{
    c->faults = hc_bytes_hash(c->faults ? c->faults : HC_BYTES_HASH, hc_bytes_of(&code, sizeof code));
    c->faults = hc_bytes_hash(c->faults, hc_bytes_str(source));
    if (c->alarm)
        c->alarm(c->ctx, code, source, text);
}

static const struct hc_cert *issuer_of(const struct hc_bundle *bundle, const struct hc_own *own, size_t d)
{
    if (d + 1 < own->chain.n)
        return own->chain.cert[d + 1];
    for (size_t i = 0; i < hc_bundle_count(bundle); i++)
        if (hc_dn_eq(hc_bundle_anchor(bundle, i)->subject, own->chain.cert[d]->issuer))
            return hc_bundle_anchor(bundle, i);
    return NULL; /* another authority's: nothing here says anything about it */
}

static void check_revocation(struct check *c, const struct hc_snapshot_gate *gate)
{
    const struct hc_trust *trust = &c->s->trusts[gate->trust];
    const struct hc_own *own = gate->own;
    size_t n = trust->mode == HC_REVOCATION_LEAF ? 1 : own->chain.n;

    if (!trust->bundle || trust->mode == HC_REVOCATION_NONE)
        return;
    for (size_t d = 0; d < n; d++) {
        struct hc_revocation_query query = {.cert = own->chain.cert[d],
                                            .issuer = issuer_of(trust->bundle, own, d),
                                            .now = c->now,
                                            .allow_stale = trust->allow_stale};
        struct hc_err e = {0};

        if (query.issuer && hc_failed(hc_revocation_check(c->s->crypto, trust->revocation, &query, &e)))
            found(c, e.code, gate->name, e.text);
    }
}

static void check_dates(struct check *c, const char *gate, const struct hc_own *own)
{
    const struct hc_cert *leaf = own->chain.cert[0];
    char age[HC_AGE_TEXT];
    char text[128];

    if (c->now > leaf->not_after) {
        snprintf(text, sizeof text, "the gate's own certificate expired %s ago",
                 hc_age_text(c->now - leaf->not_after, age));
        found(c, HC_E_CERT_EXPIRED, gate, text);
    } else if (leaf->not_after - c->now < (leaf->not_after - leaf->not_before) / HC_SELFCHECK_TENTH) {
        snprintf(text, sizeof text, "the gate's own certificate ends in less than a tenth of its life");
        found(c, HC_E_CERT_ENDS_SOON, gate, text);
    }
}

uint64_t hc_selfcheck(const struct hc_snapshot *s, int64_t now, hc_gate_alarm *alarm, void *ctx)
{
    struct check c = {.s = s, .now = now, .alarm = alarm, .ctx = ctx};

    for (size_t i = 0; i < s->n_gates; i++) {
        check_dates(&c, s->gates[i].name, s->gates[i].own);
        check_revocation(&c, &s->gates[i]);
    }
    return c.faults;
}

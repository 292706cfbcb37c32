/*
 * issuer_heir.c - who is to issue what a revoked issuer issued. Never the newest without asking: that may be the one
 * that goes.
 */
#include "cmd/issuer_heir.h"

#include <stdio.h>

static struct hc_rc see(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct hc_issuer_heirs *heirs = ctx;
    (void)e;
    if (strcmp(v->name, heirs->going) == 0) {
        heirs->known = v->cert != NULL;
        return HC_OK;
    }
    if (!*v->parent || !v->key_here || (v->state != HC_ISSUER_CURRENT && v->state != HC_ISSUER_VALID) ||
        (heirs->only && strcmp(v->name, heirs->only) != 0) || heirs->n == HC_COUNT(heirs->at))
        return HC_OK;
    snprintf(heirs->at[heirs->n].name, sizeof heirs->at->name, "%s", v->name);
    heirs->at[heirs->n++].profiles = v->profiles;
    return HC_OK;
}

struct hc_rc hc_issuer_heirs_find(struct hc_authority *a, struct hc_issuer_heirs *heirs, struct hc_err *e)
{
    if (heirs->only && strcmp(heirs->only, heirs->going) == 0)
        return HC_FAIL(e, HC_E_USAGE, "--issuer %.80s is the one that is to be revoked", heirs->only);
    HC_TRY(e, hc_issuer_list(a, see, heirs, e));
    if (!heirs->known)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no issuer '%.80s' in %s", heirs->going, hc_authority_home(a));
    if (heirs->only && heirs->n == 0)
        return HC_FAIL(e, HC_E_ISSUER_UNKNOWN, "there is no live issuer '%.80s' whose key is in %s", heirs->only,
                       hc_authority_home(a));
    return HC_OK;
}

struct hc_rc hc_issuer_heir_of(const struct hc_issuer_heirs *heirs, struct hc_bytes profile, size_t *at,
                               const char **out, struct hc_err *e)
{
    enum hc_profile p;
    HC_TRY(e, hc_profile_from_ledger(profile, &p, e));
    for (size_t i = *at; i-- > 0;) {
        if ((heirs->at[i].profiles & 1u << p) == 0)
            continue;
        *out = heirs->at[i].name;
        *at = i;
        return HC_OK;
    }
    return HC_FAIL(e, HC_E_ISSUER_NONE,
                   "nobody but %s can issue %.*s certificates here, so they cannot be renewed first", heirs->going,
                   HC_BYTES_FMT(profile));
}

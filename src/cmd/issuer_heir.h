/* issuer_heir.h - who is to issue what a revoked issuer issued. */
#ifndef HC_CMD_ISSUER_HEIR_H
#define HC_CMD_ISSUER_HEIR_H

#include "cmd/issuer.h"
#include "pki/profile.h"

/* Issuers that are alive and whose key is here, without the one that goes; the newest last. */
struct hc_issuer_heirs {
    const char *going; /* borrowed */
    const char *only;  /* borrowed: --issuer; NULL for any */
    bool known;        /* `going` is an issuer */
    size_t n;
    struct {
        char name[HC_ISSUER_NAME_MAX + 1];
        unsigned profiles;
    } at[HC_ISSUER_COUNT];
};

/*
 * `going` and `only` are set. Fails with HC_E_ISSUER_UNKNOWN (`going` is none, or nobody is called `only`),
 * HC_E_USAGE (both are the same).
 */
struct hc_rc hc_issuer_heirs_find(struct hc_authority *a, struct hc_issuer_heirs *heirs, struct hc_err *e);

/*
 * The newest heir before number *at (heirs->n at first; *at is set to its number) that issues this profile. Whether its
 * name constraints permit the names shows when it issues: then the next one may be asked. Fails with HC_E_ISSUER_NONE.
 */
struct hc_rc hc_issuer_heir_of(const struct hc_issuer_heirs *heirs, struct hc_bytes profile, size_t *at,
                               const char **out, struct hc_err *e);

#endif

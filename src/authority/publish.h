/*
 * publish.h - CRLs and the bundle, as gates and other people's software read them.
 */
#ifndef HC_AUTHORITY_PUBLISH_H
#define HC_AUTHORITY_PUBLISH_H

#include "authority/authority.h"

#define HC_PUBLISH_ROOT_S (INT64_C(365) * 86400) /* life of the root's CRL: its key may be far away */
#define HC_PUBLISH_ISSUER_S (INT64_C(7) * 86400) /* of an issuing CA's */

struct hc_published {
    size_t n_signed;  /* CRLs signed anew */
    size_t n_kept;    /* not yet past half their life */
    size_t n_offline; /* kept under `force` because the CA's key is not on this machine */
};

/*
 * Publishes: the bundle, and each CA's CRL that is missing, unreadable, past half its life, or lacks a revocation that
 * the ledger has; with `force` every CRL.
 *
 * A CRL's number is greater than every one before it: greater than the last in the ledger and than the one on the CRL
 * that is found published, and what that CRL lists but the ledger does not know (it was restored from a backup) is
 * entered into the ledger again and stays revoked (T18). Such a CRL is believed only when the CA itself signed it.
 *
 * One CA's trouble does not keep another's CRL back: all are tried, and the first failure is told at the end. Fails with
 * HC_E_PASSPHRASE_NEEDED, HC_E_CA_KEY_MISSING (a CRL is due and the key is not here), HC_E_CRL_WINDOW, HC_E_ISSUER_ENDED
 * (a CA has ended, so nobody would believe its CRL), HC_E_CLOCK.
 */
struct hc_rc hc_authority_publish(struct hc_authority *a, bool force, struct hc_published *out, struct hc_err *e);

#endif

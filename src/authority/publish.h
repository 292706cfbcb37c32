/*
 * publish.h - CRLs and the bundle, as gates and other people's software read them.
 */
#ifndef HC_AUTHORITY_PUBLISH_H
#define HC_AUTHORITY_PUBLISH_H

#include "authority/authority.h"

#define HC_PUBLISH_ROOT_S (INT64_C(365) * 86400) /* life of the root's CRL: its key may be far away */
#define HC_PUBLISH_ISSUER_S (INT64_C(7) * 86400) /* of an issuing CA's */

struct hc_published {
    size_t n_signed;    /* CRLs signed anew */
    size_t n_kept;      /* not yet past half their life */
    size_t n_offline;   /* kept although due or forced, because the CA's key is not on this machine */
    size_t n_dead;      /* of CAs that have ended or are revoked: nobody asks for those any more */
    bool head_signed;   /* the ledger's head was signed anew */
    bool head_unsigned; /* it could not be: no issuer whose key is here is alive */
    int64_t remembered; /* revocations that a restored ledger had forgotten and that were entered again */
};

/*
 * Publishes: the bundle, each CA's certificate (ca/NAME.cer), each CA's CRL that is missing, unreadable, past half its
 * life, or lacks a revocation that the ledger has (with `force` every CRL), and the signed head of the ledger (head.h)
 * when the ledger has gone on since. CAs that have ended or are revoked, and issuers whose key is another home's, are
 * left out.
 *
 * A CRL's number is greater than every one before it: greater than the last in the ledger and than the one on the CRL
 * that is found published, and what that CRL lists but the ledger does not know (it was restored from a backup) is
 * entered into the ledger again and stays revoked (T18). Such a CRL is believed only when the CA itself signed it.
 *
 * A root whose key is offline: its CRL is kept as long as it is valid and lacks nothing (hc_authority_warnings tells
 * in time), and HC_E_ROOT_OFFLINE says when it no longer is.
 *
 * One CA's trouble does not keep another's CRL back: all are tried, and the first failure is told at the end. Fails
 * with HC_E_PASSPHRASE_NEEDED, HC_E_CA_KEY_MISSING (a CRL is due and the key is not here), HC_E_ROOT_OFFLINE,
 * HC_E_CRL_WINDOW, HC_E_CLOCK, HC_E_ISSUER_NONE (no key is here to sign the head), HC_E_HEAD_DEPARTS (the published
 * head is evidence of a change, and no new one is signed over it).
 */
struct hc_rc hc_authority_publish(struct hc_authority *a, bool force, struct hc_published *out, struct hc_err *e);

/* A published CRL beside the ledger. */
struct hc_published_crl {
    const char *issuer;
    bool there;     /* one that this CA signed */
    size_t lacking; /* revocations of certificates that have not ended which it does not list */
    size_t unknown; /* entries that the ledger does not have */
};

/*
 * Calls `each` for every CA whose CRL hc_authority_publish would keep up. Takes the lock for a second look where
 * something seems wrong, since another process may be about to publish. Fails as `each` does. Cost: O(entries log
 * entries).
 */
struct hc_rc hc_authority_published_crls(struct hc_authority *a,
                                         struct hc_rc (*each)(void *ctx, const struct hc_published_crl *crl,
                                                              struct hc_err *e),
                                         void *ctx, struct hc_err *e);

#endif

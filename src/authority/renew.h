/*
 * renew.h - the same identity again: names, profile and label of the newest certificate, a new key unless the old one
 * is to stay, a new end. The old certificate stays valid until its own end, so that nobody is cut off in between.
 */
#ifndef HC_AUTHORITY_RENEW_H
#define HC_AUTHORITY_RENEW_H

#include "authority/issue.h"

/* All borrowed for the call. */
struct hc_renew_request {
    const struct hc_name *name;
    const char *label;        /* of --as; NULL or "" without */
    bool same_key;            /* --same-key: certify key.pem of the directory again */
    const struct hc_csr *csr; /* for a certificate that was signed from a request: a new one of its owner; else NULL */
    int64_t seconds;          /* 0: as long as the one before was meant to be */
    const char *issuer;       /* NULL or "": the newest that may */
    bool has_key_kind;        /* as in issue.h; otherwise the kind of the profile */
    enum hc_key_kind key_kind;
    enum hc_p12_for p12_for;
    const struct hc_secret *p12_passphrase;
};

/*
 * Renews the newest certificate of this name and label and replaces its directory in one step.
 *
 * T25: what is renewed is found by name and label in the ledger, never by what a certificate file says; with same_key
 * the key in the directory must be the one in that certificate (HC_E_KEY_MISMATCH), and a request must carry exactly
 * that key or come from whoever may have the identity issued anew, which the grant says: by the command line both are
 * the operator.
 *
 * Fails with HC_E_IDENTITY_UNKNOWN, HC_E_RENEW_REVOKED (the newest is revoked), HC_E_RENEW_WINDOW (it ended longer ago
 * than hc_profile_row.renew_s), HC_E_RENEW_KEY (its key was never here, and there is no request), and as
 * hc_authority_issue does, except for HC_E_IDENTITY_EXISTS.
 */
struct hc_rc hc_authority_renew(struct hc_authority *a, const struct hc_issue_grant *grant,
                                const struct hc_renew_request *request, struct hc_issued *out, struct hc_err *e);

/* One that is due. Views are valid within the callback. */
struct hc_renewable {
    const struct hc_ledger_cert *row;
    const struct hc_name *name;
    bool key_here; /* its directory has its key, so that it can be renewed without its owner */
};

/*
 * Calls `each` for every leaf whose newest certificate ends before now + seconds, is not revoked and is within its
 * profile's window: what `renew --expiring` renews. The list is complete before the first call, so that `each` may
 * renew.
 */
struct hc_rc hc_authority_renewable(struct hc_authority *a, int64_t seconds,
                                    struct hc_rc (*each)(void *ctx, const struct hc_renewable *r, struct hc_err *e),
                                    void *ctx, struct hc_err *e);

/* The same for the live certificates of one issuer, whatever their end: what `issuer revoke --reissue` replaces. */
struct hc_rc hc_authority_renewable_of(struct hc_authority *a, const char *issuer,
                                       struct hc_rc (*each)(void *ctx, const struct hc_renewable *r, struct hc_err *e),
                                       void *ctx, struct hc_err *e);

#endif

/*
 * crls.h - the next CRL of one CA, and the one that is published now. Private to this module.
 */
#ifndef HC_AUTHORITY_CRLS_H
#define HC_AUTHORITY_CRLS_H

#include "authority/inside.h"
#include "pki/crl.h"

/*
 * The CRL that lies in publish/crl, when this very CA signed it; NULL in *out when there is none, it is malformed or
 * somebody else's. Fails when that could not be found out (HC_E_NOMEM, HC_E_FILE_UNREADABLE, HC_E_LIBRARY).
 */
struct hc_rc hc_crls_published(struct hc_authority *a, const struct hc_ca *ca, struct hc_crl **out, struct hc_err *e);

/* Has it, or one above it, ended or been revoked? Nobody asks for its CRL any more, which stays as it is. */
bool hc_crls_dead(const struct hc_authority *a, const struct hc_ca *ca);

/* Is it an issuer of another home, which publishes its CRLs? */
bool hc_crls_foreign(const struct hc_ca *ca);

/* Does the published CRL lack a revocation that the ledger has, because it could not be published in its time? One that
 * is missing altogether lacks nothing, nor does a dead CA's or another home's. Fails as hc_crls_published does. */
struct hc_rc hc_crls_lacking(struct hc_authority *a, const struct hc_ca *ca, bool *lacking, struct hc_err *e);

/* What there is to know of a published CRL. */
struct hc_crls_state {
    bool there; /* one that this CA signed */
    bool last;  /* it is the one that the ledger recorded last */
    bool lacking;
    int64_t this_update, next_update;
};

/* Reads it once. Fails as hc_crls_published does. */
struct hc_rc hc_crls_look(struct hc_authority *a, const struct hc_ca *ca, struct hc_crls_state *out, struct hc_err *e);

/* Its number; -1 beyond what can be counted further. No CRL has number 0 here. */
int64_t hc_crls_number(const struct hc_crl *crl);

/* Does this CRL lack a revocation that the ledger has of a certificate that ends at or after `since`? The ledger's
 * errors. */
struct hc_rc hc_crls_lack(struct hc_authority *a, const struct hc_ca *ca, const struct hc_crl *crl, int64_t since,
                          bool *out, struct hc_err *e);

/* Puts it into publish/crl, which is made when somebody has removed it. Fails as hc_file_write_atomic does. */
struct hc_rc hc_crls_put(const struct hc_authority *a, const struct hc_ca *ca, struct hc_bytes der, struct hc_err *e);

struct hc_crls_due {
    bool due;  /* none is published, or it is past half its life, lacks a revocation, or is not the last of the ledger's
                  (one of both was restored from a backup) */
    bool must; /* none is published, or it has ended or lacks a revocation: the one that is there will not do */
};

struct hc_rc hc_crls_due(struct hc_authority *a, const struct hc_ca *ca, struct hc_crls_due *out, struct hc_err *e);

/*
 * Enters into the ledger what the published CRL lists and the ledger does not know (T18), with an event when there is
 * any. Needs no key. *remembered grows by the number of revocations. Under the lock.
 */
struct hc_rc hc_crls_remember(struct hc_authority *a, const struct hc_ca *ca, int64_t *remembered, struct hc_err *e);

/*
 * Signs, records and publishes the next CRL of `ca`, opening its key. *number (may be NULL) gets its number. Under the
 * lock. Fails as hc_authority_publish does.
 */
struct hc_rc hc_crls_renew(struct hc_authority *a, struct hc_ca *ca, int64_t *number, struct hc_err *e);

#endif

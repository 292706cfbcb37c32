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
struct hc_rc hc_crls_published(const struct hc_authority *a, const struct hc_ca *ca, struct hc_crl **out,
                               struct hc_err *e);

/* Does the published CRL lack a revocation that the ledger has, because it could not be published in its time? One that
 * is missing altogether lacks nothing. Fails as hc_crls_published does. */
struct hc_rc hc_crls_lacking(struct hc_authority *a, const struct hc_ca *ca, bool *lacking, struct hc_err *e);

/*
 * Is a new one due: none published, past half its life, or without a revocation that the ledger has, or not the one
 * the ledger remembers as its last (one of both was restored from a backup)?
 */
struct hc_rc hc_crls_due(struct hc_authority *a, const struct hc_ca *ca, bool *due, struct hc_err *e);

/*
 * Signs, records and publishes the next CRL of `ca`, opening its key. *number (may be NULL) gets its number. Under the
 * lock. Fails as hc_authority_publish does.
 */
struct hc_rc hc_crls_renew(struct hc_authority *a, struct hc_ca *ca, int64_t *number, struct hc_err *e);

#endif

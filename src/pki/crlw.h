/*
 * crlw.h - write complete v2 CRLs [RFC 5280 5.1]: TBSCertList first, then the signature around it. crl.h reads them
 * back.
 */
#ifndef HC_PKI_CRLW_H
#define HC_PKI_CRLW_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/cert.h"
#include "pki/crl.h"

struct hc_crlw_entry {
    struct hc_bytes serial;    /* big-endian; leading zeros do not matter; 1..20 bytes; borrowed */
    int64_t time;              /* of the revocation; seconds, UTC */
    enum hc_crl_reason reason; /* HC_CRL_UNSPECIFIED is left out, as RFC 5280 5.3.1 asks */
};

struct hc_crlw_plan {
    const struct hc_cert *issuer; /* borrowed; its subject and subject key identifier go into the CRL */
    uint64_t number; /* CRL number [RFC 5280 5.2.3]; greater than any published before: the caller's duty */
    int64_t this_update, next_update; /* seconds, UTC; next_update must be later */
    /* Borrowed, n_entries of them, in any order, no serial twice: the caller's duty. */
    const struct hc_crlw_entry *entries;
    size_t n_entries;
    struct hc_bytes sig_alg; /* DER of the AlgorithmIdentifier that the signature will carry */
};

/*
 * hc_crlw_tbs - append the DER of the TBSCertList to `out` (HC_CRL_MAX is a cap that fits what the reader takes).
 *
 * Fails with HC_E_CRL_WINDOW when next_update is not later than this_update, HC_E_CERT_SERIAL for an impossible serial,
 * HC_E_TIME_FORMAT for a date beyond 9999, HC_E_DER (sig_alg), HC_E_CERT_EXTENSION (the issuer has no subject key
 * identifier), HC_E_REASON (a reason that a complete CRL cannot carry), HC_E_TOO_BIG, HC_E_NOMEM. O(entries).
 */
struct hc_rc hc_crlw_tbs(const struct hc_crlw_plan *plan, struct hc_buf *out, struct hc_err *e);

/*
 * hc_crlw_assemble - append the DER of the CertificateList to `out`.
 *
 *   tbs        what hc_crlw_tbs wrote
 *   sig_alg    DER of the AlgorithmIdentifier, the same as in the plan
 *   signature  the signer's bytes; not verified here
 *
 * Fails with HC_E_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_crlw_assemble(struct hc_bytes tbs, struct hc_bytes sig_alg, struct hc_bytes signature,
                              struct hc_buf *out, struct hc_err *e);

#endif

/*
 * verify_revocation.h - CRLs and OCSP responses for a chain whose signatures hold. For verify*.c only.
 */
#ifndef HC_PKI_VERIFY_REVOCATION_H
#define HC_PKI_VERIFY_REVOCATION_H

#include "pki/path.h"
#include "pki/verify.h"

/* Further certificates of one issuer's name that may have signed its CRLs; real PKIs have one, for a while, after a
 * rollover. */
#define HC_VERIFY_SIGNERS 4

/* Signers of CRLs, borrowed. */
struct hc_verify_signers {
    const struct hc_cert *cert[HC_VERIFY_SIGNERS + HC_PATH_DEPTH];
    size_t n;
};

struct hc_verify_revocation {
    const struct hc_crypto *c;
    const struct hc_verify_policy *policy;
    const struct hc_path *path; /* only its certificates count */
    /* Gives further signers for the CRLs of `issuer`, each from a verified chain of its own up to the same anchor
     * [RFC 5280 6.3.3 (f)]; called only when what the chain itself has does not do. NULL: there are none. Fails with
     * HC_E_NOMEM alone. */
    struct hc_rc (*more)(void *ctx, const struct hc_cert *issuer, struct hc_verify_signers *out, struct hc_err *e);
    void *ctx;
};

/* The same name and another key: `cert` may have signed CRLs of `issuer`. Whether its key usage lets it is judged with
 * the CRL. */
bool hc_verify_revocation_other_key(const struct hc_cert *issuer, const struct hc_cert *cert);

/*
 * Judges each certificate that the policy's mode covers by CRLs and by the OCSP responses about it, and every other one
 * by responses alone. A response that says revoked condemns, whatever CRLs say; one that says good clears what no CRL
 * condemns; where neither clears, both findings are reported. Fails with HC_E_NOMEM; everything else is a finding.
 */
struct hc_rc hc_verify_revocation_check(const struct hc_verify_revocation *r, struct hc_report *report,
                                        struct hc_err *e);

#endif

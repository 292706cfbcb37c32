/*
 * lint.h - nothing is signed that was not read back and judged.
 *
 * The lint parses the TBSCertificate afresh, as a stranger would, and checks it against its profile, its issuer and the issuer's
 * constraints. Only hc_lint_tbs makes a struct hc_linted_tbs, and the ledger, the signer and hc_cert_assemble take nothing else.
 */
#ifndef HC_PKI_LINT_H
#define HC_PKI_LINT_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/cert.h"
#include "pki/tbs.h"

/* A serial carries at least 64 bits that nobody can guess; shorter ones are refused. */
#define HC_LINT_SERIAL_MIN 8

/* What the TBSCertificate is judged against. */
struct hc_lint_rules {
    const struct hc_cert *const
        *issuers; /* borrowed: the issuer first, then its issuer, ... the root last; n_issuers 0 for a root */
    size_t n_issuers;
};

struct hc_linted_tbs;

/*
 * hc_lint_tbs - judge a TBSCertificate.
 *
 * Checks: strict DER and a version 3 certificate; serial positive, 8 to 20 octets; validity in order and within the issuer's;
 * issuer name and key identifier are the issuer's; basicConstraints, keyUsage and extendedKeyUsage exactly the profile's and
 * critical where RFC 5280 says so; subject and authority key identifiers; subjectAltName present in leaves with names of the
 * profile's types; every name within the constraints of every CA above; no CA-only extension in a leaf.
 *
 *   rules    borrowed for the call
 *   tbs      borrowed for the call; its bytes are copied
 *   out      given to the caller on success, untouched on failure
 *
 * Fails with HC_E_OUTSIDE_CONSTRAINTS when names outside the issuers' constraints are the only fault, with HC_E_LINT otherwise
 * (e->text names every rule that failed), with HC_E_NOMEM.
 */
struct hc_rc hc_lint_tbs(const struct hc_lint_rules *rules, const struct hc_tbs *tbs, struct hc_linted_tbs **out,
                         struct hc_err *e);

void hc_linted_tbs_free(struct hc_linted_tbs *linted);
HC_DEFINE_AUTO(hc_linted_tbs)

/* The DER to be signed, byte for byte what was judged; borrowed until freed. */
struct hc_bytes hc_linted_tbs_der(const struct hc_linted_tbs *linted);

/* DER of the AlgorithmIdentifier that the signature must carry; borrowed until freed. */
struct hc_bytes hc_linted_tbs_sig_alg(const struct hc_linted_tbs *linted);

/* The profile that it was judged by. */
enum hc_profile hc_linted_tbs_profile(const struct hc_linted_tbs *linted);

/* The fields as read back, for the record: a certificate whose signature is empty. Borrowed until freed; never hand it out. */
const struct hc_cert *hc_linted_tbs_fields(const struct hc_linted_tbs *linted);

/*
 * hc_cert_assemble - put TBSCertificate, algorithm and signature together [RFC 5280 4.1.1].
 *
 *   sig_alg    DER of the AlgorithmIdentifier; must equal the one inside
 *   signature  the signature's bytes (for ECDSA the DER of Ecdsa-Sig-Value), as the signer returned them
 *   out        given to the caller on success, untouched on failure
 *
 * The signature is not verified here. Fails with HC_E_CERT_ALGORITHM_MISMATCH, HC_E_NOMEM, and as hc_cert_parse does.
 */
struct hc_rc hc_cert_assemble(const struct hc_linted_tbs *linted, struct hc_bytes sig_alg, struct hc_bytes signature,
                              struct hc_cert **out, struct hc_err *e);

#endif

/*
 * lint.h - nothing is signed that was not read back and judged.
 *
 * The rules live in pki/lint/, one a file, each a row: its id, its source and clause, one sentence. The lint parses the
 * TBSCertificate afresh, as a stranger would, and holds it against all of them: those of RFC 5280 and its kin, of
 * SPIFFE's X509-SVID, of the profile, and of the issuer with its constraints. Only hc_lint_tbs makes a struct
 * hc_linted_tbs, and the ledger, the signer and hc_cert_assemble take nothing else. hc_lint_cert holds anyone's
 * certificate against the rules that hold for anyone's.
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

/* ---- rules and what they found ---- */

enum hc_lint_level {
    HC_LINT_NOTE,    /* a SHOULD that was not followed, or a habit worth another look */
    HC_LINT_WARNING, /* some programs refuse it, or a SHOULD of weight */
    HC_LINT_ERROR,   /* breaks a MUST: never signed here */
};

/* One rule, for `lint --rules` and the documentation. Static storage. */
struct hc_lint_rule_row {
    const char *id;     /* "validity-order": stable; lower case, digits and '-' */
    const char *source; /* "RFC 5280", "RFC 8813", "SPIFFE", ..., "profile"; the clause begins with it */
    const char *clause; /* "RFC 5280 4.1.2.5" */
    enum hc_lint_level level;
    const char *sentence; /* what holds when the rule is kept: "The end does not lie before the beginning." */
};

/* The rules in the order of their ids; `i` from 0; NULL beyond the last. */
const struct hc_lint_rule_row *hc_lint_rule(size_t i);

struct hc_lint_finding {
    const struct hc_lint_rule_row *rule;
    enum hc_code code; /* HC_E_OUTSIDE_CONSTRAINTS for a name outside the issuers' constraints, HC_E_LINT otherwise */
    char text[256];    /* about this certificate: "notAfter lies before notBefore" */
};

#define HC_LINT_FINDINGS_MAX 64

struct hc_lint_report {
    struct hc_lint_finding finding[HC_LINT_FINDINGS_MAX];
    size_t n;
    size_t lost;     /* findings beyond the room for them */
    size_t n_errors; /* of all, lost ones too */
    size_t n_warnings;
    size_t n_notes;
};

/*
 * Judges anyone's certificate, well-formed by hc_cert_parse: every rule that needs neither our profile nor, when
 * `rules` is NULL or empty, an issuer. What is signed is looked at, the signature is not. Never fails; *out is filled.
 */
void hc_lint_cert(const struct hc_lint_rules *rules, const struct hc_cert *cert, struct hc_lint_report *out);

/* ---- before signing ---- */

struct hc_linted_tbs;

/*
 * hc_lint_tbs - judge a TBSCertificate.
 *
 *   rules    borrowed for the call
 *   tbs      borrowed for the call; its bytes are copied
 *   report   may be NULL; every finding, also on failure
 *   out      given to the caller on success, untouched on failure
 *
 * Fails with HC_E_OUTSIDE_CONSTRAINTS when names outside the issuers' constraints are the only errors, with HC_E_LINT
 * otherwise (e->text names every rule that failed, by id and finding, as far as there is room), with HC_E_NOMEM.
 * Warnings and notes do not fail.
 */
struct hc_rc hc_lint_tbs(const struct hc_lint_rules *rules, const struct hc_tbs *tbs, struct hc_lint_report *report,
                         struct hc_linted_tbs **out, struct hc_err *e);

void hc_linted_tbs_free(struct hc_linted_tbs *linted);
HC_DEFINE_AUTO(hc_linted_tbs)

/* The DER to be signed, byte for byte what was judged; borrowed until freed. */
struct hc_bytes hc_linted_tbs_der(const struct hc_linted_tbs *linted);

/* DER of the AlgorithmIdentifier that the signature must carry; borrowed until freed. */
struct hc_bytes hc_linted_tbs_sig_alg(const struct hc_linted_tbs *linted);

/* The profile that it was judged by. */
enum hc_profile hc_linted_tbs_profile(const struct hc_linted_tbs *linted);

/* The fields as read back, for the record: a certificate whose signature is empty. Borrowed until freed; never hand it
 * out. */
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

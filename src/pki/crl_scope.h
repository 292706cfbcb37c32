/*
 * crl_scope.h - for which certificates a CRL speaks [RFC 5280 5.2.5], and whether it speaks for this one [RFC 5280
 * 6.3.3 (b)(2)].
 *
 * The scope of a CRL is its issuingDistributionPoint; without one it is complete. A certificate names the distribution
 * points at which its issuer publishes its revocation. Nothing here allocates for long; any thread.
 */
#ifndef HC_PKI_CRL_SCOPE_H
#define HC_PKI_CRL_SCOPE_H

#include "base/bytes.h"
#include "base/err.h"

struct hc_cert;

/* ReasonFlags [RFC 5280 4.2.1.13]: named bit i is 1 << i; bit 0 is unused, 1 (keyCompromise) to 8 (aACompromise) are
 * all there are. */
#define HC_CRL_ALL_REASONS 0x1feu

/* Bounds the comparisons of one certificate with one CRL; real ones have one of each. What is beyond matches
 * nothing. */
#define HC_CRL_SCOPE_NAMES 32
#define HC_CRL_SCOPE_POINTS 32

/* DistributionPointName; both empty: absent. Contents, without tag and length. */
struct hc_crl_point_name {
    struct hc_bytes full;     /* GeneralNames */
    struct hc_bytes relative; /* the RelativeDistinguishedName, to be put after the name of the CRL's issuer */
};

struct hc_crl_scope {
    struct hc_crl_point_name point;
    bool only_user, only_ca, only_attribute;
    bool indirect;
    uint32_t reasons; /* HC_CRL_ALL_REASONS unless onlySomeReasons says less */
};

/* The scope of a CRL without an issuingDistributionPoint: everything. */
#define HC_CRL_SCOPE_COMPLETE ((struct hc_crl_scope){.reasons = HC_CRL_ALL_REASONS})

/* Reads the value of issuingDistributionPoint; false when it is malformed: an empty one, or two kinds of certificates
 * that exclude each other too, which an issuer MUST NOT write [RFC 5280 5.2.5]. Views into `value`. */
bool hc_crl_scope_parse(struct hc_bytes value, struct hc_crl_scope *out);

/*
 * For which reasons does a CRL of this scope, issued by the issuer of `cert`, speak for it? *reasons is 0 when it does
 * not. All distribution points of the certificate are looked at, and last the one that RFC 5280 6.3.3 assumes, of the
 * issuer's own name and for every reason. An indirect CRL, or a point whose cRLIssuer is not the certificate's issuer,
 * never matches. Fails with HC_E_NOMEM.
 */
struct hc_rc hc_crl_scope_match(const struct hc_crl_scope *scope, const struct hc_cert *cert, uint32_t *reasons,
                                struct hc_err *e);

/* *yes: the certificate has distribution points, and every one of them names another CRL issuer than its own, whose
 * CRLs would be indirect. Fails with HC_E_NOMEM. */
struct hc_rc hc_crl_scope_elsewhere(const struct hc_cert *cert, bool *yes, struct hc_err *e);

#endif

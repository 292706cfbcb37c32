/*
 * tbs.h - the certificate before it is signed: a TBSCertificate made from a profile and a request [RFC 5280 4.1.2].
 *
 * Version 3; critical basicConstraints and keyUsage; extendedKeyUsage as the profile says; subject key identifier by
 * method 1 of RFC 5280 4.2.1.2 and the issuer's as authority key identifier; subjectAltName, critical only when the
 * subject is empty [RFC 5280 4.2.1.6]; critical nameConstraints in a CA when asked for; where the issuer's CRL and
 * certificate are to be found, when asked for. Nothing signs it here: lint.h comes first.
 */
#ifndef HC_PKI_TBS_H
#define HC_PKI_TBS_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/cert.h"
#include "pki/profile.h"
#include "pki/subtree.h"

/* ub-common-name and ub-organization-name [RFC 5280 A.1], in characters. */
#define HC_TBS_NAME_CHARS 64
/* More names than any host has; keeps a certificate within one TLS record. */
#define HC_TBS_NAMES_MAX 100
#define HC_TBS_SUBTREES_MAX 100

struct hc_tbs_subtrees {
    const struct hc_subtree *at; /* borrowed */
    size_t n;
};

struct hc_tbs_request {
    enum hc_profile profile;
    /* UTF-8, for people to read only; NULL or "" for none; left out beyond HC_TBS_NAME_CHARS characters. */
    const char *common_name, *organisation;
    const struct hc_name *names; /* borrowed, n_names of them; they become the subjectAltName */
    size_t n_names;
    struct hc_bytes spki;          /* DER of the SubjectPublicKeyInfo */
    struct hc_bytes serial;        /* big-endian and unsigned; leading zeros are dropped; 1..20 bytes */
    int64_t not_before, not_after; /* seconds, UTC */
    const struct hc_cert *issuer;  /* borrowed; NULL makes a self-signed root */
    struct hc_bytes sig_alg;       /* DER of the AlgorithmIdentifier that the signature will carry */
    /* http:// URLs of the issuer's CRL (cRLDistributionPoints [RFC 5280 4.2.1.13]) and of its certificate in DER
     * (authorityInfoAccess, caIssuers [RFC 5280 4.2.2.1]); NULL or "": none. */
    const char *crl_url, *ca_url;
    /* CAs only. With any permitted subtree, every name type (dns, email, uri, ip) that no permitted subtree names is
     * excluded. */
    struct hc_tbs_subtrees permitted, excluded;
};

struct hc_tbs;

/*
 * hc_tbs_from_profile - compose the TBSCertificate.
 *
 *   request  borrowed for the call
 *   out      given to the caller on success, untouched on failure
 *
 * Fails with HC_E_PROFILE_NAME (a name that the profile does not take), HC_E_CERT_TOO_BIG (too many names),
 * HC_E_CERT_SERIAL, HC_E_CERT_CONTROL_BYTE (in common name or organisation), HC_E_DER (spki or sig_alg are not DER),
 * HC_E_TIME_FORMAT (a date beyond 9999), HC_E_PUBLIC_URL (crl_url or ca_url is no http:// URL), HC_E_NOMEM. A root
 * carries neither URL, given or not. Blocks never.
 */
struct hc_rc hc_tbs_from_profile(const struct hc_tbs_request *request, struct hc_tbs **out, struct hc_err *e);

void hc_tbs_free(struct hc_tbs *tbs);
HC_DEFINE_AUTO(hc_tbs)

/* The DER; borrowed until the tbs is freed. */
struct hc_bytes hc_tbs_der(const struct hc_tbs *tbs);

/* The profile that it was made from. */
enum hc_profile hc_tbs_profile(const struct hc_tbs *tbs);

/* DER of the AlgorithmIdentifier inside; borrowed until the tbs is freed. */
struct hc_bytes hc_tbs_sig_alg(const struct hc_tbs *tbs);

#endif

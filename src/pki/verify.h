/*
 * verify.h - judges a presented chain: the one way to a checked chain.
 *
 * path.h proposes chains. For each, libcrypto judges signatures and structure (hc_x509_chain_check), and this layer
 * judges the rest: dates (notAfter is the last valid second), purposes and key usage, names, name constraints of
 * every type at every CA and at the anchor, wildcards, CA-only extensions in a leaf, proxy certificates, revocation.
 * Both must accept. The report names every rule that failed.
 *
 * A checked chain says that a chain is good. It says nothing about who presented it: only a finished handshake does
 * (T46).
 */
#ifndef HC_PKI_VERIFY_H
#define HC_PKI_VERIFY_H

#include "base/auto.h"
#include "base/err.h"
#include "crypto/lib.h"
#include "pki/bundle.h"
#include "pki/cert.h"
#include "pki/name.h"
#include "pki/ocsp.h"
#include "pki/report.h"
#include "pki/revocation.h"

/* What the leaf is to be used for. Zero is not an answer. */
enum hc_verify_purpose {
    HC_VERIFY_UNSAID = 0,
    HC_VERIFY_SERVER, /* it was presented by a server: serverAuth */
    HC_VERIFY_CLIENT, /* it was presented by a client: clientAuth */
    /* serverAuth or clientAuth; for `verify` without --purpose, never for a connection. With HC_VERIFY_RFC5280: path
     * validation alone [RFC 5280 6], which asks for no purpose. */
    HC_VERIFY_EITHER,
};

/* Whose rules a chain is held against, besides those of RFC 5280 that all of them share. */
enum hc_verify_profile {
    HC_VERIFY_GATE,    /* ours, the strictest about what proves an identity: see verify_rules.h */
    HC_VERIFY_RFC5280, /* the letter of RFC 5280: nothing is asked for that it does not ask */
    HC_VERIFY_WEBPKI,  /* the CA/Browser Forum's baseline requirements for a server's chain */
    HC_VERIFY_SPIFFE,  /* X509-SVID: exactly one URI name, a spiffe:// one */
};

/* The certificate policies that are asked for [RFC 5280 6.1.1 (c) to (g)]. All zero: any policy, nothing demanded. */
struct hc_verify_policies {
    const struct hc_bytes *accepted; /* OIDs (contents octets), the user-initial-policy-set; none: any policy */
    size_t n;
    bool explicit_policy; /* initial-explicit-policy */
    bool inhibit_mapping; /* initial-policy-mapping-inhibit */
    bool inhibit_any;     /* initial-any-policy-inhibit */
};

#define HC_VERIFY_NO_CA SIZE_MAX /* as max_depth: the anchor itself must have issued the leaf */

/* All borrowed for the call. */
struct hc_verify_policy {
    const struct hc_bundle *bundle;
    enum hc_verify_purpose purpose;
    enum hc_verify_profile profile;
    enum hc_revocation_mode revocation;
    int64_t allow_stale; /* seconds beyond its nextUpdate for which a CRL still clears a certificate; 0: none */
    /* Ignored with HC_REVOCATION_NONE; otherwise NULL means that every CRL is missing. */
    const struct hc_revocation *crls;
    const struct hc_ocsp *const *ocsp; /* responses that were given or stapled; each is judged before it counts */
    size_t n_ocsp;
    const struct hc_name *name; /* the name that the leaf must carry; NULL: any */
    struct hc_verify_policies policies;
    size_t
        max_depth; /* CAs between the leaf and the anchor, self-issued ones too; 0: as many as path.h builds; HC_VERIFY_NO_CA: none */
    int64_t now; /* seconds */
};

/* What a peer presented, leaf first, in any order after it; at most HC_PATH_PRESENTED. Borrowed for the call. */
struct hc_presented {
    const struct hc_cert *const *cert;
    size_t n;
    struct hc_bytes staple; /* the OCSP response that came with it, empty: none; for whoever makes the policy */
};

struct hc_checked_chain;

/*
 * Judges a presented chain.
 *
 *   c        the library context that libcrypto's half runs in
 *   out      one owner of the checked chain on success, untouched on failure
 *   report   the caller called hc_report_init (which says whether passed steps are kept); on failure it describes the
 *            candidate chain that got furthest, with every rule it failed
 *
 * Fails with the code of hc_report_first(report): any of 10xx to 14xx. HC_E_UNKNOWN_ISSUER when no candidate reaches
 * an anchor;
 * HC_E_REVOCATION_UNSAID when the policy does not say how revocation is checked; HC_E_NOMEM, HC_E_LIBRARY.
 * Does not block. Any thread. Cost: a decode for each certificate below the anchor and a signature verification for
 * each link. Whatever is presented, it is given up after some milliseconds (HC_REPORT_EFFORT, HC_PATH_STEPS):
 * HC_E_PATH_BUDGET is then among the findings.
 */
struct hc_rc hc_verify(const struct hc_crypto *c, const struct hc_verify_policy *policy, struct hc_presented presented,
                       struct hc_checked_chain **out, struct hc_report *report, struct hc_err *e);

/*
 * Judges a checked chain again by everything but signatures, which cannot change: dates, names, constraints, purposes,
 * profile and policies, revocation, and that its anchor is still in the policy's bundle and may assert its names there.
 * For resumed sessions, cached chains and live connections, under a policy that may be another than the chain was
 * checked by. Fails as hc_verify does. Does not block. Cost: some microseconds.
 */
struct hc_rc hc_verify_recheck(const struct hc_crypto *c, const struct hc_checked_chain *chain,
                               const struct hc_verify_policy *policy, struct hc_report *report, struct hc_err *e);

/*
 * After a recheck failed: does `code` say that the peer has lost its right (revoked, expired, its anchor gone, names
 * that may no longer be asserted), so that what it has open must end? Not for a CRL that is missing, stale or cannot be
 * read: that keeps newcomers out, and ends nothing that was good when it began.
 */
bool hc_verify_ends(enum hc_code code);

/* One more owner; returns chain. Any thread. */
struct hc_checked_chain *hc_checked_chain_ref(struct hc_checked_chain *chain);
/* An owner less. NULL-safe. A chain never changes; any thread may read it. */
void hc_checked_chain_free(struct hc_checked_chain *chain);
HC_DEFINE_AUTO(hc_checked_chain)

/* Certificates in the chain: leaf at 0, the anchor last. Borrowed until the chain is freed. */
size_t hc_checked_chain_count(const struct hc_checked_chain *chain);
const struct hc_cert *hc_checked_chain_cert(const struct hc_checked_chain *chain, size_t depth);
const struct hc_cert *hc_checked_chain_leaf(const struct hc_checked_chain *chain);
const struct hc_cert *hc_checked_chain_anchor(const struct hc_checked_chain *chain);

/* SHA-256 over the certificates of the chain, the anchor included: the same for the same chain. 32 bytes, borrowed. */
struct hc_bytes hc_checked_chain_hash(const struct hc_checked_chain *chain);

/* The earliest notAfter of the chain, anchor included: the last second at which it holds. */
int64_t hc_checked_chain_not_after(const struct hc_checked_chain *chain);

#endif

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
#include "pki/report.h"
#include "pki/revocation.h"

/* What the leaf is to be used for. Zero is not an answer. */
enum hc_verify_purpose {
    HC_VERIFY_UNSAID = 0,
    HC_VERIFY_SERVER, /* it was presented by a server: serverAuth */
    HC_VERIFY_CLIENT, /* it was presented by a client: clientAuth */
    HC_VERIFY_EITHER, /* serverAuth or clientAuth; for `verify` without --purpose, never for a connection */
};

/* All borrowed for the call. */
struct hc_verify_policy {
    const struct hc_bundle *bundle;
    enum hc_verify_purpose purpose;
    enum hc_revocation_mode revocation;
    /* Ignored with HC_REVOCATION_NONE; otherwise NULL means that every CRL is missing. */
    const struct hc_revocation *crls;
    const struct hc_name *name; /* the name that the leaf must carry; NULL: any */
    int64_t now;                /* seconds */
};

/* What a peer presented, leaf first, in any order after it; at most HC_PATH_PRESENTED. Borrowed for the call. */
struct hc_presented {
    const struct hc_cert *const *cert;
    size_t n;
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
 * each link.
 */
struct hc_rc hc_verify(const struct hc_crypto *c, const struct hc_verify_policy *policy, struct hc_presented presented,
                       struct hc_checked_chain **out, struct hc_report *report, struct hc_err *e);

/*
 * Judges again what changes with time: dates and revocation of every certificate of the chain, and that its anchor is
 * still in the policy's bundle. For resumed sessions, cached chains and live connections. Fails as hc_verify does.
 */
struct hc_rc hc_verify_recheck(const struct hc_crypto *c, const struct hc_checked_chain *chain,
                               const struct hc_verify_policy *policy, struct hc_report *report, struct hc_err *e);

/* NULL-safe. A chain never changes; any thread may read it. */
void hc_checked_chain_free(struct hc_checked_chain *chain);
HC_DEFINE_AUTO(hc_checked_chain)

/* Certificates in the chain: leaf at 0, the anchor last. Borrowed until the chain is freed. */
size_t hc_checked_chain_count(const struct hc_checked_chain *chain);
const struct hc_cert *hc_checked_chain_cert(const struct hc_checked_chain *chain, size_t depth);
const struct hc_cert *hc_checked_chain_leaf(const struct hc_checked_chain *chain);
const struct hc_cert *hc_checked_chain_anchor(const struct hc_checked_chain *chain);

/* The earliest notAfter of the chain, anchor included: the last second at which it holds. */
int64_t hc_checked_chain_not_after(const struct hc_checked_chain *chain);

#endif

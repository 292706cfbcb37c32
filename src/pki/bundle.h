/*
 * bundle.h - the trust anchors: the only certificates that are trusted without a signature above them.
 *
 * A bundle is made whole or not at all, and never falls back to anything: the system's store is not consulted (T10).
 * It never changes, counts its owners, and may be used by any number of threads. Its certificates are kept as
 * libcrypto decoded them, so the struct hc_crypto given must outlive it.
 */
#ifndef HC_PKI_BUNDLE_H
#define HC_PKI_BUNDLE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/lib.h"

struct hc_bundle;
struct hc_cert;
struct hc_name;
struct hc_subtree;
struct hc_x509;

#define HC_BUNDLE_MAX_BYTES (4u << 20) /* the public web's roots together are 200 KB */
#define HC_BUNDLE_ANCHORS 1024         /* a private PKI has a handful; searching is linear */

/*
 * Reads PEM: one or more CERTIFICATE blocks, nothing else that is not text between blocks. The same certificate twice
 * counts once.
 *
 *   now   seconds; at least one anchor must be valid at that time. The dates of the one used are judged again for
 *   every chain.
 *
 * Fails with HC_E_BUNDLE: no certificate, one that is not a CA's (a leaf is never trusted by itself), all expired or
 * not yet valid, more than HC_BUNDLE_ANCHORS. Fails with the reader's own code (HC_E_PEM, HC_E_CERT_*, HC_E_DER) for a
 * malformed one, even among good ones; HC_E_TOO_BIG, HC_E_NOMEM, HC_E_LIBRARY.
 */
struct hc_rc hc_bundle_parse(const struct hc_crypto *c, struct hc_bytes pem, int64_t now, struct hc_bundle **out,
                             struct hc_err *e);

/* The same from a file; errors name it. Fails with hc_file_read's codes too (HC_E_FILE_MISSING, _UNREADABLE, _EMPTY).
 * Blocks. */
struct hc_rc hc_bundle_load(const struct hc_crypto *c, const char *path, int64_t now, struct hc_bundle **out,
                            struct hc_err *e);

/*
 * A bundle of several entries, each with what its anchors may assert here (T24). Two organisations that are both
 * trusted then cannot speak for each other, whatever their certificates say: what binds an anchor also binds a chain
 * that goes through another's certificate for the anchor's key.
 */
struct hc_bundle_entry {
    const char *name;    /* what rules call it (`issued-by`); NULL: it has none */
    const char *path;    /* PEM, as hc_bundle_load reads it; for messages when `pem` is given */
    struct hc_bytes pem; /* instead of reading `path`; empty: read it */
    const struct hc_subtree
        *asserts; /* none: every name. Any: every type of name that none of them is of is refused. */
    size_t n_asserts;
};

#define HC_BUNDLE_ENTRIES 64 /* organisations that one gate trusts */
#define HC_BUNDLE_ASSERTS 256

/* Fails as hc_bundle_load does, and with HC_E_BUNDLE when two entries hold the same anchor with different asserts or
 * names, or hold two anchors of one key. Blocks. */
struct hc_rc hc_bundle_load_entries(const struct hc_crypto *c, const struct hc_bundle_entry entry[], size_t n,
                                    int64_t now, struct hc_bundle **out, struct hc_err *e);

/* The name of the entry that anchor `i` came from, or NULL. Borrowed until the bundle is freed. */
const char *hc_bundle_entry_name(const struct hc_bundle *b, size_t i);

/* What anchor `i` may assert; *n 0: every name. Borrowed until the bundle is freed. */
const struct hc_subtree *hc_bundle_asserts(const struct hc_bundle *b, size_t i, size_t *n);

/* Are anchors `i` and `k` bound alike: one organisation's? */
bool hc_bundle_together(const struct hc_bundle *b, size_t i, size_t k);

/* Is anchor `i` self-signed, as far as its name says or, where that is another's and it has no authority key
 * identifier, as its signature proves? */
bool hc_bundle_self_signed(const struct hc_bundle *b, size_t i);

/* The anchor that is this very certificate; HC_BUNDLE_NONE when there is none. */
#define HC_BUNDLE_NONE SIZE_MAX
size_t hc_bundle_find(const struct hc_bundle *b, const struct hc_cert *cert);

/* An anchor with the key of this certificate; HC_BUNDLE_NONE when there is none. */
size_t hc_bundle_find_key(const struct hc_bundle *b, const struct hc_cert *cert);

/* One more owner; returns b. Each owner calls hc_bundle_free once. */
struct hc_bundle *hc_bundle_ref(struct hc_bundle *b);

/* NULL-safe. */
void hc_bundle_free(struct hc_bundle *b);
HC_DEFINE_AUTO(hc_bundle)

/* How many anchors; at least 1. Anchor `i`, borrowed until the bundle is freed, as we read it and as libcrypto did. */
size_t hc_bundle_count(const struct hc_bundle *b);
const struct hc_cert *hc_bundle_anchor(const struct hc_bundle *b, size_t i);
struct hc_x509 *hc_bundle_x509(const struct hc_bundle *b, size_t i);

/* True when the very same certificate (every byte) is an anchor. */
bool hc_bundle_has(const struct hc_bundle *b, const struct hc_cert *cert);

/* SHA-256 over the anchors (their fingerprints, entry names and asserts), sorted: the same for the same set in any
 * order, another one when anything about it differs. HC_SHA256_SIZE bytes. */
struct hc_bytes hc_bundle_hash(const struct hc_bundle *b);

#endif

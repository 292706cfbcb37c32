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

/* SHA-256 over the sorted SHA-256 fingerprints of the anchors: the same for the same set in any order. HC_SHA256_SIZE
 * bytes. */
struct hc_bytes hc_bundle_hash(const struct hc_bundle *b);

#endif

/*
 * ocsp.h - one OCSP response [RFC 6960], stapled by a peer or given as a file; parsed strictly once, then immutable.
 *
 * Nothing here asks a responder: no network in the handshake. A response counts only when it is signed by the very
 * issuer of the certificate, or by a responder that this issuer itself certified for the purpose (id-kp-OCSPSigning),
 * whose certificate is valid at the time (T15): the key of a sibling CA, of another issuer of the same name, of a
 * delegate without the purpose, of an expired delegate says nothing.
 *
 * Threads: immutable; any number may read.
 */
#ifndef HC_PKI_OCSP_H
#define HC_PKI_OCSP_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "crypto/lib.h"

struct hc_cert;
struct hc_ocsp;

#define HC_OCSP_MAX (64 * 1024) /* a response with its responder's chain has 2 to 5 KB */
#define HC_OCSP_ANSWERS 64      /* single responses in one */
#define HC_OCSP_CERTS 4         /* certificates in one */
#define HC_OCSP_SKEW (5 * 60)   /* a response may be this many seconds ahead of our clock */
#define HC_OCSP_AGE (7 * 86400) /* one without nextUpdate counts for this many seconds after thisUpdate */

/*
 * Parses one DER OCSPResponse with a BasicOCSPResponse; the input is copied and must be used up.
 * Fails with HC_E_OCSP_MALFORMED (also for another response type, an unknown critical extension, more than the bounds
 * above), HC_E_OCSP_UNKNOWN (the responder answers with an error: tryLater, unauthorized ...), HC_E_TOO_BIG,
 * HC_E_NOMEM.
 */
struct hc_rc hc_ocsp_parse(struct hc_bytes der, struct hc_ocsp **out, struct hc_err *e);

/* The same from a file, which errors name. Blocks. */
struct hc_rc hc_ocsp_load(const char *path, struct hc_ocsp **out, struct hc_err *e);

/* NULL-safe. */
void hc_ocsp_free(struct hc_ocsp *o);
HC_DEFINE_AUTO(hc_ocsp)

/* Has it an answer about this certificate of this issuer (CertID: hashes of the issuer's name and key, and the
 * serial)? */
bool hc_ocsp_is_about(const struct hc_ocsp *o, const struct hc_cert *cert, const struct hc_cert *issuer);

/*
 * What does it say of `cert`? HC_OK: it is good, and the response is current and rightly signed.
 *
 *   issuer   from a chain whose signatures were verified up to an anchor
 *
 * Fails with HC_E_REVOKED (rightly signed; a stale one still condemns), HC_E_OCSP_UNKNOWN (no answer about it, or the
 * status unknown), HC_E_OCSP_SIGNER, HC_E_OCSP_STALE, HC_E_NOMEM. Does not block; any thread. Cost: one or two
 * signature verifications.
 */
struct hc_rc hc_ocsp_check(const struct hc_crypto *c, const struct hc_ocsp *o, const struct hc_cert *cert,
                           const struct hc_cert *issuer, int64_t now, struct hc_err *e);

#endif

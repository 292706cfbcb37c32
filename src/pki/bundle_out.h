/*
 * bundle_out.h - the trust anchors in the forms that other programs read: PEM, PKCS #7, PKCS #12, SPIFFE's JWKS.
 *
 * All append to the caller's buffer, borrow the bundle for the call, and may be called from any thread.
 */
#ifndef HC_PKI_BUNDLE_OUT_H
#define HC_PKI_BUNDLE_OUT_H

#include "base/buf.h"
#include "base/secret.h"
#include "pki/bundle.h"

/* A cap that fits every form of the largest bundle: JWKS has each certificate twice, once as base64 and once as its
 * key. */
#define HC_BUNDLE_OUT_MAX ((size_t)16 << 20)

/*
 * Writes into `out` how lists of certificates in other programs show this anchor: "Handclasp Example Corp 1f2e3d4c",
 * with the organisation (or the common name) of its subject and the first digits of its fingerprint. ASCII only and
 * without a colon: NSS takes what is before one for the name of a device, and Java reads arguments in the locale's
 * encoding. Fails with HC_E_NOMEM.
 */
#define HC_BUNDLE_OUT_NAME 96
struct hc_rc hc_bundle_out_name(const struct hc_cert *anchor, char out[HC_BUNDLE_OUT_NAME], struct hc_err *e);

/* PEM; before each certificate a comment with its subject, fingerprint and end. hc_bundle_parse reads it back. */
struct hc_rc hc_bundle_out_pem(const struct hc_bundle *b, struct hc_buf *out, struct hc_err *e);

/* "PKCS7" PEM of a SignedData without signers, of certificates only [RFC 2315 9.1; RFC 5652 5.1]. */
struct hc_rc hc_bundle_out_pkcs7(const struct hc_bundle *b, struct hc_buf *out, struct hc_err *e);

/* A PKCS #12 truststore. Fails as hc_p12_truststore (crypto/p12.h): HC_E_TOO_BIG for more than HC_P12_CAS_MAX
 * anchors. */
struct hc_rc hc_bundle_out_p12(const struct hc_crypto *c, const struct hc_bundle *b, const struct hc_secret *passphrase,
                               struct hc_buf *out, struct hc_err *e);

/*
 * SPIFFE's bundle: a JWK Set [RFC 7517] with one "x509-svid" key an anchor [SPIFFE Trust Domain and Bundle 4].
 *
 *   sequence      grows with every change of the bundle
 *   refresh_hint  after how many seconds a reader should look again
 *
 * Fails with HC_E_CERT_WEAK_KEY for a key that is not RSA, EC on P-256, P-384 or P-521, or Ed25519.
 */
struct hc_bundle_out_jwks {
    int64_t sequence;
    int64_t refresh_hint;
};
struct hc_rc hc_bundle_out_jwks(const struct hc_bundle *b, const struct hc_bundle_out_jwks *how, struct hc_buf *out,
                                struct hc_err *e);

#endif

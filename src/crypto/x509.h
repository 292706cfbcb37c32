/*
 * x509.h - libcrypto's half of judging a chain.
 *
 * A path builder above proposes chains; this judges exactly the one it is given, builds no other and looks nothing
 * up: no default store, no environment, no network. Dates, purposes of the leaf, names, policies and revocation
 * are judged above; both must accept.
 */
#ifndef HC_CRYPTO_X509_H
#define HC_CRYPTO_X509_H

#include "base/bytes.h"
#include "crypto/lib.h"

struct hc_x509; /* a certificate as libcrypto decoded it; reference-counted, never changes, any thread */
struct x509_st; /* libcrypto's X509 */

#define HC_X509_DER_MAX 131072 /* twice the longest that any peer presents with hundreds of names */
#define HC_X509_CHAIN_MAX 16   /* certificates in a chain, leaf and anchor included */

/*
 * Decodes one certificate, its public key included (some 100 microseconds on OpenSSL 3.0: keep it). The bytes are
 * copied. Fails with HC_E_CERT_MALFORMED (bytes left over too), HC_E_CERT_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_x509_from_der(const struct hc_crypto *c, struct hc_bytes der, struct hc_x509 **out, struct hc_err *e);

/* One more owner; returns x. Each owner calls hc_x509_free once. */
struct hc_x509 *hc_x509_ref(struct hc_x509 *x);

/* NULL-safe. */
void hc_x509_free(struct hc_x509 *x);
HC_DEFINE_AUTO(hc_x509)

/* For net/tls. Borrowed; valid until hc_x509_free. */
struct x509_st *hc_x509_raw(const struct hc_x509 *x);

/* What libcrypto held against a chain. */
struct hc_x509_verdict {
    unsigned depth; /* of which certificate: 0 is the leaf */
    int v_err;      /* X509_V_ERR_* number; 0 (X509_V_OK) when accepted */
};

/*
 * Judges signatures and structure of one chain [RFC 5280 6.1, without its dates, policies and revocation].
 *
 *   chain     leaf first, the trust anchor last; n from 1 to HC_X509_CHAIN_MAX. The anchor is trusted because it
 *             is the last, self-signed or not, and its own signature is not judged; its key, constraints and
 *             extensions are.
 *   verdict   filled on success and on failure
 *
 * Fails with HC_E_BAD_SIGNATURE, HC_E_UNKNOWN_ISSUER (a certificate is not issued by the next one: names or key
 * identifiers differ), HC_E_NOT_A_CA, HC_E_PATH_LENGTH, HC_E_CA_KEY_USAGE, HC_E_NAME_NOT_PERMITTED, HC_E_NAME_EXCLUDED,
 * HC_E_NAME_CONSTRAINT_SYNTAX, HC_E_CERT_UNKNOWN_CRITICAL, HC_E_CERT_EXTENSION, HC_E_CERT_PROXY, HC_E_CERT_WEAK_KEY,
 * HC_E_CERT_WEAK_SIGNATURE, HC_E_CERT_ALGORITHM_MISMATCH, HC_E_CHAIN_TOO_LONG, HC_E_NOMEM; everything else
 * is HC_E_CHAIN_REFUSED with libcrypto's reason in e->text, including a chain that is not the one libcrypto judged.
 * Cost: one signature verification for each certificate below the anchor.
 */
struct hc_rc hc_x509_chain_check(const struct hc_crypto *c, struct hc_x509 *const chain[], size_t n,
                                 struct hc_x509_verdict *verdict, struct hc_err *e);

/*
 * The same by path validation alone [RFC 5280 6.1]: without X509_V_FLAG_X509_STRICT, which also asks for what section 4
 * tells CAs to write (critical basic constraints, key identifiers, key usages). For conformance; never for a gate.
 */
struct hc_rc hc_x509_chain_check_path_only(const struct hc_crypto *c, struct hc_x509 *const chain[], size_t n,
                                           struct hc_x509_verdict *verdict, struct hc_err *e);

#endif

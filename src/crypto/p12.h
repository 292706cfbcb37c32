/*
 * p12.h - PKCS #12 files [RFC 7292] that carry a person's key and certificates into a browser or a phone.
 *
 * Key and certificates are encrypted with PBES2: AES-256-CBC under PBKDF2-HMAC-SHA256; the integrity check is
 * HMAC-SHA256. NSS (Firefox, Chromium on Linux), OpenSSL and GnuTLS read that; so should every system since about
 * 2018. Older ones know only RC2 and SHA-1, which are never written here. NSS imports no Ed25519 key: give people
 * P-256.
 */
#ifndef HC_CRYPTO_P12_H
#define HC_CRYPTO_P12_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/key.h"

#define HC_P12_CAS_MAX 10 /* the certificates of one chain */
#define HC_P12_MAX 262144 /* a cap that fits every file made here, for the caller's buffer */

/* All borrowed for the call. */
struct hc_p12_parts {
    const struct hc_key *key;
    struct hc_bytes leaf;       /* DER certificate of `key` */
    const struct hc_bytes *cas; /* DER certificates above the leaf, in any order; with the root if it should travel */
    size_t n_cas;               /* at most HC_P12_CAS_MAX */
    const char *name;           /* how programs list it ("friendly name"), UTF-8, 1 to 255 bytes */
};

/*
 * Appends the DER file to `out`.
 *
 *   passphrase   required, not empty, without NUL; keep to ASCII, because programs disagree on how to encode the rest
 *
 * Fails with HC_E_KEY_MISMATCH (the leaf is another key's), HC_E_CERT_MALFORMED, HC_E_PASSPHRASE_NEEDED (empty),
 * HC_E_TOO_BIG, HC_E_LIBRARY, HC_E_NOMEM. Costs tens of milliseconds: that is the file's protection.
 */
struct hc_rc hc_p12_build(const struct hc_crypto *c, const struct hc_p12_parts *parts,
                          const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e);

#endif

/*
 * key.h - private keys.
 *
 * A struct hc_key owns a private key of an accepted kind (spki.h) and, with it, the public one. It never changes,
 * so any number of threads may use it. The private part is wiped when the key is freed and leaves it only through
 * hc_key_to_pem.
 */
#ifndef HC_CRYPTO_KEY_H
#define HC_CRYPTO_KEY_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/lib.h"

struct hc_key;
struct hc_signed;   /* spki.h */
struct evp_pkey_st; /* libcrypto's EVP_PKEY */

enum hc_key_kind {
    HC_KEY_P256,
    HC_KEY_P384,
    HC_KEY_P521,
    HC_KEY_ED25519,
    HC_KEY_RSA, /* HC_KEY_RSA_BITS bits when generated here */
};

/*
 * The words for kinds of keys that are made here, as people write them: p256, p384, ed25519, rsa3072 (any case, and
 * P-256 too). Fails with HC_E_USAGE, naming the words there are; P-521 is read but not made: RFC 8813 and browsers do
 * without it.
 */
struct hc_rc hc_key_kind_parse(struct hc_bytes word, enum hc_key_kind *out, struct hc_err *e);

/* "P-256", "P-384", "P-521", "Ed25519", "RSA": as people read it; hc_key_kind_parse reads back what it knows. Static
 * storage. */
const char *hc_key_kind_text(enum hc_key_kind kind);

/* Of a public key (DER SubjectPublicKeyInfo), by its AlgorithmIdentifier; HC_KEY_RSA for everything that is no other
 * kind. */
enum hc_key_kind hc_key_kind_of(struct hc_bytes spki);

#define HC_KEY_RSA_BITS 3072       /* 128 bits of security, the same as P-256 */
#define HC_KEY_PEM_MAX 65536       /* a PEM file with a key and a long chain beside it */
#define HC_KEY_PASSPHRASE_MAX 1000 /* the openssl command reads no longer one */
#define HC_KEY_SIGNATURE_MAX 1024  /* RSA of 8192 bits */

/* Fails with HC_E_LIBRARY, HC_E_NOMEM. Costs microseconds, for RSA up to seconds. */
struct hc_rc hc_key_generate(const struct hc_crypto *c, enum hc_key_kind kind, struct hc_key **out, struct hc_err *e);

/*
 * The first private key in a PEM file: PKCS #8 plain or encrypted [RFC 5958], SEC 1 [RFC 5915] and PKCS #1 [RFC
 * 8017], the last two also with the encryption that old openssl commands wrote. Other PEM blocks in front of it
 * are passed over.
 *
 *   passphrase   NULL when there is none; not needed for, and not tried on, a key that is not encrypted
 *
 * Fails with HC_E_PASSPHRASE_NEEDED (encrypted, and passphrase is NULL), HC_E_PASSPHRASE_WRONG (encrypted, and it
 * does not open it), HC_E_PEM (no PEM block of a private key), HC_E_KEY_FORMAT (a block that cannot be read, or is
 * encrypted in a way that is not supported), HC_E_CERT_WEAK_KEY (a key of a kind or size that is not accepted),
 * HC_E_TOO_BIG, HC_E_NOMEM. An encrypted key costs some 150 ms: that is its protection.
 */
struct hc_rc hc_key_from_pem(const struct hc_crypto *c, struct hc_bytes pem, const struct hc_secret *passphrase,
                             struct hc_key **out, struct hc_err *e);

/* NULL-safe. */
void hc_key_free(struct hc_key *key);
HC_DEFINE_AUTO(hc_key)

/*
 * Appends the key as PKCS #8 PEM: encrypted when there is a passphrase, plain when it is NULL.
 *
 *   out   HC_BUF_SECRET of the caller's, who wipes it
 *
 * Fails with HC_E_PASSPHRASE_NEEDED (the passphrase is empty), HC_E_TOO_BIG (the passphrase or the buffer's cap),
 * HC_E_LIBRARY, HC_E_NOMEM.
 */
struct hc_rc hc_key_to_pem(const struct hc_key *key, const struct hc_secret *passphrase, struct hc_buf *out,
                           struct hc_err *e);

enum hc_key_kind hc_key_kind(const struct hc_key *key);

/* Appends the public key as DER SubjectPublicKeyInfo. Fails with HC_E_LIBRARY, HC_E_TOO_BIG, HC_E_NOMEM. */
struct hc_rc hc_key_spki(const struct hc_key *key, struct hc_buf *out, struct hc_err *e);

/* True when `spki` (DER SubjectPublicKeyInfo) is this key's public half; false also when it cannot be read. */
bool hc_key_matches_spki(const struct hc_key *key, struct hc_bytes spki);

/*
 * The AlgorithmIdentifier (DER) of the signatures that hc_key_sign makes: ecdsa-with-SHA256 for P-256, -SHA384 for
 * P-384, -SHA512 for P-521 [RFC 5758 3.2], Ed25519 [RFC 8410 3], sha256WithRSAEncryption [RFC 4055 5]. Static storage.
 */
struct hc_bytes hc_key_signature_algorithm(const struct hc_key *key);

/*
 * Appends a signature over `message` in the form that certificates and CRLs carry. Fails with HC_E_LIBRARY,
 * HC_E_TOO_BIG, HC_E_NOMEM.
 */
struct hc_rc hc_key_sign(const struct hc_key *key, struct hc_bytes message, struct hc_buf *out, struct hc_err *e);

/*
 * Verifies a signature by the key's own public half: hc_spki_verify without decoding a key that is here decoded, half
 * of what that costs. It says nothing about whose key this is: hc_key_matches_spki does. Fails as hc_spki_verify, never
 * with HC_E_CERT_WEAK_KEY.
 */
struct hc_rc hc_key_verify(const struct hc_key *key, const struct hc_signed *what, struct hc_err *e);

/* For net/tls, which hands it to libssl. Borrowed; valid until hc_key_free unless its own count is raised. */
struct evp_pkey_st *hc_key_evp(const struct hc_key *key);

#endif

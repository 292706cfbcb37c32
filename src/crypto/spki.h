/*
 * spki.h - public keys as certificates carry them (DER SubjectPublicKeyInfo, RFC 5280 4.1.2.7), and their signatures.
 *
 * Accepted keys: RSA and RSA-PSS of 2048 to 8192 bits (a multiple of 8, with a sound exponent), EC on P-256, P-384
 * and P-521 as named curves, Ed25519. Accepted signatures: ECDSA and RSA (PKCS #1 v1.5 and PSS) with SHA-256,
 * SHA-384 or SHA-512, and Ed25519. Input may come from a stranger; its length is bounded by HC_SPKI_MAX before
 * anything is decoded.
 */
#ifndef HC_CRYPTO_SPKI_H
#define HC_CRYPTO_SPKI_H

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/lib.h"

struct evp_pkey_st;     /* libcrypto's EVP_PKEY */
struct X509_algor_st;   /* libcrypto's X509_ALGOR */
struct ossl_lib_ctx_st; /* libcrypto's OSSL_LIB_CTX */

#define HC_SPKI_MAX 4096          /* an RSA key of 8192 bits needs some 1100 bytes */
#define HC_SPKI_RSA_MIN 2048      /* 112 bits of security, as RFC 9325 4.5 recommends */
#define HC_SPKI_EXPONENT_MAX 64   /* bits; a longer one makes a short key cost as much as a private operation */
#define HC_SPKI_RSA_MAX 8192      /* what one verification may cost a stranger's victim: a millisecond */
#define HC_SPKI_ALGORITHM_MAX 512 /* PSS with every parameter written out needs under 100 bytes */

/* Is the key of an accepted kind and strength? Fails with HC_E_CERT_WEAK_KEY (unreadable ones too), HC_E_NOMEM. */
struct hc_rc hc_spki_strength(const struct hc_crypto *c, struct hc_bytes spki, struct hc_err *e);

/* What was signed, and how. All borrowed. */
struct hc_signed {
    struct hc_bytes algorithm; /* the AlgorithmIdentifier, DER, tag and length included */
    struct hc_bytes message;   /* the bytes under the signature */
    struct hc_bytes signature; /* the BIT STRING's contents, without its octet of unused bits */
};

/*
 * Verifies a signature by the key in `spki`. Fails with HC_E_CERT_WEAK_KEY as hc_spki_strength does,
 * HC_E_CERT_WEAK_SIGNATURE (an algorithm that is not accepted: SHA-1, MD5, unknown or with unexpected parameters),
 * HC_E_BAD_SIGNATURE (anything else, a key of another kind than the algorithm among them), HC_E_NOMEM.
 */
struct hc_rc hc_spki_verify(const struct hc_crypto *c, struct hc_bytes spki, const struct hc_signed *what,
                            struct hc_err *e);

/*
 * Which digest of the message the algorithm signs: for a message that is too long to be kept and is digested while it
 * is read. HC_HASH_NONE for Ed25519, which needs the message itself. Fails with HC_E_CERT_WEAK_SIGNATURE as
 * hc_spki_verify does.
 */
struct hc_rc hc_spki_hash(struct hc_bytes algorithm, enum hc_hash_kind *out, struct hc_err *e);

/*
 * The same verification when `what->message` is the digest of the message, made with the hash that hc_spki_hash
 * named. Fails as hc_spki_verify does; HC_E_BAD_SIGNATURE also for Ed25519 and for a digest of another length.
 */
struct hc_rc hc_spki_verify_digest(const struct hc_crypto *c, struct hc_bytes spki, const struct hc_signed *what,
                                   struct hc_err *e);

/* For the files of this module: the same judgements on what libcrypto has already decoded. */
struct hc_rc hc_spki_check_key(const struct evp_pkey_st *key, struct hc_err *e);
struct hc_rc hc_spki_check_algorithm(const struct X509_algor_st *algorithm, struct hc_err *e);

/* hc_spki_verify by a key that is decoded and was judged already. */
struct hc_rc hc_spki_verify_by(struct evp_pkey_st *key, struct ossl_lib_ctx_st *lib, const struct hc_signed *what,
                               struct hc_err *e);

#endif

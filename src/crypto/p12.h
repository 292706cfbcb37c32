/*
 * p12.h - PKCS #12 files [RFC 7292]: a person's key and certificates, or a set of trust anchors, for programs of other
 * people.
 *
 * No two platforms import the same algorithms, so a file is made for one of them: a row of one table (p12_kind.c) says
 * which encryption, which integrity check and which attributes that platform reads.
 *
 * The newest of them is PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC and a SHA-256 integrity check; the oldest that
 * is ever written is the PKCS #12 3DES scheme with a SHA-1 check, for platforms that refuse every other. Such a file is
 * only as safe as its passphrase, so a short one is refused: give it one from hc_random_text. RC2 is never written.
 */
#ifndef HC_CRYPTO_P12_H
#define HC_CRYPTO_P12_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/key.h"

#define HC_P12_CAS_MAX 10   /* the certificates of one chain, or anchors of one truststore */
#define HC_P12_MAX 262144   /* a cap that fits every file made here, for the caller's buffer */
#define HC_P12_NAME_MAX 255 /* bytes: what lists of certificates have room to show */
/* Bytes of a legacy kind's passphrase. Its 3DES is sound, but 2048 rounds of SHA-1 hardly slow a guesser down. */
#define HC_P12_LEGACY_PASSPHRASE_MIN 12

/* For whom a file is made. */
enum hc_p12_for {
    HC_P12_MODERN, /* OpenSSL 1.1 and later, GnuTLS, NSS, Java 11.0.12 and later, Windows Server 2019 and later */
    HC_P12_ANDROID,
    HC_P12_IOS,
    HC_P12_MACOS,
    HC_P12_WINDOWS,
    HC_P12_FIREFOX,
    HC_P12_JAVA,
};

struct hc_p12_row {
    enum hc_p12_for kind;
    const char *word;  /* "android": what the user writes */
    const char *means; /* one line for people: what it is written with and what reads it */
    bool legacy;       /* 3DES and SHA-1: needs a passphrase of at least HC_P12_LEGACY_PASSPHRASE_MIN bytes */
    bool profile;      /* a configuration profile (.mobileconfig) belongs to it */
    bool ed25519;      /* imports an Ed25519 key */
};

/* The row; static storage. The rows in order; NULL beyond the last. */
const struct hc_p12_row *hc_p12_row(enum hc_p12_for kind);
const struct hc_p12_row *hc_p12_row_at(size_t i);

/* The platform that the word names. Fails with HC_E_USAGE, naming the words there are. */
struct hc_rc hc_p12_parse_for(struct hc_bytes word, enum hc_p12_for *out, struct hc_err *e);

/*
 * Would hc_p12_build take a key of this kind and this passphrase for that platform? Asked before a certificate is
 * recorded, so that nothing is signed that cannot be handed out. A NULL passphrase passes: hc_random_text makes one
 * that does. Fails with HC_E_USAGE (a key of a kind that this platform does not import; a passphrase too short for its
 * old algorithms), HC_E_PASSPHRASE_NEEDED (an empty one, or one with a NUL), HC_E_TOO_BIG (the passphrase).
 */
struct hc_rc hc_p12_check(enum hc_p12_for kind, enum hc_key_kind key, const struct hc_secret *passphrase,
                          struct hc_err *e);

/* All borrowed for the call. */
struct hc_p12_parts {
    enum hc_p12_for kind;
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
 * Fails as hc_p12_check does, and with HC_E_KEY_MISMATCH (the leaf is another key's), HC_E_CERT_MALFORMED, HC_E_TOO_BIG
 * (also a name that is empty or too long), HC_E_LIBRARY, HC_E_NOMEM. Costs tens of milliseconds: that is the file's
 * protection.
 */
struct hc_rc hc_p12_build(const struct hc_crypto *c, const struct hc_p12_parts *parts,
                          const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e);

/* A truststore: certificates without a key. Each carries a friendly name and Java's trustedKeyUsage attribute
 * (2.16.840.1.113894.746875.1.1) with anyExtendedKeyUsage, without which Java does not take it for a trust anchor. */
struct hc_p12_anchor {
    struct hc_bytes der;
    const char *name; /* UTF-8, 1 to 255 bytes */
};

/*
 * Appends the DER file of `n` anchors (1 to HC_P12_CAS_MAX), written as HC_P12_MODERN. Fails with
 * HC_E_PASSPHRASE_NEEDED (empty, or with a NUL), HC_E_TOO_BIG, HC_E_USAGE (no anchor; two of one name, of which Java
 * would keep one), HC_E_CERT_MALFORMED, HC_E_LIBRARY, HC_E_NOMEM.
 */
struct hc_rc hc_p12_truststore(const struct hc_crypto *c, const struct hc_p12_anchor *anchors, size_t n,
                               const struct hc_secret *passphrase, struct hc_buf *out, struct hc_err *e);

#endif

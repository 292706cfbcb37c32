/*
 * pbe.h - how something is encrypted under a passphrase, and what it would cost to open it, read before anything is opened.
 *
 * The number of rounds is chosen by whoever made the file. A stranger's file with two billion rounds is no lock but a trap,
 * so readers ask here first.
 */
#ifndef HC_CRYPTO_PBE_H
#define HC_CRYPTO_PBE_H

#include "base/bytes.h"
#include "crypto/lib.h"

struct X509_algor_st; /* libcrypto's X509_ALGOR */

/* Of all derivations of one file together: some two seconds. This program writes 600,000, NSS 1,000,000. */
#define HC_PBE_ROUNDS_MAX UINT64_C(10000000)

enum hc_pbe_kind {
    HC_PBE_READABLE,
    HC_PBE_LEGACY,  /* by RC2, RC4 or DES, which nobody should trust any more: not read here */
    HC_PBE_UNKNOWN, /* by something that is not known here */
};

struct hc_pbe {
    enum hc_pbe_kind kind;
    uint64_t rounds; /* in iterations of HMAC-SHA-256; scrypt is reckoned in them */
    char text[96];   /* for people: "AES-256-CBC, PBKDF2 with 600000 rounds" */
};

/* Reads an AlgorithmIdentifier that libcrypto decoded. Never fails: what cannot be read is HC_PBE_UNKNOWN. */
void hc_pbe_read(const struct hc_crypto *c, const struct X509_algor_st *algorithm, struct hc_pbe *out);

/* The same for an EncryptedPrivateKeyInfo in DER [RFC 5958 3]. */
void hc_pbe_read_pkcs8(const struct hc_crypto *c, struct hc_bytes der, struct hc_pbe *out);

#endif

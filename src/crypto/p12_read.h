/*
 * p12_read.h - what is in a PKCS #12 file of anybody's [RFC 7292]: certificates, CRLs, private keys, and the names that
 * programs list them under.
 *
 * The file is a stranger's. Its size, the number of things in it, the depth of its nesting and the work that its rounds of
 * key derivation ask for are bounded before the work is done. What is encrypted by RC2, RC4 or single DES, as old programs
 * do, is not opened: the ciphers are not in this program's corner of libcrypto (lib.h), and the refusal says how to convert
 * the file.
 */
#ifndef HC_CRYPTO_P12_READ_H
#define HC_CRYPTO_P12_READ_H

#include "base/auto.h"
#include "base/secret.h"
#include "crypto/key.h"

#define HC_P12_READ_MAX (8u << 20) /* bytes; a truststore with every public root has some 300 KB */
#define HC_P12_READ_THINGS 512     /* certificates, CRLs, keys: each */
#define HC_P12_READ_DEPTH 4        /* bags within bags; real files have one level */

struct hc_p12_read;

/*
 * Opens the file.
 *
 *   file        DER, or the BER that some programs write; borrowed for the call
 *   passphrase  NULL: none. What is open without one, or under an empty one, is opened in either case
 *   out         given to the caller on success, untouched on failure
 *
 * Fails with HC_E_PASSPHRASE_NEEDED, HC_E_PASSPHRASE_WRONG (or the file is damaged: its integrity check cannot tell them
 * apart), HC_E_P12 (no PKCS #12, old ciphers, an integrity check that is not known, more rounds than HC_PBE_ROUNDS_MAX),
 * HC_E_TOO_BIG, HC_E_NOMEM. Costs what its rounds cost, at most some seconds.
 */
struct hc_rc hc_p12_read_new(const struct hc_crypto *c, struct hc_bytes file, const struct hc_secret *passphrase,
                             struct hc_p12_read **out, struct hc_err *e);

/* NULL-safe. */
void hc_p12_read_free(struct hc_p12_read *p);
HC_DEFINE_AUTO(hc_p12_read)

/* The i-th certificate and CRL, DER, in the order of the file. *name gets what the file calls it, UTF-8 of a stranger's,
 * or nothing; name may be NULL. Borrowed until the file is freed. */
size_t hc_p12_read_certs(const struct hc_p12_read *p);
struct hc_bytes hc_p12_read_cert(const struct hc_p12_read *p, size_t i, struct hc_bytes *name);
size_t hc_p12_read_crls(const struct hc_p12_read *p);
struct hc_bytes hc_p12_read_crl(const struct hc_p12_read *p, size_t i);

/* One private key. All borrowed until the file is freed. */
struct hc_p12_read_key {
    const struct hc_key *key;     /* NULL: of a kind or size that is not accepted */
    const struct hc_err *refused; /* why then; otherwise NULL */
    struct hc_bytes name;
    bool bare; /* it lies there without encryption of its own, and in no encrypted part */
};
size_t hc_p12_read_keys(const struct hc_p12_read *p);
struct hc_p12_read_key hc_p12_read_key(const struct hc_p12_read *p, size_t i);

/* How many things of other kinds were passed over: secrets of applications. */
size_t hc_p12_read_others(const struct hc_p12_read *p);

#endif

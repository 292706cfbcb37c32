/*
 * hash.h - a message digest of bytes that come in pieces; digest.h is for what lies in memory whole.
 */
#ifndef HC_CRYPTO_HASH_H
#define HC_CRYPTO_HASH_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#define HC_HASH_MAX 64 /* bytes of the longest one, SHA-512 */

enum hc_hash_kind {
    HC_HASH_NONE = 0, /* of a signature scheme that wants the whole message: Ed25519 */
    HC_HASH_SHA256,
    HC_HASH_SHA384,
    HC_HASH_SHA512,
};

struct hc_hash;

/* Begins one; `kind` is not HC_HASH_NONE. Fails with HC_E_NOMEM. One thread at a time. */
struct hc_rc hc_hash_new(enum hc_hash_kind kind, struct hc_hash **out, struct hc_err *e);

/* NULL-safe. */
void hc_hash_free(struct hc_hash *h);
HC_DEFINE_AUTO(hc_hash)

/* As in digest.h, should libcrypto be unable to go on, the program is aborted: a wrong digest would be worse. */
void hc_hash_add(struct hc_hash *h, struct hc_bytes more);

/* Ends it and returns how many bytes of `out` are filled. Nothing may be added afterwards. */
size_t hc_hash_end(struct hc_hash *h, uint8_t out[HC_HASH_MAX]);

#endif

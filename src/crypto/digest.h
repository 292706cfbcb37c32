/*
 * digest.h - message digests of bytes in memory.
 *
 * A digest cannot fail on any input. Should libcrypto ever be unable to give one (it is out of memory), the program is
 * aborted: a wrong or empty digest would make two different things compare equal, and no caller could do better.
 * Both may be called from any thread, with or without a struct hc_crypto.
 */
#ifndef HC_CRYPTO_DIGEST_H
#define HC_CRYPTO_DIGEST_H

#include "base/bytes.h"

#define HC_SHA256_SIZE 32
#define HC_SHA1_SIZE 20

void hc_sha256(struct hc_bytes in, uint8_t out[HC_SHA256_SIZE]);

/* Only to name keys [RFC 5280 4.2.1.2 (1)], where nothing rests on its strength; never under a signature. */
void hc_sha1(struct hc_bytes in, uint8_t out[HC_SHA1_SIZE]);

#endif

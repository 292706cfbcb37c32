/*
 * random.h - random bytes from libcrypto's private generator, seeded by the operating system.
 *
 * All fail with HC_E_LIBRARY when the generator cannot be seeded; nothing weaker ever takes its place.
 */
#ifndef HC_CRYPTO_RANDOM_H
#define HC_CRYPTO_RANDOM_H

#include "base/buf.h"
#include "base/secret.h"
#include "crypto/lib.h"

/*
 * Appends `n` random bytes to `out`; untouched on failure. Fails with HC_E_NOMEM, HC_E_TOO_BIG (the buffer's cap),
 * HC_E_LIBRARY.
 */
struct hc_rc hc_random_fill(const struct hc_crypto *c, struct hc_buf *out, size_t n, struct hc_err *e);

/*
 * A passphrase for people to copy, such as "k7mq-2fzt-9xwd-h4rp": groups of four characters of an alphabet of 32
 * in which no two look alike, 20 bits a group. `groups` below HC_RANDOM_GROUPS_MIN counts as that, above
 * HC_RANDOM_GROUPS_MAX as that. The text has no final NUL. Fails with HC_E_NOMEM, HC_E_LIBRARY.
 */
#define HC_RANDOM_GROUPS_MIN 4 /* 80 bits: out of reach even where the key derivation is weak */
#define HC_RANDOM_GROUPS_MAX 16
struct hc_rc hc_random_text(const struct hc_crypto *c, size_t groups, struct hc_secret **out, struct hc_err *e);

#endif

/*
 * secret.h - owns a key or a passphrase: fixed size, wiped when freed, and nothing in this program can print one.
 */
#ifndef HC_BASE_SECRET_H
#define HC_BASE_SECRET_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct hc_secret;

/* A secret of `n` zero bytes; n may be 0. Fails with HC_E_NOMEM. */
struct hc_rc hc_secret_new(size_t n, struct hc_secret **out, struct hc_err *e);

/* A copy of `from`; the caller still has to wipe the original. Fails with HC_E_NOMEM. */
struct hc_rc hc_secret_copy(struct hc_bytes from, struct hc_secret **out, struct hc_err *e);

/* Wipes and releases. NULL-safe. */
void hc_secret_free(struct hc_secret *s);
HC_DEFINE_AUTO(hc_secret)

/* Borrowed until the secret is freed. NULL gives the empty view. */
struct hc_bytes hc_secret_view(const struct hc_secret *s);

/* Where the bytes are written: hc_secret_view(s).n of them. */
uint8_t *hc_secret_data(struct hc_secret *s);

#endif

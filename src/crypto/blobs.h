/*
 * blobs.h - a bounded list of byte strings that it owns: what comes out of a file that holds several things.
 */
#ifndef HC_CRYPTO_BLOBS_H
#define HC_CRYPTO_BLOBS_H

#include "base/buf.h"

struct hc_blobs {
    struct hc_buf *at; /* n of them */
    size_t n;
    size_t max; /* of n; 0: none may be added */
};

/* Appends a copy. Fails with HC_E_TOO_BIG (the list is full), HC_E_NOMEM; the list is then as it was. */
struct hc_rc hc_blobs_add(struct hc_blobs *b, struct hc_bytes bytes, struct hc_err *e);

/* Borrowed until the list is freed; i < n. */
struct hc_bytes hc_blobs_view(const struct hc_blobs *b, size_t i);

/* Releases everything; the list is empty then and keeps its bound. */
void hc_blobs_fini(struct hc_blobs *b);

#endif

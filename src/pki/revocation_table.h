/*
 * revocation_table.h - the revoked serials of one CRL: packed, sorted, exact. For revocation*.c only.
 *
 * An entry is as wide as the longest serial of its CRL and five bytes more: 21 bytes for serials of 128 bits, so that a
 * million of them are 21 MB. Filled unsorted, sorted in place once, then read-only for any number of threads.
 */
#ifndef HC_PKI_REVOCATION_TABLE_H
#define HC_PKI_REVOCATION_TABLE_H

#include "pki/crl.h"

/* Zeros are an empty table. */
struct hc_revocation_table {
    uint8_t *p; /* owned */
    size_t n;
    size_t room;   /* bytes allocated */
    size_t width;  /* bytes of a serial here, shorter ones are padded in front */
    size_t common; /* leading bytes that all serials share */
};

void hc_revocation_table_fini(struct hc_revocation_table *t);

/* Adds a serial (contents of the INTEGER, 1 to 20 bytes). Dates are kept for messages only: before 1970 and after 3000
 * they are cut. Fails with HC_E_NOMEM. */
struct hc_rc hc_revocation_table_add(struct hc_revocation_table *t, struct hc_bytes serial, struct hc_crl_entry what,
                                     struct hc_err *e);

/* Everything was added: sorts, and gives back what is not needed. Of a serial that is there more than once the worst is
 * kept: anything before removeFromCRL. */
void hc_revocation_table_finish(struct hc_revocation_table *t);

/* Only after finish. Is the serial there? Then *out is filled; it may be NULL. */
bool hc_revocation_table_find(const struct hc_revocation_table *t, struct hc_bytes serial, struct hc_crl_entry *out);

#endif

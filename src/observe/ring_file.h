/*
 * ring_file.h - the form of a ring's file; for ring.c, which writes it, and ring_read.c.
 *
 *     head   "handclasp why 1\n"  slots (4)  bytes a slot (4)  key (16)  sum (8) of what stands before it
 *     slot   sum (8)  sequence (8)  length (4)  source (8)  record           HC_RING_SLOTS of them, of fixed size
 *
 * Numbers are little-endian. A slot of zeros is empty. Sequences count upwards from 1: the least is the oldest. Sums and
 * sources are SipHash-2-4 under the file's own random key, so that nobody outside can make two sources count as one.
 */
#ifndef HC_OBSERVE_RING_FILE_H
#define HC_OBSERVE_RING_FILE_H

#include <sys/types.h>

#include "observe/ring.h"

#define HC_RING_HEAD 48
#define HC_RING_SLOT_HEAD 28
#define HC_RING_SLOT (HC_RING_SLOT_HEAD + HC_WHY_BYTES)
#define HC_RING_FILE_SIZE ((off_t)HC_RING_HEAD + (off_t)HC_RING_SLOTS * HC_RING_SLOT)

struct hc_ring_key {
    uint8_t k[16];
};

/* SipHash-2-4 [Aumasson, Bernstein 2012]. */
uint64_t hc_ring_file_hash(const struct hc_ring_key *key, struct hc_bytes in);

/* A new head with a random key. Fails with HC_E_SYSTEM. */
struct hc_rc hc_ring_file_head_make(struct hc_ring_key *key, uint8_t out[HC_RING_HEAD], struct hc_err *e);
/* The key; false when it is not the head of such a file. */
bool hc_ring_file_head_read(const uint8_t head[HC_RING_HEAD], struct hc_ring_key *key);

struct hc_ring_slot {
    uint64_t sequence; /* 0: empty */
    uint64_t source;
    size_t length; /* of the record */
};

/* The slot as bytes: the first `record.n` + HC_RING_SLOT_HEAD of `out`, whose number is returned. `record` is at most
 * HC_WHY_BYTES long. */
size_t hc_ring_file_slot_make(const struct hc_ring_key *key, const struct hc_ring_slot *slot, struct hc_bytes record,
                              uint8_t out[HC_RING_SLOT]);

enum hc_ring_file_found { HC_RING_EMPTY, HC_RING_RECORD, HC_RING_DAMAGED, HC_RING_UNREADABLE };

/* Reads slot number `i`: its record begins at `bytes` + HC_RING_SLOT_HEAD. One that changes while it is read is read
 * again. errno tells why one is unreadable. Blocks. */
enum hc_ring_file_found hc_ring_file_slot_read(int fd, const struct hc_ring_key *key, size_t i,
                                               uint8_t bytes[HC_RING_SLOT], struct hc_ring_slot *out);

off_t hc_ring_file_slot_at(size_t i);

#endif

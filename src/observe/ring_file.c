/* ring_file.c - a ring's head and slots as bytes. */
#include "observe/ring_file.h"

#include <errno.h>
#include <sys/random.h>
#include <unistd.h>

#define MAGIC "handclasp why 1\n"
#define MAGIC_BYTES (sizeof MAGIC - 1)
#define SUM_BYTES 8
#define TRIES 4 /* of a slot that is being written; a write of some kilobytes is over by then */

_Static_assert(MAGIC_BYTES + 4 + 4 + 16 + SUM_BYTES == HC_RING_HEAD, "as ring_file.h draws it");
_Static_assert(SUM_BYTES + 8 + 4 + 8 == HC_RING_SLOT_HEAD, "as ring_file.h draws it");

/* --- numbers ------------------------------------------------------------------------------------------------------ */

static void put_le(uint8_t *at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static uint64_t get_le(const uint8_t *at, size_t bytes)
{
    uint64_t v = 0;

    for (size_t i = 0; i < bytes; i++)
        v |= (uint64_t)at[i] << (8 * i);
    return v;
}

/* --- SipHash ------------------------------------------------------------------------------------------------------ */

struct sip {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static void rounds(struct sip *s, unsigned n)
{
    while (n-- > 0) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static void compress(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    rounds(s, 2);
    s->v0 ^= word;
}

uint64_t hc_ring_file_hash(const struct hc_ring_key *key, struct hc_bytes in)
{
    uint64_t k0 = get_le(key->k, 8), k1 = get_le(key->k + 8, 8);
    struct sip s = {
        .v0 = k0 ^ UINT64_C(0x736f6d6570736575),
        .v1 = k1 ^ UINT64_C(0x646f72616e646f6d),
        .v2 = k0 ^ UINT64_C(0x6c7967656e657261),
        .v3 = k1 ^ UINT64_C(0x7465646279746573),
    };
    uint64_t length = (uint64_t)in.n << 56;

    for (; in.n >= 8; in = hc_bytes_skip(in, 8))
        compress(&s, get_le(in.p, 8));
    compress(&s, length | get_le(in.p, in.n));
    s.v2 ^= 0xff;
    rounds(&s, 4);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

/* --- the head ----------------------------------------------------------------------------------------------------- */

static void emit_head(const struct hc_ring_key *key, uint8_t out[HC_RING_HEAD])
{
    memcpy(out, MAGIC, MAGIC_BYTES);
    put_le(out + MAGIC_BYTES, HC_RING_SLOTS, 4);
    put_le(out + MAGIC_BYTES + 4, HC_RING_SLOT, 4);
    memcpy(out + MAGIC_BYTES + 8, key->k, sizeof key->k);
    put_le(out + HC_RING_HEAD - SUM_BYTES, hc_ring_file_hash(key, hc_bytes_of(out, HC_RING_HEAD - SUM_BYTES)),
           SUM_BYTES);
}

struct hc_rc hc_ring_file_head_make(struct hc_ring_key *key, uint8_t out[HC_RING_HEAD], struct hc_err *e)
{
    ssize_t n;

    do
        n = getrandom(key->k, sizeof key->k, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof key->k)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, n < 0 ? errno : EIO, "the kernel gave no random bytes");
    emit_head(key, out);
    return HC_OK;
}

bool hc_ring_file_head_read(const uint8_t head[HC_RING_HEAD], struct hc_ring_key *key)
{
    struct hc_ring_key said;
    uint8_t want[HC_RING_HEAD];

    memcpy(said.k, head + MAGIC_BYTES + 8, sizeof said.k);
    emit_head(&said, want);
    if (memcmp(head, want, sizeof want) != 0)
        return false;
    *key = said;
    return true;
}

/* --- a slot ------------------------------------------------------------------------------------------------------- */

off_t hc_ring_file_slot_at(size_t i)
{
    return (off_t)HC_RING_HEAD + (off_t)i * HC_RING_SLOT;
}

static uint64_t sum_of(const struct hc_ring_key *key, const uint8_t *slot, size_t n)
{
    return hc_ring_file_hash(key, hc_bytes_of(slot + SUM_BYTES, n - SUM_BYTES));
}

size_t hc_ring_file_slot_make(const struct hc_ring_key *key, const struct hc_ring_slot *slot, struct hc_bytes record,
                              uint8_t out[HC_RING_SLOT])
{
    size_t n = HC_RING_SLOT_HEAD + record.n;

    put_le(out + SUM_BYTES, slot->sequence, 8);
    put_le(out + SUM_BYTES + 8, record.n, 4);
    put_le(out + SUM_BYTES + 12, slot->source, 8);
    memcpy(out + HC_RING_SLOT_HEAD, record.p, record.n);
    put_le(out, sum_of(key, out, n), SUM_BYTES);
    return n;
}

static enum hc_ring_file_found judge(const struct hc_ring_key *key, const uint8_t *bytes, size_t n,
                                     struct hc_ring_slot *out)
{
    static const uint8_t empty[HC_RING_SLOT_HEAD];

    if (n < HC_RING_SLOT_HEAD)
        return HC_RING_DAMAGED;
    if (memcmp(bytes, empty, sizeof empty) == 0)
        return HC_RING_EMPTY;
    out->sequence = get_le(bytes + SUM_BYTES, 8);
    out->length = get_le(bytes + SUM_BYTES + 8, 4);
    out->source = get_le(bytes + SUM_BYTES + 12, 8);
    if (out->sequence == 0 || out->length > n - HC_RING_SLOT_HEAD ||
        get_le(bytes, SUM_BYTES) != sum_of(key, bytes, HC_RING_SLOT_HEAD + out->length))
        return HC_RING_DAMAGED;
    return HC_RING_RECORD;
}

enum hc_ring_file_found hc_ring_file_slot_read(int fd, const struct hc_ring_key *key, size_t i,
                                               uint8_t bytes[HC_RING_SLOT], struct hc_ring_slot *out)
{
    enum hc_ring_file_found found = HC_RING_DAMAGED;

    for (int tries = 0; tries < TRIES && found == HC_RING_DAMAGED; tries++) {
        ssize_t n = pread(fd, bytes, HC_RING_SLOT, hc_ring_file_slot_at(i));

        if (n < 0 && errno != EINTR)
            return HC_RING_UNREADABLE;
        found = judge(key, bytes, n < 0 ? 0 : (size_t)n, out);
    }
    return found;
}

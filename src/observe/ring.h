/*
 * ring.h - the last refusals of a gate on disk: a file of fixed size whose oldest records are overwritten, and of which no
 * source fills more than a sixteenth (T43).
 *
 * One thread writes, so that a slow disk makes no connection wait; what comes faster than it writes is lost and counted.
 * The file has mode 0600 and belongs to whoever runs the gate. A record that was being written when the machine stopped is
 * recognised and skipped. Any number of readers, at any time.
 */
#ifndef HC_OBSERVE_RING_H
#define HC_OBSERVE_RING_H

#include "base/auto.h"
#include "observe/why.h"

#define HC_RING_SLOTS 1024 /* 8 MiB; sparse until it is used */
#define HC_RING_SHARE 16   /* a source fills at most one slot in so many */
#define HC_RING_NETWORK 4  /* a network, which has as many sources as it likes, one in so many */
#define HC_RING_QUEUE 256  /* records that wait to be written */

struct hc_ring;

/*
 * Opens or makes the file and starts the thread. A file that is not a ring, or one of another size, is replaced.
 * Fails with HC_E_WHY_STORE, HC_E_PERMISSIONS (somebody else's, or readable by others), HC_E_DISK_FULL, HC_E_SYSTEM,
 * HC_E_NOMEM. Blocks.
 */
struct hc_rc hc_ring_open(const char *path, struct hc_ring **out, struct hc_err *e);
/* Writes what waits, and ends the thread. NULL-safe. Blocks. */
void hc_ring_free(struct hc_ring *r);
HC_DEFINE_AUTO(hc_ring)

/* Who fills the ring: records of one source share its sixteenth, and those of all sources of one network a quarter. The
 * same holds for what waits to be written, so that nobody's flood loses somebody else's record. */
struct hc_ring_from {
    struct hc_bytes source, network; /* of any length, compared whole */
};

/* Takes a copy to be written. Never blocks on the disk; false when it is not: lost, or beyond its source's share of what
 * waits. Any thread. NULL-safe: false. */
bool hc_ring_put(struct hc_ring *r, const struct hc_why *w, struct hc_ring_from from);

/* Records lost since the start, because too many waited or the disk did not take them; what is beyond a source's share is
 * none. Any thread. */
uint64_t hc_ring_lost(struct hc_ring *r);

/* Calls `visit` with each record of the file, the newest first, until it says false. Damaged ones are counted in
 * *damaged (may be NULL). Fails with HC_E_FILE_MISSING, HC_E_FILE_UNREADABLE, HC_E_PERMISSIONS, HC_E_WHY_STORE (not a
 * ring), HC_E_NOMEM. Blocks: the disk. */
typedef bool hc_ring_visit(void *ctx, const struct hc_why *w);
struct hc_rc hc_ring_read(const char *path, hc_ring_visit *visit, void *ctx, size_t *damaged, struct hc_err *e);

#endif

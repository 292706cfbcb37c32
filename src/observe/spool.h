/*
 * spool.h - a log that never makes its writers wait: lines go into a bounded queue, and one thread writes them.
 *
 * Whoever reads a gate's log may stall: a full pipe, a paused terminal, a slow disk. Then lines wait; when the queue is
 * full new ones are lost and counted, and the count is written as soon as there is room. Connections notice nothing.
 */
#ifndef HC_OBSERVE_SPOOL_H
#define HC_OBSERVE_SPOOL_H

#include "base/auto.h"
#include "base/log.h"

#define HC_SPOOL_BYTES (4u << 20) /* some ten thousand lines */

struct hc_spool;

/* Starts the thread that writes to `fd` (borrowed until the spool is freed). `form` is that of the lines, for the
 * spool's own. Fails with HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_spool_new(int fd, enum hc_log_form form, struct hc_spool **out, struct hc_err *e);

/* Writes what is queued, for at most HC_SPOOL_PATIENCE_MS when nobody reads, and ends the thread. NULL-safe. Blocks. */
#define HC_SPOOL_PATIENCE_MS 1000
void hc_spool_free(struct hc_spool *s);
HC_DEFINE_AUTO(hc_spool)

/* For struct hc_log. Valid as long as the spool. */
const struct hc_log_sink *hc_spool_sink(const struct hc_spool *s);

/* Lines lost since the start. Any thread. */
uint64_t hc_spool_lost(struct hc_spool *s);

#endif

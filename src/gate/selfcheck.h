/*
 * selfcheck.h - would a peer like this gate's own be let in? What the answer depends on is told before the first friend
 * is refused.
 *
 * The gate's own certificates come from the same authority as its clients' in most houses, so their chain meets the
 * same CRLs: one that is missing, stale or not its issuer's shows here, and so does a gate whose own certificate was
 * revoked or ends soon.
 */
#ifndef HC_GATE_SELFCHECK_H
#define HC_GATE_SELFCHECK_H

#include "gate/snapshot.h"

/* The last tenth of a certificate's life is when somebody should have renewed it. */
#define HC_SELFCHECK_TENTH 10

/* Raises an alarm for each fault found. Returns a number that is the same as long as the faults are, and 0 without any:
 * a caller that asks again and again tells its operator only what is new. `alarm` may be NULL. Does not block. */
uint64_t hc_selfcheck(const struct hc_snapshot *s, int64_t now, hc_gate_alarm *alarm, void *ctx);

#endif

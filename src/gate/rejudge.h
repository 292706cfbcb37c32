/*
 * rejudge.h - what is open is judged again when something that its right rests on has changed: a new snapshot, the end
 * of a chain, a clock that was set.
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_REJUDGE_H
#define HC_GATE_REJUDGE_H

#include "gate/worker.h"

/* Makes the live index of the worker and the clock that wakes it when a chain ends. Fails with HC_E_SYSTEM,
 * HC_E_NOMEM. */
struct hc_rc hc_rejudge_start(struct hc_worker *w, struct hc_err *e);
/* When all connections are gone. Safe on a worker that was never started. */
void hc_rejudge_stop(struct hc_worker *w);

/* After somebody entered the index: wakes the worker when the first chain ends. Cheap when that is no earlier than
 * known. */
void hc_rejudge_arm(struct hc_worker *w);

/* At the top of the loop: judges everybody when the clock was set. */
void hc_rejudge_due(struct hc_worker *w);

/* After w->snapshot became a newer one: ends every connection whose chain, rules or gate is no longer good by it, and
 * forgets the sessions that nobody would resume any more. */
void hc_rejudge_all(struct hc_worker *w);

#endif

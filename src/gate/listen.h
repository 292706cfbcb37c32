/*
 * listen.h - the listeners of a worker: one an address, whatever number of gates share it; and the services behind
 * them.
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_LISTEN_H
#define HC_GATE_LISTEN_H

#include "gate/worker.h"

/* The services of the snapshot and listeners for its addresses, which do not accept yet; an owner more of the snapshot
 * is kept. Fails with HC_E_NOMEM and the codes of hc_service_new. */
struct hc_rc hc_listen_new(struct hc_worker *w, struct hc_snapshot *s, struct hc_listeners **out, struct hc_err *e);

/* Accepts by these from now on, and no more by those before them. */
void hc_listen_begin(struct hc_worker *w, struct hc_listeners *listeners);

/* Accepts no more. */
void hc_listen_end(struct hc_worker *w);

#endif

/*
 * flight.h - the flight recorder: a worker's last handshakes, finished and refused ones, for `gate handshakes`.
 *
 * A finished handshake is kept as it is (a hold on the checked chain, the trace, a few words) and told in words only when
 * somebody asks; a refused one as its record. Fixed size. No source keeps more than a sixteenth: the source of a proven
 * peer is its certificate, that of anybody else its address (T43). No secrets, and nothing about anybody's identity but
 * what was proven; what was only presented says so (T46).
 *
 * Belongs to one worker.
 */
#ifndef HC_GATE_FLIGHT_H
#define HC_GATE_FLIGHT_H

#include "base/auto.h"
#include "gate/order.h"
#include "observe/why.h"

struct hc_conn;
struct hc_flight;

#define HC_FLIGHT_KEPT 128 /* a worker; some 600 bytes each, a refused one some KB */
#define HC_FLIGHT_SHARE 16 /* a source has at most one in so many */

/* Fails with HC_E_NOMEM. */
struct hc_rc hc_flight_new(struct hc_flight **out, struct hc_err *e);
void hc_flight_free(struct hc_flight *f); /* NULL-safe */
HC_DEFINE_AUTO(hc_flight)

/* The handshake of `c` is finished, and its peer was admitted to the gate. Allocates nothing. NULL-safe. */
void hc_flight_finished(struct hc_flight *f, const struct hc_conn *c);

/* It was refused, or failed otherwise: `why` is its record. Without memory it is not kept. */
void hc_flight_refused(struct hc_flight *f, const struct hc_conn *c, const struct hc_why *why);

/* Answers HC_ORDER_HANDSHAKES and HC_ORDER_REFUSED: a line for each that the order means (why_json.h, with a member
 * "worker"), the newest first. A pattern means names that were presented, too; `authenticated` proven ones only.
 * NULL-safe. */
void hc_flight_list(const struct hc_flight *f, unsigned worker, struct hc_order *order);

#endif

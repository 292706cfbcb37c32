/*
 * gate_flight.h - the last handshakes of running gates: gate handshakes, and what `why --probe` looks for there.
 */
#ifndef HC_CMD_GATE_FLIGHT_H
#define HC_CMD_GATE_FLIGHT_H

#include "cmd/command.h"
#include "observe/why.h"

/* Prints them as a table, the newest last: of the gate that FILE or --name means, otherwise of all. With --steps the
 * messages of each; --refused: only those that were not finished; --who; --json. Fails with HC_E_CONTROL_SOCKET when there
 * is none or one does not answer; what the others said is printed all the same. */
struct hc_rc hc_gate_flight_list(struct hc_invocation *in, const char *file, struct hc_err *e);

/* Looks among the last handshakes of all gates of this user for one that `is_it` says yes to; false when there is none,
 * or nobody to ask. Blocks as the above. */
bool hc_gate_flight_find(struct hc_invocation *in, bool (*is_it)(void *ctx, const struct hc_why *w), void *ctx,
                         struct hc_why *out);

#endif

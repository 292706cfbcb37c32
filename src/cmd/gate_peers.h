/*
 * gate_peers.h - who is connected to the gates of this host, and ending it: gate connections, gate disconnect.
 */
#ifndef HC_CMD_GATE_PEERS_H
#define HC_CMD_GATE_PEERS_H

#include "cmd/command.h"

/* Prints who is connected: of the gate that FILE or --name means, otherwise of all. Fails with HC_E_CONTROL_SOCKET when
 * there is none or one does not answer; what the others said is printed all the same. */
struct hc_rc hc_gate_peers_list(struct hc_invocation *in, const char *file, struct hc_err *e);

/* Says how many connections would end, asks, and ends them: of the gate that FILE or --name means, or with --all of
 * every one. Fails with HC_E_USAGE (no --who), HC_E_PATTERN, HC_E_NEEDS_YES, HC_E_CONTROL_SOCKET. */
struct hc_rc hc_gate_peers_disconnect(struct hc_invocation *in, const char *file, struct hc_err *e);

#endif

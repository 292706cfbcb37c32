/*
 * gate_ask.h - one running gate is asked something: reload, status, and what gate_peers.h asks.
 */
#ifndef HC_CMD_GATE_ASK_H
#define HC_CMD_GATE_ASK_H

#include "cmd/command.h"
#include "config/problem.h"
#include "gate/control.h"

#define HC_GATE_ASK_FILE "/etc/handclasp/gate.yaml"
#define HC_GATE_ASK_MS 10000 /* reading every file again and checking it takes milliseconds; a busy machine more */

/* The name of the gate that is meant: --name, or that of the first gate of `file`; where neither is said and the
 * default file is not there, the only gate of this user here, or "gate". Fails with HC_E_USAGE (several are here), as
 * hc_control_find does, and as hc_gateconf_load does, with the mistakes on stderr. */
struct hc_rc hc_gate_ask_name(struct hc_invocation *in, const char *file, char out[HC_CONTROL_NAME_MAX + 1],
                              struct hc_err *e);

/* What stands after the line "ok" of a reply, borrowed from it. "error HC-5004 sentence" becomes that very error. */
struct hc_rc hc_gate_ask_reply(struct hc_bytes reply, struct hc_bytes *out, struct hc_err *e);

/* Asks the running gate and prints what it says; the status as JSON with --json. */
struct hc_rc hc_gate_ask_reload(struct hc_invocation *in, const char *file, struct hc_err *e);
struct hc_rc hc_gate_ask_status(struct hc_invocation *in, const char *file, struct hc_err *e);

/* The mistakes of a configuration to stderr, when there are several; the last line, with the row and the fix, is
 * main's.
 */
void hc_gate_ask_problems(const struct hc_config_problems *problems, const char *file);

#endif

/*
 * gate_many.h - one question to one running gate or to all of this user on this host: who is connected, what were the
 * last handshakes, end these connections.
 */
#ifndef HC_CMD_GATE_MANY_H
#define HC_CMD_GATE_MANY_H

#include "cmd/command.h"
#include "gate/control.h"

/* The gates that are asked, all with one line. */
struct hc_gate_many {
    struct hc_names names;
    struct hc_control_ask *ask;
    char line[HC_CONTROL_LINE];
};
void hc_gate_many_fini(struct hc_gate_many *a);

/* Scope clean-up: HC_GATE_MANY(a); */
#define HC_GATE_MANY(a) __attribute__((cleanup(hc_gate_many_fini))) struct hc_gate_many a = {.ask = NULL}

/* Is it a pattern? Asked before the gates are, so that a slip of the pen asks nobody. Fails with HC_E_PATTERN, HC_E_NOMEM. */
struct hc_rc hc_gate_many_pattern(const char *who, struct hc_err *e);

/* Whom to ask: the gate that FILE or --name means, or `all`. Fails as hc_gate_ask_name and hc_control_find do. */
struct hc_rc hc_gate_many_find(struct hc_invocation *in, const char *file, bool all, struct hc_gate_many *a,
                               struct hc_err *e);

/* Asks "VERB WHO" (WHO may be ""). Fails with HC_E_CONTROL_SOCKET when nobody is there, HC_E_PATTERN (too long). Blocks
 * up to HC_GATE_ASK_MS. */
struct hc_rc hc_gate_many_ask(struct hc_gate_many *a, bool all, const char *verb, const char *who, struct hc_err *e);

/* What a gate said, borrowed from its reply; false when it said nothing or no. The first such failure is left in
 * `missed`: the command's own, after all others were heard. */
bool hc_gate_many_heard(const struct hc_control_ask *ask, struct hc_bytes *text, struct hc_err *missed);
struct hc_rc hc_gate_many_missed(const struct hc_err *missed, struct hc_err *e);

#endif

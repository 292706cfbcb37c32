/*
 * gate_wait.h - revoke --wait: the gates of this host say that the revocation is in force, and how many connections
 * they closed for it.
 *
 *     HC_GATE_WAIT(wait);
 *     hc_gate_wait_read       the options
 *     hc_gate_wait_begin      right before anything is revoked: where every gate stands
 *     ... revoke and publish ...
 *     hc_gate_wait_end        every gate is asked for what was published, side by side, within one time
 *     hc_gate_wait_text       or _json: what they said
 *     hc_gate_wait_verdict    the command's own end
 *
 * Without --wait each of them does nothing.
 */
#ifndef HC_CMD_GATE_WAIT_H
#define HC_CMD_GATE_WAIT_H

#include "cmd/command.h"
#include "cmd/out.h"
#include "cmd/session.h"
#include "gate/control.h"

/* For the tables of options. */
#define HC_OPTIONS_GATE_WAIT                                                                                           \
    {"wait", NULL, "until this host's gates have closed what must", false},                                            \
    {                                                                                                                  \
        "timeout", "TIME", "how long to wait: 10s (unless said), 500ms, 2m", false                                     \
    }

struct hc_gate_wait_gate;

struct hc_gate_wait {
    bool on;
    unsigned timeout_ms;
    char crls[HC_PATH];   /* the directory that they are published in */
    struct hc_names file; /* what lay there before, and its state */
    struct hc_gate_wait_file *before;
    struct hc_names concerned; /* issuers whose CRL is asked for whether it changed or not */
    uint64_t published_ms;
    struct hc_gate_wait_gate *gate; /* owned */
    size_t n;                       /* gates that were asked */
    size_t acknowledged, reached;
    uint64_t closed;       /* connections */
    uint64_t ms;           /* from the publishing to the last acknowledgement */
    struct hc_err trouble; /* they could not be asked at all */
};

void hc_gate_wait_fini(struct hc_gate_wait *w);
#define HC_GATE_WAIT(name) __attribute__((cleanup(hc_gate_wait_fini))) struct hc_gate_wait name = {.on = false}

/* --wait and --timeout. Fails with HC_E_USAGE. */
struct hc_rc hc_gate_wait_read(const struct hc_opts *opts, struct hc_gate_wait *w, struct hc_err *e);

/* The CRL of this issuer is asked for even when this command does not change it: what it revokes was revoked before.
 * Fails with HC_E_NOMEM. */
struct hc_rc hc_gate_wait_concerns(struct hc_gate_wait *w, struct hc_bytes issuer, struct hc_err *e);

/* May be called again, and begins anew. Never fails: a revocation waits for nobody. Blocks for half a second at
 * most. */
void hc_gate_wait_begin(const struct hc_invocation *in, struct hc_gate_wait *w);

/* Call it as soon as it is published. Never fails either; hc_gate_wait_verdict tells. Blocks up to the timeout. */
void hc_gate_wait_end(struct hc_session *s, struct hc_gate_wait *w);

/* A line for each gate, and one for all of them. */
void hc_gate_wait_text(const struct hc_gate_wait *w, struct hc_buf *out);
/* The same as members of the object that is being written. */
void hc_gate_wait_json(const struct hc_gate_wait *w, struct hc_json *j);

/* Fails with HC_E_GATE_NONE (there is no gate, or none could be asked), HC_E_GATE_SILENT (naming those that have not
 * acknowledged, and why). */
struct hc_rc hc_gate_wait_verdict(const struct hc_gate_wait *w, struct hc_err *e);

#endif

/*
 * ops.h - /metrics, /healthz and /readyz on a loopback listener of their own, off unless asked for; plain HTTP.
 *
 * GET and HEAD; no identity is ever shown. Host must be an address or localhost, so that no web page can read it through a name
 * of its own (DNS rebinding).
 */
#ifndef HC_GATE_OPS_H
#define HC_GATE_OPS_H

#include "base/auto.h"
#include "base/buf.h"
#include "net/loop.h"
#include "net/sock.h"

#define HC_OPS_CONNECTIONS 64
#define HC_OPS_METRICS_MAX (1024 * 1024)

struct hc_ops_source {
    void (*metrics)(void *ctx, struct hc_buf *out);
    bool (*ready)(void *ctx, struct hc_buf *why_not);
    void *ctx;
};

struct hc_ops;

/* `address` is "127.0.0.1:9100". Fails with HC_E_ADDRESS (also when it is no loopback address), HC_E_PORT_IN_USE, HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_ops_open(struct hc_loop *loop, const char *address, const struct hc_ops_source *source,
                         struct hc_ops **out, struct hc_err *e);
/* Closes listener and connections; the loop must not run any more, or run its tasks afterwards. NULL-safe. */
void hc_ops_free(struct hc_ops *ops);
HC_DEFINE_AUTO(hc_ops)

/* Where it listens in fact. */
const struct hc_addr *hc_ops_addr(const struct hc_ops *ops);

#endif

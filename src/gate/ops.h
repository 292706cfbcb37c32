/*
 * ops.h - /metrics, /healthz and /readyz on a loopback listener of their own, off unless asked for; plain HTTP.
 *
 * GET and HEAD; no identity is ever shown. Host must be an address or localhost, so that no web page can read it
 * through a name of its own (DNS rebinding).
 */
#ifndef HC_GATE_OPS_H
#define HC_GATE_OPS_H

#include "base/auto.h"
#include "base/buf.h"
#include "net/loop.h"
#include "net/sock.h"

#define HC_OPS_CONNECTIONS 64
#define HC_OPS_METRICS_MAX (1024 * 1024)

/* Called on the loop's thread, once per request. */
struct hc_ops_source {
    void (*metrics)(void *ctx, struct hc_buf *out); /* appends; a buffer that failed is answered with 500 */
    bool (*ready)(void *ctx,
                  struct hc_buf *why_not); /* false: 503 with that text, which anyone on this machine may read */
    void *ctx;                             /* borrowed until hc_ops_free */
};

struct hc_ops;

/* `address` is "127.0.0.1:9100", "[::1]:9100" or "localhost:9100"; port 0 lets the kernel choose. `source` is copied.
 * Fails with HC_E_ADDRESS (also when it is no loopback address), HC_E_PORT_IN_USE, HC_E_SYSTEM, HC_E_NOMEM. */
struct hc_rc hc_ops_open(struct hc_loop *loop, const char *address, const struct hc_ops_source *source,
                         struct hc_ops **out, struct hc_err *e);
/* Closes listener and connections and frees them at once: call it after hc_loop_run has returned, and do not run that
 * loop again. NULL-safe. */
void hc_ops_free(struct hc_ops *ops);
HC_DEFINE_AUTO(hc_ops)

/* Where it listens in fact. */
const struct hc_addr *hc_ops_addr(const struct hc_ops *ops);

#endif

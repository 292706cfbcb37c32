/*
 * dial.h - opens a stream to a back end in steps: connect, then (when a TLS context is given) the handshake.
 */
#ifndef HC_NET_DIAL_H
#define HC_NET_DIAL_H

#include "net/sock.h"
#include "net/stream.h"
#include "net/tls.h"

enum hc_dial_phase { HC_DIAL_NONE, HC_DIAL_CONNECTING, HC_DIAL_SHAKING, HC_DIAL_READY };

struct hc_dial_target {
    struct hc_addr addr;
    struct hc_tls_context *tls; /* borrowed for as long as the stream lives; NULL: a plain stream */
    const char *server_name;    /* borrowed until the dial is ready; SNI, or NULL */
    struct hc_tls_judge judge;  /* judges the back end's certificate */
};

struct hc_dial {
    enum hc_dial_phase phase;
    struct hc_stream stream; /* owned */
    struct hc_dial_target target;
};

/* Starts. Fails with HC_E_UPSTREAM_DOWN. */
struct hc_rc hc_dial_start(struct hc_dial *d, const struct hc_dial_target *target, struct hc_err *e);

/* A dial over a stream that is open already: ready at once. */
void hc_dial_adopt(struct hc_dial *d, struct hc_stream stream);

/* Goes on after the socket became ready: HC_IO_OK when ready, HC_IO_AGAIN_*, or HC_IO_BROKEN with HC_E_UPSTREAM_DOWN or
 * HC_E_UPSTREAM_TLS in `e`. */
enum hc_io hc_dial_step(struct hc_dial *d, struct hc_err *e);

/* Closes whatever is open. */
void hc_dial_close(struct hc_dial *d, bool reset);

#endif

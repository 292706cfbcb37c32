/*
 * service.h - one gate of one snapshot in one worker: its TLS settings and its streams to the back end.
 *
 * Counts its users (the listeners, connections) without atomics: it belongs to the worker's thread.
 */
#ifndef HC_GATE_SERVICE_H
#define HC_GATE_SERVICE_H

#include "gate/settings.h"
#include "gate/up.h"
#include "gate/worker.h"
#include "net/dial.h"
#include "net/tls.h"
#include "policy/decision.h"

#define HC_IDLE_STREAMS 64 /* kept open to a back end, per worker and gate */
#define HC_IDLE_MS 20000   /* shorter than what back ends usually keep */

struct hc_idle; /* an open stream without a request */

struct hc_service {
    unsigned refs;
    struct hc_worker *worker;
    struct hc_snapshot *snapshot;        /* kept; its bundle and CRLs are gone once a newer one is taken over */
    const struct hc_snapshot_gate *gate; /* of that snapshot */
    struct hc_settings *settings;
    struct hc_settings *up_settings; /* NULL: the back end is spoken to plainly */
    struct hc_name *up_name;         /* what the back end's certificate must carry */
    struct hc_cell *cell;
    struct hc_idle *idle;
    size_t n_idle;
    bool closed; /* no listener any more: nothing is kept idle */
};

/* With one reference. Fails with HC_E_NOMEM, HC_E_LIBRARY and the codes of hc_tls_server_new. */
struct hc_rc hc_service_new(struct hc_worker *w, struct hc_snapshot *s, const struct hc_snapshot_gate *g,
                            struct hc_service **out, struct hc_err *e);
/* One more user; returns svc. The last one that frees it closes what is idle. By the worker's thread only. */
struct hc_service *hc_service_ref(struct hc_service *svc);
void hc_service_free(struct hc_service *svc);
HC_DEFINE_AUTO(hc_service)

/* Closes what is idle and keeps nothing any more: its listener is gone. */
void hc_service_close(struct hc_service *svc);

/* What a connection asks a service for. */
struct hc_service_wish {
    const struct hc_grant *grant;
    bool fresh;       /* nothing that was used before */
    struct hc_up *up; /* the connection's; nothing is in it */
};

/*
 * The only way to a back end: a stream for which a rule gave the grant. One that is idle (*reused) unless a fresh one
 * is wished for, or a new one; its owner calls hc_up_ready when a new one is ready, and hc_up_over when it is closed.
 * Fails with HC_E_UPSTREAM_DOWN, HC_E_NOMEM.
 */
struct hc_rc hc_service_open(struct hc_service *svc, const struct hc_service_wish *wish, struct hc_dial *out,
                             bool *reused, struct hc_err *e);

/* Takes a stream on which a response was read to its end, with its `up`; keeps it for another request, or closes it. */
void hc_service_release(struct hc_service *svc, struct hc_up *up, struct hc_stream stream);

#endif

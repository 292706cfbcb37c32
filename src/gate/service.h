/*
 * service.h - one gate of one snapshot in one worker: its TLS settings, its judges, and its streams to the back end.
 *
 * Counts its users (a listener, connections) without atomics: it belongs to the worker's thread.
 */
#ifndef HC_GATE_SERVICE_H
#define HC_GATE_SERVICE_H

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
    struct hc_tls_context *tls;
    struct hc_tls_context *up_tls; /* NULL: the back end is spoken to plainly */
    struct hc_name *up_name;       /* what the back end's certificate must carry */
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

/* Judges clients of this service. With the newest CRLs and bundle the worker has, also for a service of an older
 * snapshot. */
struct hc_tls_judge hc_service_judge(struct hc_service *svc);

/*
 * The only way to a back end: a stream for which a rule gave the grant. One that is idle (*reused) unless `fresh`, or a
 * new one. Fails with HC_E_UPSTREAM_DOWN.
 */
struct hc_rc hc_service_open(struct hc_service *svc, const struct hc_grant *grant, bool fresh, struct hc_dial *out,
                             bool *reused, struct hc_err *e);

/* Takes a stream on which a response was read to its end; keeps it for another request, or closes it. */
void hc_service_release(struct hc_service *svc, struct hc_stream stream);

#endif

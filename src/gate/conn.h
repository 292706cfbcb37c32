/*
 * conn.h - one connection of a peer, from accept to its end.
 *
 *     SHAKING --finished--> SERVING (HTTP, or a relay for which a rule gave a grant) --> closed
 *        |  refused                     | no rule (relay): close_notify
 *        v                              v
 *     ALERTED: half-closed and read from for a moment, so that the alert arrives; nothing it sends is looked at
 *
 * Nothing is said about an identity, and nothing is done for it, before hc_tls_peer gives a verified peer (T46). From
 * then on, and before its first byte is served, the peer stands in the live index of the worker: when it loses its
 * right, its connection ends.
 *
 * conn.c has the beginning and the handshake, conn_serve.c what comes after it until the end, conn_gate.c which gate's
 * rules a connection is under.
 */
#ifndef HC_GATE_CONN_H
#define HC_GATE_CONN_H

#include "gate/judge.h"
#include "gate/live.h"
#include "gate/relay.h"
#include "gate/service.h"
#include "gate/up.h"
#include "http/exchange.h"
#include "observe/event.h"
#include "pki/path.h"

enum hc_conn_phase { HC_CONN_SHAKING, HC_CONN_ALERTED, HC_CONN_HTTP, HC_CONN_RELAY, HC_CONN_DEAD };

struct hc_conn {
    struct hc_conn *next; /* in the worker's list */
    struct hc_conn **prev;
    struct hc_conn *shaking_next; /* in the worker's list of those that may give way */
    struct hc_conn *shaking_prev;
    struct hc_service *svc;  /* one reference: the gate that it is at */
    struct hc_cell *counted; /* where it counts as open; NULL: nowhere yet */
    enum hc_conn_phase phase;
    struct hc_stream stream; /* until HTTP or the relay takes it */
    struct hc_watch watch;
    struct hc_timer timer;
    struct hc_task death;
    struct hc_addr peer_addr;
    uint64_t began_us;
    size_t drained;

    struct hc_tls *tls;           /* the session's owner is the stream; borrowed */
    struct hc_settings *first;    /* that the handshake began with; one reference until it is done */
    struct hc_settings *settings; /* that the session is made of; one reference; NULL before the choice */
    struct hc_judging judging;
    const struct hc_verified_peer *peer;  /* NULL: nobody in particular; borrowed from the session */
    struct hc_peer_view view;             /* the same for policy; `entry` is the newest bundle's */
    struct hc_bytes above[HC_PATH_DEPTH]; /* of the view */
    struct hc_live_peer live;             /* in the index while it is served, when there is a peer */
    bool right_ended;                     /* which was told, and is why it is over */
    struct hc_grant *grant;               /* of the request in work, or of the whole relay */
    struct hc_up up;                      /* of the back end in use */

    union {
        struct hc_http http;
        struct hc_relay relay;
    };

    /* the request in work, for its event */
    struct hc_buf method;
    struct hc_buf path;  /* the target as it came */
    size_t path_at;      /* where in it the path begins that the rules judged; SIZE_MAX: the path is "/" */
    uint64_t n_requests; /* so far */
    const char *rule;
    const struct hc_name *identity;
    struct hc_ref ref;
};

/* Takes the socket; it is closed by the connection or, when that cannot be made, here. */
void hc_conn_start(struct hc_service *svc, int fd, const struct hc_addr *peer);

/* Makes room for somebody else: ends a connection that was refused and only waits for its alert to arrive, or else the
 * oldest that has not finished its handshake. False when there is neither. */
bool hc_conn_evict(struct hc_worker *w);

/* The gate is stopping: ends when what is in work is done. */
void hc_conn_drain(struct hc_conn *c);

/* Ends now, because the gate is stopping. */
void hc_conn_abort(struct hc_conn *c);

/* --- conn_serve.c --- */

/* The handshake is done: HTTP, or a relay. Judges what is left to be judged, and enters the peer into the live index
 * first; when that fails nothing is served. */
void hc_conn_serve(struct hc_conn *c);

/* It is served, and not about to be closed. */
bool hc_conn_is_open(const struct hc_conn *c);

/* Its right has ended: cuts it, tells and counts it. Does nothing for one that is not open. */
void hc_conn_end(struct hc_conn *c, const struct hc_err *why);

/* For web.c and relays: a new stream to the back end is ready. Fails with HC_E_UPSTREAM_TLS (it may not be spoken to),
 * HC_E_NOMEM. */
struct hc_rc hc_conn_reached(struct hc_conn *c, const struct hc_stream *stream, struct hc_err *e);

/* For web.c: the connection's HTTP is over; frees it at the end of the round. */
void hc_conn_over(struct hc_conn *c);

/* --- conn.c, for conn_serve.c --- */

/* While the stream is still the connection's: closes it. */
void hc_conn_close(struct hc_conn *c);
/* The same after the other side has had a moment to read what was said last. */
void hc_conn_linger(struct hc_conn *c);

/* --- conn_gate.c --- */

/* For struct hc_tls_hello: ctx is the connection. Fails with HC_E_TLS_SERVER_NAME when several gates share the address
 * and none has the name. */
struct hc_rc hc_conn_choose(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e);

/* For web.c: each request is judged by the newest rules, also on a connection that is older than they are. A connection
 * whose gate is gone, or has become a relay, keeps its rules for the request in work and ends after it. */
void hc_conn_renew(struct hc_conn *c);

/*
 * For web.c, after hc_conn_renew: the request is for this host (as it came). On an address that gates share, its gate
 * is the one that answers to that name, and the connection moves to it (T8). Fails with HC_E_HTTP_MISDIRECTED when that
 * is none, a relay, or one that judges by another trust than the connection's peer was judged by (T9); with
 * HC_E_HTTP_HOST; with HC_E_NOMEM, after which the connection is cut.
 */
struct hc_rc hc_conn_send_to(struct hc_conn *c, struct hc_bytes host, struct hc_err *e);

/* Enters the peer into the live index, as one of the gate that the connection is at. Fails with HC_E_NOMEM. */
struct hc_rc hc_conn_enter(struct hc_conn *c, struct hc_err *e);

/* Takes anew from the newest bundle what the rules are told about the peer. */
void hc_conn_look_up(struct hc_conn *c);

/*
 * Do the newest rules still admit what is open? A relay that they admit goes on under them. Fails with the decision's
 * code, and with HC_E_NO_RULE when the gate is gone, or when nothing at all is open to the peer any more.
 */
struct hc_rc hc_conn_stands(struct hc_conn *c, struct hc_err *e);

#endif

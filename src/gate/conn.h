/*
 * conn.h - one connection of a peer, from accept to its end.
 *
 *     SHAKING --finished--> SERVING (HTTP, or a relay for which a rule gave a grant) --> closed
 *        |  refused                     | no rule (relay): close_notify
 *        v                              v
 *     ALERTED: half-closed and read from for a moment, so that the alert arrives; nothing it sends is looked at
 *
 * Nothing is said about an identity, and nothing is done for it, before hc_tls_peer gives a verified peer (T46).
 */
#ifndef HC_GATE_CONN_H
#define HC_GATE_CONN_H

#include "gate/relay.h"
#include "gate/service.h"
#include "http/exchange.h"
#include "observe/event.h"

enum hc_conn_phase { HC_CONN_SHAKING, HC_CONN_ALERTED, HC_CONN_HTTP, HC_CONN_RELAY, HC_CONN_DEAD };

struct hc_conn {
    struct hc_conn *next; /* in the worker's list */
    struct hc_conn **prev;
    struct hc_conn *shaking_next; /* in the worker's list of those that may give way */
    struct hc_conn *shaking_prev;
    struct hc_service *svc; /* one reference */
    enum hc_conn_phase phase;
    struct hc_stream stream; /* until HTTP or the relay takes it */
    struct hc_watch watch;
    struct hc_timer timer;
    struct hc_task death;
    struct hc_addr peer_addr;
    uint64_t began_us;
    size_t drained;

    struct hc_tls *tls;                  /* the session's owner is the stream; borrowed */
    const struct hc_verified_peer *peer; /* NULL: nobody in particular; borrowed from the session */
    struct hc_peer_view view;            /* the same for policy */
    struct hc_grant *grant;              /* of the request in work, or of the whole relay */

    union {
        struct hc_http http;
        struct hc_relay relay;
    };

    /* the request in work, for its event */
    struct hc_buf method;
    struct hc_buf path;
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

/* Ends now. */
void hc_conn_abort(struct hc_conn *c);

/* For web.c: each request is judged by the newest rules, also on a connection that is older than they are. A connection
 * whose gate is gone, or has become a relay, keeps its rules for the request in work and ends after it. */
void hc_conn_renew(struct hc_conn *c);

/* For web.c: the connection's HTTP is over; frees it at the end of the round. */
void hc_conn_over(struct hc_conn *c);

#endif

/*
 * tell.h - makes the events of a connection: who, what was decided, by which rule, why.
 */
#ifndef HC_GATE_TELL_H
#define HC_GATE_TELL_H

#include "gate/conn.h"

/* A handshake that finished, or did not: `e` is NULL or why not. A refused certificate is described as presented, not
 * as proven. */
void hc_tell_handshake(struct hc_conn *c, const struct hc_err *e);

/* A decision about a whole connection (relays). */
void hc_tell_connection(struct hc_conn *c, const struct hc_decision *d);

/* A relay is over: "ended" when its right did, otherwise "allowed", as it was. */
void hc_tell_relayed(struct hc_conn *c);

/* A connection is about to be ended because its peer has lost its right; counts it. */
void hc_tell_ended(struct hc_conn *c, const struct hc_err *why);

/* The same for a stream to a back end whose certificate has lost its right. */
void hc_tell_back_end_ended(struct hc_service *svc, const struct hc_stream *stream, const struct hc_err *why);

/* A request is over. */
void hc_tell_request(struct hc_conn *c, const struct hc_http_done *done);

/* Something that is nobody's request: out of descriptors, the limit of connections. */
void hc_tell_trouble(struct hc_service *svc, const struct hc_err *e);

#endif

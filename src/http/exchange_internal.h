/* exchange_internal.h - what exchange.c (the client's half), exchange_up.c (the back end's half),
 * exchange_out.c and exchange_time.c share. */
#ifndef HC_HTTP_EXCHANGE_INTERNAL_H
#define HC_HTTP_EXCHANGE_INTERNAL_H

#include "http/exchange.h"

#define HC_HTTP_READ 16384           /* one read; a TLS record */
#define HC_HTTP_HIGH 32768           /* with this much unsent, nothing more is taken in */
#define HC_HTTP_OUT_MAX (256 * 1024) /* never reached: HIGH, one read, chunk frames and a response head */

/* Writes what is pending; *io tells what stopped it. True when something moved. */
bool hc_http_flush(struct hc_stream *s, struct hc_buf *b, size_t *sent, enum hc_io *io);

/* Adds to what a side waits for. */
void hc_http_wait(unsigned *wants, enum hc_io io);

/* Reads from the client when there is room. */
bool hc_http_read_down(struct hc_http *h);

/* The request cannot be completed. Before the response began the client gets an answer about it, afterwards the
 * connection is cut. */
void hc_http_fail(struct hc_http *h, const struct hc_err *e);

/* Appends data of the response's body in the framing chosen for the client. */
void hc_http_out_body(struct hc_http *h, struct hc_bytes data);
void hc_http_out_end(struct hc_http *h);

/* Begins the response that the plan (ANSWER, FILE) describes; an ANSWER is then complete. */
void hc_http_out_own(struct hc_http *h);
/* The next piece of a FILE; true when something moved. */
bool hc_http_out_file(struct hc_http *h);

/* The client's connection can carry another request after this one. */
bool hc_http_may_keep(const struct hc_http *h);

/* Begins to forward: what the plan says, with the framing of the request's body. */
void hc_http_up_begin(struct hc_http *h, const struct hc_h1_head *head);
/* One round of forwarding; true when something moved. */
bool hc_http_up_step(struct hc_http *h);
/* The response is complete: gives the stream back or closes it. */
void hc_http_up_done(struct hc_http *h);
void hc_http_up_ready(struct hc_watch *w, unsigned what);

/* The connection is over: tells of the request in work, closes everything, and calls `closed` at the end of the round.
 * With `reset` the client sees a break. Does nothing the second time. */
void hc_http_end(struct hc_http *h, bool reset);

/* Answers a head that could not be read. */
void hc_http_refuse_head(struct hc_http *h, const struct hc_err *e);

/* Waits for what the last round asked for and for the deadline; ends the connection when it cannot. */
void hc_http_arm(struct hc_http *h);
/* For the deadline alone. Fails with HC_E_NOMEM. */
struct hc_rc hc_http_arm_timer(struct hc_http *h, struct hc_err *e);
void hc_http_timer_fired(struct hc_timer *t);

/* Does all that can be done now. */
void hc_http_advance(struct hc_http *h);

#endif

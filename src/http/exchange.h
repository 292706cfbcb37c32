/*
 * exchange.h - one HTTP/1.1 connection of a client: its requests one after another, each answered by this program, from
 * a file, or by a back end, with back pressure both ways and a bound on every buffer and every wait.
 *
 * The exchange knows how HTTP moves; its owner knows what is allowed. For each request the owner is asked once
 * (`request`) and fills a plan; only for a plan that forwards is `open` called, and nothing reaches a back end before.
 *
 * Nothing of a peer's framing is passed on: bodies are decoded and framed anew, trailers are dropped, Upgrade is
 * refused.
 *
 * Belongs to its loop's thread. The owner embeds a struct hc_http and frees it in `closed`.
 */
#ifndef HC_HTTP_EXCHANGE_H
#define HC_HTTP_EXCHANGE_H

#include "net/dial.h"
#include "net/loop.h"
#include "net/stream.h"
#include "proto/h1.h"
#include "proto/h1body.h"

struct hc_http;

/* All in milliseconds. */
struct hc_http_limits {
    uint64_t head_ms;     /* from the first byte of a request to the end of its head */
    uint64_t idle_ms;     /* nothing moves: between requests, in a body, in a response to a client that does not read */
    uint64_t connect_ms;  /* to reach the back end, its TLS handshake included */
    uint64_t upstream_ms; /* the back end says nothing */
};

enum hc_http_kind {
    HC_HTTP_ANSWER,  /* by this program, from `body` */
    HC_HTTP_FILE,    /* from a descriptor */
    HC_HTTP_FORWARD, /* by the back end */
};

#define HC_HTTP_BODY_MAX 16384 /* of an answer of this program */
#define HC_HTTP_INTERIM_MAX                                                                                            \
    32 /* 1xx answers of a back end to one request; real ones send two or three, and all are dropped */

/* How a request will be answered. The exchange owns it; `request` fills it. */
struct hc_http_plan {
    enum hc_http_kind kind;
    enum hc_code why; /* for the event: HC_OK_CODE, or the row of the refusal */
    unsigned status;  /* ANSWER, FILE */
    /* FORWARD: request line and fields; else response fields. Without framing, Connection, final line. */
    struct hc_buf fields;
    struct hc_buf body; /* ANSWER */
    int file;           /* FILE: owned by the plan; -1 for none */
    uint64_t offset;    /* FILE: where to begin, and how many bytes */
    uint64_t length;
};

/* What became of a request. */
struct hc_http_done {
    enum hc_code why;     /* HC_OK_CODE, or what went wrong, whoever noticed */
    const char *text;     /* a sentence about it, or NULL */
    unsigned status;      /* that the client was sent; 0 when none */
    uint64_t bytes;       /* of the response's body */
    uint64_t bytes_in;    /* of the request's body, as far as it was read */
    uint64_t duration_us; /* from the first byte of the head */
};

struct hc_http_ops {
    /* A request's head has arrived: fill the plan. `head` borrows from the input and is gone afterwards. May abort the
     * connection instead; no other of these may. */
    void (*request)(struct hc_http *h, const struct hc_h1_head *head, struct hc_http_plan *plan);
    /* The head could not be read, or the back end failed: fill an ANSWER for `e`. No request may be known. */
    void (*refuse)(struct hc_http *h, const struct hc_err *e, struct hc_http_plan *plan);
    /* A stream to the back end: one that was released before (*reused) unless `fresh`, or a new one. */
    struct hc_rc (*open)(struct hc_http *h, bool fresh, struct hc_dial *out, bool *reused, struct hc_err *e);
    /* A new stream is ready, before a byte goes to it. A failure ends the request as one of the back end. */
    struct hc_rc (*connected)(struct hc_http *h, struct hc_err *e);
    /* The stream can carry another request; the owner takes it. */
    void (*release)(struct hc_http *h, struct hc_stream stream);
    /* The request is over. */
    void (*finished)(struct hc_http *h, const struct hc_http_done *done);
    /* The connection is over and its descriptors are closed; the owner may free it now. */
    void (*closed)(struct hc_http *h);
};

/* Private, but embedded by the owner. */
struct hc_http {
    struct hc_loop *loop;
    const struct hc_http_ops *ops;
    const struct hc_http_limits *limits;

    /* the client */
    struct hc_stream down;
    struct hc_watch down_watch;
    struct hc_buf in;  /* bytes of the client not used yet */
    struct hc_buf out; /* bytes for the client; the first out_sent are written */
    size_t out_sent;
    bool down_end;       /* the client will send no more */
    unsigned down_wants; /* what the last read and write of this round wait for */
    size_t scanned;

    enum { HC_HTTP_HEAD, HC_HTTP_BUSY, HC_HTTP_LINGER, HC_HTTP_DEAD } state;
    bool draining;

    /* the request in work */
    struct hc_http_plan plan;
    struct hc_h1_decoder request_body;
    bool request_done;
    bool request_chunked;
    bool is_head;
    bool replayable; /* may be sent again on a fresh connection when a reused one died */
    bool client_keeps;
    bool client_1_0;
    bool answered; /* the response's head is in `out` */
    bool response_done;
    bool response_chunked;
    unsigned status;
    uint64_t body_bytes;
    uint64_t began_us; /* the first byte of the head; in LINGER: when that began */
    size_t lingered;
    struct hc_err trouble; /* what went wrong after the plan was made; code HC_OK_CODE when nothing did */

    /* the back end */
    struct hc_dial up;
    struct hc_watch up_watch;
    unsigned up_wants;
    bool up_reused;
    bool up_keeps;
    bool up_heard;  /* it has sent something for this request */
    bool up_end;    /* it will send no more */
    bool up_broken; /* ... and that was no proper end */
    bool up_deaf;   /* it takes no more; its answer may still be on the way */
    struct hc_buf up_in;
    struct hc_buf up_out;
    size_t up_sent; /* bytes of up_out written; they stay for a replay until up_heard */
    size_t up_scanned;
    unsigned up_interims; /* 1xx answers to this request */
    struct hc_h1_decoder response_body;

    struct hc_timer timer;
    uint64_t moved_ms;   /* when anything moved last */
    struct hc_task turn; /* at the end of this round: more of the work that others come before, or the end */
    bool turn_due;
};

/* Takes the client's stream (its handshake is done) and begins. On failure the stream is still the caller's. */
struct hc_rc hc_http_start(struct hc_http *h, struct hc_loop *loop, const struct hc_http_ops *ops,
                           const struct hc_http_limits *limits, struct hc_stream down, struct hc_err *e);

/* The program is stopping: the connection ends after the request in work, at once when there is none. */
void hc_http_drain(struct hc_http *h);

/* Ends it now; `closed` is called at the end of the loop's round. */
void hc_http_abort(struct hc_http *h);

/* The same for this reason, which the request in work, if any, is then told to have had. */
void hc_http_cut(struct hc_http *h, const struct hc_err *why);

/* Whether it is over, or about to be: nothing more will be asked or sent. */
bool hc_http_is_over(const struct hc_http *h);

/* A request is in work: its head was taken and its answer is not complete. */
bool hc_http_is_busy(const struct hc_http *h);

/* The back end of the request in work must not be heard any more: the client gets an answer that says so, or a cut
 * connection when its answer had begun. Does nothing when no back end is in use. Not from within one of the
 * operations. */
void hc_http_lose_back_end(struct hc_http *h, const struct hc_err *why);

#endif

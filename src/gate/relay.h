/*
 * relay.h - bytes both ways between a verified peer and a back end, until both have ended.
 *
 * An end on one side is passed on as an end to the other, which may still speak (half-close). A break is passed on as a
 * break, so that a truncated stream never looks complete. Each direction holds at most HC_RELAY_BUFFER bytes.
 */
#ifndef HC_GATE_RELAY_H
#define HC_GATE_RELAY_H

#include "net/dial.h"
#include "net/loop.h"

#define HC_RELAY_BUFFER 32768

struct hc_relay_limits {
    uint64_t connect_ms; /* to reach the back end, its TLS handshake included */
    uint64_t idle_ms;    /* nothing moves, either way */
};

struct hc_relay_way {
    struct hc_buf buf; /* on its way; the first `sent` are written */
    size_t sent;
    bool end;    /* the reading side has ended */
    bool passed; /* ... and the writing side was told */
    uint64_t bytes;
};

struct hc_relay;

struct hc_relay_owner {
    /* Once, when the back end is reached, before a byte goes to it. A failure ends the relay. */
    struct hc_rc (*connected)(struct hc_relay *r, struct hc_err *e);
    /* Once, while the streams are still open: time to tell. */
    void (*ended)(struct hc_relay *r);
    /* Once, after it, with the streams closed, at the end of the loop's round: time to free. */
    void (*over)(struct hc_relay *r);
};

struct hc_relay {
    struct hc_loop *loop;
    struct hc_relay_limits limits;
    struct hc_stream down;
    struct hc_dial up;
    struct hc_watch down_watch;
    struct hc_watch up_watch;
    unsigned down_wants;
    unsigned up_wants;
    struct hc_relay_way out; /* peer to back end */
    struct hc_relay_way in;  /* back end to peer */
    struct hc_timer timer;
    uint64_t moved_ms;
    bool again;
    bool dead;
    struct hc_err trouble; /* code HC_OK_CODE for a proper end */
    struct hc_relay_owner owner;
    struct hc_task death;
};

struct hc_relay_spec {
    struct hc_loop *loop;
    struct hc_relay_limits limits;
    struct hc_relay_owner owner;
};

/* Takes both streams. On failure both are closed already and nobody is called. */
struct hc_rc hc_relay_start(struct hc_relay *r, const struct hc_relay_spec *spec, struct hc_stream down,
                            struct hc_dial up, struct hc_err *e);

/* Breaks both sides now, with this reason. */
void hc_relay_abort(struct hc_relay *r, enum hc_code why, const char *text);

#endif

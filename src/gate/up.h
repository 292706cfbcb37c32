/*
 * up.h - what is known of a back end's stream besides its bytes: how it is judged, and its place in the live index.
 *
 * A back end that showed a certificate is a peer like any other: when its chain loses its right, whoever uses the
 * stream is told, through the `end` of its place. Belongs to one worker.
 */
#ifndef HC_GATE_UP_H
#define HC_GATE_UP_H

#include "gate/judge.h"
#include "gate/live.h"
#include "gate/settings.h"
#include "net/stream.h"

/* Embedded in whoever has the stream, and stays where it is while there is one. */
struct hc_up {
    struct hc_judging judging;
    struct hc_live_peer live;     /* its `end` is the owner's to set */
    struct hc_settings *settings; /* that the stream is made of; one reference; NULL for a plain one */
};

/* The stream's handshake is done: judges what is left to be judged and enters it into the index; nothing for a plain
 * stream. Fails with the verdict's code, HC_E_NOMEM. */
struct hc_rc hc_up_ready(struct hc_up *up, const struct hc_stream *stream, struct hc_err *e);

/* A stream that was in use by `from` is now `to`'s. Its place is the same: never fails but with HC_E_NOMEM, after which
 * the stream must be closed. `from` is over. */
struct hc_rc hc_up_hand_over(struct hc_up *from, struct hc_up *to, const struct hc_stream *stream, struct hc_err *e);

/* There is no stream any more. Safe at any time. */
void hc_up_over(struct hc_up *up);

#endif

/*
 * stream.h - bytes over a non-blocking socket, plain or TLS, with one way to read, write and end.
 */
#ifndef HC_NET_STREAM_H
#define HC_NET_STREAM_H

#include "base/buf.h"

struct hc_tls;

enum hc_io {
    HC_IO_OK,          /* some bytes moved, or the step is done */
    HC_IO_AGAIN_READ,  /* nothing moved; wait for HC_READ */
    HC_IO_AGAIN_WRITE, /* nothing moved; wait for HC_WRITE */
    HC_IO_END,         /* the peer ended the stream properly: FIN, or close_notify over TLS */
    HC_IO_BROKEN,      /* reset, truncated without close_notify, or a TLS failure */
};

struct hc_stream {
    int fd;             /* owned; -1: none */
    struct hc_tls *tls; /* owned; NULL: plain */
};

#define HC_STREAM_NONE ((struct hc_stream){.fd = -1})

/* Appends up to `most` bytes to `into` (which must have room for them). *n gets how many. HC_IO_BROKEN also when memory
 * ran out. */
enum hc_io hc_stream_read(struct hc_stream *s, struct hc_buf *into, size_t most, size_t *n);

/* Writes a prefix of `from`; *n gets its length. After HC_IO_AGAIN_* call again with at least the same bytes. */
enum hc_io hc_stream_write(struct hc_stream *s, struct hc_bytes from, size_t *n);

/* Says that no more will be sent: close_notify and FIN. HC_IO_OK when said (or when it cannot be said any more);
 * HC_IO_AGAIN_WRITE when close_notify has no room yet: call again, or the peer will see a break. After the first call
 * nothing can be written. */
enum hc_io hc_stream_end(struct hc_stream *s);

/* Whether nothing waits to be read, neither bytes nor an end, in the socket or inside TLS: what a stream between two
 * requests must be, or what waits would pass for the answer to the next one. */
bool hc_stream_is_quiet(const struct hc_stream *s);

/* Closes the socket without a word of its own (end first, to be polite); with `reset` the peer sees RST: an abort. What
 * belongs to TLS stays, until hc_stream_close: thousands of peers who must go are gone before the work of freeing
 * begins. */
void hc_stream_cut(struct hc_stream *s, bool reset);

/* The same, unless it was cut already, and sets the stream to none. */
void hc_stream_close(struct hc_stream *s, bool reset);

#endif

/*
 * h1body.h - bodies of HTTP/1.1 messages: a decoder for what arrives, and emitters for what is sent [RFC 9112 6, 7].
 *
 * The decoder never copies: it hands out views into its input. Chunk extensions and trailers are checked, bounded and
 * dropped: the gate writes its own framing, so no byte of a peer's framing reaches the other side.
 *
 * Threads: a decoder belongs to one thread. Nothing blocks, nothing allocates but the emitters' buffer.
 */
#ifndef HC_PROTO_H1BODY_H
#define HC_PROTO_H1BODY_H

#include "base/buf.h"
#include "proto/h1.h"

#define HC_H1_CHUNK_LINE_MAX 256      /* size, extensions and CRLF; no known extension needs more */
#define HC_H1_TRAILERS_MAX (8 * 1024) /* they are dropped, so this only bounds the work */

/* The caller's storage; every field is private. */
struct hc_h1_decoder {
    enum hc_h1_body body;
    unsigned state;
    enum hc_code fault;  /* what malformed framing fails with */
    enum hc_code closed; /* what an early end fails with */
    enum hc_code failed; /* sticky */
    uint64_t left;       /* content bytes to come, of the whole body or of the chunk */
    uint64_t total;      /* content bytes handed out */
    size_t line;         /* bytes of the current chunk-size line */
    size_t digits;       /* significant digits of the chunk size */
    size_t trailers;     /* bytes of the trailer section */
};

/* What one call made of its input. */
struct hc_h1_piece {
    size_t consumed;      /* bytes of input that are done with; never 0 unless nothing can be done without more */
    struct hc_bytes data; /* content, a view into the input; may be empty */
    enum hc_h1_progress progress; /* HC_H1_DONE: the body is complete; the rest of the input is the next message's */
};

/* Ready for the body that `head` announces. Malformed framing then fails with HC_E_HTTP_FRAMING and an early end with
 * HC_E_HTTP_CLOSED for a request, resp. HC_E_UPSTREAM_GARBAGE and HC_E_UPSTREAM_CLOSED for a response. */
void hc_h1_decoder_init_request(struct hc_h1_decoder *dec, const struct hc_h1_head *head);
void hc_h1_decoder_init_response(struct hc_h1_decoder *dec, const struct hc_h1_head *head);

/*
 * hc_h1_decode - take the next piece of the body from the start of `in`.
 *
 * Gives at most one view of content a call; call again with the rest until the input is used up or the body is done:
 *
 *     do {
 *         HC_TRY(e, hc_h1_decode(&dec, in, &piece, e));
 *         in = hc_bytes_skip(in, piece.consumed);
 *         ... forward piece.data ...
 *     } while (piece.progress == HC_H1_MORE && in.n > 0);
 *
 * A body of no bytes is done at the first call, also with empty input. How the bytes are cut into calls never changes
 * the content or the outcome. A failure is sticky; the connection cannot be used any more. `piece` is untouched on
 * failure.
 */
struct hc_rc hc_h1_decode(struct hc_h1_decoder *dec, struct hc_bytes in, struct hc_h1_piece *piece, struct hc_err *e);

/* The peer closed. Succeeds when the body is complete, which it is now if it ran until the close; otherwise fails with
 * the code of an early end. */
struct hc_rc hc_h1_decode_eof(struct hc_h1_decoder *dec, struct hc_err *e);

/* Content bytes handed out so far. */
static inline uint64_t hc_h1_decoder_total(const struct hc_h1_decoder *dec)
{
    return dec->total;
}

/*
 * Emitters. Each appends to `out`; check once at the end with hc_buf_check.
 *
 * Those that take a peer's bytes refuse what could end a line or a value early: the buffer then fails, stays failed,
 * and its owner sends nothing. Heads that hc_h1_*_head accepted never hold such bytes.
 */

/* "HTTP/1.1 200 OK" CRLF. The reason is one of this program's or a parsed head's. */
void hc_h1_emit_status(struct hc_buf *out, unsigned status, struct hc_bytes reason);

/* "GET /path HTTP/1.1" CRLF. The method must be a token, the target printable ASCII without spaces. */
void hc_h1_emit_request(struct hc_buf *out, struct hc_bytes method, struct hc_bytes target);

/* "Name: value" CRLF. The name must be a token, the value free of control bytes except HTAB. */
void hc_h1_emit_field(struct hc_buf *out, struct hc_bytes name, struct hc_bytes value);

/* The same with a number in decimal. */
void hc_h1_emit_field_number(struct hc_buf *out, struct hc_bytes name, uint64_t value);

/* The empty line after the last field. */
void hc_h1_emit_end(struct hc_buf *out);

/* The reason phrase of a status code, or "" for one without a name. Static storage. */
const char *hc_h1_reason(unsigned status);

/* Around a chunk of `n` bytes, n > 0: an empty one would end the body. hc_h1_chunk_last ends it, without trailers. */
void hc_h1_chunk_begin(struct hc_buf *out, size_t n);
void hc_h1_chunk_end(struct hc_buf *out);
void hc_h1_chunk_last(struct hc_buf *out);

#endif

/*
 * h1_parts.h - what the files of the HTTP/1.1 head reader share; private to src/proto/h1*.c.
 *
 *     lines (where does the head end, are its bytes clean) -> start line (h1.c) -> fields (names, values, framing)
 */
#ifndef HC_PROTO_H1_PARTS_H
#define HC_PROTO_H1_PARTS_H

#include "proto/h1.h"

/*
 * Looks for the end of the head from *scanned on; *end gets the bytes it takes, 0 while it is incomplete. Everything
 * before *end consists of lines that end in CRLF and hold no control byte but HTAB. Fails with HC_E_HTTP_MALFORMED,
 * HC_E_HTTP_HEAD_TOO_BIG, HC_E_HTTP_URI_TOO_LONG.
 */
struct hc_rc hc_h1_lines_end(struct hc_bytes in, size_t *scanned, size_t *end, struct hc_err *e);

/* Takes the next line off the front of bytes that hc_h1_lines_end has accepted; without its CRLF. */
struct hc_bytes hc_h1_lines_take(struct hc_bytes *rest);

/*
 * Reads the field lines up to the empty one into head->fields, and what they say about framing and the connection into
 * the rest of the head. head->minor and, for a request, head->method must be set. Fails with the codes of
 * hc_h1_request_head.
 */
struct hc_h1_said {
    bool response;          /* in: white space before a colon is dropped, Host and Expect mean nothing */
    unsigned hosts;         /* how many Host fields */
    unsigned lengths;       /* Content-Length fields */
    unsigned codings;       /* Transfer-Encoding fields: each was exactly `chunked` */
    bool close, keep_alive; /* Connection options */
};
struct hc_rc hc_h1_fields_read(struct hc_bytes lines, struct hc_h1_head *head, struct hc_h1_said *said,
                               struct hc_err *e);

/* Whether two field names are the same to a careless back end; see the predicates in h1.h. */
bool hc_h1_name_same(struct hc_bytes a, struct hc_bytes b);

/* Whether `host` is a Host: a name of letters, digits, - . _ (so IPv4 too) or an [IPv6], and an optional port. */
bool hc_h1_host_ok(struct hc_bytes host);

/* The same with a port that is not optional: the target of CONNECT. */
bool hc_h1_authority_ok(struct hc_bytes authority);

#endif

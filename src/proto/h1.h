/*
 * h1.h - heads of HTTP/1.1 messages, read strictly and without any I/O [RFC 9112, RFC 9110].
 *
 * A proxy's parser is its border: whatever two parsers could read differently is refused here, so that the back end
 * sees only what the rules saw (T34). The result borrows from the input; nothing is copied and nothing is allocated.
 *
 *     switch (progress) { MORE: read more, call again with all bytes so far; DONE: head.head_bytes belong to the head }
 *
 * Refused outright: bare CR, bare LF, folded lines, space before a colon (in requests), empty or non-token names,
 * control bytes, two framings, a repeated or list-valued Content-Length, any transfer coding but `chunked` alone.
 *
 * Threads: every function is pure. Nothing blocks. Error sentences hold none of the peer's text.
 */
#ifndef HC_PROTO_H1_H
#define HC_PROTO_H1_H

#include "base/bytes.h"
#include "base/err.h"

#define HC_H1_HEAD_MAX (32 * 1024)  /* start line and fields with the final empty line; twice what large cookies need */
#define HC_H1_FIELDS_MAX 128        /* browsers send 20; bounds every walk over the fields */
#define HC_H1_TARGET_MAX (8 * 1024) /* RFC 9112 3 recommends at least 8000 */
#define HC_H1_METHOD_MAX 32         /* the longest registered method has 17 bytes */
#define HC_H1_CONNECTION_MAX 16     /* options in Connection: clients send one or two; bounds the nomination test */
#define HC_H1_HOST_MAX 300          /* a DNS name (253), brackets and a port */

enum hc_h1_progress {
    HC_H1_MORE, /* well-formed so far; call again with more bytes */
    HC_H1_DONE,
};

enum hc_h1_body {
    HC_H1_BODY_NONE,
    HC_H1_BODY_LENGTH, /* content_length bytes; may be 0 */
    HC_H1_BODY_CHUNKED,
    HC_H1_BODY_UNTIL_CLOSE, /* responses only */
};

enum hc_h1_target {
    HC_H1_TARGET_ORIGIN,    /* /path?query */
    HC_H1_TARGET_ABSOLUTE,  /* http://host/path?query; its authority equals Host */
    HC_H1_TARGET_ASTERISK,  /* `*`, OPTIONS only; no path to judge: `path` is "*" */
    HC_H1_TARGET_AUTHORITY, /* host:port, CONNECT only; the caller refuses it (HC_E_HTTP_METHOD); `path` is empty */
};

struct hc_h1_field {
    struct hc_bytes name;  /* a token, as it came; compare with hc_bytes_eq_nocase */
    struct hc_bytes value; /* without surrounding white space; no control byte but HTAB; may hold bytes above 0x7f */
};

/* Every view borrows from the input of the call that filled it (or is a constant), and is valid as long as that. */
struct hc_h1_head {
    struct hc_bytes method; /* request: 1 to HC_H1_METHOD_MAX token bytes, case-sensitive */
    struct hc_bytes target; /* request: as it came */
    struct hc_bytes path;   /* request: path and query, for hc_path_normalise; "/" when absolute-form has none */
    enum hc_h1_target form; /* request */
    struct hc_bytes host;   /* request: Host, validated (name, IPv4 or [IPv6], optional port); empty only in HTTP/1.0 */
    struct hc_bytes reason; /* response; may be empty */
    unsigned status;        /* response: 100 to 599 */
    unsigned minor;         /* HTTP/1.minor: 0 or 1 */

    enum hc_h1_body body;
    bool has_content_length; /* the field is there, also where the response has no body (HEAD, 304) */
    uint64_t content_length; /* at most INT64_MAX; 0 when absent */

    bool keep_alive;      /* the connection may carry another message after this one [RFC 9112 9.3] */
    bool has_upgrade;     /* an Upgrade field in HTTP/1.1; in 1.0 it is ignored [RFC 9110 7.8] */
    bool expect_continue; /* Expect: 100-continue in HTTP/1.1; in 1.0 it is ignored [RFC 9110 10.1.1] */

    size_t head_bytes; /* bytes of input that the head took, with a leading empty line and the final one */
    size_t n_fields;
    struct hc_h1_field fields[HC_H1_FIELDS_MAX]; /* in order; only the first n_fields are set */
    size_t n_connection;
    struct hc_bytes connection[HC_H1_CONNECTION_MAX]; /* the options of all Connection fields */
};

/*
 * hc_h1_request_head - read the head of a request from the start of `in`.
 *
 *   in        all bytes received since the end of the last message; bytes after the head are not looked at
 *   scanned   0 before the first call for a head; keeps how far the search went, so that bytes arriving one by one
 *             cost no more than all at once. Set to 0 again on HC_H1_DONE
 *   out       the head on HC_H1_DONE; at any other time it means nothing
 *   progress  untouched on failure
 *
 * How the bytes are cut into calls never changes the outcome. After a failure the connection cannot be used any more:
 * answer with the row's status and close.
 *
 * Fails with
 *   HC_E_HTTP_MALFORMED        syntax; more than one empty line before the request; too many Connection options
 *   HC_E_HTTP_FRAMING          Content-Length or Transfer-Encoding repeated, both, malformed; a look-alike of them
 *                              (Content_Length); Transfer-Encoding in HTTP/1.0 or without chunked at its end
 *                              [RFC 9112 6.1, 6.3]
 *   HC_E_HTTP_TRANSFER_CODING  another coding before the final chunked
 *   HC_E_HTTP_HEAD_TOO_BIG     beyond HC_H1_HEAD_MAX or HC_H1_FIELDS_MAX
 *   HC_E_HTTP_URI_TOO_LONG     beyond HC_H1_TARGET_MAX
 *   HC_E_HTTP_VERSION          a well-formed version other than HTTP/1.0 and HTTP/1.1
 *   HC_E_HTTP_HOST             Host missing in 1.1, repeated, malformed, or not the authority of an absolute target
 *   HC_E_HTTP_EXPECT           an expectation other than 100-continue
 */
struct hc_rc hc_h1_request_head(struct hc_bytes in, size_t *scanned, struct hc_h1_head *out,
                                enum hc_h1_progress *progress, struct hc_err *e);

/*
 * hc_h1_response_head - read the head of a back end's response from the start of `in`.
 *
 * As strict about lines and framing as hc_h1_request_head, and lenient where real back ends differ: HTTP/1.0, no reason
 * phrase, white space before a colon (dropped, as RFC 9112 5.1 demands of a proxy), no length (the body ends with the
 * connection). A 1xx head is reported like any other, with no body; the final head follows it. 204, 304 and answers to
 * HEAD have no body; where a 1xx or 204 states one all the same, keep_alive is false, as what follows is anybody's
 * guess.
 *
 *   request_was_head   the request's method was HEAD
 *
 * Every failure is HC_E_UPSTREAM_GARBAGE; the sentence says what was wrong.
 */
struct hc_h1_response_input {
    struct hc_bytes in;
    size_t *scanned; /* as above */
    bool request_was_head;
};
struct hc_rc hc_h1_response_head(struct hc_h1_response_input input, struct hc_h1_head *out,
                                 enum hc_h1_progress *progress, struct hc_err *e);

/* The first field of that name (compared without case), or NULL. Valid as long as the head. */
const struct hc_h1_field *hc_h1_field_find(const struct hc_h1_head *head, struct hc_bytes name);

/* Whether a Connection field of this head nominates `name`, so that it must not be forwarded [RFC 9110 7.6.1]. The
 * names that the gate itself adds are added afterwards and cannot be nominated away (T29). Names are compared as by the
 * predicates below. */
bool hc_h1_connection_nominates(const struct hc_h1_head *head, struct hc_bytes name);

/*
 * What a field's name says about who owns it. Names are compared as careless back ends do (T28): case does not matter,
 * every byte that is neither letter nor digit counts as `-` (CGI turns them all into `_`), and trailing white space,
 * control and such bytes are ignored. So Handclasp_Identity and HANDCLASP-IDENTITY are the same name here. Use them on
 * trailers as well.
 */

/* Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade, Proxy-Authenticate,
 * -Authorization, -Authentication-Info: never forwarded, nominated or not [RFC 9110 7.6.1]. */
bool hc_h1_name_is_hop_by_hop(struct hc_bytes name);

/* The identity namespace: what this or another proxy would use to tell a back end who the client is. Only the gate
 * writes these; from a client they are dropped (T28, T30): Handclasp-*, Client-Cert*, X-Forwarded-Client-Cert, X-SSL-*,
 * SSL-Client-*, (X-)TLS-Client-*, X-Client-Cert*, -Verify, -DN, -S-DN, -I-DN, -Subject-DN, -Issuer-DN, -Serial and
 * -Fingerprint, X-Amzn-Mtls-*, X-Forwarded-Tls-Client-*, (X-)Remote-*, X-Authenticated-User and their like. */
bool hc_h1_name_is_identity(struct hc_bytes name);

/* Fields by which a client could make the back end act on another path or method than the rules judged (T42):
 * X-Original-URL, X-Original-URI, X-Rewrite-URL, X-HTTP-Method-Override, X-HTTP-Method, X-Method-Override; and Proxy,
 * by which it could choose through whom a CGI back end makes its own requests ("httpoxy"). */
bool hc_h1_name_is_override(struct hc_bytes name);

/* What proxies tell about where a request came from and for which host: Forwarded, X-Forwarded-*, X-Real-IP,
 * X-Client-IP, True-Client-IP, X-Cluster-Client-IP, CF-Connecting-IP, Fastly-Client-IP, X-Host, X-Original-Host. The
 * gate sets its own and drops the client's. X-Forwarded-Client-Cert and the like are both this and identity. */
bool hc_h1_name_is_forwarded(struct hc_bytes name);

/* Whether `b` is a non-empty token [RFC 9110 5.6.2]: a method, a field name. */
bool hc_h1_is_token(struct hc_bytes b);

#endif

/*
 * static.h - answers requests from the files below one directory.
 *
 * What is served: regular files that this process can read. What never is: anything outside the root, whatever `..` or
 * symbolic link points there; a path of which any segment begins with a dot; directories (their index.html is),
 * devices, pipes and sockets. A symbolic link that leads to a place below the root by a relative path is followed,
 * where the kernel has openat2(2) (Linux 5.6); otherwise no link is.
 *
 * [RFC 9110 8.8, 13, 14]: ETag, Last-Modified, the four preconditions, and single ranges.
 */
#ifndef HC_HTTP_STATIC_H
#define HC_HTTP_STATIC_H

#include "http/exchange.h"

struct hc_static_request {
    struct hc_bytes method;
    struct hc_bytes path; /* in the normal form that the rules judged: from its `/`, with escapes, without the query */
    const struct hc_h1_head *head; /* for the conditions, the range and, when redirecting, the query */
    int64_t now;                   /* seconds UTC */
};

/*
 * hc_static_plan - how to answer one request.
 *
 *   root   a directory's descriptor (O_PATH will do); borrowed for the call
 *   plan   initialised by the exchange; filled on success, untouched on failure. All borrowed bytes are copied.
 *
 * Success fills one of
 *   FILE    200, or 206 for a single range [RFC 9110 14.2]; the plan owns the descriptor. For HEAD as for GET.
 *   ANSWER  301 for a directory without its final slash, 304, 412; plan->why stays HC_OK_CODE
 *   ANSWER  405 with Allow, 416 with Content-Range: refusals, with plan->why set and a line of text as body
 * Several ranges at once, a malformed Range, or an If-Range that does not match are answered with the whole file. A
 * date in If-Range never matches: within the second that it names, the file may have been two files [RFC 9110 8.8.2.2].
 *
 * Every response says `Cache-Control: private, no-cache`: what mutual TLS protects must not be handed out by a shared
 * cache, and a private one asks again (which costs a 304).
 *
 * Fails, and the caller answers, with
 *   HC_E_HTTP_NOT_FOUND    nothing there that may be served; the sentence says why, for the log only
 *   HC_E_HTTP_PATH         the path is not in the normal form
 *   HC_E_FILE_UNREADABLE   the system refused for a reason of its own: out of descriptors, an error of the disk
 *   HC_E_NOMEM, HC_E_TOO_BIG (the response's fields)
 * Blocks: the file system. Any thread.
 */
struct hc_rc hc_static_plan(int root, const struct hc_static_request *req, struct hc_http_plan *plan, struct hc_err *e);

#endif

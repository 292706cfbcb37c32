/*
 * h1.c - start lines, and the whole head put together.
 *
 * A request passes these gates in this order: clean lines, request line, fields, target against Host, framing. Nothing
 * behind a gate is looked at before it.
 */
#include "proto/h1.h"

#include "proto/h1_parts.h"

/* What a head is before anything is known of it; the fields need no clearing. */
static void begin(struct hc_h1_head *head)
{
    head->method = head->target = head->path = head->host = head->reason = (struct hc_bytes){0};
    head->form = HC_H1_TARGET_ORIGIN;
    head->status = head->minor = 0;
    head->body = HC_H1_BODY_NONE;
    head->has_content_length = head->keep_alive = head->has_upgrade = head->expect_continue = false;
    head->content_length = 0;
    head->head_bytes = head->n_fields = head->n_connection = 0;
}

/* RFC 9112 2.3; the name is case-sensitive. */
static struct hc_rc read_version(struct hc_bytes text, unsigned *minor, struct hc_err *e)
{
    struct hc_bytes name = HC_BYTES("HTTP/");
    bool version = text.n == 8 && hc_bytes_starts(text, name) && hc_ascii_is_digit(text.p[5]) && text.p[6] == '.' &&
                   hc_ascii_is_digit(text.p[7]);

    if (!version)
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the first line names no HTTP version");
    if (text.p[5] != '1' || text.p[7] > '1')
        return HC_FAIL(e, HC_E_HTTP_VERSION, "HTTP/%c.%c is not spoken here", text.p[5], text.p[7]);
    *minor = (unsigned)(text.p[7] - '0');
    return HC_OK;
}

static bool is_visible(struct hc_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        if (b.p[i] <= 0x20 || b.p[i] >= 0x7f)
            return false;
    return true;
}

/* Splits "http://authority/path" [RFC 9112 3.2.2]; false when the target is not of that form. */
static bool split_absolute(struct hc_bytes target, struct hc_bytes *authority, struct hc_bytes *path)
{
    size_t skip = 0, end = 0;

    if (hc_bytes_eq_nocase(hc_bytes_head(target, 7), HC_BYTES("http://")))
        skip = 7;
    if (hc_bytes_eq_nocase(hc_bytes_head(target, 8), HC_BYTES("https://")))
        skip = 8;
    target = hc_bytes_skip(target, skip);
    while (end < target.n && target.p[end] != '/' && target.p[end] != '?' && target.p[end] != '#')
        end++;
    *authority = hc_bytes_head(target, end);
    *path = hc_bytes_skip(target, end);
    return skip != 0;
}

static struct hc_rc read_absolute(struct hc_h1_head *head, struct hc_err *e)
{
    head->form = HC_H1_TARGET_ABSOLUTE;
    if (!split_absolute(head->target, &head->host, &head->path))
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the target is neither a path nor an http or https URI");
    if (!hc_h1_host_ok(head->host)) /* user information is refused as well [RFC 9110 4.2.4] */
        return HC_FAIL(e, HC_E_HTTP_HOST, "the target's authority is not a host name or address with an optional port");
    if (head->path.n > 0 && head->path.p[0] != '/')
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the target has no path before its query");
    if (head->path.n > 0)
        return HC_OK;
    if (!hc_bytes_eq_str(head->method, "OPTIONS")) {
        head->path = HC_BYTES("/"); /* RFC 9110 4.2.3: an empty path is "/" */
        return HC_OK;
    }
    head->form = HC_H1_TARGET_ASTERISK; /* RFC 9112 3.2.4: "MUST send a request-target of "*"" */
    head->path = HC_BYTES("*");
    return HC_OK;
}

static struct hc_rc read_target(struct hc_h1_head *head, struct hc_err *e)
{
    if (head->target.n > HC_H1_TARGET_MAX)
        return HC_FAIL(e, HC_E_HTTP_URI_TOO_LONG, "the target has %zu bytes, more than %d", head->target.n,
                       HC_H1_TARGET_MAX);
    if (head->target.n == 0 || !is_visible(head->target))
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the target is empty or holds a byte that must be percent-encoded");
    if (hc_bytes_eq_str(head->method, "CONNECT")) {
        head->form = HC_H1_TARGET_AUTHORITY;
        return hc_h1_authority_ok(head->target)
                   ? HC_OK
                   : HC_FAIL(e, HC_E_HTTP_MALFORMED, "the target of CONNECT is not host:port");
    }
    if (head->target.p[0] == '/') {
        head->path = head->target;
        return HC_OK;
    }
    if (!hc_bytes_eq_str(head->target, "*"))
        return read_absolute(head, e);
    if (!hc_bytes_eq_str(head->method, "OPTIONS")) /* RFC 9112 3.2.4: "only used for a server-wide OPTIONS request" */
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the target * is for OPTIONS only");
    head->form = HC_H1_TARGET_ASTERISK;
    head->path = head->target;
    return HC_OK;
}

/* method SP target SP version, single spaces [RFC 9112 3] */
static struct hc_rc read_request_line(struct hc_bytes line, struct hc_h1_head *head, struct hc_err *e)
{
    size_t first = hc_bytes_find(line, ' ');
    struct hc_bytes rest = hc_bytes_skip(line, first + 1);
    size_t second = hc_bytes_find(rest, ' ');

    head->method = hc_bytes_head(line, first);
    head->target = hc_bytes_head(rest, second);
    if (head->method.n > HC_H1_METHOD_MAX || !hc_h1_is_token(head->method))
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the first line does not start with a method");
    HC_TRY(e, read_version(hc_bytes_skip(rest, second + 1), &head->minor, e));
    return read_target(head, e);
}

/* RFC 9112 3.2: 400 "to any HTTP/1.1 request message that lacks a Host header field" or has several. */
static struct hc_rc check_host(const struct hc_h1_head *head, const struct hc_h1_said *said, struct hc_bytes authority,
                               struct hc_err *e)
{
    if (said->hosts == 0 && head->minor == 1)
        return HC_FAIL(e, HC_E_HTTP_HOST, "Host is missing");
    if (said->hosts > 0 && authority.n > 0 && !hc_bytes_eq_nocase(authority, head->host))
        return HC_FAIL(e, HC_E_HTTP_HOST, "Host differs from the target's authority");
    return HC_OK;
}

/* RFC 9112 6.3 for requests. */
static struct hc_rc frame_request(struct hc_h1_head *head, const struct hc_h1_said *said, struct hc_err *e)
{
    if (said->codings > 0 && said->lengths > 0)
        return HC_FAIL(e, HC_E_HTTP_FRAMING, "both Content-Length and Transfer-Encoding");
    if (said->codings > 0)
        head->body = HC_H1_BODY_CHUNKED;
    else if (said->lengths > 0)
        head->body = HC_H1_BODY_LENGTH;
    return HC_OK;
}

/* RFC 9112 9.3 */
static bool keeps_alive(const struct hc_h1_head *head, const struct hc_h1_said *said)
{
    return !said->close && (head->minor == 1 || said->keep_alive);
}

static struct hc_rc parse_request(struct hc_bytes lines, struct hc_h1_head *head, struct hc_err *e)
{
    struct hc_h1_said said = {.response = false};
    struct hc_bytes line = hc_h1_lines_take(&lines);
    struct hc_bytes authority;

    if (line.n == 0) /* RFC 9112 2.2: "SHOULD ignore at least one empty line" before the request line */
        line = hc_h1_lines_take(&lines);
    HC_TRY(e, read_request_line(line, head, e));
    authority = head->host;
    HC_TRY(e, hc_h1_fields_read(lines, head, &said, e));
    HC_TRY(e, check_host(head, &said, authority, e));
    HC_TRY(e, frame_request(head, &said, e));
    head->keep_alive = keeps_alive(head, &said);
    return HC_OK;
}

struct hc_rc hc_h1_request_head(struct hc_bytes in, size_t *scanned, struct hc_h1_head *out,
                                enum hc_h1_progress *progress, struct hc_err *e)
{
    size_t end;

    begin(out);
    HC_TRY(e, hc_h1_lines_end(in, scanned, &end, e));
    if (end == 0) {
        *progress = HC_H1_MORE;
        return HC_OK;
    }
    HC_TRY(e, parse_request(hc_bytes_head(in, end), out, e));
    out->head_bytes = end;
    *scanned = 0;
    *progress = HC_H1_DONE;
    return HC_OK;
}

/* version SP 3DIGIT [ SP reason ] [RFC 9112 4]; some back ends leave out the last space */
static struct hc_rc read_status_line(struct hc_bytes line, struct hc_h1_head *head, struct hc_err *e)
{
    struct hc_bytes code = hc_bytes_head(hc_bytes_skip(line, 9), 3);

    HC_TRY(e, read_version(hc_bytes_head(line, 8), &head->minor, e));
    if (line.n < 12 || line.p[8] != ' ' || (line.n > 12 && line.p[12] != ' '))
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the first line is not a status line");
    for (size_t i = 0; i < code.n; i++) {
        if (!hc_ascii_is_digit(code.p[i]))
            return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the status code is not a number");
        head->status = head->status * 10 + (unsigned)(code.p[i] - '0');
    }
    if (head->status < 100 || head->status > 599) /* RFC 9110 15: "outside the range 100..599 are invalid" */
        return HC_FAIL(e, HC_E_HTTP_MALFORMED, "the status code %u does not exist", head->status);
    head->reason = hc_bytes_skip(line, 13);
    return HC_OK;
}

/* RFC 9112 6.3 for responses. */
static struct hc_rc frame_response(struct hc_h1_head *head, const struct hc_h1_said *said, bool request_was_head,
                                   struct hc_err *e)
{
    if (said->codings > 0 && said->lengths > 0)
        return HC_FAIL(e, HC_E_HTTP_FRAMING, "both Content-Length and Transfer-Encoding");
    head->keep_alive = keeps_alive(head, said);
    if (head->status < 200 || head->status == 204) {
        if (said->codings > 0 || head->content_length > 0)
            head->keep_alive = false; /* it may send the body that it must not have; never read on */
    } else if (request_was_head || head->status == 304) {
        head->body = HC_H1_BODY_NONE;
    } else if (said->codings > 0) {
        head->body = HC_H1_BODY_CHUNKED;
    } else if (said->lengths > 0) {
        head->body = HC_H1_BODY_LENGTH;
    } else {
        head->body = HC_H1_BODY_UNTIL_CLOSE;
        head->keep_alive = false;
    }
    return HC_OK;
}

static struct hc_rc read_response(const struct hc_h1_response_input *input, struct hc_h1_head *head, size_t *end,
                                  struct hc_err *e)
{
    struct hc_h1_said said = {.response = true};
    struct hc_bytes lines;

    begin(head);
    HC_TRY(e, hc_h1_lines_end(input->in, input->scanned, end, e));
    if (*end == 0)
        return HC_OK;
    lines = hc_bytes_head(input->in, *end);
    HC_TRY(e, read_status_line(hc_h1_lines_take(&lines), head, e));
    HC_TRY(e, hc_h1_fields_read(lines, head, &said, e));
    return frame_response(head, &said, input->request_was_head, e);
}

struct hc_rc hc_h1_response_head(struct hc_h1_response_input input, struct hc_h1_head *out,
                                 enum hc_h1_progress *progress, struct hc_err *e)
{
    size_t end = 0;

    if (hc_failed(read_response(&input, out, &end, e))) {
        e->code = HC_E_UPSTREAM_GARBAGE; /* the rows of requests would blame the client */
        return (struct hc_rc){HC_E_UPSTREAM_GARBAGE};
    }
    *progress = end ? HC_H1_DONE : HC_H1_MORE;
    if (end) {
        out->head_bytes = end;
        *input.scanned = 0;
    }
    return HC_OK;
}

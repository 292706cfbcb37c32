/*
 * static.c - from a path to a plan: decode, open, look at the conditions, write the fields.
 */
#include "http/static.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "http/static_internal.h"
#include "proto/http_date.h"

#define INDEX "index.html"
#define LOCATION_MAX (HC_H1_TARGET_MAX * 3 + 1) /* the normal form escapes a byte into three; and the slash */

/* --- the path ----------------------------------------------------------------------------------------------------- */

/* One byte off the front, decoded. The rules' normal form holds nothing of what is refused here; it is refused again
 * because the file system reads bytes, whatever a caller promised. */
static struct hc_rc decode_byte(struct hc_bytes *path, uint8_t *out, struct hc_err *e)
{
    uint8_t c = path->p[0];
    size_t n = 1;

    if (c == '%') {
        int high = path->n >= 3 ? hc_ascii_hex(path->p[1]) : -1;
        int low = path->n >= 3 ? hc_ascii_hex(path->p[2]) : -1;

        if (high < 0 || low < 0)
            return HC_FAIL(e, HC_E_HTTP_PATH, "an escape in the path is malformed");
        c = (uint8_t)(high * 16 + low);
        n = 3;
        if (c == '/')
            return HC_FAIL(e, HC_E_HTTP_PATH, "the path holds an encoded slash");
    }
    if (c < 0x20 || c == 0x7f || c == '\\')
        return HC_FAIL(e, HC_E_HTTP_PATH, "the path holds a control byte or a backslash");
    *path = hc_bytes_skip(*path, n);
    *out = c;
    return HC_OK;
}

/* The last segment of `name`, which is complete. */
static struct hc_rc check_segment(const struct hc_buf *name, size_t from, struct hc_err *e)
{
    struct hc_bytes segment = hc_bytes_skip(hc_buf_view(name), from);

    if (hc_bytes_eq_str(segment, ".") || hc_bytes_eq_str(segment, ".."))
        return HC_FAIL(e, HC_E_HTTP_PATH, "the path holds a dot segment");
    if (segment.n > 0 && segment.p[0] == '.')
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "names that begin with a dot are never served");
    return HC_OK;
}

/* The file's name below the root: without the leading slash; for a directory its index. */
static struct hc_rc decode_path(struct hc_bytes path, struct hc_buf *name, struct hc_err *e)
{
    size_t segment = 0; /* where the segment in work begins */

    if (path.n == 0 || path.p[0] != '/')
        return HC_FAIL(e, HC_E_HTTP_PATH, "the path does not begin with a slash");
    for (path = hc_bytes_skip(path, 1); path.n > 0;) {
        uint8_t c = 0;

        HC_TRY(e, decode_byte(&path, &c, e));
        if (c == '/' && name->n == segment)
            return HC_FAIL(e, HC_E_HTTP_PATH, "the path holds an empty segment");
        if (c == '/') {
            HC_TRY(e, check_segment(name, segment, e));
            segment = name->n + 1;
        }
        hc_buf_add_byte(name, c);
    }
    HC_TRY(e, check_segment(name, segment, e));
    if (name->n == segment)
        hc_buf_add_str(name, INDEX);
    if (name->failed == HC_E_TOO_BIG) /* longer than any name that the system could open */
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "the path is longer than a file's name can be");
    (void)hc_buf_cstr(name);
    return hc_buf_check(name, e);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

/* A plan under construction, so that a failure leaves the caller's untouched. */
struct draft {
    const struct hc_static_request *req;
    struct hc_buf fields;
    struct hc_buf body;
    int fd;
    struct hc_static_file file;
};

static void draft_fini(struct draft *d)
{
    hc_buf_fini(&d->fields);
    hc_buf_fini(&d->body);
    hc_fd_close(&d->fd);
}

static void add_field(struct draft *d, struct hc_bytes name, const char *value)
{
    hc_h1_emit_field(&d->fields, name, hc_bytes_str(value));
}

/* RFC 9110 6.6.1: "An origin server with a clock MUST generate a Date header field" in these responses. */
static void add_common(struct draft *d)
{
    char date[HC_HTTP_DATE_TEXT];

    add_field(d, HC_BYTES("Date"), hc_http_date_text(d->req->now, date));
    add_field(d, HC_BYTES("Cache-Control"), "private, no-cache");
    add_field(d, HC_BYTES("X-Content-Type-Options"), "nosniff");
}

/* What a 304 repeats of the 200 [RFC 9110 15.4.5], and 200, 206 and 416 too. A date in the future would be one
 * [8.8.2.1]. */
static void add_validators(struct draft *d)
{
    char date[HC_HTTP_DATE_TEXT];
    int64_t modified = d->file.st.st_mtim.tv_sec;

    add_field(d, HC_BYTES("ETag"), d->file.etag);
    add_field(d, HC_BYTES("Last-Modified"), hc_http_date_text(modified < d->req->now ? modified : d->req->now, date));
    add_field(d, HC_BYTES("Accept-Ranges"), "bytes");
}

static struct hc_rc give(struct draft *d, struct hc_http_plan ready, struct hc_http_plan *plan, struct hc_err *e)
{
    HC_TRY(e, hc_buf_check(&d->fields, e));
    HC_TRY(e, hc_buf_check(&d->body, e));
    hc_buf_fini(&plan->fields);
    hc_buf_fini(&plan->body);
    hc_fd_close(&plan->file);
    ready.fields = d->fields;
    ready.body = d->body;
    *plan = ready;
    d->fields = HC_BUF(0);
    d->body = HC_BUF(0);
    return HC_OK;
}

static struct hc_rc answer(struct draft *d, unsigned status, enum hc_code why, struct hc_http_plan *plan,
                           struct hc_err *e)
{
    add_common(d);
    if (status != 304) {
        add_field(d, HC_BYTES("Content-Type"), "text/plain; charset=utf-8");
        hc_buf_addf(&d->body, "%s\n", hc_h1_reason(status));
    }
    return give(d, (struct hc_http_plan){.kind = HC_HTTP_ANSWER, .why = why, .status = status, .file = -1}, plan, e);
}

static struct hc_rc redirect(struct draft *d, struct hc_http_plan *plan, struct hc_err *e)
{
    HC_BUF_AUTO(location, LOCATION_MAX + HC_H1_TARGET_MAX);
    struct hc_bytes target = d->req->head->path;

    hc_buf_add(&location, d->req->path); /* begins with one slash: it cannot name another host */
    hc_buf_add_byte(&location, '/');
    hc_buf_add(&location, hc_bytes_skip(target, hc_bytes_find(target, '?')));
    HC_TRY(e, hc_buf_check(&location, e));
    hc_h1_emit_field(&d->fields, HC_BYTES("Location"), hc_buf_view(&location));
    return answer(d, 301, HC_OK_CODE, plan, e);
}

static struct hc_rc no_part(struct draft *d, struct hc_http_plan *plan, struct hc_err *e)
{
    char text[64];

    snprintf(text, sizeof text, "bytes */%" PRIu64, (uint64_t)d->file.st.st_size);
    add_field(d, HC_BYTES("Content-Range"), text);
    add_validators(d);
    return answer(d, 416, HC_E_HTTP_RANGE, plan, e);
}

static struct hc_rc serve(struct draft *d, const char *name, const struct hc_static_part *part,
                          struct hc_http_plan *plan, struct hc_err *e)
{
    bool whole = part->what == HC_STATIC_WHOLE;
    uint64_t size = (uint64_t)d->file.st.st_size;
    char text[96];
    struct hc_http_plan ready = {
        .kind = HC_HTTP_FILE,
        .status = whole ? 200 : 206,
        .file = d->fd,
        .offset = whole ? 0 : part->offset,
        .length = whole ? size : part->length,
    };

    add_common(d);
    add_validators(d);
    add_field(d, HC_BYTES("Content-Type"), hc_static_type(hc_bytes_str(name)));
    if (!whole) {
        snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, part->offset,
                 part->offset + part->length - 1, size);
        add_field(d, HC_BYTES("Content-Range"), text);
    }
    HC_TRY(e, give(d, ready, plan, e));
    d->fd = -1;
    return HC_OK;
}

/* --- the whole ---------------------------------------------------------------------------------------------------- */

/* Strong: another inode, size or nanosecond is another file. */
static void make_etag(struct hc_static_file *f)
{
    snprintf(f->etag, sizeof f->etag, "\"%jx-%jx-%jx.%lx\"", (uintmax_t)f->st.st_ino, (uintmax_t)f->st.st_size,
             (uintmax_t)f->st.st_mtim.tv_sec, (unsigned long)f->st.st_mtim.tv_nsec);
}

static struct hc_rc plan_file(struct draft *d, const char *name, struct hc_http_plan *plan, struct hc_err *e)
{
    bool get = hc_bytes_eq_str(d->req->method, "GET");
    struct hc_static_part part = {HC_STATIC_WHOLE, 0, 0};
    unsigned status;

    make_etag(&d->file);
    status = hc_static_conditions(d->req->head, &d->file, d->req->now);
    if (status != 0) {
        add_validators(d);
        return answer(d, status, HC_OK_CODE, plan, e);
    }
    if (get) /* RFC 9110 14.2: Range is defined for GET only */
        part = hc_static_range(d->req->head, &d->file);
    if (part.what == HC_STATIC_NO_PART)
        return no_part(d, plan, e);
    return serve(d, name, &part, plan, e);
}

static struct hc_rc plan_path(struct draft *d, int root, struct hc_http_plan *plan, struct hc_err *e)
{
    HC_BUF_AUTO(name, PATH_MAX);
    bool is_index = hc_bytes_ends(d->req->path, HC_BYTES("/"));

    HC_TRY(e, decode_path(d->req->path, &name, e));
    HC_TRY(e, hc_static_open(root, hc_buf_cstr(&name), &d->fd, &d->file.st, e));
    if (S_ISREG(d->file.st.st_mode))
        return plan_file(d, hc_buf_cstr(&name), plan, e);
    if (is_index)
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "what is called " INDEX " is a directory");
    return redirect(d, plan, e);
}

struct hc_rc hc_static_plan(int root, const struct hc_static_request *req, struct hc_http_plan *plan, struct hc_err *e)
{
    __attribute__((cleanup(draft_fini))) struct draft d = {
        .req = req,
        .fields = HC_BUF(HC_H1_HEAD_MAX),
        .body = HC_BUF(HC_HTTP_BODY_MAX),
        .fd = -1,
    };

    if (!hc_bytes_eq_str(req->method, "GET") && !hc_bytes_eq_str(req->method, "HEAD")) {
        add_field(&d, HC_BYTES("Allow"), "GET, HEAD");
        return answer(&d, 405, HC_E_HTTP_METHOD_NOT_SERVED, plan, e);
    }
    return plan_path(&d, root, plan, e);
}

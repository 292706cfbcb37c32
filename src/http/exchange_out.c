/* exchange_out.c - what is made for the client: answers of this program, files, the frames of a body. */
#include <unistd.h>

#include "http/exchange_internal.h"

bool hc_http_flush(struct hc_stream *s, struct hc_buf *b, size_t *sent, enum hc_io *io)
{
    bool moved = false;

    *io = HC_IO_OK;
    while (*sent < b->n) {
        size_t n;

        *io = hc_stream_write(s, hc_bytes_skip(hc_buf_view(b), *sent), &n);
        if (*io != HC_IO_OK)
            break;
        *sent += n;
        moved = true;
    }
    return moved;
}

void hc_http_wait(unsigned *wants, enum hc_io io)
{
    if (io == HC_IO_AGAIN_READ)
        *wants |= HC_READ;
    if (io == HC_IO_AGAIN_WRITE)
        *wants |= HC_WRITE;
}

void hc_http_out_body(struct hc_http *h, struct hc_bytes data)
{
    if (data.n == 0)
        return;
    if (h->response_chunked)
        hc_h1_chunk_begin(&h->out, data.n);
    hc_buf_add(&h->out, data);
    if (h->response_chunked)
        hc_h1_chunk_end(&h->out);
    h->body_bytes += data.n;
}

void hc_http_out_end(struct hc_http *h)
{
    if (h->response_chunked)
        hc_h1_chunk_last(&h->out);
    h->response_done = true;
}

bool hc_http_may_keep(const struct hc_http *h)
{
    return h->client_keeps && h->request_done && !h->draining && (!h->down_end || h->in.n > 0);
}

void hc_http_out_own(struct hc_http *h)
{
    const struct hc_http_plan *plan = &h->plan;
    uint64_t length = plan->kind == HC_HTTP_FILE ? plan->length : plan->body.n;

    h->client_keeps = hc_http_may_keep(h);
    h->status = plan->status;
    h->answered = true;
    hc_h1_emit_status(&h->out, plan->status, hc_bytes_str(hc_h1_reason(plan->status)));
    hc_buf_add(&h->out, hc_buf_view(&plan->fields));
    if (plan->fields.failed != HC_OK_CODE || plan->body.failed != HC_OK_CODE)
        h->out.failed = HC_E_TOO_BIG; /* a field cut short would swallow the framing after it: nothing is sent */
    if (plan->status != 304)
        hc_h1_emit_field_number(&h->out, HC_BYTES("Content-Length"), length);
    if (!h->client_keeps)
        hc_h1_emit_field(&h->out, HC_BYTES("Connection"), HC_BYTES("close"));
    else if (h->client_1_0)
        hc_h1_emit_field(&h->out, HC_BYTES("Connection"), HC_BYTES("keep-alive"));
    hc_h1_emit_end(&h->out);
    if (h->is_head || plan->status == 304 || length == 0) {
        h->response_done = true;
    } else if (plan->kind == HC_HTTP_ANSWER) {
        hc_http_out_body(h, hc_buf_view(&plan->body));
        h->response_done = true;
    }
}

bool hc_http_out_file(struct hc_http *h)
{
    struct hc_http_plan *plan = &h->plan;
    size_t want = plan->length < HC_HTTP_READ ? (size_t)plan->length : HC_HTTP_READ;
    uint8_t *at;
    ssize_t got;

    if (h->response_done || h->out.n >= HC_HTTP_HIGH) /* what was sent is dropped only when all of it was */
        return false;
    at = hc_buf_reserve(&h->out, want);
    got = at ? pread(plan->file, at, want, (off_t)plan->offset) : -1;
    if (got <= 0) { /* it shrank under our hands, or the disk failed: the promised length cannot be kept */
        struct hc_err e = {0};

        hc_ignore(HC_FAIL(&e, HC_E_FILE_UNREADABLE, "the file could not be read to its end"));
        hc_http_fail(h, &e);
        return true;
    }
    h->out.n += (size_t)got;
    h->body_bytes += (uint64_t)got;
    plan->offset += (uint64_t)got;
    plan->length -= (uint64_t)got;
    h->response_done = plan->length == 0;
    return true;
}

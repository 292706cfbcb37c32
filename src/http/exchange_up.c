/*
 * exchange_up.c - the back end's half: the request goes out with our framing, the response comes back with our framing.
 *
 * A reused connection may have been closed by the back end while our request was on its way. Then, and only when
 * nothing was heard and the request has no body and an idempotent method [RFC 9110 9.2.2], it is sent once more on a
 * fresh connection.
 */
#include "base/clock.h"
#include "http/exchange_internal.h"
#include "proto/http_date.h"

static bool is_idempotent(struct hc_bytes method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};

    for (size_t i = 0; i < HC_COUNT(methods); i++)
        if (hc_bytes_eq_str(method, methods[i]))
            return true;
    return false;
}

static void open_stream(struct hc_http *h, bool fresh)
{
    struct hc_err e = {0};

    hc_loop_unwatch(h->loop, &h->up_watch);
    hc_dial_close(&h->up, true);
    h->up_heard = false;
    h->up_end = false;
    h->up_broken = false;
    h->up_deaf = false;
    h->up_sent = 0;
    h->up_scanned = 0;
    h->up_interims = 0;
    hc_buf_clear(&h->up_in);
    if (hc_failed(h->ops->open(h, fresh, &h->up, &h->up_reused, &e)))
        hc_http_fail(h, &e);
    h->up_reused = h->up_reused && !fresh; /* so that there is no third time */
}

void hc_http_up_begin(struct hc_http *h, const struct hc_h1_head *head)
{
    struct hc_err e = {0};

    hc_buf_clear(&h->up_out);
    hc_buf_add(&h->up_out, hc_buf_view(&h->plan.fields));
    if (head->body == HC_H1_BODY_CHUNKED)
        hc_h1_emit_field(&h->up_out, HC_BYTES("Transfer-Encoding"), HC_BYTES("chunked"));
    else if (head->body == HC_H1_BODY_LENGTH)
        hc_h1_emit_field_number(&h->up_out, HC_BYTES("Content-Length"), head->content_length);
    hc_h1_emit_end(&h->up_out);
    h->replayable = h->request_done && is_idempotent(head->method);
    if (hc_failed(hc_buf_check(&h->up_out, &e)) || hc_failed(hc_buf_check(&h->plan.fields, &e)))
        hc_http_fail(h, &e);
    else
        open_stream(h, false);
}

/* What the back end did that ends the request, unless it can be tried again. */
static void broken(struct hc_http *h, enum hc_code code, const char *what)
{
    struct hc_err e = {0};

    if (h->up_reused && h->replayable && !h->up_heard) {
        open_stream(h, true);
        return;
    }
    hc_ignore(HC_FAIL(&e, code, "%s", what));
    hc_http_fail(h, &e);
}

static bool step_dial(struct hc_http *h)
{
    struct hc_err e = {0};
    enum hc_io io;

    if (h->up.phase == HC_DIAL_READY)
        return false;
    io = hc_dial_step(&h->up, &e);
    hc_http_wait(&h->up_wants, io);
    if (io == HC_IO_OK && h->up.phase == HC_DIAL_READY && hc_failed(h->ops->connected(h, &e)))
        io = HC_IO_BROKEN;
    if (io == HC_IO_BROKEN || io == HC_IO_END)
        hc_http_fail(h, &e);
    return io == HC_IO_OK || io == HC_IO_BROKEN;
}

static void forward_data(struct hc_http *h, struct hc_bytes data)
{
    if (data.n == 0)
        return;
    if (h->request_chunked)
        hc_h1_chunk_begin(&h->up_out, data.n);
    hc_buf_add(&h->up_out, data);
    if (h->request_chunked)
        hc_h1_chunk_end(&h->up_out);
}

/* The request's body, from `in` to `up_out`. */
static bool step_request(struct hc_http *h)
{
    struct hc_h1_piece piece;
    struct hc_err e = {0};
    size_t used = 0;
    bool moved = hc_http_read_down(h);

    if (h->state != HC_HTTP_BUSY || h->request_done || h->up_out.n >= HC_HTTP_HIGH)
        return moved;
    if (h->in.n == 0 && h->down_end && h->answered)
        return moved; /* it has seen that the rest of its request is not wanted */
    if (h->in.n == 0 && h->down_end) {
        hc_ignore(HC_FAIL(&e, HC_E_HTTP_CLOSED, "the client ended the connection in the middle of a request's body"));
        hc_http_fail(h, &e);
        return true;
    }
    do { /* many small chunks leave together */
        if (hc_failed(hc_h1_decode(&h->request_body, hc_bytes_skip(hc_buf_view(&h->in), used), &piece, &e))) {
            hc_http_fail(h, &e);
            return true;
        }
        if (!h->up_deaf)
            forward_data(h, piece.data);
        used += piece.consumed;
    } while (piece.progress == HC_H1_MORE && used < h->in.n && h->up_out.n < HC_HTTP_HIGH);
    hc_buf_drop(&h->in, used);
    h->request_done = piece.progress == HC_H1_DONE;
    if (h->request_done && h->request_chunked)
        hc_h1_chunk_last(&h->up_out);
    return moved || used > 0 || h->request_done;
}

static bool step_send(struct hc_http *h)
{
    enum hc_io io;
    bool moved;

    if (h->up_deaf || h->up.phase != HC_DIAL_READY)
        return false;
    moved = hc_http_flush(&h->up.stream, &h->up_out, &h->up_sent, &io);
    hc_http_wait(&h->up_wants, io);
    if (io == HC_IO_BROKEN || io == HC_IO_END)
        h->up_deaf = true; /* a back end may answer early and close; what it said is still to be read */
    if ((h->up_deaf || h->up_sent == h->up_out.n) && (h->up_heard || !h->replayable)) {
        hc_buf_clear(&h->up_out);
        h->up_sent = 0;
    }
    return moved;
}

static void emit_response_fields(struct hc_http *h, const struct hc_h1_head *head)
{
    for (size_t i = 0; i < head->n_fields; i++) {
        struct hc_bytes name = head->fields[i].name;

        if (hc_h1_name_is_hop_by_hop(name) || hc_h1_connection_nominates(head, name) ||
            hc_bytes_eq_nocase(name, HC_BYTES("Content-Length")))
            continue;
        hc_h1_emit_field(&h->out, name, head->fields[i].value);
    }
}

/* RFC 9110 6.6.1: who forwards a response without a date adds the one of its arrival. */
static void emit_date(struct hc_http *h, const struct hc_h1_head *head)
{
    char date[HC_HTTP_DATE_TEXT];

    if (!hc_h1_field_find(head, HC_BYTES("Date")))
        hc_h1_emit_field(&h->out, HC_BYTES("Date"), hc_bytes_str(hc_http_date_text(hc_time_now(), date)));
}

static void emit_response_framing(struct hc_http *h, const struct hc_h1_head *head)
{
    bool has_body = head->body != HC_H1_BODY_NONE;

    if (head->has_content_length && (head->body == HC_H1_BODY_LENGTH || !has_body)) {
        if (head->status != 204)
            hc_h1_emit_field_number(&h->out, HC_BYTES("Content-Length"), head->content_length);
    } else if (has_body && !h->client_1_0) {
        h->response_chunked = true;
        hc_h1_emit_field(&h->out, HC_BYTES("Transfer-Encoding"), HC_BYTES("chunked"));
    } else if (has_body) {
        h->client_keeps = false; /* HTTP/1.0 knows no other end than the connection's */
    }
    h->client_keeps = h->client_keeps && !h->draining;
    if (!h->client_keeps)
        hc_h1_emit_field(&h->out, HC_BYTES("Connection"), HC_BYTES("close"));
    else if (h->client_1_0)
        hc_h1_emit_field(&h->out, HC_BYTES("Connection"), HC_BYTES("keep-alive"));
    hc_h1_emit_end(&h->out);
}

/* Home-made servers send the body that HEAD and 304 must not have: it would be the next client's answer. */
static bool may_have_forbidden_body(const struct hc_http *h, const struct hc_h1_head *head)
{
    return h->is_head || (head->status == 304 && head->content_length > 0);
}

static void begin_response(struct hc_http *h, const struct hc_h1_head *head)
{
    h->status = head->status;
    h->up_keeps = head->keep_alive && head->body != HC_H1_BODY_UNTIL_CLOSE && !may_have_forbidden_body(h, head);
    if (!h->request_done)
        h->client_keeps = false; /* answered before it was asked to the end: the rest is not worth carrying */
    hc_h1_emit_status(&h->out, head->status, head->reason);
    emit_response_fields(h, head);
    emit_date(h, head);
    emit_response_framing(h, head);
    hc_h1_decoder_init_response(&h->response_body, head);
    h->answered = true;
}

/* Interim answers are dropped, so nothing else would ever end a stream of them. */
static struct hc_rc check_interim(struct hc_http *h, const struct hc_h1_head *head, struct hc_err *e)
{
    if (head->status == 101) /* no Upgrade was ever forwarded */
        return HC_FAIL(e, HC_E_UPSTREAM_GARBAGE, "the back end switched protocols unasked");
    if (head->status < 200 && ++h->up_interims > HC_HTTP_INTERIM_MAX)
        return HC_FAIL(e, HC_E_UPSTREAM_GARBAGE, "the back end sent more than %d interim answers", HC_HTTP_INTERIM_MAX);
    return HC_OK;
}

static bool step_response_head(struct hc_http *h)
{
    struct hc_h1_head head;
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_err e = {0};
    struct hc_h1_response_input input = {hc_buf_view(&h->up_in), &h->up_scanned, h->is_head};

    if (h->up_in.n > 0 && hc_failed(hc_h1_response_head(input, &head, &progress, &e))) {
        hc_http_fail(h, &e);
        return true;
    }
    if (progress == HC_H1_MORE && h->up_end) {
        broken(h, HC_E_UPSTREAM_CLOSED, "the back end closed the connection without an answer");
        return true;
    }
    if (progress == HC_H1_MORE)
        return false;
    if (hc_failed(check_interim(h, &head, &e))) {
        hc_http_fail(h, &e);
        return true;
    }
    if (head.status >= 200)
        begin_response(h, &head);
    hc_buf_drop(&h->up_in, head.head_bytes);
    return true;
}

static bool step_response_body(struct hc_http *h)
{
    struct hc_h1_piece piece;
    struct hc_err e = {0};
    size_t used = 0;

    if (h->out.n >= HC_HTTP_HIGH)
        return false;
    do { /* many small chunks leave together */
        if (hc_failed(hc_h1_decode(&h->response_body, hc_bytes_skip(hc_buf_view(&h->up_in), used), &piece, &e))) {
            hc_http_fail(h, &e);
            return true;
        }
        hc_http_out_body(h, piece.data);
        used += piece.consumed;
    } while (piece.progress == HC_H1_MORE && used < h->up_in.n && h->out.n < HC_HTTP_HIGH);
    hc_buf_drop(&h->up_in, used);
    if (piece.progress == HC_H1_DONE) {
        hc_http_out_end(h);
    } else if (h->up_end && h->up_in.n == 0) {
        if (h->up_broken)
            broken(h, HC_E_UPSTREAM_CLOSED, "the back end's connection broke in the middle of its answer");
        else if (hc_failed(hc_h1_decode_eof(&h->response_body, &e)))
            hc_http_fail(h, &e);
        else
            hc_http_out_end(h);
        return true;
    }
    return used > 0 || h->response_done;
}

static bool step_read(struct hc_http *h)
{
    enum hc_io io;
    size_t n;

    if (h->up.phase != HC_DIAL_READY || h->up_end || h->up_in.n + HC_HTTP_READ > h->up_in.max ||
        h->out.n >= HC_HTTP_HIGH)
        return false;
    io = hc_stream_read(&h->up.stream, &h->up_in, HC_HTTP_READ, &n);
    hc_http_wait(&h->up_wants, io);
    if (io == HC_IO_OK)
        h->up_heard = true;
    if (io == HC_IO_BROKEN || io == HC_IO_END)
        h->up_end = true;
    h->up_broken = io == HC_IO_BROKEN;
    return io == HC_IO_OK || h->up_end;
}

bool hc_http_up_step(struct hc_http *h)
{
    bool moved = step_dial(h);

    if (h->state == HC_HTTP_BUSY && h->plan.kind == HC_HTTP_FORWARD)
        moved |= step_request(h);
    if (h->state == HC_HTTP_BUSY && h->plan.kind == HC_HTTP_FORWARD)
        moved |= step_send(h);
    if (h->state == HC_HTTP_BUSY && h->plan.kind == HC_HTTP_FORWARD)
        moved |= step_read(h);
    if (h->state != HC_HTTP_BUSY || h->plan.kind != HC_HTTP_FORWARD || h->up.phase != HC_DIAL_READY)
        return moved;
    if (!h->answered)
        moved |= step_response_head(h);
    if (h->answered && h->state == HC_HTTP_BUSY && h->plan.kind == HC_HTTP_FORWARD)
        moved |= step_response_body(h);
    return moved;
}

void hc_http_up_done(struct hc_http *h)
{
    bool clean = h->plan.kind == HC_HTTP_FORWARD && h->up.phase == HC_DIAL_READY && h->up_keeps && h->request_done &&
                 !h->up_end && !h->up_deaf && h->up_in.n == 0 && (h->up_sent == h->up_out.n);

    hc_loop_unwatch(h->loop, &h->up_watch);
    if (clean) {
        h->ops->release(h, h->up.stream);
        h->up = (struct hc_dial){.phase = HC_DIAL_NONE, .stream = HC_STREAM_NONE};
    } else {
        hc_dial_close(&h->up, false);
    }
}

void hc_http_up_ready(struct hc_watch *w, unsigned what)
{
    (void)what;
    hc_http_advance(HC_CONTAINER(w, struct hc_http, up_watch));
}

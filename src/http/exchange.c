/*
 * exchange.c - the client's half of an HTTP/1.1 connection.
 *
 *             head complete            response written
 *     HEAD ------------------> BUSY ----------------------> HEAD     (both sides keep the connection)
 *      |                        |                      `--> LINGER   (the client is told that it ends)
 *      | nothing asked, END     | cut off                      |
 *      v                        v                              v
 *     DEAD <------------------ DEAD <------------------------ DEAD   (closed at the end of the loop's round)
 *
 * Invariants: `request` is called once per request, before anything of it reaches a back end; `finished` is called
 * exactly once for each request for which BUSY was entered; out holds at most HC_HTTP_HIGH + one read + frames + one
 * head.
 */
#include "http/exchange.h"

#include "base/clock.h"
#include "base/file.h"
#include "http/exchange_internal.h"

#define IN_MAX (HC_H1_HEAD_MAX + HC_HTTP_READ)
#define FIELDS_MAX (HC_H1_HEAD_MAX * 2) /* a head, and what the gate adds to it */
#define ROUNDS 32                       /* work on one connection before others get their turn */
#define LINGER_BYTES (256 * 1024)       /* of a client that goes on sending; more is not waited for */

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void plan_fini(struct hc_http_plan *plan)
{
    hc_buf_fini(&plan->fields);
    hc_buf_fini(&plan->body);
    hc_fd_close(&plan->file);
    plan->file = -1;
}

static void plan_init(struct hc_http_plan *plan)
{
    *plan = (struct hc_http_plan){.file = -1, .fields = HC_BUF(FIELDS_MAX), .body = HC_BUF(HC_HTTP_BODY_MAX)};
}

static void tell_finished(struct hc_http *h)
{
    bool troubled = h->trouble.code != HC_OK_CODE;
    struct hc_http_done done = {
        .why = troubled ? h->trouble.code : h->plan.why,
        .text = troubled ? h->trouble.text : NULL,
        .status = h->status,
        .bytes = h->body_bytes,
        .bytes_in = hc_h1_decoder_total(&h->request_body),
        .duration_us = hc_mono_us() - h->began_us,
    };

    h->ops->finished(h, &done);
    plan_fini(&h->plan);
}

static void turned(struct hc_task *t)
{
    struct hc_http *h = HC_CONTAINER(t, struct hc_http, turn);

    h->turn_due = false;
    if (h->state == HC_HTTP_DEAD) {
        hc_stream_close(&h->down, true);
        h->ops->closed(h);
    } else {
        hc_http_advance(h);
    }
}

/* One task serves for both, so that nothing is queued any more when the owner frees the connection. */
static void take_turn(struct hc_http *h)
{
    if (h->turn_due)
        return;
    h->turn_due = true;
    h->turn.run = turned;
    hc_loop_defer(h->loop, &h->turn);
}

void hc_http_end(struct hc_http *h, bool reset)
{
    bool lingered = h->state == HC_HTTP_LINGER; /* its end was said already */

    if (h->state == HC_HTTP_DEAD)
        return;
    if (h->state == HC_HTTP_BUSY)
        tell_finished(h);
    h->state = HC_HTTP_DEAD;
    hc_loop_unwatch(h->loop, &h->down_watch);
    hc_loop_unwatch(h->loop, &h->up_watch);
    hc_loop_timer_off(h->loop, &h->timer);
    hc_dial_close(&h->up, true);
    if (!reset && !lingered)
        hc_stream_end(&h->down);
    hc_stream_cut(&h->down, reset);
    hc_buf_fini(&h->in);
    hc_buf_fini(&h->out);
    hc_buf_fini(&h->up_in);
    hc_buf_fini(&h->up_out);
    take_turn(h);
}

void hc_http_abort(struct hc_http *h)
{
    hc_http_end(h, true);
}

void hc_http_cut(struct hc_http *h, const struct hc_err *why)
{
    if (h->state == HC_HTTP_BUSY)
        h->trouble = *why;
    hc_http_end(h, true);
}

bool hc_http_is_over(const struct hc_http *h)
{
    return h->state == HC_HTTP_DEAD;
}

bool hc_http_is_busy(const struct hc_http *h)
{
    return h->state == HC_HTTP_BUSY;
}

void hc_http_fail(struct hc_http *h, const struct hc_err *e)
{
    h->trouble = *e;
    if (h->answered) {
        hc_http_end(h, true);
        return;
    }
    hc_loop_unwatch(h->loop, &h->up_watch);
    hc_dial_close(&h->up, true);
    plan_fini(&h->plan);
    plan_init(&h->plan);
    h->ops->refuse(h, e, &h->plan);
    h->plan.kind = HC_HTTP_ANSWER;
    hc_http_out_own(h);
}

void hc_http_lose_back_end(struct hc_http *h, const struct hc_err *why)
{
    if (h->state != HC_HTTP_BUSY || h->up.phase == HC_DIAL_NONE)
        return;
    hc_http_fail(h, why);
    if (h->state != HC_HTTP_DEAD)
        take_turn(h);
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static void request_reset(struct hc_http *h)
{
    plan_init(&h->plan);
    h->request_body = (struct hc_h1_decoder){.body = HC_H1_BODY_NONE};
    h->request_done = false;
    h->request_chunked = false;
    h->is_head = false;
    h->replayable = false;
    h->client_keeps = false;
    h->client_1_0 = false;
    h->answered = false;
    h->response_done = false;
    h->response_chunked = false;
    h->status = 0;
    h->body_bytes = 0;
    h->trouble.code = HC_OK_CODE;
}

void hc_http_refuse_head(struct hc_http *h, const struct hc_err *e)
{
    request_reset(h);
    h->state = HC_HTTP_BUSY;
    h->trouble = *e;
    h->ops->refuse(h, e, &h->plan);
    h->plan.kind = HC_HTTP_ANSWER;
    hc_http_out_own(h);
}

static void begin_request(struct hc_http *h, const struct hc_h1_head *head)
{
    struct hc_h1_piece piece = {.progress = HC_H1_MORE};
    struct hc_err e = {0};

    request_reset(h);
    h->state = HC_HTTP_BUSY;
    h->is_head = hc_bytes_eq_str(head->method, "HEAD");
    h->client_keeps = head->keep_alive;
    h->client_1_0 = head->minor == 0;
    h->request_chunked = head->body == HC_H1_BODY_CHUNKED;
    hc_h1_decoder_init_request(&h->request_body, head);
    if (!h->request_chunked && hc_ok(hc_h1_decode(&h->request_body, HC_BYTES(""), &piece, &e)))
        h->request_done = piece.progress == HC_H1_DONE;
    h->ops->request(h, head, &h->plan);
    if (h->state != HC_HTTP_BUSY)
        return;
    if (h->plan.kind == HC_HTTP_FORWARD) {
        if (head->expect_continue && !h->request_done)
            hc_buf_add_str(&h->out, "HTTP/1.1 100 Continue\r\n\r\n");
        hc_http_up_begin(h, head);
    } else {
        hc_http_out_own(h);
    }
}

bool hc_http_read_down(struct hc_http *h)
{
    enum hc_io io;
    size_t n;

    if (h->down_end || h->in.n + HC_HTTP_READ > h->in.max)
        return false;
    if (h->in.n == 0 && h->state == HC_HTTP_HEAD)
        h->began_us = hc_mono_us();
    io = hc_stream_read(&h->down, &h->in, HC_HTTP_READ, &n);
    hc_http_wait(&h->down_wants, io);
    if (h->in.n == 0)
        hc_buf_fini(&h->in); /* whoever says nothing now may do so for hours */
    if (io == HC_IO_END)
        h->down_end = true;
    if (io == HC_IO_BROKEN) {
        h->down_end = true;
        hc_ignore(HC_FAIL(&h->trouble, HC_E_HTTP_CLOSED, "the client's connection broke"));
        hc_http_end(h, true);
    }
    return io == HC_IO_OK || io == HC_IO_END;
}

static bool head_is_late(struct hc_http *h)
{
    struct hc_err e = {0};

    if (h->in.n == 0 && (h->down_end || h->draining))
        hc_http_end(h, false);
    if (h->state != HC_HTTP_HEAD || !h->down_end)
        return false;
    hc_ignore(HC_FAIL(&e, HC_E_HTTP_CLOSED, "the client ended the connection in the middle of a request's head"));
    hc_http_refuse_head(h, &e);
    return true;
}

static bool step_head(struct hc_http *h)
{
    struct hc_h1_head head;
    enum hc_h1_progress progress = HC_H1_MORE;
    struct hc_err e = {0};
    bool moved = hc_http_read_down(h);

    if (h->state != HC_HTTP_HEAD)
        return false;
    if (h->in.n > 0 && hc_failed(hc_h1_request_head(hc_buf_view(&h->in), &h->scanned, &head, &progress, &e))) {
        hc_http_refuse_head(h, &e);
        return true;
    }
    if (progress == HC_H1_MORE)
        return head_is_late(h) || moved;
    begin_request(h, &head);
    if (h->state != HC_HTTP_DEAD)
        hc_buf_drop(&h->in, head.head_bytes);
    return true;
}

/* Buffers of an idle connection cost nothing. */
static void next_request(struct hc_http *h)
{
    h->state = HC_HTTP_HEAD;
    hc_buf_fini(&h->out);
    hc_buf_fini(&h->up_in);
    hc_buf_fini(&h->up_out);
    h->out_sent = 0;
    h->scanned = 0;
    if (h->in.n == 0)
        hc_buf_fini(&h->in);
    h->began_us = hc_mono_us();
    if (h->draining && h->in.n == 0)
        hc_http_end(h, false);
}

/* A FIN alone could be overtaken by the RST that unread bytes cause, and the answer with it. */
static void linger(struct hc_http *h)
{
    h->state = HC_HTTP_LINGER;
    h->lingered = 0;
    h->began_us = hc_mono_us();
    hc_buf_clear(&h->in);
    hc_stream_end(&h->down);
}

static bool step_linger(struct hc_http *h)
{
    enum hc_io io;
    size_t n;

    hc_buf_clear(&h->in);
    io = hc_stream_read(&h->down, &h->in, HC_HTTP_READ, &n);
    hc_http_wait(&h->down_wants, io);
    h->lingered += n;
    if (io == HC_IO_END || io == HC_IO_BROKEN || h->lingered > LINGER_BYTES) {
        hc_http_end(h, false);
        return false;
    }
    return io == HC_IO_OK;
}

static bool flush_down(struct hc_http *h)
{
    enum hc_io io;
    bool moved;

    if (hc_failed(hc_buf_check(&h->out, &h->trouble))) { /* what is in it is not what was meant: send nothing of it */
        hc_http_end(h, true);
        return false;
    }
    moved = hc_http_flush(&h->down, &h->out, &h->out_sent, &io);
    hc_http_wait(&h->down_wants, io);
    if (io == HC_IO_BROKEN || io == HC_IO_END) {
        hc_ignore(HC_FAIL(&h->trouble, HC_E_HTTP_CLOSED, "the client's connection broke while it was answered"));
        hc_http_end(h, true);
        return false;
    }
    if (h->out_sent == h->out.n) {
        hc_buf_clear(&h->out);
        h->out_sent = 0;
    }
    return moved;
}

/* More of the response, into `out`. */
static bool fill(struct hc_http *h)
{
    if (h->response_done)
        return false;
    if (h->plan.kind == HC_HTTP_FORWARD)
        return hc_http_up_step(h);
    return h->plan.kind == HC_HTTP_FILE && hc_http_out_file(h);
}

static bool complete(struct hc_http *h)
{
    if (!h->response_done || h->out_sent < h->out.n)
        return false;
    hc_http_up_done(h);
    tell_finished(h);
    if (hc_http_may_keep(h))
        next_request(h);
    else
        linger(h);
    return true;
}

/* Filling comes before flushing, so that a head and what is at hand of its body leave in one record. */
static bool step_busy(struct hc_http *h)
{
    bool moved = fill(h);

    if (h->state == HC_HTTP_BUSY)
        moved |= flush_down(h);
    if (h->state == HC_HTTP_BUSY)
        moved |= complete(h);
    return moved;
}

static bool round_of(struct hc_http *h)
{
    switch (h->state) {
    case HC_HTTP_HEAD:
        return step_head(h);
    case HC_HTTP_BUSY:
        return step_busy(h);
    case HC_HTTP_LINGER:
        return step_linger(h);
    case HC_HTTP_DEAD:
        break;
    }
    return false;
}

/* --- the connection ----------------------------------------------------------------------------------------------- */

void hc_http_advance(struct hc_http *h)
{
    int rounds = 0;
    bool moved = true;

    while (moved && h->state != HC_HTTP_DEAD && rounds++ < ROUNDS) {
        h->down_wants = 0;
        h->up_wants = 0;
        moved = round_of(h);
        if (moved)
            h->moved_ms = hc_loop_now_ms(h->loop);
    }
    if (h->state == HC_HTTP_DEAD)
        return;
    if (moved) /* not from a timer that is due at once: the loop would run nothing else meanwhile */
        take_turn(h);
    hc_http_arm(h);
}

static void down_ready(struct hc_watch *w, unsigned what)
{
    (void)what;
    hc_http_advance(HC_CONTAINER(w, struct hc_http, down_watch));
}

struct hc_rc hc_http_start(struct hc_http *h, struct hc_loop *loop, const struct hc_http_ops *ops,
                           const struct hc_http_limits *limits, struct hc_stream down, struct hc_err *e)
{
    *h = (struct hc_http){
        .loop = loop,
        .ops = ops,
        .limits = limits,
        .down = down,
        .down_watch = {.fd = down.fd, .ready = down_ready},
        .up_watch = {.fd = -1, .ready = hc_http_up_ready},
        .up = {.phase = HC_DIAL_NONE, .stream = HC_STREAM_NONE},
        .in = HC_BUF(IN_MAX),
        .out = HC_BUF(HC_HTTP_OUT_MAX),
        .up_in = HC_BUF(HC_H1_HEAD_MAX + HC_HTTP_READ),
        .up_out = HC_BUF(HC_HTTP_OUT_MAX),
        .state = HC_HTTP_HEAD,
        .timer = {.fire = hc_http_timer_fired},
        .plan = {.file = -1},
        .moved_ms = hc_loop_now_ms(loop),
    };
    h->began_us = hc_mono_us();
    HC_TRY(e, hc_http_arm_timer(h, e));
    take_turn(h); /* bytes may wait inside TLS already */
    return HC_OK;
}

void hc_http_drain(struct hc_http *h)
{
    h->draining = true;
    if (h->state == HC_HTTP_HEAD && h->in.n == 0)
        hc_http_end(h, false);
}

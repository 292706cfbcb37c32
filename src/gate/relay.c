/* relay.c - two streams, two buffers. */
#include "gate/relay.h"

#define READ_SIZE 16384
#define ROUNDS 32 /* before other connections get their turn */

static void died(struct hc_task *t)
{
    struct hc_relay *r = HC_CONTAINER(t, struct hc_relay, death);

    hc_stream_close(&r->down, true);
    r->owner.over(r);
}

static void finish(struct hc_relay *r, bool reset)
{
    if (r->dead)
        return;
    r->dead = true;
    r->owner.ended(r);
    hc_loop_unwatch(r->loop, &r->down_watch);
    hc_loop_unwatch(r->loop, &r->up_watch);
    hc_loop_timer_off(r->loop, &r->timer);
    hc_stream_cut(&r->down, reset);
    hc_dial_close(&r->up, reset);
    hc_buf_fini(&r->out.buf);
    hc_buf_fini(&r->in.buf);
    r->death.run = died;
    hc_loop_defer(r->loop, &r->death);
}

void hc_relay_abort(struct hc_relay *r, enum hc_code why, const char *text)
{
    if (r->dead)
        return;
    hc_ignore(HC_FAIL(&r->trouble, why, "%s", text));
    finish(r, true);
}

static void wait_for(unsigned *wants, enum hc_io io)
{
    if (io == HC_IO_AGAIN_READ)
        *wants |= HC_READ;
    if (io == HC_IO_AGAIN_WRITE)
        *wants |= HC_WRITE;
}

static bool read_side(struct hc_relay *r, struct hc_relay_way *way, struct hc_stream *from, unsigned *wants)
{
    enum hc_io io;
    size_t n;

    if (way->end || way->buf.n + READ_SIZE > HC_RELAY_BUFFER)
        return false;
    io = hc_stream_read(from, &way->buf, READ_SIZE, &n);
    wait_for(wants, io);
    way->bytes += n;
    way->end = io == HC_IO_END;
    if (io == HC_IO_BROKEN)
        hc_relay_abort(r, from == &r->down ? HC_E_HTTP_CLOSED : HC_E_UPSTREAM_CLOSED,
                       from == &r->down ? "the peer's connection broke" : "the back end's connection broke");
    return io == HC_IO_OK || io == HC_IO_END;
}

static bool write_side(struct hc_relay *r, struct hc_relay_way *way, struct hc_stream *to, unsigned *wants)
{
    bool moved = false;

    while (way->sent < way->buf.n) {
        size_t n;
        enum hc_io io = hc_stream_write(to, hc_bytes_skip(hc_buf_view(&way->buf), way->sent), &n);

        wait_for(wants, io);
        if (io == HC_IO_BROKEN || io == HC_IO_END)
            hc_relay_abort(r, to == &r->down ? HC_E_HTTP_CLOSED : HC_E_UPSTREAM_CLOSED,
                           to == &r->down ? "the peer takes no more" : "the back end takes no more");
        if (io != HC_IO_OK)
            return moved;
        way->sent += n;
        moved = true;
    }
    way->sent = 0;
    if (way->buf.n)
        hc_buf_clear(&way->buf);
    if (!way->end && !moved && way->buf.p)
        hc_buf_fini(&way->buf); /* idle connections hold no memory */
    if (way->end && !way->passed) {
        enum hc_io io = hc_stream_end(to);

        wait_for(wants, io);
        way->passed = io == HC_IO_OK;
        moved |= way->passed;
    }
    return moved;
}

static bool step_dial(struct hc_relay *r)
{
    struct hc_err e = {0};
    enum hc_io io = hc_dial_step(&r->up, &e);

    wait_for(&r->up_wants, io);
    if (io == HC_IO_OK && r->up.phase == HC_DIAL_READY && hc_failed(r->owner.connected(r, &e)))
        io = HC_IO_BROKEN;
    if (io == HC_IO_BROKEN || io == HC_IO_END) {
        r->trouble = e;
        hc_stream_end(&r->down); /* the peer did nothing wrong: a proper end */
        finish(r, false);
    }
    return io == HC_IO_OK;
}

static bool step(struct hc_relay *r)
{
    bool moved = false;

    if (r->up.phase != HC_DIAL_READY)
        return step_dial(r);
    moved |= read_side(r, &r->out, &r->down, &r->down_wants);
    if (!r->dead)
        moved |= write_side(r, &r->out, &r->up.stream, &r->up_wants);
    if (!r->dead)
        moved |= read_side(r, &r->in, &r->up.stream, &r->up_wants);
    if (!r->dead)
        moved |= write_side(r, &r->in, &r->down, &r->down_wants);
    if (!r->dead && r->out.passed && r->in.passed)
        finish(r, false);
    return moved;
}

static uint64_t deadline(const struct hc_relay *r)
{
    return r->moved_ms + (r->up.phase == HC_DIAL_READY ? r->limits.idle_ms : r->limits.connect_ms);
}

static struct hc_rc arm(struct hc_relay *r, struct hc_err *e)
{
    uint64_t at = r->again ? hc_loop_now_ms(r->loop) : deadline(r);

    HC_TRY(e, hc_loop_watch(r->loop, &r->down_watch, r->down_wants, e));
    r->up_watch.fd = r->up.stream.fd;
    HC_TRY(e, hc_loop_watch(r->loop, &r->up_watch, r->up_wants, e));
    if (r->timer.slot && r->timer.at_ms <= at)
        return HC_OK;
    return hc_loop_timer(r->loop, &r->timer, at, e);
}

static void advance(struct hc_relay *r)
{
    struct hc_err e = {0};
    bool moved = true;
    int rounds = 0;

    while (moved && !r->dead && rounds++ < ROUNDS) {
        r->down_wants = 0;
        r->up_wants = 0;
        moved = step(r);
        if (moved)
            r->moved_ms = hc_loop_now_ms(r->loop);
    }
    r->again = moved;
    if (!r->dead && hc_failed(arm(r, &e)))
        hc_relay_abort(r, e.code, e.text);
}

static void down_ready(struct hc_watch *w, unsigned what)
{
    (void)what;
    advance(HC_CONTAINER(w, struct hc_relay, down_watch));
}

static void up_ready(struct hc_watch *w, unsigned what)
{
    (void)what;
    advance(HC_CONTAINER(w, struct hc_relay, up_watch));
}

static void timer_fired(struct hc_timer *t)
{
    struct hc_relay *r = HC_CONTAINER(t, struct hc_relay, timer);

    if (!r->again && hc_loop_now_ms(r->loop) >= deadline(r)) {
        hc_relay_abort(r, r->up.phase == HC_DIAL_READY ? HC_E_TIMEOUT_IDLE : HC_E_UPSTREAM_TIMEOUT,
                       r->up.phase == HC_DIAL_READY ? "nothing moved for too long"
                                                    : "the back end could not be reached in time");
        return;
    }
    r->again = false;
    advance(r);
}

struct hc_rc hc_relay_start(struct hc_relay *r, const struct hc_relay_spec *spec, struct hc_stream down,
                            struct hc_dial up, struct hc_err *e)
{
    struct hc_rc rc;

    *r = (struct hc_relay){
        .loop = spec->loop,
        .limits = spec->limits,
        .down = down,
        .up = up,
        .down_watch = {.fd = down.fd, .ready = down_ready},
        .up_watch = {.fd = up.stream.fd, .ready = up_ready},
        .out = {.buf = HC_BUF(HC_RELAY_BUFFER)},
        .in = {.buf = HC_BUF(HC_RELAY_BUFFER)},
        .timer = {.fire = timer_fired},
        .moved_ms = hc_loop_now_ms(spec->loop),
        .again = true, /* the first look happens from the timer: bytes may wait inside TLS already */
        .owner = spec->owner,
    };
    rc = hc_loop_timer(spec->loop, &r->timer, r->moved_ms, e);
    if (hc_failed(rc)) {
        hc_stream_close(&r->down, true);
        hc_dial_close(&r->up, true);
    }
    return rc;
}

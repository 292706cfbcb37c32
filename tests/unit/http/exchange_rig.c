/* exchange_rig.c - the loop, the owner and the wires. */
#include "exchange_rig.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "proto/http_date.h"

#define ASKED_MAX (1024 * 1024)

/* --- wires -------------------------------------------------------------------------------------------------------- */

/* Two ends of a connection over the loopback, neither blocking. Small buffers, so that back pressure is felt soon. */
static void tcp_pair(int out[2])
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int one = 1;
    int small = 16384;
    HC_FD listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
    out[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(out[0], SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(out[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    assert_int_equal(connect(out[0], (struct sockaddr *)&a, sizeof a), 0);
    out[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(out[1] >= 0);
    for (int i = 0; i < 2; i++) {
        setsockopt(out[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        assert_int_equal(fcntl(out[i], F_SETFL, O_NONBLOCK), 0);
    }
}

static void ticked(struct hc_timer *t)
{
    hc_loop_stop(HC_CONTAINER(t, struct rig, tick)->loop);
}

void rig_run(struct rig *r, unsigned ms)
{
    struct hc_err e;

    r->tick.fire = ticked;
    expect_ok(&e, hc_loop_timer(r->loop, &r->tick, hc_mono_ms() + ms, &e));
    hc_loop_run(r->loop);
}

void rig_send(struct rig *r, int fd, struct hc_bytes bytes)
{
    uint64_t late = hc_mono_ms() + RIG_PATIENCE_MS;

    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n < 0 && errno != EAGAIN)
            fail_msg("cannot send: %s", strerror(errno));
        if (n > 0)
            bytes = hc_bytes_skip(bytes, (size_t)n);
        if (hc_mono_ms() > late)
            fail_msg("%zu bytes could not be sent", bytes.n);
        rig_run(r, 1);
    }
}

size_t rig_push(int fd, struct hc_bytes bytes)
{
    ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

    return n > 0 ? (size_t)n : 0;
}

static const char name[] = "\r\nDate: ";
static const size_t date_line = sizeof name - 1 + HC_HTTP_DATE_TEXT - 1;

/* How many bytes are still to come: to what is wanted, or to the end of a date line that has begun where none is
 * wanted. */
static size_t missing(const uint8_t *got, size_t n, struct hc_bytes want)
{
    for (size_t k = n < date_line ? n : date_line - 1; k >= 3; k--) {
        const uint8_t *tail = got + n - k;
        bool begun = memcmp(tail, name, k < sizeof name - 1 ? k : sizeof name - 1) == 0;

        if (begun && !(want.n >= n && memcmp(want.p + n - k, tail, k) == 0))
            return date_line - k;
    }
    return want.n > n ? want.n - n : 0;
}

/* The date that the exchange adds to an answer without one differs from second to second: it is taken out when it is
 * whole and well-formed. Returns how many bytes are left. */
static size_t without_dates(uint8_t *text, size_t n)
{

    for (;;) {
        uint8_t *at = n >= date_line ? memmem(text, n, name, sizeof name - 1) : NULL;
        int64_t t;

        if (!at || (size_t)(text + n - at) < date_line ||
            !hc_http_date_parse(hc_bytes_of(at + sizeof name - 1, HC_HTTP_DATE_TEXT - 1), hc_time_now(), &t))
            return n;
        memmove(at, at + date_line, (size_t)(text + n - at) - date_line);
        n -= date_line;
    }
}

void rig_expect(struct rig *r, int fd, struct hc_bytes want, const char *file, int line)
{
    static uint8_t got[65536];
    uint64_t late = hc_mono_ms() + RIG_PATIENCE_MS;
    size_t n = 0;

    assert_in_range(want.n, 1, sizeof got - date_line);
    while (missing(got, n, want) > 0) {
        ssize_t more = recv(fd, got + n, missing(got, n, want), 0);

        if (more > 0)
            n = without_dates(got, n + (size_t)more);
        else if (more == 0 || errno != EAGAIN || hc_mono_ms() > late)
            break;
        else
            rig_run(r, 1);
    }
    if (!hc_bytes_eq(hc_bytes_of(got, n), want))
        fail_msg("%s:%d: wanted\n%.*s\ngot\n%.*s", file, line, HC_BYTES_FMT(want), (int)n, (const char *)got);
}

void rig_expect_silence(struct rig *r, int fd, unsigned ms)
{
    char c;

    rig_run(r, ms);
    assert_int_equal(recv(fd, &c, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

/* 0: ended, otherwise the errno of what it met. */
static int end_of(struct rig *r, int fd)
{
    uint64_t late = hc_mono_ms() + RIG_PATIENCE_MS;

    while (hc_mono_ms() < late) {
        char c;
        ssize_t n = recv(fd, &c, 1, 0);

        if (n > 0)
            fail_msg("a byte %02x instead of the end", (unsigned char)c);
        if (n == 0 || errno != EAGAIN)
            return n == 0 ? 0 : errno;
        rig_run(r, 1);
    }
    fail_msg("no end");
    return EAGAIN;
}

void rig_expect_end(struct rig *r, int fd)
{
    assert_int_equal(end_of(r, fd), 0);
}

void rig_expect_reset(struct rig *r, int fd)
{
    assert_int_equal(end_of(r, fd), ECONNRESET);
}

void rig_reset(int *fd)
{
    struct linger now = {.l_onoff = 1};

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hc_fd_close(fd);
    *fd = -1;
}

#define WAIT(r, condition, what)                                                                                       \
    do {                                                                                                               \
        for (uint64_t late_ = hc_mono_ms() + RIG_PATIENCE_MS; !(condition);) {                                         \
            if (hc_mono_ms() > late_)                                                                                  \
                fail_msg("%s did not happen", (what));                                                                 \
            rig_run((r), 1);                                                                                           \
        }                                                                                                              \
    } while (0)

int rig_back(struct rig *r, int n)
{
    WAIT(r, r->n_back >= n, "the opening of a back end");
    return r->back[n - 1];
}

const struct hc_http_done *rig_done(struct rig *r, int n)
{
    WAIT(r, r->n_done >= n, "the end of a request");
    assert_int_equal(r->n_done, n);
    return &r->done[n - 1];
}

void rig_expect_closed(struct rig *r, int i)
{
    WAIT(r, r->c[i].closed > 0, "the end of a connection");
    rig_run(r, 2);
    assert_int_equal(r->c[i].closed, 1);
}

uint8_t rig_byte(uint64_t at)
{
    return (uint8_t)(at * 31 + (at >> 8) * 7 + (at >> 16));
}

/* --- the owner ---------------------------------------------------------------------------------------------------- */

static struct rig_conn *conn_of(struct hc_http *h)
{
    return HC_CONTAINER(h, struct rig_conn, http);
}

static void plan_forward(const struct hc_h1_head *head, struct hc_http_plan *plan)
{
    plan->kind = HC_HTTP_FORWARD;
    hc_h1_emit_request(&plan->fields, head->method, head->path);
    hc_h1_emit_field(&plan->fields, HC_BYTES("Host"), HC_BYTES("back"));
}

/* /own and /deny are answered, /file is a file, everything else is forwarded. */
static void owner_request(struct hc_http *h, const struct hc_h1_head *head, struct hc_http_plan *plan)
{
    struct rig_conn *c = conn_of(h);
    struct rig *r = c->rig;

    hc_buf_addf(&r->asked, "%c %.*s %.*s\n", c == &r->c[0] ? 'A' : 'B', HC_BYTES_FMT(head->method),
                HC_BYTES_FMT(head->path));
    if (++r->n_asked == r->poke_at)
        rig_push(r->c[1].client, HC_BYTES("GET /own HTTP/1.1\r\nHost: h\r\n\r\n"));
    if (r->abort_in_request) {
        plan_forward(head, plan);
        hc_http_abort(h);
    } else if (hc_bytes_eq_str(head->path, "/file")) {
        plan->kind = HC_HTTP_FILE;
        plan->status = 200;
        plan->file = fcntl(r->file, F_DUPFD_CLOEXEC, 0);
        plan->length = r->file_length;
    } else if (hc_bytes_eq_str(head->path, "/own") || hc_bytes_eq_str(head->path, "/deny")) {
        plan->kind = HC_HTTP_ANSWER;
        plan->status = head->path.p[1] == 'o' ? 200 : 403;
        plan->why = head->path.p[1] == 'o' ? HC_OK_CODE : HC_E_NO_RULE;
        hc_h1_emit_field(&plan->fields, HC_BYTES("Who"), r->spoil ? HC_BYTES("a\nb") : HC_BYTES("us"));
        hc_buf_add_str(&plan->body, head->path.p[1] == 'o' ? "own" : "denied");
    } else {
        plan_forward(head, plan);
    }
}

static void owner_refuse(struct hc_http *h, const struct hc_err *e, struct hc_http_plan *plan)
{
    struct rig *r = conn_of(h)->rig;
    unsigned status = (unsigned)hc_row(e->code)->status;

    r->refused++;
    r->refused_for = e->code;
    plan->why = e->code;
    plan->status = status ? status : 500;
    hc_buf_add_str(&plan->body, "no");
}

static struct hc_rc owner_open(struct hc_http *h, bool fresh, struct hc_dial *out, bool *reused, struct hc_err *e)
{
    struct rig *r = conn_of(h)->rig;
    int pair[2];

    if (r->open_fails)
        return HC_FAIL(e, HC_E_UPSTREAM_DOWN, "nobody there");
    *reused = !fresh && r->pooled.fd >= 0;
    if (*reused) {
        hc_dial_adopt(out, r->pooled);
        r->pooled = HC_STREAM_NONE;
        r->n_reused++;
        return HC_OK;
    }
    if (r->dial)
        return hc_dial_start(out, r->dial, e);
    tcp_pair(pair);
    assert_in_range(r->n_back, 0, RIG_BACKS - 1);
    r->back[r->n_back++] = pair[0];
    hc_dial_adopt(out, (struct hc_stream){.fd = pair[1]});
    return HC_OK;
}

static void owner_release(struct hc_http *h, struct hc_stream stream)
{
    struct rig *r = conn_of(h)->rig;

    hc_stream_close(&r->pooled, false);
    r->pooled = stream;
    r->n_released++;
}

static void owner_finished(struct hc_http *h, const struct hc_http_done *done)
{
    struct rig *r = conn_of(h)->rig;

    assert_in_range(r->n_done, 0, RIG_DONES - 1);
    snprintf(r->done_text, sizeof r->done_text, "%s", done->text ? done->text : "");
    r->done[r->n_done] = *done;
    r->done[r->n_done++].text = r->done_text;
}

static void owner_closed(struct hc_http *h)
{
    conn_of(h)->closed++;
}

static struct hc_rc owner_connected(struct hc_http *h, struct hc_err *e)
{
    struct rig *r = conn_of(h)->rig;

    r->n_connected++;
    return r->connected_fails ? HC_FAIL(e, HC_E_UPSTREAM_TLS, "as the test wishes") : HC_OK;
}

static const struct hc_http_ops ops = {
    .request = owner_request,
    .refuse = owner_refuse,
    .open = owner_open,
    .connected = owner_connected,
    .release = owner_release,
    .finished = owner_finished,
    .closed = owner_closed,
};

/* --- set-up ------------------------------------------------------------------------------------------------------- */

void rig_connect(struct rig *r, int i)
{
    int pair[2];
    struct hc_err e;
    struct hc_stream down = HC_STREAM_NONE;

    tcp_pair(pair);
    r->c[i].rig = r;
    r->c[i].client = pair[0];
    down.fd = pair[1];
    expect_ok(&e, hc_http_start(&r->c[i].http, r->loop, &ops, &r->limits, down, &e));
}

int rig_set_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    struct hc_err e;

    *state = r;
    if (!r || hc_failed(hc_loop_new(NULL, NULL, &r->loop, &e)))
        return -1;
    r->limits = (struct hc_http_limits){.head_ms = 20000, .idle_ms = 20000, .connect_ms = 20000, .upstream_ms = 20000};
    r->pooled = HC_STREAM_NONE;
    r->file = -1;
    r->asked = HC_BUF(ASKED_MAX);
    r->c[1].client = -1;
    rig_connect(r, 0);
    return 0;
}

int rig_tear_down(void **state)
{
    struct rig *r = *state;

    for (int i = 0; i < 2; i++) {
        if (r->c[i].rig && r->c[i].closed == 0)
            hc_http_abort(&r->c[i].http);
        hc_fd_close(&r->c[i].client);
    }
    rig_run(r, 1);
    for (int i = 0; i < 2; i++)
        assert_int_equal(r->c[i].closed, r->c[i].rig ? 1 : 0); /* exactly once, whatever happened */
    for (int i = 0; i < r->n_back; i++)
        hc_fd_close(&r->back[i]);
    hc_stream_close(&r->pooled, false);
    hc_fd_close(&r->file);
    hc_buf_fini(&r->asked);
    hc_loop_timer_off(r->loop, &r->tick);
    hc_loop_free(r->loop);
    free(r);
    return 0;
}

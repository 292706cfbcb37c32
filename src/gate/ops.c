/*
 * ops.c - a small HTTP server for those who run the gate.
 *
 * Metrics can be larger than an answer of the HTTP module, so they go into an anonymous file and leave from there: the
 * connection then holds no more of them than any other does.
 */
#include "gate/ops.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "http/exchange.h"

#define PAUSE_MS 200   /* without descriptors to accept with, until the next try */
#define REASON_MAX 512 /* why the gate is not ready */

struct conn {
    struct hc_http http;
    struct hc_ops *ops;
    struct conn *next;
    struct conn **prev;
};

struct hc_ops {
    struct hc_loop *loop;
    struct hc_ops_source source;
    struct hc_addr addr;
    int fd; /* the listener */
    struct hc_watch watch;
    struct hc_timer pause;
    struct conn *conns;
    size_t n_conns;
};

static const struct hc_http_limits limits = {
    .head_ms = 5000,
    .idle_ms = 30000, /* beyond the usual interval of a scrape, so that its connection is kept */
    .connect_ms = 1000,
    .upstream_ms = 1000,
};

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void answer(struct hc_http_plan *plan, unsigned status, const char *text)
{
    plan->kind = HC_HTTP_ANSWER;
    plan->status = status;
    hc_buf_clear(&plan->fields);
    hc_buf_clear(&plan->body);
    hc_h1_emit_field(&plan->fields, HC_BYTES("Content-Type"), HC_BYTES("text/plain; charset=utf-8"));
    hc_h1_emit_field(&plan->fields, HC_BYTES("Cache-Control"), HC_BYTES("no-store"));
    if (status == 405)
        hc_h1_emit_field(&plan->fields, HC_BYTES("Allow"), HC_BYTES("GET, HEAD")); /* RFC 9110 15.5.6 */
    hc_buf_addf(&plan->body, "%s\n", text);
}

static void refuse(struct hc_http *h, const struct hc_err *e, struct hc_http_plan *plan)
{
    const struct hc_row *row = hc_row(e->code);

    (void)h;
    plan->why = e->code;
    answer(plan, row->status ? (unsigned)row->status : 500, row->sentence);
}

/* A web page can make a browser ask us by a name of its own that points at 127.0.0.1, and then read the answer; it
 * cannot make the browser send an address as Host unless it lies there itself. */
static bool host_is_literal(struct hc_bytes host)
{
    HC_BUF_AUTO(text, HC_H1_HOST_MAX + 8);
    struct hc_addr unused;
    struct hc_err e = {0};
    size_t colon = hc_bytes_find(host, ':');

    if (host.n == 0)
        return true; /* HTTP/1.0; browsers always say */
    if (hc_bytes_eq_nocase(hc_bytes_head(host, colon), HC_BYTES("localhost")))
        return true;
    hc_buf_add(&text, host);
    if (colon == host.n || hc_bytes_ends(host, HC_BYTES("]")))
        hc_buf_add_str(&text, ":0");
    return hc_ok(hc_buf_check(&text, &e)) && hc_ok(hc_addr_parse(hc_buf_view(&text), &unused, &e));
}

static struct hc_rc into_file(struct hc_bytes text, int *out, struct hc_err *e)
{
    HC_FD fd = memfd_create("metrics", MFD_CLOEXEC);

    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make an anonymous file for the metrics");
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);

        if (n <= 0 && errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot write the metrics to an anonymous file");
        text = hc_bytes_skip(text, n > 0 ? (size_t)n : 0);
    }
    *out = fd;
    fd = -1;
    return HC_OK;
}

static struct hc_rc metrics(struct hc_ops *ops, struct hc_http_plan *plan, struct hc_err *e)
{
    HC_BUF_AUTO(text, HC_OPS_METRICS_MAX);

    ops->source.metrics(ops->source.ctx, &text);
    HC_TRY(e, hc_buf_check(&text, e));
    HC_TRY(e, into_file(hc_buf_view(&text), &plan->file, e));
    plan->kind = HC_HTTP_FILE;
    plan->status = 200;
    plan->offset = 0;
    plan->length = text.n;
    hc_h1_emit_field(&plan->fields, HC_BYTES("Content-Type"), HC_BYTES("text/plain; version=0.0.4; charset=utf-8"));
    hc_h1_emit_field(&plan->fields, HC_BYTES("Cache-Control"), HC_BYTES("no-store"));
    return HC_OK;
}

static void ready(struct hc_ops *ops, struct hc_http_plan *plan)
{
    HC_BUF_AUTO(why_not, REASON_MAX);

    if (ops->source.ready(ops->source.ctx, &why_not))
        answer(plan, 200, "ready");
    else
        answer(plan, 503, why_not.n > 0 && why_not.failed == HC_OK_CODE ? hc_buf_cstr(&why_not) : "not ready");
}

static struct hc_rc handle(struct hc_ops *ops, const struct hc_h1_head *head, struct hc_http_plan *plan,
                           struct hc_err *e)
{
    struct hc_bytes path = hc_bytes_head(head->path, hc_bytes_find(head->path, '?'));

    if (!host_is_literal(head->host))
        return HC_FAIL(e, HC_E_HTTP_HOST, "Host is neither an address nor localhost");
    if (!hc_bytes_eq_str(head->method, "GET") && !hc_bytes_eq_str(head->method, "HEAD"))
        return HC_FAIL(e, HC_E_HTTP_METHOD_NOT_SERVED, "only GET and HEAD are answered here");
    if (hc_bytes_eq_str(path, "/metrics"))
        return metrics(ops, plan, e);
    if (hc_bytes_eq_str(path, "/healthz"))
        answer(plan, 200, "ok");
    else if (hc_bytes_eq_str(path, "/readyz"))
        ready(ops, plan);
    else
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "there is only /metrics, /healthz and /readyz");
    return HC_OK;
}

static void request(struct hc_http *h, const struct hc_h1_head *head, struct hc_http_plan *plan)
{
    struct hc_err e = {0};

    if (hc_failed(handle(HC_CONTAINER(h, struct conn, http)->ops, head, plan, &e)))
        refuse(h, &e, plan);
}

static struct hc_rc no_back_end(struct hc_http *h, bool fresh, struct hc_dial *out, bool *reused, struct hc_err *e)
{
    (void)h, (void)fresh, (void)out, (void)reused;
    return HC_FAIL(e, HC_E_INTERNAL, "the operator's listener has no back end");
}

static void no_release(struct hc_http *h, struct hc_stream stream)
{
    (void)h;
    hc_stream_close(&stream, true);
}

static void finished(struct hc_http *h, const struct hc_http_done *done)
{
    (void)h, (void)done;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void conn_free(struct conn *c)
{
    *c->prev = c->next;
    if (c->next)
        c->next->prev = c->prev;
    c->ops->n_conns--;
    free(c);
}

static void closed(struct hc_http *h)
{
    conn_free(HC_CONTAINER(h, struct conn, http));
}

static const struct hc_http_ops web = {
    .request = request,
    .refuse = refuse,
    .open = no_back_end,
    .release = no_release,
    .finished = finished,
    .closed = closed,
};

static void conn_start(struct hc_ops *ops, int fd)
{
    struct conn *c = ops->n_conns < HC_OPS_CONNECTIONS ? calloc(1, sizeof *c) : NULL;
    struct hc_stream stream = {.fd = fd};
    struct hc_err e = {0};

    if (!c) {
        hc_stream_close(&stream, true);
        return;
    }
    c->ops = ops;
    if (hc_failed(hc_http_start(&c->http, ops->loop, &web, &limits, stream, &e))) {
        hc_stream_close(&stream, true);
        free(c);
        return;
    }
    c->next = ops->conns;
    c->prev = &ops->conns;
    if (c->next)
        c->next->prev = &c->next;
    ops->conns = c;
    ops->n_conns++;
}

/* An epoll that reports a connection which cannot be accepted would spin. */
static void pause_accepting(struct hc_ops *ops)
{
    struct hc_err e = {0};

    if (hc_ok(hc_loop_timer(ops->loop, &ops->pause, hc_loop_now_ms(ops->loop) + PAUSE_MS, &e)))
        hc_loop_unwatch(ops->loop, &ops->watch);
}

static void accept_some(struct hc_watch *w, unsigned what)
{
    struct hc_ops *ops = HC_CONTAINER(w, struct hc_ops, watch);

    (void)what;
    for (int i = 0; i < HC_OPS_CONNECTIONS; i++) {
        struct hc_addr peer;
        struct hc_err e = {0};
        int fd = -1;

        if (hc_failed(hc_sock_accept(w->fd, &fd, &peer, &e))) {
            pause_accepting(ops);
            return;
        }
        if (fd < 0)
            return;
        conn_start(ops, fd);
    }
}

static void resume(struct hc_timer *t)
{
    struct hc_ops *ops = HC_CONTAINER(t, struct hc_ops, pause);
    struct hc_err e = {0};

    if (hc_failed(hc_loop_watch(ops->loop, &ops->watch, HC_READ, &e)))
        pause_accepting(ops);
}

/* --- the listener ------------------------------------------------------------------------------------------------- */

static bool is_loopback(const struct hc_addr *a)
{
    if (a->ss.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&a->ss)->sin6_addr);
    return a->ss.ss_family == AF_INET && ntohl(((const struct sockaddr_in *)&a->ss)->sin_addr.s_addr) >> 24 == 127;
}

struct hc_rc hc_ops_open(struct hc_loop *loop, const char *address, const struct hc_ops_source *source,
                         struct hc_ops **out, struct hc_err *e)
{
    HC_AUTO(hc_ops) ops = calloc(1, sizeof *ops);

    if (!ops)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the metrics listener");
    *ops = (struct hc_ops){.loop = loop, .source = *source, .fd = -1, .pause = {.fire = resume}};
    HC_TRY(e, hc_addr_parse(hc_bytes_str(address), &ops->addr, e));
    if (!is_loopback(&ops->addr))
        return HC_FAIL(
            e, HC_E_ADDRESS,
            "metrics are plain text for this machine alone: %s is no loopback address; use 127.0.0.1 or [::1]",
            address);
    HC_TRY(e, hc_sock_listen(&ops->addr, true, &ops->fd, e));
    ops->watch = (struct hc_watch){.fd = ops->fd, .ready = accept_some};
    HC_TRY(e, hc_loop_watch(loop, &ops->watch, HC_READ, e));
    *out = HC_GIVE(ops);
    return HC_OK;
}

void hc_ops_free(struct hc_ops *ops)
{
    if (!ops)
        return;
    hc_loop_unwatch(ops->loop, &ops->watch);
    hc_loop_timer_off(ops->loop, &ops->pause);
    hc_fd_close(&ops->fd);
    while (ops->conns) {
        struct conn *c = ops->conns;

        hc_http_abort(&c->http); /* its task is never run, as the header demands */
        conn_free(c);
    }
    free(ops);
}

const struct hc_addr *hc_ops_addr(const struct hc_ops *ops)
{
    return &ops->addr;
}

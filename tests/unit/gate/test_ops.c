/* test_ops.c - metrics and health over a real socket. */
#include "hc_test.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/ops.h"

struct fixture {
    struct hc_loop *loop;
    struct hc_ops *ops;
    pthread_t thread;
    atomic_bool stop;
    size_t metrics_lines;
    bool ready;
};

static void metrics(void *ctx, struct hc_buf *out)
{
    const struct fixture *f = ctx;

    for (size_t i = 0; i < f->metrics_lines; i++)
        hc_buf_addf(out, "handclasp_test{n=\"%06zu\"} 1\n", i);
}

static bool ready(void *ctx, struct hc_buf *why_not)
{
    const struct fixture *f = ctx;

    if (!f->ready)
        hc_buf_add_str(why_not, "the CRL is stale");
    return f->ready;
}

static void woken(void *ctx)
{
    struct fixture *f = ctx;

    if (f->stop)
        hc_loop_stop(f->loop);
}

static void *run(void *ctx)
{
    struct fixture *f = ctx;

    hc_loop_run(f->loop);
    return NULL;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hc_err e = {0};

    assert_non_null(f);
    f->metrics_lines = 3;
    f->ready = true;
    expect_ok(&e, hc_loop_new(woken, f, &f->loop, &e));
    expect_ok(&e, hc_ops_open(f->loop, "127.0.0.1:0",
                              &(struct hc_ops_source){.metrics = metrics, .ready = ready, .ctx = f}, &f->ops, &e));
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    f->stop = true;
    hc_loop_wake(f->loop);
    pthread_join(f->thread, NULL);
    hc_ops_free(f->ops);
    hc_loop_free(f->loop);
    free(f);
    return 0;
}

static int dial(const struct fixture *f)
{
    struct hc_err e = {0};
    int fd = -1;

    expect_ok(&e, hc_sock_connect(hc_ops_addr(f->ops), &fd, &e));
    assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 3000), 1);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Everything until the connection ends. */
static const char *hear_all(int fd, struct hc_buf *out)
{
    for (;;) {
        uint8_t part[65536];
        ssize_t n;

        assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 5000), 1);
        n = recv(fd, part, sizeof part, 0);
        if (n <= 0)
            break;
        hc_buf_add(out, hc_bytes_of(part, (size_t)n));
    }
    return hc_buf_cstr(out);
}

static void expect_status(const struct fixture *f, const char *request, const char *status, const char *holds)
{
    HC_BUF_AUTO(reply, 1 << 22);
    int fd = dial(f);
    const char *text;

    say(fd, request);
    text = hear_all(fd, &reply);
    if (strncmp(text, status, strlen(status)) != 0 || !strstr(text, holds))
        fail_msg("%s\n... was answered with\n%s", request, text);
    hc_fd_close(&fd);
}

#define TAIL " HTTP/1.1\r\nHost: 127.0.0.1:9100\r\nConnection: close\r\n\r\n"

static void health_is_answered(void **state)
{
    struct fixture *f = *state;

    expect_status(f, "GET /healthz" TAIL, "HTTP/1.1 200 ", "\r\n\r\nok\n");
    expect_status(f, "GET /healthz?verbose=1" TAIL, "HTTP/1.1 200 ", "\r\n\r\nok\n");
    expect_status(f, "GET /readyz" TAIL, "HTTP/1.1 200 ", "\r\n\r\nready\n");
    f->ready = false;
    expect_status(f, "GET /readyz" TAIL, "HTTP/1.1 503 ", "\r\n\r\nthe CRL is stale\n");
    expect_status(f, "GET /healthz" TAIL, "HTTP/1.1 200 ", "\r\n\r\nok\n"); /* alive all the same */
}

static void metrics_are_answered_with_their_type(void **state)
{
    struct fixture *f = *state;

    expect_status(f, "GET /metrics" TAIL, "HTTP/1.1 200 ",
                  "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
    expect_status(f, "GET /metrics" TAIL, "HTTP/1.1 200 ", "handclasp_test{n=\"000002\"} 1\n");
}

static void head_has_the_length_and_no_body(void **state)
{
    HC_BUF_AUTO(reply, 65536);
    int fd = dial(*state);
    const char *text;

    say(fd, "HEAD /metrics" TAIL);
    text = hear_all(fd, &reply);
    assert_non_null(strstr(text, "Content-Length: 87\r\n"));
    assert_null(strstr(text, "handclasp_test"));
    hc_fd_close(&fd);
}

static void metrics_far_beyond_a_buffer_arrive_whole(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(reply, 1 << 22);
    int fd = dial(f);
    const char *body;

    f->metrics_lines = 36000; /* 29 bytes each: just below the limit */
    say(fd, "GET /metrics" TAIL);
    body = strstr(hear_all(fd, &reply), "\r\n\r\n");
    assert_non_null(body);
    assert_int_equal(strlen(body + 4), 36000 * 29);
    assert_non_null(strstr(body, "handclasp_test{n=\"035999\"} 1\n"));
    hc_fd_close(&fd);
}

static void metrics_beyond_the_limit_are_an_error_and_not_half_of_them(void **state)
{
    struct fixture *f = *state;

    f->metrics_lines = 40000;
    expect_status(f, "GET /metrics" TAIL, "HTTP/1.1 500 ", "Content-Length:");
}

static void a_connection_serves_several_scrapes(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(reply, 65536);
    const char *text;
    int fd = dial(f);
    int n = 0;

    say(fd, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
            "GET /metrics" TAIL);
    for (text = hear_all(fd, &reply); (text = strstr(text, "HTTP/1.1 200 ")); text++)
        n++;
    assert_int_equal(n, 3);
    hc_fd_close(&fd);
}

static void other_paths_and_methods_are_refused(void **state)
{
    struct fixture *f = *state;

    expect_status(f, "GET /" TAIL, "HTTP/1.1 404 ", "\r\n\r\n");
    expect_status(f, "GET /metrics/" TAIL, "HTTP/1.1 404 ", "\r\n\r\n");
    expect_status(f, "GET /METRICS" TAIL, "HTTP/1.1 404 ", "\r\n\r\n");
    expect_status(f, "POST /metrics" TAIL, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
    expect_status(f, "get /metrics" TAIL, "HTTP/1.1 405 ", "\r\n\r\n");
    expect_status(f, "GET /metrics HTTP/1.1\r\nHost: a b\r\n\r\n", "HTTP/1.1 400 ", "\r\n\r\n");
    expect_status(f, "nonsense\r\n\r\n", "HTTP/1.1 400 ", "\r\n\r\n");
}

/* DNS rebinding: a page of evil.example, whose name points at 127.0.0.1 for the moment. */
static void only_addresses_and_localhost_are_taken_as_host(void **state)
{
    static const char *const good[] = {"127.0.0.1", "127.0.0.1:9100", "[::1]",    "[::1]:9100",
                                       "localhost", "LocalHost:9100", "192.0.2.7"};
    static const char *const bad[] = {"evil.example",
                                      "evil.example:9100",
                                      "localhost.evil.example",
                                      "127.0.0.1.evil.example",
                                      "localhost.",
                                      "localhosts:9100",
                                      "127.0.0.1.",
                                      "0x7f000001",
                                      "2130706433:80",
                                      "evil.example.:127"};
    char request[256];

    for (size_t i = 0; i < HC_COUNT(good); i++) {
        snprintf(request, sizeof request, "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", good[i]);
        expect_status(*state, request, "HTTP/1.1 200 ", "ok\n");
    }
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        snprintf(request, sizeof request, "GET /metrics HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", bad[i]);
        expect_status(*state, request, "HTTP/1.1 400 ", "\r\n\r\n");
    }
    expect_status(*state, "GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "ok\n"); /* a probe without Host */
}

static void more_connections_than_allowed_are_closed_at_once(void **state)
{
    struct fixture *f = *state;
    int fd[HC_OPS_CONNECTIONS];
    char byte;
    int late;

    for (size_t i = 0; i < HC_COUNT(fd); i++)
        fd[i] = dial(f);
    late = dial(f);
    assert_int_equal(poll(&(struct pollfd){.fd = late, .events = POLLIN}, 1, 3000), 1);
    assert_true(recv(late, &byte, 1, MSG_DONTWAIT) <= 0);
    hc_fd_close(&late);
    for (size_t i = 0; i < HC_COUNT(fd); i++)
        hc_fd_close(&fd[i]);
    usleep(20000);
    expect_status(f, "GET /healthz" TAIL, "HTTP/1.1 200 ", "ok\n");
}

static void only_loopback_addresses_are_listened_on(void **state)
{
    static const char *const bad[] = {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "10.0.0.1:0",      "[::ffff:127.0.0.1]:0",
                                      "9100",      "",       "/metrics",    "example.com:9100"};
    struct fixture *f = *state;
    struct hc_ops *ops = NULL;
    struct hc_err e = {0};

    for (size_t i = 0; i < HC_COUNT(bad); i++)
        expect_fail(&e, hc_ops_open(f->loop, bad[i], &(struct hc_ops_source){.ctx = f}, &ops, &e), HC_E_ADDRESS);
    assert_null(ops);
}

static void a_port_in_use_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_ops *ops = NULL;
    struct hc_err e = {0};
    char text[HC_ADDR_TEXT];

    expect_fail(&e,
                hc_ops_open(f->loop, hc_addr_text(hc_ops_addr(f->ops), true, text), &(struct hc_ops_source){.ctx = f},
                            &ops, &e),
                HC_E_PORT_IN_USE);
}

static void closing_with_connections_open_leaks_nothing(void **state)
{
    struct fixture *f = *state;
    int idle = dial(f);
    int asking = dial(f);

    say(asking, "GET /met"); /* teardown frees both under the eyes of the sanitizer */
    usleep(20000);
    hc_fd_close(&idle);
    hc_fd_close(&asking);
}

static struct hc_rc open_once(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_loop) loop = NULL;
    struct hc_ops *ops = NULL;
    struct hc_rc rc;

    HC_TRY(e, hc_loop_new(NULL, NULL, &loop, e));
    rc = hc_ops_open(loop, "127.0.0.1:0", &(struct hc_ops_source){.ctx = ctx}, &ops, e);
    hc_ops_free(ops);
    return rc;
}

static void opening_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_int_equal(fault_sweep(open_once, NULL), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(health_is_answered),
        TEST(metrics_are_answered_with_their_type),
        TEST(head_has_the_length_and_no_body),
        TEST(metrics_far_beyond_a_buffer_arrive_whole),
        TEST(metrics_beyond_the_limit_are_an_error_and_not_half_of_them),
        TEST(a_connection_serves_several_scrapes),
        TEST(other_paths_and_methods_are_refused),
        TEST(only_addresses_and_localhost_are_taken_as_host),
        TEST(more_connections_than_allowed_are_closed_at_once),
        TEST(only_loopback_addresses_are_listened_on),
        TEST(a_port_in_use_is_refused),
        TEST(closing_with_connections_open_leaks_nothing),
        cmocka_unit_test(opening_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("gate/ops", tests, NULL, NULL);
}

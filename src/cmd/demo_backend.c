/* demo_backend.c - the plain back end of the demonstration: a process for each request, and it believes what the gate
 * tells it. Below /app/live it has news without end. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "cmd/demo_run.h"

#define REQUEST_MAX 65536
#define NEWS_MS 100

/* The value of a header field in a request head, cut at its line's end; empty when it is not there. */
static struct hc_bytes field(struct hc_bytes head, struct hc_bytes name)
{
    while (head.n > 0) {
        struct hc_bytes line = hc_bytes_next_line(&head);

        if (line.n > name.n && hc_bytes_eq_nocase(hc_bytes_head(line, name.n), name)) {
            struct hc_bytes value = hc_bytes_trim(hc_bytes_skip(line, name.n));

            return value.n && value.p[value.n - 1] == '\r' ? hc_bytes_head(value, value.n - 1) : value;
        }
    }
    return (struct hc_bytes){NULL, 0};
}

static bool complete(const struct hc_buf *request)
{
    return request->n >= 4 && memmem(request->p, request->n, "\r\n\r\n", 4) != NULL;
}

/* Until whoever listens is gone. */
static void tell_news(int fd, struct hc_bytes who)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    const struct timespec pause = {.tv_nsec = NEWS_MS * 1000000};
    bool there = write(fd, head, sizeof head - 1) > 0;

    for (unsigned n = 1; there; n++) {
        HC_BUF_AUTO(line, 1024);
        HC_BUF_AUTO(chunk, 2048);

        hc_buf_addf(&line, "News for %.*s: %u\n", HC_BYTES_FMT(hc_bytes_head(who, 256)), n);
        hc_buf_addf(&chunk, "%zx\r\n%s\r\n", line.n, hc_buf_cstr(&line));
        there = write(fd, chunk.p, chunk.n) > 0;
        nanosleep(&pause, NULL);
    }
}

static void answer(int fd)
{
    HC_BUF_AUTO(request, REQUEST_MAX);
    HC_BUF_AUTO(body, REQUEST_MAX);
    HC_BUF_AUTO(response, REQUEST_MAX * 2);
    struct hc_bytes who;

    while (!complete(&request)) {
        uint8_t *at = hc_buf_reserve(&request, 4096);
        ssize_t n = at ? read(fd, at, 4096) : -1;

        if (n <= 0)
            return;
        request.n += (size_t)n;
    }
    who = field(hc_buf_view(&request), HC_BYTES("Handclasp-Identity:"));
    if (hc_bytes_starts(hc_buf_view(&request), HC_BYTES("GET /app/live"))) {
        tell_news(fd, who);
        return;
    }
    hc_buf_addf(&body, "The back end greets %.*s.\n", HC_BYTES_FMT(who.n ? who : HC_BYTES("nobody in particular")));
    hc_buf_addf(&response,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                body.n);
    hc_buf_add(&response, hc_buf_view(&body));
    (void)!write(fd, response.p, response.n); /* whoever asked and left misses the answer */
}

static void serve(int listener)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGCHLD, SIG_IGN); /* nobody waits for the processes below */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    for (;;) {
        HC_FD fd = accept(listener, NULL, NULL);

        if (fd < 0 && errno != EINTR && errno != ECONNABORTED)
            _exit(1);
        if (fd >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            answer(fd);
            _exit(0);
        }
    }
}

static struct hc_rc listen_somewhere(int *out, unsigned *port, struct hc_err *e)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof in;
    HC_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&in, &len) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot listen on the loopback interface");
    *port = ntohs(in.sin_port);
    *out = fd;
    fd = -1;
    return HC_OK;
}

struct hc_rc hc_demo_free_port(unsigned *out, struct hc_err *e)
{
    HC_FD fd = -1;

    return listen_somewhere(&fd, out, e);
}

struct hc_rc hc_demo_back_end(pid_t *out, unsigned *port, struct hc_err *e)
{
    HC_FD fd = -1;
    pid_t pid;

    HC_TRY(e, listen_somewhere(&fd, port, e));
    pid = fork();
    if (pid == 0)
        serve(fd);
    if (pid < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot start the back end");
    *out = pid;
    return HC_OK;
}

/*
 * control_many.c - many gates are asked at once, and nobody waits for the slowest of them twice.
 *
 * Each call is a small machine over its own socket:   connecting --> sending --> receiving --> done
 * A UNIX socket connects at once or not at all; one whose queue is full says EAGAIN and is tried again.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/control.h"
#include "net/sock.h"

#define READ_SIZE 16384
#define RETRY_MS 10 /* until the next try of a socket whose queue is full: poll(2) does not tell when it no longer is */

static bool again(int sys)
{
    return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

static void end(struct hc_control_ask *a, enum hc_control_heard heard)
{
    a->heard = heard;
    a->at_ms = hc_mono_ms();
    a->pending = false;
    hc_fd_close(&a->fd);
    a->fd = -1;
}

static void fail(struct hc_control_ask *a, int sys, const char *what)
{
    if (sys)
        hc_ignore(HC_FAIL_SYS(&a->why, HC_E_CONTROL_SOCKET, sys, "the gate %s %s", a->name, what));
    else
        hc_ignore(HC_FAIL(&a->why, HC_E_CONTROL_SOCKET, "the gate %s %s", a->name, what));
    end(a, HC_CONTROL_SILENT);
}

/* The socket, connected; or -1, tried again later. */
static void connect_one(struct hc_control_ask *a)
{
    char path[HC_PATH];
    struct hc_addr addr;

    if (hc_failed(hc_control_path(a->name, path, &a->why)) || hc_failed(hc_addr_unix(path, &addr, &a->why))) {
        end(a, HC_CONTROL_SILENT);
        return;
    }
    a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (a->fd < 0) {
        fail(a, errno, "cannot be asked");
        return;
    }
    if (connect(a->fd, (const struct sockaddr *)&addr.ss, addr.len) == 0)
        return;
    if (errno == ECONNREFUSED || errno == ENOENT || errno == ENOTSOCK) {
        end(a, HC_CONTROL_ABSENT);
    } else if (again(errno)) {
        hc_fd_close(&a->fd);
        a->fd = -1;
    } else {
        fail(a, errno, "cannot be asked");
    }
}

/* True once all of it has left. */
static bool send_one(struct hc_control_ask *a)
{
    size_t n = strlen(a->line);

    while (a->sent <= n) {
        bool last = a->sent == n;
        ssize_t sent = send(a->fd, last ? "\n" : a->line + a->sent, last ? 1 : n - a->sent, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && again(errno))
            return false;
        if (sent < 0) {
            fail(a, errno, "closed the control connection");
            return false;
        }
        a->sent += (size_t)sent;
    }
    return true;
}

static void receive_one(struct hc_control_ask *a)
{
    uint8_t part[READ_SIZE];

    for (;;) {
        ssize_t n = recv(a->fd, part, sizeof part, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && again(errno))
            return;
        if (n < 0) {
            fail(a, errno, "broke the control connection");
            return;
        }
        if (n == 0)
            break;
        hc_buf_add(&a->reply, hc_bytes_of(part, (size_t)n));
        if (hc_failed(hc_buf_check(&a->reply, &a->why))) {
            end(a, HC_CONTROL_SILENT);
            return;
        }
    }
    if (a->reply.n > 0)
        end(a, HC_CONTROL_ANSWERED);
    else
        fail(a, 0, "closed the control connection without an answer");
}

static bool is_sent(const struct hc_control_ask *a)
{
    return a->sent > strlen(a->line);
}

static void step(struct hc_control_ask *a)
{
    if (a->fd < 0)
        connect_one(a);
    if (a->pending && a->fd >= 0 && (is_sent(a) || send_one(a)))
        receive_one(a);
}

static void give_up(struct hc_control_ask *a)
{
    hc_ignore(HC_FAIL(&a->why, HC_E_CONTROL_SOCKET, "the gate %s does not answer in time", a->name));
    end(a, HC_CONTROL_SILENT);
}

/* Takes a step with each; what to wait for goes to `p`, and how long to `wait_ms`. Returns how many there are. */
static size_t steps(struct hc_control_ask ask[], size_t n, struct pollfd p[], int *wait_ms)
{
    size_t pending = 0;

    for (size_t i = 0; i < n; i++) {
        p[i] = (struct pollfd){.fd = -1};
        if (!ask[i].pending)
            continue;
        step(&ask[i]);
        if (!ask[i].pending)
            continue;
        pending++;
        p[i] = (struct pollfd){.fd = ask[i].fd, .events = is_sent(&ask[i]) ? POLLIN : POLLOUT};
        if (ask[i].fd < 0 && *wait_ms > RETRY_MS)
            *wait_ms = RETRY_MS;
    }
    return pending;
}

static void begin(struct hc_control_ask *a)
{
    a->pending = false;
    if (!a->line)
        return;
    a->heard = HC_CONTROL_SILENT;
    a->fd = -1;
    a->sent = 0;
    hc_buf_clear(&a->reply);
    a->pending = true;
    if (strlen(a->line) > HC_CONTROL_LINE || strchr(a->line, '\n')) {
        hc_ignore(HC_FAIL(&a->why, HC_E_CONTROL_SOCKET, "a request is one line of at most %d bytes", HC_CONTROL_LINE));
        end(a, HC_CONTROL_SILENT);
    }
}

void hc_control_ask_all(struct hc_control_ask ask[], size_t n, unsigned timeout_ms)
{
    uint64_t until = hc_mono_ms() + timeout_ms;
    struct pollfd p[HC_CONTROL_GATES];

    n = n < HC_COUNT(p) ? n : HC_COUNT(p);
    for (size_t i = 0; i < n; i++)
        begin(&ask[i]);
    for (;;) {
        uint64_t now = hc_mono_ms();
        int wait_ms = now < until ? (int)(until - now) : 0;

        if (steps(ask, n, p, &wait_ms) == 0)
            return;
        if (hc_mono_ms() >= until)
            break;
        (void)poll(p, (nfds_t)n, wait_ms); /* whatever it says, each is looked at again */
    }
    for (size_t i = 0; i < n; i++)
        if (ask[i].pending)
            give_up(&ask[i]);
}

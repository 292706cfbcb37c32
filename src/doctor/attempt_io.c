/*
 * attempt_io.c - the socket of an attempt: deadlines, and how exactly it ended.
 *
 * Linux keeps what arrived before a RST and tells the error once, to whoever asks first: a write may take it, and the
 * reads after the kept bytes then say "end of file". The first error of a write is therefore remembered, and an end of
 * file after it is the reset that it was. EPIPE alone is none: it is what a write meets after the peer's FIN.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "doctor/attempt_inside.h"

/* Waits for `events`; false when the time is over. */
static bool wait_for(int fd, short events, uint64_t until)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        uint64_t now = hc_mono_us();
        int n;

        if (now >= until)
            return false;
        n = poll(&p, 1, (int)((until - now) / 1000 + 1));
        if (n > 0)
            return true;
        if (n < 0 && errno != EINTR)
            return true; /* the call that follows meets the reason */
    }
}

/* A SYN that is answered by RST is ECONNREFUSED. These two befell a connection that was made, before anybody looked, and
 * asking has taken the error away: it is kept as if a write had met it. */
static int outcome(struct hc_attempt_io *io)
{
    int sys = hc_sock_error(io->fd);

    if (sys != ECONNRESET && sys != EPIPE)
        return sys;
    io->broken = sys;
    return 0;
}

int hc_attempt_io_connect(struct hc_attempt_io *io, const struct hc_addr *addr, uint64_t until)
{
    struct hc_err e = {0};

    io->out = HC_BUF(HC_ATTEMPT_OUT);
    io->fd = -1;
    if (hc_failed(hc_sock_connect(addr, &io->fd, &e)))
        return e.sys ? e.sys : EIO;
    return wait_for(io->fd, POLLOUT, until) ? outcome(io) : ETIMEDOUT;
}

void hc_attempt_io_flush(struct hc_attempt_io *io)
{
    while (io->out.n > 0 && io->broken == 0) {
        ssize_t n = send(io->fd, io->out.p, io->out.n, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0)
            hc_buf_drop(&io->out, (size_t)n);
        else if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
        else if (errno != EINTR)
            io->broken = errno;
    }
    if (io->broken != 0)
        hc_buf_clear(&io->out);
}

static enum hc_attempt_got ended(struct hc_attempt_io *io)
{
    if (io->broken == 0 || io->broken == EPIPE)
        return HC_GOT_EOF;
    io->sys = io->broken;
    return HC_GOT_ERROR;
}

enum hc_attempt_got hc_attempt_io_read(struct hc_attempt_io *io, uint64_t until, struct hc_bytes *got)
{
    for (;;) {
        ssize_t n;

        if (hc_mono_us() >= until)
            return HC_GOT_TIMEOUT;
        hc_attempt_io_flush(io);
        n = recv(io->fd, io->in, sizeof io->in, MSG_DONTWAIT);
        if (n > 0) {
            io->total += (size_t)n;
            *got = hc_bytes_of(io->in, (size_t)n);
            return HC_GOT_BYTES;
        }
        if (n == 0)
            return ended(io);
        if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
            io->sys = errno;
            return HC_GOT_ERROR;
        }
        (void)wait_for(io->fd, (short)(io->out.n > 0 ? POLLIN | POLLOUT : POLLIN),
                       until); /* the loop asks for the time */
    }
}

void hc_attempt_io_fini(struct hc_attempt_io *io)
{
    hc_fd_close(&io->fd);
    hc_buf_fini(&io->out);
}

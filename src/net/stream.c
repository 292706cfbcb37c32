/* stream.c - plain sockets here, TLS by net/tls. */
#include "net/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net/tls.h"

static enum hc_io failed_io(int sys, enum hc_io again)
{
    return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR ? again : HC_IO_BROKEN;
}

enum hc_io hc_stream_read(struct hc_stream *s, struct hc_buf *into, size_t most, size_t *n)
{
    uint8_t *at;
    ssize_t got;

    *n = 0;
    if (s->fd < 0)
        return HC_IO_BROKEN; /* TLS would use the number, which may be another socket's by now */
    if (s->tls)
        return hc_tls_read(s->tls, into, most, n);
    at = hc_buf_reserve(into, most);
    if (!at)
        return HC_IO_BROKEN;
    got = recv(s->fd, at, most, 0);
    if (got < 0)
        return failed_io(errno, HC_IO_AGAIN_READ);
    if (got == 0)
        return HC_IO_END;
    into->n += (size_t)got;
    *n = (size_t)got;
    return HC_IO_OK;
}

enum hc_io hc_stream_write(struct hc_stream *s, struct hc_bytes from, size_t *n)
{
    ssize_t put;

    *n = 0;
    if (s->fd < 0)
        return HC_IO_BROKEN;
    if (from.n == 0)
        return HC_IO_OK;
    if (s->tls)
        return hc_tls_write(s->tls, from, n);
    put = send(s->fd, from.p, from.n, MSG_NOSIGNAL);
    if (put < 0)
        return failed_io(errno, HC_IO_AGAIN_WRITE);
    *n = (size_t)put;
    return HC_IO_OK;
}

enum hc_io hc_stream_end(struct hc_stream *s)
{
    if (s->fd < 0)
        return HC_IO_OK;
    if (s->tls && hc_tls_end(s->tls) == HC_IO_AGAIN_WRITE)
        return HC_IO_AGAIN_WRITE; /* a FIN now would make a complete stream look truncated */
    (void)shutdown(s->fd, SHUT_WR);
    return HC_IO_OK;
}

bool hc_stream_is_quiet(const struct hc_stream *s)
{
    uint8_t unused;

    if (s->fd < 0 || (s->tls && hc_tls_has_input(s->tls)))
        return false;
    return recv(s->fd, &unused, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void hc_stream_cut(struct hc_stream *s, bool reset)
{
    struct linger abort_now = {.l_onoff = 1, .l_linger = 0};

    if (s->fd >= 0 && reset)
        (void)setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &abort_now, sizeof abort_now);
    hc_fd_close(&s->fd);
    s->fd = -1;
}

void hc_stream_close(struct hc_stream *s, bool reset)
{
    hc_stream_cut(s, reset);
    hc_tls_free(s->tls); /* only forgets the socket's number */
    s->tls = NULL;
}

/* dial.c - connect, then shake hands. */
#include "net/dial.h"

#include <errno.h>
#include <poll.h>

struct hc_rc hc_dial_start(struct hc_dial *d, const struct hc_dial_target *target, struct hc_err *e)
{
    int fd = -1;

    HC_TRY(e, hc_sock_connect(&target->addr, &fd, e));
    *d = (struct hc_dial){.phase = HC_DIAL_CONNECTING, .stream = {.fd = fd}, .target = *target};
    return HC_OK;
}

void hc_dial_adopt(struct hc_dial *d, struct hc_stream stream)
{
    *d = (struct hc_dial){.phase = HC_DIAL_READY, .stream = stream};
}

static enum hc_io connected(struct hc_dial *d, struct hc_err *e)
{
    char text[HC_ADDR_TEXT];
    struct pollfd p = {.fd = d->stream.fd, .events = POLLOUT};
    int sys;

    if (poll(&p, 1, 0) == 0)
        return HC_IO_AGAIN_WRITE;
    sys = hc_sock_error(d->stream.fd);
    if (sys != 0) {
        hc_ignore(
            HC_FAIL_SYS(e, HC_E_UPSTREAM_DOWN, sys, "cannot connect to %s", hc_addr_text(&d->target.addr, true, text)));
        return HC_IO_BROKEN;
    }
    if (!d->target.tls) {
        d->phase = HC_DIAL_READY;
        return HC_IO_OK;
    }
    if (hc_failed(
            hc_tls_connect(d->target.tls, d->stream.fd, d->target.server_name, d->target.judge, &d->stream.tls, e)))
        return HC_IO_BROKEN;
    d->phase = HC_DIAL_SHAKING;
    return HC_IO_OK;
}

static enum hc_io shake(struct hc_dial *d, struct hc_err *e)
{
    char text[HC_ADDR_TEXT];
    char id[HC_ID_TEXT];
    enum hc_io io = hc_tls_handshake(d->stream.tls, e);

    if (io == HC_IO_OK) {
        d->phase = HC_DIAL_READY;
    } else if (io == HC_IO_BROKEN) {
        hc_err_prefix(e, "the back end %s (%s)", hc_addr_text(&d->target.addr, true, text), hc_id_text(e->code, id));
        e->code = HC_E_UPSTREAM_TLS;
    }
    return io;
}

enum hc_io hc_dial_step(struct hc_dial *d, struct hc_err *e)
{
    enum hc_io io = HC_IO_OK;

    if (d->phase == HC_DIAL_CONNECTING)
        io = connected(d, e);
    if (io == HC_IO_OK && d->phase == HC_DIAL_SHAKING)
        io = shake(d, e);
    return io;
}

void hc_dial_close(struct hc_dial *d, bool reset)
{
    if (d->phase == HC_DIAL_NONE)
        return;
    hc_stream_close(&d->stream, reset);
    *d = (struct hc_dial){.phase = HC_DIAL_NONE, .stream = HC_STREAM_NONE};
}

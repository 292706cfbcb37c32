/* dns_ask.c - a query goes out, and the first answer to it is taken. */
#include "doctor/dns_ask.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

struct sent {
    struct hc_dns_query query;
    uint8_t wire[2 + HC_DNS_QUERY_WIRE]; /* after two bytes of length, as TCP wants it */
    size_t n;                            /* with these */
    uint64_t until;                      /* hc_mono_ms */
};

static void unreached(struct hc_dns_reply *out, int sys)
{
    out->heard = HC_DNS_HEARD_UNREACHED;
    out->sys = sys;
}

/* False when the time is over. */
static bool wait_for(int fd, short events, uint64_t until)
{
    uint64_t now = hc_mono_ms();
    struct pollfd p = {.fd = fd, .events = events};

    if (now >= until)
        return false;
    int n = poll(&p, 1, (int)(until - now));
    return n > 0 || (n < 0 && errno == EINTR);
}

static bool is_later(int sys)
{
    return sys == EAGAIN || sys == EWOULDBLOCK || sys == EINTR;
}

/* --- UDP ---------------------------------------------------------------------------------------------------------- */

/* A datagram was read: true when it decides. */
static bool take(struct hc_dns_reply *out, const struct sent *sent, size_t n)
{
    if (n > sizeof out->wire) {
        out->heard = HC_DNS_HEARD_NONSENSE;
        return false;
    }
    switch (hc_dns_message_parse(hc_bytes_of(out->wire, n), &sent->query, &out->message)) {
    case HC_DNS_READ:
        out->heard = HC_DNS_HEARD_ANSWER;
        return true;
    case HC_DNS_BROKEN: /* somebody else may have sent it: the server's own may still come */
        out->heard = HC_DNS_HEARD_NONSENSE;
        return false;
    case HC_DNS_ALIEN:
        break;
    }
    return false;
}

static void over_udp(const struct hc_addr *server, const struct sent *sent, struct hc_dns_reply *out)
{
    HC_FD fd = socket(server->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || connect(fd, (const struct sockaddr *)&server->ss, server->len) != 0 ||
        send(fd, sent->wire + 2, sent->n - 2, 0) < 0) {
        unreached(out, errno);
        return;
    }
    while (wait_for(fd, POLLIN, sent->until)) {
        ssize_t n = recv(fd, out->wire, sizeof out->wire, MSG_TRUNC);
        if (n < 0 && !is_later(errno)) {
            unreached(out, errno);
            return;
        }
        if (n >= 0 && take(out, sent, (size_t)n))
            return;
    }
}

/* --- TCP ---------------------------------------------------------------------------------------------------------- */

static bool send_all(int fd, const struct sent *sent)
{
    for (size_t done = 0; done < sent->n;) {
        ssize_t n = send(fd, sent->wire + done, sent->n - done, MSG_NOSIGNAL);
        if (n < 0 && !is_later(errno))
            return false;
        done += n > 0 ? (size_t)n : 0;
        if (done < sent->n && !wait_for(fd, POLLOUT, sent->until))
            return false;
    }
    return true;
}

static bool receive(int fd, uint8_t *p, size_t n, uint64_t until)
{
    for (size_t done = 0; done < n;) {
        if (!wait_for(fd, POLLIN, until))
            return false;
        ssize_t got = recv(fd, p + done, n - done, 0);
        if (got == 0 || (got < 0 && !is_later(errno)))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static void over_tcp(const struct hc_addr *server, const struct sent *sent, struct hc_dns_reply *out)
{
    uint8_t length[2];
    int fd_raw = -1;
    struct hc_err e;

    out->tcp = true;
    out->heard = HC_DNS_HEARD_NOTHING;
    if (hc_failed(hc_sock_connect(server, &fd_raw, &e))) {
        unreached(out, e.sys);
        return;
    }
    HC_FD fd = fd_raw;
    if (!wait_for(fd, POLLOUT, sent->until))
        return;
    int sys = hc_sock_error(fd);
    if (sys != 0) {
        unreached(out, sys);
        return;
    }
    if (!send_all(fd, sent) || !receive(fd, length, sizeof length, sent->until))
        return;
    size_t n = (size_t)length[0] << 8 | length[1];
    out->heard = HC_DNS_HEARD_NONSENSE; /* too long, another's, truncated once more */
    if (n > sizeof out->wire || !receive(fd, out->wire, n, sent->until))
        return;
    if (take(out, sent, n) && out->message.truncated)
        out->heard = HC_DNS_HEARD_NONSENSE;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static bool compose(const struct hc_dns_ask *ask, struct sent *out)
{
    out->query = (struct hc_dns_query){.type = (uint16_t)ask->type, .recurse = ask->recurse, .name = ask->name};
    if (getrandom(&out->query.id, sizeof out->query.id, 0) != (ssize_t)sizeof out->query.id)
        return false;
    size_t n = hc_dns_message_emit(&out->query, out->wire + 2);
    out->wire[0] = (uint8_t)(n >> 8);
    out->wire[1] = (uint8_t)n;
    out->n = 2 + n;
    return true;
}

void hc_dns_ask(const struct hc_dns_ask *ask, struct hc_dns_reply *out)
{
    uint64_t start = hc_mono_ms();
    struct sent sent;

    *out = (struct hc_dns_reply){.heard = HC_DNS_HEARD_NOTHING};
    if (!compose(ask, &sent)) {
        unreached(out, errno);
        return;
    }
    sent.until = start + ask->patience_ms;
    over_udp(&ask->server, &sent, out);
    if (out->heard == HC_DNS_HEARD_ANSWER && out->message.truncated) {
        sent.until = hc_mono_ms() + ask->patience_ms;
        over_tcp(&ask->server, &sent, out);
    }
    out->ms = (uint32_t)(hc_mono_ms() - start);
}

static const char *rcode_text(unsigned rcode)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

    return rcode < sizeof names / sizeof names[0] ? names[rcode] : NULL;
}

const char *hc_dns_ask_text(const struct hc_dns_reply *reply, char out[HC_DNS_ASK_TEXT])
{
    const char *over = reply->tcp ? " over TCP, which its long answer needs" : "";
    unsigned rcode = reply->message.rcode;

    switch (reply->heard) {
    case HC_DNS_HEARD_ANSWER:
        if (rcode_text(rcode))
            snprintf(out, HC_DNS_ASK_TEXT, "answers %s", rcode_text(rcode));
        else
            snprintf(out, HC_DNS_ASK_TEXT, "answers error %u", rcode);
        break;
    case HC_DNS_HEARD_NONSENSE:
        snprintf(out, HC_DNS_ASK_TEXT, "answers nonsense%s", over);
        break;
    case HC_DNS_HEARD_NOTHING:
        snprintf(out, HC_DNS_ASK_TEXT, "says nothing%s", over);
        break;
    case HC_DNS_HEARD_UNREACHED:
        snprintf(out, HC_DNS_ASK_TEXT, "cannot be reached%s: %s", over, strerrordesc_np(reply->sys));
        break;
    }
    return out;
}

/* sock.c - addresses and sockets. */
#include "net/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"

#define BACKLOG 4096 /* the kernel lowers it to net.core.somaxconn */

static bool set_v4(struct hc_addr *out, const char *host, unsigned port)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&out->ss;

    *out = (struct hc_addr){.len = sizeof *in};
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)port);
    return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

static bool set_v6(struct hc_addr *out, const char *host, unsigned port)
{
    struct sockaddr_in6 *in = (struct sockaddr_in6 *)&out->ss;

    *out = (struct hc_addr){.len = sizeof *in};
    in->sin6_family = AF_INET6;
    in->sin6_port = htons((uint16_t)port);
    return inet_pton(AF_INET6, host, &in->sin6_addr) == 1;
}

static bool parse_port(struct hc_bytes digits, unsigned *out)
{
    unsigned port = 0;

    if (digits.n == 0 || digits.n > 5)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        if (!hc_ascii_is_digit(digits.p[i]))
            return false;
        port = port * 10 + (unsigned)(digits.p[i] - '0');
    }
    *out = port;
    return port <= 65535;
}

struct hc_rc hc_addr_parse(struct hc_bytes text, struct hc_addr *out, struct hc_err *e)
{
    size_t colon = text.n;
    char host[64];
    struct hc_bytes h;
    struct hc_addr a;
    unsigned port;
    bool ok;

    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    h = hc_bytes_head(text, colon ? colon - 1 : 0);
    ok = colon > 0 && h.n > 0 && h.n < sizeof host && hc_bytes_find(h, 0) == h.n &&
         parse_port(hc_bytes_skip(text, colon), &port);
    if (ok && h.p[0] == '[' && h.p[h.n - 1] == ']') {
        snprintf(host, sizeof host, "%.*s", (int)h.n - 2, (const char *)h.p + 1);
        ok = set_v6(&a, host, port);
    } else if (ok) {
        snprintf(host, sizeof host, "%.*s", HC_BYTES_FMT(h));
        ok = set_v4(&a, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, port);
    }
    if (!ok)
        return HC_FAIL(e, HC_E_ADDRESS, "'%.*s' is not an address like 0.0.0.0:8443 or [::1]:8443",
                       HC_BYTES_FMT(hc_bytes_head(text, 80)));
    *out = a;
    return HC_OK;
}

struct hc_rc hc_addr_resolve(const char *host, unsigned port, struct hc_addr *out, struct hc_err *e)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char service[8];
    int rc;

    if (strcmp(host, "localhost") == 0)
        host = "127.0.0.1"; /* as hc_addr_parse says; many resolvers put ::1 first, where few back ends listen */
    snprintf(service, sizeof service, "%u", port & 0xffff);
    rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        return HC_FAIL(e, HC_E_ADDRESS, "cannot resolve '%s': %s", host, gai_strerror(rc));
    *out = (struct hc_addr){.len = list->ai_addrlen};
    memcpy(&out->ss, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return HC_OK;
}

struct hc_rc hc_addr_unix(const char *path, struct hc_addr *out, struct hc_err *e)
{
    struct sockaddr_un *un = (struct sockaddr_un *)&out->ss;

    if (strlen(path) >= sizeof un->sun_path)
        return HC_FAIL(e, HC_E_ADDRESS, "the path of the UNIX socket %s is longer than %zu bytes", path,
                       sizeof un->sun_path - 1);
    *out = (struct hc_addr){.len = sizeof *un};
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, strlen(path) + 1);
    return HC_OK;
}

const char *hc_addr_text(const struct hc_addr *a, bool port, char out[HC_ADDR_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";

    if (a->len == 0 || a->ss.ss_family == AF_UNIX) {
        const struct sockaddr_un *un = (const struct sockaddr_un *)&a->ss;

        snprintf(out, HC_ADDR_TEXT, "unix:%s", a->len > sizeof un->sun_family ? un->sun_path : "");
        return out;
    }
    if (a->ss.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&a->ss;

        inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof host);
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&a->ss;

        inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
    }
    if (!port)
        snprintf(out, HC_ADDR_TEXT, "%s", host);
    else
        snprintf(out, HC_ADDR_TEXT, a->ss.ss_family == AF_INET6 ? "[%s]:%u" : "%s:%u", host, hc_addr_port(a));
    return out;
}

unsigned hc_addr_port(const struct hc_addr *a)
{
    if (a->ss.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&a->ss)->sin6_port);
    if (a->ss.ss_family == AF_INET)
        return ntohs(((const struct sockaddr_in *)&a->ss)->sin_port);
    return 0;
}

void hc_addr_set_port(struct hc_addr *a, unsigned port)
{
    if (a->ss.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&a->ss)->sin6_port = htons((uint16_t)port);
    else if (a->ss.ss_family == AF_INET)
        ((struct sockaddr_in *)&a->ss)->sin_port = htons((uint16_t)port);
}

static struct hc_rc bind_failed(const struct hc_addr *a, int sys, struct hc_err *e)
{
    char text[HC_ADDR_TEXT];

    return HC_FAIL_SYS(e, sys == EADDRINUSE ? HC_E_PORT_IN_USE : HC_E_ADDRESS, sys, "cannot listen on %s",
                       hc_addr_text(a, true, text));
}

/* SO_REUSEPORT would let two gates of one user share a port unnoticed, so the first socket is tried without it. */
static struct hc_rc prove_unused(const struct hc_addr *a, struct hc_err *e)
{
    int one = 1;
    HC_FD fd = socket(a->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (a->ss.ss_family == AF_INET6) /* as the real one has it: 0.0.0.0 may be somebody else's */
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&a->ss, a->len) != 0)
        return bind_failed(a, errno, e);
    return HC_OK;
}

struct hc_rc hc_sock_listen(struct hc_addr *a, bool first, int *out, struct hc_err *e)
{
    int one = 1;
    socklen_t len = sizeof a->ss;
    HC_FD fd = -1;

    if (first && hc_addr_port(a) != 0)
        HC_TRY(e, prove_unused(a, e));
    fd = socket(a->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    if (a->ss.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&a->ss, a->len) != 0 || listen(fd, BACKLOG) != 0)
        return bind_failed(a, errno, e);
    if (getsockname(fd, (struct sockaddr *)&a->ss, &len) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot read the socket's address");
    *out = fd;
    fd = -1;
    return HC_OK;
}

/* Small writes go out at once; a peer that vanished without a word is noticed by the kernel within minutes. */
static void tune(int fd)
{
    int one = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
}

/* Also what befell a connection while it waited: Linux tells it here, and it says nothing about the listener
 * [accept(2)]. */
static bool nothing_to_accept(int sys)
{
    static const int fates[] = {EAGAIN,    EWOULDBLOCK,  EINTR,       ECONNABORTED, EPROTO, ENETDOWN,
                                EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENONET,       EPERM};

    for (size_t i = 0; i < HC_COUNT(fates); i++)
        if (fates[i] == sys)
            return true;
    return false;
}

struct hc_rc hc_sock_accept(int listener, int *out, struct hc_addr *peer, struct hc_err *e)
{
    struct hc_addr a = {.len = sizeof a.ss};
    int fd = accept4(listener, (struct sockaddr *)&a.ss, &a.len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0 && !nothing_to_accept(errno))
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot accept a connection");
    if (fd >= 0)
        tune(fd);
    *out = fd;
    *peer = a;
    return HC_OK;
}

struct hc_rc hc_sock_connect(const struct hc_addr *a, int *out, struct hc_err *e)
{
    char text[HC_ADDR_TEXT];
    HC_FD fd = socket(a->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_UPSTREAM_DOWN, errno, "cannot make a socket");
    if (a->ss.ss_family != AF_UNIX)
        tune(fd);
    if (connect(fd, (const struct sockaddr *)&a->ss, a->len) != 0 && errno != EINPROGRESS)
        return HC_FAIL_SYS(e, HC_E_UPSTREAM_DOWN, errno, "cannot connect to %s", hc_addr_text(a, true, text));
    *out = fd;
    fd = -1;
    return HC_OK;
}

void hc_sock_quick_ack(int fd)
{
    int one = 1;

    /* Not a TCP socket, or an old kernel: only slower. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
}

int hc_sock_error(int fd)
{
    int sys = 0;
    socklen_t len = sizeof sys;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &sys, &len) != 0)
        return errno;
    return sys;
}

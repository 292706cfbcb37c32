/*
 * sock.h - addresses and non-blocking stream sockets (TCP and UNIX).
 */
#ifndef HC_NET_SOCK_H
#define HC_NET_SOCK_H

#include <sys/socket.h>

#include "base/bytes.h"
#include "base/err.h"

struct hc_addr {
    struct sockaddr_storage ss;
    socklen_t len; /* 0: none */
};

/* "127.0.0.1:8443", "[::1]:8443" or "localhost:8443" (127.0.0.1); no resolver is asked. Fails with HC_E_ADDRESS. */
struct hc_rc hc_addr_parse(struct hc_bytes text, struct hc_addr *out, struct hc_err *e);

/* Host name or literal, and port, through the system's resolver. BLOCKS: at start and reload only. HC_E_ADDRESS. */
struct hc_rc hc_addr_resolve(const char *host, unsigned port, struct hc_addr *out, struct hc_err *e);

/* A UNIX socket's path. Fails with HC_E_ADDRESS when it is too long. */
struct hc_rc hc_addr_unix(const char *path, struct hc_addr *out, struct hc_err *e);

/* "127.0.0.1:8443", "[::1]:8443", "unix:/path"; with port 0 and no colon when `port` is false. */
#define HC_ADDR_TEXT 128
const char *hc_addr_text(const struct hc_addr *a, bool port, char out[HC_ADDR_TEXT]);
unsigned hc_addr_port(const struct hc_addr *a);
/* Of an IPv4 or IPv6 address; of others nothing changes. */
void hc_addr_set_port(struct hc_addr *a, unsigned port);

/*
 * A listening socket that other sockets of this process may share (SO_REUSEPORT). With `first`, it is proved beforehand
 * that nobody else listens there. With port 0 the kernel chooses; *a gets the port. Fails with HC_E_PORT_IN_USE,
 * HC_E_ADDRESS.
 */
struct hc_rc hc_sock_listen(struct hc_addr *a, bool first, int *out, struct hc_err *e);

/* One pending connection: *out is -1 when there is none. Fails with HC_E_SYSTEM (out of descriptors, for instance). */
struct hc_rc hc_sock_accept(int listener, int *out, struct hc_addr *peer, struct hc_err *e);

/* Starts to connect; the socket turns writable when it is decided: then ask hc_sock_error. Fails with
 * HC_E_UPSTREAM_DOWN. */
struct hc_rc hc_sock_connect(const struct hc_addr *a, int *out, struct hc_err *e);

/* What came in is acknowledged at once, this time. A peer that writes in small pieces without TCP_NODELAY waits for
 * it. */
void hc_sock_quick_ack(int fd);

/* The pending error of the socket, 0 for none. */
int hc_sock_error(int fd);

#endif

/*
 * endpoint.h - the addresses in a gate's configuration: where it listens and where it forwards to.
 *
 * Pure text work: nothing is resolved and nothing is opened.
 */
#ifndef HC_GATE_ENDPOINT_H
#define HC_GATE_ENDPOINT_H

#include "base/bytes.h"
#include "base/err.h"

#define HC_HOST_TEXT 256   /* a DNS name has at most 253 characters [RFC 1035 2.3.4] */
#define HC_SOCKET_PATH 108 /* sun_path of struct sockaddr_un, with its NUL */

struct hc_listen {
    char host[HC_HOST_TEXT]; /* an IPv4 or IPv6 literal without brackets, "localhost", or "" for every address */
    uint16_t port;           /* 0: the system chooses; for tests */
};

enum hc_forward_kind {
    HC_FORWARD_NONE, /* the gate serves files */
    HC_FORWARD_HTTP,
    HC_FORWARD_HTTPS,
    HC_FORWARD_TCP,
    HC_FORWARD_TLS,
    HC_FORWARD_UNIX, /* relays bytes to a UNIX socket */
};

struct hc_forward {
    enum hc_forward_kind kind;
    char host[HC_HOST_TEXT];   /* a name, or an IPv4 or IPv6 literal without brackets; "" for HC_FORWARD_UNIX */
    uint16_t port;             /* 1 to 65535; 0 for HC_FORWARD_UNIX */
    char path[HC_SOCKET_PATH]; /* absolute; "" for all but HC_FORWARD_UNIX */
};

/* True for the kinds that relay bytes and see no requests: tcp, tls, unix. */
bool hc_forward_is_relay(enum hc_forward_kind kind);

/* True for the kinds whose back end must present a certificate: https, tls. */
bool hc_forward_is_tls(enum hc_forward_kind kind);

/* "HOST:PORT" with an IPv4 literal, an [IPv6] literal or localhost, or ":PORT". Fails with HC_E_CONFIG_VALUE. */
struct hc_rc hc_listen_parse(struct hc_bytes text, struct hc_listen *out, struct hc_err *e);

/*
 * "http://HOST:PORT", "https://...", "tcp://...", "tls://..." without a path, or "unix:/absolute/path".
 * Fails with HC_E_CONFIG_VALUE, naming the accepted forms.
 */
struct hc_rc hc_forward_parse(struct hc_bytes text, struct hc_forward *out, struct hc_err *e);

/* True when both are one address, so that one socket serves them. Port 0 is never the same: each gets a port of its
 * own. */
bool hc_listen_same(const struct hc_listen *a, const struct hc_listen *b);

/* True when the two cannot be had at once: the same port and the same or a covered address. Port 0 never clashes. */
bool hc_listen_clashes(const struct hc_listen *a, const struct hc_listen *b);

#endif

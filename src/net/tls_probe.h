/*
 * tls_probe.h - a TLS client that watches itself: it offers what it is told to, accepts whatever the server shows, and
 * keeps every handshake message and alert of both sides. For the doctor; never for a connection that carries anything.
 *
 * Sans I/O: bytes of the network are fed in and drained out, so that whoever drives it sees them too, and a peer that
 * speaks byte by byte or for ever meets the driver's limits. The server's certificate is not judged here: the judgement
 * is made of what was kept. Our own key signs if the server asks: a signature is good for this one handshake only.
 *
 * Belongs to one thread.
 */
#ifndef HC_NET_TLS_PROBE_H
#define HC_NET_TLS_PROBE_H

#include "base/auto.h"
#include "base/buf.h"
#include "net/tls.h"

struct hc_tls_probe;

#define HC_TLS_PROBE_MESSAGES 64              /* kept, of both sides together: a handshake has below 20 */
#define HC_TLS_PROBE_BYTES (512u * 1024)      /* of all messages kept; more is a server that talks for ever */
#define HC_TLS_PROBE_APPLICATION (16u * 1024) /* application bytes kept */

/* What to offer. All borrowed for the call. */
struct hc_tls_probe_spec {
    struct hc_crypto *crypto;        /* borrowed for the life of the probe */
    struct hc_tls_identity identity; /* n == 0: none */
    const char *server_name;         /* SNI; NULL: none */
    uint16_t min, max;               /* 0x0301 to 0x0304 */
    const char *alpn;                /* "h2 http/1.1"; NULL: not offered */
    bool anything;      /* everything that libssl has, however weak, instead of what a modern client offers */
    const char *suites; /* up to TLS 1.2, in OpenSSL's words ("kRSA"); NULL: as `anything` says */
    const char *groups; /* "P-256:X25519"; NULL: as usual */
};

/* Fails with HC_E_KEY_MISMATCH, HC_E_CERT_MALFORMED, HC_E_LIBRARY, HC_E_NOMEM. */
struct hc_rc hc_tls_probe_new(const struct hc_tls_probe_spec *spec, struct hc_tls_probe **out, struct hc_err *e);
void hc_tls_probe_free(struct hc_tls_probe *p); /* NULL-safe */
HC_DEFINE_AUTO(hc_tls_probe)

enum hc_tls_probe_state {
    HC_TLS_PROBE_SHAKING,
    HC_TLS_PROBE_OPEN,   /* both Finished are done */
    HC_TLS_PROBE_ENDED,  /* the server sent close_notify */
    HC_TLS_PROBE_FAILED, /* an alert of the server's, or this side gave up: hc_tls_probe_error */
};

/* Takes what came from the network (nothing, to begin) and goes as far as it can. After FAILED nothing is read. */
enum hc_tls_probe_state hc_tls_probe_feed(struct hc_tls_probe *p, struct hc_bytes in);

/* Appends what is to go to the network. Call after each feed and write, after FAILED too: an alert may wait. */
void hc_tls_probe_drain(struct hc_tls_probe *p, struct hc_buf *out);

/* While OPEN: application bytes to send. Fails with HC_E_LIBRARY. */
struct hc_rc hc_tls_probe_write(struct hc_tls_probe *p, struct hc_bytes out, struct hc_err *e);

/* Says close_notify; drain it. */
void hc_tls_probe_close(struct hc_tls_probe *p);

/* Application bytes that came, the first HC_TLS_PROBE_APPLICATION of them; `*all` gets how many there were. Borrowed
 * until the next feed. */
struct hc_bytes hc_tls_probe_application(const struct hc_tls_probe *p, size_t *all);

/* One message of either side. */
enum hc_tls_seen_kind { HC_TLS_SEEN_HANDSHAKE = 22, HC_TLS_SEEN_ALERT = 21, HC_TLS_SEEN_CHANGE_CIPHER = 20 };
struct hc_tls_seen {
    uint64_t at_us; /* since the probe was made */
    bool sent;      /* by this side */
    enum hc_tls_seen_kind kind;
    uint32_t length;       /* of the message as it came */
    struct hc_bytes bytes; /* handshake: with its header of 4 bytes; alert: level and number */
};

/* In their order; false beyond the last. Borrowed from the probe. Finished is kept without its contents: they say nothing
 * to people. Tickets are kept without the ticket. No secret is ever kept. */
bool hc_tls_probe_seen(const struct hc_tls_probe *p, size_t i, struct hc_tls_seen *out);
/* Messages that were left out: beyond HC_TLS_PROBE_MESSAGES or _BYTES. What a server may send again and again (tickets,
 * HelloRequest, KeyUpdate, warnings) has half of the places and never drives out a certificate or a fatal alert. */
size_t hc_tls_probe_unseen(const struct hc_tls_probe *p);

/* What libssl agreed on; known once the ServerHello was read. Static storage or the probe's; 0 and NULL when unknown. */
struct hc_tls_agreed {
    uint16_t version; /* 0x0304 */
    uint16_t suite;   /* IANA's number */
    uint16_t group;   /* IANA's number */
    const char *alpn; /* NULL: none */
    bool resumed;
    bool finished;  /* both Finished are done, whatever came afterwards, even with the same bytes */
    bool asked;     /* the server sent a CertificateRequest */
    bool presented; /* and this side a certificate with it */
};
void hc_tls_probe_agreed(const struct hc_tls_probe *p, struct hc_tls_agreed *out);

/* After FAILED. Fails with HC_E_TLS_PEER_ALERT when the server said so, HC_E_TLS_PROOF (its signature does not hold), the
 * other rows of hc_tls_handshake, HC_E_TLS_HANDSHAKE or HC_E_NOMEM; e->lib has libssl's reason. */
struct hc_rc hc_tls_probe_error(const struct hc_tls_probe *p, struct hc_err *e);

#endif

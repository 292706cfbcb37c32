/*
 * tls.h - TLS 1.2 and 1.3 sessions with mutual authentication [RFC 8446, RFC 9325]; the only door to libssl.
 *
 * The module is handed a judge (function and context) and knows neither gate nor policy. The order is the security
 * argument: the judge makes a checked chain from what was presented; OpenSSL checks CertificateVerify and Finished;
 * only then hc_tls_handshake makes the verified peer, and nobody else can. No resumption, no early data, no
 * renegotiation; forward secrecy always.
 *
 * Threads: a context and its sessions belong to one thread at a time. libssl writes with write(2), which raises SIGPIPE
 * when the peer is gone: a program that uses this module ignores that signal.
 */
#ifndef HC_NET_TLS_H
#define HC_NET_TLS_H

#include "base/auto.h"
#include "net/stream.h"
#include "pki/bundle.h"
#include "pki/cert.h"
#include "pki/report.h"
#include "pki/verify.h"

struct hc_crypto;
struct hc_key;
struct hc_tls_context;
struct hc_tls;
struct hc_verified_peer; /* a checked chain and a finished handshake: the other side proved possession of the key */

/* Whether a server asks its clients for a certificate. */
enum hc_tls_ask { HC_TLS_ASK_NOBODY, HC_TLS_ASK_OPTIONAL, HC_TLS_ASK_REQUIRED };

/* Judges a presented chain (leaf first, as presented). Anything but HC_OK with a chain ends the handshake with the
 * alert of the code's catalogue row: a bad certificate is never downgraded to none. */
struct hc_tls_judge {
    struct hc_rc (*judge)(void *ctx, struct hc_presented presented, struct hc_checked_chain **out,
                          struct hc_report *report, struct hc_err *e);
    void *ctx; /* borrowed until the handshake is done */
};

/* What this side presents: the leaf first, then its issuers without the root; and the leaf's key. */
struct hc_tls_identity {
    struct hc_cert *const *chain;
    size_t n;
    const struct hc_key *key;
};

struct hc_tls_spec {
    struct hc_crypto *crypto;        /* borrowed for the life of the context */
    struct hc_tls_identity identity; /* borrowed for the call; n == 0 for a client without one */
    enum hc_tls_ask ask;             /* servers */
    const struct hc_bundle *bundle;  /* servers that ask: whose names go into the CertificateRequest; may be NULL */
    const char *alpn;                /* application protocols, best first: "http/1.1 http/1.0"; NULL: none negotiated */
};

/* Fails with HC_E_KEY_MISMATCH, HC_E_CERT_MALFORMED, HC_E_LIBRARY, HC_E_NOMEM. */
struct hc_rc hc_tls_server_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e);
struct hc_rc hc_tls_client_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e);
void hc_tls_context_free(struct hc_tls_context *ctx);
HC_DEFINE_AUTO(hc_tls_context)

/* A session over a connected socket, which stays the caller's. `server_name` is sent as SNI when it is a DNS name, or
 * NULL. */
struct hc_rc hc_tls_accept(struct hc_tls_context *ctx, int fd, struct hc_tls_judge judge, struct hc_tls **out,
                           struct hc_err *e);
struct hc_rc hc_tls_connect(struct hc_tls_context *ctx, int fd, const char *server_name, struct hc_tls_judge judge,
                            struct hc_tls **out, struct hc_err *e);
void hc_tls_free(struct hc_tls *tls);
HC_DEFINE_AUTO(hc_tls)

/*
 * Goes as far as it can: HC_IO_OK when done, HC_IO_AGAIN_*, or HC_IO_BROKEN with the reason in `e`: the judge's code,
 * or HC_E_NO_CERTIFICATE, HC_E_TLS_PROOF, HC_E_TLS_NOT_TLS, _VERSION, _NO_COMMON, _NO_APPLICATION_PROTOCOL,
 * _PEER_ALERT, _CLOSED, _HANDSHAKE. The alert has been written when it returns.
 */
enum hc_io hc_tls_handshake(struct hc_tls *tls, struct hc_err *e);

/* After HC_IO_OK: who the other side is, or NULL when it presented nothing. Borrowed from the session. */
const struct hc_verified_peer *hc_tls_peer(const struct hc_tls *tls);
const struct hc_checked_chain *hc_verified_peer_chain(const struct hc_verified_peer *peer);

/* After a failure: what the judge said; NULL when it was not asked, and after a success. Borrowed from the session. */
const struct hc_report *hc_tls_report(const struct hc_tls *tls);

/* After a failure: the leaf that was presented and not proven; for messages only, never for a decision. NULL when
 * none. */
const struct hc_cert *hc_tls_presented(const struct hc_tls *tls);

/* "TLSv1.3", "TLS_AES_256_GCM_SHA384"; static storage. */
const char *hc_tls_version(const struct hc_tls *tls);
const char *hc_tls_cipher(const struct hc_tls *tls);
/* The server name that the client asked for, or NULL; peers' bytes. Borrowed. */
const char *hc_tls_server_name(const struct hc_tls *tls);

/* For net/stream. */
enum hc_io hc_tls_read(struct hc_tls *tls, struct hc_buf *into, size_t most, size_t *n);
enum hc_io hc_tls_write(struct hc_tls *tls, struct hc_bytes from, size_t *n);
enum hc_io hc_tls_end(struct hc_tls *tls);
/* Bytes were taken from the socket that hc_tls_read has not given yet. */
bool hc_tls_has_input(const struct hc_tls *tls);

#endif

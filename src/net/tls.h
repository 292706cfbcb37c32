/*
 * tls.h - TLS 1.2 and 1.3 sessions with mutual authentication [RFC 8446, RFC 9325]; the only door to libssl.
 *
 * The module is handed a judge (function and context) and knows neither gate nor policy. The order is the security
 * argument: the judge makes a checked chain from what was presented; OpenSSL checks CertificateVerify and Finished;
 * only then hc_tls_handshake makes the verified peer, and nobody else can. No early data, no renegotiation; forward
 * secrecy always.
 *
 * A session is resumed only where everything that its judgement rested on is the same (the auth domain), and only
 * after its chain was judged again: see tls_sessions.h. What a resumed connection proves is that it comes from where
 * the full handshake came from; who that is, is taken from the chain that was checked then. Nothing is resumed towards
 * back ends (T6): their connections are kept open and used again instead.
 *
 * Threads: a context and its sessions belong to one thread at a time; struct hc_tls_sessions is shared by all. libssl
 * writes with write(2), which raises SIGPIPE when the peer is gone: a program that uses this module ignores that
 * signal.
 */
#ifndef HC_NET_TLS_H
#define HC_NET_TLS_H

#include "base/auto.h"
#include "net/stream.h"
#include "net/tls_sessions.h"
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
    /* Servers: may the peer of an earlier session, who had this chain, come back without presenting it? Anything but
     * HC_OK forgets the session; the full handshake that follows gives the verdict. NULL: no session is resumed. */
    struct hc_rc (*again)(void *ctx, const struct hc_checked_chain *chain, struct hc_err *e);
    /* Clients: what a stapled OCSP response says of a chain that was accepted; asked when one came (RFC 6066 8), for
     * TLS
     * 1.2 the only chance to look at it. A failure ends the handshake. NULL: staples are not asked for. */
    struct hc_rc (*staple)(void *ctx, const struct hc_checked_chain *chain, struct hc_bytes response, struct hc_err *e);
    void *ctx; /* borrowed until the handshake is done */
};

/* The bytes that stand for everything a judgement rests on but the peer and the time. */
#define HC_TLS_DOMAIN 32

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
    struct hc_tls_sessions *sessions; /* servers: what may be resumed; borrowed; NULL: nothing is */
    uint8_t domain[HC_TLS_DOMAIN];    /* servers: a session of another auth domain is not resumed (T1, T2) */
};

/* Fails with HC_E_KEY_MISMATCH, HC_E_CERT_MALFORMED, HC_E_LIBRARY, HC_E_NOMEM. */
struct hc_rc hc_tls_server_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e);
struct hc_rc hc_tls_client_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e);
void hc_tls_context_free(struct hc_tls_context *ctx);
HC_DEFINE_AUTO(hc_tls_context)

/* Which settings and which judge a client's first words ask for. */
struct hc_tls_choice {
    struct hc_tls_context *context; /* borrowed for as long as the session lives */
    struct hc_tls_judge judge;
};

/*
 * Chooses when the ClientHello is there, before anything is resumed and before any certificate is chosen.
 * `server_name` is the one host_name of the extension as the client wrote it, or empty when there is none; peers'
 * bytes, at most HC_TLS_NAME_MAX, no NUL in them (a malformed extension ends the handshake before). Anything but HC_OK
 * ends the handshake with the alert of the code's row.
 */
#define HC_TLS_NAME_MAX 255
struct hc_tls_hello {
    struct hc_rc (*choose)(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e);
    void *ctx; /* borrowed until the handshake is done */
    /* What the session is made of before the choice; any of those that may be chosen. All of them have the same
     * `sessions`. */
    struct hc_tls_context *first;
};

/* A session over a connected socket, which stays the caller's. `server_name` is sent as SNI when it is a DNS name, or
 * NULL. */
struct hc_rc hc_tls_accept(const struct hc_tls_hello *hello, int fd, struct hc_tls **out, struct hc_err *e);
struct hc_rc hc_tls_connect(struct hc_tls_context *ctx, int fd, const char *server_name, struct hc_tls_judge judge,
                            struct hc_tls **out, struct hc_err *e);
void hc_tls_free(struct hc_tls *tls);
HC_DEFINE_AUTO(hc_tls)

/*
 * Goes as far as it can: HC_IO_OK when done, HC_IO_AGAIN_*, or HC_IO_BROKEN with the reason in `e`: the judge's code,
 * or the choice's code, HC_E_NO_CERTIFICATE, HC_E_TLS_PROOF, HC_E_TLS_NOT_TLS, _VERSION, _NO_COMMON,
 * _NO_APPLICATION_PROTOCOL, _PEER_ALERT, _CLOSED, _HANDSHAKE. The alert has been written when it returns.
 */
enum hc_io hc_tls_handshake(struct hc_tls *tls, struct hc_err *e);

/* After HC_IO_OK: who the other side is, or NULL when it presented nothing. Borrowed from the session. */
const struct hc_verified_peer *hc_tls_peer(const struct hc_tls *tls);
const struct hc_checked_chain *hc_verified_peer_chain(const struct hc_verified_peer *peer);

/* After HC_IO_OK: the session is a resumed one: nothing was presented, and the peer is that of an earlier handshake. */
bool hc_tls_resumed(const struct hc_tls *tls);
/* After the choice: the context that was chosen; `first` before. Borrowed. */
const struct hc_tls_context *hc_tls_chosen(const struct hc_tls *tls);

/* After a failure: what the judge said; NULL when it was not asked, and after a success. Borrowed from the session. */
const struct hc_report *hc_tls_report(const struct hc_tls *tls);

/* After a failure: the leaf that was presented and not proven; for messages only, never for a decision. NULL when
 * none. */
const struct hc_cert *hc_tls_presented(const struct hc_tls *tls);

/* The same for all that was presented, the leaf first, as far as it could be read: the i-th, NULL beyond the last. */
#define HC_TLS_PRESENTED 16 /* real chains have 2 to 4; whoever presents more is nobody yet, and each costs work */
const struct hc_cert *hc_tls_presented_at(const struct hc_tls *tls, size_t i);

/* The handshake as a server saw it: its messages and alerts, and the client's random, which stands for it in the records
 * of both ends. No secret is in it. */
#define HC_TLS_MESSAGES 24 /* a full mutual handshake has 13; with a second hello and four tickets 19 */
#define HC_TLS_RANDOM 32
struct hc_tls_trace {
    struct {
        uint32_t at_us; /* since the session was made */
        bool sent;      /* by this side */
        bool alert;
        uint8_t number; /* handshake type [RFC 8446 4], or the alert's number [RFC 8446 6] */
    } message[HC_TLS_MESSAGES];
    uint8_t n, more; /* messages kept, and left out (at most 255) */
    bool has_random; /* a ClientHello came */
    uint8_t random[HC_TLS_RANDOM];
};

/* From the beginning, for finished and refused handshakes, until hc_tls_forget; NULL afterwards and for clients.
 * Borrowed from the session. */
const struct hc_tls_trace *hc_tls_trace(const struct hc_tls *tls);
/* The handshake is told of no more: an open connection does not carry its trace along. */
void hc_tls_forget(struct hc_tls *tls);
/* The random of the client's first hello, with or without a trace; false when none was read. */
bool hc_tls_random(const struct hc_tls *tls, uint8_t out[HC_TLS_RANDOM]);

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

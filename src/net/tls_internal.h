/*
 * tls_internal.h - what the tls*.c files share; nobody else includes it.
 *
 *     tls.c           one connection: handshake, peer, bytes
 *     tls_context.c   the settings of a listener or an upstream
 *     tls_hello.c     the first words of a client: which context and judge are chosen
 *     tls_judge.c     what was presented is judged
 *     tls_resume.c    between libssl's sessions and the store of them
 *     tls_sessions.c  the store; knows nothing of libssl
 *     tls_trace.c     the messages of a server's handshake
 *     tls_error.c     reasons of failures
 *     tls_probe.c     a client that watches itself; tls_probe_seen.c: what it keeps of the messages
 */
#ifndef HC_NET_TLS_INTERNAL_H
#define HC_NET_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "net/tls.h"

struct hc_tls_context {
    SSL_CTX *ctx;
    bool is_server;
    enum hc_tls_ask ask;
    struct hc_tls_sessions *sessions; /* borrowed; NULL: nothing is resumed */
    uint8_t domain[HC_TLS_DOMAIN];
    uint8_t alpn[64]; /* wire form: for each protocol a length byte and the name */
    size_t n_alpn;    /* 0: none is negotiated */
};

struct hc_tls_noted; /* tls_trace.c */

/* The certificates that were presented, as far as they could be read. */
struct hc_tls_shown {
    struct hc_cert *cert[HC_TLS_PRESENTED];
    size_t n;
};

struct hc_tls {
    SSL *ssl;
    bool done;
    bool resumed;                     /* known when done */
    bool is_chosen;                   /* servers: the choice was made; clients: always */
    struct hc_tls_hello hello;        /* servers */
    struct hc_tls_context *chosen;    /* borrowed; `first` until the choice */
    char *server_name;                /* owned; servers: what the client asked for, NULL: nothing */
    struct hc_tls_judge judge;        /* of the choice */
    enum hc_code refused;             /* what the judge or the choice said no with, or HC_OK_CODE */
    struct hc_err refusal;            /* their words */
    struct hc_report *report;         /* owned; NULL until the judge was asked */
    struct hc_tls_shown *shown;       /* owned; what was presented; NULL until the judge was asked */
    struct hc_tls_noted *noted;       /* owned; servers, until hc_tls_forget */
    struct hc_checked_chain *checked; /* owned; moves into the peer when the handshake is done */
    struct hc_verified_peer *peer;    /* owned; made by hc_tls_handshake and nowhere else */

    /* Resumption: see tls_resume.c. */
    unsigned lookups;                 /* sessions that the client offered */
    bool lent;                        /* libssl was given a kept session */
    struct hc_checked_chain *earlier; /* owned; the chain of the session that was lent last; NULL: a stranger's */
    int64_t seconds_left;             /* of that session */
    SSL_SESSION *fresh;               /* owned; made by this handshake, to be kept once it is done */
};

/* --- tls_hello.c: libssl's client hello callback --- */
int hc_tls_hello_heard(SSL *ssl, int *alert, void *unused);

/* --- tls_judge.c --- */
/* OpenSSL's question "is this chain good?": hands the presented certificates to the session's judge. */
int hc_tls_judge_ask(X509_STORE_CTX *store, void *unused);
/* OpenSSL's question "is this stapled response good?", also asked when none came. */
int hc_tls_judge_staple(SSL *ssl, void *unused);

/* NULL-safe. */
void hc_tls_judge_forget(struct hc_tls_shown *shown);

/* --- tls_trace.c --- */
/* Before the first message. Fails with HC_E_NOMEM. */
struct hc_rc hc_tls_trace_begin(struct hc_tls *tls, struct hc_err *e);
/* The handshake is done: what comes now is not noted any more. */
void hc_tls_trace_end(struct hc_tls *tls);

/* --- tls_resume.c --- */
/* The settings by which a server keeps sessions and gives them back, or by which nobody does. */
struct hc_rc hc_tls_resume_set(struct hc_tls_context *ctx, struct hc_err *e);
/* The judge accepted the chain: the ticket says how long it may be used. */
void hc_tls_resume_limit(struct hc_tls *tls);
/* After the handshake: the session that is resumed is the one that was lent, with `earlier`. */
bool hc_tls_resume_is_ours(const struct hc_tls *tls);
/* The handshake is done and `peer` is made: keeps what it left behind. A session that is not kept is no failure. */
void hc_tls_resume_keep(struct hc_tls *tls);

/* --- tls_sessions.c: seconds are those of hc_mono_ms --- */
#define HC_TLS_SESSION_ID 32    /* bytes; both versions */
#define HC_TLS_SESSION_MAX 1024 /* bytes of an encoded session without certificates; they have some 200 */

struct hc_tls_kept {
    uint8_t id[HC_TLS_SESSION_ID];
    uint8_t domain[HC_TLS_DOMAIN];
    struct hc_bytes session;        /* encoded; holds its secret; at most HC_TLS_SESSION_MAX */
    struct hc_checked_chain *chain; /* borrowed for the call; NULL: a stranger's */
    int64_t end;                    /* the second at which it is kept no more */
};

struct hc_tls_found {
    uint8_t session[HC_TLS_SESSION_MAX]; /* the caller wipes it */
    size_t n;
    struct hc_checked_chain *chain; /* given to the caller; NULL: a stranger's */
    int64_t end;
};

/* Keeps a session; false when there is no room for any, no memory, or it is there already. */
bool hc_tls_sessions_keep(struct hc_tls_sessions *s, const struct hc_tls_kept *kept, int64_t now);
/* Finds a session of that domain which has not ended. */
bool hc_tls_sessions_find(struct hc_tls_sessions *s, const uint8_t id[HC_TLS_SESSION_ID],
                          const uint8_t domain[HC_TLS_DOMAIN], int64_t now, struct hc_tls_found *out);
/* Its chain was refused when it was judged again. */
void hc_tls_sessions_refuse(struct hc_tls_sessions *s, const uint8_t id[HC_TLS_SESSION_ID]);
/* One was resumed and its handshake is finished. */
void hc_tls_sessions_count_resumed(struct hc_tls_sessions *s);

/* --- tls_context.c: what every context of this program begins with --- */
/* What a modern peer offers: versions from TLS 1.2, suites, groups, signature algorithms, 112 bits. */
struct hc_rc hc_tls_context_algorithms(SSL_CTX *ctx, struct hc_err *e);
/* The chain and the key of spec->identity, all of them as given. */
struct hc_rc hc_tls_context_identity(SSL_CTX *ctx, const struct hc_tls_spec *spec, struct hc_err *e);

/* --- tls_error.c --- */
/* Names the reason that lies in OpenSSL's error queue, which it empties. Never HC_OK. */
struct hc_rc hc_tls_error_library(struct hc_err *e);
/* Names the reason of a failed handshake from OpenSSL's error queue, which it empties. */
struct hc_rc hc_tls_error(const struct hc_tls *tls, int ssl_error, int sys, struct hc_err *e);

#endif

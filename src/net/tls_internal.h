/* tls_internal.h - what the tls*.c files share; nobody else includes it. */
#ifndef HC_NET_TLS_INTERNAL_H
#define HC_NET_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "net/tls.h"

struct hc_tls_context {
    SSL_CTX *ctx;
    bool is_server;
    uint8_t alpn[64]; /* wire form: for each protocol a length byte and the name */
    size_t n_alpn;    /* 0: none is negotiated */
};

struct hc_tls {
    SSL *ssl;
    bool done;
    struct hc_tls_judge judge;
    enum hc_code refused;             /* what the judge said no with, or HC_OK_CODE */
    struct hc_err refusal;            /* the judge's words */
    struct hc_report *report;         /* owned; NULL until the judge was asked */
    struct hc_cert *presented;        /* owned; the presented leaf */
    struct hc_checked_chain *checked; /* owned; moves into the peer when the handshake is done */
    struct hc_verified_peer *peer;    /* owned; made by hc_tls_handshake and nowhere else */
};

/* OpenSSL's question "is this chain good?": hands the presented certificates to the session's judge. */
int hc_tls_ask_judge(X509_STORE_CTX *store, void *unused);

/* Names the reason of a failed handshake from OpenSSL's error queue, which it empties. */
struct hc_rc hc_tls_error(const struct hc_tls *tls, int ssl_error, int sys, struct hc_err *e);

#endif

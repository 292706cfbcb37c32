/*
 * pair.h - two ends of a TLS connection in one process: a socketpair, certificates, a judge, and libssl used raw as the
 * other side.
 */
#ifndef HC_TEST_NET_PAIR_H
#define HC_TEST_NET_PAIR_H

#include "hc_test.h"

#include <openssl/ssl.h>

#include "../pki/testpki.h"
#include "net/tls.h"

/* Beyond this year on whatever clock, so that what lasts as long as a chain does not end in a test. */
#define PAIR_FAR INT64_C(2500000000) /* 2049 */

/* A root that is the bundle's one anchor, an issuing CA, and leaves below it. */
struct pair_pki {
    struct hc_crypto *crypto;
    struct hc_bundle *bundle;
    struct testpki root, issuer, server, client;
};

/* For cmocka: *state is a struct pair_pki. */
int pair_setup(void **state);
int pair_teardown(void **state);

/* The context of a judge that runs hc_verify for real. */
struct pair_judge {
    const struct pair_pki *pki;
    enum hc_verify_purpose purpose;
    enum hc_code refuse; /* refuses everybody with this code; HC_OK_CODE: judges */
    unsigned calls;
    enum hc_code refuse_again; /* the same for those who come back with a session */
    bool never_again;          /* the judge has no `again` */
    unsigned calls_again;
    enum hc_code refuse_staple;
    bool wants_staple;
    unsigned calls_staple;
    struct hc_bytes expect_staple; /* what must come: the same bytes each time */
    bool saw_staple;               /* it was there when the chain was judged */
};
struct hc_tls_judge pair_judge_of(struct pair_judge *j);

/* What pair_hello's choice comes to: this context and judge, whatever is asked for. */
struct pair_choice {
    struct hc_tls_context *context;
    struct pair_judge *judge;
};
struct hc_tls_hello pair_hello(struct pair_choice *choice);

/* The usual server and client of this program; the chains in them point into `pki`. */
struct hc_tls_spec pair_spec(const struct pair_pki *pki, const struct testpki *leaf, enum hc_tls_ask ask,
                             struct hc_cert *chain[2]);
struct hc_tls_context *pair_server(const struct pair_pki *pki, enum hc_tls_ask ask);
/* The same with sessions that may be resumed, of a domain that is this byte 32 times. */
struct hc_tls_context *pair_resuming(const struct pair_pki *pki, enum hc_tls_ask ask, struct hc_tls_sessions *sessions,
                                     uint8_t domain);

/* A raw client: with the certificate of `leaf` (NULL: none) and only TLS `version` (0: any). */
SSL_CTX *pair_raw_client(const struct pair_pki *pki, const struct testpki *leaf, int version);

/* One connection: our server on fd[0], libssl's client on fd[1]. */
struct pair {
    int fd[2];
    struct hc_tls *server;
    SSL *client;
    struct pair_choice choice;
    int alert;        /* the last alert that the client was sent, 0: none */
    enum hc_io ended; /* what the server's handshake came to */
    struct hc_err e;
};

void pair_sockets(int fd[2]);
void pair_open(struct pair *p, struct hc_tls_context *server, SSL_CTX *client, struct pair_judge *judge);
/* The same with a choice by the server's name. */
void pair_open_hello(struct pair *p, const struct hc_tls_hello *hello, SSL_CTX *client);
/* Moves both handshakes on until the server's is decided and the client has read what came. */
void pair_shake(struct pair *p);
/* The same with the client's bytes passing through `twist` first, which may change them in place. */
void pair_shake_twisted(struct pair *p, void (*twist)(void *ctx, struct hc_bytes said), void *ctx);
void pair_close(struct pair *p);

#endif

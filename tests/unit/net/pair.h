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
};
struct hc_tls_judge pair_judge_of(struct pair_judge *j);

/* The usual server and client of this program; the chains in them point into `pki`. */
struct hc_tls_spec pair_spec(const struct pair_pki *pki, const struct testpki *leaf, enum hc_tls_ask ask,
                             struct hc_cert *chain[2]);
struct hc_tls_context *pair_server(const struct pair_pki *pki, enum hc_tls_ask ask);

/* A raw client: with the certificate of `leaf` (NULL: none) and only TLS `version` (0: any). */
SSL_CTX *pair_raw_client(const struct pair_pki *pki, const struct testpki *leaf, int version);

/* One connection: our server on fd[0], libssl's client on fd[1]. */
struct pair {
    int fd[2];
    struct hc_tls *server;
    SSL *client;
    int alert;        /* the last alert that the client was sent, 0: none */
    enum hc_io ended; /* what the server's handshake came to */
    struct hc_err e;
};

void pair_sockets(int fd[2]);
void pair_open(struct pair *p, struct hc_tls_context *server, SSL_CTX *client, struct pair_judge *judge);
/* Moves both handshakes on until the server's is decided and the client has read what came. */
void pair_shake(struct pair *p);
void pair_close(struct pair *p);

#endif

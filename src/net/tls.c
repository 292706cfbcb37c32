/*
 * tls.c - one TLS session.
 *
 * Invariants: tls->checked is set only by the judge's HC_OK; tls->peer is set only by hc_tls_handshake, only after
 * OpenSSL says that the handshake is finished, and only from tls->checked. A refused chain leaves checked NULL and
 * fails the handshake.
 */
#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tls_internal.h"
#include "pki/path.h"

#define PRESENTED_MAX HC_PATH_PRESENTED /* the judge takes no more */

struct hc_verified_peer {
    struct hc_checked_chain *chain; /* owned */
};

static void peer_free(struct hc_verified_peer *peer)
{
    if (!peer)
        return;
    hc_checked_chain_free(peer->chain);
    free(peer);
}

void hc_tls_free(struct hc_tls *tls)
{
    if (!tls)
        return;
    SSL_free(tls->ssl);
    free(tls->report);
    hc_cert_free(tls->presented);
    hc_checked_chain_free(tls->checked);
    peer_free(tls->peer);
    free(tls);
}

/* --- the judge ---------------------------------------------------------------------------------------------------- */

struct presented {
    struct hc_cert *certs[PRESENTED_MAX];
    size_t n;
};

static void presented_fini(struct presented *p)
{
    for (size_t i = 0; i < p->n; i++)
        hc_cert_free(p->certs[i]);
}

static struct hc_rc parse_one(X509 *x, struct presented *p, struct hc_err *e)
{
    unsigned char *der = NULL;
    int n = i2d_X509(x, &der);
    struct hc_rc rc;

    if (n <= 0)
        return HC_FAIL_LIB(e, HC_E_CERT_MALFORMED, "OpenSSL cannot encode the presented certificate");
    rc = hc_cert_parse(hc_bytes_of(der, (size_t)n), &p->certs[p->n], e);
    OPENSSL_free(der);
    if (hc_ok(rc))
        p->n++;
    return rc;
}

/* The presented list holds the leaf first [RFC 8446 4.4.2]. */
static struct hc_rc parse_presented(X509_STORE_CTX *store, struct presented *p, struct hc_err *e)
{
    STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
    X509 *leaf = X509_STORE_CTX_get0_cert(store);

    if (sk_X509_num(sent) > PRESENTED_MAX)
        return HC_FAIL(e, HC_E_CHAIN_TOO_LONG, "%d certificates were presented, at most %d are accepted",
                       sk_X509_num(sent), PRESENTED_MAX);
    HC_TRY(e, parse_one(leaf, p, e));
    for (int i = 0; i < sk_X509_num(sent); i++) {
        X509 *x = sk_X509_value(sent, i);

        if (x != leaf && p->n < PRESENTED_MAX)
            HC_TRY(e, parse_one(x, p, e));
    }
    return HC_OK;
}

static struct hc_rc judge(struct hc_tls *tls, X509_STORE_CTX *store, struct presented *p, struct hc_err *e)
{
    struct hc_presented presented;

    tls->report = malloc(sizeof *tls->report);
    if (!tls->report)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a report");
    hc_report_init(tls->report, false);
    HC_TRY(e, parse_presented(store, p, e));
    tls->presented = hc_cert_ref(p->certs[0]);
    presented = (struct hc_presented){(const struct hc_cert *const *)p->certs, p->n};
    return tls->judge.judge(tls->judge.ctx, presented, &tls->checked, tls->report, e);
}

int hc_tls_ask_judge(X509_STORE_CTX *store, void *unused)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct hc_tls *tls = SSL_get_app_data(ssl);
    struct presented p = {.n = 0};
    struct hc_rc rc;

    (void)unused;
    if (tls->report || tls->done) { /* asked twice: nothing in this program does that */
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
        return 0;
    }
    rc = judge(tls, store, &p, &tls->refusal);
    presented_fini(&p);
    ERR_clear_error();
    if (hc_ok(rc) && tls->checked) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        return 1;
    }
    tls->refused = hc_failed(rc) ? rc.code : HC_E_INTERNAL;
    X509_STORE_CTX_set_error(store, hc_row(tls->refused)->v_err ? hc_row(tls->refused)->v_err : X509_V_ERR_UNSPECIFIED);
    return 0;
}

/* --- the session -------------------------------------------------------------------------------------------------- */

static struct hc_rc session_new(struct hc_tls_context *ctx, int fd, struct hc_tls_judge judge, struct hc_tls **out,
                                struct hc_err *e)
{
    HC_AUTO(hc_tls) tls = calloc(1, sizeof *tls);

    if (!tls)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a TLS session");
    tls->judge = judge;
    tls->ssl = SSL_new(ctx->ctx);
    if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1 || SSL_set_app_data(tls->ssl, tls) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot make a TLS session");
    *out = HC_GIVE(tls);
    return HC_OK;
}

struct hc_rc hc_tls_accept(struct hc_tls_context *ctx, int fd, struct hc_tls_judge judge, struct hc_tls **out,
                           struct hc_err *e)
{
    HC_AUTO(hc_tls) tls = NULL;

    HC_TRY(e, session_new(ctx, fd, judge, &tls, e));
    SSL_set_accept_state(tls->ssl);
    *out = HC_GIVE(tls);
    return HC_OK;
}

/* RFC 6066 3: literal IP addresses are not permitted in SNI. */
static bool is_address(const char *name)
{
    struct in6_addr any;

    return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

struct hc_rc hc_tls_connect(struct hc_tls_context *ctx, int fd, const char *server_name, struct hc_tls_judge judge,
                            struct hc_tls **out, struct hc_err *e)
{
    HC_AUTO(hc_tls) tls = NULL;

    HC_TRY(e, session_new(ctx, fd, judge, &tls, e));
    SSL_set_connect_state(tls->ssl);
    if (server_name && !is_address(server_name) && SSL_set_tlsext_host_name(tls->ssl, server_name) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the server name");
    *out = HC_GIVE(tls);
    return HC_OK;
}

static struct hc_rc make_peer(struct hc_tls *tls, struct hc_err *e)
{
    bool presented = SSL_get0_peer_certificate(tls->ssl) != NULL;

    /* What OpenSSL holds and what the judge accepted must be the same fact. */
    if (presented != (tls->checked != NULL) || !SSL_is_init_finished(tls->ssl))
        return HC_FAIL(e, HC_E_INTERNAL, "a handshake ended with a certificate that nobody judged");
    if (!presented)
        return HC_OK;
    tls->peer = calloc(1, sizeof *tls->peer);
    if (!tls->peer)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a verified peer");
    tls->peer->chain = HC_GIVE(tls->checked);
    return HC_OK;
}

static enum hc_io io_of(int ssl_error)
{
    if (ssl_error == SSL_ERROR_WANT_READ)
        return HC_IO_AGAIN_READ;
    if (ssl_error == SSL_ERROR_WANT_WRITE)
        return HC_IO_AGAIN_WRITE;
    return ssl_error == SSL_ERROR_ZERO_RETURN ? HC_IO_END : HC_IO_BROKEN;
}

/* What only a refusal is explained with; an open connection does not carry it along. */
static void forget_judgement(struct hc_tls *tls)
{
    free(tls->report);
    tls->report = NULL;
    hc_cert_free(tls->presented);
    tls->presented = NULL;
}

enum hc_io hc_tls_handshake(struct hc_tls *tls, struct hc_err *e)
{
    int rc;
    int ssl_error;
    int sys;
    enum hc_io io;

    ERR_clear_error();
    errno = 0;
    rc = SSL_do_handshake(tls->ssl);
    sys = errno;
    if (rc == 1) {
        if (hc_failed(make_peer(tls, e)))
            return HC_IO_BROKEN;
        tls->done = true;
        forget_judgement(tls);
        return HC_IO_OK;
    }
    ssl_error = SSL_get_error(tls->ssl, rc);
    io = io_of(ssl_error);
    if (io == HC_IO_AGAIN_READ || io == HC_IO_AGAIN_WRITE)
        return io;
    hc_ignore(hc_tls_error(tls, ssl_error, sys, e)); /* fills e; that it failed is what is returned */
    return HC_IO_BROKEN;
}

const struct hc_verified_peer *hc_tls_peer(const struct hc_tls *tls)
{
    return tls->done ? tls->peer : NULL;
}

const struct hc_checked_chain *hc_verified_peer_chain(const struct hc_verified_peer *peer)
{
    return peer->chain;
}

const struct hc_report *hc_tls_report(const struct hc_tls *tls)
{
    return tls->report;
}

const struct hc_cert *hc_tls_presented(const struct hc_tls *tls)
{
    return tls->presented;
}

const char *hc_tls_version(const struct hc_tls *tls)
{
    return SSL_get_version(tls->ssl);
}

const char *hc_tls_cipher(const struct hc_tls *tls)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(tls->ssl);

    return cipher ? SSL_CIPHER_standard_name(cipher) : NULL;
}

const char *hc_tls_server_name(const struct hc_tls *tls)
{
    return SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
}

enum hc_io hc_tls_read(struct hc_tls *tls, struct hc_buf *into, size_t most, size_t *n)
{
    uint8_t *at = hc_buf_reserve(into, most);
    int rc;

    *n = 0;
    if (!at || !tls->done)
        return HC_IO_BROKEN;
    ERR_clear_error();
    rc = SSL_read_ex(tls->ssl, at, most, n);
    if (rc == 1) {
        into->n += *n;
        return HC_IO_OK;
    }
    *n = 0;
    return io_of(SSL_get_error(tls->ssl, rc));
}

/* Records are read ahead, so that the socket may be empty while a whole answer waits here. */
bool hc_tls_has_input(const struct hc_tls *tls)
{
    return SSL_has_pending(tls->ssl) == 1;
}

enum hc_io hc_tls_write(struct hc_tls *tls, struct hc_bytes from, size_t *n)
{
    int rc;

    *n = 0;
    if (!tls->done)
        return HC_IO_BROKEN;
    ERR_clear_error();
    rc = SSL_write_ex(tls->ssl, from.p, from.n, n);
    if (rc == 1)
        return HC_IO_OK;
    *n = 0;
    return io_of(SSL_get_error(tls->ssl, rc));
}

enum hc_io hc_tls_end(struct hc_tls *tls)
{
    int rc;
    int ssl_error;

    if (!tls->done)
        return HC_IO_OK; /* close_notify before Finished would be an error; the failed handshake sent its alert */
    ERR_clear_error();
    rc = SSL_shutdown(tls->ssl);
    ssl_error = rc < 0 ? SSL_get_error(tls->ssl, rc) : SSL_ERROR_NONE;
    ERR_clear_error();
    return ssl_error == SSL_ERROR_WANT_WRITE ? HC_IO_AGAIN_WRITE : HC_IO_OK;
}

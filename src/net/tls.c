/*
 * tls.c - one TLS connection.
 *
 * Invariants: tls->checked is set only by the judge's HC_OK, tls->earlier only from the store of sessions and after the
 * judge's second yes; tls->peer is set only by hc_tls_handshake, only after OpenSSL says that the handshake is
 * finished, and only from tls->checked, or from tls->earlier when OpenSSL resumed the session that it lay with. A
 * refused chain leaves checked NULL and fails the handshake. Before the client's first words were heard there is no
 * judge, and without a judge nothing is accepted.
 */
#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tls_internal.h"

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
    SSL_SESSION_free(tls->fresh);
    free(tls->server_name);
    free(tls->report);
    hc_tls_judge_forget(tls->shown);
    free(tls->noted);
    hc_checked_chain_free(tls->checked);
    hc_checked_chain_free(tls->earlier);
    peer_free(tls->peer);
    free(tls);
}

/* --- the session -------------------------------------------------------------------------------------------------- */

static struct hc_rc session_new(struct hc_tls_context *ctx, int fd, struct hc_tls **out, struct hc_err *e)
{
    HC_AUTO(hc_tls) tls = calloc(1, sizeof *tls);

    if (!tls)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a TLS session");
    tls->chosen = ctx;
    tls->ssl = SSL_new(ctx->ctx);
    if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1 || SSL_set_app_data(tls->ssl, tls) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot make a TLS session");
    *out = HC_GIVE(tls);
    return HC_OK;
}

struct hc_rc hc_tls_accept(const struct hc_tls_hello *hello, int fd, struct hc_tls **out, struct hc_err *e)
{
    HC_AUTO(hc_tls) tls = NULL;

    HC_TRY(e, session_new(hello->first, fd, &tls, e));
    HC_TRY(e, hc_tls_trace_begin(tls, e));
    tls->hello = *hello;
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

    HC_TRY(e, session_new(ctx, fd, &tls, e));
    tls->judge = judge;
    tls->is_chosen = true;
    SSL_set_connect_state(tls->ssl);
    if (judge.staple && SSL_set_tlsext_status_type(tls->ssl, TLSEXT_STATUSTYPE_ocsp) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot ask for a stapled OCSP response");
    if (server_name && !is_address(server_name) && SSL_set_tlsext_host_name(tls->ssl, server_name) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the server name");
    *out = HC_GIVE(tls);
    return HC_OK;
}

/* What OpenSSL did and what was accepted must be the same fact: the chain that the judge accepted now, or the one that
 * lay with the resumed session and that it accepted again. */
static bool is_settled(const struct hc_tls *tls)
{
    bool presented = SSL_get0_peer_certificate(tls->ssl) != NULL;

    if (!SSL_is_init_finished(tls->ssl) || !tls->is_chosen)
        return false;
    if (!tls->resumed)
        return presented == (tls->checked != NULL);
    return tls->chosen->is_server && !presented && !tls->checked && hc_tls_resume_is_ours(tls);
}

static struct hc_rc make_peer(struct hc_tls *tls, struct hc_err *e)
{
    struct hc_checked_chain **chain = tls->resumed ? &tls->earlier : &tls->checked;

    if (!is_settled(tls))
        return HC_FAIL(e, HC_E_INTERNAL, "a handshake ended with a certificate that nobody judged");
    if (!*chain && tls->chosen->is_server && tls->chosen->ask == HC_TLS_ASK_REQUIRED)
        return HC_FAIL(e, HC_E_INTERNAL, "a handshake ended without the certificate that is required");
    if (!*chain)
        return HC_OK;
    tls->peer = calloc(1, sizeof *tls->peer);
    if (!tls->peer)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a verified peer");
    tls->peer->chain = *chain;
    *chain = NULL;
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

/* What only a refusal is explained with, and sessions that were not resumed; an open connection does not carry them
 * along. */
static void forget_judgement(struct hc_tls *tls)
{
    hc_checked_chain_free(tls->earlier);
    tls->earlier = NULL;
    tls->judge = (struct hc_tls_judge){0};
    tls->hello = (struct hc_tls_hello){0};
    free(tls->report);
    tls->report = NULL;
    hc_tls_judge_forget(tls->shown);
    tls->shown = NULL;
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
        tls->resumed = SSL_session_reused(tls->ssl) == 1;
        if (hc_failed(make_peer(tls, e)))
            return HC_IO_BROKEN;
        tls->done = true;
        hc_tls_trace_end(tls);
        hc_tls_resume_keep(tls);
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

bool hc_tls_resumed(const struct hc_tls *tls)
{
    return tls->done && tls->resumed;
}

const struct hc_tls_context *hc_tls_chosen(const struct hc_tls *tls)
{
    return tls->chosen;
}

const struct hc_report *hc_tls_report(const struct hc_tls *tls)
{
    return tls->report;
}

const struct hc_cert *hc_tls_presented(const struct hc_tls *tls)
{
    return hc_tls_presented_at(tls, 0);
}

const struct hc_cert *hc_tls_presented_at(const struct hc_tls *tls, size_t i)
{
    return tls->shown && i < tls->shown->n ? tls->shown->cert[i] : NULL;
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
    return SSL_is_server(tls->ssl) ? tls->server_name : SSL_get_servername(tls->ssl, TLSEXT_NAMETYPE_host_name);
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

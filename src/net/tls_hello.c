/*
 * tls_hello.c - the first words of a client choose the settings and the judge, before libssl looks for a session.
 *
 * libssl calls back when the ClientHello is parsed and its extensions are known not to repeat, and again for the second
 * one after a HelloRetryRequest, which must ask for the same server [RFC 8446 4.1.2].
 */
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tls_internal.h"

#define HOST_NAME 0 /* NameType [RFC 6066 3] */
#define HEAD 5      /* of a list with one name: its length, the type, the name's length */

static size_t be16(const uint8_t *at)
{
    return (size_t)at[0] << 8 | at[1];
}

/* Exactly one host_name that fills the list that fills the extension; other types of name were never defined. */
static struct hc_rc read_server_name(SSL *ssl, struct hc_bytes *out, struct hc_err *e)
{
    const unsigned char *at = NULL;
    struct hc_bytes name;
    size_t n = 0;

    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &at, &n) != 1) {
        *out = (struct hc_bytes){NULL, 0};
        return HC_OK;
    }
    if (n <= HEAD || be16(at) != n - 2 || at[2] != HOST_NAME || be16(at + 3) != n - HEAD)
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "the server name extension is malformed");
    name = hc_bytes_of(at + HEAD, n - HEAD);
    if (name.n > HC_TLS_NAME_MAX)
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "the server name has %zu bytes, at most %d are accepted", name.n,
                       HC_TLS_NAME_MAX);
    if (hc_bytes_find(name, 0) < name.n)
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "the server name has a NUL byte in it");
    *out = name;
    return HC_OK;
}

/* SSL_set_SSL_CTX brings certificate, chain, key and security level, and what libssl reads from the context when it
 * needs it: application protocols, the judge's callback, the names in a CertificateRequest. The rest was copied when
 * the session was made and is set here. Versions, suites, groups and limits are the same in all contexts. */
static struct hc_rc become(struct hc_tls *tls, struct hc_tls_context *ctx, struct hc_err *e)
{
    SSL *ssl = tls->ssl;
    uint64_t options = SSL_CTX_get_options(ctx->ctx);
    size_t tickets = ctx->sessions && tls->judge.again ? SSL_CTX_get_num_tickets(ctx->ctx) : 0;

    if (SSL_set_SSL_CTX(ssl, ctx->ctx) != ctx->ctx ||
        SSL_set_session_id_context(ssl, ctx->domain, sizeof ctx->domain) != 1 || SSL_set_num_tickets(ssl, tickets) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "OpenSSL does not take the settings that were chosen");
    SSL_set_verify(ssl, SSL_CTX_get_verify_mode(ctx->ctx), NULL);
    SSL_clear_options(ssl, SSL_get_options(ssl) & ~options);
    SSL_set_options(ssl, options);
    return HC_OK;
}

static struct hc_rc choose(struct hc_tls *tls, struct hc_bytes name, struct hc_err *e)
{
    struct hc_tls_choice choice = {.context = NULL};

    if (name.n > 0) {
        tls->server_name = malloc(name.n + 1);
        if (!tls->server_name)
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for a server name");
        memcpy(tls->server_name, name.p, name.n);
        tls->server_name[name.n] = '\0';
    }
    HC_TRY(e, tls->hello.choose(tls->hello.ctx, name, &choice, e));
    if (!choice.context || !choice.context->is_server || choice.context->sessions != tls->hello.first->sessions)
        return HC_FAIL(e, HC_E_INTERNAL, "a context was chosen that cannot be used here");
    tls->judge = choice.judge;
    HC_TRY(e, become(tls, choice.context, e));
    tls->chosen = choice.context;
    tls->is_chosen = true;
    return HC_OK;
}

static struct hc_rc heard(struct hc_tls *tls, struct hc_err *e)
{
    struct hc_bytes name = {NULL, 0};

    HC_TRY(e, read_server_name(tls->ssl, &name, e));
    if (!tls->is_chosen)
        return choose(tls, name, e);
    if (!hc_bytes_eq(name, hc_bytes_str(tls->server_name)))
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "the client asked for another server when it repeated its hello");
    return HC_OK;
}

int hc_tls_hello_heard(SSL *ssl, int *alert, void *unused)
{
    struct hc_tls *tls = SSL_get_app_data(ssl);
    struct hc_rc rc;

    (void)unused;
    rc = heard(tls, &tls->refusal);
    if (hc_ok(rc))
        return SSL_CLIENT_HELLO_SUCCESS;
    ERR_clear_error();
    tls->refused = rc.code;
    *alert = hc_row(rc.code)->alert ? hc_row(rc.code)->alert : SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
}

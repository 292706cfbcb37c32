/* tls_context.c - the settings of a listener or of an upstream: versions, suites, groups, identity, whom to ask. */
#include <openssl/err.h>
#include <stdlib.h>

#include "crypto/key.h"
#include "crypto/lib.h"
#include "net/tls_internal.h"

/* RFC 9325: ephemeral key exchange and AEAD only. */
#define CIPHERS_12                                                                                                     \
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"                         \
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
#define CIPHERS_13 "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
#define GROUPS "X25519:P-256:P-384"
#define GROUPS_PQ "X25519MLKEM768:" GROUPS /* where OpenSSL offers it (3.5) */
#define SIGNATURES                                                                                                     \
    "ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:ed25519:rsa_pss_rsae_sha256:"                \
    "rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:"                \
    "rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512"
#define SECURITY_LEVEL 2       /* 112 bits */
#define CHAIN_BYTES_MAX 131072 /* of a presented chain; the kernel of a flood of strangers */

void hc_tls_context_free(struct hc_tls_context *ctx)
{
    if (!ctx)
        return;
    SSL_CTX_free(ctx->ctx);
    free(ctx);
}

struct hc_rc hc_tls_context_algorithms(SSL_CTX *ctx, struct hc_err *e)
{
    bool groups;

    SSL_CTX_set_security_level(ctx, SECURITY_LEVEL);
    groups = SSL_CTX_set1_groups_list(ctx, GROUPS_PQ) == 1 || SSL_CTX_set1_groups_list(ctx, GROUPS) == 1;
    if (!groups || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, CIPHERS_12) != 1 || SSL_CTX_set_ciphersuites(ctx, CIPHERS_13) != 1 ||
        SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the TLS algorithms");
    ERR_clear_error();
    return HC_OK;
}

/* Callbacks find the connection by the SSL's app data: a connection keeps those of the context that it was made of, and
 * takes those of the chosen one, so they are the same everywhere. */
static void set_callbacks(struct hc_tls_context *ctx)
{
    SSL_CTX_set_cert_verify_callback(ctx->ctx, hc_tls_judge_ask, NULL);
    if (ctx->is_server)
        SSL_CTX_set_client_hello_cb(ctx->ctx, hc_tls_hello_heard, NULL);
    else
        SSL_CTX_set_tlsext_status_cb(ctx->ctx, hc_tls_judge_staple);
}

static X509 *decode(const struct hc_cert *cert, const struct hc_tls_spec *spec)
{
    const unsigned char *p = cert->der.p;
    X509 *x = X509_new_ex(hc_crypto_ctx(spec->crypto), NULL);

    if (x && !d2i_X509(&x, &p, (long)cert->der.n))
        return NULL; /* d2i freed it */
    return x;
}

struct hc_rc hc_tls_context_identity(SSL_CTX *ctx, const struct hc_tls_spec *spec, struct hc_err *e)
{
    const struct hc_tls_identity *id = &spec->identity;

    if (id->n > 0 && !hc_key_matches_spki(id->key, id->chain[0]->spki))
        return HC_FAIL(e, HC_E_KEY_MISMATCH, "the private key does not belong to the first certificate of the chain");
    for (size_t i = 0; i < id->n; i++) {
        X509 *x = decode(id->chain[i], spec);
        int ok = x && (i == 0 ? SSL_CTX_use_certificate(ctx, x) : SSL_CTX_add1_chain_cert(ctx, x));

        X509_free(x);
        if (ok != 1)
            return HC_FAIL_LIB(e, HC_E_LIBRARY, "OpenSSL does not take certificate %zu of the chain", i + 1);
    }
    if (id->n > 0 && SSL_CTX_use_PrivateKey(ctx, hc_key_evp(id->key)) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "OpenSSL does not take the private key");
    return HC_OK;
}

/* The names in the CertificateRequest, by which browsers choose which certificate to offer [RFC 8446 4.2.4]. */
static struct hc_rc set_authorities(SSL_CTX *ctx, const struct hc_tls_spec *spec, struct hc_err *e)
{
    for (size_t i = 0; spec->bundle && i < hc_bundle_count(spec->bundle); i++) {
        X509 *x = decode(hc_bundle_anchor(spec->bundle, i), spec);
        int ok = x && SSL_CTX_add_client_CA(ctx, x);

        X509_free(x);
        if (!ok)
            return HC_FAIL_LIB(e, HC_E_LIBRARY, "OpenSSL does not take the name of a trust anchor");
    }
    return HC_OK;
}

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *arg)
{
    const struct hc_tls_context *ctx = arg;
    unsigned char *chosen = NULL;

    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_len, ctx->alpn, (unsigned)ctx->n_alpn, in, in_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* no_application_protocol [RFC 7301 3.2] */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static struct hc_rc set_alpn(struct hc_tls_context *ctx, const char *alpn, struct hc_err *e)
{
    struct hc_bytes rest = hc_bytes_str(alpn);

    while (rest.n > 0) {
        size_t n = hc_bytes_find(rest, ' ');

        if (n == 0 || n > UINT8_MAX || ctx->n_alpn + 1 + n > sizeof ctx->alpn)
            return HC_FAIL(e, HC_E_INTERNAL, "the list of application protocols is malformed or too long");
        ctx->alpn[ctx->n_alpn] = (uint8_t)n;
        memcpy(ctx->alpn + ctx->n_alpn + 1, rest.p, n);
        ctx->n_alpn += 1 + n;
        rest = hc_bytes_skip(rest, n + 1);
    }
    if (ctx->n_alpn == 0)
        return HC_OK;
    if (ctx->is_server)
        SSL_CTX_set_alpn_select_cb(ctx->ctx, choose_alpn, ctx);
    else if (SSL_CTX_set_alpn_protos(ctx->ctx, ctx->alpn, (unsigned)ctx->n_alpn) != 0)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the application protocol");
    return HC_OK;
}

static int verify_mode(bool is_server, enum hc_tls_ask ask)
{
    if (!is_server)
        return SSL_VERIFY_PEER;
    switch (ask) {
    case HC_TLS_ASK_NOBODY:
        return SSL_VERIFY_NONE;
    case HC_TLS_ASK_OPTIONAL:
        return SSL_VERIFY_PEER;
    case HC_TLS_ASK_REQUIRED:
        break;
    }
    return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT; /* also for a value that is none of the three */
}

static struct hc_rc context_new(const struct hc_tls_spec *spec, bool is_server, struct hc_tls_context **out,
                                struct hc_err *e)
{
    HC_AUTO(hc_tls_context) ctx = calloc(1, sizeof *ctx);

    if (!ctx)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a TLS context");
    ctx->is_server = is_server;
    ctx->ask = spec->ask;
    ctx->sessions = is_server ? spec->sessions : NULL;
    memcpy(ctx->domain, spec->domain, sizeof ctx->domain);
    ctx->ctx = SSL_CTX_new_ex(hc_crypto_ctx(spec->crypto), NULL, is_server ? TLS_server_method() : TLS_client_method());
    if (!ctx->ctx)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot make a TLS context");
    SSL_CTX_set_mode(ctx->ctx,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_clear_mode(ctx->ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_read_ahead(ctx->ctx, 1);
    SSL_CTX_set_max_cert_list(ctx->ctx, CHAIN_BYTES_MAX);
    SSL_CTX_set_options(ctx->ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                      SSL_OP_PRIORITIZE_CHACHA);
    HC_TRY(e, hc_tls_context_algorithms(ctx->ctx, e));
    HC_TRY(e, hc_tls_resume_set(ctx, e));
    HC_TRY(e, hc_tls_context_identity(ctx->ctx, spec, e));
    if (is_server && spec->ask != HC_TLS_ASK_NOBODY)
        HC_TRY(e, set_authorities(ctx->ctx, spec, e));
    HC_TRY(e, set_alpn(ctx, spec->alpn, e));
    SSL_CTX_set_verify(ctx->ctx, verify_mode(is_server, spec->ask), NULL);
    set_callbacks(ctx);
    *out = HC_GIVE(ctx);
    return HC_OK;
}

struct hc_rc hc_tls_server_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e)
{
    if (spec->identity.n == 0)
        return HC_FAIL(e, HC_E_INTERNAL, "a TLS server needs a certificate");
    return context_new(spec, true, out, e);
}

struct hc_rc hc_tls_client_new(const struct hc_tls_spec *spec, struct hc_tls_context **out, struct hc_err *e)
{
    return context_new(spec, false, out, e);
}

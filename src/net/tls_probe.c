/*
 * tls_probe.c - the client that watches itself.
 *
 *     SHAKING --both Finished--> OPEN --close_notify--> ENDED
 *        \________ alert, or what libssl does not bear ________> FAILED
 *
 * What a modern client offers: TLS 1.2 with ECDHE and AEAD, TLS 1.3; X25519, P-256, P-384 (and X25519MLKEM768 where
 * libssl has it); ECDSA, Ed25519 and RSA with SHA-2. That is what hc_tls_context_algorithms sets for this program's own
 * connections, at security level 2. Here the level is 0 afterwards: a weak key or a SHA-1 signature in a chain must be
 * shown to the doctor, who says that it is weak; a client that hangs up could not. libssl 3.0 cannot offer algorithms
 * for the signatures in certificates apart from those for the handshake (signature_algorithms_cert), and a server that
 * sends no chain because SHA-1 is not offered is only seen when `anything` is.
 */
#include "net/tls_probe.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdlib.h>

#include "net/tls_probe_inside.h"

/* With `anything`: all that libssl has; those without authentication or encryption last, as many servers take the first
 * that they know. */
#define CIPHERS_ANY "ALL:COMPLEMENTOFALL:+aNULL:+eNULL"
#define CIPHERS_13_ANY                                                                                                 \
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:"               \
    "TLS_AES_128_CCM_8_SHA256"
#define GROUPS_ANY                                                                                                     \
    "X25519:P-256:X448:P-521:P-384:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp256k1:P-224:P-192:ffdhe2048:"   \
    "ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"
#define GROUPS_ANY_PLAIN "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"
#define SIGNATURES_ANY                                                                                                 \
    "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:ed448:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:"                    \
    "rsa_pss_rsae_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512:"   \
    "ECDSA+SHA224:RSA+SHA224:ECDSA+SHA1:RSA+SHA1:DSA+SHA256:DSA+SHA224:DSA+SHA1"
#define CHAIN_BYTES_MAX (256 * 1024) /* of a presented chain: half of what is kept */
#define READ_MAX 16384               /* application bytes in a record [RFC 8446 5.1] */
#define ALPN_NAME 256                /* a length byte's worth, and the end */

struct hc_tls_probe {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
    enum hc_tls_probe_state state;
    bool finished;       /* it was OPEN once */
    struct hc_err error; /* when FAILED */
    struct hc_tls_probe_log log;
    struct hc_buf application;
    size_t n_application;
    char alpn[ALPN_NAME];
};

void hc_tls_probe_free(struct hc_tls_probe *p)
{
    if (!p)
        return;
    SSL_free(p->ssl);
    hc_tls_probe_seen_fini(&p->log);
    hc_buf_fini(&p->application);
    free(p);
}

/* --- what is offered ---------------------------------------------------------------------------------------------- */

/* libssl's question "is this chain good?": the answer is given later, by others. */
static int accept_chain(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static bool set_anything(SSL_CTX *ctx)
{
    bool groups =
        SSL_CTX_set1_groups_list(ctx, GROUPS_ANY) == 1 || SSL_CTX_set1_groups_list(ctx, GROUPS_ANY_PLAIN) == 1;

    /* Servers without RFC 5746 are shown too. */
    SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
    return groups && SSL_CTX_set_cipher_list(ctx, CIPHERS_ANY) == 1 &&
           SSL_CTX_set_ciphersuites(ctx, CIPHERS_13_ANY) == 1 && SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES_ANY) == 1;
}

static struct hc_rc set_offer(SSL_CTX *ctx, const struct hc_tls_probe_spec *spec, struct hc_err *e)
{
    bool ok;

    HC_TRY(e, hc_tls_context_algorithms(ctx, e));
    SSL_CTX_set_security_level(ctx, 0);
    ok = !spec->anything || set_anything(ctx);
    if (ok && spec->suites)
        ok = SSL_CTX_set_cipher_list(ctx, spec->suites) == 1;
    if (ok && spec->groups)
        ok = SSL_CTX_set1_groups_list(ctx, spec->groups) == 1;
    if (!ok || SSL_CTX_set_min_proto_version(ctx, spec->min) != 1 || SSL_CTX_set_max_proto_version(ctx, spec->max) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set what the probe offers");
    ERR_clear_error();
    return HC_OK;
}

/* Compressed certificates (OpenSSL 3.2) would be kept as nobody can read them. Renegotiation is let happen: in TLS 1.2
 * it is how some servers ask for a certificate once they know the path; in TLS 1.3 that is post-handshake
 * authentication [RFC 8446 4.6.2]. */
static void set_manners(SSL_CTX *ctx)
{
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES_MAX);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN); /* what is presented is what was given */
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
    SSL_CTX_set_options(ctx, SSL_OP_NO_RX_CERTIFICATE_COMPRESSION | SSL_OP_NO_TX_CERTIFICATE_COMPRESSION);
#endif
    SSL_CTX_set_post_handshake_auth(ctx, 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, accept_chain, NULL);
}

static struct hc_rc context_new(const struct hc_tls_probe_spec *spec, SSL_CTX **out, struct hc_err *e)
{
    struct hc_tls_spec identity = {.crypto = spec->crypto, .identity = spec->identity};
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(spec->crypto), NULL, TLS_client_method());
    struct hc_rc rc;

    if (!ctx)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot make a TLS context");
    set_manners(ctx);
    rc = set_offer(ctx, spec, e);
    if (hc_ok(rc))
        rc = hc_tls_context_identity(ctx, &identity, e);
    if (hc_failed(rc))
        SSL_CTX_free(ctx);
    else
        *out = ctx;
    return rc;
}

/* "h2 http/1.1" as a length byte and the name, each. */
static struct hc_rc set_alpn(SSL *ssl, const char *alpn, struct hc_err *e)
{
    HC_BUF_AUTO(wire, 65535);
    struct hc_bytes rest = hc_bytes_str(alpn);

    while (rest.n > 0) {
        struct hc_bytes name = hc_bytes_head(rest, hc_bytes_find(rest, ' '));

        if (name.n > UINT8_MAX)
            return HC_FAIL(e, HC_E_LIBRARY, "the name of an application protocol has %zu bytes, at most 255 fit",
                           name.n);
        if (name.n > 0) {
            hc_buf_add_byte(&wire, (uint8_t)name.n);
            hc_buf_add(&wire, name);
        }
        rest = hc_bytes_skip(rest, name.n + 1);
    }
    HC_TRY(e, hc_buf_check(&wire, e));
    if (wire.n > 0 && SSL_set_alpn_protos(ssl, wire.p, (unsigned)wire.n) != 0)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the application protocols");
    return HC_OK;
}

/* RFC 6066 3: literal IP addresses are not permitted in SNI. */
static bool goes_into_sni(const char *name)
{
    struct in6_addr any;

    return name && name[0] && inet_pton(AF_INET, name, &any) != 1 && inet_pton(AF_INET6, name, &any) != 1;
}

static struct hc_rc set_session(struct hc_tls_probe *p, const struct hc_tls_probe_spec *spec, struct hc_err *e)
{
    p->in = BIO_new(BIO_s_mem());
    p->out = BIO_new(BIO_s_mem());
    if (!p->in || !p->out) {
        BIO_free(p->in);
        BIO_free(p->out);
        return HC_FAIL_LIB(e, HC_E_NOMEM, "out of memory for a TLS session");
    }
    SSL_set_bio(p->ssl, p->in, p->out);
    SSL_set_connect_state(p->ssl);
    hc_tls_probe_seen_watch(&p->log, p->ssl);
    if (SSL_set_tlsext_status_type(p->ssl, TLSEXT_STATUSTYPE_ocsp) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot ask for a stapled OCSP response");
    if (goes_into_sni(spec->server_name) && SSL_set_tlsext_host_name(p->ssl, spec->server_name) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot set the server name");
    return spec->alpn ? set_alpn(p->ssl, spec->alpn, e) : HC_OK;
}

struct hc_rc hc_tls_probe_new(const struct hc_tls_probe_spec *spec, struct hc_tls_probe **out, struct hc_err *e)
{
    HC_AUTO(hc_tls_probe) p = calloc(1, sizeof *p);
    SSL_CTX *ctx = NULL;

    if (!p)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for a probe");
    p->application = HC_BUF(HC_TLS_PROBE_APPLICATION);
    HC_TRY(e, context_new(spec, &ctx, e));
    p->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx); /* the session holds it */
    if (!p->ssl)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot make a TLS session");
    HC_TRY(e, set_session(p, spec, e));
    *out = HC_GIVE(p);
    return HC_OK;
}

/* --- bytes in and out --------------------------------------------------------------------------------------------- */

/* What a step of libssl's came to: true when it only waits for more. */
static bool waits(struct hc_tls_probe *p, int rc)
{
    int ssl_error = SSL_get_error(p->ssl, rc);

    if (ssl_error == SSL_ERROR_WANT_READ || ssl_error == SSL_ERROR_WANT_WRITE)
        return true;
    if (ssl_error == SSL_ERROR_ZERO_RETURN) {
        p->state = HC_TLS_PROBE_ENDED;
        return false;
    }
    p->state = HC_TLS_PROBE_FAILED;
    hc_ignore(hc_tls_error_library(&p->error)); /* what it says is kept; nothing else can be done with it */
    return false;
}

static void keep_application(struct hc_tls_probe *p, struct hc_bytes more)
{
    p->n_application += more.n;
    hc_buf_add(&p->application, hc_bytes_head(more, p->application.max - p->application.n));
}

static void read_all(struct hc_tls_probe *p)
{
    uint8_t some[READ_MAX];

    for (;;) {
        size_t n = 0;
        int rc;

        ERR_clear_error();
        rc = SSL_read_ex(p->ssl, some, sizeof some, &n);
        if (rc != 1) {
            (void)waits(p, rc);
            return;
        }
        keep_application(p, hc_bytes_of(some, n));
    }
}

/* The name is the server's words; as a C string it ends at its first NUL. */
static void learn_alpn(struct hc_tls_probe *p)
{
    const unsigned char *at = NULL;
    unsigned n = 0;

    SSL_get0_alpn_selected(p->ssl, &at, &n);
    if (n == 0 || n >= sizeof p->alpn)
        return;
    memcpy(p->alpn, at, n);
    p->alpn[n] = '\0';
}

static void shake(struct hc_tls_probe *p)
{
    int rc = SSL_do_handshake(p->ssl);

    if (rc != 1)
        (void)waits(p, rc);
    else
        p->state = HC_TLS_PROBE_OPEN;
    p->finished = rc == 1;
    learn_alpn(p);
}

enum hc_tls_probe_state hc_tls_probe_feed(struct hc_tls_probe *p, struct hc_bytes in)
{
    size_t written = 0;

    if (p->state == HC_TLS_PROBE_FAILED || p->state == HC_TLS_PROBE_ENDED)
        return p->state;
    ERR_clear_error();
    if (in.n > 0 && BIO_write_ex(p->in, in.p, in.n, &written) != 1) {
        p->state = HC_TLS_PROBE_FAILED;
        hc_ignore(HC_FAIL_LIB(&p->error, HC_E_NOMEM, "out of memory for what the server said"));
        return p->state;
    }
    if (p->state == HC_TLS_PROBE_SHAKING)
        shake(p);
    if (p->state == HC_TLS_PROBE_OPEN)
        read_all(p);
    if (p->log.bytes.failed != HC_OK_CODE || p->application.failed != HC_OK_CODE) {
        p->state = HC_TLS_PROBE_FAILED;
        hc_ignore(HC_FAIL(&p->error, HC_E_NOMEM, "out of memory for what the server said"));
    }
    return p->state;
}

void hc_tls_probe_drain(struct hc_tls_probe *p, struct hc_buf *out)
{
    char *at = NULL;
    long n = BIO_get_mem_data(p->out, &at);

    if (n > 0)
        hc_buf_add(out, hc_bytes_of(at, (size_t)n));
    (void)BIO_reset(p->out);
}

struct hc_rc hc_tls_probe_write(struct hc_tls_probe *p, struct hc_bytes out, struct hc_err *e)
{
    size_t n = 0;

    ERR_clear_error();
    if (p->state != HC_TLS_PROBE_OPEN)
        return HC_FAIL(e, HC_E_LIBRARY, "the probe's connection is not open");
    if (out.n > 0 && SSL_write_ex(p->ssl, out.p, out.n, &n) != 1)
        return HC_FAIL_LIB(e, HC_E_LIBRARY, "cannot write over TLS");
    return HC_OK;
}

void hc_tls_probe_close(struct hc_tls_probe *p)
{
    /* In the middle of a handshake close_notify is a mistake; after FAILED libssl has said its alert. */
    if (p->state != HC_TLS_PROBE_OPEN && p->state != HC_TLS_PROBE_ENDED)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(p->ssl);
    ERR_clear_error();
}

struct hc_bytes hc_tls_probe_application(const struct hc_tls_probe *p, size_t *all)
{
    *all = p->n_application;
    return hc_buf_view(&p->application);
}

/* --- what was seen ------------------------------------------------------------------------------------------------ */

bool hc_tls_probe_seen(const struct hc_tls_probe *p, size_t i, struct hc_tls_seen *out)
{
    return hc_tls_probe_seen_at(&p->log, i, out);
}

size_t hc_tls_probe_unseen(const struct hc_tls_probe *p)
{
    return p->log.unseen;
}

/* libssl tells a group by its own number for the curve, or by IANA's when it has none. */
static uint16_t group_of(long nid)
{
    static const struct {
        int nid;
        uint16_t group; /* [IANA, TLS Supported Groups] */
    } groups[] = {
        {NID_X25519, 0x001d},
        {NID_X9_62_prime256v1, 0x0017},
        {NID_secp384r1, 0x0018},
        {NID_secp521r1, 0x0019},
        {NID_X448, 0x001e},
        {NID_ffdhe2048, 0x0100},
        {NID_ffdhe3072, 0x0101},
        {NID_ffdhe4096, 0x0102},
        {NID_ffdhe6144, 0x0103},
        {NID_ffdhe8192, 0x0104},
        {NID_brainpoolP256r1, 0x001a},
        {NID_brainpoolP384r1, 0x001b},
        {NID_brainpoolP512r1, 0x001c},
        {NID_secp256k1, 0x0016},
        {NID_secp224r1, 0x0015},
        {NID_X9_62_prime192v1, 0x0013},
    };

    if (nid & TLSEXT_nid_unknown)
        return (uint16_t)nid;
    for (size_t i = 0; i < HC_COUNT(groups); i++)
        if (groups[i].nid == nid)
            return groups[i].group;
    return 0;
}

void hc_tls_probe_agreed(const struct hc_tls_probe *p, struct hc_tls_agreed *out)
{
    const SSL_CIPHER *cipher = SSL_get_current_cipher(p->ssl);

    *out = (struct hc_tls_agreed){.asked = p->log.asked, .presented = p->log.presented, .finished = p->finished};
    if (!p->log.answered)
        return;
    if (!cipher)
        cipher = SSL_get_pending_cipher(p->ssl);
    out->version = (uint16_t)SSL_version(p->ssl);
    out->suite = cipher ? SSL_CIPHER_get_protocol_id(cipher) : 0;
    out->group = SSL_get_session(p->ssl) ? group_of(SSL_get_negotiated_group(p->ssl)) : 0;
    out->alpn = p->alpn[0] ? p->alpn : NULL;
    out->resumed = SSL_session_reused(p->ssl) == 1;
}

struct hc_rc hc_tls_probe_error(const struct hc_tls_probe *p, struct hc_err *e)
{
    if (p->state != HC_TLS_PROBE_FAILED)
        return HC_FAIL(e, HC_E_INTERNAL, "the probe has not failed");
    *e = p->error;
    return (struct hc_rc){p->error.code};
}

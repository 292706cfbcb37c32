/* pair.c - see pair.h. */
#include "pair.h"

#include <openssl/err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

#define PUMPS 200 /* a handshake takes five */

int pair_setup(void **state)
{
    struct pair_pki *p = calloc(1, sizeof *p);
    struct hc_err e = {0};
    HC_BUF_AUTO(pem, 65536);

    assert_non_null(p);
    signal(SIGPIPE, SIG_IGN); /* as net/tls.h demands */
    expect_ok(&e, hc_crypto_new(&p->crypto, &e));
    testpki_issue(p->crypto, &(struct testpki_spec){.subject = "Root", .ca = true, .not_after = PAIR_FAR}, NULL,
                  &p->root);
    testpki_issue(p->crypto, &(struct testpki_spec){.subject = "Issuing", .ca = true, .not_after = PAIR_FAR}, &p->root,
                  &p->issuer);
    testpki_issue(p->crypto,
                  &(struct testpki_spec){
                      .subject = "server", .san = {"dns:server.example"}, .server = true, .not_after = PAIR_FAR},
                  &p->issuer, &p->server);
    testpki_issue(p->crypto,
                  &(struct testpki_spec){
                      .subject = "client", .san = {"email:alice@example.com"}, .client = true, .not_after = PAIR_FAR},
                  &p->issuer, &p->client);
    testpki_pem(&p->root, &pem);
    expect_ok(&e, hc_bundle_parse(p->crypto, hc_buf_view(&pem), TESTPKI_NOW, &p->bundle, &e));
    *state = p;
    return 0;
}

int pair_teardown(void **state)
{
    struct pair_pki *p = *state;

    testpki_fini(&p->root);
    testpki_fini(&p->issuer);
    testpki_fini(&p->server);
    testpki_fini(&p->client);
    hc_bundle_free(p->bundle);
    hc_crypto_free(p->crypto);
    free(p);
    return 0;
}

static struct hc_rc judge(void *ctx, struct hc_presented presented, struct hc_checked_chain **out,
                          struct hc_report *report, struct hc_err *e)
{
    struct pair_judge *j = ctx;
    struct hc_verify_policy policy = {
        .bundle = j->pki->bundle,
        .purpose = j->purpose,
        .revocation = HC_REVOCATION_NONE,
        .now = TESTPKI_NOW,
    };

    j->calls++;
    j->saw_staple = presented.staple.n > 0;
    if (j->saw_staple)
        assert_true(hc_bytes_eq(presented.staple, j->expect_staple));
    if (j->refuse != HC_OK_CODE)
        return HC_FAIL(e, j->refuse, "as the test wishes");
    return hc_verify(j->pki->crypto, &policy, presented, out, report, e);
}

static struct hc_rc again(void *ctx, const struct hc_checked_chain *chain, struct hc_err *e)
{
    struct pair_judge *j = ctx;

    assert_non_null(chain);
    j->calls_again++;
    return j->refuse_again == HC_OK_CODE ? HC_OK : HC_FAIL(e, j->refuse_again, "as the test wishes");
}

static struct hc_rc staple(void *ctx, const struct hc_checked_chain *chain, struct hc_bytes response, struct hc_err *e)
{
    struct pair_judge *j = ctx;

    assert_non_null(chain);
    assert_true(hc_bytes_eq(response, j->expect_staple));
    j->calls_staple++;
    return j->refuse_staple == HC_OK_CODE ? HC_OK : HC_FAIL(e, j->refuse_staple, "as the test wishes");
}

struct hc_tls_judge pair_judge_of(struct pair_judge *j)
{
    return (struct hc_tls_judge){
        .judge = judge, .again = j->never_again ? NULL : again, .staple = j->wants_staple ? staple : NULL, .ctx = j};
}

static struct hc_rc choose(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e)
{
    struct pair_choice *choice = ctx;

    (void)server_name;
    (void)e;
    *out = (struct hc_tls_choice){choice->context, pair_judge_of(choice->judge)};
    return HC_OK;
}

struct hc_tls_hello pair_hello(struct pair_choice *choice)
{
    return (struct hc_tls_hello){.choose = choose, .ctx = choice, .first = choice->context};
}

struct hc_tls_spec pair_spec(const struct pair_pki *pki, const struct testpki *leaf, enum hc_tls_ask ask,
                             struct hc_cert *chain[2])
{
    chain[0] = leaf ? leaf->cert : NULL;
    chain[1] = pki->issuer.cert;
    return (struct hc_tls_spec){
        .crypto = pki->crypto,
        .identity = {.chain = chain, .n = leaf ? 2 : 0, .key = leaf ? leaf->key : NULL},
        .ask = ask,
        .bundle = pki->bundle,
        .alpn = "http/1.1",
    };
}

struct hc_tls_context *pair_server(const struct pair_pki *pki, enum hc_tls_ask ask)
{
    return pair_resuming(pki, ask, NULL, 0);
}

struct hc_tls_context *pair_resuming(const struct pair_pki *pki, enum hc_tls_ask ask, struct hc_tls_sessions *sessions,
                                     uint8_t domain)
{
    struct hc_tls_context *ctx = NULL;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->server, ask, chain);
    struct hc_err e = {0};

    spec.sessions = sessions;
    memset(spec.domain, domain, sizeof spec.domain);
    expect_ok(&e, hc_tls_server_new(&spec, &ctx, &e));
    return ctx;
}

static X509 *decode(const struct hc_cert *cert)
{
    const unsigned char *der = cert->der.p;
    X509 *x = d2i_X509(NULL, &der, (long)cert->der.n);

    assert_non_null(x);
    return x;
}

SSL_CTX *pair_raw_client(const struct pair_pki *pki, const struct testpki *leaf, int version)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(pki->crypto), NULL, TLS_client_method());
    X509 *x;

    assert_non_null(ctx);
    if (version) {
        SSL_CTX_set_min_proto_version(ctx, version);
        SSL_CTX_set_max_proto_version(ctx, version);
    }
    if (!leaf)
        return ctx;
    x = decode(leaf->cert);
    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    X509_free(x);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, hc_key_evp(leaf->key)), 1);
    x = decode(pki->issuer.cert);
    assert_int_equal(SSL_CTX_add0_chain_cert(ctx, x), 1);
    return ctx;
}

void pair_sockets(int fd[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
}

static void heard(const SSL *ssl, int where, int what)
{
    struct pair *p = SSL_get_app_data(ssl);

    if (where & SSL_CB_ALERT && where & SSL_CB_READ && (what >> 8) == SSL3_AL_FATAL)
        p->alert = what & 0xff;
}

void pair_open(struct pair *p, struct hc_tls_context *server, SSL_CTX *client, struct pair_judge *judge)
{
    struct hc_tls_hello hello;

    p->choice = (struct pair_choice){server, judge};
    hello = pair_hello(&p->choice);
    pair_open_hello(p, &hello, client);
}

void pair_open_hello(struct pair *p, const struct hc_tls_hello *hello, SSL_CTX *client)
{
    *p = (struct pair){.choice = p->choice, .ended = HC_IO_AGAIN_READ};
    pair_sockets(p->fd);
    expect_ok(&p->e, hc_tls_accept(hello, p->fd[0], &p->server, &p->e));
    p->client = SSL_new(client);
    assert_non_null(p->client);
    SSL_set_app_data(p->client, p);
    SSL_set_info_callback(p->client, heard);
    SSL_set_fd(p->client, p->fd[1]);
    SSL_set_connect_state(p->client);
}

static void client_step(struct pair *p)
{
    char sink[64];
    int rc;

    ERR_clear_error();
    rc = SSL_is_init_finished(p->client) ? SSL_read(p->client, sink, sizeof sink) : SSL_do_handshake(p->client);
    (void)rc;
    ERR_clear_error();
}

void pair_shake(struct pair *p)
{
    for (int i = 0; i < PUMPS; i++) {
        client_step(p);
        if (p->ended != HC_IO_AGAIN_READ && p->ended != HC_IO_AGAIN_WRITE)
            break;
        p->ended = hc_tls_handshake(p->server, &p->e);
    }
    client_step(p);
}

void pair_shake_twisted(struct pair *p, void (*twist)(void *ctx, struct hc_bytes said), void *ctx)
{
    BIO *said = BIO_new(BIO_s_mem());

    assert_non_null(said);
    SSL_set0_wbio(p->client, said);
    for (int i = 0; i < PUMPS; i++) {
        char *at;
        long n;

        client_step(p);
        n = BIO_get_mem_data(said, &at);
        if (n > 0) {
            twist(ctx, hc_bytes_of(at, (size_t)n));
            assert_int_equal(write(p->fd[1], at, (size_t)n), n);
            (void)BIO_reset(said);
        }
        if (p->ended != HC_IO_AGAIN_READ && p->ended != HC_IO_AGAIN_WRITE)
            break;
        p->ended = hc_tls_handshake(p->server, &p->e);
    }
    client_step(p);
}

void pair_close(struct pair *p)
{
    SSL_free(p->client);
    hc_tls_free(p->server);
    hc_fd_close(&p->fd[0]);
    hc_fd_close(&p->fd[1]);
}

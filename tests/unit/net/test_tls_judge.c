/* test_tls_judge.c - what a back end staples to its certificate reaches the judge, and can end the handshake. */
#include "pair.h"

#include <openssl/err.h>

#include "base/file.h"

#define RESPONSE "not DER, which is the judge's business"

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

/* libssl's server, which staples, and our client. */
struct rig {
    SSL_CTX *server_ctx;
    SSL *server;
    struct hc_tls_context *client_ctx;
    struct hc_tls *client;
    struct pair_judge judge;
    const char *response; /* NULL: none is stapled */
    int asked;            /* whether the client asked for one */
    int alert;            /* the last fatal one that the server heard */
    enum hc_io ended;
    struct hc_err e;
    int fd[2];
};

static int do_staple(SSL *ssl, void *arg)
{
    struct rig *r = arg;

    r->asked++;
    if (!r->response)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, OPENSSL_memdup(r->response, strlen(r->response)), (long)strlen(r->response));
    return SSL_TLSEXT_ERR_OK;
}

static void heard(const SSL *ssl, int where, int what)
{
    struct rig *r = SSL_get_app_data(ssl);

    if (where & SSL_CB_ALERT && where & SSL_CB_READ && (what >> 8) == SSL3_AL_FATAL)
        r->alert = what & 0xff;
}

static SSL_CTX *stapling_server(const struct pair_pki *pki, int version, struct rig *r)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(pki->crypto), NULL, TLS_server_method());
    const struct hc_cert *certs[] = {pki->server.cert, pki->issuer.cert};

    for (size_t i = 0; i < HC_COUNT(certs); i++) {
        const unsigned char *der = certs[i]->der.p;
        X509 *x = d2i_X509(NULL, &der, (long)certs[i]->der.n);

        assert_int_equal(i == 0 ? SSL_CTX_use_certificate(ctx, x) : (int)SSL_CTX_add1_chain_cert(ctx, x), 1);
        X509_free(x);
    }
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, hc_key_evp(pki->server.key)), 1);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_tlsext_status_cb(ctx, do_staple);
    SSL_CTX_set_tlsext_status_arg(ctx, r);
    return ctx;
}

static void rig_begin(struct rig *r, void **state, int version)
{
    struct pair_pki *pki = *state;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, NULL, HC_TLS_ASK_NOBODY, chain);

    *r = (struct rig){
        .judge = {.pki = pki, .purpose = HC_VERIFY_SERVER, .wants_staple = true, .expect_staple = HC_BYTES(RESPONSE)},
        .response = RESPONSE,
        .ended = HC_IO_AGAIN_READ};
    pair_sockets(r->fd);
    r->server_ctx = stapling_server(pki, version, r);
    expect_ok(&r->e, hc_tls_client_new(&spec, &r->client_ctx, &r->e));
}

static void shake(struct rig *r)
{
    expect_ok(&r->e,
              hc_tls_connect(r->client_ctx, r->fd[1], "server.example", pair_judge_of(&r->judge), &r->client, &r->e));
    r->server = SSL_new(r->server_ctx);
    SSL_set_app_data(r->server, r);
    SSL_set_info_callback(r->server, heard);
    SSL_set_fd(r->server, r->fd[0]);
    for (int i = 0; i < 10; i++) {
        if (r->ended == HC_IO_AGAIN_READ)
            r->ended = hc_tls_handshake(r->client, &r->e);
        (void)SSL_accept(r->server);
    }
    ERR_clear_error();
}

static void rig_end(struct rig *r)
{
    hc_tls_free(r->client);
    hc_tls_context_free(r->client_ctx);
    SSL_free(r->server);
    SSL_CTX_free(r->server_ctx);
    hc_fd_close(&r->fd[0]);
    hc_fd_close(&r->fd[1]);
}

static void a_stapled_response_reaches_the_judge(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v]);
        shake(&r);
        if (r.ended != HC_IO_OK)
            fail_msg("HC-%04d %s", (int)r.e.code, r.e.text);
        assert_int_equal(r.judge.calls, 1);
        assert_int_equal(r.judge.saw_staple, versions[v] == TLS1_3_VERSION); /* in TLS 1.2 it comes afterwards */
        assert_int_equal(r.judge.calls_staple, 1);
        assert_non_null(hc_tls_peer(r.client));
        rig_end(&r);
    }
}

static void a_bad_response_ends_the_handshake(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v]);
        r.judge.refuse_staple = HC_E_OCSP_SIGNER;
        shake(&r);
        assert_int_equal(r.ended, HC_IO_BROKEN);
        assert_int_equal(r.e.code, HC_E_OCSP_SIGNER);
        assert_int_equal(r.alert, SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE);
        assert_null(hc_tls_peer(r.client));
        rig_end(&r);
    }
}

static void without_a_response_nobody_is_asked_about_it(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v]);
        r.response = NULL;
        shake(&r);
        assert_int_equal(r.ended, HC_IO_OK);
        assert_int_equal(r.asked, 1);
        assert_false(r.judge.saw_staple);
        assert_int_equal(r.judge.calls_staple, 0);
        rig_end(&r);
    }
}

static void whose_judge_wants_none_asks_for_none(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v]);
        r.judge.wants_staple = false;
        shake(&r);
        assert_int_equal(r.ended, HC_IO_OK);
        assert_int_equal(r.asked, 0);
        assert_false(r.judge.saw_staple);
        rig_end(&r);
    }
}

/* A certificate that is refused is refused for its own reason; what was stapled to it is not looked at. */
static void a_response_does_not_help_a_bad_certificate(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v]);
        r.judge.refuse = HC_E_REVOKED;
        shake(&r);
        assert_int_equal(r.ended, HC_IO_BROKEN);
        assert_int_equal(r.e.code, HC_E_REVOKED);
        assert_int_equal(r.judge.calls_staple, 0);
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stapled_response_reaches_the_judge),
        cmocka_unit_test(a_bad_response_ends_the_handshake),
        cmocka_unit_test(without_a_response_nobody_is_asked_about_it),
        cmocka_unit_test(whose_judge_wants_none_asks_for_none),
        cmocka_unit_test(a_response_does_not_help_a_bad_certificate),
    };

    return cmocka_run_group_tests_name("net/tls_judge", tests, pair_setup, pair_teardown);
}

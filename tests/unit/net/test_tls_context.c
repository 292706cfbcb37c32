/* test_tls_context.c - what is never offered: old versions, resumption, early data, renegotiation (T1-T5). */
#include "pair.h"

#include <openssl/err.h>

#include "base/file.h"

#define EARLY "GET /early HTTP/1.1\r\n\r\n"

/* --- resumption --------------------------------------------------------------------------------------------------- */

static int session_offered(SSL *ssl, SSL_SESSION *session)
{
    int *n = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    (void)session;
    ++*n;
    return 0;
}

static void connect_once(struct pair *p, struct hc_tls_context *server, SSL_CTX *client, struct pair_judge *j,
                         SSL_SESSION *session)
{
    char byte;
    size_t n = 0;

    pair_open(p, server, client, j);
    if (session)
        assert_int_equal(SSL_set_session(p->client, session), 1);
    pair_shake(p);
    if (p->ended != HC_IO_OK)
        fail_msg("HC-%04d %s", (int)p->e.code, p->e.text);
    assert_int_equal(hc_tls_write(p->server, HC_BYTES("x"), &n), HC_IO_OK);
    assert_int_equal(SSL_read(p->client, &byte, 1), 1); /* whatever tickets were sent have been read before this byte */
}

static void no_session_is_offered_and_none_is_resumed(void **state)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    struct pair_pki *pki = *state;

    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
        struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
        SSL_CTX *client = pair_raw_client(pki, &pki->client, versions[i]);
        SSL_SESSION *session;
        struct pair p;
        int offered = 0;

        SSL_CTX_set_app_data(client, &offered);
        SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT);
        SSL_CTX_sess_set_new_cb(client, session_offered);
        connect_once(&p, server, client, &j, NULL);
        session = SSL_get1_session(p.client);
        assert_false(SSL_SESSION_is_resumable(session));
        assert_false(SSL_SESSION_has_ticket(session));
        if (versions[i] == TLS1_3_VERSION)
            assert_int_equal(offered, 0); /* in TLS 1.2 the callback only says that the handshake was a full one */
        pair_close(&p);
        connect_once(&p, server, client, &j, session);
        assert_false(SSL_session_reused(p.client));
        assert_int_equal(j.calls, 2);
        assert_non_null(hc_tls_peer(p.server));
        pair_close(&p);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        hc_tls_context_free(server);
    }
}

/* A server of another make with our certificate, which gives out sessions with tickets and early data. */
static SSL_CTX *generous_server(const struct pair_pki *pki, int version)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(pki->crypto), NULL, TLS_server_method());
    const unsigned char *der = pki->server.cert->der.p;
    X509 *x = d2i_X509(NULL, &der, (long)pki->server.cert->der.n);

    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, hc_key_evp(pki->server.key)), 1);
    X509_free(x);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_max_early_data(ctx, 16384);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"x", 1);
    return ctx;
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    SSL_SESSION **kept = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    SSL_SESSION_free(*kept);
    *kept = session;
    return 1;
}

static SSL_SESSION *session_of_another(const struct pair_pki *pki, SSL_CTX *client_ctx, int version)
{
    SSL_CTX *server_ctx = generous_server(pki, version);
    SSL *server = SSL_new(server_ctx);
    SSL *client = SSL_new(client_ctx);
    SSL_SESSION *session = NULL;
    char byte;
    int fd[2];

    SSL_CTX_set_app_data(client_ctx, &session);
    SSL_CTX_set_session_cache_mode(client_ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(client_ctx, keep_session);
    pair_sockets(fd);
    SSL_set_fd(server, fd[0]);
    SSL_set_fd(client, fd[1]);
    for (int i = 0; i < 10; i++) {
        (void)SSL_connect(client);
        (void)SSL_accept(server);
        (void)SSL_read(client, &byte, 1);
    }
    ERR_clear_error();
    SSL_shutdown(client);
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(server_ctx);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
    assert_non_null(session);
    assert_true(SSL_SESSION_is_resumable(session));
    return session;
}

static void a_ticket_from_elsewhere_gets_a_full_handshake(void **state)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    struct pair_pki *pki = *state;

    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
        struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
        SSL_CTX *client = pair_raw_client(pki, &pki->client, versions[i]);
        SSL_SESSION *session = session_of_another(pki, client, versions[i]);
        struct pair p;

        connect_once(&p, server, client, &j, session);
        assert_false(SSL_session_reused(p.client));
        assert_int_equal(j.calls, 1);
        assert_non_null(hc_tls_peer(p.server));
        pair_close(&p);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        hc_tls_context_free(server);
    }
}

static void early_data_is_thrown_away(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, TLS1_3_VERSION);
    SSL_SESSION *session = session_of_another(pki, client, TLS1_3_VERSION);
    HC_BUF_AUTO(into, 4096);
    struct pair p;
    size_t n = 0;

    assert_true(SSL_SESSION_get_max_early_data(session) > 0);
    pair_open(&p, server, client, &j);
    assert_int_equal(SSL_set_session(p.client, session), 1);
    assert_int_equal(SSL_write_early_data(p.client, EARLY, sizeof EARLY - 1, &n), 1);
    pair_shake(&p);
    if (p.ended != HC_IO_OK)
        fail_msg("HC-%04d %s", (int)p.e.code, p.e.text);
    assert_int_equal(SSL_get_early_data_status(p.client), SSL_EARLY_DATA_REJECTED);
    assert_false(SSL_session_reused(p.client));
    assert_int_equal(SSL_write(p.client, "late", 4), 4);
    assert_int_equal(hc_tls_read(p.server, &into, 1024, &n), HC_IO_OK);
    expect_bytes(hc_buf_view(&into), "late");
    pair_close(&p);
    SSL_SESSION_free(session);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

/* --- renegotiation ------------------------------------------------------------------------------------------------ */

static void renegotiation_is_refused_and_changes_nothing(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, TLS1_2_VERSION);
    HC_BUF_AUTO(into, 4096);
    struct pair p;
    size_t n = 0;

    connect_once(&p, server, client, &j, NULL);
    assert_int_equal(SSL_renegotiate(p.client), 1);
    (void)SSL_do_handshake(p.client);
    assert_int_equal(hc_tls_read(p.server, &into, 1024, &n), HC_IO_AGAIN_READ);
    assert_int_not_equal(SSL_do_handshake(p.client), 1); /* no_renegotiation came back */
    assert_int_not_equal(SSL_get_error(p.client, -1), SSL_ERROR_WANT_READ);
    assert_int_equal(j.calls, 1);
    assert_non_null(hc_tls_peer(p.server));
    ERR_clear_error();
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

static void the_server_chooses_forward_secrecy_and_our_protocol(void **state)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    struct pair_pki *pki = *state;

    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
        struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
        SSL_CTX *client = pair_raw_client(pki, &pki->client, versions[i]);
        const unsigned char *alpn;
        unsigned n;
        struct pair p;

        SSL_CTX_set_alpn_protos(client, (const unsigned char *)"\x02h2\x08http/1.1", 12);
        connect_once(&p, server, client, &j, NULL);
        SSL_get0_alpn_selected(p.client, &alpn, &n);
        assert_int_equal(n, 8);
        assert_memory_equal(alpn, "http/1.1", 8);
        assert_true(strncmp(hc_tls_cipher(p.server), versions[i] == TLS1_3_VERSION ? "TLS_AES" : "TLS_ECDHE", 7) == 0);
        pair_close(&p);
        SSL_CTX_free(client);
        hc_tls_context_free(server);
    }
}

static void a_client_that_speaks_of_no_protocol_is_served(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, 0);
    struct pair p;

    connect_once(&p, server, client, &j, NULL);
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

static void the_certificate_request_names_the_anchors(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_OPTIONAL);
    SSL_CTX *client = pair_raw_client(pki, NULL, 0);
    const STACK_OF(X509_NAME) * names;
    unsigned char *der = NULL;
    struct pair p;
    int n;

    connect_once(&p, server, client, &j, NULL);
    names = SSL_get0_peer_CA_list(p.client);
    assert_int_equal(sk_X509_NAME_num(names), 1);
    n = i2d_X509_NAME(sk_X509_NAME_value(names, 0), &der);
    assert_true(hc_bytes_eq(hc_bytes_of(der, (size_t)n), pki->root.cert->subject));
    OPENSSL_free(der);
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

static void a_key_that_is_not_the_certificates_is_noticed_at_once(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_context *ctx = NULL;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->server, HC_TLS_ASK_REQUIRED, chain);
    struct hc_err e = {0};

    spec.identity.key = pki->client.key;
    expect_fail(&e, hc_tls_server_new(&spec, &ctx, &e), HC_E_KEY_MISMATCH);
    expect_fail(&e, hc_tls_client_new(&spec, &ctx, &e), HC_E_KEY_MISMATCH);
    assert_null(ctx);
}

static void a_server_without_a_certificate_cannot_be_made(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_context *ctx = NULL;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, NULL, HC_TLS_ASK_REQUIRED, chain);
    struct hc_err e = {0};

    expect_fail(&e, hc_tls_server_new(&spec, &ctx, &e), HC_E_INTERNAL);
    assert_null(ctx);
}

static struct hc_rc make_both(void *arg, struct hc_err *e)
{
    struct pair_pki *pki = arg;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->server, HC_TLS_ASK_REQUIRED, chain);
    HC_AUTO(hc_tls_context) server = NULL;
    HC_AUTO(hc_tls_context) client = NULL;

    HC_TRY(e, hc_tls_server_new(&spec, &server, e));
    return hc_tls_client_new(&spec, &client, e);
}

static void contexts_survive_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(make_both, *state) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_session_is_offered_and_none_is_resumed),
        cmocka_unit_test(a_ticket_from_elsewhere_gets_a_full_handshake),
        cmocka_unit_test(early_data_is_thrown_away),
        cmocka_unit_test(renegotiation_is_refused_and_changes_nothing),
        cmocka_unit_test(the_server_chooses_forward_secrecy_and_our_protocol),
        cmocka_unit_test(a_client_that_speaks_of_no_protocol_is_served),
        cmocka_unit_test(the_certificate_request_names_the_anchors),
        cmocka_unit_test(a_key_that_is_not_the_certificates_is_noticed_at_once),
        cmocka_unit_test(a_server_without_a_certificate_cannot_be_made),
        cmocka_unit_test(contexts_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("net/tls_context", tests, pair_setup, pair_teardown);
}

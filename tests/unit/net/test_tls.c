/* test_tls.c - who becomes a verified peer, and who never does (T46). */
#include "pair.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "base/file.h"

static struct pair_judge client_judge(void **state)
{
    return (struct pair_judge){.pki = *state, .purpose = HC_VERIFY_CLIENT};
}

static void raw_handshake(struct pair *p, void **state, enum hc_tls_ask ask, SSL_CTX *client, struct pair_judge *j)
{
    struct hc_tls_context *server = pair_server(*state, ask);

    pair_open(p, server, client, j);
    pair_shake(p);
    SSL_CTX_free(client);
    hc_tls_context_free(server); /* the session keeps what it needs */
}

/* --- friends ------------------------------------------------------------------------------------------------------ */

static void a_client_with_a_good_certificate_becomes_a_peer(void **state, int version, const char *name)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    struct pair p;

    raw_handshake(&p, state, HC_TLS_ASK_REQUIRED, pair_raw_client(pki, &pki->client, version), &j);
    if (p.ended != HC_IO_OK)
        fail_msg("HC-%04d %s", (int)p.e.code, p.e.text);
    assert_int_equal(j.calls, 1);
    assert_non_null(hc_tls_peer(p.server));
    assert_memory_equal(hc_checked_chain_leaf(hc_verified_peer_chain(hc_tls_peer(p.server)))->sha256,
                        pki->client.cert->sha256, 32);
    assert_string_equal(hc_tls_version(p.server), name);
    assert_non_null(hc_tls_cipher(p.server));
    assert_null(hc_tls_report(p.server)); /* only a refusal is explained */
    pair_close(&p);
}

static void a_good_certificate_makes_a_peer_over_tls_1_3(void **state)
{
    a_client_with_a_good_certificate_becomes_a_peer(state, TLS1_3_VERSION, "TLSv1.3");
}

static void a_good_certificate_makes_a_peer_over_tls_1_2(void **state)
{
    a_client_with_a_good_certificate_becomes_a_peer(state, TLS1_2_VERSION, "TLSv1.2");
}

static enum hc_io step_both(struct hc_tls *a, struct hc_tls *b, struct hc_err *ea, struct hc_err *eb)
{
    enum hc_io ia = HC_IO_AGAIN_READ;
    enum hc_io ib = HC_IO_AGAIN_READ;

    for (int i = 0; i < 20 && (ia != HC_IO_OK || ib != HC_IO_OK); i++) {
        if (ia != HC_IO_OK)
            ia = hc_tls_handshake(a, ea);
        if (ib != HC_IO_OK)
            ib = hc_tls_handshake(b, eb);
    }
    return ia == HC_IO_OK ? ib : ia;
}

static void verify_each_other(const struct pair_pki *pki, const struct testpki *client_id,
                              const struct testpki *server_id)
{
    struct pair_judge of_client = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct pair_judge of_server = {.pki = pki, .purpose = HC_VERIFY_SERVER};
    struct hc_cert *chain[2][2];
    struct hc_tls_spec client_spec = pair_spec(pki, client_id, HC_TLS_ASK_NOBODY, chain[0]);
    struct hc_tls_spec server_spec = pair_spec(pki, server_id, HC_TLS_ASK_REQUIRED, chain[1]);
    struct hc_tls_context *server = NULL;
    struct hc_tls_context *client = NULL;
    struct hc_tls *s = NULL;
    struct hc_tls *c = NULL;
    struct hc_err es = {0};
    struct hc_err ec = {0};
    struct pair_choice choice = {NULL, &of_client};
    struct hc_tls_hello hello;
    int fd[2];

    expect_ok(&es, hc_tls_server_new(&server_spec, &server, &es));
    expect_ok(&ec, hc_tls_client_new(&client_spec, &client, &ec));
    choice.context = server;
    hello = pair_hello(&choice);
    pair_sockets(fd);
    expect_ok(&es, hc_tls_accept(&hello, fd[0], &s, &es));
    expect_ok(&ec, hc_tls_connect(client, fd[1], "server.example", pair_judge_of(&of_server), &c, &ec));
    assert_int_equal(step_both(c, s, &ec, &es), HC_IO_OK);
    assert_memory_equal(hc_checked_chain_leaf(hc_verified_peer_chain(hc_tls_peer(s)))->sha256, client_id->cert->sha256,
                        32);
    assert_memory_equal(hc_checked_chain_leaf(hc_verified_peer_chain(hc_tls_peer(c)))->sha256, server_id->cert->sha256,
                        32);
    assert_string_equal(hc_tls_server_name(s), "server.example");
    hc_tls_free(c);
    hc_tls_free(s);
    hc_tls_context_free(client);
    hc_tls_context_free(server);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

static void our_client_and_our_server_verify_each_other(void **state)
{
    struct pair_pki *pki = *state;

    verify_each_other(pki, &pki->client, &pki->server);
}

static void every_kind_of_key_serves_on_both_sides(void **state)
{
    struct pair_pki *pki = *state;
    static const enum hc_key_kind kinds[] = {HC_KEY_P256, HC_KEY_P384, HC_KEY_P521, HC_KEY_ED25519, HC_KEY_RSA};

    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct testpki client = {.cert = NULL};
        struct testpki server = {.cert = NULL};
        struct testpki_spec spec = {
            .subject = "client", .san = {"email:alice@example.com"}, .client = true, .not_after = PAIR_FAR};
        HC_AUTO(hc_key) key = NULL;
        struct hc_err e = {0};

        expect_ok(&e, hc_key_generate(pki->crypto, kinds[i], &key, &e));
        spec.key = key;
        testpki_issue(pki->crypto, &spec, &pki->issuer, &client);
        spec = (struct testpki_spec){
            .subject = "server", .san = {"dns:server.example"}, .server = true, .not_after = PAIR_FAR, .key = key};
        testpki_issue(pki->crypto, &spec, &pki->issuer, &server);
        client.key = key;
        server.key = key;
        verify_each_other(pki, &client, &server);
        client.key = NULL; /* it is freed once, here */
        server.key = NULL;
        testpki_fini(&client);
        testpki_fini(&server);
    }
}

/* Towards back ends there are no sessions at all, so none can be offered to another server or under another certificate
 * (T6), however willing the server is. */
static void our_client_resumes_nothing(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge of_client = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct pair_judge of_server = {.pki = pki, .purpose = HC_VERIFY_SERVER};
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->client, HC_TLS_ASK_NOBODY, chain);
    HC_AUTO(hc_tls_sessions) sessions = NULL;
    HC_AUTO(hc_tls_context) server = NULL;
    HC_AUTO(hc_tls_context) client = NULL;
    struct hc_err e = {0};
    struct hc_err es = {0};

    expect_ok(&e, hc_tls_sessions_new(8 * HC_TLS_SESSIONS_SHARE, 8, &sessions, &e));
    server = pair_resuming(pki, HC_TLS_ASK_REQUIRED, sessions, 1);
    expect_ok(&e, hc_tls_client_new(&spec, &client, &e));
    for (int i = 0; i < 2; i++) {
        struct pair_choice choice = {server, &of_client};
        struct hc_tls_hello hello = pair_hello(&choice);
        HC_AUTO(hc_tls) s = NULL;
        HC_AUTO(hc_tls) c = NULL;
        HC_BUF_AUTO(heard, 16);
        size_t n = 0;
        int fd[2];

        pair_sockets(fd);
        expect_ok(&e, hc_tls_accept(&hello, fd[0], &s, &e));
        expect_ok(&e, hc_tls_connect(client, fd[1], "server.example", pair_judge_of(&of_server), &c, &e));
        assert_int_equal(step_both(c, s, &e, &es), HC_IO_OK);
        assert_false(hc_tls_resumed(s));
        assert_int_equal(hc_tls_write(s, HC_BYTES("x"), &n), HC_IO_OK);
        assert_int_equal(hc_tls_read(c, &heard, 1, &n), HC_IO_OK); /* and the ticket, which came before it */
        hc_fd_close(&fd[0]);
        hc_fd_close(&fd[1]);
    }
    assert_int_equal(hc_tls_sessions_counts(sessions).friends, 2); /* the server would have */
    assert_int_equal(of_server.calls, 2);
}

static void an_address_is_not_sent_as_server_name(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge of_client = {.pki = pki, .purpose = HC_VERIFY_CLIENT};
    struct pair_judge of_server = {.pki = pki, .purpose = HC_VERIFY_SERVER};
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, NULL, HC_TLS_ASK_NOBODY, chain);
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_NOBODY);
    static const char *const addresses[] = {"127.0.0.1", "::1"};

    for (size_t i = 0; i < HC_COUNT(addresses); i++) {
        struct hc_tls_context *client = NULL;
        struct hc_tls *s = NULL;
        struct hc_tls *c = NULL;
        struct pair_choice choice = {server, &of_client};
        struct hc_tls_hello hello = pair_hello(&choice);
        struct hc_err e = {0};
        int fd[2];

        expect_ok(&e, hc_tls_client_new(&spec, &client, &e));
        pair_sockets(fd);
        expect_ok(&e, hc_tls_accept(&hello, fd[0], &s, &e));
        expect_ok(&e, hc_tls_connect(client, fd[1], addresses[i], pair_judge_of(&of_server), &c, &e));
        assert_int_equal(step_both(c, s, &e, &e), HC_IO_OK);
        assert_null(hc_tls_server_name(s)); /* RFC 6066 3 */
        hc_tls_free(c);
        hc_tls_free(s);
        hc_tls_context_free(client);
        hc_fd_close(&fd[0]);
        hc_fd_close(&fd[1]);
    }
    hc_tls_context_free(server);
}

static void without_a_certificate_an_optional_client_is_nobody(void **state)
{
    struct pair_judge j = client_judge(state);
    struct pair p;

    raw_handshake(&p, state, HC_TLS_ASK_OPTIONAL, pair_raw_client(*state, NULL, 0), &j);
    assert_int_equal(p.ended, HC_IO_OK);
    assert_int_equal(j.calls, 0);
    assert_null(hc_tls_peer(p.server));
    assert_null(hc_tls_report(p.server));
    assert_null(hc_tls_presented(p.server));
    pair_close(&p);
}

static void a_server_that_asks_nobody_sees_no_certificate(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    struct pair p;

    raw_handshake(&p, state, HC_TLS_ASK_NOBODY, pair_raw_client(pki, &pki->client, 0), &j);
    assert_int_equal(p.ended, HC_IO_OK);
    assert_int_equal(j.calls, 0);
    assert_null(hc_tls_peer(p.server));
    pair_close(&p);
}

/* --- strangers ---------------------------------------------------------------------------------------------------- */

static void no_certificate_where_one_is_required_is_refused(void **state)
{
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        struct pair_judge j = client_judge(state);
        struct pair p;

        raw_handshake(&p, state, HC_TLS_ASK_REQUIRED, pair_raw_client(*state, NULL, versions[i]), &j);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_int_equal(p.e.code, HC_E_NO_CERTIFICATE);
        assert_null(hc_tls_peer(p.server));
        /* TLS 1.2 has no certificate_required [RFC 5246 7.4.6]: handshake_failure */
        assert_int_equal(p.alert, i == 0 ? SSL_AD_CERTIFICATE_REQUIRED : SSL_AD_HANDSHAKE_FAILURE);
        pair_close(&p);
    }
}

static void a_value_that_is_no_way_to_ask_asks_for_a_certificate(void **state)
{
    struct pair_judge j = client_judge(state);
    struct pair p;

    raw_handshake(&p, state, (enum hc_tls_ask)7, pair_raw_client(*state, NULL, 0), &j);
    assert_int_equal(p.e.code, HC_E_NO_CERTIFICATE);
    pair_close(&p);
}

static void expect_stranger(void **state, enum hc_tls_ask ask, int version)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    struct testpki other, mallory;
    struct pair p;

    testpki_issue(pki->crypto, &(struct testpki_spec){.subject = "Issuing", .ca = true}, NULL, &other);
    testpki_issue(pki->crypto, &(struct testpki_spec){.subject = "client", .san = {"email:alice@example.com"}}, &other,
                  &mallory);
    raw_handshake(&p, state, ask, pair_raw_client(pki, &mallory, version), &j);
    assert_int_equal(p.ended, HC_IO_BROKEN);
    assert_int_equal(j.calls, 1);
    assert_int_not_equal(p.alert, 0);
    assert_int_equal(p.alert, hc_row(p.e.code)->alert);
    assert_int_equal(hc_row(p.e.code)->class, HC_CLASS_CERTIFICATE);
    assert_null(hc_tls_peer(p.server));
    assert_false(hc_report_ok(hc_tls_report(p.server)));
    assert_memory_equal(hc_tls_presented(p.server)->sha256, mallory.cert->sha256, 32);
    pair_close(&p);
    testpki_fini(&other);
    testpki_fini(&mallory);
}

static void a_strangers_certificate_is_refused_and_never_downgraded_to_none(void **state)
{
    expect_stranger(state, HC_TLS_ASK_REQUIRED, TLS1_3_VERSION);
    expect_stranger(state, HC_TLS_ASK_REQUIRED, TLS1_2_VERSION);
    expect_stranger(state, HC_TLS_ASK_OPTIONAL, TLS1_3_VERSION);
    expect_stranger(state, HC_TLS_ASK_OPTIONAL, TLS1_2_VERSION);
}

/* A key whose public half is the victim's and whose private half is the thief's: libssl believes that it fits the
 * certificate. */
static EVP_PKEY *false_key(const struct testpki *victim, EVP_PKEY *thief)
{
    unsigned char pub[256];
    size_t n = 0;
    BIGNUM *priv = NULL;
    EVP_PKEY *out = NULL;
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params;

    assert_int_equal(
        EVP_PKEY_get_octet_string_param(hc_key_evp(victim->key), OSSL_PKEY_PARAM_PUB_KEY, pub, sizeof pub, &n), 1);
    assert_int_equal(EVP_PKEY_get_bn_param(thief, OSSL_PKEY_PARAM_PRIV_KEY, &priv), 1);
    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, pub, n);
    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, priv);
    params = OSSL_PARAM_BLD_to_param(bld);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &out, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    EVP_PKEY_CTX_free(ctx);
    BN_free(priv);
    return out;
}

static void a_copied_certificate_without_its_key_never_becomes_a_peer(void **state)
{
    static const struct {
        int version;
        enum hc_tls_ask ask;
    } rows[] = {
        {TLS1_3_VERSION, HC_TLS_ASK_REQUIRED},
        {TLS1_2_VERSION, HC_TLS_ASK_REQUIRED},
        {TLS1_3_VERSION, HC_TLS_ASK_OPTIONAL},
        {TLS1_2_VERSION, HC_TLS_ASK_OPTIONAL},
    };
    struct pair_pki *pki = *state;
    EVP_PKEY *thief = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_PKEY *key = false_key(&pki->client, thief);

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct pair_judge j = client_judge(state);
        SSL_CTX *client = pair_raw_client(pki, &pki->client, rows[i].version);
        HC_AUTO(hc_tls_sessions) sessions = NULL;
        struct hc_tls_context *server;
        struct hc_err e = {0};
        struct pair p;

        assert_int_equal(SSL_CTX_use_PrivateKey(client, key), 1);
        expect_ok(&e, hc_tls_sessions_new(8, 8, &sessions, &e));
        server = pair_resuming(pki, rows[i].ask, sessions, 1);
        pair_open(&p, server, client, &j);
        pair_shake(&p);
        assert_int_equal(j.calls, 1); /* the chain itself is good ... */
        assert_true(hc_report_ok(hc_tls_report(p.server)));
        assert_int_equal(p.ended, HC_IO_BROKEN); /* ... but nobody proved to have its key */
        assert_int_equal(p.e.code, HC_E_TLS_PROOF);
        assert_null(hc_tls_peer(p.server));
        assert_int_equal(p.alert, hc_row(HC_E_TLS_PROOF)->alert);
        assert_int_equal(hc_tls_sessions_counts(sessions).friends, 0); /* nor left anything behind (T46) */
        assert_int_equal(hc_tls_sessions_counts(sessions).strangers, 0);
        pair_close(&p);
        SSL_CTX_free(client);
        hc_tls_context_free(server);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_free(thief);
}

static void there_is_no_peer_before_the_handshake_is_finished(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, TLS1_2_VERSION);
    HC_BUF_AUTO(into, 1024);
    struct pair p;
    size_t n;

    pair_open(&p, server, client, &j);
    for (int i = 0; i < 20 && p.ended != HC_IO_OK; i++) {
        assert_null(hc_tls_peer(p.server));
        assert_int_equal(hc_tls_read(p.server, &into, 64, &n), HC_IO_BROKEN);
        assert_int_equal(hc_tls_write(p.server, HC_BYTES("x"), &n), HC_IO_BROKEN);
        (void)SSL_do_handshake(p.client);
        ERR_clear_error();
        p.ended = hc_tls_handshake(p.server, &p.e);
    }
    assert_int_equal(p.ended, HC_IO_OK);
    assert_non_null(hc_tls_peer(p.server));
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

static void more_certificates_than_the_judge_takes_are_refused(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, 0);
    struct pair p;

    for (int i = 0; i < 20; i++) {
        const unsigned char *der = pki->root.cert->der.p;
        X509 *x = d2i_X509(NULL, &der, (long)pki->root.cert->der.n);

        assert_int_equal(SSL_CTX_add0_chain_cert(client, x), 1);
    }
    raw_handshake(&p, state, HC_TLS_ASK_REQUIRED, client, &j);
    assert_int_equal(p.e.code, HC_E_CHAIN_TOO_LONG);
    assert_int_equal(j.calls, 0);
    assert_int_equal(p.alert, hc_row(HC_E_CHAIN_TOO_LONG)->alert);
    pair_close(&p);
}

/* A judge with a defect: success without a chain. */
static struct hc_rc forgetful(void *ctx, struct hc_presented presented, struct hc_checked_chain **out,
                              struct hc_report *report, struct hc_err *e)
{
    (void)ctx, (void)presented, (void)out, (void)report, (void)e;
    return HC_OK;
}

static struct hc_rc choose_forgetful(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out,
                                     struct hc_err *e)
{
    (void)server_name, (void)e;
    *out = (struct hc_tls_choice){ctx, {.judge = forgetful}};
    return HC_OK;
}

static void a_judge_that_says_yes_without_a_chain_admits_nobody(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_OPTIONAL);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, 0);
    struct hc_tls_hello hello = {.choose = choose_forgetful, .ctx = server, .first = server};
    struct pair p = {.alert = 0};

    pair_open_hello(&p, &hello, client);
    pair_shake(&p);
    assert_int_equal(p.ended, HC_IO_BROKEN);
    assert_int_equal(p.e.code, HC_E_INTERNAL);
    assert_null(hc_tls_peer(p.server));
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

/* --- allocation failures ------------------------------------------------------------------------------------------ */

static struct hc_rc whole_handshake(void *ctx, struct hc_err *e)
{
    void *state = ctx;
    struct pair_pki *pki = ctx;
    struct pair_judge j = client_judge(&state);
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->server, HC_TLS_ASK_REQUIRED, chain);
    HC_AUTO(hc_tls_context) server = NULL;
    struct pair p = {.fd = {-1, -1}};
    struct hc_tls_hello hello;
    SSL_CTX *client = pair_raw_client(pki, &pki->client, 0);
    struct hc_rc rc = hc_tls_server_new(&spec, &server, e);

    pair_sockets(p.fd);
    p.choice = (struct pair_choice){server, &j};
    hello = pair_hello(&p.choice);
    if (hc_ok(rc))
        rc = hc_tls_accept(&hello, p.fd[0], &p.server, e);
    if (hc_ok(rc)) {
        p.client = SSL_new(client);
        p.ended = HC_IO_AGAIN_READ;
        SSL_set_app_data(p.client, &p);
        SSL_set_fd(p.client, p.fd[1]);
        SSL_set_connect_state(p.client);
        pair_shake(&p);
        *e = p.e;
        rc = p.ended == HC_IO_OK ? HC_OK : HC_FAIL(e, p.e.code, "%s", "the handshake failed");
        assert_int_equal(hc_tls_peer(p.server) != NULL, p.ended == HC_IO_OK);
    }
    pair_close(&p);
    SSL_CTX_free(client);
    return rc;
}

static void no_failed_allocation_lets_anybody_in_or_leaks(void **state)
{
    assert_true(fault_sweep(whole_handshake, *state) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_certificate_makes_a_peer_over_tls_1_3),
        cmocka_unit_test(a_good_certificate_makes_a_peer_over_tls_1_2),
        cmocka_unit_test(our_client_and_our_server_verify_each_other),
        cmocka_unit_test(every_kind_of_key_serves_on_both_sides),
        cmocka_unit_test(our_client_resumes_nothing),
        cmocka_unit_test(an_address_is_not_sent_as_server_name),
        cmocka_unit_test(without_a_certificate_an_optional_client_is_nobody),
        cmocka_unit_test(a_server_that_asks_nobody_sees_no_certificate),
        cmocka_unit_test(no_certificate_where_one_is_required_is_refused),
        cmocka_unit_test(a_value_that_is_no_way_to_ask_asks_for_a_certificate),
        cmocka_unit_test(a_strangers_certificate_is_refused_and_never_downgraded_to_none),
        cmocka_unit_test(a_copied_certificate_without_its_key_never_becomes_a_peer),
        cmocka_unit_test(there_is_no_peer_before_the_handshake_is_finished),
        cmocka_unit_test(more_certificates_than_the_judge_takes_are_refused),
        cmocka_unit_test(a_judge_that_says_yes_without_a_chain_admits_nobody),
        cmocka_unit_test(no_failed_allocation_lets_anybody_in_or_leaks),
    };

    return cmocka_run_group_tests_name("net/tls", tests, pair_setup, pair_teardown);
}

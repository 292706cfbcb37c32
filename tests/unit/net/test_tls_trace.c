/* test_tls_trace.c - what a server remembers of a handshake, finished or refused, in both versions. */
#include "pair.h"

#include <unistd.h>

static struct pair_judge client_judge(void **state)
{
    return (struct pair_judge){.pki = *state, .purpose = HC_VERIFY_CLIENT};
}

static void shake(struct pair *p, void **state, SSL_CTX *client, struct pair_judge *j)
{
    struct hc_tls_context *server = pair_server(*state, HC_TLS_ASK_REQUIRED);

    pair_open(p, server, client, j);
    pair_shake(p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

static bool has(const struct hc_tls_trace *t, bool sent, bool alert, int number)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->message[i].sent == sent && t->message[i].alert == alert && t->message[i].number == number)
            return true;
    return false;
}

static void expect_random(const struct hc_tls_trace *t, SSL *client)
{
    uint8_t random[HC_TLS_RANDOM];

    assert_true(t->has_random);
    assert_int_equal(SSL_get_client_random(client, random, sizeof random), sizeof random);
    assert_memory_equal(t->random, random, sizeof random);
}

static void expect_finished(void **state, int version)
{
    uint8_t random[HC_TLS_RANDOM], want[HC_TLS_RANDOM];
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    const struct hc_tls_trace *t;
    struct pair p;

    shake(&p, state, pair_raw_client(pki, &pki->client, version), &j);
    assert_int_equal(p.ended, HC_IO_OK);
    t = hc_tls_trace(p.server);
    assert_non_null(t);
    expect_random(t, p.client);
    assert_int_equal(t->message[0].number, SSL3_MT_CLIENT_HELLO);
    assert_false(t->message[0].sent);
    assert_true(has(t, true, false, SSL3_MT_SERVER_HELLO));
    assert_true(has(t, true, false, SSL3_MT_CERTIFICATE_REQUEST));
    assert_true(has(t, false, false, SSL3_MT_CERTIFICATE));
    assert_true(has(t, false, false, SSL3_MT_CERTIFICATE_VERIFY));
    assert_true(has(t, false, false, SSL3_MT_FINISHED));
    assert_true(has(t, true, false, SSL3_MT_FINISHED));
    for (size_t i = 1; i < t->n; i++)
        assert_true(t->message[i].at_us >= t->message[i - 1].at_us);
    assert_true(t->n <= 13 && t->more == 0);
    assert_null(hc_tls_presented_at(p.server, 0)); /* it is proven now, and so in the peer's chain */
    hc_tls_forget(p.server);
    assert_null(hc_tls_trace(p.server));
    assert_true(hc_tls_random(p.server, random));
    assert_int_equal(SSL_get_client_random(p.client, want, sizeof want), sizeof want);
    assert_memory_equal(random, want, sizeof want);
    pair_close(&p);
}

static void a_finished_handshake_is_traced_over_tls_1_3(void **state)
{
    expect_finished(state, TLS1_3_VERSION);
}

static void a_finished_handshake_is_traced_over_tls_1_2(void **state)
{
    expect_finished(state, TLS1_2_VERSION);
}

static void expect_refused(void **state, int version)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    const struct hc_tls_trace *t;
    struct pair p;

    j.refuse = HC_E_UNKNOWN_ISSUER;
    shake(&p, state, pair_raw_client(pki, &pki->client, version), &j);
    assert_int_equal(p.ended, HC_IO_BROKEN);
    t = hc_tls_trace(p.server);
    expect_random(t, p.client);
    assert_true(has(t, true, true, SSL_AD_UNKNOWN_CA));
    assert_false(has(t, false, false, SSL3_MT_FINISHED));
    assert_non_null(hc_tls_presented_at(p.server, 0));
    assert_ptr_equal(hc_tls_presented_at(p.server, 0), hc_tls_presented(p.server));
    assert_true(hc_cert_eq(hc_tls_presented_at(p.server, 0), pki->client.cert));
    assert_true(hc_cert_eq(hc_tls_presented_at(p.server, 1), pki->issuer.cert));
    assert_null(hc_tls_presented_at(p.server, 2));
    assert_null(hc_tls_presented_at(p.server, HC_TLS_PRESENTED + 1));
    pair_close(&p);
}

static void a_refused_handshake_is_traced_with_all_that_was_presented_over_tls_1_3(void **state)
{
    expect_refused(state, TLS1_3_VERSION);
}

static void a_refused_handshake_is_traced_with_all_that_was_presented_over_tls_1_2(void **state)
{
    expect_refused(state, TLS1_2_VERSION);
}

static struct hc_rc refuse_name(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e)
{
    (void)ctx;
    (void)server_name;
    (void)out;
    return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "as the test wishes");
}

static void a_hello_that_is_refused_at_once_is_known_by_its_random(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    struct hc_tls_hello hello = {.choose = refuse_name, .first = server};
    SSL_CTX *client = pair_raw_client(pki, NULL, 0);
    const struct hc_tls_trace *t;
    struct pair p;

    pair_open_hello(&p, &hello, client);
    pair_shake(&p);
    t = hc_tls_trace(p.server);
    expect_random(t, p.client);
    assert_true(has(t, true, true, SSL_AD_UNRECOGNIZED_NAME));
    assert_int_equal(t->n, 2);
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
}

static void a_client_refuses_and_its_alert_is_seen(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = client_judge(state);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, TLS1_3_VERSION);
    const struct hc_tls_trace *t;
    struct pair p;

    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL); /* it knows no authority at all */
    shake(&p, state, client, &j);
    assert_int_equal(p.ended, HC_IO_BROKEN);
    assert_int_equal(p.e.code, HC_E_TLS_PEER_ALERT);
    t = hc_tls_trace(p.server);
    assert_true(has(t, false, true, SSL_AD_UNKNOWN_CA));
    pair_close(&p);
}

static void what_is_no_tls_leaves_no_random(void **state)
{
    uint8_t random[HC_TLS_RANDOM];
    struct pair_pki *pki = *state;
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    struct pair_choice choice = {.context = server};
    struct hc_tls_hello hello = pair_hello(&choice);
    struct hc_tls *tls = NULL;
    struct hc_err e = {0};
    int fd[2];

    pair_sockets(fd);
    expect_ok(&e, hc_tls_accept(&hello, fd[0], &tls, &e));
    assert_int_equal(write(fd[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
    assert_int_equal(hc_tls_handshake(tls, &e), HC_IO_BROKEN);
    assert_false(hc_tls_trace(tls)->has_random);
    assert_false(hc_tls_random(tls, random));
    hc_tls_free(tls);
    close(fd[0]);
    close(fd[1]);
    hc_tls_context_free(server);
}

#define T(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_finished_handshake_is_traced_over_tls_1_3),
        T(a_finished_handshake_is_traced_over_tls_1_2),
        T(a_refused_handshake_is_traced_with_all_that_was_presented_over_tls_1_3),
        T(a_refused_handshake_is_traced_with_all_that_was_presented_over_tls_1_2),
        T(a_hello_that_is_refused_at_once_is_known_by_its_random),
        T(a_client_refuses_and_its_alert_is_seen),
        T(what_is_no_tls_leaves_no_random),
    };
    return cmocka_run_group_tests_name("net/tls_trace", tests, NULL, NULL);
}

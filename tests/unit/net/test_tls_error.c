/* test_tls_error.c - a failed handshake has a row, and a refused peer gets that row's alert. */
#include "pair.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

/* --- what the peer is told ---------------------------------------------------------------------------------------- */

static int alert_for(struct pair_pki *pki, enum hc_code refuse, int version, enum hc_code *told)
{
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT, .refuse = refuse};
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    SSL_CTX *client = pair_raw_client(pki, &pki->client, version);
    struct pair p;
    int alert;

    pair_open(&p, server, client, &j);
    pair_shake(&p);
    assert_int_equal(p.ended, HC_IO_BROKEN);
    assert_null(hc_tls_peer(p.server));
    *told = p.e.code;
    alert = p.alert;
    pair_close(&p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
    return alert;
}

/* Every row that can come out of a judge: the alert on the wire is the one in the table, in both versions. */
static void a_refusal_sends_the_alert_of_its_row(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);
    unsigned wrong = 0;

    for (size_t i = 0; i < n; i++) {
        static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

        if (rows[i].v_err == 0)
            continue;
        for (size_t v = 0; v < HC_COUNT(versions); v++) {
            enum hc_code told;
            int alert = alert_for(*state, rows[i].code, versions[v], &told);

            assert_int_equal(told, rows[i].code);
            if (alert == rows[i].alert)
                continue;
            print_message("%s: v_err %d (%s) sends alert %d (%s), the table says %d\n", rows[i].name, rows[i].v_err,
                          X509_verify_cert_error_string(rows[i].v_err), alert, SSL_alert_desc_string_long(alert),
                          rows[i].alert);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* A row that no judge should give still ends the handshake, and with a fatal alert. */
static void a_refusal_without_an_alert_of_its_own_is_fatal_too(void **state)
{
    static const enum hc_code codes[] = {HC_E_SYSTEM, HC_E_CRL_OLDER, HC_E_REVOCATION_UNSAID, HC_E_NO_RULE};

    for (size_t i = 0; i < HC_COUNT(codes); i++) {
        enum hc_code told;

        assert_int_not_equal(alert_for(*state, codes[i], TLS1_3_VERSION, &told), 0);
        assert_int_equal(told, codes[i]);
    }
}

/* --- what the operator is told ------------------------------------------------------------------------------------ */

struct failing {
    struct pair p;
    struct pair_judge j;
};

static void fail_with(struct failing *f, struct pair_pki *pki, SSL_CTX *client)
{
    struct hc_tls_context *server = pair_server(pki, HC_TLS_ASK_REQUIRED);

    f->j = (struct pair_judge){.pki = pki, .purpose = HC_VERIFY_CLIENT};
    pair_open(&f->p, server, client, &f->j);
    pair_shake(&f->p);
    SSL_CTX_free(client);
    hc_tls_context_free(server);
    assert_int_equal(f->p.ended, HC_IO_BROKEN);
    assert_null(hc_tls_peer(f->p.server));
    assert_true(f->p.e.text[0] != 0);
    assert_int_equal(ERR_peek_error(), 0);
}

static void an_old_client_is_told_that_its_version_is_too_old(void **state)
{
    static const int versions[] = {TLS1_1_VERSION, TLS1_VERSION};

    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        SSL_CTX *client = pair_raw_client(*state, NULL, versions[i]);
        struct failing f;

        SSL_CTX_set_security_level(client, 0);
        assert_int_equal(SSL_CTX_set_cipher_list(client, "ALL:@SECLEVEL=0"), 1);
        fail_with(&f, *state, client);
        assert_int_equal(f.p.e.code, HC_E_TLS_VERSION);
        assert_int_equal(f.p.alert, hc_row(HC_E_TLS_VERSION)->alert);
        pair_close(&f.p);
    }
}

static void a_client_without_our_application_protocol_is_refused(void **state)
{
    SSL_CTX *client = pair_raw_client(*state, NULL, 0);
    struct failing f;

    SSL_CTX_set_alpn_protos(client, (const unsigned char *)"\x02h2", 3);
    fail_with(&f, *state, client);
    assert_int_equal(f.p.e.code, HC_E_TLS_NO_APPLICATION_PROTOCOL);
    assert_int_equal(f.p.alert, SSL_AD_NO_APPLICATION_PROTOCOL);
    pair_close(&f.p);
}

static void clients_without_modern_algorithms_have_nothing_in_common_with_us(void **state)
{
    static const struct {
        int version;
        const char *ciphers, *groups, *signatures;
    } rows[] = {
        {TLS1_2_VERSION, "AES128-GCM-SHA256", NULL, NULL},           /* no forward secrecy */
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256", NULL, NULL},   /* CBC */
        {TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256", NULL, NULL},   /* finite field */
        {TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256", NULL, NULL}, /* we have an ECDSA key */
        {TLS1_3_VERSION, NULL, "P-521", NULL},
        {TLS1_3_VERSION, NULL, NULL, "rsa_pss_rsae_sha256"},
    };

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        SSL_CTX *client = pair_raw_client(*state, NULL, rows[i].version);
        struct failing f;

        if (rows[i].ciphers)
            assert_int_equal(SSL_CTX_set_cipher_list(client, rows[i].ciphers), 1);
        if (rows[i].groups)
            assert_int_equal(SSL_CTX_set1_groups_list(client, rows[i].groups), 1);
        if (rows[i].signatures)
            assert_int_equal(SSL_CTX_set1_sigalgs_list(client, rows[i].signatures), 1);
        fail_with(&f, *state, client);
        if (f.p.e.code != HC_E_TLS_NO_COMMON)
            fail_msg("row %zu: HC-%04d %s", i, (int)f.p.e.code, f.p.e.text);
        assert_int_equal(f.p.alert, hc_row(HC_E_TLS_NO_COMMON)->alert);
        pair_close(&f.p);
    }
}

static void say(void **state, const char *bytes, size_t n, bool leave, enum hc_code want)
{
    struct pair_judge j = {.pki = *state};
    struct hc_tls_context *server = pair_server(*state, HC_TLS_ASK_REQUIRED);
    struct pair_choice choice = {server, &j};
    struct hc_tls_hello hello = pair_hello(&choice);
    struct hc_tls *tls = NULL;
    struct hc_err e = {0};
    enum hc_io io = HC_IO_AGAIN_READ;
    int fd[2];

    pair_sockets(fd);
    expect_ok(&e, hc_tls_accept(&hello, fd[0], &tls, &e));
    assert_int_equal(write(fd[1], bytes, n), n);
    if (leave)
        shutdown(fd[1], SHUT_WR);
    for (int i = 0; i < 5 && io == HC_IO_AGAIN_READ; i++)
        io = hc_tls_handshake(tls, &e);
    if (io != HC_IO_BROKEN || e.code != want)
        fail_msg("'%.20s': io %d, wanted HC-%04d, got HC-%04d %s", bytes, (int)io, (int)want, (int)e.code, e.text);
    assert_int_equal(j.calls, 0);
    hc_tls_free(tls);
    hc_tls_context_free(server);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

#define SAY(bytes, leave, want) say(state, bytes, sizeof(bytes) - 1, leave, want)

static void what_is_not_tls_is_called_so(void **state)
{
    SAY("GET / HTTP/1.1\r\nHost: x\r\n\r\n", false, HC_E_TLS_NOT_TLS);
    SAY("POST / HTTP/1.1\r\nHost: x\r\n\r\n", false, HC_E_TLS_NOT_TLS);
    SAY("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", false, HC_E_TLS_NOT_TLS);
    SAY("CONNECT example.com:443 HTTP/1.1\r\n\r\n", false, HC_E_TLS_NOT_TLS);
    SAY("SSH-2.0-OpenSSH_9.2\r\n", false, HC_E_TLS_NOT_TLS);
    SAY("\0\0\0\x08\x04\xd2\x16\x2f", true, HC_E_TLS_NOT_TLS); /* PostgreSQL's SSLRequest */
}

static void a_peer_that_leaves_is_said_to_have_left(void **state)
{
    SAY("", true, HC_E_TLS_CLOSED);
    SAY("\x16\x03\x01", true, HC_E_TLS_CLOSED);
    SAY("\x16\x03\x01\x00\x40\x01\x00", true, HC_E_TLS_CLOSED);
}

static void a_peers_alert_is_named(void **state)
{
    SSL_CTX *client = pair_raw_client(*state, NULL, 0);
    struct failing f;

    SSL_CTX_set_verify(client, SSL_VERIFY_PEER, NULL); /* and it knows no authority */
    fail_with(&f, *state, client);
    assert_int_equal(f.p.e.code, HC_E_TLS_PEER_ALERT);
    assert_non_null(strstr(f.p.e.text, "unknown CA"));
    pair_close(&f.p);
}

static void garbage_inside_tls_is_a_failed_handshake(void **state)
{
    SAY("\x16\x03\x01\x00\x04\x01\x00\x00\x00", false, HC_E_TLS_HANDSHAKE);
    SAY("\x16\x03\x01\xff\xff", false, HC_E_TLS_HANDSHAKE);
}

static void a_certificate_list_beyond_the_limit_is_too_big(void **state)
{
    struct pair_pki *pki = *state;
    SSL_CTX *client = pair_raw_client(pki, &pki->client, 0);
    struct failing f;

    for (int i = 0; i < 400; i++) { /* some 200 KB */
        const unsigned char *der = pki->root.cert->der.p;

        assert_int_equal(SSL_CTX_add0_chain_cert(client, d2i_X509(NULL, &der, (long)pki->root.cert->der.n)), 1);
    }
    fail_with(&f, pki, client);
    assert_int_equal(f.p.e.code, HC_E_CERT_TOO_BIG);
    assert_int_equal(f.j.calls, 0);
    pair_close(&f.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_sends_the_alert_of_its_row),
        cmocka_unit_test(a_refusal_without_an_alert_of_its_own_is_fatal_too),
        cmocka_unit_test(an_old_client_is_told_that_its_version_is_too_old),
        cmocka_unit_test(a_client_without_our_application_protocol_is_refused),
        cmocka_unit_test(clients_without_modern_algorithms_have_nothing_in_common_with_us),
        cmocka_unit_test(what_is_not_tls_is_called_so),
        cmocka_unit_test(a_peer_that_leaves_is_said_to_have_left),
        cmocka_unit_test(a_peers_alert_is_named),
        cmocka_unit_test(garbage_inside_tls_is_a_failed_handshake),
        cmocka_unit_test(a_certificate_list_beyond_the_limit_is_too_big),
    };

    return cmocka_run_group_tests_name("net/tls_error", tests, pair_setup, pair_teardown);
}

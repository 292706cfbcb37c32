/* test_tls_probe.c - the client that watches itself, against this program's own server, libssl's, and bytes of nobody. */
#include "pair.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net/tls_probe_inside.h"

#define PUMPS 50 /* a handshake takes four */
#define OUT_MAX (1u << 20)

static struct hc_tls_probe_spec usual(const struct pair_pki *pki)
{
    return (struct hc_tls_probe_spec){
        .crypto = pki->crypto, .server_name = "server.example", .min = 0x0303, .max = 0x0304, .alpn = "h2 http/1.1"};
}

static struct hc_tls_probe_spec only(const struct pair_pki *pki, uint16_t version)
{
    struct hc_tls_probe_spec spec = usual(pki);

    spec.min = spec.max = version;
    return spec;
}

static void with_client(struct hc_tls_probe_spec *spec, const struct pair_pki *pki, struct hc_cert *chain[2])
{
    chain[0] = pki->client.cert;
    chain[1] = pki->issuer.cert;
    spec->identity = (struct hc_tls_identity){.chain = chain, .n = 2, .key = pki->client.key};
}

/* --- libssl as the server, bytes carried by hand ------------------------------------------------------------------ */

struct raw {
    SSL_CTX *ctx;
    SSL *ssl;
    struct hc_tls_probe *probe;
    enum hc_tls_probe_state state;
    void (*twist)(struct hc_bytes said); /* changes what the server said in place */
    bool one_by_one;
};

static X509 *decoded(const struct hc_cert *cert)
{
    const unsigned char *der = cert->der.p;
    X509 *x = d2i_X509(NULL, &der, (long)cert->der.n);

    assert_non_null(x);
    return x;
}

static SSL_CTX *raw_server(const struct pair_pki *pki)
{
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(pki->crypto), NULL, TLS_server_method());
    X509 *x = decoded(pki->server.cert);

    assert_non_null(ctx);
    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    X509_free(x);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, hc_key_evp(pki->server.key)), 1);
    assert_int_equal(SSL_CTX_add0_chain_cert(ctx, decoded(pki->issuer.cert)), 1);
    return ctx;
}

static int believe(X509_STORE_CTX *store, void *unused)
{
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static void raw_asks(SSL_CTX *ctx, int mode)
{
    SSL_CTX_set_verify(ctx, mode, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, believe, NULL);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"raw", 3);
}

/* Takes over `ctx`. */
static void raw_open(struct raw *r, SSL_CTX *ctx, const struct hc_tls_probe_spec *spec)
{
    struct hc_err e = {0};

    r->ctx = ctx;
    r->ssl = SSL_new(ctx);
    assert_non_null(r->ssl);
    SSL_set_bio(r->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(r->ssl);
    expect_ok(&e, hc_tls_probe_new(spec, &r->probe, &e));
    r->state = hc_tls_probe_feed(r->probe, (struct hc_bytes){NULL, 0});
}

static void raw_close(struct raw *r)
{
    SSL_free(r->ssl);
    SSL_CTX_free(r->ctx);
    hc_tls_probe_free(r->probe);
    *r = (struct raw){0};
}

static void server_step(struct raw *r)
{
    char some[4096];
    int rc;

    ERR_clear_error();
    rc = SSL_is_init_finished(r->ssl) ? SSL_read(r->ssl, some, sizeof some) : SSL_do_handshake(r->ssl);
    (void)rc;
    ERR_clear_error();
}

static void to_probe(struct raw *r)
{
    char *at = NULL;
    long n = BIO_get_mem_data(SSL_get_wbio(r->ssl), &at);
    struct hc_bytes said = hc_bytes_of(at, n > 0 ? (size_t)n : 0);

    if (r->twist)
        r->twist(said);
    for (size_t i = 0; r->one_by_one && i < said.n; i++)
        r->state = hc_tls_probe_feed(r->probe, hc_bytes_of(said.p + i, 1));
    if (!r->one_by_one)
        r->state = hc_tls_probe_feed(r->probe, said);
    (void)BIO_reset(SSL_get_wbio(r->ssl));
}

static void raw_shake(struct raw *r)
{
    for (int i = 0; i < PUMPS; i++) {
        HC_BUF_AUTO(out, OUT_MAX);

        hc_tls_probe_drain(r->probe, &out);
        if (out.n > 0)
            assert_int_equal(BIO_write(SSL_get_rbio(r->ssl), out.p, (int)out.n), (int)out.n);
        server_step(r);
        to_probe(r);
    }
}

/* --- what was kept ------------------------------------------------------------------------------------------------ */

static bool find(const struct hc_tls_probe *p, bool sent, uint8_t type, struct hc_tls_seen *out)
{
    for (size_t i = 0; hc_tls_probe_seen(p, i, out); i++)
        if (out->kind == HC_TLS_SEEN_HANDSHAKE && out->sent == sent && out->bytes.p[0] == type)
            return true;
    return false;
}

static int last_alert(const struct hc_tls_probe *p, bool sent)
{
    struct hc_tls_seen seen;
    int alert = -1;

    for (size_t i = 0; hc_tls_probe_seen(p, i, &seen); i++)
        if (seen.kind == HC_TLS_SEEN_ALERT && seen.sent == sent) {
            assert_int_equal(seen.bytes.n, 2);
            alert = seen.bytes.p[1];
        }
    return alert;
}

/* "C1 S2 S8": who said which type; alerts as a and their number, the change of ciphers as x. */
static void story(const struct hc_tls_probe *p, struct hc_buf *out)
{
    struct hc_tls_seen seen;

    for (size_t i = 0; hc_tls_probe_seen(p, i, &seen); i++) {
        hc_buf_add_str(out, out->n ? " " : "");
        hc_buf_add_byte(out, seen.sent ? 'C' : 'S');
        if (seen.kind == HC_TLS_SEEN_CHANGE_CIPHER)
            hc_buf_add_byte(out, 'x');
        else if (seen.kind == HC_TLS_SEEN_ALERT)
            hc_buf_addf(out, "a%u", seen.bytes.p[1]);
        else
            hc_buf_addf(out, "%u", seen.bytes.p[0]);
    }
}

static void expect_story(const struct hc_tls_probe *p, const char *want)
{
    HC_BUF_AUTO(out, 4096);

    story(p, &out);
    assert_string_equal(hc_buf_cstr(&out), want);
}

static void the_messages_of_both_sides_are_kept_in_their_order(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = only(pki, 0x0304);
    struct hc_tls_agreed agreed;
    struct hc_cert *chain[2];
    struct raw r = {0};
    SSL_CTX *ctx = raw_server(pki);

    raw_asks(ctx, SSL_VERIFY_PEER);
    with_client(&spec, pki, chain);
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    expect_story(r.probe, "C1 S2 S8 S13 S11 S15 S20 Cx C11 C15 C20 S4 S4");
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_int_equal(agreed.version, 0x0304);
    assert_int_equal(agreed.suite, 0x1302);
    assert_int_equal(agreed.group, 0x001d);
    assert_null(agreed.alpn);
    assert_false(agreed.resumed);
    assert_true(agreed.asked && agreed.presented);
    raw_close(&r);
}

static void the_messages_of_tls12_are_kept_in_their_order(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = only(pki, 0x0303);
    struct hc_tls_agreed agreed;
    struct raw r = {0};

    spec.groups = "P-256";
    raw_open(&r, raw_server(pki), &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    expect_story(r.probe, "C1 S2 S11 S12 S14 C16 Cx C20 S4 S20");
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_int_equal(agreed.version, 0x0303);
    assert_int_equal(agreed.suite, 0xc02c);
    assert_int_equal(agreed.group, 0x0017);
    assert_false(agreed.asked || agreed.presented);
    raw_close(&r);
}

static void no_secret_is_kept(void **state)
{
    static const uint16_t versions[] = {0x0303, 0x0304};
    struct pair_pki *pki = *state;

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct hc_tls_probe_spec spec = only(pki, versions[v]);
        struct hc_tls_seen seen;
        struct raw r = {0};
        size_t zeros = 0;

        raw_open(&r, raw_server(pki), &spec);
        raw_shake(&r);
        for (int sent = 0; sent < 2; sent++) {
            assert_true(find(r.probe, sent != 0, 20, &seen)); /* Finished */
            assert_int_equal(seen.bytes.n, 4);
            assert_int_equal(seen.length, versions[v] == 0x0303 ? 16 : 52);
        }
        if (versions[v] == 0x0303) {
            assert_true(find(r.probe, true, 16, &seen)); /* ClientKeyExchange */
            assert_int_equal(seen.bytes.n, 4);
            assert_true(seen.length > 4);
        }
        assert_true(find(r.probe, false, 4, &seen)); /* NewSessionTicket: lifetime and lengths are left */
        assert_int_equal(seen.bytes.n, seen.length);
        for (size_t i = 8; i < seen.bytes.n; i++)
            zeros += seen.bytes.p[i] == 0;
        assert_true(zeros + 5 >= seen.bytes.n - 8);
        assert_int_equal(seen.bytes.p[6] << 8 | seen.bytes.p[7], 7200);
        raw_close(&r);
    }
}

/* Whatever a ticket claims about its lengths, nothing behind its lifetime stays but those. */
static void a_ticket_that_is_malformed_is_blanked_too(void **state)
{
    uint8_t message[40];

    (void)state;
    for (size_t n = 1; n <= sizeof message; n++)
        for (int claim = 0; claim < 256; claim++)
            for (int is_13 = 0; is_13 < 2; is_13++) {
                struct hc_tls_probe_log log = {.bytes = HC_BUF(HC_TLS_PROBE_BYTES)};
                struct hc_tls_seen seen = {.kind = HC_TLS_SEEN_HANDSHAKE, .bytes = hc_bytes_of(message, n)};
                size_t left = 0;

                memset(message, claim, sizeof message);
                message[0] = 4;
                hc_tls_probe_seen_take(&log, &seen, is_13 != 0);
                assert_true(hc_tls_probe_seen_at(&log, 0, &seen));
                assert_int_equal(seen.bytes.n, n);
                for (size_t i = 8; i < n; i++)
                    left += seen.bytes.p[i] != 0;
                assert_true(claim == 0 || left <= 3 || claim < 16); /* short claims leave room for extensions */
                hc_tls_probe_seen_fini(&log);
            }
}

static void bytes_that_come_one_by_one_make_no_difference(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct raw r = {.one_by_one = true};

    raw_open(&r, raw_server(pki), &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    expect_story(r.probe, "C1 S2 S8 S11 S15 S20 Cx C20 S4 S4");
    raw_close(&r);
}

static void messages_beyond_the_limit_are_counted(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    SSL_CTX *ctx = raw_server(pki);
    struct hc_tls_seen seen;
    struct raw r = {0};

    assert_int_equal(SSL_CTX_set_num_tickets(ctx, 70), 1);
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    assert_true(hc_tls_probe_seen(r.probe, HC_TLS_PROBE_MESSAGES / 2 - 1, &seen));
    assert_false(hc_tls_probe_seen(r.probe, HC_TLS_PROBE_MESSAGES / 2, &seen));
    assert_int_equal(hc_tls_probe_unseen(r.probe), 8 + 70 - HC_TLS_PROBE_MESSAGES / 2);
    raw_close(&r);
}

/* Otherwise a server could have its certificate forgotten, and judged by nobody, or the alert that ends it. */
static void what_comes_again_and_again_drives_out_neither_certificate_nor_alert(void **state)
{
    static const uint8_t certificate[] = {11, 0, 0, 3, 0, 0, 0}, alert[] = {2, 48}, warning[] = {1, 48};
    static const uint8_t again[] = {0 /* HelloRequest */, 4 /* NewSessionTicket */, 24 /* KeyUpdate */};

    (void)state;
    for (size_t kind = 0; kind < HC_COUNT(again); kind++)
        for (int is_13 = 0; is_13 < 2; is_13++) {
            const uint8_t message[4] = {again[kind], 0, 0, 0};
            struct hc_tls_probe_log log = {.bytes = HC_BUF(HC_TLS_PROBE_BYTES)};
            struct hc_tls_seen more = {.kind = HC_TLS_SEEN_HANDSHAKE, .bytes = hc_bytes_of(message, 4)}, seen;

            for (int i = 0; i < 1000; i++)
                hc_tls_probe_seen_take(&log, &more, is_13 != 0);
            more = (struct hc_tls_seen){.kind = HC_TLS_SEEN_ALERT, .bytes = hc_bytes_of(warning, 2)};
            for (int i = 0; i < 1000 && !is_13; i++)
                hc_tls_probe_seen_take(&log, &more, false);
            more = (struct hc_tls_seen){.kind = HC_TLS_SEEN_HANDSHAKE, .bytes = hc_bytes_of(certificate, 7)};
            for (int i = 0; i < 1000; i++)
                hc_tls_probe_seen_take(&log, &more, is_13 != 0);
            more = (struct hc_tls_seen){.kind = HC_TLS_SEEN_ALERT, .bytes = hc_bytes_of(alert, 2)};
            hc_tls_probe_seen_take(&log, &more, is_13 != 0);
            assert_true(hc_tls_probe_seen_at(&log, HC_TLS_PROBE_MESSAGES / 2, &seen));
            assert_int_equal(seen.bytes.p[0], 11);
            assert_true(hc_tls_probe_seen_at(&log, log.n - 1, &seen));
            assert_int_equal(seen.kind, HC_TLS_SEEN_ALERT);
            hc_tls_probe_seen_fini(&log);
        }
}

/* --- what is offered, and shown ----------------------------------------------------------------------------------- */

static bool says(struct hc_bytes in, struct hc_bytes what)
{
    return memmem(in.p, in.n, what.p, what.n) != NULL;
}

static void the_hello_asks_for_what_was_told(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_seen seen;
    struct raw r = {0};

    raw_open(&r, raw_server(pki), &spec);
    assert_true(find(r.probe, true, 1, &seen));
    assert_true(says(seen.bytes, HC_BYTES("server.example")));
    assert_true(says(seen.bytes, HC_BYTES("\x02h2\x08http/1.1")));
    assert_true(says(seen.bytes, HC_BYTES("\0\x05\0\x05\x01\0\0\0\0"))); /* status_request of OCSP [RFC 6066 8] */
    assert_true(says(seen.bytes, HC_BYTES("\0\x31\0\0")));               /* post_handshake_auth [RFC 8446 4.2.6] */
    raw_close(&r);
    spec.server_name = "192.0.2.1"; /* RFC 6066 3 */
    spec.alpn = NULL;
    raw_open(&r, raw_server(pki), &spec);
    assert_true(find(r.probe, true, 1, &seen));
    assert_false(says(seen.bytes, HC_BYTES("192.0.2.1")));
    assert_false(says(seen.bytes, HC_BYTES("http/1.1")));
    raw_close(&r);
}

static void shake_with_suite(struct pair_pki *pki, const char *suite, const struct hc_tls_probe_spec *spec,
                             struct raw *r)
{
    SSL_CTX *ctx = raw_server(pki);

    assert_int_equal(SSL_CTX_set_cipher_list(ctx, suite), 1);
    SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
    raw_open(r, ctx, spec);
    raw_shake(r);
}

static void a_weak_suite_is_offered_only_with_anything(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_agreed agreed;
    struct hc_err e = {0};
    struct raw r = {0};

    shake_with_suite(pki, "ECDHE-ECDSA-AES128-SHA", &spec, &r);
    assert_int_equal(r.state, HC_TLS_PROBE_FAILED);
    expect_fail(&e, hc_tls_probe_error(r.probe, &e), HC_E_TLS_PEER_ALERT);
    assert_int_equal(last_alert(r.probe, false), 40);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_int_equal(agreed.version, 0); /* nothing was agreed */
    raw_close(&r);
    spec.anything = true;
    shake_with_suite(pki, "ECDHE-ECDSA-AES128-SHA", &spec, &r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_int_equal(agreed.suite, 0xc009);
    raw_close(&r);
    spec.anything = false;
    spec.suites = "ECDHE-ECDSA-AES128-SHA";
    shake_with_suite(pki, "ALL", &spec, &r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    raw_close(&r);
}

static void tls10_is_spoken_with_anything(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_agreed agreed;
    SSL_CTX *ctx = raw_server(pki);
    struct raw r = {0};

    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION);
    spec.anything = true;
    spec.min = 0x0301;
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_int_equal(agreed.version, 0x0301);
    raw_close(&r);
}

/* RSA of 1024 bits, signed with SHA-1: for a modern client doubly too weak. */
static SSL_CTX *weak_server(const struct pair_pki *pki)
{
    OSSL_LIB_CTX *lib = hc_crypto_ctx(pki->crypto);
    SSL_CTX *ctx = SSL_CTX_new_ex(lib, NULL, TLS_server_method());
    EVP_PKEY *key = EVP_PKEY_Q_keygen(lib, NULL, "RSA", (size_t)1024);
    EVP_MD *sha1 = EVP_MD_fetch(lib, "SHA1", NULL);
    X509 *x = X509_new_ex(lib, NULL);

    assert_true(ctx && key && sha1 && x);
    X509_set_version(x, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x), -7200);
    X509_gmtime_adj(X509_getm_notAfter(x), -3600); /* and it has expired */
    X509_set_pubkey(x, key);
    assert_true(X509_sign(x, key, sha1) > 0);
    SSL_CTX_set_security_level(ctx, 0);
    assert_int_equal(SSL_CTX_use_certificate(ctx, x), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(ctx, key), 1);
    X509_free(x);
    EVP_MD_free(sha1);
    EVP_PKEY_free(key);
    return ctx;
}

static void a_weak_and_expired_certificate_is_shown(void **state)
{
    static const uint16_t versions[] = {0x0303, 0x0304};
    struct pair_pki *pki = *state;

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct hc_tls_probe_spec spec = only(pki, versions[v]);
        struct hc_tls_seen seen;
        struct raw r = {0};

        raw_open(&r, weak_server(pki), &spec);
        raw_shake(&r);
        assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
        assert_true(find(r.probe, false, 11, &seen));
        raw_close(&r);
    }
}

/* --- the client's certificate ------------------------------------------------------------------------------------- */

static void expect_asked(struct pair_pki *pki, SSL_CTX *ctx, bool with, uint16_t version, bool presented)
{
    struct hc_tls_probe_spec spec = only(pki, version);
    struct hc_tls_agreed agreed;
    struct hc_cert *chain[2];
    struct raw r = {0};

    if (with)
        with_client(&spec, pki, chain);
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_true(agreed.asked);
    assert_int_equal(agreed.presented, presented);
    raw_close(&r);
}

static void a_key_of_no_acceptable_kind_is_asked_and_not_presented(void **state)
{
    static const uint16_t versions[] = {0x0303, 0x0304};

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        SSL_CTX *ctx = raw_server(*state);

        raw_asks(ctx, SSL_VERIFY_PEER);
        expect_asked(*state, ctx, true, versions[v], true);
        ctx = raw_server(*state);
        raw_asks(ctx, SSL_VERIFY_PEER);
        assert_int_equal(SSL_CTX_set1_client_sigalgs_list(ctx, "RSA-PSS+SHA256:RSA+SHA256"), 1);
        expect_asked(*state, ctx, true, versions[v], false);
        ctx = raw_server(*state);
        raw_asks(ctx, SSL_VERIFY_PEER);
        expect_asked(*state, ctx, false, versions[v], false);
    }
}

static void a_certificate_that_is_asked_for_later_is_seen(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_agreed agreed;
    struct hc_cert *chain[2];
    SSL_CTX *ctx = raw_server(pki);
    struct raw r = {0};

    raw_asks(ctx, SSL_VERIFY_PEER | SSL_VERIFY_POST_HANDSHAKE);
    with_client(&spec, pki, chain);
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_false(agreed.asked);
    assert_int_equal(SSL_verify_client_post_handshake(r.ssl), 1);
    assert_int_equal(SSL_do_handshake(r.ssl), 1);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_true(agreed.asked && agreed.presented);
    raw_close(&r);
}

/* TLS 1.2 has no other way to ask once the path of a request is known. */
static void a_renegotiation_that_asks_is_seen(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = only(pki, 0x0303);
    struct hc_tls_agreed agreed;
    struct hc_cert *chain[2];
    struct raw r = {0};
    SSL_CTX *ctx = raw_server(pki);

    raw_asks(ctx, SSL_VERIFY_NONE);
    with_client(&spec, pki, chain);
    raw_open(&r, ctx, &spec);
    raw_shake(&r);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_false(agreed.asked);
    SSL_set_verify(r.ssl, SSL_VERIFY_PEER, NULL);
    SSL_set_session_id_context(r.ssl, (const unsigned char *)"now", 3); /* or the first session would be resumed */
    assert_int_equal(SSL_renegotiate(r.ssl), 1);
    assert_int_equal(SSL_do_handshake(r.ssl), 1);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_OPEN);
    hc_tls_probe_agreed(r.probe, &agreed);
    assert_true(agreed.asked && agreed.presented);
    raw_close(&r);
}

/* --- how it fails ------------------------------------------------------------------------------------------------- */

static void expect_failure_of(struct pair_pki *pki, struct hc_bytes said, enum hc_code want)
{
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_probe *p = NULL;
    struct hc_err e = {0};
    HC_BUF_AUTO(out, OUT_MAX);

    expect_ok(&e, hc_tls_probe_new(&spec, &p, &e));
    assert_int_equal(hc_tls_probe_feed(p, (struct hc_bytes){NULL, 0}), HC_TLS_PROBE_SHAKING);
    expect_fail(&e, hc_tls_probe_error(p, &e), HC_E_INTERNAL); /* it has not failed yet */
    assert_int_equal(hc_tls_probe_feed(p, said), HC_TLS_PROBE_FAILED);
    expect_fail(&e, hc_tls_probe_error(p, &e), want);
    assert_int_equal(hc_tls_probe_feed(p, said), HC_TLS_PROBE_FAILED); /* and nothing is read any more */
    expect_fail(&e, hc_tls_probe_write(p, said, &e), HC_E_LIBRARY);
    hc_tls_probe_close(p);
    hc_tls_probe_drain(p, &out);
    assert_true(out.n > 0);
    hc_tls_probe_free(p);
}

static void what_is_no_tls_is_told(void **state)
{
    expect_failure_of(*state, HC_BYTES("HTTP/1.1 400 Bad Request\r\n\r\n"), HC_E_TLS_NOT_TLS);
    expect_failure_of(*state, HC_BYTES("SSH-2.0-OpenSSH_9.2p1\r\n"), HC_E_TLS_NOT_TLS);
    expect_failure_of(*state, HC_BYTES("\x15\x03\x03\0\x02\x02\x28"), HC_E_TLS_PEER_ALERT);
    expect_failure_of(*state, HC_BYTES("\x16\x03\x03\0\x04\x63\0\0\0"), HC_E_TLS_HANDSHAKE);
}

static void spoil_signature(struct hc_bytes said)
{
    /* The ServerKeyExchange is the message before ServerHelloDone, whose four bytes have a record of their own. */
    static const uint8_t done[] = {0x16, 3, 3, 0, 4, 14, 0, 0, 0};
    uint8_t *at = memmem(said.p, said.n, done, sizeof done);

    if (at)
        at[-1] ^= 1;
}

static void a_proof_that_does_not_hold_is_told(void **state)
{
    struct pair_pki *pki = *state;
    SSL_CTX *(*const servers[])(const struct pair_pki *) = {raw_server, weak_server}; /* ECDSA, RSA */

    for (size_t i = 0; i < HC_COUNT(servers); i++) {
        struct hc_tls_probe_spec spec = only(pki, 0x0303);
        struct hc_err e = {0};
        struct raw r = {.twist = spoil_signature};

        raw_open(&r, servers[i](pki), &spec);
        raw_shake(&r);
        assert_int_equal(r.state, HC_TLS_PROBE_FAILED);
        expect_fail(&e, hc_tls_probe_error(r.probe, &e), HC_E_TLS_PROOF);
        assert_int_equal(last_alert(r.probe, true), 51);
        assert_true(e.lib != 0);
        raw_close(&r);
    }
}

static void both_ends_of_a_conversation_are_seen(void **state)
{
    static const uint8_t much[40000];
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_err e = {0};
    struct raw r = {0};
    size_t all = 0;
    size_t n = 0;

    raw_open(&r, raw_server(pki), &spec);
    raw_shake(&r);
    expect_ok(&e, hc_tls_probe_write(r.probe, HC_BYTES("hello"), &e));
    raw_shake(&r);
    assert_int_equal(SSL_write_ex(r.ssl, much, sizeof much, &n), 1);
    raw_shake(&r);
    assert_int_equal(hc_tls_probe_application(r.probe, &all).n, HC_TLS_PROBE_APPLICATION);
    assert_int_equal(all, sizeof much);
    SSL_shutdown(r.ssl);
    raw_shake(&r);
    assert_int_equal(r.state, HC_TLS_PROBE_ENDED);
    assert_int_equal(last_alert(r.probe, false), 0);
    hc_tls_probe_close(r.probe);
    assert_int_equal(last_alert(r.probe, true), 0);
    raw_close(&r);
}

/* --- this program's own server ------------------------------------------------------------------------------------ */

static void step(struct hc_tls_probe *p, int fd, enum hc_tls_probe_state *state)
{
    HC_BUF_AUTO(out, OUT_MAX);
    uint8_t in[65536];
    ssize_t n;

    hc_tls_probe_drain(p, &out);
    if (out.n > 0)
        assert_int_equal(send(fd, out.p, out.n, MSG_NOSIGNAL), (ssize_t)out.n);
    n = recv(fd, in, sizeof in, MSG_DONTWAIT);
    if (n > 0)
        *state = hc_tls_probe_feed(p, hc_bytes_of(in, (size_t)n));
}

static void expect_refusal(struct pair_pki *pki, uint16_t version, bool finished)
{
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_CLIENT, .refuse = HC_E_REVOKED};
    struct hc_tls_context *ctx = pair_server(pki, HC_TLS_ASK_REQUIRED);
    struct pair_choice choice = {ctx, &j};
    struct hc_tls_hello hello = pair_hello(&choice);
    struct hc_tls_probe_spec spec = only(pki, version);
    enum hc_tls_probe_state at = HC_TLS_PROBE_SHAKING;
    struct hc_tls_probe *p = NULL;
    struct hc_cert *chain[2];
    struct hc_tls *server = NULL;
    struct hc_err e = {0};
    struct hc_tls_agreed agreed;
    bool was_open = false;
    int fd[2];

    pair_sockets(fd);
    with_client(&spec, pki, chain);
    expect_ok(&e, hc_tls_accept(&hello, fd[0], &server, &e));
    expect_ok(&e, hc_tls_probe_new(&spec, &p, &e));
    hc_tls_probe_feed(p, (struct hc_bytes){NULL, 0});
    for (int i = 0; i < PUMPS; i++) {
        step(p, fd[1], &at);
        was_open |= at == HC_TLS_PROBE_OPEN;
        (void)hc_tls_handshake(server, &e);
    }
    assert_int_equal(at, HC_TLS_PROBE_FAILED);
    assert_int_equal(was_open, finished);
    hc_tls_probe_agreed(p, &agreed);
    assert_int_equal(agreed.finished, finished);
    expect_fail(&e, hc_tls_probe_error(p, &e), HC_E_TLS_PEER_ALERT);
    assert_int_equal(last_alert(p, false), hc_row(HC_E_REVOKED)->alert);
    hc_tls_probe_free(p);
    hc_tls_free(server);
    hc_tls_context_free(ctx);
    hc_fd_close(&fd[0]);
    hc_fd_close(&fd[1]);
}

static void a_refusal_comes_after_finished_in_tls13(void **state)
{
    expect_refusal(*state, 0x0304, true);
    expect_refusal(*state, 0x0303, false);
}

/* --- what cannot be offered --------------------------------------------------------------------------------------- */

static void an_identity_or_an_offer_that_is_impossible_is_refused(void **state)
{
    struct pair_pki *pki = *state;
    struct hc_tls_probe_spec spec = usual(pki);
    struct hc_tls_probe *p = NULL;
    struct hc_cert *chain[2];
    struct hc_err e = {0};

    with_client(&spec, pki, chain);
    spec.identity.key = pki->server.key;
    expect_fail(&e, hc_tls_probe_new(&spec, &p, &e), HC_E_KEY_MISMATCH);
    spec = usual(pki);
    spec.suites = "no-such-suite";
    expect_fail(&e, hc_tls_probe_new(&spec, &p, &e), HC_E_LIBRARY);
    spec = usual(pki);
    spec.groups = "no-such-group";
    expect_fail(&e, hc_tls_probe_new(&spec, &p, &e), HC_E_LIBRARY);
    assert_null(p);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_tls_probe) p = NULL;
    struct hc_tls_probe_spec spec = usual(ctx);
    struct hc_cert *chain[2];

    with_client(&spec, ctx, chain);
    return hc_tls_probe_new(&spec, &p, e);
}

static void lack_of_memory_leaks_nothing(void **state)
{
    fault_sweep(make, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_messages_of_both_sides_are_kept_in_their_order),
        cmocka_unit_test(the_messages_of_tls12_are_kept_in_their_order),
        cmocka_unit_test(no_secret_is_kept),
        cmocka_unit_test(a_ticket_that_is_malformed_is_blanked_too),
        cmocka_unit_test(bytes_that_come_one_by_one_make_no_difference),
        cmocka_unit_test(messages_beyond_the_limit_are_counted),
        cmocka_unit_test(what_comes_again_and_again_drives_out_neither_certificate_nor_alert),
        cmocka_unit_test(the_hello_asks_for_what_was_told),
        cmocka_unit_test(a_weak_suite_is_offered_only_with_anything),
        cmocka_unit_test(tls10_is_spoken_with_anything),
        cmocka_unit_test(a_weak_and_expired_certificate_is_shown),
        cmocka_unit_test(a_key_of_no_acceptable_kind_is_asked_and_not_presented),
        cmocka_unit_test(a_certificate_that_is_asked_for_later_is_seen),
        cmocka_unit_test(a_renegotiation_that_asks_is_seen),
        cmocka_unit_test(what_is_no_tls_is_told),
        cmocka_unit_test(a_proof_that_does_not_hold_is_told),
        cmocka_unit_test(both_ends_of_a_conversation_are_seen),
        cmocka_unit_test(a_refusal_comes_after_finished_in_tls13),
        cmocka_unit_test(an_identity_or_an_offer_that_is_impossible_is_refused),
        cmocka_unit_test(lack_of_memory_leaks_nothing),
    };

    return cmocka_run_group_tests_name("net/tls_probe", tests, pair_setup, pair_teardown);
}

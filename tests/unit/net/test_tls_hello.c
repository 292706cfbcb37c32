/* test_tls_hello.c - the first words of a client choose context and judge, and nothing of another context is left. */
#include "pair.h"

#include <openssl/err.h>

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

/* Two gates behind one address: `one` requires a certificate, `two` asks nobody, has a certificate and a protocol of
 * its own and another domain. */
struct gates {
    struct pair_pki *pki;
    struct testpki other; /* the certificate of two.example */
    struct hc_tls_sessions *sessions;
    struct hc_tls_context *one, *two;
    struct pair_judge of_one, of_two;
    struct hc_tls_hello hello;
    unsigned asked;
    char name[HC_TLS_NAME_MAX + 1];
    struct hc_tls_context *instead; /* chosen whatever is asked for */
};

static struct hc_rc choose(void *ctx, struct hc_bytes server_name, struct hc_tls_choice *out, struct hc_err *e)
{
    struct gates *g = ctx;

    g->asked++;
    assert_in_range(server_name.n, 0, HC_TLS_NAME_MAX);
    memcpy(g->name, server_name.p ? server_name.p : (const uint8_t *)"", server_name.n);
    g->name[server_name.n] = '\0';
    if (g->instead)
        *out = (struct hc_tls_choice){g->instead, pair_judge_of(&g->of_one)};
    else if (hc_bytes_eq_str(server_name, "one.example"))
        *out = (struct hc_tls_choice){g->one, pair_judge_of(&g->of_one)};
    else if (hc_bytes_eq_str(server_name, "two.example"))
        *out = (struct hc_tls_choice){g->two, pair_judge_of(&g->of_two)};
    else
        return HC_FAIL(e, HC_E_TLS_SERVER_NAME, "no gate answers to that name");
    return HC_OK;
}

static void gates_begin(struct gates *g, void **state)
{
    struct pair_pki *pki = *state;
    struct hc_cert *chain[2];
    struct hc_tls_spec spec;
    struct hc_err e = {0};

    *g = (struct gates){.pki = pki,
                        .of_one = {.pki = pki, .purpose = HC_VERIFY_CLIENT},
                        .of_two = {.pki = pki, .purpose = HC_VERIFY_CLIENT}};
    testpki_issue(
        pki->crypto,
        &(struct testpki_spec){.subject = "two", .san = {"dns:two.example"}, .server = true, .not_after = PAIR_FAR},
        &pki->issuer, &g->other);
    expect_ok(&e, hc_tls_sessions_new(64, 64, &g->sessions, &e));
    g->one = pair_resuming(pki, HC_TLS_ASK_REQUIRED, g->sessions, 1);
    spec = pair_spec(pki, &g->other, HC_TLS_ASK_NOBODY, chain);
    spec.sessions = g->sessions;
    spec.domain[0] = 2;
    spec.alpn = "h2";
    spec.bundle = NULL;
    expect_ok(&e, hc_tls_server_new(&spec, &g->two, &e));
    g->hello = (struct hc_tls_hello){.choose = choose, .ctx = g, .first = g->one};
}

static void gates_end(struct gates *g)
{
    hc_tls_context_free(g->one);
    hc_tls_context_free(g->two);
    hc_tls_sessions_free(g->sessions);
    testpki_fini(&g->other);
}

static void knock(struct gates *g, struct pair *p, SSL_CTX *client, const char *name, SSL_SESSION *session)
{
    *p = (struct pair){.alert = 0};
    pair_open_hello(p, &g->hello, client);
    if (name)
        assert_int_equal(SSL_set_tlsext_host_name(p->client, name), 1);
    if (session)
        assert_int_equal(SSL_set_session(p->client, session), 1);
}

static bool presented(const struct pair *p, const struct testpki *leaf)
{
    X509 *x = SSL_get0_peer_certificate(p->client);
    unsigned char *der = NULL;
    int n = x ? i2d_X509(x, &der) : 0;
    bool same = n > 0 && hc_bytes_eq(hc_bytes_of(der, (size_t)n), leaf->cert->der);

    OPENSSL_free(der);
    return same;
}

static bool speaks(const struct pair *p, const char *protocol)
{
    const unsigned char *alpn = NULL;
    unsigned n = 0;

    SSL_get0_alpn_selected(p->client, &alpn, &n);
    return hc_bytes_eq_str(hc_bytes_of(alpn, n), protocol);
}

/* --- what is chosen ----------------------------------------------------------------------------------------------- */

static void the_chosen_gate_answers_with_all_that_is_its_own(void **state)
{
    for (size_t i = 0; i < 2 * HC_COUNT(versions); i++) {
        struct gates g;
        struct pair p;
        SSL_CTX *client;

        gates_begin(&g, state);
        if (i % 2)
            g.hello.first = g.two; /* whichever the session was made of */
        client = pair_raw_client(g.pki, &g.pki->client, versions[i / 2]);
        SSL_CTX_set_alpn_protos(client, (const unsigned char *)"\x02h2\x08http/1.1", 12);

        knock(&g, &p, client, "one.example", NULL);
        assert_ptr_equal(hc_tls_chosen(p.server), g.hello.first);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_OK);
        assert_ptr_equal(hc_tls_chosen(p.server), g.one);
        assert_true(presented(&p, &g.pki->server));
        assert_true(speaks(&p, "http/1.1"));
        assert_non_null(hc_tls_peer(p.server));
        assert_int_equal(sk_X509_NAME_num(SSL_get0_peer_CA_list(p.client)), 1);
        assert_string_equal(hc_tls_server_name(p.server), "one.example");
        assert_int_equal(g.of_one.calls, 1);
        pair_close(&p);

        knock(&g, &p, client, "two.example", NULL);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_OK);
        assert_ptr_equal(hc_tls_chosen(p.server), g.two);
        assert_true(presented(&p, &g.other));
        assert_true(speaks(&p, "h2"));
        assert_null(hc_tls_peer(p.server)); /* it asks nobody, although the client has a certificate */
        assert_int_equal(g.of_one.calls + g.of_two.calls, 1);
        pair_close(&p);
        SSL_CTX_free(client);
        gates_end(&g);
    }
}

static void who_must_show_a_certificate_is_the_chosen_gates_decision(void **state)
{
    for (size_t i = 0; i < 2 * HC_COUNT(versions); i++) {
        struct gates g;
        struct pair p;
        SSL_CTX *client;

        gates_begin(&g, state);
        if (i % 2)
            g.hello.first = g.two;
        client = pair_raw_client(g.pki, NULL, versions[i / 2]);
        knock(&g, &p, client, "two.example", NULL);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_OK);
        pair_close(&p);
        knock(&g, &p, client, "one.example", NULL);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_int_equal(p.e.code, HC_E_NO_CERTIFICATE);
        pair_close(&p);
        SSL_CTX_free(client);
        gates_end(&g);
    }
}

static void a_session_of_one_gate_is_not_resumed_at_the_other(void **state)
{
    for (size_t i = 0; i < 2 * HC_COUNT(versions); i++) {
        struct gates g;
        struct pair p;
        SSL_CTX *client;
        SSL_SESSION *session;
        size_t n;
        char byte;

        gates_begin(&g, state);
        if (i % 2)
            g.hello.first = g.two;
        client = pair_raw_client(g.pki, &g.pki->client, versions[i / 2]);
        SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        knock(&g, &p, client, "two.example", NULL);
        pair_shake(&p);
        assert_int_equal(hc_tls_write(p.server, HC_BYTES("x"), &n), HC_IO_OK);
        assert_int_equal(SSL_read(p.client, &byte, 1), 1);
        session = SSL_get1_session(p.client);
        SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        pair_close(&p);
        assert_int_equal(hc_tls_sessions_counts(g.sessions).strangers, 1);

        knock(&g, &p, client, "two.example", session);
        pair_shake(&p);
        assert_true(hc_tls_resumed(p.server));
        assert_string_equal(hc_tls_server_name(p.server), "two.example");
        SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        pair_close(&p);

        knock(&g, &p, client, "one.example", session); /* T1 */
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_OK);
        assert_false(hc_tls_resumed(p.server));
        assert_non_null(hc_tls_peer(p.server)); /* by a full handshake */
        assert_int_equal(g.of_one.calls, 1);
        pair_close(&p);
        SSL_SESSION_free(session);
        SSL_CTX_free(client);
        gates_end(&g);
    }
}

/* --- what is refused ---------------------------------------------------------------------------------------------- */

static void refused(struct gates *g, struct pair *p, enum hc_code code)
{
    assert_int_equal(p->ended, HC_IO_BROKEN);
    if (p->e.code != code)
        fail_msg("HC-%04d %s", (int)p->e.code, p->e.text);
    assert_null(hc_tls_peer(p->server));
    assert_int_equal(g->of_one.calls + g->of_two.calls, 0);
}

static void an_unknown_or_absent_name_gets_the_alert_of_the_choices_row(void **state)
{
    static const char *const names[] = {"three.example", "ONE.example", "one.example.", NULL};

    for (size_t i = 0; i < HC_COUNT(names) * HC_COUNT(versions); i++) {
        struct gates g;
        struct pair p;
        SSL_CTX *client;
        const char *name = names[i / 2];

        gates_begin(&g, state);
        client = pair_raw_client(g.pki, &g.pki->client, versions[i % 2]);
        knock(&g, &p, client, name, NULL);
        pair_shake(&p);
        refused(&g, &p, HC_E_TLS_SERVER_NAME);
        assert_int_equal(p.alert, SSL_AD_UNRECOGNIZED_NAME);
        assert_int_equal(g.asked, 1);
        assert_string_equal(g.name, name ? name : ""); /* as it was written: who chooses has the one canonical form */
        pair_close(&p);
        SSL_CTX_free(client);
        gates_end(&g);
    }
}

static void a_context_that_cannot_be_chosen_ends_the_handshake(void **state)
{
    struct gates g;
    struct pair p;
    SSL_CTX *client;
    struct hc_tls_context *foreign;

    gates_begin(&g, state);
    client = pair_raw_client(g.pki, &g.pki->client, 0);
    foreign = pair_server(g.pki, HC_TLS_ASK_NOBODY); /* without the store that all others share */
    g.instead = foreign;
    knock(&g, &p, client, "one.example", NULL);
    pair_shake(&p);
    refused(&g, &p, HC_E_INTERNAL);
    assert_int_equal(p.alert, SSL_AD_INTERNAL_ERROR);
    pair_close(&p);
    hc_tls_context_free(foreign);
    SSL_CTX_free(client);
    gates_end(&g);
}

/* --- malformed names ---------------------------------------------------------------------------------------------- */

#define ASKED "aaaabbbbcccc" /* what the client writes, twelve bytes; what becomes of them is below */

/* Puts `bytes` at `at` bytes from where the name begins; the list's head is the five bytes before it. */
struct twist {
    int at;
    struct hc_bytes bytes;
    unsigned which; /* the hello that is changed: 1 or 2 */
    unsigned hellos;
};

static void twist_name(void *ctx, struct hc_bytes said)
{
    struct twist *t = ctx;
    uint8_t *name = memmem(said.p, said.n, ASKED, strlen(ASKED));

    if (name && ++t->hellos == t->which)
        memcpy(name + t->at, t->bytes.p, t->bytes.n);
}

static void twisted(void **state, int at, struct hc_bytes bytes, const char *asked)
{
    struct twist t = {.at = at, .bytes = bytes, .which = 1};
    struct gates g;
    struct pair p;
    SSL_CTX *client;

    gates_begin(&g, state);
    client = pair_raw_client(g.pki, &g.pki->client, 0);
    knock(&g, &p, client, ASKED, NULL);
    pair_shake_twisted(&p, twist_name, &t);
    assert_int_equal(t.hellos, 1);
    refused(&g, &p, HC_E_TLS_SERVER_NAME);
    assert_int_equal(p.alert, SSL_AD_UNRECOGNIZED_NAME);
    assert_int_equal(g.asked, asked != NULL);
    if (asked)
        assert_string_equal(g.name, asked);
    pair_close(&p);
    SSL_CTX_free(client);
    gates_end(&g);
}

static void a_malformed_name_reaches_no_choice(void **state)
{
    twisted(state, 0, HC_BYTES("x"), "xaaabbbbcccc"); /* the method: this one is only unknown */
    twisted(state, 4, HC_BYTES("\0"), NULL);
    twisted(state, 11, HC_BYTES("\0"), NULL);
    twisted(state, -3, HC_BYTES("\1"), NULL);                  /* another type of name */
    twisted(state, -5, HC_BYTES("\0\16"), NULL);               /* the list is shorter than the extension */
    twisted(state, -5, HC_BYTES("\0\20"), NULL);               /* and longer */
    twisted(state, -2, HC_BYTES("\0\13"), NULL);               /* the name is shorter than the list */
    twisted(state, -2, HC_BYTES("\0\15"), NULL);               /* and longer */
    twisted(state, -2, HC_BYTES("\0\0"), NULL);                /* empty */
    twisted(state, -2, HC_BYTES("\0\4aaaa\0\0\5bbbbb"), NULL); /* two host names */
    twisted(state, -2, HC_BYTES("\0\4aaaa\1\0\5bbbbb"), NULL); /* and something else */
    twisted(state, -5, HC_BYTES("\377\377\0\377\377"), NULL);
}

static void a_name_of_255_bytes_is_asked_for_and_no_longer_one(void **state)
{
    char name[HC_TLS_NAME_MAX + 1];
    struct gates g;
    struct pair p;
    SSL_CTX *client;

    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    gates_begin(&g, state);
    client = pair_raw_client(g.pki, &g.pki->client, 0);
    knock(&g, &p, client, name, NULL); /* libssl's client writes no longer one */
    pair_shake(&p);
    refused(&g, &p, HC_E_TLS_SERVER_NAME);
    assert_string_equal(g.name, name);
    pair_close(&p);
    SSL_CTX_free(client);
    gates_end(&g);
}

/* --- a hello that is repeated ------------------------------------------------------------------------------------- */

/* A client whose first key share is of a group that is not known here: HelloRetryRequest. */
static SSL_CTX *hesitant(const struct gates *g)
{
    SSL_CTX *client = pair_raw_client(g->pki, &g->pki->client, TLS1_3_VERSION);

    assert_int_equal(SSL_CTX_set1_groups_list(client, "P-521:P-256"), 1);
    return client;
}

static void a_repeated_hello_is_not_chosen_again(void **state)
{
    struct gates g;
    struct pair p;
    SSL_CTX *client;

    gates_begin(&g, state);
    client = hesitant(&g);
    knock(&g, &p, client, "one.example", NULL);
    pair_shake(&p);
    assert_int_equal(p.ended, HC_IO_OK);
    assert_int_equal(g.asked, 1);
    assert_non_null(hc_tls_peer(p.server));
    pair_close(&p);
    SSL_CTX_free(client);
    gates_end(&g);
}

static void a_repeated_hello_for_another_server_is_refused(void **state)
{
    struct twist t = {.bytes = HC_BYTES("x"), .which = 2};
    struct gates g;
    struct pair p;
    SSL_CTX *client;

    gates_begin(&g, state);
    g.instead = g.one;
    client = hesitant(&g);
    knock(&g, &p, client, ASKED, NULL);
    pair_shake_twisted(&p, twist_name, &t);
    assert_int_equal(t.hellos, 2);
    refused(&g, &p, HC_E_TLS_SERVER_NAME);
    assert_int_equal(g.asked, 1);
    pair_close(&p);
    SSL_CTX_free(client);
    gates_end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chosen_gate_answers_with_all_that_is_its_own),
        cmocka_unit_test(who_must_show_a_certificate_is_the_chosen_gates_decision),
        cmocka_unit_test(a_session_of_one_gate_is_not_resumed_at_the_other),
        cmocka_unit_test(an_unknown_or_absent_name_gets_the_alert_of_the_choices_row),
        cmocka_unit_test(a_context_that_cannot_be_chosen_ends_the_handshake),
        cmocka_unit_test(a_malformed_name_reaches_no_choice),
        cmocka_unit_test(a_name_of_255_bytes_is_asked_for_and_no_longer_one),
        cmocka_unit_test(a_repeated_hello_is_not_chosen_again),
        cmocka_unit_test(a_repeated_hello_for_another_server_is_refused),
    };

    return cmocka_run_group_tests_name("net/tls_hello", tests, pair_setup, pair_teardown);
}

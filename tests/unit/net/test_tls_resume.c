/* test_tls_resume.c - who may come back without a certificate, as whom, and until when (T1, T2, T3, T5, T46). */
#include "pair.h"

#include <openssl/err.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define FRIENDS 512 /* one certificate's share is 64 */
#define STRANGERS 4

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

/* A server with a store, a client, and what the last visit came to. */
struct rig {
    struct pair_pki *pki;
    struct hc_tls_sessions *sessions;
    struct hc_tls_context *server;
    SSL_CTX *client;
    struct pair_judge judge;
    SSL_SESSION *kept; /* the client's, after the last visit */
    bool resumed;
    uint8_t leaf[32]; /* of the peer, or zeros */
    const struct hc_checked_chain *chain;
    char cipher[64];
};

static void rig_begin(struct rig *r, void **state, int version, enum hc_tls_ask ask, const struct testpki *leaf)
{
    struct pair_pki *pki = *state;
    struct hc_err e = {0};

    *r = (struct rig){.pki = pki, .judge = {.pki = pki, .purpose = HC_VERIFY_CLIENT}};
    expect_ok(&e, hc_tls_sessions_new(FRIENDS, STRANGERS, &r->sessions, &e));
    r->server = pair_resuming(pki, ask, r->sessions, 1);
    r->client = pair_raw_client(pki, leaf, version);
    SSL_CTX_set_session_cache_mode(r->client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}

static void rig_end(struct rig *r)
{
    SSL_SESSION_free(r->kept);
    SSL_CTX_free(r->client);
    hc_tls_context_free(r->server);
    hc_tls_sessions_free(r->sessions);
}

static void note(struct rig *r, const struct pair *p)
{
    const struct hc_verified_peer *peer = hc_tls_peer(p->server);

    r->resumed = hc_tls_resumed(p->server);
    assert_int_equal(r->resumed, SSL_session_reused(p->client));
    memset(r->leaf, 0, sizeof r->leaf);
    r->chain = peer ? hc_verified_peer_chain(peer) : NULL;
    if (peer)
        memcpy(r->leaf, hc_checked_chain_leaf(r->chain)->sha256, sizeof r->leaf);
    snprintf(r->cipher, sizeof r->cipher, "%s", hc_tls_cipher(p->server));
}

/* The client reads up to the first byte of the server, and with it what tickets came before. */
static void hear(struct rig *r, struct pair *p)
{
    size_t n = 0;
    char byte;

    if (p->ended != HC_IO_OK)
        fail_msg("HC-%04d %s", (int)p->e.code, p->e.text);
    assert_int_equal(hc_tls_write(p->server, HC_BYTES("x"), &n), HC_IO_OK);
    assert_int_equal(SSL_read(p->client, &byte, 1), 1);
    note(r, p);
    SSL_SESSION_free(r->kept);
    r->kept = SSL_get1_session(p->client);
    SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); /* or its session is resumed no more */
}

/* A whole connection to `server`, which offers the session of the last one when `back`. */
static void visit_at(struct rig *r, struct hc_tls_context *server, bool back)
{
    struct pair p;

    pair_open(&p, server, r->client, &r->judge);
    if (back)
        assert_int_equal(SSL_set_session(p.client, r->kept), 1);
    pair_shake(&p);
    hear(r, &p);
    pair_close(&p);
}

static void visit(struct rig *r, bool back)
{
    visit_at(r, r->server, back);
}

static struct hc_tls_sessions_counts counts(const struct rig *r)
{
    return hc_tls_sessions_counts(r->sessions);
}

/* --- coming back -------------------------------------------------------------------------------------------------- */

static void a_friend_comes_back_as_the_same_peer(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        const struct hc_checked_chain *chain;
        char cipher[64];

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        assert_false(r.resumed);
        assert_int_equal(counts(&r).friends, 1);
        chain = r.chain;
        memcpy(cipher, r.cipher, sizeof cipher);
        for (unsigned i = 1; i <= 3; i++) { /* TLS 1.3: each time with the ticket of the time before */
            visit(&r, true);
            assert_true(r.resumed);
            assert_ptr_equal(r.chain, chain); /* T3: the same object, so the same names, rules and revocation */
            assert_memory_equal(r.leaf, r.pki->client.cert->sha256, 32);
            assert_string_equal(r.cipher, cipher);
            assert_int_equal(counts(&r).resumed, i);
        }
        assert_int_equal(r.judge.calls, 1);
        assert_int_equal(r.judge.calls_again, 3);
        assert_int_equal(counts(&r).friends, versions[v] == TLS1_3_VERSION ? 1 + 3 : 1);
        rig_end(&r);
    }
}

static void a_session_is_resumed_by_any_context_of_its_domain(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct hc_tls_context *other;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        other = pair_resuming(r.pki, HC_TLS_ASK_REQUIRED, r.sessions, 1); /* another worker's */
        visit(&r, false);
        visit_at(&r, other, true);
        assert_true(r.resumed);
        hc_tls_context_free(other);
        rig_end(&r);
    }
}

static void nobody_comes_back_as_nobody(void **state)
{
    static const enum hc_tls_ask asks[] = {HC_TLS_ASK_OPTIONAL, HC_TLS_ASK_NOBODY};

    for (size_t i = 0; i < HC_COUNT(versions) * HC_COUNT(asks); i++) {
        struct rig r;

        rig_begin(&r, state, versions[i / 2], asks[i % 2], NULL);
        visit(&r, false);
        assert_int_equal(counts(&r).strangers, 1);
        visit(&r, true);
        assert_true(r.resumed);
        assert_null(r.chain);
        assert_int_equal(r.judge.calls + r.judge.calls_again, 0);
        assert_int_equal(counts(&r).friends, 0);
        rig_end(&r);
    }
}

static void a_friend_where_a_certificate_is_optional_comes_back_as_a_friend(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_OPTIONAL, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        visit(&r, true);
        assert_true(r.resumed);
        assert_memory_equal(r.leaf, r.pki->client.cert->sha256, 32);
        rig_end(&r);
    }
}

/* --- not coming back ---------------------------------------------------------------------------------------------- */

static void a_session_of_another_domain_gets_a_full_handshake(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct hc_tls_context *other;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        other = pair_resuming(r.pki, HC_TLS_ASK_REQUIRED, r.sessions, 2); /* T1: another gate; T2: another trust */
        visit(&r, false);
        visit_at(&r, other, true);
        assert_false(r.resumed);
        assert_int_equal(r.judge.calls, 2);
        assert_int_equal(r.judge.calls_again, 0);
        hc_tls_context_free(other);
        rig_end(&r);
    }
}

/* Even if two contexts that ask differently were of one domain, by mistake. */
static void a_strangers_session_never_opens_what_requires_a_certificate(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct hc_tls_context *strict;
        struct pair p;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_OPTIONAL, NULL);
        strict = pair_resuming(r.pki, HC_TLS_ASK_REQUIRED, r.sessions, 1);
        visit(&r, false);
        pair_open(&p, strict, r.client, &r.judge);
        assert_int_equal(SSL_set_session(p.client, r.kept), 1);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_int_equal(p.e.code, HC_E_NO_CERTIFICATE);
        assert_null(hc_tls_peer(p.server));
        pair_close(&p);
        hc_tls_context_free(strict);
        rig_end(&r);
    }
}

static void who_is_refused_again_gets_the_verdict_of_a_full_handshake(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct pair p;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        r.judge.refuse_again = HC_E_REVOKED;
        r.judge.refuse = HC_E_REVOKED;
        pair_open(&p, r.server, r.client, &r.judge);
        assert_int_equal(SSL_set_session(p.client, r.kept), 1);
        pair_shake(&p);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_int_equal(p.e.code, HC_E_REVOKED); /* T5 */
        assert_int_equal(p.alert, hc_row(HC_E_REVOKED)->alert);
        assert_false(hc_tls_resumed(p.server));
        assert_int_equal(r.judge.calls, 2);
        assert_int_equal(r.judge.calls_again, 1);
        assert_int_equal(counts(&r).friends, 0); /* forgotten, and nothing new is kept */
        assert_int_equal(counts(&r).refused, 1);
        pair_close(&p);
        rig_end(&r);
    }
}

static void without_again_nothing_is_kept_or_resumed(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        r.judge.never_again = true;
        visit(&r, false);
        assert_int_equal(counts(&r).friends, 0);
        if (versions[v] == TLS1_3_VERSION)
            assert_false(SSL_SESSION_is_resumable(r.kept)); /* no ticket came */
        r.judge.never_again = false;
        visit(&r, false);
        r.judge.never_again = true;
        visit(&r, true);
        assert_false(r.resumed);
        rig_end(&r);
    }
}

static bool is_gone(void *ctx, const struct hc_checked_chain *chain)
{
    return memcmp(hc_checked_chain_leaf(chain)->sha256, ctx, 32) == 0;
}

static void a_purged_session_gets_a_full_handshake_and_nobody_elses_does(void **state)
{
    struct pair_pki *pki = *state;

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        uint8_t nobody[32] = {0};
        struct rig r;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &pki->client);
        visit(&r, false);
        assert_int_equal(hc_tls_sessions_purge(r.sessions, is_gone, nobody), 0);
        visit(&r, true);
        assert_true(r.resumed);
        assert_int_equal(hc_tls_sessions_purge(r.sessions, is_gone, pki->client.cert->sha256),
                         versions[v] == TLS1_3_VERSION ? 2 : 1);
        assert_int_equal(counts(&r).friends, 0);
        visit(&r, true);
        assert_false(r.resumed);
        rig_end(&r);
    }
}

static void a_session_of_one_version_is_not_resumed_in_the_other(void **state)
{
    struct pair_pki *pki = *state;
    struct rig r;

    rig_begin(&r, state, TLS1_2_VERSION, HC_TLS_ASK_REQUIRED, &pki->client);
    visit(&r, false);
    SSL_CTX_set_max_proto_version(r.client, TLS1_3_VERSION);
    visit(&r, true); /* libssl's client offers it by its id, and speaks TLS 1.3 too */
    assert_false(r.resumed);
    assert_int_equal(r.judge.calls, 2);
    rig_end(&r);
}

static void without_the_extended_master_secret_nothing_is_kept(void **state)
{
    struct pair_pki *pki = *state;
    struct rig r;

    rig_begin(&r, state, TLS1_2_VERSION, HC_TLS_ASK_REQUIRED, &pki->client);
    SSL_CTX_set_options(r.client, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    visit(&r, false);
    assert_int_equal(counts(&r).friends, 0);
    visit(&r, true);
    assert_false(r.resumed);
    rig_end(&r);
}

/* --- until when --------------------------------------------------------------------------------------------------- */

static void a_ticket_says_how_long_it_is_good_for(void **state)
{
    struct pair_pki *pki = *state;
    struct testpki brief;
    struct rig r;
    unsigned long hint;

    rig_begin(&r, state, TLS1_3_VERSION, HC_TLS_ASK_REQUIRED, &pki->client);
    visit(&r, false);
    hint = SSL_SESSION_get_ticket_lifetime_hint(r.kept);
    assert_in_range(hint, HC_TLS_SESSION_SECONDS - 5, HC_TLS_SESSION_SECONDS);
    assert_int_equal(SSL_SESSION_get_max_early_data(r.kept), 0);
    rig_end(&r);

    testpki_issue(
        pki->crypto,
        &(struct testpki_spec){
            .subject = "brief", .san = {"dns:brief.example"}, .client = true, .not_after = hc_time_now() + 100},
        &pki->issuer, &brief);
    rig_begin(&r, state, TLS1_3_VERSION, HC_TLS_ASK_REQUIRED, &brief);
    for (int i = 0; i < 3; i++) { /* also when it is renewed: no longer than the chain holds */
        visit(&r, i > 0);
        assert_int_equal(r.resumed, i > 0);
        assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(r.kept), 80, 100);
    }
    rig_end(&r);
    testpki_fini(&brief);
}

static void a_life_is_counted_from_the_full_handshake(void **state)
{
    struct rig r;

    rig_begin(&r, state, TLS1_3_VERSION, HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
    visit(&r, false);
    usleep(1100 * 1000);
    for (int i = 0; i < 2; i++) { /* the second time with a ticket that the first has renewed */
        visit(&r, true);
        assert_true(r.resumed);
        assert_in_range(SSL_SESSION_get_ticket_lifetime_hint(r.kept), 1, HC_TLS_SESSION_SECONDS - 1);
    }
    rig_end(&r);
}

static void a_chain_that_has_ended_leaves_no_session(void **state)
{
    struct pair_pki *pki = *state;
    struct testpki ended;

    if (hc_time_now() <= TESTPKI_NOW + 1)
        skip(); /* it must be good by the judge's clock and ended by this machine's */
    testpki_issue(pki->crypto,
                  &(struct testpki_spec){
                      .subject = "ended", .san = {"dns:ended.example"}, .client = true, .not_after = TESTPKI_NOW},
                  &pki->issuer, &ended);
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &ended);
        visit(&r, false);
        assert_int_equal(counts(&r).friends, 0);
        if (versions[v] == TLS1_3_VERSION)
            assert_false(SSL_SESSION_is_resumable(r.kept)); /* no ticket came */
        visit(&r, true);
        assert_false(r.resumed);
        rig_end(&r);
    }
    testpki_fini(&ended);
}

/* --- other people's sessions -------------------------------------------------------------------------------------- */

/* The same id with another secret: what somebody has who read the id on the wire. */
static SSL_SESSION *stolen(SSL_SESSION *from)
{
    SSL_SESSION *s = SSL_SESSION_dup(from);
    unsigned char secret[64] = {7};
    size_t n = SSL_SESSION_get_master_key(from, NULL, 0);

    assert_true(n > 0 && n <= sizeof secret);
    assert_int_equal(SSL_SESSION_set1_master_key(s, secret, n), 1);
    return s;
}

static void an_id_without_its_secret_opens_nothing_and_changes_nothing(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct pair p;
        SSL_SESSION *s;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        s = stolen(r.kept);
        pair_open(&p, r.server, r.client, &r.judge);
        assert_int_equal(SSL_set_session(p.client, s), 1);
        pair_shake(&p);
        assert_int_not_equal(p.ended, HC_IO_OK);
        assert_null(hc_tls_peer(p.server));
        pair_close(&p);
        assert_int_equal(counts(&r).friends, 1);
        assert_int_equal(counts(&r).resumed, 0);
        visit(&r, true); /* its owner is not disturbed */
        assert_true(r.resumed);
        SSL_SESSION_free(s);
        rig_end(&r);
    }
}

/* The last byte of whatever is said after the hello: inside Finished. */
static void spoil_finished(void *ctx, struct hc_bytes said)
{
    int *flights = ctx;

    if (++*flights == 2)
        ((uint8_t *)said.p)[said.n - 1] ^= 1;
}

static void a_handshake_that_fails_at_finished_leaves_no_session(void **state)
{
    static const enum hc_tls_ask asks[] = {HC_TLS_ASK_REQUIRED, HC_TLS_ASK_OPTIONAL};

    for (size_t i = 0; i < HC_COUNT(versions) * HC_COUNT(asks); i++) {
        struct pair_pki *pki = *state;
        struct rig r;
        struct pair p;
        int flights = 0;

        rig_begin(&r, state, versions[i / 2], asks[i % 2], asks[i % 2] == HC_TLS_ASK_REQUIRED ? &pki->client : NULL);
        pair_open(&p, r.server, r.client, &r.judge);
        pair_shake_twisted(&p, spoil_finished, &flights);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_null(hc_tls_peer(p.server));
        pair_close(&p);
        assert_int_equal(counts(&r).friends, 0);
        assert_int_equal(counts(&r).strangers, 0);
        rig_end(&r);
    }
}

static void a_resumption_that_fails_at_finished_makes_no_peer(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        struct pair p;
        int flights = 0;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        pair_open(&p, r.server, r.client, &r.judge);
        assert_int_equal(SSL_set_session(p.client, r.kept), 1);
        pair_shake_twisted(&p, spoil_finished, &flights);
        assert_int_equal(p.ended, HC_IO_BROKEN);
        assert_null(hc_tls_peer(p.server));
        assert_false(hc_tls_resumed(p.server));
        pair_close(&p);
        assert_int_equal(counts(&r).resumed, 0);
        assert_int_equal(counts(&r).friends, 1);
        rig_end(&r);
    }
}

/* --- floods ------------------------------------------------------------------------------------------------------- */

static void strangers_do_not_push_friends_out(void **state)
{
    struct pair_pki *pki = *state;
    struct rig r;
    struct rig flood;

    rig_begin(&r, state, TLS1_3_VERSION, HC_TLS_ASK_OPTIONAL, &pki->client);
    visit(&r, false);
    flood = r;
    flood.kept = NULL;
    flood.client = pair_raw_client(pki, NULL, TLS1_3_VERSION);
    for (int i = 0; i < 3 * STRANGERS; i++)
        visit(&flood, false);
    assert_int_equal(counts(&r).strangers, STRANGERS);
    assert_int_equal(counts(&r).evicted, 2 * STRANGERS);
    visit(&r, true);
    assert_true(r.resumed);
    SSL_SESSION_free(flood.kept);
    SSL_CTX_free(flood.client);
    rig_end(&r);
}

static void one_certificate_fills_no_more_than_its_share(void **state)
{
    struct pair_pki *pki = *state;
    struct rig r;

    rig_begin(&r, state, TLS1_3_VERSION, HC_TLS_ASK_REQUIRED, &pki->client);
    for (int i = 0; i < FRIENDS / HC_TLS_SESSIONS_SHARE + 2; i++)
        visit(&r, false);
    assert_int_equal(counts(&r).friends, FRIENDS / HC_TLS_SESSIONS_SHARE);
    visit(&r, true); /* the newest is there */
    assert_true(r.resumed);
    rig_end(&r);
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

#define ROUNDS 12

struct visitor {
    pthread_t thread;
    struct rig rig; /* a server context and a client of its own; the store is shared */
    unsigned resumed, failed;
};

/* No assertions here: cmocka's jump is the main thread's. */
static void come_back(struct visitor *v)
{
    struct pair_choice choice = {v->rig.server, &v->rig.judge};
    struct hc_tls_hello hello = pair_hello(&choice);
    struct pair p = {.ended = HC_IO_AGAIN_READ};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p.fd) != 0 ||
        hc_failed(hc_tls_accept(&hello, p.fd[0], &p.server, &p.e)))
        abort();
    p.client = SSL_new(v->rig.client);
    SSL_set_app_data(p.client, &p);
    SSL_set_fd(p.client, p.fd[1]);
    SSL_set_connect_state(p.client);
    SSL_set_session(p.client, v->rig.kept);
    pair_shake(&p);
    v->failed += p.ended != HC_IO_OK;
    v->resumed += p.ended == HC_IO_OK && hc_tls_resumed(p.server) && hc_tls_peer(p.server);
    SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    pair_close(&p);
}

static void *come_back_often(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        come_back(arg);
    return NULL;
}

static void two_workers_resume_the_same_session_at_once(void **state)
{
    struct pair_pki *pki = *state;

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct visitor visitors[2];
        struct rig r;
        uint8_t nobody[32] = {0};

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &pki->client);
        visit(&r, false);
        for (size_t i = 0; i < HC_COUNT(visitors); i++) {
            visitors[i] = (struct visitor){.rig = r};
            visitors[i].rig.server = pair_resuming(pki, HC_TLS_ASK_REQUIRED, r.sessions, 1);
            visitors[i].rig.client = pair_raw_client(pki, &pki->client, versions[v]);
            /* suites of one hash: each resumption may settle on another one */
            SSL_CTX_set_ciphersuites(visitors[i].rig.client,
                                     i ? "TLS_AES_256_GCM_SHA384" : "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256");
            visitors[i].rig.kept = SSL_SESSION_dup(r.kept);
        }
        for (size_t i = 0; i < HC_COUNT(visitors); i++)
            assert_int_equal(pthread_create(&visitors[i].thread, NULL, come_back_often, &visitors[i]), 0);
        for (int i = 0; i < ROUNDS; i++)
            hc_tls_sessions_purge(r.sessions, is_gone, nobody);
        for (size_t i = 0; i < HC_COUNT(visitors); i++)
            pthread_join(visitors[i].thread, NULL);
        for (size_t i = 0; i < HC_COUNT(visitors); i++) {
            assert_int_equal(visitors[i].failed, 0);
            assert_int_equal(visitors[i].resumed, ROUNDS);
            SSL_SESSION_free(visitors[i].rig.kept);
            SSL_CTX_free(visitors[i].rig.client);
            hc_tls_context_free(visitors[i].rig.server);
        }
        rig_end(&r);
    }
}

/* --- allocation failures ------------------------------------------------------------------------------------------ */

static bool try_visit(struct rig *r)
{
    struct pair p;

    pair_open(&p, r->server, r->client, &r->judge);
    assert_int_equal(SSL_set_session(p.client, r->kept), 1);
    pair_shake(&p);
    assert_int_equal(hc_tls_peer(p.server) != NULL, p.ended == HC_IO_OK);
    SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    pair_close(&p);
    return p.ended == HC_IO_OK;
}

/* A session that could not be kept is no failure of the connection, so that this is no fault_sweep. */
static void no_failed_allocation_makes_a_peer_of_nobody(void **state)
{
    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct rig r;
        unsigned k = 0;
        bool happened = true;

        rig_begin(&r, state, versions[v], HC_TLS_ASK_REQUIRED, &((struct pair_pki *)*state)->client);
        visit(&r, false);
        while (happened) {
            struct pair p;

            pair_open(&p, r.server, r.client, &r.judge);
            assert_int_equal(SSL_set_session(p.client, r.kept), 1);
            fault_alloc_at(++k);
            pair_shake(&p);
            happened = fault_happened();
            fault_alloc_at(0);
            assert_int_equal(hc_tls_peer(p.server) != NULL, p.ended == HC_IO_OK);
            SSL_set_shutdown(p.client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
            pair_close(&p);
        }
        assert_true(k > 1);
        assert_true(try_visit(&r));
        rig_end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_friend_comes_back_as_the_same_peer),
        cmocka_unit_test(a_session_is_resumed_by_any_context_of_its_domain),
        cmocka_unit_test(nobody_comes_back_as_nobody),
        cmocka_unit_test(a_friend_where_a_certificate_is_optional_comes_back_as_a_friend),
        cmocka_unit_test(a_session_of_another_domain_gets_a_full_handshake),
        cmocka_unit_test(a_strangers_session_never_opens_what_requires_a_certificate),
        cmocka_unit_test(who_is_refused_again_gets_the_verdict_of_a_full_handshake),
        cmocka_unit_test(without_again_nothing_is_kept_or_resumed),
        cmocka_unit_test(a_purged_session_gets_a_full_handshake_and_nobody_elses_does),
        cmocka_unit_test(a_session_of_one_version_is_not_resumed_in_the_other),
        cmocka_unit_test(without_the_extended_master_secret_nothing_is_kept),
        cmocka_unit_test(a_ticket_says_how_long_it_is_good_for),
        cmocka_unit_test(a_life_is_counted_from_the_full_handshake),
        cmocka_unit_test(a_chain_that_has_ended_leaves_no_session),
        cmocka_unit_test(an_id_without_its_secret_opens_nothing_and_changes_nothing),
        cmocka_unit_test(a_handshake_that_fails_at_finished_leaves_no_session),
        cmocka_unit_test(a_resumption_that_fails_at_finished_makes_no_peer),
        cmocka_unit_test(strangers_do_not_push_friends_out),
        cmocka_unit_test(one_certificate_fills_no_more_than_its_share),
        cmocka_unit_test(two_workers_resume_the_same_session_at_once),
        cmocka_unit_test(no_failed_allocation_makes_a_peer_of_nobody),
    };

    return cmocka_run_group_tests_name("net/tls_resume", tests, pair_setup, pair_teardown);
}

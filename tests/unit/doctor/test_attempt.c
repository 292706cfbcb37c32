/* test_attempt.c - one connection of a probe, against servers that are forked for each test: libssl's and scripts. */
#include "hc_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../pki/testpki.h"
#include "base/file.h"
#include "crypto/lib.h"
#include "doctor/attempt_inside.h"

#define PATIENCE_MS 1500 /* long enough for a busy machine where an answer comes */
#define SHORT_MS 200     /* where none comes */
#define CHILD_SECONDS 20

/* --- a server ----------------------------------------------------------------------------------------------------- */

struct world {
    struct hc_crypto *crypto;
    struct testpki root, issuer, server, client;
};

struct act {
    const struct world *w;
    void (*play)(int fd, const struct act *act);
    const char *words; /* of a script */
    int version;       /* of TLS; 0: any */
    bool asks;         /* for a certificate */
    bool refuses;      /* every certificate */
    bool staples;
    bool odd;  /* shows a certificate of version 1 */
    bool dhe;  /* has an RSA key, and speaks finite fields */
    bool many; /* more than one connection */
    const char *alpn;
};

struct server {
    struct hc_addr addr;
    pid_t pid;
};

static void reset(int fd)
{
    struct linger hard = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
}

static void say(int fd, const void *p, size_t n)
{
    if (send(fd, p, n, MSG_NOSIGNAL) < 0)
        _exit(0);
}

static void say_str(int fd, const char *text)
{
    say(fd, text, strlen(text));
}

/* Reads once, so that nothing lies unread when the socket is closed. */
static size_t hear(int fd, void *into, size_t most)
{
    ssize_t n = recv(fd, into, most, 0);

    return n > 0 ? (size_t)n : 0;
}

static void hear_anything(int fd)
{
    char some[16384];

    (void)hear(fd, some, sizeof some);
}

static void linger_silently(int fd)
{
    char some[16384];

    while (hear(fd, some, sizeof some) > 0)
        ;
}

static void run_server(int listener, const struct act *act)
{
    int one = 1;

    alarm(CHILD_SECONDS);
    signal(SIGPIPE, SIG_IGN);
    do {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            _exit(1);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* a reset would drop what waits to be sent */
        act->play(fd, act);
        close(fd);
    } while (act->many);
    _exit(0);
}

static int listen_on(struct hc_addr *addr, int backlog)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *addr = (struct hc_addr){.len = sizeof in};
    assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(fd, backlog), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr->ss, &addr->len), 0);
    return fd;
}

static void start(struct server *s, const struct act *act)
{
    int listener = listen_on(&s->addr, 16);

    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0)
        run_server(listener, act);
    close(listener);
}

static void stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}

/* --- libssl as the server ----------------------------------------------------------------------------------------- */

static int verdict(X509_STORE_CTX *store, void *ctx)
{
    const struct act *act = ctx;

    X509_STORE_CTX_set_error(store, act->refuses ? X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY : X509_V_OK);
    return !act->refuses;
}

static X509 *decoded(const struct hc_cert *cert)
{
    const unsigned char *der = cert->der.p;

    return d2i_X509(NULL, &der, (long)cert->der.n);
}

static int choose(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in, unsigned in_n,
                  void *ctx)
{
    const struct act *act = ctx;

    (void)ssl;
    return SSL_select_next_proto((unsigned char **)out, n, (const unsigned char *)act->alpn,
                                 (unsigned)strlen(act->alpn), in, in_n) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int staple(SSL *ssl, void *ctx)
{
    static const char response[] = "staple";
    unsigned char *copy = OPENSSL_memdup(response, sizeof response - 1);

    (void)ctx;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, sizeof response - 1);
    return SSL_TLSEXT_ERR_OK;
}

static X509 *of_version_1(const struct world *w)
{
    X509 *x = X509_new();

    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, hc_key_evp(w->server.key));
    X509_sign(x, hc_key_evp(w->server.key), EVP_sha256());
    return x;
}

/* Finite fields are for RSA keys [RFC 5288 3]. */
static void offer_dhe(SSL_CTX *ctx)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    X509 *x = X509_new();

    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_sign(x, key, EVP_sha256());
    SSL_CTX_use_certificate(ctx, x);
    SSL_CTX_use_PrivateKey(ctx, key);
    SSL_CTX_set_dh_auto(ctx, 1);
}

static SSL *tls(int fd, const struct act *act)
{
    const struct world *w = act->w;
    SSL_CTX *ctx = SSL_CTX_new_ex(hc_crypto_ctx(w->crypto), NULL, TLS_server_method());
    SSL *ssl;

    SSL_CTX_use_certificate(ctx, act->odd ? of_version_1(w) : decoded(w->server.cert));
    SSL_CTX_use_PrivateKey(ctx, hc_key_evp(w->server.key));
    SSL_CTX_add0_chain_cert(ctx, decoded(w->issuer.cert));
    if (act->dhe)
        offer_dhe(ctx);
    SSL_CTX_set_num_tickets(ctx, act->many); /* without them the refusal ends the grace, and no ticket */
    if (act->version) {
        SSL_CTX_set_min_proto_version(ctx, act->version);
        SSL_CTX_set_max_proto_version(ctx, act->version);
    }
    if (act->asks) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_set_cert_verify_callback(ctx, verdict, (void *)act);
        SSL_CTX_add_client_CA(ctx, decoded(w->root.cert));
    }
    if (act->staples)
        SSL_CTX_set_tlsext_status_cb(ctx, staple);
    if (act->alpn)
        SSL_CTX_set_alpn_select_cb(ctx, choose, (void *)act);
    ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    return SSL_accept(ssl) == 1 ? ssl : NULL; /* the process ends soon */
}

static void read_request(SSL *ssl)
{
    char some[4096];

    (void)SSL_read(ssl, some, sizeof some);
}

/* --- what they do ------------------------------------------------------------------------------------------------- */

static void resets(int fd, const struct act *act)
{
    (void)act;
    reset(fd);
}

static void ends(int fd, const struct act *act)
{
    (void)act;
    hear_anything(fd);
    shutdown(fd, SHUT_WR);
    linger_silently(fd);
}

static void is_silent(int fd, const struct act *act)
{
    (void)act;
    linger_silently(fd);
}

static void says(int fd, const struct act *act)
{
    say_str(fd, act->words);
    linger_silently(fd);
}

static void hears_and_says(int fd, const struct act *act)
{
    hear_anything(fd);
    say_str(fd, act->words);
    linger_silently(fd);
}

static void hears_says_and_resets(int fd, const struct act *act)
{
    hear_anything(fd);
    say_str(fd, act->words);
    reset(fd);
}

static void says_byte_by_byte(int fd, const struct act *act)
{
    for (const char *p = act->words;; p = p[1] ? p + 1 : act->words) {
        say(fd, p, 1);
        usleep(5000);
    }
}

static void talks_garbage_for_ever(int fd, const struct act *act)
{
    char garbage[4096];

    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 7 + 200);
    (void)act;
    for (;;)
        say(fd, garbage, sizeof garbage);
}

static void alerts_and_resets(int fd, const struct act *act)
{
    (void)act;
    hear_anything(fd);
    say(fd, "\x15\x03\x03\0\x02\x02\x28", 7); /* handshake_failure */
    reset(fd);
}

static void shakes_and_waits(int fd, const struct act *act)
{
    SSL *ssl = tls(fd, act);

    if (ssl)
        read_request(ssl);
    linger_silently(fd);
}

static void shakes_and_says(int fd, const struct act *act)
{
    SSL *ssl = tls(fd, act);

    if (!ssl)
        return linger_silently(fd);
    read_request(ssl);
    (void)SSL_write(ssl, act->words, (int)strlen(act->words));
    linger_silently(fd);
}

static void shakes_and_says_for_ever(int fd, const struct act *act)
{
    SSL *ssl = tls(fd, act);
    static char much[16384];

    while (ssl && SSL_write(ssl, much, sizeof much) > 0)
        ;
}

static void shakes_and_ends(int fd, const struct act *act)
{
    (void)tls(fd, act);
    shutdown(fd, SHUT_WR);
    linger_silently(fd);
}

static void shakes_and_takes_leave(int fd, const struct act *act)
{
    SSL *ssl = tls(fd, act);

    SSL_shutdown(ssl);
    reset(fd); /* nothing that comes later counts */
}

static void shakes_and_resets(int fd, const struct act *act)
{
    (void)tls(fd, act);
    reset(fd);
}

static void hears_the_proxy_header(int fd, const struct act *act)
{
    static const char want[] = "PROXY UNKNOWN\r\n";
    char some[sizeof want - 1];

    if (recv(fd, some, sizeof some, MSG_WAITALL) == sizeof some && memcmp(some, want, sizeof some) == 0)
        shakes_and_waits(fd, act);
}

static void speaks_smtp(int fd, const struct act *act)
{
    say_str(fd, "220 mail.example ESMTP\r\n");
    hear_anything(fd);
    say_str(fd, "250-mail.example\r\n250 STARTTLS\r\n");
    hear_anything(fd);
    say_str(fd, "220 go ahead\r\n");
    if (act->words)
        say_str(fd, act->words);
    shakes_and_waits(fd, act);
}

static void speaks_smtp_without_tls(int fd, const struct act *act)
{
    (void)act;
    say_str(fd, "220 mail.example ESMTP\r\n");
    hear_anything(fd);
    say_str(fd, "250-mail.example\r\n250 SIZE 1000\r\n");
    linger_silently(fd);
}

static void speaks_postgres(int fd, const struct act *act)
{
    hear_anything(fd);
    say_str(fd, "S");
    shakes_and_waits(fd, act);
}

/* --- the attempt -------------------------------------------------------------------------------------------------- */

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct hc_err e = {0};

    assert_non_null(w);
    expect_ok(&e, hc_crypto_new(&w->crypto, &e));
    testpki_issue(w->crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w->root);
    testpki_issue(w->crypto, &(struct testpki_spec){.subject = "Issuing", .ca = true}, &w->root, &w->issuer);
    testpki_issue(w->crypto, &(struct testpki_spec){.subject = "server", .san = {"dns:server.example"}, .server = true},
                  &w->issuer, &w->server);
    testpki_issue(w->crypto,
                  &(struct testpki_spec){.subject = "client", .san = {"email:alice@example.com"}, .client = true},
                  &w->issuer, &w->client);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    testpki_fini(&w->root);
    testpki_fini(&w->issuer);
    testpki_fini(&w->server);
    testpki_fini(&w->client);
    hc_crypto_free(w->crypto);
    free(w);
    return 0;
}

static struct hc_attempt_plan plan_for(const struct world *w)
{
    return (struct hc_attempt_plan){
        .crypto = w->crypto,
        .name = "server.example",
        .min = 0x0303,
        .max = 0x0304,
        .connect_ms = PATIENCE_MS,
        .patience_ms = PATIENCE_MS,
        .wait_ms = PATIENCE_MS,
    };
}

static void attempt(struct hc_attempt_plan plan, const struct act *act, struct hc_attempt *out)
{
    struct hc_err e = {0};
    struct server s;

    start(&s, act);
    plan.addr = &s.addr;
    expect_ok(&e, hc_attempt_make(&plan, out, &e));
    stop(&s);
}

/* Makes the attempt and looks at how far it came and how it ended, only. */
static void expect_end(const struct world *w, struct act act, enum hc_attempt_stage stage, enum hc_attempt_end end)
{
    struct hc_attempt_plan plan = plan_for(w);
    struct hc_attempt a;

    act.w = w;
    attempt(plan, &act, &a);
    assert_int_equal(a.end, end);
    assert_int_equal(a.stage, stage);
    hc_attempt_fini(&a);
}

/* --- no TLS connection -------------------------------------------------------------------------------------------- */

static void a_closed_port_is_told_with_its_errno(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;
    struct hc_addr addr;
    struct hc_err e = {0};

    close(listen_on(&addr, 1));
    plan.addr = &addr;
    expect_ok(&e, hc_attempt_make(&plan, &a, &e));
    assert_int_equal(a.end, HC_END_UNREACHED);
    assert_int_equal(a.stage, HC_STAGE_NOTHING);
    assert_int_equal(a.sys, ECONNREFUSED);
    assert_int_equal(a.error.code, HC_E_CONNECT);
    assert_null(a.tls);
    hc_attempt_fini(&a);
}

static void a_connection_that_nobody_answers_times_out(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;
    struct hc_addr addr;
    struct hc_err e = {0};
    int listener = listen_on(&addr, 0);
    int crowd[4];

    for (size_t i = 0; i < HC_COUNT(crowd); i++) { /* beyond the backlog the kernel drops what comes */
        crowd[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(crowd[i], (struct sockaddr *)&addr.ss, addr.len);
    }
    plan.addr = &addr;
    plan.connect_ms = SHORT_MS;
    expect_ok(&e, hc_attempt_make(&plan, &a, &e));
    assert_int_equal(a.end, HC_END_UNREACHED);
    assert_int_equal(a.sys, ETIMEDOUT);
    for (size_t i = 0; i < HC_COUNT(crowd); i++)
        close(crowd[i]);
    close(listener);
    hc_attempt_fini(&a);
}

static void reset_end_and_silence_are_told_apart(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    expect_end(*state, (struct act){.play = resets}, HC_STAGE_HELLO, HC_END_RESET);
    expect_end(*state, (struct act){.play = ends}, HC_STAGE_HELLO, HC_END_EOF);
    plan.patience_ms = SHORT_MS;
    attempt(plan, &(struct act){.play = is_silent}, &a);
    assert_int_equal(a.end, HC_END_TIMEOUT);
    assert_int_equal(a.stage, HC_STAGE_HELLO);
    assert_int_equal(a.sniff, HC_SNIFF_NOTHING);
    assert_true(a.us_end >= SHORT_MS * 1000 && a.us_end < SHORT_MS * 1000 + 1000000);
    assert_true(a.has_random);
    hc_attempt_fini(&a);
}

static void expect_foreign(const struct world *w, struct act act, enum hc_sniff sniff)
{
    struct hc_attempt_plan plan = plan_for(w);
    struct hc_attempt a;

    plan.patience_ms = SHORT_MS;
    attempt(plan, &act, &a);
    assert_int_equal(a.end, HC_END_NOT_TLS);
    assert_int_equal(a.stage, HC_STAGE_HELLO);
    assert_int_equal(a.sniff, sniff);
    assert_true(a.us_end < 2000000);
    hc_attempt_fini(&a);
}

static void other_protocols_are_told_by_their_first_bytes(void **state)
{
    static const char http[] = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
    static const char ssh[] = "SSH-2.0-OpenSSH_9.2p1\r\n";

    expect_foreign(*state, (struct act){.play = hears_and_says, .words = http}, HC_SNIFF_HTTP);
    expect_foreign(*state, (struct act){.play = hears_says_and_resets, .words = http}, HC_SNIFF_HTTP);
    expect_foreign(*state, (struct act){.play = says, .words = ssh}, HC_SNIFF_SSH);
    expect_foreign(*state, (struct act){.play = says_byte_by_byte, .words = ssh}, HC_SNIFF_SSH);
    expect_foreign(*state, (struct act){.play = says, .words = "hi"}, HC_SNIFF_OTHER);
    expect_foreign(*state, (struct act){.play = hears_says_and_resets, .words = "hi"}, HC_SNIFF_OTHER);
    expect_foreign(*state, (struct act){.play = talks_garbage_for_ever}, HC_SNIFF_OTHER);
}

static void an_alert_before_a_reset_is_an_alert(void **state)
{
    struct hc_attempt a;

    attempt(plan_for(*state), &(struct act){.play = alerts_and_resets}, &a);
    assert_int_equal(a.end, HC_END_ALERT);
    assert_int_equal(a.stage, HC_STAGE_HELLO);
    assert_int_equal(a.alert, 40);
    assert_true(a.us_alert > 0 && a.us_alert <= a.us_end);
    assert_false(a.alert_after_finished);
    hc_attempt_fini(&a);
}

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

static void ends_after_the_handshake_are_told_apart(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        expect_end(*state, (struct act){.play = shakes_and_ends, .version = versions[v]}, HC_STAGE_FINISHED,
                   HC_END_EOF);
        expect_end(*state, (struct act){.play = shakes_and_takes_leave, .version = versions[v]}, HC_STAGE_FINISHED,
                   HC_END_CLOSE_NOTIFY);
        expect_end(*state, (struct act){.play = shakes_and_resets, .version = versions[v]}, HC_STAGE_FINISHED,
                   HC_END_RESET);
    }
}

static void expect_judged(struct world *w, int version, bool with, bool refuses)
{
    struct hc_cert *chain[] = {w->client.cert, w->issuer.cert};
    struct hc_tls_identity identity = {.chain = chain, .n = 2, .key = w->client.key};
    struct hc_attempt_plan plan = plan_for(w);
    struct hc_attempt a;
    bool refused = refuses || !with;

    plan.identity = with ? &identity : NULL;
    plan.wait_ms = refused ? PATIENCE_MS : SHORT_MS;
    attempt(plan, &(struct act){.w = w, .play = shakes_and_waits, .version = version, .asks = true, .refuses = refuses},
            &a);
    assert_int_equal(a.end, refused ? HC_END_ALERT : HC_END_OPEN);
    assert_int_equal(a.agreed.version, version);
    assert_true(a.has_request && a.request && a.agreed.asked);
    assert_int_equal(a.request->n_authorities, 1);
    assert_true(hc_bytes_eq(a.request->authority[0], w->root.cert->subject));
    assert_int_equal(a.agreed.presented, with);
    assert_int_equal(a.n_sent, with ? 2 : 0);
    assert_int_equal(a.n_presented, 2);
    assert_int_equal(a.presented.n, 2);
    assert_true(hc_cert_eq(a.presented.cert[0], w->server.cert));
    if (refused) {
        assert_int_equal(a.alert_after_finished, version == TLS1_3_VERSION);
        assert_int_equal(a.alert, with ? 48 : version == TLS1_3_VERSION ? 116 : 40);
        assert_int_equal(a.error.code, HC_E_TLS_PEER_ALERT);
        assert_true(a.alert != 116 || strstr(a.error.text, "116")); /* OpenSSL 3.0 has no words for it */
    }
    hc_attempt_fini(&a);
}

static void a_refused_certificate_is_told_in_both_versions(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        expect_judged(*state, versions[v], true, false);
        expect_judged(*state, versions[v], true, true);
        expect_judged(*state, versions[v], false, false);
    }
}

static void a_staple_is_found_in_both_versions(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

    for (size_t v = 0; v < HC_COUNT(versions); v++) {
        struct hc_attempt_plan plan = plan_for(*state);
        struct hc_attempt a;

        plan.wait_ms = SHORT_MS;
        attempt(plan, &(struct act){.w = *state, .play = shakes_and_waits, .version = versions[v], .staples = true},
                &a);
        assert_int_equal(a.end, HC_END_OPEN);
        expect_bytes(a.staple, "staple");
        hc_attempt_fini(&a);
    }
}

static void the_prime_of_a_finite_field_is_told(void **state)
{
    for (int dhe = 0; dhe < 2; dhe++) {
        struct hc_attempt_plan plan = plan_for(*state);
        struct hc_attempt a;

        plan.wait_ms = SHORT_MS;
        plan.max = TLS1_2_VERSION;
        plan.suites = dhe ? "DHE-RSA-AES128-GCM-SHA256" : NULL;
        attempt(plan, &(struct act){.w = *state, .play = shakes_and_waits, .dhe = dhe}, &a);
        assert_int_equal(a.end, HC_END_OPEN);
        assert_int_equal(a.dh_bits, dhe ? 2048 : 0);
        hc_attempt_fini(&a);
    }
}

static void a_certificate_that_cannot_be_read_is_told(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.wait_ms = SHORT_MS;
    attempt(plan, &(struct act){.w = *state, .play = shakes_and_waits, .odd = true}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.n_presented, 2);
    assert_int_equal(a.presented.n, 0); /* the issuer's is there, and must not be taken for the server's */
    assert_int_equal(a.presented_error.code, HC_E_CERT_VERSION);
    assert_non_null(strstr(a.presented_error.text, "certificate 1 "));
    hc_attempt_fini(&a);
}

/* KeyUpdate after KeyUpdate wants an answer each, from a server that reads none. */
static void answers_that_nobody_takes_are_a_flood(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_tls_probe_spec spec = {.crypto = plan.crypto, .min = 0x0303, .max = 0x0304};
    struct hc_attempt a = {.stage = HC_STAGE_HELLO};
    struct hc_attempt_run r = {.plan = &plan, .a = &a, .io = {.fd = -1, .out = HC_BUF(16)}};
    struct hc_err e;

    expect_ok(&e, hc_tls_probe_new(&spec, &a.tls, &e));
    hc_attempt_run_feed(&r, (struct hc_bytes){NULL, 0}); /* the ClientHello is too long for it */
    assert_true(r.over);
    assert_int_equal(a.end, HC_END_FLOOD);
    expect_ok(&e, hc_buf_check(&r.io.out, &e));
    hc_attempt_io_fini(&r.io);
    hc_attempt_fini(&a);
}

static void broken_tls_is_given_up_with_an_alert(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.patience_ms = SHORT_MS;
    attempt(plan,
            &(struct act){.play = hears_and_says,
                          .words = "\x16\x03\x03\x01\x01"
                                   "ccccc"},
            &a);
    assert_int_equal(a.end, HC_END_TIMEOUT); /* the record is not whole */
    hc_attempt_fini(&a);
    attempt(plan,
            &(struct act){.play = hears_and_says,
                          .words = "\x16\x03\x03\x7f\x7f"
                                   "gggg"},
            &a);
    assert_int_equal(a.end, HC_END_OURS);
    assert_int_equal(a.error.code, HC_E_TLS_HANDSHAKE);
    assert_int_equal(a.our_alert, 22); /* record_overflow */
    hc_attempt_fini(&a);
}

static void an_http_refusal_gives_status_date_and_id(void **state)
{
    static const char forbidden[] = "HTTP/1.1 403 Forbidden\r\nDate: Sat, 21 Nov 2026 21:00:00 GMT\r\n"
                                    "Content-Length: 35\r\n\r\n403 Forbidden\nid: 0123456789ab\n12345";
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.ask = HC_ASK_HTTP;
    attempt(plan, &(struct act){.w = *state, .play = shakes_and_says, .words = forbidden}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.stage, HC_STAGE_SERVED);
    assert_int_equal(a.ask, HC_ASK_HTTP);
    assert_int_equal(a.status, 403);
    assert_int_equal(a.date, 1795294800);
    assert_true(a.date_heard > 0);
    assert_string_equal(a.ref.text, "0123456789ab");
    assert_int_equal(a.n_said, sizeof forbidden - 1);
    assert_true(a.us_first_byte >= a.us_finished);
    assert_true(a.us_end - a.us_first_byte < 1000000); /* the answer was whole: nothing was waited for */
    hc_attempt_fini(&a);
}

static void nothing_is_asked_over_http2(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.ask = HC_ASK_HTTP;
    plan.alpn = "h2 http/1.1";
    plan.wait_ms = 2 * SHORT_MS;
    attempt(plan, &(struct act){.w = *state, .play = shakes_and_says, .words = "x", .alpn = "\x02h2"}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_string_equal(a.agreed.alpn, "h2");
    assert_int_equal(a.ask, HC_ASK_NOTHING);
    assert_int_equal(a.n_said, 0); /* that server answers what it is asked */
    hc_attempt_fini(&a);
    attempt(plan,
            &(struct act){.w = *state,
                          .play = shakes_and_says,
                          .words = "x",
                          .alpn = "\x03"
                                  "foo"},
            &a);
    assert_int_equal(a.end, HC_END_ALERT);
    assert_int_equal(a.alert, 120);
    hc_attempt_fini(&a);
}

static void a_server_that_talks_for_ever_is_left(void **state)
{
    struct hc_attempt a;

    attempt(plan_for(*state), &(struct act){.w = *state, .play = shakes_and_says_for_ever}, &a);
    assert_int_equal(a.end, HC_END_FLOOD);
    assert_int_equal(a.said.n, HC_TLS_PROBE_APPLICATION);
    assert_true(a.n_said > HC_ATTEMPT_NETWORK / 2);
    assert_int_equal(a.first.n, HC_ATTEMPT_FIRST);
    hc_attempt_fini(&a);
}

/* --- before TLS, and without it ----------------------------------------------------------------------------------- */

static void a_proxy_header_comes_before_all_else(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.proxy_header = true;
    plan.wait_ms = SHORT_MS;
    attempt(plan, &(struct act){.w = *state, .play = hears_the_proxy_header}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    hc_attempt_fini(&a);
}

static void attempt_starttls(const struct world *w, enum hc_starttls_kind kind, struct act act, struct hc_attempt *a)
{
    struct hc_attempt_plan plan = plan_for(w);

    plan.starttls = kind;
    plan.wait_ms = SHORT_MS;
    act.w = w;
    attempt(plan, &act, a);
}

static void tls_begins_after_starttls(void **state)
{
    struct hc_attempt a;

    attempt_starttls(*state, HC_STARTTLS_SMTP, (struct act){.play = speaks_smtp}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.starttls, HC_STARTTLS_AGREED);
    assert_non_null(strstr(hc_buf_cstr(&a.dialogue), "S: 220 go ahead\n"));
    assert_int_equal(a.sniff, HC_SNIFF_SMTP);
    assert_int_equal(a.injected, 0);
    hc_attempt_fini(&a);
    attempt_starttls(*state, HC_STARTTLS_POSTGRES, (struct act){.play = speaks_postgres}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.starttls, HC_STARTTLS_AGREED);
    hc_attempt_fini(&a);
}

static void what_follows_the_agreement_is_dropped_and_counted(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.starttls = HC_STARTTLS_POSTGRES;
    plan.patience_ms = SHORT_MS;
    attempt(plan, &(struct act){.w = *state, .play = hears_and_says, .words = "Sinjected"}, &a);
    assert_int_equal(a.starttls, HC_STARTTLS_AGREED);
    assert_int_equal(a.injected, strlen("injected"));
    assert_int_equal(a.stage, HC_STAGE_HELLO);
    hc_attempt_fini(&a);
}

static void a_prelude_that_fails_is_told_in_the_servers_words(void **state)
{
    struct hc_attempt a;

    attempt_starttls(*state, HC_STARTTLS_SMTP, (struct act){.play = speaks_smtp_without_tls}, &a);
    assert_int_equal(a.end, HC_END_PRELUDE);
    assert_int_equal(a.starttls, HC_STARTTLS_NOT_OFFERED);
    assert_int_equal(a.stage, HC_STAGE_CONNECTED);
    assert_int_equal(a.error.code, HC_E_STARTTLS);
    assert_non_null(strstr(a.error.text, "smtp"));
    hc_attempt_fini(&a);
    attempt_starttls(*state, HC_STARTTLS_SMTP, (struct act){.play = says, .words = "SSH-2.0-x\r\n"}, &a);
    assert_int_equal(a.end, HC_END_PRELUDE);
    assert_int_equal(a.starttls, HC_STARTTLS_OTHER);
    assert_int_equal(a.error.code, HC_E_STARTTLS);
    assert_int_equal(a.sniff, HC_SNIFF_SSH);
    hc_attempt_fini(&a);
    attempt_starttls(*state, HC_STARTTLS_SMTP, (struct act){.play = resets}, &a);
    assert_int_equal(a.end, HC_END_RESET);
    assert_int_equal(a.stage, HC_STAGE_CONNECTED);
    hc_attempt_fini(&a);
}

static void a_plain_connection_listens_or_asks(void **state)
{
    struct hc_attempt_plan plan = plan_for(*state);
    struct hc_attempt a;

    plan.plain = true;
    attempt(plan, &(struct act){.play = says, .words = "220 mail.example ESMTP\r\n"}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.stage, HC_STAGE_SERVED);
    assert_int_equal(a.sniff, HC_SNIFF_SMTP);
    assert_null(a.tls);
    hc_attempt_fini(&a);
    plan.ask = HC_ASK_HTTP;
    attempt(plan, &(struct act){.play = hears_and_says, .words = "HTTP/1.0 200 OK\r\n\r\n"}, &a);
    assert_int_equal(a.end, HC_END_OPEN);
    assert_int_equal(a.status, 200);
    hc_attempt_fini(&a);
    plan.wait_ms = SHORT_MS;
    attempt(plan, &(struct act){.play = is_silent}, &a);
    assert_int_equal(a.end, HC_END_TIMEOUT);
    assert_int_equal(a.stage, HC_STAGE_CONNECTED);
    hc_attempt_fini(&a);
}

/* --- this side ---------------------------------------------------------------------------------------------------- */

static void a_key_of_another_certificate_is_refused_before_the_network(void **state)
{
    struct world *w = *state;
    struct hc_tls_identity identity = {.chain = &w->client.cert, .n = 1, .key = w->server.key};
    struct hc_attempt_plan plan = plan_for(w);
    struct hc_attempt a;
    struct hc_addr addr;
    struct hc_err e = {0};
    int listener = listen_on(&addr, 1);
    struct pollfd p = {.fd = listener, .events = POLLIN};

    plan.addr = &addr;
    plan.identity = &identity;
    expect_fail(&e, hc_attempt_make(&plan, &a, &e), HC_E_KEY_MISMATCH);
    hc_attempt_fini(&a);
    assert_int_equal(poll(&p, 1, 0), 0);
    close(listener);
}

struct repeated {
    struct hc_attempt_plan plan;
};

static struct hc_rc again(void *ctx, struct hc_err *e)
{
    struct repeated *r = ctx;
    struct hc_attempt a;
    struct hc_rc rc = hc_attempt_make(&r->plan, &a, e);

    if (hc_ok(rc))
        assert_int_equal(a.end, HC_END_OPEN);
    hc_attempt_fini(&a);
    return rc;
}

static void lack_of_memory_leaks_nothing(void **state)
{
    struct repeated r = {.plan = plan_for(*state)};
    struct server s;

    start(&s, &(struct act){.w = *state, .play = shakes_and_says, .words = "HTTP/1.1 200 OK\r\n\r\n", .many = true});
    r.plan.addr = &s.addr;
    r.plan.ask = HC_ASK_HTTP;
    fault_sweep(again, &r);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_port_is_told_with_its_errno),
        cmocka_unit_test(a_connection_that_nobody_answers_times_out),
        cmocka_unit_test(reset_end_and_silence_are_told_apart),
        cmocka_unit_test(other_protocols_are_told_by_their_first_bytes),
        cmocka_unit_test(an_alert_before_a_reset_is_an_alert),
        cmocka_unit_test(ends_after_the_handshake_are_told_apart),
        cmocka_unit_test(a_refused_certificate_is_told_in_both_versions),
        cmocka_unit_test(a_staple_is_found_in_both_versions),
        cmocka_unit_test(the_prime_of_a_finite_field_is_told),
        cmocka_unit_test(a_certificate_that_cannot_be_read_is_told),
        cmocka_unit_test(answers_that_nobody_takes_are_a_flood),
        cmocka_unit_test(broken_tls_is_given_up_with_an_alert),
        cmocka_unit_test(an_http_refusal_gives_status_date_and_id),
        cmocka_unit_test(nothing_is_asked_over_http2),
        cmocka_unit_test(a_server_that_talks_for_ever_is_left),
        cmocka_unit_test(a_proxy_header_comes_before_all_else),
        cmocka_unit_test(tls_begins_after_starttls),
        cmocka_unit_test(what_follows_the_agreement_is_dropped_and_counted),
        cmocka_unit_test(a_prelude_that_fails_is_told_in_the_servers_words),
        cmocka_unit_test(a_plain_connection_listens_or_asks),
        cmocka_unit_test(a_key_of_another_certificate_is_refused_before_the_network),
        cmocka_unit_test(lack_of_memory_leaks_nothing),
    };

    return cmocka_run_group_tests_name("doctor/attempt", tests, set_up, tear_down);
}

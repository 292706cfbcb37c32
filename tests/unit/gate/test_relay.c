/* test_relay.c - both ends driven by hand: bytes, ends, breaks, back pressure and time. */
#include "../net/pair.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "gate/relay.h"
#include "net/sock.h"

#define PATIENCE_MS 3000 /* before something that must happen counts as not happening */

struct fixture {
    struct hc_loop *loop;
    struct hc_timer tick;
    struct hc_relay *r; /* freed in over, as its owner would */
    unsigned ended, over;
    enum hc_code why;
    uint64_t bytes_out, bytes_in;
    int client, back; /* the test's ends */
    int relay_client, relay_back;
};

static struct fixture *now_running; /* cmocka runs one test at a time; relay callbacks carry no context of their own */

/* --- moving time -------------------------------------------------------------------------------------------------------- */

static void ticked(struct hc_timer *t)
{
    hc_loop_stop(HC_CONTAINER(t, struct fixture, tick)->loop);
}

static void run_for(struct fixture *f, uint64_t ms)
{
    struct hc_err e = {0};

    f->tick.fire = ticked;
    expect_ok(&e, hc_loop_timer(f->loop, &f->tick, hc_mono_ms() + ms, &e));
    hc_loop_run(f->loop);
}

static void run_until_over(struct fixture *f)
{
    uint64_t until = hc_mono_ms() + PATIENCE_MS;

    while (!f->over && hc_mono_ms() < until)
        run_for(f, 1);
    assert_int_equal(f->over, 1);
    assert_int_equal(f->ended, 1);
}

static bool readable(int fd)
{
    return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0;
}

/* What one read at `fd` gives, with the loop running meanwhile: bytes, 0 for an end, -errno for a break. */
static int hear(struct fixture *f, int fd, char *out, size_t n)
{
    uint64_t until = hc_mono_ms() + PATIENCE_MS;
    ssize_t got;

    while (!readable(fd) && hc_mono_ms() < until)
        run_for(f, 1);
    assert_true(readable(fd));
    got = recv(fd, out, n, MSG_DONTWAIT);
    return got < 0 ? -errno : (int)got;
}

/* --- set-up ------------------------------------------------------------------------------------------------------------- */

static void tcp_pair(int *ours, int *theirs)
{
    struct hc_err e = {0};
    struct hc_addr a;
    struct hc_addr peer;
    int listener = -1;

    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &a, &e));
    expect_ok(&e, hc_sock_listen(&a, true, &listener, &e));
    expect_ok(&e, hc_sock_connect(&a, theirs, &e));
    poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, PATIENCE_MS);
    expect_ok(&e, hc_sock_accept(listener, ours, &peer, &e));
    assert_true(*ours >= 0);
    hc_fd_close(&listener);
}

static void ended(struct hc_relay *r)
{
    struct fixture *f = now_running;

    assert_int_equal(f->over, 0);
    assert_true(r->down.fd >= 0); /* still open: time to tell */
    f->ended++;
    f->why = r->trouble.code;
    f->bytes_out = r->out.bytes;
    f->bytes_in = r->in.bytes;
}

static void over(struct hc_relay *r)
{
    struct fixture *f = now_running;

    assert_int_equal(r->down.fd, -1);
    assert_int_equal(r->up.phase, HC_DIAL_NONE);
    f->over++;
    free(r);
    f->r = NULL;
}

static void begin(struct fixture *f, struct hc_stream down, struct hc_dial up, struct hc_relay_limits limits)
{
    struct hc_relay_spec spec = {.loop = f->loop, .limits = limits, .ended = ended, .over = over};
    struct hc_err e = {0};

    f->r = malloc(sizeof *f->r);
    expect_ok(&e, hc_relay_start(f->r, &spec, down, up, &e));
}

static const struct hc_relay_limits patient = {.connect_ms = 60000, .idle_ms = 60000};

static void loop_begin(struct fixture *f)
{
    struct hc_err e = {0};

    *f = (struct fixture){.client = -1, .back = -1, .relay_client = -1, .relay_back = -1};
    now_running = f;
    expect_ok(&e, hc_loop_new(NULL, NULL, &f->loop, &e));
}

/* A relay between two TCP connections. */
static void plain_begin(struct fixture *f, struct hc_relay_limits limits)
{
    struct hc_dial up;

    loop_begin(f);
    tcp_pair(&f->relay_client, &f->client);
    tcp_pair(&f->relay_back, &f->back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = f->relay_back});
    begin(f, (struct hc_stream){.fd = f->relay_client}, up, limits);
}

static void finish(struct fixture *f)
{
    if (f->r) {
        hc_relay_abort(f->r, HC_E_DRAINED, "the test is over");
        hc_relay_abort(f->r, HC_E_DRAINED, "twice is nothing");
        run_for(f, 0);
    }
    assert_int_equal(f->ended, 1);
    assert_int_equal(f->over, 1);
    hc_loop_free(f->loop);
    hc_fd_close(&f->client);
    hc_fd_close(&f->back);
}

static void cut(int *fd)
{
    struct linger now = {.l_onoff = 1};

    setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    hc_fd_close(fd);
    *fd = -1;
}

/* --- bytes and ends ----------------------------------------------------------------------------------------------------- */

static void bytes_pass_one_by_one_both_ways(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    for (char c = 'a'; c < 'f'; c++) {
        assert_int_equal(write(f.client, &c, 1), 1);
        assert_int_equal(hear(&f, f.back, got, sizeof got), 1);
        assert_int_equal(got[0], c);
        assert_int_equal(write(f.back, &c, 1), 1);
        assert_int_equal(hear(&f, f.client, got, sizeof got), 1);
        assert_int_equal(got[0], c);
    }
    run_for(&f, 1);
    assert_null(f.r->out.buf.p); /* an idle relay holds no memory */
    assert_null(f.r->in.buf.p);
    finish(&f);
    assert_int_equal(f.bytes_out, 5);
    assert_int_equal(f.bytes_in, 5);
    assert_int_equal(f.why, HC_E_DRAINED);
}

static void half_close(int *first, int *second, struct fixture *f)
{
    char got[8];

    assert_int_equal(write(*first, "ask", 3), 3);
    shutdown(*first, SHUT_WR);
    assert_int_equal(hear(f, *second, got, sizeof got), 3);
    assert_int_equal(hear(f, *second, got, sizeof got), 0); /* the end is passed on ... */
    run_for(f, 5);
    assert_int_equal(f->over, 0); /* ... and the other side may still speak */
    assert_int_equal(write(*second, "answer", 6), 6);
    assert_int_equal(hear(f, *first, got, sizeof got), 6);
    shutdown(*second, SHUT_WR);
    assert_int_equal(hear(f, *first, got, sizeof got), 0);
    run_until_over(f);
    assert_int_equal(f->why, HC_OK_CODE);
}

static void the_peer_may_end_first(void **state)
{
    struct fixture f;

    (void)state;
    plain_begin(&f, patient);
    half_close(&f.client, &f.back, &f);
    finish(&f);
}

static void the_back_end_may_end_first(void **state)
{
    struct fixture f;

    (void)state;
    plain_begin(&f, patient);
    half_close(&f.back, &f.client, &f);
    finish(&f);
}

/* --- breaks ------------------------------------------------------------------------------------------------------------- */

static void a_peers_break_is_a_break_to_the_back_end(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    assert_int_equal(write(f.client, "half a", 6), 6);
    assert_int_equal(hear(&f, f.back, got, sizeof got), 6);
    cut(&f.client);
    assert_int_equal(hear(&f, f.back, got, sizeof got), -ECONNRESET);
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_HTTP_CLOSED);
    finish(&f);
}

static void a_back_ends_break_is_a_break_to_the_peer(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    assert_int_equal(write(f.back, "half a", 6), 6);
    assert_int_equal(hear(&f, f.client, got, sizeof got), 6);
    cut(&f.back);
    assert_int_equal(hear(&f, f.client, got, sizeof got), -ECONNRESET);
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_CLOSED);
    finish(&f);
}

static void a_back_end_that_takes_no_more_ends_it_with_a_reason(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    hc_fd_close(&f.back); /* an end first; what is written then is answered with RST */
    f.back = -1;
    assert_int_equal(hear(&f, f.client, got, sizeof got), 0);
    assert_int_equal(write(f.client, "x", 1), 1);
    run_for(&f, 20);
    if (!f.over)
        assert_int_equal(write(f.client, "y", 1), 1);
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_CLOSED);
    finish(&f);
}

static void aborting_breaks_both_sides(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    run_for(&f, 1);
    hc_relay_abort(f.r, HC_E_REVOKED, "the certificate was revoked");
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.over, 0); /* at the end of the round */
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_REVOKED);
    assert_int_equal(hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(hear(&f, f.back, got, sizeof got), -ECONNRESET);
    finish(&f);
}

/* --- back pressure ------------------------------------------------------------------------------------------------------ */

static void flood(struct fixture *f, int from, int to, const struct hc_relay_way *way)
{
    static uint8_t block[65536];
    size_t sent = 0;
    size_t got = 0;
    int stuck = 0;

    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (uint8_t)(i * 7 + i / 251);
    while (stuck < 20) { /* nobody reads: the writer is held back at last */
        size_t at = sent % sizeof block;
        ssize_t n = send(from, block + at, sizeof block - at, MSG_DONTWAIT | MSG_NOSIGNAL);

        stuck = n > 0 ? 0 : stuck + 1;
        sent += n > 0 ? (size_t)n : 0;
        run_for(f, 1);
        assert_true(way->buf.n <= HC_RELAY_BUFFER);
        assert_true(sent < 64u << 20);
    }
    assert_true(sent > HC_RELAY_BUFFER);
    shutdown(from, SHUT_WR);
    for (;;) { /* and every byte arrives, in order, before the end */
        static uint8_t into[65536];
        int n = hear(f, to, (char *)into, sizeof into);

        if (n == 0)
            break;
        assert_true(n > 0);
        for (int i = 0; i < n; i++)
            if (into[i] != block[(got + (size_t)i) % sizeof block])
                fail_msg("byte %zu differs", got + (size_t)i);
        got += (size_t)n;
    }
    assert_int_equal(got, sent);
}

static void a_back_end_that_does_not_read_holds_the_peer_back(void **state)
{
    struct fixture f;

    (void)state;
    plain_begin(&f, patient);
    flood(&f, f.client, f.back, &f.r->out);
    finish(&f);
}

static void a_peer_that_does_not_read_holds_the_back_end_back(void **state)
{
    struct fixture f;

    (void)state;
    plain_begin(&f, patient);
    flood(&f, f.back, f.client, &f.r->in);
    finish(&f);
}

/* --- time --------------------------------------------------------------------------------------------------------------- */

static void nothing_moving_for_too_long_breaks_both_sides(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 40});
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_TIMEOUT_IDLE);
    assert_int_equal(hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(hear(&f, f.back, got, sizeof got), -ECONNRESET);
    finish(&f);
}

static void one_byte_is_movement_enough(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 400});
    for (int i = 0; i < 6; i++) {
        run_for(&f, 100);
        assert_int_equal(write(f.client, "x", 1), 1);
        assert_int_equal(hear(&f, f.back, got, sizeof got), 1);
    }
    assert_int_equal(f.over, 0);
    finish(&f);
}

static void a_peer_that_half_closed_and_vanished_is_timed_out(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 40});
    shutdown(f.client, SHUT_WR);
    assert_int_equal(hear(&f, f.back, got, sizeof got), 0);
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_TIMEOUT_IDLE);
    finish(&f);
}

/* --- the back end's door ------------------------------------------------------------------------------------------------ */

static void a_back_end_that_is_down_ends_the_peer_properly(void **state)
{
    struct hc_dial_target target = {.addr = {.len = 0}};
    struct hc_dial up;
    struct fixture f;
    struct hc_err e = {0};
    char got[8];
    int listener = -1;

    (void)state;
    loop_begin(&f);
    tcp_pair(&f.relay_client, &f.client);
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &target.addr, &e));
    expect_ok(&e, hc_sock_listen(&target.addr, true, &listener, &e));
    hc_fd_close(&listener);
    expect_ok(&e, hc_dial_start(&up, &target, &e)); /* on Linux the refusal comes with the next look */
    begin(&f, (struct hc_stream){.fd = f.relay_client}, up, patient);
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_DOWN);
    assert_int_equal(hear(&f, f.client, got, sizeof got), 0);
    finish(&f);
}

static void a_back_end_that_never_shakes_hands_is_given_up(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_SERVER};
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, NULL, HC_TLS_ASK_NOBODY, chain);
    struct hc_dial_target target = {.judge = pair_judge_of(&j)};
    struct hc_dial up;
    struct fixture f;
    struct hc_err e = {0};
    int listener = -1;

    loop_begin(&f);
    tcp_pair(&f.relay_client, &f.client);
    expect_ok(&e, hc_tls_client_new(&spec, &target.tls, &e));
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &target.addr, &e));
    expect_ok(&e, hc_sock_listen(&target.addr, true, &listener, &e)); /* its kernel accepts, and nobody answers */
    expect_ok(&e, hc_dial_start(&up, &target, &e));
    begin(&f, (struct hc_stream){.fd = f.relay_client}, up,
          (struct hc_relay_limits){.connect_ms = 40, .idle_ms = 60000});
    assert_int_equal(write(f.client, "x", 1), 1); /* the peer's impatience does not prolong it */
    run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_TIMEOUT);
    assert_int_equal(f.bytes_out, 0); /* nothing was taken from the peer for a back end that is not there */
    hc_tls_context_free(target.tls);
    hc_fd_close(&listener);
    finish(&f);
}

/* --- a peer over TLS ---------------------------------------------------------------------------------------------------- */

struct secure {
    struct fixture f;
    struct hc_tls_context *ctx;
    SSL_CTX *raw;
    struct pair p;
    struct pair_judge j;
};

static void secure_begin(struct secure *s, void **state, const char *early)
{
    struct pair_pki *pki = *state;
    struct hc_dial up;
    HC_BUF_AUTO(into, 64);
    size_t n;

    loop_begin(&s->f);
    s->j = (struct pair_judge){.pki = pki, .purpose = HC_VERIFY_CLIENT};
    s->ctx = pair_server(pki, HC_TLS_ASK_REQUIRED);
    s->raw = pair_raw_client(pki, &pki->client, 0);
    pair_open(&s->p, s->ctx, s->raw, &s->j);
    pair_shake(&s->p);
    assert_int_equal(s->p.ended, HC_IO_OK);
    if (early) { /* one byte is read, the rest waits inside libssl, where no epoll sees it */
        assert_int_equal(SSL_write(s->p.client, early, (int)strlen(early)), strlen(early));
        assert_int_equal(hc_tls_read(s->p.server, &into, 1, &n), HC_IO_OK);
    }
    tcp_pair(&s->f.relay_back, &s->f.back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = s->f.relay_back});
    begin(&s->f, (struct hc_stream){.fd = s->p.fd[0], .tls = s->p.server}, up, patient);
    s->p.fd[0] = -1;
    s->p.server = NULL;
}

static void secure_end(struct secure *s)
{
    finish(&s->f);
    pair_close(&s->p);
    SSL_CTX_free(s->raw);
    hc_tls_context_free(s->ctx);
}

static void bytes_that_wait_inside_tls_are_passed_on(void **state)
{
    struct secure s;
    char got[8];

    secure_begin(&s, state, "xhello");
    assert_int_equal(hear(&s.f, s.f.back, got, sizeof got), 5);
    assert_memory_equal(got, "hello", 5);
    secure_end(&s);
}

static void a_truncated_tls_stream_never_looks_complete(void **state)
{
    struct secure s;
    char got[8];

    secure_begin(&s, state, NULL);
    assert_int_equal(SSL_write(s.p.client, "half a", 6), 6);
    assert_int_equal(hear(&s.f, s.f.back, got, sizeof got), 6);
    shutdown(s.p.fd[1], SHUT_WR); /* FIN without close_notify: anybody on the line can do that */
    assert_int_equal(hear(&s.f, s.f.back, got, sizeof got), -ECONNRESET);
    run_until_over(&s.f);
    assert_int_equal(s.f.why, HC_E_HTTP_CLOSED);
    secure_end(&s);
}

static void close_notify_is_passed_on_as_an_end_and_an_end_as_close_notify(void **state)
{
    struct secure s;
    char got[8];
    int rc;

    secure_begin(&s, state, NULL);
    (void)SSL_shutdown(s.p.client);
    assert_int_equal(hear(&s.f, s.f.back, got, sizeof got), 0);
    assert_int_equal(write(s.f.back, "answer", 6), 6);
    hc_fd_close(&s.f.back);
    s.f.back = -1;
    run_until_over(&s.f);
    assert_int_equal(s.f.why, HC_OK_CODE);
    assert_int_equal(SSL_read(s.p.client, got, sizeof got), 6);
    rc = SSL_read(s.p.client, got, sizeof got);
    assert_int_equal(SSL_get_error(s.p.client, rc), SSL_ERROR_ZERO_RETURN);
    secure_end(&s);
}

static void a_back_ends_break_is_no_close_notify(void **state)
{
    struct secure s;
    char got[8];
    int rc;

    secure_begin(&s, state, NULL);
    cut(&s.f.back);
    run_until_over(&s.f);
    rc = SSL_read(s.p.client, got, sizeof got);
    assert_int_not_equal(SSL_get_error(s.p.client, rc), SSL_ERROR_ZERO_RETURN);
    secure_end(&s);
}

/* --- allocation failures ------------------------------------------------------------------------------------------------ */

static void without_memory_to_start_both_streams_are_closed(void **state)
{
    struct hc_relay_spec spec = {.limits = patient, .ended = ended, .over = over};
    struct hc_relay r;
    struct hc_dial up;
    struct fixture f;
    struct hc_err e = {0};
    char got[8];

    (void)state;
    loop_begin(&f);
    tcp_pair(&f.relay_client, &f.client);
    tcp_pair(&f.relay_back, &f.back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = f.relay_back});
    spec.loop = f.loop;
    fault_alloc_at(1);
    expect_fail(&e, hc_relay_start(&r, &spec, (struct hc_stream){.fd = f.relay_client}, up, &e), HC_E_NOMEM);
    fault_alloc_at(0);
    assert_int_equal(hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(hear(&f, f.back, got, sizeof got), -ECONNRESET);
    assert_int_equal(f.ended + f.over, 0);
    hc_loop_free(f.loop);
    hc_fd_close(&f.client);
    hc_fd_close(&f.back);
}

static void without_memory_to_read_it_is_a_break_and_not_an_end(void **state)
{
    struct fixture f;
    char got[8];

    (void)state;
    plain_begin(&f, patient);
    run_for(&f, 1);
    assert_int_equal(write(f.client, "x", 1), 1);
    fault_alloc_at(1);
    run_until_over(&f);
    fault_alloc_at(0);
    assert_int_equal(hear(&f, f.back, got, sizeof got), -ECONNRESET);
    finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_pass_one_by_one_both_ways),
        cmocka_unit_test(the_peer_may_end_first),
        cmocka_unit_test(the_back_end_may_end_first),
        cmocka_unit_test(a_peers_break_is_a_break_to_the_back_end),
        cmocka_unit_test(a_back_ends_break_is_a_break_to_the_peer),
        cmocka_unit_test(a_back_end_that_takes_no_more_ends_it_with_a_reason),
        cmocka_unit_test(aborting_breaks_both_sides),
        cmocka_unit_test(a_back_end_that_does_not_read_holds_the_peer_back),
        cmocka_unit_test(a_peer_that_does_not_read_holds_the_back_end_back),
        cmocka_unit_test(nothing_moving_for_too_long_breaks_both_sides),
        cmocka_unit_test(one_byte_is_movement_enough),
        cmocka_unit_test(a_peer_that_half_closed_and_vanished_is_timed_out),
        cmocka_unit_test(a_back_end_that_is_down_ends_the_peer_properly),
        cmocka_unit_test(a_back_end_that_never_shakes_hands_is_given_up),
        cmocka_unit_test(bytes_that_wait_inside_tls_are_passed_on),
        cmocka_unit_test(a_truncated_tls_stream_never_looks_complete),
        cmocka_unit_test(close_notify_is_passed_on_as_an_end_and_an_end_as_close_notify),
        cmocka_unit_test(a_back_ends_break_is_no_close_notify),
        cmocka_unit_test(without_memory_to_start_both_streams_are_closed),
        cmocka_unit_test(without_memory_to_read_it_is_a_break_and_not_an_end),
    };

    return cmocka_run_group_tests_name("gate/relay", tests, pair_setup, pair_teardown);
}

/* test_relay_ends.c - what is at the ends of a relay: a back end that cannot be reached, a peer over TLS, no memory. */
#include "relay_rig.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net/sock.h"

/* --- the back end's door ------------------------------------------------------------------------------------------ */

static void a_back_end_that_is_down_ends_the_peer_properly(void **state)
{
    struct hc_dial_target target = {.addr = {.len = 0}};
    struct hc_dial up;
    struct relay_rig f;
    struct hc_err e = {0};
    char got[8];
    int listener = -1;

    (void)state;
    rig_loop(&f);
    rig_tcp_pair(&f.relay_client, &f.client);
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &target.addr, &e));
    expect_ok(&e, hc_sock_listen(&target.addr, true, &listener, &e));
    hc_fd_close(&listener);
    expect_ok(&e, hc_dial_start(&up, &target, &e)); /* on Linux the refusal comes with the next look */
    rig_begin(&f, (struct hc_stream){.fd = f.relay_client}, up, rig_patient);
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_DOWN);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), 0);
    rig_finish(&f);
}

static void a_back_end_that_never_shakes_hands_is_given_up(void **state)
{
    struct pair_pki *pki = *state;
    struct pair_judge j = {.pki = pki, .purpose = HC_VERIFY_SERVER};
    struct hc_cert *chain[2];
    struct hc_tls_spec spec = pair_spec(pki, NULL, HC_TLS_ASK_NOBODY, chain);
    struct hc_dial_target target = {.judge = pair_judge_of(&j)};
    struct hc_dial up;
    struct relay_rig f;
    struct hc_err e = {0};
    int listener = -1;

    rig_loop(&f);
    rig_tcp_pair(&f.relay_client, &f.client);
    expect_ok(&e, hc_tls_client_new(&spec, &target.tls, &e));
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &target.addr, &e));
    expect_ok(&e, hc_sock_listen(&target.addr, true, &listener, &e)); /* its kernel accepts, and nobody answers */
    expect_ok(&e, hc_dial_start(&up, &target, &e));
    rig_begin(&f, (struct hc_stream){.fd = f.relay_client}, up,
              (struct hc_relay_limits){.connect_ms = 40, .idle_ms = 60000});
    assert_int_equal(write(f.client, "x", 1), 1); /* the peer's impatience does not prolong it */
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_TIMEOUT);
    assert_int_equal(f.bytes_out, 0); /* nothing was taken from the peer for a back end that is not there */
    hc_tls_context_free(target.tls);
    hc_fd_close(&listener);
    rig_finish(&f);
}

/* --- a peer over TLS ---------------------------------------------------------------------------------------------- */

struct secure {
    struct relay_rig f;
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

    rig_loop(&s->f);
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
    rig_tcp_pair(&s->f.relay_back, &s->f.back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = s->f.relay_back});
    rig_begin(&s->f, (struct hc_stream){.fd = s->p.fd[0], .tls = s->p.server}, up, rig_patient);
    s->p.fd[0] = -1;
    s->p.server = NULL;
}

static void secure_end(struct secure *s)
{
    rig_finish(&s->f);
    pair_close(&s->p);
    SSL_CTX_free(s->raw);
    hc_tls_context_free(s->ctx);
}

static void bytes_that_wait_inside_tls_are_passed_on(void **state)
{
    struct secure s;
    char got[8];

    secure_begin(&s, state, "xhello");
    assert_int_equal(rig_hear(&s.f, s.f.back, got, sizeof got), 5);
    assert_memory_equal(got, "hello", 5);
    secure_end(&s);
}

static void a_truncated_tls_stream_never_looks_complete(void **state)
{
    struct secure s;
    char got[8];

    secure_begin(&s, state, NULL);
    assert_int_equal(SSL_write(s.p.client, "half a", 6), 6);
    assert_int_equal(rig_hear(&s.f, s.f.back, got, sizeof got), 6);
    shutdown(s.p.fd[1], SHUT_WR); /* FIN without close_notify: anybody on the line can do that */
    assert_int_equal(rig_hear(&s.f, s.f.back, got, sizeof got), -ECONNRESET);
    rig_run_until_over(&s.f);
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
    assert_int_equal(rig_hear(&s.f, s.f.back, got, sizeof got), 0);
    assert_int_equal(write(s.f.back, "answer", 6), 6);
    hc_fd_close(&s.f.back);
    s.f.back = -1;
    rig_run_until_over(&s.f);
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
    rig_cut(&s.f.back);
    rig_run_until_over(&s.f);
    rc = SSL_read(s.p.client, got, sizeof got);
    assert_int_not_equal(SSL_get_error(s.p.client, rc), SSL_ERROR_ZERO_RETURN);
    secure_end(&s);
}

/* --- a back end that may not be spoken to ------------------------------------------------------------------------ */

static void a_back_end_that_is_refused_once_it_is_reached_hears_nothing(void **state)
{
    struct relay_rig f;
    struct hc_addr a;
    struct hc_addr peer;
    struct hc_dial_target target = {0};
    struct hc_dial up;
    struct hc_err e = {0};
    int listener = -1;
    char got[8];

    (void)state;
    rig_loop(&f);
    f.refuse_back = HC_E_UPSTREAM_TLS;
    rig_tcp_pair(&f.relay_client, &f.client);
    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &a, &e));
    expect_ok(&e, hc_sock_listen(&a, true, &listener, &e));
    target.addr = a;
    expect_ok(&e, hc_dial_start(&up, &target, &e));
    assert_int_equal(write(f.client, "secret", 6), 6);
    rig_begin(&f, (struct hc_stream){.fd = f.relay_client}, up, rig_patient);
    rig_run_until_over(&f);
    assert_int_equal(f.connected, 1);
    assert_int_equal(f.why, HC_E_UPSTREAM_TLS);
    expect_ok(&e, hc_sock_accept(listener, &f.back, &peer, &e));
    assert_true(recv(f.back, got, sizeof got, 0) <= 0);
    hc_fd_close(&listener);
    rig_finish(&f);
}

/* --- allocation failures ------------------------------------------------------------------------------------------ */

static void without_memory_to_start_both_streams_are_closed(void **state)
{
    struct hc_relay_spec spec = {.limits = rig_patient, .owner = rig_owner};
    struct hc_relay r;
    struct hc_dial up;
    struct relay_rig f;
    struct hc_err e = {0};
    char got[8];

    (void)state;
    rig_loop(&f);
    rig_tcp_pair(&f.relay_client, &f.client);
    rig_tcp_pair(&f.relay_back, &f.back);
    hc_dial_adopt(&up, (struct hc_stream){.fd = f.relay_back});
    spec.loop = f.loop;
    fault_alloc_at(1);
    expect_fail(&e, hc_relay_start(&r, &spec, (struct hc_stream){.fd = f.relay_client}, up, &e), HC_E_NOMEM);
    fault_alloc_at(0);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), -ECONNRESET);
    assert_int_equal(f.ended + f.over, 0);
    hc_loop_free(f.loop);
    hc_fd_close(&f.client);
    hc_fd_close(&f.back);
}

static void without_memory_to_read_it_is_a_break_and_not_an_end(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    rig_run_for(&f, 1);
    assert_int_equal(write(f.client, "x", 1), 1);
    fault_alloc_at(1);
    rig_run_until_over(&f);
    fault_alloc_at(0);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), -ECONNRESET);
    rig_finish(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_back_end_that_is_down_ends_the_peer_properly),
        cmocka_unit_test(a_back_end_that_never_shakes_hands_is_given_up),
        cmocka_unit_test(bytes_that_wait_inside_tls_are_passed_on),
        cmocka_unit_test(a_truncated_tls_stream_never_looks_complete),
        cmocka_unit_test(close_notify_is_passed_on_as_an_end_and_an_end_as_close_notify),
        cmocka_unit_test(a_back_ends_break_is_no_close_notify),
        cmocka_unit_test(a_back_end_that_is_refused_once_it_is_reached_hears_nothing),
        cmocka_unit_test(without_memory_to_start_both_streams_are_closed),
        cmocka_unit_test(without_memory_to_read_it_is_a_break_and_not_an_end),
    };

    return cmocka_run_group_tests_name("gate/relay_ends", tests, pair_setup, pair_teardown);
}

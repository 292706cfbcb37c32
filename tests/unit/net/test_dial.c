/* test_dial.c - reaching a back end, plainly and over TLS, and the ways in which that fails. */
#include "pair.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "net/dial.h"

static int listener(struct hc_addr *a)
{
    struct hc_err e = {0};
    int fd = -1;

    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), a, &e));
    expect_ok(&e, hc_sock_listen(a, true, &fd, &e));
    return fd;
}

static int accept_one(int fd)
{
    struct hc_addr peer;
    struct hc_err e = {0};
    int out = -1;

    poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 2000);
    expect_ok(&e, hc_sock_accept(fd, &out, &peer, &e));
    assert_true(out >= 0);
    return out;
}

static enum hc_io step_until_decided(struct hc_dial *d, struct hc_err *e)
{
    enum hc_io io = HC_IO_AGAIN_WRITE;

    for (int i = 0; i < 50 && (io == HC_IO_AGAIN_READ || io == HC_IO_AGAIN_WRITE); i++) {
        struct pollfd p = {.fd = d->stream.fd, .events = io == HC_IO_AGAIN_READ ? POLLIN : POLLOUT};

        poll(&p, 1, 100);
        io = hc_dial_step(d, e);
    }
    return io;
}

static void a_plain_dial_is_ready_when_connected(void **state)
{
    struct hc_dial_target target = {.addr = {.len = 0}};
    struct hc_dial d = {.phase = HC_DIAL_NONE};
    struct hc_err e = {0};
    int fd = listener(&target.addr);
    int peer;
    char byte;
    size_t n;

    (void)state;
    expect_ok(&e, hc_dial_start(&d, &target, &e));
    assert_int_equal(d.phase, HC_DIAL_CONNECTING);
    assert_int_equal(step_until_decided(&d, &e), HC_IO_OK);
    assert_int_equal(d.phase, HC_DIAL_READY);
    assert_int_equal(hc_dial_step(&d, &e), HC_IO_OK); /* once more is nothing */
    peer = accept_one(fd);
    assert_int_equal(hc_stream_write(&d.stream, HC_BYTES("x"), &n), HC_IO_OK);
    poll(&(struct pollfd){.fd = peer, .events = POLLIN}, 1, 2000);
    assert_int_equal(read(peer, &byte, 1), 1);
    hc_dial_close(&d, false);
    assert_int_equal(d.phase, HC_DIAL_NONE);
    hc_dial_close(&d, false); /* twice is nothing */
    hc_fd_close(&peer);
    hc_fd_close(&fd);
}

static void closing_with_reset_is_seen_as_a_break(void **state)
{
    struct hc_dial_target target = {.addr = {.len = 0}};
    struct hc_dial d = {.phase = HC_DIAL_NONE};
    struct hc_err e = {0};
    int fd = listener(&target.addr);
    int peer;
    char byte;

    (void)state;
    expect_ok(&e, hc_dial_start(&d, &target, &e));
    assert_int_equal(step_until_decided(&d, &e), HC_IO_OK);
    peer = accept_one(fd);
    hc_dial_close(&d, true);
    poll(&(struct pollfd){.fd = peer, .events = POLLIN}, 1, 2000);
    assert_int_equal(read(peer, &byte, 1), -1); /* ECONNRESET, not 0 */
    hc_fd_close(&peer);
    hc_fd_close(&fd);
}

static void nobody_listening_is_said_with_the_address(void **state)
{
    struct hc_dial_target target = {.addr = {.len = 0}};
    struct hc_dial d = {.phase = HC_DIAL_NONE};
    struct hc_err e = {0};
    int fd = listener(&target.addr);

    (void)state;
    hc_fd_close(&fd);
    if (hc_ok(hc_dial_start(&d, &target, &e)))
        assert_int_equal(step_until_decided(&d, &e), HC_IO_BROKEN);
    assert_int_equal(e.code, HC_E_UPSTREAM_DOWN);
    assert_non_null(strstr(e.text, "127.0.0.1:"));
    hc_dial_close(&d, true);
}

static void an_adopted_stream_is_ready_at_once(void **state)
{
    struct hc_dial d;
    struct hc_err e = {0};
    int fd[2];

    (void)state;
    pair_sockets(fd);
    hc_dial_adopt(&d, (struct hc_stream){.fd = fd[0]});
    assert_int_equal(d.phase, HC_DIAL_READY);
    assert_int_equal(hc_dial_step(&d, &e), HC_IO_OK);
    hc_dial_close(&d, false);
    hc_fd_close(&fd[1]);
}

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

struct secure {
    struct hc_tls_context *client;
    struct hc_tls_context *server;
    struct hc_dial d;
    struct hc_err e;
    struct hc_tls *peer;
    int listener, fd;
    struct pair_judge of_server, of_client;
    struct pair_choice choice;
    struct hc_tls_hello hello;
};

static void secure_begin(struct secure *s, void **state, const struct testpki *with)
{
    struct pair_pki *pki = *state;
    struct hc_cert *chain[2];
    struct hc_cert *server_chain[2];
    struct hc_tls_spec spec = pair_spec(pki, &pki->client, HC_TLS_ASK_NOBODY, chain);
    struct hc_tls_spec server_spec = pair_spec(pki, with, HC_TLS_ASK_REQUIRED, server_chain);
    struct hc_dial_target target = {.server_name = "server.example"};

    *s = (struct secure){
        .of_server = {.pki = pki, .purpose = HC_VERIFY_SERVER},
        .of_client = {.pki = pki, .purpose = HC_VERIFY_CLIENT},
    };
    expect_ok(&s->e, hc_tls_client_new(&spec, &s->client, &s->e));
    expect_ok(&s->e, hc_tls_server_new(&server_spec, &s->server, &s->e));
    s->listener = listener(&target.addr);
    target.tls = s->client;
    target.judge = pair_judge_of(&s->of_server);
    expect_ok(&s->e, hc_dial_start(&s->d, &target, &s->e));
    s->fd = accept_one(s->listener);
    s->choice = (struct pair_choice){s->server, &s->of_client};
    s->hello = pair_hello(&s->choice);
    expect_ok(&s->e, hc_tls_accept(&s->hello, s->fd, &s->peer, &s->e));
}

static enum hc_io secure_shake(struct secure *s)
{
    enum hc_io io = HC_IO_AGAIN_WRITE;
    enum hc_io other = HC_IO_AGAIN_READ;
    struct hc_err unused = {0};

    for (int i = 0; i < 100 && (io == HC_IO_AGAIN_READ || io == HC_IO_AGAIN_WRITE || other == HC_IO_AGAIN_READ); i++) {
        if (io == HC_IO_AGAIN_READ || io == HC_IO_AGAIN_WRITE)
            io = hc_dial_step(&s->d, &s->e);
        if (other == HC_IO_AGAIN_READ)
            other = hc_tls_handshake(s->peer, &unused);
        if (io == HC_IO_BROKEN)
            break;
        poll(NULL, 0, 1);
    }
    return io;
}

static void secure_end(struct secure *s)
{
    hc_dial_close(&s->d, false);
    hc_tls_free(s->peer);
    hc_fd_close(&s->fd);
    hc_fd_close(&s->listener);
    hc_tls_context_free(s->client);
    hc_tls_context_free(s->server);
}

static void a_tls_dial_is_ready_when_the_back_end_was_verified(void **state)
{
    struct pair_pki *pki = *state;
    struct secure s;

    secure_begin(&s, state, &pki->server);
    assert_int_equal(secure_shake(&s), HC_IO_OK);
    assert_int_equal(s.d.phase, HC_DIAL_READY);
    assert_int_equal(s.of_server.calls, 1);
    assert_non_null(hc_tls_peer(s.d.stream.tls));
    assert_string_equal(hc_tls_server_name(s.peer), "server.example");
    assert_non_null(hc_tls_peer(s.peer)); /* it also knows us */
    secure_end(&s);
}

static void a_back_end_whose_certificate_is_refused_is_not_spoken_to(void **state)
{
    struct pair_pki *pki = *state;
    struct secure s;

    secure_begin(&s, state, &pki->client); /* a client's certificate in a server's place */
    assert_int_equal(secure_shake(&s), HC_IO_BROKEN);
    assert_int_not_equal(s.d.phase, HC_DIAL_READY);
    assert_int_equal(s.e.code, HC_E_UPSTREAM_TLS);
    assert_non_null(strstr(s.e.text, "127.0.0.1:"));
    assert_non_null(strstr(s.e.text, "HC-1207")); /* why */
    secure_end(&s);
}

static void a_back_end_that_does_not_speak_tls_is_named(void **state)
{
    struct pair_pki *pki = *state;
    struct secure s;
    enum hc_io io;

    secure_begin(&s, state, &pki->server);
    assert_int_equal(write(s.fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28), 28);
    io = step_until_decided(&s.d, &s.e);
    assert_int_equal(io, HC_IO_BROKEN);
    assert_int_equal(s.e.code, HC_E_UPSTREAM_TLS);
    assert_non_null(strstr(s.e.text, "HC-3002"));
    secure_end(&s);
}

static void a_back_end_that_leaves_in_the_handshake_is_named(void **state)
{
    struct pair_pki *pki = *state;
    struct secure s;

    secure_begin(&s, state, &pki->server);
    hc_tls_free(s.peer);
    s.peer = NULL;
    hc_fd_close(&s.fd);
    assert_int_equal(step_until_decided(&s.d, &s.e), HC_IO_BROKEN);
    assert_int_equal(s.e.code, HC_E_UPSTREAM_TLS);
    secure_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_dial_is_ready_when_connected),
        cmocka_unit_test(closing_with_reset_is_seen_as_a_break),
        cmocka_unit_test(nobody_listening_is_said_with_the_address),
        cmocka_unit_test(an_adopted_stream_is_ready_at_once),
        cmocka_unit_test(a_tls_dial_is_ready_when_the_back_end_was_verified),
        cmocka_unit_test(a_back_end_whose_certificate_is_refused_is_not_spoken_to),
        cmocka_unit_test(a_back_end_that_does_not_speak_tls_is_named),
        cmocka_unit_test(a_back_end_that_leaves_in_the_handshake_is_named),
    };

    return cmocka_run_group_tests_name("net/dial", tests, pair_setup, pair_teardown);
}

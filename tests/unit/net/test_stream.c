/* test_stream.c - bytes, ends and breaks, over plain sockets and over TLS. */
#include "pair.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

/* --- plain -------------------------------------------------------------------------------------------------------- */

static void a_plain_stream_reads_writes_and_ends(void **state)
{
    HC_BUF_AUTO(into, 64);
    struct hc_stream s;
    char text[8];
    size_t n;
    int fd[2];

    (void)state;
    pair_sockets(fd);
    s = (struct hc_stream){.fd = fd[0]};
    assert_int_equal(hc_stream_read(&s, &into, 16, &n), HC_IO_AGAIN_READ);
    assert_int_equal(write(fd[1], "hello", 5), 5);
    assert_int_equal(hc_stream_read(&s, &into, 3, &n), HC_IO_OK);
    assert_int_equal(n, 3);
    assert_int_equal(hc_stream_read(&s, &into, 16, &n), HC_IO_OK);
    expect_bytes(hc_buf_view(&into), "hello");
    assert_int_equal(hc_stream_write(&s, HC_BYTES("bye"), &n), HC_IO_OK);
    assert_int_equal(n, 3);
    hc_stream_end(&s);
    assert_int_equal(read(fd[1], text, sizeof text), 3);
    assert_int_equal(read(fd[1], text, sizeof text), 0);
    assert_int_equal(write(fd[1], "late", 4), 4); /* half-closed: the other way still works */
    assert_int_equal(hc_stream_read(&s, &into, 16, &n), HC_IO_OK);
    shutdown(fd[1], SHUT_WR);
    assert_int_equal(hc_stream_read(&s, &into, 16, &n), HC_IO_END);
    hc_stream_close(&s, false);
    assert_int_equal(s.fd, -1);
    hc_stream_close(&s, true); /* twice is nothing */
    hc_stream_end(&s);
    hc_fd_close(&fd[1]);
}

static void a_plain_stream_says_when_it_is_full_and_when_nobody_reads(void **state)
{
    static const uint8_t block[65536];
    struct hc_stream s;
    enum hc_io io = HC_IO_OK;
    size_t n;
    int fd[2];

    (void)state;
    pair_sockets(fd);
    s = (struct hc_stream){.fd = fd[0]};
    for (int i = 0; i < 1000 && io == HC_IO_OK; i++)
        io = hc_stream_write(&s, hc_bytes_of(block, sizeof block), &n);
    assert_int_equal(io, HC_IO_AGAIN_WRITE);
    hc_fd_close(&fd[1]);
    assert_int_equal(hc_stream_write(&s, HC_BYTES("x"), &n), HC_IO_BROKEN); /* and no SIGPIPE */
    assert_int_equal(n, 0);
    hc_stream_close(&s, false);
}

static void reading_without_memory_is_a_break(void **state)
{
    HC_BUF_AUTO(into, 8);
    struct hc_stream s;
    size_t n = 1;
    int fd[2];

    (void)state;
    pair_sockets(fd);
    s = (struct hc_stream){.fd = fd[0]};
    assert_int_equal(write(fd[1], "hello", 5), 5);
    assert_int_equal(hc_stream_read(&s, &into, 16, &n), HC_IO_BROKEN);
    assert_int_equal(n, 0);
    hc_stream_close(&s, false);
    hc_fd_close(&fd[1]);
}

/* --- TLS ---------------------------------------------------------------------------------------------------------- */

struct tls_end {
    struct hc_tls_context *server;
    SSL_CTX *client;
    struct pair p;
    struct pair_judge j;
    struct hc_stream s; /* ours */
};

static void tls_begin(struct tls_end *t, void **state, int version)
{
    struct pair_pki *pki = *state;

    *t = (struct tls_end){.j = {.pki = pki, .purpose = HC_VERIFY_CLIENT}};
    t->server = pair_server(pki, HC_TLS_ASK_REQUIRED);
    t->client = pair_raw_client(pki, &pki->client, version);
    pair_open(&t->p, t->server, t->client, &t->j);
    pair_shake(&t->p);
    assert_int_equal(t->p.ended, HC_IO_OK);
    t->s = (struct hc_stream){.fd = t->p.fd[0], .tls = t->p.server};
    t->p.fd[0] = -1;
    t->p.server = NULL;
}

static void tls_finish(struct tls_end *t)
{
    hc_stream_close(&t->s, false);
    pair_close(&t->p);
    SSL_CTX_free(t->client);
    hc_tls_context_free(t->server);
}

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

static void close_notify_is_an_end(void **state)
{
    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        HC_BUF_AUTO(into, 64);
        struct tls_end t;
        char text[8];
        size_t n;

        tls_begin(&t, state, versions[i]);
        assert_int_equal(SSL_write(t.p.client, "hello", 5), 5);
        (void)SSL_shutdown(t.p.client);
        assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_OK);
        expect_bytes(hc_buf_view(&into), "hello");
        assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_END);
        assert_int_equal(hc_stream_write(&t.s, HC_BYTES("answer"), &n), HC_IO_OK); /* the other way still works */
        hc_stream_end(&t.s);
        assert_int_equal(SSL_read(t.p.client, text, sizeof text), 6);
        assert_int_equal(SSL_read(t.p.client, text, sizeof text), 0);
        assert_true(SSL_get_shutdown(t.p.client) & SSL_RECEIVED_SHUTDOWN);
        tls_finish(&t);
    }
}

static void a_stream_cut_without_close_notify_is_broken(void **state)
{
    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        HC_BUF_AUTO(into, 64);
        struct tls_end t;
        size_t n;

        tls_begin(&t, state, versions[i]);
        assert_int_equal(SSL_write(t.p.client, "hello", 5), 5);
        shutdown(t.p.fd[1], SHUT_WR); /* what an attacker on the line can do */
        assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_OK);
        assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_BROKEN);
        tls_finish(&t);
    }
}

static void a_cut_stream_moves_nothing_over_a_socket_that_has_its_number_now(void **state)
{
    HC_BUF_AUTO(into, 64);
    struct tls_end t;
    int number;
    int other[2];
    char byte;
    size_t n;

    tls_begin(&t, state, TLS1_3_VERSION);
    number = t.s.fd;
    hc_stream_cut(&t.s, true);
    assert_int_equal(t.s.fd, -1);
    assert_int_equal(recv(t.p.fd[1], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN, 0); /* gone already */
    pair_sockets(other);
    assert_true(dup2(other[0], number) == number);
    assert_int_equal(hc_stream_write(&t.s, HC_BYTES("secret"), &n), HC_IO_BROKEN);
    assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_BROKEN);
    assert_int_equal(hc_stream_end(&t.s), HC_IO_OK);
    assert_false(hc_stream_is_quiet(&t.s));
    tls_finish(&t); /* frees what TLS has */
    assert_int_equal(recv(other[1], &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    if (other[0] != number)
        close(number);
    hc_fd_close(&other[0]);
    hc_fd_close(&other[1]);
}

static void a_record_that_was_tampered_with_is_a_break(void **state)
{
    for (size_t i = 0; i < HC_COUNT(versions); i++) {
        HC_BUF_AUTO(into, 64);
        struct tls_end t;
        size_t n;

        tls_begin(&t, state, versions[i]);
        assert_int_equal(write(t.p.fd[1],
                               "\x17\x03\x03\x00\x20"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345",
                               37),
                         37);
        assert_int_equal(hc_stream_read(&t.s, &into, 16, &n), HC_IO_BROKEN);
        assert_int_equal(into.n, 0);
        tls_finish(&t);
    }
}

/* With every byte written and the socket full, close_notify has no room; a FIN in its place would look like
 * truncation. */
static void an_end_that_finds_no_room_is_said_later(void **state)
{
    static const uint8_t block[512];
    struct tls_end t;
    enum hc_io io = HC_IO_OK;
    char sink[sizeof block];
    size_t total = 0;
    size_t got;
    size_t n;
    int rc;

    tls_begin(&t, state, TLS1_3_VERSION);
    while ((io = hc_stream_write(&t.s, hc_bytes_of(block, sizeof block), &n)) == HC_IO_OK)
        total += n;
    assert_int_equal(io, HC_IO_AGAIN_WRITE);
    got = (size_t)SSL_read(t.p.client, sink, sizeof sink); /* room for the record that was held back, and no more */
    assert_int_equal(hc_stream_write(&t.s, hc_bytes_of(block, sizeof block), &n), HC_IO_OK);
    total += n;
    assert_int_equal(hc_stream_end(&t.s), HC_IO_AGAIN_WRITE);
    while ((rc = SSL_read(t.p.client, sink, sizeof sink)) > 0)
        got += (size_t)rc;
    assert_int_equal(SSL_get_error(t.p.client, rc), SSL_ERROR_WANT_READ); /* no FIN yet */
    assert_int_equal(hc_stream_end(&t.s), HC_IO_OK);
    rc = SSL_read(t.p.client, sink, sizeof sink);
    assert_int_equal(SSL_get_error(t.p.client, rc), SSL_ERROR_ZERO_RETURN);
    assert_int_equal(got, total);
    tls_finish(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_stream_reads_writes_and_ends),
        cmocka_unit_test(a_plain_stream_says_when_it_is_full_and_when_nobody_reads),
        cmocka_unit_test(reading_without_memory_is_a_break),
        cmocka_unit_test(close_notify_is_an_end),
        cmocka_unit_test(a_stream_cut_without_close_notify_is_broken),
        cmocka_unit_test(a_cut_stream_moves_nothing_over_a_socket_that_has_its_number_now),
        cmocka_unit_test(a_record_that_was_tampered_with_is_a_break),
        cmocka_unit_test(an_end_that_finds_no_room_is_said_later),
    };

    return cmocka_run_group_tests_name("net/stream", tests, pair_setup, pair_teardown);
}

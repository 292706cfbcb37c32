/* test_exchange_up.c - the back end's half: framing anew both ways, back pressure, and back ends that misbehave. */
#include "exchange_rig.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define HOST "Host: h\r\n"
#define TO_BACK(method) method " /x HTTP/1.1\r\nHost: back\r\n"
#define OK_HI "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define BAD_GATEWAY "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n"

static void get(struct rig *r)
{
    SEND(r, r->c[0].client, "GET /x HTTP/1.1\r\n" HOST "\r\n");
}

/* A request and its answer, after which the back end's connection waits for the next. */
static void warm_up(struct rig *r)
{
    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
    rig_done(r, 1);
    assert_int_equal(r->n_released, 1);
}

static void close_back(struct rig *r, int n)
{
    hc_fd_close(&r->back[n - 1]);
    r->back[n - 1] = -1;
}

/* --- framing ------------------------------------------------------------------------------------------------------ */

static void both_connections_are_kept_and_no_hop_by_hop_field_passes(void **state)
{
    struct rig *r = *state;

    for (int i = 1; i <= 3; i++) {
        get(r);
        EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
        SEND(r, rig_back(r, 1),
             "HTTP/1.1 200 Fine\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=5\r\nX-Hop: 1\r\nX: y\r\n"
             "Content-Length: 2\r\nUpgrade: h2c\r\n\r\nhi");
        EXPECT(r, r->c[0].client, "HTTP/1.1 200 Fine\r\nX: y\r\nContent-Length: 2\r\n\r\nhi");
        assert_int_equal(rig_done(r, i)->bytes, 2);
    }
    assert_int_equal(r->n_back, 1);
    assert_int_equal(r->n_reused, 2);
}

static void an_answer_may_come_byte_by_byte(void **state)
{
    struct rig *r = *state;
    struct hc_bytes answer =
        HC_BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\nT: t\r\n\r\n");

    get(r);
    rig_back(r, 1);
    for (size_t i = 0; i < answer.n; i++)
        rig_send(r, rig_back(r, 1), hc_bytes_of(answer.p + i, 1));
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n");
    rig_done(r, 1);
    assert_int_equal(r->n_released, 1);
}

static void a_chunked_request_is_framed_anew_without_its_trailers(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client,
         "POST /x HTTP/1.1\r\n" HOST
         "Transfer-Encoding: chunked\r\n\r\n005;ext=\"1\"\r\nhello\r\n0\r\nIdentity: me\r\n\r\n");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
    assert_int_equal(r->n_released, 1);
}

static void a_request_with_a_length_keeps_it(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhel");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Content-Length: 5\r\n\r\nhel");
    SEND(r, r->c[0].client, "loGET /x HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, rig_back(r, 1), "lo");
    rig_expect_silence(r, rig_back(r, 1), 10); /* the next request waits for the answer */
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
}

static void an_answer_that_ends_with_the_connection_becomes_chunked(void **state)
{
    struct rig *r = *state;

    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 1), "HTTP/1.0 200 OK\r\n\r\nhi");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
    close_back(r, 1);
    EXPECT(r, r->c[0].client, "0\r\n\r\n");
    rig_done(r, 1);
    assert_int_equal(r->n_released, 0);
    get(r);
    EXPECT(r, rig_back(r, 2), TO_BACK("GET") "\r\n");
}

static void a_client_of_1_0_gets_no_chunks_and_the_end_of_the_connection(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi");
    rig_expect_end(r, r->c[0].client);
    assert_int_equal(r->n_released, 1);
}

static void a_client_of_1_0_is_kept_when_the_length_is_known(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
    rig_expect_silence(r, r->c[0].client, 5);
}

static void a_back_end_of_1_0_is_used_once(void **state)
{
    struct rig *r = *state;

    get(r);
    SEND(r, rig_back(r, 1), "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT(r, r->c[0].client, OK_HI);
    rig_done(r, 1);
    assert_int_equal(r->n_released, 0);
}

static void answers_without_a_body_end_at_their_head(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "HEAD /x HTTP/1.1\r\n" HOST "\r\n");
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    rig_done(r, 1);
    assert_int_equal(r->n_released,
                     0); /* a back end that answers HEAD with a body must not answer the next client with it */
    get(r);
    SEND(r, rig_back(r, 2), "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
    rig_done(r, 2);
    assert_int_equal(r->n_reused, 0);
    assert_int_equal(r->n_released, 1);
}

static void interim_answers_of_the_back_end_are_dropped(void **state)
{
    struct rig *r = *state;

    get(r);
    SEND(r, rig_back(r, 1), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
}

/* A request, and the first back end sends so many interim answers. */
static void get_interims(struct rig *r, int n)
{
    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    for (int i = 0; i < n; i++)
        SEND(r, rig_back(r, 1), "HTTP/1.1 103 Early Hints\r\n\r\n");
}

static void interim_answers_are_bounded_for_each_request(void **state)
{
    struct rig *r = *state;

    for (int i = 1; i <= 2; i++) {
        get_interims(r, HC_HTTP_INTERIM_MAX);
        SEND(r, rig_back(r, 1), OK_HI);
        EXPECT(r, r->c[0].client, OK_HI);
        rig_done(r, i);
    }
    assert_int_equal(r->n_reused, 1);
    get_interims(r, HC_HTTP_INTERIM_MAX + 1);
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(rig_done(r, 3)->why, HC_E_UPSTREAM_GARBAGE);
    assert_int_equal(r->n_back, 1);
}

static void a_client_that_waits_is_told_to_continue(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 100 Continue\r\n\r\n");
    SEND(r, r->c[0].client, "hi");
    EXPECT(r, rig_back(r, 1), TO_BACK("PUT") "Content-Length: 2\r\n\r\nhi");
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
}

/* --- back pressure ------------------------------------------------------------------------------------------------ */

#define LONG_BODY (3u * 1024 * 1024)

/* Pushes up to `left` bytes of the pattern from `at` on; how many went. */
static size_t push(int fd, uint64_t at, uint64_t left)
{
    uint8_t part[8192];
    size_t n = left < sizeof part ? (size_t)left : sizeof part;
    ssize_t put;

    for (size_t i = 0; i < n; i++)
        part[i] = rig_byte(at + i);
    put = send(fd, part, n, MSG_NOSIGNAL);
    return put > 0 ? (size_t)put : 0;
}

static size_t pull(int fd, uint64_t at, uint64_t left)
{
    uint8_t part[8192];
    ssize_t got = recv(fd, part, left < sizeof part ? (size_t)left : sizeof part, 0);

    for (ssize_t i = 0; i < got; i++)
        if (part[i] != rig_byte(at + (uint64_t)i))
            fail_msg("byte %llu is wrong", (unsigned long long)(at + (uint64_t)i));
    return got > 0 ? (size_t)got : 0;
}

/* `from` sends a long body, `to` reads nothing for a while and then all of it. */
static void flood(struct rig *r, int from, int to)
{
    const struct hc_http *h = &r->c[0].http;
    uint64_t late = hc_mono_ms() + 4 * RIG_PATIENCE_MS;
    uint64_t sent = 0;
    uint64_t received = 0;

    for (int quiet = 0; quiet < 20; rig_run(r, 1)) {
        size_t n = push(from, sent, LONG_BODY - sent);

        sent += n;
        quiet = n ? 0 : quiet + 1;
    }
    assert_in_range(sent, 1000, LONG_BODY - 1); /* the sender was held back */
    assert_in_range(h->in.n + h->out.n + h->up_in.n + h->up_out.n, 1, 200000);
    while (received < LONG_BODY && hc_mono_ms() < late) {
        sent += push(from, sent, LONG_BODY - sent);
        received += pull(to, received, LONG_BODY - received);
        rig_run(r, 0);
    }
    assert_int_equal(received, LONG_BODY);
}

static void a_long_answer_waits_for_a_slow_client(void **state)
{
    struct rig *r = *state;

    get(r);
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n");
    flood(r, rig_back(r, 1), r->c[0].client);
    assert_int_equal(rig_done(r, 1)->bytes, LONG_BODY);
    assert_int_equal(r->n_released, 1);
}

static void a_long_request_waits_for_a_slow_back_end(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Content-Length: 3145728\r\n\r\n");
    flood(r, r->c[0].client, rig_back(r, 1));
    SEND(r, rig_back(r, 1), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
    assert_int_equal(r->n_released, 1);
}

static void an_early_answer_reaches_the_client_and_ends_the_connection(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nstart");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Content-Length: 1000000\r\n\r\nstart");
    SEND(r, rig_back(r, 1), "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    close_back(r, 1);
    EXPECT(r, r->c[0].client, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    rig_expect_end(r, r->c[0].client);
    assert_int_equal(rig_done(r, 1)->status, 413);
    assert_int_equal(r->n_released, 0);
}

static void an_early_answer_survives_a_client_that_stops_sending(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 1000000\r\n\r\nstart");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Content-Length: 1000000\r\n\r\nstart");
    SEND(r, rig_back(r, 1), "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nn");
    EXPECT(r, r->c[0].client, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nn");
    assert_int_equal(shutdown(r->c[0].client, SHUT_WR), 0);
    rig_run(r, 10);
    SEND(r, rig_back(r, 1), "o");
    EXPECT(r, r->c[0].client, "o");
    rig_expect_end(r, r->c[0].client);
}

/* --- back ends that misbehave ------------------------------------------------------------------------------------- */

static void a_back_end_that_cannot_be_reached_is_a_502_and_the_client_is_kept(void **state)
{
    struct rig *r = *state;

    r->open_fails = true;
    get(r);
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_DOWN);
    r->open_fails = false;
    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
}

static void a_closed_port_is_a_502(void **state)
{
    struct rig *r = *state;
    struct hc_dial_target target = {0};
    HC_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct hc_err e;

    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &target.addr, &e));
    target.addr.len = sizeof target.addr.ss;
    assert_int_equal(bind(fd, (struct sockaddr *)&target.addr.ss, 16), 0); /* ours, and nobody listens */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&target.addr.ss, &target.addr.len), 0);
    r->dial = &target;
    get(r);
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_DOWN);
}

static void a_back_end_that_closes_without_an_answer_is_a_502(void **state)
{
    struct rig *r = *state;

    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    close_back(r, 1);
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_CLOSED);
    assert_int_equal(r->n_back, 1); /* a fresh connection that died is not tried again */
}

static void garbage_and_unasked_switching_are_a_502(void **state)
{
    static const char *const answers[] = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    };
    struct rig *r = *state;

    for (int i = 0; i < (int)HC_COUNT(answers); i++) {
        get(r);
        rig_send(r, rig_back(r, i + 1), hc_bytes_str(answers[i]));
        EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
        assert_int_equal(rig_done(r, i + 1)->why, HC_E_UPSTREAM_GARBAGE);
    }
}

static void an_answer_that_breaks_off_is_cut_for_the_client_too(void **state)
{
    static const struct {
        const char *answer;
        const char *seen;
        bool reset; /* how the back end goes */
        bool old;   /* the client speaks 1.0 */
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", false,
         false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", false, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi", false, true},
        {"HTTP/1.1 200 OK\r\n\r\nhi", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", true, false},
        {"HTTP/1.1 200 OK\r\n\r\nhi", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi", true, true},
    };

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct rig *r;

        if (i > 0)
            assert_int_equal(rig_set_up(state), 0);
        r = *state;
        if (rows[i].old)
            SEND(r, r->c[0].client, "GET /x HTTP/1.0\r\n\r\n");
        else
            get(r);
        EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
        rig_send(r, rig_back(r, 1), hc_bytes_str(rows[i].answer));
        rig_expect(r, r->c[0].client, hc_bytes_str(rows[i].seen), __FILE__, __LINE__);
        if (rows[i].reset)
            rig_reset(&r->back[0]);
        else
            close_back(r, 1);
        rig_expect_reset(r, r->c[0].client);
        assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_CLOSED);
        if (i + 1 < HC_COUNT(rows))
            rig_tear_down(state);
    }
}

static void bytes_after_an_answer_spoil_the_connection(void **state)
{
    struct rig *r = *state;

    get(r);
    SEND(r, rig_back(r, 1), OK_HI "HTTP/1.1 200 OK\r\n");
    EXPECT(r, r->c[0].client, OK_HI);
    rig_done(r, 1);
    assert_int_equal(r->n_released, 0);
}

/* --- reuse -------------------------------------------------------------------------------------------------------- */

static void a_get_is_sent_again_when_a_reused_connection_had_ended(void **state)
{
    struct rig *r = *state;

    warm_up(r);
    close_back(r, 1);
    get(r);
    EXPECT(r, rig_back(r, 2), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 2), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
    assert_int_equal(rig_done(r, 2)->why, HC_OK_CODE);
    assert_int_equal(r->n_reused, 1);
}

static void a_get_is_sent_again_when_a_reused_connection_was_reset(void **state)
{
    struct rig *r = *state;

    warm_up(r);
    rig_reset(&r->back[0]);
    rig_run(r, 5);
    get(r);
    EXPECT(r, rig_back(r, 2), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 2), OK_HI);
    EXPECT(r, r->c[0].client, OK_HI);
}

static void a_post_is_never_sent_twice(void **state)
{
    struct rig *r = *state;

    warm_up(r);
    close_back(r, 1);
    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n");
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(rig_done(r, 2)->why, HC_E_UPSTREAM_CLOSED);
    assert_int_equal(r->n_back, 1);
}

static void nothing_is_sent_again_once_the_back_end_has_spoken(void **state)
{
    struct rig *r = *state;

    warm_up(r);
    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 1), "HTTP/1.1 2");
    close_back(r, 1);
    EXPECT(r, r->c[0].client, BAD_GATEWAY "\r\nno");
    assert_int_equal(r->n_back, 1);
}

/* --- time, and clients that leave --------------------------------------------------------------------------------- */

static void a_silent_back_end_is_a_504(void **state)
{
    struct rig *r = *state;

    r->limits.upstream_ms = 50;
    get(r);
    EXPECT(r, r->c[0].client, "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 2\r\n\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TIMEOUT);
    rig_expect_reset(r, (EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n"), rig_back(r, 1)));
}

static void a_back_end_that_falls_silent_in_its_answer_is_cut(void **state)
{
    struct rig *r = *state;

    r->limits.upstream_ms = 50;
    get(r);
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi");
    rig_expect_reset(r, r->c[0].client);
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TIMEOUT);
}

static void a_back_end_that_takes_no_more_of_a_request_is_to_blame(void **state)
{
    struct rig *r = *state;
    uint64_t sent = 0;

    r->limits.upstream_ms = 100;
    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 3145728\r\n\r\n");
    for (uint64_t late = hc_mono_ms() + RIG_PATIENCE_MS; r->n_done == 0 && hc_mono_ms() < late; rig_run(r, 1))
        sent += push(r->c[0].client, sent, LONG_BODY - sent);
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TIMEOUT);
    EXPECT(r, r->c[0].client, "HTTP/1.1 504 Gateway Timeout\r\n");
}

static void a_client_that_falls_silent_in_its_request_is_told_so(void **state)
{
    struct rig *r = *state;

    r->limits.idle_ms = 50;
    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhi");
    EXPECT(r, r->c[0].client, "HTTP/1.1 408 Request Timeout\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_TIMEOUT_IDLE);
}

static void a_client_that_leaves_in_the_middle_of_its_request_frees_the_back_end(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nhi");
    EXPECT(r, rig_back(r, 1), TO_BACK("POST") "Content-Length: 9\r\n\r\nhi");
    hc_fd_close(&r->c[0].client);
    r->c[0].client = -1;
    rig_expect_reset(r, rig_back(r, 1));
    assert_int_equal(rig_done(r, 1)->why, HC_E_HTTP_CLOSED);
    rig_expect_closed(r, 0);
}

static void a_client_that_vanishes_while_it_waits_frees_the_back_end(void **state)
{
    struct rig *r = *state;

    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    rig_reset(&r->c[0].client);
    rig_expect_reset(r, rig_back(r, 1));
    assert_int_equal(rig_done(r, 1)->why, HC_E_HTTP_CLOSED);
    rig_expect_closed(r, 0);
}

static void a_malformed_body_is_a_400_and_the_back_end_is_cut(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nhiX");
    EXPECT(r, r->c[0].client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    assert_int_equal(rig_done(r, 1)->why, HC_E_HTTP_FRAMING);
    assert_int_equal(r->n_released, 0);
}

/* --- back ends that lose their right ------------------------------------------------------------------------------ */

static void lose(struct rig *r)
{
    struct hc_err why = {.code = HC_E_UPSTREAM_TLS, .text = "revoked"};

    hc_http_lose_back_end(&r->c[0].http, &why);
}

static void a_back_end_that_is_refused_once_it_is_reached_hears_nothing_and_is_a_502(void **state)
{
    struct rig *r = *state;
    struct hc_addr a;
    struct hc_dial_target target = {0};
    struct hc_err e;
    int listener = -1;
    int back = -1;
    struct hc_addr peer;
    char got[8];

    expect_ok(&e, hc_addr_parse(HC_BYTES("127.0.0.1:0"), &a, &e));
    expect_ok(&e, hc_sock_listen(&a, true, &listener, &e));
    target.addr = a;
    r->dial = &target;
    r->connected_fails = true;
    get(r);
    EXPECT(r, r->c[0].client, BAD_GATEWAY);
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TLS);
    assert_int_equal(r->n_connected, 1);
    expect_ok(&e, hc_sock_accept(listener, &back, &peer, &e));
    assert_true(recv(back, got, sizeof got, 0) <= 0);
    hc_fd_close(&back);
    hc_fd_close(&listener);
    r->dial = NULL;
}

static void a_back_end_lost_before_its_answer_is_a_502_and_the_client_is_kept(void **state)
{
    struct rig *r = *state;

    lose(r); /* without a request it is nothing */
    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    lose(r);
    EXPECT(r, r->c[0].client, BAD_GATEWAY);
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TLS);
    rig_expect_reset(r, rig_back(r, 1));
    lose(r);
    assert_false(hc_http_is_over(&r->c[0].http));
}

static void a_back_end_lost_in_its_answer_cuts_the_client(void **state)
{
    struct rig *r = *state;

    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n");
    rig_run(r, 20);
    lose(r);
    rig_expect_closed(r, 0);
    assert_int_equal(rig_done(r, 1)->why, HC_E_UPSTREAM_TLS);
}

static void a_connection_that_is_cut_tells_its_request_why(void **state)
{
    struct rig *r = *state;
    struct hc_err why = {.code = HC_E_REVOKED, .text = "revoked"};

    get(r);
    EXPECT(r, rig_back(r, 1), TO_BACK("GET") "\r\n");
    assert_true(hc_http_is_busy(&r->c[0].http));
    hc_http_cut(&r->c[0].http, &why);
    assert_true(hc_http_is_over(&r->c[0].http));
    hc_http_cut(&r->c[0].http, &why);
    rig_expect_reset(r, r->c[0].client);
    rig_expect_reset(r, rig_back(r, 1));
    rig_expect_closed(r, 0);
    assert_int_equal(rig_done(r, 1)->why, HC_E_REVOKED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(both_connections_are_kept_and_no_hop_by_hop_field_passes),
        RIG_TEST(an_answer_may_come_byte_by_byte),
        RIG_TEST(a_chunked_request_is_framed_anew_without_its_trailers),
        RIG_TEST(a_request_with_a_length_keeps_it),
        RIG_TEST(an_answer_that_ends_with_the_connection_becomes_chunked),
        RIG_TEST(a_client_of_1_0_gets_no_chunks_and_the_end_of_the_connection),
        RIG_TEST(a_client_of_1_0_is_kept_when_the_length_is_known),
        RIG_TEST(a_back_end_of_1_0_is_used_once),
        RIG_TEST(answers_without_a_body_end_at_their_head),
        RIG_TEST(interim_answers_of_the_back_end_are_dropped),
        RIG_TEST(interim_answers_are_bounded_for_each_request),
        RIG_TEST(a_client_that_waits_is_told_to_continue),
        RIG_TEST(a_long_answer_waits_for_a_slow_client),
        RIG_TEST(a_long_request_waits_for_a_slow_back_end),
        RIG_TEST(an_early_answer_reaches_the_client_and_ends_the_connection),
        RIG_TEST(an_early_answer_survives_a_client_that_stops_sending),
        RIG_TEST(a_back_end_that_cannot_be_reached_is_a_502_and_the_client_is_kept),
        RIG_TEST(a_closed_port_is_a_502),
        RIG_TEST(a_back_end_that_closes_without_an_answer_is_a_502),
        RIG_TEST(garbage_and_unasked_switching_are_a_502),
        RIG_TEST(an_answer_that_breaks_off_is_cut_for_the_client_too),
        RIG_TEST(bytes_after_an_answer_spoil_the_connection),
        RIG_TEST(a_get_is_sent_again_when_a_reused_connection_had_ended),
        RIG_TEST(a_get_is_sent_again_when_a_reused_connection_was_reset),
        RIG_TEST(a_post_is_never_sent_twice),
        RIG_TEST(nothing_is_sent_again_once_the_back_end_has_spoken),
        RIG_TEST(a_silent_back_end_is_a_504),
        RIG_TEST(a_back_end_that_falls_silent_in_its_answer_is_cut),
        RIG_TEST(a_back_end_that_takes_no_more_of_a_request_is_to_blame),
        RIG_TEST(a_client_that_falls_silent_in_its_request_is_told_so),
        RIG_TEST(a_client_that_leaves_in_the_middle_of_its_request_frees_the_back_end),
        RIG_TEST(a_client_that_vanishes_while_it_waits_frees_the_back_end),
        RIG_TEST(a_malformed_body_is_a_400_and_the_back_end_is_cut),
        RIG_TEST(a_back_end_that_is_refused_once_it_is_reached_hears_nothing_and_is_a_502),
        RIG_TEST(a_back_end_lost_before_its_answer_is_a_502_and_the_client_is_kept),
        RIG_TEST(a_back_end_lost_in_its_answer_cuts_the_client),
        RIG_TEST(a_connection_that_is_cut_tells_its_request_why),
    };

    return cmocka_run_group_tests_name("http/exchange_up", tests, NULL, NULL);
}

/* test_exchange.c - the client's half: requests one after another, answers of this program, files, time and the end. */
#include "exchange_rig.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

#define OWN "HTTP/1.1 200 OK\r\nWho: us\r\nContent-Length: 3\r\n\r\nown"
#define OWN_CLOSE "HTTP/1.1 200 OK\r\nWho: us\r\nContent-Length: 3\r\nConnection: close\r\n\r\nown"
#define HOST "Host: h\r\n"

static void make_file(struct rig *r, uint64_t length)
{
    uint8_t part[4096];

    r->file = memfd_create("served", MFD_CLOEXEC);
    r->file_length = length;
    for (uint64_t at = 0; at < length; at += sizeof part) {
        for (size_t i = 0; i < sizeof part; i++)
            part[i] = rig_byte(at + i);
        assert_int_equal(pwrite(r->file, part, sizeof part, (off_t)at), sizeof part);
    }
}

/* Reads `length` bytes of a body, at most `step` a turn; the pattern must hold. */
static void read_body(struct rig *r, int fd, uint64_t length, size_t step)
{
    static uint8_t part[65536];
    uint64_t late = hc_mono_ms() + 4 * RIG_PATIENCE_MS;

    for (uint64_t at = 0; at < length;) {
        ssize_t n = recv(fd, part, step < length - at ? step : (size_t)(length - at), 0);

        if (n == 0 || hc_mono_ms() > late)
            fail_msg("the body stopped after %llu bytes", (unsigned long long)at);
        for (ssize_t i = 0; i < n; i++)
            if (part[i] != rig_byte(at + (uint64_t)i))
                fail_msg("byte %llu is wrong", (unsigned long long)(at + (uint64_t)i));
        if (n > 0)
            at += (uint64_t)n;
        rig_run(r, n > 0 ? 0 : 1);
    }
}

/* --- one after another -------------------------------------------------------------------------------------------- */

static void requests_are_answered_one_after_another_on_one_connection(void **state)
{
    struct rig *r = *state;

    for (int i = 1; i <= 3; i++) {
        SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
        EXPECT(r, r->c[0].client, OWN);
        assert_int_equal(rig_done(r, i)->status, 200);
        assert_int_equal(rig_done(r, i)->bytes, 3);
        assert_int_equal(rig_done(r, i)->why, HC_OK_CODE);
    }
    assert_int_equal(r->n_back, 0);
}

static void a_connection_that_waits_for_a_request_holds_no_buffer(void **state)
{
    struct rig *r = *state;
    const struct hc_http *h = &r->c[0].http;

    rig_run(r, 5); /* nothing was said yet */
    assert_null(h->in.p);
    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, OWN);
    rig_run(r, 5);
    assert_null(h->in.p);
    assert_null(h->out.p);
    assert_null(h->up_in.p);
    assert_null(h->up_out.p);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct rig *r = *state;
    struct hc_bytes request = HC_BYTES("GET /own HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n");

    for (size_t i = 0; i < request.n; i++)
        rig_send(r, r->c[0].client, hc_bytes_of(request.p + i, 1));
    EXPECT(r, r->c[0].client, OWN);
    assert_string_equal(hc_buf_cstr(&r->asked), "A GET /own\n");
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct rig *r = *state;

    make_file(r, 4096);
    r->file_length = 3;
    SEND(r, r->c[0].client,
         "GET /own HTTP/1.1\r\n" HOST "\r\nGET /file HTTP/1.1\r\n" HOST "\r\nGET /back HTTP/1.1\r\n" HOST
         "\r\nGET /deny HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, OWN "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x00\x1f\x3e");
    EXPECT(r, rig_back(r, 1), "GET /back HTTP/1.1\r\nHost: back\r\n\r\n");
    rig_expect_silence(r, r->c[0].client, 20);
    SEND(r, rig_back(r, 1), "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT(r, r->c[0].client,
           "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 403 Forbidden\r\nWho: us\r\nContent-Length: 6\r\n\r\ndenied");
    assert_string_equal(hc_buf_cstr(&r->asked), "A GET /own\nA GET /file\nA GET /back\nA GET /deny\n");
    assert_int_equal(rig_done(r, 4)->why, HC_E_NO_RULE);
}

static void a_client_that_asks_for_the_end_gets_it(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    EXPECT(r, r->c[0].client, OWN_CLOSE);
    rig_expect_end(r, r->c[0].client);
    hc_fd_close(&r->c[0].client);
    r->c[0].client = -1;
    rig_expect_closed(r, 0);
}

static void http_1_0_is_kept_only_when_asked_for(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /own HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nWho: us\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nown");
    SEND(r, r->c[0].client, "GET /own HTTP/1.0\r\n\r\n");
    EXPECT(r, r->c[0].client, OWN_CLOSE);
    rig_expect_end(r, r->c[0].client);
}

static void head_is_answered_without_a_body(void **state)
{
    struct rig *r = *state;

    make_file(r, 4096);
    SEND(r, r->c[0].client, "HEAD /own HTTP/1.1\r\n" HOST "\r\nHEAD /file HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client,
           "HTTP/1.1 200 OK\r\nWho: us\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n");
    assert_int_equal(rig_done(r, 2)->bytes, 0);
    rig_expect_silence(r, r->c[0].client, 5);
}

static void an_answer_to_a_request_whose_body_nobody_reads_ends_the_connection(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "POST /deny HTTP/1.1\r\n" HOST "Content-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
    EXPECT(r, r->c[0].client,
           "HTTP/1.1 403 Forbidden\r\nWho: us\r\nContent-Length: 6\r\nConnection: close\r\n\r\ndenied");
    rig_expect_end(r, r->c[0].client);
}

/* --- files -------------------------------------------------------------------------------------------------------- */

static void a_large_file_reaches_a_slow_client_whole(void **state)
{
    struct rig *r = *state;
    const uint64_t length = 4 * 1024 * 1024;

    make_file(r, length);
    SEND(r, r->c[0].client, "GET /file HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n");
    rig_run(r, 20);
    assert_in_range(r->c[0].http.out.n, 1, 65536); /* it waits for the client; it does not gather */
    read_body(r, r->c[0].client, length, 3000);
    assert_int_equal(rig_done(r, 1)->bytes, length);
    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, OWN);
}

static void a_file_that_shrank_cuts_the_connection(void **state)
{
    struct rig *r = *state;

    make_file(r, 4096);
    r->file_length = 5000;
    SEND(r, r->c[0].client, "GET /file HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rig_done(r, 1)->why, HC_E_FILE_UNREADABLE);
    rig_expect_closed(r, 0);
}

/* --- what is wrong ------------------------------------------------------------------------------------------------ */

static void garbage_is_refused_and_ends_the_connection(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET / HTTP/1.1\nHost: h\n\nGET /own HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    rig_expect_end(r, r->c[0].client);
    assert_int_equal(rig_done(r, 1)->why, HC_E_HTTP_MALFORMED);
    assert_string_equal(hc_buf_cstr(&r->asked), "");
}

static void a_head_without_end_is_refused_at_its_limit(void **state)
{
    struct rig *r = *state;
    static uint8_t long_field[HC_H1_HEAD_MAX];

    memset(long_field, 'a', sizeof long_field);
    SEND(r, r->c[0].client, "GET / HTTP/1.1\r\n" HOST "A: ");
    rig_send(r, r->c[0].client, hc_bytes_of(long_field, sizeof long_field));
    EXPECT(r, r->c[0].client, "HTTP/1.1 431 ");
    assert_int_equal(r->refused_for, HC_E_HTTP_HEAD_TOO_BIG);
}

static void a_plan_that_could_not_be_made_is_not_sent_in_part(void **state)
{
    struct rig *r = *state;

    r->spoil = true;
    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
    rig_expect_reset(r, r->c[0].client);
    rig_expect_closed(r, 0);
    assert_int_equal(r->n_done, 1);
    assert_int_not_equal(r->done[0].why, HC_OK_CODE);
}

static void an_owner_may_end_the_connection_when_it_is_asked(void **state)
{
    struct rig *r = *state;

    r->abort_in_request = true;
    SEND(r, r->c[0].client, "GET /back HTTP/1.1\r\n" HOST "\r\n");
    rig_expect_reset(r, r->c[0].client);
    rig_expect_closed(r, 0);
    assert_int_equal(r->n_done, 1);
    assert_int_equal(r->n_back, 0);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void an_idle_connection_is_closed_without_a_word(void **state)
{
    struct rig *r = *state;

    r->limits.idle_ms = 50;
    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, OWN);
    rig_expect_end(r, r->c[0].client);
    assert_int_equal(r->refused, 0);
}

static void a_head_that_trickles_in_is_refused_in_time(void **state)
{
    struct rig *r = *state;
    uint64_t began = hc_mono_ms();

    r->limits.head_ms = 100;
    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\nA: ");
    while (r->refused == 0 && hc_mono_ms() < began + RIG_PATIENCE_MS) {
        SEND(r, r->c[0].client, "a");
        rig_run(r, 10);
    }
    assert_in_range(hc_mono_ms() - began, 90, 1000);
    assert_int_equal(r->refused_for, HC_E_TIMEOUT_HEADER);
    EXPECT(r, r->c[0].client, "HTTP/1.1 408 Request Timeout\r\n");
}

static void a_client_that_does_not_read_is_cut(void **state)
{
    struct rig *r = *state;

    r->limits.idle_ms = 100;
    make_file(r, 4 * 1024 * 1024);
    SEND(r, r->c[0].client, "GET /file HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(rig_done(r, 1)->why, HC_E_TIMEOUT_IDLE);
    rig_expect_closed(r, 0);
}

static void a_refused_client_that_goes_on_sending_is_cut_in_the_end(void **state)
{
    struct rig *r = *state;
    uint64_t began = hc_mono_ms();

    SEND(r, r->c[0].client, "garbage\r\n\r\n");
    EXPECT(r, r->c[0].client, "HTTP/1.1 400 Bad Request\r\n");
    while (r->c[0].closed == 0 && hc_mono_ms() < began + RIG_PATIENCE_MS) {
        rig_push(r->c[0].client, HC_BYTES("a"));
        rig_run(r, 50);
    }
    assert_in_range(hc_mono_ms() - began, 500, 2500);
}

static void one_busy_connection_does_not_keep_another_waiting(void **state)
{
    struct rig *r = *state;
    HC_BUF_AUTO(many, 1024 * 1024);
    const char *other;
    int before = 0;

    rig_connect(r, 1);
    rig_run(r, 2);
    for (int i = 0; i < 1000; i++)
        hc_buf_add_str(&many, "HEAD /own HTTP/1.1\r\n" HOST "\r\n");
    r->poke_at = 20;
    assert_in_range(rig_push(r->c[0].client, hc_buf_view(&many)), 6000, many.n);
    rig_run(r, 50);
    assert_in_range(r->n_asked, 180, 1001);
    other = strstr(hc_buf_cstr(&r->asked), "B GET /own\n");
    assert_non_null(other);
    for (const char *c = hc_buf_cstr(&r->asked); c < other; c++)
        before += *c == '\n';
    assert_in_range(before, 20, 100);
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static void a_client_that_half_closes_is_still_answered(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /one HTTP/1.1\r\n" HOST "\r\nGET /own HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(shutdown(r->c[0].client, SHUT_WR), 0);
    EXPECT(r, rig_back(r, 1), "GET /one HTTP/1.1\r\nHost: back\r\n\r\n");
    rig_run(r, 10);
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nWho: us\r\nContent-Length: 3\r\n");
    rig_done(r, 2);
    rig_expect_closed(r, 0);
}

static void a_client_that_leaves_in_the_middle_of_a_head_is_told_so(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /own HTT");
    assert_int_equal(shutdown(r->c[0].client, SHUT_WR), 0);
    rig_expect_closed(r, 0);
    assert_int_equal(r->refused_for, HC_E_HTTP_CLOSED);
    assert_int_equal(r->n_done, 1);
}

static void a_client_that_leaves_between_requests_is_no_event(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /own HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, r->c[0].client, OWN);
    hc_fd_close(&r->c[0].client);
    r->c[0].client = -1;
    rig_expect_closed(r, 0);
    assert_int_equal(r->n_done, 1);
    assert_int_equal(r->refused, 0);
}

static void a_client_that_vanishes_while_it_is_answered_is_noticed(void **state)
{
    struct rig *r = *state;

    make_file(r, 4 * 1024 * 1024);
    SEND(r, r->c[0].client, "GET /file HTTP/1.1\r\n" HOST "\r\n");
    rig_run(r, 5);
    rig_reset(&r->c[0].client);
    assert_int_equal(rig_done(r, 1)->why, HC_E_HTTP_CLOSED);
    rig_expect_closed(r, 0);
}

static void draining_ends_an_idle_connection_at_once(void **state)
{
    struct rig *r = *state;

    rig_run(r, 2);
    hc_http_drain(&r->c[0].http);
    rig_expect_end(r, r->c[0].client);
    rig_expect_closed(r, 0);
}

static void draining_lets_a_request_end_and_says_that_it_was_the_last(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /one HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, rig_back(r, 1), "GET /one HTTP/1.1\r\nHost: back\r\n\r\n");
    hc_http_drain(&r->c[0].http);
    SEND(r, rig_back(r, 1), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
    EXPECT(r, r->c[0].client, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n1");
    rig_expect_end(r, r->c[0].client);
}

static void an_abort_ends_everything_at_once_and_once(void **state)
{
    struct rig *r = *state;

    SEND(r, r->c[0].client, "GET /one HTTP/1.1\r\n" HOST "\r\n");
    EXPECT(r, rig_back(r, 1), "GET /one HTTP/1.1\r\nHost: back\r\n\r\n");
    hc_http_abort(&r->c[0].http);
    hc_http_abort(&r->c[0].http);
    hc_http_drain(&r->c[0].http);
    rig_expect_reset(r, r->c[0].client);
    rig_expect_reset(r, rig_back(r, 1));
    rig_expect_closed(r, 0);
    assert_int_equal(r->n_done, 1);
}

/* Every allocation fails once; whatever happens, the connection ends and nothing is leaked or called twice. */
static void without_memory_a_connection_ends_and_nothing_else(void **state)
{
    (void)state;
    for (unsigned k = 1, met = 1; met; k++) {
        void *inner = NULL;
        struct rig *r;

        assert_int_equal(rig_set_up(&inner), 0);
        r = inner;
        rig_run(r, 1);
        fault_alloc_at(k);
        rig_push(r->c[0].client, HC_BYTES("GET /own HTTP/1.1\r\n" HOST "\r\nGET /a HTTP/1.1\r\n" HOST "\r\n"));
        rig_run(r, 3);
        if (r->n_back > 0)
            rig_push(r->back[0], HC_BYTES("HTTP/1.0 200 OK\r\n\r\nbody"));
        rig_run(r, 3);
        met = fault_happened();
        fault_alloc_at(0);
        rig_tear_down(&inner);
        assert_in_range(k, 1, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIG_TEST(requests_are_answered_one_after_another_on_one_connection),
        RIG_TEST(a_connection_that_waits_for_a_request_holds_no_buffer),
        RIG_TEST(a_request_may_come_byte_by_byte),
        RIG_TEST(pipelined_requests_are_answered_in_order),
        RIG_TEST(a_client_that_asks_for_the_end_gets_it),
        RIG_TEST(http_1_0_is_kept_only_when_asked_for),
        RIG_TEST(head_is_answered_without_a_body),
        RIG_TEST(an_answer_to_a_request_whose_body_nobody_reads_ends_the_connection),
        RIG_TEST(a_large_file_reaches_a_slow_client_whole),
        RIG_TEST(a_file_that_shrank_cuts_the_connection),
        RIG_TEST(garbage_is_refused_and_ends_the_connection),
        RIG_TEST(a_head_without_end_is_refused_at_its_limit),
        RIG_TEST(a_plan_that_could_not_be_made_is_not_sent_in_part),
        RIG_TEST(an_owner_may_end_the_connection_when_it_is_asked),
        RIG_TEST(an_idle_connection_is_closed_without_a_word),
        RIG_TEST(a_head_that_trickles_in_is_refused_in_time),
        RIG_TEST(a_client_that_does_not_read_is_cut),
        RIG_TEST(a_refused_client_that_goes_on_sending_is_cut_in_the_end),
        RIG_TEST(one_busy_connection_does_not_keep_another_waiting),
        RIG_TEST(a_client_that_half_closes_is_still_answered),
        RIG_TEST(a_client_that_leaves_in_the_middle_of_a_head_is_told_so),
        RIG_TEST(a_client_that_leaves_between_requests_is_no_event),
        RIG_TEST(a_client_that_vanishes_while_it_is_answered_is_noticed),
        RIG_TEST(draining_ends_an_idle_connection_at_once),
        RIG_TEST(draining_lets_a_request_end_and_says_that_it_was_the_last),
        RIG_TEST(an_abort_ends_everything_at_once_and_once),
        cmocka_unit_test(without_memory_a_connection_ends_and_nothing_else),
    };

    return cmocka_run_group_tests_name("http/exchange", tests, NULL, NULL);
}

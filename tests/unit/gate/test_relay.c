/* test_relay.c - both ends driven by hand: bytes, ends, breaks, back pressure and time. */
#include "relay_rig.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"

/* --- bytes and ends ----------------------------------------------------------------------------------------------- */

static void bytes_pass_one_by_one_both_ways(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    for (char c = 'a'; c < 'f'; c++) {
        assert_int_equal(write(f.client, &c, 1), 1);
        assert_int_equal(rig_hear(&f, f.back, got, sizeof got), 1);
        assert_int_equal(got[0], c);
        assert_int_equal(write(f.back, &c, 1), 1);
        assert_int_equal(rig_hear(&f, f.client, got, sizeof got), 1);
        assert_int_equal(got[0], c);
    }
    rig_run_for(&f, 1);
    assert_null(f.r->out.buf.p); /* an idle relay holds no memory */
    assert_null(f.r->in.buf.p);
    rig_finish(&f);
    assert_int_equal(f.bytes_out, 5);
    assert_int_equal(f.bytes_in, 5);
    assert_int_equal(f.why, HC_E_DRAINED);
}

static void half_close(int *first, int *second, struct relay_rig *f)
{
    char got[8];

    assert_int_equal(write(*first, "ask", 3), 3);
    shutdown(*first, SHUT_WR);
    assert_int_equal(rig_hear(f, *second, got, sizeof got), 3);
    assert_int_equal(rig_hear(f, *second, got, sizeof got), 0); /* the end is passed on ... */
    rig_run_for(f, 5);
    assert_int_equal(f->over, 0); /* ... and the other side may still speak */
    assert_int_equal(write(*second, "answer", 6), 6);
    assert_int_equal(rig_hear(f, *first, got, sizeof got), 6);
    shutdown(*second, SHUT_WR);
    assert_int_equal(rig_hear(f, *first, got, sizeof got), 0);
    rig_run_until_over(f);
    assert_int_equal(f->why, HC_OK_CODE);
}

static void the_peer_may_end_first(void **state)
{
    struct relay_rig f;

    (void)state;
    rig_plain(&f, rig_patient);
    half_close(&f.client, &f.back, &f);
    rig_finish(&f);
}

static void the_back_end_may_end_first(void **state)
{
    struct relay_rig f;

    (void)state;
    rig_plain(&f, rig_patient);
    half_close(&f.back, &f.client, &f);
    rig_finish(&f);
}

/* --- breaks ------------------------------------------------------------------------------------------------------- */

static void a_peers_break_is_a_break_to_the_back_end(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    assert_int_equal(write(f.client, "half a", 6), 6);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), 6);
    rig_cut(&f.client);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), -ECONNRESET);
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_HTTP_CLOSED);
    rig_finish(&f);
}

static void a_back_ends_break_is_a_break_to_the_peer(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    assert_int_equal(write(f.back, "half a", 6), 6);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), 6);
    rig_cut(&f.back);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), -ECONNRESET);
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_CLOSED);
    rig_finish(&f);
}

static void a_back_end_that_takes_no_more_ends_it_with_a_reason(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    hc_fd_close(&f.back); /* an end first; what is written then is answered with RST */
    f.back = -1;
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), 0);
    assert_int_equal(write(f.client, "x", 1), 1);
    rig_run_for(&f, 20);
    if (!f.over)
        assert_int_equal(write(f.client, "y", 1), 1);
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_UPSTREAM_CLOSED);
    rig_finish(&f);
}

static void aborting_breaks_both_sides(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, rig_patient);
    rig_run_for(&f, 1);
    hc_relay_abort(f.r, HC_E_REVOKED, "the certificate was revoked");
    assert_int_equal(f.ended, 1);
    assert_int_equal(f.over, 0); /* at the end of the round */
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_REVOKED);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), -ECONNRESET);
    rig_finish(&f);
}

/* --- back pressure ------------------------------------------------------------------------------------------------ */

static void flood(struct relay_rig *f, int from, int to, const struct hc_relay_way *way)
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
        rig_run_for(f, 1);
        assert_true(way->buf.n <= HC_RELAY_BUFFER);
        assert_true(sent < 64u << 20);
    }
    assert_true(sent > HC_RELAY_BUFFER);
    shutdown(from, SHUT_WR);
    for (;;) { /* and every byte arrives, in order, before the end */
        static uint8_t into[65536];
        int n = rig_hear(f, to, (char *)into, sizeof into);

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
    struct relay_rig f;

    (void)state;
    rig_plain(&f, rig_patient);
    flood(&f, f.client, f.back, &f.r->out);
    rig_finish(&f);
}

static void a_peer_that_does_not_read_holds_the_back_end_back(void **state)
{
    struct relay_rig f;

    (void)state;
    rig_plain(&f, rig_patient);
    flood(&f, f.back, f.client, &f.r->in);
    rig_finish(&f);
}

/* --- time --------------------------------------------------------------------------------------------------------- */

static void nothing_moving_for_too_long_breaks_both_sides(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 40});
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_TIMEOUT_IDLE);
    assert_int_equal(rig_hear(&f, f.client, got, sizeof got), -ECONNRESET);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), -ECONNRESET);
    rig_finish(&f);
}

static void one_byte_is_movement_enough(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 400});
    for (int i = 0; i < 6; i++) {
        rig_run_for(&f, 100);
        assert_int_equal(write(f.client, "x", 1), 1);
        assert_int_equal(rig_hear(&f, f.back, got, sizeof got), 1);
    }
    assert_int_equal(f.over, 0);
    rig_finish(&f);
}

static void a_peer_that_half_closed_and_vanished_is_timed_out(void **state)
{
    struct relay_rig f;
    char got[8];

    (void)state;
    rig_plain(&f, (struct hc_relay_limits){.connect_ms = 60000, .idle_ms = 40});
    shutdown(f.client, SHUT_WR);
    assert_int_equal(rig_hear(&f, f.back, got, sizeof got), 0);
    rig_run_until_over(&f);
    assert_int_equal(f.why, HC_E_TIMEOUT_IDLE);
    rig_finish(&f);
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
    };

    return cmocka_run_group_tests_name("gate/relay", tests, NULL, NULL);
}

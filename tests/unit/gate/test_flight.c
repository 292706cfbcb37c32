/* test_flight.c - the last handshakes: who is remembered, for how long, and who is asked for. */
#include "flight_rig.h"

static struct hc_order *ask(const struct flight_rig *r, enum hc_order_kind kind, const char *who)
{
    struct hc_pattern *pattern = NULL;
    struct hc_order *order = NULL;
    struct hc_err e = {0};

    if (who)
        expect_ok(&e, hc_pattern_parse(who, &pattern, &e));
    expect_ok(&e, hc_order_new(kind, pattern, NULL, &order, &e));
    hc_flight_list(r->worker.flight, 3, order);
    assert_int_equal(order->left_out, 0);
    return order;
}

static size_t listed(const struct flight_rig *r, enum hc_order_kind kind, const char *who)
{
    HC_AUTO(hc_order) order = ask(r, kind, who);

    return order->listed;
}

static void refuse(struct flight_rig *r)
{
    struct hc_event event = flight_rig_event(r);

    hc_record_keep(&r->conn, &event, HC_WHY_HANDSHAKE);
}

static void a_finished_and_a_refused_handshake_are_told_the_newest_first(void **state)
{
    HC_AUTO(hc_order) order = NULL;
    struct flight_rig r;
    const char *text, *second;

    flight_rig_begin(&r, state);
    flight_rig_shake(&r, &r.pki->client, TLS1_3_VERSION, HC_OK_CODE);
    hc_flight_finished(r.worker.flight, &r.conn);
    flight_rig_close(&r); /* the recorder holds what it needs */
    flight_rig_shake(&r, &r.pki->client, TLS1_2_VERSION, HC_E_REVOKED);
    refuse(&r);
    flight_rig_close(&r);
    order = ask(&r, HC_ORDER_HANDSHAKES, NULL);
    assert_int_equal(order->listed, 2);
    text = hc_buf_cstr(&order->lines);
    second = strchr(text, '\n') + 1;
    assert_non_null(strstr(text, "\"id\":\"HC-1401\""));
    assert_true(strstr(text, "\"id\":\"HC-1401\"") < second);
    assert_non_null(strstr(text, "\"proven\":false"));
    assert_non_null(strstr(text, "\"tls\":\"TLSv1.2\""));
    assert_non_null(strstr(text, "\"worker\":3}\n"));
    assert_null(strstr(second, "\"id\""));
    assert_non_null(strstr(second, "\"identity\":\"email:alice@example.com\""));
    assert_non_null(strstr(second, "\"proven\":true"));
    assert_non_null(strstr(second, "\"subject\":\"CN=Root\""));
    assert_non_null(strstr(second, "\"client_random_sha256\":\""));
    assert_non_null(strstr(second, "\"from\":\"client\",\"type\":\"handshake\",\"number\":1}"));
    flight_rig_end(&r);
}

static void patterns_and_the_word_refused_choose(void **state)
{
    struct flight_rig r;

    flight_rig_begin(&r, state);
    flight_rig_shake(&r, &r.pki->client, 0, HC_OK_CODE);
    hc_flight_finished(r.worker.flight, &r.conn);
    flight_rig_close(&r);
    flight_rig_shake(&r, &r.pki->client, 0, HC_E_UNKNOWN_ISSUER);
    refuse(&r);
    flight_rig_close(&r);
    flight_rig_shake(&r, NULL, 0, HC_OK_CODE);
    hc_flight_finished(r.worker.flight, &r.conn);
    flight_rig_close(&r);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, NULL), 3);
    assert_int_equal(listed(&r, HC_ORDER_REFUSED, NULL), 1);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "email:alice@example.com"), 2); /* presented counts, too */
    assert_int_equal(listed(&r, HC_ORDER_REFUSED, "email:*@example.com"), 1);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "email:bob@example.com"), 0);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "authenticated"), 1); /* T46 */
    assert_int_equal(listed(&r, HC_ORDER_REFUSED, "authenticated"), 0);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "anyone"), 3);
    flight_rig_end(&r);
}

static void a_source_that_floods_crowds_out_only_itself(void **state)
{
    const size_t share = HC_FLIGHT_KEPT / HC_FLIGHT_SHARE;
    struct flight_rig r;
    char ip[32];

    flight_rig_begin(&r, state);
    flight_rig_shake(&r, &r.pki->client, 0, HC_OK_CODE);
    hc_flight_finished(r.worker.flight, &r.conn);
    flight_rig_close(&r);
    flight_rig_shake(&r, &r.pki->client, 0, HC_E_UNKNOWN_ISSUER);
    for (int i = 0; i < 300; i++)
        refuse(&r);
    assert_int_equal(listed(&r, HC_ORDER_REFUSED, NULL), share);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "authenticated"), 1);
    for (int i = 0; i < 300; i++) { /* many sources do */
        snprintf(ip, sizeof ip, "10.0.%d.%d", i / 200, i % 200);
        flight_rig_from(&r, ip);
        refuse(&r);
    }
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, NULL), HC_FLIGHT_KEPT);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "authenticated"), 0);
    flight_rig_close(&r);
    flight_rig_end(&r);
}

static void friends_behind_one_address_are_told_apart_by_what_they_proved(void **state)
{
    const size_t share = HC_FLIGHT_KEPT / HC_FLIGHT_SHARE;
    struct flight_rig r;
    struct testpki bob;

    flight_rig_begin(&r, state);
    testpki_issue(r.pki->crypto,
                  &(struct testpki_spec){.subject = "bob", .san = {"email:bob@example.com"}, .not_after = PAIR_FAR},
                  &r.pki->root, &bob);
    flight_rig_shake(&r, &bob, 0, HC_OK_CODE);
    assert_int_equal(r.pair.ended, HC_IO_OK);
    hc_flight_finished(r.worker.flight, &r.conn);
    flight_rig_close(&r);
    flight_rig_shake(&r, &r.pki->client, 0, HC_OK_CODE);
    for (int i = 0; i < 300; i++)
        hc_flight_finished(r.worker.flight, &r.conn);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "email:alice@example.com"), share);
    assert_int_equal(listed(&r, HC_ORDER_HANDSHAKES, "email:bob@example.com"), 1);
    flight_rig_close(&r);
    testpki_fini(&bob);
    flight_rig_end(&r);
}

static void without_a_recorder_nothing_is_kept_and_nothing_breaks(void **state)
{
    HC_AUTO(hc_order) order = NULL;
    struct hc_err e = {0};

    (void)state;
    hc_flight_free(NULL);
    expect_ok(&e, hc_order_new(HC_ORDER_HANDSHAKES, NULL, NULL, &order, &e));
    hc_flight_list(NULL, 0, order);
    assert_int_equal(order->listed, 0);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_flight) f = NULL;

    (void)ctx;
    return hc_flight_new(&f, e);
}

static void a_lack_of_memory_is_told_or_loses_one_handshake(void **state)
{
    struct flight_rig r;

    flight_rig_begin(&r, state);
    assert_int_equal(fault_sweep(make, NULL), 1);
    flight_rig_shake(&r, &r.pki->client, 0, HC_E_REVOKED);
    for (unsigned k = 1; k < 4; k++) {
        struct hc_event event = flight_rig_event(&r);
        static struct hc_why w;

        hc_record_fill(&r.conn, &event, HC_WHY_HANDSHAKE, &w);
        fault_alloc_at(k);
        hc_flight_refused(r.worker.flight, &r.conn, &w);
        fault_alloc_at(0);
    }
    assert_true(listed(&r, HC_ORDER_REFUSED, NULL) < 3);
    flight_rig_close(&r);
    flight_rig_end(&r);
}

#define T(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_finished_and_a_refused_handshake_are_told_the_newest_first),
        T(patterns_and_the_word_refused_choose),
        T(a_source_that_floods_crowds_out_only_itself),
        T(friends_behind_one_address_are_told_apart_by_what_they_proved),
        cmocka_unit_test(without_a_recorder_nothing_is_kept_and_nothing_breaks),
        T(a_lack_of_memory_is_told_or_loses_one_handshake),
    };
    return cmocka_run_group_tests_name("gate/flight", tests, NULL, NULL);
}

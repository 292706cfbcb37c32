/* test_flood.c - repeated refusals from one source. */
#include "hc_test.h"

#include "gate/flood.h"

static struct hc_addr source(const char *text)
{
    struct hc_addr a;
    struct hc_err e = {0};

    expect_ok(&e, hc_addr_parse(hc_bytes_str(text), &a, &e));
    return a;
}

static unsigned knock(struct hc_flood *f, const char *from, enum hc_code why, unsigned times, uint64_t now)
{
    struct hc_addr a = source(from);
    unsigned told = 0;
    uint32_t left_out;

    for (unsigned i = 0; i < times; i++)
        told += hc_flood_tell(f, &a, why, now, &left_out);
    return told;
}

static void a_thousand_knocks_of_one_stranger_are_told_twenty_times(void **state)
{
    struct hc_flood f = {0};
    struct hc_addr a = source("192.0.2.7:1");
    uint32_t left_out = 0;

    (void)state;
    assert_int_equal(knock(&f, "192.0.2.7:5000", HC_E_NO_CERTIFICATE, 1000, 1), HC_FLOOD_TOLD);
    assert_int_equal(knock(&f, "192.0.2.7:5001", HC_E_NO_CERTIFICATE, 5, 2), 0); /* the port does not matter */
    assert_true(hc_flood_tell(&f, &a, HC_E_NO_CERTIFICATE, 1 + HC_FLOOD_WINDOW_MS, &left_out));
    assert_int_equal(left_out, 1000 - HC_FLOOD_TOLD + 5);
}

static void another_source_and_another_reason_are_told(void **state)
{
    struct hc_flood f = {0};

    (void)state;
    assert_int_equal(knock(&f, "192.0.2.7:1", HC_E_NO_CERTIFICATE, 100, 1), HC_FLOOD_TOLD);
    assert_int_equal(knock(&f, "192.0.2.8:1", HC_E_NO_CERTIFICATE, 1, 1), 1);
    assert_int_equal(knock(&f, "192.0.2.7:1", HC_E_REVOKED, 1, 1), 1);
    assert_int_equal(knock(&f, "[2001:db8::1]:1", HC_E_NO_CERTIFICATE, 1, 1), 1);
}

static void a_whole_ipv6_network_is_one_source(void **state)
{
    struct hc_flood f = {0};

    (void)state;
    assert_int_equal(knock(&f, "[2001:db8::1]:1", HC_E_REVOKED, 100, 1), HC_FLOOD_TOLD);
    assert_int_equal(knock(&f, "[2001:db8::ffff:1]:1", HC_E_REVOKED, 1, 1), 0);
    assert_int_equal(knock(&f, "[2001:db8:0:1::1]:1", HC_E_REVOKED, 1, 1), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_knocks_of_one_stranger_are_told_twenty_times),
        cmocka_unit_test(another_source_and_another_reason_are_told),
        cmocka_unit_test(a_whole_ipv6_network_is_one_source),
    };

    return cmocka_run_group_tests_name("gate/flood", tests, NULL, NULL);
}

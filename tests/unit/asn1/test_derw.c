/* What the writer writes, the strict reader reads back. */
#include "hc_test.h"

#include "asn1/derw.h"
#include "base/clock.h"

static struct hc_der reader(const struct hc_buf *b)
{
    return hc_der_init(hc_buf_view(b));
}

static void derw_writes_lengths_of_every_size_minimally(void **state)
{
    static const size_t sizes[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        HC_BUF_AUTO(b, 1 << 20);
        HC_BUF_AUTO(fill, 1 << 20);
        size_t seq = hc_derw_begin(&b, HC_DER_SEQUENCE);
        struct hc_der d;
        struct hc_der child;
        struct hc_err e;

        memset(hc_buf_reserve(&fill, sizes[i]), 'x', sizes[i]);
        fill.n = sizes[i];
        hc_derw_octets(&b, hc_buf_view(&fill));
        hc_derw_end(&b, seq);
        expect_ok(&e, hc_buf_check(&b, &e));
        d = reader(&b);
        child = hc_der_enter(&d, HC_DER_SEQUENCE);
        assert_true(hc_bytes_eq(hc_der_get(&child, HC_DER_OCTETS), hc_buf_view(&fill)));
        hc_der_leave(&d, &child);
        expect_ok(&e, hc_der_done(&d, "it", &e));
    }
}

static void derw_writes_integers_minimally(void **state)
{
    HC_BUF_AUTO(b, 256);
    struct hc_der d;
    struct hc_err e;

    (void)state;
    hc_derw_integer(&b, HC_BYTES("\x00\x00\x80\x01"));
    hc_derw_integer(&b, HC_BYTES(""));
    hc_derw_integer(&b, HC_BYTES("\x7f"));
    hc_derw_small(&b, 0);
    hc_derw_small(&b, 127);
    hc_derw_small(&b, 128);
    hc_derw_small(&b, INT64_MAX);
    hc_derw_enumerated(&b, 9);
    d = reader(&b);
    expect_bytes(hc_der_integer(&d), "\x00\x80\x01");
    expect_bytes(hc_der_integer(&d), "\x00");
    expect_bytes(hc_der_integer(&d), "\x7f");
    assert_int_equal(hc_der_small(&d, 0), 0);
    assert_int_equal(hc_der_small(&d, 127), 127);
    assert_int_equal(hc_der_small(&d, 128), 128);
    assert_true(hc_der_small(&d, INT64_MAX) == INT64_MAX);
    assert_int_equal(hc_der_enumerated(&d, 10), 9);
    expect_ok(&e, hc_der_done(&d, "it", &e));
}

static void derw_writes_every_set_of_named_bits_without_trailing_zeros(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 1 << 9; bits++) {
        HC_BUF_AUTO(b, 16);
        struct hc_der d;
        struct hc_err e;

        hc_derw_named_bits(&b, bits);
        d = reader(&b);
        assert_int_equal(hc_der_named_bits(&d), bits);
        expect_ok(&e, hc_der_done(&d, "it", &e));
    }
}

static void derw_writes_the_simple_types(void **state)
{
    HC_BUF_AUTO(b, 256);
    struct hc_der d;
    struct hc_err e;

    (void)state;
    hc_derw_bool(&b, true);
    hc_derw_bool(&b, false);
    hc_derw_oid(&b, HC_BYTES("\x55\x1d\x11"));
    hc_derw_bitstring(&b, HC_BYTES("\xab"));
    hc_derw_null(&b);
    hc_derw_utf8(&b, HC_BYTES("u"));
    hc_derw_printable(&b, HC_BYTES("p"));
    hc_derw_ia5(&b, HC_BYTES("i"));
    hc_derw_raw(&b, HC_BYTES("\x05\x00"));
    d = reader(&b);
    assert_true(hc_der_bool(&d));
    assert_false(hc_der_bool(&d));
    expect_bytes(hc_der_oid(&d), "\x55\x1d\x11");
    expect_bytes(hc_der_bitstring_bytes(&d), "\xab");
    hc_der_null(&d);
    expect_bytes(hc_der_get(&d, HC_DER_UTF8), "u");
    expect_bytes(hc_der_get(&d, HC_DER_PRINTABLE), "p");
    expect_bytes(hc_der_get(&d, HC_DER_IA5), "i");
    hc_der_null(&d);
    expect_ok(&e, hc_der_done(&d, "it", &e));
}

static void derw_chooses_the_form_of_time_by_the_year(void **state)
{
    static const int64_t times[] = {-631152000 /* 1950 */,        0,          1795255200,
                                    2524607999 /* end of 2049 */, 2524608000, HC_TIME_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        HC_BUF_AUTO(b, 32);
        struct hc_der d;
        bool odd = false;

        hc_derw_time(&b, times[i]);
        assert_int_equal(b.p[0], times[i] <= 2524607999 ? HC_DER_UTCTIME : HC_DER_GENERALIZEDTIME);
        d = reader(&b);
        assert_true(hc_der_time(&d, &odd) == times[i]);
        assert_false(d.failed || odd);
    }
}

static void derw_reports_a_full_buffer_at_the_end(void **state)
{
    HC_BUF_AUTO(b, 5);
    size_t seq = hc_derw_begin(&b, HC_DER_SEQUENCE);
    struct hc_err e;

    (void)state;
    hc_derw_octets(&b, HC_BYTES("too much"));
    hc_derw_end(&b, seq);
    expect_fail(&e, hc_buf_check(&b, &e), HC_E_TOO_BIG);
}

static struct hc_rc write_nested(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(b, 4096);
    size_t outer = hc_derw_begin(&b, HC_DER_SEQUENCE);
    size_t inner = hc_derw_begin(&b, HC_DER_SEQUENCE);

    (void)ctx;
    for (int i = 0; i < 50; i++)
        hc_derw_small(&b, 1000000);
    hc_derw_end(&b, inner);
    hc_derw_end(&b, outer);
    return hc_buf_check(&b, e);
}

static void derw_survives_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(write_nested, NULL) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(derw_writes_lengths_of_every_size_minimally),
        cmocka_unit_test(derw_writes_integers_minimally),
        cmocka_unit_test(derw_writes_every_set_of_named_bits_without_trailing_zeros),
        cmocka_unit_test(derw_writes_the_simple_types),
        cmocka_unit_test(derw_chooses_the_form_of_time_by_the_year),
        cmocka_unit_test(derw_reports_a_full_buffer_at_the_end),
        cmocka_unit_test(derw_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("asn1/derw", tests, NULL, NULL);
}

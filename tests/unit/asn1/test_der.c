/* The reader refuses everything that has a second encoding, and never reads outside its input. */
#include "hc_test.h"

#include "asn1/der.h"
#include "base/clock.h"

#define DER(literal) hc_der_init(HC_BYTES(literal))

static void der_reads_short_and_long_lengths(void **state)
{
    uint8_t big[3 + 200] = {HC_DER_OCTETS, 0x81, 200};
    struct hc_der d = hc_der_init(hc_bytes_of(big, sizeof big));
    struct hc_der s = DER("\x04\x02hi");
    struct hc_err e;

    (void)state;
    assert_int_equal(hc_der_get(&d, HC_DER_OCTETS).n, 200);
    expect_ok(&e, hc_der_done(&d, "it", &e));
    expect_bytes(hc_der_get(&s, HC_DER_OCTETS), "hi");
    expect_ok(&e, hc_der_done(&s, "it", &e));
}

static void der_refuses_lengths_that_are_not_minimal_or_not_definite_or_too_long(void **state)
{
    static const struct hc_bytes bad[] = {
        HC_BYTES("\x04\x81\x02hi"),             /* fits into one octet */
        HC_BYTES("\x04\x82\x00\x02hi"),         /* leading zero */
        HC_BYTES("\x30\x80\x04\x00\x00\x00"),   /* indefinite */
        HC_BYTES("\x04\x03hi"),                 /* beyond the input */
        HC_BYTES("\x04\x84\xff\xff\xff\xffhi"), /* far beyond the input */
        HC_BYTES("\x04\x85\x01\x00\x00\x00\x00"),
        HC_BYTES("\x04\xff"),
        HC_BYTES("\x04\x82\x01"),
        HC_BYTES("\x04"),
        HC_BYTES(""),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);
        struct hc_err e;

        assert_int_equal(hc_der_any(&d, NULL).n, 0);
        expect_fail(&e, hc_der_done(&d, "it", &e), HC_E_DER);
    }
}

static void der_refuses_high_tag_numbers_and_the_end_of_contents_mark(void **state)
{
    struct hc_der high = DER("\x1f\x1f\x00");
    struct hc_der zero = DER("\x00\x00");
    uint8_t tag = 7;

    (void)state;
    hc_der_any(&high, &tag);
    assert_true(high.failed);
    assert_int_equal(tag, 0);
    hc_der_any(&zero, &tag);
    assert_true(zero.failed);
}

static void der_stays_failed_and_gives_empty_values(void **state)
{
    struct hc_der d = DER("\x02\x01\x05\x02\x01\x06");
    struct hc_der child;
    struct hc_err e;

    (void)state;
    hc_der_get(&d, HC_DER_OCTETS);
    assert_true(d.failed);
    assert_true(hc_der_at_end(&d));
    assert_int_equal(hc_der_peek(&d), 0);
    assert_false(hc_der_is(&d, HC_DER_INTEGER));
    assert_int_equal(hc_der_small(&d, 100), 0);
    assert_int_equal(hc_der_integer(&d).n, 0);
    child = hc_der_enter(&d, HC_DER_INTEGER);
    assert_true(child.failed);
    assert_false(hc_der_skip_optional(&d, HC_DER_INTEGER));
    expect_fail(&e, hc_der_done(&d, "the thing", &e), HC_E_DER);
    assert_string_equal(e.text, "the thing is not strict DER");
}

static void der_notices_bytes_left_over_in_a_child_and_after_the_end(void **state)
{
    struct hc_der d = DER("\x30\x06\x02\x01\x05\x02\x01\x06");
    struct hc_der child = hc_der_enter(&d, HC_DER_SEQUENCE);
    struct hc_der more = DER("\x05\x00\x05\x00");
    struct hc_err e;

    (void)state;
    assert_int_equal(hc_der_small(&child, 100), 5);
    hc_der_leave(&d, &child);
    assert_true(d.failed);
    hc_der_null(&more);
    expect_fail(&e, hc_der_done(&more, "it", &e), HC_E_DER);
    assert_string_equal(e.text, "it has 2 bytes after its end");
}

static void der_enters_and_skips_optional_elements_only_when_they_are_there(void **state)
{
    struct hc_der d = DER("\xa0\x03\x02\x01\x02\x05\x00");
    struct hc_der child;

    (void)state;
    assert_false(hc_der_enter_optional(&d, HC_DER_CONTEXT_CONSTRUCTED(1), &child));
    assert_true(hc_der_enter_optional(&d, HC_DER_CONTEXT_CONSTRUCTED(0), &child));
    assert_int_equal(hc_der_small(&child, 2), 2);
    hc_der_leave(&d, &child);
    assert_false(hc_der_skip_optional(&d, HC_DER_OCTETS));
    assert_true(hc_der_skip_optional(&d, HC_DER_NULL));
    assert_true(hc_der_at_end(&d) && !d.failed);
}

static void der_takes_whole_elements_with_their_header(void **state)
{
    struct hc_der d = DER("\x30\x02\x05\x00\x04\x01x\x16\x01y");
    uint8_t tag;

    (void)state;
    expect_bytes(hc_der_tlv(&d, HC_DER_SEQUENCE), "\x30\x02\x05\x00");
    expect_bytes(hc_der_any(&d, &tag), "\x04\x01x");
    assert_int_equal(tag, HC_DER_OCTETS);
    expect_bytes(hc_der_value(&d, &tag), "y");
    assert_int_equal(tag, HC_DER_IA5);
    assert_false(d.failed);
}

static void der_accepts_only_00_and_ff_as_booleans(void **state)
{
    struct hc_der t = DER("\x01\x01\xff");
    struct hc_der f = DER("\x01\x01\x00");
    struct hc_der one = DER("\x01\x01\x01");
    struct hc_der none = DER("\x01\x00");

    (void)state;
    assert_true(hc_der_bool(&t) && !t.failed);
    assert_false(hc_der_bool(&f) || f.failed);
    assert_false(hc_der_bool(&one));
    assert_true(one.failed);
    assert_false(hc_der_bool(&none));
    assert_true(none.failed);
}

static void der_accepts_only_minimal_integers(void **state)
{
    struct hc_der high = DER("\x02\x02\x00\x80");
    struct hc_der minus = DER("\x02\x01\xff");
    static const struct hc_bytes bad[] = {HC_BYTES("\x02\x02\x00\x7f"), HC_BYTES("\x02\x02\xff\x80"),
                                          HC_BYTES("\x02\x00")};

    (void)state;
    expect_bytes(hc_der_integer(&high), "\x00\x80");
    expect_bytes(hc_der_integer(&minus), "\xff");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);

        hc_der_integer(&d);
        assert_true(d.failed);
    }
}

static void der_bounds_small_integers(void **state)
{
    struct hc_der most = DER("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff");
    static const struct hc_bytes bad[] = {
        HC_BYTES("\x02\x01\x0b"),                                 /* above 10 */
        HC_BYTES("\x02\x01\xff"),                                 /* negative */
        HC_BYTES("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"), /* above 63 bits */
    };

    (void)state;
    assert_true(hc_der_small(&most, INT64_MAX) == INT64_MAX && !most.failed);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);

        assert_int_equal(hc_der_small(&d, 10), 0);
        assert_true(d.failed);
    }
}

static void der_accepts_only_minimal_and_complete_object_identifiers(void **state)
{
    struct hc_der good = DER("\x06\x03\x55\x1d\x11");
    static const struct hc_bytes bad[] = {HC_BYTES("\x06\x00"), HC_BYTES("\x06\x03\x55\x80\x11"),
                                          HC_BYTES("\x06\x02\x55\x9d"), HC_BYTES("\x06\x02\x80\x01")};

    (void)state;
    expect_bytes(hc_der_oid(&good), "\x55\x1d\x11");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);

        assert_int_equal(hc_der_oid(&d).n, 0);
        assert_true(d.failed);
    }
}

static void der_checks_the_padding_of_bit_strings(void **state)
{
    struct hc_der good = DER("\x03\x02\x04\xf0");
    struct hc_der empty = DER("\x03\x01\x00");
    struct hc_der_bits bits = hc_der_bitstring(&good);
    static const struct hc_bytes bad[] = {HC_BYTES("\x03\x00"), HC_BYTES("\x03\x01\x01"), HC_BYTES("\x03\x02\x08\x00"),
                                          HC_BYTES("\x03\x02\x04\xf8")};

    (void)state;
    assert_int_equal(bits.unused, 4);
    expect_bytes(bits.bytes, "\xf0");
    assert_int_equal(hc_der_bitstring(&empty).bytes.n, 0);
    assert_false(empty.failed);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);

        hc_der_bitstring(&d);
        assert_true(d.failed);
    }
}

static void der_takes_keys_only_in_whole_bytes(void **state)
{
    struct hc_der good = DER("\x03\x03\x00\xab\xcd");
    struct hc_der bad = DER("\x03\x02\x04\xf0");

    (void)state;
    expect_bytes(hc_der_bitstring_bytes(&good), "\xab\xcd");
    assert_int_equal(hc_der_bitstring_bytes(&bad).n, 0);
    assert_true(bad.failed);
}

static void der_reads_named_bits_and_refuses_trailing_zero_bits(void **state)
{
    struct hc_der sign = DER("\x03\x02\x01\x06"); /* keyCertSign, cRLSign */
    struct hc_der wide = DER("\x03\x03\x07\x00\x80");
    struct hc_der none = DER("\x03\x01\x00");
    struct hc_der trailing = DER("\x03\x02\x00\x06");
    struct hc_der too_many = DER("\x03\x06\x00\x00\x00\x00\x00\x01");

    (void)state;
    assert_int_equal(hc_der_named_bits(&sign), 1 << 5 | 1 << 6);
    assert_int_equal(hc_der_named_bits(&wide), 1 << 8);
    assert_int_equal(hc_der_named_bits(&none), 0);
    assert_false(sign.failed || wide.failed || none.failed);
    hc_der_named_bits(&trailing);
    assert_true(trailing.failed);
    hc_der_named_bits(&too_many);
    assert_true(too_many.failed);
}

static void der_reads_both_forms_of_time(void **state)
{
    struct hc_der utc = DER("\x17\x0d"
                            "261121100000Z");
    struct hc_der old = DER("\x17\x0d"
                            "500101000000Z");
    struct hc_der gen = DER("\x18\x0f"
                            "20500101000000Z");
    struct hc_der last = DER("\x18\x0f"
                             "99991231235959Z");
    bool odd = false;

    (void)state;
    assert_int_equal(hc_der_time(&utc, &odd), 1795255200);
    assert_int_equal(hc_der_time(&old, &odd), -631152000);
    assert_int_equal(hc_der_time(&gen, &odd), 2524608000);
    assert_true(hc_der_time(&last, &odd) == HC_TIME_MAX);
    assert_false(odd || utc.failed || old.failed || gen.failed || last.failed);
}

static void der_reports_a_generalized_time_before_2050(void **state)
{
    struct hc_der d = DER("\x18\x0f"
                          "20491231235959Z");
    bool odd = false;

    (void)state;
    assert_int_equal(hc_der_time(&d, &odd), 2524607999);
    assert_true(odd && !d.failed);
}

static void der_refuses_times_outside_the_profile(void **state)
{
    static const struct hc_bytes bad[] = {
        HC_BYTES("\x17\x0b"
                 "2611211000Z"), /* no seconds */
        HC_BYTES("\x17\x11"
                 "261121100000+0000"), /* an offset */
        HC_BYTES("\x18\x11"
                 "20261121100000.5Z"), /* a fraction */
        HC_BYTES("\x17\x0d"
                 "261321100000Z"), /* month 13 */
        HC_BYTES("\x17\x0d"
                 "260230100000Z"), /* 30 February */
        HC_BYTES("\x17\x0d"
                 "261121100060Z"), /* second 60 */
        HC_BYTES("\x17\x0d"
                 "2611 1100000Z"), /* a blank */
        HC_BYTES("\x17\x0d"
                 "-61121100000Z"), /* a sign */
        HC_BYTES("\x17\x0d"
                 "2611211000000"), /* no Z */
        HC_BYTES("\x04\x0d"
                 "261121100000Z"), /* no time */
        HC_BYTES("\x17\x00"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_der d = hc_der_init(bad[i]);

        hc_der_time(&d, NULL);
        assert_true(d.failed);
    }
}

static void der_reads_the_empty_view_as_the_end(void **state)
{
    struct hc_der d = hc_der_init((struct hc_bytes){NULL, 0});
    struct hc_err e;

    (void)state;
    assert_true(hc_der_at_end(&d));
    expect_ok(&e, hc_der_done(&d, "it", &e));
}

static void an_implicit_tag_changes_nothing_but_the_tag(void **state)
{
    struct hc_der d = hc_der_init(HC_BYTES("\x81\x01\xff\x82\x02\x01\x00\x83\x02\x01\x06"));

    (void)state;
    assert_true(hc_der_bool_as(&d, HC_DER_CONTEXT(1)));
    assert_true(hc_bytes_eq(hc_der_integer_as(&d, HC_DER_CONTEXT(2)), HC_BYTES("\x01\x00")));
    assert_int_equal(hc_der_named_bits_as(&d, HC_DER_CONTEXT(3)), 1u << 5 | 1u << 6);
    assert_true(hc_der_at_end(&d) && !d.failed);
    d = hc_der_init(HC_BYTES("\x81\x01\x01")); /* neither 00 nor FF */
    assert_false(hc_der_bool_as(&d, HC_DER_CONTEXT(1)));
    assert_true(d.failed);
    d = hc_der_init(HC_BYTES("\x82\x02\x00\x01")); /* longer than it must be */
    assert_int_equal(hc_der_integer_as(&d, HC_DER_CONTEXT(2)).n, 0);
    assert_true(d.failed);
    d = hc_der_init(HC_BYTES("\x83\x02\x00\x06")); /* the last named bit is zero */
    assert_int_equal(hc_der_named_bits_as(&d, HC_DER_CONTEXT(3)), 0);
    assert_true(d.failed);
    d = hc_der_init(HC_BYTES("\x01\x01\xff"));
    assert_false(hc_der_bool_as(&d, HC_DER_CONTEXT(1)));
    assert_true(d.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_reads_short_and_long_lengths),
        cmocka_unit_test(der_refuses_lengths_that_are_not_minimal_or_not_definite_or_too_long),
        cmocka_unit_test(der_refuses_high_tag_numbers_and_the_end_of_contents_mark),
        cmocka_unit_test(der_stays_failed_and_gives_empty_values),
        cmocka_unit_test(der_notices_bytes_left_over_in_a_child_and_after_the_end),
        cmocka_unit_test(der_enters_and_skips_optional_elements_only_when_they_are_there),
        cmocka_unit_test(der_takes_whole_elements_with_their_header),
        cmocka_unit_test(der_accepts_only_00_and_ff_as_booleans),
        cmocka_unit_test(der_accepts_only_minimal_integers),
        cmocka_unit_test(der_bounds_small_integers),
        cmocka_unit_test(der_accepts_only_minimal_and_complete_object_identifiers),
        cmocka_unit_test(der_checks_the_padding_of_bit_strings),
        cmocka_unit_test(der_takes_keys_only_in_whole_bytes),
        cmocka_unit_test(der_reads_named_bits_and_refuses_trailing_zero_bits),
        cmocka_unit_test(der_reads_both_forms_of_time),
        cmocka_unit_test(der_reports_a_generalized_time_before_2050),
        cmocka_unit_test(der_refuses_times_outside_the_profile),
        cmocka_unit_test(der_reads_the_empty_view_as_the_end),
        cmocka_unit_test(an_implicit_tag_changes_nothing_but_the_tag),
    };

    return cmocka_run_group_tests_name("asn1/der", tests, NULL, NULL);
}

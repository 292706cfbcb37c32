/* test_rsa_bits.c - how long an RSA key is, by its DER. */
#include "hc_test.h"

#include "doctor/rsa_bits.h"

static void the_bits_of_the_modulus_are_counted(void **state)
{
    (void)state;
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x30\x08\x02\x03\x00\x80\x01\x02\x01\x03")), 16);
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x30\x07\x02\x02\x7f\xff\x02\x01\x03")), 15);
}

static void what_is_no_rsa_key_has_none(void **state)
{
    (void)state;
    assert_int_equal(hc_rsa_bits(HC_BYTES("")), 0);
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x04\x02\x01\x02")), 0);
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x30\x03\x04\x01\x01")), 0);
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x30\x08\x02\x03\x00\x80")), 0); /* cut off */
    assert_int_equal(hc_rsa_bits(HC_BYTES("\x30\x06\x02\x01\x00\x02\x01\x03")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_of_the_modulus_are_counted),
        cmocka_unit_test(what_is_no_rsa_key_has_none),
    };
    return cmocka_run_group_tests_name("doctor/rsa_bits", tests, NULL, NULL);
}

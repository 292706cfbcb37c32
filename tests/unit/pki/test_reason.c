/* test_reason.c - the words for a revocation's reason. */
#include "hc_test.h"

#include "pki/reason.h"

static void the_words_of_the_standard_are_read(void **state)
{
    (void)state;
    struct hc_err e;
    enum hc_crl_reason r = HC_CRL_UNSPECIFIED;
    expect_ok(&e, hc_reason_parse(HC_BYTES("keyCompromise"), &r, &e));
    assert_int_equal(r, 1);
    expect_ok(&e, hc_reason_parse(HC_BYTES("key-compromise"), &r, &e));
    assert_int_equal(r, 1);
    expect_ok(&e, hc_reason_parse(HC_BYTES("PRIVILEGEWITHDRAWN"), &r, &e));
    assert_int_equal(r, 9);
    expect_ok(&e, hc_reason_parse(HC_BYTES("unspecified"), &r, &e));
    assert_int_equal(r, 0);
}

static void reasons_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct hc_err e;
    enum hc_crl_reason r = HC_CRL_SUPERSEDED;
    static const char *const bad[] = {
        "", "-", "1", "keyCompromised", "key compromise", "certificateHold", "cACompromise", "removeFromCRL"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_fail(&e, hc_reason_parse(hc_bytes_str(bad[i]), &r, &e), HC_E_REASON);
    assert_int_equal(r, HC_CRL_SUPERSEDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_the_standard_are_read),
        cmocka_unit_test(reasons_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests_name("pki/reason", tests, NULL, NULL);
}

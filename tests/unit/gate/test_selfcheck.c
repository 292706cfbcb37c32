/* test_selfcheck.c - what a gate finds wrong with its own certificate before its friends do. */
#include "hc_test.h"

#include "../pki/testpki.h"
#include "gate/selfcheck.h"

struct house {
    struct hc_crypto *crypto;
    struct testpki self;
    struct hc_own own;
    struct hc_snapshot_gate gate;
    struct hc_snapshot snapshot; /* one gate; no bundle: nobody's revocation is looked at */
    enum hc_code told;           /* the last alarm */
    unsigned alarms;
};

static int setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    struct hc_err e = {0};

    *state = h;
    expect_ok(&e, hc_crypto_new(&h->crypto, &e));
    testpki_issue(h->crypto,
                  &(struct testpki_spec){.subject = "gate",
                                         .san = {"dns:gate.example"},
                                         .not_before = TESTPKI_NOW,
                                         .not_after = TESTPKI_NOW + 10 * HC_DAY},
                  NULL, &h->self);
    h->own.chain = (struct hc_cert_list){.cert = &h->self.cert, .n = 1, .cap = 1};
    h->gate = (struct hc_snapshot_gate){.name = "shop", .own = &h->own, .serve = -1};
    h->snapshot = (struct hc_snapshot){.crypto = h->crypto, .n_gates = 1, .gates = &h->gate};
    return 0;
}

static int teardown(void **state)
{
    struct house *h = *state;

    testpki_fini(&h->self);
    hc_crypto_free(h->crypto);
    free(h);
    return 0;
}

static void hear(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct house *h = ctx;

    assert_string_equal(source, "shop");
    assert_non_null(strstr(text, "own certificate"));
    h->told = code;
    h->alarms++;
}

static uint64_t check_at(struct house *h, int64_t now)
{
    h->told = HC_OK_CODE;
    h->alarms = 0;
    return hc_selfcheck(&h->snapshot, now, hear, h);
}

static void a_certificate_with_a_tenth_of_its_life_left_is_no_fault(void **state)
{
    assert_true(check_at(*state, TESTPKI_NOW + 9 * HC_DAY) == 0);
    assert_int_equal(((struct house *)*state)->alarms, 0);
}

static void a_certificate_in_its_last_tenth_ends_soon(void **state)
{
    struct house *h = *state;

    assert_true(check_at(h, TESTPKI_NOW + 9 * HC_DAY + 1) != 0);
    assert_int_equal(h->told, HC_E_CERT_ENDS_SOON);
    assert_true(check_at(h, TESTPKI_NOW + 10 * HC_DAY) != 0); /* notAfter is inclusive [RFC 5280 4.1.2.5] */
    assert_int_equal(h->told, HC_E_CERT_ENDS_SOON);
    assert_int_equal(h->alarms, 1);
}

static void a_certificate_that_ended_is_told_as_expired(void **state)
{
    struct house *h = *state;

    assert_true(check_at(h, TESTPKI_NOW + 10 * HC_DAY + 1) != 0);
    assert_int_equal(h->told, HC_E_CERT_EXPIRED);
    assert_int_equal(h->alarms, 1);
}

static void the_number_changes_only_with_the_faults(void **state)
{
    struct house *h = *state;
    uint64_t soon = check_at(h, TESTPKI_NOW + 9 * HC_DAY + 1);

    assert_true(check_at(h, TESTPKI_NOW + 9 * HC_DAY + HC_HOUR) == soon);
    assert_true(check_at(h, TESTPKI_NOW + 11 * HC_DAY) != soon);
}

static void nobody_needs_to_listen(void **state)
{
    struct house *h = *state;

    assert_true(hc_selfcheck(&h->snapshot, TESTPKI_NOW + 11 * HC_DAY, NULL, NULL) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_certificate_with_a_tenth_of_its_life_left_is_no_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_in_its_last_tenth_ends_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_that_ended_is_told_as_expired, setup, teardown),
        cmocka_unit_test_setup_teardown(the_number_changes_only_with_the_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_needs_to_listen, setup, teardown),
    };

    return cmocka_run_group_tests_name("gate/selfcheck", tests, NULL, NULL);
}

/* test_verdict_facts.c - the small questions that verdicts rest on. */
#include "doctor/verdict_parts.h"
#include "verdicting.h"

/* SEQUENCE { SET { SEQUENCE { OID, UTF8String } } ... }: O and CN as given. */
#define O_ACME                                                                                                         \
    "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04"                                                                     \
    "Acme"
#define O_acme                                                                                                         \
    "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04"                                                                     \
    "acme"
#define O_EVIL                                                                                                         \
    "\x31\x0d\x30\x0b\x06\x03\x55\x04\x0a\x0c\x04"                                                                     \
    "Evil"
#define CN_ROOT                                                                                                        \
    "\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"                                                                     \
    "Root"
#define CN_SUB                                                                                                         \
    "\x31\x10\x30\x0e\x06\x03\x55\x04\x03\x0c\x07"                                                                     \
    "Issuing"

static void kin_have_one_organisation(void **state)
{
    (void)state;
    bool told = false;
    struct hc_bytes root = HC_BYTES("\x30\x1e" O_ACME CN_ROOT), sub = HC_BYTES("\x30\x21" O_acme CN_SUB);
    assert_true(hc_verdict_facts_kin(root, sub, &told) && told);
    assert_false(hc_verdict_facts_kin(root, HC_BYTES("\x30\x1e" O_EVIL CN_ROOT), &told));
    assert_true(told);
}

static void without_an_organisation_nothing_is_told(void **state)
{
    (void)state;
    bool told = true;
    assert_false(hc_verdict_facts_kin(HC_BYTES("\x30\x0f" CN_ROOT), HC_BYTES("\x30\x1e" O_ACME CN_ROOT), &told));
    assert_false(told);
    assert_false(hc_verdict_facts_kin(HC_BYTES("no name"), hc_bytes_of(NULL, 0), &told));
    assert_false(told);
}

static void what_a_ca_calls_itself_is_a_hint(void **state)
{
    (void)state;
    struct hc_bytes root = HC_BYTES("\x30\x0f" CN_ROOT), sub = HC_BYTES("\x30\x12" CN_SUB);
    assert_true(hc_verdict_facts_calls_itself(root, HC_CALLS_ITSELF_ROOT));
    assert_false(hc_verdict_facts_calls_itself(root, HC_CALLS_ITSELF_ISSUING));
    assert_true(hc_verdict_facts_calls_itself(sub, HC_CALLS_ITSELF_ISSUING));
    assert_false(hc_verdict_facts_calls_itself(sub, HC_CALLS_ITSELF_ROOT));
}

static void the_top_of_a_chain_is_found_in_any_order(void **state)
{
    (void)state;
    struct hc_cert *chain[] = {world.leaf[GOOD].cert, world.root.cert, world.issuer.cert};
    assert_ptr_equal(hc_verdict_facts_top(chain, 3), world.root.cert);
    assert_ptr_equal(hc_verdict_facts_top(chain, 2), world.leaf[GOOD].cert);
    chain[1] = world.other_root.cert;
    assert_ptr_equal(hc_verdict_facts_top(chain, 3), world.issuer.cert);
}

/* Two CAs that certified each other: the search ends. */
static void certificates_in_a_circle_have_a_top(void **state)
{
    (void)state;
    struct testpki a = {0}, b = {0}, issuer_a = {0};
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &world.other_issuer, &issuer_a);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, &issuer_a, &b);
    testpki_issue(world.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &b, &a);
    struct hc_cert *chain[] = {a.cert, b.cert};
    assert_non_null(hc_verdict_facts_top(chain, 2));
    testpki_fini(&a);
    testpki_fini(&b);
    testpki_fini(&issuer_a);
}

static void the_end_that_libssl_tells_is_the_servers(void **state)
{
    (void)state;
    struct hc_attempt a = {.stage = HC_STAGE_ANSWERED, .end = HC_END_OURS, .error = {.code = HC_E_TLS_CLOSED}};
    assert_int_equal(hc_verdict_facts_end(&a), HC_END_EOF);
    a.error.code = HC_E_TLS_NOT_TLS;
    assert_int_equal(hc_verdict_facts_end(&a), HC_END_NOT_TLS);
    a.error.code = HC_E_TLS_PROOF;
    assert_int_equal(hc_verdict_facts_end(&a), HC_END_OURS);
}

static void silence_after_the_handshake_is_no_refusal(void **state)
{
    (void)state;
    struct hc_attempt a = {.stage = HC_STAGE_FINISHED, .end = HC_END_TIMEOUT};
    assert_true(hc_verdict_facts_welcomed(&a));
    a.stage = HC_STAGE_SHOWN;
    assert_false(hc_verdict_facts_welcomed(&a));
    a = (struct hc_attempt){.stage = HC_STAGE_SERVED, .end = HC_END_ALERT, .alert = 45};
    assert_true(hc_verdict_facts_broken(&a)); /* an alert is a refusal whenever it comes */
    assert_false(hc_verdict_facts_answered(NULL) || hc_verdict_facts_welcomed(NULL));
}

static void words_are_found_in_any_case(void **state)
{
    (void)state;
    assert_true(hc_verdict_facts_contains(HC_BYTES("a Valid CERTIFICATE"), "certificate"));
    assert_false(hc_verdict_facts_contains(HC_BYTES("cert"), "certificate"));
    assert_false(hc_verdict_facts_contains(hc_bytes_of(NULL, 0), "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kin_have_one_organisation),
        cmocka_unit_test(without_an_organisation_nothing_is_told),
        cmocka_unit_test(what_a_ca_calls_itself_is_a_hint),
        cmocka_unit_test(the_top_of_a_chain_is_found_in_any_order),
        cmocka_unit_test(certificates_in_a_circle_have_a_top),
        cmocka_unit_test(the_end_that_libssl_tells_is_the_servers),
        cmocka_unit_test(silence_after_the_handshake_is_no_refusal),
        cmocka_unit_test(words_are_found_in_any_case),
    };
    return cmocka_run_group_tests_name("doctor/verdict_facts", tests, verdicting_set_up, verdicting_tear_down);
}

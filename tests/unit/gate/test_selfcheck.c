/* test_selfcheck.c - what a gate finds wrong with its own certificate before its friends do. */
#include "hc_test.h"

#include "../pki/testpki.h"
#include "gate/selfcheck.h"

struct house {
    struct hc_crypto *crypto;
    struct testpki root;
    struct testpki self;
    struct hc_own own;
    struct hc_snapshot_gate gate;
    struct hc_trust trust[2];    /* no bundle: nobody's revocation is looked at */
    struct hc_snapshot snapshot; /* one gate, with the second of them */
    enum hc_code told;           /* the last alarm */
    unsigned alarms;
};

static int setup(void **state)
{
    struct house *h = calloc(1, sizeof *h);
    struct hc_err e = {0};

    *state = h;
    expect_ok(&e, hc_crypto_new(&h->crypto, &e));
    testpki_issue(h->crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &h->root);
    testpki_issue(h->crypto,
                  &(struct testpki_spec){.subject = "gate",
                                         .san = {"dns:gate.example"},
                                         .not_before = TESTPKI_NOW,
                                         .not_after = TESTPKI_NOW + 10 * HC_DAY},
                  &h->root, &h->self);
    h->own.chain = (struct hc_cert_list){.cert = &h->self.cert, .n = 1, .cap = 1};
    h->gate = (struct hc_snapshot_gate){.name = "shop", .own = &h->own, .trust = 1, .serve = -1};
    h->snapshot =
        (struct hc_snapshot){.crypto = h->crypto, .n_trusts = 2, .trusts = h->trust, .n_gates = 1, .gates = &h->gate};
    return 0;
}

static int teardown(void **state)
{
    struct house *h = *state;

    hc_bundle_free(h->trust[1].bundle);
    hc_revocation_free(h->trust[1].revocation);
    testpki_fini(&h->self);
    testpki_fini(&h->root);
    hc_crypto_free(h->crypto);
    free(h);
    return 0;
}

static void hear(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct house *h = ctx;

    assert_string_equal(source, "shop");
    assert_true(strstr(text, "own certificate") || code >= HC_E_REVOKED);
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

/* The gate's trust gets the root, and a CRL that lasts an hour from now. */
static void trust_root(struct house *h, const struct hc_cert *revoked)
{
    HC_BUF_AUTO(pem, 8192);
    HC_BUF_AUTO(der, 8192);
    struct hc_revocation_source source = {.name = "root.crl"};
    struct hc_revocation_input input = {.source = &source, .n_sources = 1, .now = TESTPKI_NOW};
    struct hc_trust *trust = &h->trust[1];
    struct hc_err e = {0};

    testpki_pem(&h->root, &pem);
    testpki_crl(&(struct testpki_crl){.number = 1, .next_update = TESTPKI_NOW + HC_HOUR, .revoked = {revoked}},
                &h->root, &der);
    source.data = hc_buf_view(&der);
    expect_ok(&e, hc_bundle_parse(h->crypto, hc_buf_view(&pem), TESTPKI_NOW, &trust->bundle, &e));
    input.bundle = trust->bundle;
    expect_ok(&e, hc_revocation_build(h->crypto, &input, &trust->revocation, &e));
    trust->mode = HC_REVOCATION_CHAIN;
}

static void a_gate_whose_own_certificate_was_revoked_is_told(void **state)
{
    struct house *h = *state;

    trust_root(h, h->self.cert);
    assert_true(check_at(h, TESTPKI_NOW) != 0);
    assert_int_equal(h->told, HC_E_REVOKED);
    h->trust[1].mode = HC_REVOCATION_NONE;
    assert_true(check_at(h, TESTPKI_NOW) == 0);
}

static void an_old_crl_is_a_fault_where_it_counts_as_one(void **state)
{
    struct house *h = *state;

    trust_root(h, NULL);
    assert_true(check_at(h, TESTPKI_NOW + HC_HOUR) == 0);
    assert_true(check_at(h, TESTPKI_NOW + HC_HOUR + 1) != 0);
    assert_int_equal(h->told, HC_E_CRL_STALE);
    h->trust[1].allow_stale = 2 * HC_HOUR; /* stale: allow-for 2h */
    assert_true(check_at(h, TESTPKI_NOW + 3 * HC_HOUR) == 0);
    assert_true(check_at(h, TESTPKI_NOW + 3 * HC_HOUR + 1) != 0);
    assert_int_equal(h->told, HC_E_CRL_STALE);
}

static void each_gate_is_held_against_its_own_trust(void **state)
{
    struct house *h = *state;

    trust_root(h, h->self.cert);
    h->gate.trust = 0; /* which judges nobody */
    assert_true(check_at(h, TESTPKI_NOW) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_certificate_with_a_tenth_of_its_life_left_is_no_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_in_its_last_tenth_ends_soon, setup, teardown),
        cmocka_unit_test_setup_teardown(a_certificate_that_ended_is_told_as_expired, setup, teardown),
        cmocka_unit_test_setup_teardown(the_number_changes_only_with_the_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(nobody_needs_to_listen, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gate_whose_own_certificate_was_revoked_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(an_old_crl_is_a_fault_where_it_counts_as_one, setup, teardown),
        cmocka_unit_test_setup_teardown(each_gate_is_held_against_its_own_trust, setup, teardown),
    };

    return cmocka_run_group_tests_name("gate/selfcheck", tests, NULL, NULL);
}

/* test_certs.c - intents before certificates, and what can be found again. */
#include "ledger/leaves.h"

static int setup(void **state)
{
    book_setup(state);
    book_issuer(*state, "issuing", "");
    return 0;
}

static struct hc_rc show_intent(void *ctx, const struct hc_ledger_intent *row, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%.*s %.*s %.*s/%.*s [%.*s] ", HC_BYTES_FMT(row->profile), HC_BYTES_FMT(row->asked.identity),
                HC_BYTES_FMT(row->asked.door), HC_BYTES_FMT(row->asked.who), HC_BYTES_FMT(row->names));
    hc_buf_add(ctx, row->serial);
    return HC_OK;
}

static void an_intent_without_a_certificate_stays_visible(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    HC_BUF_AUTO(text, 512);
    struct hc_err e;
    int64_t id = put_intent(b, &leaf, "");

    book_reopen(b);
    expect_ok(&e, hc_ledger_interrupted(b->l, show_intent, &text, &e));
    assert_string_equal(hc_buf_cstr(&text),
                        "server dns:shop.example.com cli/tester [dns:shop.example.com\nip:192.0.2.7] serial-1");
    expect_ok(&e, hc_ledger_put_cert(b->l, id, MAKING_NOW, leaf.cert, &e));
    hc_buf_clear(&text);
    expect_ok(&e, hc_ledger_interrupted(b->l, show_intent, &text, &e));
    assert_int_equal(text.n, 0);
}

static void a_certificate_needs_its_own_intent(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 1);
    int64_t id = put_intent(b, &one, "");
    struct hc_err e;

    expect_fail(&e, hc_ledger_put_cert(b->l, id, 1, two.cert, &e), HC_E_LEDGER);
    expect_fail(&e, hc_ledger_put_cert(b->l, id + 1, 1, one.cert, &e), HC_E_LEDGER);
    expect_ok(&e, hc_ledger_put_cert(b->l, id, 1, one.cert, &e));
    expect_fail(&e, hc_ledger_put_cert(b->l, id, 1, one.cert, &e), HC_E_LEDGER);
}

static void a_serial_is_used_once(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    struct hc_ledger_request asked = {.issuer = HC_BYTES("issuing")};
    struct hc_err e;
    int64_t id = 0;

    put_both(b, &one, "");
    expect_fail(&e, hc_ledger_put_intent(b->l, &asked, one.linted, &id, &e), HC_E_LEDGER);
}

struct sweep {
    struct book *b;
    const struct leaf *leaf;
};

static struct hc_rc record(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_ledger_request asked = {.issuer = HC_BYTES("issuing")};
    int64_t id = 0;

    return hc_ledger_put_intent(s->b->l, &asked, s->leaf->linted, &id, e);
}

static void recording_survives_every_failed_allocation(void **state)
{
    LEAF(leaf, "serial-1", 1);
    struct sweep s = {.b = *state, .leaf = &leaf};

    assert_true(fault_sweep(record, &s) > 0);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_intent_without_a_certificate_stays_visible),
        LEDGER_TEST(a_certificate_needs_its_own_intent),
        LEDGER_TEST(a_serial_is_used_once),
        LEDGER_TEST(recording_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/certs", tests, make_fixture, free_fixture);
}

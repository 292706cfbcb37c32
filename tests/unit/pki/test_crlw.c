/* test_crlw.c - CRLs that are written here are read back the same, and verify under their issuer's key. */
#include "making.h"

#include "crypto/spki.h"
#include "pki/crlw.h"

struct world {
    struct hc_crypto *c;
    struct made root;
};

static int build(void **state)
{
    static struct world w;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.c, &e));
    making_root(w.c, (struct hc_tbs_subtrees){0}, &w.root);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    made_fini(&w->root);
    hc_crypto_free(w->c);
    return 0;
}

static struct hc_crlw_plan plan_of(const struct world *w)
{
    return (struct hc_crlw_plan){
        .issuer = w->root.cert,
        .number = 7,
        .this_update = MAKING_NOW,
        .next_update = MAKING_NOW + 7 * HC_DAY,
        .sig_alg = hc_key_signature_algorithm(w->root.key),
    };
}

static struct hc_crl *make(const struct world *w, const struct hc_crlw_plan *plan)
{
    struct hc_err e;
    struct hc_crl *crl = NULL;
    HC_BUF_AUTO(tbs, HC_CRL_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    HC_BUF_AUTO(der, HC_CRL_MAX);
    expect_ok(&e, hc_crlw_tbs(plan, &tbs, &e));
    expect_ok(&e, hc_key_sign(w->root.key, hc_buf_view(&tbs), &signature, &e));
    expect_ok(&e, hc_crlw_assemble(hc_buf_view(&tbs), plan->sig_alg, hc_buf_view(&signature), &der, &e));
    expect_ok(&e, hc_crl_parse(hc_buf_view(&der), &crl, &e));
    return crl;
}

static void an_empty_crl_is_read_back_and_verifies(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_crlw_plan plan = plan_of(w);
    HC_AUTO(hc_crl) crl = make(w, &plan);
    assert_int_equal(crl->n_entries, 0);
    assert_int_equal(crl->this_update, plan.this_update);
    assert_int_equal(crl->next_update, plan.next_update);
    expect_bytes(crl->number, "\x07");
    assert_true(hc_bytes_eq(crl->aki, w->root.cert->ski));
    assert_true(hc_bytes_eq(crl->issuer, w->root.cert->subject));
    struct hc_signed what = {.algorithm = crl->sig_alg, .message = crl->tbs, .signature = crl->signature};
    expect_ok(&e, hc_spki_verify(w->c, w->root.cert->spki, &what, &e));
}

static void entries_keep_serial_date_and_reason(void **state)
{
    const struct world *w = *state;
    struct hc_crlw_plan plan = plan_of(w);
    struct hc_crlw_entry entries[] = {
        {.serial = HC_BYTES("\x00\xff\x01"), .time = MAKING_NOW - 5, .reason = HC_CRL_KEY_COMPROMISE},
        {.serial = HC_BYTES("\x05"), .time = MAKING_NOW - 9, .reason = HC_CRL_UNSPECIFIED},
        {.serial = MAKING_SERIAL, .time = INT64_C(2524608000), .reason = HC_CRL_PRIVILEGE_WITHDRAWN},
    };
    plan.entries = entries;
    plan.n_entries = 3;
    HC_AUTO(hc_crl) crl = make(w, &plan);
    struct hc_crl_entry found;
    assert_int_equal(crl->n_entries, 3);
    assert_true(hc_crl_find(crl, HC_BYTES("\x00\xff\x01"), &found));
    assert_int_equal(found.reason, HC_CRL_KEY_COMPROMISE);
    assert_int_equal(found.time, MAKING_NOW - 5);
    assert_true(hc_crl_find(crl, HC_BYTES("\x05"), &found));
    assert_int_equal(found.reason, HC_CRL_UNSPECIFIED);
    assert_null(memmem(crl->der.p, crl->der.n, "\x0a\x01\x00", 3)); /* unspecified is not written */
    assert_false(hc_crl_find(crl, HC_BYTES("\x06"), &found));
}

static void the_number_may_be_as_large_as_the_ledger_counts(void **state)
{
    const struct world *w = *state;
    struct hc_crlw_plan plan = plan_of(w);
    plan.number = INT64_MAX;
    HC_AUTO(hc_crl) crl = make(w, &plan);
    expect_bytes(crl->number, "\x7f\xff\xff\xff\xff\xff\xff\xff");
}

static void refused(const struct hc_crlw_plan *plan, enum hc_code want)
{
    struct hc_err e;
    HC_BUF_AUTO(out, HC_CRL_MAX);
    expect_fail(&e, hc_crlw_tbs(plan, &out, &e), want);
}

static void the_next_update_must_lie_later(void **state)
{
    const struct world *w = *state;
    struct hc_crlw_plan plan = plan_of(w);
    plan.next_update = plan.this_update;
    refused(&plan, HC_E_CRL_WINDOW);
    plan.next_update--;
    refused(&plan, HC_E_CRL_WINDOW);
    plan.next_update = HC_TIME_MAX + 1;
    refused(&plan, HC_E_TIME_FORMAT);
}

static void impossible_entries_are_refused(void **state)
{
    const struct world *w = *state;
    struct hc_crlw_plan plan = plan_of(w);
    struct hc_crlw_entry entry = {.serial = HC_BYTES("\x00"), .time = MAKING_NOW};
    plan.entries = &entry;
    plan.n_entries = 1;
    refused(&plan, HC_E_CERT_SERIAL);
    entry.serial = HC_BYTES("123456789012345678901");
    refused(&plan, HC_E_CERT_SERIAL);
    entry.serial = HC_BYTES("\x01");
    entry.reason = (enum hc_crl_reason)8;
    refused(&plan, HC_E_REASON);
    entry.reason = HC_CRL_UNSPECIFIED;
    entry.time = -1;
    refused(&plan, HC_E_TIME_FORMAT);
    plan = plan_of(w);
    plan.sig_alg = HC_BYTES("\x30\x80");
    refused(&plan, HC_E_DER);
}

static void a_cap_that_is_too_small_is_an_error(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    struct hc_crlw_plan plan = plan_of(w);
    HC_BUF_AUTO(out, 64);
    expect_fail(&e, hc_crlw_tbs(&plan, &out, &e), HC_E_TOO_BIG);
}

static struct hc_rc write_both(void *ctx, struct hc_err *e)
{
    const struct world *w = ctx;
    struct hc_crlw_plan plan = plan_of(w);
    HC_BUF_AUTO(tbs, HC_CRL_MAX);
    HC_BUF_AUTO(der, HC_CRL_MAX);
    HC_TRY(e, hc_crlw_tbs(&plan, &tbs, e));
    return hc_crlw_assemble(hc_buf_view(&tbs), plan.sig_alg, HC_BYTES("signature"), &der, e);
}

static void writing_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(write_both, *state) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_crl_is_read_back_and_verifies),
        cmocka_unit_test(entries_keep_serial_date_and_reason),
        cmocka_unit_test(the_number_may_be_as_large_as_the_ledger_counts),
        cmocka_unit_test(the_next_update_must_lie_later),
        cmocka_unit_test(impossible_entries_are_refused),
        cmocka_unit_test(a_cap_that_is_too_small_is_an_error),
        cmocka_unit_test(writing_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/crlw", tests, build, teardown);
}

/* test_judge.c - a judgement is by the newest trust, a remembered chain saves its signatures and nothing else, and what
 * is open stands only as long as its chain does. */
#include "people.h"

#include "gate/judge.h"

/* A worker that runs nowhere, with one gate whose trust a test may change. */
struct rig {
    struct people *people;
    struct hc_engine engine;
    struct hc_trust trust;
    struct hc_snapshot_gate gate;
    struct hc_snapshot snapshot;
    struct hc_worker worker;
    struct hc_judging judging;
    struct testpki alice;
    const struct hc_cert *cert[2];
    struct hc_presented presented;
};

static void rig_begin(struct rig *r, struct people *people)
{
    struct hc_err e;

    *r = (struct rig){.people = people};
    expect_ok(&e, hc_engine_init(&r->engine, people->crypto, NULL, NULL, &e));
    r->trust = (struct hc_trust){.bundle = people->bundle, .mode = HC_REVOCATION_NONE};
    strcpy(r->gate.name, "shop");
    r->snapshot = (struct hc_snapshot){
        .generation = 1, .crypto = people->crypto, .n_trusts = 1, .trusts = &r->trust, .n_gates = 1, .gates = &r->gate};
    r->worker.engine = &r->engine;
    r->worker.snapshot = &r->snapshot;
    r->judging = (struct hc_judging){.worker = &r->worker, .gate = "shop", .purpose = HC_VERIFY_CLIENT};
    people_leaf(people, "alice@example.com", 0, &r->alice);
    r->cert[0] = r->alice.cert;
    r->cert[1] = people->issuer.cert;
    r->presented = (struct hc_presented){.cert = r->cert, .n = 2};
    hc_engine_raise_floor(&r->engine, TESTPKI_NOW);
}

static void rig_end(struct rig *r)
{
    testpki_fini(&r->alice);
    hc_engine_fini(&r->engine);
}

static struct hc_rc judge(struct rig *r, struct hc_checked_chain **out, struct hc_err *e)
{
    struct hc_tls_judge judge = hc_judge_of(&r->judging);
    struct hc_report report;

    hc_report_init(&report, false);
    return judge.judge(judge.ctx, r->presented, out, &report, e);
}

static void a_chain_is_remembered_only_once_its_bearer_has_proved_it(void **state)
{
    HC_AUTO(hc_checked_chain) first = NULL;
    HC_AUTO(hc_checked_chain) second = NULL;
    HC_AUTO(hc_checked_chain) third = NULL;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &first, &e));
    assert_int_equal(hc_chains_count(r.engine.chains), 0); /* anybody can present it: T46 */
    expect_ok(&e, judge(&r, &second, &e));
    assert_false(r.judging.known);
    expect_ok(&e, hc_judge_proven(&r.judging, second, &e));
    assert_int_equal(hc_chains_count(r.engine.chains), 1);
    expect_ok(&e, judge(&r, &third, &e));
    assert_true(r.judging.known);
    assert_ptr_equal(third, second);
    rig_end(&r);
}

static void a_remembered_chain_is_judged_again_and_forgotten_when_it_is_not_good(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_checked_chain *none = NULL;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    expect_ok(&e, hc_judge_proven(&r.judging, chain, &e));
    r.trust.bundle = r.people->other_bundle; /* the same domain on purpose: the cache alone must not decide */
    expect_fail(&e, judge(&r, &none, &e), HC_E_UNKNOWN_ISSUER);
    assert_null(none);
    assert_int_equal(hc_chains_count(r.engine.chains), 0);
    rig_end(&r);
}

static void what_was_judged_before_a_change_is_judged_again_when_the_handshake_is_done(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    r.snapshot.generation = 2; /* taken over between the certificate and Finished */
    r.trust.bundle = r.people->other_bundle;
    expect_fail(&e, hc_judge_proven(&r.judging, chain, &e), HC_E_UNKNOWN_ISSUER);
    assert_int_equal(hc_chains_count(r.engine.chains), 0);
    r.trust.bundle = r.people->bundle;
    expect_ok(&e, hc_judge_proven(&r.judging, chain, &e));
    assert_int_equal(r.judging.generation, 2);
    rig_end(&r);
}

static void a_session_is_resumed_only_while_its_chain_is_good(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_tls_judge judging;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    judging = hc_judge_of(&r.judging);
    expect_ok(&e, judging.again(judging.ctx, chain, &e));
    hc_engine_raise_floor(&r.engine, PEOPLE_FAR + 1);
    expect_fail(&e, judging.again(judging.ctx, chain, &e), HC_E_CERT_EXPIRED);
    rig_end(&r);
}

static void without_a_gate_or_its_bundle_nobody_is_good(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_checked_chain *none = NULL;
    struct hc_live_key key = {.gate = "shop", .purpose = HC_VERIFY_CLIENT};
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    key.chain = chain;
    expect_ok(&e, hc_judge_standing(&r.worker, &key, &e));
    r.trust.bundle = NULL;
    expect_fail(&e, judge(&r, &none, &e), HC_E_BUNDLE);
    expect_fail(&e, hc_judge_standing(&r.worker, &key, &e), HC_E_UNKNOWN_ISSUER);
    r.trust.bundle = r.people->bundle;
    strcpy(r.gate.name, "till");
    expect_fail(&e, judge(&r, &none, &e), HC_E_BUNDLE);
    expect_fail(&e, hc_judge_standing(&r.worker, &key, &e), HC_E_NO_RULE);
    rig_end(&r);
}

static void a_missing_crl_keeps_newcomers_out_and_ends_nothing(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_checked_chain *none = NULL;
    struct hc_live_key key = {.gate = "shop", .purpose = HC_VERIFY_CLIENT};
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    key.chain = chain;
    r.trust.mode = HC_REVOCATION_LEAF; /* and no CRL at all */
    expect_fail(&e, judge(&r, &none, &e), HC_E_CRL_MISSING);
    expect_ok(&e, hc_judge_standing(&r.worker, &key, &e));
    assert_true(hc_judge_anywhere(&r.worker, chain));
    rig_end(&r);
}

/* Several rules fail at once, and the one that names the refusal ends nothing by itself. */
static void a_missing_crl_hides_no_other_reason_to_end(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_live_key key = {.gate = "shop", .purpose = HC_VERIFY_CLIENT};
    struct testpki_spec nameless = {.subject = "nobody", .client = true, .not_after = PEOPLE_FAR};
    struct testpki leaf;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    testpki_issue(r.people->crypto, &nameless, &r.people->issuer, &leaf);
    r.cert[0] = leaf.cert;
    r.trust.profile = HC_VERIFY_RFC5280;
    expect_ok(&e, judge(&r, &chain, &e));
    key.chain = chain;
    r.trust.profile = HC_VERIFY_GATE; /* which asks for a name */
    r.trust.mode = HC_REVOCATION_LEAF;
    expect_fail(&e, hc_judge_standing(&r.worker, &key, &e), HC_E_NO_IDENTITY);
    assert_false(hc_judge_anywhere(&r.worker, chain));
    testpki_fini(&leaf);
    rig_end(&r);
}

static void a_chain_that_no_trust_accepts_is_good_nowhere(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    assert_true(hc_judge_anywhere(&r.worker, chain));
    r.trust.bundle = r.people->other_bundle;
    assert_false(hc_judge_anywhere(&r.worker, chain));
    rig_end(&r);
}

static void a_back_ends_staple_is_read_only_where_revocation_is_checked(void **state)
{
    HC_AUTO(hc_checked_chain) chain = NULL;
    struct hc_tls_judge judging;
    struct rig r;
    struct hc_err e;

    rig_begin(&r, *state);
    expect_ok(&e, judge(&r, &chain, &e));
    r.judging.purpose = HC_VERIFY_SERVER;
    judging = hc_judge_of(&r.judging);
    assert_null(judging.again); /* nothing is resumed towards back ends */
    expect_ok(&e, judging.staple(judging.ctx, chain, HC_BYTES("no response"), &e));
    r.trust.mode = HC_REVOCATION_LEAF;
    expect_fail(&e, judging.staple(judging.ctx, chain, HC_BYTES("no response"), &e), HC_E_OCSP_MALFORMED);
    r.presented.staple = HC_BYTES("no response");
    expect_fail(&e, judge(&r, &chain, &e), HC_E_OCSP_MALFORMED);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_remembered_only_once_its_bearer_has_proved_it),
        cmocka_unit_test(a_remembered_chain_is_judged_again_and_forgotten_when_it_is_not_good),
        cmocka_unit_test(what_was_judged_before_a_change_is_judged_again_when_the_handshake_is_done),
        cmocka_unit_test(a_session_is_resumed_only_while_its_chain_is_good),
        cmocka_unit_test(without_a_gate_or_its_bundle_nobody_is_good),
        cmocka_unit_test(a_missing_crl_keeps_newcomers_out_and_ends_nothing),
        cmocka_unit_test(a_missing_crl_hides_no_other_reason_to_end),
        cmocka_unit_test(a_chain_that_no_trust_accepts_is_good_nowhere),
        cmocka_unit_test(a_back_ends_staple_is_read_only_where_revocation_is_checked),
    };

    return cmocka_run_group_tests_name("gate/judge", tests, people_setup, people_teardown);
}

/* test_judge.c - our verifier's words about both chains of a probe, with real chains. */
#include "../pki/ocsping.h"
#include "doctor/verdict_parts.h"
#include "verdicting.h"

static const struct row good = {.stage = HC_STAGE_SERVED, .shown = GOOD, .own = GOOD, .bundle = true};

static struct evidence judged(const struct row *row)
{
    struct evidence ev;
    struct hc_err e;
    verdicting_fill(row, &ev);
    expect_ok(&e, hc_probe_judge(ev.p, &e));
    return ev;
}

static void expect_server(const struct row *row, enum hc_code want)
{
    struct evidence ev = judged(row);
    assert_true(ev.p->server_judged);
    assert_int_equal(hc_report_code(&ev.p->server), want);
    verdicting_fini(&ev);
}

static void a_good_chain_is_accepted_and_every_step_is_told(void **state)
{
    (void)state;
    struct evidence ev = judged(&good);
    assert_true(ev.p->server_judged && hc_report_ok(&ev.p->server) && ev.p->server.n > 3);
    assert_true(ev.p->own_judged && hc_report_ok(&ev.p->own));
    verdicting_fini(&ev);
}

static void a_chain_without_its_issuer_leads_nowhere(void **state)
{
    (void)state;
    struct row row = good;
    row.shown = LEAF_ONLY;
    expect_server(&row, HC_E_UNKNOWN_ISSUER);
    row.shown = SELF_SIGNED;
    expect_server(&row, HC_E_UNKNOWN_ISSUER);
}

static void the_name_that_was_asked_for_must_be_there(void **state)
{
    (void)state;
    struct row row = good;
    row.host = "other.example";
    expect_server(&row, HC_E_NAME_MISMATCH);
    row.host = "192.0.2.1";
    expect_server(&row, HC_E_NAME_MISMATCH);
    row.host = "SHOP.example";
    expect_server(&row, HC_OK_CODE);
    row.host = "not a name"; /* nobody can prove it */
    expect_server(&row, HC_E_NAME_MISMATCH);
}

static void an_address_in_a_form_of_its_own_must_be_there_as_well(void **state)
{
    (void)state;
    static const char *const forms[] = {"127.1", "2130706433", "127.0.0.01", "0x7f.1", "fe80::1%1"};
    for (size_t i = 0; i < HC_COUNT(forms); i++) {
        struct row row = good;
        struct hc_err e;
        struct evidence ev;
        row.host = forms[i];
        verdicting_fill(&row, &ev);
        const struct hc_dns_question question = {.host = forms[i], .port = 443};
        hc_dns_find(&question, &ev.p->dns);
        assert_int_equal(ev.p->dns.result, HC_DNS_LITERAL);
        expect_ok(&e, hc_probe_judge(ev.p, &e));
        assert_int_equal(hc_report_code(&ev.p->server), HC_E_NAME_MISMATCH);
        assert_null(hc_probe_server_name(ev.p));
        verdicting_fini(&ev);
    }
}

static void the_name_in_tls_goes_before_the_host(void **state)
{
    (void)state;
    struct row row = good;
    struct hc_err e;
    struct evidence ev;
    row.host = "192.0.2.1";
    verdicting_fill(&row, &ev);
    ev.spec.name = "shop.example";
    expect_ok(&e, hc_probe_judge(ev.p, &e));
    assert_true(hc_report_ok(&ev.p->server));
    verdicting_fini(&ev);
}

static void without_a_bundle_nothing_is_judged(void **state)
{
    (void)state;
    struct row row = good;
    row.bundle = false;
    struct evidence ev = judged(&row);
    assert_false(ev.p->server_judged || ev.p->own_judged);
    assert_int_equal(ev.p->server.n, 0);
    verdicting_fini(&ev);
}

static void where_nothing_was_shown_nothing_is_judged(void **state)
{
    (void)state;
    struct row row = {.stage = HC_STAGE_HELLO, .bundle = true};
    struct evidence ev = judged(&row);
    assert_false(ev.p->server_judged || ev.p->own_judged);
    verdicting_fini(&ev);
}

static void the_own_chain_is_judged_as_a_clients(void **state)
{
    (void)state;
    struct row row = good;
    row.own = SERVERS;
    struct evidence ev = judged(&row);
    assert_true(ev.p->own_judged);
    assert_int_equal(hc_report_code(&ev.p->own), HC_E_WRONG_PURPOSE);
    verdicting_fini(&ev);
}

static void an_own_chain_of_another_authority_is_not_judged(void **state)
{
    (void)state;
    struct row row = good;
    row.own = FOREIGN;
    struct evidence ev = judged(&row);
    assert_false(ev.p->own_judged);
    verdicting_fini(&ev);
}

/* ---- revocation ---- */

static void judge_with_crl(const struct hc_cert *revoked, struct evidence *ev)
{
    struct hc_err e;
    HC_AUTO(hc_revocation) crls = NULL;
    HC_BUF_AUTO(der, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {revoked}}, &world.issuer, &der);
    struct hc_revocation_source source = {.name = "crl", .data = hc_buf_view(&der)};
    struct hc_revocation_input input = {.source = &source, .n_sources = 1, .bundle = world.bundle, .now = NOW};
    expect_ok(&e, hc_revocation_build(world.crypto, &input, &crls, &e));
    verdicting_fill(&good, ev);
    ev->spec.crls = crls;
    expect_ok(&e, hc_probe_judge(ev->p, &e));
    ev->spec.crls = NULL;
}

static void crls_that_are_given_count_for_both(void **state)
{
    (void)state;
    struct evidence ev;
    judge_with_crl(world.leaf[GOOD].cert, &ev);
    assert_int_equal(hc_report_code(&ev.p->server), HC_E_REVOKED);
    assert_int_equal(hc_report_code(&ev.p->own), HC_E_REVOKED);
    verdicting_fini(&ev);
    judge_with_crl(world.leaf[FRESH].cert, &ev);
    assert_true(hc_report_ok(&ev.p->server) && hc_report_ok(&ev.p->own));
    verdicting_fini(&ev);
}

/* The CRLs of the issuer, if asked for, and of its root, which revokes the issuer. */
static void judge_with_root_crl(bool both, struct evidence *ev)
{
    struct hc_err e;
    HC_AUTO(hc_revocation) crls = NULL;
    HC_BUF_AUTO(leafs, 65536);
    HC_BUF_AUTO(roots, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1}, &world.issuer, &leafs);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {world.issuer.cert}}, &world.root, &roots);
    struct hc_revocation_source source[] = {{.name = "root", .data = hc_buf_view(&roots)},
                                            {.name = "issuer", .data = hc_buf_view(&leafs)}};
    struct hc_revocation_input input = {
        .source = source, .n_sources = both ? 2 : 1, .bundle = world.bundle, .now = NOW};
    expect_ok(&e, hc_revocation_build(world.crypto, &input, &crls, &e));
    verdicting_fill(&good, ev);
    ev->spec.crls = crls;
    expect_ok(&e, hc_probe_judge(ev->p, &e));
    ev->spec.crls = NULL;
}

static void an_issuer_that_is_revoked_counts_where_its_crl_is_here(void **state)
{
    (void)state;
    struct evidence ev;
    judge_with_root_crl(true, &ev);
    assert_int_equal(hc_report_code(&ev.p->server), HC_E_ISSUER_REVOKED);
    assert_int_equal(hc_report_code(&ev.p->own), HC_E_ISSUER_REVOKED);
    verdicting_fini(&ev);
    judge_with_root_crl(false, &ev);
    assert_int_equal(hc_report_code(&ev.p->server), HC_E_CRL_MISSING);
    verdicting_fini(&ev);
}

static void judge_with_staple(struct hc_bytes staple, struct evidence *ev)
{
    struct hc_err e;
    verdicting_fill(&good, ev);
    ev->p->main.staple = staple;
    expect_ok(&e, hc_probe_judge(ev->p, &e));
    assert_true(ev->p->server_judged);
}

static void staple(struct hc_bytes status, struct testpki *signer, struct hc_buf *out)
{
    struct ocsping s = {.answer = {{.cert = world.leaf[GOOD].cert, .issuer = world.issuer.cert, .status = status}},
                        .signer = signer};
    ocsping_der(out, &s);
}

static void a_staple_is_heard(void **state)
{
    (void)state;
    static const struct {
        bool revoked, forged;
        enum hc_code want;
    } cases[] = {{false, false, HC_OK_CODE}, {true, false, HC_E_REVOKED}, {false, true, HC_E_OCSP_SIGNER}};
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        struct evidence ev;
        HC_BUF_AUTO(der, 65536);
        staple(cases[i].revoked ? OCSPING_REVOKED : hc_bytes_of(NULL, 0),
               cases[i].forged ? &world.other_issuer : &world.issuer, &der);
        judge_with_staple(hc_buf_view(&der), &ev);
        assert_int_equal(hc_report_code(&ev.p->server), cases[i].want);
        verdicting_fini(&ev);
    }
}

static void a_staple_that_cannot_be_read_is_a_finding(void **state)
{
    (void)state;
    struct evidence ev;
    judge_with_staple(HC_BYTES("\x30\x03\x0a\x01"), &ev);
    assert_int_equal(hc_report_code(&ev.p->server), HC_E_OCSP_MALFORMED);
    verdicting_fini(&ev);
}

/* ---- the clock ---- */

static void the_servers_clock_is_told_by_its_date(void **state)
{
    (void)state;
    struct evidence ev = judged(&good);
    assert_false(ev.p->skew_known);
    ev.p->main.date = NOW - HC_HOUR;
    ev.p->main.date_heard = NOW + 1;
    hc_probe_learn_skew(ev.p);
    assert_true(ev.p->skew_known);
    assert_int_equal(ev.p->skew, -HC_HOUR - 1);
    verdicting_fini(&ev);
}

/* ---- memory ---- */

static void a_lack_of_memory_is_told_and_leaks_nothing(void **state)
{
    (void)state;
    struct evidence ev;
    HC_BUF_AUTO(der, 65536);
    staple(hc_bytes_of(NULL, 0), &world.issuer, &der);
    verdicting_fill(&good, &ev);
    ev.p->main.staple = hc_buf_view(&der);
    /* The words of a step that passed may be lost without anybody's noticing; a verdict may not. */
    for (unsigned k = 1, over = 0; !over; k++) {
        struct hc_err e;
        fault_alloc_at(k);
        struct hc_rc rc = hc_probe_judge(ev.p, &e);
        over = !fault_happened();
        fault_alloc_at(0);
        assert_true(hc_ok(rc) || rc.code == HC_E_NOMEM || rc.code == HC_E_LIBRARY);
        assert_true(hc_failed(rc) || (ev.p->server_judged && ev.p->own_judged && hc_report_ok(&ev.p->server)));
    }
    verdicting_fini(&ev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_chain_is_accepted_and_every_step_is_told),
        cmocka_unit_test(a_chain_without_its_issuer_leads_nowhere),
        cmocka_unit_test(the_name_that_was_asked_for_must_be_there),
        cmocka_unit_test(an_address_in_a_form_of_its_own_must_be_there_as_well),
        cmocka_unit_test(the_name_in_tls_goes_before_the_host),
        cmocka_unit_test(without_a_bundle_nothing_is_judged),
        cmocka_unit_test(where_nothing_was_shown_nothing_is_judged),
        cmocka_unit_test(the_own_chain_is_judged_as_a_clients),
        cmocka_unit_test(an_own_chain_of_another_authority_is_not_judged),
        cmocka_unit_test(crls_that_are_given_count_for_both),
        cmocka_unit_test(an_issuer_that_is_revoked_counts_where_its_crl_is_here),
        cmocka_unit_test(a_staple_is_heard),
        cmocka_unit_test(a_staple_that_cannot_be_read_is_a_finding),
        cmocka_unit_test(the_servers_clock_is_told_by_its_date),
        cmocka_unit_test(a_lack_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("doctor/judge", tests, verdicting_set_up, verdicting_tear_down);
}

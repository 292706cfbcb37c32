/* test_verify_revocation.c - CRLs of another key of the issuer, OCSP responses beside CRLs, and what ends a peer. */
#include "judging.h"

#include "ocsping.h"

#include "pki/path.h"

/* ---- sets of CRLs ---- */

struct crl {
    const struct testpki *issuer;
    const struct hc_cert *revoked;
    bool stale;
};

#define CRLS 4

static struct hc_revocation *set_of(const struct hc_bundle *bundle, const struct crl crl[], size_t n)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    struct hc_buf der[CRLS];
    struct hc_revocation_source source[CRLS];
    static const char *const names[CRLS] = {"a.crl", "b.crl", "c.crl", "d.crl"};
    for (size_t i = 0; i < n; i++) {
        der[i] = HC_BUF(65536);
        testpki_crl(&(struct testpki_crl){.number = 1,
                                          .revoked = {crl[i].revoked},
                                          .this_update = crl[i].stale ? TESTPKI_NOW - 9 * HC_DAY : 0,
                                          .next_update = crl[i].stale ? TESTPKI_NOW - 100 : 0},
                    crl[i].issuer, &der[i]);
        source[i] = (struct hc_revocation_source){.name = names[i], .data = hc_buf_view(&der[i])};
    }
    struct hc_revocation_input in = {.source = source, .n_sources = n, .bundle = bundle, .now = TESTPKI_NOW};
    expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
    for (size_t i = 0; i < n; i++)
        hc_buf_fini(&der[i]);
    return r;
}

static struct hc_verify_policy checking(const struct hc_bundle *bundle, const struct hc_revocation *crls)
{
    struct hc_verify_policy policy = policy_of(bundle);
    policy.revocation = HC_REVOCATION_LEAF;
    policy.crls = crls;
    return policy;
}

/* ---- another key of the issuer ---- */

/* "CA", whose CRLs another key of the name signs: with its own certificate, for CRLs only. */
struct two_keys {
    struct testpki ca, signer, l;
};

static void make_two_keys(struct two_keys *t, struct testpki_spec of_signer)
{
    of_signer.subject = "CA";
    of_signer.usage = of_signer.usage ? of_signer.usage : HC_KU_CRL_SIGN;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true, .usage = HC_KU_CERT_SIGN}, &w.root,
                  &t->ca);
    testpki_issue(w.crypto, &of_signer, &w.root, &t->signer);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .serial = 77, .san = {"dns:a.example"}}, &t->ca,
                  &t->l);
}

static void free_two_keys(struct two_keys *t)
{
    testpki_fini(&t->ca);
    testpki_fini(&t->signer);
    testpki_fini(&t->l);
}

static void crl_of_another_key_counts_once_that_key_has_a_chain_of_its_own(void **state)
{
    (void)state;
    struct two_keys t;
    make_two_keys(&t, (struct testpki_spec){0});
    struct crl good[] = {{.issuer = &t.signer}, {.issuer = &w.root}};
    struct crl bad[] = {{.issuer = &t.signer, .revoked = t.l.cert}, {.issuer = &w.root}};
    HC_AUTO(hc_revocation) clear = set_of(w.bundle, good, 2);
    HC_AUTO(hc_revocation) revoked = set_of(w.bundle, bad, 2);
    struct hc_verify_policy policy = checking(w.bundle, clear);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&t.l, &t.ca, &t.signer});
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&t.l, &t.signer, &t.ca});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&t.l, &t.ca}, HC_E_CRL_MISSING);
    policy.crls = revoked;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&t.l, &t.ca, &t.signer}, HC_E_REVOKED);
    free_two_keys(&t);
}

static void signer_without_a_good_chain_says_nothing(void **state)
{
    (void)state;
    static const struct testpki_spec rows[] = {
        {.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1},
        {.usage = HC_KU_DIGITAL_SIGNATURE}, /* it may not sign CRLs */
        {.bad_signature = true},
        {.unknown_critical = true},
        {.serial = 4711}, /* revoked, below */
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct two_keys t;
        make_two_keys(&t, rows[i]);
        struct crl crl[] = {{.issuer = &t.signer},
                            {.issuer = &w.root, .revoked = rows[i].serial == 4711 ? t.signer.cert : NULL}};
        HC_AUTO(hc_revocation) set = set_of(w.bundle, crl, 2);
        struct hc_verify_policy policy = checking(w.bundle, set);
        print_message("# row %zu\n", i);
        expect_refused(&policy, (const struct testpki *[CHAIN]){&t.l, &t.ca, &t.signer},
                       rows[i].usage ? HC_E_CRL_SIGNATURE : HC_E_CRL_MISSING);
        free_two_keys(&t);
    }
}

/* RFC 5280 6.3.3 (f): "The trust anchor for the certification path MUST be the same as the trust anchor used to
 * validate the target certificate." */
static void signer_below_another_anchor_says_nothing(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki other, ca, signer, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Other", .ca = true}, NULL, &other);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, &other, &signer);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &ca, &l);
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_bundle) both = NULL;
    testpki_pem(&w.root, &pem);
    testpki_pem(&other, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &both, &e));
    struct crl crl[] = {{.issuer = &signer}, {.issuer = &other}, {.issuer = &w.root}};
    HC_AUTO(hc_revocation) set = set_of(both, crl, 3);
    struct hc_verify_policy policy = checking(both, set);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca, &signer}, HC_E_CRL_MISSING);
    struct testpki *all[] = {&other, &ca, &signer, &l};
    for (size_t i = 0; i < HC_COUNT(all); i++)
        testpki_fini(all[i]);
}

/* A root that has changed its key: the new one signs the CRL for what the old one certified. */
static void new_key_of_an_anchor_signs_for_its_old_one_within_one_organisation(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki renewed, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &renewed);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &w.root, &l);
    HC_BUF_AUTO(old_pem, 65536);
    HC_BUF_AUTO(new_pem, 65536);
    testpki_pem(&w.root, &old_pem);
    testpki_pem(&renewed, &new_pem);
    struct hc_bundle_entry entry[] = {{.name = "we", .pem = hc_buf_view(&old_pem)},
                                      {.name = "we", .pem = hc_buf_view(&new_pem)}};
    for (int together = 0; together < 2; together++) {
        HC_AUTO(hc_bundle) bundle = NULL;
        entry[1].name = together ? "we" : "they";
        expect_ok(&e, hc_bundle_load_entries(w.crypto, entry, 2, TESTPKI_NOW, &bundle, &e));
        struct crl crl[] = {{.issuer = &renewed}};
        HC_AUTO(hc_revocation) set = set_of(bundle, crl, 1);
        struct hc_verify_policy policy = checking(bundle, set);
        if (together)
            expect_accepted(&policy, (const struct testpki *[CHAIN]){&l});
        else
            expect_refused(&policy, (const struct testpki *[CHAIN]){&l}, HC_E_CRL_MISSING);
    }
    testpki_fini(&renewed);
    testpki_fini(&l);
}

static void recheck_asks_whether_two_anchors_are_still_one_organisations(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_report report;
    struct testpki renewed, l;
    HC_AUTO(hc_checked_chain) chain = NULL;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &renewed);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &w.root, &l);
    HC_BUF_AUTO(old_pem, 65536);
    HC_BUF_AUTO(new_pem, 65536);
    testpki_pem(&w.root, &old_pem);
    testpki_pem(&renewed, &new_pem);
    struct hc_bundle_entry entry[] = {{.name = "we", .pem = hc_buf_view(&old_pem)},
                                      {.name = "we", .pem = hc_buf_view(&new_pem)}};
    HC_AUTO(hc_bundle) together = NULL;
    HC_AUTO(hc_bundle) apart = NULL;
    expect_ok(&e, hc_bundle_load_entries(w.crypto, entry, 2, TESTPKI_NOW, &together, &e));
    entry[1].name = "they";
    expect_ok(&e, hc_bundle_load_entries(w.crypto, entry, 2, TESTPKI_NOW, &apart, &e));
    struct crl crl[] = {{.issuer = &renewed}};
    HC_AUTO(hc_revocation) set = set_of(together, crl, 1);
    struct hc_verify_policy policy = checking(together, set);
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&l}, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.bundle = apart;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CRL_MISSING);
    testpki_fini(&renewed);
    testpki_fini(&l);
}

static void recheck_knows_the_signer_that_the_chain_was_checked_with(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_report report;
    struct two_keys t;
    HC_AUTO(hc_checked_chain) chain = NULL;
    make_two_keys(&t, (struct testpki_spec){.serial = 4712, .not_after = TESTPKI_NOW + 100});
    struct crl good[] = {{.issuer = &t.signer}, {.issuer = &w.root}};
    struct crl bad[] = {{.issuer = &t.signer, .revoked = t.l.cert}, {.issuer = &w.root}};
    struct crl signer_revoked[] = {{.issuer = &t.signer}, {.issuer = &w.root, .revoked = t.signer.cert}};
    HC_AUTO(hc_revocation) clear = set_of(w.bundle, good, 2);
    HC_AUTO(hc_revocation) revoked = set_of(w.bundle, bad, 2);
    HC_AUTO(hc_revocation) no_signer = set_of(w.bundle, signer_revoked, 2);
    struct hc_verify_policy policy = checking(w.bundle, clear);
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&t.l, &t.ca, &t.signer}, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.crls = revoked;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_REVOKED);
    policy.crls = no_signer;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CRL_MISSING);
    policy.crls = clear;
    policy.now = TESTPKI_NOW + 101; /* its own certificate has ended */
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CRL_MISSING);
    free_two_keys(&t);
}

static void stale_crl_clears_for_as_long_as_the_policy_allows(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){.serial = 79}, &l);
    struct crl crl[] = {{.issuer = &w.issuer, .stale = true}}; /* its nextUpdate was 100 seconds ago */
    HC_AUTO(hc_revocation) set = set_of(w.bundle, crl, 1);
    struct hc_verify_policy policy = checking(w.bundle, set);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    expect_refused(&policy, chain, HC_E_CRL_STALE);
    policy.allow_stale = 99;
    expect_refused(&policy, chain, HC_E_CRL_STALE);
    policy.allow_stale = 100;
    expect_accepted(&policy, chain);
    testpki_fini(&l);
}

/* ---- OCSP ---- */

enum answer { NONE, GOOD, REVOKED, UNKNOWN, STALE, FORGED, ABOUT_OTHER };

static struct hc_ocsp *answer(enum answer what, const struct testpki *l, struct testpki *stranger)
{
    struct hc_err e;
    struct hc_ocsp *o = NULL;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct ocsping s = {.answer = {{.cert = l->cert, .issuer = w.issuer.cert}}, .signer = &w.issuer};
    if (what == NONE)
        return NULL;
    if (what == REVOKED)
        s.answer[0].status = OCSPING_REVOKED;
    if (what == UNKNOWN)
        s.answer[0].status = OCSPING_UNKNOWN;
    if (what == STALE) {
        s.answer[0].this_update = TESTPKI_NOW - 9 * HC_DAY;
        s.answer[0].next_update = TESTPKI_NOW - HC_DAY;
    }
    if (what == FORGED)
        s.signer = stranger;
    if (what == ABOUT_OTHER)
        s.answer[0].cert = stranger->cert;
    ocsping_der(&der, &s);
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e));
    return o;
}

static void responses_and_crls_are_put_together(void **state)
{
    (void)state;
    enum { NO_CRL, CLEAR, CONDEMNS, OLD, UNCHECKED };
    static const struct {
        enum answer answer;
        int crl;
        enum hc_code want, also;
    } rows[] = {
        {NONE, CLEAR, HC_OK_CODE, 0},
        {NONE, NO_CRL, HC_E_CRL_MISSING, 0},
        {GOOD, CLEAR, HC_OK_CODE, 0},
        {GOOD, NO_CRL, HC_OK_CODE, 0},
        {GOOD, OLD, HC_OK_CODE, 0},
        {GOOD, CONDEMNS, HC_E_REVOKED, 0},
        {GOOD, UNCHECKED, HC_OK_CODE, 0},
        {REVOKED, CLEAR, HC_E_REVOKED, 0},
        {REVOKED, NO_CRL, HC_E_REVOKED, 0},
        {REVOKED, UNCHECKED, HC_E_REVOKED, 0},
        {UNKNOWN, CLEAR, HC_OK_CODE, 0},
        {UNKNOWN, NO_CRL, HC_E_CRL_MISSING, HC_E_OCSP_UNKNOWN},
        {UNKNOWN, UNCHECKED, HC_OK_CODE, 0},
        {STALE, CLEAR, HC_OK_CODE, 0},
        {STALE, OLD, HC_E_CRL_STALE, HC_E_OCSP_STALE},
        {FORGED, CLEAR, HC_E_OCSP_SIGNER, 0},
        {FORGED, UNCHECKED, HC_E_OCSP_SIGNER, 0},
        {ABOUT_OTHER, CLEAR, HC_OK_CODE, 0},
        {ABOUT_OTHER, NO_CRL, HC_E_CRL_MISSING, 0},
    };
    struct testpki l, stranger;
    leaf((struct testpki_spec){.serial = 80}, &l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Stranger", .ca = true, .serial = 81}, NULL, &stranger);
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_err e;
        struct hc_report report;
        HC_AUTO(hc_checked_chain) out = NULL;
        HC_AUTO(hc_ocsp) o = answer(rows[i].answer, &l, &stranger);
        const struct hc_ocsp *list[] = {o};
        struct crl crl = {
            .issuer = &w.issuer, .revoked = rows[i].crl == CONDEMNS ? l.cert : NULL, .stale = rows[i].crl == OLD};
        HC_AUTO(hc_revocation) set = set_of(w.bundle, &crl, rows[i].crl == NO_CRL ? 0 : 1);
        struct hc_verify_policy policy = checking(w.bundle, set);
        if (rows[i].crl == UNCHECKED)
            policy.revocation = HC_REVOCATION_NONE;
        policy.ocsp = list;
        policy.n_ocsp = o != NULL;
        print_message("# row %zu\n", i);
        struct hc_rc rc = judge(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, &out, &report, &e);
        assert_int_equal(rc.code, rows[i].want);
        assert_true(rows[i].also == HC_OK_CODE || hc_report_has(&report, rows[i].also));
    }
    testpki_fini(&l);
    testpki_fini(&stranger);
}

/* ---- what a failed recheck means ---- */

static void only_what_takes_a_right_away_ends_a_peer(void **state)
{
    (void)state;
    static const enum hc_code ends[] = {
        HC_E_REVOKED,       HC_E_ISSUER_REVOKED, HC_E_CERT_EXPIRED,       HC_E_ISSUER_EXPIRED, HC_E_UNKNOWN_ISSUER,
        HC_E_ANCHOR_NAME,   HC_E_WRONG_PURPOSE,  HC_E_NAME_NOT_PERMITTED, HC_E_POLICY,         HC_E_SPIFFE_ID,
        HC_E_NAME_MISMATCH, HC_E_PATH_LENGTH,    HC_E_CERT_PROFILE_RULE,
    };
    static const enum hc_code stays[] = {
        HC_OK_CODE,         HC_E_CRL_MISSING,   HC_E_CRL_STALE,      HC_E_CRL_NOT_YET_VALID,
        HC_E_CRL_MALFORMED, HC_E_CRL_SIGNATURE, HC_E_CRL_OLDER,      HC_E_CRL_UNSUPPORTED,
        HC_E_CRL_SCOPE,     HC_E_CRL_INDIRECT,  HC_E_CRL_DELTA_BASE, HC_E_OCSP_SIGNER,
        HC_E_OCSP_STALE,    HC_E_OCSP_UNKNOWN,  HC_E_CLOCK_BEHIND,   HC_E_CERT_NOT_YET_VALID,
        HC_E_NOMEM,         HC_E_LIBRARY,       HC_E_INTERNAL,       HC_E_REVOCATION_UNSAID,
        HC_E_BUNDLE,
    };
    for (size_t i = 0; i < HC_COUNT(ends); i++)
        assert_true(hc_verify_ends(ends[i]));
    for (size_t i = 0; i < HC_COUNT(stays); i++)
        assert_false(hc_verify_ends(stays[i]));
}

static void checked_chain_has_owners_and_a_hash_of_its_certificates(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_report report;
    struct testpki l, m;
    HC_AUTO(hc_checked_chain) one = NULL;
    HC_AUTO(hc_checked_chain) same = NULL;
    HC_AUTO(hc_checked_chain) other = NULL;
    leaf((struct testpki_spec){0}, &l);
    leaf((struct testpki_spec){0}, &m);
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, &one, &report, &e));
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&l, &m, &w.issuer}, &same, &report, &e));
    expect_ok(&e, judge(&policy, (const struct testpki *[CHAIN]){&m, &w.issuer}, &other, &report, &e));
    assert_int_equal(hc_checked_chain_hash(one).n, 32);
    assert_true(hc_bytes_eq(hc_checked_chain_hash(one), hc_checked_chain_hash(same)));
    assert_false(hc_bytes_eq(hc_checked_chain_hash(one), hc_checked_chain_hash(other)));
    struct hc_checked_chain *again = hc_checked_chain_ref(one);
    hc_checked_chain_free(again);
    assert_ptr_equal(hc_checked_chain_leaf(one), l.cert);
    testpki_fini(&l);
    testpki_fini(&m);
}

/* ---- memory ---- */

struct sweep {
    const struct hc_verify_policy *policy;
    const struct testpki *const *chain;
};

static struct hc_rc verify_and_recheck(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    HC_TRY(e, judge(s->policy, s->chain, &out, &report, e));
    hc_report_init(&report, false);
    return hc_verify_recheck(w.crypto, out, s->policy, &report, e);
}

/* A failed allocation may cost a sentence of the report that nobody reads in the end; it never makes a wrong answer. */
static void search_for_signers_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct two_keys t;
    make_two_keys(&t, (struct testpki_spec){0});
    struct crl good[] = {{.issuer = &t.signer}, {.issuer = &w.root}};
    HC_AUTO(hc_revocation) clear = set_of(w.bundle, good, 2);
    struct hc_verify_policy policy = checking(w.bundle, clear);
    const struct testpki *chain[CHAIN] = {&t.l, &t.ca, &t.signer};
    struct sweep s = {&policy, chain};
    bool happened = true;
    for (unsigned k = 1; happened; k++) {
        struct hc_err e;
        fault_alloc_at(k);
        struct hc_rc rc = verify_and_recheck(&s, &e);
        happened = fault_happened();
        fault_alloc_at(0);
        if (hc_failed(rc) && !happened)
            fail_msg("%s", e.text);
    }
    free_two_keys(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crl_of_another_key_counts_once_that_key_has_a_chain_of_its_own),
        cmocka_unit_test(signer_without_a_good_chain_says_nothing),
        cmocka_unit_test(signer_below_another_anchor_says_nothing),
        cmocka_unit_test(new_key_of_an_anchor_signs_for_its_old_one_within_one_organisation),
        cmocka_unit_test(recheck_asks_whether_two_anchors_are_still_one_organisations),
        cmocka_unit_test(recheck_knows_the_signer_that_the_chain_was_checked_with),
        cmocka_unit_test(stale_crl_clears_for_as_long_as_the_policy_allows),
        cmocka_unit_test(responses_and_crls_are_put_together),
        cmocka_unit_test(only_what_takes_a_right_away_ends_a_peer),
        cmocka_unit_test(checked_chain_has_owners_and_a_hash_of_its_certificates),
        cmocka_unit_test(search_for_signers_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/verify_revocation", tests, set_up, tear_down);
}

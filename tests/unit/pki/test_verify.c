/* test_verify.c - every way in which a chain is refused, each for its own reason, and the one way in which it is not.
 * */
#include "testpki.h"

#include "pki/verify.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, issuer;
    struct hc_bundle *bundle;
} w;

static struct hc_bundle *bundle_of(const struct testpki *root)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(root, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &b, &e));
    return b;
}

static struct hc_verify_policy policy_of(const struct hc_bundle *bundle)
{
    return (struct hc_verify_policy){
        .bundle = bundle, .purpose = HC_VERIFY_EITHER, .revocation = HC_REVOCATION_NONE, .now = TESTPKI_NOW};
}

#define CHAIN 8

/* Judges certificates, leaf first; NULL ends the list. */
static struct hc_rc judge(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN],
                          struct hc_checked_chain **out, struct hc_report *report, struct hc_err *e)
{
    const struct hc_cert *cert[CHAIN];
    size_t n = 0;
    for (; n < CHAIN && chain[n] != NULL; n++)
        cert[n] = chain[n]->cert;
    hc_report_init(report, false);
    return hc_verify(w.crypto, policy, (struct hc_presented){cert, n}, out, report, e);
}

static void expect_refused(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN],
                           enum hc_code want)
{
    struct hc_err e;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    expect_fail(&e, judge(policy, chain, &out, &report, &e), want);
    assert_null(out);
    assert_int_equal(hc_report_code(&report), want);
}

static void expect_accepted(const struct hc_verify_policy *policy, const struct testpki *const chain[CHAIN])
{
    struct hc_err e;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    expect_ok(&e, judge(policy, chain, &out, &report, &e));
    assert_true(hc_report_ok(&report));
    assert_ptr_equal(hc_checked_chain_leaf(out), chain[0]->cert);
}

/* A leaf of the world's issuing CA, good but for what the spec says. */
static void leaf(struct testpki_spec spec, struct testpki *out)
{
    if (spec.subject == NULL)
        spec.subject = "leaf";
    if (spec.san[0] == NULL)
        spec.san[0] = "dns:a.example";
    testpki_issue(w.crypto, &spec, &w.issuer, out);
}

static void good_chain_is_accepted_and_described(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct hc_cert *cert[] = {l.cert, w.issuer.cert};
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    hc_report_init(&report, true);
    expect_ok(&e, hc_verify(w.crypto, &policy, (struct hc_presented){cert, 2}, &chain, &report, &e));
    assert_int_equal(hc_checked_chain_count(chain), 3);
    assert_ptr_equal(hc_checked_chain_cert(chain, 1), w.issuer.cert);
    assert_true(hc_cert_eq(hc_checked_chain_anchor(chain), w.root.cert));
    assert_true(hc_checked_chain_not_after(chain) == l.cert->not_after);
    HC_BUF_AUTO(text, 65536);
    hc_report_text(&report, &text);
    assert_non_null(strstr(hc_buf_cstr(&text), "revocation: not checked"));
    assert_non_null(strstr(hc_buf_cstr(&text), "every signature up to the anchor holds"));
    testpki_fini(&l);
}

static void policy_that_does_not_say_how_to_judge_is_refused(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.revocation = HC_REVOCATION_UNSAID;
    expect_refused(&policy, chain, HC_E_REVOCATION_UNSAID);
    policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_UNSAID;
    expect_refused(&policy, chain, HC_E_INTERNAL);
    policy = policy_of(NULL);
    expect_refused(&policy, chain, HC_E_BUNDLE);
    testpki_fini(&l);
}

static void nothing_and_too_many_are_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){NULL}, HC_E_NO_CERTIFICATE);
    const struct hc_cert *many[17];
    for (size_t i = 0; i < 17; i++)
        many[i] = w.issuer.cert;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify(w.crypto, &policy, (struct hc_presented){many, 17}, &out, &report, &e),
                HC_E_CHAIN_TOO_LONG);
}

/* One defect of the leaf a row. */
static void leaf_with_a_defect_is_refused_for_that_defect(void **state)
{
    (void)state;
    static const struct {
        struct testpki_spec spec;
        enum hc_code want;
    } rows[] = {
        {{.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, HC_E_CERT_EXPIRED},
        {{.not_before = TESTPKI_NOW + 1}, HC_E_CERT_NOT_YET_VALID},
        {{.no_eku = true}, HC_E_WRONG_PURPOSE},
        {{.any = true}, HC_E_WRONG_PURPOSE},
        {{.usage = HC_KU_KEY_ENCIPHERMENT}, HC_E_WRONG_KEY_USAGE},
        {{.usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.ca = true, .server = true, .client = true, .usage = HC_KU_DIGITAL_SIGNATURE | HC_KU_CERT_SIGN},
         HC_E_LEAF_IS_CA},
        {{.permitted = {"dns:a.example"}}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.policy_constraints = true}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.pathlen = 1}, HC_E_CERT_CA_EXTENSION_IN_LEAF},
        {{.proxy = true}, HC_E_CERT_PROXY},
        {{.unknown_critical = true}, HC_E_CERT_UNKNOWN_CRITICAL},
        {{.bad_signature = true}, HC_E_BAD_SIGNATURE},
        {{.wrong_aki = true}, HC_E_UNKNOWN_ISSUER},
        {{.san = {"dir:somebody"}}, HC_E_NO_IDENTITY},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki l;
        leaf(rows[i].spec, &l);
        print_message("# row %zu\n", i);
        expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, rows[i].want);
        testpki_fini(&l);
    }
}

/* T22: the common name is no identity. */
static void common_name_is_never_an_identity(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    HC_AUTO(hc_name) name = NULL;
    expect_ok(&e, hc_name_parse(HC_BYTES("dns:www.example"), HC_NAME_PLAIN, &name, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "www.example"}, &w.issuer, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, HC_E_NO_IDENTITY);
    testpki_fini(&l);
    leaf((struct testpki_spec){.subject = "www.example", .san = {"dns:other.example"}}, &l);
    policy.name = name;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer}, HC_E_NAME_MISMATCH);
    testpki_fini(&l);
}

/* One defect of the issuing CA a row. */
static void issuer_with_a_defect_is_refused_for_that_defect(void **state)
{
    (void)state;
    static const struct {
        struct testpki_spec spec;
        enum hc_code want;
    } rows[] = {
        {{.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, HC_E_ISSUER_EXPIRED},
        {{.not_before = TESTPKI_NOW + 1}, HC_E_ISSUER_NOT_YET_VALID},
        {{.no_basic_constraints = true}, HC_E_NOT_A_CA},
        {{.usage = HC_KU_CRL_SIGN}, HC_E_CA_KEY_USAGE},
        {{.any = true}, HC_OK_CODE},
        {{.client = true}, HC_OK_CODE},
        {{.proxy = true}, HC_E_CERT_PROXY},
        {{.unknown_critical = true}, HC_E_CERT_UNKNOWN_CRITICAL},
        {{.policy_constraints = true}, HC_E_CERT_UNKNOWN_CRITICAL},
        {{.bad_signature = true}, HC_E_BAD_SIGNATURE},
        {{.permitted = {"dns:b.example"}}, HC_E_NAME_NOT_PERMITTED},
        {{.excluded = {"dns:example"}}, HC_E_NAME_EXCLUDED},
        {{.permitted = {"dns:a.example"}}, HC_OK_CODE},
        {{.excluded = {"ip:192.0.2.0/255.0.255.0"}}, HC_E_NAME_CONSTRAINT_SYNTAX},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki ca, l;
        struct testpki_spec spec = rows[i].spec;
        spec.subject = "Other issuer";
        spec.ca = true;
        testpki_issue(w.crypto, &spec, &w.root, &ca);
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example"}}, &ca, &l);
        print_message("# row %zu\n", i);
        const struct testpki *chain[CHAIN] = {&l, &ca};
        if (rows[i].want == HC_OK_CODE)
            expect_accepted(&policy, chain);
        else
            expect_refused(&policy, chain, rows[i].want);
        testpki_fini(&ca);
        testpki_fini(&l);
    }
}

static void dates_are_inclusive_to_the_second(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 10, .not_after = TESTPKI_NOW + 10}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    policy.now = TESTPKI_NOW - 11;
    expect_refused(&policy, chain, HC_E_CERT_NOT_YET_VALID);
    policy.now = TESTPKI_NOW - 10;
    expect_accepted(&policy, chain);
    policy.now = TESTPKI_NOW + 10;
    expect_accepted(&policy, chain);
    policy.now = TESTPKI_NOW + 11;
    expect_refused(&policy, chain, HC_E_CERT_EXPIRED);
    testpki_fini(&l);
}

/* T27 */
static void server_certificate_presented_by_a_client_is_refused_with_the_reason(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki server, client;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    leaf((struct testpki_spec){.server = true}, &server);
    leaf((struct testpki_spec){.client = true}, &client);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_CLIENT;
    const struct testpki *chain[CHAIN] = {&server, &w.issuer};
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_WRONG_PURPOSE);
    assert_non_null(strstr(e.text, "Let's Encrypt"));
    assert_non_null(strstr(e.text, "DigiCert"));
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&client, &w.issuer});
    policy.purpose = HC_VERIFY_SERVER;
    expect_accepted(&policy, chain);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&client, &w.issuer}, HC_E_WRONG_PURPOSE);
    testpki_fini(&server);
    testpki_fini(&client);
}

/* T27: a CA for servers issues no clients. */
static void purpose_of_a_ca_limits_what_is_below_it(void **state)
{
    (void)state;
    struct testpki ca, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Servers", .ca = true, .server = true}, &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &ca, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.purpose = HC_VERIFY_SERVER;
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l, &ca});
    policy.purpose = HC_VERIFY_CLIENT;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_WRONG_PURPOSE);
    testpki_fini(&ca);
    testpki_fini(&l);
}

/* T21, T22 */
static void expected_name_must_be_carried(void **state)
{
    (void)state;
    static const struct {
        const char *have, *want;
        bool ok;
    } rows[] = {
        {"dns:www.example.com", "dns:www.example.com", true},
        {"dns:www.example.com", "dns:WWW.Example.COM", true},
        {"dns:www.example.com", "dns:example.com", false},
        {"dns:*.example.com", "dns:www.example.com", true},
        {"dns:*.example.com", "dns:a.b.example.com", false},
        {"dns:*.example.com", "dns:example.com", false},
        {"dns:*.com", "dns:example.com", false},
        {"ip:192.0.2.1", "ip:192.0.2.1", true},
        {"ip:192.0.2.1", "ip:192.0.2.2", false},
        {"email:a@example.com", "email:a@example.com", true},
        {"email:a@example.com", "email:b@example.com", false},
        {"uri:spiffe://example.com/a", "spiffe://example.com/a", true},
        {"uri:spiffe://example.com/a", "spiffe://example.com/b", false},
    };
    struct hc_verify_policy policy = policy_of(w.bundle);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct testpki l;
        struct hc_err e;
        HC_AUTO(hc_name) name = NULL;
        leaf((struct testpki_spec){.san = {"dns:other.example", rows[i].have}}, &l);
        expect_ok(&e, hc_name_parse(hc_bytes_str(rows[i].want), HC_NAME_PLAIN, &name, &e));
        policy.name = name;
        const struct testpki *chain[CHAIN] = {&l, &w.issuer};
        print_message("# row %zu\n", i);
        if (rows[i].ok)
            expect_accepted(&policy, chain);
        else
            expect_refused(&policy, chain, HC_E_NAME_MISMATCH);
        testpki_fini(&l);
    }
}

/* T23: what OpenSSL 3.0 accepts. */
static void wildcard_that_could_be_an_excluded_name_is_refused(void **state)
{
    (void)state;
    struct testpki ca, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true, .excluded = {"dns:bad.example.com"}},
                  &w.root, &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:*.example.com"}}, &ca, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca}, HC_E_NAME_EXCLUDED);
    testpki_fini(&ca);
    testpki_fini(&l);
}

/* T24: what an anchor may assert binds it, though it is trusted. */
static void constraints_of_the_anchor_bind_the_leaf(void **state)
{
    (void)state;
    struct testpki root, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Domain B", .ca = true, .permitted = {"uri:b.example"}},
                  NULL, &root);
    HC_AUTO(hc_bundle) bundle = bundle_of(&root);
    struct hc_verify_policy policy = policy_of(bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"uri:spiffe://a.example/web"}}, &root, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l}, HC_E_NAME_NOT_PERMITTED);
    testpki_fini(&l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"uri:spiffe://b.example/web"}}, &root, &l);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l});
    testpki_fini(&l);
    testpki_fini(&root);
}

static void path_length_of_every_ca_is_kept(void **state)
{
    (void)state;
    struct testpki root, a, b, l, direct;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "R", .ca = true, .pathlen = 2}, NULL,
                  &root); /* one CA below */
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "A", .ca = true}, &root, &a);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "B", .ca = true}, &a, &b);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &b, &l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &a, &direct);
    HC_AUTO(hc_bundle) bundle = bundle_of(&root);
    struct hc_verify_policy policy = policy_of(bundle);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&direct, &a});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &b, &a}, HC_E_PATH_LENGTH);
    struct testpki *all[] = {&root, &a, &b, &l, &direct};
    for (size_t i = 0; i < 5; i++)
        testpki_fini(all[i]);
}

static void chain_to_nowhere_is_refused(void **state)
{
    (void)state;
    struct testpki stranger, theirs, self, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Stranger", .ca = true}, NULL, &stranger);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &stranger, &theirs);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "self", .san = {"dns:a.example"}}, NULL, &self);
    leaf((struct testpki_spec){0}, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&theirs, &stranger}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&self}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&self, &self}, HC_E_UNKNOWN_ISSUER);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l},
                   HC_E_UNKNOWN_ISSUER); /* its issuer was not presented */
    /* A trusted leaf is no anchor, and the anchor itself is no leaf. */
    expect_refused(&policy, (const struct testpki *[CHAIN]){&w.root}, HC_E_UNKNOWN_ISSUER);
    testpki_fini(&stranger);
    testpki_fini(&theirs);
    testpki_fini(&self);
    testpki_fini(&l);
}

/* The same names and key identifiers all the way up, other keys. */
static void forged_root_of_the_same_name_is_refused(void **state)
{
    (void)state;
    struct testpki root, ca, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true, .posing_as = w.root.cert}, NULL,
                  &root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .posing_as = w.issuer.cert}, &root,
                  &ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &ca, &l);
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &ca, &root}, HC_E_BAD_SIGNATURE);
    /* Nor does the real issuer beside it help. */
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &w.issuer, &ca, &root}, HC_E_BAD_SIGNATURE);
    testpki_fini(&root);
    testpki_fini(&ca);
    testpki_fini(&l);
}

static void search_goes_on_after_a_candidate_that_fails(void **state)
{
    (void)state;
    struct testpki old, good, l;
    struct hc_verify_policy policy = policy_of(w.bundle);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, &w.root, &good);
    testpki_issue(w.crypto,
                  &(struct testpki_spec){.subject = "CA",
                                         .ca = true,
                                         .key = good.key,
                                         .not_before = TESTPKI_NOW - 9 * HC_DAY,
                                         .not_after = TESTPKI_NOW - HC_DAY},
                  &w.root, &old);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &good, &l);
    expect_accepted(&policy, (const struct testpki *[CHAIN]){&l, &old, &good});
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &old}, HC_E_ISSUER_EXPIRED);
    testpki_fini(&old);
    testpki_fini(&good);
    testpki_fini(&l);
}

static void report_names_every_rule_that_failed(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l;
    struct hc_report report;
    struct hc_checked_chain *out = NULL;
    HC_AUTO(hc_name) name = NULL;
    expect_ok(&e, hc_name_parse(HC_BYTES("dns:www.example"), HC_NAME_PLAIN, &name, &e));
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 9 * HC_DAY,
                               .not_after = TESTPKI_NOW - 1,
                               .no_eku = true,
                               .usage = HC_KU_KEY_ENCIPHERMENT,
                               .unknown_critical = true},
         &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.name = name;
    policy.revocation = HC_REVOCATION_CHAIN;
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_CERT_UNKNOWN_CRITICAL);
    static const enum hc_code all[] = {HC_E_CERT_EXPIRED, HC_E_WRONG_PURPOSE, HC_E_WRONG_KEY_USAGE,
                                       HC_E_CERT_UNKNOWN_CRITICAL, HC_E_NAME_MISMATCH};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        assert_true(hc_report_has(&report, all[i]));
    testpki_fini(&l);
    /* Without a fault that hides the signatures from us, revocation is in the same report. */
    leaf((struct testpki_spec){.not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - 1}, &l);
    expect_fail(&e, judge(&policy, chain, &out, &report, &e), HC_E_CERT_EXPIRED);
    assert_true(hc_report_has(&report, HC_E_CRL_MISSING));
    assert_true(hc_report_has(&report, HC_E_NAME_MISMATCH));
    testpki_fini(&l);
}

static struct hc_revocation *crls(const struct hc_cert *of_root, const struct hc_cert *of_issuer)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    HC_BUF_AUTO(root, 65536);
    HC_BUF_AUTO(issuer, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {of_root}}, &w.root, &root);
    testpki_crl(&(struct testpki_crl){.number = 1, .revoked = {of_issuer}}, &w.issuer, &issuer);
    struct hc_revocation_source source[] = {{.name = "root.crl", .data = hc_buf_view(&root)},
                                            {.name = "issuer.crl", .data = hc_buf_view(&issuer)}};
    struct hc_revocation_input in = {.source = source, .n_sources = 2, .bundle = w.bundle, .now = TESTPKI_NOW};
    expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
    return r;
}

static void revocation_is_checked_for_the_leaf_or_the_chain(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){.serial = 77}, &l);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct hc_verify_policy policy = policy_of(w.bundle);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    HC_AUTO(hc_revocation) leaf_revoked = crls(NULL, l.cert);
    HC_AUTO(hc_revocation) issuer_revoked = crls(w.issuer.cert, NULL);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    expect_accepted(&policy, chain);
    policy.crls = leaf_revoked;
    expect_refused(&policy, chain, HC_E_REVOKED);
    policy.crls = issuer_revoked;
    expect_refused(&policy, chain, HC_E_ISSUER_REVOKED);
    policy.crls = NULL; /* never "no check" by accident */
    expect_refused(&policy, chain, HC_E_CRL_MISSING);
    policy.revocation = HC_REVOCATION_LEAF;
    policy.crls = issuer_revoked;
    expect_accepted(&policy, chain);
    policy.crls = leaf_revoked;
    expect_refused(&policy, chain, HC_E_REVOKED);
    policy.revocation = HC_REVOCATION_NONE;
    expect_accepted(&policy, chain);
    testpki_fini(&l);
}

/* T14, as far as complete CRLs go: what no CRL answers for is refused. */
static void issuer_without_a_crl_is_refused_under_check_chain(void **state)
{
    (void)state;
    struct testpki mid, l;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Mid", .ca = true}, &w.root, &mid);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "l", .san = {"dns:a.example"}}, &mid, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    expect_refused(&policy, (const struct testpki *[CHAIN]){&l, &mid}, HC_E_CRL_MISSING);
    testpki_fini(&mid);
    testpki_fini(&l);
}

static void checked_chain_is_rechecked_for_what_changes(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki l, other;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) chain = NULL;
    leaf((struct testpki_spec){.serial = 78}, &l);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Other", .ca = true}, NULL, &other);
    HC_AUTO(hc_bundle) elsewhere = bundle_of(&other);
    HC_AUTO(hc_revocation) none = crls(NULL, NULL);
    HC_AUTO(hc_revocation) revoked = crls(NULL, l.cert);
    struct hc_verify_policy policy = policy_of(w.bundle);
    policy.revocation = HC_REVOCATION_CHAIN;
    policy.crls = none;
    const struct testpki *presented[CHAIN] = {&l, &w.issuer};
    expect_ok(&e, judge(&policy, presented, &chain, &report, &e));
    hc_report_init(&report, false);
    expect_ok(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e));
    policy.crls = revoked;
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_REVOKED);
    policy.crls = none;
    policy.now = l.cert->not_after + 1;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_CERT_EXPIRED);
    policy.now = TESTPKI_NOW;
    policy.bundle = elsewhere;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_UNKNOWN_ISSUER);
    policy.bundle = w.bundle;
    policy.revocation = HC_REVOCATION_UNSAID;
    hc_report_init(&report, false);
    expect_fail(&e, hc_verify_recheck(w.crypto, chain, &policy, &report, &e), HC_E_REVOCATION_UNSAID);
    testpki_fini(&l);
    testpki_fini(&other);
}

struct sweep {
    const struct hc_verify_policy *policy;
    const struct testpki *const *chain;
};

static struct hc_rc verify_once(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_report report;
    HC_AUTO(hc_checked_chain) out = NULL;
    return judge(s->policy, s->chain, &out, &report, e);
}

static void verification_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct testpki l;
    leaf((struct testpki_spec){0}, &l);
    struct hc_verify_policy policy = policy_of(w.bundle);
    const struct testpki *chain[CHAIN] = {&l, &w.issuer};
    struct sweep s = {&policy, chain};
    assert_true(fault_sweep(verify_once, &s) >= 1);
    testpki_fini(&l);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .pathlen = 1, .serial = 5}, &w.root,
                  &w.issuer);
    w.bundle = bundle_of(&w.root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    testpki_fini(&w.root);
    testpki_fini(&w.issuer);
    hc_bundle_free(w.bundle);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_chain_is_accepted_and_described),
        cmocka_unit_test(policy_that_does_not_say_how_to_judge_is_refused),
        cmocka_unit_test(nothing_and_too_many_are_refused),
        cmocka_unit_test(leaf_with_a_defect_is_refused_for_that_defect),
        cmocka_unit_test(common_name_is_never_an_identity),
        cmocka_unit_test(issuer_with_a_defect_is_refused_for_that_defect),
        cmocka_unit_test(dates_are_inclusive_to_the_second),
        cmocka_unit_test(server_certificate_presented_by_a_client_is_refused_with_the_reason),
        cmocka_unit_test(purpose_of_a_ca_limits_what_is_below_it),
        cmocka_unit_test(expected_name_must_be_carried),
        cmocka_unit_test(wildcard_that_could_be_an_excluded_name_is_refused),
        cmocka_unit_test(constraints_of_the_anchor_bind_the_leaf),
        cmocka_unit_test(path_length_of_every_ca_is_kept),
        cmocka_unit_test(chain_to_nowhere_is_refused),
        cmocka_unit_test(forged_root_of_the_same_name_is_refused),
        cmocka_unit_test(search_goes_on_after_a_candidate_that_fails),
        cmocka_unit_test(report_names_every_rule_that_failed),
        cmocka_unit_test(revocation_is_checked_for_the_leaf_or_the_chain),
        cmocka_unit_test(issuer_without_a_crl_is_refused_under_check_chain),
        cmocka_unit_test(checked_chain_is_rechecked_for_what_changes),
        cmocka_unit_test(verification_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/verify", tests, set_up, tear_down);
}

/* test_constraints.c - whole certificates under whole CAs: every name, every type, every list (T22, T23). */
#include "testpki.h"

#include "pki/constraints.h"

static struct hc_crypto *crypto;

struct row {
    const char *permitted[TESTPKI_NAMES];
    const char *excluded[TESTPKI_NAMES];
    const char *san[TESTPKI_NAMES];
    const char *email_attribute;
    enum hc_code want;
};

static void check(const struct row *r, const struct hc_key *key)
{
    struct testpki ca = {0}, leaf = {0};
    struct testpki_spec ca_spec = {.subject = "CA", .ca = true, .key = key};
    memcpy(ca_spec.permitted, r->permitted, sizeof(ca_spec.permitted));
    memcpy(ca_spec.excluded, r->excluded, sizeof(ca_spec.excluded));
    struct testpki_spec spec = {.subject = "host.evil.example", .subject_email = r->email_attribute, .key = key};
    memcpy(spec.san, r->san, sizeof(spec.san));
    testpki_issue(crypto, &ca_spec, NULL, &ca);
    ca.key = (struct hc_key *)key;
    testpki_issue(crypto, &spec, &ca, &leaf);
    struct hc_report report;
    hc_report_init(&report, false);
    bool ok = hc_constraints_check(ca.cert, leaf.cert, &report, 0);
    if (ok != (r->want == HC_OK_CODE) || hc_report_code(&report) != r->want)
        fail_msg("%s/%s <- %s: wanted %d, got %d %s", r->permitted[0] ? r->permitted[0] : "-",
                 r->excluded[0] ? r->excluded[0] : "-", r->san[0], (int)r->want, (int)hc_report_code(&report),
                 report.n ? report.finding[0].text : "");
    hc_cert_free(ca.cert);
    hc_cert_free(leaf.cert);
}

static void check_all(const struct row *rows, size_t n)
{
    struct hc_err e;
    HC_AUTO(hc_key) key = NULL;
    expect_ok(&e, hc_key_generate(crypto, HC_KEY_P256, &key, &e));
    for (size_t i = 0; i < n; i++)
        check(&rows[i], key);
}

#define YES HC_OK_CODE
#define OUTSIDE HC_E_NAME_NOT_PERMITTED
#define EXCLUDED HC_E_NAME_EXCLUDED
#define SYNTAX HC_E_NAME_CONSTRAINT_SYNTAX

static void constraints_judge_every_name_of_the_types_they_name(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{"dns:example.com"}, {0}, {"dns:a.example.com"}, NULL, YES},
        {{"dns:example.com"}, {0}, {"dns:a.example.com", "dns:evil.org"}, NULL, OUTSIDE},
        {{"dns:example.com"}, {0}, {"dns:evil.org", "dns:a.example.com"}, NULL, OUTSIDE},
        {{"dns:example.com", "dns:example.org"}, {0}, {"dns:a.example.org", "dns:example.com"}, NULL, YES},
        /* A type that is not named is not constrained. */
        {{"dns:example.com"}, {0}, {"ip:192.0.2.1"}, NULL, YES},
        {{"dns:example.com"}, {0}, {"email:a@evil.org"}, NULL, YES},
        {{"dns:example.com"}, {0}, {"uri:https://evil.org/"}, NULL, YES},
        {{"email:example.com"}, {0}, {"dns:evil.org"}, NULL, YES},
        /* exclusions */
        {{0}, {"dns:evil.org"}, {"dns:www.evil.org"}, NULL, EXCLUDED},
        {{0}, {"dns:evil.org"}, {"dns:good.org"}, NULL, YES},
        {{0}, {"dns:"}, {"dns:good.org"}, NULL, EXCLUDED},
        {{0}, {"dns:"}, {"ip:192.0.2.1"}, NULL, YES},
        {{0}, {"email:"}, {"email:a@example.com"}, NULL, EXCLUDED},
        {{0}, {"uri:"}, {"uri:urn:uuid:1"}, NULL, EXCLUDED},
        {{0}, {"ip:0.0.0.0/0.0.0.0", "ip:::/::"}, {"ip:2001:db8::1"}, NULL, EXCLUDED},
        {{0}, {"ip:0.0.0.0/0.0.0.0"}, {"ip:2001:db8::1"}, NULL, YES},
        /* "any name matching a restriction in the excludedSubtrees field is invalid regardless of permittedSubtrees" */
        {{"dns:example.com"}, {"dns:bad.example.com"}, {"dns:www.bad.example.com"}, NULL, EXCLUDED},
        {{"dns:example.com"}, {"dns:bad.example.com"}, {"dns:www.example.com"}, NULL, YES},
        {{"dns:bad.example.com"}, {"dns:example.com"}, {"dns:bad.example.com"}, NULL, EXCLUDED},
        /* T23: a wildcard stands for all its names */
        {{"dns:example.com"}, {0}, {"dns:*.example.com"}, NULL, YES},
        {{"dns:www.example.com"}, {0}, {"dns:*.example.com"}, NULL, OUTSIDE},
        {{0}, {"dns:bad.example.com"}, {"dns:*.example.com"}, NULL, EXCLUDED},
        {{0}, {"dns:example.com"}, {"dns:*.example.com"}, NULL, EXCLUDED},
        {{0}, {"dns:example.com"}, {"dns:*.sub.example.com"}, NULL, EXCLUDED},
        {{0}, {"dns:a.b.example.com"}, {"dns:*.example.com"}, NULL, YES},
        {{"dns:example.com"}, {"dns:bad.example.com"}, {"dns:*.example.com"}, NULL, EXCLUDED},
        /* e-mail */
        {{"email:example.com"}, {0}, {"email:a@example.com"}, NULL, YES},
        {{"email:example.com"}, {0}, {"email:a@sub.example.com"}, NULL, OUTSIDE},
        {{"email:.example.com"}, {0}, {"email:a@sub.example.com"}, NULL, YES},
        {{"email:.example.com"}, {0}, {"email:a@example.com"}, NULL, OUTSIDE},
        {{"email:a@example.com"}, {0}, {"email:a@example.com"}, NULL, YES},
        {{"email:a@example.com"}, {0}, {"email:A@example.com"}, NULL, OUTSIDE},
        {{0}, {"email:a@example.com"}, {"email:A@example.com"}, NULL, EXCLUDED},
        {{0}, {"email:a@example.com"}, {"email:b@example.com"}, NULL, YES},
        /* the emailAddress of the subject */
        {{"email:example.com"}, {0}, {"dns:x.org"}, "a@example.com", YES},
        {{"email:example.com"}, {0}, {"dns:x.org"}, "a@evil.org", OUTSIDE},
        {{0}, {"email:evil.org"}, {"dns:x.org"}, "a@evil.org", EXCLUDED},
        {{"email:example.com"}, {0}, {"email:a@example.com"}, "a@evil.org", OUTSIDE},
        {{"email:example.com"}, {0}, {"dns:x.org"}, "no mailbox", OUTSIDE},
        {{"dns:x.org"}, {0}, {"dns:x.org"}, "no mailbox", YES},
        /* URIs */
        {{"uri:example.com"}, {0}, {"uri:https://example.com/x"}, NULL, YES},
        {{"uri:example.com"}, {0}, {"uri:spiffe://example.com/x"}, NULL, YES},
        {{"uri:example.com"}, {0}, {"uri:spiffe://other.org/x"}, NULL, OUTSIDE},
        {{"uri:.example.com"}, {0}, {"uri:https://www.example.com/x"}, NULL, YES},
        {{"uri:example.com"}, {0}, {"uri:urn:uuid:1"}, NULL, OUTSIDE},
        {{0}, {"uri:example.com"}, {"uri:urn:uuid:1"}, NULL, EXCLUDED},
        {{"uri:example.com"}, {0}, {"uri:https://192.0.2.1/"}, NULL, OUTSIDE},
        {{0}, {"uri:example.com"}, {"uri:https://192.0.2.1/"}, NULL, EXCLUDED},
        /* addresses */
        {{"ip:192.0.2.0/255.255.255.0"}, {0}, {"ip:192.0.2.7"}, NULL, YES},
        {{"ip:192.0.2.0/255.255.255.0"}, {0}, {"ip:192.0.3.7"}, NULL, OUTSIDE},
        {{"ip:192.0.2.0/255.255.255.0"}, {0}, {"ip:2001:db8::1"}, NULL, OUTSIDE},
        {{0}, {"ip:192.0.2.0/255.255.255.0"}, {"ip:192.0.2.7"}, NULL, EXCLUDED},
        /* directory names: the subject is one; testpki's leaf is called host.evil.example */
        {{"dir:host.evil.example"}, {0}, {"dns:x.org"}, NULL, YES},
        {{"dir:HOST.evil.example"}, {0}, {"dns:x.org"}, NULL, YES},
        {{"dir:somebody else"}, {0}, {"dns:x.org"}, NULL, OUTSIDE},
        {{0}, {"dir:host.evil.example"}, {"dns:x.org"}, NULL, EXCLUDED},
        {{0}, {"dir:"}, {"dns:x.org"}, NULL, EXCLUDED},
        {{"dir:host.evil.example"}, {0}, {"dir:somebody else"}, NULL, OUTSIDE},
        {{0}, {"dir:somebody else"}, {"dir:somebody else"}, NULL, EXCLUDED},
        /* types that cannot be judged */
        {{"other:"}, {0}, {"dns:x.org"}, NULL, YES},
        {{"other:"}, {0}, {"dns:x.org", "other:"}, NULL, SYNTAX},
        {{0}, {"rid:"}, {"dns:x.org", "rid:"}, NULL, SYNTAX},
        {{0}, {"rid:"}, {"dns:x.org", "other:"}, NULL, YES},
    };
    check_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void malformed_constraints_permit_nothing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{"dns:exam ple"}, {0}, {"ip:192.0.2.1"}, NULL, SYNTAX},
        {{"dns:*.example.com"}, {0}, {"dns:a.example.com"}, NULL, SYNTAX},
        {{0}, {"dns:example.com."}, {"dns:x.org"}, NULL, SYNTAX},
        {{"email:@example.com"}, {0}, {"dns:x.org"}, NULL, SYNTAX},
        {{"uri:https://example.com"}, {0}, {"dns:x.org"}, NULL, SYNTAX},
        {{0}, {"ip:192.0.2.1"}, {"dns:x.org"}, NULL, SYNTAX}, /* no mask */
        {{0}, {"ip:192.0.2.0/255.0.255.0"}, {"dns:x.org"}, NULL, SYNTAX},
        {{"dns:x.org", "hex:300a8205782e6f7267800101"}, {0}, {"dns:x.org"}, NULL, SYNTAX}, /* minimum 1 */
        {{"dns:x.org", "hex:300a8205782e6f7267800100"}, {0}, {"dns:x.org"}, NULL, SYNTAX}, /* the default, written */
        {{"dns:x.org", "hex:300a8205782e6f7267810105"}, {0}, {"dns:x.org"}, NULL, SYNTAX}, /* maximum 5 */
    };
    check_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void constraints_never_look_at_the_common_name(void **state)
{
    (void)state;
    /* T22: the leaf's common name is host.evil.example, and it is no dns name. */
    static const struct row rows[] = {
        {{"dns:example.com"}, {0}, {"dns:a.example.com"}, NULL, YES},
        {{0}, {"dns:evil.example"}, {"dns:a.example.com"}, NULL, YES},
    };
    check_all(rows, sizeof(rows) / sizeof(rows[0]));
}

static void constraints_report_every_name_that_fails(void **state)
{
    (void)state;
    struct testpki ca = {0}, leaf = {0};
    testpki_issue(crypto,
                  &(struct testpki_spec){
                      .subject = "CA", .ca = true, .permitted = {"dns:example.com", "ip:192.0.2.0/255.255.255.0"}},
                  NULL, &ca);
    testpki_issue(
        crypto,
        &(struct testpki_spec){.subject = "x", .san = {"dns:a.org", "dns:b.example.com", "ip:10.0.0.1", "dns:c.org"}},
        &ca, &leaf);
    struct hc_report r;
    hc_report_init(&r, false);
    assert_false(hc_constraints_check(ca.cert, leaf.cert, &r, 0));
    assert_int_equal(r.failed, 3);
    assert_non_null(strstr(r.finding[0].text, "dns:a.org is in no subtree permitted by CN=CA"));
    assert_non_null(strstr(r.finding[1].text, "ip:10.0.0.1"));
    testpki_fini(&ca);
    testpki_fini(&leaf);
}

static void a_ca_without_constraints_permits_everything(void **state)
{
    (void)state;
    struct testpki ca = {0}, leaf = {0};
    testpki_issue(crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, NULL, &ca);
    testpki_issue(crypto, &(struct testpki_spec){.subject = "x", .san = {"dns:a.org"}}, &ca, &leaf);
    struct hc_report r;
    hc_report_init(&r, false);
    assert_true(hc_constraints_check(ca.cert, leaf.cert, &r, 0));
    testpki_fini(&ca);
    testpki_fini(&leaf);
}

static void the_authority_refuses_names_that_its_constraints_refuse(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum hc_code want;
    } rows[] = {
        {"dns:home.example", YES},
        {"dns:a.home.example", YES},
        {"dns:example", OUTSIDE},
        {"dns:bad.home.example", EXCLUDED},
        {"dns:*.home.example", EXCLUDED},
        {"email:a@home.example", YES},
        {"email:a@evil.example", OUTSIDE},
        {"ip:127.0.0.1", YES},
        {"ip:10.0.0.1", OUTSIDE},
        {"ip:::1", OUTSIDE},
        {"spiffe://home.example/a", EXCLUDED},
    };
    struct testpki ca = {0};
    struct hc_err e;
    testpki_issue(
        crypto,
        &(struct testpki_spec){.subject = "CA",
                               .ca = true,
                               .permitted = {"dns:home.example", "email:home.example", "ip:127.0.0.0/255.0.0.0"},
                               .excluded = {"dns:bad.home.example", "uri:"}},
        NULL, &ca);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        HC_AUTO(hc_name) name = NULL;
        expect_ok(&e, hc_name_parse(hc_bytes_str(rows[i].name), HC_NAME_WILDCARD, &name, &e));
        if (rows[i].want == HC_OK_CODE)
            expect_ok(&e, hc_constraints_permit_name(ca.cert, name, &e));
        else
            expect_fail(&e, hc_constraints_permit_name(ca.cert, name, &e), rows[i].want);
    }
    testpki_fini(&ca);
}

static void constraints_give_up_on_too_many_comparisons(void **state)
{
    (void)state;
    /* 100 copies of a subtree by 8 names fits; the budget is what bounds certificates that are made to be slow. */
    HC_BUF_AUTO(many, 65536);
    hc_buf_add_str(&many, "hex:");
    for (int i = 0; i < 2000; i++)
        hc_buf_add_str(&many, "30058203612e62"); /* dns:a.b */
    struct testpki ca = {0};
    testpki_issue(crypto, &(struct testpki_spec){.subject = "CA", .ca = true, .excluded = {hc_buf_cstr(&many)}}, NULL,
                  &ca);
    struct hc_cert fake = *ca.cert; /* a certificate with a hundred names, without writing one */
    struct hc_name names[100];
    for (size_t i = 0; i < 100; i++)
        names[i] = (struct hc_name){.type = HC_NAME_DNS, .text = HC_BYTES("x.org")};
    fake.names = names;
    fake.n_names = 100;
    fake.is_ca = false;
    struct hc_report r;
    hc_report_init(&r, false);
    assert_false(hc_constraints_check(ca.cert, &fake, &r, 0));
    assert_int_equal(hc_report_code(&r), HC_E_NAME_CONSTRAINT_SYNTAX);
    fake.n_names = 40;
    hc_report_init(&r, false);
    assert_true(hc_constraints_check(ca.cert, &fake, &r, 0));
    testpki_fini(&ca);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    return hc_failed(hc_crypto_new(&crypto, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constraints_judge_every_name_of_the_types_they_name),
        cmocka_unit_test(malformed_constraints_permit_nothing),
        cmocka_unit_test(constraints_never_look_at_the_common_name),
        cmocka_unit_test(constraints_report_every_name_that_fails),
        cmocka_unit_test(a_ca_without_constraints_permits_everything),
        cmocka_unit_test(the_authority_refuses_names_that_its_constraints_refuse),
        cmocka_unit_test(constraints_give_up_on_too_many_comparisons),
    };
    return cmocka_run_group_tests_name("pki/constraints", tests, set_up, tear_down);
}

/* test_tbs.c - certificates made from profiles are what RFC 5280 asks for and what libcrypto accepts. */
#include "making.h"

#include "crypto/x509.h"
#include "pki/constraints.h"
#include "pki/dn.h"
#include "pki/oid.h"

struct world {
    struct hc_crypto *c;
    struct made root, issuer, subject;
};

static struct hc_tbs_subtrees subtrees(struct hc_subtree *at, const char *const *text, size_t n)
{
    struct hc_err e;
    for (size_t i = 0; i < n; i++)
        expect_ok(&e, hc_subtree_parse(hc_bytes_str(text[i]), &at[i], &e));
    return (struct hc_tbs_subtrees){at, n};
}

static int build(void **state)
{
    static struct world w;
    struct hc_err e;
    struct hc_subtree at[4];
    const char *const permit[] = {"dns:home.example", "dns:localhost", "email:home.example", "ip:127.0.0.0/8"};
    expect_ok(&e, hc_crypto_new(&w.c, &e));
    making_root(w.c, subtrees(at, permit, 4), &w.root);
    making_issuer(w.c, &w.root, &w.issuer);
    making_key(w.c, HC_KEY_P256, &w.subject);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    made_fini(&w->root);
    made_fini(&w->issuer);
    made_fini(&w->subject);
    hc_crypto_free(w->c);
    return 0;
}

/* A leaf of the world's issuer. */
static struct hc_cert *leaf(const struct world *w, struct hc_tbs_request r)
{
    const struct hc_cert *above[] = {w->issuer.cert, w->root.cert};
    return making_sign(&r, &(struct hc_lint_rules){.issuers = above, .n_issuers = 2}, w->issuer.key);
}

static void the_chain_is_accepted_by_libcrypto(void **state)
{
    const struct world *w = *state;
    struct hc_err e;
    HC_AUTO(hc_name) name = making_name("dns:www.home.example");
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer);
    r.names = name;
    r.n_names = 1;
    HC_AUTO(hc_cert) cert = leaf(w, r);
    struct hc_x509 *chain[3] = {0};
    struct hc_x509_verdict verdict;
    expect_ok(&e, hc_x509_from_der(w->c, cert->der, &chain[0], &e));
    expect_ok(&e, hc_x509_from_der(w->c, w->issuer.cert->der, &chain[1], &e));
    expect_ok(&e, hc_x509_from_der(w->c, w->root.cert->der, &chain[2], &e));
    expect_ok(&e, hc_x509_chain_check(w->c, chain, 3, &verdict, &e));
    for (size_t i = 0; i < 3; i++)
        hc_x509_free(chain[i]);
}

static void a_leaf_carries_what_its_profile_says(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) name = making_name("email:alice@home.example");
    struct hc_tbs_request r = making_request(HC_PROFILE_PERSON, &w->subject, &w->issuer);
    r.names = name;
    r.n_names = 1;
    r.common_name = "Al\xc3\xad"
                    "ce";
    HC_AUTO(hc_cert) cert = leaf(w, r);
    assert_true(cert->has_bc && cert->bc_critical && !cert->is_ca);
    assert_int_equal(cert->ku, HC_KU_DIGITAL_SIGNATURE);
    assert_int_equal(cert->eku, HC_EKU_CLIENT);
    assert_true(cert->extensions_critical == (HC_EXT_BASIC_CONSTRAINTS | HC_EXT_KEY_USAGE));
    assert_true(hc_bytes_eq(cert->aki, w->issuer.cert->ski));
    assert_true(hc_bytes_eq(cert->issuer, w->issuer.cert->subject));
    assert_int_equal(cert->n_names, 1);
    assert_true(hc_name_eq(&cert->names[0], name));
    assert_true(hc_bytes_eq(hc_bytes_skip(cert->serial, 1), MAKING_SERIAL)); /* a sign byte stands before it */
    HC_BUF_AUTO(cn, 100);
    hc_cert_common_name(cert, &cn);
    assert_string_equal(hc_buf_cstr(&cn), "Al\xc3\xad"
                                          "ce");
}

static void every_type_of_name_is_carried(void **state)
{
    const struct world *w = *state;
    struct made root;
    making_root(w->c, (struct hc_tbs_subtrees){0}, &root);
    const char *const text[] = {"dns:*.a.example", "ip:192.0.2.7", "ip:2001:db8::1", "spiffe://a.example/web"};
    struct hc_name names[4], *owned[4];
    for (size_t i = 0; i < 4; i++)
        names[i] = *(owned[i] = making_name(text[i]));
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &root);
    r.names = names;
    r.n_names = 4;
    const struct hc_cert *above[] = {root.cert};
    HC_AUTO(hc_cert) cert = making_sign(&r, &(struct hc_lint_rules){.issuers = above, .n_issuers = 1}, root.key);
    assert_int_equal(cert->n_names, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(hc_name_eq(&cert->names[i], &names[i]));
        hc_name_free(owned[i]);
    }
    assert_false(root.cert->has_nc);
    made_fini(&root);
}

static void the_alternative_name_is_critical_only_without_a_subject(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) name = making_name("dns:home.example");
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer);
    r.names = name;
    r.n_names = 1;
    r.common_name = NULL;
    HC_AUTO(hc_cert) bare = leaf(w, r);
    assert_true(bare->subject_empty && bare->san_critical);
    char long_name[66];
    memset(long_name, 'x', 65);
    long_name[65] = '\0';
    r.common_name = long_name; /* one more than ub-common-name */
    HC_AUTO(hc_cert) left_out = leaf(w, r);
    assert_true(left_out->subject_empty && left_out->san_critical);
    long_name[64] = '\0';
    HC_AUTO(hc_cert) kept = leaf(w, r);
    assert_true(!kept->subject_empty && !kept->san_critical);
}

static void dates_beyond_2049_are_generalized_times(void **state)
{
    const struct world *w = *state;
    struct made root;
    making_key(w->c, HC_KEY_P256, &root);
    struct hc_tbs_request r = making_request(HC_PROFILE_ROOT_CA, &root, NULL);
    r.not_after = INT64_C(2524608000); /* 2050-01-01T00:00:00Z */
    root.cert = making_sign(&r, &(struct hc_lint_rules){.n_issuers = 0}, root.key);
    assert_int_equal(root.cert->not_after, r.not_after);
    assert_false(root.cert->odd_times);
    assert_non_null(memmem(root.cert->der.p, root.cert->der.n,
                           "\x18\x0f"
                           "20500101000000Z",
                           17));
    made_fini(&root);
}

static enum hc_code asserts(const struct hc_cert *ca, const char *text)
{
    struct hc_err e;
    HC_AUTO(hc_name) name = making_name(text);
    return hc_constraints_permit_name(ca, name, &e).code;
}

static void with_any_permit_every_type_not_named_is_excluded(void **state)
{
    const struct world *w = *state;
    assert_int_equal(asserts(w->root.cert, "dns:www.home.example"), HC_OK_CODE);
    assert_int_equal(asserts(w->root.cert, "dns:localhost"), HC_OK_CODE);
    assert_int_equal(asserts(w->root.cert, "email:a@home.example"), HC_OK_CODE);
    assert_int_equal(asserts(w->root.cert, "ip:127.0.0.1"), HC_OK_CODE);
    assert_int_not_equal(asserts(w->root.cert, "dns:other.example"), HC_OK_CODE);
    assert_int_not_equal(asserts(w->root.cert, "email:a@www.home.example"), HC_OK_CODE);
    assert_int_not_equal(asserts(w->root.cert, "ip:::1"), HC_OK_CODE);
    assert_int_not_equal(asserts(w->root.cert, "uri:https://home.example/"), HC_OK_CODE);

    struct hc_subtree at[1];
    const char *const permit[] = {"uri:example.com"};
    struct made root;
    making_root(w->c, subtrees(at, permit, 1), &root);
    assert_int_equal(asserts(root.cert, "spiffe://example.com/web"), HC_OK_CODE);
    static const char *const closed[] = {"dns:example.com",      "dns:none.invalid", "email:a@example.com",
                                         "email:a@none.invalid", "ip:192.0.2.1",     "ip:2001:db8::1"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        assert_int_not_equal(asserts(root.cert, closed[i]), HC_OK_CODE);
    assert_true(root.cert->extensions_critical & HC_EXT_NAME_CONSTRAINTS);
    made_fini(&root);
}

/* Composing `r` fails for this reason and leaves `out` alone. */
static void refused(const struct hc_tbs_request *r, enum hc_code want)
{
    struct hc_err e;
    struct hc_tbs *tbs = NULL;
    expect_fail(&e, hc_tbs_from_profile(r, &tbs, &e), want);
    assert_null(tbs);
}

/* The value of an extension, which must be there and not critical, equals these bytes and then the URL. */
static void points_at(const struct hc_cert *cert, struct hc_bytes oid, struct hc_bytes head, const char *url)
{
    struct hc_bytes value = {NULL, 0};
    bool critical = true;
    assert_true(hc_cert_extension(cert, oid, &value, &critical));
    assert_false(critical);
    assert_int_equal(value.n, head.n + strlen(url));
    assert_true(hc_bytes_starts(value, head));
    assert_true(hc_bytes_eq_str(hc_bytes_skip(value, head.n), url));
}

static void a_leaf_says_where_its_crl_and_its_issuer_are(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) name = making_name("dns:www.home.example");
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer);
    struct hc_bytes ignored;
    r.names = name;
    r.n_names = 1;
    r.crl_url = "http://a.example/1";
    r.ca_url = "http://a.example/2";
    HC_AUTO(hc_cert) cert = leaf(w, r);
    points_at(cert, HC_OID_CRL_DISTRIBUTION_POINTS, HC_BYTES("\x30\x1a\x30\x18\xa0\x16\xa0\x14\x86\x12"), r.crl_url);
    points_at(cert, HC_OID_AUTHORITY_INFO_ACCESS,
              HC_BYTES("\x30\x20\x30\x1e\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x12"), r.ca_url);
    r.crl_url = "";
    r.ca_url = NULL;
    HC_AUTO(hc_cert) silent = leaf(w, r);
    assert_false(hc_cert_extension(silent, HC_OID_CRL_DISTRIBUTION_POINTS, &ignored, NULL));
    assert_false(hc_cert_extension(silent, HC_OID_AUTHORITY_INFO_ACCESS, &ignored, NULL));
}

static void a_root_says_neither(void **state)
{
    const struct world *w = *state;
    struct hc_tbs_request r = making_request(HC_PROFILE_ROOT_CA, &w->root, NULL);
    struct hc_bytes ignored;
    r.crl_url = "http://a.example/1";
    r.ca_url = "http://a.example/2";
    HC_AUTO(hc_cert) cert = making_sign(&r, NULL, w->root.key);
    assert_false(hc_cert_extension(cert, HC_OID_CRL_DISTRIBUTION_POINTS, &ignored, NULL));
    assert_false(hc_cert_extension(cert, HC_OID_AUTHORITY_INFO_ACCESS, &ignored, NULL));
}

static void only_plain_http_urls_are_carried(void **state)
{
    const struct world *w = *state;
    static const char *const bad[] = {"https://a.example/1",  "ldap://a.example/1", "a.example/1", "http://",
                                      "http://a.example/a b", "http:///1"};
    HC_AUTO(hc_name) name = making_name("dns:www.home.example");
    for (size_t i = 0; i < 2 * HC_COUNT(bad); i++) {
        struct hc_err e;
        struct hc_tbs *tbs = NULL;
        struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer);
        r.names = name;
        r.n_names = 1;
        *(i % 2 ? &r.crl_url : &r.ca_url) = bad[i / 2];
        expect_fail(&e, hc_tbs_from_profile(&r, &tbs, &e), HC_E_PUBLIC_URL);
        assert_null(tbs);
    }
}

static void impossible_requests_are_refused(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) name = making_name("dns:home.example");
    struct hc_tbs_request good = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer), r = good;
    refused(&r, HC_E_PROFILE_NAME); /* no names */
    good.names = name;
    good.n_names = 1;

    r = good, r.serial = HC_BYTES("\x00\x00");
    refused(&r, HC_E_CERT_SERIAL);
    r = good, r.serial = HC_BYTES("\x80"
                                  "1234567890123456789"); /* 20 octets, and a sign byte makes 21 */
    refused(&r, HC_E_CERT_SERIAL);
    r = good, r.not_after = HC_TIME_MAX + 1;
    refused(&r, HC_E_TIME_FORMAT);
    r = good, r.common_name = "a\nb";
    refused(&r, HC_E_CERT_CONTROL_BYTE);
    r = good, r.common_name = "a\xff";
    refused(&r, HC_E_CERT_CONTROL_BYTE);
    r = good, r.organisation = "a\xc0\x80";
    refused(&r, HC_E_CERT_CONTROL_BYTE);
    r = good, r.spki = HC_BYTES("\x30\x00");
    refused(&r, HC_E_DER);
    r = good, r.sig_alg = HC_BYTES("\x05\x00");
    refused(&r, HC_E_DER);
    r = good, r.n_names = HC_TBS_NAMES_MAX + 1;
    refused(&r, HC_E_CERT_TOO_BIG);
}

struct sweep {
    struct hc_tbs_request r;
};

static struct hc_rc compose(void *ctx, struct hc_err *e)
{
    const struct sweep *s = ctx;
    HC_AUTO(hc_tbs) tbs = NULL;
    return hc_tbs_from_profile(&s->r, &tbs, e);
}

static void composing_survives_every_failed_allocation(void **state)
{
    const struct world *w = *state;
    HC_AUTO(hc_name) name = making_name("dns:home.example");
    struct sweep s = {.r = making_request(HC_PROFILE_SERVER, &w->subject, &w->issuer)};
    s.r.names = name;
    s.r.n_names = 1;
    assert_true(fault_sweep(compose, &s) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_chain_is_accepted_by_libcrypto),
        cmocka_unit_test(a_leaf_carries_what_its_profile_says),
        cmocka_unit_test(every_type_of_name_is_carried),
        cmocka_unit_test(the_alternative_name_is_critical_only_without_a_subject),
        cmocka_unit_test(dates_beyond_2049_are_generalized_times),
        cmocka_unit_test(with_any_permit_every_type_not_named_is_excluded),
        cmocka_unit_test(a_leaf_says_where_its_crl_and_its_issuer_are),
        cmocka_unit_test(a_root_says_neither),
        cmocka_unit_test(only_plain_http_urls_are_carried),
        cmocka_unit_test(impossible_requests_are_refused),
        cmocka_unit_test(composing_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/tbs", tests, build, teardown);
}

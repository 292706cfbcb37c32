/* test_snapshot_trust.c - whom gates trust: what is read once, what is kept when it breaks, and the auth domain
 * (T2). */
#include "hc_test.h"

#include "house.h"

#define ONE(more) "gates:\n" HOUSE_GATE("shop", "shop", more)

/* The auth domain of the first gate. */
static void domain_of(struct house *h, const char *yaml, uint8_t out[HC_TLS_DOMAIN])
{
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, yaml);
    s = house_build(h, NULL, false);
    memcpy(out, s->gates[0].domain, HC_TLS_DOMAIN);
}

#define CRL(more) "revocation: {crl: [\"@/root.crl\"]" more "}\n"
#define BUNDLE "bundle: \"@/root.pem\"\n"
#define LIST(entry) "bundle: [{file: \"@/root.pem\"" entry "}]\n"
#define CLIENTS(how)                                                                                                   \
    BUNDLE CRL("") "gates:\n- {name: shop, listen: \"127.0.0.1:#\", identity: {certificate: \"@/shop.pem\", key: "     \
                   "\"@/shop.key\"}, clients: " how                                                                    \
                   ", forward: \"http://127.0.0.1:9\", routes: [{path: /**, allow: []}]}\n"

static void every_setting_that_a_judgement_rests_on_makes_a_domain_of_its_own(void **state)
{
    static const char *const settings[] = {
        HOUSE_TOP ONE(""),
        CLIENTS("optional"),
        CLIENTS("none"),
        BUNDLE CRL(", check: leaf") ONE(""),
        BUNDLE CRL(", stale: allow-for 1h") ONE(""),
        BUNDLE CRL(", stale: allow-for 2h") ONE(""),
        BUNDLE CRL(", check: leaf, stale: allow-for 1h") ONE(""),
        BUNDLE "revocation: none\n" ONE(""),
        HOUSE_TOP "profile: rfc5280\n" ONE(""),
        HOUSE_TOP "profile: webpki\n" ONE(""),
        HOUSE_TOP ONE(", profile: spiffe"),
        HOUSE_TOP ONE(", bundle: \"@/partner.pem\""),
        BUNDLE "revocation: {crl: [\"@/partner.crl\"]}\n" ONE(""), /* where the CRLs are is a setting as well */
        BUNDLE "revocation: {crl: [\"@/root.crl\", \"@/partner.crl\"]}\n" ONE(""),
        BUNDLE "revocation: {crl: [\"@/partner.crl\", \"@/root.crl\"]}\n" ONE(""),
        "bundle: \"@/both.pem\"\n" CRL("") ONE(""),
        LIST(", name: staff") CRL("") ONE(""),
        LIST(", name: guests") CRL("") ONE(""),
        LIST(", asserts: [\"dns:example.com\"]") CRL("") ONE(""),
        LIST(", asserts: [\"dns:example.org\"]") CRL("") ONE(""),
        LIST(", asserts: [\"email:example.com\"]") CRL("") ONE(""),
        LIST(", asserts: [\"dns:example.com\", \"dns:example.org\"]") CRL("") ONE(""),
    };
    struct house *h = *state;
    uint8_t domain[HC_COUNT(settings)][HC_TLS_DOMAIN];

    for (size_t i = 0; i < HC_COUNT(settings); i++) {
        domain_of(h, settings[i], domain[i]);
        for (size_t k = 0; k < i; k++)
            if (memcmp(domain[i], domain[k], HC_TLS_DOMAIN) == 0)
                fail_msg("one domain for\n%s\nand\n%s", settings[k], settings[i]);
    }
}

static void what_judges_nobody_leaves_the_domain_as_it_is(void **state)
{
    static const char *const same[] = {
        HOUSE_TOP ONE(", hosts: [other.example]"),
        HOUSE_TOP "profile: gate\n" ONE(""),
        BUNDLE CRL(", check: chain, stale: refuse") ONE(""),
        HOUSE_TOP ONE(", bundle: \"@/root.pem\", revocation: {crl: [\"@/root.crl\"]}"),
        LIST("") CRL("") ONE(""),
        HOUSE_TOP
        "gates:\n- {name: other, listen: \":0\", identity: {certificate: \"@/blog.pem\", key: \"@/blog.key\"}, "
        "clients: required, serve: \"@\", routes: [{path: /a, allow: []}]}\n",
    };
    struct house *h = *state;
    uint8_t first[HC_TLS_DOMAIN];
    uint8_t now[HC_TLS_DOMAIN];

    domain_of(h, HOUSE_TOP ONE(""), first);
    for (size_t i = 0; i < HC_COUNT(same); i++) {
        domain_of(h, same[i], now);
        if (memcmp(first, now, HC_TLS_DOMAIN) != 0)
            fail_msg("another domain for %s", same[i]);
    }
    house_put_crl(h, "root.crl", &h->root, 2, h->blog.cert);
    domain_of(h, HOUSE_TOP ONE(""), now);
    assert_memory_equal(first, now, HC_TLS_DOMAIN);
}

static void what_comes_from_one_file_is_read_once(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("a", "shop", ", hosts: [a.example]")
                      HOUSE_GATE("b", "shop", ", hosts: [b.example], profile: spiffe")
                          HOUSE_GATE("c", "shop", ", hosts: [c.example], bundle: \"@/root.pem\"") HOUSE_GATE(
                              "d", "shop", ", hosts: [d.example], revocation: {crl: [\"@/root.crl\"], check: leaf}")
                              HOUSE_GATE("e", "shop", ", hosts: [e.example], bundle: \"@/both.pem\"")
                                  HOUSE_GATE("f", "shop", ", hosts: [f.example], revocation: none"));
    s = house_build(h, NULL, false);
    assert_int_equal(s->n_trusts, 6);
    assert_ptr_equal(hc_snapshot_trust(s, "a"), &s->trusts[0]);
    assert_ptr_equal(hc_snapshot_trust(s, "f"), &s->trusts[5]);
    assert_null(hc_snapshot_trust(s, "g"));
    for (size_t i = 1; i < 4; i++) {
        assert_ptr_equal(s->trusts[i].bundle, s->trusts[0].bundle);
        assert_ptr_equal(s->trusts[i].revocation, s->trusts[0].revocation);
    }
    assert_int_equal(s->trusts[3].mode, HC_REVOCATION_LEAF);
    assert_ptr_not_equal(s->trusts[4].bundle, s->trusts[0].bundle);
    assert_ptr_not_equal(s->trusts[4].revocation, s->trusts[0].revocation); /* other anchors may have signed */
    assert_ptr_equal(s->trusts[5].bundle, s->trusts[0].bundle);
    assert_null(s->trusts[5].revocation);
    assert_int_equal(s->trusts[5].mode, HC_REVOCATION_NONE);
}

static void a_chain_is_judged_as_the_trust_says(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;
    struct hc_verify_policy policy;

    house_conf(h, BUNDLE CRL(", check: leaf, stale: allow-for 6h") "profile: spiffe\n" ONE(""));
    s = house_build(h, NULL, false);
    policy = hc_trust_policy(&s->trusts[0], HC_VERIFY_CLIENT, 77);
    assert_ptr_equal(policy.bundle, s->trusts[0].bundle);
    assert_ptr_equal(policy.crls, s->trusts[0].revocation);
    assert_int_equal(policy.purpose, HC_VERIFY_CLIENT);
    assert_int_equal(policy.profile, HC_VERIFY_SPIFFE);
    assert_int_equal(policy.revocation, HC_REVOCATION_LEAF);
    assert_int_equal(policy.allow_stale, 6 * HC_HOUR);
    assert_int_equal(policy.now, 77);
    assert_null(policy.name);
    assert_int_equal(policy.n_ocsp, 0);
}

static void anchors_carry_the_names_of_their_entries(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;
    const struct hc_bundle *b;
    size_t n;

    house_conf(h, "bundle:\n- {name: staff, file: \"@/root.pem\"}\n"
                  "- {name: partner, file: \"@/partner.pem\", asserts: [\"dns:partner.example\", \"ip:10.0.0.0/8\"]}\n"
                  "revocation: {crl: [\"@/root.crl\", \"@/partner.crl\"]}\n" ONE(""));
    s = house_build(h, NULL, false);
    b = s->trusts[0].bundle;
    assert_int_equal(hc_bundle_count(b), 2);
    for (size_t i = 0; i < 2; i++) {
        bool partner = hc_cert_eq(hc_bundle_anchor(b, i), h->partner.cert);

        assert_string_equal(hc_bundle_entry_name(b, i), partner ? "partner" : "staff");
        (void)hc_bundle_asserts(b, i, &n);
        assert_int_equal(n, partner ? 2 : 0);
    }
}

static void a_broken_bundle_keeps_the_good_one_of_its_own_trust(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", "")
                      HOUSE_GATE("blog", "blog", ", bundle: \"@/partner.pem\""));
    old = house_build(h, NULL, false);
    house_put(h, "partner.pem", HC_BYTES("nothing"), 0644);
    s = house_build(h, old, true);
    assert_int_equal(h->told, HC_E_BUNDLE);
    assert_non_null(strstr(h->source, "partner.pem"));
    assert_ptr_equal(s->trusts[1].bundle, old->trusts[1].bundle);
    assert_ptr_not_equal(s->trusts[0].bundle, old->trusts[0].bundle); /* read again, and good */
    assert_memory_equal(s->gates[1].domain, old->gates[1].domain, HC_TLS_DOMAIN);
    house_refuse(h, old, false, HC_E_BUNDLE, "partner.pem"); /* somebody asked for something new: no old trust in it */
    house_refuse(h, NULL, false, HC_E_BUNDLE, "partner.pem");
}

static void a_broken_list_of_bundles_is_kept_whole(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, "bundle: [{file: \"@/root.pem\"}, {file: \"@/partner.pem\"}]\nrevocation: none\n" ONE(""));
    old = house_build(h, NULL, false);
    house_put(h, "partner.pem", HC_BYTES("nothing"), 0644);
    s = house_build(h, old, true);
    assert_ptr_equal(s->trusts[0].bundle, old->trusts[0].bundle);
    assert_int_equal(h->alarms, 1);
}

static void a_bundle_that_others_may_write_is_not_believed(void **state)
{
    struct house *h = *state;
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, h->dir, "partner.pem", &e));
    assert_int_equal(chmod(path, 0666), 0);
    house_conf(h, "bundle: [{file: \"@/root.pem\"}, {file: \"@/partner.pem\"}]\nrevocation: none\n" ONE(""));
    house_refuse(h, NULL, false, HC_E_PERMISSIONS, "partner.pem");
    house_conf(h, HOUSE_TOP ONE(", bundle: \"@/partner.pem\""));
    house_refuse(h, NULL, false, HC_E_PERMISSIONS, "partner.pem");
}

static void crls_that_others_may_write_are_not_believed(void **state)
{
    struct house *h = *state;
    char path[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_path_join(path, h->dir, "root.crl", &e));
    assert_int_equal(chmod(path, 0666), 0);
    house_conf(h, HOUSE_TOP ONE(""));
    house_refuse(h, NULL, false, HC_E_PERMISSIONS, "root.crl");
}

static bool know_newer(void *ctx, const struct hc_revocation_mark *mark)
{
    unsigned *asked = ctx;

    (void)mark;
    ++*asked;
    return true;
}

static void a_crl_that_an_earlier_life_was_past_is_not_taken(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;
    unsigned asked = 0;

    house_conf(h, HOUSE_TOP ONE(""));
    h->in.older_than_known = know_newer;
    h->in.known_ctx = &asked;
    s = house_build(h, NULL, false);
    assert_true(asked > 0);
    assert_int_equal(h->told, HC_E_CRL_OLDER);
    assert_int_equal(hc_revocation_newest(s->trusts[0].revocation) == INT64_MIN, true);
}

static void a_crl_that_is_gone_back_keeps_the_newer_one(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;
    const struct hc_revocation_query query = {.cert = h->shop.cert, .issuer = h->root.cert, .now = TESTPKI_NOW};
    struct hc_err e;

    house_put_crl(h, "root.crl", &h->root, 5, h->shop.cert);
    house_conf(h, HOUSE_TOP ONE(""));
    old = house_build(h, NULL, false);
    house_put_crl(h, "root.crl", &h->root, 4, NULL);
    s = house_build(h, old, false); /* also when the configuration is another */
    assert_int_equal(h->told, HC_E_CRL_OLDER);
    expect_fail(&e, hc_revocation_check(h->crypto, s->trusts[0].revocation, &query, &e), HC_E_REVOKED);
}

static void a_trust_finds_what_it_was_by_its_gate(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) old = NULL;
    HC_AUTO(hc_snapshot) s = NULL;
    const struct hc_revocation_query query = {.cert = h->shop.cert, .issuer = h->root.cert, .now = TESTPKI_NOW};
    struct hc_err e;

    house_put_crl(h, "root.crl", &h->root, 5, h->shop.cert);
    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("mail", "mail", ", hosts: [m.example], bundle: \"@/partner.pem\"")
                      HOUSE_GATE("shop", "shop", ", bundle: \"@/both.pem\""));
    old = house_build(h, NULL, false);
    house_put(h, "root.crl", HC_BYTES("nothing"), 0644);
    house_conf(h, HOUSE_TOP "gates:\n" HOUSE_GATE("shop", "shop", ", bundle: \"@/both.pem\", profile: spiffe"));
    s = house_build(h, old, false);
    expect_fail(&e, hc_revocation_check(h->crypto, s->trusts[1].revocation, &query, &e), HC_E_REVOKED);
}

static void a_gate_that_judges_nobody_trusts_nobody(void **state)
{
    struct house *h = *state;
    HC_AUTO(hc_snapshot) s = NULL;

    house_conf(h, "gates:\n- {name: a, listen: \":0\", identity: {certificate: \"@/shop.pem\", key: \"@/shop.key\"}, "
                  "clients: none, serve: \"@\", routes: [{path: /**, allow: [anyone]}]}\n");
    s = house_build(h, NULL, false);
    assert_int_equal(s->n_trusts, 1);
    assert_null(s->trusts[0].bundle);
    assert_null(s->trusts[0].revocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(every_setting_that_a_judgement_rests_on_makes_a_domain_of_its_own),
        HOUSE_TEST(what_judges_nobody_leaves_the_domain_as_it_is),
        HOUSE_TEST(what_comes_from_one_file_is_read_once),
        HOUSE_TEST(a_chain_is_judged_as_the_trust_says),
        HOUSE_TEST(anchors_carry_the_names_of_their_entries),
        HOUSE_TEST(a_broken_bundle_keeps_the_good_one_of_its_own_trust),
        HOUSE_TEST(a_broken_list_of_bundles_is_kept_whole),
        HOUSE_TEST(a_bundle_that_others_may_write_is_not_believed),
        HOUSE_TEST(crls_that_others_may_write_are_not_believed),
        HOUSE_TEST(a_crl_that_an_earlier_life_was_past_is_not_taken),
        HOUSE_TEST(a_crl_that_is_gone_back_keeps_the_newer_one),
        HOUSE_TEST(a_trust_finds_what_it_was_by_its_gate),
        HOUSE_TEST(a_gate_that_judges_nobody_trusts_nobody),
    };

    return cmocka_run_group_tests_name("gate/snapshot_trust", tests, NULL, NULL);
}

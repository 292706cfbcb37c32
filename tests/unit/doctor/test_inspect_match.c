/* test_inspect_match.c - what belongs together, and what only looks like it. */
#include "../pki/ocsping.h"

#include <jansson.h>

#include "base/escape.h"
#include "doctor/inspect_inside.h"
#include "pki/csr.h"
#include "pki/pem.h"

#define NOW TESTPKI_NOW
#define ROOM (1u << 22)

struct kit {
    struct hc_crypto *c;
    struct testpki root, issuing, leaf, namesake, expired;
    struct hc_buf key;
};
static struct kit k;

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &k.root);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Issuing", .ca = true}, &k.root, &k.issuing);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Issuing", .ca = true}, &k.root, &k.namesake);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "shop", .san = {"dns:shop.example"}, .server = true},
                  &k.issuing, &k.leaf);
    testpki_issue(k.c,
                  &(struct testpki_spec){.subject = "old",
                                         .serial = 77,
                                         .san = {"dns:old.example"},
                                         .not_before = NOW - 2 * HC_DAY,
                                         .not_after = NOW - HC_DAY},
                  &k.issuing, &k.expired);
    k.key = HC_BUF(HC_KEY_PEM_MAX);
    expect_ok(&e, hc_key_to_pem(k.leaf.key, NULL, &k.key, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hc_buf_wipe(&k.key);
    testpki_fini(&k.expired);
    testpki_fini(&k.leaf);
    testpki_fini(&k.namesake);
    testpki_fini(&k.issuing);
    testpki_fini(&k.root);
    hc_crypto_free(k.c);
    return 0;
}

static struct hc_inspection *begin(void)
{
    struct hc_inspection *in = NULL;
    struct hc_err e;

    expect_ok(&e, hc_inspection_new(k.c, NOW, &in, &e));
    return in;
}

static void add(struct hc_inspection *in, const char *label, struct hc_bytes contents)
{
    struct hc_err e;

    expect_ok(&e, hc_inspection_add(in, label, contents, NULL, &e));
}

/* How many relations of this kind are told; *trouble gets whether the last of them is something to look at, *text its
 * sentence. */
static size_t count(const struct hc_inspection *in, const char *kind, bool *trouble, char text[512])
{
    HC_BUF_AUTO(out, ROOM);
    json_error_t why;
    size_t i, n = 0;
    json_t *tie;

    hc_inspection_json(in, &out);
    json_t *root = json_loadb((const char *)out.p, out.n, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        fail_msg("%s in line %d", why.text, why.line);
    json_array_foreach(json_object_get(root, "together"), i, tie)
    {
        if (strcmp(json_string_value(json_object_get(tie, "kind")), kind) != 0)
            continue;
        n++;
        if (trouble)
            *trouble = json_is_true(json_object_get(tie, "trouble"));
        if (text)
            strncpy(text, json_string_value(json_object_get(tie, "text")), 511);
    }
    json_decref(root);
    return n;
}

static void expect_tie(const struct hc_inspection *in, const char *kind, bool trouble, const char *words)
{
    bool is_trouble = !trouble;
    char text[512] = "";

    if (count(in, kind, &is_trouble, text) != 1)
        fail_msg("%s is not told once", kind);
    assert_int_equal(is_trouble, trouble);
    if (!strstr(text, words))
        fail_msg("'%s' is not in '%s'", words, text);
}

static void match_finds_the_certificate_of_a_key(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "key.pem", hc_buf_view(&k.key));
    add(in, "leaf.der", k.leaf.cert->der);
    expect_tie(in, "key-of-certificate", false,
               "The private key (key.pem) belongs to the certificate of shop.example (leaf.der).");
    assert_int_equal(count(in, "key-fits-none", NULL, NULL), 0);
}

static void match_says_when_a_key_fits_none(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "key.pem", hc_buf_view(&k.key));
    add(in, "root.der", k.root.cert->der);
    expect_tie(in, "key-fits-none", true, "The private key (key.pem) fits none of the certificates");
}

static void match_joins_request_key_and_certificate(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(csr, HC_CSR_MAX);
    struct hc_csr_plan plan = {.key = k.leaf.key, .common_name = "shop"};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_csr_build(k.c, &plan, &csr, &e));
    add(in, "shop.csr", hc_buf_view(&csr));
    add(in, "key.pem", hc_buf_view(&k.key));
    add(in, "leaf.der", k.leaf.cert->der);
    assert_int_equal(in->item[0]->kind, HC_INSPECT_REQUEST);
    expect_tie(in, "key-of-request", false, "belongs to the request for shop (shop.csr)");
    expect_tie(in, "certificate-of-request", false, "has the key of the request for shop");
}

static void match_tells_the_order_of_a_chain(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "root.der", k.root.cert->der);
    add(in, "issuing.der", k.issuing.cert->der);
    add(in, "leaf.der", k.leaf.cert->der);
    assert_int_equal(count(in, "issued-by", NULL, NULL), 2);
    expect_tie(in, "chain-order", false, "shop.example: leaf.der, then issuing.der; the root (root.der) stays out");
}

static void match_finds_a_chain_file_in_the_wrong_order(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_AUTO(hc_inspection) right = begin();
    HC_BUF_AUTO(wrong, 65536);
    HC_BUF_AUTO(good, 65536);

    (void)state;
    testpki_pem(&k.issuing, &wrong);
    testpki_pem(&k.leaf, &wrong);
    testpki_pem(&k.leaf, &good);
    testpki_pem(&k.issuing, &good);
    add(in, "issuing.der", k.issuing.cert->der); /* another copy changes nothing */
    add(in, "chain.pem", hc_buf_view(&wrong));
    add(right, "chain.pem", hc_buf_view(&good));
    expect_tie(in, "wrong-order", true, "stands behind its issuer");
    assert_int_equal(count(right, "wrong-order", NULL, NULL), 0);
}

static void match_knows_a_namesake_from_the_issuer(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_AUTO(hc_inspection) both = begin();

    (void)state;
    add(in, "leaf.der", k.leaf.cert->der);
    add(in, "other.der", k.namesake.cert->der);
    expect_tie(in, "signed-by-another", true, "was not signed by its key");
    add(both, "leaf.der", k.leaf.cert->der);
    add(both, "other.der", k.namesake.cert->der);
    add(both, "issuing.der", k.issuing.cert->der);
    expect_tie(both, "issued-by", false, "was issued by Issuing (issuing.der)");
}

static void match_names_the_issuer_that_is_missing(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "leaf.der", k.leaf.cert->der);
    expect_tie(in, "issuer-not-given", false, "was issued by Issuing, whose certificate is not among these files");
}

static void match_looks_certificates_up_in_crls(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(crl, 65536);

    (void)state;
    testpki_crl(&(struct testpki_crl){.number = 7, .revoked = {k.leaf.cert}}, &k.issuing, &crl);
    add(in, "crl.der", hc_buf_view(&crl));
    add(in, "leaf.der", k.leaf.cert->der);
    add(in, "expired.der", k.expired.cert->der);
    expect_tie(in, "crl-issuer-not-given", false, "cannot be checked");
    add(in, "issuing.der", k.issuing.cert->der);
    expect_tie(in, "crl-of-issuer", false, "was signed by Issuing (issuing.der)");
    expect_tie(in, "revoked", true, "The certificate of shop.example (leaf.der) is REVOKED since");
    expect_tie(in, "not-revoked", false, "The certificate of old.example (expired.der) is not revoked by");
}

static void match_sees_a_crl_that_somebody_else_signed(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(crl, 65536);

    (void)state;
    testpki_crl(&(struct testpki_crl){.number = 7, .signer = k.root.key}, &k.issuing, &crl);
    add(in, "crl.der", hc_buf_view(&crl));
    add(in, "issuing.der", k.issuing.cert->der);
    expect_tie(in, "crl-not-of-issuer", true, "was NOT signed by the key of Issuing");
    add(in, "leaf.der", k.leaf.cert->der);
    assert_int_equal(count(in, "not-revoked", NULL, NULL), 0); /* nobody said so */
}

/* Whoever makes a CA of the same name can sign any CRL in that name, and hand over both. */
static void match_believes_no_namesake_about_revocation(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(crl, 65536);

    (void)state;
    testpki_crl(&(struct testpki_crl){.number = 7, .revoked = {k.leaf.cert}}, &k.namesake, &crl);
    add(in, "crl.der", hc_buf_view(&crl));
    add(in, "leaf.der", k.leaf.cert->der);
    add(in, "namesake.der", k.namesake.cert->der);
    expect_tie(in, "crl-of-issuer", false, "was signed by Issuing (namesake.der)");
    assert_int_equal(count(in, "revoked", NULL, NULL), 0);
    add(in, "expired.der", k.expired.cert->der);
    assert_int_equal(count(in, "not-revoked", NULL, NULL), 0);
    add(in, "issuing.der", k.issuing.cert->der);
    assert_int_equal(count(in, "revoked", NULL, NULL), 0);
}

static void match_sees_a_root_that_was_changed(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    struct testpki changed;

    (void)state;
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Root", .ca = true, .bad_signature = true}, NULL, &changed);
    add(in, "root.der", changed.cert->der);
    expect_tie(in, "signed-by-another", true, "names itself as its issuer, but was not signed by its own key");
    testpki_fini(&changed);
}

static void match_says_that_an_issuer_is_no_ca(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    struct testpki below;

    (void)state;
    testpki_issue(k.c, &(struct testpki_spec){.subject = "bank", .san = {"dns:bank.example"}}, &k.leaf, &below);
    add(in, "below.der", below.cert->der);
    add(in, "leaf.der", k.leaf.cert->der);
    char text[512] = "";
    bool trouble = false;
    assert_int_equal(count(in, "issued-by", &trouble, text), 1);
    assert_true(trouble);
    assert_non_null(strstr(text, "(leaf.der), which is no CA"));
    testpki_fini(&below);
}

/* Nobody tries whether a web key's private half is that of its public half, so nothing is said about it. */
static void match_promises_nothing_of_a_web_keys_secret(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(spki, 4096);
    HC_BUF_AUTO(text, 4096);
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_key_spki(k.leaf.key, &spki, &e));
    struct hc_bytes point = hc_bytes_skip(hc_buf_view(&spki), spki.n - 64);
    hc_buf_add_str(&text, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"d\":\"AAAA\",\"x\":\"");
    hc_escape_base64(&text, hc_bytes_head(point, 32));
    hc_buf_add_str(&text, "\",\"y\":\"");
    hc_escape_base64(&text, hc_bytes_skip(point, 32));
    hc_buf_add_str(&text, "\"}");
    add(in, "jwk.json", hc_buf_view(&text));
    add(in, "leaf.der", k.leaf.cert->der);
    expect_tie(in, "key-of-certificate", false, "(jwk.json) carries the public key of the certificate");
}

static void match_joins_an_ocsp_response_and_its_certificate(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(der, OCSPING_ROOM);

    (void)state;
    ocsping_der(&der,
                &(struct ocsping){.signer = &k.issuing, .answer = {{.cert = k.leaf.cert, .issuer = k.issuing.cert}}});
    add(in, "ocsp.der", hc_buf_view(&der));
    assert_int_equal(in->item[0]->kind, HC_INSPECT_OCSP);
    add(in, "leaf.der", k.leaf.cert->der);
    expect_tie(in, "ocsp-perhaps", false, "seems to be about the certificate of shop.example");
    add(in, "issuing.der", k.issuing.cert->der);
    expect_tie(in, "ocsp-good", false, "says that the certificate of shop.example (leaf.der) is good");
}

static void match_names_copies_and_what_has_expired(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "a.der", k.expired.cert->der);
    add(in, "b.der", k.expired.cert->der);
    expect_tie(in, "duplicate", false, "is the same as a.der");
    expect_tie(in, "expired", true, "The certificate of old.example (a.der) expired at");
}

static void match_warns_of_a_key_beside_certificates(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_SECRET(pem, 65536);

    (void)state;
    testpki_pem(&k.leaf, &pem);
    hc_buf_add(&pem, hc_buf_view(&k.key));
    add(in, "all.pem", hc_buf_view(&pem));
    expect_tie(in, "key-beside-certificates", true, "Never hand this file out");
}

/* Every certificate has the name of every other: the work is bounded, and the output still comes. */
static void match_gives_up_on_files_of_namesakes(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(out, ROOM);

    (void)state;
    for (size_t i = 0; i < HC_INSPECT_ITEMS / 2; i++) {
        add(in, "a", k.issuing.cert->der);
        add(in, "b", k.namesake.cert->der);
    }
    hc_inspection_text(in, &out);
    assert_int_equal(out.failed, HC_OK_CODE);
}

/* When the work is spent, nobody is told that his certificate was forged. */
static void match_accuses_nobody_whose_issuer_was_not_tried(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(crl, 65536);
    char text[512] = "";

    (void)state;
    testpki_crl(&(struct testpki_crl){.number = 7}, &k.issuing, &crl);
    for (size_t i = 0; i < 100; i++) {
        struct testpki one;
        testpki_issue(k.c, &(struct testpki_spec){.subject = "Issuing", .ca = true, .key = k.namesake.key}, NULL, &one);
        struct hc_bytes der = one.cert->der;
        ((uint8_t *)(uintptr_t)der.p)[der.n - 1] ^= 1; /* a wrong signature: it looks on for its issuer */
        add(in, "noise", der);
        testpki_fini(&one);
    }
    add(in, "leaf.der", k.leaf.cert->der);
    add(in, "issuing.der", k.issuing.cert->der);
    add(in, "crl.der", hc_buf_view(&crl));
    assert_true(count(in, "issuer-not-tried", NULL, text) > 0);
    assert_non_null(strstr(text, "than are tried here"));
    assert_int_equal(count(in, "crl-issuer-not-tried", NULL, NULL), 1);
    assert_int_equal(count(in, "crl-not-of-issuer", NULL, NULL), 0);
    HC_BUF_AUTO(out, ROOM);
    hc_inspection_text(in, &out);
    assert_null(memmem(out.p, out.n, "leaf.der) names", 15));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_finds_the_certificate_of_a_key),
        cmocka_unit_test(match_says_when_a_key_fits_none),
        cmocka_unit_test(match_joins_request_key_and_certificate),
        cmocka_unit_test(match_tells_the_order_of_a_chain),
        cmocka_unit_test(match_finds_a_chain_file_in_the_wrong_order),
        cmocka_unit_test(match_knows_a_namesake_from_the_issuer),
        cmocka_unit_test(match_names_the_issuer_that_is_missing),
        cmocka_unit_test(match_looks_certificates_up_in_crls),
        cmocka_unit_test(match_sees_a_crl_that_somebody_else_signed),
        cmocka_unit_test(match_believes_no_namesake_about_revocation),
        cmocka_unit_test(match_sees_a_root_that_was_changed),
        cmocka_unit_test(match_says_that_an_issuer_is_no_ca),
        cmocka_unit_test(match_promises_nothing_of_a_web_keys_secret),
        cmocka_unit_test(match_accuses_nobody_whose_issuer_was_not_tried),
        cmocka_unit_test(match_joins_an_ocsp_response_and_its_certificate),
        cmocka_unit_test(match_names_copies_and_what_has_expired),
        cmocka_unit_test(match_warns_of_a_key_beside_certificates),
        cmocka_unit_test(match_gives_up_on_files_of_namesakes),
    };
    return cmocka_run_group_tests_name("doctor/inspect_match", tests, set_up, tear_down);
}

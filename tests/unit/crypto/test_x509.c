/* test_x509.c */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <unistd.h>

static struct hc_crypto *c;
static EVP_PKEY *root_key, *mid_key, *leaf_key;

static int set_up(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_crypto_new(&c, &e));
    root_key = certs_key("P-384");
    mid_key = certs_key("P-256");
    leaf_key = certs_key("P-256");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(mid_key);
    EVP_PKEY_free(leaf_key);
    hc_crypto_free(c);
    return 0;
}

/* Each test starts from the sound chain and spoils one thing. */
static struct certs_spec root_spec(void)
{
    return (struct certs_spec){.name = "root", .key = root_key, .ca = true};
}

static struct certs_spec mid_spec(void)
{
    return (struct certs_spec){
        .name = "mid", .key = mid_key, .issuer_name = "root", .issuer_key = root_key, .ca = true};
}

static struct certs_spec leaf_spec(void)
{
    return (struct certs_spec){.name = "leaf", .key = leaf_key, .issuer_name = "mid", .issuer_key = mid_key};
}

/* Takes the certificates. An `n` of 3 is leaf, mid, root. */
static void expect_chain(struct hc_x509 *chain[], size_t n, enum hc_code want, unsigned depth, int v_err)
{
    struct hc_x509_verdict v = {.depth = 99, .v_err = 99};
    struct hc_err e = {0};

    if (want == HC_OK_CODE)
        expect_ok(&e, hc_x509_chain_check(c, chain, n, &v, &e));
    else
        expect_fail(&e, hc_x509_chain_check(c, chain, n, &v, &e), want);
    if (v.v_err != v_err || v.depth != depth)
        fail_msg("verdict %d at depth %u: %s", v.v_err, v.depth, e.text);
    assert_int_equal(ERR_peek_error(), 0);
    for (size_t i = 0; i < n; i++)
        hc_x509_free(chain[i]);
}

static void expect_specs(struct certs_spec leaf, struct certs_spec mid, struct certs_spec root, enum hc_code want,
                         unsigned depth, int v_err)
{
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &mid), certs_new(c, &root)};

    expect_chain(chain, 3, want, depth, v_err);
}

static void sound_chain_is_accepted(void **state)
{
    (void)state;
    expect_specs(leaf_spec(), mid_spec(), root_spec(), HC_OK_CODE, 0, X509_V_OK);
}

static void anchor_need_not_be_self_signed(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &mid)};

    (void)state;
    expect_chain(chain, 2, HC_OK_CODE, 0, X509_V_OK);
}

static void trusted_leaf_alone_is_accepted(void **state)
{
    struct certs_spec leaf = leaf_spec();
    struct hc_x509 *chain[] = {certs_new(c, &leaf)};

    (void)state;
    expect_chain(chain, 1, HC_OK_CODE, 0, X509_V_OK);
}

/* Basic constraints that are not critical: section 4 forbids them, and path validation does not ask. */
static void path_validation_alone_asks_for_less(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec(), root = root_spec(), other = root_spec();
    struct hc_x509_verdict v = {0};
    struct hc_err e;

    (void)state;
    mid.basic = "CA:TRUE";
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &mid), certs_new(c, &root)};
    expect_fail(&e, hc_x509_chain_check(c, chain, 3, &v, &e), HC_E_CHAIN_REFUSED);
    expect_ok(&e, hc_x509_chain_check_path_only(c, chain, 3, &v, &e));
    hc_x509_free(chain[2]);
    other.key = leaf_key; /* and no signature less */
    chain[2] = certs_new(c, &other);
    assert_true(hc_failed(hc_x509_chain_check_path_only(c, chain, 3, &v, &e)));
    for (size_t i = 0; i < 3; i++)
        hc_x509_free(chain[i]);
}

static void dates_are_not_judged_here(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();
    X509 *x = certs_make(&leaf);
    struct hc_x509 *chain[2];

    (void)state;
    X509_gmtime_adj(X509_getm_notAfter(x), -3600);
    assert_true(X509_sign(x, mid_key, EVP_sha256()) > 0);
    chain[0] = certs_wrap(c, x);
    chain[1] = certs_new(c, &mid);
    X509_free(x);
    expect_chain(chain, 2, HC_OK_CODE, 0, X509_V_OK);
}

/* The issuer's name and key identifier, another's signature. */
static void forged_leaf_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec();

    (void)state;
    leaf.issuer_key = leaf_key;
    leaf.akid_key = mid_key;
    expect_specs(leaf, mid_spec(), root_spec(), HC_E_BAD_SIGNATURE, 0, X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

static void forged_intermediate_is_refused(void **state)
{
    struct certs_spec mid = mid_spec();

    (void)state;
    mid.issuer_key = leaf_key;
    mid.akid_key = root_key;
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_BAD_SIGNATURE, 1, X509_V_ERR_CERT_SIGNATURE_FAILURE);
}

static void chain_in_the_wrong_order_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec(), root = root_spec();
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &root), certs_new(c, &mid)};

    (void)state;
    expect_chain(chain, 3, HC_E_UNKNOWN_ISSUER, 0, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

static void certificate_that_has_no_part_in_the_chain_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec(), root = root_spec();
    struct certs_spec idle = {
        .name = "idle", .key = leaf_key, .issuer_name = "root", .issuer_key = root_key, .ca = true};
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &mid), certs_new(c, &idle), certs_new(c, &root)};

    (void)state;
    expect_chain(chain, 4, HC_E_UNKNOWN_ISSUER, 1, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

/* leaf and anchor would do without the certificate between them, which has the anchor's name and key. */
static void longer_way_than_libcrypto_would_take_is_judged_as_given(void **state)
{
    struct certs_spec leaf = {.name = "leaf", .key = leaf_key, .issuer_name = "root", .issuer_key = root_key};
    struct certs_spec again = root_spec(), root = root_spec();
    struct hc_x509 *chain[3];

    (void)state;
    again.issuer_name = "old root";
    again.issuer_key = mid_key;
    root.name = "old root";
    root.key = mid_key;
    chain[0] = certs_new(c, &leaf);
    chain[1] = certs_new(c, &again);
    chain[2] = certs_new(c, &root);
    expect_chain(chain, 3, HC_OK_CODE, 0, X509_V_OK);
}

static void same_certificate_twice_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec(), root = root_spec();
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &mid), NULL, certs_new(c, &root)};

    (void)state;
    chain[2] = hc_x509_ref(chain[1]);
    expect_chain(chain, 4, HC_E_CHAIN_REFUSED, 0, X509_V_ERR_UNSPECIFIED);
}

static void self_signed_certificate_below_the_anchor_is_refused(void **state)
{
    struct certs_spec mid = mid_spec();

    (void)state;
    mid.issuer_name = "mid";
    mid.issuer_key = mid_key;
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_UNKNOWN_ISSUER, 1, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN);
}

static void wrong_authority_key_identifier_is_refused_with_its_reason(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();
    struct hc_x509 *chain[2];
    struct hc_x509_verdict v;
    struct hc_err e = {0};

    (void)state;
    leaf.akid_key = root_key;
    chain[0] = certs_new(c, &leaf);
    chain[1] = certs_new(c, &mid);
    expect_fail(&e, hc_x509_chain_check(c, chain, 2, &v, &e), HC_E_UNKNOWN_ISSUER);
    assert_non_null(strstr(e.text, "authority and subject key identifier mismatch"));
    hc_x509_free(chain[0]);
    hc_x509_free(chain[1]);
}

static void issuer_that_is_no_ca_is_refused(void **state)
{
    struct certs_spec mid = mid_spec();

    (void)state;
    mid.ca = false;
    mid.usage = "critical,digitalSignature,keyCertSign";
    mid.basic = "critical,CA:FALSE";
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_NOT_A_CA, 1, X509_V_ERR_INVALID_CA);
}

static void path_length_is_kept(void **state)
{
    struct certs_spec root = root_spec();

    (void)state;
    root.basic = "critical,CA:TRUE,pathlen:0";
    expect_specs(leaf_spec(), mid_spec(), root, HC_E_PATH_LENGTH, 2, X509_V_ERR_PATH_LENGTH_EXCEEDED);
}

static void ca_without_key_cert_sign_is_refused(void **state)
{
    struct certs_spec mid = mid_spec();

    (void)state;
    mid.usage = "critical,cRLSign,digitalSignature";
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_CA_KEY_USAGE, 1, X509_V_ERR_KEYUSAGE_NO_CERTSIGN);
}

static void names_outside_the_constraints_are_refused(void **state)
{
    struct certs_spec mid = mid_spec();

    (void)state;
    mid.nc = "critical,permitted;DNS:other.example";
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_NAME_NOT_PERMITTED, 0, X509_V_ERR_PERMITTED_VIOLATION);
    mid.nc = "critical,excluded;DNS:leaf.example";
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_NAME_EXCLUDED, 0, X509_V_ERR_EXCLUDED_VIOLATION);
    mid.nc = "critical,permitted;DNS:leaf.example";
    expect_specs(leaf_spec(), mid, root_spec(), HC_OK_CODE, 0, X509_V_OK);
}

static void constraints_of_the_anchor_bind(void **state)
{
    struct certs_spec root = root_spec();

    (void)state;
    root.nc = "critical,permitted;DNS:other.example";
    expect_specs(leaf_spec(), mid_spec(), root, HC_E_NAME_NOT_PERMITTED, 0, X509_V_ERR_PERMITTED_VIOLATION);
}

static void constraints_of_a_kind_that_cannot_be_checked_are_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();

    (void)state;
    mid.nc = "critical,permitted;RID:1.2.3";
    leaf.san = "RID:1.2.3";
    expect_specs(leaf, mid, root_spec(), HC_E_NAME_CONSTRAINT_SYNTAX, 0, X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE);
}

static void unknown_critical_extension_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();

    (void)state;
    leaf.unknown = "1.2.3.4";
    expect_specs(leaf, mid, root_spec(), HC_E_CERT_UNKNOWN_CRITICAL, 0, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
    mid.unknown = "1.2.3.4";
    expect_specs(leaf_spec(), mid, root_spec(), HC_E_CERT_UNKNOWN_CRITICAL, 1, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION);
}

static void proxy_certificate_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec();
    struct certs_spec proxy = {.name = "leaf",
                               .key = root_key,
                               .issuer_name = "leaf",
                               .issuer_key = leaf_key,
                               .proxy = "critical,language:id-ppl-inheritAll"};
    struct certs_spec mid = mid_spec();
    struct hc_x509 *chain[] = {certs_new(c, &proxy), certs_new(c, &leaf), certs_new(c, &mid)};

    (void)state;
    expect_chain(chain, 3, HC_E_CERT_PROXY, 0, X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED);
}

static void expect_leaf_key(const char *kind, enum hc_code want, int v_err)
{
    struct certs_spec leaf = leaf_spec();
    EVP_PKEY *key = certs_key(kind);

    leaf.key = key;
    expect_specs(leaf, mid_spec(), root_spec(), want, 0, v_err);
    EVP_PKEY_free(key);
}

static void weak_keys_are_refused_in_leaf_and_ca(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();
    EVP_PKEY *weak = certs_key("secp256k1");

    (void)state;
    expect_leaf_key("RSA1024", HC_E_CERT_WEAK_KEY, X509_V_ERR_EE_KEY_TOO_SMALL);
    expect_leaf_key("secp224r1", HC_E_CERT_WEAK_KEY, X509_V_ERR_EE_KEY_TOO_SMALL);
    expect_leaf_key("secp256k1", HC_E_CERT_WEAK_KEY, X509_V_ERR_EE_KEY_TOO_SMALL);
    expect_leaf_key("ED25519", HC_OK_CODE, X509_V_OK);
    expect_leaf_key("RSA2048", HC_OK_CODE, X509_V_OK);
    mid.key = weak;
    leaf.issuer_key = weak;
    expect_specs(leaf, mid, root_spec(), HC_E_CERT_WEAK_KEY, 1, X509_V_ERR_CA_KEY_TOO_SMALL);
    EVP_PKEY_free(weak);
}

static void weak_signature_is_refused_but_not_that_of_the_anchor(void **state)
{
    struct certs_spec leaf = leaf_spec(), root = root_spec();

    (void)state;
    leaf.md = EVP_sha1();
    expect_specs(leaf, mid_spec(), root_spec(), HC_E_CERT_WEAK_SIGNATURE, 0, X509_V_ERR_CA_MD_TOO_WEAK);
    leaf.md = EVP_sha224();
    expect_specs(leaf, mid_spec(), root_spec(), HC_E_CERT_WEAK_SIGNATURE, 0, X509_V_ERR_CA_MD_TOO_WEAK);
    root.md = EVP_sha1();
    expect_specs(leaf_spec(), mid_spec(), root, HC_OK_CODE, 0, X509_V_OK);
}

static void chains_of_no_or_too_many_certificates_are_refused(void **state)
{
    struct hc_x509_verdict v = {0};
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_x509_chain_check(c, NULL, 0, &v, &e), HC_E_CHAIN_TOO_LONG);
    expect_fail(&e, hc_x509_chain_check(c, NULL, HC_X509_CHAIN_MAX + 1, &v, &e), HC_E_CHAIN_TOO_LONG);
    assert_int_equal(v.v_err, X509_V_ERR_CERT_CHAIN_TOO_LONG);
}

/* leaf, fourteen CAs, anchor: the longest chain that is judged. */
static void longest_chain_is_accepted(void **state)
{
    struct hc_x509 *chain[HC_X509_CHAIN_MAX];
    char name[HC_X509_CHAIN_MAX][8];

    (void)state;
    for (int i = 0; i < HC_X509_CHAIN_MAX; i++)
        snprintf(name[i], sizeof name[i], "ca%d", i);
    for (int i = 0; i < HC_X509_CHAIN_MAX; i++) {
        bool last = i == HC_X509_CHAIN_MAX - 1;
        struct certs_spec s = {.name = name[i], .key = mid_key, .issuer_name = name[last ? i : i + 1], .ca = i > 0};

        chain[i] = certs_new(c, &s);
    }
    expect_chain(chain, HC_X509_CHAIN_MAX, HC_OK_CODE, 0, X509_V_OK);
}

/* The environment names a store that would complete the chain; nobody looks. */
static void default_stores_are_never_used(void **state)
{
    struct certs_spec leaf = leaf_spec(), root = root_spec();
    struct hc_x509 *chain[] = {certs_new(c, &leaf), certs_new(c, &root)};
    char path[] = "/tmp/hc-test-store-XXXXXX";
    struct certs_spec mid = mid_spec();
    X509 *x = certs_make(&mid);
    int fd = mkstemp(path);
    BIO *bio = BIO_new_fd(fd, BIO_CLOSE);

    (void)state;
    assert_int_equal(PEM_write_bio_X509(bio, x), 1);
    BIO_free(bio);
    X509_free(x);
    setenv("SSL_CERT_FILE", path, 1);
    expect_chain(chain, 2, HC_E_UNKNOWN_ISSUER, 0, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    unsetenv("SSL_CERT_FILE");
    unlink(path);
}

static void malformed_certificates_are_refused(void **state)
{
    struct certs_spec leaf = leaf_spec();
    X509 *x = certs_make(&leaf);
    struct hc_bytes der = certs_der(x);
    struct hc_x509 *none = NULL;
    struct hc_err e = {0};
    HC_BUF_AUTO(longer, HC_X509_DER_MAX + 1);

    (void)state;
    for (size_t n = 0; n < der.n; n++)
        expect_fail(&e, hc_x509_from_der(c, hc_bytes_head(der, n), &none, &e), HC_E_CERT_MALFORMED);
    hc_buf_add(&longer, der);
    hc_buf_add_byte(&longer, 0);
    expect_fail(&e, hc_x509_from_der(c, hc_buf_view(&longer), &none, &e), HC_E_CERT_MALFORMED);
    memset(hc_buf_reserve(&longer, HC_X509_DER_MAX + 1 - longer.n), 0, HC_X509_DER_MAX + 1 - longer.n);
    longer.n = HC_X509_DER_MAX + 1;
    expect_fail(&e, hc_x509_from_der(c, hc_buf_view(&longer), &none, &e), HC_E_CERT_TOO_BIG);
    assert_null(none);
    free((void *)(uintptr_t)der.p);
    X509_free(x);
    assert_int_equal(ERR_peek_error(), 0);
}

/* basicConstraints of rubbish: libcrypto marks the certificate, and only asking finds out. */
static void unreadable_extension_is_refused(void **state)
{
    struct certs_spec leaf = leaf_spec(), mid = mid_spec();
    X509 *x = certs_make(&leaf);
    ASN1_OCTET_STRING *rubbish = ASN1_OCTET_STRING_new();
    X509_EXTENSION *ext;
    struct hc_x509 *chain[2];

    (void)state;
    ASN1_OCTET_STRING_set(rubbish, (const unsigned char *)"rubbish", 7);
    ext = X509_EXTENSION_create_by_NID(NULL, NID_basic_constraints, 0, rubbish);
    X509_add_ext(x, ext, -1);
    X509_EXTENSION_free(ext);
    ASN1_OCTET_STRING_free(rubbish);
    assert_true(X509_sign(x, mid_key, EVP_sha256()) > 0);
    chain[0] = certs_wrap(c, x);
    chain[1] = certs_new(c, &mid);
    X509_free(x);
    expect_chain(chain, 2, HC_E_CERT_EXTENSION, 0, X509_V_ERR_INVALID_EXTENSION);
}

static struct hc_rc decode(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_x509) x = NULL;
    HC_AUTO(hc_x509) again = NULL;

    HC_TRY(e, hc_x509_from_der(c, *(struct hc_bytes *)ctx, &x, e));
    again = hc_x509_ref(x);
    return HC_OK;
}

static void certificates_survive_every_failing_allocation(void **state)
{
    struct certs_spec leaf = leaf_spec();
    X509 *x = certs_make(&leaf);
    struct hc_bytes der = certs_der(x);

    (void)state;
    assert_int_equal(fault_sweep(decode, &der), 1);
    free((void *)(uintptr_t)der.p);
    X509_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_chain_is_accepted),
        cmocka_unit_test(anchor_need_not_be_self_signed),
        cmocka_unit_test(trusted_leaf_alone_is_accepted),
        cmocka_unit_test(path_validation_alone_asks_for_less),
        cmocka_unit_test(dates_are_not_judged_here),
        cmocka_unit_test(forged_leaf_is_refused),
        cmocka_unit_test(forged_intermediate_is_refused),
        cmocka_unit_test(chain_in_the_wrong_order_is_refused),
        cmocka_unit_test(certificate_that_has_no_part_in_the_chain_is_refused),
        cmocka_unit_test(longer_way_than_libcrypto_would_take_is_judged_as_given),
        cmocka_unit_test(same_certificate_twice_is_refused),
        cmocka_unit_test(self_signed_certificate_below_the_anchor_is_refused),
        cmocka_unit_test(wrong_authority_key_identifier_is_refused_with_its_reason),
        cmocka_unit_test(issuer_that_is_no_ca_is_refused),
        cmocka_unit_test(path_length_is_kept),
        cmocka_unit_test(ca_without_key_cert_sign_is_refused),
        cmocka_unit_test(names_outside_the_constraints_are_refused),
        cmocka_unit_test(constraints_of_the_anchor_bind),
        cmocka_unit_test(constraints_of_a_kind_that_cannot_be_checked_are_refused),
        cmocka_unit_test(unknown_critical_extension_is_refused),
        cmocka_unit_test(proxy_certificate_is_refused),
        cmocka_unit_test(weak_keys_are_refused_in_leaf_and_ca),
        cmocka_unit_test(weak_signature_is_refused_but_not_that_of_the_anchor),
        cmocka_unit_test(chains_of_no_or_too_many_certificates_are_refused),
        cmocka_unit_test(longest_chain_is_accepted),
        cmocka_unit_test(default_stores_are_never_used),
        cmocka_unit_test(malformed_certificates_are_refused),
        cmocka_unit_test(unreadable_extension_is_refused),
        cmocka_unit_test(certificates_survive_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/x509", tests, set_up, tear_down);
}

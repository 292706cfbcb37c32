/* test_p12.c */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/secret.h"
#include "crypto/p12.h"

/* A root, a leaf below it with a key of ours, and the parts of a file made of them. */
struct kit {
    struct hc_crypto *c;
    EVP_PKEY *root_key;
    struct hc_key *key;
    struct hc_bytes root, leaf, foreign;
    struct hc_secret *pass;
};
static struct kit k;

static struct hc_bytes issue(const char *name, EVP_PKEY *key, bool ca)
{
    X509 *x = certs_make(
        &(struct certs_spec){.name = name, .key = key, .ca = ca, .issuer_name = "root", .issuer_key = k.root_key});
    struct hc_bytes der = certs_der(x);

    X509_free(x);
    return der;
}

static int set_up(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    k.root_key = certs_key("P-384");
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P256, &k.key, &e));
    k.root = issue("root", k.root_key, true);
    k.leaf = issue("alice", hc_key_evp(k.key), false);
    k.foreign = issue("bob", k.root_key, false);
    k.pass = certs_secret("k7mq-2fzt-9xwd-h4rp");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free((void *)(uintptr_t)k.root.p);
    free((void *)(uintptr_t)k.leaf.p);
    free((void *)(uintptr_t)k.foreign.p);
    hc_secret_free(k.pass);
    hc_key_free(k.key);
    EVP_PKEY_free(k.root_key);
    hc_crypto_free(k.c);
    return 0;
}

static struct hc_p12_parts parts(void)
{
    return (struct hc_p12_parts){.key = k.key, .leaf = k.leaf, .cas = &k.root, .n_cas = 1, .name = "alice@example.com"};
}

static PKCS12 *built(struct hc_buf *out)
{
    struct hc_p12_parts p = parts();
    struct hc_err e = {0};
    const uint8_t *at;
    PKCS12 *p12;

    expect_ok(&e, hc_p12_build(k.c, &p, k.pass, out, &e));
    at = out->p;
    p12 = d2i_PKCS12(NULL, &at, (long)out->n);
    assert_non_null(p12);
    assert_ptr_equal(at, out->p + out->n);
    return p12;
}

static void file_gives_back_key_leaf_and_authority(void **state)
{
    HC_BUF_SECRET(out, HC_P12_MAX);
    PKCS12 *p12 = built(&out);
    EVP_PKEY *key = NULL;
    X509 *leaf = NULL;
    STACK_OF(X509) *cas = NULL;
    int n = 0;

    (void)state;
    assert_int_equal(PKCS12_parse(p12, "k7mq-2fzt-9xwd-h4rp", &key, &leaf, &cas), 1);
    assert_int_equal(EVP_PKEY_eq(key, hc_key_evp(k.key)), 1);
    assert_int_equal(X509_check_private_key(leaf, key), 1);
    assert_int_equal(sk_X509_num(cas), 1);
    assert_memory_equal(X509_alias_get0(leaf, &n), "alice@example.com", 17);
    assert_int_equal(n, 17);
    sk_X509_pop_free(cas, X509_free);
    X509_free(leaf);
    EVP_PKEY_free(key);
    PKCS12_free(p12);
}

static void another_passphrase_does_not_open_it(void **state)
{
    HC_BUF_SECRET(out, HC_P12_MAX);
    PKCS12 *p12 = built(&out);

    (void)state;
    assert_int_equal(PKCS12_verify_mac(p12, "k7mq-2fzt-9xwd-h4rq", -1), 0);
    assert_int_equal(PKCS12_verify_mac(p12, "", -1), 0);
    PKCS12_free(p12);
    ERR_clear_error();
}

static void nothing_in_it_is_weaker_than_aes256_and_sha256(void **state)
{
    /* pbes2 aes-256-cbc hmacWithSHA256 must be there; RC2, 3DES PBE and plain SHA-1 must not. */
    static const struct hc_bytes pbes2 = HC_BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
    static const struct hc_bytes aes256 = HC_BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a");
    static const struct hc_bytes prf = HC_BYTES("\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09");
    static const struct hc_bytes old_pbe = HC_BYTES("\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01");
    HC_BUF_SECRET(out, HC_P12_MAX);
    PKCS12 *p12 = built(&out);
    const X509_ALGOR *mac = NULL;
    const ASN1_INTEGER *rounds = NULL;
    const ASN1_OCTET_STRING *salt = NULL;
    const ASN1_OBJECT *oid = NULL;

    (void)state;
    PKCS12_get0_mac(NULL, &mac, &salt, &rounds, p12);
    X509_ALGOR_get0(&oid, NULL, NULL, mac);
    assert_int_equal(OBJ_obj2nid(oid), NID_sha256);
    assert_int_equal(ASN1_INTEGER_get(rounds), 100000);
    assert_int_equal(ASN1_STRING_length(salt), 16);
    assert_non_null(memmem(out.p, out.n, pbes2.p, pbes2.n));
    assert_non_null(memmem(out.p, out.n, aes256.p, aes256.n));
    assert_non_null(memmem(out.p, out.n, prf.p, prf.n));
    assert_null(memmem(out.p, out.n, old_pbe.p, old_pbe.n));
    PKCS12_free(p12);
}

static void wrong_parts_are_refused_for_their_reason(void **state)
{
    HC_AUTO(hc_secret) empty = certs_secret("");
    HC_AUTO(hc_secret) nul = NULL;
    HC_AUTO(hc_secret) endless = NULL;
    HC_BUF_SECRET(out, HC_P12_MAX);
    struct hc_p12_parts p = parts();
    struct hc_bytes rubbish = HC_BYTES("rubbish");
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_secret_copy(HC_BYTES("a\0b"), &nul, &e));
    expect_ok(&e, hc_secret_new(HC_KEY_PASSPHRASE_MAX + 1, &endless, &e));
    expect_fail(&e, hc_p12_build(k.c, &p, empty, &out, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_p12_build(k.c, &p, NULL, &out, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_p12_build(k.c, &p, nul, &out, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_p12_build(k.c, &p, endless, &out, &e), HC_E_TOO_BIG);
    p.leaf = k.foreign;
    expect_fail(&e, hc_p12_build(k.c, &p, k.pass, &out, &e), HC_E_KEY_MISMATCH);
    p.leaf = rubbish;
    expect_fail(&e, hc_p12_build(k.c, &p, k.pass, &out, &e), HC_E_CERT_MALFORMED);
    p = parts();
    p.cas = &rubbish;
    expect_fail(&e, hc_p12_build(k.c, &p, k.pass, &out, &e), HC_E_CERT_MALFORMED);
    p = parts();
    p.n_cas = HC_P12_CAS_MAX + 1;
    expect_fail(&e, hc_p12_build(k.c, &p, k.pass, &out, &e), HC_E_TOO_BIG);
    p = parts();
    p.name = "";
    expect_fail(&e, hc_p12_build(k.c, &p, k.pass, &out, &e), HC_E_TOO_BIG);
    assert_int_equal(out.n, 0);
    assert_int_equal(ERR_peek_error(), 0);
}

static struct hc_rc build(void *ctx, struct hc_err *e)
{
    HC_BUF_SECRET(out, HC_P12_MAX);
    struct hc_p12_parts p = parts();

    (void)ctx;
    return hc_p12_build(k.c, &p, k.pass, &out, e);
}

static void file_survives_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(build, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_gives_back_key_leaf_and_authority),
        cmocka_unit_test(another_passphrase_does_not_open_it),
        cmocka_unit_test(nothing_in_it_is_weaker_than_aes256_and_sha256),
        cmocka_unit_test(wrong_parts_are_refused_for_their_reason),
        cmocka_unit_test(file_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/p12", tests, set_up, tear_down);
}

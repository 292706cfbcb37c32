/* test_key_pem.c */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <unistd.h>

#include "base/secret.h"
#include "crypto/key.h"

static struct hc_crypto *c;

/* No terminal and no input: whatever tries to prompt fails instead of hanging. */
static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    close(0);
    setsid();
    return hc_failed(hc_crypto_new(&c, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(c);
    return 0;
}

static struct hc_bytes bio_view(BIO *bio)
{
    char *p = NULL;
    long n = BIO_get_mem_data(bio, &p);

    return hc_bytes_of(p, (size_t)n);
}

/* The traditional form (SEC 1, PKCS #1); encrypted the old way when there is a passphrase. */
static BIO *traditional(EVP_PKEY *key, const char *pass)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, pass ? EVP_aes_128_cbc() : NULL,
                                                          (const unsigned char *)pass, pass ? (int)strlen(pass) : 0,
                                                          NULL, NULL),
                     1);
    return bio;
}

static BIO *pkcs8(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    return bio;
}

static void expect_same(const struct hc_key *a, const struct hc_key *b)
{
    assert_int_equal(EVP_PKEY_eq(hc_key_evp(a), hc_key_evp(b)), 1);
    assert_int_equal(hc_key_kind(a), hc_key_kind(b));
}

static void every_kind_comes_back_from_plain_pem(void **state)
{
    static const enum hc_key_kind kinds[] = {HC_KEY_P256, HC_KEY_P384, HC_KEY_P521, HC_KEY_ED25519, HC_KEY_RSA};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        HC_AUTO(hc_key) key = NULL;
        HC_AUTO(hc_key) again = NULL;
        HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

        expect_ok(&e, hc_key_generate(c, kinds[i], &key, &e));
        expect_ok(&e, hc_key_to_pem(key, NULL, &pem, &e));
        assert_true(hc_bytes_starts(hc_buf_view(&pem), HC_BYTES("-----BEGIN PRIVATE KEY-----\n")));
        expect_ok(&e, hc_key_from_pem(c, hc_buf_view(&pem), NULL, &again, &e));
        expect_same(key, again);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void encrypted_key_opens_with_its_passphrase_only(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_secret) right = certs_secret("correct horse");
    HC_AUTO(hc_secret) wrong = certs_secret("correct horsf");
    HC_AUTO(hc_secret) empty = certs_secret("");
    HC_AUTO(hc_key) key = NULL;
    HC_AUTO(hc_key) again = NULL;
    HC_AUTO(hc_key) none = NULL;
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P384, &key, &e));
    expect_ok(&e, hc_key_to_pem(key, right, &pem, &e));
    assert_true(hc_bytes_starts(hc_buf_view(&pem), HC_BYTES("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")));
    expect_ok(&e, hc_key_from_pem(c, hc_buf_view(&pem), right, &again, &e));
    expect_same(key, again);
    expect_fail(&e, hc_key_from_pem(c, hc_buf_view(&pem), wrong, &none, &e), HC_E_PASSPHRASE_WRONG);
    expect_fail(&e, hc_key_from_pem(c, hc_buf_view(&pem), empty, &none, &e), HC_E_PASSPHRASE_WRONG);
    expect_fail(&e, hc_key_from_pem(c, hc_buf_view(&pem), NULL, &none, &e), HC_E_PASSPHRASE_NEEDED);
    assert_null(none);
    assert_int_equal(ERR_peek_error(), 0);
}

static void encryption_is_pbes2_with_aes256_and_600000_rounds_of_sha256(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_secret) pass = certs_secret("pass");
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    BIO *bio;
    X509_SIG *sealed;
    const X509_ALGOR *alg = NULL;
    const ASN1_OBJECT *oid = NULL;
    PBE2PARAM *pbe;
    PBKDF2PARAM *kdf;

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &key, &e));
    expect_ok(&e, hc_key_to_pem(key, pass, &pem, &e));
    bio = BIO_new_mem_buf(pem.p, (int)pem.n);
    sealed = PEM_read_bio_PKCS8(bio, NULL, NULL, NULL);
    assert_non_null(sealed);
    X509_SIG_get0(sealed, &alg, NULL);
    X509_ALGOR_get0(&oid, NULL, NULL, alg);
    assert_int_equal(OBJ_obj2nid(oid), NID_pbes2);
    pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), alg->parameter);
    assert_int_equal(OBJ_obj2nid(pbe->encryption->algorithm), NID_aes_256_cbc);
    kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbe->keyfunc->parameter);
    assert_int_equal(ASN1_INTEGER_get(kdf->iter), 600000);
    assert_int_equal(OBJ_obj2nid(kdf->prf->algorithm), NID_hmacWithSHA256);
    assert_int_equal(ASN1_STRING_length(kdf->salt->value.octet_string), 16);
    PBKDF2PARAM_free(kdf);
    PBE2PARAM_free(pbe);
    X509_SIG_free(sealed);
    BIO_free(bio);
}

static void sec1_and_pkcs1_are_read(void **state)
{
    static const char *const kinds[] = {"P-256", "RSA2048"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        EVP_PKEY *raw = certs_key(kinds[i]);
        BIO *bio = traditional(raw, NULL);
        HC_AUTO(hc_key) key = NULL;

        assert_null(memmem(bio_view(bio).p, bio_view(bio).n, "BEGIN PRIVATE KEY", 17));
        expect_ok(&e, hc_key_from_pem(c, bio_view(bio), NULL, &key, &e));
        assert_int_equal(EVP_PKEY_eq(raw, hc_key_evp(key)), 1);
        BIO_free(bio);
        EVP_PKEY_free(raw);
    }
}

static void old_encryption_of_sec1_is_read(void **state)
{
    struct hc_err e = {0};
    EVP_PKEY *raw = certs_key("P-256");
    BIO *bio = traditional(raw, "secret");
    HC_AUTO(hc_secret) right = certs_secret("secret");
    HC_AUTO(hc_key) key = NULL;
    HC_AUTO(hc_key) none = NULL;

    (void)state;
    expect_ok(&e, hc_key_from_pem(c, bio_view(bio), right, &key, &e));
    assert_int_equal(EVP_PKEY_eq(raw, hc_key_evp(key)), 1);
    expect_fail(&e, hc_key_from_pem(c, bio_view(bio), NULL, &none, &e), HC_E_PASSPHRASE_NEEDED);
    /* Some of these wrong ones leave a plausible padding: still the passphrase's fault. */
    for (int i = 0; i < 600; i++) {
        char text[16];
        HC_AUTO(hc_secret) wrong = NULL;

        snprintf(text, sizeof text, "wrong%d", i);
        wrong = certs_secret(text);
        expect_fail(&e, hc_key_from_pem(c, bio_view(bio), wrong, &none, &e), HC_E_PASSPHRASE_WRONG);
    }
    BIO_free(bio);
    EVP_PKEY_free(raw);
}

static void other_blocks_before_the_key_are_passed_over(void **state)
{
    struct hc_err e = {0};
    EVP_PKEY *raw = certs_key("P-256");
    X509 *cert = certs_make(&(struct certs_spec){.name = "me", .key = raw});
    BIO *bio = BIO_new(BIO_s_mem());
    HC_AUTO(hc_key) key = NULL;

    (void)state;
    BIO_puts(bio, "some words first\n");
    assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, raw, NULL, NULL, 0, NULL, NULL), 1);
    expect_ok(&e, hc_key_from_pem(c, bio_view(bio), NULL, &key, &e));
    assert_int_equal(EVP_PKEY_eq(raw, hc_key_evp(key)), 1);
    BIO_free(bio);
    X509_free(cert);
    EVP_PKEY_free(raw);
}

static void what_is_no_private_key_is_refused(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_key) none = NULL;
    static uint8_t big[HC_KEY_PEM_MAX + 1];

    (void)state;
    expect_fail(&e, hc_key_from_pem(c, HC_BYTES(""), NULL, &none, &e), HC_E_PEM);
    expect_fail(&e, hc_key_from_pem(c, HC_BYTES("hello"), NULL, &none, &e), HC_E_PEM);
    expect_fail(&e, hc_key_from_pem(c, HC_BYTES("-----BEGIN PRIVATE KEY-----\nAAAA\n"), NULL, &none, &e), HC_E_PEM);
    expect_fail(
        &e,
        hc_key_from_pem(c, HC_BYTES("-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n"), NULL, &none, &e),
        HC_E_KEY_FORMAT);
    expect_fail(&e,
                hc_key_from_pem(
                    c, HC_BYTES("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
                    NULL, &none, &e),
                HC_E_KEY_FORMAT);
    expect_fail(&e,
                hc_key_from_pem(c, HC_BYTES("-----BEGIN EC PRIVATE KEY-----\nMAAA\n-----END EC PRIVATE KEY-----\n"),
                                NULL, &none, &e),
                HC_E_KEY_FORMAT);
    expect_fail(&e, hc_key_from_pem(c, hc_bytes_of(big, sizeof big), NULL, &none, &e), HC_E_TOO_BIG);
    assert_null(none);
    assert_int_equal(ERR_peek_error(), 0);
}

static void weak_and_foreign_keys_are_refused(void **state)
{
    static const char *const kinds[] = {"RSA1024", "secp224r1", "secp256k1", "X25519", "ED448"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        EVP_PKEY *raw = certs_key(kinds[i]);
        BIO *bio = pkcs8(raw);
        HC_AUTO(hc_key) none = NULL;

        expect_fail(&e, hc_key_from_pem(c, bio_view(bio), NULL, &none, &e), HC_E_CERT_WEAK_KEY);
        BIO_free(bio);
        EVP_PKEY_free(raw);
    }
}

static void unsupported_encryption_is_not_called_a_wrong_passphrase(void **state)
{
    struct hc_err e = {0};
    EVP_PKEY *raw = certs_key("P-256");
    PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(raw);
    X509_ALGOR *pbe = PKCS5_pbe_set(NID_pbe_WithSHA1And40BitRC2_CBC, 2048, NULL, 0);
    X509_SIG *sealed = X509_SIG_new();
    X509_ALGOR *alg = NULL;
    ASN1_OCTET_STRING *data = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    HC_AUTO(hc_secret) pass = certs_secret("secret");
    HC_AUTO(hc_key) none = NULL;

    (void)state;
    X509_SIG_getm(sealed, &alg, &data);
    assert_int_equal(X509_ALGOR_copy(alg, pbe), 1);
    assert_int_equal(ASN1_OCTET_STRING_set(data, (const unsigned char *)"0123456789abcdef", 16), 1);
    assert_int_equal(PEM_write_bio_PKCS8(bio, sealed), 1);
    expect_fail(&e, hc_key_from_pem(c, bio_view(bio), pass, &none, &e), HC_E_KEY_FORMAT);
    BIO_free(bio);
    X509_SIG_free(sealed);
    X509_ALGOR_free(pbe);
    PKCS8_PRIV_KEY_INFO_free(p8);
    EVP_PKEY_free(raw);
}

/* SEC 1 carries the public key beside the private one; here it is another key's. */
static void key_with_another_public_half_is_refused(void **state)
{
    struct hc_err e = {0};
    EVP_PKEY *a = certs_key("P-256"), *b = certs_key("P-256");
    uint8_t *der_a = NULL, *der_b = NULL;
    int n_a = i2d_PrivateKey(a, &der_a), n_b = i2d_PrivateKey(b, &der_b);
    BIO *bio = BIO_new(BIO_s_mem());
    HC_AUTO(hc_key) none = NULL;

    (void)state;
    assert_int_equal(n_a, n_b);
    memcpy(der_a + n_a - 64, der_b + n_b - 64, 64); /* the point ends the structure */
    assert_true(PEM_write_bio(bio, PEM_STRING_ECPRIVATEKEY, "", der_a, n_a) > 0);
    expect_fail(&e, hc_key_from_pem(c, bio_view(bio), NULL, &none, &e), HC_E_KEY_FORMAT);
    BIO_free(bio);
    OPENSSL_free(der_a);
    OPENSSL_free(der_b);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

static void empty_and_endless_passphrases_are_refused(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_secret) empty = certs_secret("");
    HC_AUTO(hc_secret) endless = NULL;
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    (void)state;
    expect_ok(&e, hc_secret_new(HC_KEY_PASSPHRASE_MAX + 1, &endless, &e));
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &key, &e));
    expect_fail(&e, hc_key_to_pem(key, empty, &pem, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_key_to_pem(key, endless, &pem, &e), HC_E_TOO_BIG);
    assert_int_equal(pem.n, 0);
}

static struct hc_rc round_trip(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_key) again = NULL;
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);

    HC_TRY(e, hc_key_to_pem(ctx, NULL, &pem, e));
    return hc_key_from_pem(c, hc_buf_view(&pem), NULL, &again, e);
}

static void pem_survives_every_failing_allocation(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_key) key = NULL;

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &key, &e));
    assert_true(fault_sweep(round_trip, key) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_from_plain_pem),
        cmocka_unit_test(encrypted_key_opens_with_its_passphrase_only),
        cmocka_unit_test(encryption_is_pbes2_with_aes256_and_600000_rounds_of_sha256),
        cmocka_unit_test(sec1_and_pkcs1_are_read),
        cmocka_unit_test(old_encryption_of_sec1_is_read),
        cmocka_unit_test(other_blocks_before_the_key_are_passed_over),
        cmocka_unit_test(what_is_no_private_key_is_refused),
        cmocka_unit_test(weak_and_foreign_keys_are_refused),
        cmocka_unit_test(unsupported_encryption_is_not_called_a_wrong_passphrase),
        cmocka_unit_test(key_with_another_public_half_is_refused),
        cmocka_unit_test(empty_and_endless_passphrases_are_refused),
        cmocka_unit_test(pem_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/key_pem", tests, set_up, tear_down);
}

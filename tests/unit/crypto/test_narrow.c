/* test_narrow.c */
#include "hc_test.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "crypto/key.h"
#include "crypto/narrow.h"

static int setup(void **state)
{
    struct hc_crypto *c = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_crypto_new(&c, &e));
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    hc_crypto_free(*state);
    return 0;
}

static void count(OSSL_DECODER *decoder, void *n)
{
    (void)decoder;
    ++*(int *)n;
}

static int decoders(OSSL_LIB_CTX *ctx)
{
    int n = 0;

    OSSL_DECODER_do_all_provided(ctx, count, &n);
    return n;
}

static void only_the_versions_that_gain_by_it_get_four_decoders(void **state)
{
    const struct hc_crypto *c = *state;
    bool gains = OPENSSL_version_major() == 3 && OPENSSL_version_minor() < 2;

    assert_int_equal(hc_crypto_tls_ctx(c) != hc_crypto_ctx(c), gains);
    if (gains)
        assert_int_equal(decoders(hc_crypto_tls_ctx(c)), 4);
    assert_true(decoders(hc_crypto_ctx(c)) > 4); /* the context that reads private keys has them all */
}

static EVP_PKEY *read_public(OSSL_LIB_CTX *ctx, struct hc_bytes spki)
{
    const unsigned char *p = spki.p;

    return d2i_PUBKEY_ex(NULL, &p, (long)spki.n, ctx, NULL);
}

static void every_kind_of_key_is_read_as_it_is_elsewhere(void **state)
{
    const struct hc_crypto *c = *state;
    static const enum hc_key_kind kinds[] = {HC_KEY_P256, HC_KEY_P384, HC_KEY_P521, HC_KEY_ED25519, HC_KEY_RSA};

    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        HC_AUTO(hc_key) key = NULL;
        HC_BUF_AUTO(spki, 4096);
        struct hc_err e = {0};
        EVP_PKEY *narrow;
        EVP_PKEY *whole;

        expect_ok(&e, hc_key_generate(c, kinds[i], &key, &e));
        expect_ok(&e, hc_key_spki(key, &spki, &e));
        narrow = read_public(hc_crypto_tls_ctx(c), hc_buf_view(&spki));
        whole = read_public(hc_crypto_ctx(c), hc_buf_view(&spki));
        assert_non_null(narrow);
        assert_int_equal(EVP_PKEY_eq(narrow, whole), 1);
        EVP_PKEY_free(narrow);
        EVP_PKEY_free(whole);
    }
}

static EVP_PKEY *rsa_pss_key(OSSL_LIB_CTX *ctx)
{
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(ctx, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(maker), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(maker, 2048), 1);
    assert_int_equal(EVP_PKEY_generate(maker, &key), 1);
    EVP_PKEY_CTX_free(maker);
    return key;
}

static void a_key_for_rsa_pss_alone_is_read_too(void **state)
{
    const struct hc_crypto *c = *state;
    EVP_PKEY *key = rsa_pss_key(hc_crypto_ctx(c));
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    EVP_PKEY *read;

    assert_true(n > 0);
    read = read_public(hc_crypto_tls_ctx(c), hc_bytes_of(der, (size_t)n));
    assert_non_null(read);
    assert_true(EVP_PKEY_is_a(read, "RSA-PSS"));
    EVP_PKEY_free(read);
    EVP_PKEY_free(key);
    OPENSSL_free(der);
}

static void what_is_no_peers_key_is_not_read(void **state)
{
    const struct hc_crypto *c = *state;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(hc_crypto_ctx(c), NULL, "X25519");
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);

    assert_true(n > 0);
    if (hc_crypto_tls_ctx(c) != hc_crypto_ctx(c))
        assert_null(read_public(hc_crypto_tls_ctx(c), hc_bytes_of(der, (size_t)n)));
    ERR_clear_error();
    EVP_PKEY_free(key);
    OPENSSL_free(der);
}

static int tell_group(const OSSL_PARAM params[], void *n)
{
    (void)params;
    ++*(int *)n;
    return 1;
}

static int sum_groups(OSSL_PROVIDER *provider, void *n)
{
    return OSSL_PROVIDER_get_capabilities(provider, "TLS-GROUP", tell_group, n);
}

static int groups(OSSL_LIB_CTX *ctx)
{
    int n = 0;

    assert_int_equal(OSSL_PROVIDER_do_all(ctx, sum_groups, &n), 1);
    return n;
}

static void everything_else_is_there(void **state)
{
    const struct hc_crypto *c = *state;
    OSSL_LIB_CTX *ctx = hc_crypto_tls_ctx(c);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(ctx, NULL, "X25519");
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(ctx, "AES-256-GCM", NULL);
    EVP_KDF *kdf = EVP_KDF_fetch(ctx, "TLS13-KDF", NULL);
    unsigned char random[32];

    assert_int_equal(groups(ctx), groups(hc_crypto_ctx(c)));
    assert_true(groups(ctx) > 0);
    assert_int_equal(RAND_bytes_ex(ctx, random, sizeof random, 0), 1);
    assert_non_null(key);
    assert_non_null(cipher);
    assert_non_null(kdf);
    EVP_PKEY_free(key);
    EVP_CIPHER_free(cipher);
    EVP_KDF_free(kdf);
}

static void an_end_without_a_beginning_does_nothing(void **state)
{
    struct hc_narrow n = {NULL, NULL};

    (void)state;
    hc_narrow_end(&n);
    assert_null(n.ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_versions_that_gain_by_it_get_four_decoders),
        cmocka_unit_test(every_kind_of_key_is_read_as_it_is_elsewhere),
        cmocka_unit_test(a_key_for_rsa_pss_alone_is_read_too),
        cmocka_unit_test(what_is_no_peers_key_is_not_read),
        cmocka_unit_test(everything_else_is_there),
        cmocka_unit_test(an_end_without_a_beginning_does_nothing),
    };

    return cmocka_run_group_tests_name("crypto/narrow", tests, setup, teardown);
}

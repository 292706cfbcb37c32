/* test_key_check.c: private keys that were made to keep whoever reads them busy for hours, or to look like another's */
#include "certs.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "crypto/key.h"

#define ROOM 65536

static struct hc_crypto *c;

static int set_up(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_crypto_new(&c, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(c);
    return 0;
}

/* ---- DER of numbers ---- */

static void put(struct hc_buf *out, uint8_t tag, struct hc_bytes body)
{
    const uint8_t head[] = {tag, 0x83, (uint8_t)(body.n >> 16), (uint8_t)(body.n >> 8), (uint8_t)body.n};
    uint8_t copy[ROOM];

    assert_true(body.n <= sizeof copy);
    memcpy(copy, body.p, body.n);
    hc_buf_add(out, hc_bytes_of(head, sizeof head));
    hc_buf_add(out, hc_bytes_of(copy, body.n));
}

/* An odd one of so many bits. */
static void put_number(struct hc_buf *out, int bits)
{
    BIGNUM *n = BN_new();
    uint8_t bytes[ROOM / 2] = {0};
    int size;

    assert_int_equal(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD), 1);
    size = BN_bn2bin(n, bytes + 1);
    put(out, 2, hc_bytes_of(bytes, (size_t)size + 1));
    BN_free(n);
}

static struct hc_rc read_under(const char *label, struct hc_bytes der, struct hc_err *e)
{
    BIO *bio = BIO_new(BIO_s_mem());
    HC_AUTO(hc_key) key = NULL;
    char *text = NULL;
    struct hc_rc rc;

    assert_true(PEM_write_bio(bio, label, "", der.p, (long)der.n) > 0);
    long n = BIO_get_mem_data(bio, &text);
    rc = hc_key_from_pem(c, hc_bytes_of(text, (size_t)n), NULL, &key, e);
    BIO_free(bio);
    return rc;
}

/* ---- tests ---- */

/* libcrypto computes g^x mod p while it decodes: of these numbers for hours. */
static void dsa_is_refused_before_it_is_decoded(void **state)
{
    static const char *const labels[] = {"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"};
    HC_BUF_AUTO(parameters, ROOM);
    HC_BUF_AUTO(algorithm, ROOM);
    HC_BUF_AUTO(secret, ROOM);
    HC_BUF_AUTO(body, ROOM);
    HC_BUF_AUTO(der, ROOM);
    struct hc_err e = {0};

    (void)state;
    put_number(&parameters, 150000);
    put_number(&parameters, 256);
    put_number(&parameters, 149000);
    hc_buf_add(&algorithm, HC_BYTES("\x06\x07\x2a\x86\x48\xce\x38\x04\x01"));
    put(&algorithm, 0x30, hc_buf_view(&parameters));
    put_number(&secret, 40000);
    hc_buf_add(&body, HC_BYTES("\x02\x01\x00"));
    put(&body, 0x30, hc_buf_view(&algorithm));
    put(&body, 0x04, hc_buf_view(&secret));
    put(&der, 0x30, hc_buf_view(&body));
    for (size_t i = 0; i < HC_COUNT(labels); i++) {
        expect_fail(&e, read_under(labels[i], hc_buf_view(&der), &e), HC_E_CERT_WEAK_KEY);
        assert_non_null(strstr(e.text, "dsaEncryption"));
    }
}

/* Whether a number of 100,000 bits is a prime takes hours to say. */
static void rsa_primes_longer_than_the_modulus_are_not_tried(void **state)
{
    static const int bits[][5] = {
        /* d, p, q, dp, dq; the modulus has 2048 */
        {2047, 100000, 1024, 1000, 1000},
        {2047, 1024, 100000, 1000, 1000},
        {200000, 1024, 1024, 1000, 1000},
        {2047, 1024, 1024, 1000, 100000},
    };
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bits); i++) {
        HC_BUF_AUTO(body, ROOM);
        HC_BUF_AUTO(der, ROOM);

        hc_buf_add(&body, HC_BYTES("\x02\x01\x00"));
        put_number(&body, 2048);
        hc_buf_add(&body, HC_BYTES("\x02\x03\x01\x00\x01"));
        for (size_t j = 0; j < 5; j++)
            put_number(&body, bits[i][j]);
        put_number(&body, 1000);
        put(&der, 0x30, hc_buf_view(&body));
        expect_fail(&e, read_under("RSA PRIVATE KEY", hc_buf_view(&der), &e), HC_E_KEY_FORMAT);
        assert_non_null(strstr(e.text, "does not fit the public key"));
    }
}

/* The modulus of one key, the rest of another. */
static void rsa_key_with_another_modulus_is_refused(void **state)
{
    EVP_PKEY *a = certs_key("RSA2048"), *b = certs_key("RSA2048");
    uint8_t *der_a = NULL, *der_b = NULL;
    int n_a = i2d_PrivateKey(a, &der_a), n_b = i2d_PrivateKey(b, &der_b);
    struct hc_err e = {0};

    (void)state;
    assert_true(n_a > 300 && n_b > 300);
    expect_ok(&e, read_under("RSA PRIVATE KEY", hc_bytes_of(der_a, (size_t)n_a), &e));
    memcpy(der_a + 12, der_b + 12, 256); /* behind SEQUENCE, version and the modulus's own header */
    expect_fail(&e, read_under("RSA PRIVATE KEY", hc_bytes_of(der_a, (size_t)n_a), &e), HC_E_KEY_FORMAT);
    OPENSSL_free(der_a);
    OPENSSL_free(der_b);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dsa_is_refused_before_it_is_decoded),
        cmocka_unit_test(rsa_primes_longer_than_the_modulus_are_not_tried),
        cmocka_unit_test(rsa_key_with_another_modulus_is_refused),
    };

    return cmocka_run_group_tests_name("crypto/key_check", tests, set_up, tear_down);
}

/* test_spki.c */
#include "certs.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "crypto/spki.h"

static struct hc_crypto *c;

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    return hc_failed(hc_crypto_new(&c, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(c);
    return 0;
}

static void expect_strength(EVP_PKEY *key, enum hc_code want)
{
    struct hc_bytes spki = certs_spki(key);
    struct hc_err e = {0};

    if (want == HC_OK_CODE)
        expect_ok(&e, hc_spki_strength(c, spki, &e));
    else
        expect_fail(&e, hc_spki_strength(c, spki, &e), want);
    assert_int_equal(ERR_peek_error(), 0);
    free((void *)(uintptr_t)spki.p);
    EVP_PKEY_free(key);
}

static void strong_keys_are_accepted(void **state)
{
    (void)state;
    expect_strength(certs_key("P-256"), HC_OK_CODE);
    expect_strength(certs_key("P-384"), HC_OK_CODE);
    expect_strength(certs_key("P-521"), HC_OK_CODE);
    expect_strength(certs_key("ED25519"), HC_OK_CODE);
    expect_strength(certs_key("RSA2048"), HC_OK_CODE);
}

static void weak_and_foreign_keys_are_refused(void **state)
{
    (void)state;
    expect_strength(certs_key("RSA1024"), HC_E_CERT_WEAK_KEY);
    expect_strength(certs_key("secp224r1"), HC_E_CERT_WEAK_KEY);
    expect_strength(certs_key("secp256k1"), HC_E_CERT_WEAK_KEY);
    expect_strength(certs_key("brainpoolP256r1"), HC_E_CERT_WEAK_KEY);
    expect_strength(certs_key("ED448"), HC_E_CERT_WEAK_KEY);
    expect_strength(certs_key("X25519"), HC_E_CERT_WEAK_KEY);
}

/* A public key whose modulus has exactly so many bits; nobody has to know its factors. */
static EVP_PKEY *rsa_public(int bits, const char *hex_exponent)
{
    BIGNUM *n = BN_new(), *exponent = NULL;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params;
    EVP_PKEY *key = NULL;

    BN_set_bit(n, bits - 1);
    BN_set_bit(n, 0);
    assert_true(BN_hex2bn(&exponent, hex_exponent) > 0);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    assert_int_equal(EVP_PKEY_get_bits(key), bits);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_BLD_free(builder);
    BN_free(exponent);
    BN_free(n);
    return key;
}

static void rsa_keys_too_short_too_long_or_odd_are_refused(void **state)
{
    (void)state;
    expect_strength(rsa_public(2040, "10001"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(2047, "10001"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(2048, "10001"), HC_OK_CODE);
    expect_strength(rsa_public(2049, "10001"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(8192, "10001"), HC_OK_CODE);
    expect_strength(rsa_public(8200, "10001"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(16384, "10001"), HC_E_CERT_WEAK_KEY);
}

static void rsa_exponents_that_forge_or_stall_are_refused(void **state)
{
    (void)state;
    expect_strength(rsa_public(2048, "1"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(2048, "2"), HC_E_CERT_WEAK_KEY);
    expect_strength(rsa_public(2048, "3"), HC_OK_CODE);
    expect_strength(rsa_public(2048, "FFFFFFFFFFFFFFFF"), HC_OK_CODE);
    expect_strength(rsa_public(2048, "10000000000000001"), HC_E_CERT_WEAK_KEY);
}

static void curve_with_explicit_parameters_is_refused(void **state)
{
    EVP_PKEY *key = certs_key("P-256");

    (void)state;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
    expect_strength(key, HC_E_CERT_WEAK_KEY);
}

static void what_is_no_key_is_refused(void **state)
{
    EVP_PKEY *key = certs_key("P-256");
    struct hc_bytes spki = certs_spki(key);
    struct hc_err e = {0};
    HC_BUF_AUTO(longer, HC_SPKI_MAX + 1);

    (void)state;
    expect_fail(&e, hc_spki_strength(c, HC_BYTES(""), &e), HC_E_CERT_WEAK_KEY);
    expect_fail(&e, hc_spki_strength(c, HC_BYTES("rubbish"), &e), HC_E_CERT_WEAK_KEY);
    for (size_t n = 0; n < spki.n; n++)
        expect_fail(&e, hc_spki_strength(c, hc_bytes_head(spki, n), &e), HC_E_CERT_WEAK_KEY);
    hc_buf_add(&longer, spki);
    hc_buf_add_byte(&longer, 0);
    expect_fail(&e, hc_spki_strength(c, hc_buf_view(&longer), &e), HC_E_CERT_WEAK_KEY);
    memset(hc_buf_reserve(&longer, HC_SPKI_MAX + 1 - longer.n), 0, HC_SPKI_MAX + 1 - longer.n);
    longer.n = HC_SPKI_MAX + 1;
    expect_fail(&e, hc_spki_strength(c, hc_buf_view(&longer), &e), HC_E_CERT_WEAK_KEY);
    free((void *)(uintptr_t)spki.p);
    EVP_PKEY_free(key);
    assert_int_equal(ERR_peek_error(), 0);
}

/* ---- signatures: made by libcrypto in the form of certificates, verified here from their parts ---- */

struct sample {
    struct hc_bytes spki;
    struct hc_signed what;
    uint8_t *tbs, *alg;
    X509 *x;
    EVP_PKEY *key;
};

/* `pss_salt` below 0: not PSS. */
static struct sample sample(const char *kind, const EVP_MD *md, int pss_salt, const EVP_MD *mgf)
{
    struct sample s = {.key = certs_key(kind)};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    const ASN1_BIT_STRING *sig = NULL;
    const X509_ALGOR *alg = NULL;
    int n;

    s.x = certs_make(&(struct certs_spec){.name = "x", .key = s.key});
    assert_int_equal(EVP_DigestSignInit(ctx, &options, md, NULL, s.key), 1);
    if (pss_salt >= 0) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, pss_salt), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(options, mgf), 1);
    }
    assert_true(X509_sign_ctx(s.x, ctx) > 0);
    EVP_MD_CTX_free(ctx);
    X509_get0_signature(&sig, &alg, s.x);
    n = i2d_re_X509_tbs(s.x, &s.tbs);
    s.what.message = hc_bytes_of(s.tbs, (size_t)n);
    n = i2d_X509_ALGOR(alg, &s.alg);
    s.what.algorithm = hc_bytes_of(s.alg, (size_t)n);
    s.what.signature = hc_bytes_of(ASN1_STRING_get0_data(sig), (size_t)ASN1_STRING_length(sig));
    s.spki = certs_spki(s.key);
    return s;
}

static void sample_fini(struct sample *s)
{
    OPENSSL_free(s->tbs);
    OPENSSL_free(s->alg);
    X509_free(s->x);
    EVP_PKEY_free(s->key);
    free((void *)(uintptr_t)s->spki.p);
}

static void expect_verdict(struct sample s, enum hc_code want)
{
    struct hc_err e = {0};

    if (want == HC_OK_CODE)
        expect_ok(&e, hc_spki_verify(c, s.spki, &s.what, &e));
    else
        expect_fail(&e, hc_spki_verify(c, s.spki, &s.what, &e), want);
    assert_int_equal(ERR_peek_error(), 0);
    sample_fini(&s);
}

static void sound_signatures_verify(void **state)
{
    (void)state;
    expect_verdict(sample("P-256", EVP_sha256(), -1, NULL), HC_OK_CODE);
    expect_verdict(sample("P-384", EVP_sha384(), -1, NULL), HC_OK_CODE);
    expect_verdict(sample("P-521", EVP_sha512(), -1, NULL), HC_OK_CODE);
    expect_verdict(sample("ED25519", NULL, -1, NULL), HC_OK_CODE);
    expect_verdict(sample("RSA2048", EVP_sha256(), -1, NULL), HC_OK_CODE);
    expect_verdict(sample("RSA2048", EVP_sha512(), -1, NULL), HC_OK_CODE);
    expect_verdict(sample("RSA2048", EVP_sha256(), 32, EVP_sha256()), HC_OK_CODE);
    expect_verdict(sample("RSA2048", EVP_sha384(), 48, EVP_sha384()), HC_OK_CODE);
}

/* The digest of the message instead of the message, made in two pieces with the hash that the algorithm names. */
static struct hc_rc verify_digest(struct sample *s, struct hc_err *e)
{
    HC_AUTO(hc_hash) hash = NULL;
    struct hc_signed what = s->what;
    enum hc_hash_kind kind;
    uint8_t digest[HC_HASH_MAX];

    HC_TRY(e, hc_spki_hash(what.algorithm, &kind, e));
    if (kind == HC_HASH_NONE)
        return hc_spki_verify_digest(c, s->spki, &what, e);
    HC_TRY(e, hc_hash_new(kind, &hash, e));
    hc_hash_add(hash, hc_bytes_head(what.message, 7));
    hc_hash_add(hash, hc_bytes_skip(what.message, 7));
    what.message = hc_bytes_of(digest, hc_hash_end(hash, digest));
    return hc_spki_verify_digest(c, s->spki, &what, e);
}

static void digests_made_while_reading_verify_as_the_message_does(void **state)
{
    struct sample samples[] = {
        sample("P-256", EVP_sha256(), -1, NULL),           sample("P-384", EVP_sha384(), -1, NULL),
        sample("P-521", EVP_sha512(), -1, NULL),           sample("RSA2048", EVP_sha256(), -1, NULL),
        sample("RSA2048", EVP_sha512(), -1, NULL),         sample("RSA2048", EVP_sha256(), 32, EVP_sha256()),
        sample("RSA2048", EVP_sha384(), 48, EVP_sha384()),
    };
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(samples); i++) {
        expect_ok(&e, verify_digest(&samples[i], &e));
        expect_fail(&e, hc_spki_verify_digest(c, samples[i].spki, &samples[i].what, &e), HC_E_BAD_SIGNATURE);
        samples[i].tbs[9] ^= 1;
        expect_fail(&e, verify_digest(&samples[i], &e), HC_E_BAD_SIGNATURE);
        sample_fini(&samples[i]);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void digest_is_not_enough_for_ed25519_nor_for_weak_algorithms(void **state)
{
    struct sample ed = sample("ED25519", NULL, -1, NULL), weak = sample("P-256", EVP_sha1(), -1, NULL);
    struct sample small = sample("RSA1024", EVP_sha256(), -1, NULL), rsa = sample("RSA2048", EVP_sha256(), -1, NULL);
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, verify_digest(&ed, &e), HC_E_BAD_SIGNATURE);
    expect_fail(&e, verify_digest(&weak, &e), HC_E_CERT_WEAK_SIGNATURE);
    expect_fail(&e, verify_digest(&small, &e), HC_E_CERT_WEAK_KEY);
    rsa.what.message = hc_bytes_head(rsa.what.message, 31);
    expect_fail(&e, hc_spki_verify_digest(c, rsa.spki, &rsa.what, &e), HC_E_BAD_SIGNATURE);
    sample_fini(&ed);
    sample_fini(&weak);
    sample_fini(&small);
    sample_fini(&rsa);
}

static void weak_algorithms_are_refused(void **state)
{
    (void)state;
    expect_verdict(sample("P-256", EVP_sha1(), -1, NULL), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("P-256", EVP_sha224(), -1, NULL), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("RSA2048", EVP_sha1(), -1, NULL), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("RSA2048", EVP_md5(), -1, NULL), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("RSA2048", EVP_sha1(), 20, EVP_sha1()), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("RSA2048", EVP_sha256(), 32, EVP_sha1()), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("RSA2048", EVP_sha256(), 20, EVP_sha256()), HC_E_CERT_WEAK_SIGNATURE);
    expect_verdict(sample("ED448", NULL, -1, NULL), HC_E_CERT_WEAK_SIGNATURE);
}

static void signatures_of_weak_keys_are_refused(void **state)
{
    (void)state;
    expect_verdict(sample("RSA1024", EVP_sha256(), -1, NULL), HC_E_CERT_WEAK_KEY);
    expect_verdict(sample("secp224r1", EVP_sha256(), -1, NULL), HC_E_CERT_WEAK_KEY);
    expect_verdict(sample("secp256k1", EVP_sha256(), -1, NULL), HC_E_CERT_WEAK_KEY);
}

static void every_changed_byte_of_the_message_breaks_the_signature(void **state)
{
    struct sample s = sample("ED25519", NULL, -1, NULL);
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < s.what.message.n; i++) {
        s.tbs[i] ^= 1;
        expect_fail(&e, hc_spki_verify(c, s.spki, &s.what, &e), HC_E_BAD_SIGNATURE);
        s.tbs[i] ^= 1;
    }
    expect_ok(&e, hc_spki_verify(c, s.spki, &s.what, &e));
    sample_fini(&s);
}

static void cut_empty_and_foreign_signatures_are_refused(void **state)
{
    struct sample s = sample("P-256", EVP_sha256(), -1, NULL), other = sample("P-256", EVP_sha256(), -1, NULL);
    struct sample rsa = sample("RSA2048", EVP_sha256(), -1, NULL);
    struct hc_signed what = s.what;
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_spki_verify(c, other.spki, &what, &e), HC_E_BAD_SIGNATURE);
    expect_fail(&e, hc_spki_verify(c, rsa.spki, &what, &e), HC_E_BAD_SIGNATURE);
    what.signature = hc_bytes_head(s.what.signature, 10);
    expect_fail(&e, hc_spki_verify(c, s.spki, &what, &e), HC_E_BAD_SIGNATURE);
    what.signature = (struct hc_bytes){NULL, 0};
    expect_fail(&e, hc_spki_verify(c, s.spki, &what, &e), HC_E_BAD_SIGNATURE);
    what =
        (struct hc_signed){.algorithm = rsa.what.algorithm, .message = s.what.message, .signature = s.what.signature};
    expect_fail(&e, hc_spki_verify(c, s.spki, &what, &e), HC_E_BAD_SIGNATURE);
    sample_fini(&s);
    sample_fini(&other);
    sample_fini(&rsa);
    assert_int_equal(ERR_peek_error(), 0);
}

static void unreadable_algorithms_are_refused(void **state)
{
    static const struct hc_bytes bad[] = {
        HC_BYTES(""),
        HC_BYTES("\x30\x00"),
        HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03"),                 /* cut */
        HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x00"),         /* a byte left over */
        HC_BYTES("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"),     /* NULL after ECDSA [RFC 5758 3.2] */
        HC_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x05\x00"), /* PSS without its parameters */
        HC_BYTES("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
        HC_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x00"), /* PSS with its defaults: SHA-1 */
        HC_BYTES("\x30\x04\x06\x02\x2a\x03"),                                     /* 1.2.3 */
    };
    struct sample s = sample("P-256", EVP_sha256(), -1, NULL);
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        s.what.algorithm = bad[i];
        expect_fail(&e, hc_spki_verify(c, s.spki, &s.what, &e), HC_E_CERT_WEAK_SIGNATURE);
    }
    sample_fini(&s);
    assert_int_equal(ERR_peek_error(), 0);
}

static void rsa_without_the_null_parameter_verifies(void **state)
{
    struct sample s = sample("RSA2048", EVP_sha256(), -1, NULL);

    (void)state;
    s.what.algorithm = HC_BYTES("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b");
    expect_verdict(s, HC_OK_CODE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strong_keys_are_accepted),
        cmocka_unit_test(weak_and_foreign_keys_are_refused),
        cmocka_unit_test(rsa_keys_too_short_too_long_or_odd_are_refused),
        cmocka_unit_test(rsa_exponents_that_forge_or_stall_are_refused),
        cmocka_unit_test(curve_with_explicit_parameters_is_refused),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(sound_signatures_verify),
        cmocka_unit_test(digests_made_while_reading_verify_as_the_message_does),
        cmocka_unit_test(digest_is_not_enough_for_ed25519_nor_for_weak_algorithms),
        cmocka_unit_test(weak_algorithms_are_refused),
        cmocka_unit_test(signatures_of_weak_keys_are_refused),
        cmocka_unit_test(every_changed_byte_of_the_message_breaks_the_signature),
        cmocka_unit_test(cut_empty_and_foreign_signatures_are_refused),
        cmocka_unit_test(unreadable_algorithms_are_refused),
        cmocka_unit_test(rsa_without_the_null_parameter_verifies),
    };

    return cmocka_run_group_tests_name("crypto/spki", tests, set_up, tear_down);
}

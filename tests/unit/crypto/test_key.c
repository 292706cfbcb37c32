/* test_key.c */
#include "certs.h"

#include <openssl/err.h>

#include "crypto/key.h"
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

static const enum hc_key_kind kinds[] = {HC_KEY_P256, HC_KEY_P384, HC_KEY_P521, HC_KEY_ED25519, HC_KEY_RSA};

static void every_kind_signs_what_its_public_half_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        HC_AUTO(hc_key) key = NULL;
        HC_BUF_AUTO(spki, HC_SPKI_MAX);
        HC_BUF_AUTO(sig, HC_KEY_SIGNATURE_MAX);
        struct hc_signed what = {.message = HC_BYTES("to be signed")};

        expect_ok(&e, hc_key_generate(c, kinds[i], &key, &e));
        assert_int_equal(hc_key_kind(key), kinds[i]);
        expect_ok(&e, hc_key_spki(key, &spki, &e));
        expect_ok(&e, hc_key_sign(key, what.message, &sig, &e));
        what.algorithm = hc_key_signature_algorithm(key);
        what.signature = hc_buf_view(&sig);
        expect_ok(&e, hc_spki_verify(c, hc_buf_view(&spki), &what, &e));
        what.message = HC_BYTES("to be s1gned");
        expect_fail(&e, hc_spki_verify(c, hc_buf_view(&spki), &what, &e), HC_E_BAD_SIGNATURE);
        assert_non_null(hc_key_evp(key));
    }
    assert_int_equal(ERR_peek_error(), 0);
}

/* As hc_spki_verify does with the key as a certificate carries it. */
static void expect_same_verdict(const struct hc_key *key, const struct hc_signed *what, enum hc_code want)
{
    struct hc_err e = {0};
    HC_BUF_AUTO(spki, HC_SPKI_MAX);

    expect_ok(&e, hc_key_spki(key, &spki, &e));
    if (want == HC_OK_CODE) {
        expect_ok(&e, hc_key_verify(key, what, &e));
        expect_ok(&e, hc_spki_verify(c, hc_buf_view(&spki), what, &e));
        return;
    }
    expect_fail(&e, hc_key_verify(key, what, &e), want);
    expect_fail(&e, hc_spki_verify(c, hc_buf_view(&spki), what, &e), want);
    assert_int_equal(ERR_peek_error(), 0);
}

static void a_key_verifies_what_it_signed_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        HC_AUTO(hc_key) key = NULL;
        HC_AUTO(hc_key) other = NULL;
        HC_BUF_AUTO(sig, HC_KEY_SIGNATURE_MAX);
        struct hc_signed what = {.message = HC_BYTES("to be signed")};

        expect_ok(&e, hc_key_generate(c, kinds[i], &key, &e));
        expect_ok(&e, hc_key_generate(c, kinds[i] == HC_KEY_RSA ? HC_KEY_P256 : kinds[i], &other, &e));
        expect_ok(&e, hc_key_sign(key, what.message, &sig, &e));
        what.algorithm = hc_key_signature_algorithm(key);
        what.signature = hc_buf_view(&sig);
        expect_same_verdict(key, &what, HC_OK_CODE);
        expect_same_verdict(other, &what, HC_E_BAD_SIGNATURE);
        what.message = HC_BYTES("to be s1gned");
        expect_same_verdict(key, &what, HC_E_BAD_SIGNATURE);
        what.message = HC_BYTES("to be signed");
        sig.p[sig.n / 2] ^= 1; /* the fault that verifying is there for */
        expect_same_verdict(key, &what, HC_E_BAD_SIGNATURE);
        sig.p[sig.n / 2] ^= 1;
        what.signature.n--;
        expect_same_verdict(key, &what, HC_E_BAD_SIGNATURE);
        what.signature = (struct hc_bytes){NULL, 0};
        expect_same_verdict(key, &what, HC_E_BAD_SIGNATURE);
    }
}

static void a_key_verifies_only_by_accepted_algorithms(void **state)
{
    static const struct {
        struct hc_bytes algorithm;
        enum hc_code code;
    } cases[] = {
        {HC_BYTES(""), HC_E_CERT_WEAK_SIGNATURE},
        {HC_BYTES("\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x04\x01"), HC_E_CERT_WEAK_SIGNATURE}, /* ECDSA with SHA-1 */
        {HC_BYTES("\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00"), HC_E_CERT_WEAK_SIGNATURE},
        {HC_BYTES("\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"),
         HC_E_BAD_SIGNATURE},                                           /* with SHA-384: another hash */
        {HC_BYTES("\x30\x05\x06\x03\x2b\x65\x70"), HC_E_BAD_SIGNATURE}, /* another kind of key */
        {HC_BYTES("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"), HC_E_BAD_SIGNATURE},
    };
    struct hc_signed what = {.message = HC_BYTES("to be signed")};
    HC_BUF_AUTO(sig, HC_KEY_SIGNATURE_MAX);
    HC_AUTO(hc_key) key = NULL;
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &key, &e));
    expect_ok(&e, hc_key_sign(key, what.message, &sig, &e));
    what.signature = hc_buf_view(&sig);
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        what.algorithm = cases[i].algorithm;
        expect_same_verdict(key, &what, cases[i].code);
    }
}

static void generated_rsa_has_3072_bits(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_key) key = NULL;

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_RSA, &key, &e));
    assert_int_equal(EVP_PKEY_get_bits(hc_key_evp(key)), 3072);
}

static void key_matches_its_own_public_half_and_no_other(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_key) a = NULL;
    HC_AUTO(hc_key) b = NULL;
    HC_BUF_AUTO(spki, HC_SPKI_MAX);

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &a, &e));
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &b, &e));
    expect_ok(&e, hc_key_spki(a, &spki, &e));
    assert_true(hc_key_matches_spki(a, hc_buf_view(&spki)));
    assert_false(hc_key_matches_spki(b, hc_buf_view(&spki)));
    assert_false(hc_key_matches_spki(a, HC_BYTES("")));
    assert_false(hc_key_matches_spki(a, HC_BYTES("rubbish")));
    hc_buf_add_byte(&spki, 0);
    assert_false(hc_key_matches_spki(a, hc_buf_view(&spki)));
    assert_int_equal(ERR_peek_error(), 0);
}

static void signature_that_does_not_fit_the_buffer_is_refused(void **state)
{
    struct hc_err e = {0};
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(sig, 8);

    (void)state;
    expect_ok(&e, hc_key_generate(c, HC_KEY_P256, &key, &e));
    expect_fail(&e, hc_key_sign(key, HC_BYTES("x"), &sig, &e), HC_E_TOO_BIG);
    assert_int_equal(sig.n, 0);
}

static struct hc_rc all(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(out, 4096);
    HC_BUF_AUTO(sig, 4096);

    (void)ctx;
    HC_TRY(e, hc_key_generate(c, HC_KEY_ED25519, &key, e));
    HC_TRY(e, hc_key_spki(key, &out, e));
    return hc_key_sign(key, HC_BYTES("x"), &sig, e);
}

static void kinds_have_words_that_people_write(void **state)
{
    static const struct {
        const char *word;
        enum hc_key_kind kind;
    } good[] = {{"p256", HC_KEY_P256},       {"P-256", HC_KEY_P256},      {"p384", HC_KEY_P384},
                {"ed25519", HC_KEY_ED25519}, {"Ed25519", HC_KEY_ED25519}, {"rsa3072", HC_KEY_RSA}};
    static const char *const bad[] = {"", "-", "p", "p25", "p2566", "p521", "rsa", "rsa2048", "ed448", "p256 "};
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(good); i++) {
        enum hc_key_kind kind = HC_KEY_P521;

        expect_ok(&e, hc_key_kind_parse(hc_bytes_str(good[i].word), &kind, &e));
        assert_int_equal(kind, good[i].kind);
    }
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        enum hc_key_kind kind = HC_KEY_P521;

        expect_fail(&e, hc_key_kind_parse(hc_bytes_str(bad[i]), &kind, &e), HC_E_USAGE);
        assert_int_equal(kind, HC_KEY_P521);
    }
    assert_non_null(strstr(e.text, "p256, p384, ed25519 or rsa3072"));
}

static void the_kind_is_read_from_a_public_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct hc_err e = {0};
        HC_AUTO(hc_key) key = NULL;
        HC_BUF_AUTO(spki, HC_SPKI_MAX);

        expect_ok(&e, hc_key_generate(c, kinds[i], &key, &e));
        expect_ok(&e, hc_key_spki(key, &spki, &e));
        assert_int_equal(hc_key_kind_of(hc_buf_view(&spki)), kinds[i]);
    }
    assert_int_equal(hc_key_kind_of((struct hc_bytes){NULL, 0}), HC_KEY_RSA);
    assert_string_equal(hc_key_kind_text(HC_KEY_P521), "P-521");
    assert_string_equal(hc_key_kind_text(HC_KEY_RSA), "RSA");
}

static void keys_survive_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(all, NULL) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_signs_what_its_public_half_verifies),
        cmocka_unit_test(a_key_verifies_what_it_signed_and_nothing_else),
        cmocka_unit_test(a_key_verifies_only_by_accepted_algorithms),
        cmocka_unit_test(generated_rsa_has_3072_bits),
        cmocka_unit_test(key_matches_its_own_public_half_and_no_other),
        cmocka_unit_test(signature_that_does_not_fit_the_buffer_is_refused),
        cmocka_unit_test(kinds_have_words_that_people_write),
        cmocka_unit_test(the_kind_is_read_from_a_public_key),
        cmocka_unit_test(keys_survive_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/key", tests, set_up, tear_down);
}

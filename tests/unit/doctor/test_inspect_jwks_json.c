/* test_inspect_jwks_json.c - the vectors are of python3-cryptography. */
#include "../pki/testpki.h"

#include "base/escape.h"
#include "doctor/inspect_inside.h"
#include "doctor/inspect_jwks_json.h"

#define X "Ju_OvQ7p40pmkYfhizqRIrL3M5RbZJzJ-fkh6fna2BI"
#define Y "kCOL3pzHuzMNFQxncE3SWucFUgV0S28xv0BwdFhy0OY"
#define P256 "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\""

static const struct {
    const char *jwk, *spki;
} VECTORS[] = {
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"Ju_OvQ7p40pmkYfhizqRIrL3M5RbZJzJ-fkh6fna2BI\",\"y\":"
     "\"kCOL3pzHuzMNFQxncE3SWucFUgV0S28xv0BwdFhy0OY\"}",
     "3059301306072a8648ce3d020106082a8648ce3d0301070342000426efcebd0ee9e34a669187e18b3a9122b2f733945b649cc9f9f921e9f9d"
     "ad81290238bde9cc7bb330d150c67704dd25ae7055205744b6f31bf4070745872d0e6"},
    {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"6GuZXjUOTTEqlaa31djNzbRoL1iIAKHNbJcuHcsqWsONkARpUbA8yzsXmon9qIsb\","
     "\"y\":\"SFufLB9EsN1Bzm48OmkLv6q-weH_Su-yRh_dpmKb7L1Dz3TBPYwaFiVhIkPwBGFI\"}",
     "3076301006072a8648ce3d020106052b8104002203620004e86b995e350e4d312a95a6b7d5d8cdcdb4682f588800a1cd6c972e1dcb2a5ac38"
     "d90046951b03ccb3b179a89fda88b1b485b9f2c1f44b0dd41ce6e3c3a690bbfaabec1e1ff4aefb2461fdda6629becbd43cf74c13d8c1a1625"
     "612243f0046148"},
    {"{\"kty\":\"EC\",\"crv\":\"P-521\",\"x\":\"AAdsofqWE6cOiyzs2PZId5aOMrkbFs1lFmykSxQ5iDqRniY8Cc_y9_"
     "Oedw69qQV9LxGYgEocFg8LuZ65rm-rKPeL\",\"y\":\"ALMSH-"
     "VPjoPZvepkPo96AftuB5HU1FmsW6HqQ0uH0ta51kdqX1Ie4Pa43jzk80dGYCNfiCQMp9DdulmgfUk2kr1r\"}",
     "30819b301006072a8648ce3d020106052b81040023038186000400076ca1fa9613a70e8b2cecd8f64877968e32b91b16cd65166ca44b14398"
     "83a919e263c09cff2f7f39e770ebda9057d2f1198804a1c160f0bb99eb9ae6fab28f78b00b3121fe54f8e83d9bdea643e8f7a01fb6e0791d4"
     "d459ac5ba1ea434b87d2d6b9d6476a5f521ee0f6b8de3ce4f3474660235f88240ca7d0ddba59a07d493692bd6b"},
    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg\"}",
     "302a300506032b657003210003a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"},
};

static struct hc_inspect_jwks read(const char *text)
{
    struct hc_inspect_jwks jwks;
    struct hc_err e;

    expect_ok(&e, hc_inspect_jwks_json_read(hc_bytes_str(text), &jwks, &e));
    return jwks;
}

static void jwks_gives_the_public_keys_that_others_give(void **state)
{
    (void)state;
    for (size_t i = 0; i < HC_COUNT(VECTORS); i++) {
        struct hc_inspect_jwks jwks = read(VECTORS[i].jwk);
        HC_BUF_AUTO(hex, 4096);

        assert_int_equal(jwks.n, 1);
        hc_escape_hex(&hex, hc_buf_view(&jwks.key[0].spki), 0);
        assert_string_equal(hc_buf_cstr(&hex), VECTORS[i].spki);
        assert_false(jwks.key[0].secret);
        hc_inspect_jwks_json_fini(&jwks);
    }
}

static void jwks_reads_rsa_and_names(void **state)
{
    struct hc_inspect_jwks jwks =
        read("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"gAE\",\"e\":\"AQAB\",\"alg\":\"RS256\"}]}");

    (void)state;
    assert_int_equal(jwks.n, 1);
    assert_true(hc_bytes_eq_str(hc_buf_view(&jwks.key[0].kid), "one"));
    expect_bytes(hc_buf_view(&jwks.key[0].spki),
                 "\x30\x1e\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\x0d\x00\x30\x0a\x02\x03\x00"
                 "\x80\x01\x02\x03\x01\x00\x01");
    hc_inspect_jwks_json_fini(&jwks);
}

static void jwks_says_why_a_key_cannot_be_read(void **state)
{
    static const struct {
        const char *jwk, *why;
    } bad[] = {
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}", "the curve 'secp256k1' is not known"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", "has 3 bytes; this curve's have 32"},
        {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}", "no member 'y'"},
        {"{\"kty\":\"RSA\",\"n\":\"!\",\"e\":\"AQAB\"}", "'n' is not base64url"},
        {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}", "the curve 'X25519' is not known"},
        {"{\"kty\":\"XY\"}", "a key of the type 'XY'"},
        {"{" P256 ",\"x5c\":[\"!\"]}", "'x5c' is not base64"},
        {"{\"keys\":[7]}", "not a key"},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        struct hc_inspect_jwks jwks = read(bad[i].jwk);

        assert_int_equal(jwks.n, 1);
        assert_int_equal(jwks.key[0].refused.code, HC_E_JWKS);
        if (!strstr(jwks.key[0].refused.text, bad[i].why))
            fail_msg("%s", jwks.key[0].refused.text);
        hc_inspect_jwks_json_fini(&jwks);
    }
}

/* Eight megabytes of empty arrays would take more than half a gigabyte. */
static void jwks_refuses_more_text_than_any_set_has(void **state)
{
    HC_BUF_AUTO(text, 2 * HC_INSPECT_JWKS_MAX);
    struct hc_inspect_jwks jwks;
    struct hc_err e;

    (void)state;
    hc_buf_add_str(&text, "[");
    while (text.n < HC_INSPECT_JWKS_MAX)
        hc_buf_add_str(&text, "[],");
    hc_buf_add_str(&text, "1]");
    expect_fail(&e, hc_inspect_jwks_json_read(hc_buf_view(&text), &jwks, &e), HC_E_TOO_BIG);
    assert_int_equal(jwks.n, 0);
}

static void jwks_refuses_what_is_no_set(void **state)
{
    static const char *const bad[] = {"{",  "{}", "[]", "[1]", "{\"keys\":1}", "{\"keys\":[}", "{\"a\":1,\"a\":2}",
                                      "nul"};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        struct hc_inspect_jwks jwks;
        struct hc_err e;

        expect_fail(&e, hc_inspect_jwks_json_read(hc_bytes_str(bad[i]), &jwks, &e), HC_E_JWKS);
        assert_int_equal(jwks.n, 0);
    }
}

static void jwks_holds_no_more_than_its_bound(void **state)
{
    HC_BUF_AUTO(text, 65536);
    struct hc_inspect_jwks jwks;
    struct hc_err e;

    (void)state;
    hc_buf_add_str(&text, "{\"keys\":[");
    for (size_t i = 0; i <= HC_INSPECT_JWKS_KEYS; i++)
        hc_buf_add_str(&text, i ? ",{}" : "{}");
    hc_buf_add_str(&text, "]}");
    expect_fail(&e, hc_inspect_jwks_json_read(hc_buf_view(&text), &jwks, &e), HC_E_JWKS);
}

static void inspect_calls_a_private_jwk_a_secret_and_never_shows_it(void **state)
{
    HC_AUTO(hc_crypto) c = NULL;
    HC_AUTO(hc_inspection) in = NULL;
    HC_BUF_AUTO(out, 1 << 20);
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&c, &e));
    expect_ok(&e, hc_inspection_new(c, 0, &in, &e));
    expect_ok(&e, hc_inspection_add(in, "jwks.json",
                                    HC_BYTES("{\"keys\":[{" P256 ",\"d\":\"QUJDREVGR0g\",\"kid\":\"mine\"},"
                                             "{\"kty\":\"oct\",\"k\":\"SElKS0xNTk8\"}]}"),
                                    NULL, &e));
    assert_int_equal(hc_inspection_count(in), 2);
    assert_int_equal(in->item[0]->kind, HC_INSPECT_PRIVATE_KEY);
    assert_int_equal(in->item[1]->kind, HC_INSPECT_PRIVATE_KEY);
    assert_true(hc_inspection_is_bare(in, 0));
    hc_inspection_text(in, &out);
    hc_inspection_json(in, &out);
    assert_non_null(strstr(hc_buf_cstr(&out), "secret-published"));
    assert_non_null(strstr(hc_buf_cstr(&out), "A SECRET symmetric key"));
    assert_null(strstr(hc_buf_cstr(&out), "QUJDREVGR0g"));
    assert_null(strstr(hc_buf_cstr(&out), "SElKS0xNTk8"));
    assert_null(strstr(hc_buf_cstr(&out), "4142434445464748"));
}

static struct hc_rc read_again(void *ctx, struct hc_err *e)
{
    struct hc_inspect_jwks jwks;

    (void)ctx;
    HC_TRY(e, hc_inspect_jwks_json_read(HC_BYTES("{\"keys\":[{" P256 ",\"kid\":\"a\",\"x5c\":[\"MAA=\"]},{" P256 "}]}"),
                                        &jwks, e));
    hc_inspect_jwks_json_fini(&jwks);
    return HC_OK;
}

static void jwks_fails_cleanly_without_memory(void **state)
{
    (void)state;
    assert_true(fault_sweep(read_again, NULL) >= 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jwks_gives_the_public_keys_that_others_give),
        cmocka_unit_test(jwks_reads_rsa_and_names),
        cmocka_unit_test(jwks_says_why_a_key_cannot_be_read),
        cmocka_unit_test(jwks_refuses_what_is_no_set),
        cmocka_unit_test(jwks_refuses_more_text_than_any_set_has),
        cmocka_unit_test(jwks_holds_no_more_than_its_bound),
        cmocka_unit_test(inspect_calls_a_private_jwk_a_secret_and_never_shows_it),
        cmocka_unit_test(jwks_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests_name("doctor/inspect_jwks_json", tests, NULL, NULL);
}

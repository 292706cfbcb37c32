/* test_p12_read.c */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "base/secret.h"
#include "crypto/p12.h"
#include "crypto/p12_read.h"
#include "crypto/pbe.h"

struct kit {
    struct hc_crypto *c;
    struct hc_key *key;
    EVP_PKEY *root_key;
    struct hc_bytes root, leaf;
    struct hc_secret *pass, *wrong;
    struct hc_buf modern; /* key, leaf and root under `pass` */
};
static struct kit k;

static int set_up(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    k.root_key = certs_key("P-384");
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P256, &k.key, &e));
    k.root = certs_of_root("root", k.root_key, k.root_key, true);
    k.leaf = certs_of_root("alice", hc_key_evp(k.key), k.root_key, false);
    k.pass = certs_secret("k7mq-2fzt-9xwd-h4rp");
    k.wrong = certs_secret("wrong");
    k.modern = HC_BUF(HC_P12_MAX);
    struct hc_p12_parts parts = {.key = k.key, .leaf = k.leaf, .cas = &k.root, .n_cas = 1, .name = "alice"};
    expect_ok(&e, hc_p12_build(k.c, &parts, k.pass, &k.modern, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hc_buf_fini(&k.modern);
    free((void *)(uintptr_t)k.root.p);
    free((void *)(uintptr_t)k.leaf.p);
    hc_secret_free(k.pass);
    hc_secret_free(k.wrong);
    hc_key_free(k.key);
    EVP_PKEY_free(k.root_key);
    hc_crypto_free(k.c);
    return 0;
}

static void expect_all(const struct hc_p12_read *p12)
{
    struct hc_p12_read_key key = hc_p12_read_key(p12, 0);
    struct hc_bytes name;
    HC_BUF_AUTO(spki, 4096);
    struct hc_err e;

    assert_int_equal(hc_p12_read_certs(p12), 2);
    assert_int_equal(hc_p12_read_keys(p12), 1);
    assert_int_equal(hc_p12_read_crls(p12), 0);
    assert_int_equal(hc_p12_read_others(p12), 0);
    assert_true(hc_bytes_eq(hc_p12_read_cert(p12, 0, &name), k.leaf));
    assert_true(hc_bytes_eq_str(name, "alice"));
    assert_true(hc_bytes_eq(hc_p12_read_cert(p12, 1, NULL), k.root));
    assert_true(hc_bytes_eq_str(key.name, "alice"));
    assert_false(key.bare);
    expect_ok(&e, hc_key_spki(key.key, &spki, &e));
    assert_true(hc_key_matches_spki(k.key, hc_buf_view(&spki)));
}

static void p12_gives_key_certificates_and_names(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&k.modern), k.pass, &p12, &e));
    expect_all(p12);
}

static void p12_reads_triple_des_without_the_legacy_provider(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    HC_BUF_AUTO(old, HC_P12_MAX);
    struct hc_p12_parts parts = {
        .kind = HC_P12_IOS, .key = k.key, .leaf = k.leaf, .cas = &k.root, .n_cas = 1, .name = "alice"};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_p12_build(k.c, &parts, k.pass, &old, &e));
    expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&old), k.pass, &p12, &e));
    expect_all(p12);
}

static void p12_tells_a_missing_passphrase_from_a_wrong_one(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_p12_read_new(k.c, hc_buf_view(&k.modern), NULL, &p12, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_p12_read_new(k.c, hc_buf_view(&k.modern), k.wrong, &p12, &e), HC_E_PASSPHRASE_WRONG);
    assert_null(p12);
}

/* A file of one certificate, made by libcrypto under this passphrase; NULL: none. */
static void build_under(const char *pass, int encryption, struct hc_buf *out)
{
    const uint8_t *p = k.leaf.p;
    X509 *x = d2i_X509(NULL, &p, (long)k.leaf.n);
    PKCS12 *p12 = PKCS12_create(pass, "bob", NULL, x, NULL, encryption, encryption, 2048, 2048, 0);
    uint8_t *der = NULL;
    int n = i2d_PKCS12(p12, &der);

    assert_true(n > 0);
    hc_buf_add(out, hc_bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    PKCS12_free(p12);
    X509_free(x);
}

static void p12_opens_what_needs_no_passphrase_though_one_is_given(void **state)
{
    static const char *const none[] = {NULL, ""};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(none); i++) {
        HC_AUTO(hc_p12_read) without = NULL;
        HC_AUTO(hc_p12_read) with = NULL;
        HC_BUF_AUTO(file, HC_P12_MAX);
        struct hc_err e;

        build_under(none[i], i == 0 ? -1 : NID_aes_256_cbc, &file);
        expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&file), NULL, &without, &e));
        expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&file), k.wrong, &with, &e));
        assert_int_equal(hc_p12_read_certs(without), 1);
        assert_int_equal(hc_p12_read_certs(with), 1);
    }
}

/* openssl pkcs12 -export -legacy -passout pass:secret: the certificate under RC2 of 40 bits. */
static const char RC2[] =
    "308203720201033082033806092a864886f70d010701a082032904820325308203213082021706092a864886f70d010706a08202083082"
    "0204020100308201fd06092a864886f70d010701301c060a2a864886f70d010c0106300e040800a8fc13ffdd560602020800808201d0d4"
    "d91ff81ae2700edeb9a2d7127a3f9e7aaabf5ade6fe8f1652f0483a9cba0621294d0e300d445137fb4fcf134429258e494e6aaa4ecb411"
    "12fc0981a59aa77477ab4284378756b33718cada114625b4f62a529526d010191f6665876c686946f56e3f6e641527b0d3af312de5fde3"
    "cf5932296e3f8805fd2b559699845dd47b536a9624c356154bbdeb82eb3b5b12b695f6a6c4d1faed111087912855d7d8a6dc498c488323"
    "abb21570e7aac8d951e580f8430d7557d04c96512281af90f657944fea128a46e7c603f1b4f5408dc299fa7cc774624f9bc9d56a26a10c"
    "3e4874d8d391f14fbb4773d733c22d654cc0cdebb42a8b2640da1aca0a0b8efbf8330eb0114a7d590cc98f30ef4ae6b0cf8cf5cd202b90"
    "d4bc950a42fc1f4c51d9def079b735124c74cde958ae4f1ead47c067df4427c91935202b7f5d7523d7d77dc8d4209c651f7cdf3bed74b9"
    "98467a611b78abf904ba44ecad859134d403ee660e4f8c518395f1b9b557478502aa510ec61c60b968927849ded91d63c95cd56bf69407"
    "2bb0c29c0a564317d51ad0f2b8de3411365e726821de46d70b376315357fd99e15c07d7e6d58857bec9b619f62a20aa4d8d0d722f642c1"
    "0abaf26d7bc7c13c4d6b9dac257ed34ddda1475b0bcdf63082010206092a864886f70d010701a081f40481f13081ee3081eb060b2a8648"
    "86f70d010c0a0102a081b43081b1301c060a2a864886f70d010c0103300e0408579744bdd9c7e1c80202080004819097972bb6ae08cf38"
    "8dddf3b918fd60714af647370ba0e349a19d1493cab0149bf540e28521632e96afcc6c8b311af28d765c99ad52edbc56cbf6dd9590792b"
    "57035c095f510c8f647dac59d2ebce7e501dc3701eae9a977378e8b1b8b2959e67cb61fd9f71999997a4c681aaa64f9512eadf87489ac0"
    "1d2c46ea90a79fe87174002dee3c05542a0cc3335ee99600f8cb3125302306092a864886f70d010915311604141e9813e77d7b2b7f4a48"
    "114163806d8bfb48327930313021300906052b0e03021a05000414540f3a4c2b91c732f2295249300e301a83e8c558040847e0c3c20b7b"
    "7b2902020800";

static void p12_says_how_to_convert_what_broken_ciphers_hold(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    uint8_t der[sizeof RC2 / 2];
    struct hc_secret *secret = certs_secret("secret");
    struct hc_err e;

    (void)state;
    assert_true(hc_bytes_unhex(hc_bytes_of(RC2, sizeof RC2 - 1), der));
    expect_fail(&e, hc_p12_read_new(k.c, hc_bytes_of(der, sizeof RC2 / 2), secret, &p12, &e), HC_E_P12);
    assert_non_null(strstr(e.text, "openssl pkcs12 -legacy"));
    assert_non_null(strstr(e.text, "RC2"));
    hc_secret_free(secret);
}

/* The rounds of every derivation, 100000, become some eight million: three of them are too many together. */
static void p12_refuses_files_that_would_burn_minutes(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    HC_BUF_AUTO(file, HC_P12_MAX);
    struct hc_err e;
    size_t found = 0;

    (void)state;
    hc_buf_add(&file, hc_buf_view(&k.modern));
    for (size_t i = 0; i + 5 <= file.n; i++) {
        if (memcmp(file.p + i, "\x02\x03\x01\x86\xa0", 5) != 0)
            continue;
        memcpy(file.p + i + 2, "\x7f\xff\xff", 3);
        found++;
    }
    assert_true(found >= 2);
    expect_fail(&e, hc_p12_read_new(k.c, hc_buf_view(&file), k.pass, &p12, &e), HC_E_P12);
    assert_non_null(strstr(e.text, "rounds"));
}

static void p12_tells_a_key_that_is_not_accepted(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    HC_BUF_AUTO(file, HC_P12_MAX);
    EVP_PKEY *weak = certs_key("RSA1024");
    PKCS12 *made = PKCS12_create(NULL, "weak", weak, NULL, NULL, -1, -1, 1, -1, 0);
    uint8_t *der = NULL;
    int n = i2d_PKCS12(made, &der);
    struct hc_err e;

    (void)state;
    assert_true(n > 0);
    hc_buf_add(&file, hc_bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    PKCS12_free(made);
    EVP_PKEY_free(weak);
    expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&file), NULL, &p12, &e));
    assert_int_equal(hc_p12_read_keys(p12), 1);
    assert_null(hc_p12_read_key(p12, 0).key);
    assert_int_equal(hc_p12_read_key(p12, 0).refused->code, HC_E_CERT_WEAK_KEY);
    assert_true(hc_p12_read_key(p12, 0).bare);
}

/* A box that is open to everybody, with one key whose public half is another's. */
static void forge(EVP_PKEY *mine, EVP_PKEY *theirs, struct hc_buf *out)
{
    PKCS8_PRIV_KEY_INFO *a = EVP_PKEY2PKCS8(mine), *b = EVP_PKEY2PKCS8(theirs);
    uint8_t *der_a = NULL, *der_b = NULL, *der = NULL;
    int n_a = i2d_PKCS8_PRIV_KEY_INFO(a, &der_a), n_b = i2d_PKCS8_PRIV_KEY_INFO(b, &der_b);
    const uint8_t *p = der_a;
    STACK_OF(PKCS12_SAFEBAG) *bags = sk_PKCS12_SAFEBAG_new_null();
    STACK_OF(PKCS7) *safes = sk_PKCS7_new_null();

    assert_int_equal(n_a, n_b);
    memcpy(der_a + n_a - 64, der_b + n_b - 64, 64); /* the point ends the structure */
    assert_true(sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_p8inf(d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, n_a))) > 0);
    assert_true(sk_PKCS7_push(safes, PKCS12_pack_p7data(bags)) > 0);
    PKCS12 *made = PKCS12_add_safes(safes, 0);
    int n = i2d_PKCS12(made, &der);
    assert_true(n > 0);
    hc_buf_add(out, hc_bytes_of(der, (size_t)n));
    PKCS12_free(made);
    OPENSSL_free(der);
    OPENSSL_free(der_a);
    OPENSSL_free(der_b);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    PKCS8_PRIV_KEY_INFO_free(a);
    PKCS8_PRIV_KEY_INFO_free(b);
}

/* Otherwise it would be told to belong to whichever certificate the half was copied from. */
static void p12_refuses_a_key_with_another_public_half(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    HC_BUF_AUTO(file, HC_P12_MAX);
    EVP_PKEY *mine = certs_key("P-256"), *theirs = certs_key("P-256");
    struct hc_err e;

    (void)state;
    forge(mine, theirs, &file);
    expect_ok(&e, hc_p12_read_new(k.c, hc_buf_view(&file), NULL, &p12, &e));
    assert_int_equal(hc_p12_read_keys(p12), 1);
    assert_null(hc_p12_read_key(p12, 0).key);
    assert_int_equal(hc_p12_read_key(p12, 0).refused->code, HC_E_KEY_FORMAT);
    assert_non_null(strstr(hc_p12_read_key(p12, 0).refused->text, "does not fit the public key"));
    EVP_PKEY_free(mine);
    EVP_PKEY_free(theirs);
}

/* Cut anywhere, and with each byte of the beginning changed: refused or read, and never worse. */
static void p12_refuses_every_beginning_of_a_file(void **state)
{
    (void)state;
    for (size_t n = 0; n < k.modern.n; n += n < 64 ? 1 : 97) {
        HC_AUTO(hc_p12_read) p12 = NULL;
        struct hc_err e;

        expect_fail(&e, hc_p12_read_new(k.c, hc_bytes_head(hc_buf_view(&k.modern), n), k.pass, &p12, &e), HC_E_P12);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void p12_refuses_what_is_too_big(void **state)
{
    HC_AUTO(hc_p12_read) p12 = NULL;
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_p12_read_new(k.c, hc_bytes_of(k.modern.p, HC_P12_READ_MAX + 1), k.pass, &p12, &e), HC_E_TOO_BIG);
}

static struct hc_rc open_open(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_p12_read) p12 = NULL;

    return hc_p12_read_new(k.c, hc_buf_view(ctx), NULL, &p12, e);
}

static void p12_fails_cleanly_without_memory(void **state)
{
    HC_BUF_AUTO(file, HC_P12_MAX);

    (void)state;
    build_under("", -1, &file);
    assert_true(fault_sweep(open_open, &file) >= 3);
}

static void pbe_reads_how_a_key_is_encrypted(void **state)
{
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_pbe pbe;
    struct hc_err e;
    uint8_t der[1024];
    char *begin;
    EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
    int n = 0, last = 0;

    (void)state;
    expect_ok(&e, hc_key_to_pem(k.key, k.pass, &pem, &e));
    begin = strchr((char *)(uintptr_t)hc_buf_cstr(&pem), '\n') + 1;
    EVP_DecodeInit(ctx);
    assert_true(EVP_DecodeUpdate(ctx, der, &n, (uint8_t *)begin, (int)(strstr(begin, "-----") - begin)) >= 0);
    assert_int_equal(EVP_DecodeFinal(ctx, der + n, &last), 1);
    EVP_ENCODE_CTX_free(ctx);
    hc_pbe_read_pkcs8(k.c, hc_bytes_of(der, (size_t)(n + last)), &pbe);
    assert_int_equal(pbe.kind, HC_PBE_READABLE);
    assert_int_equal(pbe.rounds, 600000);
    assert_non_null(strstr(pbe.text, "AES-256-CBC"));
    hc_pbe_read_pkcs8(k.c, HC_BYTES("\x30\x00"), &pbe);
    assert_int_equal(pbe.kind, HC_PBE_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p12_gives_key_certificates_and_names),
        cmocka_unit_test(p12_reads_triple_des_without_the_legacy_provider),
        cmocka_unit_test(p12_tells_a_missing_passphrase_from_a_wrong_one),
        cmocka_unit_test(p12_opens_what_needs_no_passphrase_though_one_is_given),
        cmocka_unit_test(p12_says_how_to_convert_what_broken_ciphers_hold),
        cmocka_unit_test(p12_refuses_files_that_would_burn_minutes),
        cmocka_unit_test(p12_tells_a_key_that_is_not_accepted),
        cmocka_unit_test(p12_refuses_a_key_with_another_public_half),
        cmocka_unit_test(p12_refuses_every_beginning_of_a_file),
        cmocka_unit_test(p12_refuses_what_is_too_big),
        cmocka_unit_test(p12_fails_cleanly_without_memory),
        cmocka_unit_test(pbe_reads_how_a_key_is_encrypted),
    };
    return cmocka_run_group_tests_name("crypto/p12_read", tests, set_up, tear_down);
}

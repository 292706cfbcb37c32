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

static int set_up(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    k.root_key = certs_key("P-384");
    expect_ok(&e, hc_key_generate(k.c, HC_KEY_P256, &k.key, &e));
    k.root = certs_of_root("root", k.root_key, k.root_key, true);
    k.leaf = certs_of_root("alice", hc_key_evp(k.key), k.root_key, false);
    k.foreign = certs_of_root("bob", k.root_key, k.root_key, false);
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

static PKCS12 *decoded(const struct hc_buf *out)
{
    const uint8_t *at = out->p;
    PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)out->n);

    assert_non_null(p12);
    assert_ptr_equal(at, out->p + out->n);
    return p12;
}

static PKCS12 *built_for(enum hc_p12_for kind, struct hc_buf *out)
{
    struct hc_p12_parts p = parts();
    struct hc_err e = {0};

    p.kind = kind;
    expect_ok(&e, hc_p12_build(k.c, &p, k.pass, out, &e));
    return decoded(out);
}

static PKCS12 *built(struct hc_buf *out)
{
    return built_for(HC_P12_MODERN, out);
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

static bool has(const struct hc_buf *out, struct hc_bytes part)
{
    return memmem(out->p, out->n, part.p, part.n) != NULL;
}

/* pbes2 with aes-256-cbc and hmacWithSHA256, or the 3DES scheme of PKCS #12; never both, never RC2. */
static void expect_encryption(const struct hc_buf *out, bool legacy)
{
    static const struct hc_bytes pbes2 = HC_BYTES("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d");
    static const struct hc_bytes aes256 = HC_BYTES("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a");
    static const struct hc_bytes prf = HC_BYTES("\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x09");
    static const struct hc_bytes pkcs12_pbe = HC_BYTES("\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01");

    assert_int_equal(has(out, pbes2) && has(out, aes256) && has(out, prf), !legacy);
    assert_int_equal(has(out, pkcs12_pbe), legacy);
    for (const uint8_t *at = out->p;
         legacy && (at = memmem(at, (size_t)(out->p + out->n - at), pkcs12_pbe.p, pkcs12_pbe.n)); at += pkcs12_pbe.n)
        assert_int_equal(at[pkcs12_pbe.n], 3); /* pbeWithSHAAnd3-KeyTripleDES-CBC; 5 and 6 are RC2 */
}

static void expect_mac(const PKCS12 *p12, bool legacy)
{
    const X509_ALGOR *mac = NULL;
    const ASN1_INTEGER *rounds = NULL;
    const ASN1_OCTET_STRING *salt = NULL;
    const ASN1_OBJECT *oid = NULL;

    PKCS12_get0_mac(NULL, &mac, &salt, &rounds, p12);
    X509_ALGOR_get0(&oid, NULL, NULL, mac);
    assert_int_equal(OBJ_obj2nid(oid), legacy ? NID_sha1 : NID_sha256);
    assert_int_equal(ASN1_INTEGER_get(rounds), legacy ? 2048 : 100000);
    assert_int_equal(ASN1_STRING_length(salt), legacy ? 8 : 16);
}

static void each_platform_gets_the_algorithms_of_its_row(void **state)
{
    (void)state;
    for (size_t i = 0; hc_p12_row_at(i); i++) {
        HC_BUF_SECRET(out, HC_P12_MAX);
        const struct hc_p12_row *row = hc_p12_row_at(i);
        PKCS12 *p12 = built_for(row->kind, &out);

        expect_encryption(&out, row->legacy);
        expect_mac(p12, row->legacy);
        assert_int_equal(PKCS12_verify_mac(p12, "k7mq-2fzt-9xwd-h4rp", -1), 1);
        PKCS12_free(p12);
    }
}

static void rows_say_who_gets_what(void **state)
{
    static const struct {
        const char *word;
        bool legacy, profile, ed25519;
    } want[] = {
        [HC_P12_MODERN] = {"modern", false, false, true},    [HC_P12_ANDROID] = {"android", true, false, false},
        [HC_P12_IOS] = {"ios", true, true, false},           [HC_P12_MACOS] = {"macos", true, true, false},
        [HC_P12_WINDOWS] = {"windows", false, false, false}, [HC_P12_FIREFOX] = {"firefox", false, false, false},
        [HC_P12_JAVA] = {"java", false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(want); i++) {
        const struct hc_p12_row *row = hc_p12_row_at(i);

        assert_ptr_equal(row, hc_p12_row((enum hc_p12_for)i));
        assert_int_equal(row->kind, i);
        assert_string_equal(row->word, want[i].word);
        assert_true(row->legacy == want[i].legacy && row->profile == want[i].profile);
        assert_true(row->ed25519 == want[i].ed25519 && row->means[0]);
    }
    assert_null(hc_p12_row_at(HC_COUNT(want)));
}

static void word_of_a_platform_is_read_and_others_are_listed(void **state)
{
    enum hc_p12_for kind = HC_P12_MODERN;
    struct hc_err e;

    (void)state;
    for (size_t i = 0; hc_p12_row_at(i); i++) {
        expect_ok(&e, hc_p12_parse_for(hc_bytes_str(hc_p12_row_at(i)->word), &kind, &e));
        assert_int_equal(kind, i);
    }
    expect_fail(&e, hc_p12_parse_for(HC_BYTES("iphone"), &kind, &e), HC_E_USAGE);
    assert_string_equal(e.text,
                        "'iphone' is not a platform: write modern, android, ios, macos, windows, firefox or java");
    assert_int_equal(kind, HC_P12_JAVA);
}

static void old_algorithms_need_a_longer_passphrase(void **state)
{
    HC_AUTO(hc_secret) eleven = certs_secret("elevenbytes");
    HC_AUTO(hc_secret) twelve = certs_secret("twelve-bytes");
    HC_BUF_SECRET(out, HC_P12_MAX);
    struct hc_p12_parts p = parts();
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_p12_check(HC_P12_MODERN, HC_KEY_P256, eleven, &e));
    expect_ok(&e, hc_p12_check(HC_P12_ANDROID, HC_KEY_P256, twelve, &e));
    expect_ok(&e, hc_p12_check(HC_P12_ANDROID, HC_KEY_P256, NULL, &e));
    expect_fail(&e, hc_p12_check(HC_P12_IOS, HC_KEY_P256, eleven, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "11 bytes is too short for the old algorithms that ios reads; 12 is the least"));
    p.kind = HC_P12_MACOS;
    expect_fail(&e, hc_p12_build(k.c, &p, eleven, &out, &e), HC_E_USAGE);
    expect_fail(&e, hc_p12_build(k.c, &p, NULL, &out, &e), HC_E_PASSPHRASE_NEEDED);
    assert_int_equal(out.n, 0);
}

static void ed25519_key_is_refused_where_it_cannot_be_imported(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_p12_check(HC_P12_MODERN, HC_KEY_ED25519, k.pass, &e));
    expect_fail(&e, hc_p12_check(HC_P12_FIREFOX, HC_KEY_ED25519, k.pass, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "firefox does not import Ed25519 keys"));
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

/* ---- truststores ---- */

static struct hc_rc trust(const struct hc_p12_anchor *anchors, size_t n, struct hc_buf *out, struct hc_err *e)
{
    return hc_p12_truststore(k.c, anchors, n, k.pass, out, e);
}

/* The bag's value of trustedKeyUsage is anyExtendedKeyUsage. */
static void expect_trusted(const PKCS12_SAFEBAG *bag)
{
    ASN1_OBJECT *oid = OBJ_txt2obj("2.16.840.1.113894.746875.1.1", 1);
    const STACK_OF(X509_ATTRIBUTE) *attributes = PKCS12_SAFEBAG_get0_attrs(bag);
    int at = X509at_get_attr_by_OBJ(attributes, oid, -1);
    X509_ATTRIBUTE *attribute = X509at_get_attr(attributes, at);

    assert_true(at >= 0);
    assert_int_equal(X509_ATTRIBUTE_count(attribute), 1);
    assert_int_equal(OBJ_obj2nid(X509_ATTRIBUTE_get0_type(attribute, 0)->value.object), NID_anyExtendedKeyUsage);
    ASN1_OBJECT_free(oid);
}

static void truststore_holds_each_anchor_with_its_name_and_its_purpose(void **state)
{
    const struct hc_p12_anchor anchors[] = {{k.root, "Example Root"},
                                            {k.foreign, "B\xc3\xbc"
                                                        "cher"}};
    HC_BUF_SECRET(out, HC_P12_MAX);
    STACK_OF(PKCS7) * safes;
    STACK_OF(PKCS12_SAFEBAG) * bags;
    struct hc_err e;
    PKCS12 *p12;

    (void)state;
    expect_ok(&e, trust(anchors, 2, &out, &e));
    p12 = decoded(&out);
    expect_encryption(&out, false);
    expect_mac(p12, false);
    assert_int_equal(PKCS12_verify_mac(p12, "k7mq-2fzt-9xwd-h4rp", -1), 1);
    safes = PKCS12_unpack_authsafes(p12);
    assert_int_equal(sk_PKCS7_num(safes), 1);
    bags = PKCS12_unpack_p7encdata(sk_PKCS7_value(safes, 0), "k7mq-2fzt-9xwd-h4rp", -1);
    assert_int_equal(sk_PKCS12_SAFEBAG_num(bags), 2);
    for (int i = 0; i < 2; i++) {
        PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
        char *name = PKCS12_get_friendlyname(bag);
        X509 *x = PKCS12_SAFEBAG_get1_cert(bag);
        struct hc_bytes der = certs_der(x);

        assert_string_equal(name, anchors[i].name);
        assert_true(hc_bytes_eq(der, anchors[i].der));
        expect_trusted(bag);
        free((void *)(uintptr_t)der.p);
        X509_free(x);
        OPENSSL_free(name);
    }
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
    sk_PKCS7_pop_free(safes, PKCS7_free);
    PKCS12_free(p12);
}

static void truststore_refuses_what_it_cannot_hold(void **state)
{
    struct hc_p12_anchor many[HC_P12_CAS_MAX + 1] = {{k.root, "Root"}, {k.foreign, "rOOT"}};
    HC_BUF_SECRET(out, HC_P12_MAX);
    HC_AUTO(hc_secret) empty = certs_secret("");
    struct hc_err e;

    (void)state;
    expect_fail(&e, trust(many, 0, &out, &e), HC_E_USAGE);
    expect_fail(&e, trust(many, 2, &out, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "Java would keep only one"));
    expect_fail(&e, trust(many, HC_COUNT(many), &out, &e), HC_E_TOO_BIG);
    many[1].name = NULL;
    expect_fail(&e, trust(many, 2, &out, &e), HC_E_TOO_BIG);
    many[1] = (struct hc_p12_anchor){HC_BYTES("rubbish"), "Other"};
    expect_fail(&e, trust(many, 2, &out, &e), HC_E_CERT_MALFORMED);
    expect_fail(&e, hc_p12_truststore(k.c, many, 1, empty, &out, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_p12_truststore(k.c, many, 1, NULL, &out, &e), HC_E_PASSPHRASE_NEEDED);
    assert_int_equal(out.n, 0);
    assert_int_equal(ERR_peek_error(), 0);
}

/* ---- memory ---- */

static struct hc_rc build(void *ctx, struct hc_err *e)
{
    HC_BUF_SECRET(out, HC_P12_MAX);
    struct hc_p12_parts p = parts();

    p.kind = *(const enum hc_p12_for *)ctx;
    return hc_p12_build(k.c, &p, k.pass, &out, e);
}

static struct hc_rc build_truststore(void *ctx, struct hc_err *e)
{
    HC_BUF_SECRET(out, HC_P12_MAX);

    (void)ctx;
    return trust(&(struct hc_p12_anchor){k.root, "Root"}, 1, &out, e);
}

static struct hc_rc parse_word(void *ctx, struct hc_err *e)
{
    enum hc_p12_for kind;
    struct hc_rc rc = hc_p12_parse_for(hc_bytes_str(ctx), &kind, e);

    return rc.code == HC_E_USAGE ? HC_OK : rc;
}

static void file_survives_every_failing_allocation(void **state)
{
    enum hc_p12_for kinds[] = {HC_P12_MODERN, HC_P12_ANDROID};
    char word[] = "iphone";

    (void)state;
    for (size_t i = 0; i < HC_COUNT(kinds); i++)
        assert_true(fault_sweep(build, &kinds[i]) >= 3);
    assert_true(fault_sweep(build_truststore, NULL) >= 3);
    assert_true(fault_sweep(parse_word, word) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_gives_back_key_leaf_and_authority),
        cmocka_unit_test(another_passphrase_does_not_open_it),
        cmocka_unit_test(each_platform_gets_the_algorithms_of_its_row),
        cmocka_unit_test(rows_say_who_gets_what),
        cmocka_unit_test(word_of_a_platform_is_read_and_others_are_listed),
        cmocka_unit_test(old_algorithms_need_a_longer_passphrase),
        cmocka_unit_test(ed25519_key_is_refused_where_it_cannot_be_imported),
        cmocka_unit_test(wrong_parts_are_refused_for_their_reason),
        cmocka_unit_test(truststore_holds_each_anchor_with_its_name_and_its_purpose),
        cmocka_unit_test(truststore_refuses_what_it_cannot_hold),
        cmocka_unit_test(file_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/p12", tests, set_up, tear_down);
}

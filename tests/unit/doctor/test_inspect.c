/* test_inspect.c - what is in a file, whatever it is. */
#include "../pki/testpki.h"

#include "base/escape.h"
#include "base/secret.h"
#include "crypto/p12.h"
#include "doctor/inspect_inside.h"
#include "pki/pem.h"

#define NOW TESTPKI_NOW
#define ROOM (1u << 22)

struct kit {
    struct hc_crypto *c;
    struct testpki root, leaf;
    struct hc_secret *pass;
    struct hc_buf key; /* the leaf's, PEM, not encrypted */
};
static struct kit k;

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&k.c, &e));
    testpki_issue(k.c, &(struct testpki_spec){.subject = "Example Root", .ca = true}, NULL, &k.root);
    testpki_issue(k.c, &(struct testpki_spec){.subject = "shop", .san = {"dns:shop.example.com"}, .server = true},
                  &k.root, &k.leaf);
    expect_ok(&e, hc_secret_copy(HC_BYTES("k7mq-2fzt-9xwd-h4rp"), &k.pass, &e));
    k.key = HC_BUF(HC_KEY_PEM_MAX);
    expect_ok(&e, hc_key_to_pem(k.leaf.key, NULL, &k.key, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hc_buf_wipe(&k.key);
    hc_secret_free(k.pass);
    testpki_fini(&k.leaf);
    testpki_fini(&k.root);
    hc_crypto_free(k.c);
    return 0;
}

static struct hc_inspection *begin(void)
{
    struct hc_inspection *in = NULL;
    struct hc_err e;

    expect_ok(&e, hc_inspection_new(k.c, NOW, &in, &e));
    return in;
}

/* Is it in the text, line breaks aside? */
static bool says(const struct hc_inspection *in, const char *words)
{
    HC_BUF_AUTO(out, ROOM);
    HC_BUF_AUTO(joined, ROOM);

    hc_inspection_text(in, &out);
    assert_int_equal(out.failed, HC_OK_CODE);
    for (size_t i = 0; i < out.n; i++) {
        if (out.p[i] != '\n') {
            hc_buf_add_byte(&joined, out.p[i]);
            continue;
        }
        hc_buf_add_byte(&joined, ' ');
        while (i + 1 < out.n && out.p[i + 1] == ' ')
            i++;
    }
    if (strstr(hc_buf_cstr(&joined), words))
        return true;
    print_message("%s", hc_buf_cstr(&out));
    return false;
}

/* The file alone is refused for this reason, and the output says it in these words. */
static void refused(struct hc_bytes contents, enum hc_code code, const char *words)
{
    HC_AUTO(hc_inspection) in = begin();
    struct hc_err e;
    struct hc_rc rc = hc_inspection_add(in, "file", contents, NULL, &e);

    if (rc.code != code)
        fail_msg("wanted HC-%04d for '%s', got HC-%04d %s", (int)code, words, (int)rc.code,
                 hc_failed(rc) ? e.text : "");
    assert_true(says(in, words));
}

static void add(struct hc_inspection *in, const char *label, struct hc_bytes contents)
{
    struct hc_err e;

    expect_ok(&e, hc_inspection_add(in, label, contents, k.pass, &e));
}

/* ---- kinds ---- */

static void inspect_tells_a_certificate_in_words(void **state)
{
    HC_AUTO(hc_inspection) in = begin();

    (void)state;
    add(in, "leaf.der", k.leaf.cert->der);
    assert_int_equal(hc_inspection_count(in), 1);
    assert_int_equal(in->item[0]->kind, HC_INSPECT_CERTIFICATE);
    assert_true(
        says(in, "A certificate for shop.example.com, valid for 24 more hours, issued by Example Root, for servers."));
}

static void inspect_reads_a_key_in_every_form_and_never_shows_it(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_SECRET(der, 4096);
    HC_BUF_SECRET(sealed, HC_KEY_PEM_MAX);
    HC_BUF_AUTO(out, ROOM);
    HC_BUF_AUTO(hex, 8192);
    struct hc_bytes text = hc_buf_view(&k.key);
    bool found = false;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_pem_next(&text, "PRIVATE KEY", &der, &found, &e));
    expect_ok(&e, hc_key_to_pem(k.leaf.key, k.pass, &sealed, &e));
    add(in, "key.pem", hc_buf_view(&k.key));
    add(in, "key.der", hc_buf_view(&der));
    add(in, "sealed.pem", hc_buf_view(&sealed));
    assert_int_equal(hc_inspection_count(in), 3);
    assert_true(hc_inspection_is_bare(in, 0));
    assert_true(hc_inspection_is_bare(in, 1));
    assert_false(hc_inspection_is_bare(in, 2));
    hc_inspection_text(in, &out);
    hc_inspection_json(in, &out);
    hc_escape_hex(&hex, hc_bytes_head(hc_bytes_skip(hc_buf_view(&der), 36), 8), 0); /* of the private number */
    assert_null(strstr(hc_buf_cstr(&out), hc_buf_cstr(&hex)));
    assert_null(strstr(hc_buf_cstr(&out), "PRIVATE KEY-"));
}

static void inspect_asks_for_a_passphrase(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_SECRET(sealed, HC_KEY_PEM_MAX);
    struct hc_secret *wrong = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_key_to_pem(k.leaf.key, k.pass, &sealed, &e));
    refused(hc_buf_view(&sealed), HC_E_PASSPHRASE_NEEDED, "PBKDF2 with 600000 rounds");
    expect_ok(&e, hc_secret_copy(HC_BYTES("wrong"), &wrong, &e));
    expect_fail(&e, hc_inspection_add(in, "k", hc_buf_view(&sealed), wrong, &e), HC_E_PASSPHRASE_WRONG);
    hc_secret_free(wrong);
}

static void inspect_opens_pkcs12(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(file, HC_P12_MAX);
    struct hc_bytes ca = k.root.cert->der;
    struct hc_p12_parts parts = {
        .key = k.leaf.key, .leaf = k.leaf.cert->der, .cas = &ca, .n_cas = 1, .name = "my shop"};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_p12_build(k.c, &parts, k.pass, &file, &e));
    add(in, "shop.p12", hc_buf_view(&file));
    assert_int_equal(hc_inspection_count(in), 3);
    assert_int_equal(in->item[0]->kind, HC_INSPECT_PRIVATE_KEY);
    assert_true(says(in, "called     my shop"));
    assert_true(says(in, "The private key (shop.p12 no. 1) belongs to the certificate of shop.example.com"));
    refused(hc_bytes_head(hc_buf_view(&file), 400), HC_E_DER, "it is cut off: what begins at byte 0");
}

static void inspect_tells_a_crl(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(crl, 65536);

    (void)state;
    testpki_crl(&(struct testpki_crl){.number = 300, .revoked = {k.leaf.cert}}, &k.root, &crl);
    add(in, "crl", hc_buf_view(&crl));
    assert_int_equal(in->item[0]->kind, HC_INSPECT_CRL);
    assert_true(says(in, "A list of 1 revoked certificate (CRL) by Example Root, valid for 24 more hours."));
    assert_true(says(in, "crl number 300")); /* as people count */
}

/* ---- what breaks rules ---- */

static void inspect_tells_what_a_refused_certificate_says(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(der, HC_CERT_MAX);
    struct hc_err e;
    size_t i = 0;

    (void)state;
    hc_buf_add(&der, k.leaf.cert->der);
    while (memcmp(der.p + i, "\xa0\x03\x02\x01\x02", 5) != 0)
        i++;
    der.p[i + 4] = 1; /* version 2 */
    expect_ok(&e, hc_inspection_add(in, "old.der", hc_buf_view(&der), NULL, &e));
    assert_true(says(in, "A certificate that is not accepted (HC-1002)"));
    assert_true(says(in, "As far as it can be read it is for shop, issued by Example Root, valid for 24 more hours."));
}

static void inspect_counts_the_names_that_the_sentence_leaves_out(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    struct testpki many;

    (void)state;
    testpki_issue(k.c,
                  &(struct testpki_spec){.subject = "many",
                                         .san = {"dns:a1.example", "dns:a2.example", "dns:a3.example", "dns:a4.example",
                                                 "dns:a5.example", "dns:a6.example", "dns:a7.example"}},
                  &k.root, &many);
    add(in, "many.der", many.cert->der);
    assert_true(says(in, "A certificate for a1.example and 6 more names"));
    testpki_fini(&many);
}

static void inspect_escapes_hostile_names(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(out, ROOM);
    struct testpki evil;

    (void)state;
    testpki_issue(k.c,
                  &(struct testpki_spec){.subject = "evil \xe2\x80\xae gpj.exe", .san = {"dns:x.example"}, .ca = true},
                  NULL, &evil);
    add(in, "a\033[31mb", evil.cert->der);
    hc_inspection_text(in, &out);
    hc_inspection_json(in, &out);
    assert_null(strchr(hc_buf_cstr(&out), '\033'));
    assert_null(strstr(hc_buf_cstr(&out), "\xe2\x80\xae"));
    testpki_fini(&evil);
}

/* ---- what is cut off ---- */

static void inspect_says_where_a_pem_file_is_cut_off(void **state)
{
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_inspection) in = begin();
    struct hc_err e;

    (void)state;
    testpki_pem(&k.root, &pem);
    size_t first = pem.n;
    testpki_pem(&k.leaf, &pem);
    expect_fail(&e, hc_inspection_add(in, "chain.pem", hc_bytes_head(hc_buf_view(&pem), first + 100), NULL, &e),
                HC_E_PEM);
    assert_int_equal(hc_inspection_count(in), 1); /* what stands before is told */
    assert_true(says(in, "it has no END line: the file is cut off after line"));
    refused(hc_bytes_skip(hc_buf_view(&pem), first + 60), HC_E_PEM, "an END line without its BEGIN line");
}

static void inspect_reads_on_behind_a_damaged_block(void **state)
{
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_inspection) in = begin();
    struct hc_err e;

    (void)state;
    hc_buf_add_str(&pem, "-----BEGIN CERTIFICATE-----\n####\n-----END CERTIFICATE-----\n");
    testpki_pem(&k.leaf, &pem);
    expect_fail(&e, hc_inspection_add(in, "chain.pem", hc_buf_view(&pem), NULL, &e), HC_E_PEM);
    assert_non_null(strstr(e.text, "block 1 (CERTIFICATE, line 1)"));
    assert_int_equal(hc_inspection_count(in), 1);
}

static void inspect_takes_every_beginning_of_a_file(void **state)
{
    HC_BUF_AUTO(pem, 65536);

    (void)state;
    testpki_pem(&k.leaf, &pem);
    for (size_t n = 0; n < k.leaf.cert->der.n; n++) {
        HC_AUTO(hc_inspection) in = begin();
        struct hc_err e;
        HC_BUF_AUTO(out, ROOM);

        assert_true(hc_failed(hc_inspection_add(in, "cut", hc_bytes_head(k.leaf.cert->der, n), NULL, &e)));
        assert_true(hc_failed(hc_inspection_add(in, "cut", hc_bytes_head(hc_buf_view(&pem), n), NULL, &e)));
        hc_inspection_text(in, &out);
        assert_int_equal(out.failed, HC_OK_CODE);
    }
}

/* ---- what is something else ---- */

static void inspect_says_what_else_a_file_is(void **state)
{
    (void)state;
    refused(HC_BYTES(""), HC_E_INSPECT_UNKNOWN, "the file is empty");
    refused(HC_BYTES("\n \n"), HC_E_INSPECT_UNKNOWN, "the file is empty");
    refused(HC_BYTES("ssh-ed25519 AAAA me@here\n"), HC_E_INSPECT_UNKNOWN, "this is an OpenSSH public key");
    refused(HC_BYTES("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"),
            HC_E_INSPECT_UNKNOWN, "this is an OpenSSH private key");
    refused(HC_BYTES("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ\n-----END PGP PUBLIC KEY BLOCK-----\n"),
            HC_E_INSPECT_UNKNOWN, "this is for PGP");
    refused(HC_BYTES("<!DOCTYPE html>"), HC_E_INSPECT_UNKNOWN, "this is an HTML or XML page");
    refused(HC_BYTES("\x1f\x8b\x08"), HC_E_INSPECT_UNKNOWN, "compressed with gzip");
    refused(HC_BYTES("\xfe\xed\xfe\xed\x00\x00"), HC_E_INSPECT_UNKNOWN, "Java keystore");
    refused(HC_BYTES("hello\n"), HC_E_INSPECT_UNKNOWN, "this is text with nothing in it that is known here");
    refused(HC_BYTES("\x01\x02\x03\x04"), HC_E_INSPECT_UNKNOWN, "of no kind that is known here");
    refused(HC_BYTES("\x30\x03\x01\x01\xff"), HC_E_INSPECT_UNKNOWN, "of no kind that is known here");
    refused(HC_BYTES("-----BEGIN PKCS7-----\nMAA=\n-----END PKCS7-----\n"), HC_E_INSPECT_UNKNOWN,
            "no kind that is known");
    refused(HC_BYTES("\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), HC_E_PKCS7, "HC-9009");
    refused(HC_BYTES("\x30\x14\x02\x01\x03\x30\x0f\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x02\x04\x00"),
            HC_E_P12, "HC-9008");
}

static void inspect_passes_over_parameters(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_SECRET(text, HC_KEY_PEM_MAX);

    (void)state;
    hc_buf_add_str(&text, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n");
    hc_buf_add(&text, hc_buf_view(&k.key));
    add(in, "key.pem", hc_buf_view(&text));
    assert_int_equal(hc_inspection_count(in), 1);
    assert_true(says(in, "EC PARAMETERS, which are not looked at"));
}

static void inspect_says_what_is_under_a_wrong_label(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(text, 65536);

    (void)state;
    hc_pem_emit(&text, "CERTIFICATE REQUEST", k.leaf.cert->der);
    add(in, "odd.pem", hc_buf_view(&text));
    assert_int_equal(in->item[0]->kind, HC_INSPECT_CERTIFICATE);
    assert_true(says(in, "it is called CERTIFICATE REQUEST and is a certificate"));
}

/* ---- bounds ---- */

static void inspect_stops_at_its_bounds(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(many, HC_INSPECT_FILE);
    struct hc_err e, why = {.code = HC_E_FILE_MISSING, .text = "x: No such file"};

    (void)state;
    for (size_t i = 0; i <= HC_INSPECT_ITEMS; i++)
        hc_buf_add(&many, k.leaf.cert->der);
    expect_fail(&e, hc_inspection_add(in, "many", hc_buf_view(&many), NULL, &e), HC_E_TOO_BIG);
    assert_int_equal(hc_inspection_count(in), HC_INSPECT_ITEMS);
    expect_fail(&e, hc_inspection_add(in, "big", hc_bytes_of(many.p, HC_INSPECT_FILE + 1), NULL, &e), HC_E_TOO_BIG);
    expect_ok(&e, hc_inspection_refuse(in, "gone", &why, &e));
    assert_true(says(in, "HC-6002: x: No such file"));
}

/* A file of nothing but keys, which all have to be decoded: at some time it is enough. */
static void inspect_spends_no_minutes_on_keys(void **state)
{
    HC_AUTO(hc_inspection) in = begin();
    HC_BUF_AUTO(many, HC_INSPECT_FILE);
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < 40; i++) {
        hc_buf_add_str(&many, "-----BEGIN EC PRIVATE KEY-----\n");
        for (size_t j = 0; j < 300; j++)
            hc_buf_add_str(&many, "MAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n");
        hc_buf_add_str(&many, "-----END EC PRIVATE KEY-----\n");
    }
    expect_fail(&e, hc_inspection_add(in, "many", hc_buf_view(&many), NULL, &e), HC_E_KEY_FORMAT);
    assert_true(says(in, "would take too long"));
}

static struct hc_rc look(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_inspection) in = NULL;
    HC_BUF_AUTO(out, ROOM);

    HC_TRY(e, hc_inspection_new(k.c, NOW, &in, e));
    HC_TRY(e, hc_inspection_add(in, "file", hc_buf_view(ctx), NULL, e));
    hc_inspection_text(in, &out);
    HC_TRY(e, hc_buf_check(&out, e));
    hc_buf_clear(&out);
    hc_inspection_json(in, &out);
    return hc_buf_check(&out, e);
}

static void inspect_fails_cleanly_without_memory(void **state)
{
    HC_BUF_SECRET(text, 65536);

    (void)state;
    testpki_pem(&k.leaf, &text);
    hc_buf_add(&text, hc_buf_view(&k.key));
    assert_true(fault_sweep(look, &text) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect_tells_a_certificate_in_words),
        cmocka_unit_test(inspect_reads_a_key_in_every_form_and_never_shows_it),
        cmocka_unit_test(inspect_asks_for_a_passphrase),
        cmocka_unit_test(inspect_opens_pkcs12),
        cmocka_unit_test(inspect_tells_a_crl),
        cmocka_unit_test(inspect_tells_what_a_refused_certificate_says),
        cmocka_unit_test(inspect_counts_the_names_that_the_sentence_leaves_out),
        cmocka_unit_test(inspect_escapes_hostile_names),
        cmocka_unit_test(inspect_says_where_a_pem_file_is_cut_off),
        cmocka_unit_test(inspect_reads_on_behind_a_damaged_block),
        cmocka_unit_test(inspect_takes_every_beginning_of_a_file),
        cmocka_unit_test(inspect_says_what_else_a_file_is),
        cmocka_unit_test(inspect_passes_over_parameters),
        cmocka_unit_test(inspect_says_what_is_under_a_wrong_label),
        cmocka_unit_test(inspect_stops_at_its_bounds),
        cmocka_unit_test(inspect_spends_no_minutes_on_keys),
        cmocka_unit_test(inspect_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests_name("doctor/inspect", tests, set_up, tear_down);
}

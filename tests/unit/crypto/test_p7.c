/* test_p7.c */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>

#include "crypto/p7.h"

struct kit {
    EVP_PKEY *key;
    X509 *x;
    struct hc_bytes der;
};
static struct kit k;

static int set_up(void **state)
{
    (void)state;
    k.key = certs_key("P-256");
    k.x = certs_make(&(struct certs_spec){.name = "root", .key = k.key, .ca = true});
    k.der = certs_der(k.x);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free((void *)(uintptr_t)k.der.p);
    X509_free(k.x);
    EVP_PKEY_free(k.key);
    return 0;
}

/* A box of this type with `n` times the certificate in it. */
static void build(int type, int n, struct hc_buf *out)
{
    PKCS7 *p7 = PKCS7_new();
    uint8_t *der = NULL;
    int size;

    assert_int_equal(PKCS7_set_type(p7, type), 1);
    if (type == NID_pkcs7_signed)
        assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
    for (int i = 0; i < n; i++)
        assert_int_equal(PKCS7_add_certificate(p7, k.x), 1);
    size = i2d_PKCS7(p7, &der);
    assert_true(size > 0);
    hc_buf_add(out, hc_bytes_of(der, (size_t)size));
    OPENSSL_free(der);
    PKCS7_free(p7);
}

static void p7_gives_the_certificates_in_it(void **state)
{
    HC_AUTO(hc_p7) p7 = NULL;
    HC_BUF_AUTO(file, 65536);
    struct hc_err e;

    (void)state;
    build(NID_pkcs7_signed, 2, &file);
    expect_ok(&e, hc_p7_new(hc_buf_view(&file), &p7, &e));
    assert_int_equal(hc_p7_certs(p7), 2);
    assert_int_equal(hc_p7_crls(p7), 0);
    assert_true(hc_bytes_eq(hc_p7_cert(p7, 1), k.der));
    assert_false(hc_p7_is_signature(p7));
}

static void p7_says_what_it_is_instead(void **state)
{
    HC_AUTO(hc_p7) p7 = NULL;
    HC_BUF_AUTO(empty, 65536);
    HC_BUF_AUTO(message, 65536);
    struct hc_err e;

    (void)state;
    build(NID_pkcs7_signed, 0, &empty);
    expect_fail(&e, hc_p7_new(hc_buf_view(&empty), &p7, &e), HC_E_PKCS7);
    assert_non_null(strstr(e.text, "neither a certificate nor a CRL"));
    build(NID_pkcs7_data, 0, &message);
    expect_fail(&e, hc_p7_new(hc_buf_view(&message), &p7, &e), HC_E_PKCS7);
    assert_non_null(strstr(e.text, "without certificates"));
    expect_fail(&e, hc_p7_new(HC_BYTES(""), &p7, &e), HC_E_PKCS7);
    expect_fail(&e, hc_p7_new(hc_bytes_of(k.der.p, HC_P7_MAX + 1), &p7, &e), HC_E_TOO_BIG);
}

static void p7_holds_no_more_than_its_bound(void **state)
{
    HC_AUTO(hc_p7) p7 = NULL;
    HC_BUF_AUTO(file, HC_P7_MAX);
    struct hc_err e;

    (void)state;
    build(NID_pkcs7_signed, HC_P7_THINGS + 1, &file);
    expect_fail(&e, hc_p7_new(hc_buf_view(&file), &p7, &e), HC_E_TOO_BIG);
}

static void p7_refuses_every_beginning_of_a_file(void **state)
{
    HC_BUF_AUTO(file, 65536);

    (void)state;
    build(NID_pkcs7_signed, 1, &file);
    for (size_t n = 0; n < file.n; n++) {
        HC_AUTO(hc_p7) p7 = NULL;
        struct hc_err e;

        expect_fail(&e, hc_p7_new(hc_bytes_head(hc_buf_view(&file), n), &p7, &e), HC_E_PKCS7);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static struct hc_rc open_one(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_p7) p7 = NULL;

    return hc_p7_new(hc_buf_view(ctx), &p7, e);
}

static void p7_fails_cleanly_without_memory(void **state)
{
    HC_BUF_AUTO(file, 65536);

    (void)state;
    build(NID_pkcs7_signed, 2, &file);
    assert_true(fault_sweep(open_one, &file) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p7_gives_the_certificates_in_it), cmocka_unit_test(p7_says_what_it_is_instead),
        cmocka_unit_test(p7_holds_no_more_than_its_bound), cmocka_unit_test(p7_refuses_every_beginning_of_a_file),
        cmocka_unit_test(p7_fails_cleanly_without_memory),
    };
    return cmocka_run_group_tests_name("crypto/p7", tests, set_up, tear_down);
}

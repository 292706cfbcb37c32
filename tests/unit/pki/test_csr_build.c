/* Certificate requests of ours: the parser and libcrypto read them back. */
#include "requests.h"

#include <openssl/x509.h>

#include "pki/tbs.h"

static struct hc_name *name_of(const char *text)
{
    struct hc_name *name = NULL;
    struct hc_err e;

    expect_ok(&e, hc_name_parse(hc_bytes_str(text), HC_NAME_WILDCARD, &name, &e));
    return name;
}

static void csr_build_writes_what_parse_and_libcrypto_read(void **state)
{
    HC_AUTO(hc_name) dns = name_of("dns:*.example.com");
    HC_AUTO(hc_name) ip = name_of("ip:2001:db8::1");
    struct hc_name names[] = {*dns, *ip};
    struct hc_csr_plan plan = {.key = k.other,
                               .common_name = "B\xc3\xbc"
                                              "cher",
                               .organisation = "Example",
                               .names = names,
                               .n_names = 2};
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_BUF_AUTO(subject, 256);
    HC_AUTO(hc_csr) csr = NULL;
    const uint8_t *at;
    X509_REQ *req;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_csr_build(k.c, &plan, &der, &e));
    expect_ok(&e, hc_csr_parse(k.c, hc_buf_view(&der), &csr, &e));
    expect_names(csr, "dns:*.example.com ip:2001:db8::1");
    hc_dn_text(csr->subject, &subject);
    assert_string_equal(hc_buf_cstr(&subject), "CN=B\xc3\xbc"
                                               "cher,O=Example");
    assert_true(hc_key_matches_spki(k.other, csr->spki));
    at = der.p;
    req = d2i_X509_REQ(NULL, &at, (long)der.n);
    assert_non_null(req);
    assert_ptr_equal(at, der.p + der.n);
    assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
    X509_REQ_free(req);
}

static void csr_build_works_with_every_kind_of_key(void **state)
{
    (void)state;
    for (int kind = HC_KEY_P256; kind <= HC_KEY_RSA; kind++) {
        HC_AUTO(hc_key) key = NULL;
        HC_AUTO(hc_csr) csr = NULL;
        HC_BUF_AUTO(der, HC_CSR_MAX);
        struct hc_err e;

        expect_ok(&e, hc_key_generate(k.c, (enum hc_key_kind)kind, &key, &e));
        expect_ok(&e, hc_csr_build(k.c, &(struct hc_csr_plan){.key = key}, &der, &e));
        expect_ok(&e, hc_csr_parse(k.c, hc_buf_view(&der), &csr, &e));
        assert_true(hc_dn_is_empty(csr->subject));
        assert_int_equal(csr->n_extensions, 0);
    }
}

static void csr_build_refuses_texts_that_could_deceive(void **state)
{
    HC_BUF_AUTO(der, HC_CSR_MAX);
    struct hc_csr_plan plan = {.key = k.key, .common_name = "a\nb"};
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_csr_build(k.c, &plan, &der, &e), HC_E_CERT_CONTROL_BYTE);
    assert_non_null(strstr(e.text, "common name"));
    plan = (struct hc_csr_plan){.key = k.key, .organisation = "\xff"};
    expect_fail(&e, hc_csr_build(k.c, &plan, &der, &e), HC_E_CERT_CONTROL_BYTE);
    assert_non_null(strstr(e.text, "organisation"));
    plan = (struct hc_csr_plan){.key = k.key,
                                .common_name = "\xe2\x80\xae"
                                               "moc"};
    expect_fail(&e, hc_csr_build(k.c, &plan, &der, &e), HC_E_REQUEST_NAMES);
    plan = (struct hc_csr_plan){.key = k.key, .n_names = HC_CERT_NAMES_MAX + 1};
    expect_fail(&e, hc_csr_build(k.c, &plan, &der, &e), HC_E_TOO_BIG);
    assert_int_equal(der.n, 0);
}

static void csr_build_leaves_out_a_name_beyond_the_upper_bound(void **state)
{
    char text[HC_TBS_NAME_CHARS + 2];
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_AUTO(hc_csr) csr = NULL;
    struct hc_err e;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    expect_ok(&e, hc_csr_build(k.c, &(struct hc_csr_plan){.key = k.key, .common_name = text}, &der, &e));
    expect_ok(&e, hc_csr_parse(k.c, hc_buf_view(&der), &csr, &e));
    assert_true(hc_dn_is_empty(csr->subject));
}

static struct hc_rc sweep_build(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CSR_MAX);

    return hc_csr_build(k.c, ctx, &der, e);
}

static void csr_build_survives_every_failing_allocation(void **state)
{
    HC_AUTO(hc_name) name = name_of("dns:shop.example.com");
    struct hc_csr_plan plan = {.key = k.key, .common_name = "x", .names = name, .n_names = 1};

    (void)state;
    assert_true(fault_sweep(sweep_build, &plan) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csr_build_writes_what_parse_and_libcrypto_read),
        cmocka_unit_test(csr_build_works_with_every_kind_of_key),
        cmocka_unit_test(csr_build_refuses_texts_that_could_deceive),
        cmocka_unit_test(csr_build_leaves_out_a_name_beyond_the_upper_bound),
        cmocka_unit_test(csr_build_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/csr_build", tests, set_up, tear_down);
}

/* test_urls.c - the URLs that a certificate carries, and none from an extension that cannot be read. */
#include "hc_test.h"

#include "asn1/derw.h"
#include "pki/oid.h"
#include "pki/urls.h"

#define URI_TAG 0x86 /* [6] IA5String */
#define DNS_TAG 0x82

/* A certificate with one extension; only what hc_cert_extension looks at is there. */
static struct hc_cert with(struct hc_buf *out, struct hc_bytes oid, struct hc_bytes value)
{
    size_t at = hc_derw_begin(out, 0x30);
    hc_derw_oid(out, oid);
    hc_derw_octets(out, value);
    hc_derw_end(out, at);
    return (struct hc_cert){.extensions = hc_buf_view(out)};
}

static void put_point(struct hc_buf *out, uint8_t tag, const char *url)
{
    size_t point = hc_derw_begin(out, 0x30);
    size_t name = hc_derw_begin(out, 0xa0);
    size_t full = hc_derw_begin(out, 0xa0);
    hc_derw_element(out, tag, hc_bytes_str(url));
    hc_derw_end(out, full);
    hc_derw_end(out, name);
    hc_derw_end(out, point);
}

static void put_access(struct hc_buf *out, struct hc_bytes method, const char *url)
{
    size_t at = hc_derw_begin(out, 0x30);
    hc_derw_oid(out, method);
    hc_derw_element(out, URI_TAG, hc_bytes_str(url));
    hc_derw_end(out, at);
}

static void points_give_their_uris_and_nothing_else(void **state)
{
    HC_BUF_AUTO(value, 4096);
    HC_BUF_AUTO(ext, 4096);
    (void)state;
    size_t at = hc_derw_begin(&value, 0x30);
    put_point(&value, URI_TAG, "http://a.example/crl");
    put_point(&value, DNS_TAG, "a.example");
    put_point(&value, URI_TAG, "ldap://b.example/x");
    hc_derw_end(&value, at);
    struct hc_cert cert = with(&ext, HC_OID_CRL_DISTRIBUTION_POINTS, hc_buf_view(&value));
    struct hc_urls urls = hc_urls_crl(&cert);
    assert_int_equal(urls.n, 2);
    assert_true(hc_bytes_eq_str(urls.url[0], "http://a.example/crl"));
    assert_true(hc_bytes_eq_str(urls.url[1], "ldap://b.example/x"));
    assert_int_equal(hc_urls_issuer(&cert).n, 0);
}

static void access_methods_are_told_apart(void **state)
{
    HC_BUF_AUTO(value, 4096);
    HC_BUF_AUTO(ext, 4096);
    (void)state;
    size_t at = hc_derw_begin(&value, 0x30);
    put_access(&value, HC_OID_AD_OCSP, "http://a.example/ocsp");
    put_access(&value, HC_OID_AD_CA_ISSUERS, "http://a.example/ca");
    hc_derw_end(&value, at);
    struct hc_cert cert = with(&ext, HC_OID_AUTHORITY_INFO_ACCESS, hc_buf_view(&value));
    assert_true(hc_bytes_eq_str(hc_urls_issuer(&cert).url[0], "http://a.example/ca"));
    assert_true(hc_bytes_eq_str(hc_urls_ocsp(&cert).url[0], "http://a.example/ocsp"));
    assert_int_equal(hc_urls_ocsp(&cert).n, 1);
}

static void more_points_than_there_is_room_for_are_passed_over(void **state)
{
    HC_BUF_AUTO(value, 65536);
    HC_BUF_AUTO(ext, 65536);
    (void)state;
    size_t at = hc_derw_begin(&value, 0x30);
    for (int i = 0; i < 1000; i++)
        put_point(&value, URI_TAG, "http://a.example/crl");
    hc_derw_end(&value, at);
    struct hc_cert cert = with(&ext, HC_OID_CRL_DISTRIBUTION_POINTS, hc_buf_view(&value));
    assert_int_equal(hc_urls_crl(&cert).n, HC_URLS_MAX);
}

/* Whatever byte is changed or cut off, nothing beyond the value is read, which the sanitisers watch. */
static void a_broken_extension_has_no_urls_or_other_ones(void **state)
{
    HC_BUF_AUTO(value, 4096);
    (void)state;
    size_t at = hc_derw_begin(&value, 0x30);
    put_point(&value, URI_TAG, "http://a.example/crl");
    hc_derw_end(&value, at);
    for (size_t cut = 0; cut < value.n; cut++) {
        HC_BUF_AUTO(ext, 4096);
        struct hc_cert cert = with(&ext, HC_OID_CRL_DISTRIBUTION_POINTS, hc_bytes_head(hc_buf_view(&value), cut));
        assert_int_equal(hc_urls_crl(&cert).n, 0);
    }
    for (size_t i = 0; i < value.n; i++) {
        HC_BUF_AUTO(ext, 4096);
        value.p[i] ^= 0x11;
        struct hc_cert cert = with(&ext, HC_OID_CRL_DISTRIBUTION_POINTS, hc_buf_view(&value));
        assert_in_range(hc_urls_crl(&cert).n, 0, 1);
        value.p[i] ^= 0x11;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_give_their_uris_and_nothing_else),
        cmocka_unit_test(access_methods_are_told_apart),
        cmocka_unit_test(more_points_than_there_is_room_for_are_passed_over),
        cmocka_unit_test(a_broken_extension_has_no_urls_or_other_ones),
    };
    return cmocka_run_group_tests_name("pki/urls", tests, NULL, NULL);
}

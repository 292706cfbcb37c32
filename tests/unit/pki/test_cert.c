/* The certificate parser: every rule refuses with its own code, and every field says what the certificate says. */
#include "hc_test.h"

#include "crypto/digest.h"
#include "pki/cert.h"
#include "rough.h"

static struct hc_rc parse(const struct rough *r, struct hc_cert **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, ROUGH_MAX);

    rough_cert(&der, r);
    return hc_cert_parse(hc_buf_view(&der), out, e);
}

static void expect_refused(const struct rough *r, enum hc_code code)
{
    struct hc_cert *cert = NULL;
    struct hc_err e;

    expect_fail(&e, parse(r, &cert, &e), code);
    assert_null(cert);
}

/* A certificate with one extension. */
static struct hc_rc parse_ext(struct hc_bytes oid, struct hc_bytes value, struct hc_cert **out, struct hc_err *e)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);

    rough_ext(&exts, oid, false, value);
    return parse(&(struct rough){.exts = hc_buf_view(&exts)}, out, e);
}

static void expect_ext_refused(struct hc_bytes oid, struct hc_bytes value, enum hc_code code)
{
    struct hc_cert *cert = NULL;
    struct hc_err e;

    expect_fail(&e, parse_ext(oid, value, &cert, &e), code);
    assert_null(cert);
}

static void cert_shows_the_plain_fields(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(text, 64);
    uint8_t digest[32];
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse(&(struct rough){.serial = HC_BYTES("\x00\x8f\x01"), .unique_ids = true}, &cert, &e));
    assert_int_equal(cert->version, 3);
    expect_bytes(cert->serial, "\x00\x8f\x01");
    assert_true(hc_bytes_eq(cert->issuer, ROUGH_NAME) && hc_bytes_eq(cert->subject, ROUGH_NAME));
    assert_true(hc_cert_self_issued(cert) && !cert->subject_empty && !cert->odd_times);
    assert_int_equal(cert->not_before, ROUGH_NOT_BEFORE);
    assert_int_equal(cert->not_after, ROUGH_NOT_BEFORE + 86400);
    expect_bytes(cert->signature, "not a signature");
    expect_bytes(cert->spki_key, "0123456789abcdef0123456789abcdef");
    assert_int_equal(cert->tbs.p[0], HC_DER_SEQUENCE);
    assert_true(cert->tbs.p > cert->der.p && cert->tbs.p + cert->tbs.n < cert->signature.p);
    assert_int_equal(cert->n_names + cert->n_other_names + cert->extensions_seen + cert->unknown_critical.n, 0);
    hc_sha256(cert->der, digest);
    assert_memory_equal(cert->sha256, digest, sizeof digest);
    hc_serial_text(cert->serial, &text);
    hc_buf_add_byte(&text, ' ');
    hc_cert_common_name(cert, &text);
    assert_string_equal(hc_buf_cstr(&text), "8f01 Test");
}

static void cert_must_be_version_3(void **state)
{
    (void)state;
    expect_refused(&(struct rough){.version = -1}, HC_E_CERT_VERSION);
    expect_refused(&(struct rough){.version = 1}, HC_E_CERT_VERSION);
    expect_refused(&(struct rough){.version = 2}, HC_E_CERT_VERSION);
    expect_refused(&(struct rough){.version = 4}, HC_E_CERT_VERSION);
}

static void cert_must_have_a_serial_of_at_most_20_bytes(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    struct hc_err e;

    (void)state;
    expect_refused(&(struct rough){.serial = HC_BYTES("\x01"
                                                      "01234567890123456789")},
                   HC_E_CERT_SERIAL);
    expect_refused(&(struct rough){.serial = HC_BYTES("\x00\x01")}, HC_E_CERT_MALFORMED); /* not minimal */
    expect_ok(&e, parse(&(struct rough){.serial = HC_BYTES("01234567890123456789")}, &cert, &e));
    assert_false(cert->odd_serial);
}

/* It can be read, and the verifier and the bundle refuse it. */
static void serial_that_is_zero_or_negative_is_marked_as_odd(void **state)
{
    HC_AUTO(hc_cert) zero = NULL;
    HC_AUTO(hc_cert) negative = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse(&(struct rough){.serial = HC_BYTES("\x00")}, &zero, &e));
    assert_true(zero->odd_serial);
    expect_ok(&e, parse(&(struct rough){.serial = HC_BYTES("\xff")}, &negative, &e));
    assert_true(negative->odd_serial);
    HC_BUF_AUTO(text, 64);
    hc_serial_text(negative->serial, &text);
    hc_buf_add_str(&text, " ");
    hc_serial_text(HC_BYTES("\x00\xff"), &text);
    hc_buf_add_str(&text, " ");
    hc_serial_text(HC_BYTES("\x80\x00"), &text);
    assert_string_equal(hc_buf_cstr(&text), "-01 ff -8000");
}

static void cert_must_say_the_same_algorithm_twice(void **state)
{
    (void)state;
    expect_refused(&(struct rough){.outer_oid = HC_OID_ECDSA_SHA384}, HC_E_CERT_ALGORITHM_MISMATCH);
}

static void cert_must_be_the_whole_input_and_no_more(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    struct hc_cert *cert = NULL;
    struct hc_err e;

    (void)state;
    expect_refused(&(struct rough){.trailing = HC_BYTES("\x05\x00")}, HC_E_CERT_MALFORMED);
    rough_cert(&der, &(struct rough){0});
    for (size_t n = 0; n < der.n; n++)
        expect_fail(&e, hc_cert_parse(hc_bytes_head(hc_buf_view(&der), n), &cert, &e), HC_E_CERT_MALFORMED);
    expect_fail(&e, hc_cert_parse((struct hc_bytes){NULL, 0}, &cert, &e), HC_E_CERT_MALFORMED);
}

static void cert_must_not_be_enormous(void **state)
{
    static uint8_t huge[HC_CERT_MAX + 1];
    struct hc_cert *cert = NULL;
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_cert_parse(hc_bytes_of(huge, sizeof huge), &cert, &e), HC_E_CERT_TOO_BIG);
}

static void cert_must_have_an_issuer_but_may_have_no_subject(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    struct hc_err e;

    (void)state;
    expect_refused(&(struct rough){.issuer = HC_BYTES("\x30\x00")}, HC_E_CERT_MALFORMED);
    expect_ok(&e, parse(&(struct rough){.subject = HC_BYTES("\x30\x00")}, &cert, &e));
    assert_true(cert->subject_empty);
}

static void cert_must_not_have_control_bytes_in_its_names(void **state)
{
    HC_BUF_AUTO(dn, 256);

    (void)state;
    rough_name(&dn, HC_OID_AT_COMMON_NAME, HC_DER_UTF8, HC_BYTES("good.example\0.evil.example"));
    expect_refused(&(struct rough){.subject = hc_buf_view(&dn)}, HC_E_CERT_CONTROL_BYTE);
    expect_refused(&(struct rough){.issuer = hc_buf_view(&dn)}, HC_E_CERT_CONTROL_BYTE);
}

static void cert_must_not_repeat_an_extension(void **state)
{
    HC_BUF_AUTO(exts, 1024);

    (void)state;
    rough_ext(&exts, HC_BYTES("\x2a\x03"), false, HC_BYTES("a"));
    rough_ext(&exts, HC_BYTES("\x2a\x03"), false, HC_BYTES("b"));
    expect_refused(&(struct rough){.exts = hc_buf_view(&exts)}, HC_E_CERT_DUPLICATE_EXTENSION);
}

static void cert_bounds_its_extensions(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(exts, ROUGH_MAX);
    struct hc_err e;

    (void)state;
    expect_refused(&(struct rough){.empty_exts = true}, HC_E_CERT_MALFORMED);
    for (uint8_t i = 0; i < HC_CERT_EXTENSIONS_MAX; i++) {
        uint8_t oid[2] = {0x2a, (uint8_t)(i & 0x7f)};

        rough_ext(&exts, hc_bytes_of(oid, 2), false, HC_BYTES(""));
    }
    expect_ok(&e, parse(&(struct rough){.exts = hc_buf_view(&exts)}, &cert, &e));
    rough_ext(&exts, HC_OID_KEY_USAGE, false, HC_BYTES("\x03\x02\x07\x80"));
    expect_refused(&(struct rough){.exts = hc_buf_view(&exts)}, HC_E_CERT_TOO_BIG);
}

static void cert_records_an_unknown_critical_extension(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(exts, 1024);
    struct hc_bytes value;
    bool critical = false;
    struct hc_err e;

    (void)state;
    rough_ext(&exts, HC_BYTES("\x2a\x03"), false, HC_BYTES("a"));
    rough_ext(&exts, HC_BYTES("\x2a\x04"), true, HC_BYTES("b"));
    rough_ext(&exts, HC_BYTES("\x2a\x05"), true, HC_BYTES("c"));
    expect_ok(&e, parse(&(struct rough){.exts = hc_buf_view(&exts)}, &cert, &e));
    expect_bytes(cert->unknown_critical, "\x2a\x04");
    assert_true(hc_cert_extension(cert, HC_BYTES("\x2a\x05"), &value, &critical));
    expect_bytes(value, "c");
    assert_true(critical);
    assert_false(hc_cert_extension(cert, HC_BYTES("\x2a\x06"), &value, NULL));
}

static void cert_reads_all_names_of_identities_in_order(void **state)
{
    static const char *const want[] = {"dns:shop.example.com",     "dns:*.example.com", "email:Alice@example.com",
                                       "spiffe://example.com/web", "ip:192.0.2.7",      "ip:2001:db8::1"};
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(exts, 4096);
    HC_BUF_AUTO(san, 4096);
    size_t seq = hc_derw_begin(&san, HC_DER_SEQUENCE);
    struct hc_err e;

    (void)state;
    hc_derw_element(&san, 0x82, HC_BYTES("Shop.Example.com"));
    hc_derw_element(&san, 0xa4, ROUGH_NAME); /* directoryName: counted only */
    hc_derw_element(&san, 0x82, HC_BYTES("*.example.com"));
    hc_derw_element(&san, 0x81, HC_BYTES("Alice@Example.com"));
    hc_derw_element(&san, 0x86, HC_BYTES("spiffe://example.com/web"));
    hc_derw_element(&san, 0x87, HC_BYTES("\xc0\x00\x02\x07"));
    hc_derw_element(&san, 0x87, HC_BYTES("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"));
    hc_derw_element(&san, 0x88, HC_BYTES("\x2a\x03")); /* registeredID */
    hc_derw_end(&san, seq);
    rough_ext(&exts, HC_OID_SUBJECT_ALT_NAME, true, hc_buf_view(&san));
    expect_ok(&e, parse(&(struct rough){.exts = hc_buf_view(&exts)}, &cert, &e));
    assert_int_equal(cert->n_names, 6);
    assert_int_equal(cert->n_other_names, 2);
    assert_true(cert->san_critical);
    for (size_t i = 0; i < cert->n_names; i++) {
        HC_BUF_AUTO(text, 256);

        hc_name_text(&cert->names[i], &text);
        assert_string_equal(hc_buf_cstr(&text), want[i]);
    }
}

static void expect_san_refused(uint8_t tag, struct hc_bytes value, enum hc_code code)
{
    HC_BUF_AUTO(exts, ROUGH_MAX);

    rough_san(&exts, tag, value);
    expect_refused(&(struct rough){.exts = hc_buf_view(&exts)}, code);
}

static void cert_refuses_control_bytes_in_every_kind_of_alternative_name(void **state)
{
    HC_BUF_AUTO(dn, 256);

    (void)state;
    rough_name(&dn, HC_OID_AT_COMMON_NAME, HC_DER_UTF8, HC_BYTES("a\0b"));
    expect_san_refused(0x82, HC_BYTES("good.example\0.evil.example"), HC_E_CERT_CONTROL_BYTE);
    expect_san_refused(0x82, HC_BYTES("good.example\x7f"), HC_E_CERT_CONTROL_BYTE);
    expect_san_refused(0x81, HC_BYTES("a@good.example\0"), HC_E_CERT_CONTROL_BYTE);
    expect_san_refused(0x86, HC_BYTES("https://good.example\n/"), HC_E_CERT_CONTROL_BYTE);
    expect_san_refused(0xa4, hc_buf_view(&dn), HC_E_CERT_CONTROL_BYTE);
    expect_san_refused(0xa0,
                       HC_BYTES("\x06\x02\x2a\x03\xa0\x05\x0c\x03"
                                "a\0b"),
                       HC_E_CERT_CONTROL_BYTE);
}

static void cert_refuses_alternative_names_that_are_not_well_formed(void **state)
{
    (void)state;
    expect_san_refused(0x82, HC_BYTES(""), HC_E_CERT_EXTENSION);
    expect_san_refused(0x82, HC_BYTES(" "), HC_E_CERT_EXTENSION);
    expect_san_refused(0x82, HC_BYTES("a..b"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x82, HC_BYTES("example.com."), HC_E_CERT_EXTENSION);
    expect_san_refused(0x82, HC_BYTES("f*.example.com"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x82,
                       HC_BYTES("b\xfc"
                                "cher.example"),
                       HC_E_CERT_EXTENSION);
    expect_san_refused(0x81, HC_BYTES("example.com"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x86, HC_BYTES("/relative"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x86, HC_BYTES("spiffe://Example.com/"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x87, HC_BYTES("\x7f\x00\x01"), HC_E_CERT_EXTENSION);
    expect_san_refused(0x87, HC_BYTES("\x7f\0\0\1\xff\xff\xff\xff"), HC_E_CERT_EXTENSION); /* an address with a mask */
    expect_san_refused(0x89, HC_BYTES("x"), HC_E_CERT_EXTENSION);
    expect_san_refused(0xa0, HC_BYTES("x"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_SUBJECT_ALT_NAME, HC_BYTES("\x30\x03\x82\x01"), HC_E_CERT_EXTENSION);
}

static void cert_bounds_its_names(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    struct hc_err e;

    (void)state;
    for (size_t n = HC_CERT_NAMES_MAX; n <= HC_CERT_NAMES_MAX + 1; n++) {
        HC_BUF_AUTO(san, ROUGH_MAX);
        HC_BUF_AUTO(exts, ROUGH_MAX);
        size_t seq = hc_derw_begin(&san, HC_DER_SEQUENCE);

        for (size_t i = 0; i < n; i++)
            hc_derw_element(&san, 0x87, HC_BYTES("\x20\x01\x0d\xb8\x11\x11\x22\x22\x33\x33\x44\x44\x55\x55\x66\x66"));
        hc_derw_end(&san, seq);
        rough_ext(&exts, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
        if (n == HC_CERT_NAMES_MAX)
            expect_ok(&e, parse(&(struct rough){.exts = hc_buf_view(&exts)}, &cert, &e));
        else
            expect_refused(&(struct rough){.exts = hc_buf_view(&exts)}, HC_E_CERT_TOO_BIG);
    }
}

static void cert_reads_the_extensions_of_a_ca(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(exts, 4096);
    struct hc_err e;

    (void)state;
    rough_ext(&exts, HC_OID_BASIC_CONSTRAINTS, true, HC_BYTES("\x30\x06\x01\x01\xff\x02\x01\x00"));
    rough_ext(&exts, HC_OID_KEY_USAGE, true, HC_BYTES("\x03\x02\x01\x06"));
    rough_ext(&exts, HC_OID_SUBJECT_KEY_ID, false, HC_BYTES("\x04\x02hi"));
    rough_ext(&exts, HC_OID_AUTHORITY_KEY_ID, false, HC_BYTES("\x30\x04\x80\x02ho"));
    rough_ext(&exts, HC_OID_NAME_CONSTRAINTS, true, HC_BYTES("\x30\x0c\xa0\x05\x30\x03\x82\x01x\xa1\x03\x30\x01\x82"));
    rough_ext(&exts, HC_OID_CERTIFICATE_POLICIES, false, HC_BYTES("\x30\x00"));
    rough_ext(&exts, HC_OID_POLICY_MAPPINGS, false, HC_BYTES("\x30\x00"));
    rough_ext(&exts, HC_OID_POLICY_CONSTRAINTS, false, HC_BYTES("\x30\x00"));
    rough_ext(&exts, HC_OID_INHIBIT_ANY_POLICY, false, HC_BYTES("\x02\x01\x00"));
    rough_ext(&exts, HC_OID_PROXY_CERT_INFO, true, HC_BYTES("\x30\x00"));
    expect_ok(&e, parse(&(struct rough){.exts = hc_buf_view(&exts)}, &cert, &e));
    assert_true(cert->has_bc && cert->bc_critical && cert->is_ca && cert->has_pathlen);
    assert_int_equal(cert->pathlen, 0);
    assert_true(cert->has_ku);
    assert_int_equal(cert->ku, HC_KU_CERT_SIGN | HC_KU_CRL_SIGN);
    expect_bytes(cert->ski, "hi");
    expect_bytes(cert->aki, "ho");
    assert_true(cert->has_nc);
    expect_bytes(cert->nc_permitted, "\x30\x03\x82\x01x");
    expect_bytes(cert->nc_excluded, "\x30\x01\x82");
    assert_true(cert->has_policies && cert->has_policy_mappings && cert->has_policy_constraints &&
                cert->has_inhibit_any);
    assert_true(cert->has_proxy_cert_info);
    assert_int_equal(cert->unknown_critical.n, 0);
    assert_int_equal(cert->extensions_critical,
                     HC_EXT_BASIC_CONSTRAINTS | HC_EXT_KEY_USAGE | HC_EXT_NAME_CONSTRAINTS | HC_EXT_PROXY_CERT_INFO);
}

static void cert_reads_extended_key_usages(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    HC_BUF_AUTO(eku, 256);
    size_t seq = hc_derw_begin(&eku, HC_DER_SEQUENCE);
    struct hc_err e;

    (void)state;
    hc_derw_oid(&eku, HC_OID_EKU_CLIENT_AUTH);
    hc_derw_oid(&eku, HC_OID_EKU_EMAIL_PROTECTION);
    hc_derw_end(&eku, seq);
    expect_ok(&e, parse_ext(HC_OID_EXT_KEY_USAGE, hc_buf_view(&eku), &cert, &e));
    assert_true(cert->has_eku);
    assert_int_equal(cert->eku, HC_EKU_CLIENT | HC_EKU_OTHER);
}

static void cert_takes_an_explicit_false_for_what_it_means(void **state)
{
    HC_AUTO(hc_cert) cert = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse_ext(HC_OID_BASIC_CONSTRAINTS, HC_BYTES("\x30\x03\x01\x01\x00"), &cert, &e));
    assert_true(cert->has_bc && !cert->is_ca && !cert->has_pathlen);
}

static void cert_refuses_malformed_extensions(void **state)
{
    (void)state;
    expect_ext_refused(HC_OID_BASIC_CONSTRAINTS, HC_BYTES("\x30\x03\x02\x01\xff"),
                       HC_E_CERT_EXTENSION); /* pathlen -1 */
    expect_ext_refused(HC_OID_BASIC_CONSTRAINTS, HC_BYTES("\x30\x03\x01\x01\x01"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_BASIC_CONSTRAINTS, HC_BYTES("\x30\x00\x05\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_KEY_USAGE, HC_BYTES("\x03\x01\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_KEY_USAGE, HC_BYTES("\x03\x02\x00\x06"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_EXT_KEY_USAGE, HC_BYTES("\x30\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_EXT_KEY_USAGE, HC_BYTES("\x30\x02\x05\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_SUBJECT_KEY_ID, HC_BYTES("\x04\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_AUTHORITY_KEY_ID, HC_BYTES("\x04\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_NAME_CONSTRAINTS, HC_BYTES("\x30\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_NAME_CONSTRAINTS, HC_BYTES("\x30\x02\xa0\x00"), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_CERTIFICATE_POLICIES, HC_BYTES(""), HC_E_CERT_EXTENSION);
    expect_ext_refused(HC_OID_INHIBIT_ANY_POLICY, HC_BYTES("\x30\x00"), HC_E_CERT_EXTENSION);
}

static void cert_lives_until_its_last_reference_goes(void **state)
{
    HC_AUTO(hc_cert) kept = NULL;
    struct hc_cert *cert = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse(&(struct rough){0}, &cert, &e));
    kept = hc_cert_ref(cert);
    hc_cert_free(cert);
    assert_true(hc_cert_eq(kept, kept));
    hc_cert_free(NULL);
}

/* A certificate with some of everything, for mutation. */
static void rich_cert(struct hc_buf *der)
{
    HC_BUF_AUTO(exts, 4096);
    HC_BUF_AUTO(san, 1024);
    size_t seq = hc_derw_begin(&san, HC_DER_SEQUENCE);

    hc_derw_element(&san, 0x82, HC_BYTES("shop.example.com"));
    hc_derw_element(&san, 0x81, HC_BYTES("alice@example.com"));
    hc_derw_element(&san, 0x86, HC_BYTES("spiffe://example.com/web"));
    hc_derw_element(&san, 0x87, HC_BYTES("\x7f\x00\x00\x01"));
    hc_derw_element(&san, 0xa4, ROUGH_NAME);
    hc_derw_element(&san, 0xa0, HC_BYTES("\x06\x02\x2a\x03\xa0\x04\x0c\x02hi"));
    hc_derw_end(&san, seq);
    rough_ext(&exts, HC_OID_SUBJECT_ALT_NAME, false, hc_buf_view(&san));
    rough_ext(&exts, HC_OID_BASIC_CONSTRAINTS, true, HC_BYTES("\x30\x06\x01\x01\xff\x02\x01\x00"));
    rough_ext(&exts, HC_OID_KEY_USAGE, true, HC_BYTES("\x03\x02\x01\x06"));
    rough_ext(&exts, HC_OID_AUTHORITY_KEY_ID, false, HC_BYTES("\x30\x04\x80\x02ho"));
    rough_ext(&exts, HC_OID_NAME_CONSTRAINTS, true, HC_BYTES("\x30\x07\xa0\x05\x30\x03\x82\x01x"));
    rough_cert(der, &(struct rough){.exts = hc_buf_view(&exts), .unique_ids = true});
}

static void cert_judges_every_single_changed_bit_without_harm(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    size_t refused = 0;

    (void)state;
    rich_cert(&der);
    for (size_t i = 0; i < der.n * 8; i++) {
        HC_AUTO(hc_cert) cert = NULL;
        HC_BUF_AUTO(text, ROUGH_MAX);
        struct hc_err e;

        der.p[i / 8] ^= (uint8_t)(1 << i % 8);
        if (hc_failed(hc_cert_parse(hc_buf_view(&der), &cert, &e))) {
            refused++;
            assert_int_equal(hc_row(e.code)->class, HC_CLASS_CERTIFICATE);
        } else {
            hc_dn_text(cert->subject, &text);
            hc_cert_common_name(cert, &text);
            assert_int_equal(text.failed, HC_OK_CODE);
        }
        der.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    assert_true(refused > der.n * 4);
}

static struct hc_rc parse_view(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_cert) cert = NULL;

    return hc_cert_parse(hc_buf_view(ctx), &cert, e);
}

static void cert_survives_every_failing_allocation(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);

    (void)state;
    rich_cert(&der);
    assert_true(fault_sweep(parse_view, &der) >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cert_shows_the_plain_fields),
        cmocka_unit_test(cert_must_be_version_3),
        cmocka_unit_test(cert_must_have_a_serial_of_at_most_20_bytes),
        cmocka_unit_test(serial_that_is_zero_or_negative_is_marked_as_odd),
        cmocka_unit_test(cert_must_say_the_same_algorithm_twice),
        cmocka_unit_test(cert_must_be_the_whole_input_and_no_more),
        cmocka_unit_test(cert_must_not_be_enormous),
        cmocka_unit_test(cert_must_have_an_issuer_but_may_have_no_subject),
        cmocka_unit_test(cert_must_not_have_control_bytes_in_its_names),
        cmocka_unit_test(cert_must_not_repeat_an_extension),
        cmocka_unit_test(cert_bounds_its_extensions),
        cmocka_unit_test(cert_records_an_unknown_critical_extension),
        cmocka_unit_test(cert_reads_all_names_of_identities_in_order),
        cmocka_unit_test(cert_refuses_control_bytes_in_every_kind_of_alternative_name),
        cmocka_unit_test(cert_refuses_alternative_names_that_are_not_well_formed),
        cmocka_unit_test(cert_bounds_its_names),
        cmocka_unit_test(cert_reads_the_extensions_of_a_ca),
        cmocka_unit_test(cert_reads_extended_key_usages),
        cmocka_unit_test(cert_takes_an_explicit_false_for_what_it_means),
        cmocka_unit_test(cert_refuses_malformed_extensions),
        cmocka_unit_test(cert_lives_until_its_last_reference_goes),
        cmocka_unit_test(cert_judges_every_single_changed_bit_without_harm),
        cmocka_unit_test(cert_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/cert", tests, NULL, NULL);
}

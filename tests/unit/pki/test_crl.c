/* The CRL parser: complete CRLs only (T14), found by serial, and numbers that can be compared (T16). */
#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include "pki/crl.h"
#include "pki/pem.h"
#include "rough.h"

#define NUMBER HC_BYTES("\x02\x01\x05")

struct rough_crl {
    int version;             /* 2; -1 leaves it out */
    struct hc_bytes issuer;  /* Name element */
    struct hc_bytes entries; /* contents of revokedCertificates */
    struct hc_bytes exts;    /* contents of the SEQUENCE; absent: a CRL number only */
    struct hc_bytes outer_oid;
    bool empty_entries, no_exts, no_next_update, next_before_this;
};

static void rough_crl_tbs(struct hc_buf *b, const struct rough_crl *r)
{
    HC_BUF_AUTO(exts, 1024);
    size_t tbs = hc_derw_begin(b, HC_DER_SEQUENCE);

    rough_ext(&exts, HC_OID_CRL_NUMBER, false, NUMBER);
    if (r->version >= 0)
        hc_derw_small(b, (uint64_t)(r->version ? r->version : 2) - 1);
    rough_algorithm(b, (struct hc_bytes){NULL, 0});
    hc_derw_raw(b, rough_or(r->issuer, ROUGH_NAME));
    hc_derw_time(b, ROUGH_NOT_BEFORE);
    if (!r->no_next_update)
        hc_derw_time(b, ROUGH_NOT_BEFORE + (r->next_before_this ? -1 : 86400));
    if (r->entries.n > 0 || r->empty_entries)
        hc_derw_element(b, HC_DER_SEQUENCE, r->entries);
    if (!r->no_exts)
        rough_extensions(b, HC_DER_CONTEXT_CONSTRUCTED(0), rough_or(r->exts, hc_buf_view(&exts)));
    hc_derw_end(b, tbs);
}

static void rough_crl_der(struct hc_buf *b, const struct rough_crl *r)
{
    size_t at = hc_derw_begin(b, HC_DER_SEQUENCE);

    rough_crl_tbs(b, r);
    rough_algorithm(b, r->outer_oid);
    hc_derw_bitstring(b, HC_BYTES("not a signature"));
    hc_derw_end(b, at);
    assert_int_equal(b->failed, HC_OK_CODE);
}

/* Appends an entry; with `ext_oid`, one extension. */
static void rough_entry(struct hc_buf *b, struct hc_bytes serial, struct hc_bytes ext_oid, struct hc_bytes ext,
                        bool critical)
{
    size_t at = hc_derw_begin(b, HC_DER_SEQUENCE);

    hc_derw_element(b, HC_DER_INTEGER, serial);
    hc_derw_time(b, ROUGH_NOT_BEFORE - 60);
    if (ext_oid.p) {
        size_t exts = hc_derw_begin(b, HC_DER_SEQUENCE);

        rough_ext(b, ext_oid, critical, ext);
        hc_derw_end(b, exts);
    }
    hc_derw_end(b, at);
}

static struct hc_rc parse(const struct rough_crl *r, struct hc_crl **out, struct hc_err *e)
{
    HC_BUF_AUTO(der, 8 * 1024 * 1024);

    rough_crl_der(&der, r);
    return hc_crl_parse(hc_buf_view(&der), out, e);
}

static void expect_refused(const struct rough_crl *r, enum hc_code code)
{
    struct hc_crl *crl = NULL;
    struct hc_err e;

    expect_fail(&e, parse(r, &crl, &e), code);
    assert_null(crl);
}

static void expect_entry_refused(struct hc_bytes ext_oid, struct hc_bytes ext, bool critical, enum hc_code code)
{
    HC_BUF_AUTO(entries, 1024);

    rough_entry(&entries, HC_BYTES("\x2a"), ext_oid, ext, critical);
    expect_refused(&(struct rough_crl){.entries = hc_buf_view(&entries)}, code);
}

/* A CRL number and one more extension. */
static void expect_ext_refused(struct hc_bytes oid, bool critical, struct hc_bytes value, enum hc_code code)
{
    HC_BUF_AUTO(exts, 1024);

    rough_ext(&exts, HC_OID_CRL_NUMBER, false, NUMBER);
    rough_ext(&exts, oid, critical, value);
    expect_refused(&(struct rough_crl){.exts = hc_buf_view(&exts)}, code);
}

static void crl_shows_its_fields(void **state)
{
    HC_AUTO(hc_crl) crl = NULL;
    HC_BUF_AUTO(exts, 1024);
    struct hc_err e;

    (void)state;
    rough_ext(&exts, HC_OID_AUTHORITY_KEY_ID, false, HC_BYTES("\x30\x04\x80\x02ho"));
    rough_ext(&exts, HC_OID_CRL_NUMBER, false, HC_BYTES("\x02\x02\x00\x80"));
    rough_ext(&exts, HC_BYTES("\x2a\x03"), false, HC_BYTES("whatever"));
    expect_ok(&e, parse(&(struct rough_crl){.exts = hc_buf_view(&exts)}, &crl, &e));
    assert_true(hc_bytes_eq(crl->issuer, ROUGH_NAME));
    assert_int_equal(crl->this_update, ROUGH_NOT_BEFORE);
    assert_int_equal(crl->next_update, ROUGH_NOT_BEFORE + 86400);
    expect_bytes(crl->number, "\x00\x80");
    expect_bytes(crl->aki, "ho");
    expect_bytes(crl->signature, "not a signature");
    assert_int_equal(crl->tbs.p[0], HC_DER_SEQUENCE);
    assert_int_equal(crl->n_entries, 0);
    assert_false(hc_crl_find(crl, HC_BYTES("\x2a"), NULL));
}

static void crl_finds_every_entry_and_nothing_else(void **state)
{
    HC_AUTO(hc_crl) crl = NULL;
    HC_BUF_AUTO(entries, 1024 * 1024);
    struct hc_crl_entry found;
    struct hc_bytes serial;
    struct hc_err e;

    (void)state;
    for (uint32_t i = 0; i < 5000; i++) { /* odd numbers, in an order of no order */
        uint32_t n = (i * 2654435761u % 5000) * 2 + 1;
        uint8_t be[3] = {0x01, (uint8_t)(n >> 8), (uint8_t)n};

        rough_entry(&entries, hc_bytes_of(be, 3), (struct hc_bytes){NULL, 0}, (struct hc_bytes){NULL, 0}, false);
    }
    rough_entry(&entries, HC_BYTES("\x07"), HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x01"), false);
    expect_ok(&e, parse(&(struct rough_crl){.entries = hc_buf_view(&entries)}, &crl, &e));
    assert_int_equal(crl->n_entries, 5001);
    for (uint32_t i = 0; i < 5000; i++) {
        uint32_t n = (i * 2654435761u % 5000) * 2 + 1;
        uint8_t odd[3] = {0x01, (uint8_t)(n >> 8), (uint8_t)n};
        uint8_t even[3] = {0x01, (uint8_t)(n >> 8), (uint8_t)(n - 1)};

        assert_true(hc_crl_find(crl, hc_bytes_of(odd, 3), &found));
        assert_false(hc_crl_find(crl, hc_bytes_of(even, 3), NULL));
    }
    assert_int_equal(found.time, ROUGH_NOT_BEFORE - 60);
    assert_int_equal(found.reason, HC_CRL_UNSPECIFIED);
    assert_true(hc_crl_find(crl, HC_BYTES("\x07"), &found));
    assert_int_equal(found.reason, HC_CRL_KEY_COMPROMISE);
    assert_int_equal(hc_crl_entry_at(crl, 0, &serial).reason, HC_CRL_KEY_COMPROMISE);
    expect_bytes(serial, "\x07");
    assert_false(hc_crl_find(crl, (struct hc_bytes){NULL, 0}, NULL));
}

static void crl_takes_an_empty_list_of_entries(void **state)
{
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse(&(struct rough_crl){.empty_entries = true}, &crl, &e));
    assert_int_equal(crl->n_entries, 0);
}

static void crl_must_be_version_2_with_both_dates_and_a_number(void **state)
{
    HC_BUF_AUTO(exts, 1024);

    (void)state;
    rough_ext(&exts, HC_OID_AUTHORITY_KEY_ID, false, HC_BYTES("\x30\x04\x80\x02ho"));
    expect_refused(&(struct rough_crl){.version = -1}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.version = 1}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.version = 3}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.no_next_update = true}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.next_before_this = true}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.no_exts = true}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.exts = hc_buf_view(&exts)}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.exts = HC_BYTES("")}, HC_E_CRL_MALFORMED);
}

static void crl_must_have_a_clean_issuer_and_one_algorithm(void **state)
{
    HC_BUF_AUTO(dn, 256);

    (void)state;
    rough_name(&dn, HC_OID_AT_COMMON_NAME, HC_DER_UTF8, HC_BYTES("a\0b"));
    expect_refused(&(struct rough_crl){.issuer = hc_buf_view(&dn)}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.issuer = HC_BYTES("\x30\x00")}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.outer_oid = HC_OID_ED25519}, HC_E_CRL_MALFORMED);
}

static void crl_must_be_complete_and_direct(void **state)
{
    (void)state;
    expect_ext_refused(HC_OID_DELTA_CRL, true, HC_BYTES("\x02\x01\x01"), HC_E_CRL_UNSUPPORTED);
    expect_ext_refused(HC_OID_ISSUING_DISTRIBUTION_POINT, true, HC_BYTES("\x30\x03\x81\x01\xff"), HC_E_CRL_UNSUPPORTED);
    expect_ext_refused(HC_OID_ISSUING_DISTRIBUTION_POINT, false, HC_BYTES("\x30\x03\x81\x01\xff"),
                       HC_E_CRL_UNSUPPORTED);
    expect_ext_refused(HC_OID_ISSUING_DISTRIBUTION_POINT, true, HC_BYTES("\x30\x00"), HC_E_CRL_MALFORMED);
    expect_ext_refused(HC_OID_ISSUING_DISTRIBUTION_POINT, true, HC_BYTES("\x30\x06\x81\x01\xff\x82\x01\xff"),
                       HC_E_CRL_MALFORMED);
    expect_ext_refused(HC_OID_DELTA_CRL, true, HC_BYTES("\x02\x01\x06"), HC_E_CRL_MALFORMED); /* above its number */
    expect_ext_refused(HC_BYTES("\x2a\x03"), true, HC_BYTES("x"), HC_E_CRL_UNSUPPORTED);
    expect_entry_refused(HC_OID_CERTIFICATE_ISSUER, HC_BYTES("\x30\x00"), true, HC_E_CRL_UNSUPPORTED);
    expect_entry_refused(HC_BYTES("\x2a\x03"), HC_BYTES("x"), true, HC_E_CRL_UNSUPPORTED);
}

static void crl_refuses_malformed_entries_and_reasons(void **state)
{
    (void)state;
    expect_entry_refused(HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x08"), false, HC_E_CRL_MALFORMED); /* removeFromCRL */
    expect_entry_refused(HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x07"), false, HC_E_CRL_MALFORMED);
    expect_entry_refused(HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x0b"), false, HC_E_CRL_MALFORMED);
    expect_entry_refused(HC_OID_REASON_CODE, HC_BYTES("\x02\x01\x01"), false, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.entries = HC_BYTES("\x30\x00")}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.entries = HC_BYTES("\x30\x12\x02\x01\x2a\x04\x0d"
                                                           "261121100000Z")},
                   HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.entries = HC_BYTES("\x30\x14\x02\x01\x2a\x17\x0d"
                                                           "261121100000Z\x30\x00")},
                   HC_E_CRL_MALFORMED);
    expect_ext_refused(HC_OID_CRL_NUMBER, false, NUMBER, HC_E_CRL_MALFORMED); /* twice */
    expect_ext_refused(HC_OID_AUTHORITY_KEY_ID, false, HC_BYTES("x"), HC_E_CRL_MALFORMED);
}

static void crl_number_must_not_be_negative_or_too_long(void **state)
{
    HC_BUF_AUTO(minus, 64);
    HC_BUF_AUTO(wide, 64);

    (void)state;
    rough_ext(&minus, HC_OID_CRL_NUMBER, false, HC_BYTES("\x02\x01\xff"));
    rough_ext(&wide, HC_OID_CRL_NUMBER, false,
              HC_BYTES("\x02\x15\x01"
                       "01234567890123456789"));
    expect_refused(&(struct rough_crl){.exts = hc_buf_view(&minus)}, HC_E_CRL_MALFORMED);
    expect_refused(&(struct rough_crl){.exts = hc_buf_view(&wide)}, HC_E_CRL_MALFORMED);
}

static void crl_compares_numbers_as_integers(void **state)
{
    (void)state;
    assert_true(hc_crl_number_cmp(HC_BYTES("\x05"), HC_BYTES("\x05")) == 0);
    assert_true(hc_crl_number_cmp(HC_BYTES("\x00\x80"), HC_BYTES("\x7f")) > 0);
    assert_true(hc_crl_number_cmp(HC_BYTES("\x7f"), HC_BYTES("\x01\x00")) < 0);
    assert_true(hc_crl_number_cmp(HC_BYTES("\x00"), HC_BYTES("")) == 0);
}

static void crl_is_read_from_der_and_pem_files(void **state)
{
    char path[] = "/tmp/hc-test-crl-XXXXXX";
    int fd = mkstemp(path);
    HC_BUF_AUTO(entries, 1024);
    HC_BUF_AUTO(der, 4096);
    HC_BUF_AUTO(pem, 8192);
    HC_AUTO(hc_crl) one = NULL;
    HC_AUTO(hc_crl) two = NULL;
    struct hc_err e;

    (void)state;
    rough_entry(&entries, HC_BYTES("\x2a"), HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x01"), false);
    rough_crl_der(&der, &(struct rough_crl){.entries = hc_buf_view(&entries)});
    hc_pem_emit(&pem, HC_PEM_CRL, hc_buf_view(&der));
    assert_int_equal(pwrite(fd, der.p, der.n, 0), der.n);
    expect_ok(&e, hc_crl_load(path, &one, &e));
    assert_int_equal(pwrite(fd, pem.p, pem.n, 0), pem.n);
    expect_ok(&e, hc_crl_load(path, &two, &e));
    assert_true(hc_bytes_eq(one->der, two->der));
    assert_int_equal(pwrite(fd, "nothing of the kind", 19, 0) + ftruncate(fd, 19), 19);
    expect_fail(&e, hc_crl_load(path, &two, &e), HC_E_PEM);
    assert_non_null(strstr(e.text, path));
    close(fd);
    unlink(path);
    expect_fail(&e, hc_crl_load(path, &two, &e), HC_E_FILE_MISSING);
}

static void crl_judges_every_single_changed_bit_without_harm(void **state)
{
    HC_BUF_AUTO(der, 4096);
    HC_BUF_AUTO(entries, 1024);

    (void)state;
    rough_entry(&entries, HC_BYTES("\x2a"), HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x01"), false);
    rough_entry(&entries, HC_BYTES("\x01\x2a"), HC_OID_INVALIDITY_DATE, HC_BYTES("x"), false);
    rough_crl_der(&der, &(struct rough_crl){.entries = hc_buf_view(&entries)});
    for (size_t i = 0; i < der.n * 8; i++) {
        HC_AUTO(hc_crl) crl = NULL;
        struct hc_err e;

        der.p[i / 8] ^= (uint8_t)(1 << i % 8);
        if (hc_failed(hc_crl_parse(hc_buf_view(&der), &crl, &e)))
            assert_true(e.code == HC_E_CRL_MALFORMED || e.code == HC_E_CRL_UNSUPPORTED);
        else
            hc_crl_find(crl, HC_BYTES("\x2a"), NULL);
        der.p[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    for (size_t n = 0; n < der.n; n++) {
        struct hc_crl *crl = NULL;
        struct hc_err e;

        expect_fail(&e, hc_crl_parse(hc_bytes_head(hc_buf_view(&der), n), &crl, &e), HC_E_CRL_MALFORMED);
    }
}

static void crl_lives_until_its_last_reference_goes(void **state)
{
    HC_AUTO(hc_crl) kept = NULL;
    struct hc_crl *crl = NULL;
    struct hc_err e;

    (void)state;
    expect_ok(&e, parse(&(struct rough_crl){0}, &crl, &e));
    kept = hc_crl_ref(crl);
    hc_crl_free(crl);
    assert_int_equal(kept->n_entries, 0);
    hc_crl_free(NULL);
}

static void crl_names_its_reasons(void **state)
{
    (void)state;
    assert_string_equal(hc_crl_reason_text(HC_CRL_KEY_COMPROMISE), "keyCompromise");
    assert_string_equal(hc_crl_reason_text(HC_CRL_PRIVILEGE_WITHDRAWN), "privilegeWithdrawn");
    assert_string_equal(hc_crl_reason_text(HC_CRL_UNSPECIFIED), "unspecified");
}

static struct hc_rc parse_view(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_crl) crl = NULL;

    return hc_crl_parse(hc_buf_view(ctx), &crl, e);
}

static void crl_survives_every_failing_allocation(void **state)
{
    HC_BUF_AUTO(der, 4096);
    HC_BUF_AUTO(entries, 1024);

    (void)state;
    rough_entry(&entries, HC_BYTES("\x2a"), HC_OID_REASON_CODE, HC_BYTES("\x0a\x01\x01"), false);
    rough_crl_der(&der, &(struct rough_crl){.entries = hc_buf_view(&entries)});
    assert_true(fault_sweep(parse_view, &der) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crl_shows_its_fields),
        cmocka_unit_test(crl_finds_every_entry_and_nothing_else),
        cmocka_unit_test(crl_takes_an_empty_list_of_entries),
        cmocka_unit_test(crl_must_be_version_2_with_both_dates_and_a_number),
        cmocka_unit_test(crl_must_have_a_clean_issuer_and_one_algorithm),
        cmocka_unit_test(crl_must_be_complete_and_direct),
        cmocka_unit_test(crl_refuses_malformed_entries_and_reasons),
        cmocka_unit_test(crl_number_must_not_be_negative_or_too_long),
        cmocka_unit_test(crl_compares_numbers_as_integers),
        cmocka_unit_test(crl_is_read_from_der_and_pem_files),
        cmocka_unit_test(crl_judges_every_single_changed_bit_without_harm),
        cmocka_unit_test(crl_lives_until_its_last_reference_goes),
        cmocka_unit_test(crl_names_its_reasons),
        cmocka_unit_test(crl_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/crl", tests, NULL, NULL);
}

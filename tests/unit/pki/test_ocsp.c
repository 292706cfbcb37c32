/* The reader of OCSP responses: strict DER, bounded, and nothing in it that is not known. */
#include "ocsping.h"

#include <unistd.h>

struct fixture {
    struct hc_crypto *c;
    struct testpki ca, leaf;
};

static int setup(void **state)
{
    static struct fixture f;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&f.c, &e));
    testpki_issue(f.c, &(struct testpki_spec){.subject = "Issuer", .ca = true}, NULL, &f.ca);
    testpki_issue(f.c, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example.com"}}, &f.ca, &f.leaf);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    testpki_fini(&f->leaf);
    testpki_fini(&f->ca);
    hc_crypto_free(f->c);
    return 0;
}

static struct ocsping good(struct fixture *f)
{
    return (struct ocsping){.answer = {{.cert = f->leaf.cert, .issuer = f->ca.cert}}, .signer = &f->ca};
}

static void make(const struct ocsping *s, struct hc_buf *out)
{
    ocsping_der(out, s);
}

static void accepts(struct fixture *f, const struct ocsping *s)
{
    struct hc_err e;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    HC_AUTO(hc_ocsp) o = NULL;
    make(s, &der);
    expect_ok(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e));
    (void)f;
}

static void refuses(const struct ocsping *s, const char *because)
{
    struct hc_err e;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    HC_AUTO(hc_ocsp) o = NULL;
    make(s, &der);
    expect_fail(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e), HC_E_OCSP_MALFORMED);
    assert_null(o);
    if (strstr(e.text, because) == NULL)
        fail_msg("wanted '%s' in '%s'", because, e.text);
}

static void ocsp_reads_what_others_write(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = good(f);
    accepts(f, &s);
    s.by_key = true;
    accepts(f, &s);
    s.answer[0].sha256 = true;
    s.answer[0].next_update = OCSPING_NONE;
    accepts(f, &s);
    s.answer[0].status = OCSPING_REVOKED;
    s.answer[1] = (struct ocsping_answer){.cert = f->ca.cert, .issuer = f->ca.cert, .status = OCSPING_UNKNOWN};
    accepts(f, &s);
    s.answer[0].status = OCSPING_REVOKED_FOR_KEY;
    s.certs[0] = f->ca.cert;
    accepts(f, &s);
}

static void ocsp_ignores_the_nonce_and_extensions_that_are_not_critical(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = good(f);
    s.exts = OCSPING_NONCE;
    s.answer[0].exts = OCSPING_EXT;
    accepts(f, &s);
    s.exts = OCSPING_EXT;
    accepts(f, &s);
}

static void ocsp_refuses_unknown_critical_extensions(void **state)
{
    struct ocsping s = good(*state);
    s.exts = OCSPING_EXT_CRITICAL;
    refuses(&s, "unknown critical extension");
    s.exts = (struct hc_bytes){0};
    s.answer[0].exts = OCSPING_EXT_CRITICAL;
    refuses(&s, "unknown critical extension");
}

static void ocsp_refuses_broken_lists_of_extensions(void **state)
{
    struct ocsping s = good(*state);
    s.exts = OCSPING_EXT_TWICE;
    refuses(&s, "an extension twice");
    s.exts = HC_BYTES("\xa1\x02\x30\x00"); /* SIZE (1..MAX) */
    refuses(&s, "list of extensions");
    s.exts = (struct hc_bytes){0};
    s.answer[0].exts = OCSPING_EXT_TWICE;
    refuses(&s, "an extension twice");
    HC_BUF_AUTO(many, 1024);
    size_t explicit = hc_derw_begin(&many, 0xa1);
    size_t seq = hc_derw_begin(&many, HC_DER_SEQUENCE);
    for (uint8_t i = 0; i < 17; i++) {
        uint8_t oid[] = {0x2b, 0x06, i};
        size_t ext = hc_derw_begin(&many, HC_DER_SEQUENCE);
        hc_derw_oid(&many, hc_bytes_of(oid, sizeof(oid)));
        hc_derw_octets(&many, HC_BYTES("x"));
        hc_derw_end(&many, ext);
    }
    hc_derw_end(&many, seq);
    hc_derw_end(&many, explicit);
    s.answer[0].exts = hc_buf_view(&many);
    refuses(&s, "more than 16 extensions");
}

static void ocsp_refuses_what_is_no_successful_basic_response(void **state)
{
    struct ocsping s = good(*state);
    s.status = HC_BYTES("\x0a\x01\x03"); /* an error that brings an answer along */
    refuses(&s, "strict DER");
    s.status = HC_BYTES("\x02\x01\x00");
    refuses(&s, "strict DER");
    s.status = (struct hc_bytes){0};
    s.type = HC_BYTES("\x2b\x06\x01\x05\x05\x07\x30\x01\x09");
    refuses(&s, "another type");
    s.type = (struct hc_bytes){0};
    s.version = HC_BYTES("\xa0\x03\x02\x01\x00");
    refuses(&s, "version");
    s.version = HC_BYTES("\xa0\x03\x02\x01\x01");
    refuses(&s, "version");
}

static void ocsp_says_which_error_the_responder_answered(void **state)
{
    static const struct {
        struct hc_bytes der;
        enum hc_code code;
        const char *text;
    } rows[] = {
        {HC_BYTES("\x30\x03\x0a\x01\x01"), HC_E_OCSP_UNKNOWN, "malformedRequest"},
        {HC_BYTES("\x30\x03\x0a\x01\x02"), HC_E_OCSP_UNKNOWN, "internalError"},
        {HC_BYTES("\x30\x03\x0a\x01\x03"), HC_E_OCSP_UNKNOWN, "tryLater"},
        {HC_BYTES("\x30\x03\x0a\x01\x05"), HC_E_OCSP_UNKNOWN, "sigRequired"},
        {HC_BYTES("\x30\x03\x0a\x01\x06"), HC_E_OCSP_UNKNOWN, "unauthorized"},
        {HC_BYTES("\x30\x03\x0a\x01\x04"), HC_E_OCSP_MALFORMED, "4"},
        {HC_BYTES("\x30\x03\x0a\x01\x07"), HC_E_OCSP_MALFORMED, "strict DER"},
        {HC_BYTES("\x30\x03\x0a\x01\x00"), HC_E_OCSP_MALFORMED, "strict DER"},
        {HC_BYTES("\x30\x03\x0a\x01\x03\x00"), HC_E_OCSP_MALFORMED, "strict DER"},
        {HC_BYTES("\x30\x04\x0a\x02\x00\x03"), HC_E_OCSP_MALFORMED, "strict DER"},
        {HC_BYTES("\x30\x00"), HC_E_OCSP_MALFORMED, "strict DER"},
        {HC_BYTES(""), HC_E_OCSP_MALFORMED, "strict DER"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hc_err e;
        struct hc_ocsp *o = NULL;
        expect_fail(&e, hc_ocsp_parse(rows[i].der, &o, &e), rows[i].code);
        assert_non_null(strstr(e.text, rows[i].text));
        assert_null(o);
    }
}

static void ocsp_refuses_bytes_after_the_end_of_anything(void **state)
{
    struct hc_bytes null = HC_BYTES("\x05\x00");
    struct ocsping s = good(*state);
    s.outer_tail = null;
    refuses(&s, "strict DER");
    s = good(*state);
    s.typed_tail = null;
    refuses(&s, "strict DER");
    s = good(*state);
    s.basic_tail = null;
    refuses(&s, "follows its signature");
    s = good(*state);
    s.tbs_tail = null;
    refuses(&s, "extensions");
    s = good(*state);
    s.exts = OCSPING_EXT;
    s.tbs_tail = null;
    refuses(&s, "its contents");
    s = good(*state);
    s.answer[0].exts = null;
    refuses(&s, "extensions");

    struct hc_err e;
    struct hc_ocsp *o = NULL;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    s = good(*state);
    make(&s, &der);
    hc_buf_add_byte(&der, 0);
    expect_fail(&e, hc_ocsp_parse(hc_buf_view(&der), &o, &e), HC_E_OCSP_MALFORMED);
}

static void ocsp_refuses_every_beginning_of_a_response(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct ocsping s = good(f);
    s.certs[0] = f->ca.cert;
    make(&s, &der);
    for (size_t n = 0; n < der.n; n++) {
        struct hc_err e;
        struct hc_ocsp *o = NULL;
        expect_fail(&e, hc_ocsp_parse(hc_bytes_of(der.p, n), &o, &e), HC_E_OCSP_MALFORMED);
    }
}

/* Every byte of a good response changed in three ways: read or refused, never anything else (with the sanitizers). */
static void ocsp_survives_every_changed_byte(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct ocsping s = good(f);
    s.certs[0] = f->ca.cert;
    make(&s, &der);
    for (size_t i = 0; i < der.n; i++) {
        static const uint8_t change[] = {0x01, 0x80, 0xff};
        for (size_t k = 0; k < sizeof(change); k++) {
            struct hc_err e;
            HC_AUTO(hc_ocsp) o = NULL;
            der.p[i] ^= change[k];
            struct hc_rc rc = hc_ocsp_parse(hc_buf_view(&der), &o, &e);
            if (hc_failed(rc) && rc.code != HC_E_OCSP_MALFORMED && rc.code != HC_E_OCSP_UNKNOWN)
                fail_msg("byte %zu: HC-%04d %s", i, (int)rc.code, e.text);
            der.p[i] ^= change[k];
        }
    }
}

static void ocsp_refuses_a_responder_that_is_neither_a_name_nor_a_hash(void **state)
{
    static const struct hc_bytes responder[] = {
        HC_BYTES("\xa2\x05\x04\x03xyz"),      /* no SHA-1 */
        HC_BYTES("\xa3\x02\x30\x00"),         /* no such choice */
        HC_BYTES("\xa1\x04\x30\x02\x05\x00"), /* no Name */
        HC_BYTES("\xa1\x11\x30\x0f\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04"
                 "a\0bc"),                    /* T20 */
        HC_BYTES("\xa1\x04\x30\x00\x30\x00"), /* two of them */
    };
    for (size_t i = 0; i < sizeof(responder) / sizeof(responder[0]); i++) {
        struct ocsping s = good(*state);
        s.responder = responder[i];
        refuses(&s, "its responder's name or key hash");
    }
}

static void ocsp_refuses_dates_in_another_form(void **state)
{
    static const struct hc_bytes time[] = {
        HC_BYTES("\x17\x0d"
                 "261023232000Z"), /* UTCTime */
        HC_BYTES("\x18\x0d"
                 "202610232320Z"), /* no seconds */
        HC_BYTES("\x18\x11"
                 "20261023232000.5Z"), /* a fraction */
        HC_BYTES("\x18\x13"
                 "20261023232000+0100"), /* no Z */
        HC_BYTES("\x18\x0f"
                 "20261323232000Z"), /* month 13 */
    };
    for (size_t i = 0; i < sizeof(time) / sizeof(time[0]); i++) {
        struct ocsping s = good(*state);
        s.produced = time[i];
        refuses(&s, "its date");
        s = good(*state);
        s.answer[0].this_raw = time[i];
        refuses(&s, "an answer in it");
        HC_BUF_AUTO(next, 64);
        hc_derw_element(&next, 0xa0, time[i]);
        s = good(*state);
        s.answer[0].next_raw = hc_buf_view(&next);
        refuses(&s, "an answer in it");
    }
}

static void ocsp_refuses_a_next_update_before_its_own_date(void **state)
{
    struct ocsping s = good(*state);
    s.answer[0].this_update = TESTPKI_NOW;
    s.answer[0].next_update = TESTPKI_NOW - 1;
    refuses(&s, "before its own date");
    s.answer[0].next_update = TESTPKI_NOW;
    accepts(*state, &s);
}

static void ocsp_refuses_statuses_that_do_not_exist(void **state)
{
    static const struct hc_bytes status[] = {
        HC_BYTES("\x80\x01\x00"), /* good with contents */
        HC_BYTES("\x82\x01\x00"), /* unknown with contents */
        HC_BYTES("\xa0\x00"),     /* constructed */
        HC_BYTES("\x83\x00"),     /* no such choice */
        HC_BYTES("\xa1\x00"),     /* revoked at no time */
        HC_BYTES("\xa1\x16\x18\x0f"
                 "20261020101112Z"
                 "\xa0\x03\x0a\x01\x07"), /* reason 7 */
        HC_BYTES("\xa1\x16\x18\x0f"
                 "20261020101112Z"
                 "\xa0\x03\x0a\x01\x08"), /* removeFromCRL */
        HC_BYTES("\xa1\x16\x18\x0f"
                 "20261020101112Z"
                 "\xa0\x03\x0a\x01\x0b"), /* reason 11 */
        HC_BYTES("\xa1\x13\x18\x0f"
                 "20261020101112Z"
                 "\x05\x00"), /* something behind it */
    };
    for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
        struct ocsping s = good(*state);
        s.answer[0].status = status[i];
        refuses(&s, "an answer in it");
    }
}

static void ocsp_refuses_hashes_of_the_wrong_length(void **state)
{
    static const struct hc_bytes id[] = {
        HC_BYTES(
            "\x30\x14\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x01x\x04\x01y\x02\x01\x05"), /* length is wrong */
        HC_BYTES("\x30\x14\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x01x\x04\x01y\x02\x01"),
        HC_BYTES(
            "\x30\x15\x30\x0a\x06\x05\x2b\x0e\x03\x02\x1a\x04\x01x\x04\x01x\x04\x01y\x02\x01\x05"), /* parameters */
        HC_BYTES("\x30\x00"),
    };
    for (size_t i = 0; i < sizeof(id) / sizeof(id[0]); i++) {
        struct ocsping s = good(*state);
        s.answer[0].id = id[i];
        refuses(&s, "an answer in it");
    }
}

static void ocsp_reads_ids_with_another_hash(void **state)
{
    struct ocsping s = good(*state); /* SHA-384, hashes of any length */
    s.answer[0].id =
        HC_BYTES("\x30\x18\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x01x\x04\x01y\x02\x01\x05");
    accepts(*state, &s);
}

static void ocsp_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct ocsping s = good(f);
    s.copies = HC_OCSP_ANSWERS - 1;
    accepts(f, &s);
    s.copies = HC_OCSP_ANSWERS;
    refuses(&s, "more than 64 answers");
    s = good(f);
    s.no_answers = true;
    refuses(&s, "no answer");
    s = good(f);
    for (size_t i = 0; i < HC_OCSP_CERTS; i++)
        s.certs[i] = f->ca.cert;
    accepts(f, &s);
    s.certs[HC_OCSP_CERTS] = f->ca.cert;
    refuses(&s, "more than 4 certificates");

    struct hc_err e;
    struct hc_ocsp *o = NULL;
    HC_BUF_AUTO(big, OCSPING_ROOM);
    memset(hc_buf_reserve(&big, HC_OCSP_MAX + 1), 0, HC_OCSP_MAX + 1);
    expect_fail(&e, hc_ocsp_parse(hc_bytes_of(big.p, HC_OCSP_MAX + 1), &o, &e), HC_E_TOO_BIG);
}

static void ocsp_refuses_a_certificate_that_cannot_be_read(void **state)
{
    struct ocsping s = good(*state);
    s.raw_cert = HC_BYTES("\x30\x03\x02\x01\x05");
    refuses(&s, "a certificate in it cannot be read");
    s.raw_cert = HC_BYTES("\x05\x00");
    refuses(&s, "list of certificates");
}

static void ocsp_is_read_from_a_file_whose_name_is_told(void **state)
{
    struct fixture *f = *state;
    struct hc_err e;
    HC_AUTO(hc_ocsp) o = NULL;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    char path[] = "/tmp/test_ocsp.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct ocsping s = good(f);
    make(&s, &der);
    assert_int_equal(write(fd, der.p, der.n), der.n);
    expect_ok(&e, hc_ocsp_load(path, &o, &e));
    assert_true(hc_ocsp_is_about(o, f->leaf.cert, f->ca.cert));
    assert_int_equal(ftruncate(fd, 20), 0);
    struct hc_ocsp *none = NULL;
    expect_fail(&e, hc_ocsp_load(path, &none, &e), HC_E_OCSP_MALFORMED);
    assert_non_null(strstr(e.text, path));
    close(fd);
    unlink(path);
    expect_fail(&e, hc_ocsp_load(path, &none, &e), HC_E_FILE_MISSING);
}

static struct hc_rc parse_again(void *ctx, struct hc_err *e)
{
    struct hc_buf *der = ctx;
    HC_AUTO(hc_ocsp) o = NULL;
    return hc_ocsp_parse(hc_buf_view(der), &o, e);
}

static void ocsp_gives_up_cleanly_without_memory(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(der, OCSPING_ROOM);
    struct ocsping s = good(f);
    s.certs[0] = f->ca.cert;
    s.certs[1] = f->leaf.cert;
    make(&s, &der);
    assert_true(fault_sweep(parse_again, &der) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ocsp_reads_what_others_write),
        cmocka_unit_test(ocsp_ignores_the_nonce_and_extensions_that_are_not_critical),
        cmocka_unit_test(ocsp_refuses_unknown_critical_extensions),
        cmocka_unit_test(ocsp_refuses_broken_lists_of_extensions),
        cmocka_unit_test(ocsp_refuses_what_is_no_successful_basic_response),
        cmocka_unit_test(ocsp_says_which_error_the_responder_answered),
        cmocka_unit_test(ocsp_refuses_bytes_after_the_end_of_anything),
        cmocka_unit_test(ocsp_refuses_every_beginning_of_a_response),
        cmocka_unit_test(ocsp_survives_every_changed_byte),
        cmocka_unit_test(ocsp_refuses_a_responder_that_is_neither_a_name_nor_a_hash),
        cmocka_unit_test(ocsp_refuses_dates_in_another_form),
        cmocka_unit_test(ocsp_refuses_a_next_update_before_its_own_date),
        cmocka_unit_test(ocsp_refuses_statuses_that_do_not_exist),
        cmocka_unit_test(ocsp_refuses_hashes_of_the_wrong_length),
        cmocka_unit_test(ocsp_reads_ids_with_another_hash),
        cmocka_unit_test(ocsp_is_bounded),
        cmocka_unit_test(ocsp_refuses_a_certificate_that_cannot_be_read),
        cmocka_unit_test(ocsp_is_read_from_a_file_whose_name_is_told),
        cmocka_unit_test(ocsp_gives_up_cleanly_without_memory),
    };
    return cmocka_run_group_tests_name("pki/ocsp", tests, setup, teardown);
}

/* PEM: strict inside a block, patient outside. */
#include "hc_test.h"

#include <stdio.h>
#include <unistd.h>

#include "pki/pem.h"
#include "rough.h"

/* Decodes the first block with the label X. */
static struct hc_rc first(const char *text, struct hc_buf *der, bool *found, struct hc_err *e)
{
    struct hc_bytes in = hc_bytes_str(text);

    return hc_pem_next(&in, "X", der, found, e);
}

static void expect_der(const char *text, const char *want)
{
    HC_BUF_AUTO(der, 4096);
    bool found = false;
    struct hc_err e;

    expect_ok(&e, first(text, &der, &found, &e));
    assert_true(found);
    assert_true(hc_bytes_eq_str(hc_buf_view(&der), want));
}

static void expect_refused(const char *text, const char *why)
{
    HC_BUF_AUTO(der, 4096);
    bool found = false;
    struct hc_err e;

    expect_fail(&e, first(text, &der, &found, &e), HC_E_PEM);
    assert_false(found);
    if (!strstr(e.text, why))
        fail_msg("'%s' does not say '%s'", e.text, why);
}

static void pem_decodes_a_block_and_skips_what_stands_around_it(void **state)
{
    (void)state;
    expect_der("-----BEGIN X-----\naGVsbG8=\n-----END X-----\n", "hello");
    expect_der("-----BEGIN X-----\naGVsbG8h\n-----END X-----", "hello!");
    expect_der("-----BEGIN X-----\naGVs\nbG8h\nIQ==\n-----END X-----", "hello!!");
    expect_der("---\nsome text\n---\n-----BEGIN X-----\naGVsbG8=\n-----END X-----\n---\n", "hello");
    expect_der("subject: me\n\n-----BEGIN X-----\r\naGVsbG8= \t\r\n-----END X-----\r\nmore", "hello");
    expect_der(
        "-----BEGIN Y-----\nProc-Type: 4\n\n????\n-----END Y-----\n-----BEGIN X-----\naGVsbG8=\n-----END X-----\n",
        "hello");
}

static void pem_finds_one_block_after_the_other(void **state)
{
    struct hc_bytes in =
        HC_BYTES("-----BEGIN X-----\nYQ==\n-----END X-----\n-----BEGIN X-----\nYg==\n-----END X-----\n");
    HC_BUF_AUTO(der, 16);
    bool found;
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_pem_next(&in, "X", &der, &found, &e));
    expect_bytes(hc_buf_view(&der), "a");
    expect_ok(&e, hc_pem_next(&in, "X", &der, &found, &e));
    expect_bytes(hc_buf_view(&der), "b");
    expect_ok(&e, hc_pem_next(&in, "X", &der, &found, &e));
    assert_false(found);
    assert_int_equal(in.n, 0);
}

static void pem_refuses_unclean_base64(void **state)
{
    static const char *bad[] = {"aGVsbG8", "aGVsbG8==",    "aGVsbG9=", "aGVsbG=8", "aGVsb$8=", "aGVs bG8=", "a===",
                                "YR==",    "aGVs\n\nbG8h", "====",     "YQ==YQ==", "-GVs",     "aGVsbG8=x"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];

        snprintf(text, sizeof text, "-----BEGIN X-----\n%s\n-----END X-----\n", bad[i]);
        expect_refused(text, "not clean base64");
    }
}

static void pem_refuses_broken_frames(void **state)
{
    (void)state;
    expect_refused("-----BEGIN X-----\n-----END X-----\n", "empty");
    expect_refused("-----BEGIN X-----\nYQ==\n", "cut off");
    expect_refused("-----BEGIN Y-----\nYQ==\n", "cut off");
    expect_refused("-----BEGIN X-----\nYQ==\n-----END Y-----\n", "its own END line");
    expect_refused("-----BEGIN X-----\nYQ==\n-----BEGIN X-----\nYQ==\n-----END X-----\n", "its own END line");
    expect_refused("-----BEGIN X----\nYQ==\n-----END X-----\n", "BEGIN line is malformed");
    expect_refused(" -----BEGIN X-----\nYQ==\n-----END X-----\n", "no block has begun");
    expect_refused("\xef\xbb\xbf-----BEGIN X-----\nYQ==\n-----END X-----\n", "no block has begun");
    expect_refused("-----", "is neither a BEGIN");
    expect_refused("text\n-----BEGI\ntext\n", "is neither a BEGIN");
    expect_refused("-----BEGINX-----\nYQ==\n-----END X-----\n", "is neither a BEGIN");
    expect_refused("-----END X-----\n", "no block has begun");
    expect_refused("text\n---", "ends in the middle of a line of dashes");
    expect_refused("-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nYQ==\n-----END X-----\n", "header fields");
}

static void pem_never_decodes_past_the_cap(void **state)
{
    HC_BUF_AUTO(der, 4);
    bool found = false;
    struct hc_err e;

    (void)state;
    expect_fail(&e, first("-----BEGIN X-----\naGVsbG8=\n-----END X-----\n", &der, &found, &e), HC_E_TOO_BIG);
    assert_false(found);
}

static void pem_emits_what_it_reads(void **state)
{
    for (size_t n = 1; n < 200; n++) {
        HC_BUF_AUTO(text, 4096);
        HC_BUF_AUTO(der, 4096);
        uint8_t data[200];
        struct hc_bytes in;
        bool found;
        struct hc_err e;

        for (size_t i = 0; i < n; i++)
            data[i] = (uint8_t)(i * 37 + n);
        hc_pem_emit(&text, "X509 CRL", hc_bytes_of(data, n));
        in = hc_buf_view(&text);
        expect_ok(&e, hc_pem_next(&in, "X509 CRL", &der, &found, &e));
        assert_true(found && hc_bytes_eq(hc_buf_view(&der), hc_bytes_of(data, n)));
    }
    (void)state;
}

static void pem_writes_64_columns(void **state)
{
    HC_BUF_AUTO(text, 4096);
    uint8_t data[100] = {0};

    (void)state;
    hc_pem_emit(&text, "X", hc_bytes_of(data, sizeof data));
    assert_int_equal(hc_bytes_find(hc_bytes_skip(hc_buf_view(&text), 18), '\n'), 64);
}

static void add_pem_cert(struct hc_buf *out, struct hc_bytes serial)
{
    HC_BUF_AUTO(der, ROUGH_MAX);

    rough_cert(&der, &(struct rough){.serial = serial});
    hc_pem_emit(out, HC_PEM_CERTIFICATE, hc_buf_view(&der));
}

static void pem_reads_certificates_in_the_order_of_the_file(void **state)
{
    HC_BUF_AUTO(text, ROUGH_MAX);
    HC_CERT_LIST(list);
    struct hc_err e;

    (void)state;
    add_pem_cert(&text, HC_BYTES("\x01"));
    hc_buf_add_str(&text, "0 some text\n");
    add_pem_cert(&text, HC_BYTES("\x02"));
    expect_ok(&e, hc_pem_parse_certs(hc_buf_view(&text), 2, &list, &e));
    assert_int_equal(list.n, 2);
    expect_bytes(list.cert[0]->serial, "\x01");
    expect_bytes(list.cert[1]->serial, "\x02");
}

/* `whole` are the bytes of the first certificate, which no cut but one behind it may leave as the whole chain. */
static void expect_cut(struct hc_bytes text, size_t whole, size_t second, size_t cut)
{
    struct hc_bytes end = HC_BYTES("-----END CERTIFICATE-----");
    HC_CERT_LIST(list);
    struct hc_err e;
    struct hc_rc rc = hc_pem_parse_certs(hc_bytes_head(text, cut), 2, &list, &e);
    bool first_only = cut >= whole - 1 && cut <= second;
    size_t want = cut >= text.n - 1 ? 2 : first_only ? 1 : 0;

    assert_true(hc_bytes_ends(hc_bytes_head(text, whole - 1), end));
    if (list.n != want || hc_ok(rc) != (want > 0))
        fail_msg("cut at %zu of %zu: %zu certificates, HC-%04d", cut, text.n, list.n, (int)rc.code);
    if (want == 0)
        assert_int_equal(rc.code, HC_E_PEM);
}

static void pem_notices_a_chain_that_is_cut_anywhere_but_between_its_blocks(void **state)
{
    static const char *const between[] = {"", "\n \n", "0 some text\n"};

    (void)state;
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        HC_BUF_AUTO(text, ROUGH_MAX);
        size_t whole;
        size_t second;

        add_pem_cert(&text, HC_BYTES("\x01"));
        whole = text.n;
        hc_buf_add_str(&text, between[i]);
        second = text.n;
        add_pem_cert(&text, HC_BYTES("\x02"));
        for (size_t cut = 0; cut <= text.n; cut++)
            expect_cut(hc_buf_view(&text), whole, second, cut);
    }
}

static void pem_reads_one_certificate_in_der(void **state)
{
    HC_BUF_AUTO(der, ROUGH_MAX);
    HC_CERT_LIST(list);
    struct hc_err e;

    (void)state;
    rough_cert(&der, &(struct rough){0});
    expect_ok(&e, hc_pem_parse_certs(hc_buf_view(&der), 1, &list, &e));
    assert_int_equal(list.n, 1);
}

static void pem_leaves_the_list_as_it_was_on_failure(void **state)
{
    HC_BUF_AUTO(text, ROUGH_MAX);
    HC_CERT_LIST(list);
    struct hc_err e;

    (void)state;
    add_pem_cert(&text, HC_BYTES("\x01"));
    expect_ok(&e, hc_pem_parse_certs(hc_buf_view(&text), 1, &list, &e));
    add_pem_cert(&text, HC_BYTES("123456789012345678901"));
    expect_fail(&e, hc_pem_parse_certs(hc_buf_view(&text), 9, &list, &e), HC_E_CERT_SERIAL);
    assert_string_equal(e.text, "certificate 2: its serial number has 21 bytes");
    expect_fail(&e, hc_pem_parse_certs(hc_buf_view(&text), 1, &list, &e), HC_E_TOO_BIG);
    expect_fail(&e, hc_pem_parse_certs(HC_BYTES("nothing"), 1, &list, &e), HC_E_PEM);
    expect_fail(&e, hc_pem_parse_certs(HC_BYTES(""), 1, &list, &e), HC_E_PEM);
    assert_int_equal(list.n, 1);
}

static void pem_names_the_file_that_is_wrong(void **state)
{
    char path[] = "/tmp/hc-test-pem-XXXXXX";
    int fd = mkstemp(path);
    HC_CERT_LIST(list);
    struct hc_err e;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "hello\n", 6), 6);
    close(fd);
    expect_fail(&e, hc_pem_load_certs(path, 1, &list, &e), HC_E_PEM);
    assert_non_null(strstr(e.text, path));
    unlink(path);
    expect_fail(&e, hc_pem_load_certs(path, 1, &list, &e), HC_E_FILE_MISSING);
}

static struct hc_rc parse_two(void *ctx, struct hc_err *e)
{
    HC_CERT_LIST(list);

    return hc_pem_parse_certs(hc_buf_view(ctx), 2, &list, e);
}

static void pem_survives_every_failing_allocation(void **state)
{
    HC_BUF_AUTO(text, ROUGH_MAX);

    (void)state;
    add_pem_cert(&text, HC_BYTES("\x01"));
    add_pem_cert(&text, HC_BYTES("\x02"));
    assert_true(fault_sweep(parse_two, &text) >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pem_decodes_a_block_and_skips_what_stands_around_it),
        cmocka_unit_test(pem_finds_one_block_after_the_other),
        cmocka_unit_test(pem_refuses_unclean_base64),
        cmocka_unit_test(pem_refuses_broken_frames),
        cmocka_unit_test(pem_never_decodes_past_the_cap),
        cmocka_unit_test(pem_emits_what_it_reads),
        cmocka_unit_test(pem_writes_64_columns),
        cmocka_unit_test(pem_reads_certificates_in_the_order_of_the_file),
        cmocka_unit_test(pem_notices_a_chain_that_is_cut_anywhere_but_between_its_blocks),
        cmocka_unit_test(pem_reads_one_certificate_in_der),
        cmocka_unit_test(pem_leaves_the_list_as_it_was_on_failure),
        cmocka_unit_test(pem_names_the_file_that_is_wrong),
        cmocka_unit_test(pem_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("pki/pem", tests, NULL, NULL);
}

/* test_crl_text.c - PEM in pieces is what PEM in memory is, and DER passes through. */
#include "hc_test.h"

#include "base/auto.h"
#include "pki/crl_text.h"
#include "pki/pem.h"

static struct hc_rc collect(void *ctx, struct hc_bytes der, struct hc_err *e)
{
    hc_buf_add(ctx, der);
    return hc_buf_check(ctx, e);
}

static struct hc_rc decode(struct hc_bytes in, size_t piece, struct hc_buf *out, struct hc_err *e)
{
    struct hc_crl_text t = {.out = collect, .ctx = out};

    hc_buf_clear(out);
    for (; in.n > 0; in = hc_bytes_skip(in, piece))
        HC_TRY(e, hc_crl_text_feed(&t, hc_bytes_head(in, piece), e));
    return hc_crl_text_end(&t, e);
}

#define B "-----BEGIN X509 CRL-----\n"
#define E "-----END X509 CRL-----\n"
#define FOREIGN "-----BEGIN CERTIFICATE-----\n!! not base64 !!\n-----END CERTIFICATE-----\n"

static void blocks_are_read_as_in_memory(void **state)
{
    static const struct {
        struct hc_bytes in;
        bool good;
    } rows[] = {
        {HC_BYTES(B "AAEC\n" E), true},
        {HC_BYTES(B "AAEC\nAAE=\n" E), true},
        {HC_BYTES(B "AAEC \t\r\nAA==\r\n" E), true},
        {HC_BYTES("text\n- dash\n" FOREIGN "more\n" B "AAEC\n" E "after\n" FOREIGN), true},
        {HC_BYTES(B "AAEC\n-----END X509 CRL-----"), true},
        {HC_BYTES(""), false},
        {HC_BYTES("x"), false},
        {HC_BYTES("nothing\n"), false},
        {HC_BYTES(FOREIGN), false},
        {HC_BYTES(B E), false},
        {HC_BYTES(B "AAEC\n"), false},
        {HC_BYTES(B "AAEC\n-----END X509"), false},
        {HC_BYTES(B "AAE\n" E), false},
        {HC_BYTES(B "AAF=\n" E), false},
        {HC_BYTES(B "AA==AAEC\n" E), false},
        {HC_BYTES(B "A===\n" E), false},
        {HC_BYTES(B "AA EC\n" E), false},
        {HC_BYTES(B "AAEC\n\n" E), false},
        {HC_BYTES(B "Proc-Type: 4\n\nAAEC\n" E), false},
        {HC_BYTES(B "AAEC\n-----END CERTIFICATE-----\n"), false},
        {HC_BYTES(B "AAEC\n-- AAEC\n" E), false},
        {HC_BYTES("-----END X509 CRL-----\n" B "AAEC\n" E), false},
        {HC_BYTES(B "AAEC\n" E "---"), false},
        {HC_BYTES(B "AAEC\n" E "-----what-----\n"), false},
        {HC_BYTES("-----BEGIN CERTIFICATE-----\nAAEC\n" B "AAEC\n" E), false},
        {HC_BYTES(B "AA\0C\n" E), false},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_BUF_AUTO(want, 4096);
        struct hc_err e;
        struct hc_bytes in = rows[i].in;
        bool found = false;

        if (rows[i].good)
            expect_ok(&e, hc_pem_next(&in, HC_PEM_CRL, &want, &found, &e));
        for (size_t piece = 1; piece < 60; piece++) {
            HC_BUF_AUTO(got, 4096);
            struct hc_rc rc = decode(rows[i].in, piece, &got, &e);

            if (rc.code != (rows[i].good ? HC_OK_CODE : HC_E_PEM))
                fail_msg("row %zu in pieces of %zu: %d", i, piece, (int)rc.code);
            if (rows[i].good)
                assert_true(hc_bytes_eq(hc_buf_view(&got), hc_buf_view(&want)));
        }
    }
}

/* Whoever put two into one file would have only one of them count. */
static void second_crl_in_a_file_is_refused(void **state)
{
    HC_BUF_AUTO(got, 4096);
    struct hc_err e;

    (void)state;
    expect_fail(&e, decode(HC_BYTES(B "AAEC\n" E B "AAEC\n" E), 7, &got, &e), HC_E_PEM);
    assert_non_null(strstr(e.text, "more than one"));
}

static void der_passes_through(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 10; piece++) {
        HC_BUF_AUTO(got, 4096);
        struct hc_err e;

        expect_ok(&e, decode(HC_BYTES("\x30\x82-----BEGIN\n\0x"), piece, &got, &e));
        expect_bytes(hc_buf_view(&got), "\x30\x82-----BEGIN\n\0x");
    }
}

static void long_blocks_come_out_whole(void **state)
{
    HC_BUF_AUTO(der, 1 << 20);
    HC_BUF_AUTO(pem, 1 << 21);
    HC_BUF_AUTO(got, 1 << 20);
    struct hc_err e;

    (void)state;
    for (uint32_t i = 0; i < 100001; i++)
        hc_buf_add_byte(&der, (uint8_t)(i * 2654435761u >> 24));
    hc_pem_emit(&pem, HC_PEM_CRL, hc_buf_view(&der));
    expect_ok(&e, decode(hc_buf_view(&pem), 4093, &got, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&got), hc_buf_view(&der)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_read_as_in_memory),
        cmocka_unit_test(second_crl_in_a_file_is_refused),
        cmocka_unit_test(der_passes_through),
        cmocka_unit_test(long_blocks_come_out_whole),
    };

    return cmocka_run_group_tests_name("pki/crl_text", tests, NULL, NULL);
}

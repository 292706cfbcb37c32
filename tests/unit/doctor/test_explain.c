/* test_explain.c - every row by its own example, the forms in which people give codes and alerts, and input that is no
 * line at all. */
#include "hc_test.h"

#include <stdio.h>

#include "doctor/explain.h"
#include "proto/tls_wire.h"

static struct hc_explanation found[HC_EXPLAIN_FOUND];
static size_t n_found;
static struct hc_err e;

static void explain(const char *text)
{
    n_found = 0;
    struct hc_rc rc = hc_explain(hc_bytes_str(text), found, &n_found, &e);
    if (hc_failed(rc))
        fail_msg("'%s': HC-%04d %s", text, (int)rc.code, e.text);
    assert_in_range(n_found, 1, HC_EXPLAIN_FOUND);
    for (size_t i = 0; i < n_found; i++) {
        assert_true(*found[i].source && *found[i].id && *found[i].means && *found[i].fix);
        assert_non_null(found[i].causes);
    }
}

/* Which of them has the id, or fails. */
static const struct hc_explanation *with_id(const char *text, const char *id)
{
    for (size_t i = 0; i < n_found; i++)
        if (strcmp(found[i].id, id) == 0)
            return &found[i];
    fail_msg("'%s' is not explained by %s, but by %s (%zu)", text, id, found[0].id, n_found);
    return NULL;
}

static void first(const char *text, const char *id)
{
    explain(text);
    if (strcmp(found[0].id, id) != 0)
        fail_msg("'%s' is explained by %s and not by %s", text, found[0].id, id);
}

/* ---- the table ---- */

static void each_example_is_explained_by_its_own_row_first(void **state)
{
    struct hc_pattern_row row;
    size_t i, wrong = 0;
    (void)state;
    for (i = 0; hc_explain_pattern(i, &row); i++) {
        explain(row.example);
        if (strcmp(found[0].id, row.slug) != 0) {
            print_error("%s is explained by %s: %s\n", row.slug, found[0].id, row.example);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(i >= 120);
}

static void slugs_are_unique_and_plain(void **state)
{
    struct hc_pattern_row a, b;
    (void)state;
    for (size_t i = 0; hc_explain_pattern(i, &a); i++) {
        assert_int_equal(strspn(a.slug, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(a.slug));
        for (size_t k = i + 1; hc_explain_pattern(k, &b); k++)
            assert_string_not_equal(a.slug, b.slug);
    }
}

static void a_slug_alone_is_its_row(void **state)
{
    struct hc_pattern_row row;
    (void)state;
    for (size_t i = 0; hc_explain_pattern(i, &row); i++)
        first(row.slug, row.slug);
}

/* ---- codes ---- */

static void every_id_of_the_catalogue_is_explained(void **state)
{
    size_t n;
    char id[HC_ID_TEXT];
    const struct hc_row *rows = hc_rows(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        first(hc_id_text(rows[i].code, id), id);
        assert_int_equal(found[0].code, rows[i].code);
        assert_string_equal(found[0].fix, rows[i].fix);
        explain(id + strlen("HC-"));
        with_id(id, id);
    }
    first("hc-1201", "HC-1201");
    first("handclasp: shop.example.com expired\n  fix: renew (HC-1201)", "HC-1201");
}

static void every_verdict_is_explained(void **state)
{
    (void)state;
    for (int i = 0; i < HC_CAUSES; i++) {
        const struct hc_cause_row *row = hc_cause_row((enum hc_cause)i);
        first(row->slug, row->slug);
        assert_string_equal(found[0].means, row->sentence);
    }
}

static void an_id_without_a_row_is_unknown(void **state)
{
    (void)state;
    size_t n = 99;
    expect_fail(&e, hc_explain(HC_BYTES("HC-9999"), found, &n, &e), HC_E_EXPLAIN_UNKNOWN);
    expect_fail(&e, hc_explain(HC_BYTES("HC-12011"), found, &n, &e), HC_E_EXPLAIN_UNKNOWN);
    expect_fail(&e, hc_explain(HC_BYTES("4321"), found, &n, &e), HC_E_EXPLAIN_UNKNOWN);
    assert_int_equal(n, 99);
}

/* ---- alerts ---- */

static void every_alert_has_both_readings(void **state)
{
    const struct hc_tls_alert_row *a;
    (void)state;
    for (size_t i = 0; (a = hc_tls_alert_at(i)); i++) {
        char number[8], id[64];
        snprintf(number, sizeof number, "%u", (unsigned)a->number);
        snprintf(id, sizeof id, "%s (%u)", a->name, (unsigned)a->number);
        first(a->name, id);
        assert_int_equal(found[0].said, HC_SAID_THERE);
        assert_int_equal(found[1].said, HC_SAID_HERE);
        assert_string_equal(found[1].id, id);
        assert_string_not_equal(found[0].means, found[1].means);
        first(number, id);
    }
}

static void an_alert_is_known_in_each_form(void **state)
{
    static const char *const whole[] = {"48",         "alert 48",  "unknown_ca",      "unknown ca",
                                        "Unknown CA", "UnknownCA", "alert unknown_ca"};
    static const char *const received[] = {
        "SSL alert number 48",
        "tlsv1 alert unknown ca",
        "* TLSv1.3 (IN), TLS alert, unknown CA (560):",
        "<<< TLS 1.2, Alert [length 0002], fatal unknown_ca",
        "SSL3 alert read:fatal:unknown CA",
        "REC[0x55]: Alert[2|48] - Unknown CA - was received",
        "received fatal alert: UnknownCA",
        "[SSL: TLSV1_ALERT_UNKNOWN_CA]",
        "remote error: tls: unknown certificate authority",
    };
    static const char *const sent[] = {"* TLSv1.3 (OUT), TLS alert, unknown CA (560):",
                                       "SSL3 alert write:fatal:unknown CA"};
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        first(whole[i], "unknown_ca (48)");
    for (size_t i = 0; i < sizeof received / sizeof received[0]; i++) {
        explain(received[i]);
        assert_int_equal(with_id(received[i], "unknown_ca (48)")->said, HC_SAID_THERE);
    }
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        explain(sent[i]);
        assert_int_equal(with_id(sent[i], "unknown_ca (48)")->said, HC_SAID_HERE);
    }
    explain("sslv3 alert bad certificate");
    with_id("bad", "bad_certificate (42)");
    explain("tlsv13 alert certificate required");
    with_id("required", "certificate_required (116)");
    explain("tlsv1 unrecognized name");
    with_id("name", "unrecognized_name (112)");
}

static void one_alert_in_one_line_is_added_once(void **state)
{
    (void)state;
    first("curl: (56) OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert unknown ca:SSL alert number 48",
          "curl-56-unknown-ca");
    assert_int_equal(n_found, 2);
    assert_string_equal(found[1].id, "unknown_ca (48)");
}

/* ---- X509_V_ERR ---- */

static void a_reason_of_openssl_is_known_in_each_form(void **state)
{
    static const char *const texts[] = {
        "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "error 20",
        "verify error:num=20:unable to get local issuer certificate",
        "Verify return code: 20 (unable to get local issuer certificate)",
        "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        "    Verify return code: 20 (in words of tomorrow)",
        "error 20 at 1 depth lookup: in other words",
        "*2 client SSL certificate verify error: (20:unable to get local issuer certificate) while reading",
        "something failed: unable to get local issuer certificate",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        explain(texts[i]);
        assert_int_equal(with_id(texts[i], "X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY (20)")->code,
                         HC_E_UNKNOWN_ISSUER);
    }
    first("error 10", "X509_V_ERR_CERT_HAS_EXPIRED (10)");
}

static void every_number_of_openssl_3_has_a_row(void **state)
{
    (void)state;
    for (int i = 1; i <= 94; i++) {
        char text[16], end[16];
        snprintf(text, sizeof text, "error %d", i);
        snprintf(end, sizeof end, "(%d)", i);
        explain(text);
        assert_non_null(strstr(found[0].id, end));
        assert_memory_equal(found[0].id, "X509_V_ERR_", 11);
    }
}

static void the_catalogue_and_the_table_agree_on_numbers(void **state)
{
    size_t n;
    const struct hc_row *rows = hc_rows(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        char text[16];
        if (rows[i].v_err == 0)
            continue;
        snprintf(text, sizeof text, "error %d", rows[i].v_err);
        explain(text);
    }
}

static void two_sided_words_of_go_are_not_taken_for_openssl_s(void **state)
{
    (void)state;
    first("x509: certificate has expired or is not yet valid: current time A is before B", "go-not-yet");
    assert_int_equal(n_found, 1);
}

static void an_alert_that_was_received_is_never_this_sides_verdict(void **state)
{
    (void)state;
    first("curl: (56) OpenSSL SSL_read: error:0A000414:SSL routines::sslv3 alert certificate revoked, errno 0",
          "curl-56-certificate-revoked");
    for (size_t i = 0; i < n_found; i++)
        assert_int_equal(found[i].said, HC_SAID_THERE);
    first("SSL certificate problem: certificate revoked", "curl-60-revoked");
    with_id("words of one's own", "X509_V_ERR_CERT_REVOKED (23)");
}

/* ---- pasted text ---- */

static void the_most_telling_line_comes_first(void **state)
{
    (void)state;
    first("Traceback (most recent call last):\r\n  File \"x.py\", line 1\r\nOSError: [Errno 111] Connection refused\r\n"
          "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has "
          "expired "
          "(_ssl.c:1006)\r\n",
          "python-expired");
    with_id("both", "python-refused");
    with_id("text", "X509_V_ERR_CERT_HAS_EXPIRED (10)");
}

static void colours_and_what_stands_around_a_message_do_not_matter(void **state)
{
    (void)state;
    first("\x1b[31m2026-11-21T10:00:00Z web-1 \x1b]0;title\x07"
          "curl: (60) SSL \x1b[1mcertificate problem: certificate has expired\x1b[0m !!",
          "curl-60-expired");
    first("CURL: (60) SSL CERTIFICATE PROBLEM: CERTIFICATE HAS EXPIRED", "curl-60-expired");
    first("curl: (60)\tSSL certificate problem: certificate has expired", "curl-60-expired");
}

static void typographic_quotes_are_taken_for_typed_ones(void **state)
{
    (void)state;
    first("x509: cannot validate certificate for 127.0.0.1 because it doesn\u2019t contain any IP\u00a0SANs",
          "go-no-ip-sans");
    first("\u201ccurl: (60) SSL certificate problem: self\u2011signed certificate\u201d", "curl-60-self-signed");
    first("the certificate\u2019s owner does not match hostname \u2018localhost\u2019 \xe2\x80", "wget-name");
}

static void a_line_that_was_broken_is_put_together(void **state)
{
    (void)state;
    first("x509: cannot validate certificate for 127.0.0.1 because it\ndoesn't contain any IP SANs", "go-no-ip-sans");
}

static void no_more_is_found_than_there_is_room_for(void **state)
{
    struct hc_pattern_row row;
    HC_BUF_AUTO(text, HC_EXPLAIN_MAX);
    (void)state;
    for (size_t i = 0; i < 60 && hc_explain_pattern(i, &row); i++)
        hc_buf_addf(&text, "%s\n", row.example);
    explain(hc_buf_cstr(&text));
    assert_int_equal(n_found, HC_EXPLAIN_FOUND);
}

/* ---- bad input ---- */

static void expect_unknown(struct hc_bytes text)
{
    size_t n = 99;
    expect_fail(&e, hc_explain(text, found, &n, &e), HC_E_EXPLAIN_UNKNOWN);
    assert_int_equal(n, 99);
}

static void what_is_no_text_is_unknown(void **state)
{
    (void)state;
    expect_unknown(HC_BYTES(""));
    expect_unknown(HC_BYTES(" \r\n\t \n"));
    expect_unknown(HC_BYTES("certificate verify failed\0"));
    expect_unknown(HC_BYTES("\x7f"
                            "ELF\x02\x01\x01\x03\x04\x05\x06\x0f"));
    expect_unknown(HC_BYTES("\x01\x02"
                            "48\x03\x04"));
    expect_unknown(HC_BYTES("\x1b["));
    expect_unknown(HC_BYTES("\x1b]48"));
    expect_unknown(HC_BYTES("\xff\xfe\xfd\xfc"));
    expect_unknown(HC_BYTES("the weather is fine"));
}

static void what_inspect_is_for_is_said(void **state)
{
    (void)state;
    expect_unknown(HC_BYTES("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"));
    assert_non_null(strstr(e.text, "handclasp inspect"));
}

static void a_few_control_bytes_are_forgiven(void **state)
{
    (void)state;
    first("\x02"
          "curl: (60) SSL certificate problem: certificate has expired",
          "curl-60-expired");
}

static void text_is_bounded(void **state)
{
    static uint8_t big[HC_EXPLAIN_MAX + 1];
    static const char line[] = "error 20";
    size_t n = 99;
    (void)state;
    memset(big, ' ', sizeof big);
    memcpy(big + HC_EXPLAIN_MAX - strlen(line), line, strlen(line));
    expect_fail(&e, hc_explain(hc_bytes_of(big, sizeof big), found, &n, &e), HC_E_TOO_BIG);
    assert_int_equal(n, 99);
    expect_ok(&e, hc_explain(hc_bytes_of(big, HC_EXPLAIN_MAX), found, &n, &e));
    assert_int_equal(n, 1);
}

/* ---- the page ---- */

static void the_page_has_every_row(void **state)
{
    size_t n;
    char line[96], id[HC_ID_TEXT];
    const struct hc_row *rows = hc_rows(&n);
    HC_BUF_AUTO(page, 1 << 20);
    (void)state;
    hc_explain_page(&page);
    expect_ok(&e, hc_buf_check(&page, &e));
    const char *text = hc_buf_cstr(&page);
    for (size_t i = 0; i < n; i++) {
        snprintf(line, sizeof line, "\n### %s\n", hc_id_text(rows[i].code, id));
        assert_non_null(strstr(text, line));
    }
    for (int i = 0; i < HC_CAUSES; i++) {
        snprintf(line, sizeof line, "\n### %s\n", hc_cause_row((enum hc_cause)i)->slug);
        assert_non_null(strstr(text, line));
    }
    assert_non_null(strstr(text, "\n### unknown\\_ca (48)\n"));
    assert_non_null(strstr(text, "\n- **X509\\_V\\_ERR\\_CERT\\_HAS\\_EXPIRED (10)** "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_example_is_explained_by_its_own_row_first),
        cmocka_unit_test(slugs_are_unique_and_plain),
        cmocka_unit_test(a_slug_alone_is_its_row),
        cmocka_unit_test(every_id_of_the_catalogue_is_explained),
        cmocka_unit_test(every_verdict_is_explained),
        cmocka_unit_test(an_id_without_a_row_is_unknown),
        cmocka_unit_test(every_alert_has_both_readings),
        cmocka_unit_test(an_alert_is_known_in_each_form),
        cmocka_unit_test(one_alert_in_one_line_is_added_once),
        cmocka_unit_test(a_reason_of_openssl_is_known_in_each_form),
        cmocka_unit_test(every_number_of_openssl_3_has_a_row),
        cmocka_unit_test(the_catalogue_and_the_table_agree_on_numbers),
        cmocka_unit_test(two_sided_words_of_go_are_not_taken_for_openssl_s),
        cmocka_unit_test(an_alert_that_was_received_is_never_this_sides_verdict),
        cmocka_unit_test(the_most_telling_line_comes_first),
        cmocka_unit_test(colours_and_what_stands_around_a_message_do_not_matter),
        cmocka_unit_test(typographic_quotes_are_taken_for_typed_ones),
        cmocka_unit_test(a_line_that_was_broken_is_put_together),
        cmocka_unit_test(no_more_is_found_than_there_is_room_for),
        cmocka_unit_test(what_is_no_text_is_unknown),
        cmocka_unit_test(what_inspect_is_for_is_said),
        cmocka_unit_test(a_few_control_bytes_are_forgiven),
        cmocka_unit_test(text_is_bounded),
        cmocka_unit_test(the_page_has_every_row),
    };
    return cmocka_run_group_tests_name("doctor/explain", tests, NULL, NULL);
}

/* test_why_tell.c - a record in words that fit a terminal, whatever a stranger put into it. */
#include "why_sample.h"

#define OUT_MAX (256 * 1024)

static void a_refused_certificate_is_told_whole(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    sample_expired(&w);
    hc_why_tell(&w, SAMPLE_TIME + 7200, &out);
    expect_for_a_terminal(&out);
    expect_says(&out, "k7mq2fzt9xwd: the gate shop refused the handshake: The certificate has expired.\n");
    expect_says(&out, "(2 hours ago)");
    expect_says(&out, "presented email:alice@example.com, and did not prove to have its\n              key");
    expect_says(&out, "shop.example.com");
    expect_says(&out, "TLS 1.3 TLS_AES_256_GCM_SHA384");
    expect_says(&out, "handshake, 12.3 ms after it began");
    expect_says(&out, "HC-1201 The certificate has expired. [RFC 5280 6.1.3 (a)(2)]");
    expect_says(&out, "certificate 0: it ended an hour ago");
    expect_says(&out, "HC-1404");
    expect_says(&out, "(ended)");
    expect_says(&out, "client <-- gate  alert certificate_expired (45)");
    expect_says(&out, "client --> gate  ClientHello");
    expect_says(&out, "handclasp renew alice@example.com");
    expect_says(&out, "handclasp explain HC-1201");
}

static void a_forbidden_request_is_told_with_its_rule(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    sample_forbidden(&w);
    hc_why_tell(&w, SAMPLE_TIME, &out);
    expect_for_a_terminal(&out);
    expect_says(&out, "the gate shop refused the request: No rule admits this peer here.");
    expect_says(&out, "email:alice@example.com (proven)");
    expect_says(&out, "GET /admin?x=1, answered with 403 and the id");
    expect_says(&out, "rule        /admin");
    expect_says(&out, "HC-2001 No rule admits this peer here.");
    expect_says(&out, "as it was checked");
}

static void what_failed_otherwise_is_not_called_a_refusal(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    sample_expired(&w);
    w.code = HC_E_TLS_CLOSED;
    w.n_certs = w.n_findings = w.n_messages = 0;
    w.tls[0] = w.suite[0] = 0;
    hc_why_tell(&w, SAMPLE_TIME, &out);
    expect_says(&out, "could not finish the handshake");
    expect_says(&out, "nobody in particular");
    expect_says(&out, "nothing was agreed on");
}

static void hostile_names_are_escaped_and_wrapped(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    sample_expired(&w);
    memset(w.cert[0].names, 'x', HC_WHY_TEXT - 1);
    strcpy(w.server_name, "\x1b[2J\xe2\x80\xae\"<script>");
    memset(w.text, 0x9b, sizeof w.text - 1);
    memset(w.peer, '\n', sizeof w.peer - 1);
    hc_why_tell(&w, SAMPLE_TIME, &out);
    expect_for_a_terminal(&out);
    hc_buf_clear(&out);
    hc_why_row(&w, &out);
    expect_for_a_terminal(&out);
    assert_int_equal(hc_bytes_find(hc_buf_view(&out), '\n'), out.n - 1);
}

static void a_row_of_an_id_of_another_version_is_told_all_the_same(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    sample_expired(&w);
    w.code = w.finding[0].code = (enum hc_code)1999;
    hc_why_tell(&w, SAMPLE_TIME, &out);
    expect_for_a_terminal(&out);
    expect_says(&out, "HC-1999");
}

static void a_table_has_a_line_for_each(void **state)
{
    static struct hc_why w;
    HC_BUF_AUTO(out, OUT_MAX);

    (void)state;
    hc_why_row_head(&out);
    sample_expired(&w);
    hc_why_row(&w, &out);
    sample_forbidden(&w);
    hc_why_row(&w, &out);
    expect_for_a_terminal(&out);
    expect_says(&out, "ID            WHEN");
    expect_says(&out, "k7mq2fzt9xwd  2026-11-21T");
    expect_says(&out, "presented email:alic...  HC-1201\n");
    expect_says(&out, "email:alice@example.com  HC-2001\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_certificate_is_told_whole),
        cmocka_unit_test(a_forbidden_request_is_told_with_its_rule),
        cmocka_unit_test(what_failed_otherwise_is_not_called_a_refusal),
        cmocka_unit_test(hostile_names_are_escaped_and_wrapped),
        cmocka_unit_test(a_row_of_an_id_of_another_version_is_told_all_the_same),
        cmocka_unit_test(a_table_has_a_line_for_each),
    };
    return cmocka_run_group_tests_name("doctor/why_tell", tests, NULL, NULL);
}

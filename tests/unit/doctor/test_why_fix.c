/* test_why_fix.c - what to do about one refusal, by name where that can be said. */
#include "why_sample.h"

static void expect_fix(const struct hc_why *w, const char *words)
{
    HC_BUF_AUTO(out, 16384);

    hc_why_fix(w, &out);
    expect_says(&out, words);
}

static void commands_name_the_identity_that_is_meant(void **state)
{
    static struct hc_why w;

    (void)state;
    sample_expired(&w);
    expect_fix(&w, "had ended 60 minutes before");
    expect_fix(&w, "handclasp renew alice@example.com");
    w.code = HC_E_REVOKED;
    expect_fix(&w, "handclasp issue person alice@example.com");
    expect_fix(&w, "handclasp show alice@example.com tells when");
    strcpy(w.cert[0].names, "uri:spiffe://example.com/web");
    expect_fix(&w, "handclasp issue client spiffe://example.com/web");
    w.code = HC_E_UNKNOWN_ISSUER;
    expect_fix(&w, "shown 1 certificate; the last was issued by CN=Example Corp Issuing CA 1");
    w.code = HC_E_CERT_NOT_YET_VALID;
    w.cert[0].not_before = SAMPLE_TIME + 300;
    expect_fix(&w, "begins in 5 minutes");
}

static void a_name_that_a_shell_would_read_is_in_no_command(void **state)
{
    static struct hc_why w;

    (void)state;
    sample_expired(&w);
    strcpy(w.cert[0].names, "email:a$(reboot)@example.com");
    expect_fix(&w, "handclasp renew NAME");
    strcpy(w.cert[0].names, "dns:-rf");
    expect_fix(&w, "handclasp renew NAME");
    strcpy(w.cert[0].names, "");
    expect_fix(&w, "handclasp renew NAME");
    w.n_certs = 0;
    expect_fix(&w, "handclasp renew NAME");
    w.code = HC_E_UNKNOWN_ISSUER;
    expect_fix(&w, hc_row(HC_E_UNKNOWN_ISSUER)->fix);
}

static void a_rule_that_is_missing_is_written_out(void **state)
{
    static struct hc_why w;

    (void)state;
    sample_forbidden(&w);
    expect_fix(&w, "route that decides /admin: allow: [\"email:alice@example.com\"]");
    strcpy(w.identity, "email:\"]@example.com");
    expect_fix(&w, "allow: [\"PATTERN\"]");
    w.proven = false;
    expect_fix(&w, "No certificate was presented");
    w.code = HC_E_METHOD_NOT_ALLOWED;
    expect_fix(&w, "add GET to the methods");
}

static void every_other_row_has_the_catalogues_answer(void **state)
{
    static struct hc_why w;
    size_t n;
    const struct hc_row *rows = hc_rows(&n);

    (void)state;
    sample_expired(&w);
    for (size_t i = 0; i < n; i++) {
        HC_BUF_AUTO(out, 16384);
        struct hc_err e = {0};

        w.code = rows[i].code;
        hc_why_fix(&w, &out);
        expect_ok(&e, hc_buf_check(&out, &e));
        assert_true(out.n > 0);
    }
    w.code = HC_E_CRL_STALE;
    expect_fix(&w, hc_row(HC_E_CRL_STALE)->fix);
    w.code = HC_OK_CODE;
    expect_fix(&w, "not refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_name_the_identity_that_is_meant),
        cmocka_unit_test(a_name_that_a_shell_would_read_is_in_no_command),
        cmocka_unit_test(a_rule_that_is_missing_is_written_out),
        cmocka_unit_test(every_other_row_has_the_catalogues_answer),
    };
    return cmocka_run_group_tests_name("doctor/why_fix", tests, NULL, NULL);
}

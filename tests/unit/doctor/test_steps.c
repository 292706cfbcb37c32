/* test_steps.c - the seven steps tell what was seen, and each failure stands at one of them. */
#include "fabric.h"

static void expect_outcomes(struct fabric *f, const char *want)
{
    static const char letters[] = {
        [HC_STEP_DONE] = 'd',    [HC_STEP_FAILED] = 'F',      [HC_STEP_SKIPPED] = 's',
        [HC_STEP_UNKNOWN] = '?', [HC_STEP_NOT_REACHED] = '.',
    };
    char got[HC_PROBE_STEPS + 1] = "";
    hc_probe_tell_steps(f->p);
    for (size_t i = 0; i < HC_PROBE_STEPS; i++)
        got[i] = letters[f->p->step[i].outcome];
    assert_string_equal(got, want);
}

static void blame(struct fabric *f, enum hc_cause cause)
{
    f->p->verdict.cause = cause;
    f->p->verdict.side = hc_cause_row(cause)->side;
}

static void all_seven_are_done_when_all_is_well(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    expect_outcomes(&f, "ddddddd");
    assert_non_null(strstr(f.p->step[0].text, "127.0.0.1:8443 answered after 0.9 ms"));
    assert_non_null(strstr(f.p->step[1].text, "TLS 1.3; dns:shop.example.com"));
    assert_non_null(strstr(f.p->step[3].text, "dns:billing.example.com (1 certificate from billing.pem)"));
    assert_non_null(strstr(f.p->step[5].text, "HTTP 200"));
    fabric_fini(&f);
}

static void a_name_that_leads_nowhere_ends_it_at_the_first(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    f.p->dns = (struct hc_dns){.result = HC_DNS_NO_NAME, .text = "shop.example.com does not exist"};
    f.p->main.end = HC_END_UNREACHED;
    blame(&f, HC_CAUSE_NO_SUCH_NAME);
    expect_outcomes(&f, "F......");
    assert_string_equal(f.p->step[0].text, "shop.example.com does not exist");
    fabric_fini(&f);
}

static void an_alert_to_the_first_message_ends_it_at_the_second(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    f.p->main = (struct hc_attempt){.stage = HC_STAGE_HELLO, .end = HC_END_ALERT, .alert = 40};
    blame(&f, HC_CAUSE_HANDSHAKE_FAILURE);
    expect_outcomes(&f, "dF.....");
    assert_non_null(strstr(f.p->step[1].text, "handshake_failure (40)"));
    fabric_fini(&f);
}

static void what_is_no_tls_is_quoted(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    f.p->main.stage = HC_STAGE_HELLO;
    f.p->main.end = HC_END_NOT_TLS;
    f.p->main.sniff = HC_SNIFF_HTTP;
    hc_buf_add_str(&f.p->main.first, "HTTP/1.1 400 Bad \x1b[31m\r\nServer: x\r\n");
    blame(&f, HC_CAUSE_PLAIN_HTTP);
    expect_outcomes(&f, "dF.....");
    assert_non_null(strstr(f.p->step[1].text, "looks like HTTP: \"HTTP/1.1 400 Bad \\x1b[31m\""));
    fabric_fini(&f);
}

static void a_bad_chain_fails_the_third_and_the_rest_is_told_as_seen(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    hc_report_fail(&f.p->server, HC_E_CERT_EXPIRED, 0, "dns:shop.example.com expired 3 days ago");
    hc_report_fail(&f.p->server, HC_E_NAME_MISMATCH, 0, "it is for other names");
    blame(&f, HC_CAUSE_SERVER_EXPIRED);
    expect_outcomes(&f, "ddFdddd");
    assert_non_null(strstr(f.p->step[2].text, "expired 3 days ago (HC-1"));
    assert_non_null(strstr(f.p->step[2].text, "1 more rule failed"));
    assert_non_null(strstr(f.p->step[2].text, "a client would end here"));
    fabric_fini(&f);
}

static void without_a_bundle_the_third_is_skipped_or_is_the_verdict(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->server_judged = false;
    expect_outcomes(&f, "ddsdddd");
    blame(&f, HC_CAUSE_NO_TRUST_GIVEN);
    expect_outcomes(&f, "ddFdddd");
    fabric_fini(&f);
}

static void a_missing_certificate_fails_the_fourth(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.spec.n_chain = 0;
    f.p->main.n_sent = 0;
    f.p->main.stage = HC_STAGE_FINISHED;
    f.p->main.end = HC_END_ALERT;
    f.p->main.alert = 116;
    blame(&f, HC_CAUSE_IDENTITY_NEEDED);
    expect_outcomes(&f, "dddF...");
    assert_non_null(strstr(f.p->step[3].text, "the server requires one"));
    fabric_fini(&f);
}

static void an_optional_certificate_is_skipped(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.spec.n_chain = 0;
    f.p->main.n_sent = 0;
    blame(&f, HC_CAUSE_ACCEPTED_OPTIONAL);
    expect_outcomes(&f, "dddssdd");
    f.p->main.has_request = false;
    expect_outcomes(&f, "dddssdd");
    assert_non_null(strstr(f.p->step[3].text, "does not ask"));
    fabric_fini(&f);
}

static void a_refused_certificate_fails_the_fifth(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.stage = HC_STAGE_FINISHED;
    f.p->main.end = HC_END_ALERT;
    f.p->main.alert = 44;
    f.p->main.alert_after_finished = true;
    blame(&f, HC_CAUSE_YOUR_REVOKED);
    expect_outcomes(&f, "ddddF..");
    assert_non_null(strstr(f.p->step[4].text, "certificate_revoked (44)"));
    fabric_fini(&f);
}

static void a_rule_that_does_not_admit_fails_the_sixth(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.status = 403;
    memcpy(f.p->main.ref.text, "0123456789ab", sizeof "0123456789ab");
    blame(&f, HC_CAUSE_HTTP_FORBIDDEN);
    expect_outcomes(&f, "dddddF.");
    assert_non_null(strstr(f.p->step[5].text, "HTTP 403"));
    assert_non_null(strstr(f.p->step[5].text, "0123456789ab"));
    f.p->main.stage = HC_STAGE_FINISHED;
    f.p->main.end = HC_END_CLOSE_NOTIFY;
    blame(&f, HC_CAUSE_CLOSED_AFTER_HANDSHAKE);
    expect_outcomes(&f, "dddd?F.");
    fabric_fini(&f);
}

static void a_refusal_in_http_stays_one_when_the_verdict_is_about_another_thing(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.status = 401;
    blame(&f, HC_CAUSE_SERVER_SELF_SIGNED);
    expect_outcomes(&f, "dddddF.");
    assert_non_null(strstr(f.p->step[5].text, "HTTP 401"));
    f.p->main.status = 404; /* whom it lets in, it tells that there is nothing */
    expect_outcomes(&f, "ddddddd");
    fabric_fini(&f);
}

static void silence_after_a_tls_13_handshake_leaves_the_answer_open(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.stage = HC_STAGE_FINISHED;
    f.p->main.end = HC_END_OPEN;
    blame(&f, HC_CAUSE_NOT_REFUSED);
    expect_outcomes(&f, "dddd???");
    f.p->main.agreed.version = 0x0303; /* before 1.3 the server's Finished comes after its judgement */
    expect_outcomes(&f, "ddddd??");
    fabric_fini(&f);
}

static void the_answer_is_timed_from_the_request_unless_the_server_speaks_first(void **state)
{
    (void)state;
    struct fabric f;
    fabric_init(&f);
    fabric_good(&f);
    f.p->main.us_asked = f.p->main.us_finished + 250000;
    f.p->main.us_first_byte = f.p->main.us_asked + 2000;
    hc_probe_tell_steps(f.p);
    assert_non_null(strstr(f.p->step[6].text, "the first 2.0 ms after the request"));
    f.p->main.us_first_byte = f.p->main.us_finished + 3000;
    hc_probe_tell_steps(f.p);
    assert_non_null(strstr(f.p->step[6].text, "the first 3.0 ms after the handshake"));
    fabric_fini(&f);
}

static void a_verdict_against_somebody_always_shows_in_a_step(void **state)
{
    (void)state;
    for (enum hc_cause cause = 0; cause < HC_CAUSES; cause++) {
        struct fabric f;
        bool failed = false;
        fabric_init(&f);
        fabric_good(&f);
        f.p->main.stage = HC_STAGE_SHOWN;
        f.p->main.end = HC_END_EOF;
        f.p->main.has_request = false;
        f.p->main.n_sent = 0;
        blame(&f, cause);
        hc_probe_tell_steps(f.p);
        for (size_t i = 0; i < HC_PROBE_STEPS; i++)
            failed |= f.p->step[i].outcome == HC_STEP_FAILED;
        assert_int_equal(failed, hc_cause_row(cause)->side != HC_SIDE_NOBODY);
        fabric_fini(&f);
    }
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    struct fabric f;
    HC_BUF_AUTO(exts, ROUGH_MAX);
    HC_BUF_AUTO(name, 4096);
    struct hc_err e;
    fabric_init(&f);
    fabric_good(&f);
    for (unsigned i = 0; i < 600; i++)
        hc_buf_add_str(&name, "\xc3\xa4");
    hc_cert_list_truncate(&f.p->main.presented, 0);
    expect_ok(&e, hc_cert_list_take(&f.p->main.presented, fabric_cert(hc_buf_view(&name), hc_buf_view(&exts)), &e));
    hc_probe_tell_steps(f.p);
    size_t n = strlen(f.p->step[1].text);
    assert_true(n > 370 && n < sizeof f.p->step[1].text);
    assert_string_equal(f.p->step[1].text + n - 5, "\xc3\xa4...");
    fabric_fini(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_seven_are_done_when_all_is_well),
        cmocka_unit_test(a_name_that_leads_nowhere_ends_it_at_the_first),
        cmocka_unit_test(an_alert_to_the_first_message_ends_it_at_the_second),
        cmocka_unit_test(what_is_no_tls_is_quoted),
        cmocka_unit_test(a_bad_chain_fails_the_third_and_the_rest_is_told_as_seen),
        cmocka_unit_test(without_a_bundle_the_third_is_skipped_or_is_the_verdict),
        cmocka_unit_test(a_missing_certificate_fails_the_fourth),
        cmocka_unit_test(an_optional_certificate_is_skipped),
        cmocka_unit_test(a_refused_certificate_fails_the_fifth),
        cmocka_unit_test(a_rule_that_does_not_admit_fails_the_sixth),
        cmocka_unit_test(a_refusal_in_http_stays_one_when_the_verdict_is_about_another_thing),
        cmocka_unit_test(silence_after_a_tls_13_handshake_leaves_the_answer_open),
        cmocka_unit_test(the_answer_is_timed_from_the_request_unless_the_server_speaks_first),
        cmocka_unit_test(a_verdict_against_somebody_always_shows_in_a_step),
        cmocka_unit_test(long_texts_are_cut_between_characters),
    };
    return cmocka_run_group_tests_name("doctor/steps", tests, NULL, NULL);
}

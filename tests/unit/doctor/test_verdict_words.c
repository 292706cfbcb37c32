/* test_verdict_words.c - what a verdict says of this very case: names, dates, ages, commands; bounded and escaped. */
#include "doctor/verdict.h"
#include "verdicting.h"

static struct hc_verdict verdict_on(const struct row *row)
{
    struct evidence ev;
    struct hc_verdict v;
    verdicting_fill(row, &ev);
    hc_verdict_make(ev.p, &v);
    verdicting_fini(&ev);
    return v;
}

static void expect_words(const char *text, const char *const words[])
{
    for (size_t i = 0; words[i]; i++)
        if (strstr(text, words[i]) == NULL)
            fail_msg("\"%s\" is not in: %s", words[i], text);
}

#define WORDS(text, ...) expect_words(text, (const char *const[]){__VA_ARGS__, NULL})

static void an_expired_certificate_is_named_with_its_end_and_age(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){
        .stage = HC_STAGE_SERVED, .shown = EXPIRED, .bundle = true, .server = {HC_E_CERT_EXPIRED, HC_E_NAME_MISMATCH}});
    WORDS(v.text, "shop.example", "expired at 2026-10-21T00:00:00Z (3 days ago)", "1 more rule failed");
    WORDS(v.decide, "date -u");
}

static void a_wrong_clock_is_told_with_both_times(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_SERVED,
                                                   .shown = EXPIRED,
                                                   .bundle = true,
                                                   .server = {HC_E_CERT_EXPIRED},
                                                   .skew_known = true,
                                                   .skew = -4 * HC_DAY});
    WORDS(v.text, "4 days ahead of", "2026-10-24T00:00:00Z here", "2026-10-20T00:00:00Z there");
}

static void the_missing_intermediate_is_named(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){
        .stage = HC_STAGE_SERVED, .shown = LEAF_ONLY, .bundle = true, .server = {HC_E_UNKNOWN_ISSUER}, .own = GOOD});
    WORDS(v.text, "presented 1 certificate and not the one of CN=Issuer", "key identifier ");
}

static void the_place_of_the_missing_intermediate_is_quoted_and_escaped(void **state)
{
    (void)state;
    struct hc_verdict v;
    struct evidence ev;
    struct hc_err e;
    struct testpki leaf;
    /* AuthorityInfoAccess: caIssuers at http://ca.example/<ESC>.cer */
    testpki_issue(world.crypto,
                  &(struct testpki_spec){
                      .subject = "leaf",
                      .san = {"dns:shop.example"},
                      .raw = {"2b06010505070101=302830260608"
                              "2b06010505073002861a687474703a2f2f63612e6578616d706c652f691b732e63657221"},
                  },
                  &world.issuer, &leaf);
    verdicting_fill(&(struct row){.stage = HC_STAGE_HELLO, .bundle = true}, &ev);
    ev.p->main.stage = HC_STAGE_SERVED;
    ev.p->main.end = HC_END_OPEN;
    ev.p->main.n_presented = 1;
    ev.p->server_judged = true;
    hc_report_fail(&ev.p->server, HC_E_UNKNOWN_ISSUER, 0, "no path");
    expect_ok(&e, hc_cert_list_take(&ev.p->main.presented, leaf.cert, &e));
    leaf.cert = NULL;
    hc_verdict_make(ev.p, &v);
    assert_int_equal(v.cause, HC_CAUSE_SERVER_CHAIN_INCOMPLETE);
    WORDS(v.text, "found at http://ca.example/i\\x1bs.cer");
    verdicting_fini(&ev);
    testpki_fini(&leaf);
}

static void other_names_are_listed_and_the_fix_is_a_command(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_SERVED,
                                                   .shown = GOOD,
                                                   .bundle = true,
                                                   .host = "wrong.example",
                                                   .server = {HC_E_NAME_MISMATCH}});
    WORDS(v.text, "You asked for wrong.example", "dns:shop.example");
    WORDS(v.fix, "--name shop.example");
}

static void the_alert_is_named(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_FINISHED, ALERTED(116)});
    WORDS(v.text, "certificate_required (116)");
    v = verdict_on(&(struct row){.stage = HC_STAGE_HELLO, ALERTED(213)});
    WORDS(v.text, "213");
}

static void a_bad_chain_is_told_besides_a_refusal(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_FINISHED,
                                                   ALERTED(44),
                                                   .own = GOOD,
                                                   .shown = GOOD,
                                                   .bundle = true,
                                                   .server = {HC_E_NAME_MISMATCH}});
    assert_int_equal(v.cause, HC_CAUSE_YOUR_REVOKED);
    WORDS(v.text, "Besides, our verifier refuses the server's chain (HC-1301)");
}

static void the_authorities_of_the_server_and_ours_are_named(void **state)
{
    (void)state;
    struct hc_verdict v =
        verdict_on(&(struct row){.stage = HC_STAGE_FINISHED, ALERTED(48), .own = FOREIGN, .list = LISTS_ROOT});
    WORDS(v.text, "comes from CN=Other root", "certificates of CN=Root");
}

static void a_purpose_is_told_with_what_public_cas_do(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_FINISHED, ALERTED(43), .own = SERVERS});
    WORDS(v.text, "serverAuth and not clientAuth", "public CAs no longer issue certificates for clients");
}

static void a_forged_signature_names_the_certificate_and_its_issuer(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(
        &(struct row){.stage = HC_STAGE_SERVED, .shown = GOOD, .bundle = true, .server = {HC_E_BAD_SIGNATURE}});
    WORDS(v.text, "dns:shop.example", "not by the key of its issuer, CN=Issuer");
}

static void a_weak_signature_and_a_forged_one_of_ours_have_fixes_of_their_own(void **state)
{
    (void)state;
    struct row row = {
        .stage = HC_STAGE_FINISHED, ALERTED(42), .own = GOOD, .judged = HC_E_CERT_WEAK_SIGNATURE, .list = LISTS_ROOT};
    struct hc_verdict v = verdict_on(&row);
    WORDS(v.fix, "SHA-256");
    row.judged = HC_E_BAD_SIGNATURE;
    row.alert = 51;
    v = verdict_on(&row);
    WORDS(v.fix, "chain.pem");
}

static void a_key_of_a_kind_that_is_not_accepted_is_told_where_http_answers(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(
        &(struct row){.stage = HC_STAGE_SERVED, .ask = HC_ASK_HTTP, .status = 400, .own = GOOD, .unsent = true});
    WORDS(v.text, "P-256", "answered HTTP 400");
}

static void the_length_of_a_short_prime_is_told(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){
        .stage = HC_STAGE_HELLO,
        ALERTED(40),
        .trials = {
            {.kind = TRIAL(ANYTHING), .stage = HC_STAGE_SHOWN, .version = 0x0303, .suite = 0x009e, .dh_bits = 1024}}});
    WORDS(v.text, "a prime of 1024 bits");
}

static void a_gates_id_becomes_a_command(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){.stage = HC_STAGE_SERVED,
                                                   .shown = GOOD,
                                                   .own = GOOD,
                                                   .bundle = true,
                                                   .ask = HC_ASK_HTTP,
                                                   .status = 403,
                                                   .ref = "0123456789ab"});
    WORDS(v.fix, "handclasp why 0123456789ab");
}

static void an_identity_that_fits_is_named(void **state)
{
    (void)state;
    struct hc_verdict v;
    struct evidence ev;
    verdicting_fill(&(struct row){.stage = HC_STAGE_FINISHED, ALERTED(116)}, &ev);
    ev.p->n_fits = 2;
    snprintf(ev.p->fit[0].name, sizeof ev.p->fit[0].name, "dns:no.example");
    snprintf(ev.p->fit[1].name, sizeof ev.p->fit[1].name, "dns:yes.example");
    ev.p->fit[1].fits = true;
    hc_verdict_make(ev.p, &v);
    WORDS(v.fix, "dns:yes.example would fit");
    ev.p->main.request->n_authorities = 0;
    verdicting_fini(&ev);
}

static void what_a_server_said_is_escaped(void **state)
{
    (void)state;
    struct hc_verdict v = verdict_on(&(struct row){
        .stage = HC_STAGE_HELLO, .end = HC_END_NOT_TLS, .sniff = HC_SNIFF_OTHER, .first = "\x1b]0;x\x07 hello\nmore"});
    WORDS(v.text, "\\x1b]0;x\\x07 hello");
    assert_null(strstr(v.text, "more"));
    v = verdict_on(&(struct row){.stage = HC_STAGE_CONNECTED,
                                 .end = HC_END_PRELUDE,
                                 .with_starttls = HC_STARTTLS_SMTP,
                                 .starttls = HC_STARTTLS_DENIED});
    WORDS(v.text, "500 no \\x1b[2J such word");
}

/* What is longer than a verdict is cut between characters. */
static void a_long_answer_is_cut(void **state)
{
    (void)state;
    char long_host[2048] = "";
    for (size_t i = 0; i + 2 < sizeof long_host; i += 2)
        memcpy(long_host + i, "\xc3\xa4", 3);
    struct hc_verdict v = verdict_on(&(struct row){.dns = HC_DNS_NO_NAME, .end = HC_END_UNREACHED, .host = long_host});
    assert_true(strlen(v.text) < 400);
    assert_non_null(strstr(v.text, "..."));
    for (const char *s = v.text; *s; s++)
        assert_false((unsigned char)s[0] == 0xc3 && (unsigned char)s[1] != 0xa4);
}

static void without_memory_the_verdict_is_the_same(void **state)
{
    (void)state;
    struct evidence ev;
    verdicting_fill(&(struct row){.stage = HC_STAGE_SERVED,
                                  .shown = GOOD,
                                  .bundle = true,
                                  .host = "wrong.example",
                                  .server = {HC_E_NAME_MISMATCH}},
                    &ev);
    for (unsigned k = 1;; k++) {
        struct hc_verdict v;
        fault_alloc_at(k);
        hc_verdict_make(ev.p, &v);
        bool over = !fault_happened();
        fault_alloc_at(0);
        assert_int_equal(v.cause, HC_CAUSE_SERVER_NAME_MISMATCH);
        assert_true(v.text[0] != '\0' && v.fix[0] != '\0');
        if (over)
            break;
    }
    verdicting_fini(&ev);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expired_certificate_is_named_with_its_end_and_age),
        cmocka_unit_test(a_wrong_clock_is_told_with_both_times),
        cmocka_unit_test(the_missing_intermediate_is_named),
        cmocka_unit_test(the_place_of_the_missing_intermediate_is_quoted_and_escaped),
        cmocka_unit_test(other_names_are_listed_and_the_fix_is_a_command),
        cmocka_unit_test(the_alert_is_named),
        cmocka_unit_test(a_bad_chain_is_told_besides_a_refusal),
        cmocka_unit_test(the_authorities_of_the_server_and_ours_are_named),
        cmocka_unit_test(a_purpose_is_told_with_what_public_cas_do),
        cmocka_unit_test(a_forged_signature_names_the_certificate_and_its_issuer),
        cmocka_unit_test(a_weak_signature_and_a_forged_one_of_ours_have_fixes_of_their_own),
        cmocka_unit_test(a_key_of_a_kind_that_is_not_accepted_is_told_where_http_answers),
        cmocka_unit_test(the_length_of_a_short_prime_is_told),
        cmocka_unit_test(a_gates_id_becomes_a_command),
        cmocka_unit_test(an_identity_that_fits_is_named),
        cmocka_unit_test(what_a_server_said_is_escaped),
        cmocka_unit_test(a_long_answer_is_cut),
        cmocka_unit_test(without_memory_the_verdict_is_the_same),
    };
    return cmocka_run_group_tests_name("doctor/verdict_words", tests, verdicting_set_up, verdicting_tear_down);
}

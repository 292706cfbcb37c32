/* test_why_probe_json.c - a probe's record is read within bounds and joined with the gate's of the same handshake. */
#include "why_sample.h"

#include "doctor/why_probe_json.h"

#define HASH "abababababababababababababababababababababababababababababababab"
#define MESSAGES                                                                                                       \
    "{\"at_us\":700,\"from\":\"client\",\"type\":\"handshake\",\"number\":1},"                                         \
    "{\"at_us\":1700,\"from\":\"server\",\"type\":\"handshake\",\"number\":2},"                                        \
    "{\"at_us\":1800,\"from\":\"server\",\"type\":\"change-cipher-spec\",\"number\":-1},"                              \
    "{\"at_us\":2000,\"from\":\"client\",\"type\":\"handshake\",\"number\":20}"
#define RECORD(connection)                                                                                             \
    "{\"format\":\"handclasp-probe-1\",\"time\":\"2026-11-21T18:02:30Z\",\"target\":{\"host\":\"shop.example.com\","   \
    "\"port\":8443},\"verdict\":{\"sentence\":\"Your certificate has expired.\"},\"connection\":" connection "}"

static struct hc_rc read(const char *text, struct hc_why_probe *out, struct hc_err *e)
{
    return hc_why_probe_read(hc_bytes_str(text), out, e);
}

static void a_record_gives_what_joins_it_and_its_messages(void **state)
{
    static struct hc_why_probe p;
    static struct hc_why w;
    struct hc_err e = {0};

    (void)state;
    expect_ok(
        &e, read(RECORD("{\"client_random_sha256\":\"" HASH "\",\"version\":\"TLS 1.3\",\"messages\":[" MESSAGES "]}"),
                 &p, &e));
    assert_string_equal(p.target, "shop.example.com:8443");
    assert_string_equal(p.tls, "TLS 1.3");
    assert_int_equal(p.n_messages, 3); /* ChangeCipherSpec is none */
    assert_true(p.message[0].sent && !p.message[1].sent);
    sample_expired(&w);
    assert_true(hc_why_both_match(&p, &w));
    w.random_hash[31] ^= 1;
    assert_false(hc_why_both_match(&p, &w));
    w.has_random = false;
    assert_false(hc_why_both_match(&p, &w));
}

static void an_id_that_came_over_http_joins_as_well(void **state)
{
    static struct hc_why_probe p;
    static struct hc_why w;
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, read(RECORD("{\"client_random_sha256\":null,\"ref\":\"k7mq2fzt9xwd\"}"), &p, &e));
    sample_forbidden(&w);
    assert_true(hc_why_both_match(&p, &w));
    strcpy(w.ref.text, "k7mq2fzt9xww");
    assert_false(hc_why_both_match(&p, &w));
}

static void both_ends_stand_side_by_side(void **state)
{
    static struct hc_why_probe p;
    static struct hc_why w;
    HC_BUF_AUTO(out, 65536);
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, read(RECORD("{\"client_random_sha256\":\"" HASH "\",\"messages\":[" MESSAGES "]}"), &p, &e));
    sample_expired(&w);
    hc_why_both(&p, &w, &out);
    expect_for_a_terminal(&out);
    expect_says(&out, "AS THE PROBE SAW IT");
    expect_says(&out, "     0.7 ms  ClientHello              -->     0.1 ms  ClientHello\n");
    expect_says(&out, "     1.7 ms  ServerHello              <--     0.9 ms  ServerHello\n");
    expect_says(&out, "     2.0 ms  Finished                 -->             not seen\n");
    expect_says(&out, "             not seen                 <--    12.0 ms  alert certificate_expired\n");
    expect_says(&out, "Your certificate has expired.");
    expect_says(&out, "the gate shop refused the handshake");
}

static void what_is_no_probes_record_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"format\":\"handclasp-probe-1\"}",
        "{\"format\":\"handclasp-probe-2\",\"connection\":{\"client_random_sha256\":\"" HASH "\"}}",
        RECORD("[]"),
        RECORD("{}"),
        RECORD("{\"client_random_sha256\":\"ab\"}"),
        RECORD("{\"client_random_sha256\":7,\"ref\":\"much longer than any id is\"}"),
    };
    static struct hc_why_probe p;
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_fail(&e, read(bad[i], &p, &e), HC_E_PROBE_RECORD);
}

static void what_is_too_much_is_refused_or_counted(void **state)
{
    static struct hc_why_probe p;
    HC_BUF_AUTO(text, HC_WHY_PROBE_FILE + 16);
    struct hc_err e = {0};

    (void)state;
    hc_buf_add_str(&text, "{\"format\":\"handclasp-probe-1\",\"connection\":{\"client_random_sha256\":\"" HASH
                          "\",\"messages\":[1");
    for (int i = 0; i < 200; i++)
        hc_buf_add_str(&text, ",{\"type\":\"alert\",\"number\":255},{\"type\":\"alert\",\"number\":256}");
    hc_buf_add_str(&text, "]}}");
    expect_ok(&e, hc_why_probe_read(hc_buf_view(&text), &p, &e));
    assert_int_equal(p.n_messages, HC_WHY_PROBE_MESSAGES);
    assert_int_equal(p.more_messages, 200 - HC_WHY_PROBE_MESSAGES);
    hc_buf_clear(&text);
    for (int i = 0; i < 200000; i++)
        hc_buf_add_str(&text, "[");
    expect_fail(&e, hc_why_probe_read(hc_buf_view(&text), &p, &e), HC_E_PROBE_RECORD);
    while (text.n <= HC_WHY_PROBE_FILE)
        hc_buf_add_str(&text, "        ");
    expect_fail(&e, hc_why_probe_read(hc_buf_view(&text), &p, &e), HC_E_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_gives_what_joins_it_and_its_messages),
        cmocka_unit_test(an_id_that_came_over_http_joins_as_well),
        cmocka_unit_test(both_ends_stand_side_by_side),
        cmocka_unit_test(what_is_no_probes_record_is_refused),
        cmocka_unit_test(what_is_too_much_is_refused_or_counted),
    };
    return cmocka_run_group_tests_name("doctor/why_probe_json", tests, NULL, NULL);
}

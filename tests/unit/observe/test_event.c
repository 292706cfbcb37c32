/* test_event.c - one line an event, every field in its place, and no stranger's bytes can add or hide one. */
#include "hc_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "observe/event.h"

#define NOON INT64_C(1795255200) /* 2026-11-21T10:00:00Z */

struct catcher {
    int fd[2];
    struct hc_log log;
    char text[3 * HC_LOG_LINE];
};

static int set_up(void **state)
{
    struct catcher *c = calloc(1, sizeof *c);

    *state = c;
    if (!c || pipe2(c->fd, O_CLOEXEC | O_NONBLOCK) != 0)
        return -1;
    c->log = (struct hc_log){.fd = c->fd[1], .form = HC_LOG_JSON, .least = HC_LEVEL_INFO};
    return 0;
}

static int tear_down(void **state)
{
    struct catcher *c = *state;

    hc_fd_close(&c->fd[0]);
    hc_fd_close(&c->fd[1]);
    free(c);
    return 0;
}

static const char *caught(struct catcher *c)
{
    ssize_t n = read(c->fd[0], c->text, sizeof c->text - 1);

    c->text[n > 0 ? n : 0] = 0;
    return c->text;
}

static const char *logged(struct catcher *c, enum hc_log_form form, const struct hc_event *event)
{
    c->log.form = form;
    hc_event_log(&c->log, event, NOON);
    return caught(c);
}

/* Nothing counted, nothing known. */
static struct hc_event empty(enum hc_code why)
{
    return (struct hc_event){.what = "request", .why = why, .bytes_in = -1, .bytes_out = -1, .duration_us = -1};
}

static struct hc_event full(void)
{
    return (struct hc_event){
        .what = "request",
        .gate = "shop",
        .peer = "192.0.2.7:51234",
        .identity = "dns:billing.example.com",
        .serial = HC_BYTES("\x01\xab\x00"),
        .issuer = "CN=Example Corp Issuing CA",
        .why = HC_E_NO_RULE,
        .text = "none of its identities is allowed on /orders/**",
        .rule = "/orders/**",
        .ref = "0123456789ab",
        .tls = "TLSv1.3",
        .method = HC_BYTES("GET"),
        .path = HC_BYTES("/orders/7"),
        .status = 403,
        .bytes_in = 0,
        .bytes_out = 12,
        .duration_us = 345,
    };
}

static void an_event_with_everything_has_its_fields_in_order(void **state)
{
    struct hc_event event = full();

    assert_string_equal(logged(*state, HC_LOG_JSON, &event),
                        "{\"time\":\"2026-11-21T10:00:00Z\",\"level\":\"warn\",\"event\":\"request\",\"gate\":\"shop\","
                        "\"peer\":\"192.0.2.7:51234\",\"identity\":\"dns:billing.example.com\",\"serial\":\"01ab00\","
                        "\"issuer\":\"CN=Example Corp Issuing CA\",\"decision\":\"refused\",\"id\":\"HC-2001\","
                        "\"ref\":\"0123456789ab\",\"rule\":\"/orders/"
                        "**\",\"tls\":\"TLSv1.3\",\"method\":\"GET\",\"path\":\"/orders/7\","
                        "\"status\":403,\"in\":0,\"out\":12,\"us\":345,\"text\":\"none of its identities is allowed on "
                        "/orders/**\"}\n");
}

static void the_text_form_ends_with_the_sentence_of_the_catalogue(void **state)
{
    struct hc_event event = full();
    const char *line = logged(*state, HC_LOG_TEXT, &event);

    assert_non_null(strstr(line, " id=HC-2001 "));
    assert_non_null(strstr(line, " why=\"No rule admits this peer here.\"\n"));
}

static void a_resumed_session_and_an_end_are_told(void **state)
{
    struct hc_event event = full();

    event.resumed = true;
    event.decision = "ended";
    assert_non_null(strstr(logged(*state, HC_LOG_JSON, &event), "\"decision\":\"ended\",\"id\":\"HC-2001\""));
    assert_non_null(strstr(logged(*state, HC_LOG_JSON, &event), "\"tls\":\"TLSv1.3\",\"resumed\":\"yes\",\"method\""));
}

static void what_is_not_known_is_left_out(void **state)
{
    struct hc_event event = empty(HC_OK_CODE);

    event.gate = "";
    assert_string_equal(logged(*state, HC_LOG_TEXT, &event), "2026-11-21T10:00:00Z info  request decision=allowed\n");
}

static void the_level_and_the_decision_follow_from_the_row(void **state)
{
    static const struct {
        enum hc_code why;
        const char *level;
        const char *decision;
    } rows[] = {
        {HC_OK_CODE, "info", "allowed"},          {HC_E_REVOKED, "warn", "refused"},
        {HC_E_NO_CERTIFICATE, "warn", "refused"}, {HC_E_DENIED, "warn", "refused"},
        {HC_E_TLS_NOT_TLS, "warn", "failed"},     {HC_E_UPSTREAM_DOWN, "warn", "failed"},
        {HC_E_TLS_CLOSED, "info", "failed"},      {HC_E_HTTP_NOT_FOUND, "info", "failed"},
    };

    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_event event = empty(rows[i].why);
        const char *line = logged(*state, HC_LOG_JSON, &event);
        char want[64];

        snprintf(want, sizeof want, "\"level\":\"%s\"", rows[i].level);
        assert_non_null(strstr(line, want));
        snprintf(want, sizeof want, "\"decision\":\"%s\"", rows[i].decision);
        assert_non_null(strstr(line, want));
    }
}

static void a_decision_that_is_given_is_not_derived(void **state)
{
    struct hc_event event = empty(HC_E_NO_RULE);

    event.decision = "failed";
    assert_non_null(strstr(logged(*state, HC_LOG_TEXT, &event), " decision=failed "));
}

static void a_strangers_bytes_make_no_field_and_no_line(void **state)
{
    struct hc_event event = empty(HC_E_NO_RULE);
    const char *line;

    event.identity = "email:a\" decision=allowed\nforged";
    event.path = HC_BYTES("/\xe2\x80\xae\x1b[2J decision=allowed");
    line = logged(*state, HC_LOG_TEXT, &event);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_null(strchr(line, '\x1b'));
    assert_non_null(strstr(line, " identity=\"email:a\\\" decision=allowed\\nforged\" decision=refused "));
}

static void the_largest_hostile_values_cannot_hide_the_verdict(void **state)
{
    static char long_name[4 * HC_LOG_LINE];
    struct hc_event event = full();
    const char *line;

    memset(long_name, '\n', sizeof long_name - 1);
    event.identity = event.issuer = long_name;
    event.path = event.serial = hc_bytes_str(long_name);
    line = logged(*state, HC_LOG_JSON, &event);
    assert_in_range(strlen(line), 3000, HC_LOG_LINE);
    assert_non_null(strstr(line, "\"decision\":\"refused\",\"id\":\"HC-2001\",\"ref\":\"0123456789ab\""));
    assert_non_null(strstr(line, "\"serial\":\"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a...\""));
    assert_non_null(strstr(line, "\"us\":345,"));
}

static void an_alarm_is_an_error_and_says_what_to_do(void **state)
{
    struct catcher *c = *state;

    hc_event_alarm(&c->log, HC_E_CRL_STALE, "/var/crl/root.crl", "it went stale 2 hours ago", NOON);
    assert_string_equal(caught(c), "{\"time\":\"2026-11-21T10:00:00Z\",\"level\":\"error\",\"event\":\"alarm\","
                                   "\"id\":\"HC-1404\",\"source\":\"/var/crl/root.crl\","
                                   "\"text\":\"it went stale 2 hours ago\"}\n");
    c->log.form = HC_LOG_TEXT;
    hc_event_alarm(&c->log, HC_E_CRL_STALE, NULL, "it went stale 2 hours ago", NOON);
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z error alarm id=HC-1404 text=\"it went stale 2 hours ago\" "
                                   "why=\"The CRL of the certificate's issuer is past its next update.\" "
                                   "fix=\"Run: handclasp publish\"\n");
}

static void an_event_below_the_level_is_not_written(void **state)
{
    struct catcher *c = *state;
    struct hc_event event = full();

    event.why = HC_OK_CODE;
    c->log.least = HC_LEVEL_WARNING;
    assert_string_equal(logged(c, HC_LOG_TEXT, &event), "");
}

static void without_memory_an_event_is_lost_and_nothing_else(void **state)
{
    struct catcher *c = *state;
    struct hc_event event = full();

    for (unsigned k = 1;; k++) {
        fault_alloc_at(k);
        hc_event_log(&c->log, &event, NOON);
        if (!fault_happened())
            break;
        caught(c);
        assert_true(k < 50);
    }
    fault_alloc_at(0);
    assert_non_null(strstr(caught(c), "\"us\":345"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_event_with_everything_has_its_fields_in_order),
        TEST(the_text_form_ends_with_the_sentence_of_the_catalogue),
        TEST(a_resumed_session_and_an_end_are_told),
        TEST(what_is_not_known_is_left_out),
        TEST(the_level_and_the_decision_follow_from_the_row),
        TEST(a_decision_that_is_given_is_not_derived),
        TEST(a_strangers_bytes_make_no_field_and_no_line),
        TEST(the_largest_hostile_values_cannot_hide_the_verdict),
        TEST(an_alarm_is_an_error_and_says_what_to_do),
        TEST(an_event_below_the_level_is_not_written),
        TEST(without_memory_an_event_is_lost_and_nothing_else),
    };

    return cmocka_run_group_tests_name("observe/event", tests, NULL, NULL);
}

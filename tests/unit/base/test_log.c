/* test_log.c - one line, one write, in both forms; no value can forge a field, a line, or the loss of one. */
#include "hc_test.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

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
    c->log = (struct hc_log){.fd = c->fd[1], .form = HC_LOG_TEXT, .least = HC_LEVEL_INFO};
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

static void say(const struct hc_log *log, enum hc_level level, struct hc_bytes value)
{
    struct hc_line line;

    hc_line_begin(&line, log, level, "request", NOON);
    hc_line_bytes(&line, "path", value);
    hc_line_str(&line, "absent", NULL);
    hc_line_int(&line, "status", -7);
    hc_line_end(&line);
}

static void a_text_line_has_time_level_event_and_fields(void **state)
{
    struct catcher *c = *state;

    say(&c->log, HC_LEVEL_INFO, HC_BYTES("/index.html"));
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z info  request path=/index.html status=-7\n");
    say(&c->log, HC_LEVEL_WARNING, HC_BYTES("two words"));
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z warn  request path=\"two words\" status=-7\n");
    say(&c->log, HC_LEVEL_ERROR, HC_BYTES(""));
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z error request path=\"\" status=-7\n");
}

static void a_json_line_is_one_object(void **state)
{
    struct catcher *c = *state;

    c->log.form = HC_LOG_JSON;
    say(&c->log, HC_LEVEL_INFO, HC_BYTES("say \"hi\"\n"));
    assert_string_equal(caught(c), "{\"time\":\"2026-11-21T10:00:00Z\",\"level\":\"info\",\"event\":\"request\","
                                   "\"path\":\"say \\\"hi\\\"\\n\",\"status\":-7}\n");
}

static void a_value_cannot_forge_a_field_or_a_line(void **state)
{
    struct catcher *c = *state;

    say(&c->log, HC_LEVEL_INFO, HC_BYTES("x\" status=200 y=\"\n2026-11-21T10:00:00Z info  forged"));
    assert_string_equal(caught(c),
                        "2026-11-21T10:00:00Z info  request path=\"x\\\" status=200 y=\\\"\\n2026-11-21T10:00:00Z "
                        "info  forged\" status=-7\n");
    say(&c->log, HC_LEVEL_INFO, HC_BYTES("x\xe3\x80\x80status=200")); /* an ideographic space */
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z info  request path=\"x\xe3\x80\x80status=200\" status=-7\n");
    say(&c->log, HC_LEVEL_INFO, HC_BYTES("\x1b[2J\xe2\x80\xae"));
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z info  request path=\"\\x1b[2J\\u{202e}\" status=-7\n");
}

static void lines_below_the_least_level_are_dropped(void **state)
{
    struct catcher *c = *state;

    say(&c->log, HC_LEVEL_DEBUG, HC_BYTES("x"));
    assert_string_equal(caught(c), "");
    c->log.least = HC_LEVEL_ERROR;
    say(&c->log, HC_LEVEL_WARNING, HC_BYTES("x"));
    hc_log_say(&c->log, HC_LEVEL_INFO, "note", "x");
    assert_string_equal(caught(c), "");
}

/* A stranger who sends a long path must not thereby keep the verdict, or the whole line, out of the log. */
static void long_values_are_cut_and_later_fields_survive(void **state)
{
    struct catcher *c = *state;
    static uint8_t bytes[3 * HC_LOG_LINE];
    struct hc_line line;

    memset(bytes, 0x1b, sizeof bytes);
    for (int form = HC_LOG_TEXT; form <= HC_LOG_JSON; form++) {
        size_t n;

        c->log.form = (enum hc_log_form)form;
        hc_line_begin(&line, &c->log, HC_LEVEL_INFO, "request", NOON);
        for (int i = 0; i < 3; i++)
            hc_line_bytes(&line, "path", hc_bytes_of(bytes, sizeof bytes));
        hc_line_str(&line, "verdict", "refused");
        hc_line_end(&line);
        n = strlen(caught(c));
        assert_in_range(n, 1000, HC_LOG_LINE);
        assert_non_null(strstr(c->text, form == HC_LOG_JSON ? "\",\"verdict\":\"refused\"}\n" : " verdict=refused\n"));
        assert_non_null(strstr(c->text, form == HC_LOG_JSON ? "\\u001b...\"" : "\\x1b... "));
        assert_ptr_equal(strchr(c->text, '\n'), c->text + n - 1);
    }
}

static void a_line_full_of_fields_still_ends_and_is_written(void **state)
{
    struct catcher *c = *state;
    struct hc_line line;

    c->log.form = HC_LOG_JSON;
    hc_line_begin(&line, &c->log, HC_LEVEL_INFO, "request", NOON);
    for (int i = 0; i < 2000; i++) {
        hc_line_str(&line, "key", "a value");
        hc_line_int(&line, "number", INT64_MIN);
    }
    hc_line_end(&line);
    assert_in_range(strlen(caught(c)), HC_LOG_LINE - 100, HC_LOG_LINE);
    assert_string_equal(c->text + strlen(c->text) - 2, "}\n");
}

static void colour_surrounds_the_level_and_nothing_else(void **state)
{
    struct catcher *c = *state;

    c->log.color = true;
    say(&c->log, HC_LEVEL_ERROR, HC_BYTES("x"));
    assert_string_equal(caught(c), "2026-11-21T10:00:00Z \033[31merror\033[0m request path=x status=-7\n");
}

static void a_sentence_is_logged_with_the_present_time(void **state)
{
    struct catcher *c = *state;

    hc_log_say(&c->log, HC_LEVEL_INFO, "start", "%d gates on %s", 2, "0.0.0.0:8443");
    assert_non_null(strstr(caught(c), " info  start text=\"2 gates on 0.0.0.0:8443\"\n"));
    assert_int_equal(strncmp(c->text, "20", 2), 0);
}

static void a_descriptor_that_cannot_be_written_harms_nobody(void **state)
{
    struct hc_log log = {.fd = -1, .form = HC_LOG_TEXT, .least = HC_LEVEL_DEBUG};

    (void)state;
    say(&log, HC_LEVEL_ERROR, HC_BYTES("x"));
}

static void without_memory_the_line_is_lost_whole(void **state)
{
    struct catcher *c = *state;

    for (unsigned k = 1; k < 10; k++) {
        fault_alloc_at(k);
        say(&c->log, HC_LEVEL_INFO,
            HC_BYTES("a path that is long enough to make the line grow at least once or twice"));
        if (!fault_happened())
            break;
        assert_string_equal(caught(c), "");
    }
    fault_alloc_at(0);
    assert_non_null(strstr(caught(c), "status=-7\n"));
}

static void stderr_that_is_no_terminal_gets_json(void **state)
{
    struct catcher *c = *state;
    int saved = dup(2);
    struct hc_log log;

    assert_int_equal(dup2(c->fd[1], 2), 2);
    log = hc_log_stderr();
    assert_int_equal(dup2(saved, 2), 2);
    hc_fd_close(&saved);
    assert_int_equal(log.fd, 2);
    assert_int_equal(log.form, HC_LOG_JSON);
    assert_false(log.color);
    assert_int_equal(log.least, HC_LEVEL_INFO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_text_line_has_time_level_event_and_fields),
        TEST(a_json_line_is_one_object),
        TEST(a_value_cannot_forge_a_field_or_a_line),
        TEST(lines_below_the_least_level_are_dropped),
        TEST(long_values_are_cut_and_later_fields_survive),
        TEST(a_line_full_of_fields_still_ends_and_is_written),
        TEST(colour_surrounds_the_level_and_nothing_else),
        TEST(a_sentence_is_logged_with_the_present_time),
        TEST(a_descriptor_that_cannot_be_written_harms_nobody),
        TEST(without_memory_the_line_is_lost_whole),
        TEST(stderr_that_is_no_terminal_gets_json),
    };

    return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}

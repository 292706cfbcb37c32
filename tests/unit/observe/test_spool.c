/* test_spool.c - a log whose reader stalls. */
#include "hc_test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "observe/spool.h"

static void lines_arrive_whole_and_in_order(void **state)
{
    struct hc_err e = {0};
    struct hc_spool *s = NULL;
    int ends[2];
    char got[64] = "";
    size_t n = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    expect_ok(&e, hc_spool_new(ends[1], HC_LOG_TEXT, &s, &e));
    for (int i = 0; i < 3; i++)
        hc_spool_sink(s)->put(hc_spool_sink(s)->ctx, i == 0   ? HC_BYTES("one\n")
                                                     : i == 1 ? HC_BYTES("two\n")
                                                              : HC_BYTES("three\n"));
    hc_spool_free(s);
    close(ends[1]);
    for (ssize_t k; (k = read(ends[0], got + n, sizeof got - 1 - n)) > 0;)
        n += (size_t)k;
    assert_string_equal(got, "one\ntwo\nthree\n");
    close(ends[0]);
}

static void a_reader_that_stalls_makes_nobody_wait_and_what_is_lost_is_counted(void **state)
{
    struct hc_err e = {0};
    struct hc_spool *s = NULL;
    static char text[4096];
    const size_t lines = 3 * HC_SPOOL_BYTES / sizeof text;
    int ends[2];
    uint64_t began = hc_mono_ms();

    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(pipe(ends), 0);
    expect_ok(&e, hc_spool_new(ends[1], HC_LOG_TEXT, &s, &e));
    for (size_t i = 0; i < lines; i++) /* nobody reads */
        hc_spool_sink(s)->put(hc_spool_sink(s)->ctx, hc_bytes_of(text, sizeof text));
    assert_true(hc_spool_lost(s) > 0);
    assert_true(hc_spool_lost(s) < lines);
    hc_spool_free(s); /* gives up after HC_SPOOL_PATIENCE_MS */
    assert_true(hc_mono_ms() - began < 20000);
    close(ends[0]);
    close(ends[1]);
}

static void the_number_of_lost_lines_is_told_when_the_reader_is_back(void **state)
{
    struct hc_err e = {0};
    struct hc_spool *s = NULL;
    static char text[4096];
    static char got[1 << 16];
    int ends[2];
    bool told = false;

    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(pipe(ends), 0);
    expect_ok(&e, hc_spool_new(ends[1], HC_LOG_TEXT, &s, &e));
    for (size_t i = 0; i < 3 * HC_SPOOL_BYTES / sizeof text; i++)
        hc_spool_sink(s)->put(hc_spool_sink(s)->ctx, hc_bytes_of(text, sizeof text));
    assert_true(hc_spool_lost(s) > 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    for (uint64_t until = hc_mono_ms() + 10000; !told && hc_mono_ms() < until;) {
        ssize_t n = read(ends[0], got, sizeof got);

        told = n > 0 && memmem(got, (size_t)n, "lines of this log were lost", 27) != NULL;
        if (n <= 0)
            usleep(1000);
    }
    assert_true(told);
    hc_spool_free(s);
    close(ends[0]);
    close(ends[1]);
}

static void a_reader_that_left_ends_nothing(void **state)
{
    struct hc_err e = {0};
    struct hc_spool *s = NULL;
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    expect_ok(&e, hc_spool_new(ends[1], HC_LOG_JSON, &s, &e));
    for (int i = 0; i < 100; i++)
        hc_spool_sink(s)->put(hc_spool_sink(s)->ctx, HC_BYTES("{}\n"));
    hc_spool_free(s);
    close(ends[1]);
}

/* poll says that it is writable as long as it has room for anything, and then the write waits for the rest. */
static void a_stopped_terminal_does_not_hold_the_end_up(void **state)
{
    struct hc_err e = {0};
    struct hc_spool *s = NULL;
    static char text[4096];
    int screen = posix_openpt(O_RDWR | O_NOCTTY);
    char name[64];
    uint64_t began = hc_mono_ms();
    int terminal;

    (void)state;
    memset(text, '\n', sizeof text);
    if (screen < 0 || grantpt(screen) != 0 || unlockpt(screen) != 0)
        skip(); /* a machine without pseudo-terminals */
    assert_int_equal(ptsname_r(screen, name, sizeof name), 0);
    terminal = open(name, O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    expect_ok(&e, hc_spool_new(terminal, HC_LOG_TEXT, &s, &e));
    for (int i = 0; i < 100; i++) /* nobody reads */
        hc_spool_sink(s)->put(hc_spool_sink(s)->ctx, hc_bytes_of(text, sizeof text));
    hc_spool_free(s);
    assert_true(hc_mono_ms() - began < 20000);
    close(terminal);
    close(screen);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_spool) s = NULL;

    (void)ctx;
    return hc_spool_new(STDERR_FILENO, HC_LOG_TEXT, &s, e);
}

static void every_failed_allocation_is_survived(void **state)
{
    (void)state;
    assert_true(fault_sweep(make, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_arrive_whole_and_in_order),
        cmocka_unit_test(a_reader_that_stalls_makes_nobody_wait_and_what_is_lost_is_counted),
        cmocka_unit_test(the_number_of_lost_lines_is_told_when_the_reader_is_back),
        cmocka_unit_test(a_reader_that_left_ends_nothing),
        cmocka_unit_test(a_stopped_terminal_does_not_hold_the_end_up),
        cmocka_unit_test(every_failed_allocation_is_survived),
    };

    return cmocka_run_group_tests_name("observe/spool", tests, NULL, NULL);
}

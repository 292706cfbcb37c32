/* test_run.c - another program, on a short leash. */
#include "hc_test.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "trust/run.h"

static char dir[64];

static const char *script(const char *name, const char *body)
{
    static char path[256];
    struct hc_err e;
    HC_BUF_AUTO(text, 4096);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    hc_buf_addf(&text, "#!/bin/sh\n%s\n", body);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&text), 0755, &e));
    return path;
}

static struct hc_rc run(const char *path, unsigned seconds, struct hc_buf *out, struct hc_err *e)
{
    const char *argv[] = {path, "one", "two words", NULL};
    return hc_run_check(&(struct hc_run){.argv = argv, .home = "/nowhere", .seconds = seconds}, out, e);
}

static void program_gets_its_words_and_a_clean_environment(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    setenv("HC_TEST_LEAK", "secret", 1);
    expect_ok(&e, run(script("env", "echo \"$#:$2\"; /usr/bin/env | /usr/bin/sort; pwd; umask; read x || echo empty; "
                                    "tty; ls /proc/self/fd | tr '\\n' ' '"),
                      0, &out, &e));
    const char *text = hc_buf_cstr(&out);
    assert_non_null(strstr(text, "2:two words\nHOME=/nowhere\nLC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nPWD=/\n"));
    assert_null(strstr(text, "secret"));
    assert_non_null(strstr(text, "\n/\n0022\nempty\nnot a tty\n"));
    unsetenv("HC_TEST_LEAK");
}

static void descriptors_of_ours_stay_with_us(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 65536);
    int leak = dup2(STDERR_FILENO, 77); /* without close-on-exec, as --passphrase-fd has it */
    expect_ok(&e, run(script("fds", "[ -e /proc/self/fd/77 ] && echo leaked || echo clean"), 0, &out, &e));
    close(leak);
    assert_string_equal(hc_buf_cstr(&out), "clean\n");
}

static void refusal_quotes_the_program_escaped_and_in_one_line(void **state)
{
    (void)state;
    struct hc_err e;
    expect_fail(&e, run(script("bad", "echo out; printf 'first\\nse\\033[31mcond\\n' >&2; exit 7"), 0, NULL, &e),
                HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "exit 7: first; se\\x1b[31mcond"));
    expect_fail(&e, run(script("bad", "echo only here; exit 1"), 0, NULL, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "exit 1: only here"));
    expect_fail(&e, run(script("bad", "kill -SEGV $$"), 0, NULL, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "exit 139"));
}

static void program_that_does_not_end_is_stopped_with_its_children(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pid, 64);
    char path[128];
    uint64_t from = hc_mono_ms();
    snprintf(path, sizeof path, "%s/pid", dir);
    HC_BUF_AUTO(body, 512);
    hc_buf_addf(&body, "sleep 600 & echo $! > %s; wait", path);
    expect_fail(&e, run(script("slow", hc_buf_cstr(&body)), 1, NULL, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "did not end in time"));
    assert_in_range(hc_mono_ms() - from, 900, 5000);
    expect_ok(&e, hc_file_read(path, &pid, &e));
    for (int i = 0; i < 100 && kill(atoi(hc_buf_cstr(&pid)), 0) == 0; i++) { /* a zombie until init looks */
        char link[64], target[256];
        snprintf(link, sizeof link, "/proc/%d/exe", atoi(hc_buf_cstr(&pid)));
        if (readlink(link, target, sizeof target) < 0)
            break;
        usleep(20000);
        assert_true(i < 99);
    }
}

static void output_without_end_is_cut_off(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(out, 100000);
    expect_fail(&e, run(script("yes", "exec yes"), 0, &out, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "writes more than"));
    /* Of stderr only the end matters. */
    expect_fail(&e, run(script("noise", "yes | head -c 300000 >&2; echo the end >&2; exit 1"), 0, NULL, &e),
                HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "the end"));
}

static void what_is_no_program_is_said(void **state)
{
    (void)state;
    struct hc_err e;
    char path[256];
    expect_fail(&e, run("/nonexistent/tool", 0, NULL, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "/nonexistent/tool"));
    script("plain", "exit 0");
    snprintf(path, sizeof path, "%s/plain", dir);
    char found[HC_PATH];
    assert_true(hc_run_find(NULL, "sh", found));
    assert_true(hc_run_find(dir, "plain", found));
    assert_string_equal(found, path);
    assert_false(hc_run_find(dir, "sh", found));
    chmod(path, 0644);
    assert_false(hc_run_find(dir, "plain", found));
    assert_false(hc_run_find("", "sh", found));
    assert_false(hc_run_find("/", "tmp", found)); /* a directory */
}

static void command_line_is_shown_as_one_would_type_it(void **state)
{
    (void)state;
    HC_BUF_AUTO(out, 4096);
    const char *argv[] = {"/usr/bin/certutil", "-n", "it's here", "-t", "C,,", "", "$(x)", NULL};
    hc_run_text(argv, &out);
    assert_string_equal(hc_buf_cstr(&out), "/usr/bin/certutil -n 'it'\\''s here' -t C,, '' '$(x)'");
}

/* U+009B is the CSI of terminals: as $'...' it is the same word, and harmless. */
static void word_that_a_terminal_would_obey_is_shown_in_digits(void **state)
{
    (void)state;
    HC_BUF_AUTO(out, 4096);
    const char *argv[] = {"/a", "x\xc2\x9b\x31m'\\", "\x1b[2J", "\xff", "J\xc3\xbcrgen", NULL};
    hc_run_text(argv, &out);
    assert_string_equal(hc_buf_cstr(&out), "/a $'x\\xc2\\x9b1m\\'\\\\' $'\\x1b[2J' $'\\xff' 'J\xc3\xbcrgen'");
}

static void signals_that_we_ignore_are_not_ignored_by_the_program(void **state)
{
    (void)state;
    struct hc_err e;
    signal(SIGHUP, SIG_IGN);
    expect_fail(&e, run(script("hup", "kill -HUP $$; exit 0"), 0, NULL, &e), HC_E_TRUST_STORE);
    signal(SIGHUP, SIG_DFL);
    assert_non_null(strstr(e.text, "exit 129"));
}

static struct hc_rc run_listing(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(out, 65536);
    return run(ctx, 0, &out, e);
}

static void run_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(run_listing, (void *)(uintptr_t)script("list", "echo some output")) > 0);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_run.XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    return hc_failed(hc_dir_remove(dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_gets_its_words_and_a_clean_environment),
        cmocka_unit_test(descriptors_of_ours_stay_with_us),
        cmocka_unit_test(refusal_quotes_the_program_escaped_and_in_one_line),
        cmocka_unit_test(program_that_does_not_end_is_stopped_with_its_children),
        cmocka_unit_test(output_without_end_is_cut_off),
        cmocka_unit_test(what_is_no_program_is_said),
        cmocka_unit_test(command_line_is_shown_as_one_would_type_it),
        cmocka_unit_test(word_that_a_terminal_would_obey_is_shown_in_digits),
        cmocka_unit_test(signals_that_we_ignore_are_not_ignored_by_the_program),
        cmocka_unit_test(run_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("trust/run", tests, set_up, tear_down);
}

/* test_file.c - reads are bounded, writes are whole or absent, and shared files are refused (T44). */
#include "hc_test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* Each test runs in a directory of its own, which is the working directory. */
static int enter(void **state)
{
    static const char template[] = "/tmp/handclasp-test-XXXXXX";
    char *dir = strdup(template);

    *state = dir;
    umask(022);
    return dir && mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    struct hc_err e = {0};
    char *dir = *state;
    bool removed = chdir("/") == 0 && hc_ok(hc_dir_remove(dir, &e));

    free(dir);
    return removed ? 0 : -1;
}

static void put(const char *path, const char *text)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_file_write_atomic(path, hc_bytes_str(text), 0644, &e));
}

static void expect_contents(const char *path, const char *want)
{
    HC_BUF_AUTO(b, 1000);
    struct hc_err e = {0};

    expect_ok(&e, hc_file_read(path, &b, &e));
    assert_string_equal(hc_buf_cstr(&b), want);
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static size_t files_here(void)
{
    struct hc_names names = {0};
    struct hc_err e = {0};
    size_t n;

    expect_ok(&e, hc_dir_list(".", "", 100, &names, &e));
    n = names.n;
    hc_names_fini(&names);
    return n;
}

static void a_file_is_read_whole_and_appended(void **state)
{
    HC_BUF_AUTO(b, 100);
    struct hc_err e = {0};

    (void)state;
    put("f", "hello");
    hc_buf_add_str(&b, ">");
    expect_ok(&e, hc_file_read("f", &b, &e));
    expect_bytes(hc_buf_view(&b), ">hello");
}

static void a_file_may_be_as_large_as_the_cap_and_no_larger(void **state)
{
    HC_BUF_AUTO(exact, 5);
    HC_BUF_AUTO(small, 4);
    struct hc_err e = {0};

    (void)state;
    put("f", "hello");
    expect_ok(&e, hc_file_read("f", &exact, &e));
    expect_fail(&e, hc_file_read("f", &small, &e), HC_E_TOO_BIG);
    assert_non_null(strstr(e.text, "f is larger than the limit of 4 bytes"));
    assert_int_equal(small.n, 0);
    assert_int_equal(small.failed, HC_OK_CODE);
}

static void what_cannot_be_read_says_why(void **state)
{
    HC_BUF_AUTO(b, 100);
    struct hc_err e = {0};

    (void)state;
    put("empty", "");
    put("f", "x");
    expect_fail(&e, hc_file_read("empty", &b, &e), HC_E_FILE_EMPTY);
    expect_fail(&e, hc_file_read("absent", &b, &e), HC_E_FILE_MISSING);
    assert_string_equal(e.text, "absent: No such file or directory");
    expect_fail(&e, hc_file_read("f/below", &b, &e), HC_E_FILE_MISSING);
    expect_fail(&e, hc_file_read(".", &b, &e), HC_E_FILE_UNREADABLE);
    if (geteuid() != 0) {
        assert_int_equal(chmod("f", 0), 0);
        expect_fail(&e, hc_file_read("f", &b, &e), HC_E_FILE_UNREADABLE);
    }
    assert_int_equal(b.n, 0);
}

static void a_file_of_unknown_size_is_read_and_bounded(void **state)
{
    HC_BUF_AUTO(b, 100000);
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_file_read("/proc/self/status", &b, &e));
    assert_true(b.n > 100);
    hc_buf_clear(&b);
    expect_fail(&e, hc_file_read("/dev/zero", &b, &e), HC_E_TOO_BIG);
}

/* Somebody who writes `text` into a pipe; `how` says how. Reads it by the name that a shell gives to <(...). */
struct writer {
    const char *text;
    unsigned gap_ms; /* waits so long before each byte */
    bool stays;      /* keeps the pipe open at the end */
};

static pid_t write_into(int fd, const struct writer *how)
{
    pid_t child = fork();

    if (child != 0)
        return child;
    for (const char *at = how->text; *at; at++) {
        usleep(how->gap_ms * 1000);
        if (write(fd, at, 1) != 1)
            _exit(1);
    }
    if (how->stays)
        pause();
    _exit(0);
}

static struct hc_rc read_from(const struct writer *how, struct hc_buf *out, struct hc_err *e)
{
    char path[32];
    int ends[2];
    struct hc_rc rc;
    pid_t child;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    child = write_into(ends[1], how);
    assert_true(child > 0);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    rc = hc_file_read(path, out, e);
    close(ends[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return rc;
}

static void a_pipe_is_read_to_its_end_however_it_comes(void **state)
{
    static const struct writer all[] = {{.text = "hello"}, {.text = "hello", .gap_ms = 20}};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        HC_BUF_AUTO(b, 100);
        struct hc_err e = {0};

        expect_ok(&e, read_from(&all[i], &b, &e));
        expect_bytes(hc_buf_view(&b), "hello");
    }
}

static void a_pipe_of_which_nothing_comes_is_given_up(void **state)
{
    static const struct {
        struct writer writer;
        const char *why;
    } all[] = {
        {{.text = "", .stays = true}, "nothing came within 2 seconds"},
        {{.text = "hello", .stays = true}, "its end did not come within 2 seconds"},
        {{.text = "a byte now and then is no way to read a file", .gap_ms = 300}, "its end did not come"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        HC_BUF_AUTO(b, 100);
        struct hc_err e = {0};
        uint64_t began = hc_mono_ms();

        expect_fail(&e, read_from(&all[i].writer, &b, &e), HC_E_FILE_UNREADABLE);
        assert_non_null(strstr(e.text, all[i].why));
        assert_in_range(hc_mono_ms() - began, HC_FILE_PATIENCE_MS, 2 * HC_FILE_PATIENCE_MS);
        assert_int_equal(b.n, 0);
    }
}

static void a_fifo_in_the_place_of_a_file_hangs_nobody(void **state)
{
    HC_BUF_AUTO(b, 100);
    struct hc_err e = {0};

    (void)state;
    assert_int_equal(mkfifo("one.crl", 0600), 0);
    alarm(4 * HC_FILE_PATIENCE_MS / 1000); /* a hang ends the test */
    expect_fail(&e, hc_file_read("one.crl", &b, &e), HC_E_FILE_UNREADABLE);
    alarm(0);
    assert_string_equal(e.text, "one.crl: nothing came within 2 seconds");
}

static void only_files_and_directories_can_be_kept_from_others(void **state)
{
    static const char *const none[] = {"fifo", "link", "/dev/null"};
    struct hc_err e = {0};

    (void)state;
    assert_int_equal(mkfifo("fifo", 0600), 0);
    assert_int_equal(symlink("fifo", "link"), 0);
    assert_int_equal(mkdir("d", 0700), 0);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        expect_fail(&e, hc_file_check_private(none[i], &e), HC_E_FILE_UNREADABLE);
        assert_non_null(strstr(e.text, "is not a regular file"));
        expect_fail(&e, hc_file_check_not_shared(none[i], &e), HC_E_FILE_UNREADABLE);
        assert_non_null(strstr(e.text, "is neither a regular file nor a directory"));
    }
    expect_fail(&e, hc_file_check_private("d", &e), HC_E_FILE_UNREADABLE);
    expect_ok(&e, hc_file_check_not_shared("d", &e));
}

static void a_write_replaces_the_contents(void **state)
{
    (void)state;
    put("f", "old");
    put("f", "new");
    expect_contents("f", "new");
    assert_int_equal(files_here(), 1);
}

static void the_mode_is_the_one_asked_for_whatever_the_umask(void **state)
{
    static const mode_t modes[] = {0600, 0644, 0640, 0444};
    static const mode_t umasks[] = {0, 022, 077, 0777};
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            umask(umasks[j]);
            expect_ok(&e, hc_file_write_atomic("f", HC_BYTES("x"), modes[i], &e));
            assert_int_equal(mode_of("f"), modes[i]);
        }
    }
    umask(022);
}

static void a_link_is_replaced_and_its_target_left_alone(void **state)
{
    struct stat st;

    (void)state;
    put("target", "precious");
    assert_int_equal(symlink("target", "f"), 0);
    put("f", "new");
    expect_contents("target", "precious");
    expect_contents("f", "new");
    assert_int_equal(lstat("f", &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void a_pipe_is_not_replaced_by_a_file(void **state)
{
    struct hc_err e;
    struct stat st;

    (void)state;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    expect_fail(&e, hc_file_write_atomic("pipe", HC_BYTES("x"), 0600, &e), HC_E_FILE_UNWRITABLE);
    assert_int_equal(lstat("pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
}

static void a_missing_directory_is_named(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_file_write_atomic("absent/f", HC_BYTES("x"), 0600, &e), HC_E_FILE_MISSING);
    assert_non_null(strstr(e.text, "absent/f"));
}

static void a_path_that_is_a_directory_cannot_be_replaced(void **state)
{
    struct hc_err e = {0};

    (void)state;
    assert_int_equal(mkdir("d", 0755), 0);
    expect_fail(&e, hc_file_write_atomic("d", HC_BYTES("x"), 0600, &e), HC_E_FILE_UNWRITABLE);
    assert_int_equal(files_here(), 1);
}

/* A limit on the size of files breaks the write in its middle, as a quota does. */
static void a_write_that_breaks_off_leaves_the_old_contents_and_nothing_else(void **state)
{
    static const uint8_t big[65536];
    struct rlimit before;
    struct rlimit tight;
    struct hc_err e = {0};
    struct hc_rc rc;

    (void)state;
    put("f", "old");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = (struct rlimit){.rlim_cur = 10000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    rc = hc_file_write_atomic("f", hc_bytes_of(big, sizeof big), 0600, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_DFL);
    expect_fail(&e, rc, HC_E_DISK_FULL);
    assert_int_equal(e.sys, EFBIG);
    expect_contents("f", "old");
    assert_int_equal(files_here(), 1);
}

#define CANNOT_MOUNT 77

/* In a child, because it leaves the namespace of the test: a file system of one page is full after one page. */
static int fill_a_tiny_disk(void)
{
    static const uint8_t big[65536];
    struct hc_names names = {0};
    struct hc_err e = {0};

    if (mkdir("disk", 0755) != 0 || (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || mount("none", "disk", "tmpfs", 0, "size=4096") != 0)
        return CANNOT_MOUNT;
    if (hc_file_write_atomic("disk/f", hc_bytes_of(big, sizeof big), 0600, &e).code != HC_E_DISK_FULL)
        return 1;
    if (hc_failed(hc_dir_list("disk", "", 10, &names, &e)))
        return 2;
    return names.n == 0 ? 0 : 3;
}

static void a_full_disk_is_reported_and_nothing_is_left(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(fill_a_tiny_disk());
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT)
        skip();
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void creating_refuses_an_existing_path_of_any_kind(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_file_create("f", HC_BYTES("first"), 0600, &e));
    assert_int_equal(mode_of("f"), 0600);
    expect_fail(&e, hc_file_create("f", HC_BYTES("second"), 0600, &e), HC_E_FILE_EXISTS);
    expect_contents("f", "first");
    assert_int_equal(symlink("nowhere", "link"), 0);
    expect_fail(&e, hc_file_create("link", HC_BYTES("x"), 0600, &e), HC_E_FILE_EXISTS);
    assert_int_equal(mkdir("d", 0755), 0);
    expect_fail(&e, hc_file_create("d", HC_BYTES("x"), 0600, &e), HC_E_FILE_EXISTS);
    assert_int_equal(files_here(), 3);
}

static void a_private_file_is_its_owners_alone(void **state)
{
    static const mode_t fine[] = {0600, 0400, 0700};
    static const mode_t shared[] = {0640, 0620, 0604, 0602, 0644, 0666, 0601};
    struct hc_err e = {0};

    (void)state;
    put("key.pem", "x");
    for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
        assert_int_equal(chmod("key.pem", fine[i]), 0);
        expect_ok(&e, hc_file_check_private("key.pem", &e));
    }
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++) {
        assert_int_equal(chmod("key.pem", shared[i]), 0);
        expect_fail(&e, hc_file_check_private("key.pem", &e), HC_E_PERMISSIONS);
        assert_non_null(strstr(e.text, "chmod go= 'key.pem'"));
    }
    expect_fail(&e, hc_file_check_private("absent", &e), HC_E_FILE_MISSING);
}

static void a_link_to_a_shared_key_is_as_shared_as_its_target(void **state)
{
    struct hc_err e = {0};

    (void)state;
    put("key.pem", "x");
    assert_int_equal(symlink("key.pem", "link"), 0);
    expect_fail(&e, hc_file_check_private("link", &e), HC_E_PERMISSIONS);
}

static void a_file_that_others_can_write_is_refused(void **state)
{
    struct hc_err e = {0};

    (void)state;
    put("gate.yaml", "x");
    expect_ok(&e, hc_file_check_not_shared("gate.yaml", &e));
    assert_int_equal(chmod("gate.yaml", 0664), 0);
    expect_fail(&e, hc_file_check_not_shared("gate.yaml", &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod go-w 'gate.yaml'"));
    assert_int_equal(chmod("gate.yaml", 0602), 0);
    expect_fail(&e, hc_file_check_not_shared("gate.yaml", &e), HC_E_PERMISSIONS);
    expect_fail(&e, hc_file_check_not_shared("absent", &e), HC_E_FILE_MISSING);
}

static void a_directory_that_others_can_write_gives_its_files_away(void **state)
{
    struct hc_err e = {0};

    (void)state;
    assert_int_equal(mkdir("d", 0755), 0);
    put("d/bundle.pem", "x");
    expect_ok(&e, hc_file_check_not_shared("d/bundle.pem", &e));
    expect_ok(&e, hc_file_check_not_shared("d", &e));
    assert_int_equal(chmod("d", 0777), 0);
    expect_fail(&e, hc_file_check_not_shared("d/bundle.pem", &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod go-w 'd'"));
    expect_fail(&e, hc_file_check_not_shared("d", &e), HC_E_PERMISSIONS);
    assert_int_equal(symlink("d/bundle.pem", "link"), 0);
    expect_fail(&e, hc_file_check_not_shared("link", &e), HC_E_PERMISSIONS);
    assert_int_equal(chmod("d", 01777), 0); /* as /tmp: nobody can replace another's file */
    expect_ok(&e, hc_file_check_not_shared("d/bundle.pem", &e));
    expect_fail(&e, hc_file_check_not_shared("d", &e), HC_E_PERMISSIONS);
}

static void closing_twice_does_no_harm(void **state)
{
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    hc_fd_close(&fd);
    assert_int_equal(fd, -1);
    hc_fd_close(&fd);
}

static void existence_follows_links(void **state)
{
    (void)state;
    put("f", "x");
    assert_true(hc_file_exists("f"));
    assert_false(hc_file_exists("absent"));
    assert_int_equal(symlink("absent", "link"), 0);
    assert_false(hc_file_exists("link"));
}

static struct hc_rc read_it(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(b, 1000000);

    HC_TRY(e, hc_file_read(ctx, &b, e));
    return HC_OK;
}

static void a_read_without_memory_fails_cleanly(void **state)
{
    (void)state;
    put("f", "hello");
    assert_true(fault_sweep(read_it, (void *)"f") >= 1);
    assert_true(fault_sweep(read_it, (void *)"/proc/self/status") >= 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

static void a_new_file_takes_no_others_place(void **state)
{
    struct hc_err e;
    struct stat st;

    (void)state;
    expect_ok(&e, hc_file_write_unsynced("later", HC_BYTES("soon"), 0640, &e));
    assert_int_equal(mode_of("later"), 0640);
    expect_fail(&e, hc_file_write_unsynced("later", HC_BYTES("second"), 0600, &e), HC_E_FILE_UNWRITABLE);
    expect_ok(&e, hc_file_write_new("fresh", HC_BYTES("first"), 0600, &e));
    assert_int_equal(stat("fresh", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_fail(&e, hc_file_write_new("fresh", HC_BYTES("second"), 0600, &e), HC_E_FILE_UNWRITABLE);
    assert_int_equal(stat("fresh", &st), 0);
    assert_int_equal(st.st_size, 5);
    expect_ok(&e, hc_dir_sync(".", &e));
    expect_fail(&e, hc_dir_sync("nowhere", &e), HC_E_FILE_MISSING);
}

static void what_a_killed_write_left_is_swept_away_and_nothing_else(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_file_write_new(".handclasp-aB3xYz", HC_BYTES("half"), 0600, &e));
    expect_ok(&e, hc_file_write_new(".handclasp-notes", HC_BYTES("somebody's"), 0600, &e));
    expect_ok(&e, hc_file_write_new("kept", HC_BYTES("whole"), 0600, &e));
    hc_dir_sweep(".");
    hc_dir_sweep("nowhere");
    assert_false(hc_file_exists(".handclasp-aB3xYz"));
    assert_true(hc_file_exists(".handclasp-notes"));
    assert_true(hc_file_exists("kept"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_file_is_read_whole_and_appended),
        TEST(a_file_may_be_as_large_as_the_cap_and_no_larger),
        TEST(what_cannot_be_read_says_why),
        TEST(a_file_of_unknown_size_is_read_and_bounded),
        TEST(a_pipe_is_read_to_its_end_however_it_comes),
        TEST(a_pipe_of_which_nothing_comes_is_given_up),
        TEST(a_fifo_in_the_place_of_a_file_hangs_nobody),
        TEST(only_files_and_directories_can_be_kept_from_others),
        TEST(a_write_replaces_the_contents),
        TEST(the_mode_is_the_one_asked_for_whatever_the_umask),
        TEST(a_link_is_replaced_and_its_target_left_alone),
        TEST(a_pipe_is_not_replaced_by_a_file),
        TEST(a_missing_directory_is_named),
        TEST(a_path_that_is_a_directory_cannot_be_replaced),
        TEST(a_write_that_breaks_off_leaves_the_old_contents_and_nothing_else),
        TEST(a_full_disk_is_reported_and_nothing_is_left),
        TEST(a_new_file_takes_no_others_place),
        TEST(what_a_killed_write_left_is_swept_away_and_nothing_else),
        TEST(creating_refuses_an_existing_path_of_any_kind),
        TEST(a_private_file_is_its_owners_alone),
        TEST(a_link_to_a_shared_key_is_as_shared_as_its_target),
        TEST(a_file_that_others_can_write_is_refused),
        TEST(a_directory_that_others_can_write_gives_its_files_away),
        TEST(closing_twice_does_no_harm),
        TEST(existence_follows_links),
        TEST(a_read_without_memory_fails_cleanly),
    };

    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}

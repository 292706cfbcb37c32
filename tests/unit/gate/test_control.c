/* test_control.c - the control socket: who may speak, how much, and what a crash leaves behind. */
#include "hc_test.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "gate/control.h"
#include "net/sock.h"

struct fixture {
    char dir[64];
    char runtime[80];
    struct hc_loop *loop;
    struct hc_control *control;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    char heard[HC_CONTROL_LINE + 1];
    unsigned calls;
};

static void answer(void *ctx, const char *line, struct hc_buf *reply)
{
    struct fixture *f = ctx;

    f->calls++;
    snprintf(f->heard, sizeof f->heard, "%s", line);
    if (strcmp(line, "much") == 0)
        for (int i = 0; i < HC_CONTROL_REPLY; i++)
            hc_buf_add_str(reply, "too much");
    else if (strcmp(line, "silence") != 0)
        hc_buf_addf(reply, "ok\n%s\n", line);
}

static void woken(void *ctx)
{
    struct fixture *f = ctx;

    if (f->stop)
        hc_loop_stop(f->loop);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hc_err e = {0};

    assert_non_null(f);
    snprintf(f->dir, sizeof f->dir, "/tmp/hc-control-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->runtime, sizeof f->runtime, "%s/run", f->dir);
    setenv("HANDCLASP_RUNTIME", f->runtime, 1);
    expect_ok(&e, hc_loop_new(woken, f, &f->loop, &e));
    *state = f;
    return 0;
}

static void *run(void *ctx)
{
    struct fixture *f = ctx;

    hc_loop_run(f->loop);
    return NULL;
}

static void start(struct fixture *f)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e));
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    f->running = true;
}

static void stop(struct fixture *f)
{
    f->stop = true;
    hc_loop_wake(f->loop);
    if (f->running)
        pthread_join(f->thread, NULL);
    f->running = false;
    f->stop = false;
    hc_control_free(f->control);
    f->control = NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    stop(f);
    hc_loop_free(f->loop);
    hc_ignore(hc_dir_remove(f->dir, &e));
    unsetenv("HANDCLASP_RUNTIME");
    free(f);
    return 0;
}

/* --- where -------------------------------------------------------------------------------------------------------- */

static void the_environment_says_where_the_socket_is(void **state)
{
    struct fixture *f = *state;
    char want[HC_PATH];
    char path[HC_PATH];
    struct hc_err e = {0};

    snprintf(want, sizeof want, "%s/gate-shop.sock", f->runtime);
    expect_ok(&e, hc_control_path("shop", path, &e));
    assert_string_equal(path, want);
    setenv("HANDCLASP_RUNTIME", "relative", 1);
    expect_fail(&e, hc_control_path("shop", path, &e), HC_E_CONTROL_SOCKET);
    unsetenv("HANDCLASP_RUNTIME");
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    expect_ok(&e, hc_control_path("shop", path, &e));
    assert_string_equal(path,
                        geteuid() == 0 ? "/run/handclasp/gate-shop.sock" : "/run/user/7/handclasp/gate-shop.sock");
    unsetenv("XDG_RUNTIME_DIR");
    if (geteuid() != 0)
        expect_fail(&e, hc_control_path("shop", path, &e), HC_E_CONTROL_SOCKET);
}

static void a_name_never_leaves_the_directory(void **state)
{
    static const char *const names[] = {"", "../shop", "a/b", "a b", "a\n", "sh\xc3\xb6p"};
    char path[HC_PATH] = "untouched";
    char longer[80];
    struct hc_err e = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(names); i++)
        expect_fail(&e, hc_control_path(names[i], path, &e), HC_E_CONTROL_SOCKET);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = 0;
    expect_fail(&e, hc_control_path(longer, path, &e), HC_E_CONTROL_SOCKET);
    assert_string_equal(path, "untouched");
}

static void a_path_that_no_socket_can_have_is_said_to_be_too_long(void **state)
{
    char longer[120];
    char path[HC_PATH];
    struct hc_err e = {0};

    (void)state;
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = 0;
    setenv("HANDCLASP_RUNTIME", longer, 1);
    expect_fail(&e, hc_control_path("shop", path, &e), HC_E_TOO_BIG);
    assert_non_null(strstr(e.text, "HANDCLASP_RUNTIME"));
}

/* --- calls -------------------------------------------------------------------------------------------------------- */

static void expect_reply(const char *line, const char *want)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_err e = {0};

    expect_ok(&e, hc_control_call("shop", line, 3000, &reply, &e));
    assert_string_equal(hc_buf_cstr(&reply), want);
}

static void a_call_is_answered(void **state)
{
    struct fixture *f = *state;
    char longest[HC_CONTROL_LINE + 2];
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_err e = {0};

    start(f);
    expect_reply("reload", "ok\nreload\n");
    expect_reply("", "ok\n\n");
    memset(longest, 'x', sizeof longest);
    longest[HC_CONTROL_LINE] = 0;
    expect_ok(&e, hc_control_call("shop", longest, 3000, &reply, &e));
    assert_int_equal(reply.n, HC_CONTROL_LINE + 4);
    assert_string_equal(f->heard, longest);
    longest[HC_CONTROL_LINE] = 'x';
    longest[HC_CONTROL_LINE + 1] = 0;
    expect_fail(&e, hc_control_call("shop", longest, 3000, &reply, &e), HC_E_CONTROL_SOCKET);
    expect_fail(&e, hc_control_call("shop", "two\nlines", 3000, &reply, &e), HC_E_CONTROL_SOCKET);
}

static void a_reply_that_does_not_fit_becomes_an_error(void **state)
{
    start(*state);
    expect_reply("much", "error HC-6012 the reply does not fit\n");
}

static void no_reply_is_an_error_of_the_call(void **state)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_err e = {0};

    start(*state);
    expect_fail(&e, hc_control_call("shop", "silence", 3000, &reply, &e), HC_E_CONTROL_SOCKET);
}

static void nobody_there_is_said_with_the_path(void **state)
{
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_err e = {0};

    (void)state;
    expect_fail(&e, hc_control_call("shop", "reload", 3000, &reply, &e), HC_E_CONTROL_SOCKET);
    assert_non_null(strstr(e.text, "gate-shop.sock"));
}

static void a_gate_that_hangs_is_given_up(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY);
    struct hc_err e = {0};
    uint64_t began = hc_mono_ms();

    expect_ok(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e)); /* its loop does not run */
    expect_fail(&e, hc_control_call("shop", "reload", 50, &reply, &e), HC_E_CONTROL_SOCKET);
    assert_in_range(hc_mono_ms() - began, 50, 2000);
}

/* --- bad clients -------------------------------------------------------------------------------------------------- */

static int raw(void)
{
    char path[HC_PATH];
    struct hc_err e = {0};
    struct hc_addr a;
    int fd = -1;

    expect_ok(&e, hc_control_path("shop", path, &e));
    expect_ok(&e, hc_addr_unix(path, &a, &e));
    expect_ok(&e, hc_sock_connect(&a, &fd, &e));
    return fd;
}

static ssize_t hear(int fd, char *out, size_t n)
{
    assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 3000), 1);
    return recv(fd, out, n, MSG_DONTWAIT);
}

static void a_line_may_come_in_pieces(void **state)
{
    char got[32] = "";
    int fd;

    start(*state);
    fd = raw();
    for (const char *c = "reload\n"; *c; c++) {
        assert_int_equal(write(fd, c, 1), 1);
        usleep(1000);
    }
    assert_int_equal(hear(fd, got, sizeof got - 1), 10);
    assert_string_equal(got, "ok\nreload\n");
    assert_int_equal(hear(fd, got, sizeof got), 0);
    hc_fd_close(&fd);
}

static void a_line_without_end_is_cut_off(void **state)
{
    struct fixture *f = *state;
    char flood[1024];
    char got[8];
    int fd;

    start(f);
    fd = raw();
    memset(flood, 'x', sizeof flood);
    for (int i = 0; i < 64; i++)
        (void)!send(fd, flood, sizeof flood, MSG_NOSIGNAL);
    assert_true(hear(fd, got, sizeof got) <= 0);
    hc_fd_close(&fd);
    assert_int_equal(f->calls, 0);
    expect_reply("reload", "ok\nreload\n");
}

static void a_nul_byte_and_a_missing_newline_reach_nobody(void **state)
{
    struct fixture *f = *state;
    char got[64] = "";
    int fd;

    start(f);
    fd = raw();
    assert_int_equal(write(fd, "rel\0oad\n", 8), 8);
    assert_true(hear(fd, got, sizeof got - 1) > 0);
    assert_int_equal(strncmp(got, "error HC-8001", 13), 0);
    hc_fd_close(&fd);
    fd = raw();
    assert_int_equal(write(fd, "reload", 6), 6);
    shutdown(fd, SHUT_WR);
    assert_int_equal(hear(fd, got, sizeof got), 0);
    hc_fd_close(&fd);
    assert_int_equal(f->calls, 0);
}

static void more_clients_than_slots_are_closed_at_once(void **state)
{
    int fd[HC_CONTROL_CLIENTS];
    char got[8];
    int late;

    start(*state);
    for (size_t i = 0; i < HC_COUNT(fd); i++)
        fd[i] = raw(); /* and says nothing */
    late = raw();
    assert_int_equal(hear(late, got, sizeof got), 0);
    hc_fd_close(&late);
    for (size_t i = 0; i < HC_COUNT(fd); i++)
        hc_fd_close(&fd[i]);
    usleep(20000);
    expect_reply("reload", "ok\nreload\n"); /* the slots are free again */
}

static void a_client_that_does_not_read_does_not_hold_the_others(void **state)
{
    int fd;

    start(*state);
    fd = raw();
    assert_int_equal(write(fd, "much\n", 5), 5);
    expect_reply("reload", "ok\nreload\n");
    hc_fd_close(&fd);
}

/* --- the file ----------------------------------------------------------------------------------------------------- */

static void directory_and_socket_are_for_their_owner_alone(void **state)
{
    struct fixture *f = *state;
    mode_t before = umask(0);
    char path[HC_PATH];
    struct hc_err e = {0};
    struct stat st;

    start(f);
    umask(before);
    assert_int_equal(stat(f->runtime, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    expect_ok(&e, hc_control_path("shop", path, &e));
    assert_int_equal(lstat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    stop(f);
    assert_int_equal(lstat(path, &st), -1); /* nothing is left behind */
}

static void a_directory_that_others_may_enter_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    assert_int_equal(mkdir(f->runtime, 0700), 0);
    assert_int_equal(chmod(f->runtime, 0711), 0);
    expect_fail(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod 700"));
    assert_null(f->control);
}

static void a_directory_of_somebody_else_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    assert_int_equal(mkdir(f->runtime, 0700), 0);
    if (geteuid() != 0 || chown(f->runtime, 12345, 12345) != 0)
        return; /* only root can set this up */
    expect_fail(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e), HC_E_PERMISSIONS);
}

static void a_link_in_place_of_the_directory_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    assert_int_equal(symlink(f->dir, f->runtime), 0);
    expect_fail(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e), HC_E_PERMISSIONS);
}

static void a_second_gate_of_the_same_name_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_control *second = NULL;
    struct hc_err e = {0};

    start(f);
    expect_fail(&e, hc_control_open(f->loop, "shop", answer, f, &second, &e), HC_E_PORT_IN_USE);
    assert_non_null(strstr(e.text, "--name"));
    expect_reply("reload", "ok\nreload\n"); /* the first one is unharmed */
    assert_null(second);
}

static void a_socket_that_nobody_answers_is_replaced(void **state)
{
    struct fixture *f = *state;
    char path[HC_PATH];
    struct hc_err e = {0};
    struct hc_addr a;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(mkdir(f->runtime, 0700), 0);
    expect_ok(&e, hc_control_path("shop", path, &e));
    expect_ok(&e, hc_addr_unix(path, &a, &e));
    assert_int_equal(bind(fd, (const struct sockaddr *)&a.ss, a.len), 0);
    hc_fd_close(&fd); /* as a crash leaves it */
    start(f);
    expect_reply("reload", "ok\nreload\n");
}

static void what_is_no_socket_is_never_removed(void **state)
{
    struct fixture *f = *state;
    char path[HC_PATH];
    struct hc_err e = {0};

    assert_int_equal(mkdir(f->runtime, 0700), 0);
    expect_ok(&e, hc_control_path("shop", path, &e));
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("precious"), 0600, &e));
    expect_fail(&e, hc_control_open(f->loop, "shop", answer, f, &f->control, &e), HC_E_CONTROL_SOCKET);
    assert_true(hc_file_exists(path));
}

static void closing_leaves_a_successors_socket_alone(void **state)
{
    struct fixture *f = *state;
    struct hc_control *first = NULL;
    char path[HC_PATH];
    struct hc_err e = {0};

    expect_ok(&e, hc_control_open(f->loop, "shop", answer, f, &first, &e));
    expect_ok(&e, hc_control_path("shop", path, &e));
    unlink(path); /* somebody cleaned up */
    start(f);
    hc_control_free(first);
    expect_reply("reload", "ok\nreload\n");
}

static struct hc_rc open_once(void *ctx, struct hc_err *e)
{
    struct fixture *f = ctx;
    HC_AUTO(hc_control) c = NULL;

    return hc_control_open(f->loop, "shop", answer, f, &c, e);
}

static void opening_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(open_once, *state) >= 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_environment_says_where_the_socket_is),
        TEST(a_name_never_leaves_the_directory),
        TEST(a_path_that_no_socket_can_have_is_said_to_be_too_long),
        TEST(a_call_is_answered),
        TEST(a_reply_that_does_not_fit_becomes_an_error),
        TEST(no_reply_is_an_error_of_the_call),
        TEST(nobody_there_is_said_with_the_path),
        TEST(a_gate_that_hangs_is_given_up),
        TEST(a_line_may_come_in_pieces),
        TEST(a_line_without_end_is_cut_off),
        TEST(a_nul_byte_and_a_missing_newline_reach_nobody),
        TEST(more_clients_than_slots_are_closed_at_once),
        TEST(a_client_that_does_not_read_does_not_hold_the_others),
        TEST(directory_and_socket_are_for_their_owner_alone),
        TEST(a_directory_that_others_may_enter_is_refused),
        TEST(a_directory_of_somebody_else_is_refused),
        TEST(a_link_in_place_of_the_directory_is_refused),
        TEST(a_second_gate_of_the_same_name_is_refused),
        TEST(a_socket_that_nobody_answers_is_replaced),
        TEST(what_is_no_socket_is_never_removed),
        TEST(closing_leaves_a_successors_socket_alone),
        TEST(opening_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("gate/control", tests, NULL, NULL);
}

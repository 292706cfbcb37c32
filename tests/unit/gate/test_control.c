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
    struct hc_control_ticket ticket[8]; /* of those who were told to wait */
    atomic_uint waiting;
    unsigned answered, gone;
    atomic_uint order; /* what the loop's thread is to do when it is woken: 1 answers all who wait */
};

static enum hc_control_when answer(void *ctx, const char *line, struct hc_control_ticket ticket, struct hc_buf *reply)
{
    struct fixture *f = ctx;

    f->calls++;
    if (strcmp(line, "later") == 0) {
        f->ticket[f->waiting++] = ticket;
        return HC_CONTROL_LATER;
    }
    snprintf(f->heard, sizeof f->heard, "%s", line);
    if (strcmp(line, "much") == 0)
        for (int i = 0; i < HC_CONTROL_REPLY; i++)
            hc_buf_add_str(reply, "too much");
    else if (strcmp(line, "silence") != 0)
        hc_buf_addf(reply, "ok\n%s\n", line);
    return HC_CONTROL_NOW;
}

#define LATE (3 * 1024 * 1024) /* bytes of a late answer: far more than a socket takes at once */

static void answer_all(struct fixture *f)
{
    for (unsigned i = 0; i < f->waiting; i++) {
        struct hc_buf reply = HC_BUF(f->order == 2 ? 16 : HC_CONTROL_REPLY_LATE);

        hc_buf_add_str(&reply, "ok\n");
        for (size_t n = 0; n < LATE / 64; n++)
            hc_buf_add_str(&reply, "0123456789012345678901234567890123456789012345678901234567890\n\n\n");
        if (hc_control_answer(f->control, f->ticket[i], &reply))
            f->answered++;
        else
            f->gone++;
        if (reply.p || reply.n)
            f->answered = 1000; /* its contents must have been taken */
    }
    f->order = 0;
}

static void woken(void *ctx)
{
    struct fixture *f = ctx;

    if (f->order)
        answer_all(f);
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

/* --- late answers ------------------------------------------------------------------------------------------------- */

static void order(struct fixture *f, unsigned what)
{
    f->order = what;
    hc_loop_wake(f->loop);
    for (int i = 0; i < 3000 && f->order; i++)
        usleep(1000);
    assert_int_equal(f->order, 0);
}

static void *call_later(void *out)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_control_call("shop", "later", 10000, out, &e));
    return NULL;
}

static void wait_until_asked(struct fixture *f, unsigned n)
{
    for (int i = 0; i < 3000 && f->waiting < n; i++)
        usleep(1000);
    assert_int_equal(f->waiting, n);
}

static void a_late_answer_of_some_megabytes_arrives_whole(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY_LATE);
    pthread_t caller;

    start(f);
    assert_int_equal(pthread_create(&caller, NULL, call_later, &reply), 0);
    wait_until_asked(f, 1);
    expect_reply("reload", "ok\nreload\n"); /* nobody is held up by who waits */
    order(f, 1);
    pthread_join(caller, NULL);
    assert_int_equal(f->answered, 1);
    assert_int_equal(reply.n, 3 + LATE / 64 * 64);
}

static void a_late_answer_that_does_not_fit_becomes_an_error(void **state)
{
    struct fixture *f = *state;
    HC_BUF_AUTO(reply, HC_CONTROL_REPLY_LATE);
    pthread_t caller;

    start(f);
    assert_int_equal(pthread_create(&caller, NULL, call_later, &reply), 0);
    wait_until_asked(f, 1);
    order(f, 2);
    pthread_join(caller, NULL);
    assert_string_equal(hc_buf_cstr(&reply), "error HC-6012 the reply does not fit\n");
}

static int raw(void);
static ssize_t hear(int fd, char *out, size_t n);

static void an_answer_to_somebody_who_has_left_reaches_nobody_else(void **state)
{
    struct fixture *f = *state;
    char got[8];
    int gone, next;

    start(f);
    gone = raw();
    assert_int_equal(write(gone, "later\n", 6), 6);
    wait_until_asked(f, 1);
    hc_fd_close(&gone);
    usleep(20000); /* its slot is free, and the next one gets it */
    next = raw();
    assert_int_equal(write(next, "later\n", 6), 6);
    wait_until_asked(f, 2);
    assert_int_equal(f->ticket[0].slot, f->ticket[1].slot);
    assert_int_not_equal(f->ticket[0].number, f->ticket[1].number);
    f->waiting = 1; /* only the first is answered */
    order(f, 1);
    assert_int_equal(f->gone, 1);
    assert_int_equal(f->answered, 0);
    assert_int_equal(poll(&(struct pollfd){.fd = next, .events = POLLIN}, 1, 50), 0);
    f->ticket[0] = f->ticket[1];
    order(f, 1);
    assert_int_equal(f->answered, 1);
    assert_int_equal(hear(next, got, 3), 3);
    order(f, 1); /* one answer each: the second finds nobody who waits */
    assert_int_equal(f->gone, 2);
    hc_fd_close(&next);
}

static void who_sends_no_more_still_gets_the_answer(void **state)
{
    struct fixture *f = *state;
    char got[4] = "";
    int fd;

    start(f);
    fd = raw();
    assert_int_equal(write(fd, "later\nand more", 14), 14);
    shutdown(fd, SHUT_WR);
    wait_until_asked(f, 1);
    order(f, 1);
    assert_int_equal(hear(fd, got, 3), 3);
    assert_string_equal(got, "ok\n");
    hc_fd_close(&fd);
}

static void closing_forgets_those_who_wait(void **state)
{
    struct fixture *f = *state;
    char got[8];
    int fd;

    start(f);
    fd = raw();
    assert_int_equal(write(fd, "later\n", 6), 6);
    wait_until_asked(f, 1);
    stop(f);
    assert_int_equal(hear(fd, got, sizeof got), 0);
    hc_fd_close(&fd);
}

/* --- many at once ------------------------------------------------------------------------------------------------- */

static void put_socket(const char *name, int *out)
{
    char path[HC_PATH];
    struct hc_err e = {0};
    struct hc_addr a;

    expect_ok(&e, hc_control_path(name, path, &e));
    expect_ok(&e, hc_addr_unix(path, &a, &e));
    *out = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(*out, (const struct sockaddr *)&a.ss, a.len), 0);
}

static void the_gates_of_a_host_are_found_by_their_sockets(void **state)
{
    struct fixture *f = *state;
    struct hc_names names = {0};
    char path[HC_PATH];
    struct hc_err e = {0};
    int b, a;

    expect_ok(&e, hc_control_find(&names, &e)); /* no directory, no gates */
    assert_int_equal(names.n, 0);
    hc_names_fini(&names);
    assert_int_equal(mkdir(f->runtime, 0700), 0);
    put_socket("b", &b);
    put_socket("a", &a);
    snprintf(path, sizeof path, "%s/other.sock", f->runtime);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("x"), 0600, &e));
    snprintf(path, sizeof path, "%s/gate-c.conf", f->runtime);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("x"), 0600, &e));
    snprintf(path, sizeof path, "%s/gate- d.sock", f->runtime);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("x"), 0600, &e));
    expect_ok(&e, hc_control_find(&names, &e));
    assert_int_equal(names.n, 2);
    assert_string_equal(names.name[0], "a");
    assert_string_equal(names.name[1], "b");
    hc_names_fini(&names);
    hc_fd_close(&a);
    hc_fd_close(&b);
}

static void many_are_asked_at_once_and_only_the_silent_one_is_missed(void **state)
{
    struct fixture *f = *state;
    struct hc_control_ask ask[5] = {
        {.name = "shop", .line = "reload", .reply = HC_BUF(HC_CONTROL_REPLY)},
        {.name = "hung", .line = "reload", .reply = HC_BUF(HC_CONTROL_REPLY)},
        {.name = "stale", .line = "reload", .reply = HC_BUF(HC_CONTROL_REPLY)},
        {.name = "never", .line = "reload", .reply = HC_BUF(HC_CONTROL_REPLY)},
        {.name = "shop", .line = NULL},
    };
    uint64_t began = hc_mono_ms();
    int hung, stale;

    start(f);
    put_socket("hung", &hung);
    assert_int_equal(listen(hung, 1), 0); /* and never accepts */
    put_socket("stale", &stale);
    hc_fd_close(&stale);
    hc_control_ask_all(ask, HC_COUNT(ask), 300);
    assert_in_range(hc_mono_ms() - began, 300, 2000);
    assert_int_equal(ask[0].heard, HC_CONTROL_ANSWERED);
    assert_string_equal(hc_buf_cstr(&ask[0].reply), "ok\nreload\n");
    assert_true(ask[0].at_ms < began + 300);
    assert_int_equal(ask[1].heard, HC_CONTROL_SILENT);
    assert_int_equal(ask[1].why.code, HC_E_CONTROL_SOCKET);
    assert_non_null(strstr(ask[1].why.text, "hung does not answer in time"));
    assert_int_equal(ask[2].heard, HC_CONTROL_ABSENT);
    assert_int_equal(ask[3].heard, HC_CONTROL_ABSENT);
    assert_int_equal(ask[4].at_ms, 0);
    assert_int_equal(f->calls, 1);
    for (size_t i = 0; i < HC_COUNT(ask); i++)
        hc_buf_fini(&ask[i].reply);
    hc_fd_close(&hung);
}

static void an_answer_beyond_the_callers_cap_is_no_answer(void **state)
{
    struct fixture *f = *state;
    struct hc_control_ask ask = {.name = "shop", .line = "reload", .reply = HC_BUF(4)};

    start(f);
    hc_control_ask_all(&ask, 1, 3000);
    assert_int_equal(ask.heard, HC_CONTROL_SILENT);
    assert_int_equal(ask.why.code, HC_E_TOO_BIG);
    hc_buf_fini(&ask.reply);
    ask = (struct hc_control_ask){.name = "shop", .line = "silence", .reply = HC_BUF(64)};
    hc_control_ask_all(&ask, 1, 3000);
    assert_int_equal(ask.heard, HC_CONTROL_SILENT);
    assert_non_null(strstr(ask.why.text, "without an answer"));
    hc_buf_fini(&ask.reply);
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
    for (size_t i = 0; i < 2 + HC_CONTROL_LINE / sizeof flood; i++)
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
        TEST(a_late_answer_of_some_megabytes_arrives_whole),
        TEST(a_late_answer_that_does_not_fit_becomes_an_error),
        TEST(an_answer_to_somebody_who_has_left_reaches_nobody_else),
        TEST(who_sends_no_more_still_gets_the_answer),
        TEST(closing_forgets_those_who_wait),
        TEST(the_gates_of_a_host_are_found_by_their_sockets),
        TEST(many_are_asked_at_once_and_only_the_silent_one_is_missed),
        TEST(an_answer_beyond_the_callers_cap_is_no_answer),
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

/* demo_run.c - fork, exec, wait, for the demonstration. */
#include "cmd/demo_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"

#define EXEC_FAILED 127

static void exec_now(const char *const *argv, int out)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (out >= 0 && (dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0))
        _exit(EXEC_FAILED);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(EXEC_FAILED);
}

static struct hc_rc drain(int fd, struct hc_buf *output, struct hc_err *e)
{
    for (;;) {
        uint8_t *at = hc_buf_reserve(output, 4096);
        uint8_t sink[4096];
        ssize_t n = read(fd, at ? at : sink, 4096);

        if (n == 0)
            return HC_OK;
        if (n < 0 && errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot read what a program prints");
        if (n > 0 && at)
            output->n += (size_t)n;
    }
}

static int reap(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct hc_rc hc_demo_run(const char *const *argv, struct hc_buf *output, int *exit_code, struct hc_err *e)
{
    int ends[2];
    pid_t pid;
    struct hc_rc rc;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot make a pipe");
    pid = fork();
    if (pid == 0)
        exec_now(argv, ends[1]);
    hc_fd_close(&ends[1]);
    if (pid < 0) {
        hc_fd_close(&ends[0]);
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot start %s", argv[0]);
    }
    rc = drain(ends[0], output, e);
    hc_fd_close(&ends[0]);
    *exit_code = reap(pid);
    if (hc_ok(rc) && *exit_code == EXEC_FAILED)
        return HC_FAIL(e, HC_E_FILE_MISSING, "the program %s cannot be run; install it", argv[0]);
    return rc;
}

/* Its own process group: Ctrl-C is for the demonstration, which then ends its programs in order. */
static pid_t fork_background(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
    }
    return pid;
}

struct hc_rc hc_demo_start(const char *const *argv, const char *log, pid_t *out, struct hc_err *e)
{
    HC_FD fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t pid;

    if (fd < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "cannot write %s", log);
    pid = fork_background();
    if (pid == 0)
        exec_now(argv, fd);
    if (pid < 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot start %s", argv[0]);
    *out = pid;
    return HC_OK;
}

void hc_demo_await(pid_t *pid, unsigned patience_ms)
{
    const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    pid_t gone = *pid > 0 ? waitpid(*pid, NULL, WNOHANG) : *pid;

    for (unsigned waited = 0; waited < patience_ms && gone == 0; waited += 20) {
        nanosleep(&pause, NULL);
        gone = waitpid(*pid, NULL, WNOHANG);
    }
    if (gone != 0)
        *pid = 0;
}

void hc_demo_end(pid_t *pid, unsigned patience_ms)
{
    if (*pid <= 0)
        return;
    kill(*pid, SIGTERM);
    hc_demo_await(pid, patience_ms);
    if (*pid > 0) {
        kill(*pid, SIGKILL);
        (void)reap(*pid);
    }
    *pid = 0;
}

static bool is_plain(const char *word)
{
    return word[0] &&
           strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-$") == strlen(word);
}

void hc_demo_quote(struct hc_buf *out, const char *const *argv)
{
    for (size_t i = 0; argv[i]; i++) {
        if (i > 0)
            hc_buf_add_byte(out, ' ');
        if (is_plain(argv[i])) {
            hc_buf_add_str(out, argv[i]);
            continue;
        }
        hc_buf_add_byte(
            out, '"'); /* double quotes, so that $D stays a variable; the words hold nothing else that a shell reads */
        hc_buf_add_str(out, argv[i]);
        hc_buf_add_byte(out, '"');
    }
}

/*
 * run.c - another program, on a short leash.
 *
 * The child leads a session of its own: it has no terminal on which certutil could ask for a password and wait, and
 * when its time is over it is killed with everything it started.
 */
#include "trust/run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

#define STDERR_MAX 65536 /* the rest is read and thrown away: only the end of it is quoted */
#define PIECE 4096
#define OLD_DESCRIPTORS 65536 /* of ours all close by themselves; of those inherited nobody has as many */

enum { OUT, ERR, PIPES };

struct child {
    pid_t pid;
    int fd[PIPES]; /* what we read; -1 once it has ended */
    struct hc_buf *text[PIPES];
    uint64_t deadline;
};

static void child_fini(struct child *c)
{
    int status;
    for (size_t i = 0; i < PIPES; i++)
        hc_fd_close(&c->fd[i]);
    if (c->pid <= 0)
        return;
    kill(-c->pid, SIGKILL);
    kill(c->pid, SIGKILL); /* it may not have begun its session yet */
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        continue;
}

/* In the child, between fork and execve: only calls that are safe there. */
static _Noreturn void become(const struct hc_run *r, char *const *env, const int fd[PIPES])
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);
    setsid();
    umask(022);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++) /* an ignored signal stays ignored over execve */
        signal(s, SIG_DFL);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(fd[OUT], STDOUT_FILENO) < 0 ||
        dup2(fd[ERR], STDERR_FILENO) < 0 || chdir("/") != 0)
        _exit(127);
    if (close_range(STDERR_FILENO + 1, ~0U, 0) != 0) /* before Linux 5.9 */
        for (int open_one = STDERR_FILENO + 1; open_one < OLD_DESCRIPTORS; open_one++)
            close(open_one);
    execve(r->argv[0], (char *const *)(uintptr_t)r->argv, env);
    _exit(127);
}

/* The numbers 0 to 2 are the standard streams; a pipe that got one of them (they were closed) would be lost in dup2. */
static bool make_pipe(int fd[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0)
        return false;
    fd[0] = fcntl(low[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    fd[1] = fcntl(low[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    hc_fd_close(&low[0]);
    hc_fd_close(&low[1]);
    return fd[0] >= 0 && fd[1] >= 0;
}

static struct hc_rc start(const struct hc_run *r, struct child *c, struct hc_err *e)
{
    char home[HC_PATH + 8], path[] = "PATH=" HC_RUN_TOOLS, locale[] = "LC_ALL=C";
    char *const env[] = {home, path, locale, NULL};
    int out[2] = {-1, -1}, err[2] = {-1, -1};
    snprintf(home, sizeof home, "HOME=%s", r->home ? r->home : "/");
    bool piped = make_pipe(out) && make_pipe(err);
    if (piped)
        c->pid = fork();
    int sys = errno;
    if (piped && c->pid == 0)
        become(r, env, (const int[PIPES]){out[1], err[1]});
    hc_fd_close(&out[1]);
    hc_fd_close(&err[1]);
    c->fd[OUT] = out[0];
    c->fd[ERR] = err[0];
    if (!piped || c->pid < 0)
        return HC_FAIL_SYS(e, HC_E_TRUST_STORE, sys, "%s cannot be started", r->argv[0]);
    return HC_OK;
}

static struct hc_rc drain(struct child *c, size_t which, const char *program, struct hc_err *e)
{
    uint8_t piece[PIECE];
    ssize_t n = read(c->fd[which], piece, sizeof piece);
    struct hc_buf *text = c->text[which];
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return HC_OK;
    if (n <= 0) {
        hc_fd_close(&c->fd[which]);
        c->fd[which] = -1;
        return HC_OK;
    }
    if (which == ERR && text->n + (size_t)n > text->max)
        hc_buf_drop(text, (size_t)n);
    hc_buf_add(text, hc_bytes_of(piece, (size_t)n));
    if (text->failed == HC_E_TOO_BIG)
        return HC_FAIL(e, HC_E_TRUST_STORE, "%s writes more than %u bytes", program, HC_RUN_OUTPUT);
    return hc_buf_check(text, e);
}

static struct hc_rc too_long(const char *program, struct hc_err *e)
{
    return HC_FAIL(e, HC_E_TRUST_STORE, "%s did not end in time and was stopped", program);
}

static struct hc_rc listen_to(struct child *c, const char *program, struct hc_err *e)
{
    while (c->fd[OUT] >= 0 || c->fd[ERR] >= 0) {
        struct pollfd p[PIPES] = {{.fd = c->fd[OUT], .events = POLLIN}, {.fd = c->fd[ERR], .events = POLLIN}};
        uint64_t now = hc_mono_ms();
        if (now >= c->deadline)
            return too_long(program, e);
        if (poll(p, PIPES, (int)(c->deadline - now)) < 0 && errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_TRUST_STORE, errno, "waiting for %s", program);
        for (size_t i = 0; i < PIPES; i++)
            if (c->fd[i] >= 0 && p[i].revents)
                HC_TRY(e, drain(c, i, program, e));
    }
    return HC_OK;
}

/* It has closed its streams; what it still does is waited for, no longer than for the rest. */
static struct hc_rc reap(struct child *c, const char *program, int *status, struct hc_err *e)
{
    int raw = 0;
    pid_t got;
    while ((got = waitpid(c->pid, &raw, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        if (hc_mono_ms() >= c->deadline)
            return too_long(program, e);
        poll(NULL, 0, 2);
    }
    c->pid = 0;
    if (got < 0)
        return HC_FAIL_SYS(e, HC_E_TRUST_STORE, errno, "waiting for %s", program);
    *status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return HC_OK;
}

/* The last `max` bytes, on one line, without what would deceive a reader. */
static void one_line(struct hc_bytes text, size_t max, struct hc_buf *line)
{
    while (text.n > 0 && text.p[text.n - 1] <= ' ')
        text.n--;
    if (text.n > max)
        text = hc_bytes_skip(text, text.n - max);
    while (text.n > 0 && ((text.p[0] & 0xc0) == 0x80 || text.p[0] <= ' '))
        text = hc_bytes_skip(text, 1);
    for (size_t from = 0; from < text.n;) {
        struct hc_bytes rest = hc_bytes_skip(text, from);
        size_t end = hc_bytes_find(rest, '\n');
        if (from > 0)
            hc_buf_add_str(line, "; ");
        hc_escape_text(line, hc_bytes_trim(hc_bytes_head(rest, end)));
        from += end + 1;
    }
}

/* Programs say what matters last, so the end of it is kept whole, however much room its escaping takes. */
static struct hc_rc quote(struct hc_bytes text, char said[HC_RUN_SAID], struct hc_err *e)
{
    HC_BUF_AUTO(line, (size_t)HC_RUN_SAID * 8);
    for (size_t max = HC_RUN_SAID - 1;; max = max * 3 / 4) {
        hc_buf_clear(&line);
        one_line(text, max, &line);
        HC_TRY(e, hc_buf_check(&line, e));
        if (line.n < HC_RUN_SAID)
            break;
    }
    snprintf(said, HC_RUN_SAID, "%s", hc_buf_cstr(&line));
    return HC_OK;
}

struct hc_rc hc_run_program(const struct hc_run *r, struct hc_buf *out, int *status, char said[HC_RUN_SAID],
                            struct hc_err *e)
{
    HC_BUF_AUTO(own, HC_RUN_OUTPUT);
    HC_BUF_AUTO(err, STDERR_MAX);
    struct hc_buf *text = out ? out : &own;
    __attribute__((cleanup(child_fini))) struct child c = {.fd = {-1, -1}, .text = {text, &err}};
    c.deadline = hc_mono_ms() + (uint64_t)(r->seconds ? r->seconds : HC_RUN_SECONDS) * 1000;
    if (access(r->argv[0], X_OK) != 0)
        return HC_FAIL_SYS(e, HC_E_TRUST_STORE, errno, "%s cannot be run", r->argv[0]);
    HC_TRY(e, start(r, &c, e));
    HC_TRY(e, listen_to(&c, r->argv[0], e));
    HC_TRY(e, reap(&c, r->argv[0], status, e));
    return quote(err.n > 0 ? hc_buf_view(&err) : hc_buf_view(text), said, e);
}

struct hc_rc hc_run_check(const struct hc_run *r, struct hc_buf *out, struct hc_err *e)
{
    int status = 0;
    char said[HC_RUN_SAID];
    HC_TRY(e, hc_run_program(r, out, &status, said, e));
    if (status == 0)
        return HC_OK;
    return HC_FAIL(e, HC_E_TRUST_STORE, "%s ended with exit %d%s%s", r->argv[0], status, said[0] ? ": " : "", said);
}

bool hc_run_find(const char *path, const char *name, char out[HC_PATH])
{
    struct hc_bytes rest = hc_bytes_str(path ? path : HC_RUN_TOOLS);
    while (rest.n > 0) {
        char full[HC_PATH];
        struct stat st;
        struct hc_bytes dir = hc_bytes_head(rest, hc_bytes_find(rest, ':'));
        int n = snprintf(full, sizeof full, "%.*s/%s", HC_BYTES_FMT(dir), name);
        rest = hc_bytes_skip(rest, dir.n + 1);
        if (dir.n == 0 || n < 0 || (size_t)n >= sizeof full || stat(full, &st) != 0 || !S_ISREG(st.st_mode) ||
            access(full, X_OK) != 0)
            continue;
        memcpy(out, full, (size_t)n + 1);
        return true;
    }
    return false;
}

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%";
    return *word && strspn(word, plain) == strlen(word);
}

/* As bash reads it back: a word with bytes in it that a terminal would obey, or that would deceive a reader. */
static void add_bytes(const char *word, struct hc_buf *out)
{
    hc_buf_add_str(out, "$'");
    for (const char *p = word; *p; p++)
        if (*p < ' ' || *p == 127 || (uint8_t)*p > 127)
            hc_buf_addf(out, "\\x%02x", (uint8_t)*p);
        else if (*p == '\'' || *p == '\\')
            hc_buf_addf(out, "\\%c", *p);
        else
            hc_buf_add_byte(out, (uint8_t)*p);
    hc_buf_add_byte(out, '\'');
}

static bool is_displayable(const char *word, struct hc_buf *out)
{
    size_t n = strlen(word);
    HC_BUF_AUTO(shown, 6 * n + 1);
    hc_escape_text(&shown, hc_bytes_str(word));
    hc_buf_fail(out, shown.failed);
    return shown.n == n; /* every escape is longer than what it stands for */
}

static void add_word(const char *word, struct hc_buf *out)
{
    if (!is_displayable(word, out)) {
        add_bytes(word, out);
        return;
    }
    if (is_plain(word)) {
        hc_buf_add_str(out, word);
        return;
    }
    hc_buf_add_byte(out, '\'');
    for (const char *p = word; *p; p++)
        if (*p == '\'')
            hc_buf_add_str(out, "'\\''");
        else
            hc_buf_add_byte(out, (uint8_t)*p);
    hc_buf_add_byte(out, '\'');
}

void hc_run_text(const char *const *argv, struct hc_buf *out)
{
    for (size_t i = 0; argv[i]; i++) {
        if (i > 0)
            hc_buf_add_byte(out, ' ');
        add_word(argv[i], out);
    }
}

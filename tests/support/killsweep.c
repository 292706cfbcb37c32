/*
 * killsweep.c - runs a command and kills it, or lets the disk be full, at one chosen system call.
 *
 * A command that must survive anything is run again and again, each time with another call chosen, until every write
 * has been the last one once. Counted are the calls that leave something behind on a disk, in a pipe or in a lock.
 * What is written through a mapping cannot be seen from here.
 *
 * States of a task: outside a call -> entered (the call is counted and perhaps chosen) -> left. A task that is new
 * begins outside. The killing happens in a stop, so that not one instruction of the command follows.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"

static const char usage_text[] =
    "Usage: killsweep [OPTION]... -- COMMAND [ARGUMENT]...\n"
    "\n"
    "Runs COMMAND with all its threads and children and kills it at one of the system calls that leave something\n"
    "behind: writes, syncs, opening for writing, renames, links, modes, locks.\n"
    "\n"
    "  --count         kill nothing; report how many such calls there are\n"
    "  --at N          the one to kill at, from 1 (unless said)\n"
    "  --before        kill before it has happened (unless said otherwise)\n"
    "  --after         kill when it has happened\n"
    "  --fail ERRNO    let it fail with ENOSPC, EDQUOT, EIO, EROFS or a number, and kill nothing; counted are then "
    "only\n"
    "                  calls that need room on a disk\n"
    "  --ever          with --fail: every later one fails too, as on a disk that stays full\n"
    "  --log           report every counted call\n"
    "  --report FILE   write what is reported to FILE instead of standard error\n"
    "  --limit S       kill the command after S seconds (60 unless said)\n"
    "\n"
    "The last line of the report is the number of calls (--count), or which call was chosen and what came of it.\n"
    "Exit 0 when the call was reached or, for --count, when COMMAND succeeded; 1 when it failed without any help;\n"
    "2 for wrong usage; 3 when COMMAND cannot be run or takes too long; 4 when it ended before the N-th call;\n"
    "77 when processes may not be traced here.\n"
    "Example: killsweep --at 12 --report what -- handclasp --home copy issue server a.example\n";

enum {
    EXIT_REACHED = 0,
    EXIT_COMMAND = 1,
    EXIT_USAGE = 2,
    EXIT_MACHINE = 3,
    EXIT_TOO_FEW = 4,
    EXIT_NOT_PERMITTED = 77,
};

/* ---- the run ---- */

#define TASKS_MAX 256 /* threads and processes at once; the commands under test have a handful */

struct task {
    pid_t id;
    bool chosen; /* it is in the chosen call, or in one that is to fail */
};

struct sweep {
    unsigned long at;
    bool count, after, log, ever;
    int fail; /* errno, 0 for killing */
    time_t limit;
    FILE *report;

    struct task tasks[TASKS_MAX];
    size_t n_tasks;
    pid_t first;
    bool began;      /* it has become the command */
    unsigned long n; /* counted so far */
    bool reached;
    char what[CALL_TEXT_MAX + 64]; /* the chosen call */
    int status;                    /* how the first process ended */
    bool ended;
};

static void say(struct sweep *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sweep *s, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vfprintf(s->report, format, ap);
    va_end(ap);
    (void)fputc('\n', s->report);
}

static struct task *find_task(struct sweep *s, pid_t id)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        if (s->tasks[i].id == id)
            return &s->tasks[i];
    }
    return NULL;
}

static void forget_task(struct sweep *s, pid_t id)
{
    struct task *t = find_task(s, id);

    if (t)
        *t = s->tasks[--s->n_tasks];
}

/* Nothing of the command is left when this returns. */
static void kill_all(struct sweep *s)
{
    int status;
    pid_t id;

    for (size_t i = 0; i < s->n_tasks; i++)
        (void)kill(s->tasks[i].id, SIGKILL);
    while ((id = waitpid(-1, &status, __WALL)) > 0 || (id < 0 && errno == EINTR)) {
        if (id > 0 && WIFSTOPPED(status)) /* a child that was born at this moment */
            (void)kill(id, SIGKILL);
    }
    s->n_tasks = 0;
}

#if defined __x86_64__
#define NATIVE AUDIT_ARCH_X86_64

static bool replace_result(pid_t task, long result)
{
    struct user_regs_struct regs;
    struct iovec v = {.iov_base = &regs, .iov_len = sizeof regs};

    if (ptrace(PTRACE_GETREGSET, task, NT_PRSTATUS, &v) != 0)
        return false;
    regs.rax = (unsigned long long)result;
    return ptrace(PTRACE_SETREGSET, task, NT_PRSTATUS, &v) == 0;
}

static bool skip_call(pid_t task)
{
    struct user_regs_struct regs;
    struct iovec v = {.iov_base = &regs, .iov_len = sizeof regs};

    if (ptrace(PTRACE_GETREGSET, task, NT_PRSTATUS, &v) != 0)
        return false;
    regs.orig_rax = (unsigned long long)-1;
    return ptrace(PTRACE_SETREGSET, task, NT_PRSTATUS, &v) == 0;
}
#elif defined __aarch64__
#define NATIVE AUDIT_ARCH_AARCH64

static bool replace_result(pid_t task, long result)
{
    struct user_regs_struct regs;
    struct iovec v = {.iov_base = &regs, .iov_len = sizeof regs};

    if (ptrace(PTRACE_GETREGSET, task, NT_PRSTATUS, &v) != 0)
        return false;
    regs.regs[0] = (unsigned long long)result;
    return ptrace(PTRACE_SETREGSET, task, NT_PRSTATUS, &v) == 0;
}

static bool skip_call(pid_t task)
{
    int none = -1;
    struct iovec v = {.iov_base = &none, .iov_len = sizeof none};

    return ptrace(PTRACE_SETREGSET, task, NT_ARM_SYSTEM_CALL, &v) == 0;
}
#else
#error "killsweep knows x86-64 and AArch64"
#endif

enum next { GO_ON, KILL, CANNOT };

static enum next entered(struct sweep *s, struct task *t, const struct __ptrace_syscall_info *info)
{
    const struct call *c = call_find(info);
    char on[CALL_TEXT_MAX];
    bool hit;

    if (!c || !s->began || (s->fail && (!call_needs_room(t->id, c, info))))
        return GO_ON;
    s->n++;
    hit = !s->count && (s->n == s->at || (s->ever && s->n > s->at));
    if (!hit && !s->log)
        return GO_ON;
    call_describe(t->id, c, info, on);
    if (s->log)
        say(s, "%lu %s %s", s->n, c->name, on);
    if (!hit)
        return GO_ON;
    if (!s->reached)
        (void)snprintf(s->what, sizeof s->what, "%lu %s %s", s->n, c->name, on);
    s->reached = true;
    t->chosen = true;
    if (s->fail)
        return skip_call(t->id) ? GO_ON : CANNOT;
    return s->after ? GO_ON : KILL;
}

static enum next left(struct sweep *s, struct task *t)
{
    if (!t->chosen)
        return GO_ON;
    t->chosen = false;
    if (s->fail)
        return replace_result(t->id, -s->fail) ? GO_ON : CANNOT;
    return KILL;
}

static enum next at_call(struct sweep *s, struct task *t)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, t->id, sizeof info, &info) <= 0)
        return errno == ESRCH ? GO_ON : CANNOT; /* it was killed by somebody else; its end is told next */
    if (info.arch != NATIVE)
        return CANNOT;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
        return entered(s, t, &info);
    return left(s, t);
}

/* One stop of one task. */
static enum next stopped(struct sweep *s, pid_t id, int status)
{
    struct task *t = find_task(s, id);
    int sig = WSTOPSIG(status);
    enum next next = GO_ON;

    if (!t) {
        if (s->n_tasks == TASKS_MAX)
            return CANNOT;
        t = &s->tasks[s->n_tasks++];
        *t = (struct task){.id = id};
        if (sig == SIGSTOP)
            sig = 0; /* how a new task begins */
    }
    if (sig == (SIGTRAP | 0x80)) { /* PTRACE_O_TRACESYSGOOD */
        next = at_call(s, t);
        sig = 0;
    } else if (status >> 16 != 0) {
        s->began = s->began || status >> 16 == PTRACE_EVENT_EXEC;
        sig = 0; /* fork, clone, exec */
    }
    if (next == GO_ON)
        (void)ptrace(PTRACE_SYSCALL, id, NULL, (void *)(uintptr_t)sig); /* ESRCH: its end is told next */
    return next;
}

static time_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* Until the command has ended or is to be. */
static enum next follow(struct sweep *s)
{
    time_t end = now() + s->limit;
    enum next next = GO_ON;
    int status;

    while (next == GO_ON && s->n_tasks > 0) {
        pid_t id = waitpid(-1, &status, __WALL);

        if (id < 0 && errno != EINTR)
            break;
        if (now() > end) {
            say(s, "killsweep: killed after %ld seconds", (long)s->limit);
            return CANNOT;
        }
        if (id < 0)
            continue;
        if (WIFSTOPPED(status)) {
            next = stopped(s, id, status);
            continue;
        }
        forget_task(s, id);
        if (id == s->first) {
            s->status = status;
            s->ended = true;
        }
    }
    return next;
}

/* ---- beginning and end ---- */

static void wake(int sig)
{
    (void)sig; /* only so that waitpid returns, to look at the clock */
}

static void set_alarm(void)
{
    struct sigaction action = {.sa_handler = wake};
    struct itimerval each = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};

    (void)sigaction(SIGALRM, &action, NULL);
    (void)setitimer(ITIMER_REAL, &each, NULL);
}

struct trouble {
    int sys;
    bool tracing;
};

static _Noreturn void become(char **command, int tell)
{
    struct trouble why = {.tracing = true};

    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0) {
        (void)raise(SIGSTOP); /* until the options are set */
        (void)execvp(command[0], command);
        why.tracing = false;
    }
    why.sys = errno;
    (void)!write(tell, &why, sizeof why);
    _exit(127);
}

/* The command, stopped before its first instruction. 0, or the exit code. */
static int begin(struct sweep *s, char **command, int *told)
{
    int ends[2], status = 0;
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return EXIT_MACHINE;
    s->first = fork();
    if (s->first < 0)
        return EXIT_MACHINE;
    if (s->first == 0)
        become(command, ends[1]);
    (void)close(ends[1]);
    *told = ends[0];
    s->tasks[s->n_tasks++] = (struct task){.id = s->first};
    if (waitpid(s->first, &status, __WALL) != s->first || !WIFSTOPPED(status))
        return EXIT_NOT_PERMITTED;
    if (ptrace(PTRACE_SETOPTIONS, s->first, NULL, (void *)options) != 0 ||
        ptrace(PTRACE_SYSCALL, s->first, NULL, NULL) != 0)
        return EXIT_NOT_PERMITTED;
    return 0;
}

/* As a shell says it. */
static int code_of(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int conclude(struct sweep *s, enum next next)
{
    if (next == CANNOT) {
        say(s, "killsweep: the command could not be followed to its end");
        return EXIT_MACHINE;
    }
    if (s->count) {
        if (code_of(s->status) != 0) {
            say(s, "killsweep: the command failed by itself, exit %d", code_of(s->status));
            return EXIT_COMMAND;
        }
        say(s, "%lu", s->n);
        return EXIT_REACHED;
    }
    if (!s->reached) {
        say(s, "killsweep: the command ended, exit %d, after %lu calls", code_of(s->status), s->n);
        return EXIT_TOO_FEW;
    }
    if (s->fail)
        say(s, "%s: failed with errno %d, exit %d", s->what, s->fail, code_of(s->status));
    else
        say(s, "%s: killed %s it", s->what, s->after ? "after" : "before");
    return EXIT_REACHED;
}

static int run(struct sweep *s, char **command)
{
    struct trouble why = {0};
    int told = -1, code;
    enum next next;

    set_alarm();
    code = begin(s, command, &told);
    next = code == 0 ? follow(s) : CANNOT;
    kill_all(s); /* also what the command left running */
    if (told >= 0 && read(told, &why, sizeof why) == (ssize_t)sizeof why)
        code = why.tracing ? EXIT_NOT_PERMITTED : EXIT_MACHINE;
    if (code == 0)
        return conclude(s, next);
    if (code == EXIT_NOT_PERMITTED)
        say(s, "killsweep: processes may not be traced here");
    else
        say(s, "killsweep: cannot run %s: %s", command[0], strerror(why.sys));
    return code;
}

/* ---- the command line ---- */

static int errno_of(const char *text)
{
    static const struct {
        const char *name;
        int value;
    } known[] = {{"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"EROFS", EROFS}};

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(text, known[i].name) == 0)
            return known[i].value;
    }
    return atoi(text);
}

/* Takes the option at argv[i]; how many words it was, 0 for a wrong one. */
static int take_option(struct sweep *s, int argc, char **argv, int i)
{
    const char *word = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    struct {
        const char *word;
        bool *set;
    } const flags[] = {{"--count", &s->count}, {"--after", &s->after}, {"--log", &s->log}, {"--ever", &s->ever}};

    for (size_t k = 0; k < COUNT_OF(flags); k++) {
        if (strcmp(word, flags[k].word) == 0) {
            *flags[k].set = true;
            return 1;
        }
    }
    if (strcmp(word, "--before") == 0) {
        s->after = false;
        return 1;
    }
    if (strcmp(word, "--at") == 0)
        return (s->at = strtoul(value, NULL, 10)) > 0 ? 2 : 0;
    if (strcmp(word, "--fail") == 0)
        return (s->fail = errno_of(value)) > 0 ? 2 : 0;
    if (strcmp(word, "--limit") == 0)
        return (s->limit = atol(value)) > 0 ? 2 : 0;
    if (strcmp(word, "--report") == 0)
        return (s->report = fopen(value, "we")) != NULL ? 2 : 0;
    return 0;
}

int main(int argc, char **argv)
{
    struct sweep s = {.at = 1, .limit = 60, .report = stderr};
    int i = 1, words;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        (void)fputs(usage_text, stdout);
        return 0;
    }
    for (; i < argc && strcmp(argv[i], "--") != 0; i += words) {
        words = take_option(&s, argc, argv, i);
        if (words == 0) {
            (void)fprintf(stderr, "killsweep: wrong option or value at '%s'; see killsweep --help\n", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (i + 1 >= argc) {
        (void)fputs("killsweep: no command; it comes after --\n", stderr);
        return EXIT_USAGE;
    }
    return run(&s, argv + i + 1);
}

/*
 * spent.c - runs commands one after the other and says what each took, for bench/authority.
 *
 *     spent [EXIT] <COMMANDS
 *
 * On standard input every word of a command ends with a NUL byte, and a command with an empty word. For each that ends
 * with exit code EXIT (0 unless said) a line: microseconds from before fork to after wait, the most KiB that were
 * resident, bytes of output. The first that does not ends the run with exit code 1; its standard error is ours.
 *
 * Small on purpose: the kernel counts what was resident in a process before it called exec, so that under a big parent
 * everything looks at least as big. Output goes through a pipe and is counted, for grep and others do less when it is
 * /dev/null.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX (64 << 20) /* 100,000 commands with long paths */
#define WORDS_MAX 100000     /* of one command; a batch has a word a request */

struct spent {
    long long micros, kib, bytes;
};

static long long now_micros(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long long drain(int fd)
{
    static char buffer[1 << 16];
    long long total = 0;
    ssize_t n;

    while ((n = read(fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
        total += n > 0 ? n : 0;
    return total;
}

static void become(char **words, int out)
{
    if (dup2(out, STDOUT_FILENO) >= 0)
        execvp(words[0], words);
    fprintf(stderr, "spent: %s: %s\n", words[0], strerror(errno));
    _exit(127);
}

/* The command's exit code, or -1 when a signal ended it. */
static int run(char **words, struct spent *out)
{
    int pipes[2], status = 0;
    struct rusage usage;
    long long began = now_micros();
    pid_t child;

    if (pipe(pipes) != 0 || (child = fork()) < 0) {
        perror("spent");
        exit(3);
    }
    if (child == 0) {
        close(pipes[0]);
        become(words, pipes[1]);
    }
    close(pipes[1]);
    out->bytes = drain(pipes[0]);
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    out->micros = now_micros() - began;
    out->kib = usage.ru_maxrss;
    close(pipes[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The next command's words; returns where the one after it begins, or NULL when there is none. */
static char *split(char *at, const char *end, char **words)
{
    size_t n = 0;

    while (at < end && *at && n + 1 < WORDS_MAX) {
        words[n++] = at;
        at += strlen(at) + 1;
    }
    words[n] = NULL;
    return n > 0 && at < end && !*at ? at + 1 : NULL;
}

int main(int argc, char **argv)
{
    static char *words[WORDS_MAX];
    char *input = malloc(INPUT_MAX + 1);
    size_t n = input ? fread(input, 1, INPUT_MAX, stdin) : 0;
    char *at = input;
    int want = argc > 1 ? atoi(argv[1]) : 0;

    if (argc > 2 || n == 0) {
        fprintf(stderr, "Usage: spent [EXIT] <COMMANDS; bench/spent.c says in which form\n");
        return 2;
    }
    input[n] = '\0';
    while ((at = split(at, input + n, words))) {
        struct spent took;

        if (run(words, &took) != want) {
            fprintf(stderr, "spent: %s failed\n", words[0]);
            return 1;
        }
        printf("%lld %lld %lld\n", took.micros, took.kib, took.bytes);
        fflush(stdout);
    }
    free(input);
    return 0;
}

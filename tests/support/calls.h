/*
 * calls.h - which system calls killsweep counts.
 *
 * All take the task in its stop before the call and what the kernel says of that stop.
 */
#ifndef KILLSWEEP_CALLS_H
#define KILLSWEEP_CALLS_H

#include <stdbool.h>
#include <sys/ptrace.h>
#include <sys/types.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

#define CALL_TEXT_MAX 512 /* of a path, for people to read; a longer one is cut */

struct call {
    long number;
    const char *name;
    unsigned how; /* private to calls.c */
};

/* The row of the call; NULL for one that is not counted. Static storage. */
const struct call *call_find(const struct __ptrace_syscall_info *info);

/* What it works on: a path, or "" when that is not known. */
void call_describe(pid_t task, const struct call *c, const struct __ptrace_syscall_info *info, char out[CALL_TEXT_MAX]);

/* A full disk lets it fail. What goes to standard output or error counts as no disk, wherever it leads. */
bool call_needs_room(pid_t task, const struct call *c, const struct __ptrace_syscall_info *info);

#endif

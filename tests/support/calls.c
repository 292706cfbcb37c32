/* calls.c - the table of the system calls that leave something behind. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "calls.h"

enum {
    ROOM = 1,   /* needs room on a disk, so a full one lets it fail */
    ON_FD = 2,  /* the first argument is the descriptor that it works on */
    PATH_0 = 4, /* the path is the first argument, or the second after a directory's descriptor */
    PATH_1 = 8,
    FLAGS_1 = 16, /* an open: counted only when these flags ask for writing */
    FLAGS_2 = 32,
    MAKES = 64, /* needs room only for what is not there yet, as an open does */
};

#define CALL(name, how)                                                                                                \
    {                                                                                                                  \
        SYS_##name, #name, how                                                                                         \
    }

static const struct call calls[] = {
    CALL(write, ROOM | ON_FD),
    CALL(pwrite64, ROOM | ON_FD),
    CALL(writev, ROOM | ON_FD),
    CALL(pwritev, ROOM | ON_FD),
    CALL(pwritev2, ROOM | ON_FD),
    CALL(sendfile, ROOM | ON_FD),
    CALL(splice, 0),
    CALL(copy_file_range, 0),
    CALL(fallocate, ROOM | ON_FD),
    CALL(fsync, ROOM | ON_FD), /* a file system that allocates late says only now that it is full */
    CALL(fdatasync, ROOM | ON_FD),
    CALL(syncfs, ROOM | ON_FD),
    CALL(sync_file_range, ON_FD),
    CALL(msync, 0),
    CALL(ftruncate, ON_FD),
    CALL(truncate, PATH_0),
    CALL(fchmod, ON_FD),
    CALL(fchmodat, PATH_1),
    CALL(fchown, ON_FD),
    CALL(fchownat, PATH_1),
    CALL(utimensat, PATH_1),
    CALL(flock, ON_FD),
    CALL(openat, ROOM | PATH_1 | FLAGS_2),
    CALL(renameat2, ROOM | PATH_1),
    CALL(linkat, ROOM | PATH_1),
    CALL(symlinkat, ROOM | PATH_0),
    CALL(unlinkat, PATH_1),
    CALL(mkdirat, ROOM | MAKES | PATH_1),
    CALL(mknodat, ROOM | MAKES | PATH_1),
#ifdef SYS_renameat
    CALL(renameat, ROOM | PATH_1),
#endif
#ifdef SYS_open /* architectures older than the calls that take a directory have both */
    CALL(open, ROOM | PATH_0 | FLAGS_1),
    CALL(creat, ROOM | PATH_0),
    CALL(rename, ROOM | PATH_0),
    CALL(link, ROOM | PATH_0),
    CALL(symlink, ROOM | PATH_0),
    CALL(unlink, PATH_0),
    CALL(mkdir, ROOM | MAKES | PATH_0),
    CALL(rmdir, PATH_0),
    CALL(mknod, ROOM | MAKES | PATH_0),
    CALL(chmod, PATH_0),
    CALL(chown, PATH_0),
    CALL(lchown, PATH_0),
#endif
};

static bool asks_for_writing(uint64_t flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

const struct call *call_find(const struct __ptrace_syscall_info *info)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        const struct call *c = &calls[i];

        if ((uint64_t)c->number != info->entry.nr)
            continue;
        if ((c->how & FLAGS_1) && !asks_for_writing(info->entry.args[1]))
            return NULL;
        if ((c->how & FLAGS_2) && !asks_for_writing(info->entry.args[2]))
            return NULL;
        return c;
    }
    return NULL;
}

/* A string of the task's memory, cut at the end of what can be read in one piece. */
static void read_text(pid_t task, uint64_t address, char out[CALL_TEXT_MAX])
{
    struct iovec local = {.iov_base = out, .iov_len = CALL_TEXT_MAX - 1};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = CALL_TEXT_MAX - 1};
    size_t to_page = 4096 - (size_t)(address & 4095);
    ssize_t n;

    if (remote.iov_len > to_page) /* what lies behind the page may not be there */
        remote.iov_len = to_page;
    n = process_vm_readv(task, &local, 1, &remote, 1, 0);
    out[n > 0 ? n : 0] = '\0';
}

void call_describe(pid_t task, const struct call *c, const struct __ptrace_syscall_info *info, char out[CALL_TEXT_MAX])
{
    char link[64];
    ssize_t n;

    out[0] = '\0';
    if (c->how & (PATH_0 | PATH_1)) {
        read_text(task, info->entry.args[c->how & PATH_1 ? 1 : 0], out);
    } else if (c->how & ON_FD) {
        (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)task, (int)info->entry.args[0]);
        n = readlink(link, out, CALL_TEXT_MAX - 1);
        out[n > 0 ? n : 0] = '\0';
    }
}

/* What a descriptor of the task leads to is a file or directory, and neither its output nor its complaints: a pipe or a
 * terminal is never full in the way a disk is, and what it says of a full disk must be heard. */
static bool on_disk(pid_t task, uint64_t fd)
{
    char link[64];
    struct stat st;

    if ((int)fd <= STDERR_FILENO)
        return false;
    (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)task, (int)fd);
    return stat(link, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* There is already what an open or a mkdir would make. */
static bool exists(pid_t task, const struct call *c, const struct __ptrace_syscall_info *info)
{
    char text[CALL_TEXT_MAX], path[CALL_TEXT_MAX + 64] = "";
    struct stat st;

    call_describe(task, c, info, text);
    if (text[0] != '/' && (c->how & PATH_1) && (int)info->entry.args[0] != AT_FDCWD)
        (void)snprintf(path, sizeof path, "/proc/%d/fd/%d/", (int)task, (int)info->entry.args[0]);
    else if (text[0] != '/')
        (void)snprintf(path, sizeof path, "/proc/%d/cwd/", (int)task);
    (void)strcat(path, text);
    return lstat(path, &st) == 0;
}

bool call_needs_room(pid_t task, const struct call *c, const struct __ptrace_syscall_info *info)
{
    if (!(c->how & ROOM))
        return false;
    if (c->how & ON_FD)
        return on_disk(task, info->entry.args[0]);
    if (c->how & (FLAGS_1 | FLAGS_2 | MAKES))
        return !exists(task, c, info);
    return true;
}

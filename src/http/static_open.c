/*
 * static_open.c - opens a file that cannot lie outside the root.
 *
 * The kernel itself keeps the walk inside (openat2, RESOLVE_BENEATH). An older kernel, or a sandbox that does not know
 * the call, gets the same by walking one segment at a time and following no link at all.
 */
#include "http/static_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"

/* O_NONBLOCK: opening a pipe must not wait for its writer. */
#define FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define TRIES 16 /* a rename elsewhere can make the kernel unsure of a `..` in a link [openat2(2), EAGAIN] */

static int open_beneath(int root, const char *path)
{
    struct open_how how = {.flags = FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long fd = -1;

    for (int i = 0; i < TRIES; i++) {
        fd = syscall(SYS_openat2, root, path, &how, sizeof how);
        if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
            break;
    }
    return (int)fd;
}

/* The next segment of *path into `name`; a missing one is ".". */
static bool next_segment(const char **path, char name[NAME_MAX + 1])
{
    size_t n = strcspn(*path, "/");

    if (n > NAME_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(name, n ? *path : ".", n ? n : 1);
    name[n ? n : 1] = 0;
    *path += n + ((*path)[n] == '/');
    return true;
}

static int open_by_segments(int root, const char *path)
{
    char name[NAME_MAX + 1];
    HC_FD at = -1;

    for (;;) {
        bool more = strchr(path, '/') != NULL;
        int fd;

        if (!next_segment(&path, name))
            return -1;
        fd = openat(at < 0 ? root : at, name, O_NOFOLLOW | (more ? O_PATH | O_DIRECTORY | O_CLOEXEC : FLAGS));
        if (fd < 0 || !more)
            return fd;
        hc_fd_close(&at);
        at = fd;
    }
}

static struct hc_rc refused(int sys, struct hc_err *e)
{
    switch (sys) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "there is no such file");
    case ELOOP:
    case EXDEV:
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "a symbolic link leads out of the served directory");
    case EACCES:
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "there is a file, but its mode does not let the gate read it");
    case ENXIO: /* a socket, or a device without a driver */
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "what is there is not a regular file");
    default:
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, sys, "a file of the served directory cannot be opened");
    }
}

struct hc_rc hc_static_open(int root, const char *path, int *out, struct stat *st, struct hc_err *e)
{
    HC_FD fd = open_beneath(root, *path ? path : ".");
    struct stat found;

    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) /* sandboxes answer EPERM to what they do not know */
        fd = open_by_segments(root, path);
    if (fd < 0)
        return refused(errno, e);
    if (fstat(fd, &found) != 0)
        return refused(errno, e);
    if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode))
        return HC_FAIL(e, HC_E_HTTP_NOT_FOUND, "what is there is not a regular file");
    *st = found;
    *out = fd;
    fd = -1;
    return HC_OK;
}

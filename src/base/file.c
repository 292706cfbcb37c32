/* file.c - bounded reads, atomic writes, and who may touch a file. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define READ_STEP 16384 /* bytes asked for at once when the size of the file is not known, as in a pipe */

/* Lies beside the target; the dot and the missing suffix keep it out of every listing this program makes. */
#define TEMPORARY_PREFIX ".handclasp-"
#define TEMPORARY TEMPORARY_PREFIX "XXXXXX"

void hc_fd_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

static struct hc_rc open_failed(const char *path, struct hc_err *e)
{
    bool missing = errno == ENOENT || errno == ENOTDIR;

    return HC_FAIL_SYS(e, missing ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno, "%s", path);
}

static struct hc_rc write_failed(const char *path, struct hc_err *e)
{
    bool full =
        errno == ENOSPC || errno == EDQUOT || errno == EFBIG; /* to whoever has to make room it is all the same */

    if (errno == ENOENT)
        return HC_FAIL_SYS(e, HC_E_FILE_MISSING, errno, "%s: its directory", path);
    return HC_FAIL_SYS(e, full ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, errno, "%s", path);
}

/* A file that is being read; what is no regular file may take its time, but not longer than `until_ms`. */
struct source {
    int fd; /* non-blocking */
    const char *path;
    bool waits;
    uint64_t until_ms;
    bool heard; /* something came */
};

/* Until there is something to read, or the end. A FIFO without a writer has neither. */
static struct hc_rc wait_for_more(const struct source *s, struct hc_err *e)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};
    int n = 0;

    for (uint64_t now = hc_mono_ms(); n == 0 && now < s->until_ms; now = hc_mono_ms()) {
        n = poll(&p, 1, (int)(s->until_ms - now));
        if (n < 0 && errno == EINTR)
            n = 0;
    }
    if (n < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", s->path);
    if (n == 0)
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s: %s within %d seconds", s->path,
                       s->heard ? "its end did not come" : "nothing came", HC_FILE_PATIENCE_MS / 1000);
    return HC_OK;
}

/* The next piece into `out`; *got is 0 at the end of the file. A full buffer is an error only when there is more to
 * read. */
static struct hc_rc read_piece(struct source *s, struct hc_buf *out, size_t *got, struct hc_err *e)
{
    size_t room = out->max - out->n;
    uint8_t beyond;
    uint8_t *to = room ? hc_buf_reserve(out, room < READ_STEP ? room : READ_STEP) : &beyond;
    ssize_t n;

    if (!to)
        return hc_buf_check(out, e);
    do { /* again after a signal, and when another reader of the same pipe was faster */
        if (s->waits)
            HC_TRY(e, wait_for_more(s, e));
        n = read(s->fd, to, !room ? 1 : room < READ_STEP ? room : READ_STEP);
    } while (n < 0 && (errno == EINTR || (s->waits && errno == EAGAIN)));
    if (n < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", s->path);
    if (!room && n > 0)
        return HC_FAIL(e, HC_E_TOO_BIG, "%s is larger than the limit of %zu bytes", s->path, out->max);
    *got = (size_t)n;
    out->n += *got;
    s->heard = true;
    return HC_OK;
}

static struct hc_rc read_all(struct source *s, struct hc_buf *out, struct hc_err *e)
{
    size_t start = out->n;
    size_t got = 0;

    do
        HC_TRY(e, read_piece(s, out, &got, e));
    while (got > 0);
    if (out->n == start)
        return HC_FAIL(e, HC_E_FILE_EMPTY, "%s is empty", s->path);
    return HC_OK;
}

/* O_NONBLOCK: a FIFO in the place of a file must not hang us. */
static int open_to_look(const char *path)
{
    return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

struct hc_rc hc_file_read(const char *path, struct hc_buf *out, struct hc_err *e)
{
    HC_FD fd = open_to_look(path);
    struct source s = {.fd = fd, .path = path, .until_ms = hc_mono_ms() + HC_FILE_PATIENCE_MS};
    size_t start = out->n;
    struct stat st;
    struct hc_rc rc;

    if (fd < 0 || fstat(fd, &st) != 0)
        return open_failed(path, e);
    HC_TRY(e, hc_buf_check(out, e));
    s.waits = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
    if (st.st_size > 0 && (uint64_t)st.st_size <= out->max - out->n)
        hc_buf_reserve(out, (size_t)st.st_size); /* one allocation: no copies of a key are left behind by growing */
    rc = read_all(&s, out, e);
    if (hc_failed(rc) && out->n > start) {
        explicit_bzero(out->p + start, out->n - start);
        out->n = start;
    }
    return rc;
}

static bool write_all(int fd, struct hc_bytes rest)
{
    while (rest.n > 0) {
        ssize_t n = write(fd, rest.p, rest.n);

        if (n < 0 && errno != EINTR)
            return false;
        rest = hc_bytes_skip(rest, n < 0 ? 0 : (size_t)n);
    }
    return true;
}

/* The directory a path lies in: "." for a bare name. */
static bool directory_of(const char *path, char out[HC_PATH])
{
    char copy[HC_PATH];

    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(out, dirname(copy));
    return true;
}

/* A rename is on the disk only when its directory is. File systems that cannot sync a directory say EINVAL. */
static bool sync_directory(const char *dir)
{
    HC_FD fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
}

/* Moves `from` to `to` unless `to` exists; with a hard link where the file system lacks the flag. */
static bool move_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return link(from, to) == 0 && unlink(from) == 0;
}

static bool fill(int fd, struct hc_bytes contents, mode_t mode)
{
    return write_all(fd, contents) && fchmod(fd, mode) == 0;
}

/* Contents and mode are on the disk before the name is: a crash never shows half a file, or one that others may
 * read. */
static bool fill_temporary(int fd, struct hc_bytes contents, mode_t mode)
{
    return fill(fd, contents, mode) && fsync(fd) == 0;
}

struct placement {
    mode_t mode;
    bool replace; /* otherwise an existing path is an error */
};

/* Root may rename over a device; nobody who wrote /dev/null meant that. A link is replaced, as the header says. */
static bool is_special(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode) && !S_ISDIR(st.st_mode);
}

static struct hc_rc place(const char *path, struct hc_bytes contents, struct placement how, struct hc_err *e)
{
    char dir[HC_PATH];
    char temporary[HC_PATH];
    HC_FD fd = -1;
    bool moved;
    int why;

    if (!directory_of(path, dir))
        return write_failed(path, e);
    if (is_special(path))
        return HC_FAIL(e, HC_E_FILE_UNWRITABLE, "%s is a device, a pipe or a socket, and is not replaced", path);
    HC_TRY(e, hc_path_join(temporary, dir, TEMPORARY, e));
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return write_failed(path, e);
    moved = fill_temporary(fd, contents, how.mode) &&
            (how.replace ? rename(temporary, path) == 0 : move_new(temporary, path));
    why = errno;
    if (!moved) {
        unlink(temporary);
        errno = why;
        if (!how.replace && why == EEXIST)
            return HC_FAIL(e, HC_E_FILE_EXISTS, "%s exists already", path);
        return write_failed(path, e);
    }
    return sync_directory(dir) ? HC_OK : write_failed(path, e);
}

struct hc_rc hc_file_write_atomic(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    return place(path, contents, (struct placement){.mode = mode, .replace = true}, e);
}

struct hc_rc hc_file_create(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    return place(path, contents, (struct placement){.mode = mode, .replace = false}, e);
}

static int open_new(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

struct hc_rc hc_file_write_new(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    HC_FD fd = open_new(path);

    if (fd < 0 || !fill_temporary(fd, contents, mode))
        return write_failed(path, e);
    return HC_OK;
}

struct hc_rc hc_file_write_unsynced(const char *path, struct hc_bytes contents, mode_t mode, struct hc_err *e)
{
    HC_FD fd = open_new(path);

    if (fd < 0 || !fill(fd, contents, mode))
        return write_failed(path, e);
    return HC_OK;
}

void hc_dir_sweep(const char *path)
{
    DIR *dir = opendir(path);

    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        if (strlen(d->d_name) == sizeof TEMPORARY - 1 &&
            strncmp(d->d_name, TEMPORARY_PREFIX, sizeof TEMPORARY_PREFIX - 1) == 0)
            (void)unlinkat(dirfd(dir), d->d_name, 0);
    }
    if (dir)
        (void)closedir(dir);
}

struct hc_rc hc_dir_sync(const char *path, struct hc_err *e)
{
    return sync_directory(path) ? HC_OK : write_failed(path, e);
}

bool hc_file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}

static struct hc_rc stat_opened(const char *path, struct stat *st, struct hc_err *e)
{
    HC_FD fd = open_to_look(path);

    if (fd < 0 || fstat(fd, st) != 0)
        return open_failed(path, e);
    return HC_OK;
}

struct hc_rc hc_file_check_private(const char *path, struct hc_err *e)
{
    struct stat st;

    HC_TRY(e, stat_opened(path, &st, e));
    if (!S_ISREG(st.st_mode))
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s is not a regular file", path);
    if (st.st_mode & 077)
        return HC_FAIL(e, HC_E_PERMISSIONS, "%s has mode %04o, so others can use it; run: chmod go= '%s'", path,
                       (unsigned)st.st_mode & 07777, path);
    return HC_OK;
}

/* In a sticky directory (/tmp) others can add files, but not replace this one. */
static struct hc_rc check_one(const char *path, const struct stat *st, bool is_parent, struct hc_err *e)
{
    if (!(st->st_mode & 022) || (is_parent && (st->st_mode & S_ISVTX)))
        return HC_OK;
    return HC_FAIL(e, HC_E_PERMISSIONS, "%s has mode %04o, so others can write to it; run: chmod go-w '%s'", path,
                   (unsigned)st->st_mode & 07777, path);
}

static struct hc_rc check_parent(const char *path, struct hc_err *e)
{
    char dir[HC_PATH];
    struct stat st;

    if (!directory_of(path, dir) || stat(dir, &st) != 0)
        return open_failed(path, e);
    return check_one(dir, &st, true, e);
}

struct hc_rc hc_file_check_not_shared(const char *path, struct hc_err *e)
{
    char real[HC_PATH];
    struct stat st;

    HC_TRY(e, stat_opened(path, &st, e));
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return HC_FAIL(e, HC_E_FILE_UNREADABLE, "%s is neither a regular file nor a directory", path);
    HC_TRY(e, check_one(path, &st, false, e));
    HC_TRY(e, check_parent(path, e));
    if (!realpath(path, real)) /* behind a symbolic link the directory of the link and that of the file both count */
        return open_failed(path, e);
    return check_parent(real, e);
}

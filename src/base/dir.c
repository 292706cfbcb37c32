/* dir.c - directories: made with those above, listed in order, removed without following links. Declared in file.h. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* How deep a tree of ours can be: a home is three deep; the rest is room. Bounds recursion and open descriptors. */
#define TREE_DEPTH 32

struct hc_rc hc_path_join(char out[HC_PATH], const char *dir, const char *name, struct hc_err *e)
{
    size_t n = strlen(dir);
    const char *slash = n == 0 || dir[n - 1] == '/' ? "" : "/";

    if (n + strlen(slash) + strlen(name) >= HC_PATH)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of '%.64s' is longer than %d bytes", name, HC_PATH - 1);
    snprintf(out, HC_PATH, "%s%s%s", dir, slash, name);
    return HC_OK;
}

static struct hc_rc make_failed(const char *path, struct hc_err *e)
{
    bool full = errno == ENOSPC || errno == EDQUOT;

    return HC_FAIL_SYS(e, full ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, errno, "directory %s", path);
}

/* mkdir narrows the mode by the umask, so it is set once more on the very directory that was made. */
static bool make_one(const char *path, mode_t mode)
{
    HC_FD fd = -1;

    if (mkdir(path, mode) != 0)
        return errno == EEXIST;
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == EACCES)
        return true; /* a mode that keeps even its owner from reading needs no widening */
    return fd >= 0 && fchmod(fd, mode) == 0;
}

struct hc_rc hc_dir_make(const char *path, mode_t mode, struct hc_err *e)
{
    char part[HC_PATH];
    struct stat st;

    HC_TRY(e, hc_path_join(part, "", path, e));
    for (char *at = part + 1; part[0] && *at; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        if (!make_one(part, mode))
            return make_failed(part, e);
        *at = '/';
    }
    if (!make_one(path, mode) || stat(path, &st) != 0)
        return make_failed(path, e);
    if (S_ISDIR(st.st_mode))
        return HC_OK;
    errno = ENOTDIR;
    return make_failed(path, e);
}

static void close_dir(DIR **d)
{
    if (*d)
        closedir(*d);
}

#define AUTO_DIR __attribute__((cleanup(close_dir))) DIR

/* The next name that is neither "." nor ".."; NULL at the end, with errno 0, or after a failure. */
static const char *next_name(DIR *d)
{
    struct dirent *entry;

    do {
        errno = 0;
        entry = readdir(d);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    return entry ? entry->d_name : NULL;
}

/* Opens a directory below `at` for listing; a symbolic link is refused, so nothing outside the tree is ever reached. */
static DIR *open_below(int at, const char *name)
{
    HC_FD fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);

    if (d)
        fd = -1; /* closedir closes it */
    return d;
}

static bool remove_below(int at, const char *name, int depth);

static bool empty_dir(int at, const char *name, int depth)
{
    AUTO_DIR *d = open_below(at, name);
    const char *inner;

    if (!d)
        return errno == ENOENT;
    while ((inner = next_name(d)) != NULL)
        if (!remove_below(dirfd(d), inner, depth + 1))
            return false;
    return errno == 0;
}

static bool remove_below(int at, const char *name, int depth)
{
    if (depth > TREE_DEPTH) {
        errno = ELOOP;
        return false;
    }
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno != EISDIR)
        return false;
    return empty_dir(at, name, depth) && (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

struct hc_rc hc_dir_remove(const char *path, struct hc_err *e)
{
    if (!remove_below(AT_FDCWD, path, 0))
        return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "%s could not be removed", path);
    return HC_OK;
}

void hc_names_fini(struct hc_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    *names = (struct hc_names){0};
}

static bool add_name(struct hc_names *names, size_t *room, const char *name)
{
    size_t n = strlen(name) + 1;
    char *copy = malloc(n);

    if (!copy)
        return false;
    memcpy(copy, name, n);
    if (names->n == *room) {
        size_t wider = *room ? *room * 2 : 16;
        char **moved = realloc(names->name, wider * sizeof *moved);

        if (!moved) {
            free(copy);
            return false;
        }
        names->name = moved;
        *room = wider;
    }
    names->name[names->n++] = copy;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct listing {
    const char *path;
    const char *suffix;
    size_t max;
};

static struct hc_rc collect(DIR *d, const struct listing *wanted, struct hc_names *names, struct hc_err *e)
{
    size_t room = 0;
    const char *name;

    while ((name = next_name(d)) != NULL) {
        if (!hc_bytes_ends(hc_bytes_str(name), hc_bytes_str(wanted->suffix)))
            continue;
        if (names->n == wanted->max)
            return HC_FAIL(e, HC_E_TOO_BIG, "%s holds more than %zu files", wanted->path, wanted->max);
        if (!add_name(names, &room, name))
            return HC_FAIL(e, HC_E_NOMEM, "out of memory for the names in %s", wanted->path);
    }
    if (errno != 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNREADABLE, errno, "%s", wanted->path);
    return HC_OK;
}

struct hc_rc hc_dir_list(const char *path, const char *suffix, size_t max, struct hc_names *out, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};
    struct listing wanted = {.path = path, .suffix = suffix, .max = max};
    AUTO_DIR *d = opendir(path);

    if (!d)
        return HC_FAIL_SYS(e, errno == ENOENT ? HC_E_FILE_MISSING : HC_E_FILE_UNREADABLE, errno, "%s", path);
    HC_TRY(e, collect(d, &wanted, &names, e));
    if (names.n > 0)
        qsort(names.name, names.n, sizeof *names.name, by_name);
    *out = names;
    names = (struct hc_names){0};
    return HC_OK;
}

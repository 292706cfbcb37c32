/* move.c - rename(2), with the exchange that Linux offers, and the fsync that makes it last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/move.h"

static struct hc_rc fail_sys(int sys, const char *what, const char *path, struct hc_err *e)
{
    enum hc_code code = sys == ENOSPC || sys == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE;

    return HC_FAIL_SYS(e, code, sys, "cannot %s %s", what, path);
}

static struct hc_rc parent_of(const char *path, char out[HC_PATH], struct hc_err *e)
{
    char copy[HC_PATH];

    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path is longer than %d bytes", HC_PATH - 1);
    (void)snprintf(out, HC_PATH, "%s", dirname(copy));
    return HC_OK;
}

/* A name that no identity has: the encoding leaves no leading dot. Nor is it anybody else's. */
#define TEMPORARY ".handclasp-new-"

/* mkdtemp's name, and a directory of our own: in a home that is somebody's own directory too, "~/.new-website" is
 * theirs. */
static bool is_temporary(const char *name, const char *path)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *random = name + sizeof TEMPORARY - 1;
    struct stat st;

    return strncmp(name, TEMPORARY, sizeof TEMPORARY - 1) == 0 && strlen(random) == 6 && strspn(random, letters) == 6 &&
           lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

void hc_move_sweep(const char *path)
{
    char parent[HC_PATH], left[HC_PATH];
    struct hc_err ignored = {0};
    DIR *dir;

    if (hc_failed(parent_of(path, parent, &ignored)))
        return;
    dir = opendir(parent);
    for (struct dirent *d = dir ? readdir(dir) : NULL; d; d = readdir(dir)) {
        if (hc_ok(hc_path_join(left, parent, d->d_name, &ignored)) && is_temporary(d->d_name, left))
            hc_ignore(hc_dir_remove(left, &ignored));
    }
    if (dir)
        (void)closedir(dir);
}

struct hc_rc hc_move_temporary(const char *path, mode_t mode, char out[HC_PATH], struct hc_err *e)
{
    char parent[HC_PATH], made[HC_PATH];

    HC_TRY(e, parent_of(path, parent, e));
    HC_TRY(e, hc_dir_make(parent, 0755, e));
    if ((size_t)snprintf(made, sizeof made, "%.*s/" TEMPORARY "XXXXXX", HC_PATH - 32, parent) >= sizeof made)
        return HC_FAIL(e, HC_E_TOO_BIG, "a path is longer than %d bytes", HC_PATH - 1);
    if (!mkdtemp(made))
        return fail_sys(errno, "make a directory in", parent, e);
    if (chmod(made, mode) != 0) {
        int sys = errno;

        (void)rmdir(made);
        return fail_sys(sys, "set the mode of", made, e);
    }
    memcpy(out, made, sizeof made);
    return HC_OK;
}

static struct hc_rc sync_parent(const char *path, struct hc_err *e)
{
    char parent[HC_PATH];
    HC_FD fd = -1;

    HC_TRY(e, parent_of(path, parent, e));
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
        return fail_sys(errno, "make a change durable in", parent, e);
    return HC_OK;
}

struct hc_rc hc_move_rename(const char *from, const char *to, bool replace, bool *exchanged, struct hc_err *e)
{
    bool swap = false;

    if (rename(from, to) != 0) {
        if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
            return fail_sys(errno, "move a directory to", to, e);
        if (!replace)
            return HC_FAIL(e, HC_E_HOME_EXISTS, "%s is there already", to);
        if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) != 0)
            return fail_sys(errno, "replace", to, e);
        swap = true;
    }
    if (exchanged)
        *exchanged = swap;
    return HC_OK;
}

struct hc_rc hc_move_into_place(const char *from, const char *to, bool replace, bool *exchanged, struct hc_err *e)
{
    HC_TRY(e, hc_move_rename(from, to, replace, exchanged, e));
    return sync_parent(to, e);
}

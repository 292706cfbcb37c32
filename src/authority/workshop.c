/* workshop.c - a directory beside the identities, and the syncs that make what comes out of it last. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "authority/move.h"
#include "authority/workshop.h"

#define WORKSHOP ".new"   /* no identity has this name: the encoding leaves no leading dot */
#define BESIDE "identity" /* hc_move_temporary makes names beside a path */

static struct hc_rc set_paths(const char *dir, struct hc_workshop *w, struct hc_err *e)
{
    int parent = (int)(strrchr(dir, '/') - dir);

    if ((size_t)snprintf(w->path, HC_PATH, "%.*s/" WORKSHOP, parent, dir) >= HC_PATH - sizeof BESIDE) {
        w->path[0] = 0;
        return HC_FAIL(e, HC_E_TOO_BIG, "a path below the home is longer than %d bytes", HC_PATH - 1);
    }
    (void)snprintf(w->around, HC_PATH, "%.*s", parent, dir);
    return HC_OK;
}

static void sweep(const struct hc_workshop *w)
{
    char within[HC_PATH];
    struct hc_err ignored = {0};

    if (hc_ok(hc_path_join(within, w->path, BESIDE, &ignored)))
        hc_move_sweep(within); /* keys among it that nobody will ever use */
}

struct hc_rc hc_workshop_open(const char *dir, struct hc_workshop *w, struct hc_err *e)
{
    HC_TRY(e, set_paths(dir, w, e));
    HC_TRY(e, hc_dir_make(w->path, 0755, e));
    sweep(w);
    w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->fd < 0)
        return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "directory %s", w->path);
    return HC_OK;
}

void hc_workshop_close(struct hc_workshop *w)
{
    hc_fd_close(&w->fd);
    if (!w->path[0])
        return;
    sweep(w);
    (void)rmdir(w->path); /* only when nothing is left in it */
    w->path[0] = 0;
}

struct hc_rc hc_workshop_make(const struct hc_workshop *w, char made[HC_PATH], struct hc_err *e)
{
    char within[HC_PATH];

    HC_TRY(e, hc_path_join(within, w->path, BESIDE, e));
    return hc_move_temporary(within, 0755, made, e);
}

/* syncfs tells of failures since Linux 5.8 [syncfs(2)]; every system this is built for is newer. */
struct hc_rc hc_workshop_sync(const struct hc_workshop *w, struct hc_err *e)
{
    int sys = syncfs(w->fd) == 0 ? 0 : errno;

    if (sys != 0)
        return HC_FAIL_SYS(e, sys == ENOSPC || sys == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, sys,
                           "cannot make files durable in %s", w->path);
    return HC_OK;
}

struct hc_rc hc_workshop_place(const char *made, const char *to, struct hc_err *e)
{
    return hc_move_rename(made, to, true, NULL, e);
}

struct hc_rc hc_workshop_settle(const struct hc_workshop *w, struct hc_err *e)
{
    return hc_dir_sync(w->around, e);
}

void hc_workshop_discard(const char *made)
{
    struct hc_err ignored = {0};

    if (*made)
        hc_ignore(hc_dir_remove(made, &ignored)); /* what is left of it is in nobody's way */
}

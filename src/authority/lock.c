/* lock.c - flock(2) with a limit to its patience. */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "authority/head_inside.h"
#include "authority/home.h"
#include "authority/issuer_inside.h"
#include "authority/lock.h"
#include "authority/move.h"
#include "base/clock.h"
#include "ledger/ledger.h"

#define RETRY_MS 20 /* well below what a person notices, and cheap */

static struct hc_rc wait_for(int fd, const char *path, struct hc_err *e)
{
    uint64_t until = hc_mono_ms() + HC_LEDGER_BUSY_MS;
    struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_FILE_UNWRITABLE, errno, "cannot lock %s", path);
        if (hc_mono_ms() >= until)
            return HC_FAIL(e, HC_E_LEDGER_BUSY, "another process has held %s for %d seconds", path,
                           HC_LEDGER_BUSY_MS / 1000);
        (void)nanosleep(&pause, NULL);
    }
    return HC_OK;
}

/* What an init left that was killed after its last step. One that has still a step to go holds the home itself
 * (init.c). */
static void sweep_home(const char *home, const char *authority)
{
    HC_FD fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        hc_move_sweep(authority);
}

/* What killed processes left: nobody else writes there now. */
static void sweep(const char *home)
{
    static const enum hc_home_place places[] = {HC_HOME_AUTHORITY, HC_HOME_PUBLISH, HC_HOME_CRLS, HC_HOME_CAS};
    struct hc_err ignored = {0};
    char path[HC_PATH];

    for (size_t i = 0; i < HC_COUNT(places); i++) {
        if (hc_ok(hc_home_path(home, places[i], path, &ignored)))
            hc_dir_sweep(path);
        if (places[i] == HC_HOME_AUTHORITY)
            sweep_home(home, path);
    }
}

struct hc_rc hc_lock_take(const char *home, int *fd, struct hc_err *e)
{
    char path[HC_PATH];
    HC_FD got = -1;

    HC_TRY(e, hc_home_path(home, HC_HOME_LOCK, path, e));
    got = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (got < 0)
        return HC_FAIL_SYS(e, errno == ENOSPC || errno == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, errno,
                           "cannot open the lock %s", path);
    HC_TRY(e, wait_for(got, path, e));
    sweep(home);
    *fd = got;
    got = -1;
    return HC_OK;
}

struct hc_rc hc_lock_begin(struct hc_authority *a, int *fd, struct hc_err *e)
{
    HC_FD got = -1;

    HC_TRY(e, hc_lock_take(a->home, &got, e));
    HC_TRY(e, hc_issuer_refresh(a, e));
    HC_TRY(e, hc_head_recover(a, e));
    *fd = got;
    got = -1;
    return HC_OK;
}

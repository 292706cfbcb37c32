/*
 * backup.c - a copy of a ledger while it is in use.
 *
 * The copy is read within one transaction, so that it is the ledger of one moment however long it takes and whoever
 * writes meanwhile; it is made under another name and moved into place when it is complete and on the disk.
 */
#include "ledger/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "ledger/sqlite.h"

#define STEP_PAGES 256 /* a megabyte between two calls of `progress` */

/* Lies beside the target; the dot and the missing suffix keep it out of every listing this program makes. */
#define TEMPORARY ".handclasp-backup-XXXXXX"
#define TEMPORARY_ALONE ".handclasp-backup" /* of somebody who holds a lock */

static struct hc_rc file_failed(const struct hc_backup *b, int sys, struct hc_err *e)
{
    bool full = sys == ENOSPC || sys == EDQUOT || sys == EFBIG;

    if (sys == EEXIST)
        return HC_FAIL(e, HC_E_LEDGER_BACKUP_EXISTS, "%s exists", b->to);
    if (sys == ENOENT || sys == ENOTDIR)
        return HC_FAIL_SYS(e, HC_E_FILE_MISSING, sys, "%s: its directory", b->to);
    return HC_FAIL_SYS(e, full ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, sys, "%s", b->to);
}

static void connection_fini(struct hc_ledger *c)
{
    sqlite3_close_v2(c->db); /* ends its transaction, too */
}
#define CONNECTION(name) __attribute__((cleanup(connection_fini))) struct hc_ledger name = {0}

static struct hc_rc connect_to(const char *path, struct hc_ledger *c, struct hc_err *e)
{
    int rc = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc != SQLITE_OK)
        return hc_sqlite_fail(c->db, rc, "open", e);
    sqlite3_busy_timeout(c->db, HC_LEDGER_BUSY_MS);
    return HC_OK;
}

static int copy_pages(const struct hc_backup *b, struct sqlite3_backup *copy)
{
    int rc;

    do {
        rc = sqlite3_backup_step(copy, STEP_PAGES);
        if (b->progress && (rc == SQLITE_OK || rc == SQLITE_DONE)) {
            int64_t of = sqlite3_backup_pagecount(copy);

            b->progress(b->ctx, of - sqlite3_backup_remaining(copy), of);
        }
    } while (rc == SQLITE_OK);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Into the empty file `temporary`. */
static struct hc_rc fill(const struct hc_backup *b, const char *temporary, struct hc_err *e)
{
    CONNECTION(from);
    CONNECTION(to);
    struct sqlite3_backup *copy;
    int64_t ignored;
    int rc, end;

    HC_TRY(e, connect_to(b->from, &from, e));
    HC_TRY(e, connect_to(temporary, &to, e));
    HC_TRY(e, hc_sqlite_exec(&from, "PRAGMA query_only=ON; BEGIN", e));
    HC_TRY(e,
           hc_sqlite_number(&from, "SELECT count(*) FROM sqlite_schema", &ignored, e)); /* from now on: this moment */
    copy = sqlite3_backup_init(to.db, "main", from.db, "main");
    if (!copy)
        return hc_sqlite_fail(to.db, sqlite3_extended_errcode(to.db), "begin a backup", e);
    rc = copy_pages(b, copy);
    end = sqlite3_backup_finish(copy);
    if (rc != SQLITE_OK || end != SQLITE_OK)
        return hc_sqlite_fail(to.db, rc != SQLITE_OK ? rc : end, "write a backup", e);
    return hc_sqlite_exec(&to, "PRAGMA journal_mode=DELETE", e); /* one file, without a log beside it */
}

/* A name that is new, on file systems that lack the flag, too. */
static bool move_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) && link(from, to) == 0 && unlink(from) == 0;
}

static bool sync_directory(const char *dir)
{
    HC_FD fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 && (fsync(fd) == 0 || errno == EINVAL); /* EINVAL: this file system cannot */
}

static struct hc_rc place(const struct hc_backup *b, int fd, const char *temporary, const char *dir, struct hc_err *e)
{
    HC_TRY(e, fill(b, temporary, e));
    if (fsync(fd) != 0)
        return file_failed(b, errno, e);
    if (b->replace ? rename(temporary, b->to) != 0 : !move_new(temporary, b->to))
        return file_failed(b, errno, e);
    return sync_directory(dir) ? HC_OK : file_failed(b, errno, e);
}

static void remove_temporary(const char *temporary)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    char name[HC_PATH + 16];

    for (size_t i = 0; i < HC_COUNT(suffixes); i++) {
        (void)snprintf(name, sizeof name, "%s%s", temporary, suffixes[i]);
        (void)unlink(name); /* most of them are not there */
    }
}

/*
 * The file that is filled, empty and open, beside the target. Who replaces is alone with it (backup.h), and what a
 * killed process left of it goes first: a journal would be played back into the new one.
 */
static struct hc_rc open_temporary(const struct hc_backup *b, const char *dir, char out[HC_PATH], int *fd,
                                   struct hc_err *e)
{
    HC_TRY(e, hc_path_join(out, dir, b->replace ? TEMPORARY_ALONE : TEMPORARY, e));
    if (b->replace)
        remove_temporary(out);
    *fd = b->replace ? open(out, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : mkostemp(out, O_CLOEXEC);
    return *fd < 0 ? file_failed(b, errno, e) : HC_OK; /* both with mode 0600 */
}

struct hc_rc hc_backup_write(const struct hc_backup *b, struct hc_err *e)
{
    char copy[HC_PATH], temporary[HC_PATH];
    const char *dir;
    struct stat st;
    struct hc_rc rc;
    HC_FD fd = -1;

    if ((size_t)snprintf(copy, sizeof copy, "%s", b->to) >= sizeof copy)
        return HC_FAIL(e, HC_E_TOO_BIG, "the path of the backup has more than %d bytes", HC_PATH - 1);
    if (!b->replace && lstat(b->to, &st) == 0)
        return file_failed(b, EEXIST, e);
    dir = dirname(copy);
    HC_TRY(e, open_temporary(b, dir, temporary, &fd, e));
    rc = place(b, fd, temporary, dir, e);
    if (hc_failed(rc))
        remove_temporary(temporary);
    return rc;
}

struct hc_rc hc_ledger_backup(struct hc_ledger *l, const char *path,
                              void (*progress)(void *ctx, int64_t done, int64_t of), void *ctx, struct hc_err *e)
{
    struct hc_backup b = {.from = sqlite3_db_filename(l->db, "main"), .to = path, .progress = progress, .ctx = ctx};

    return hc_backup_write(&b, e);
}

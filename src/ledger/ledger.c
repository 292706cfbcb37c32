/*
 * ledger.c - opening, creating and transactions.
 *
 * A ledger file says what it is (application_id) and how new it is (user_version); both are looked at before anything
 * else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/file.h"
#include "ledger/ledger.h"
#include "ledger/migrate.h"
#include "ledger/schema.h"
#include "ledger/sqlite.h"

/* FULL: a commit is on the disk before it returns. cell_size_check and trusted_schema: a damaged or doctored file
 * shows early. temp_store: what undoes a savepoint is of use to a living process only. cache_size: 16 MiB. */
static const char every_connection[] = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
                                       "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384;";

/* Where a file says how it is written and read, and what it says when there is a write-ahead log [SQLite file format
 * 1.3.3]. */
#define HEADER_VERSIONS 18
#define HEADER_LOG 2

static struct hc_rc connect_to(const struct hc_ledger_options *o, struct hc_ledger *l, struct hc_err *e)
{
    int rc =
        sqlite3_open_v2(o->path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

    if (rc != SQLITE_OK)
        return hc_sqlite_fail(l->db, rc, "open", e);
    sqlite3_busy_timeout(l->db, HC_LEDGER_BUSY_MS);
    sqlite3_db_config(l->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return HC_OK;
}

static struct hc_rc check_kind(struct hc_ledger *l, const char *path, int64_t *version, struct hc_err *e)
{
    int64_t application = 0;

    HC_TRY(e, hc_sqlite_number(l, "PRAGMA application_id", &application, e));
    if (application != HC_SCHEMA_APPLICATION)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s is not a ledger of Handclasp", path);
    HC_TRY(e, hc_sqlite_number(l, "PRAGMA user_version", version, e));
    if (*version > HC_SCHEMA_VERSION)
        return HC_FAIL(e, HC_E_HOME_NEWER, "%s is a ledger of version %lld; this program knows versions up to %d", path,
                       (long long)*version, HC_SCHEMA_VERSION);
    if (*version < 1)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "%s says no version", path);
    return HC_OK;
}

/*
 * SQLite takes up whatever log lies beside the file, a log of another file too. A ledger in use says in its header that
 * it has one, a backup says that it has none (backup.c): one with a log was put back beside the log of the ledger
 * before, and to read both as one would mix them. The log is looked at first: a header that says otherwise was then
 * written before.
 */
static struct hc_rc refuse_foreign_log(const char *path, struct hc_ledger *l, struct hc_err *e)
{
    char log[HC_PATH + 16];
    sqlite3_file *file = NULL;
    uint8_t versions[2];
    struct stat st;

    (void)snprintf(log, sizeof log, "%s-wal", path);
    if (stat(log, &st) != 0 || st.st_size == 0)
        return HC_OK;
    if (sqlite3_file_control(l->db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file->pMethods ||
        file->pMethods->xRead(file, versions, sizeof versions, HEADER_VERSIONS) != SQLITE_OK)
        return HC_OK; /* whatever it is, reading it will tell */
    if (versions[0] == HEADER_LOG || versions[1] == HEADER_LOG)
        return HC_OK;
    return HC_FAIL(
        e, HC_E_LEDGER_DAMAGED,
        "%s is a backup that was put back, and %s-wal belongs to the ledger before it: remove %s-wal and %s-shm", path,
        path, path, path);
}

/* Reading a ledger in WAL mode takes its shared memory, which only a connection that may write can make; so a reader
 * opens like everybody and then renounces. */
static struct hc_rc open_existing(const struct hc_ledger_options *o, struct hc_ledger *l, struct hc_err *e)
{
    int64_t version = 0;

    if (access(o->path, F_OK) != 0 && errno == ENOENT)
        return HC_FAIL(e, HC_E_FILE_MISSING, "there is no ledger at %s; restore it from a backup", o->path);
    HC_TRY(e, connect_to(o, l, e));
    HC_TRY(e, refuse_foreign_log(o->path, l, e));
    if (o->read_only)
        HC_TRY(e, hc_sqlite_exec(l, "PRAGMA query_only=ON", e));
    HC_TRY(e, check_kind(l, o->path, &version, e));
    HC_TRY(e, hc_sqlite_exec(l, every_connection, e));
    if (o->read_only && version < HC_SCHEMA_VERSION)
        return HC_FAIL(e, HC_E_LEDGER_OLD, "%s is a ledger of version %lld; this program works with version %d",
                       o->path, (long long)version, HC_SCHEMA_VERSION);
    if (o->read_only)
        return HC_OK;
    HC_TRY(e, hc_sqlite_exec(l, "PRAGMA journal_mode=WAL", e)); /* a backup that was put back is not in this mode */
    return version < HC_SCHEMA_VERSION ? hc_migrate(l, o, e) : HC_OK;
}

static struct hc_rc fill_new(const struct hc_ledger_options *o, struct hc_ledger *l, struct hc_err *e)
{
    HC_TRY(e, connect_to(o, l, e));
    HC_TRY(e, hc_sqlite_exec(l, "PRAGMA journal_mode=WAL;", e));
    HC_TRY(e, hc_sqlite_exec(l, every_connection, e));
    HC_TRY(e, hc_ledger_begin(l, e));
    return hc_ledger_end(l, hc_sqlite_exec(l, hc_schema_sql, e), e);
}

static void remove_files(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    char name[HC_PATH + 16];

    for (size_t i = 0; i < HC_COUNT(suffixes); i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        (void)unlink(name); /* most of them are not there */
    }
}

/* The file is closed again before SQLite opens it: a close() later would take SQLite's own locks on it away [POSIX
 * fcntl]. */
static int make_file(const char *path)
{
    HC_FD fd = open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY, 0600);

    return fd < 0 ? errno : 0;
}

static struct hc_rc create_new(const struct hc_ledger_options *o, struct hc_ledger *l, struct hc_err *e)
{
    int sys = make_file(o->path);
    struct hc_rc rc;

    if (sys == EEXIST)
        return HC_FAIL(e, HC_E_HOME_EXISTS, "there is already a ledger at %s", o->path);
    if (sys != 0)
        return HC_FAIL_SYS(e, sys == ENOSPC || sys == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, sys,
                           "cannot create %s", o->path);
    rc = fill_new(o, l, e); /* SQLite's other files take the mode of this one */
    if (hc_failed(rc)) {
        sqlite3_close_v2(l->db);
        l->db = NULL;
        remove_files(o->path);
    }
    return rc;
}

struct hc_rc hc_ledger_open(const struct hc_ledger_options *o, struct hc_ledger **out, struct hc_err *e)
{
    HC_AUTO(hc_ledger) l = calloc(1, sizeof *l);

    if (!l)
        return HC_FAIL(e, HC_E_NOMEM, "no memory to open the ledger");
    l->sha256 = o->sha256;
    if (o->create)
        HC_TRY(e, create_new(o, l, e));
    else
        HC_TRY(e, open_existing(o, l, e));
    *out = HC_GIVE(l);
    return HC_OK;
}

static void roll_back(struct hc_ledger *l)
{
    if (!l->in_transaction)
        return;
    /* SQLite may have rolled back by itself (disk full, out of memory); then this says so and nothing is lost. */
    (void)sqlite3_exec(l->db, "ROLLBACK", NULL, NULL, NULL);
    l->in_transaction = false;
}

void hc_ledger_free(struct hc_ledger *l)
{
    if (!l)
        return;
    roll_back(l);
    hc_sqlite_forget(l);
    sqlite3_close_v2(l->db); /* NULL-safe */
    free(l);
}

struct hc_rc hc_ledger_begin(struct hc_ledger *l, struct hc_err *e)
{
    if (l->in_transaction)
        return HC_FAIL(e, HC_E_INTERNAL, "a transaction of the ledger within another");
    HC_TRY(e, hc_sqlite_exec(l, "BEGIN IMMEDIATE", e));
    l->in_transaction = true;
    return HC_OK;
}

struct hc_rc hc_ledger_end(struct hc_ledger *l, struct hc_rc work, struct hc_err *e)
{
    struct hc_rc rc = work;

    if (hc_ok(rc) && !l->in_transaction)
        return HC_FAIL(e, HC_E_INTERNAL, "the end of a transaction that never began");
    if (hc_ok(rc))
        rc = hc_sqlite_exec(l, "COMMIT", e);
    if (hc_failed(rc))
        roll_back(l);
    l->in_transaction = false;
    return rc;
}

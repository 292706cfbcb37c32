/* sqlite.c - statements, and what SQLite's codes mean to an operator. */
#include <errno.h>
#include <string.h>

#include <sqlite3.h>

#include "ledger/sqlite.h"

/* A write past RLIMIT_FSIZE or a quota is a full disk to whoever has to mend it. */
static bool disk_is_full(int sys)
{
    return sys == ENOSPC || sys == EDQUOT || sys == EFBIG;
}

static enum hc_code code_of(int rc, int sys)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HC_E_LEDGER_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return HC_E_LEDGER_DAMAGED;
    case SQLITE_FULL:
        return HC_E_DISK_FULL;
    case SQLITE_NOMEM:
        return HC_E_NOMEM;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH:
        return disk_is_full(sys) ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE;
    case SQLITE_IOERR:
        return disk_is_full(sys) ? HC_E_DISK_FULL : HC_E_LEDGER;
    default:
        return HC_E_LEDGER;
    }
}

/* The system's reason. SQLite keeps it in three places, depending on which file failed and when. */
static int system_reason(struct sqlite3 *db)
{
    int sys = sqlite3_system_errno(db);
    sqlite3_file *log = NULL;

    if (sys == 0 && sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK && log &&
        log->pMethods)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &sys);
    if (sys == 0)
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &sys);
    return sys;
}

struct hc_rc hc_sqlite_fail(struct sqlite3 *db, int rc, const char *what, struct hc_err *e)
{
    int sys = db && (rc & 0xff) != SQLITE_NOMEM ? system_reason(db) : 0;
    enum hc_code code = code_of(rc, sys);
    const char *file = db ? sqlite3_db_filename(db, "main") : NULL;
    struct hc_rc failed = HC_FAIL(e, code, "the ledger %s: could not %s: %s", file && *file ? file : "(not open)", what,
                                  db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));

    e->lib = (unsigned long)rc;
    e->sys = code == HC_E_DISK_FULL || (rc & 0xff) == SQLITE_IOERR ? sys : 0;
    return failed;
}

struct hc_rc hc_sqlite_exec(struct hc_ledger *l, const char *sql, struct hc_err *e)
{
    int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? HC_OK : hc_sqlite_fail(l->db, rc, "change its state", e);
}

void hc_sqlite_fini(struct hc_sqlite *st)
{
    if (st->busy) {
        sqlite3_reset(st->s); /* its result repeats what step said */
        sqlite3_clear_bindings(st->s);
        *st->busy = false;
    } else {
        sqlite3_finalize(st->s); /* NULL-safe; as above */
    }
    *st = (struct hc_sqlite){0};
}

struct hc_rc hc_sqlite_prepare(struct hc_ledger *l, const char *sql, struct hc_sqlite *st, struct hc_err *e)
{
    int rc = sqlite3_prepare_v2(l->db, sql, -1, &st->s, NULL);

    st->l = l;
    st->failed = SQLITE_OK;
    return rc == SQLITE_OK ? HC_OK : hc_sqlite_fail(l->db, rc, "prepare a query", e);
}

struct hc_rc hc_sqlite_prepare_kept(struct hc_ledger *l, const char *sql, struct hc_sqlite *st, struct hc_err *e)
{
    size_t i = 0;

    while (i < HC_SQLITE_KEPT && l->kept[i].sql && l->kept[i].sql != sql)
        i++;
    if (i == HC_SQLITE_KEPT || l->kept[i].busy) /* a callback asks what is being asked */
        return hc_sqlite_prepare(l, sql, st, e);
    if (!l->kept[i].sql) {
        HC_TRY(e, hc_sqlite_prepare(l, sql, st, e));
        l->kept[i].sql = sql;
        l->kept[i].s = st->s;
    }
    l->kept[i].busy = true;
    *st = (struct hc_sqlite){.l = l, .s = l->kept[i].s, .busy = &l->kept[i].busy};
    return HC_OK;
}

void hc_sqlite_forget(struct hc_ledger *l)
{
    for (size_t i = 0; i < HC_SQLITE_KEPT; i++) {
        sqlite3_finalize(l->kept[i].s);
        l->kept[i].s = NULL;
        l->kept[i].sql = NULL;
    }
}

static void keep(struct hc_sqlite *st, int rc)
{
    if (st->failed == SQLITE_OK)
        st->failed = rc;
}

void hc_sqlite_bind_text(struct hc_sqlite *st, int at, struct hc_bytes v)
{
    keep(st, sqlite3_bind_text64(st->s, at, v.n ? (const char *)v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8));
}

void hc_sqlite_bind_blob(struct hc_sqlite *st, int at, struct hc_bytes v)
{
    keep(st, v.n ? sqlite3_bind_blob64(st->s, at, v.p, v.n, SQLITE_STATIC) : sqlite3_bind_zeroblob(st->s, at, 0));
}

void hc_sqlite_bind_int(struct hc_sqlite *st, int at, int64_t v)
{
    keep(st, sqlite3_bind_int64(st->s, at, v));
}

struct hc_rc hc_sqlite_step(struct hc_sqlite *st, bool *row, struct hc_err *e)
{
    int rc = st->failed == SQLITE_OK ? sqlite3_step(st->s) : st->failed;

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return hc_sqlite_fail(st->l->db, rc, sqlite3_stmt_readonly(st->s) ? "read" : "write", e);
    *row = rc == SQLITE_ROW;
    return HC_OK;
}

struct hc_rc hc_sqlite_run(struct hc_sqlite *st, int64_t *changed, struct hc_err *e)
{
    bool row = true;

    while (row)
        HC_TRY(e, hc_sqlite_step(st, &row, e));
    if (changed)
        *changed = sqlite3_changes64(st->l->db);
    return HC_OK;
}

struct hc_bytes hc_sqlite_column(struct hc_sqlite *st, int at)
{
    const void *p = sqlite3_column_blob(st->s, at); /* before the length [SQLite: sqlite3_column_blob] */

    return hc_bytes_of(p, p ? (size_t)sqlite3_column_bytes(st->s, at) : 0);
}

int64_t hc_sqlite_column_int(struct hc_sqlite *st, int at)
{
    return sqlite3_column_int64(st->s, at);
}

bool hc_sqlite_column_null(struct hc_sqlite *st, int at)
{
    return sqlite3_column_type(st->s, at) == SQLITE_NULL;
}

char hc_sqlite_column_type(struct hc_sqlite *st, int at)
{
    int type = sqlite3_column_type(st->s, at);

    return type == SQLITE_INTEGER ? 'i' : type == SQLITE_TEXT ? 't' : type == SQLITE_BLOB ? 'b' : 0;
}

struct hc_rc hc_sqlite_number(struct hc_ledger *l, const char *sql, int64_t *out, struct hc_err *e)
{
    HC_SQLITE(st);
    bool row = false;

    HC_TRY(e, hc_sqlite_prepare(l, sql, &st, e));
    HC_TRY(e, hc_sqlite_step(&st, &row, e));
    *out = row ? hc_sqlite_column_int(&st, 0) : 0;
    return HC_OK;
}

struct hc_rc hc_sqlite_column_hash(struct hc_sqlite *st, int at, uint8_t out[HC_LEDGER_HASH], struct hc_err *e)
{
    struct hc_bytes v = hc_sqlite_column(st, at);

    if (v.n != HC_LEDGER_HASH)
        return HC_FAIL(e, HC_E_LEDGER_DAMAGED, "the ledger holds a hash of %zu bytes", v.n);
    memcpy(out, v.p, HC_LEDGER_HASH);
    return HC_OK;
}

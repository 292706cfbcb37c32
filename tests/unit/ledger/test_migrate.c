/* test_migrate.c - a ledger of version 1 becomes one of version 2, or stays what it was. */
#include "ledger/book.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/escape.h"

/* clang-format off */
#define NEVER(table, action)                                                                                           \
    "CREATE TRIGGER " table "_never_" action " BEFORE " action " ON " table " BEGIN SELECT RAISE(ABORT, '" table       \
    " are only ever added'); END;"

/* The tables as version 0.1.0 made them. */
static const char v1_sql[] =
    "PRAGMA application_id=1212369991;"
    "PRAGMA user_version=1;"
    "CREATE TABLE issuers ("
    " name TEXT PRIMARY KEY,"
    " parent TEXT NOT NULL,"
    " der BLOB NOT NULL UNIQUE,"
    " key_file TEXT NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " crl_number INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "CREATE TRIGGER issuers_crl_number_rises BEFORE UPDATE OF crl_number ON issuers"
    " WHEN NEW.crl_number <= OLD.crl_number BEGIN SELECT RAISE(ABORT, 'a CRL number must rise'); END;"
    "CREATE TABLE intents ("
    " id INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " who TEXT NOT NULL,"
    " door TEXT NOT NULL,"
    " issuer TEXT NOT NULL,"
    " serial BLOB NOT NULL,"
    " profile TEXT NOT NULL,"
    " identity TEXT NOT NULL,"
    " label TEXT NOT NULL,"
    " names TEXT NOT NULL,"
    " not_before INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " tbs BLOB NOT NULL,"
    " UNIQUE (issuer, serial)"
    ") STRICT;"
    "CREATE INDEX intents_by_identity ON intents (identity);"
    "CREATE INDEX intents_by_serial ON intents (serial);"
    "CREATE TABLE names ("
    " name TEXT NOT NULL,"
    " intent INTEGER NOT NULL REFERENCES intents (id),"
    " PRIMARY KEY (name, intent)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE certificates ("
    " intent INTEGER PRIMARY KEY REFERENCES intents (id),"
    " at INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL UNIQUE,"
    " der BLOB NOT NULL"
    ") STRICT;"
    "CREATE TABLE revocations ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " serial BLOB NOT NULL,"
    " at INTEGER NOT NULL,"
    " reason INTEGER NOT NULL,"
    " not_after INTEGER NOT NULL,"
    " PRIMARY KEY (issuer, serial)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE crls ("
    " issuer TEXT NOT NULL REFERENCES issuers (name),"
    " number INTEGER NOT NULL,"
    " this_update INTEGER NOT NULL,"
    " next_update INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL,"
    " PRIMARY KEY (issuer, number)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE events ("
    " number INTEGER PRIMARY KEY,"
    " at INTEGER NOT NULL,"
    " what TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " prev BLOB NOT NULL,"
    " hash BLOB NOT NULL"
    ") STRICT;"
    NEVER("intents", "UPDATE") NEVER("intents", "DELETE")
    NEVER("names", "UPDATE") NEVER("names", "DELETE")
    NEVER("certificates", "UPDATE") NEVER("certificates", "DELETE")
    NEVER("revocations", "UPDATE") NEVER("revocations", "DELETE")
    NEVER("crls", "UPDATE") NEVER("crls", "DELETE")
    NEVER("events", "UPDATE") NEVER("events", "DELETE");

static const char v1_rows[] =
    "INSERT INTO issuers VALUES ('root', '', x'0001', 'root.key', 5000, 1),"
    " ('issuing', 'root', x'0002', 'i.key', 4000, 2);"
    "INSERT INTO intents (id, at, who, door, issuer, serial, profile, identity, label, names, not_before,"
    " not_after, tbs) VALUES"
    " (1, 100, 'w', 'cli', 'issuing', x'0a', 'server', 'dns:a', '', 'dns:a' || char(10) || 'ip:192.0.2.1', 90, 900,"
    " x'aa'),"
    " (2, 300, 'w', 'cli', 'issuing', x'0b', 'server', 'dns:b', '', 'dns:b', 90, 900, x'bb'),"
    /* the clock was set back */
    " (3, 200, 'w', 'cli', 'issuing', x'0c', 'server', 'dns:c', 'x', 'dns:c', 90, 900, x'cc');"
    "INSERT INTO names VALUES ('dns:a', 1), ('ip:192.0.2.1', 1), ('dns:b', 2), ('dns:c', 3);"
    "INSERT INTO certificates VALUES (1, 101, zeroblob(32), x'a0'), (3, 50, x'11', x'c0');"
    "INSERT INTO revocations VALUES ('issuing', x'0a', 400, 1, 900);"
    "INSERT INTO crls VALUES ('root', 1, 80, 800, zeroblob(32)), ('issuing', 1, 350, 700, zeroblob(32)),"
    " ('issuing', 2, 410, 800, zeroblob(32));";
/* clang-format on */

static void exec(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void add_u64(struct hc_buf *out, uint64_t v)
{
    for (int i = 7; i >= 0; i--)
        hc_buf_add_byte(out, (uint8_t)(v >> (8 * i)));
}

/* An event as version 0.1.0 chained it. */
static void v1_event(sqlite3 *db, int number, int at, const char *what, uint8_t head[32])
{
    HC_BUF_AUTO(text, 4096);
    HC_BUF_AUTO(sql, 4096);

    hc_buf_addf(&sql, "INSERT INTO events VALUES (%d, %d, '%s', '{}', x'", number, at, what);
    hc_escape_hex(&sql, hc_bytes_of(head, 32), 0);
    hc_buf_add(&text, hc_bytes_of(head, 32));
    add_u64(&text, (uint64_t)number);
    add_u64(&text, (uint64_t)at);
    add_u64(&text, strlen(what));
    hc_buf_add_str(&text, what);
    add_u64(&text, 2);
    hc_buf_add_str(&text, "{}");
    hc_sha256(hc_buf_view(&text), head);
    hc_buf_add_str(&sql, "', x'");
    hc_escape_hex(&sql, hc_bytes_of(head, 32), 0);
    hc_buf_add_str(&sql, "')");
    exec(db, hc_buf_cstr(&sql));
}

struct v1 {
    struct book book;
    uint8_t head[32];
};

static int setup(void **state)
{
    static struct v1 v;
    sqlite3 *db = NULL;
    int fd;

    v = (struct v1){.book = {.dir = "/tmp/hc-ledger-XXXXXX"}};
    assert_non_null(mkdtemp(v.book.dir));
    (void)snprintf(v.book.path, sizeof v.book.path, "%s/ledger.db", v.book.dir);
    fd = open(v.book.path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(sqlite3_open(v.book.path, &db), SQLITE_OK);
    exec(db, "PRAGMA journal_mode=WAL");
    exec(db, v1_sql);
    exec(db, v1_rows);
    v1_event(db, 1, 70, "init", v.head);
    v1_event(db, 2, 102, "issue", v.head);
    v1_event(db, 3, 401, "revoke", v.head);
    v1_event(db, 4, 60, "odd clock", v.head);
    sqlite3_close(db);
    *state = &v;
    return 0;
}

static struct hc_rc open_it(struct book *b, struct hc_ledger **out, struct hc_err *e)
{
    struct hc_ledger_options o = book_options(b, false);

    o.now = 777;
    return hc_ledger_open(&o, out, e);
}

/* The version that the file at `path` says. */
static int version_at(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    int version;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    version = sqlite3_column_int(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return version;
}

static void old_path(const struct book *b, char out[128])
{
    (void)snprintf(out, 128, "%s.v1", b->path);
}

/* What one table holds, its rows by link, all columns as text. */
static void expect_rows(const struct book *b, const char *sql, const char *want)
{
    HC_BUF_AUTO(text, 4096);
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_open(b->path, &db), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(st) == SQLITE_ROW)
        hc_buf_addf(&text, "%s;", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    assert_string_equal(hc_buf_cstr(&text), want);
}

static struct hc_rc last_event(void *ctx, const struct hc_ledger_event *row, struct hc_err *e)
{
    (void)e;
    hc_buf_clear(ctx);
    hc_buf_addf(ctx, "%lld %lld %.*s %.*s", (long long)row->link, (long long)row->at, HC_BYTES_FMT(row->what),
                HC_BYTES_FMT(row->detail));
    return HC_OK;
}

static void an_old_ledger_is_migrated_when_it_is_opened(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    HC_BUF_AUTO(event, 512);
    HC_BUF_AUTO(want, 512);
    struct hc_ledger_link head;
    struct hc_err e;

    expect_ok(&e, open_it(b, &b->l, &e));
    expect_ok(&e, hc_ledger_check(b->l, NULL, &head, NULL, &e));
    assert_int_equal(head.number, 2 + 3 + 2 + 1 + 3 + 4 + 1);
    expect_ok(&e, hc_ledger_events(b->l, 0, last_event, &event, &e));
    hc_buf_add_str(&want, "16 777 migrate {\"from\":1,\"events\":4,\"head\":\"");
    hc_escape_hex(&want, hc_bytes_of(v->head, 32), 0);
    hc_buf_add_str(&want, "\"}");
    assert_string_equal(hc_buf_cstr(&event), hc_buf_cstr(&want));
    book_reopen(b);
    assert_int_equal(book_links(b), 16); /* once */
}

static void every_row_comes_along_in_a_sensible_order(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct hc_err e;

    expect_ok(&e, open_it(b, &b->l, &e));
    expect_rows(b, "SELECT link || name || parent || hex(der) || key_file || not_after FROM issuers ORDER BY link",
                "1root0001root.key5000;2issuingroot0002i.key4000;");
    expect_rows(
        b,
        "SELECT link || what FROM (SELECT link, 'intent' || id AS what FROM intents UNION ALL"
        " SELECT link, 'cert' || intent FROM certificates UNION ALL"
        " SELECT link, 'revocation' || hex(serial) FROM revocations UNION ALL"
        " SELECT link, 'crl' || issuer || number FROM crls UNION ALL SELECT link, what FROM events) ORDER BY link",
        "3init;4crlroot1;5intent1;6cert1;7issue;8intent2;9intent3;10cert3;11crlissuing1;12revoke;"
        "13odd clock;14crlissuing2;15revocation0A;16migrate;");
    expect_rows(
        b,
        "SELECT id || at || who || door || issuer || hex(serial) || profile || identity || label || hex(names) ||"
        " not_before || not_after || hex(tbs) || replaces FROM intents WHERE id = 1",
        "1100wcliissuing0Aserverdns:a646E733A610A69703A3139322E302E322E3190900AA0;");
    expect_rows(b, "SELECT name || intent FROM names ORDER BY intent, name", "dns:a1;ip:192.0.2.11;dns:b2;dns:c3;");
    expect_rows(b, "SELECT issuer || hex(serial) || at || reason || not_after FROM revocations", "issuing0A4001900;");
    expect_rows(b, "SELECT at FROM events WHERE what = 'odd clock'", "60;");
}

/* Nobody can tell any more whether the last CRL has them. */
static void old_revocations_count_as_not_yet_published(void **state)
{
    struct v1 *v = *state;
    bool since = false;
    struct hc_err e;

    expect_ok(&e, open_it(&v->book, &v->book.l, &e));
    expect_ok(&e, hc_ledger_revoked_since_crl(v->book.l, HC_BYTES("issuing"), 0, &since, &e));
    assert_true(since);
}

static void the_old_ledger_is_kept(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct stat st;
    struct hc_err e;
    char old[128];

    old_path(b, old);
    expect_ok(&e, hc_file_write_atomic(old, HC_BYTES("what a killed migration left"), 0644, &e));
    expect_ok(&e, open_it(b, &b->l, &e));
    assert_int_equal(stat(old, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(version_at(old), 1);
    (void)snprintf(b->path, sizeof b->path, "%s", old);
    expect_rows(b, "SELECT number || what FROM events ORDER BY number", "1init;2issue;3revoke;4odd clock;");
}

static void a_reader_does_not_migrate(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct hc_ledger_options o = book_options(b, false);
    char old[128];
    struct hc_err e;

    o.read_only = true;
    expect_fail(&e, hc_ledger_open(&o, &b->l, &e), HC_E_LEDGER_OLD);
    assert_int_equal(version_at(b->path), 1);
    old_path(b, old);
    assert_false(hc_file_exists(old));
}

static void expect_refused(struct v1 *v, const char *sql)
{
    struct book *b = &v->book;
    char old[128];
    struct hc_err e;

    book_sql(b, "DROP TRIGGER events_never_UPDATE; DROP TRIGGER events_never_DELETE;"
                "DROP TRIGGER certificates_never_UPDATE");
    book_sql(b, sql);
    expect_fail(&e, open_it(b, &b->l, &e), HC_E_LEDGER_DAMAGED);
    assert_int_equal(version_at(b->path), 1);
    old_path(b, old);
    assert_false(hc_file_exists(old));
}

static void a_changed_old_event_stops_it(void **state)
{
    expect_refused(*state, "UPDATE events SET what = 'x' WHERE number = 2");
}

static void a_removed_old_event_stops_it(void **state)
{
    expect_refused(*state, "DELETE FROM events WHERE number = 1");
}

static void an_old_event_that_does_not_continue_the_last_stops_it(void **state)
{
    expect_refused(*state, "UPDATE events SET prev = zeroblob(32) WHERE number = 3");
}

static void an_old_hash_of_another_length_stops_it(void **state)
{
    expect_refused(*state, "UPDATE events SET hash = x'00' WHERE number = 4");
}

static void a_certificate_of_no_intent_stops_it_and_changes_nothing(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct hc_err e;

    book_sql(b, "PRAGMA foreign_keys=OFF; INSERT INTO certificates VALUES (99, 1, x'99', x'99')");
    expect_fail(&e, open_it(b, &b->l, &e), HC_E_LEDGER_DAMAGED);
    assert_int_equal(version_at(b->path), 1);
    expect_rows(b, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'v1%'", "0;");
    expect_rows(b, "SELECT count(*) FROM intents", "3;");
}

static struct hc_rc migrate_once(void *ctx, struct hc_err *e)
{
    struct book *b = ctx;
    HC_AUTO(hc_ledger) l = NULL;

    return open_it(b, &l, e);
}

static void a_missing_trigger_does_not_stop_it(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct hc_err e;

    book_sql(b, "DROP TRIGGER crls_never_DELETE; DROP INDEX intents_by_serial");
    expect_ok(&e, open_it(b, &b->l, &e));
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

static void migrating_survives_every_failed_allocation(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    struct hc_err e;

    assert_true(fault_sweep(migrate_once, b) > 20);
    book_reopen(b);
    assert_int_equal(book_links(b), 16);
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

/* In children whose files may not grow beyond ever higher limits: each is stopped somewhere else, and killed there. */
static int migrate_in(struct book *b, rlim_t limit)
{
    struct rlimit small = {.rlim_cur = limit, .rlim_max = limit};
    struct hc_ledger *l = NULL;
    struct hc_err e;

    signal(SIGXFSZ, SIG_DFL); /* kills */
    setrlimit(RLIMIT_FSIZE, &small);
    return hc_ok(open_it(b, &l, &e)) ? 0 : 1;
}

static void a_migration_that_is_killed_leaves_the_old_ledger(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    int killed = 0, status = 1;
    struct hc_err e;

    for (rlim_t limit = 4096; status != 0; limit += 16384) {
        pid_t child = fork();

        if (child == 0)
            _exit(migrate_in(b, limit));
        assert_int_equal(waitpid(child, &status, 0), child);
        killed += WIFSIGNALED(status);
        if (status != 0)
            assert_int_equal(version_at(b->path), 1);
        assert_true(limit < 4 << 20);
    }
    assert_true(killed > 3);
    book_reopen(b);
    assert_int_equal(book_links(b), 16);
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

static void two_processes_migrate_it_once(void **state)
{
    struct v1 *v = *state;
    struct book *b = &v->book;
    pid_t child[2];
    struct hc_err e;

    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0)
            _exit(migrate_in(b, RLIM_INFINITY));
    }
    for (int i = 0; i < 2; i++) {
        int status = 1;

        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_int_equal(status, 0);
    }
    expect_ok(&e, open_it(b, &b->l, &e));
    assert_int_equal(book_links(b), 16);
    expect_ok(&e, hc_ledger_check(b->l, NULL, NULL, NULL, &e));
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_old_ledger_is_migrated_when_it_is_opened),
        LEDGER_TEST(every_row_comes_along_in_a_sensible_order),
        LEDGER_TEST(old_revocations_count_as_not_yet_published),
        LEDGER_TEST(the_old_ledger_is_kept),
        LEDGER_TEST(a_reader_does_not_migrate),
        LEDGER_TEST(a_changed_old_event_stops_it),
        LEDGER_TEST(a_removed_old_event_stops_it),
        LEDGER_TEST(an_old_event_that_does_not_continue_the_last_stops_it),
        LEDGER_TEST(an_old_hash_of_another_length_stops_it),
        LEDGER_TEST(a_certificate_of_no_intent_stops_it_and_changes_nothing),
        LEDGER_TEST(a_missing_trigger_does_not_stop_it),
        LEDGER_TEST(migrating_survives_every_failed_allocation),
        LEDGER_TEST(a_migration_that_is_killed_leaves_the_old_ledger),
        LEDGER_TEST(two_processes_migrate_it_once),
    };

    return cmocka_run_group_tests_name("ledger/migrate", tests, NULL, NULL);
}

/* test_ledger.c - opening, creating, what is refused, transactions, a full disk. */
#include "ledger/book.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void write_file(const char *path, const char *text)
{
    struct hc_err e;

    expect_ok(&e, hc_file_write_atomic(path, hc_bytes_str(text), 0600, &e));
}

static void a_new_ledger_is_private_and_opens_again(void **state)
{
    struct book *b = *state;
    struct stat st;

    assert_int_equal(stat(b->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    book_reopen(b);
}

static void creating_never_overwrites(void **state)
{
    struct book *b = *state;
    struct hc_ledger_options o = book_options(b, true);
    struct hc_ledger *l = NULL;
    struct hc_err e;

    expect_fail(&e, hc_ledger_open(&o, &l, &e), HC_E_HOME_EXISTS);
    assert_null(l);
}

static void a_missing_ledger_is_said_to_be_missing(void **state)
{
    struct hc_ledger_options o = {.path = "/tmp/hc-ledger-none/ledger.db", .sha256 = hc_sha256};
    struct hc_ledger *l = NULL;
    struct hc_err e;

    (void)state;
    expect_fail(&e, hc_ledger_open(&o, &l, &e), HC_E_FILE_MISSING);
}

static void what_is_no_ledger_is_damaged(void **state)
{
    static const char *const texts[] = {"", "not a database, but long enough to have a header of a hundred bytes; "
                                            "SQLite reads that many before it judges. And some more."};
    struct book *b = *state;
    struct hc_ledger_options o = book_options(b, false);
    struct hc_ledger *l = NULL;
    struct hc_err e;

    book_close(b);
    for (size_t i = 0; i < 2; i++) {
        write_file(b->path, texts[i]);
        expect_fail(&e, hc_ledger_open(&o, &l, &e), HC_E_LEDGER_DAMAGED);
    }
    assert_int_equal(unlink(b->path), 0);
    book_sql(b, "CREATE TABLE other (x)");
    expect_fail(&e, hc_ledger_open(&o, &l, &e), HC_E_LEDGER_DAMAGED);
}

static void a_ledger_of_a_newer_version_is_refused(void **state)
{
    struct book *b = *state;
    struct hc_ledger_options o = book_options(b, false);
    struct hc_ledger *l = NULL;
    struct hc_err e;

    book_close(b);
    book_sql(b, "PRAGMA user_version=3");
    expect_fail(&e, hc_ledger_open(&o, &l, &e), HC_E_HOME_NEWER);
}

static struct hc_rc put_event(struct book *b, struct hc_err *e)
{
    return hc_ledger_put_event(b->l, 1, "x", HC_BYTES("{}"), e);
}

static void a_reader_reads_beside_a_writer_and_writes_nothing(void **state)
{
    struct book *b = *state, reader = *b;
    struct hc_ledger_options o = book_options(b, false);
    struct hc_err e;

    o.read_only = true;
    expect_ok(&e, put_event(b, &e));
    expect_ok(&e, hc_ledger_open(&o, &reader.l, &e));
    assert_int_equal(book_links(&reader), 1);
    expect_fail(&e, put_event(&reader, &e), HC_E_FILE_UNWRITABLE);
    expect_ok(&e, put_event(b, &e));
    assert_int_equal(book_links(&reader), 2);
    book_close(&reader);
    book_close(b);
    expect_ok(&e, hc_ledger_open(&o, &reader.l, &e)); /* nobody else has it open, and there is no log */
    assert_int_equal(book_links(&reader), 2);
    book_close(&reader);
}

static void a_backup_that_was_put_back_gets_its_write_ahead_log_again(void **state)
{
    struct book *b = *state;
    char copy[128], wal[128];
    struct hc_err e;

    (void)snprintf(copy, sizeof copy, "%s/copy.db", b->dir);
    (void)snprintf(wal, sizeof wal, "%s-wal", b->path);
    expect_ok(&e, put_event(b, &e));
    expect_ok(&e, hc_ledger_backup(b->l, copy, NULL, NULL, &e));
    book_close(b);
    assert_int_equal(rename(copy, b->path), 0);
    assert_false(hc_file_exists(wal));
    book_reopen(b);
    expect_ok(&e, put_event(b, &e));
    assert_true(hc_file_exists(wal));
    assert_int_equal(book_links(b), 2);
}

/* A process was killed, so its log is still there; and over the ledger somebody has copied a backup. */
static void a_backup_beside_the_log_of_the_ledger_before_is_refused(void **state)
{
    struct book *b = *state;
    HC_BUF_AUTO(old, 1 << 20);
    HC_BUF_AUTO(log, 1 << 20);
    struct hc_ledger_options o = book_options(b, false);
    char backup[128], wal[128];
    struct hc_err e;

    (void)snprintf(backup, sizeof backup, "%s/backup.db", b->dir);
    (void)snprintf(wal, sizeof wal, "%s-wal", b->path);
    book_issuer(b, "root", "");
    expect_ok(&e, hc_ledger_backup(b->l, backup, NULL, NULL, &e));
    book_issuer(b, "issuing", "root");
    expect_ok(&e, hc_file_read(wal, &log, &e));
    expect_ok(&e, hc_file_read(backup, &old, &e));
    assert_true(log.n > 0);
    book_close(b);
    expect_ok(&e, hc_file_write_atomic(b->path, hc_buf_view(&old), 0600, &e));
    expect_ok(&e, hc_file_write_atomic(wal, hc_buf_view(&log), 0600, &e));

    expect_fail(&e, hc_ledger_open(&o, &b->l, &e), HC_E_LEDGER_DAMAGED);
    assert_non_null(strstr(e.text, "belongs to the ledger before it: remove "));
    o.read_only = true;
    expect_fail(&e, hc_ledger_open(&o, &b->l, &e), HC_E_LEDGER_DAMAGED);
    assert_int_equal(unlink(wal), 0);
    book_reopen(b);
    assert_int_equal(book_links(b), 1);
}

static void the_write_ahead_log_is_private_too(void **state)
{
    struct book *b = *state;
    struct stat st;
    char wal[128];

    book_issuer(b, "root", "");
    (void)snprintf(wal, sizeof wal, "%s-wal", b->path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static struct hc_rc count_issuer(void *ctx, const struct hc_ledger_issuer *row, struct hc_err *e)
{
    (void)row;
    (void)e;
    ++*(int *)ctx;
    return HC_OK;
}

static int issuers(struct book *b)
{
    struct hc_err e;
    int n = 0;

    expect_ok(&e, hc_ledger_issuers(b->l, count_issuer, &n, &e));
    return n;
}

static void a_transaction_keeps_what_succeeded_and_forgets_what_failed(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    expect_ok(&e, hc_ledger_begin(b->l, &e));
    book_issuer(b, "root", "");
    expect_fail(&e, hc_ledger_end(b->l, HC_FAIL(&e, HC_E_TOO_BIG, "the work's own reason"), &e), HC_E_TOO_BIG);
    assert_string_equal(e.text, "the work's own reason");
    assert_int_equal(issuers(b), 0);
    expect_ok(&e, hc_ledger_begin(b->l, &e));
    expect_fail(&e, hc_ledger_begin(b->l, &e), HC_E_INTERNAL);
    book_issuer(b, "root", "");
    expect_ok(&e, hc_ledger_end(b->l, HC_OK, &e));
    expect_fail(&e, hc_ledger_end(b->l, HC_OK, &e), HC_E_INTERNAL);
    book_reopen(b);
    assert_int_equal(issuers(b), 1);
}

static void an_open_transaction_is_rolled_back_when_the_ledger_is_freed(void **state)
{
    struct book *b = *state;
    struct hc_err e;

    expect_ok(&e, hc_ledger_begin(b->l, &e));
    book_issuer(b, "root", "");
    book_reopen(b);
    assert_int_equal(issuers(b), 0);
}

/* In a child, because the limit cannot be lifted for what it has hit. Exit code 0 when everything was as it should
 * be. */
static int fill_the_disk(struct book *b)
{
    struct rlimit small = {.rlim_cur = 160 * 1024, .rlim_max = 160 * 1024};
    uint8_t der[8192] = {0};
    struct hc_ledger_issuer row = {
        .parent = HC_BYTES(""), .key_file = HC_BYTES("k"), .der = hc_bytes_of(der, sizeof der)};
    struct hc_rc rc = HC_OK;
    struct hc_err e = {0};
    char name[16];
    int kept = 0, there = 0;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; hc_ok(rc) && i < 1000; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        memset(der, i, sizeof der);
        memcpy(der, name, sizeof name);
        row.name = hc_bytes_str(name);
        rc = hc_ledger_put_issuer(b->l, &row, &e);
        kept += hc_ok(rc);
    }
    if (rc.code != HC_E_DISK_FULL) {
        fprintf(stderr, "# wanted HC_E_DISK_FULL, got %d %s\n", (int)rc.code, e.text);
        return 1;
    }
    if (hc_failed(hc_ledger_issuers(b->l, count_issuer, &there, &e)))
        return 2;
    return there == kept && kept > 0 ? 0 : 3;
}

static void a_full_disk_is_told_and_loses_nothing(void **state)
{
    struct book *b = *state;
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(fill_the_disk(b));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

struct open_case {
    struct hc_ledger_options o;
};

static struct hc_rc open_once(void *ctx, struct hc_err *e)
{
    struct open_case *c = ctx;
    HC_AUTO(hc_ledger) l = NULL;

    return hc_ledger_open(&c->o, &l, e);
}

static void opening_survives_every_failed_allocation(void **state)
{
    struct book *b = *state;
    struct open_case c = {.o = book_options(b, false)};

    fault_sweep(open_once, &c);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, book_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_new_ledger_is_private_and_opens_again),
        LEDGER_TEST(creating_never_overwrites),
        LEDGER_TEST(a_missing_ledger_is_said_to_be_missing),
        LEDGER_TEST(what_is_no_ledger_is_damaged),
        LEDGER_TEST(a_ledger_of_a_newer_version_is_refused),
        LEDGER_TEST(a_reader_reads_beside_a_writer_and_writes_nothing),
        LEDGER_TEST(a_backup_that_was_put_back_gets_its_write_ahead_log_again),
        LEDGER_TEST(a_backup_beside_the_log_of_the_ledger_before_is_refused),
        LEDGER_TEST(the_write_ahead_log_is_private_too),
        LEDGER_TEST(a_transaction_keeps_what_succeeded_and_forgets_what_failed),
        LEDGER_TEST(an_open_transaction_is_rolled_back_when_the_ledger_is_freed),
        LEDGER_TEST(a_full_disk_is_told_and_loses_nothing),
        LEDGER_TEST(opening_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/ledger", tests, NULL, NULL);
}

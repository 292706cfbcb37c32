/* test_backup.c - a copy is the ledger of one moment, one file, whole or not there. */
#include "ledger/full.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void path_of(const struct book *b, const char *name, char out[128])
{
    (void)snprintf(out, 128, "%s/%s", b->dir, name);
}

/* How many entries the directory of the ledger has whose names hold `part`. */
static int entries(const char *dir, const char *part)
{
    DIR *d = opendir(dir);
    int n = 0;

    assert_non_null(d);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d))
        n += strstr(entry->d_name, part) != NULL;
    closedir(d);
    return n;
}

static void take_progress(void *ctx, int64_t done, int64_t of)
{
    int64_t *last = ctx;

    assert_true(done >= *last && done <= of);
    *last = done;
}

static void a_backup_is_the_whole_ledger_in_one_private_file(void **state)
{
    struct book *b = *state, copy = *b;
    struct hc_ledger_link head, there;
    struct stat st;
    struct hc_err e;
    int64_t done = 0;
    char to[128];

    path_of(b, "copy.db", to);
    expect_ok(&e, hc_ledger_backup(b->l, to, take_progress, &done, &e));
    assert_true(done > 0);
    assert_int_equal(stat(to, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries(b->dir, "copy.db"), 1); /* no journal beside it */
    assert_int_equal(entries(b->dir, ".handclasp-"), 0);
    (void)snprintf(copy.path, sizeof copy.path, "%s", to);
    copy.l = NULL;
    book_reopen(&copy);
    expect_ok(&e, hc_ledger_check(copy.l, NULL, &there, NULL, &e));
    expect_ok(&e, hc_ledger_head(b->l, &head, &e));
    assert_memory_equal(&head, &there, sizeof head);
    full_event(&copy, "it can be written on");
    book_close(&copy);
}

static void a_backup_never_overwrites(void **state)
{
    struct book *b = *state;
    struct hc_err e;
    char to[128];

    path_of(b, "copy.db", to);
    expect_ok(&e, hc_file_write_atomic(to, HC_BYTES("precious"), 0600, &e));
    expect_fail(&e, hc_ledger_backup(b->l, to, NULL, NULL, &e), HC_E_LEDGER_BACKUP_EXISTS);
    expect_fail(&e, hc_ledger_backup(b->l, b->path, NULL, NULL, &e), HC_E_LEDGER_BACKUP_EXISTS);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(symlink("nowhere", to), 0);
    expect_fail(&e, hc_ledger_backup(b->l, to, NULL, NULL, &e), HC_E_LEDGER_BACKUP_EXISTS);
    assert_int_equal(entries(b->dir, ".handclasp-"), 0);
}

/* Somebody makes the file while the copy is being written. */
static void make_rival(void *ctx, int64_t done, int64_t of)
{
    (void)done;
    (void)of;
    close(open(ctx, O_CREAT | O_WRONLY, 0600));
}

static void a_file_that_appears_meanwhile_is_not_overwritten_either(void **state)
{
    struct book *b = *state;
    struct stat st;
    struct hc_err e;
    char to[128];

    path_of(b, "copy.db", to);
    expect_fail(&e, hc_ledger_backup(b->l, to, make_rival, to, &e), HC_E_LEDGER_BACKUP_EXISTS);
    assert_int_equal(stat(to, &st), 0);
    assert_int_equal(st.st_size, 0);
    assert_int_equal(entries(b->dir, ".handclasp-"), 0);
}

static void a_missing_directory_is_said_to_be_missing(void **state)
{
    struct book *b = *state;
    char to[128];
    struct hc_err e;

    path_of(b, "none/copy.db", to);
    expect_fail(&e, hc_ledger_backup(b->l, to, NULL, NULL, &e), HC_E_FILE_MISSING);
}

static struct book *other_writer(void)
{
    static struct book other;

    return &other;
}

static void write_meanwhile(void *ctx, int64_t done, int64_t of)
{
    (void)ctx;
    (void)done;
    (void)of;
    full_event(other_writer(), "meanwhile");
}

static void a_backup_is_of_one_moment_while_another_writes(void **state)
{
    struct book *b = *state, copy = *b, *other = other_writer();
    struct hc_ledger_options o = book_options(b, false);
    struct hc_ledger_link there;
    static uint8_t big[60000];
    struct hc_err e;
    char to[128];

    memset(big, 'x', sizeof big);
    for (int i = 0; i < 60; i++) /* several steps of a megabyte */
        expect_ok(&e, hc_ledger_put_event(b->l, 1, "big", hc_bytes_of(big, sizeof big), &e));
    *other = *b;
    expect_ok(&e, hc_ledger_open(&o, &other->l, &e));
    path_of(b, "copy.db", to);
    expect_ok(&e, hc_ledger_backup(b->l, to, write_meanwhile, NULL, &e));
    book_close(other);
    assert_true(book_links(b) >= FULL_LINKS + 60 + 3);
    (void)snprintf(copy.path, sizeof copy.path, "%s", to);
    copy.l = NULL;
    book_reopen(&copy);
    expect_ok(&e, hc_ledger_check(copy.l, NULL, &there, NULL, &e));
    assert_int_equal(there.number, FULL_LINKS + 60);
    book_close(&copy);
}

static void what_is_not_committed_is_not_in_the_backup(void **state)
{
    struct book *b = *state, copy = *b;
    struct hc_err e;
    char to[128];

    path_of(b, "copy.db", to);
    expect_ok(&e, hc_ledger_begin(b->l, &e));
    full_event(b, "perhaps");
    expect_ok(&e, hc_ledger_backup(b->l, to, NULL, NULL, &e));
    expect_fail(&e, hc_ledger_end(b->l, HC_FAIL(&e, HC_E_TOO_BIG, "not this time"), &e), HC_E_TOO_BIG);
    (void)snprintf(copy.path, sizeof copy.path, "%s", to);
    copy.l = NULL;
    book_reopen(&copy);
    assert_int_equal(book_links(&copy), FULL_LINKS);
    book_close(&copy);
}

/* In a child, because the limit cannot be lifted. */
static int fill_the_disk(struct book *b, const char *to)
{
    struct rlimit small = {.rlim_cur = 50 * 1024, .rlim_max = 50 * 1024};
    struct hc_err e = {0};
    struct hc_rc rc;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    rc = hc_ledger_backup(b->l, to, NULL, NULL, &e);
    if (rc.code != HC_E_DISK_FULL)
        fprintf(stderr, "# wanted HC_E_DISK_FULL, got %d %s\n", (int)rc.code, e.text);
    return rc.code == HC_E_DISK_FULL ? 0 : 1;
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    struct book *b = *state;
    char to[128];
    int status = 0;
    pid_t child;

    path_of(b, "copy.db", to);
    child = fork();
    if (child == 0)
        _exit(fill_the_disk(b, to));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(entries(b->dir, "copy.db"), 0);
    assert_int_equal(entries(b->dir, ".handclasp-"), 0);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, full_setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(a_backup_is_the_whole_ledger_in_one_private_file),
        LEDGER_TEST(a_backup_never_overwrites),
        LEDGER_TEST(a_file_that_appears_meanwhile_is_not_overwritten_either),
        LEDGER_TEST(a_missing_directory_is_said_to_be_missing),
        LEDGER_TEST(a_backup_is_of_one_moment_while_another_writes),
        LEDGER_TEST(what_is_not_committed_is_not_in_the_backup),
        LEDGER_TEST(a_full_disk_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("ledger/backup", tests, make_fixture, free_fixture);
}

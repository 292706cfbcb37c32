/* test_floor.c - what a gate remembers beyond a restart, and whose word about it is believed. */
#include "hc_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "gate/floor.h"
#include "pki/crl.h"

/* The floor asks a set for its marks and for nothing else; here a set is a list of them. */
struct hc_revocation {
    struct hc_revocation_mark mark[HC_FLOOR_CRLS + 8];
    uint8_t number[HC_FLOOR_CRLS + 8];
    size_t n;
};

void hc_revocation_marks(const struct hc_revocation *r, void (*each)(void *ctx, const struct hc_revocation_mark *mark),
                         void *ctx)
{
    for (size_t i = 0; i < r->n; i++)
        each(ctx, &r->mark[i]);
}

struct fixture {
    char dir[64];
    char path[96];
    struct hc_revocation set;
    enum hc_code alarm; /* the last one */
    unsigned alarms;
    char said[1024];
};

static void alarmed(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct fixture *f = ctx;

    f->alarm = code;
    f->alarms++;
    snprintf(f->said, sizeof f->said, "%s: %s", source, text);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->dir, sizeof f->dir, "/tmp/hc-floor-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/gate-shop.floor", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    hc_ignore(hc_dir_remove(f->dir, &e));
    free(f);
    return 0;
}

/* A CRL of issuer `who`. */
static struct hc_revocation_mark mark(struct fixture *f, uint8_t who, uint8_t number, int64_t date)
{
    static uint8_t numbers[256];
    struct hc_revocation_mark m = {.this_update = date};

    (void)f;
    memset(m.whose, who, sizeof m.whose);
    numbers[number] = number;
    m.number = hc_bytes_of(&numbers[number], 1);
    return m;
}

static void note(struct fixture *f, struct hc_floor *floor, struct hc_revocation_mark m)
{
    struct hc_err e = {0};

    f->set.mark[0] = m;
    f->set.n = 1;
    expect_ok(&e, hc_floor_note(floor, &f->set, &e));
}

static struct hc_floor *open_floor(struct fixture *f)
{
    struct hc_floor *floor = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_floor_open(f->path, alarmed, f, &floor, &e));
    return floor;
}

static bool knows_newer(struct fixture *f, struct hc_floor *floor, uint8_t who, uint8_t number, int64_t date)
{
    struct hc_revocation_mark m = mark(f, who, number, date);

    return hc_floor_knows_newer(floor, &m);
}

#define THEN 1700000000 /* long ago */

static void a_new_gate_remembers_nothing(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    struct hc_err e = {0};

    assert_true(hc_floor_time(floor) == INT64_MIN);
    assert_false(knows_newer(f, floor, 1, 1, 0));
    expect_ok(&e, hc_floor_note(floor, NULL, &e));
    assert_false(hc_file_exists(f->path)); /* there is nothing to write */
    assert_int_equal(f->alarms, 0);
}

static void the_newest_crl_of_each_issuer_is_known_after_a_restart(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    struct stat st;

    note(f, floor, mark(f, 1, 7, THEN));
    note(f, floor, mark(f, 2, 3, THEN + 50));
    hc_floor_free(floor);
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    floor = open_floor(f);
    assert_int_equal(f->alarms, 0);
    assert_true(hc_floor_time(floor) == THEN + 50);
    assert_true(knows_newer(f, floor, 1, 6, THEN));
    assert_true(knows_newer(f, floor, 1, 8, THEN - 1)); /* a greater number of an earlier day is older too */
    assert_false(knows_newer(f, floor, 1, 7, THEN));
    assert_false(knows_newer(f, floor, 1, 8, THEN + 1));
    assert_true(knows_newer(f, floor, 2, 2, THEN + 50));
    assert_false(knows_newer(f, floor, 3, 1, 0)); /* of another issuer nothing is known */
}

static void what_is_older_changes_nothing_and_writes_nothing(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);

    note(f, floor, mark(f, 1, 7, THEN));
    assert_int_equal(unlink(f->path), 0);
    note(f, floor, mark(f, 1, 6, THEN - 10));
    note(f, floor, mark(f, 1, 7, THEN));
    assert_false(hc_file_exists(f->path));
    assert_true(hc_floor_time(floor) == THEN);
    assert_true(knows_newer(f, floor, 1, 6, THEN));
    note(f, floor, mark(f, 1, 8, THEN + 1));
    assert_true(hc_file_exists(f->path));
}

static void a_crl_from_the_future_moves_no_floor(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    int64_t now = hc_time_now();

    note(f, floor, mark(f, 1, 7, THEN));
    note(f, floor, mark(f, 1, 9, now + 3600));
    assert_true(hc_floor_time(floor) == THEN);
    assert_false(knows_newer(f, floor, 1, 8, now));
    note(f, floor, mark(f, 1, 8, now + HC_REVOCATION_SKEW - 60)); /* another machine's clock is a little ahead */
    assert_true(hc_floor_time(floor) == now + HC_REVOCATION_SKEW - 60);
}

static void crls_that_are_each_a_little_ahead_do_not_walk_time_on(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    int64_t now = hc_time_now();

    for (uint8_t i = 1; i < 100; i++)
        note(f, floor, mark(f, 1, i, now + i * (HC_REVOCATION_SKEW - 10)));
    assert_true(hc_floor_time(floor) <= hc_time_now() + HC_REVOCATION_SKEW);
    assert_true(hc_floor_time(floor) >= now);
}

static void the_issuer_heard_of_longest_ago_makes_room(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    struct hc_err e = {0};

    note(f, floor, mark(f, 0xff, 7, THEN)); /* and never again */
    for (size_t i = 0; i < HC_FLOOR_CRLS; i++) {
        struct hc_revocation_mark m = mark(f, 1, 5, THEN);

        m.whose[0] = (uint8_t)(i >> 8);
        m.whose[1] = (uint8_t)i;
        f->set.mark[i] = m;
    }
    f->set.n = HC_FLOOR_CRLS - 1;
    expect_ok(&e, hc_floor_note(floor, &f->set, &e));
    assert_true(knows_newer(f, floor, 0xff, 6, THEN));
    f->set.n = HC_FLOOR_CRLS;
    expect_ok(&e, hc_floor_note(floor, &f->set, &e));
    assert_false(knows_newer(f, floor, 0xff, 6, THEN));
    hc_floor_free(floor);
    floor = open_floor(f); /* as many as there may be are read again */
    assert_int_equal(f->alarms, 0);
    f->set.mark[3].number = hc_bytes_of("\4", 1);
    assert_true(hc_floor_knows_newer(floor, &f->set.mark[3]));
}

/* --- what is not believed ----------------------------------------------------------------------------------------- */

static void expect_unbelieved(struct fixture *f, enum hc_code code)
{
    HC_AUTO(hc_floor) floor = NULL;

    f->alarms = 0;
    floor = open_floor(f);
    assert_int_equal(f->alarms, 1);
    assert_int_equal(f->alarm, code);
    assert_non_null(strstr(f->said, f->path));
    assert_true(hc_floor_time(floor) == INT64_MIN);
    assert_false(knows_newer(f, floor, 1, 1, 0));
}

static void write_text(struct fixture *f, struct hc_bytes text)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_file_write_atomic(f->path, text, 0600, &e));
}

static void any_damage_is_an_alarm(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    HC_BUF_AUTO(good, 4096);
    HC_BUF_AUTO(bad, 4096);
    struct hc_err e = {0};

    note(f, floor, mark(f, 1, 7, THEN));
    expect_ok(&e, hc_file_read(f->path, &good, &e));
    for (size_t i = 1; i < good.n; i++) {
        hc_buf_clear(&bad);
        hc_buf_add(&bad, hc_bytes_head(hc_buf_view(&good), i));
        write_text(f, hc_buf_view(&bad));
        expect_unbelieved(f, HC_E_FILE_UNREADABLE);
    }
    for (size_t i = 0; i < good.n; i += 3) {
        hc_buf_clear(&bad);
        hc_buf_add(&bad, hc_buf_view(&good));
        bad.p[i] ^= 0x11;
        write_text(f, hc_buf_view(&bad));
        expect_unbelieved(f, HC_E_FILE_UNREADABLE);
    }
    write_text(f, HC_BYTES(""));
    expect_unbelieved(f, HC_E_FILE_EMPTY);
    note(f, floor, mark(f, 1, 8, THEN)); /* a gate that goes on writes it anew */
    f->alarms = 0;
    hc_floor_free(floor);
    floor = open_floor(f);
    assert_int_equal(f->alarms, 0);
    assert_true(knows_newer(f, floor, 1, 7, THEN));
}

/* The text with a right checksum below it: not damaged, but nothing that this program writes. */
static void write_summed(struct fixture *f, const char *text)
{
    HC_BUF_AUTO(out, 4096);
    uint8_t sum[HC_SHA256_SIZE];

    hc_buf_add_str(&out, text);
    hc_sha256(hc_buf_view(&out), sum);
    hc_buf_add_str(&out, "sha256 ");
    hc_escape_hex(&out, hc_bytes_of(sum, sizeof sum), 0);
    hc_buf_add_byte(&out, '\n');
    write_text(f, hc_buf_view(&out));
}

#define HEAD "handclasp gate floor 1\n"
#define WHO "0101010101010101010101010101010101010101010101010101010101010101"
#define LESS "0001010101010101010101010101010101010101010101010101010101010101"

static void what_this_program_never_writes_is_not_believed(void **state)
{
    static const char *const texts[] = {"",
                                        HEAD,
                                        HEAD "time\n",
                                        HEAD "time x\n",
                                        HEAD "time 1x\n",
                                        HEAD "time 99999999999999999999\n",
                                        HEAD "time 9223372036854775807\n", /* beyond every date */
                                        "handclasp gate floor 2\ntime 5\n",
                                        HEAD "time 5\nfoo\n",
                                        HEAD "time 5\ncrl\n",
                                        HEAD "time 5\ncrl 01 01 5 1\n",
                                        HEAD "time 5\ncrl " WHO " 01 5\n",
                                        HEAD "time 5\ncrl " WHO " 01 5 1 1\n",
                                        HEAD "time 5\ncrl " WHO " 0 5 1\n",
                                        HEAD "time 5\ncrl " WHO "  5 1\n",
                                        HEAD "time 5\ncrl " WHO " 01 5 -1\n",
                                        HEAD "time 5\ncrl " WHO " 010203040506070809101112131415161718192021 5 1\n",
                                        HEAD "time 5\ncrl " WHO " 01 5 1\ncrl " WHO " 02 5 1\n",
                                        HEAD "time 5\ncrl " WHO " 01 5 1\ncrl " LESS " 02 5 1\n"};
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = NULL;

    for (size_t i = 0; i < HC_COUNT(texts); i++) {
        write_summed(f, texts[i]);
        expect_unbelieved(f, HC_E_FILE_UNREADABLE);
    }
    write_summed(f, HEAD "time 5\ncrl " LESS " 02 5 1\ncrl " WHO " 09 5 1\n");
    f->alarms = 0;
    floor = open_floor(f);
    assert_int_equal(f->alarms, 0);
    assert_true(hc_floor_time(floor) == 5);
    assert_true(knows_newer(f, floor, 1, 8, 5));
}

static void a_file_that_others_own_or_write_is_not_believed(void **state)
{
    struct fixture *f = *state;
    char target[128];

    write_summed(f, HEAD "time 5\n");
    assert_int_equal(chmod(f->path, 0620), 0);
    expect_unbelieved(f, HC_E_PERMISSIONS);
    assert_int_equal(chmod(f->path, 0602), 0);
    expect_unbelieved(f, HC_E_PERMISSIONS);
    assert_int_equal(chmod(f->path, 0600), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(f->path, 12345, 12345), 0);
        expect_unbelieved(f, HC_E_PERMISSIONS);
        assert_int_equal(chown(f->path, 0, 0), 0);
    }
    snprintf(target, sizeof target, "%s.real", f->path);
    assert_int_equal(rename(f->path, target), 0);
    assert_int_equal(symlink(target, f->path), 0);
    expect_unbelieved(f, HC_E_FILE_UNREADABLE);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkdir(f->path, 0700), 0);
    expect_unbelieved(f, HC_E_FILE_UNREADABLE);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void a_file_that_cannot_be_written_is_told_and_tried_again(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    struct hc_err e = {0};

    assert_int_equal(mkdir(f->path, 0700), 0); /* in the way */
    f->set.mark[0] = mark(f, 1, 7, THEN);
    f->set.n = 1;
    expect_fail(&e, hc_floor_note(floor, &f->set, &e), HC_E_FILE_UNWRITABLE);
    assert_true(knows_newer(f, floor, 1, 6, THEN)); /* the memory is right all the same */
    assert_true(hc_floor_time(floor) == THEN);
    assert_int_equal(rmdir(f->path), 0);
    expect_ok(&e, hc_floor_note(floor, &f->set, &e)); /* nothing is newer, but it was not written yet */
    assert_true(hc_file_exists(f->path));
}

static void writing_replaces_the_file_in_one_step(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);
    HC_AUTO(hc_floor) other = NULL;
    struct stat before, after;
    int fd;

    note(f, floor, mark(f, 1, 7, THEN));
    assert_int_equal(stat(f->path, &before), 0);
    fd = open(f->path, O_RDONLY | O_CLOEXEC); /* so that its number is not given again */
    note(f, floor, mark(f, 1, 8, THEN + 1));
    assert_int_equal(stat(f->path, &after), 0);
    assert_int_not_equal(before.st_ino, after.st_ino);
    assert_int_equal(fstat(fd, &before), 0);
    assert_int_equal(before.st_nlink, 0); /* the old one was never written into */
    close(fd);
    other = open_floor(f);
    assert_int_equal(f->alarms, 0);
}

static void without_a_path_it_is_a_memory_only(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_floor_open("", alarmed, f, &floor, &e));
    note(f, floor, mark(f, 1, 7, THEN));
    assert_true(knows_newer(f, floor, 1, 6, THEN));
    assert_int_equal(f->alarms, 0);
}

/* --- where -------------------------------------------------------------------------------------------------------- */

static void expect_path(const char *state, const char *want)
{
    char path[HC_PATH];
    struct hc_err e = {0};

    expect_ok(&e, hc_floor_path(state, "shop", path, sizeof path, &e));
    assert_string_equal(path, want);
}

static void the_command_line_then_systemd_then_the_user_say_where(void **state)
{
    struct fixture *f = *state;
    char dir[128], two[300], want[160];
    struct stat st;

    snprintf(dir, sizeof dir, "%s/a/b", f->dir);
    snprintf(want, sizeof want, "%s/a/b/gate-shop.floor", f->dir);
    setenv("STATE_DIRECTORY", "/nowhere", 1);
    expect_path(dir, want);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    snprintf(two, sizeof two, "%s:/nowhere", dir);
    setenv("STATE_DIRECTORY", two, 1);
    expect_path(NULL, want);
    unsetenv("STATE_DIRECTORY");
    if (geteuid() == 0)
        return; /* root's place is the machine's own */
    setenv("XDG_STATE_HOME", dir, 1);
    snprintf(want, sizeof want, "%s/handclasp/gate-shop.floor", dir);
    expect_path(NULL, want);
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", f->dir, 1);
    snprintf(want, sizeof want, "%s/.local/state/handclasp/gate-shop.floor", f->dir);
    expect_path(NULL, want);
}

static void a_directory_that_others_can_write_is_refused(void **state)
{
    struct fixture *f = *state;
    char path[HC_PATH] = "untouched";
    char file[128];
    struct hc_err e = {0};

    assert_int_equal(chmod(f->dir, 0770), 0);
    expect_fail(&e, hc_floor_path(f->dir, "shop", path, sizeof path, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod 700"));
    assert_int_equal(chmod(f->dir, 0755), 0); /* as systemd makes it */
    expect_fail(&e, hc_floor_path(f->dir, "../shop", path, sizeof path, &e), HC_E_TOO_BIG);
    expect_fail(&e, hc_floor_path(f->dir, "shop", path, 8, &e), HC_E_TOO_BIG);
    snprintf(file, sizeof file, "%s/file", f->dir);
    expect_ok(&e, hc_file_write_atomic(file, HC_BYTES("x"), 0600, &e));
    expect_fail(&e, hc_floor_path(file, "shop", path, sizeof path, &e), HC_E_FILE_UNWRITABLE);
    assert_string_equal(path, "untouched");
}

/* --- faults ------------------------------------------------------------------------------------------------------- */

static struct hc_rc open_and_note(void *ctx, struct hc_err *e)
{
    struct fixture *f = ctx;
    HC_AUTO(hc_floor) floor = NULL;

    HC_TRY(e, hc_floor_open(f->path, alarmed, f, &floor, e));
    if (hc_floor_time(floor) != THEN)
        return HC_FAIL(e, HC_E_INTERNAL, "a failed allocation must not count as a damaged file");
    f->set.mark[0].this_update++;
    return hc_floor_note(floor, &f->set, e);
}

static void a_failed_allocation_is_an_error_and_no_damage(void **state)
{
    struct fixture *f = *state;
    HC_AUTO(hc_floor) floor = open_floor(f);

    note(f, floor, mark(f, 1, 7, THEN));
    f->set.mark[0] = mark(f, 1, 7, THEN);
    assert_true(fault_sweep(open_and_note, f) >= 3);
    assert_int_equal(f->alarms, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_gate_remembers_nothing),
        TEST(the_newest_crl_of_each_issuer_is_known_after_a_restart),
        TEST(what_is_older_changes_nothing_and_writes_nothing),
        TEST(a_crl_from_the_future_moves_no_floor),
        TEST(crls_that_are_each_a_little_ahead_do_not_walk_time_on),
        TEST(the_issuer_heard_of_longest_ago_makes_room),
        TEST(any_damage_is_an_alarm),
        TEST(what_this_program_never_writes_is_not_believed),
        TEST(a_file_that_others_own_or_write_is_not_believed),
        TEST(a_file_that_cannot_be_written_is_told_and_tried_again),
        TEST(writing_replaces_the_file_in_one_step),
        TEST(without_a_path_it_is_a_memory_only),
        TEST(the_command_line_then_systemd_then_the_user_say_where),
        TEST(a_directory_that_others_can_write_is_refused),
        TEST(a_failed_allocation_is_an_error_and_no_damage),
    };

    return cmocka_run_group_tests_name("gate/floor", tests, NULL, NULL);
}

/* test_watch.c - every way in which a file can change shows, once. */
#include "hc_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "gate/watch.h"

struct place {
    char dir[64];
    struct hc_file_watch *w;
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    struct hc_err e = {0};

    assert_non_null(p);
    snprintf(p->dir, sizeof p->dir, "/tmp/hc-watch-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    expect_ok(&e, hc_file_watch_new(&p->w, &e));
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    struct hc_err e = {0};

    hc_file_watch_free(p->w);
    hc_ignore(hc_dir_remove(p->dir, &e));
    free(p);
    return 0;
}

static const char *at(const struct place *p, const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    return path;
}

static void put(const struct place *p, const char *name, const char *text)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_file_write_atomic(at(p, name), hc_bytes_str(text), 0600, &e));
}

static void watch(struct place *p, const char *name)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_file_watch_add(p->w, name ? at(p, name) : p->dir, &e));
    assert_false(hc_file_watch_changed(p->w));
}

static void expect_one_change(struct place *p)
{
    assert_true(hc_file_watch_changed(p->w));
    assert_false(hc_file_watch_changed(p->w)); /* reported once */
}

static void nothing_watched_never_changes(void **state)
{
    struct place *p = *state;

    assert_false(hc_file_watch_changed(p->w));
}

static void a_file_replaced_by_one_of_the_same_size_shows(void **state)
{
    struct place *p = *state;

    put(p, "a", "one");
    watch(p, "a");
    put(p, "a", "two");
    expect_one_change(p);
}

static void a_file_written_in_place_shows(void **state)
{
    struct place *p = *state;
    int fd;

    put(p, "a", "one");
    watch(p, "a");
    fd = open(at(p, "a"), O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "!", 1), 1);
    hc_fd_close(&fd);
    expect_one_change(p);
}

static void coming_and_going_shows(void **state)
{
    struct place *p = *state;

    watch(p, "a");
    put(p, "a", "one");
    expect_one_change(p);
    unlink(at(p, "a"));
    expect_one_change(p);
}

static void mode_and_touched_time_show(void **state)
{
    struct place *p = *state;
    struct timespec old[2] = {{.tv_sec = 1000, .tv_nsec = 1}, {.tv_sec = 1000, .tv_nsec = 1}};

    put(p, "a", "one");
    watch(p, "a");
    assert_int_equal(chmod(at(p, "a"), 0640), 0);
    expect_one_change(p);
    assert_int_equal(utimensat(AT_FDCWD, at(p, "a"), old, 0), 0);
    expect_one_change(p);
    old[1].tv_nsec = 2; /* one nanosecond */
    assert_int_equal(utimensat(AT_FDCWD, at(p, "a"), old, 0), 0);
    expect_one_change(p);
}

static void a_links_new_target_and_a_change_behind_it_show(void **state)
{
    struct place *p = *state;
    char other[128];

    put(p, "one", "1");
    put(p, "two", "1");
    snprintf(other, sizeof other, "%s/link", p->dir);
    assert_int_equal(symlink("one", other), 0);
    watch(p, "link");
    put(p, "one", "2");
    expect_one_change(p);
    unlink(other);
    assert_int_equal(symlink("two", other), 0); /* as certbot and Kubernetes switch */
    expect_one_change(p);
    unlink(at(p, "two"));
    expect_one_change(p); /* dangling */
}

static void what_lies_in_a_directory_shows(void **state)
{
    struct place *p = *state;
    int fd;

    put(p, "root.crl", "1");
    put(p, "one.crl", "1");
    watch(p, NULL);
    put(p, "two.crl", "1");
    expect_one_change(p);
    put(p, "one.crl", "2");
    expect_one_change(p);
    fd = open(at(p, "root.crl"), O_WRONLY); /* in place: the directory itself does not change */
    assert_int_equal(write(fd, "22", 2), 2);
    hc_fd_close(&fd);
    expect_one_change(p);
    unlink(at(p, "root.crl"));
    expect_one_change(p);
}

static void two_files_that_change_places_show(void **state)
{
    struct place *p = *state;
    char a[128];
    char b[128];

    put(p, "a", "1");
    put(p, "b", "2");
    watch(p, NULL);
    snprintf(a, sizeof a, "%s/a", p->dir);
    snprintf(b, sizeof b, "%s/b", p->dir);
    assert_int_equal(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE), 0);
    expect_one_change(p);
}

static void a_directory_that_comes_later_shows(void **state)
{
    struct place *p = *state;
    struct hc_err e = {0};

    watch(p, "later");
    expect_ok(&e, hc_dir_make(at(p, "later"), 0700, &e));
    expect_one_change(p);
    put(p, "later/x", "1");
    expect_one_change(p);
}

static void two_changes_at_once_are_one(void **state)
{
    struct place *p = *state;

    put(p, "a", "1");
    put(p, "b", "1");
    watch(p, "a");
    watch(p, "b");
    put(p, "a", "2");
    put(p, "b", "2");
    expect_one_change(p);
}

static void a_path_named_twice_is_watched_once(void **state)
{
    struct place *p = *state;
    struct hc_err e = {0};

    put(p, "a", "1");
    watch(p, "a");
    put(p, "a", "2");
    expect_ok(&e, hc_file_watch_add(p->w, at(p, "a"), &e)); /* and does not swallow the change */
    expect_one_change(p);
}

static void after_clear_nothing_is_watched(void **state)
{
    struct place *p = *state;

    put(p, "a", "1");
    watch(p, "a");
    hc_file_watch_clear(p->w);
    put(p, "a", "2");
    assert_false(hc_file_watch_changed(p->w));
    watch(p, "a");
    put(p, "a", "3");
    expect_one_change(p);
}

static void there_is_a_limit(void **state)
{
    struct place *p = *state;
    struct hc_err e = {0};
    char name[32];

    for (int i = 0; i < HC_WATCH_PATHS; i++) {
        snprintf(name, sizeof name, "/nonexistent/%d", i);
        expect_ok(&e, hc_file_watch_add(p->w, name, &e));
    }
    expect_fail(&e, hc_file_watch_add(p->w, "/one more", &e), HC_E_TOO_BIG);
    expect_ok(&e, hc_file_watch_add(p->w, "/nonexistent/7", &e));
}

static struct hc_rc watch_twenty(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_file_watch) w = NULL;
    char name[32];

    (void)ctx;
    HC_TRY(e, hc_file_watch_new(&w, e));
    for (int i = 0; i < 20; i++) { /* the list grows once */
        snprintf(name, sizeof name, "/nonexistent/%d", i);
        HC_TRY(e, hc_file_watch_add(w, name, e));
    }
    return HC_OK;
}

static void a_watch_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_int_equal(fault_sweep(watch_twenty, NULL), 23);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_watched_never_changes),
        TEST(a_file_replaced_by_one_of_the_same_size_shows),
        TEST(a_file_written_in_place_shows),
        TEST(coming_and_going_shows),
        TEST(mode_and_touched_time_show),
        TEST(a_links_new_target_and_a_change_behind_it_show),
        TEST(what_lies_in_a_directory_shows),
        TEST(two_files_that_change_places_show),
        TEST(a_directory_that_comes_later_shows),
        TEST(two_changes_at_once_are_one),
        TEST(a_path_named_twice_is_watched_once),
        TEST(after_clear_nothing_is_watched),
        TEST(there_is_a_limit),
        cmocka_unit_test(a_watch_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("gate/watch", tests, NULL, NULL);
}

/* test_dir.c - directories are made, listed and removed, and no link leads out of a tree. */
#include "hc_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static int enter(void **state)
{
    static const char template[] = "/tmp/handclasp-test-XXXXXX";
    char *dir = strdup(template);

    *state = dir;
    umask(022);
    return dir && mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    struct hc_err e = {0};
    char *dir = *state;
    bool removed = chdir("/") == 0 && hc_ok(hc_dir_remove(dir, &e));

    free(dir);
    return removed ? 0 : -1;
}

static void put(const char *path)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES("x"), 0644, &e));
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void missing_parents_are_made_with_the_mode_whatever_the_umask(void **state)
{
    struct hc_err e = {0};

    (void)state;
    umask(0777);
    expect_ok(&e, hc_dir_make("a/b//c/", 0750, &e));
    umask(022);
    assert_int_equal(mode_of("a"), 0750);
    assert_int_equal(mode_of("a/b/c"), 0750);
}

static void an_existing_directory_keeps_its_mode(void **state)
{
    struct hc_err e = {0};

    (void)state;
    assert_int_equal(mkdir("a", 0711), 0);
    expect_ok(&e, hc_dir_make("a", 0700, &e));
    expect_ok(&e, hc_dir_make("a/b", 0700, &e));
    assert_int_equal(mode_of("a"), 0711);
    assert_int_equal(mode_of("a/b"), 0700);
}

static void a_file_in_the_way_is_named(void **state)
{
    struct hc_err e = {0};

    (void)state;
    put("f");
    expect_fail(&e, hc_dir_make("f", 0700, &e), HC_E_FILE_UNWRITABLE);
    expect_fail(&e, hc_dir_make("f/below", 0700, &e), HC_E_FILE_UNWRITABLE);
    assert_non_null(strstr(e.text, "f/below: Not a directory"));
    expect_fail(&e, hc_dir_make("", 0700, &e), HC_E_FILE_UNWRITABLE);
}

static void a_tree_is_removed_whole(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_dir_make("home/authority/keys", 0700, &e));
    put("home/f");
    put("home/authority/.hidden");
    put("home/authority/keys/root.pem");
    expect_ok(&e, hc_dir_remove("home", &e));
    assert_false(hc_file_exists("home"));
    expect_ok(&e, hc_dir_remove("home", &e));
}

static void links_are_removed_and_never_followed(void **state)
{
    struct hc_err e = {0};

    (void)state;
    expect_ok(&e, hc_dir_make("outside", 0700, &e));
    expect_ok(&e, hc_dir_make("home", 0700, &e));
    put("outside/precious");
    assert_int_equal(symlink("../outside", "home/link"), 0);
    assert_int_equal(symlink("outside", "top"), 0);
    expect_ok(&e, hc_dir_remove("home", &e));
    expect_ok(&e, hc_dir_remove("top", &e));
    assert_true(hc_file_exists("outside/precious"));
    assert_false(hc_file_exists("top"));
}

static void a_tree_deeper_than_any_of_ours_is_not_removed(void **state)
{
    char path[HC_PATH] = "d";
    struct hc_err e = {0};

    (void)state;
    for (int i = 0; i < 40; i++)
        strcat(path, "/d");
    expect_ok(&e, hc_dir_make(path, 0700, &e));
    expect_fail(&e, hc_dir_remove("d", &e), HC_E_FILE_UNWRITABLE);
    assert_int_equal(rename("d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d", "half"), 0);
    expect_ok(&e, hc_dir_remove("half", &e));
}

static void names_are_sorted_and_filtered_by_suffix(void **state)
{
    struct hc_names names = {0};
    struct hc_err e = {0};

    (void)state;
    put("b.crl");
    put("a.crl");
    put("c.pem");
    put(".hidden");
    expect_ok(&e, hc_dir_list(".", ".crl", 10, &names, &e));
    assert_int_equal(names.n, 2);
    assert_string_equal(names.name[0], "a.crl");
    assert_string_equal(names.name[1], "b.crl");
    hc_names_fini(&names);
    expect_ok(&e, hc_dir_list(".", "", 4, &names, &e));
    assert_int_equal(names.n, 4);
    hc_names_fini(&names);
    expect_ok(&e, hc_dir_list(".", ".none", 0, &names, &e));
    assert_int_equal(names.n, 0);
    hc_names_fini(&names);
}

static void too_many_names_are_refused(void **state)
{
    struct hc_names names = {0};
    struct hc_err e = {0};

    (void)state;
    put("1");
    put("2");
    expect_fail(&e, hc_dir_list(".", "", 1, &names, &e), HC_E_TOO_BIG);
    assert_null(names.name);
}

static void what_cannot_be_listed_says_why(void **state)
{
    struct hc_names names = {0};
    struct hc_err e = {0};

    (void)state;
    put("f");
    expect_fail(&e, hc_dir_list("absent", "", 10, &names, &e), HC_E_FILE_MISSING);
    expect_fail(&e, hc_dir_list("f", "", 10, &names, &e), HC_E_FILE_UNREADABLE);
}

static struct hc_rc list_it(void *ctx, struct hc_err *e)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};

    (void)ctx;
    HC_TRY(e, hc_dir_list(".", "", 100, &names, e));
    return HC_OK;
}

static void a_listing_without_memory_fails_cleanly(void **state)
{
    char name[16];

    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "f%d", i);
        put(name);
    }
    assert_int_equal(fault_sweep(list_it, NULL), 22);
}

static void a_joined_path_has_one_slash_and_is_never_cut(void **state)
{
    char out[HC_PATH] = "before";
    char longest[HC_PATH];
    struct hc_err e = {0};

    (void)state;
    memset(longest, 'x', sizeof longest);
    longest[HC_PATH - 2] = 0;
    expect_fail(&e, hc_path_join(out, "d", longest, &e), HC_E_TOO_BIG);
    assert_string_equal(out, "before");
    longest[HC_PATH - 3] = 0;
    expect_ok(&e, hc_path_join(out, "d", longest, &e));
    assert_int_equal(strlen(out), HC_PATH - 1);
    expect_ok(&e, hc_path_join(out, "a", "b", &e));
    assert_string_equal(out, "a/b");
    expect_ok(&e, hc_path_join(out, "/", "b", &e));
    assert_string_equal(out, "/b");
    expect_ok(&e, hc_path_join(out, "", "b", &e));
    assert_string_equal(out, "b");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(missing_parents_are_made_with_the_mode_whatever_the_umask),
        TEST(an_existing_directory_keeps_its_mode),
        TEST(a_file_in_the_way_is_named),
        TEST(a_tree_is_removed_whole),
        TEST(links_are_removed_and_never_followed),
        TEST(a_tree_deeper_than_any_of_ours_is_not_removed),
        TEST(names_are_sorted_and_filtered_by_suffix),
        TEST(too_many_names_are_refused),
        TEST(what_cannot_be_listed_says_why),
        TEST(a_listing_without_memory_fails_cleanly),
        TEST(a_joined_path_has_one_slash_and_is_never_cut),
    };

    return cmocka_run_group_tests_name("base/dir", tests, NULL, NULL);
}

/* test_state.c - where a gate keeps what a restart must not forget. */
#include "hc_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "gate/state.h"

static int setup(void **state)
{
    char *dir = strdup("/tmp/handclasp-state-XXXXXX");

    assert_non_null(mkdtemp(dir));
    *state = dir;
    return 0;
}

static int teardown(void **state)
{
    struct hc_err e = {0};

    unsetenv("STATE_DIRECTORY");
    expect_ok(&e, hc_dir_remove(*state, &e));
    free(*state);
    return 0;
}

static void the_command_line_goes_before_systemd(void **state)
{
    char out[HC_PATH];
    struct hc_err e = {0};

    (void)state;
    setenv("STATE_DIRECTORY", "/one:/two", 1);
    expect_ok(&e, hc_state_directory("/said", out, &e));
    assert_string_equal(out, "/said");
    expect_ok(&e, hc_state_directory(NULL, out, &e));
    assert_string_equal(out, "/one");
}

static void without_either_it_is_the_users_place(void **state)
{
    char out[HC_PATH], want[HC_PATH];
    struct hc_err e = {0};

    unsetenv("STATE_DIRECTORY");
    if (geteuid() == 0) {
        expect_ok(&e, hc_state_directory(NULL, out, &e));
        assert_string_equal(out, "/var/lib/handclasp-gate");
        return;
    }
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", *state, 1);
    expect_ok(&e, hc_state_directory(NULL, out, &e));
    snprintf(want, sizeof want, "%s/.local/state/handclasp", (char *)*state);
    assert_string_equal(out, want);
    setenv("HOME", "nowhere", 1);
    expect_fail(&e, hc_state_directory(NULL, out, &e), HC_E_FILE_MISSING);
}

static void a_path_is_made_of_name_and_suffix_in_a_directory_of_ones_own(void **state)
{
    char out[HC_PATH], want[HC_PATH], dir[128];
    struct hc_err e = {0};
    struct stat st;

    snprintf(dir, sizeof dir, "%s/deep/er", (char *)*state);
    expect_ok(&e, hc_state_path(dir, "shop", "why", out, &e));
    snprintf(want, sizeof want, "%s/gate-shop.why", dir);
    assert_string_equal(out, want);
    assert_int_equal(stat(dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void what_others_may_write_or_is_no_directory_is_refused(void **state)
{
    char out[HC_PATH] = "untouched", file[128];
    struct hc_err e = {0};

    expect_fail(&e, hc_state_path(*state, "../shop", "why", out, &e), HC_E_TOO_BIG);
    assert_int_equal(chmod(*state, 0770), 0);
    expect_fail(&e, hc_state_path(*state, "shop", "why", out, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod 700"));
    assert_int_equal(chmod(*state, 0700), 0);
    snprintf(file, sizeof file, "%s/file", (char *)*state);
    expect_ok(&e, hc_file_write_atomic(file, HC_BYTES("x"), 0600, &e));
    expect_fail(&e, hc_state_path(file, "shop", "why", out, &e), HC_E_FILE_UNWRITABLE);
    assert_string_equal(out, "untouched");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_command_line_goes_before_systemd),
        T(without_either_it_is_the_users_place),
        T(a_path_is_made_of_name_and_suffix_in_a_directory_of_ones_own),
        T(what_others_may_write_or_is_no_directory_is_refused),
    };
    return cmocka_run_group_tests_name("gate/state", tests, NULL, NULL);
}

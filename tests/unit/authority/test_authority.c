/* test_authority.c - opening, unlocking, and homes that cannot be opened. */
#include "authority/world.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

static struct hc_secret *secret(const char *text)
{
    struct hc_secret *s = NULL;
    struct hc_err e;

    expect_ok(&e, hc_secret_copy(hc_bytes_str(text), &s, &e));
    return s;
}

static int locked_setup(void **state)
{
    HC_AUTO(hc_secret) passphrase = secret("correct horse");
    struct hc_init_options o;

    world_empty(state);
    o = world_options(*state);
    o.passphrase = passphrase;
    world_init(*state, &o);
    return 0;
}

static void expect_closed(struct world *w, enum hc_code code)
{
    struct hc_authority *a = NULL;
    struct hc_err e;
    struct hc_rc rc = hc_authority_open(w->crypto, w->home, &a, &e);

    if (rc.code != code)
        fail_msg("wanted HC-%04d, got HC-%04d %s", (int)code, (int)rc.code, e.text);
    assert_null(a);
}

static void a_home_without_an_authority_is_missing(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    expect_closed(w, HC_E_HOME_MISSING);
    expect_ok(&e, hc_dir_make(w->home, 0755, &e));
    expect_closed(w, HC_E_HOME_MISSING);
}

static void a_newer_home_is_refused_and_not_touched(void **state)
{
    struct world *w = *state;

    world_close(w);
    world_write(w, "authority/version", "2\n");
    expect_closed(w, HC_E_HOME_NEWER);
}

static void a_broken_marker_is_damage(void **state)
{
    static const char *const texts[] = {"one\n", "1", "0\n", "-1\n", "1 \n"};
    struct world *w = *state;

    world_close(w);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        world_write(w, "authority/version", texts[i]);
        expect_closed(w, HC_E_LEDGER_DAMAGED);
    }
    assert_int_equal(unlink(world_path(w, "authority/version")), 0);
    expect_closed(w, HC_E_LEDGER_DAMAGED);
}

static void a_home_without_its_ledger_says_so(void **state)
{
    struct world *w = *state;

    world_close(w);
    assert_int_equal(unlink(world_path(w, "authority/ledger.db")), 0);
    expect_closed(w, HC_E_FILE_MISSING);
    world_write(w, "authority/ledger.db", "rubbish");
    expect_closed(w, HC_E_LEDGER_DAMAGED);
}

static void keys_without_a_passphrase_need_no_unlocking(void **state)
{
    struct world *w = *state;
    struct hc_err e;
    bool encrypted = true;

    expect_ok(&e, hc_authority_encrypted(w->a, &encrypted, &e));
    assert_false(encrypted);
    expect_ok(&e, hc_authority_unlock(w->a, NULL, &e));
}

static void encrypted_keys_open_with_their_passphrase_only(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_secret) right = secret("correct horse");
    HC_AUTO(hc_secret) wrong = secret("wrong horse");
    HC_ISSUED(issued);
    struct hc_issue_request client = {.profile = HC_PROFILE_CLIENT};
    struct hc_published done;
    struct hc_err e;
    bool encrypted = false;

    expect_ok(&e, hc_authority_encrypted(w->a, &encrypted, &e));
    assert_true(encrypted);
    expect_fail(&e, hc_authority_unlock(w->a, NULL, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, world_issue(w, "a.example", client, &issued, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_authority_unlock(w->a, wrong, &e), HC_E_PASSPHRASE_WRONG);
    assert_int_equal(world_interrupted(w), 0);
    expect_ok(&e, hc_authority_unlock(w->a, right, &e));
    expect_ok(&e, world_issue(w, "a.example", client, &issued, &e));
    expect_ok(&e, hc_authority_publish(w->a, true, &done, &e)); /* the root's key has the same passphrase */
    assert_int_equal(done.n_signed, 2);
}

static void a_missing_key_is_named(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/issuing.key.pem")), 0);
    expect_ok(&e, hc_authority_unlock(w->a, NULL, &e)); /* the root's is here */
    expect_fail(&e, world_issue(w, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &issued, &e),
                HC_E_CA_KEY_MISSING);
}

/* ---- a root that is elsewhere ---- */

static void move_root_key(const struct world *w, char stick[HC_PATH])
{
    struct hc_err e;

    (void)snprintf(stick, HC_PATH, "%s/stick", w->dir);
    expect_ok(&e, hc_dir_make(stick, 0700, &e));
    (void)snprintf(stick, HC_PATH, "%s/stick/root.key.pem", w->dir);
    assert_int_equal(rename(world_path(w, "authority/root.key.pem"), stick), 0);
}

static void a_root_that_is_elsewhere_is_missed_only_where_it_signs(void **state)
{
    struct world *w = *state;
    struct hc_published done = {0};
    char stick[HC_PATH];
    struct hc_err e;

    move_root_key(w, stick);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example");
    assert_int_equal(unlink(world_path(w, "publish/crl/root.crl")), 0);
    expect_fail(&e, hc_authority_publish(w->a, false, &done, &e), HC_E_ROOT_OFFLINE);
    expect_ok(&e, hc_authority_bring_root_key(w->a, stick, NULL, &e));
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_true(world_has(w, "publish/crl/root.crl"));
}

static void the_wrong_stick_is_told_from_the_right_one(void **state)
{
    struct world *w = *state;
    struct hc_published done = {0};
    char stick[HC_PATH];
    struct hc_err e;

    expect_fail(&e, hc_authority_bring_root_key(w->a, "/nowhere/root.key.pem", NULL, &e), HC_E_FILE_MISSING);
    move_root_key(w, stick);
    expect_ok(&e, hc_authority_bring_root_key(w->a, world_path(w, "authority/issuing.key.pem"), NULL, &e));
    expect_fail(&e, hc_authority_publish(w->a, true, &done, &e), HC_E_ROOT_KEY_OTHER);
}

static void another_root_beside_the_key_or_in_the_home_is_noticed(void **state)
{
    struct world *w = *state;
    struct hc_authority *again = NULL;
    char stick[HC_PATH], cert[HC_PATH];
    struct hc_err e;

    move_root_key(w, stick);
    (void)snprintf(cert, sizeof cert, "%s/stick/root.cert.pem", w->dir);
    assert_int_equal(link(world_path(w, "authority/issuing.cert.pem"), cert), 0);
    expect_fail(&e, hc_authority_bring_root_key(w->a, stick, NULL, &e), HC_E_ROOT_KEY_OTHER);
    world_copy(w, "authority/issuing.cert.pem", "authority/root.cert.pem");
    expect_fail(&e, hc_authority_open(w->crypto, w->home, &again, &e), HC_E_ROOT_CHANGED);
    assert_null(again);
}

static void a_key_that_is_not_the_cas_is_refused(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    world_copy(w, "authority/root.key.pem", "authority/issuing.key.pem");
    expect_fail(&e, hc_authority_unlock(w->a, NULL, &e), HC_E_KEY_MISMATCH);
}

static void the_lock_keeps_a_second_process_waiting(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;
    int to_child[2], status = 0;
    uint64_t begin;
    pid_t child;
    char go;

    assert_int_equal(pipe(to_child), 0);
    child = fork();
    if (child == 0) {
        char path[HC_PATH];
        struct hc_err why;
        int fd;

        if (hc_failed(hc_home_path(w->home, HC_HOME_LOCK, path, &why)))
            _exit(1);
        fd = open(path, O_RDWR | O_CREAT, 0600);
        if (fd < 0 || flock(fd, LOCK_EX) != 0 || write(to_child[1], "x", 1) != 1)
            _exit(1);
        usleep(300 * 1000);
        _exit(0); /* the lock ends with the process */
    }
    assert_int_equal(read(to_child[0], &go, 1), 1);
    begin = hc_mono_ms();
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_true(hc_mono_ms() - begin >= 200);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(to_child[0]);
    close(to_child[1]);
}

static struct hc_rc open_once(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;
    HC_AUTO(hc_authority) a = NULL;

    return hc_authority_open(w->crypto, w->home, &a, e);
}

static void opening_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(open_once, *state) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EMPTY_TEST(a_home_without_an_authority_is_missing),
        WORLD_TEST(a_newer_home_is_refused_and_not_touched),
        WORLD_TEST(a_broken_marker_is_damage),
        WORLD_TEST(a_home_without_its_ledger_says_so),
        WORLD_TEST(keys_without_a_passphrase_need_no_unlocking),
        cmocka_unit_test_setup_teardown(encrypted_keys_open_with_their_passphrase_only, locked_setup, world_teardown),
        WORLD_TEST(a_missing_key_is_named),
        WORLD_TEST(a_root_that_is_elsewhere_is_missed_only_where_it_signs),
        WORLD_TEST(the_wrong_stick_is_told_from_the_right_one),
        WORLD_TEST(another_root_beside_the_key_or_in_the_home_is_noticed),
        WORLD_TEST(a_key_that_is_not_the_cas_is_refused),
        WORLD_TEST(the_lock_keeps_a_second_process_waiting),
        WORLD_TEST(opening_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("authority/authority", tests, NULL, NULL);
}

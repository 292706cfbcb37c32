/* test_init.c - a new authority is whole, private where it must be, or not there at all. */
#include "authority/world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "crypto/spki.h"
#include "pki/subtree.h"

static void a_new_authority_has_everything_with_the_right_modes(void **state)
{
    struct world *w = *state;

    assert_int_equal(world_mode(w, ""), 0755);
    assert_int_equal(world_mode(w, "authority"), 0700);
    assert_int_equal(world_mode(w, "authority/ledger.db"), 0600);
    assert_int_equal(world_mode(w, "authority/root.key.pem"), 0600);
    assert_int_equal(world_mode(w, "authority/issuing.key.pem"), 0600);
    assert_int_equal(world_mode(w, "publish"), 0755);
    assert_int_equal(world_mode(w, "publish/crl"), 0755);
    assert_int_equal(world_mode(w, "publish/bundle.pem"), 0644);
    assert_int_equal(world_mode(w, "publish/crl/root.crl"), 0644);
    assert_int_equal(world_mode(w, "publish/crl/issuing.crl"), 0644);
    assert_int_equal(world_mode(w, "identities"), 0755);
}

static void modes_do_not_depend_on_the_umask(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    mode_t before = umask(0077);

    world_init(w, &o);
    umask(before);
    assert_int_equal(world_mode(w, "publish"), 0755);
    assert_int_equal(world_mode(w, "publish/crl"), 0755);
    assert_int_equal(world_mode(w, "publish/crl/root.crl"), 0644);
    assert_int_equal(world_mode(w, ""), 0755);
}

static void no_temporary_name_is_left(void **state)
{
    struct world *w = *state;
    struct hc_names names = {0};
    struct hc_err e;

    expect_ok(&e, hc_dir_list(w->home, "", 100, &names, &e));
    assert_int_equal(names.n, 3);
    assert_string_equal(names.name[0], "authority");
    assert_string_equal(names.name[1], "identities");
    assert_string_equal(names.name[2], "publish");
    hc_names_fini(&names);
}

static void expect_signed_by(const struct world *w, const struct hc_cert *cert, const struct hc_cert *ca)
{
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    struct hc_err e;

    expect_ok(&e, hc_spki_verify(w->crypto, ca->spki, &what, &e));
}

static void root_and_issuer_are_what_the_design_says(void **state)
{
    struct world *w = *state;
    const struct hc_cert *root = hc_authority_root(w->a), *issuing = hc_authority_issuer(w->a);

    assert_true(root->is_ca && root->bc_critical && issuing->is_ca && issuing->bc_critical);
    assert_true(issuing->has_pathlen);
    assert_int_equal(issuing->pathlen, 0);
    assert_int_equal(root->not_before, WORLD_NOW - 300);
    assert_int_equal(root->not_after, WORLD_NOW + HC_INIT_ROOT_S);
    assert_int_equal(issuing->not_after, WORLD_NOW + HC_INIT_ISSUER_S);
    expect_signed_by(w, root, root);
    expect_signed_by(w, issuing, root);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.profile = HC_BYTES("root-ca")}), 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.profile = HC_BYTES("issuing-ca")}), 1);
    assert_int_equal(world_interrupted(w), 0);
    assert_int_equal(world_events(w, "init"), 1);
}

static void the_first_crls_are_empty_and_last_a_year_and_a_week(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_crl) root = world_crl(w, "root");
    HC_AUTO(hc_crl) issuing = world_crl(w, "issuing");

    assert_int_equal(root->n_entries, 0);
    assert_int_equal(issuing->n_entries, 0);
    assert_int_equal(root->next_update - root->this_update, 365 * HC_DAY);
    assert_int_equal(issuing->next_update - issuing->this_update, 7 * HC_DAY);
    assert_int_equal(world_number(root), 1);
}

static void the_bundle_is_the_root(void **state)
{
    struct world *w = *state;
    HC_CERT_LIST(certs);
    struct hc_err e;

    expect_ok(&e, hc_pem_load_certs(world_path(w, "publish/bundle.pem"), 10, &certs, &e));
    assert_int_equal(certs.n, 1);
    assert_true(hc_cert_eq(certs.cert[0], hc_authority_root(w->a)));
}

static void an_authority_is_never_overwritten(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_BUF_AUTO(before, 65536);
    HC_BUF_AUTO(after, 65536);
    struct hc_err e;

    expect_ok(&e, hc_file_read(world_path(w, "authority/root.key.pem"), &before, &e));
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_HOME_EXISTS);
    expect_ok(&e, hc_file_read(world_path(w, "authority/root.key.pem"), &after, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&before), hc_buf_view(&after)));
}

static void what_another_authority_published_is_never_overwritten(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(world_path(w, "publish"), 0755, &e));
    world_write(w, "publish/bundle.pem", "theirs");
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_HOME_EXISTS);
    assert_false(world_has(w, "authority"));
    assert_true(world_has(w, "publish/bundle.pem"));
}

static void an_empty_directory_may_become_a_home(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(w->home, 0750, &e));
    world_init(w, &o);
    assert_int_equal(world_mode(w, ""), 0750);
}

static void expect_refused(struct world *w, const struct hc_init_options *o, enum hc_code code)
{
    struct hc_err e;
    struct hc_rc rc = hc_authority_init(w->crypto, o, &e);

    if (rc.code != code)
        fail_msg("wanted HC-%04d, got HC-%04d", (int)code, (int)rc.code);
    assert_false(hc_file_exists(w->home));
}

static void impossible_wishes_leave_nothing_behind(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_AUTO(hc_secret) empty = NULL;
    struct hc_err e;

    expect_ok(&e, hc_secret_new(0, &empty, &e));
    o.name = "";
    expect_refused(w, &o, HC_E_USAGE);
    o.name = "a\nb";
    expect_refused(w, &o, HC_E_USAGE);
    o.name = "\xff";
    expect_refused(w, &o, HC_E_USAGE);
    o.name = "right\xe2\x80\xaeleft";
    expect_refused(w, &o, HC_E_USAGE);
    o.name = "A name that is much too long to be anybody's common name";
    expect_refused(w, &o, HC_E_USAGE);
    o = world_options(w);
    o.root_seconds = -1;
    expect_refused(w, &o, HC_E_LIFETIME);
    o.root_seconds = HC_INIT_LIFETIME_MAX + 1;
    expect_refused(w, &o, HC_E_LIFETIME);
    o = world_options(w);
    o.passphrase = empty;
    expect_refused(w, &o, HC_E_PASSPHRASE_NEEDED);
}

static void a_name_may_have_any_letters(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);

    o.name = "Caf\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac";
    world_init(w, &o);
}

static void the_issuer_never_outlives_the_root(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);

    o.root_seconds = 7 * HC_DAY;
    world_init(w, &o);
    assert_int_equal(hc_authority_issuer(w->a)->not_after, hc_authority_root(w->a)->not_after);
    HC_AUTO(hc_crl) crl = world_crl(w, "root");
    assert_int_equal(crl->next_update, WORLD_NOW + 7 * HC_DAY);
}

static void constraints_are_critical_in_the_root(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_subtree permitted;
    struct hc_err e;

    expect_ok(&e, hc_subtree_parse(HC_BYTES("dns:home.example"), &permitted, &e));
    o.permitted = (struct hc_tbs_subtrees){.at = &permitted, .n = 1};
    world_init(w, &o);
    assert_true(hc_authority_root(w->a)->has_nc);
    assert_true(hc_authority_root(w->a)->extensions_critical & HC_EXT_NAME_CONSTRAINTS);
}

/* The disk is full for whatever is larger than a page: keys fit, the ledger does not. */
static int init_on_a_small_disk(struct world *w)
{
    struct rlimit small = {.rlim_cur = 20000, .rlim_max = 20000};
    struct hc_init_options o = world_options(w);
    struct hc_err e = {0};
    struct hc_rc rc;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    rc = hc_authority_init(w->crypto, &o, &e);
    if (rc.code != HC_E_DISK_FULL) {
        fprintf(stderr, "# wanted HC_E_DISK_FULL, got %d %s\n", (int)rc.code, e.text);
        return 1;
    }
    return hc_file_exists(w->home) ? 2 : 0;
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    struct world *w = *state;
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(init_on_a_small_disk(w));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_clock_that_nobody_has_set_makes_no_authority(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    o.now = 1000;
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_CLOCK);
    assert_false(hc_file_exists(w->home));
}

static void what_others_could_replace_is_no_home(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(w->home, 0777, &e));
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod go-w"));
    assert_int_equal(chmod(w->home, 0755), 0);
    expect_ok(&e, hc_dir_make(world_path(w, "identities"), 0775, &e));
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_PERMISSIONS);
    assert_int_equal(chmod(world_path(w, "identities"), 0755), 0);
    if (geteuid() == 0) { /* only root can give a directory away */
        assert_int_equal(chown(world_path(w, "identities"), 65534, 65534), 0);
        expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_PERMISSIONS);
        assert_non_null(strstr(e.text, "uid 65534"));
        assert_int_equal(chown(world_path(w, "identities"), 0, 0), 0);
    }
    expect_ok(&e, hc_authority_init(w->crypto, &o, &e));
}

static void what_a_killed_run_left_is_removed(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(world_path(w, ".new-Abc123/authority"), 0700, &e));
    world_write(w, ".new-Abc123/authority/root.key.pem", "a key that nobody trusts");
    assert_int_equal(chmod(w->home, 0755), 0);
    expect_ok(&e, hc_authority_init(w->crypto, &o, &e));
    assert_false(world_has(w, ".new-Abc123"));
}

/* Every allocation at first, then every twentieth of the way: each round makes two keys and synchronises a dozen
 * files. */
static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    bool done = false;

    for (unsigned k = 1; !done && k < 100000; k += k / 20 + 1) {
        struct hc_err e = {0};
        struct hc_rc rc;

        fault_alloc_at(k);
        rc = hc_authority_init(w->crypto, &o, &e);
        done = !fault_happened();
        fault_alloc_at(0);
        if (done) {
            expect_ok(&e, rc);
        } else {
            if (hc_ok(rc))
                fail_msg("allocation %u failed and nobody noticed", k);
            assert_false(hc_file_exists(w->home));
        }
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_new_authority_has_everything_with_the_right_modes),
        EMPTY_TEST(modes_do_not_depend_on_the_umask),
        WORLD_TEST(no_temporary_name_is_left),
        WORLD_TEST(root_and_issuer_are_what_the_design_says),
        WORLD_TEST(the_first_crls_are_empty_and_last_a_year_and_a_week),
        WORLD_TEST(the_bundle_is_the_root),
        WORLD_TEST(an_authority_is_never_overwritten),
        EMPTY_TEST(what_another_authority_published_is_never_overwritten),
        EMPTY_TEST(an_empty_directory_may_become_a_home),
        EMPTY_TEST(impossible_wishes_leave_nothing_behind),
        EMPTY_TEST(a_name_may_have_any_letters),
        EMPTY_TEST(the_issuer_never_outlives_the_root),
        EMPTY_TEST(constraints_are_critical_in_the_root),
        EMPTY_TEST(a_full_disk_leaves_nothing_behind),
        EMPTY_TEST(a_clock_that_nobody_has_set_makes_no_authority),
        EMPTY_TEST(what_others_could_replace_is_no_home),
        EMPTY_TEST(what_a_killed_run_left_is_removed),
        EMPTY_TEST(a_failed_allocation_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("authority/init", tests, NULL, NULL);
}

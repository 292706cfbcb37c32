/* test_init.c - a new authority is whole, private where it must be, or not there at all. */
#include "authority/world.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "crypto/key.h"
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

    expect_ok(&e, hc_dir_make(world_path(w, ".handclasp-new-Abc123/authority"), 0700, &e));
    world_write(w, ".handclasp-new-Abc123/authority/root.key.pem", "a key that nobody trusts");
    assert_int_equal(chmod(w->home, 0755), 0);
    expect_ok(&e, hc_authority_init(w->crypto, &o, &e));
    assert_false(world_has(w, ".handclasp-new-Abc123"));
}

/* `--home ~` is a directory with other things in it. */
static void what_somebody_else_called_new_stays(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(world_path(w, ".new-website"), 0700, &e));
    expect_ok(&e, hc_dir_make(world_path(w, ".handclasp-new-notes-of-mine"), 0700, &e));
    assert_int_equal(chmod(w->home, 0755), 0);
    world_init(w, &o);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    assert_true(world_has(w, ".new-website"));
    assert_true(world_has(w, ".handclasp-new-notes-of-mine"));
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

/* ---- a root that is not kept here ---- */

/* "DIR/stick" beside the home; made. */
static const char *make_stick(const struct world *w)
{
    static char stick[HC_PATH];
    struct hc_err e;

    (void)snprintf(stick, sizeof stick, "%s/stick", w->dir);
    expect_ok(&e, hc_dir_make(stick, 0700, &e));
    return stick;
}

static const char *on_stick(const struct world *w, const char *file)
{
    static char path[HC_PATH];

    (void)snprintf(path, sizeof path, "%s/stick/%s", w->dir, file);
    return path;
}

static struct hc_secret *secret(const char *text)
{
    struct hc_secret *out = NULL;
    struct hc_err e;

    expect_ok(&e, hc_secret_copy(hc_bytes_str(text), &out, &e));
    return out;
}

static void a_root_on_a_stick_leaves_no_key_in_the_home(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_AUTO(hc_secret) own = secret("the root's own");
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    struct hc_published done;
    struct stat st;
    struct hc_err e;

    o.root_out = make_stick(w);
    o.root_passphrase = own;
    world_init(w, &o);
    assert_false(world_has(w, "authority/root.key.pem"));
    assert_true(world_has(w, "authority/root.cert.pem"));
    assert_true(world_has(w, "authority/issuing.key.pem"));
    assert_true(world_has(w, "publish/crl/root.crl"));
    assert_int_equal(stat(on_stick(w, "root.key.pem"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_ok(&e, hc_file_read(on_stick(w, "root.key.pem"), &pem, &e));
    expect_fail(&e, hc_key_from_pem(w->crypto, hc_buf_view(&pem), NULL, &key, &e), HC_E_PASSPHRASE_NEEDED);
    expect_ok(&e, hc_key_from_pem(w->crypto, hc_buf_view(&pem), own, &key, &e));
    assert_true(hc_key_matches_spki(key, hc_authority_root(w->a)->spki));
    expect_ok(&e, hc_authority_unlock(w->a, NULL, &e)); /* the issuing CA's has none */
    world_must_issue(w, HC_PROFILE_SERVER, "shop.example.com");
    expect_ok(&e, hc_authority_publish(w->a, true, &done, &e));
    assert_int_equal(done.n_offline, 1);
    assert_int_equal(done.n_signed, 1);
}

static void a_stick_with_a_root_is_never_overwritten(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_BUF_AUTO(there, 100);
    struct hc_err e;

    o.root_out = make_stick(w);
    expect_ok(&e, hc_file_write_atomic(on_stick(w, "root.cert.pem"), HC_BYTES("another's"), 0644, &e));
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_FILE_EXISTS);
    assert_false(hc_file_exists(w->home));
    assert_false(hc_file_exists(on_stick(w, "root.key.pem")));
    expect_ok(&e, hc_file_read(on_stick(w, "root.cert.pem"), &there, &e));
    expect_bytes(hc_buf_view(&there), "another's");
}

static void a_stick_that_is_not_mounted_is_not_made(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    char stick[128];
    struct hc_err e;

    (void)snprintf(stick, sizeof stick, "%s/nowhere", w->dir);
    o.root_out = stick;
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_FILE_MISSING);
    assert_false(hc_file_exists(stick));
    assert_false(hc_file_exists(w->home));
}

/* The stick is written before the home appears; what goes wrong after it takes the root of nothing away again. */
static void a_failure_after_the_stick_takes_it_back(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    pid_t child;
    int status = 0;

    o.root_out = make_stick(w);
    child = fork();
    if (child == 0) {
        struct rlimit small = {.rlim_cur = 20000, .rlim_max = 20000};
        struct hc_err e = {0};

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        _exit(hc_authority_init(w->crypto, &o, &e).code == HC_E_DISK_FULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_false(hc_file_exists(w->home));
    assert_false(hc_file_exists(on_stick(w, "root.key.pem")));
    assert_false(hc_file_exists(on_stick(w, "root.cert.pem")));
}

static void a_root_alone_has_no_issuer(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_ISSUED(issued);
    struct hc_err e;

    o.root_only = true;
    world_init(w, &o);
    assert_null(hc_authority_issuer(w->a));
    assert_true(world_has(w, "authority/root.key.pem"));
    assert_false(world_has(w, "authority/issuing.cert.pem"));
    assert_true(world_has(w, "publish/crl/root.crl"));
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.profile = HC_BYTES("root-ca")}), 1);
    expect_fail(&e, world_issue(w, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_SERVER}, &issued, &e),
                HC_E_ISSUER_NONE);
}

static void a_root_from_elsewhere_is_taken_as_it_is(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_authority) there = NULL;
    char other[128];
    struct hc_err e;

    world_init(w, &o);
    expect_ok(&e, hc_file_read(world_path(w, "authority/root.cert.pem"), &pem, &e));
    (void)snprintf(other, sizeof other, "%s/online", w->dir);
    o.home = other;
    o.root_certificate = hc_buf_view(&pem);
    expect_ok(&e, hc_authority_init(w->crypto, &o, &e));
    expect_ok(&e, hc_authority_open(w->crypto, other, &there, &e));
    assert_true(hc_cert_eq(hc_authority_root(there), hc_authority_root(w->a)));
    assert_null(hc_authority_issuer(there));
    (void)snprintf(other, sizeof other, "%s/online/authority/root.key.pem", w->dir);
    assert_false(hc_file_exists(other));
    (void)snprintf(other, sizeof other, "%s/online/publish/bundle.pem", w->dir);
    assert_true(hc_file_exists(other));
    (void)snprintf(other, sizeof other, "%s/online/publish/crl/root.crl", w->dir);
    assert_false(hc_file_exists(other)); /* the ceremony brings it */
}

static void what_is_no_root_is_not_adopted(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_BUF_AUTO(issuing, 65536);
    HC_BUF_AUTO(root, 65536);
    HC_BUF_AUTO(two, 65536);
    HC_BUF_AUTO(forged, 65536);
    struct hc_err e;
    char other[128];

    world_init(w, &o);
    expect_ok(&e, hc_file_read(world_path(w, "authority/issuing.cert.pem"), &issuing, &e));
    expect_ok(&e, hc_file_read(world_path(w, "authority/root.cert.pem"), &root, &e));
    (void)snprintf(other, sizeof other, "%s/online", w->dir);
    o.home = other;
    o.root_certificate = hc_buf_view(&issuing);
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_BUNDLE);
    hc_buf_add(&two, hc_buf_view(&root));
    hc_buf_add(&two, hc_buf_view(&issuing));
    o.root_certificate = hc_buf_view(&two);
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_BUNDLE);
    o.root_certificate = HC_BYTES("no certificate at all");
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_BUNDLE);
    o.now = WORLD_NOW + HC_INIT_ROOT_S + 1;
    o.root_certificate = hc_buf_view(&root);
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_BUNDLE);
    assert_non_null(strstr(e.text, "ended at"));
    o.now = WORLD_NOW;
    /* The last byte of the signature: still a certificate, and nobody's. */
    HC_BUF_AUTO(der, HC_CERT_MAX);
    hc_buf_add(&der, hc_authority_root(w->a)->der);
    der.p[der.n - 1] ^= 1;
    hc_pem_emit(&forged, HC_PEM_CERTIFICATE, hc_buf_view(&der));
    o.root_certificate = hc_buf_view(&forged);
    expect_fail(&e, hc_authority_init(w->crypto, &o, &e), HC_E_BUNDLE);
    assert_non_null(strstr(e.text, "signature"));
    assert_false(hc_file_exists(other));
}

static void wishes_that_contradict_each_other_are_refused(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_AUTO(hc_secret) own = secret("own");

    o.root_out = make_stick(w);
    o.root_only = true;
    expect_refused(w, &o, HC_E_USAGE);
    o.root_out = NULL;
    o.root_certificate = HC_BYTES("x");
    expect_refused(w, &o, HC_E_USAGE);
    o = world_options(w);
    o.root_passphrase = own;
    expect_refused(w, &o, HC_E_USAGE);
    o = world_options(w);
    o.root_only = true;
    o.has_issuer_key = true;
    expect_refused(w, &o, HC_E_USAGE);
    o = world_options(w);
    o.root_certificate = HC_BYTES("x");
    o.root_seconds = HC_DAY;
    expect_refused(w, &o, HC_E_USAGE);
    o = world_options(w);
    o.public_url = "https://pki.example.com";
    expect_refused(w, &o, HC_E_PUBLIC_URL);
}

static void keys_are_of_the_kinds_that_were_asked_for(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);

    o.has_root_key = o.has_issuer_key = true;
    o.root_key = HC_KEY_ED25519;
    o.issuer_key = HC_KEY_RSA;
    world_init(w, &o);
    assert_int_equal(hc_key_kind_of(hc_authority_root(w->a)->spki), HC_KEY_ED25519);
    assert_int_equal(hc_key_kind_of(hc_authority_issuer(w->a)->spki), HC_KEY_RSA);
    world_must_issue(w, HC_PROFILE_SERVER, "shop.example.com");
}

static void a_public_url_is_where_the_issuer_points(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_bytes der;

    o.public_url = "http://pki.example.com/ca";
    world_init(w, &o);
    der = hc_authority_issuer(w->a)->der;
    assert_non_null(memmem(der.p, der.n, "http://pki.example.com/ca/crl/root.crl", 38));
    assert_non_null(memmem(der.p, der.n, "http://pki.example.com/ca/ca/root.cer", 37));
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
        EMPTY_TEST(what_somebody_else_called_new_stays),
        EMPTY_TEST(a_root_on_a_stick_leaves_no_key_in_the_home),
        EMPTY_TEST(a_stick_with_a_root_is_never_overwritten),
        EMPTY_TEST(a_stick_that_is_not_mounted_is_not_made),
        EMPTY_TEST(a_failure_after_the_stick_takes_it_back),
        EMPTY_TEST(a_root_alone_has_no_issuer),
        EMPTY_TEST(a_root_from_elsewhere_is_taken_as_it_is),
        EMPTY_TEST(what_is_no_root_is_not_adopted),
        EMPTY_TEST(wishes_that_contradict_each_other_are_refused),
        EMPTY_TEST(keys_are_of_the_kinds_that_were_asked_for),
        EMPTY_TEST(a_public_url_is_where_the_issuer_points),
        EMPTY_TEST(a_failed_allocation_leaves_nothing_behind),
    };

    return cmocka_run_group_tests_name("authority/init", tests, NULL, NULL);
}

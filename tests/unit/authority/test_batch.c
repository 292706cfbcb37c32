/* test_batch.c - many requests in two transactions; one that is refused keeps nobody back. */
#include "authority/world.h"

#include <errno.h>
#include <unistd.h>

#include "crypto/key.h"

#define N 5

/* The C library's stands behind it in every program but this one; here a disk can be full just when it matters. */
static int syncs, sync_errno;
static const char *sync_robs; /* a directory, one in which is removed meanwhile */

int syncfs(int fd)
{
    __attribute__((cleanup(hc_names_fini))) struct hc_names names = {0};
    char path[HC_PATH];
    struct hc_err e;

    (void)fd;
    if (sync_robs) {
        expect_ok(&e, hc_dir_list(sync_robs, "", N, &names, &e));
        expect_ok(&e, hc_path_join(path, sync_robs, names.name[0], &e));
        expect_ok(&e, hc_dir_remove(path, &e));
    }
    syncs++;
    errno = sync_errno;
    return sync_errno ? -1 : 0;
}

struct batch {
    struct hc_name *name[N];
    struct hc_issue_request request[N];
    struct hc_issue_outcome outcome[N];
};

static void batch_init(struct batch *b, const char *const names[N])
{
    memset(b, 0, sizeof *b);
    for (size_t i = 0; i < N; i++) {
        b->name[i] = world_name(names[i]);
        b->request[i] = (struct hc_issue_request){.profile = HC_PROFILE_SERVER, .name = b->name[i]};
    }
}

static void batch_fini(struct batch *b)
{
    for (size_t i = 0; i < N; i++) {
        hc_name_free(b->name[i]);
        hc_issued_fini(&b->outcome[i].issued);
    }
}

static void a_batch_issues_what_it_can_and_says_why_not_the_rest(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "taken.example.com");
    batch_init(&b, (const char *const[N]){"a.example.com", "taken.example.com", "b.example.com", "person@example.com",
                                          "c.example.com"});
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    for (size_t i = 0; i < N; i++)
        assert_int_equal(hc_ok(b.outcome[i].rc), i % 2 == 0);
    assert_int_equal(b.outcome[1].rc.code, HC_E_IDENTITY_EXISTS);
    assert_int_equal(b.outcome[3].rc.code, HC_E_PROFILE_NAME);
    assert_true(world_has(w, "identities/c.example.com/key.pem"));
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 4);
    assert_int_equal(world_events(w, "issue"), 4);
    assert_int_equal(world_interrupted(w), 0);
    batch_fini(&b);
}

static void two_of_a_batch_for_one_name_are_one(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;

    batch_init(&b, (const char *const[N]){"a.example.com", "A.example.com", "b.example.com", "c.example.com",
                                          "d.example.com"});
    b.request[2].label = "x";
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    assert_int_equal(b.outcome[1].rc.code, HC_E_IDENTITY_EXISTS);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 4);
    batch_fini(&b);
}

static const char *const FIVE[N] = {"a.example.com", "b.example.com", "c.example.com", "d.example.com",
                                    "e.example.com"};

static void a_batch_is_synced_once_and_leaves_no_workshop(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;

    batch_init(&b, FIVE);
    syncs = 0;
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    assert_int_equal(syncs, 1);
    for (size_t i = 0; i < N; i++)
        assert_true(hc_ok(b.outcome[i].rc));
    assert_int_equal(world_mode(w, "identities/e.example.com"), 0755);
    assert_int_equal(world_mode(w, "identities/e.example.com/key.pem"), 0600);
    assert_int_equal(world_mode(w, "identities/e.example.com/chain.pem"), 0644);
    assert_true(world_has(w, "identities/e.example.com/bundle.pem"));
    assert_false(world_has(w, "identities/.new"));
    batch_fini(&b);
}

/* Nobody knows whose files are not on the disk: none of them may appear. */
static void a_batch_that_cannot_be_synced_is_handed_out_to_nobody(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;

    batch_init(&b, FIVE);
    b.request[1].profile = HC_PROFILE_PERSON; /* refused for itself */
    sync_errno = ENOSPC;
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    sync_errno = 0;
    assert_int_equal(b.outcome[0].rc.code, HC_E_DISK_FULL);
    assert_non_null(strstr(b.outcome[0].why.text, "handclasp revoke --serial "));
    assert_int_equal(b.outcome[1].rc.code, HC_E_PROFILE_NAME);
    assert_int_equal(b.outcome[4].rc.code, HC_E_DISK_FULL);
    assert_false(world_has(w, "identities/a.example.com"));
    assert_false(world_has(w, "identities/.new"));
    assert_int_equal(world_events(w, "issue-failed"), N - 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), N - 1);
    batch_fini(&b);
}

static void what_a_batch_replaces_is_gone(void **state)
{
    struct world *w = *state;
    static struct batch b;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "c.example.com");
    world_write(w, "identities/c.example.com/old", "of the one before");
    expect_ok(&e, world_revoke(w, "c.example.com", &revoked, &e));
    batch_init(&b, FIVE);
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    expect_ok(&b.outcome[2].why, b.outcome[2].rc);
    assert_true(world_has(w, "identities/c.example.com/key.pem"));
    assert_false(world_has(w, "identities/c.example.com/old"));
    assert_false(world_has(w, "identities/.new"));
    batch_fini(&b);
}

static void one_that_cannot_be_placed_keeps_nobody_back(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;
    size_t lost = 0;

    batch_init(&b, FIVE);
    sync_robs = world_path(w, "identities/.new");
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    sync_robs = NULL;
    for (size_t i = 0; i < N; i++) {
        if (hc_ok(b.outcome[i].rc))
            continue;
        assert_int_equal(b.outcome[i].rc.code, HC_E_FILE_UNWRITABLE);
        assert_false(hc_file_exists(b.outcome[i].issued.dir));
        lost++;
    }
    assert_int_equal(lost, 1);
    assert_false(world_has(w, "identities/.new"));
    assert_int_equal(world_events(w, "issue-failed"), 1);
    batch_fini(&b);
}

static void more_than_a_batch_holds_is_refused(void **state)
{
    struct world *w = *state;
    static struct hc_issue_outcome outcome[HC_ISSUE_BATCH_MAX + 1];
    static struct hc_issue_request request[HC_ISSUE_BATCH_MAX + 1];
    struct hc_err e;

    expect_fail(&e, hc_authority_issue_batch(w->a, w->grant, request, HC_ISSUE_BATCH_MAX + 1, outcome, &e),
                HC_E_TOO_BIG);
    for (size_t i = 0; i <= HC_ISSUE_BATCH_MAX; i++)
        assert_int_equal(outcome[i].rc.code, HC_E_TOO_BIG); /* nobody takes silence for a certificate */
}

static void one_whose_directory_cannot_be_written_keeps_nobody_back(void **state)
{
    struct world *w = *state;
    static struct batch b;
    struct hc_err e;

    batch_init(&b, (const char *const[N]){"a.example.com", "b.example.com", "c.example.com", "d.example.com",
                                          "e.example.com"});
    world_write(w, "identities/b.example.com", "a file where a directory should be");
    expect_ok(&e, hc_authority_issue_batch(w->a, w->grant, b.request, N, b.outcome, &e));
    assert_int_equal(b.outcome[1].rc.code, HC_E_IDENTITY_EXISTS);
    assert_true(hc_ok(b.outcome[4].rc));
    batch_fini(&b);
}

/* ---- whose key it is ---- */

static void a_request_is_certified_with_its_own_key(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) key = NULL;
    HC_AUTO(hc_csr) csr = NULL;
    HC_AUTO(hc_name) name = world_name("device.example.com");
    HC_BUF_AUTO(der, HC_CSR_MAX);
    HC_CERT_LIST(cert);
    HC_ISSUED(issued);
    HC_REVOKED(revoked);
    struct hc_csr_plan plan = {.common_name = "device"};
    struct hc_issue_request request = {.profile = HC_PROFILE_CLIENT};
    struct hc_err e;

    expect_ok(&e, hc_key_generate(w->crypto, HC_KEY_ED25519, &key, &e));
    plan.key = key;
    expect_ok(&e, hc_csr_build(w->crypto, &plan, &der, &e));
    expect_ok(&e, hc_csr_parse(w->crypto, hc_buf_view(&der), &csr, &e));
    request.csr = csr;
    expect_ok(&e, world_issue(w, "device.example.com", request, &issued, &e));
    expect_ok(&e, hc_pem_load_certs(world_path(w, "identities/device.example.com/cert.pem"), 1, &cert, &e));
    assert_true(hc_key_matches_spki(key, cert.cert[0]->spki));
    assert_false(world_has(w, "identities/device.example.com/key.pem"));
    assert_true(world_has(w, "identities/device.example.com/chain.pem"));

    /* As after a crash between the record and the directory. */
    expect_ok(&e, hc_dir_remove(world_path(w, "identities/device.example.com"), &e));
    expect_ok(&e, hc_authority_redeliver(w->a, name, NULL, &issued, &e));
    assert_true(world_has(w, "identities/device.example.com/chain.pem"));
    expect_ok(&e, hc_dir_remove(world_path(w, "identities/device.example.com"), &e));
    expect_ok(&e, world_revoke(w, "device.example.com", &revoked, &e));
    expect_fail(&e, hc_authority_redeliver(w->a, name, NULL, &issued, &e), HC_E_IDENTITY_UNKNOWN);
}

static struct hc_csr *request_of(struct world *w, struct hc_key **key)
{
    struct hc_csr_plan plan = {.common_name = "device"};
    HC_BUF_AUTO(der, HC_CSR_MAX);
    struct hc_csr *csr = NULL;
    struct hc_err e;

    expect_ok(&e, hc_key_generate(w->crypto, HC_KEY_ED25519, key, &e));
    plan.key = *key;
    expect_ok(&e, hc_csr_build(w->crypto, &plan, &der, &e));
    expect_ok(&e, hc_csr_parse(w->crypto, hc_buf_view(&der), &csr, &e));
    return csr;
}

static void assert_holds(const struct world *w, const char *below, const struct hc_issued *issued)
{
    HC_CERT_LIST(cert);
    struct hc_err e;

    expect_ok(&e, hc_pem_load_certs(world_path(w, below), 1, &cert, &e));
    assert_true(hc_bytes_eq(cert.cert[0]->serial, hc_bytes_of(issued->serial, issued->serial_n)));
}

/* A crash left the directory of the certificate before, which has ended. */
static void a_directory_of_an_earlier_certificate_is_replaced(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) key = NULL;
    HC_AUTO(hc_csr) csr = request_of(w, &key);
    HC_AUTO(hc_name) name = world_name("d.example.com");
    struct hc_issue_request request = {.profile = HC_PROFILE_CLIENT, .csr = csr, .seconds = HC_DAY};
    HC_ISSUED(first);
    HC_ISSUED(second);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "d.example.com", request, &first, &e));
    world_copy(w, "identities/d.example.com/cert.pem", "first.pem");
    hc_authority_set_time(w->a, WORLD_NOW + 2 * HC_DAY);
    expect_ok(&e, world_issue(w, "d.example.com", request, &second, &e));
    world_copy(w, "first.pem", "identities/d.example.com/cert.pem");
    expect_ok(&e, hc_authority_redeliver(w->a, name, NULL, &first, &e)); /* not the newest: what is there stays */
    assert_holds(w, "identities/d.example.com/cert.pem", &first);
    expect_ok(&e, hc_authority_redeliver(w->a, name, NULL, &second, &e));
    assert_holds(w, "identities/d.example.com/cert.pem", &second);
    expect_ok(&e, hc_authority_redeliver(w->a, name, NULL, &first, &e));
    assert_holds(w, "identities/d.example.com/cert.pem", &second);
}

static void a_compromised_key_is_never_certified_again(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) key = NULL;
    HC_AUTO(hc_csr) csr = request_of(w, &key);
    HC_AUTO(hc_name) name = world_name("d.example.com");
    struct hc_issue_request request = {.profile = HC_PROFILE_CLIENT, .csr = csr};
    struct hc_revoke_request superseded = {.name = name, .reason = HC_CRL_SUPERSEDED};
    struct hc_revoke_request compromised = {.name = name, .reason = HC_CRL_KEY_COMPROMISE};
    HC_ISSUED(issued);
    HC_REVOKED(revoked);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "d.example.com", request, &issued, &e));
    expect_ok(&e, hc_authority_revoke(w->a, &superseded, &revoked, &e));
    hc_revoked_fini(&revoked);
    hc_issued_fini(&issued);
    expect_ok(&e, world_issue(w, "d.example.com", request, &issued, &e));
    expect_ok(&e, hc_authority_revoke(w->a, &compromised, &revoked, &e));
    expect_fail(&e, world_issue(w, "d.example.com", request, &issued, &e), HC_E_KEY_COMPROMISED);
    request.csr = NULL;
    hc_issued_fini(&issued);
    expect_ok(&e, world_issue(w, "d.example.com", request, &issued, &e)); /* a new key */
}

static void the_kind_of_key_can_be_asked_for(void **state)
{
    struct world *w = *state;
    HC_CERT_LIST(cert);
    HC_ISSUED(issued);
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER, .has_key_kind = true, .key_kind = HC_KEY_P384};
    struct hc_err e;

    expect_ok(&e, world_issue(w, "shop.example.com", request, &issued, &e));
    expect_ok(&e, hc_pem_load_certs(world_path(w, "identities/shop.example.com/cert.pem"), 1, &cert, &e));
    assert_int_equal(cert.cert[0]->spki_key.n, 1 + 2 * 48);
}

static void a_person_with_a_key_that_its_platform_cannot_import_is_refused_before_anything_is_recorded(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request request = {
        .profile = HC_PROFILE_PERSON, .has_key_kind = true, .key_kind = HC_KEY_ED25519, .p12_for = HC_P12_FIREFOX};
    struct hc_err e;

    expect_fail(&e, world_issue(w, "alice@example.com", request, &issued, &e), HC_E_USAGE);
    assert_int_equal(world_interrupted(w), 0);
}

static void an_issuer_that_is_not_there_or_is_the_root_issues_nothing(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER, .issuer = "nobody"};
    struct hc_err e;

    expect_fail(&e, world_issue(w, "shop.example.com", request, &issued, &e), HC_E_ISSUER_UNKNOWN);
    request.issuer = HC_HOME_ROOT;
    expect_fail(&e, world_issue(w, "shop.example.com", request, &issued, &e), HC_E_ISSUER_UNKNOWN);
    request.issuer = HC_HOME_ISSUER;
    expect_ok(&e, world_issue(w, "shop.example.com", request, &issued, &e));
    assert_string_equal(issued.issuer, HC_HOME_ISSUER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_batch_issues_what_it_can_and_says_why_not_the_rest),
        WORLD_TEST(two_of_a_batch_for_one_name_are_one),
        WORLD_TEST(a_batch_is_synced_once_and_leaves_no_workshop),
        WORLD_TEST(a_batch_that_cannot_be_synced_is_handed_out_to_nobody),
        WORLD_TEST(what_a_batch_replaces_is_gone),
        WORLD_TEST(one_that_cannot_be_placed_keeps_nobody_back),
        WORLD_TEST(more_than_a_batch_holds_is_refused),
        WORLD_TEST(one_whose_directory_cannot_be_written_keeps_nobody_back),
        WORLD_TEST(a_request_is_certified_with_its_own_key),
        WORLD_TEST(a_directory_of_an_earlier_certificate_is_replaced),
        WORLD_TEST(a_compromised_key_is_never_certified_again),
        WORLD_TEST(the_kind_of_key_can_be_asked_for),
        WORLD_TEST(a_person_with_a_key_that_its_platform_cannot_import_is_refused_before_anything_is_recorded),
        WORLD_TEST(an_issuer_that_is_not_there_or_is_the_root_issues_nothing),
    };

    return cmocka_run_group_tests_name("authority/batch", tests, NULL, NULL);
}

/* test_publish.c - CRLs that only move forward, whatever was restored from a backup. */
#include "authority/world.h"

static struct hc_published publish(struct world *w, bool force)
{
    struct hc_published done = {0};
    struct hc_err e;

    expect_ok(&e, hc_authority_publish(w->a, force, &done, &e));
    return done;
}

static void must_revoke(struct world *w, const char *name)
{
    HC_REVOKED(revoked);
    struct hc_err e;

    expect_ok(&e, world_revoke(w, name, &revoked, &e));
}

static unsigned number(const struct world *w, const char *issuer)
{
    HC_AUTO(hc_crl) crl = world_crl(w, issuer);

    return world_number(crl);
}

static size_t entries(const struct world *w)
{
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");

    return crl->n_entries;
}

static void fresh_crls_are_kept_and_forced_ones_are_signed(void **state)
{
    struct world *w = *state;

    assert_int_equal(publish(w, false).n_kept, 2);
    assert_int_equal(number(w, "issuing"), 1);
    assert_int_equal(publish(w, true).n_signed, 2);
    assert_int_equal(number(w, "issuing"), 2);
    assert_int_equal(number(w, "root"), 2);
}

static void a_crl_past_half_its_life_is_signed_again(void **state)
{
    struct world *w = *state;
    struct hc_published done;

    hc_authority_set_time(w->a, WORLD_NOW + 7 * HC_DAY / 2 - 1);
    assert_int_equal(publish(w, false).n_signed, 0);
    hc_authority_set_time(w->a, WORLD_NOW + 7 * HC_DAY / 2);
    done = publish(w, false);
    assert_int_equal(done.n_signed, 1);
    assert_int_equal(done.n_kept, 1);
    assert_int_equal(number(w, "root"), 1);
}

static void what_is_missing_or_garbage_is_made_again(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    world_write(w, "publish/crl/root.crl", "garbage");
    world_write(w, "publish/bundle.pem", "garbage");
    assert_int_equal(publish(w, false).n_signed, 1);
    assert_int_equal(number(w, "root"), 2);
    expect_ok(&e, hc_dir_remove(world_path(w, "publish"), &e));
    assert_int_equal(publish(w, false).n_signed, 2);
    assert_int_equal(number(w, "root"), 3);
    HC_CERT_LIST(bundle);
    expect_ok(&e, hc_pem_load_certs(world_path(w, "publish/bundle.pem"), 5, &bundle, &e));
    assert_true(hc_cert_eq(bundle.cert[0], hc_authority_root(w->a)));
}

static void restore(struct world *w)
{
    world_close(w);
    world_copy(w, "ledger.backup", "authority/ledger.db");
    world_open(w);
}

static void a_restored_ledger_neither_lowers_the_number_nor_forgets_a_revocation(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    must_revoke(w, "a.example.com");
    must_revoke(w, "b.example.com");
    assert_int_equal(number(w, "issuing"), 3);
    restore(w);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
    assert_int_equal(publish(w, false).n_signed, 1);
    assert_int_equal(number(w, "issuing"), 4);
    assert_int_equal(entries(w), 2); /* b's record is lost, its revocation is not */
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 0);
    assert_int_equal(world_events(w, "remember"), 1);
    assert_int_equal(publish(w, false).n_signed, 0);
}

static void a_revocation_after_a_restore_keeps_the_forgotten_ones(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    must_revoke(w, "a.example.com");
    restore(w);
    must_revoke(w, "b.example.com");
    assert_int_equal(number(w, "issuing"), 3);
    assert_int_equal(entries(w), 2);
}

static void a_restored_crl_does_not_lower_the_number_either(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_copy(w, "publish/crl/issuing.crl", "crl.backup");
    must_revoke(w, "a.example.com");
    world_copy(w, "crl.backup", "publish/crl/issuing.crl");
    assert_int_equal(number(w, "issuing"), 1);
    assert_int_equal(publish(w, false).n_signed, 1);
    assert_int_equal(number(w, "issuing"), 3);
    assert_int_equal(entries(w), 1);
}

static void a_crl_of_somebody_else_is_not_believed(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    must_revoke(w, "a.example.com");
    world_copy(w, "publish/crl/root.crl", "publish/crl/issuing.crl");
    assert_int_equal(publish(w, false).n_signed, 1);
    assert_int_equal(number(w, "issuing"), 3);
    assert_int_equal(entries(w), 1);
}

static void an_expired_entry_leaves_after_one_crl_beyond_its_end(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com"); /* 7 days */
    must_revoke(w, "a.example.com");
    hc_authority_set_time(w->a, WORLD_NOW + 6 * HC_DAY);
    publish(w, true);
    hc_authority_set_time(w->a, WORLD_NOW + 8 * HC_DAY);
    publish(w, true);
    assert_int_equal(entries(w), 1); /* the first one beyond the certificate's end still has it [RFC 5280 3.3] */
    publish(w, true);
    assert_int_equal(entries(w), 0);
}

static void dates_do_not_go_back_with_the_clock(void **state)
{
    struct world *w = *state;

    hc_authority_set_time(w->a, WORLD_NOW + HC_DAY);
    publish(w, true);
    hc_authority_set_time(w->a, WORLD_NOW + HC_HOUR);
    publish(w, true);
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_int_equal(crl->this_update, WORLD_NOW + HC_DAY);
    assert_int_equal(world_number(crl), 3);
}

static void the_roots_key_may_be_away_until_its_crl_is_due(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    done = publish(w, true);
    assert_int_equal(done.n_signed, 1);
    assert_int_equal(done.n_offline, 1);
    hc_authority_set_time(w->a, WORLD_NOW + 200 * HC_DAY);
    expect_fail(&e, hc_authority_publish(w->a, false, &done, &e), HC_E_CA_KEY_MISSING);
    assert_int_equal(number(w, "issuing"), 3); /* the other one was made nevertheless */
}

static void the_ledgers_chain_holds_after_all_this(void **state)
{
    struct world *w = *state;
    struct hc_err e;
    int64_t n = 0;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    must_revoke(w, "a.example.com");
    publish(w, true);
    expect_ok(&e, hc_ledger_check_events(hc_authority_ledger(w->a), &n, NULL, &e));
    assert_true(n >= 7);
}

static struct hc_rc publish_once(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;
    struct hc_published done;

    return hc_authority_publish(w->a, true, &done, e);
}

static void publishing_survives_every_failed_allocation(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    must_revoke(w, "a.example.com");
    assert_true(fault_sweep(publish_once, w) > 5);
    assert_int_equal(entries(w), 1);
}

/* The clock ran a hundred days ahead, a CRL was signed, and it was set right again. */
static void a_clock_that_ran_ahead_frees_nobody(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_published done;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    for (int i = 0; i < 2; i++) { /* the second one is later than the certificate's end by that clock */
        hc_authority_set_time(w->a, WORLD_NOW + (100 + i) * HC_DAY);
        expect_ok(&e, hc_authority_publish(w->a, true, &done, &e));
    }
    hc_authority_set_time(w->a, WORLD_NOW + HC_HOUR);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_int_equal(crl->n_entries, 1);
    assert_int_equal(crl->this_update,
                     WORLD_NOW + 101 * HC_DAY); /* it does not go back: whoever reads it shall notice */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_clock_that_ran_ahead_frees_nobody),
        WORLD_TEST(fresh_crls_are_kept_and_forced_ones_are_signed),
        WORLD_TEST(a_crl_past_half_its_life_is_signed_again),
        WORLD_TEST(what_is_missing_or_garbage_is_made_again),
        WORLD_TEST(a_restored_ledger_neither_lowers_the_number_nor_forgets_a_revocation),
        WORLD_TEST(a_revocation_after_a_restore_keeps_the_forgotten_ones),
        WORLD_TEST(a_restored_crl_does_not_lower_the_number_either),
        WORLD_TEST(a_crl_of_somebody_else_is_not_believed),
        WORLD_TEST(an_expired_entry_leaves_after_one_crl_beyond_its_end),
        WORLD_TEST(dates_do_not_go_back_with_the_clock),
        WORLD_TEST(the_roots_key_may_be_away_until_its_crl_is_due),
        WORLD_TEST(the_ledgers_chain_holds_after_all_this),
        WORLD_TEST(publishing_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("authority/publish", tests, NULL, NULL);
}

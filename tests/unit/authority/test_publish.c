/* test_publish.c - CRLs that only move forward, whatever was restored; and what else is published beside them. */
#include "authority/world.h"

#include "authority/head.h"

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
    (void)unlink(world_path(w, "authority/ledger.db-wal"));
    (void)unlink(world_path(w, "authority/ledger.db-shm"));
    world_open(w);
}

static void a_restored_ledger_neither_lowers_the_number_nor_forgets_a_revocation(void **state)
{
    struct world *w = *state;
    struct hc_published done;

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
    done = publish(w, false);
    assert_int_equal(done.n_signed, 1);
    assert_int_equal(done.remembered, 2);
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

static void the_roots_key_may_be_away_until_its_crl_will_not_do(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    done = publish(w, true);
    assert_int_equal(done.n_signed, 1);
    assert_int_equal(done.n_offline, 1);
    hc_authority_set_time(w->a, WORLD_NOW + 200 * HC_DAY); /* past half its life: due, and good all the same */
    done = publish(w, false);
    assert_int_equal(done.n_offline, 1);
    assert_int_equal(number(w, "root"), 1);
    assert_int_equal(number(w, "issuing"), 3);
    assert_int_equal(unlink(world_path(w, "publish/crl/root.crl")), 0);
    expect_fail(&e, hc_authority_publish(w->a, true, &done, &e), HC_E_ROOT_OFFLINE);
    assert_int_equal(number(w, "issuing"), 4); /* the other one was made nevertheless */
}

static void revoke_issuer(struct world *w)
{
    struct hc_ledger_revocation row = {.issuer = HC_BYTES("root"),
                                       .serial = hc_authority_issuer(w->a)->serial,
                                       .at = WORLD_NOW,
                                       .reason = HC_CRL_SUPERSEDED,
                                       .not_after = hc_authority_issuer(w->a)->not_after};
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_revocation(hc_authority_ledger(w->a), &row, NULL, &e));
    world_open(w);
}

static void an_offline_roots_crl_that_lacks_a_revocation_will_not_do(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    revoke_issuer(w);
    expect_fail(&e, hc_authority_publish(w->a, false, &done, &e), HC_E_ROOT_OFFLINE);
}

static void an_issuers_key_that_is_gone_is_missed_when_its_crl_is_due(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_head head;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/issuing.key.pem")), 0);
    done = publish(w, true);
    assert_int_equal(done.n_offline, 1);
    assert_int_equal(done.n_signed, 1);
    expect_ok(&e, hc_head_load(w->a, NULL, &head, &e));
    assert_string_equal(head.issuer, "root"); /* the only key that is here */
    hc_authority_set_time(w->a, WORLD_NOW + 5 * HC_DAY);
    expect_fail(&e, hc_authority_publish(w->a, false, &done, &e), HC_E_CA_KEY_MISSING);
}

static void without_any_key_the_head_cannot_be_signed(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "authority/issuing.key.pem")), 0);
    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    (void)unlink(world_path(w, "publish/ledger-head"));
    expect_fail(&e, hc_head_publish(w->a, false, NULL, &e), HC_E_ISSUER_NONE);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e)); /* nothing else was due */
    assert_true(done.head_unsigned);
}

static void a_dead_issuers_crl_stays_as_it_is(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_head head;
    struct hc_err e;

    revoke_issuer(w);
    done = publish(w, true);
    assert_int_equal(done.n_dead, 1);
    assert_int_equal(done.n_signed, 1);
    assert_int_equal(number(w, "issuing"), 1);
    assert_int_equal(number(w, "root"), 2);
    expect_ok(&e, hc_head_load(w->a, NULL, &head, &e));
    assert_string_equal(head.issuer, "root"); /* a revoked issuer signs no head either */
    hc_authority_set_time(w->a, WORLD_NOW + 300 * HC_DAY);
    assert_int_equal(publish(w, false).n_dead, 1);
    assert_int_equal(number(w, "issuing"), 1);
}

static void an_offline_roots_crl_tells_a_restored_ledger_who_is_revoked(void **state)
{
    struct world *w = *state;
    struct hc_published done;

    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    revoke_issuer(w);
    publish(w, false);
    restore(w);
    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    done = (struct hc_published){0};
    struct hc_err e;
    /* Nobody is left to sign the head; but the issuer is known as revoked again. */
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_true(done.head_unsigned);
    assert_int_equal(world_events(w, "remember"), 1);
    assert_int_equal(world_events(w, "restore"), 1);
    assert_int_equal(number(w, "issuing"), 1);
}

/* Nobody asks for the CRL of a revoked issuer any more; but it knows which keys are in wrong hands. */
static void a_dead_issuers_crl_tells_a_restored_ledger_what_it_forgot(void **state)
{
    struct world *w = *state;
    struct hc_published done;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    must_revoke(w, "a.example.com");
    revoke_issuer(w);
    publish(w, false);
    restore(w);
    done = publish(w, false);
    assert_int_equal(done.n_dead, 1);
    assert_int_equal(done.remembered, 2);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 0);
    assert_int_equal(publish(w, false).remembered, 0);
}

static ino_t inode(const struct world *w, const char *below)
{
    struct stat st;

    assert_int_equal(stat(world_path(w, below), &st), 0);
    return st.st_ino;
}

static void certificates_of_the_cas_are_published_and_not_stirred(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(der, HC_CERT_MAX);
    struct hc_err e;
    ino_t was;

    publish(w, false);
    expect_ok(&e, hc_file_read(world_path(w, "publish/ca/issuing.cer"), &der, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&der), hc_authority_issuer(w->a)->der));
    assert_int_equal(world_mode(w, "publish/ca/root.cer"), 0644);
    was = inode(w, "publish/ca/root.cer");
    publish(w, true);
    assert_int_equal(inode(w, "publish/ca/root.cer"), was);
    world_write(w, "publish/ca/root.cer", "garbage");
    publish(w, false);
    hc_buf_clear(&der);
    expect_ok(&e, hc_file_read(world_path(w, "publish/ca/root.cer"), &der, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&der), hc_authority_root(w->a)->der));
}

static void the_head_is_the_last_thing_that_is_signed(void **state)
{
    struct world *w = *state;
    struct hc_ledger_link last;
    struct hc_head head;
    struct hc_err e;

    (void)publish(w, false);
    assert_true(publish(w, true).head_signed);
    assert_false(publish(w, false).head_signed);
    expect_ok(&e, hc_ledger_head(hc_authority_ledger(w->a), &last, &e));
    expect_ok(&e, hc_head_load(w->a, NULL, &head, &e));
    assert_int_equal(head.links, last.number);
}

struct beside {
    size_t there, lacking, unknown, n;
};

static struct hc_rc add_up(void *ctx, const struct hc_published_crl *crl, struct hc_err *e)
{
    struct beside *b = ctx;

    (void)e;
    b->n++;
    b->there += crl->there;
    b->lacking += crl->lacking;
    b->unknown += crl->unknown;
    return HC_OK;
}

static struct beside beside(struct world *w)
{
    struct beside b = {0};
    struct hc_err e;

    expect_ok(&e, hc_authority_published_crls(w->a, add_up, &b, &e));
    assert_int_equal(b.n, 2);
    return b;
}

static void published_crls_are_compared_with_the_ledger(void **state)
{
    struct world *w = *state;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    world_copy(w, "publish/crl/issuing.crl", "crl.backup");
    must_revoke(w, "a.example.com");
    assert_int_equal(beside(w).there, 2);
    assert_int_equal(beside(w).lacking + beside(w).unknown, 0);
    world_copy(w, "publish/crl/issuing.crl", "crl.new");
    world_copy(w, "crl.backup", "publish/crl/issuing.crl");
    assert_int_equal(beside(w).lacking, 1);
    world_copy(w, "crl.new", "publish/crl/issuing.crl");
    restore(w);
    assert_int_equal(beside(w).unknown, 1);
    assert_int_equal(beside(w).lacking, 0);
    assert_int_equal(unlink(world_path(w, "publish/crl/issuing.crl")), 0);
    assert_int_equal(beside(w).there, 1);
}

static void the_ledgers_chain_holds_after_all_this(void **state)
{
    struct world *w = *state;
    struct hc_ledger_link head;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    must_revoke(w, "a.example.com");
    publish(w, true);
    expect_ok(&e, hc_ledger_check(hc_authority_ledger(w->a), NULL, &head, NULL, &e));
    assert_true(head.number >= 14); /* issuers, intents, certificates, a revocation, CRLs and events */
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
        WORLD_TEST(the_roots_key_may_be_away_until_its_crl_will_not_do),
        WORLD_TEST(an_offline_roots_crl_that_lacks_a_revocation_will_not_do),
        WORLD_TEST(an_issuers_key_that_is_gone_is_missed_when_its_crl_is_due),
        WORLD_TEST(without_any_key_the_head_cannot_be_signed),
        WORLD_TEST(a_dead_issuers_crl_stays_as_it_is),
        WORLD_TEST(a_dead_issuers_crl_tells_a_restored_ledger_what_it_forgot),
        WORLD_TEST(an_offline_roots_crl_tells_a_restored_ledger_who_is_revoked),
        WORLD_TEST(certificates_of_the_cas_are_published_and_not_stirred),
        WORLD_TEST(the_head_is_the_last_thing_that_is_signed),
        WORLD_TEST(published_crls_are_compared_with_the_ledger),
        WORLD_TEST(the_ledgers_chain_holds_after_all_this),
        WORLD_TEST(publishing_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("authority/publish", tests, NULL, NULL);
}

/* test_warn.c - warnings come in time and only then. */
#include "authority/world.h"

#include "authority/issuer.h"

static struct hc_rc join(void *ctx, const struct hc_warning *w, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%s%s of %.*s;", w->already ? "!" : "", hc_row(w->code)->name, HC_BYTES_FMT(w->issuer));
    assert_true(strlen(w->text) > 10);
    return HC_OK;
}

static void expect_warnings(struct world *w, int64_t at, const char *want)
{
    HC_BUF_AUTO(text, 512);
    struct hc_err e;

    hc_authority_set_time(w->a, at);
    expect_ok(&e, hc_authority_warnings(w->a, join, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), want);
}

static void a_crl_is_warned_of_in_its_last_quarter(void **state)
{
    struct world *w = *state;
    int64_t end = WORLD_NOW + 7 * HC_DAY;

    expect_warnings(w, WORLD_NOW, "");
    expect_warnings(w, end - 7 * HC_DAY / 4 - 1, "");
    expect_warnings(w, end - 7 * HC_DAY / 4, "HC_E_CRL_STALE of issuing;");
    expect_warnings(w, end, "HC_E_CRL_STALE of issuing;");
    expect_warnings(w, end + 1, "!HC_E_CRL_STALE of issuing;");
}

static void a_missing_crl_is_warned_of(void **state)
{
    struct world *w = *state;

    assert_int_equal(unlink(world_path(w, "publish/crl/root.crl")), 0);
    expect_warnings(w, WORLD_NOW, "!HC_E_CRL_MISSING of root;");
}

static void a_ca_is_warned_of_in_its_last_tenth(void **state)
{
    struct world *w = *state;

    expect_warnings(w, WORLD_NOW + 330 * HC_DAY,
                    "HC_E_CRL_STALE of root;HC_E_ISSUER_NEAR_END of issuing;!HC_E_CRL_STALE of issuing;");
}

static void a_crl_that_lacks_a_revocation_is_warned_of(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_copy(w, "publish/crl/issuing.crl", "old.crl");
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    expect_warnings(w, WORLD_NOW, "");
    world_copy(w, "old.crl", "publish/crl/issuing.crl");
    expect_warnings(w, WORLD_NOW, "!HC_E_CRL_LACKS of issuing;");
}

static void a_crl_that_nobody_can_read_is_warned_of(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    assert_int_equal(unlink(world_path(w, "publish/crl/issuing.crl")), 0);
    expect_ok(&e, hc_dir_make(world_path(w, "publish/crl/issuing.crl"), 0755, &e));
    expect_warnings(w, WORLD_NOW, "!HC_E_CRL_MISSING of issuing;");
}

static void a_crl_of_tomorrow_is_warned_of(void **state)
{
    struct world *w = *state;

    expect_warnings(w, WORLD_NOW - 1, "!HC_E_CRL_NOT_YET_VALID of root;!HC_E_CRL_NOT_YET_VALID of issuing;");
}

static void a_root_that_is_offline_is_asked_for_in_time(void **state)
{
    struct world *w = *state;
    int64_t end = WORLD_NOW + 365 * HC_DAY;

    assert_int_equal(unlink(world_path(w, "authority/root.key.pem")), 0);
    expect_warnings(w, WORLD_NOW, "");
    expect_warnings(w, end - 365 * HC_DAY / 4, "HC_E_ROOT_OFFLINE of root;!HC_E_CRL_STALE of issuing;");
}

static void an_issuer_is_warned_of_in_its_last_tenth_and_when_none_is_left(void **state)
{
    struct world *w = *state;
    int64_t end = hc_authority_issuer(w->a)->not_after;
    int64_t life = end - hc_authority_issuer(w->a)->not_before;

    assert_int_equal(unlink(world_path(w, "publish/crl/root.crl")), 0);
    assert_int_equal(unlink(world_path(w, "publish/crl/issuing.crl")), 0);
    expect_warnings(w, end - life / 10 - 1, "!HC_E_CRL_MISSING of root;!HC_E_CRL_MISSING of issuing;");
    expect_warnings(w, end - life / 10,
                    "!HC_E_CRL_MISSING of root;HC_E_ISSUER_NEAR_END of issuing;!HC_E_CRL_MISSING of issuing;");
    expect_warnings(w, end + 1, "!HC_E_ISSUER_NONE of ;!HC_E_CRL_MISSING of root;!HC_E_ISSUER_EXPIRED of issuing;");
}

static void add_issuer(struct world *w, const struct hc_issuer_plan *plan)
{
    struct hc_err e;

    expect_ok(&e, hc_issuer_add(w->a, w->grant, plan, &e));
}

static void an_issuer_with_a_successor_may_end(void **state)
{
    struct world *w = *state;
    int64_t end = hc_authority_issuer(w->a)->not_after;
    const struct hc_issuer_plan servers = {
        .name = "servers", .seconds = 2000 * HC_DAY, .profiles = 1u << HC_PROFILE_SERVER};
    const struct hc_issuer_plan all = {.name = "second", .seconds = 2000 * HC_DAY};
    struct hc_published done;
    struct hc_err e;

    hc_authority_set_time(w->a, end - HC_DAY);
    add_issuer(w, &servers);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    expect_warnings(w, end - HC_DAY, "HC_E_ISSUER_NEAR_END of issuing;"); /* that one issues to servers only */
    add_issuer(w, &all);
    expect_warnings(w, end - HC_DAY, "");
    expect_warnings(w, end + 1, "");
}

static void another_homes_issuers_are_not_watched(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_published done;
    struct hc_err e;

    o.root_only = true;
    world_init(w, &o);
    expect_ok(&e, hc_authority_publish(w->a, true, &done, &e));
    assert_true(done.head_signed); /* by the root: there is nobody else */
    expect_warnings(w, WORLD_NOW, "");
}

static void a_revoked_issuer_is_not_warned_of(void **state)
{
    struct world *w = *state;
    struct hc_ledger_revocation row = {.issuer = HC_BYTES("root"),
                                       .serial = hc_authority_issuer(w->a)->serial,
                                       .at = WORLD_NOW,
                                       .not_after = hc_authority_issuer(w->a)->not_after};
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_revocation(hc_authority_ledger(w->a), &row, NULL, &e));
    world_open(w);
    expect_warnings(w, WORLD_NOW + 8 * HC_DAY, "!HC_E_ISSUER_NONE of ;!HC_E_CRL_LACKS of root;");
}

static void a_bundle_that_was_changed_is_warned_of(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(pem, HC_CERT_MAX);

    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, hc_authority_issuer(w->a)->der);
    world_write(w, "publish/bundle.pem", hc_buf_cstr(&pem));
    expect_warnings(w, WORLD_NOW, "!HC_E_ROOT_CHANGED of root;");
    hc_buf_clear(&pem);
    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, hc_authority_root(w->a)->der);
    hc_pem_emit(&pem, HC_PEM_CERTIFICATE, hc_authority_issuer(w->a)->der);
    world_write(w, "publish/bundle.pem", hc_buf_cstr(&pem));
    expect_warnings(w, WORLD_NOW, "!HC_E_ROOT_CHANGED of root;");
    assert_int_equal(unlink(world_path(w, "publish/bundle.pem")), 0);
    expect_warnings(w, WORLD_NOW, "");
}

static void a_ledger_behind_the_published_head_is_warned_of(void **state)
{
    struct world *w = *state;
    struct hc_published done;
    struct hc_err e;

    world_close(w);
    world_copy(w, "authority/ledger.db", "ledger.backup");
    world_open(w);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    expect_warnings(w, WORLD_NOW, "");
    world_close(w);
    world_copy(w, "ledger.backup", "authority/ledger.db");
    (void)unlink(world_path(w, "authority/ledger.db-wal"));
    (void)unlink(world_path(w, "authority/ledger.db-shm"));
    world_open(w);
    expect_warnings(w, WORLD_NOW, "!HC_E_LEDGER_RESTORED of ;");
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    expect_warnings(w, WORLD_NOW, "");
}

static struct hc_rc warn_once(void *ctx, struct hc_err *e)
{
    struct world *w = ctx;
    HC_BUF_AUTO(text, 512);

    return hc_authority_warnings(w->a, join, &text, e);
}

static void warning_survives_every_failed_allocation(void **state)
{
    assert_true(fault_sweep(warn_once, *state) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_crl_is_warned_of_in_its_last_quarter),
        WORLD_TEST(a_missing_crl_is_warned_of),
        WORLD_TEST(a_crl_that_lacks_a_revocation_is_warned_of),
        WORLD_TEST(a_crl_of_tomorrow_is_warned_of),
        WORLD_TEST(a_crl_that_nobody_can_read_is_warned_of),
        WORLD_TEST(a_ca_is_warned_of_in_its_last_tenth),
        WORLD_TEST(a_root_that_is_offline_is_asked_for_in_time),
        WORLD_TEST(an_issuer_is_warned_of_in_its_last_tenth_and_when_none_is_left),
        WORLD_TEST(a_revoked_issuer_is_not_warned_of),
        WORLD_TEST(an_issuer_with_a_successor_may_end),
        EMPTY_TEST(another_homes_issuers_are_not_watched),
        WORLD_TEST(a_bundle_that_was_changed_is_warned_of),
        WORLD_TEST(a_ledger_behind_the_published_head_is_warned_of),
        WORLD_TEST(warning_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("authority/warn", tests, NULL, NULL);
}

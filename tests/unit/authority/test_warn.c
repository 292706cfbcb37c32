/* test_warn.c - warnings come in time and only then. */
#include "authority/world.h"

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
                    "HC_E_CRL_STALE of root;HC_E_ISSUER_EXPIRED of issuing;!HC_E_CRL_STALE of issuing;");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_crl_is_warned_of_in_its_last_quarter),     WORLD_TEST(a_missing_crl_is_warned_of),
        WORLD_TEST(a_crl_that_lacks_a_revocation_is_warned_of), WORLD_TEST(a_crl_of_tomorrow_is_warned_of),
        WORLD_TEST(a_crl_that_nobody_can_read_is_warned_of),    WORLD_TEST(a_ca_is_warned_of_in_its_last_tenth),
    };

    return cmocka_run_group_tests_name("authority/warn", tests, NULL, NULL);
}

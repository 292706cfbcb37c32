/* test_export.c - an identity in the form that a device imports, made later. */
#include "authority/world.h"

#include "authority/export.h"

#define DAY INT64_C(86400)

static struct hc_rc export(struct world *w, const char *name, enum hc_p12_for kind, struct hc_exported *out,
                           struct hc_err *e)
{
    HC_AUTO(hc_name) parsed = world_name(name);
    struct hc_export_request request = {.name = parsed, .kind = kind};

    return hc_authority_export(w->a, &request, out, e);
}

static void a_person_is_exported_for_every_platform(void **state)
{
    struct world *w = *state;
    const struct hc_p12_row *row;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_PERSON, "alice@example.com");
    for (size_t i = 0; (row = hc_p12_row_at(i)) != NULL; i++) {
        HC_EXPORTED(x);

        expect_ok(&e, export(w, "alice@example.com", row->kind, &x, &e));
        assert_true(x.p12.n > 500);
        assert_int_equal(x.mobileconfig.n > 0, row->profile);
        assert_non_null(x.made_passphrase);
        assert_true(hc_bytes_eq(x.cert->names[0].text, HC_BYTES("alice@example.com")));
    }
}

static void what_cannot_be_used_is_not_exported(void **state)
{
    struct world *w = *state;
    HC_EXPORTED(x);
    HC_REVOKED(revoked);
    struct hc_err e;

    expect_fail(&e, export(w, "nobody@example.com", HC_P12_MODERN, &x, &e), HC_E_IDENTITY_UNKNOWN);
    world_must_issue(w, HC_PROFILE_PERSON, "alice@example.com");
    world_must_issue(w, HC_PROFILE_PERSON, "bob@example.com");
    world_copy(w, "identities/bob@example.com/key.pem", "identities/bob@example.com/mine");
    world_copy(w, "identities/alice@example.com/key.pem", "identities/bob@example.com/key.pem");
    expect_fail(&e, export(w, "bob@example.com", HC_P12_MODERN, &x, &e), HC_E_KEY_MISMATCH);
    assert_int_equal(unlink(world_path(w, "identities/bob@example.com/key.pem")), 0);
    expect_fail(&e, export(w, "bob@example.com", HC_P12_MODERN, &x, &e), HC_E_EXPORT_KEY);
    hc_authority_set_time(w->a, WORLD_NOW + 91 * DAY);
    expect_fail(&e, export(w, "alice@example.com", HC_P12_MODERN, &x, &e), HC_E_CERT_EXPIRED);
    hc_authority_set_time(w->a, WORLD_NOW);
    expect_ok(&e, world_revoke(w, "alice@example.com", &revoked, &e));
    expect_fail(&e, export(w, "alice@example.com", HC_P12_MODERN, &x, &e), HC_E_REVOKED);
}

static void a_certificate_that_the_ledger_does_not_know_is_not_exported(void **state)
{
    struct world *w = *state;
    HC_EXPORTED(x);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_PERSON, "alice@example.com");
    world_copy(w, "identities/alice@example.com/bundle.pem", "identities/alice@example.com/cert.pem");
    expect_ok(&e, hc_dir_make(world_path(w, "identities/eve@example.com"), 0755, &e));
    world_copy(w, "identities/alice@example.com/bundle.pem", "identities/eve@example.com/cert.pem");
    expect_fail(&e, export(w, "eve@example.com", HC_P12_MODERN, &x, &e), HC_E_EXPORT_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_person_is_exported_for_every_platform),
        WORLD_TEST(what_cannot_be_used_is_not_exported),
        WORLD_TEST(a_certificate_that_the_ledger_does_not_know_is_not_exported),
    };

    return cmocka_run_group_tests_name("authority/export", tests, NULL, NULL);
}

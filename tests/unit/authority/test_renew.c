/* test_renew.c - the same identity again: what stays, what changes, what is refused. */
#include "authority/world.h"

#include "authority/renew.h"
#include "crypto/key.h"

#define DAY INT64_C(86400)

static struct hc_rc renew(struct world *w, const char *name, struct hc_renew_request request, struct hc_issued *out,
                          struct hc_err *e)
{
    HC_AUTO(hc_name) parsed = world_name(name);

    request.name = parsed;
    return hc_authority_renew(w->a, w->grant, &request, out, e);
}

static struct hc_cert *cert_in(const struct world *w, const char *below)
{
    HC_CERT_LIST(list);
    struct hc_err e;

    expect_ok(&e, hc_pem_load_certs(world_path(w, below), 1, &list, &e));
    return hc_cert_ref(list.cert[0]);
}

/* A server with a second name. */
static void issue_shop(struct world *w)
{
    HC_AUTO(hc_name) www = world_name("www.example.com");
    const struct hc_name *extra[] = {www};
    HC_ISSUED(issued);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "shop.example.com",
                              (struct hc_issue_request){.profile = HC_PROFILE_SERVER, .extra = extra, .n_extra = 1},
                              &issued, &e));
}

static void a_renewed_certificate_keeps_names_and_gets_a_new_key_and_serial(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_cert) before = NULL;
    HC_AUTO(hc_cert) after = NULL;
    HC_ISSUED(issued);
    struct hc_err e;

    issue_shop(w);
    before = cert_in(w, "identities/shop.example.com/cert.pem");
    hc_authority_set_time(w->a, WORLD_NOW + 20 * DAY);
    expect_ok(&e, renew(w, "shop.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e));
    after = cert_in(w, "identities/shop.example.com/cert.pem");
    assert_int_equal(after->n_names, 2);
    assert_true(hc_name_eq(&after->names[1], &before->names[1]));
    assert_false(hc_bytes_eq(after->spki, before->spki));
    assert_false(hc_bytes_eq(after->serial, before->serial));
    assert_int_equal(after->not_after, WORLD_NOW + 50 * DAY);
    assert_int_equal(world_events(w, "renew"), 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unreplaced = true, .leaves = true}), 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 2);
}

static void the_same_key_stays_when_asked_for(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_cert) before = NULL;
    HC_AUTO(hc_cert) after = NULL;
    HC_ISSUED(issued);
    struct hc_err e;

    issue_shop(w);
    before = cert_in(w, "identities/shop.example.com/cert.pem");
    expect_ok(&e, renew(w, "shop.example.com", (struct hc_renew_request){.same_key = true}, &issued, &e));
    after = cert_in(w, "identities/shop.example.com/cert.pem");
    assert_true(hc_bytes_eq(after->spki, before->spki));
}

static void another_key_in_the_directory_is_not_the_same_key(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    issue_shop(w);
    world_must_issue(w, HC_PROFILE_SERVER, "other.example.com");
    world_copy(w, "identities/other.example.com/key.pem", "identities/shop.example.com/key.pem");
    expect_fail(&e, renew(w, "shop.example.com", (struct hc_renew_request){.same_key = true}, &issued, &e),
                HC_E_KEY_MISMATCH);
    assert_int_equal(world_events(w, "renew"), 0);
}

static void a_shorter_life_is_renewed_as_short(void **state)
{
    struct world *w = *state;
    HC_ISSUED(first);
    HC_ISSUED(second);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "job.example.com",
                              (struct hc_issue_request){.profile = HC_PROFILE_CLIENT, .seconds = 3600}, &first, &e));
    expect_ok(&e, renew(w, "job.example.com", (struct hc_renew_request){.name = NULL}, &second, &e));
    assert_int_equal(second.not_after, WORLD_NOW + 3600);
    expect_ok(&e, renew(w, "job.example.com", (struct hc_renew_request){.seconds = 7200}, &second, &e));
    assert_int_equal(second.not_after, WORLD_NOW + 7200);
}

static void a_revoked_certificate_is_not_renewed(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    HC_ISSUED(issued);
    struct hc_err e;

    issue_shop(w);
    expect_ok(&e, world_revoke(w, "shop.example.com", &revoked, &e));
    expect_fail(&e, renew(w, "shop.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e),
                HC_E_RENEW_REVOKED);
}

static void an_expired_certificate_is_renewed_within_its_window_only(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;
    int64_t end = WORLD_NOW + 30 * DAY;

    issue_shop(w);
    hc_authority_set_time(w->a, end + 30 * DAY + 1);
    expect_fail(&e, renew(w, "shop.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e),
                HC_E_RENEW_WINDOW);
    hc_authority_set_time(w->a, end + 30 * DAY);
    expect_ok(&e, renew(w, "shop.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e));
}

static void only_the_label_that_was_named_is_renewed(void **state)
{
    struct world *w = *state;
    HC_ISSUED(phone);
    HC_ISSUED(again);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_PERSON, "alice@example.com");
    expect_fail(&e, renew(w, "alice@example.com", (struct hc_renew_request){.label = "phone"}, &again, &e),
                HC_E_IDENTITY_UNKNOWN);
    expect_ok(&e, world_issue(w, "alice@example.com",
                              (struct hc_issue_request){.profile = HC_PROFILE_PERSON, .label = "phone"}, &phone, &e));
    expect_ok(&e, renew(w, "alice@example.com", (struct hc_renew_request){.label = "phone"}, &again, &e));
    assert_string_equal(again.dir, phone.dir);
    assert_non_null(again.made_passphrase);
}

static void without_its_key_here_a_request_is_wanted(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    issue_shop(w);
    assert_int_equal(unlink(world_path(w, "identities/shop.example.com/key.pem")), 0);
    expect_fail(&e, renew(w, "shop.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e), HC_E_RENEW_KEY);
}

static void nobody_is_renewed_who_was_never_issued(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    expect_fail(&e, renew(w, "nobody.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e),
                HC_E_IDENTITY_UNKNOWN);
}

/* ---- what is due ---- */

struct due {
    char text[1024];
    struct world *w; /* renews when set */
};

static struct hc_rc see_due(void *ctx, const struct hc_renewable *r, struct hc_err *e)
{
    struct due *d = ctx;
    HC_ISSUED(issued);
    size_t n = strlen(d->text);

    (void)snprintf(d->text + n, sizeof d->text - n, "%.*s%s ", HC_BYTES_FMT(r->row->identity),
                   r->key_here ? "" : "(no key)");
    if (!d->w)
        return HC_OK;
    return hc_authority_renew(d->w->a, d->w->grant, &(struct hc_renew_request){.name = r->name}, &issued, e);
}

static void what_ends_soon_is_due_and_no_longer_when_renewed(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct due first = {.w = w}, second = {.w = NULL};
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "a.example.com"); /* 30 days */
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com"); /* 7 days */
    world_must_issue(w, HC_PROFILE_CLIENT, "c.example.com");
    world_must_issue(w, HC_PROFILE_CLIENT, "d.example.com");
    expect_ok(&e, world_revoke(w, "d.example.com", &revoked, &e));
    hc_authority_set_time(w->a, WORLD_NOW + 8 * DAY); /* b and c have ended, which the window forgives */
    expect_ok(&e, hc_authority_renewable(w->a, 7 * DAY, see_due, &first, &e));
    assert_string_equal(first.text, "dns:b.example.com dns:c.example.com ");
    expect_ok(&e, hc_authority_renewable(w->a, 6 * DAY, see_due, &second, &e));
    assert_string_equal(second.text, "");
}

static void an_expired_one_that_was_issued_anew_is_not_due(void **state)
{
    struct world *w = *state;
    struct due due = {.w = NULL};
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    hc_authority_set_time(w->a, WORLD_NOW + 8 * DAY);
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    expect_ok(&e, hc_authority_renewable(w->a, DAY, see_due, &due, &e));
    assert_string_equal(due.text, "");
}

/* As after a crash between the record of the successor and its directory. */
static void one_whose_successor_was_never_handed_out_is_still_due(void **state)
{
    struct world *w = *state;
    struct due due = {.w = w}, again = {.w = NULL};
    HC_ISSUED(issued);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    world_copy(w, "identities/b.example.com/cert.pem", "identities/old");
    hc_authority_set_time(w->a, WORLD_NOW + 5 * DAY);
    expect_ok(&e, renew(w, "b.example.com", (struct hc_renew_request){.name = NULL}, &issued, &e));
    world_copy(w, "identities/old", "identities/b.example.com/cert.pem");
    expect_ok(&e, hc_authority_renewable(w->a, 3 * DAY, see_due, &due, &e));
    assert_string_equal(due.text, "dns:b.example.com ");
    expect_ok(&e, hc_authority_renewable(w->a, 3 * DAY, see_due, &again, &e));
    assert_string_equal(again.text, "");
}

static void the_living_below_an_issuer_are_told_with_their_keys(void **state)
{
    struct world *w = *state;
    struct due due = {.w = NULL};
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "a.example.com");
    world_must_issue(w, HC_PROFILE_SERVER, "b.example.com");
    assert_int_equal(unlink(world_path(w, "identities/b.example.com/key.pem")), 0);
    expect_ok(&e, hc_authority_renewable_of(w->a, HC_HOME_ISSUER, see_due, &due, &e));
    assert_string_equal(due.text, "dns:a.example.com dns:b.example.com(no key) ");
    expect_fail(&e, hc_authority_renewable_of(w->a, "other", see_due, &due, &e), HC_E_ISSUER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_renewed_certificate_keeps_names_and_gets_a_new_key_and_serial),
        WORLD_TEST(the_same_key_stays_when_asked_for),
        WORLD_TEST(another_key_in_the_directory_is_not_the_same_key),
        WORLD_TEST(a_shorter_life_is_renewed_as_short),
        WORLD_TEST(a_revoked_certificate_is_not_renewed),
        WORLD_TEST(an_expired_certificate_is_renewed_within_its_window_only),
        WORLD_TEST(only_the_label_that_was_named_is_renewed),
        WORLD_TEST(without_its_key_here_a_request_is_wanted),
        WORLD_TEST(nobody_is_renewed_who_was_never_issued),
        WORLD_TEST(what_ends_soon_is_due_and_no_longer_when_renewed),
        WORLD_TEST(an_expired_one_that_was_issued_anew_is_not_due),
        WORLD_TEST(one_whose_successor_was_never_handed_out_is_still_due),
        WORLD_TEST(the_living_below_an_issuer_are_told_with_their_keys),
    };

    return cmocka_run_group_tests_name("authority/renew", tests, NULL, NULL);
}

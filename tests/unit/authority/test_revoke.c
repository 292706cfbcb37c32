/* test_revoke.c - ledger first, CRL second, and never a success that was none. */
#include "authority/world.h"

static void load_leaf(const struct world *w, const char *below, struct hc_cert_list *out)
{
    struct hc_err e;

    expect_ok(&e, hc_pem_load_certs(world_path(w, below), 5, out, &e));
}

static void a_revoked_certificate_is_on_the_crl(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    HC_CERT_LIST(leaf);
    struct hc_crl_entry entry;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    load_leaf(w, "identities/a.example.com/cert.pem", &leaf);
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_int_equal(revoked.n, 1);
    assert_int_equal(revoked.crl_number, 2);
    assert_non_null(strstr(hc_buf_cstr(&revoked.lines), "dns:a.example.com\n"));
    assert_int_equal(world_number(crl), 2);
    assert_int_equal(crl->n_entries, 1);
    assert_true(hc_crl_find(crl, leaf.cert[0]->serial, &entry));
    assert_int_equal(entry.reason, HC_CRL_SUPERSEDED);
    assert_int_equal(entry.time, WORLD_NOW);
    assert_int_equal(world_events(w, "revoke"), 1);
}

static void a_name_revokes_every_label_of_it(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    expect_ok(&e, world_issue(w, "a.example.com",
                              (struct hc_issue_request){.profile = HC_PROFILE_CLIENT, .label = "two"}, &issued, &e));
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    assert_int_equal(revoked.n, 2);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
}

static struct hc_rc revoke_serial(struct world *w, struct hc_bytes serial, struct hc_revoked *out, struct hc_err *e)
{
    struct hc_revoke_request request = {.serial = serial, .reason = HC_CRL_KEY_COMPROMISE};

    return hc_authority_revoke(w->a, &request, out, e);
}

static void a_serial_revokes_only_its_own(void **state)
{
    struct world *w = *state;
    HC_BUF_AUTO(text, 64);
    HC_BUF_AUTO(serial, 64);
    HC_ISSUED(one);
    HC_REVOKED(revoked);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "a.example.com", (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &one, &e));
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    hc_serial_text(hc_bytes_of(one.serial, one.serial_n), &text);
    expect_ok(&e, hc_revoke_serial(hc_buf_view(&text), &serial, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&serial), hc_bytes_of(one.serial, one.serial_n)));
    expect_ok(&e, revoke_serial(w, hc_buf_view(&serial), &revoked, &e));
    assert_int_equal(revoked.n, 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
}

static void serials_are_read_as_programs_print_them(void **state)
{
    static const struct {
        const char *text;
        struct hc_bytes want;
    } cases[] = {
        {"0A:1b:2C", HC_BYTES("\x0a\x1b\x2c")},
        {"a1b2c", HC_BYTES("\x0a\x1b\x2c")},
        {"00a1b2c", HC_BYTES("\x0a\x1b\x2c")},
        {"FF", HC_BYTES("\x00\xff")},
        {"7f", HC_BYTES("\x7f")},
    };
    static const char *const bad[] = {
        "", ":", "0", "00:00", "xyz", "0x12", "12 34", "-1", "11112222333344445555666677778888999900001"};
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        HC_BUF_AUTO(out, 64);
        expect_ok(&e, hc_revoke_serial(hc_bytes_str(cases[i].text), &out, &e));
        assert_true(hc_bytes_eq(hc_buf_view(&out), cases[i].want));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        HC_BUF_AUTO(out, 64);
        expect_fail(&e, hc_revoke_serial(hc_bytes_str(bad[i]), &out, &e), HC_E_IDENTITY_UNKNOWN);
    }
}

static void what_was_never_issued_is_unknown(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    expect_fail(&e, world_revoke(w, "nobody.example.com", &revoked, &e), HC_E_IDENTITY_UNKNOWN);
    expect_fail(&e, revoke_serial(w, HC_BYTES("\x01"), &revoked, &e), HC_E_IDENTITY_UNKNOWN);
    expect_fail(&e, revoke_serial(w, hc_authority_issuer(w->a)->serial, &revoked, &e), HC_E_IDENTITY_UNKNOWN);
    expect_fail(&e, revoke_serial(w, (struct hc_bytes){0}, &revoked, &e), HC_E_USAGE);
}

static void what_is_revoked_or_expired_is_not_revoked_again(void **state)
{
    struct world *w = *state;
    HC_REVOKED(first);
    HC_REVOKED(again);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example.com");
    expect_ok(&e, world_revoke(w, "a.example.com", &first, &e));
    expect_fail(&e, world_revoke(w, "a.example.com", &again, &e), HC_E_ALREADY_REVOKED);
    hc_authority_set_time(w->a, WORLD_NOW + 8 * HC_DAY);
    expect_fail(&e, world_revoke(w, "b.example.com", &again, &e), HC_E_ALREADY_REVOKED);
}

static void a_revoked_identity_may_be_issued_again(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
}

static void a_reason_that_no_leaf_can_have_is_refused(void **state)
{
    static const enum hc_crl_reason bad[] = {HC_CRL_CA_COMPROMISE, HC_CRL_CERTIFICATE_HOLD, HC_CRL_AA_COMPROMISE,
                                             (enum hc_crl_reason)8, (enum hc_crl_reason)77};
    struct world *w = *state;
    HC_AUTO(hc_name) name = world_name("a.example.com");
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hc_revoke_request request = {.name = name, .reason = bad[i]};
        expect_fail(&e, hc_authority_revoke(w->a, &request, &revoked, &e), HC_E_REASON);
    }
}

static struct hc_rc count(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)row;
    (void)e;
    ++*(int *)ctx;
    return HC_OK;
}

static void what_would_be_revoked_can_be_seen_before(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_name) name = world_name("a.example.com");
    struct hc_revoke_request request = {.name = name};
    struct hc_err e;
    int n = 0;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, hc_authority_revocable(w->a, &request, count, &n, &e));
    assert_int_equal(n, 1);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
}

static void a_crl_that_cannot_be_written_is_no_success_and_publish_finishes_it(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_published done;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_ok(&e, hc_dir_remove(world_path(w, "publish/crl"), &e));
    world_write(w, "publish/crl", "a file where a directory should be");
    expect_fail(&e, world_revoke(w, "a.example.com", &revoked, &e), HC_E_FILE_UNWRITABLE);
    assert_non_null(strstr(e.text, "the ledger has the revocation"));
    assert_non_null(strstr(e.text, "handclasp publish"));
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 0);
    assert_int_equal(unlink(world_path(w, "publish/crl")), 0);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_int_equal(crl->n_entries, 1);
    assert_true(world_number(crl) > 2);
}

/* What a kill between ledger and CRL leaves behind, and a full disk: the second attempt must not stop at "already". */
static void a_second_attempt_publishes_what_the_first_could_not(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_copy(w, "publish/crl/issuing.crl", "old.crl");
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    world_copy(w, "old.crl", "publish/crl/issuing.crl");
    expect_fail(&e, world_revoke(w, "a.example.com", &revoked, &e), HC_E_ALREADY_REVOKED);
    assert_non_null(strstr(e.text, "it is now"));
    HC_AUTO(hc_crl) crl = world_crl(w, "issuing");
    assert_int_equal(crl->n_entries, 1);
    assert_int_equal(world_number(crl), 3);
    expect_fail(&e, world_revoke(w, "a.example.com", &revoked, &e), HC_E_ALREADY_REVOKED);
    assert_null(strstr(e.text, "it is now"));
}

static void a_second_attempt_that_cannot_publish_either_says_so(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_copy(w, "publish/crl/issuing.crl", "old.crl");
    expect_ok(&e, world_revoke(w, "a.example.com", &revoked, &e));
    world_copy(w, "old.crl", "publish/crl/issuing.crl");
    world_open(w); /* forgets the key */
    assert_int_equal(unlink(world_path(w, "authority/issuing.key.pem")), 0);
    expect_fail(&e, world_revoke(w, "a.example.com", &revoked, &e), HC_E_CA_KEY_MISSING);
    assert_non_null(strstr(e.text, "still not published"));
}

static void a_name_revokes_what_carries_it_as_a_further_name(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_name) alice = world_name("alice@example.com");
    const struct hc_name *extra[] = {alice};
    HC_ISSUED(issued);
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_PERSON, "alice@example.com");
    world_must_issue(w, HC_PROFILE_CLIENT, "other.example.com");
    expect_ok(&e, world_issue(w, "laptop.example.com",
                              (struct hc_issue_request){.profile = HC_PROFILE_CLIENT, .extra = extra, .n_extra = 1},
                              &issued, &e));
    expect_ok(&e, world_revoke(w, "alice@example.com", &revoked, &e));
    assert_int_equal(revoked.n, 2);
    assert_non_null(strstr(hc_buf_cstr(&revoked.lines), "dns:laptop.example.com\n"));
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
}

static void a_missing_key_stops_a_revocation_before_the_ledger(void **state)
{
    struct world *w = *state;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    world_open(w); /* forgets the key */
    assert_int_equal(unlink(world_path(w, "authority/issuing.key.pem")), 0);
    expect_fail(&e, world_revoke(w, "a.example.com", &revoked, &e), HC_E_CA_KEY_MISSING);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.unrevoked = true, .leaves = true}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_revoked_certificate_is_on_the_crl),
        WORLD_TEST(a_name_revokes_every_label_of_it),
        WORLD_TEST(a_serial_revokes_only_its_own),
        cmocka_unit_test(serials_are_read_as_programs_print_them),
        WORLD_TEST(what_was_never_issued_is_unknown),
        WORLD_TEST(what_is_revoked_or_expired_is_not_revoked_again),
        WORLD_TEST(a_revoked_identity_may_be_issued_again),
        WORLD_TEST(a_reason_that_no_leaf_can_have_is_refused),
        WORLD_TEST(what_would_be_revoked_can_be_seen_before),
        WORLD_TEST(a_crl_that_cannot_be_written_is_no_success_and_publish_finishes_it),
        WORLD_TEST(a_second_attempt_publishes_what_the_first_could_not),
        WORLD_TEST(a_second_attempt_that_cannot_publish_either_says_so),
        WORLD_TEST(a_name_revokes_what_carries_it_as_a_further_name),
        WORLD_TEST(a_missing_key_stops_a_revocation_before_the_ledger),
    };

    return cmocka_run_group_tests_name("authority/revoke", tests, NULL, NULL);
}

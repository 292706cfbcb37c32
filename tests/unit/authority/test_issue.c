/* test_issue.c - what is issued, what is refused, and what is left behind. */
#include "authority/world.h"

#include "crypto/key.h"
#include "pki/subtree.h"

static const struct hc_issue_request SERVER = {.profile = HC_PROFILE_SERVER};
static const struct hc_issue_request CLIENT = {.profile = HC_PROFILE_CLIENT};
static const struct hc_issue_request PERSON = {.profile = HC_PROFILE_PERSON};

static void load_chain(const struct world *w, const char *below, struct hc_cert_list *out)
{
    struct hc_err e;

    expect_ok(&e, hc_pem_load_certs(world_path(w, below), 5, out, &e));
}

static void an_identity_has_its_four_files_and_their_modes(void **state)
{
    struct world *w = *state;
    HC_CERT_LIST(chain);
    HC_CERT_LIST(cert);
    HC_CERT_LIST(bundle);

    world_must_issue(w, HC_PROFILE_SERVER, "shop.example.com");
    assert_int_equal(world_mode(w, "identities/shop.example.com/key.pem"), 0600);
    assert_int_equal(world_mode(w, "identities/shop.example.com/cert.pem"), 0644);
    load_chain(w, "identities/shop.example.com/cert.pem", &cert);
    load_chain(w, "identities/shop.example.com/chain.pem", &chain);
    load_chain(w, "identities/shop.example.com/bundle.pem", &bundle);
    assert_int_equal(cert.n, 1);
    assert_int_equal(chain.n, 2);
    assert_true(hc_cert_eq(chain.cert[0], cert.cert[0]));
    assert_true(hc_cert_eq(chain.cert[1], hc_authority_issuer(w->a)));
    assert_true(hc_cert_eq(bundle.cert[0], hc_authority_root(w->a)));
    assert_false(world_has(w, "identities/shop.example.com/root.cer"));
    assert_int_equal(world_interrupted(w), 0);
    assert_int_equal(world_events(w, "issue"), 1);
}

static void the_key_belongs_to_the_certificate(void **state)
{
    struct world *w = *state;
    HC_CERT_LIST(cert);
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    HC_AUTO(hc_key) key = NULL;
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_PEER, "node.example.com");
    load_chain(w, "identities/node.example.com/cert.pem", &cert);
    expect_ok(&e, hc_file_read(world_path(w, "identities/node.example.com/key.pem"), &pem, &e));
    expect_ok(&e, hc_key_from_pem(w->crypto, hc_buf_view(&pem), NULL, &key, &e));
    assert_true(hc_key_matches_spki(key, cert.cert[0]->spki));
}

static void a_person_gets_a_p12_with_a_passphrase_of_its_own(void **state)
{
    struct world *w = *state;
    HC_ISSUED(made);
    HC_ISSUED(given);
    HC_AUTO(hc_secret) mine = NULL;
    struct hc_issue_request with = PERSON;
    struct hc_err e;

    expect_ok(&e, world_issue(w, "alice@example.com", PERSON, &made, &e));
    assert_true(hc_secret_view(made.made_passphrase).n >= 19);
    assert_int_equal(world_mode(w, "identities/alice@example.com/alice@example.com.p12"), 0600);
    assert_string_equal(made.p12, world_path(w, "identities/alice@example.com/alice@example.com.p12"));
    assert_int_equal(world_mode(w, "identities/alice@example.com/root.cer"), 0644);
    expect_ok(&e, hc_secret_copy(HC_BYTES("a passphrase"), &mine, &e));
    with.p12_passphrase = mine;
    expect_ok(&e, world_issue(w, "bob@example.com", with, &given, &e));
    assert_null(given.made_passphrase);
}

static void an_empty_p12_passphrase_is_refused_before_anything_is_recorded(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    HC_AUTO(hc_secret) empty = NULL;
    struct hc_issue_request with = PERSON;
    struct hc_err e;

    expect_ok(&e, hc_secret_new(0, &empty, &e));
    with.p12_passphrase = empty;
    expect_fail(&e, world_issue(w, "alice@example.com", with, &issued, &e), HC_E_PASSPHRASE_NEEDED);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 0);
    assert_int_equal(world_interrupted(w), 0);
}

static void serials_are_128_random_bits_and_positive(void **state)
{
    struct world *w = *state;
    uint8_t seen[8][HC_SERIAL_MAX] = {0}, any = 0, all = 0xff;
    char name[32];

    for (int i = 0; i < 8; i++) {
        HC_ISSUED(issued);
        struct hc_err e;
        const uint8_t *bits;

        (void)snprintf(name, sizeof name, "n%d.example.com", i);
        expect_ok(&e, world_issue(w, name, CLIENT, &issued, &e));
        assert_true(issued.serial_n == 16 || (issued.serial_n == 17 && issued.serial[0] == 0));
        assert_true(issued.serial[0] < 0x80);
        bits = issued.serial + issued.serial_n - 16;
        any |= bits[15];
        all &= bits[15];
        for (int k = 0; k < i; k++)
            assert_memory_not_equal(seen[k], bits, 16);
        memcpy(seen[i], bits, 16);
    }
    assert_true(any != all); /* the last byte is not a constant */
}

static void lifetimes_are_the_profiles_or_the_wish(void **state)
{
    struct world *w = *state;
    HC_ISSUED(server);
    HC_ISSUED(client);
    HC_ISSUED(person);
    HC_ISSUED(wish);
    struct hc_issue_request hour = CLIENT;
    struct hc_err e;

    hour.seconds = HC_HOUR;
    expect_ok(&e, world_issue(w, "s.example.com", SERVER, &server, &e));
    expect_ok(&e, world_issue(w, "c.example.com", CLIENT, &client, &e));
    expect_ok(&e, world_issue(w, "p@example.com", PERSON, &person, &e));
    expect_ok(&e, world_issue(w, "h.example.com", hour, &wish, &e));
    assert_int_equal(server.not_after - WORLD_NOW, 30 * HC_DAY);
    assert_int_equal(client.not_after - WORLD_NOW, 7 * HC_DAY);
    assert_int_equal(person.not_after - WORLD_NOW, 90 * HC_DAY);
    assert_int_equal(wish.not_after - WORLD_NOW, HC_HOUR);
    assert_int_equal(wish.not_before, WORLD_NOW - 300);
    assert_false(wish.truncated);
}

static void a_leaf_never_outlives_its_issuer_and_the_result_tells(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request long_one = SERVER;
    struct hc_err e;

    long_one.seconds = 1000 * INT64_C(86400);
    expect_ok(&e, world_issue(w, "s.example.com", long_one, &issued, &e));
    assert_true(issued.truncated);
    assert_int_equal(issued.not_after, hc_authority_issuer(w->a)->not_after);
}

static void a_leaf_never_begins_before_its_issuer(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    hc_authority_set_time(w->a, WORLD_NOW - 200);
    expect_ok(&e, world_issue(w, "s.example.com", SERVER, &issued, &e));
    assert_int_equal(issued.not_before, hc_authority_issuer(w->a)->not_before);
}

static void an_ended_or_future_issuer_issues_nothing(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    hc_authority_set_time(w->a, hc_authority_issuer(w->a)->not_after + 1);
    expect_fail(&e, world_issue(w, "s.example.com", SERVER, &issued, &e), HC_E_ISSUER_ENDED);
    hc_authority_set_time(w->a, hc_authority_issuer(w->a)->not_before - 1);
    expect_fail(&e, world_issue(w, "s.example.com", SERVER, &issued, &e), HC_E_CLOCK);
    assert_int_equal(world_interrupted(w), 0);
}

static void an_existing_identity_needs_a_label(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request phone = CLIENT;
    struct hc_err e;

    phone.label = "phone";
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    expect_fail(&e, world_issue(w, "a.example.com", CLIENT, &issued, &e), HC_E_IDENTITY_EXISTS);
    assert_non_null(strstr(e.text, "--as"));
    expect_fail(&e, world_issue(w, "A.Example.com", SERVER, &issued, &e), HC_E_IDENTITY_EXISTS);
    expect_ok(&e, world_issue(w, "a.example.com", phone, &issued, &e));
    assert_true(world_has(w, "identities/a.example.com~phone/key.pem"));
    expect_fail(&e, world_issue(w, "a.example.com", phone, &issued, &e), HC_E_IDENTITY_EXISTS);
}

static void an_expired_identity_is_replaced_in_one_step(void **state)
{
    struct world *w = *state;
    HC_CERT_LIST(before);
    HC_CERT_LIST(after);
    struct hc_names left = {0};
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    load_chain(w, "identities/a.example.com/cert.pem", &before);
    hc_authority_set_time(w->a, WORLD_NOW + 8 * HC_DAY);
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example.com");
    load_chain(w, "identities/a.example.com/cert.pem", &after);
    assert_false(hc_cert_eq(before.cert[0], after.cert[0]));
    expect_ok(&e, hc_dir_list(world_path(w, "identities"), "", 10, &left, &e));
    assert_int_equal(left.n, 1);
    hc_names_fini(&left);
}

static void a_directory_that_the_ledger_does_not_know_is_not_overwritten(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    expect_ok(&e, hc_dir_make(world_path(w, "identities/a.example.com"), 0755, &e));
    world_write(w, "identities/a.example.com/key.pem", "precious");
    expect_fail(&e, world_issue(w, "a.example.com", CLIENT, &issued, &e), HC_E_IDENTITY_EXISTS);
    assert_true(world_has(w, "identities/a.example.com/key.pem"));
}

static int constrained_setup(void **state)
{
    struct hc_init_options o;
    struct hc_subtree permitted;
    struct hc_err e;

    world_empty(state);
    o = world_options(*state);
    expect_ok(&e, hc_subtree_parse(HC_BYTES("dns:home.example"), &permitted, &e));
    o.permitted = (struct hc_tbs_subtrees){.at = &permitted, .n = 1};
    world_init(*state, &o);
    return 0;
}

static void outside_its_constraints_nothing_is_even_recorded(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "shop.home.example");
    expect_fail(&e, world_issue(w, "shop.example.com", SERVER, &issued, &e), HC_E_OUTSIDE_CONSTRAINTS);
    expect_fail(&e, world_issue(w, "alice@home.example", PERSON, &issued, &e), HC_E_OUTSIDE_CONSTRAINTS);
    expect_fail(&e, world_issue(w, "127.0.0.1", SERVER, &issued, &e), HC_E_OUTSIDE_CONSTRAINTS);
    expect_fail(&e, world_issue(w, "spiffe://home.example/x", CLIENT, &issued, &e), HC_E_OUTSIDE_CONSTRAINTS);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 1);
    assert_int_equal(world_interrupted(w), 0);
    assert_false(world_has(w, "identities/shop.example.com"));
}

static void names_must_fit_the_profile(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    expect_fail(&e, world_issue(w, "shop.example.com", PERSON, &issued, &e), HC_E_PROFILE_NAME);
    expect_fail(&e, world_issue(w, "alice@example.com", SERVER, &issued, &e), HC_E_PROFILE_NAME);
    expect_fail(&e, world_issue(w, "*.example.com", CLIENT, &issued, &e), HC_E_PROFILE_NAME);
    expect_ok(&e, world_issue(w, "*.example.com", SERVER, &issued, &e));
}

static void extra_names_are_in_the_certificate(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_name) ip = world_name("127.0.0.1");
    HC_AUTO(hc_name) dns = world_name("www.example.com");
    const struct hc_name *extra[] = {ip, dns};
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER, .extra = extra, .n_extra = 2};
    HC_ISSUED(issued);
    HC_CERT_LIST(cert);
    struct hc_err e;

    expect_ok(&e, world_issue(w, "shop.example.com", request, &issued, &e));
    load_chain(w, "identities/shop.example.com/cert.pem", &cert);
    assert_int_equal(cert.cert[0]->n_names, 3);
    assert_true(hc_name_eq(&cert.cert[0]->names[1], ip));
}

static void no_door_issues_a_ca(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    expect_fail(&e,
                world_issue(w, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_ISSUING_CA}, &issued, &e),
                HC_E_USAGE);
    expect_fail(&e, world_issue(w, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_ROOT_CA}, &issued, &e),
                HC_E_USAGE);
}

static void impossible_lifetimes_are_refused(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request r = CLIENT;
    struct hc_err e;

    r.seconds = -1;
    expect_fail(&e, world_issue(w, "a.example", r, &issued, &e), HC_E_LIFETIME);
    r.seconds = INT64_MAX;
    expect_fail(&e, world_issue(w, "a.example", r, &issued, &e), HC_E_LIFETIME);
}

static void when_the_files_cannot_be_written_the_ledger_says_so(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_err e;

    expect_ok(&e, hc_dir_remove(world_path(w, "identities"), &e));
    world_write(w, "identities", "a file where a directory should be");
    expect_fail(&e, world_issue(w, "a.example", CLIENT, &issued, &e), HC_E_FILE_UNWRITABLE);
    assert_non_null(strstr(e.text, "revoke"));
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 1);
    assert_int_equal(world_events(w, "issue"), 1); /* it exists, whoever has it */
    assert_int_equal(world_events(w, "issue-failed"), 1);
    assert_int_equal(issued.serial_n, 0);
}

static void a_certificate_that_was_never_handed_out_does_not_hide_behind_a_label(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_CLIENT, "a.example");
    expect_ok(&e, hc_dir_remove(world_path(w, "identities/a.example"), &e));
    expect_fail(&e, world_issue(w, "a.example", CLIENT, &issued, &e), HC_E_IDENTITY_EXISTS);
    assert_non_null(strstr(e.text, "never handed out"));
    assert_non_null(strstr(e.text, "handclasp revoke --serial "));
    expect_ok(&e, world_revoke(w, "a.example", &revoked, &e));
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example");
}

static void what_a_killed_process_left_is_removed(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    expect_ok(&e, hc_dir_make(world_path(w, "identities/.new/.handclasp-new-Abc123"), 0755, &e));
    world_write(w, "identities/.new/.handclasp-new-Abc123/key.pem", "a key that nobody has");
    world_must_issue(w, HC_PROFILE_CLIENT, "a.example");
    assert_false(world_has(w, "identities/.new/.handclasp-new-Abc123"));
    assert_true(world_has(w, "identities/a.example/key.pem"));
}

/* OpenSSL and GnuTLS would hold it against the constraints on host names. */
static void an_address_or_a_uri_of_a_server_is_no_common_name(void **state)
{
    static const struct {
        enum hc_profile profile;
        const char *name, *dir;
        bool has;
    } cases[] = {
        {HC_PROFILE_SERVER, "192.0.2.7", "192.0.2.7", false},
        {HC_PROFILE_CLIENT, "2001:db8::1", "2001%3Adb8%3A%3A1", false},
        {HC_PROFILE_PEER, "spiffe://example.com/a", "spiffe%3A%2F%2Fexample.com%2Fa", false},
        {HC_PROFILE_CLIENT, "spiffe://example.com/b", "spiffe%3A%2F%2Fexample.com%2Fb", true},
        {HC_PROFILE_SERVER, "shop.example.com", "shop.example.com", true},
        {HC_PROFILE_PERSON, "alice@example.com", "alice@example.com", true},
    };
    struct world *w = *state;
    char below[96];

    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_CERT_LIST(cert);

        world_must_issue(w, cases[i].profile, cases[i].name);
        (void)snprintf(below, sizeof below, "identities/%s/cert.pem", cases[i].dir);
        load_chain(w, below, &cert);
        assert_int_equal(cert.cert[0]->subject_empty, !cases[i].has);
        assert_int_equal(cert.cert[0]->san_critical, !cases[i].has);
    }
}

/*
 * The k-th allocation fails, for growing k: whatever step it hits, the call fails, no directory is left, and what was
 * signed is in the ledger. Somewhere on the way a round must have ended between the intent and the certificate: the
 * intent comes first.
 */
static void every_interruption_leaves_a_record_and_no_files(void **state)
{
    struct world *w = *state;
    bool done = false;
    size_t interrupted = 0;
    char name[32];

    for (unsigned k = 1; !done && k < 20000; k++) {
        HC_ISSUED(issued);
        struct hc_err e = {0};
        char dir[64];
        struct hc_rc rc;
        HC_AUTO(hc_name) parsed = NULL;
        struct hc_issue_request r = CLIENT;

        (void)snprintf(name, sizeof name, "n%u.example.com", k);
        (void)snprintf(dir, sizeof dir, "identities/n%u.example.com", k);
        parsed = world_name(name);
        r.name = parsed;
        fault_alloc_at(k);
        rc = hc_authority_issue(w->a, w->grant, &r, &issued, &e);
        done = !fault_happened();
        fault_alloc_at(0);
        if (done) {
            expect_ok(&e, rc);
        } else if (hc_ok(rc)) {
            fail_msg("allocation %u failed and nobody noticed", k);
        } else if (world_has(w, dir)) {
            assert_non_null(strstr(e.text, "event")); /* complete, and only the event is missing */
        }
    }
    interrupted = world_interrupted(w);
    assert_true(done);
    assert_true(interrupted > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(an_identity_has_its_four_files_and_their_modes),
        WORLD_TEST(the_key_belongs_to_the_certificate),
        WORLD_TEST(a_person_gets_a_p12_with_a_passphrase_of_its_own),
        WORLD_TEST(an_empty_p12_passphrase_is_refused_before_anything_is_recorded),
        WORLD_TEST(serials_are_128_random_bits_and_positive),
        WORLD_TEST(lifetimes_are_the_profiles_or_the_wish),
        WORLD_TEST(a_leaf_never_outlives_its_issuer_and_the_result_tells),
        WORLD_TEST(a_leaf_never_begins_before_its_issuer),
        WORLD_TEST(an_ended_or_future_issuer_issues_nothing),
        WORLD_TEST(an_existing_identity_needs_a_label),
        WORLD_TEST(an_expired_identity_is_replaced_in_one_step),
        WORLD_TEST(a_directory_that_the_ledger_does_not_know_is_not_overwritten),
        cmocka_unit_test_setup_teardown(outside_its_constraints_nothing_is_even_recorded, constrained_setup,
                                        world_teardown),
        WORLD_TEST(names_must_fit_the_profile),
        WORLD_TEST(extra_names_are_in_the_certificate),
        WORLD_TEST(no_door_issues_a_ca),
        WORLD_TEST(impossible_lifetimes_are_refused),
        WORLD_TEST(when_the_files_cannot_be_written_the_ledger_says_so),
        WORLD_TEST(a_certificate_that_was_never_handed_out_does_not_hide_behind_a_label),
        WORLD_TEST(what_a_killed_process_left_is_removed),
        WORLD_TEST(an_address_or_a_uri_of_a_server_is_no_common_name),
        WORLD_TEST(every_interruption_leaves_a_record_and_no_files),
    };

    return cmocka_run_group_tests_name("authority/issue", tests, NULL, NULL);
}

/* test_issuer.c - issuers are added, certified from afar, revoked; what does not fit is refused and leaves nothing
 * behind. */
#include "authority/world.h"

#include <sqlite3.h>

#include "authority/grant_inside.h"
#include "authority/inside.h"
#include "authority/issuer.h"
#include "crypto/spki.h"
#include "pki/subtree.h"

/* ---- small help ---- */

static struct hc_issuer_plan plan_of(const char *name)
{
    return (struct hc_issuer_plan){.name = name, .key = HC_KEY_P256};
}

static void must_add(struct world *w, const char *name)
{
    struct hc_issuer_plan plan = plan_of(name);
    struct hc_err e;

    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
}

static void expect_signed_by(const struct world *w, const struct hc_cert *cert, const struct hc_cert *ca)
{
    struct hc_signed what = {.algorithm = cert->sig_alg, .message = cert->tbs, .signature = cert->signature};
    struct hc_err e;

    expect_ok(&e, hc_spki_verify(w->crypto, ca->spki, &what, &e));
}

static struct hc_secret *secret(const char *text)
{
    struct hc_secret *out = NULL;
    struct hc_err e;

    expect_ok(&e, hc_secret_copy(hc_bytes_str(text), &out, &e));
    return out;
}

static void common_name_is(const struct hc_cert *cert, const char *want)
{
    HC_BUF_AUTO(cn, 1024);

    hc_cert_common_name(cert, &cn);
    assert_string_equal(hc_buf_cstr(&cn), want);
}

/* ---- what may be written ---- */

static void names_are_file_names_and_nothing_else(void **state)
{
    static const char *const good[] = {"a", "edge", "edge-2", "x123", "abcdefghijabcdefghijabcdefghijabcdefghij"};
    static const char *const bad[] = {
        "",     "root", "Edge", "2edge", "-edge",    "a.b", "a/b",
        "../a", "a b",  "a\n",  "a_b",   "\xc3\xa9", "a%",  "abcdefghijabcdefghijabcdefghijabcdefghijk"};
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(good); i++)
        expect_ok(&e, hc_issuer_check_name(good[i], &e));
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        expect_fail(&e, hc_issuer_check_name(bad[i], &e), HC_E_ISSUER_NAME);
    expect_fail(&e, hc_issuer_check_name(NULL, &e), HC_E_ISSUER_NAME);
}

static void urls_are_plain_http(void **state)
{
    static const char *const good[] = {"http://pki.example.com", "http://pki.example.com:8080", "http://192.0.2.1/a/b",
                                       "http://[2001:db8::1]:80/x", "http://h"};
    static const char *const bad[] = {"",
                                      "https://pki.example.com",
                                      "HTTP://pki.example.com",
                                      "http://",
                                      "http:///a",
                                      "http://pki.example.com/",
                                      "http://pki.example.com//a",
                                      "http://u@pki.example.com",
                                      "http://u:p@pki.example.com",
                                      "http://pki.example.com?x",
                                      "http://pki.example.com/a?x",
                                      "http://pki.example.com/#x",
                                      "http://pki.example.com/a b",
                                      "http://pki.example.com/a\n",
                                      "http://pki.example.com:0",
                                      "http://pki.example.com:65536",
                                      "http://pki.example.com:x",
                                      "http://[2001:db8::1",
                                      "http://[192.0.2.1]",
                                      "http://pki..example.com",
                                      "http://*.example.com",
                                      "ftp://pki.example.com",
                                      "http://pki.example.com/%00"};
    char huge[400] = "http://pki.example.com/";
    struct hc_err e;

    (void)state;
    for (size_t i = 0; i < HC_COUNT(good); i++)
        expect_ok(&e, hc_issuer_check_url(good[i], &e));
    for (size_t i = 0; i < HC_COUNT(bad); i++)
        expect_fail(&e, hc_issuer_check_url(bad[i], &e), HC_E_PUBLIC_URL);
    memset(huge + strlen(huge), 'a', sizeof huge - strlen(huge) - 1);
    expect_fail(&e, hc_issuer_check_url(huge, &e), HC_E_PUBLIC_URL);
}

/* ---- add ---- */

static void a_new_issuer_is_whole_and_takes_over(void **state)
{
    struct world *w = *state;
    HC_ISSUED(first);
    HC_ISSUED(second);
    HC_ISSUED(third);
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER};
    const struct hc_cert *cert;
    struct hc_err e;

    expect_ok(&e, world_issue(w, "a.example", request, &first, &e));
    must_add(w, "edge");
    cert = hc_authority_issuer(w->a);
    common_name_is(cert, "Example Corp Issuing CA edge");
    expect_signed_by(w, cert, hc_authority_root(w->a));
    assert_true(cert->is_ca && cert->has_pathlen && cert->pathlen == 0);
    assert_int_equal(cert->not_before, WORLD_NOW - 300);
    assert_int_equal(cert->not_after, WORLD_NOW + 365 * HC_DAY);
    assert_int_equal(world_mode(w, "authority/edge.key.pem"), 0600);
    assert_true(world_has(w, "authority/edge.cert.pem"));
    assert_int_equal(world_mode(w, "publish/crl/edge.crl"), 0644);
    assert_true(world_has(w, "publish/ca/edge.cer"));
    assert_int_equal(world_events(w, "issuer-add"), 1);
    assert_int_equal(world_interrupted(w), 0);
    world_open(w); /* as the next command finds it */
    expect_ok(&e, world_issue(w, "b.example", request, &second, &e));
    request.issuer = "issuing";
    expect_ok(&e, world_issue(w, "c.example", request, &third, &e));
    assert_string_equal(first.issuer, "issuing");
    assert_string_equal(second.issuer, "edge");
    assert_string_equal(third.issuer, "issuing");
}

static void a_name_is_never_used_twice(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(before, 65536);
    HC_BUF_AUTO(after, 65536);
    int64_t number = 0;
    struct hc_err e;

    must_add(w, "edge");
    expect_ok(&e, hc_file_read(world_path(w, "authority/edge.key.pem"), &before, &e));
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    expect_ok(&e, hc_issuer_revoke(w->a, "edge", HC_CRL_SUPERSEDED, &number, &e));
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    world_open(w);
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    plan.name = "issuing";
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    expect_ok(&e, hc_file_read(world_path(w, "authority/edge.key.pem"), &after, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&before), hc_buf_view(&after)));
}

/* Another process added it after this one had opened the authority. */
static void what_another_process_added_is_seen(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_authority) other = NULL;
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_err e;

    expect_ok(&e, hc_authority_open(w->crypto, w->home, &other, &e));
    hc_authority_set_time(other, WORLD_NOW);
    must_add(w, "edge");
    expect_fail(&e, hc_issuer_add(other, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    assert_int_equal(world_interrupted(w), 0);
}

static void subjects_differ_however_long_the_organisation_is(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    const char *names[] = {"abcdefghijabcdefghijabcdefghijabcdefghi1", "abcdefghijabcdefghijabcdefghijabcdefghi2", "a"};

    o.name = "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 Corporation of "
             "Letters"; /* 10 of them */
    world_init(w, &o);
    for (size_t i = 0; i < HC_COUNT(names); i++)
        must_add(w, names[i]);
    for (size_t i = 0; i < w->a->n_ca; i++) {
        for (size_t k = 0; k < i; k++)
            assert_false(hc_dn_eq(w->a->ca[i].cert->subject, w->a->ca[k].cert->subject));
    }
    common_name_is(w->a->ca[2].cert,
                   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9 C"
                   " Issuing CA abcdefghijabcdefghijabcdefghijabcdefghi1");
}

static void an_issuer_never_outlives_the_root(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_err e;

    plan.seconds = 20 * HC_INIT_ROOT_S / 10;
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    assert_int_equal(hc_authority_issuer(w->a)->not_after, hc_authority_root(w->a)->not_after);
    plan.name = "late";
    plan.seconds = -1;
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_LIFETIME);
    plan.seconds = HC_INIT_LIFETIME_MAX + 1;
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_LIFETIME);
    plan.seconds = 0;
    hc_authority_set_time(w->a, WORLD_NOW + HC_INIT_ROOT_S + 1);
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_ENDED);
    hc_authority_set_time(w->a, WORLD_NOW - HC_DAY);
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_CLOCK);
    assert_false(world_has(w, "authority/late.key.pem"));
}

static void the_new_key_is_protected_as_the_others_are(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    HC_AUTO(hc_secret) passphrase = secret("correct horse");
    HC_BUF_SECRET(pem, HC_KEY_PEM_MAX);
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(out, 65536);
    struct hc_err e;

    o.passphrase = passphrase;
    world_init(w, &o);
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_PASSPHRASE_NEEDED);
    expect_fail(&e, hc_issuer_request(w->a, &plan, &out, &e), HC_E_PASSPHRASE_NEEDED);
    assert_false(world_has(w, "authority/edge.key.pem"));
    expect_ok(&e, hc_authority_unlock(w->a, passphrase, &e));
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    expect_ok(&e, hc_file_read(world_path(w, "authority/edge.key.pem"), &pem, &e));
    assert_non_null(memmem(pem.p, pem.n, "ENCRYPTED", 9));
}

static void keys_profiles_and_lifetimes_are_as_planned(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("people");
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER, .issuer = "people"};
    HC_ISSUED(issued);
    HC_ISSUED(other);
    struct hc_err e;

    plan.key = HC_KEY_ED25519;
    plan.profiles = 1u << HC_PROFILE_PERSON;
    plan.leaf_seconds = 3 * HC_DAY;
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    world_open(w);
    assert_int_equal(hc_key_kind_of(hc_authority_issuer(w->a)->spki), HC_KEY_ED25519);
    expect_fail(&e, world_issue(w, "a.example", request, &issued, &e), HC_E_ISSUER_PROFILE);
    request.issuer = NULL;
    expect_ok(&e, world_issue(w, "a.example", request, &issued, &e));
    assert_string_equal(issued.issuer, "issuing"); /* the newest that issues servers */
    request.profile = HC_PROFILE_PERSON;
    expect_ok(&e, world_issue(w, "alice@example.com", request, &other, &e));
    assert_string_equal(other.issuer, "people");
    assert_int_equal(other.not_after, WORLD_NOW + 3 * HC_DAY);
    plan = plan_of("cas");
    plan.profiles = 1u << HC_PROFILE_ISSUING_CA;
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_USAGE);
    plan.profiles = 0;
    plan.leaf_seconds = -1;
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_LIFETIME);
}

static void without_the_right_there_is_no_issuer(void **state)
{
    struct world *w = *state;
    struct hc_issue_grant leaves = *w->grant;
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_err e;

    leaves.profiles &= ~(1u << HC_PROFILE_ISSUING_CA);
    expect_fail(&e, hc_issuer_add(w->a, &leaves, &plan, &e), HC_E_USAGE);
    expect_fail(&e, hc_issuer_accept(w->a, &leaves, NULL, HC_BYTES("x"), &e), HC_E_USAGE);
    assert_false(world_has(w, "authority/edge.key.pem"));
}

/* ---- constraints ---- */

static struct hc_subtree subtree(const char *text)
{
    struct hc_subtree s;
    struct hc_err e;

    expect_ok(&e, hc_subtree_parse(hc_bytes_str(text), &s, &e));
    return s;
}

static void constraints_lie_within_the_roots(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    struct hc_subtree root[] = {subtree("dns:example.com"), subtree("email:.example.com"), subtree("email:example.com"),
                                subtree("ip:192.0.2.0/24")};
    struct hc_subtree not [] = {subtree("dns:secret.example.com")};
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"dns:example.com", true},
        {"dns:a.example.com", true},
        {"dns:notexample.com", false},
        {"dns:com", false},
        {"dns:other.org", false},
        {"dns:secret.example.com", false},
        {"dns:a.secret.example.com", false},
        {"email:a@example.com", true},
        {"email:example.com", true},
        {"email:mail.example.com", true},
        {"email:.mail.example.com", true},
        {"email:a@b.example.com", true},
        {"email:other.org", false},
        {"email:a@other.org", false},
        {"uri:example.com", false},
        {"ip:192.0.2.128/25", true},
        {"ip:192.0.2.7", true},
        {"ip:192.0.0.0/16", false},
        {"ip:192.0.3.0/24", false},
        {"ip:2001:db8::/32", false},
    };
    struct hc_err e;

    o.permitted = (struct hc_tbs_subtrees){root, HC_COUNT(root)};
    o.excluded = (struct hc_tbs_subtrees){not, HC_COUNT(not )};
    world_init(w, &o);
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_subtree one = subtree(rows[i].text);
        char name[8];
        struct hc_issuer_plan plan = plan_of(name);
        struct hc_rc rc;

        (void)snprintf(name, sizeof name, "i%zu", i);
        plan.permitted = (struct hc_tbs_subtrees){&one, 1};
        rc = hc_issuer_add(w->a, w->grant, &plan, &e);
        if (rc.code != (rows[i].good ? HC_OK_CODE : HC_E_OUTSIDE_CONSTRAINTS))
            fail_msg("%s: HC-%04d %s", rows[i].text, (int)rc.code, hc_failed(rc) ? e.text : "");
    }
}

static void an_issuer_with_permissions_issues_nothing_else(void **state)
{
    struct world *w = *state;
    struct hc_subtree one = subtree("dns:a.example.com");
    struct hc_issuer_plan plan = plan_of("edge");
    static const char *const outside[] = {"b.example.com", "alice@a.example.com", "spiffe://a.example.com/x",
                                          "192.0.2.1", "2001:db8::1"};
    HC_ISSUED(issued);
    struct hc_err e;

    plan.permitted = (struct hc_tbs_subtrees){&one, 1};
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    for (size_t i = 0; i < HC_COUNT(outside); i++)
        expect_fail(&e,
                    world_issue(w, outside[i],
                                (struct hc_issue_request){.profile = HC_PROFILE_CLIENT, .issuer = "edge"}, &issued, &e),
                    HC_E_OUTSIDE_CONSTRAINTS);
    expect_ok(&e,
              world_issue(w, "x.a.example.com", (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &issued, &e));
    assert_string_equal(issued.issuer, "edge");
    hc_issued_fini(&issued);
    expect_ok(&e, world_issue(w, outside[0], (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &issued, &e));
    assert_string_equal(issued.issuer, "issuing"); /* the newest that may assert the name */
    expect_ok(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_SUPERSEDED, NULL, &e));
    expect_fail(&e,
                world_issue(w, "c.example.com", (struct hc_issue_request){.profile = HC_PROFILE_CLIENT}, &issued, &e),
                HC_E_OUTSIDE_CONSTRAINTS);
    assert_non_null(strstr(e.text, "c.example.com"));
}

/* Trouble with the ledger says nothing about the newest issuer, and is told as what it is. */
static void an_older_issuer_does_not_step_in_for_a_ledger_that_cannot_be_read(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_name) name = world_name("a.example.com");
    struct hc_choice choice = {.profile = HC_PROFILE_CLIENT, .names = name, .n_names = 1};
    struct hc_issuer_plan plan = plan_of("two");
    struct hc_ca *ca = NULL;
    sqlite3 *db = NULL;
    struct hc_err e;

    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    expect_ok(&e, hc_authority_choose(w->a, &choice, &ca, &e));
    assert_string_equal(ca->name, "two");
    assert_int_equal(sqlite3_open(world_path(w, "authority/ledger.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DROP TABLE revocations", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ca = NULL;
    expect_fail(&e, hc_authority_choose(w->a, &choice, &ca, &e), HC_E_LEDGER);
    assert_null(ca);
}

/* ---- the root's key is somewhere else ---- */

static void stick_world(struct world *w, char stick[HC_PATH])
{
    struct hc_init_options o = world_options(w);
    struct hc_err e;

    (void)snprintf(stick, HC_PATH, "%s/stick", w->dir);
    expect_ok(&e, hc_dir_make(stick, 0700, &e));
    o.root_out = stick;
    world_init(w, &o);
}

static void a_forgotten_stick_stops_nothing_half_way(void **state)
{
    struct world *w = *state;
    char stick[HC_PATH], path[HC_PATH];
    struct hc_issuer_plan plan = plan_of("edge");
    int64_t number = 0;
    struct hc_err e;

    stick_world(w, stick);
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ROOT_OFFLINE);
    expect_fail(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CA_COMPROMISE, &number, &e), HC_E_ROOT_OFFLINE);
    assert_non_null(strstr(e.text, "not revoked yet"));
    assert_false(world_has(w, "authority/edge.key.pem"));
    assert_int_equal(world_interrupted(w), 0);
    assert_int_equal(world_events(w, "issuer-revoke"), 0);
    world_must_issue(w, HC_PROFILE_SERVER, "shop.example.com");
    expect_ok(&e, hc_path_join(path, stick, "root.key.pem", &e));
    expect_ok(&e, hc_authority_bring_root_key(w->a, path, NULL, &e));
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    expect_ok(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CA_COMPROMISE, &number, &e));
    assert_int_equal(number, 2);
}

static void another_roots_stick_is_told_apart(void **state)
{
    struct world *w = *state;
    struct hc_init_options o = world_options(w);
    char stick[HC_PATH], other[HC_PATH], home[HC_PATH], path[HC_PATH];
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_err e;

    stick_world(w, stick);
    (void)snprintf(other, sizeof other, "%s/other", w->dir);
    (void)snprintf(home, sizeof home, "%s/theirs", w->dir);
    expect_ok(&e, hc_dir_make(other, 0700, &e));
    o.home = home;
    o.root_out = other;
    expect_ok(&e, hc_authority_init(w->crypto, &o, &e));
    expect_ok(&e, hc_path_join(path, other, "root.key.pem", &e));
    expect_fail(&e, hc_authority_bring_root_key(w->a, path, NULL, &e), HC_E_ROOT_KEY_OTHER);
    expect_ok(&e, hc_path_join(path, other, "root.cert.pem", &e));
    assert_int_equal(unlink(path), 0); /* nothing beside the key says whose it is */
    expect_ok(&e, hc_path_join(path, other, "root.key.pem", &e));
    expect_ok(&e, hc_authority_bring_root_key(w->a, path, NULL, &e));
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ROOT_KEY_OTHER);
    assert_false(world_has(w, "authority/edge.key.pem"));
}

/* ---- crashes ---- */

/* Its key is the only one there is; and two CAs of one name have one subject. */
static void an_issuer_that_a_restored_ledger_forgot_is_not_written_over(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(request, 65536);
    struct hc_err e;

    world_copy(w, "publish/ca/issuing.cer", "publish/ca/edge.cer");
    world_write(w, "authority/edge.key.pem", "the key that it had");
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    assert_non_null(strstr(e.text, "restored"));
    expect_fail(&e, hc_issuer_request(w->a, &plan, &request, &e), HC_E_ISSUER_EXISTS);
    HC_BUF_AUTO(key, 65536);
    expect_ok(&e, hc_file_read(world_path(w, "authority/edge.key.pem"), &key, &e));
    assert_string_equal(hc_buf_cstr(&key), "the key that it had");
}

static void what_a_killed_run_left_is_replaced(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_err e;

    world_write(w, "authority/edge.key.pem", "half a key");
    world_write(w, "authority/edge.cert.pem", "a certificate that was never recorded");
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    world_open(w);
    world_must_issue(w, HC_PROFILE_SERVER, "shop.example.com");
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.issuer = HC_BYTES("edge")}), 1);
}

static void an_issuer_that_could_not_publish_is_mended_by_publish(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    struct hc_published done;
    struct hc_err e;

    if (geteuid() == 0) { /* root writes wherever the mode says no: a file stands in the way */
        expect_ok(&e, hc_dir_remove(world_path(w, "publish/ca"), &e));
        world_write(w, "publish/ca", "in the way");
    } else {
        assert_int_equal(chmod(world_path(w, "publish/ca"), 0500), 0);
    }
    assert_true(hc_failed(hc_issuer_add(w->a, w->grant, &plan, &e)));
    assert_non_null(strstr(e.text, "handclasp publish"));
    if (geteuid() == 0)
        assert_int_equal(unlink(world_path(w, "publish/ca")), 0);
    else
        assert_int_equal(chmod(world_path(w, "publish/ca"), 0755), 0);
    world_open(w);
    expect_ok(&e, hc_authority_publish(w->a, false, &done, &e));
    assert_true(world_has(w, "publish/crl/edge.crl"));
    assert_true(world_has(w, "publish/ca/edge.cer"));
}

/* After a failure anywhere the same call works, or the issuer is there and complete. */
static void a_failed_allocation_leaves_no_half_issuer(void **state)
{
    struct world *w = *state;
    bool done = false;
    unsigned n = 0;

    for (unsigned k = 1; !done && k < 100000; k += k / 10 + 1) {
        char name[16];
        struct hc_issuer_plan plan = plan_of(name);
        struct hc_err e = {0};
        struct hc_rc rc;

        (void)snprintf(name, sizeof name, "i%u", n++);
        world_open(w);
        fault_alloc_at(k);
        rc = hc_issuer_add(w->a, w->grant, &plan, &e);
        done = !fault_happened();
        fault_alloc_at(0);
        if (done)
            expect_ok(&e, rc);
        else if (hc_ok(rc))
            fail_msg("allocation %u failed and nobody noticed", k);
        world_open(w);
        rc = hc_issuer_add(w->a, w->grant, &plan, &e);
        if (hc_failed(rc) && rc.code != HC_E_ISSUER_EXISTS)
            fail_msg("allocation %u: again HC-%04d %s", k, (int)rc.code, e.text);
        world_open(w);
        world_must_issue(w, HC_PROFILE_CLIENT, name);
        assert_int_equal(world_count(w, (struct hc_ledger_filter){.issuer = hc_bytes_str(name)}), 1);
    }
    assert_true(done);
}

/* ---- the ceremony ---- */

/* The offline home is the world's; the online one is beside it. */
struct ceremony {
    struct world *off;
    struct world on;
};

static void ceremony_begin(struct ceremony *c, struct world *off)
{
    struct hc_init_options o = world_options(off);
    HC_BUF_AUTO(root, 65536);
    struct hc_err e;

    *c = (struct ceremony){.off = off, .on = {.crypto = off->crypto, .grant = off->grant}};
    (void)snprintf(c->on.home, sizeof c->on.home, "%s/online", off->dir);
    o.root_only = true;
    world_init(off, &o);
    expect_ok(&e, hc_file_read(world_path(off, "authority/root.cert.pem"), &root, &e));
    o = world_options(off);
    o.home = c->on.home;
    o.root_certificate = hc_buf_view(&root);
    o.public_url = "http://pki.example.com";
    world_init(&c->on, &o);
}

static void ceremony_end(struct ceremony *c)
{
    hc_authority_free(c->on.a);
}
#define CEREMONY(name, off)                                                                                            \
    __attribute__((cleanup(ceremony_end))) struct ceremony name;                                                       \
    ceremony_begin(&name, (off))

static struct hc_csr *csr_of(struct ceremony *c, struct hc_buf *request)
{
    struct hc_csr *csr = NULL;
    struct hc_err e;

    expect_ok(&e, hc_csr_parse(c->on.crypto, hc_buf_view(request), &csr, &e));
    return csr;
}

static struct hc_rc sign_as(struct ceremony *c, struct hc_buf *request, const struct hc_issuer_plan *plan,
                            struct hc_buf *reply, struct hc_err *e)
{
    HC_AUTO(hc_csr) csr = csr_of(c, request);

    return hc_issuer_sign(c->off->a, c->off->grant, csr, plan, reply, e);
}

static void must_reply(struct ceremony *c, const char *name, struct hc_buf *reply)
{
    struct hc_issuer_plan plan = plan_of(name), open = {.name = NULL};
    HC_BUF_AUTO(request, 65536);
    struct hc_err e;

    expect_ok(&e, hc_issuer_request(c->on.a, &plan, &request, &e));
    expect_ok(&e, sign_as(c, &request, &open, reply, &e));
}

static void an_issuer_comes_by_ceremony(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("edge"), open = {.name = NULL};
    HC_BUF_AUTO(request, 65536);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_ISSUED(issued);
    struct hc_err e;

    plan.profiles = 1u << HC_PROFILE_SERVER;
    plan.leaf_seconds = 2 * HC_DAY;
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e));
    assert_int_equal(world_mode(&c.on, "authority/edge.key.pem"), 0600);
    expect_ok(&e, sign_as(&c, &request, &open, &reply, &e));
    assert_false(world_has(c.off, "authority/edge.key.pem"));
    assert_int_equal(world_events(c.off, "issuer-sign"), 1);
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&reply), &e));
    assert_int_equal(world_events(&c.on, "issuer-accept"), 1);
    assert_false(world_has(&c.on, "authority/edge.request"));
    assert_true(world_has(&c.on, "publish/crl/root.crl"));
    assert_true(world_has(&c.on, "publish/crl/edge.crl"));
    assert_true(world_has(&c.on, "publish/ca/edge.cer"));
    world_open(&c.on);
    common_name_is(hc_authority_issuer(c.on.a), "Example Corp Issuing CA edge");
    expect_signed_by(&c.on, hc_authority_issuer(c.on.a), hc_authority_root(c.off->a));
    expect_ok(&e,
              world_issue(&c.on, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_SERVER}, &issued, &e));
    assert_string_equal(issued.issuer, "edge");
    assert_int_equal(issued.not_after, WORLD_NOW + 2 * HC_DAY); /* the plan that waited */
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&reply), &e), HC_E_ISSUER_EXISTS);
    world_open(c.off);
    expect_fail(&e,
                world_issue(c.off, "b.example", (struct hc_issue_request){.profile = HC_PROFILE_SERVER}, &issued, &e),
                HC_E_ISSUER_NONE);
}

static void asked_twice_it_is_the_same_key(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(first, 65536);
    HC_BUF_AUTO(second, 65536);
    struct hc_err e;

    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &first, &e));
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &second, &e));
    HC_AUTO(hc_csr) a = csr_of(&c, &first);
    HC_AUTO(hc_csr) b = csr_of(&c, &second);
    assert_true(hc_bytes_eq(a->spki, b->spki));
    expect_fail(&e, hc_issuer_add(c.off->a, c.off->grant, &(struct hc_issuer_plan){.name = "Edge"}, &e),
                HC_E_ISSUER_NAME);
    world_write(&c.on, "authority/edge.key.pem", "");
    assert_int_equal(unlink(world_path(&c.on, "authority/edge.key.pem")), 0);
    hc_buf_clear(&second);
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &second, &e)); /* without the key a new one */
    HC_AUTO(hc_csr) d = csr_of(&c, &second);
    assert_false(hc_bytes_eq(a->spki, d->spki));
}

static void what_waits_is_not_made_otherwise(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(request, 65536);
    struct hc_err e;

    expect_ok(&e, hc_issuer_request(w->a, &plan, &request, &e));
    expect_fail(&e, hc_issuer_add(w->a, w->grant, &plan, &e), HC_E_ISSUER_EXISTS);
    assert_non_null(strstr(e.text, "--certificate"));
    plan.name = "issuing";
    expect_fail(&e, hc_issuer_request(w->a, &plan, &request, &e), HC_E_ISSUER_EXISTS);
}

static void a_lost_reply_is_given_again(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("edge"), open = {.name = NULL};
    struct hc_subtree one = subtree("dns:example.com");
    HC_BUF_AUTO(request, 65536);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(again, HC_ISSUER_REPLY_MAX);
    HC_ISSUER_REPLY(a);
    HC_ISSUER_REPLY(b);
    struct hc_err e;

    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e));
    expect_ok(&e, sign_as(&c, &request, &open, &reply, &e));
    world_open(c.off);
    expect_ok(&e, sign_as(&c, &request, &open, &again, &e));
    expect_ok(&e, hc_issuer_reply_parse(hc_buf_view(&reply), &a, &e));
    expect_ok(&e, hc_issuer_reply_parse(hc_buf_view(&again), &b, &e));
    assert_true(hc_cert_eq(a.cert, b.cert));
    assert_int_equal(world_count(c.off, (struct hc_ledger_filter){.profile = HC_BYTES("issuing-ca")}), 1);
    /* Other constraints are another certificate; one key is one CA. */
    open.permitted = (struct hc_tbs_subtrees){&one, 1};
    expect_fail(&e, sign_as(&c, &request, &open, &again, &e), HC_E_ISSUER_EXISTS);
    open = plan_of("other");
    expect_fail(&e, sign_as(&c, &request, &open, &again, &e), HC_E_ISSUER_EXISTS);
}

static void replies_in_another_order_are_mended_by_signing_again(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("one"), open = {.name = NULL};
    HC_BUF_AUTO(request, 65536);
    HC_BUF_AUTO(first, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(second, HC_ISSUER_REPLY_MAX);
    struct hc_err e;

    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e));
    expect_ok(&e, sign_as(&c, &request, &open, &first, &e));
    must_reply(&c, "two", &second);
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&second), &e));
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&first), &e), HC_E_CRL_OLDER);
    assert_non_null(strstr(e.text, "sign-issuer"));
    hc_buf_clear(&first);
    expect_ok(&e, sign_as(&c, &request, &open, &first, &e));
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&first), &e));
}

static void the_offline_side_decides_name_and_constraints(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("edge"), theirs = plan_of("branch");
    struct hc_subtree one = subtree("dns:example.com");
    HC_BUF_AUTO(request, 65536);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_ISSUED(issued);
    struct hc_err e;

    theirs.permitted = (struct hc_tbs_subtrees){&one, 1};
    theirs.seconds = 10 * HC_DAY;
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e));
    expect_ok(&e, sign_as(&c, &request, &theirs, &reply, &e));
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, "edge", hc_buf_view(&reply), &e));
    common_name_is(hc_authority_issuer(c.on.a), "Example Corp Issuing CA branch");
    assert_int_equal(hc_authority_issuer(c.on.a)->not_after, WORLD_NOW + 10 * HC_DAY);
    expect_fail(&e,
                world_issue(&c.on, "a.org", (struct hc_issue_request){.profile = HC_PROFILE_SERVER, .issuer = "edge"},
                            &issued, &e),
                HC_E_OUTSIDE_CONSTRAINTS);
}

/* ---- replies that are none ---- */

static void emit(struct hc_buf *out, const struct hc_cert *cert, const struct hc_cert *root, const struct hc_crl *crl)
{
    hc_buf_clear(out);
    hc_buf_add_str(out, "some text\n");
    if (cert)
        hc_pem_emit(out, HC_PEM_CERTIFICATE, cert->der);
    if (root)
        hc_pem_emit(out, HC_PEM_CERTIFICATE, root->der);
    if (crl)
        hc_pem_emit(out, HC_PEM_CRL, crl->der);
}

#define refuse_reply(c, text, code)                                                                                    \
    do {                                                                                                               \
        expect_fail(&e, hc_issuer_accept((c)->on.a, (c)->on.grant, NULL, (text), &e), (code));                         \
        assert_int_equal(world_events(&(c)->on, "issuer-accept"), 0);                                                  \
        assert_false(world_has(&(c)->on, "publish/crl/root.crl"));                                                     \
    } while (0)

static void a_reply_that_was_tampered_with_is_refused(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(bad, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(der, HC_CERT_MAX);
    HC_ISSUER_REPLY(parts);
    struct hc_err e;

    must_reply(&c, "edge", &reply);
    expect_ok(&e, hc_issuer_reply_parse(hc_buf_view(&reply), &parts, &e));
    refuse_reply(&c, HC_BYTES("nothing"), HC_E_REQUEST_REPLY);
    refuse_reply(&c, hc_bytes_head(hc_buf_view(&reply), reply.n / 2), HC_E_REQUEST_REPLY);
    emit(&bad, parts.cert, parts.root, NULL);
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    emit(&bad, parts.cert, NULL, parts.crl);
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    emit(&bad, parts.cert, parts.root, parts.crl);
    hc_pem_emit(&bad, HC_PEM_CRL, parts.crl->der);
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    emit(&bad, parts.root, parts.root, parts.crl); /* the root's key waits for nothing */
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    /* One bit of the signature. */
    hc_buf_add(&der, parts.cert->der);
    der.p[der.n - 1] ^= 1;
    hc_buf_clear(&bad);
    hc_pem_emit(&bad, HC_PEM_CERTIFICATE, hc_buf_view(&der));
    hc_pem_emit(&bad, HC_PEM_CERTIFICATE, parts.root->der);
    hc_pem_emit(&bad, HC_PEM_CRL, parts.crl->der);
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    /* One bit of the CRL's. */
    hc_buf_clear(&der);
    hc_buf_add(&der, parts.crl->der);
    der.p[der.n - 1] ^= 1;
    hc_buf_clear(&bad);
    hc_pem_emit(&bad, HC_PEM_CERTIFICATE, parts.cert->der);
    hc_pem_emit(&bad, HC_PEM_CERTIFICATE, parts.root->der);
    hc_pem_emit(&bad, HC_PEM_CRL, hc_buf_view(&der));
    refuse_reply(&c, hc_buf_view(&bad), HC_E_CRL_SIGNATURE);
    /* And the whole one is taken after all of these. */
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&reply), &e));
}

static void a_reply_of_another_root_is_refused(void **state)
{
    CEREMONY(c, *state);
    struct hc_init_options o = world_options(c.off);
    HC_BUF_AUTO(request, 65536);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(bad, HC_ISSUER_REPLY_MAX);
    HC_AUTO(hc_authority) theirs = NULL;
    HC_ISSUER_REPLY(parts);
    struct hc_issuer_plan plan = plan_of("edge"), open = {.name = NULL};
    char home[HC_PATH];
    struct hc_err e;

    (void)snprintf(home, sizeof home, "%s/theirs", c.off->dir);
    o.home = home;
    o.root_only = true; /* the same names throughout */
    expect_ok(&e, hc_authority_init(c.off->crypto, &o, &e));
    expect_ok(&e, hc_authority_open(c.off->crypto, home, &theirs, &e));
    hc_authority_set_time(theirs, WORLD_NOW);
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e));
    HC_AUTO(hc_csr) csr = csr_of(&c, &request);
    expect_ok(&e, hc_issuer_sign(theirs, c.off->grant, csr, &open, &reply, &e));
    refuse_reply(&c, hc_buf_view(&reply), HC_E_ROOT_CHANGED);
    expect_ok(&e, hc_issuer_reply_parse(hc_buf_view(&reply), &parts, &e));
    emit(&bad, parts.cert, hc_authority_root(c.on.a), parts.crl); /* with our root slipped in */
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    assert_non_null(strstr(e.text, "not signed by the root"));
}

static void a_reply_for_another_key_is_refused(void **state)
{
    CEREMONY(c, *state);
    struct hc_issuer_plan plan = plan_of("edge");
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(request, 65536);
    struct hc_err e;

    must_reply(&c, "edge", &reply);
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, "other", hc_buf_view(&reply), &e), HC_E_ISSUER_UNKNOWN);
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, "../x", hc_buf_view(&reply), &e), HC_E_ISSUER_NAME);
    assert_int_equal(unlink(world_path(&c.on, "authority/edge.key.pem")), 0);
    refuse_reply(&c, hc_buf_view(&reply), HC_E_CA_KEY_MISSING);
    expect_ok(&e, hc_issuer_request(c.on.a, &plan, &request, &e)); /* a new key under the old name */
    refuse_reply(&c, hc_buf_view(&reply), HC_E_REQUEST_REPLY);
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, "edge", hc_buf_view(&reply), &e), HC_E_REQUEST_REPLY);
    assert_int_equal(unlink(world_path(&c.on, "authority/edge.request")), 0);
    refuse_reply(&c, hc_buf_view(&reply), HC_E_REQUEST_REPLY);
    world_write(&c.on, "authority/edge.request", "not what was written\n");
    expect_fail(&e, hc_issuer_accept(c.on.a, c.on.grant, "edge", hc_buf_view(&reply), &e), HC_E_REQUEST_REPLY);
    assert_non_null(strstr(e.text, "damaged"));
}

static void a_reply_from_tomorrow_is_refused(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    struct hc_err e;

    hc_authority_set_time(c.off->a, WORLD_NOW + HC_DAY);
    must_reply(&c, "edge", &reply);
    refuse_reply(&c, hc_buf_view(&reply), HC_E_REQUEST_REPLY);
    assert_non_null(strstr(e.text, "clock"));
    hc_authority_set_time(c.on.a, WORLD_NOW + 2 * 365 * HC_DAY);
    refuse_reply(&c, hc_buf_view(&reply), HC_E_REQUEST_REPLY);
    assert_non_null(strstr(e.text, "ended"));
}

/* The root of the offline home signs a leaf's profile for the waiting key: a CA is what was asked for. */
static void a_reply_that_is_no_issuing_ca_is_refused(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(bad, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(signature, HC_KEY_SIGNATURE_MAX);
    HC_ISSUER_REPLY(parts);
    HC_AUTO(hc_tbs) tbs = NULL;
    HC_AUTO(hc_linted_tbs) linted = NULL;
    HC_AUTO(hc_cert) cert = NULL;
    HC_AUTO(hc_name) name = world_name("edge.example");
    struct hc_ca *root = &c.off->a->ca[0];
    const struct hc_cert *issuers[] = {root->cert};
    struct hc_lint_rules rules = {.issuers = issuers, .n_issuers = 1};
    struct hc_err e;

    must_reply(&c, "edge", &reply);
    expect_ok(&e, hc_issuer_reply_parse(hc_buf_view(&reply), &parts, &e));
    struct hc_tbs_request r = {
        .profile = HC_PROFILE_SERVER,
        .names = name,
        .n_names = 1,
        .spki = parts.cert->spki,
        .serial = HC_BYTES("\x11\x22\x33\x44\x55\x66\x77\x88\x99"),
        .not_before = WORLD_NOW,
        .not_after = WORLD_NOW + HC_DAY,
        .issuer = root->cert,
        .sig_alg = hc_key_signature_algorithm(root->key),
    };
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(&rules, tbs, NULL, &linted, &e));
    expect_ok(&e, hc_key_sign(root->key, hc_linted_tbs_der(linted), &signature, &e));
    expect_ok(&e, hc_cert_assemble(linted, r.sig_alg, hc_buf_view(&signature), &cert, &e));
    emit(&bad, cert, parts.root, parts.crl);
    refuse_reply(&c, hc_buf_view(&bad), HC_E_REQUEST_REPLY);
    assert_non_null(strstr(e.text, "path length"));
}

static struct hc_rc parse_reply(void *ctx, struct hc_err *e)
{
    HC_ISSUER_REPLY(parts);

    return hc_issuer_reply_parse(hc_buf_view(ctx), &parts, e);
}

static void reading_a_reply_survives_every_failing_allocation(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);

    must_reply(&c, "edge", &reply);
    assert_true(fault_sweep(parse_reply, &reply) >= 3);
}

/* ---- the root's CRL is brought ---- */

static struct hc_rc bring_crl(struct ceremony *c, struct hc_err *e)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);

    expect_ok(e, hc_file_read(world_path(c->off, "publish/crl/root.crl"), &der, e));
    return hc_issuer_accept_root_crl(c->on.a, hc_buf_view(&der), e);
}

static void a_revocation_comes_with_the_roots_crl(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(old, HC_CRL_MAX);
    HC_ISSUED(issued);
    int64_t number = 0;
    struct hc_err e;

    must_reply(&c, "edge", &reply);
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&reply), &e));
    expect_ok(&e, hc_file_read(world_path(c.off, "publish/crl/root.crl"), &old, &e));
    expect_ok(&e, bring_crl(&c, &e)); /* the very one again */
    expect_fail(&e, hc_issuer_revoke(c.on.a, "edge", HC_CRL_CA_COMPROMISE, &number, &e), HC_E_ROOT_OFFLINE);
    assert_non_null(strstr(e.text, "--root-crl"));
    expect_ok(&e, hc_issuer_revoke(c.off->a, "edge", HC_CRL_CA_COMPROMISE, &number, &e));
    expect_ok(&e, bring_crl(&c, &e));
    expect_fail(&e, hc_issuer_accept_root_crl(c.on.a, hc_buf_view(&old), &e), HC_E_CRL_OLDER);
    assert_int_equal(world_events(&c.on, "crl-brought"), 2);
    expect_fail(&e,
                world_issue(&c.on, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_SERVER}, &issued, &e),
                HC_E_ISSUER_ENDED);
    world_open(&c.on);
    expect_fail(&e,
                world_issue(&c.on, "a.example", (struct hc_issue_request){.profile = HC_PROFILE_SERVER}, &issued, &e),
                HC_E_ISSUER_ENDED);
    HC_AUTO(hc_crl) crl = world_crl(&c.on, "root");
    assert_int_equal(crl->n_entries, 1);
    assert_int_equal(world_number(crl), number);
}

static void a_root_crl_that_does_not_fit_is_refused(void **state)
{
    CEREMONY(c, *state);
    HC_BUF_AUTO(reply, HC_ISSUER_REPLY_MAX);
    HC_BUF_AUTO(der, HC_CRL_MAX);
    HC_BUF_AUTO(before, HC_CRL_MAX);
    struct hc_ledger_revocation known = {.issuer = HC_BYTES("root"), .at = WORLD_NOW, .not_after = HC_LEDGER_NO_END};
    struct hc_err e;

    must_reply(&c, "edge", &reply);
    expect_ok(&e, hc_issuer_accept(c.on.a, c.on.grant, NULL, hc_buf_view(&reply), &e));
    expect_ok(&e, hc_file_read(world_path(&c.on, "publish/crl/root.crl"), &before, &e));
    expect_fail(&e, hc_issuer_accept_root_crl(c.on.a, HC_BYTES("not a CRL"), &e), HC_E_CRL_MALFORMED);
    expect_fail(&e, hc_issuer_accept_root_crl(c.on.a, HC_BYTES("\x30\x03\x02\x01\x01"), &e), HC_E_CRL_MALFORMED);
    expect_ok(&e, hc_file_read(world_path(&c.on, "publish/crl/edge.crl"), &der, &e));
    expect_fail(&e, hc_issuer_accept_root_crl(c.on.a, hc_buf_view(&der), &e), HC_E_CRL_SIGNATURE);
    /* From tomorrow, and from two years ago. */
    hc_authority_set_time(c.on.a, WORLD_NOW - HC_DAY);
    expect_fail(&e, bring_crl(&c, &e), HC_E_CRL_NOT_YET_VALID);
    hc_authority_set_time(c.on.a, WORLD_NOW + 730 * HC_DAY);
    expect_fail(&e, bring_crl(&c, &e), HC_E_CRL_STALE);
    hc_authority_set_time(c.on.a, WORLD_NOW);
    /* A newer one that forgets what is known here. */
    known.serial = hc_authority_issuer(c.on.a)->serial;
    expect_ok(&e, hc_ledger_put_revocation(hc_authority_ledger(c.on.a), &known, NULL, &e));
    struct hc_published done;
    expect_ok(&e, hc_authority_publish(c.off->a, true, &done, &e));
    expect_fail(&e, bring_crl(&c, &e), HC_E_CRL_LACKS);
    hc_buf_clear(&der);
    expect_ok(&e, hc_file_read(world_path(&c.on, "publish/crl/root.crl"), &der, &e));
    assert_true(hc_bytes_eq(hc_buf_view(&der), hc_buf_view(&before)));
}

/* ---- the end ---- */

static void a_revoked_issuer_is_on_the_roots_crl_and_issues_no_more(void **state)
{
    struct world *w = *state;
    HC_ISSUED(issued);
    struct hc_issue_request request = {.profile = HC_PROFILE_SERVER};
    int64_t number = 0;
    struct hc_err e;

    must_add(w, "second");
    expect_fail(&e, hc_issuer_revoke(w->a, "root", HC_CRL_SUPERSEDED, &number, &e), HC_E_ISSUER_UNKNOWN);
    expect_fail(&e, hc_issuer_revoke(w->a, "nobody", HC_CRL_SUPERSEDED, &number, &e), HC_E_ISSUER_UNKNOWN);
    expect_fail(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CERTIFICATE_HOLD, &number, &e), HC_E_REASON);
    expect_ok(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CA_COMPROMISE, &number, &e));
    HC_AUTO(hc_crl) crl = world_crl(w, "root");
    struct hc_crl_entry entry;
    assert_true(hc_crl_find(crl, w->a->ca[1].cert->serial, &entry));
    assert_int_equal(entry.reason, HC_CRL_CA_COMPROMISE);
    assert_int_equal(world_number(crl), number);
    assert_int_equal(world_events(w, "issuer-revoke"), 1);
    request.issuer = "issuing";
    expect_fail(&e, world_issue(w, "a.example", request, &issued, &e), HC_E_ISSUER_ENDED);
    request.issuer = NULL;
    expect_ok(&e, world_issue(w, "a.example", request, &issued, &e));
    assert_string_equal(issued.issuer, "second");
    expect_fail(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CA_COMPROMISE, &number, &e), HC_E_ALREADY_REVOKED);
    assert_int_equal(world_events(w, "issuer-revoke"), 1);
}

/* Killed between the ledger and the CRL: the same command once more tells the gates. */
static void a_revocation_that_nobody_was_told_of_is_told_late(void **state)
{
    struct world *w = *state;
    struct hc_ledger_revocation row = {
        .issuer = HC_BYTES("root"), .at = WORLD_NOW, .reason = HC_CRL_CA_COMPROMISE, .not_after = HC_LEDGER_NO_END};
    int64_t number = 0;
    struct hc_err e;

    row.serial = hc_authority_issuer(w->a)->serial;
    expect_ok(&e, hc_ledger_put_revocation(hc_authority_ledger(w->a), &row, NULL, &e));
    world_open(w);
    expect_fail(&e, hc_issuer_revoke(w->a, "issuing", HC_CRL_CA_COMPROMISE, &number, &e), HC_E_ALREADY_REVOKED);
    assert_non_null(strstr(e.text, "it is now"));
    HC_AUTO(hc_crl) crl = world_crl(w, "root");
    assert_int_equal(crl->n_entries, 1);
}

struct seen {
    char text[1024];
};

static struct hc_rc see(void *ctx, const struct hc_issuer_view *v, struct hc_err *e)
{
    struct seen *s = ctx;
    size_t n = strlen(s->text);

    (void)e;
    (void)snprintf(s->text + n, sizeof s->text - n, "%s<%s:%s%s%s ", v->name, v->parent, hc_issuer_state_text(v->state),
                   v->key_here ? "+key" : "", v->cert ? "" : "-cert");
    return HC_OK;
}

static void the_list_says_what_each_issuer_is(void **state)
{
    struct world *w = *state;
    struct hc_issuer_plan plan = plan_of("people"), waiting = plan_of("later");
    struct seen seen = {.text = ""};
    HC_BUF_AUTO(request, 65536);
    int64_t number = 0;
    struct hc_err e;

    plan.profiles = 1u << HC_PROFILE_PERSON;
    expect_ok(&e, hc_issuer_add(w->a, w->grant, &plan, &e));
    must_add(w, "dead");
    expect_ok(&e, hc_issuer_revoke(w->a, "dead", HC_CRL_SUPERSEDED, &number, &e));
    expect_ok(&e, hc_issuer_request(w->a, &waiting, &request, &e));
    expect_ok(&e, hc_issuer_list(w->a, see, &seen, &e));
    assert_string_equal(seen.text,
                        "root<:valid+key issuing<root:current+key people<root:current+key dead<root:revoked+key "
                        "later<root:waiting+key-cert ");
    must_add(w, "new");
    seen.text[0] = '\0';
    hc_authority_set_time(w->a, WORLD_NOW + HC_DAY);
    expect_ok(&e, hc_issuer_list(w->a, see, &seen, &e));
    assert_string_equal(seen.text, "root<:valid+key issuing<root:valid+key people<root:valid+key dead<root:revoked+key "
                                   "new<root:current+key later<root:waiting+key-cert ");
}

static void what_hangs_on_an_issuer_is_counted(void **state)
{
    struct world *w = *state;
    struct hc_issuer_below below;
    HC_REVOKED(revoked);
    struct hc_err e;

    world_must_issue(w, HC_PROFILE_SERVER, "a.example");
    world_must_issue(w, HC_PROFILE_CLIENT, "b.example");
    world_must_issue(w, HC_PROFILE_CLIENT, "c.example");
    expect_ok(&e, world_revoke(w, "c.example", &revoked, &e));
    assert_int_equal(unlink(world_path(w, "identities/b.example/key.pem")), 0);
    expect_ok(&e, hc_issuer_below(w->a, "issuing", &below, &e));
    assert_int_equal(below.live, 2);
    assert_int_equal(below.key_here, 1);
    expect_fail(&e, hc_issuer_below(w->a, "nobody", &below, &e), HC_E_ISSUER_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(names_are_file_names_and_nothing_else),
        WORLD_TEST(urls_are_plain_http),
        WORLD_TEST(a_new_issuer_is_whole_and_takes_over),
        WORLD_TEST(a_name_is_never_used_twice),
        WORLD_TEST(what_another_process_added_is_seen),
        EMPTY_TEST(subjects_differ_however_long_the_organisation_is),
        WORLD_TEST(an_issuer_never_outlives_the_root),
        EMPTY_TEST(the_new_key_is_protected_as_the_others_are),
        WORLD_TEST(keys_profiles_and_lifetimes_are_as_planned),
        WORLD_TEST(without_the_right_there_is_no_issuer),
        EMPTY_TEST(constraints_lie_within_the_roots),
        WORLD_TEST(an_older_issuer_does_not_step_in_for_a_ledger_that_cannot_be_read),
        WORLD_TEST(an_issuer_with_permissions_issues_nothing_else),
        EMPTY_TEST(a_forgotten_stick_stops_nothing_half_way),
        EMPTY_TEST(another_roots_stick_is_told_apart),
        WORLD_TEST(an_issuer_that_a_restored_ledger_forgot_is_not_written_over),
        WORLD_TEST(what_a_killed_run_left_is_replaced),
        WORLD_TEST(an_issuer_that_could_not_publish_is_mended_by_publish),
        WORLD_TEST(a_failed_allocation_leaves_no_half_issuer),
        EMPTY_TEST(an_issuer_comes_by_ceremony),
        EMPTY_TEST(asked_twice_it_is_the_same_key),
        WORLD_TEST(what_waits_is_not_made_otherwise),
        EMPTY_TEST(a_lost_reply_is_given_again),
        EMPTY_TEST(replies_in_another_order_are_mended_by_signing_again),
        EMPTY_TEST(the_offline_side_decides_name_and_constraints),
        EMPTY_TEST(a_reply_that_was_tampered_with_is_refused),
        EMPTY_TEST(a_reply_of_another_root_is_refused),
        EMPTY_TEST(a_reply_for_another_key_is_refused),
        EMPTY_TEST(a_reply_from_tomorrow_is_refused),
        EMPTY_TEST(a_reply_that_is_no_issuing_ca_is_refused),
        EMPTY_TEST(reading_a_reply_survives_every_failing_allocation),
        EMPTY_TEST(a_revocation_comes_with_the_roots_crl),
        EMPTY_TEST(a_root_crl_that_does_not_fit_is_refused),
        WORLD_TEST(a_revoked_issuer_is_on_the_roots_crl_and_issues_no_more),
        WORLD_TEST(a_revocation_that_nobody_was_told_of_is_told_late),
        WORLD_TEST(the_list_says_what_each_issuer_is),
        WORLD_TEST(what_hangs_on_an_issuer_is_counted),
    };

    return cmocka_run_group_tests_name("authority/issuer", tests, NULL, NULL);
}

/* test_home.c - where things are. */
#include "hc_test.h"

#include <unistd.h>

#include "authority/home.h"

static void expect_default(const char *want)
{
    char got[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_home_default(got, &e));
    assert_string_equal(got, want);
}

static void the_variable_says_where_the_home_is(void **state)
{
    (void)state;
    setenv("HANDCLASP_HOME", "/srv/hc", 1);
    expect_default("/srv/hc");
    setenv("HANDCLASP_HOME", "", 1);
    if (geteuid() == 0) {
        expect_default("/var/lib/handclasp");
    } else {
        setenv("HOME", "/home/a", 1);
        setenv("XDG_DATA_HOME", "/data", 1);
        expect_default("/data/handclasp");
        setenv("XDG_DATA_HOME", "relative", 1);
        expect_default("/home/a/.local/share/handclasp");
        unsetenv("XDG_DATA_HOME");
        expect_default("/home/a/.local/share/handclasp");
    }
    unsetenv("HANDCLASP_HOME");
}

static void expect_place(enum hc_home_place place, const char *want)
{
    char got[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_home_path("/h", place, got, &e));
    assert_string_equal(got, want);
}

static void places_are_where_the_design_draws_them(void **state)
{
    char got[HC_PATH];
    struct hc_err e;

    (void)state;
    expect_place(HC_HOME_AUTHORITY, "/h/authority");
    expect_place(HC_HOME_LEDGER, "/h/authority/ledger.db");
    expect_place(HC_HOME_BUNDLE, "/h/publish/bundle.pem");
    expect_place(HC_HOME_CRLS, "/h/publish/crl");
    expect_place(HC_HOME_IDENTITIES, "/h/identities");
    expect_ok(&e, hc_home_issuer_path("/h", HC_HOME_ROOT, HC_HOME_ISSUER_CRL, got, &e));
    assert_string_equal(got, "/h/publish/crl/root.crl");
    expect_ok(&e, hc_home_issuer_path("/h", "x", HC_HOME_ISSUER_KEY, got, &e));
    assert_string_equal(got, "/h/authority/x.key.pem");
}

static void expect_dir(const char *name, const char *label, const char *want, const char *want_p12)
{
    HC_AUTO(hc_name) parsed = NULL;
    char got[HC_PATH];
    struct hc_err e;

    expect_ok(&e, hc_name_guess(hc_bytes_str(name), HC_NAME_WILDCARD, &parsed, &e));
    expect_ok(&e, hc_home_identity_dir("/h", parsed, label, got, &e));
    assert_string_equal(got, want);
    expect_ok(&e, hc_home_identity_file("/h", parsed, label, "p12", got, &e));
    assert_string_equal(got, want_p12);
}

static void identities_have_a_directory_that_no_other_name_or_label_has(void **state)
{
    (void)state;
    expect_dir("Shop.Example.com", NULL, "/h/identities/shop.example.com",
               "/h/identities/shop.example.com/shop.example.com.p12");
    expect_dir("alice@example.com", "", "/h/identities/alice@example.com",
               "/h/identities/alice@example.com/alice@example.com.p12");
    expect_dir("alice@example.com", "phone", "/h/identities/alice@example.com~phone",
               "/h/identities/alice@example.com~phone/alice@example.com.p12");
    expect_dir("spiffe://example.com/web", NULL, "/h/identities/spiffe%3A%2F%2Fexample.com%2Fweb",
               "/h/identities/spiffe%3A%2F%2Fexample.com%2Fweb/spiffe%3A%2F%2Fexample.com%2Fweb.p12");
    expect_dir("a.example", "../x~y", "/h/identities/a.example~%2E.%2Fx%7Ey",
               "/h/identities/a.example~%2E.%2Fx%7Ey/a.example.p12");
    expect_dir("*.example.com", NULL, "/h/identities/%2A.example.com",
               "/h/identities/%2A.example.com/%2A.example.com.p12");
}

static void what_is_too_long_is_refused(void **state)
{
    HC_AUTO(hc_name) parsed = NULL;
    char got[HC_PATH] = "untouched", home[HC_PATH];
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_name_guess(HC_BYTES("a.example"), HC_NAME_PLAIN, &parsed, &e));
    expect_fail(&e, hc_home_identity_dir("/h", parsed, "a-label-that-is-longer-than-thirty-two", got, &e),
                HC_E_TOO_BIG);
    memset(home, 'a', sizeof home - 1);
    home[sizeof home - 1] = '\0';
    expect_fail(&e, hc_home_path(home, HC_HOME_LEDGER, got, &e), HC_E_TOO_BIG);
    expect_fail(&e, hc_home_identity_dir(home, parsed, NULL, got, &e), HC_E_TOO_BIG);
    assert_string_equal(got, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_variable_says_where_the_home_is),
        cmocka_unit_test(places_are_where_the_design_draws_them),
        cmocka_unit_test(identities_have_a_directory_that_no_other_name_or_label_has),
        cmocka_unit_test(what_is_too_long_is_refused),
    };

    return cmocka_run_group_tests_name("authority/home", tests, NULL, NULL);
}

/* test_profile.c - the table of profiles and which names fit them. */
#include "hc_test.h"

#include "base/clock.h"
#include "pki/profile.h"

static void words_name_leaf_profiles_and_nothing_else(void **state)
{
    (void)state;
    struct hc_err e;
    enum hc_profile p = HC_PROFILE_ROOT_CA;
    expect_ok(&e, hc_profile_parse(HC_BYTES("person"), &p, &e));
    assert_int_equal(p, HC_PROFILE_PERSON);
    expect_fail(&e, hc_profile_parse(HC_BYTES("root-ca"), &p, &e), HC_E_USAGE);
    expect_fail(&e, hc_profile_parse(HC_BYTES("Server"), &p, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "server, client, peer or person"));
    expect_fail(&e, hc_profile_parse((struct hc_bytes){0}, &p, &e), HC_E_USAGE);
    assert_int_equal(p, HC_PROFILE_PERSON);
}

static void the_ledger_knows_every_word_of_the_table(void **state)
{
    (void)state;
    struct hc_err e;
    for (int i = HC_PROFILE_ROOT_CA; i <= HC_PROFILE_PERSON; i++) {
        enum hc_profile p = HC_PROFILE_ROOT_CA;
        expect_ok(&e, hc_profile_from_ledger(hc_bytes_str(hc_profile_row((enum hc_profile)i)->word), &p, &e));
        assert_int_equal(p, i);
    }
    enum hc_profile p = HC_PROFILE_PEER;
    expect_fail(&e, hc_profile_from_ledger(HC_BYTES("robot"), &p, &e), HC_E_LEDGER_DAMAGED);
}

static void lifetimes_are_short_by_default(void **state)
{
    (void)state;
    assert_int_equal(hc_profile_row(HC_PROFILE_SERVER)->lifetime_s, 30 * HC_DAY);
    assert_int_equal(hc_profile_row(HC_PROFILE_CLIENT)->lifetime_s, 7 * HC_DAY);
    assert_int_equal(hc_profile_row(HC_PROFILE_PEER)->lifetime_s, 7 * HC_DAY);
    assert_int_equal(hc_profile_row(HC_PROFILE_PERSON)->lifetime_s, 90 * HC_DAY);
}

static void a_leaf_may_be_renewed_for_a_month_after_its_end_and_a_ca_never(void **state)
{
    (void)state;
    for (int i = HC_PROFILE_ROOT_CA; i <= HC_PROFILE_PERSON; i++) {
        const struct hc_profile_row *row = hc_profile_row((enum hc_profile)i);
        assert_int_equal(row->renew_s, row->ca ? 0 : 30 * HC_DAY);
    }
}

static void a_set_is_read_from_words_and_written_back(void **state)
{
    (void)state;
    struct hc_err e;
    unsigned set = 0;
    HC_BUF_AUTO(text, 64);
    expect_ok(&e, hc_profile_set_parse(HC_BYTES(" person,server , server"), &set, &e));
    assert_int_equal(set, 1u << HC_PROFILE_SERVER | 1u << HC_PROFILE_PERSON);
    hc_buf_add_str(&text, "for ");
    hc_profile_set_text(set, &text);
    assert_string_equal(hc_buf_cstr(&text), "for server person");
}

static void no_words_are_all_leaf_profiles_and_back(void **state)
{
    (void)state;
    struct hc_err e;
    unsigned set = 0, all = 0;
    HC_BUF_AUTO(text, 64);
    expect_ok(&e, hc_profile_set_parse(HC_BYTES(" ,"), &set, &e));
    expect_ok(&e, hc_profile_set_parse(HC_BYTES("server client peer person"), &all, &e));
    assert_int_equal(set, all);
    assert_int_equal(set & (1u << HC_PROFILE_ROOT_CA | 1u << HC_PROFILE_ISSUING_CA), 0);
    hc_profile_set_text(set, &text);
    assert_int_equal(text.n, 0);
}

static void a_set_with_an_unknown_word_is_refused_whole(void **state)
{
    (void)state;
    struct hc_err e;
    unsigned set = 7;
    expect_fail(&e, hc_profile_set_parse(HC_BYTES("server root-ca"), &set, &e), HC_E_USAGE);
    assert_non_null(strstr(e.text, "'root-ca'"));
    expect_fail(&e, hc_profile_set_parse(HC_BYTES("server;client"), &set, &e), HC_E_USAGE);
    assert_int_equal(set, 7);
}

static void no_leaf_may_sign_or_encipher(void **state)
{
    (void)state;
    for (int i = HC_PROFILE_SERVER; i <= HC_PROFILE_PERSON; i++)
        assert_int_equal(hc_profile_row((enum hc_profile)i)->usage, HC_KU_DIGITAL_SIGNATURE);
}

static struct hc_name named(enum hc_name_type type, const char *text)
{
    return (struct hc_name){.type = type, .text = hc_bytes_str(text)};
}

static void a_person_is_an_email_address_or_a_uri(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_name email = named(HC_NAME_EMAIL, "alice@example.com"), uri = named(HC_NAME_URI, "https://example.com/a"),
                   dns = named(HC_NAME_DNS, "example.com");
    expect_ok(&e, hc_profile_check_names(HC_PROFILE_PERSON, &email, 1, &e));
    expect_ok(&e, hc_profile_check_names(HC_PROFILE_PERSON, &uri, 1, &e));
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_PERSON, &dns, 1, &e), HC_E_PROFILE_NAME);
    assert_non_null(strstr(e.text, "dns:example.com"));
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_SERVER, &email, 1, &e), HC_E_PROFILE_NAME);
}

static void a_leaf_without_a_name_is_refused(void **state)
{
    (void)state;
    struct hc_err e;
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_CLIENT, NULL, 0, &e), HC_E_PROFILE_NAME);
    expect_ok(&e, hc_profile_check_names(HC_PROFILE_ROOT_CA, NULL, 0, &e));
}

static void only_a_server_carries_a_wildcard(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_name wild = named(HC_NAME_DNS, "*.example.com");
    expect_ok(&e, hc_profile_check_names(HC_PROFILE_SERVER, &wild, 1, &e));
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_CLIENT, &wild, 1, &e), HC_E_PROFILE_NAME);
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_PEER, &wild, 1, &e), HC_E_PROFILE_NAME);
}

static void a_name_given_twice_is_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_name twice[] = {named(HC_NAME_DNS, "a.example"), named(HC_NAME_DNS, "a.example")};
    expect_fail(&e, hc_profile_check_names(HC_PROFILE_SERVER, twice, 2, &e), HC_E_PROFILE_NAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_name_leaf_profiles_and_nothing_else),
        cmocka_unit_test(the_ledger_knows_every_word_of_the_table),
        cmocka_unit_test(lifetimes_are_short_by_default),
        cmocka_unit_test(a_leaf_may_be_renewed_for_a_month_after_its_end_and_a_ca_never),
        cmocka_unit_test(a_set_is_read_from_words_and_written_back),
        cmocka_unit_test(no_words_are_all_leaf_profiles_and_back),
        cmocka_unit_test(a_set_with_an_unknown_word_is_refused_whole),
        cmocka_unit_test(no_leaf_may_sign_or_encipher),
        cmocka_unit_test(a_person_is_an_email_address_or_a_uri),
        cmocka_unit_test(a_leaf_without_a_name_is_refused),
        cmocka_unit_test(only_a_server_carries_a_wildcard),
        cmocka_unit_test(a_name_given_twice_is_refused),
    };
    return cmocka_run_group_tests_name("pki/profile", tests, NULL, NULL);
}

/* test_gateconf_trust.c - bundles, revocation, profiles and issuers: what has to be said, and where it is wrong. */
#include "hc_test.h"

#include "conf.h"

#define FILES_GATE(clients, behind)                                                                                    \
    "gates:\n- {name: a, listen: \":1\", identity: {certificate: /c, key: /k}, clients: " clients ", " behind          \
    ", routes: [{path: /**, allow: []}]}\n"

static void an_identity_from_files_needs_a_bundle_and_revocation(void **state)
{
    struct fixture *f = *state;

    refuse(state, FILES_GATE("optional", "serve: /s"),
           "f:1:1: 'bundle' is missing: the identity of a gate is given by files (line 2, column 37), so no home tells "
           "which authority "
           "to trust; for instance bundle: /var/lib/handclasp/publish/bundle.pem\n"
           "f:1:1: nothing says how revocation is checked, and the identity of a gate is given by files (line 2, "
           "column 37), so no home "
           "tells; write revocation: {crl: [DIRECTORY], stale: refuse}, or revocation: none\n");
    assert_int_equal(f->problems.v[0].code, HC_E_CONFIG_MISSING);
    assert_int_equal(f->problems.v[1].code, HC_E_REVOCATION_UNSAID);
}

static void a_bundle_alone_leaves_revocation_unsaid(void **state)
{
    refuse_one(state, HC_E_REVOCATION_UNSAID, "bundle: /b\n" FILES_GATE("required", "serve: /s"),
               "f:1:1: nothing says how revocation is checked, and the identity of a gate is given by files (line 3, "
               "column 37), so no "
               "home tells; write revocation: {crl: [DIRECTORY], stale: refuse}, or revocation: none\n");
}

static void a_gate_that_judges_nobody_needs_no_bundle(void **state)
{
    accept(state, FILES_GATE("none", "forward: \"http://a:1\""));
}

static void a_gate_that_judges_its_back_end_needs_a_bundle(void **state)
{
    struct fixture *f = *state;

    expect_fail(
        &f->e,
        hc_gateconf_parse(HC_BYTES(FILES_GATE("none", "forward: \"https://a:1\"")), "f", &f->conf, &f->problems, &f->e),
        HC_E_CONFIG_INVALID);
    assert_int_equal(f->problems.n, 2);
    assert_int_equal(f->problems.v[0].code, HC_E_CONFIG_MISSING);
    assert_int_equal(f->problems.v[1].code, HC_E_REVOCATION_UNSAID);
}

static void a_wrong_bundle_is_not_called_missing(void **state)
{
    refuse_one(state, HC_E_CONFIG_TYPE, "bundle: [/b]\nrevocation: none\n" FILES_GATE("required", "serve: /s"),
               "f:1:10: an entry of 'bundle' must be a block of keys, not text\n");
}

static void a_revocation_block_names_its_crls(void **state)
{
    refuse(state, "revocation: {check: laef, stale: ok}\n" FILES_GATE("none", "serve: /s"),
           "f:1:13: 'crl' is missing here: files of CRLs, or directories that hold them, as no home tells; for "
           "instance crl: [/var/lib/handclasp/publish/crl]\n"
           "f:1:21: 'check' must be one of chain, leaf, not 'laef'; did you mean 'leaf'?\n"
           "f:1:34: 'stale' must be refuse, or allow-for and a duration from 1s to 30d, not 'ok'; for instance stale: "
           "allow-for 6h\n");
}

static void revocation_without_crls_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE, "revocation: {crl: []}\n" FILES_GATE("none", "serve: /s"),
               "f:1:19: 'crl' must have at least 1 entry\n");
}

/* A gate whose identity is of the home, in one line. */
#define HOME_GATE(name, more)                                                                                          \
    "- {name: " name ", listen: \":0\", identity: a.b, clients: required, serve: /s" more "}\n"
#define ROUTES ", routes: [{path: /**, allow: [authenticated]}]"
#define ISSUED_BY(list) ", routes: [{path: /**, allow: [authenticated], issued-by: " list "}]"

static void the_home_has_the_crls_of_a_block_that_names_none(void **state)
{
    const struct hc_gateconf *conf =
        accept(state, "revocation: {stale: allow-for 90s}\ngates:\n" HOME_GATE("a", ROUTES));

    assert_int_equal(conf->trusts[0].revocation->crl.n, 0);
    assert_int_equal(conf->trusts[0].revocation->allow_stale, 90);
    assert_int_equal(conf->trusts[0].revocation->check.v, HC_CONF_CHECK_CHAIN);
}

static void an_identity_from_files_has_no_home_with_crls(void **state)
{
    refuse_one(state, HC_E_CONFIG_MISSING,
               "bundle: /b\nrevocation: {stale: refuse}\ngates:\n" HOME_GATE(
                   "b", ROUTES) "- {name: a, listen: \":1\", identity: {certificate: /c, key: /k}, clients: required, "
                                "serve: /s" ROUTES "}\n",
               "f:2:13: 'crl' is missing here: files of CRLs, or directories that hold them, as no home tells; for "
               "instance crl: [/var/lib/handclasp/publish/crl]\n");
}

static void what_a_gate_says_replaces_the_top_key_as_a_whole(void **state)
{
    const struct hc_gateconf *conf = accept(
        state, "bundle: /top\nrevocation: {crl: [/top.crl], check: leaf, stale: allow-for 1h}\nprofile: rfc5280\n"
               "gates:\n" HOME_GATE("a", ROUTES) HOME_GATE("b", ROUTES ", bundle: /b")
                   HOME_GATE("c", ROUTES ", revocation: {crl: [/c.crl]}")
                       HOME_GATE("d", ROUTES ", revocation: none, profile: webpki") HOME_GATE("e", ROUTES));
    const struct hc_trust_use *t = conf->trusts;

    assert_int_equal(conf->n_trusts, 4);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(conf->gates.v[i].trust_index, i == 4 ? 0 : i);
    assert_string_equal(t[1].bundle->file.s, "/b");
    assert_ptr_equal(t[1].revocation, &conf->trust.revocation);
    assert_int_equal(t[1].profile, HC_VERIFY_RFC5280);
    assert_string_equal(t[2].bundle->file.s, "/top");
    assert_string_equal(t[2].revocation->crl.v[0].s, "/c.crl");
    assert_int_equal(t[2].revocation->check.v, HC_CONF_CHECK_CHAIN); /* nothing of the top block is mixed in */
    assert_int_equal(t[2].revocation->allow_stale, 0);
    assert_int_equal(t[3].revocation->none.v, 1);
    assert_int_equal(t[3].profile, HC_VERIFY_WEBPKI);
}

static void a_gate_may_say_what_the_top_does_not(void **state)
{
    accept(state, "gates:\n- {name: a, listen: \":1\", identity: {certificate: /c, key: /k}, clients: required, serve: "
                  "/s, bundle: /b, revocation: none" ROUTES "}\n");
}

static void the_top_keys_of_others_do_not_help_a_gate_that_has_none(void **state)
{
    refuse_one(state, HC_E_REVOCATION_UNSAID,
               "bundle: /b\ngates:\n" HOME_GATE(
                   "a", ROUTES ", revocation: none") "- {name: b, listen: \":1\", identity: {certificate: /c, key: "
                                                     "/k}, clients: required, serve: /s" ROUTES "}\n",
               "f:1:1: nothing says how revocation is checked, and the identity of a gate is given by files (line 4, "
               "column 37), so no home tells; write revocation: {crl: [DIRECTORY], stale: refuse}, or revocation: "
               "none\n");
}

static void a_bundle_that_judges_nobody_is_a_contradiction(void **state)
{
    refuse(state,
           "gates:\n"
           "- name: a\n"
           "  listen: \":1\"\n"
           "  identity: a.b\n"
           "  clients: none\n"
           "  forward: http://a:1\n"
           "  bundle: [{file: /b}]\n"
           "  revocation: none\n"
           "  profile: spiffe\n"
           "  routes: [{path: /**, allow: [anyone]}]\n",
           "f:7:11: 'bundle' is said for a gate that judges no certificate, because it asks clients for none: 'none' "
           "(line 5, column 12); write 'optional' or 'required' there, or remove it here\n"
           "f:8:15: 'revocation' is said for a gate that judges no certificate, because it asks clients for none: "
           "'none' (line 5, column 12); write 'optional' or 'required' there, or remove it here\n"
           "f:9:12: 'profile' is said for a gate that judges no certificate, because it asks clients for none: 'none' "
           "(line 5, column 12); write 'optional' or 'required' there, or remove it here\n");
}

static void a_back_end_is_judged_by_the_bundle_of_its_gate(void **state)
{
    accept(state, "gates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, forward: \"https://a:1\", bundle: "
                  "/b, routes: [{path: /**, allow: [anyone]}]}\n");
}

static void a_profile_is_one_of_four(void **state)
{
    refuse(state, "profile: web\ngates:\n" HOME_GATE("a", ROUTES ", profile: strict"),
           "f:1:10: 'profile' must be one of gate, rfc5280, webpki, spiffe, not 'web'; did you mean 'webpki'?\n"
           "f:3:128: 'profile' must be one of gate, rfc5280, webpki, spiffe, not 'strict'\n");
}

static void old_crls_count_for_a_plain_duration(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: refused */
    } cases[] = {
        {"refuse", 0},
        {"allow-for 1s", 1},
        {"allow-for 6h", 6 * HC_HOUR},
        {"allow-for 30d", 30 * HC_DAY},
        {"allow-for 43200m", 30 * HC_DAY},
        {"allow-for 2592000s", 30 * HC_DAY},
        {"allow-for 31d", -1},
        {"allow-for 2592001s", -1},
        {"allow-for 0s", -1},
        {"allow-for 0d", -1},
        {"allow-for -1h", -1},
        {"allow-for", -1},
        {"\"allow-for \"", -1},
        {"allow-for  6h", -1},
        {"allow-for 6", -1},
        {"allow-for 6H", -1},
        {"allow-for 6h30m", -1},
        {"allow-for 1.5h", -1},
        {"allow-for 06h", -1},
        {"allow-for 6 h", -1},
        {"allow-for +6h", -1},
        {"allow-for 6w", -1},
        {"allow-for 9999999999999999999h", -1},
        {"\"refuse \"", -1},
        {"Refuse", -1},
        {"allow", -1},
        {"6h", -1},
        {"ignore", -1},
        {"allow-for: 6h", -1},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(cases); i++) {
        HC_AUTO(hc_gateconf) conf = NULL;
        HC_BUF_AUTO(yaml, 1024);
        struct hc_config_problems problems = {0};
        struct hc_err e = {0};
        struct hc_rc rc;

        hc_buf_addf(&yaml, "revocation: {crl: [/c], stale: %s}\ngates:\n%s", cases[i].text, HOME_GATE("a", ROUTES));
        rc = hc_gateconf_parse(hc_buf_view(&yaml), "f", &conf, &problems, &e);
        if (hc_ok(rc) != (cases[i].seconds >= 0))
            fail_msg("stale: %s", cases[i].text);
        if (hc_ok(rc))
            assert_int_equal(conf->trusts[0].revocation->allow_stale, cases[i].seconds);
        else
            assert_int_equal(problems.v[0].mark.line, 1);
    }
}

static void a_wrong_duration_is_told_where_it_stands(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE,
               "revocation: {crl: [/c], stale: allow-for 31d}\ngates:\n" HOME_GATE("a", ROUTES),
               "f:1:32: 'stale' must be refuse, or allow-for and a duration from 1s to 30d, not 'allow-for 31d'; for "
               "instance stale: allow-for 6h\n");
}

static void every_mistake_in_a_list_of_organisations_has_its_place(void **state)
{
    refuse(
        state,
        "bundle:\n"
        "  - {name: staff, file: staff.pem}\n"
        "  - {name: staff, file: /b}\n"
        "  - {name: My Staff, file: /b, asserts: []}\n"
        "  - {nam: x, asserts: [\"dns:*.example.com\", \"cn:x\"]}\n"
        "  - /b\n"
        "gates:\n" HOME_GATE("a", ROUTES),
        "f:2:25: 'file' must be an absolute path, which 'staff.pem' is not\n"
        "f:3:12: the name 'staff' is taken already (line 2, column 12)\n"
        "f:4:12: the name of an entry has 1 to 32 lower-case letters, digits and hyphens, which 'My Staff' does not\n"
        "f:4:41: 'asserts' must have at least 1 entry\n"
        "f:5:5: 'file' is missing here: the file of its trust anchors; for instance file: /etc/handclasp/partner.pem\n"
        "f:5:6: unknown key 'nam'; did you mean 'name'? (valid here: name, file, asserts)\n"
        "f:5:24: dns:*.example.com: write the domain alone, it stands for itself and every name below it\n"
        "f:5:45: 'cn:x' is not a name constraint: write dns:DOMAIN, email:DOMAIN, uri:HOST or ip:NETWORK\n"
        "f:6:5: an entry of 'bundle' must be a block of keys, not text\n");
}

static void a_list_of_organisations_is_not_empty(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE, "bundle: []\nrevocation: none\n" FILES_GATE("required", "serve: /s"),
               "f:1:9: 'bundle' must have at least 1 entry\n");
}

static void a_block_is_no_bundle(void **state)
{
    refuse_one(state, HC_E_CONFIG_TYPE, "bundle: {file: /b}\ngates:\n" HOME_GATE("a", ROUTES),
               "f:1:9: 'bundle' must be text, or a list of blocks, not a block; for instance bundle: "
               "/var/lib/handclasp/publish/bundle.pem\n");
}

static void an_issuer_is_an_entry_of_the_bundle_of_that_gate(void **state)
{
    refuse(state,
           "bundle: [{name: staff, file: /a}, {name: partner, file: /b}]\n"
           "gates:\n" HOME_GATE("a", ISSUED_BY("[staff, stuff, \"sha256:00\"]"))
               HOME_GATE("b", ISSUED_BY("[staff]") ", bundle: [{name: guests, file: /c}]")
                   HOME_GATE("c", ISSUED_BY("[staff]") ", bundle: /c") HOME_GATE("d", ISSUED_BY("[partner]")),
           "f:3:136: no entry of this gate's bundle is called 'stuff'; did you mean 'staff'?\n"
           "f:3:143: after 'sha256:' come 64 hexadecimal digits, the fingerprint of a CA certificate\n"
           "f:4:129: no entry of this gate's bundle is called 'staff'; name one so under 'bundle', or write sha256: "
           "and the fingerprint of a CA certificate\n"
           "f:5:129: no entry of this gate's bundle is called 'staff'; name one so under 'bundle', or write sha256: "
           "and the fingerprint of a CA certificate\n");
}

static void an_issuer_needs_a_certificate_below_it(void **state)
{
    refuse(state,
           "bundle: [{name: staff, file: /a}]\n"
           "gates:\n"
           "- {name: a, listen: \":0\", identity: a.b, clients: optional, serve: /s, routes: [{path: /**, allow: "
           "[anyone], issued-by: [staff]}]}\n"
           "- {name: b, listen: \":0\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: [], "
           "issued-by: [staff]}]}\n",
           "f:3:101: 'anyone' needs no certificate, and whoever has none was issued by nobody ('issued-by', line 3, "
           "column 121); write 'authenticated' here\n"
           "f:4:111: 'issued-by' can never match, because this gate asks clients for no certificate: 'none' (line 4, "
           "column 51); write 'optional' or 'required' there\n");
}

static void an_empty_list_of_issuers_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE, "gates:\n" HOME_GATE("a", ISSUED_BY("[]")),
               "f:2:128: 'issued-by' must have at least 1 entry\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_identity_from_files_needs_a_bundle_and_revocation),
        TEST(a_bundle_alone_leaves_revocation_unsaid),
        TEST(a_gate_that_judges_nobody_needs_no_bundle),
        TEST(a_gate_that_judges_its_back_end_needs_a_bundle),
        TEST(a_wrong_bundle_is_not_called_missing),
        TEST(a_revocation_block_names_its_crls),
        TEST(revocation_without_crls_is_refused),
        TEST(the_home_has_the_crls_of_a_block_that_names_none),
        TEST(an_identity_from_files_has_no_home_with_crls),
        TEST(what_a_gate_says_replaces_the_top_key_as_a_whole),
        TEST(a_gate_may_say_what_the_top_does_not),
        TEST(the_top_keys_of_others_do_not_help_a_gate_that_has_none),
        TEST(a_bundle_that_judges_nobody_is_a_contradiction),
        TEST(a_back_end_is_judged_by_the_bundle_of_its_gate),
        TEST(a_profile_is_one_of_four),
        TEST(old_crls_count_for_a_plain_duration),
        TEST(a_wrong_duration_is_told_where_it_stands),
        TEST(every_mistake_in_a_list_of_organisations_has_its_place),
        TEST(a_list_of_organisations_is_not_empty),
        TEST(a_block_is_no_bundle),
        TEST(an_issuer_is_an_entry_of_the_bundle_of_that_gate),
        TEST(an_issuer_needs_a_certificate_below_it),
        TEST(an_empty_list_of_issuers_is_refused),
    };

    return cmocka_run_group_tests_name("gate/gateconf_trust", tests, NULL, NULL);
}

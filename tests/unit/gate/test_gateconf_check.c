/* test_gateconf_check.c - each check across values: what it says, and exactly where. */
#include "hc_test.h"

#include "conf.h"

#define HOME_GATE "gates:\n  - name: a\n    listen: 127.0.0.1:8443\n    identity: shop.example.com\n" /* lines 1 to 4 */

static void a_gate_name_has_letters_digits_and_hyphens(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE,
               "gates:\n  - name: my shop\n    listen: \":1\"\n    identity: a.b\n    clients: none\n    serve: /srv\n"
               "    routes: [{path: /**, allow: [anyone]}]\n",
               "f:2:11: a gate's name has 1 to 32 lower-case letters, digits and hyphens, which 'my shop' does not\n");
}

static void a_gate_name_is_not_longer_than_its_bound(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE,
               "gates:\n  - name: a23456789-123456789-123456789-123\n    listen: \":1\"\n    identity: a.b\n    "
               "clients: none\n"
               "    serve: /srv\n    routes: [{path: /**, allow: [anyone]}]\n",
               "f:2:11: a gate's name has 1 to 32 lower-case letters, digits and hyphens, which "
               "'a23456789-123456789-123456789-123' does not\n");
}

static void two_gates_may_not_share_a_name(void **state)
{
    refuse_one(
        state, HC_E_CONFIG_CONTRADICTION,
        "gates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: "
        "[]}]}\n"
        "- {name: a, listen: \":2\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: []}]}\n",
        "f:3:10: the name 'a' is taken already (line 2, column 10)\n");
}

static void a_gate_forwards_or_serves(void **state)
{
    refuse_one(state, HC_E_CONFIG_MISSING, HOME_GATE "    clients: none\n    routes: [{path: /**, allow: [anyone]}]\n",
               "f:2:5: nothing says what is behind the gate; for instance forward: http://127.0.0.1:8080, or serve: "
               "/srv/www\n");
}

static void a_gate_does_not_forward_and_serve(void **state)
{
    refuse_one(
        state, HC_E_CONFIG_CONTRADICTION,
        HOME_GATE "    clients: none\n    serve: /srv\n    forward: http://a:1\n    routes: [{path: /**, allow: []}]\n",
        "f:6:12: a gate either forwards or serves; 'forward' is said, too (line 7, column 14): keep one of the two\n");
}

static void a_wrong_back_end_is_one_problem(void **state)
{
    refuse_one(
        state, HC_E_CONFIG_VALUE, HOME_GATE "    clients: none\n    forward: redis://a:1\n    routes: [{allow: []}]\n",
        "f:6:14: 'redis://a:1' is not a back end: it begins with none of the known schemes; write http://HOST:PORT, "
        "https://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:/PATH\n");
}

static void paths_of_files_are_absolute(void **state)
{
    refuse(state,
           "bundle: b.pem\nrevocation: {crl: [/ok, ../crl]}\ngates:\n- {name: a, listen: \":1\", identity: "
           "{certificate: c, key: ./k}, "
           "clients: none, serve: www, routes: [{path: /**, allow: []}]}\n",
           "f:1:9: 'bundle' must be an absolute path, which 'b.pem' is not\n"
           "f:2:25: 'crl' must be an absolute path, which '../crl' is not\n"
           "f:4:51: 'certificate' must be an absolute path, which 'c' is not\n"
           "f:4:59: 'key' must be an absolute path, which './k' is not\n"
           "f:4:87: 'serve' must be an absolute path, which 'www' is not\n");
}

static void a_request_route_needs_a_path(void **state)
{
    refuse_one(state, HC_E_CONFIG_MISSING,
               HOME_GATE "    clients: none\n    serve: /srv\n    routes:\n      - allow: [anyone]\n",
               "f:8:9: 'path' is missing here: which requests the route decides; for instance path: /**\n");
}

static void a_route_says_who_is_allowed(void **state)
{
    refuse_one(
        state, HC_E_CONFIG_MISSING, HOME_GATE "    clients: none\n    serve: /srv\n    routes:\n      - path: /**\n",
        "f:8:9: 'allow' is missing here: who is let in; [] is nobody; for instance allow: [\"email:*@example.com\"]\n");
}

static void a_path_pattern_must_parse(void **state)
{
    struct fixture *f = *state;

    expect_fail(
        &f->e,
        hc_gateconf_parse(
            HC_BYTES(HOME_GATE
                     "    clients: none\n    serve: /srv\n    routes:\n      - path: \"a/**/b\"\n        allow: []\n"),
            "f", &f->conf, &f->problems, &f->e),
        HC_E_CONFIG_INVALID);
    assert_int_equal(f->problems.n, 1);
    assert_int_equal(f->problems.v[0].code, HC_E_PATTERN);
    assert_int_equal(f->problems.v[0].mark.line, 8);
    assert_int_equal(f->problems.v[0].mark.column, 15);
}

static void every_wrong_pattern_is_reported(void **state)
{
    struct fixture *f = *state;

    expect_fail(&f->e,
                hc_gateconf_parse(
                    HC_BYTES(HOME_GATE
                             "    clients: optional\n    serve: /srv\n    routes:\n      - path: /**\n        allow:\n"
                             "          - alice\n          - email:*@example.com\n          - dns:*.*.com\n"
                             "        deny: [\"ip:300.0.0.0/8\"]\n"),
                    "f", &f->conf, &f->problems, &f->e),
                HC_E_CONFIG_INVALID);
    assert_int_equal(f->problems.n, 3);
    for (size_t i = 0; i < 3; i++) {
        static const unsigned lines[] = {10, 12, 13};
        static const unsigned columns[] = {13, 13, 16};

        assert_int_equal(f->problems.v[i].code, HC_E_PATTERN);
        assert_int_equal(f->problems.v[i].mark.line, lines[i]);
        assert_int_equal(f->problems.v[i].mark.column, columns[i]);
    }
}

static void anyone_contradicts_required_clients(void **state)
{
    refuse_one(state, HC_E_CONFIG_CONTRADICTION,
               HOME_GATE "    clients: required\n    serve: /srv\n    routes: [{path: /**, allow: [anyone]}]\n",
               "f:7:34: 'anyone' needs no certificate, but this gate's clients are 'required' to have one (line 5, "
               "column 14); write "
               "'authenticated' here, or 'optional' there\n");
}

static void an_identity_contradicts_no_clients(void **state)
{
    refuse(
        state,
        HOME_GATE
        "    clients: none\n    serve: /srv\n    routes: [{path: /**, allow: [authenticated], deny: [\"dns:a.b\"]}]\n",
        "f:7:34: 'authenticated' can never match, because this gate asks clients for no certificate: 'none' (line 5, "
        "column 14); "
        "write 'optional' or 'required' there\n"
        "f:7:57: 'dns:a.b' can never match, because this gate asks clients for no certificate: 'none' (line 5, column "
        "14); write "
        "'optional' or 'required' there\n");
}

static void methods_are_words_in_capitals(void **state)
{
    refuse(state,
           HOME_GATE "    clients: none\n    serve: /srv\n    routes: [{path: /**, methods: [GET, get, \"P T\", "
                     "M-SEARCH], allow: []}]\n",
           "f:7:41: 'get' is not a method; methods are words in capitals such as GET or POST\n"
           "f:7:46: 'P T' is not a method; methods are words in capitals such as GET or POST\n");
}

static void an_empty_list_of_methods_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE,
               HOME_GATE "    clients: none\n    serve: /srv\n    routes: [{path: /**, methods: [], allow: []}]\n",
               "f:7:35: 'methods' must have at least 1 entry\n");
}

static void a_route_below_one_for_everything_is_never_reached(void **state)
{
    refuse(state,
           HOME_GATE
           "    clients: none\n    serve: /srv\n    routes:\n      - {path: /a, allow: []}\n      - {path: /a, allow: "
           "[anyone]}\n      - {path: /**, allow: []}\n      - {path: /b, allow: [anyone]}\n",
           "f:9:16: this route is never reached: '/a' above decides alone (line 8, column 16); put it below, or make "
           "one route of "
           "both\n"
           "f:11:16: this route is never reached: '/**' above decides alone (line 10, column 16); put it below, or "
           "make one route of "
           "both\n");
}

static void a_relay_has_neither_path_nor_methods(void **state)
{
    refuse(
        state,
        HOME_GATE "    clients: optional\n    forward: tcp://a:1\n    routes:\n      - path: /**\n        methods: "
                  "[GET]\n        "
                  "allow: [anyone]\n",
        "f:8:15: 'tcp://a:1' (line 6, column 14) relays bytes and sees no paths; remove 'path', or forward to http://\n"
        "f:9:18: 'tcp://a:1' (line 6, column 14) relays bytes and sees no methods; remove 'methods', or forward to "
        "http://\n");
}

static void a_relay_has_one_route(void **state)
{
    refuse_one(state, HC_E_CONFIG_CONTRADICTION,
               HOME_GATE
               "    clients: optional\n    forward: unix:/s\n    routes:\n      - allow: [anyone]\n      - allow: []\n",
               "f:9:9: a relay has one route for the whole connection, because 'unix:/s' (line 6, column 14) sees no "
               "requests\n");
}

static void a_tls_back_end_is_a_relay(void **state)
{
    refuse_one(state, HC_E_CONFIG_CONTRADICTION,
               HOME_GATE "    clients: optional\n    forward: tls://a:1\n    routes: [{path: /**, allow: []}]\n",
               "f:7:21: 'tls://a:1' (line 6, column 14) relays bytes and sees no paths; remove 'path', or forward to "
               "http://\n");
}

static void an_empty_list_of_gates_or_routes_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE, "gates: []\n", "f:1:8: 'gates' must have at least 1 entry\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gate_name_has_letters_digits_and_hyphens),
        TEST(a_gate_name_is_not_longer_than_its_bound),
        TEST(two_gates_may_not_share_a_name),
        TEST(a_gate_forwards_or_serves),
        TEST(a_gate_does_not_forward_and_serve),
        TEST(a_wrong_back_end_is_one_problem),
        TEST(paths_of_files_are_absolute),
        TEST(a_request_route_needs_a_path),
        TEST(a_route_says_who_is_allowed),
        TEST(a_path_pattern_must_parse),
        TEST(every_wrong_pattern_is_reported),
        TEST(anyone_contradicts_required_clients),
        TEST(an_identity_contradicts_no_clients),
        TEST(methods_are_words_in_capitals),
        TEST(an_empty_list_of_methods_is_refused),
        TEST(a_route_below_one_for_everything_is_never_reached),
        TEST(a_relay_has_neither_path_nor_methods),
        TEST(a_relay_has_one_route),
        TEST(a_tls_back_end_is_a_relay),
        TEST(an_empty_list_of_gates_or_routes_is_refused),
    };

    return cmocka_run_group_tests_name("gate/gateconf_check", tests, NULL, NULL);
}

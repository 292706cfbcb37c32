/* test_gateconf.c - the gate's configuration from text and from a file. */
#include "hc_test.h"

#include "base/file.h"
#include "conf.h"

#define PRINT "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

/* Everything that can be said. */
#define WHOLE                                                                                                          \
    "bundle: /var/lib/handclasp/publish/bundle.pem\n"                                                                  \
    "revocation: {crl: [/var/lib/handclasp/publish/crl, /etc/x.crl], check: leaf, stale: refuse}\n"                    \
    "gates:\n"                                                                                                         \
    "  - name: shop\n"                                                                                                 \
    "    listen: \"0.0.0.0:8443\"\n"                                                                                   \
    "    identity: shop.example.com\n"                                                                                 \
    "    clients: optional\n"                                                                                          \
    "    forward: http://127.0.0.1:8080\n"                                                                             \
    "    routes:\n"                                                                                                    \
    "      - path: /health\n"                                                                                          \
    "        allow: [anyone]\n"                                                                                        \
    "      - path: /orders/**\n"                                                                                       \
    "        methods: [GET, POST]\n"                                                                                   \
    "        allow: [\"dns:billing.example.com\", \"spiffe://example.com/web/*\"]\n"                                   \
    "        deny: [\"email:mallory@example.com\"]\n"                                                                  \
    "      - path: /**\n"                                                                                              \
    "        allow: [\"email:*@example.com\"]\n"                                                                       \
    "  - name: redis\n"                                                                                                \
    "    listen: \"[::1]:6380\"\n"                                                                                     \
    "    identity: {certificate: /etc/c.pem, key: /etc/k.pem}\n"                                                       \
    "    clients: required\n"                                                                                          \
    "    forward: tcp://127.0.0.1:6379\n"                                                                              \
    "    routes:\n"                                                                                                    \
    "      - {allow: [\"dns:*.partner.example\"], issued-by: [partner, \"sha256:" PRINT "\"]}\n"                       \
    "    hosts: [\"*.Cache.example.com.\", cache.example.com]\n"                                                       \
    "    bundle:\n"                                                                                                    \
    "      - {name: partner, file: /etc/partner.pem, asserts: [\"dns:partner.example\", \"ip:10.0.0.0/8\"]}\n"         \
    "      - {file: /etc/own.pem}\n"                                                                                   \
    "    revocation: {crl: [/etc/partner.crl], stale: allow-for 6h}\n"                                                 \
    "    profile: spiffe\n"

static void a_whole_configuration_is_read_with_its_marks(void **state)
{
    const struct hc_gateconf *conf = accept(state, WHOLE);
    const struct hc_gate_conf *shop;

    assert_string_equal(conf->trust.bundle.file.s, "/var/lib/handclasp/publish/bundle.pem");
    assert_int_equal(conf->trust.revocation.none.v, 0);
    assert_int_equal(conf->trust.revocation.crl.n, 2);
    assert_string_equal(conf->trust.revocation.crl.v[1].s, "/etc/x.crl");
    assert_int_equal(conf->trust.revocation.check.v, HC_CONF_CHECK_LEAF);
    assert_int_equal(conf->trust.revocation.allow_stale, 0);
    assert_int_equal(conf->gates.n, 2);
    shop = &conf->gates.v[0];
    assert_string_equal(shop->name.s, "shop");
    assert_string_equal(shop->listen.host, "0.0.0.0");
    assert_int_equal(shop->listen.port, 8443);
    assert_string_equal(shop->identity.name.s, "shop.example.com");
    assert_int_equal(shop->identity.name.mark.line, 6);
    assert_int_equal(shop->identity.name.mark.column, 15);
    assert_null(shop->identity.key.s);
    assert_int_equal(shop->clients.v, HC_CLIENTS_OPTIONAL);
    assert_int_equal(shop->forward.kind, HC_FORWARD_HTTP);
    assert_int_equal(shop->forward.port, 8080);
    assert_null(shop->serve.s);
    assert_int_equal(shop->routes.n, 3);
    assert_int_equal(shop->routes.v[1].methods.n, 2);
    assert_string_equal(shop->routes.v[1].allow.v[1].s, "spiffe://example.com/web/*");
    assert_int_equal(shop->routes.v[1].allow.v[1].mark.column, 44);
    assert_string_equal(shop->routes.v[1].deny.v[0].s, "email:mallory@example.com");
    assert_false(hc_mark_said(shop->routes.v[2].methods.mark));
}

static void a_relay_has_one_route_without_a_path(void **state)
{
    const struct hc_gate_conf *redis = &accept(state, WHOLE)->gates.v[1];

    assert_int_equal(redis->forward.kind, HC_FORWARD_TCP);
    assert_string_equal(redis->identity.certificate.s, "/etc/c.pem");
    assert_string_equal(redis->identity.key.s, "/etc/k.pem");
    assert_null(redis->identity.name.s);
    assert_int_equal(redis->routes.n, 1);
    assert_null(redis->routes.v[0].path.s);
}

static void an_empty_list_lets_nobody_in(void **state)
{
    const struct hc_route_conf *route =
        &accept(state, "gates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, serve: /srv, routes: [{path: "
                       "/**, allow: []}]}\n")
             ->gates.v[0]
             .routes.v[0];

    assert_int_equal(route->allow.n, 0);
    assert_true(hc_mark_said(route->allow.mark)); /* written */
    assert_false(hc_mark_said(route->issued_by.mark));
}

static void a_gate_has_a_trust_of_its_own_when_it_says_so(void **state)
{
    const struct hc_gateconf *conf = accept(state, WHOLE);
    const struct hc_gate_conf *redis = &conf->gates.v[1];
    const struct hc_anchors_conf *partner = &redis->trust.bundle.entries.v[0];

    assert_int_equal(conf->n_trusts, 2);
    assert_int_equal(conf->gates.v[0].trust_index, 0);
    assert_int_equal(redis->trust_index, 1);
    assert_ptr_equal(conf->trusts[0].bundle, &conf->trust.bundle);
    assert_int_equal(conf->trusts[0].profile, HC_VERIFY_GATE);
    assert_true(conf->trusts[0].home);
    assert_ptr_equal(conf->trusts[1].bundle, &redis->trust.bundle);
    assert_ptr_equal(conf->trusts[1].revocation, &redis->trust.revocation);
    assert_int_equal(conf->trusts[1].profile, HC_VERIFY_SPIFFE);
    assert_false(conf->trusts[1].home);
    assert_int_equal(redis->trust.revocation.allow_stale, 6 * HC_HOUR);
    assert_null(redis->trust.bundle.file.s);
    assert_int_equal(redis->trust.bundle.entries.n, 2);
    assert_string_equal(partner->name.s, "partner");
    assert_string_equal(partner->file.s, "/etc/partner.pem");
    assert_int_equal(partner->asserts.n, 2);
    assert_int_equal(partner->subtrees[0].type, HC_NAME_DNS);
    assert_int_equal(partner->subtrees[1].type, HC_NAME_IP);
    assert_null(redis->trust.bundle.entries.v[1].name.s);
    assert_int_equal(redis->hosts.n, 2);
    assert_string_equal(redis->host[0].at, "*.cache.example.com");
    assert_string_equal(redis->host[1].at, "cache.example.com");
    assert_string_equal(redis->routes.v[0].issued_by.v[0].s, "partner");
}

static void the_check_of_revocation_is_strict_unless_said(void **state)
{
    const struct hc_gateconf *conf = accept(
        state,
        "revocation: {crl: [/crl]}\ngates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, serve: /srv, "
        "routes: [{path: /**, allow: [anyone]}]}\n");

    assert_int_equal(conf->trust.revocation.check.v, HC_CONF_CHECK_CHAIN);
    assert_int_equal(conf->trust.revocation.allow_stale, 0);
    assert_string_equal(conf->gates.v[0].serve.s, "/srv");
    assert_int_equal(conf->gates.v[0].forward.kind, HC_FORWARD_NONE);
}

static void no_revocation_is_written_out(void **state)
{
    const struct hc_gateconf *conf = accept(
        state,
        "bundle: /b\nrevocation: none\ngates:\n- {name: a, listen: \":1\", identity: {certificate: /c, key: /k}, "
        "clients: required, serve: /srv, routes: [{path: /**, allow: [authenticated]}]}\n");

    assert_int_equal(conf->trust.revocation.none.v, 1);
    assert_true(hc_mark_said(conf->trust.revocation.mark));
    assert_int_equal(conf->trust.revocation.crl.n, 0);
}

static void the_home_tells_what_is_left_out(void **state)
{
    const struct hc_gateconf *conf = accept(
        state,
        "gates:\n- {name: a, listen: \":1\", identity: a.b, clients: required, serve: /srv, routes: [{path: /**, "
        "allow: [authenticated]}]}\n");

    assert_null(conf->trust.bundle.file.s);
    assert_false(hc_mark_said(conf->trust.revocation.mark));
    assert_int_equal(conf->trust.revocation.check.v, HC_CONF_CHECK_CHAIN);
}

static void a_later_key_of_the_design_is_unknown_for_now(void **state)
{
    refuse_one(state, HC_E_CONFIG_UNKNOWN_KEY,
               "trust_domain: example.com\ngates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, serve: "
               "/srv, routes: "
               "[{path: /**, allow: [anyone]}]}\n",
               "f:1:1: unknown key 'trust_domain' (valid here: bundle, revocation, profile, gates)\n");
}

static void every_required_key_is_missed_at_its_block(void **state)
{
    refuse(state, "gates:\n  - serve: /srv\n",
           "f:2:5: 'name' is missing here: how the gate is called in logs and on the control socket; for instance "
           "name: shop\n"
           "f:2:5: 'listen' is missing here: the address and port it accepts connections on; several gates may say the "
           "same one; for instance listen: "
           "\"0.0.0.0:8443\"\n"
           "f:2:5: 'identity' is missing here: what it presents: the name of an identity of the home, or {certificate: "
           "FILE, key: "
           "FILE}; for instance identity: shop.example.com\n"
           "f:2:5: 'clients' is missing here: whether a client must present a certificate; for instance clients: "
           "required\n"
           "f:2:5: 'routes' is missing here: who may do what, tried in this order\n");
}

static void a_file_without_gates_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_MISSING, "bundle: /b\n",
               "f:1:1: 'gates' is missing here: what listens, who is let in there, and what is behind\n");
}

static void a_syntax_error_is_the_only_problem(void **state)
{
    struct fixture *f = *state;

    refuse_one(state, HC_E_CONFIG_SYNTAX, "gates:\n\t- name: a\n", "f:2:1: a tab; YAML is indented with spaces only\n");
    assert_string_equal(f->e.text, "f has 1 error; line 2, column 1: a tab; YAML is indented with spaces only");
}

static void all_mistakes_are_reported_in_one_run(void **state)
{
    struct fixture *f = *state;

    refuse(
        state,
        "bundel: /b\n"
        "revocation: nonee\n"
        "gates:\n"
        "  - name: Shop\n"
        "    listen: 8443\n"
        "    identity: {certificate: c.pem}\n"
        "    client: required\n"
        "    forward: 127.0.0.1:8080\n"
        "    serve: /srv\n"
        "    routes:\n"
        "      - methods: GET\n"
        "        allow: [alice]\n"
        "      - path: /a\n"
        "        path: /b\n"
        "        allow: &x [anyone]\n"
        "  - 7\n",
        "f:1:1: unknown key 'bundel'; did you mean 'bundle'? (valid here: bundle, revocation, profile, gates)\n"
        "f:2:13: 'revocation' must be the word none, or a block of keys, not 'nonee'; for instance revocation: {crl: "
        "[/var/lib/handclasp/publish/crl], stale: refuse}\n"
        "f:4:5: 'clients' is missing here: whether a client must present a certificate; for instance clients: "
        "required\n"
        "f:4:11: a gate's name has 1 to 32 lower-case letters, digits and hyphens, which 'Shop' does not\n"
        "f:5:13: '8443' is not an address to listen on; write HOST:PORT with an IP address, an [IPv6 address] or "
        "localhost as "
        "HOST, or :PORT for every address\n"
        "f:6:15: 'key' is missing here: the file of its private key; for instance key: /etc/handclasp/key.pem\n"
        "f:6:29: 'certificate' must be an absolute path, which 'c.pem' is not\n"
        "f:7:5: unknown key 'client'; did you mean 'clients'? (valid here: name, listen, hosts, identity, clients, "
        "forward, serve, routes, bundle, revocation, profile)\n"
        "f:8:14: '127.0.0.1:8080' is not a back end: it begins with none of the known schemes; write http://HOST:PORT, "
        "https://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:/PATH\n"
        "f:9:12: a gate either forwards or serves; 'forward' is said, too (line 8, column 14): keep one of the two\n"
        "f:11:18: 'methods' must be a list of texts, not 'GET'; for instance methods: [GET, POST]\n"
        "f:12:17: pattern alice: it has no type that is known; write dns:, email:, uri:, ip: or spiffe:// before it\n"
        "f:14:9: 'path' is said twice; it stands in line 13 already\n"
        "f:15:16: anchors and aliases (&x) are not used here; write the value out\n"
        "f:16:5: an entry of 'gates' must be a block of keys, not text\n");
    assert_memory_equal(f->e.text, "f has 15 errors; the first at line 1, column 1: unknown key", 59);
}

/* Loads the whole configuration from a file of this mode in a directory of its own. */
static struct hc_rc load(struct fixture *f, mode_t mode)
{
    char dir[] = "/tmp/handclasp-test-XXXXXX";
    char path[HC_PATH];
    struct hc_err e;
    struct hc_rc rc;

    assert_non_null(mkdtemp(dir));
    expect_ok(&e, hc_path_join(path, dir, "gate.yaml", &e));
    expect_ok(&e, hc_file_create(path, HC_BYTES(WHOLE), mode, &e));
    rc = hc_gateconf_load(path, &f->conf, &f->problems, &f->e);
    expect_ok(&e, hc_dir_remove(dir, &e));
    return rc;
}

static void a_file_is_loaded(void **state)
{
    struct fixture *f = *state;

    expect_ok(&f->e, load(f, 0644));
    assert_int_equal(f->conf->gates.n, 2);
}

static void a_file_that_others_may_write_is_refused(void **state)
{
    struct fixture *f = *state;

    expect_fail(&f->e, load(f, 0666), HC_E_PERMISSIONS);
    assert_null(f->conf);
}

static void a_missing_file_is_named(void **state)
{
    struct fixture *f = *state;

    expect_fail(&f->e, hc_gateconf_load("/tmp/handclasp-none/gate.yaml", &f->conf, &f->problems, &f->e),
                HC_E_FILE_MISSING);
    assert_non_null(strstr(f->e.text, "/tmp/handclasp-none/gate.yaml"));
    assert_int_equal(f->problems.n, 0);
}

static void the_manual_names_the_keys(void **state)
{
    struct fixture *f = *state;

    hc_gateconf_manual(&f->out);
    expect_ok(&f->e, hc_buf_check(&f->out, &f->e));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "gates[].routes[].deny\n    a list of texts; optional\n"));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "\nrevocation.check\n    one of chain, leaf; optional\n"));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "\ngates[].identity.key\n    text; required\n"));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "bundle\n    text, or a list of blocks; optional\n"));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "\nbundle[].asserts\n    a list of texts; optional\n"));
    assert_non_null(strstr(hc_buf_cstr(&f->out), "\ngates[].bundle[].file\n    text; required\n"));
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    hc_gateconf_free(NULL);
}

static struct hc_rc parse_whole(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_gateconf) conf = NULL;
    struct hc_config_problems problems = {0};

    (void)ctx;
    return hc_gateconf_parse(
        HC_BYTES(""
                 "bundle: [{name: x, file: /b, asserts: [\"dns:x.y\"]}]\nrevocation: {crl: [/c], stale: allow-for 1d}\n"
                 "gates:\n- {name: a, listen: \":1\", hosts: [a.b], profile: spiffe, identity: a.b, clients: "
                 "optional, forward: \"http://a:1\", routes: [{path: /a, allow: [\"email:*@b.c\", \"ip:10.0.0.0/8\"], "
                 "methods: [GET], issued-by: [x]}, {path: /**, allow: [anyone], deny: [\"dns:*.x.y\"]}]}\n"),
        "f", &conf, &problems, e);
}

static void a_configuration_survives_the_failure_of_every_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(parse_whole, NULL) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_configuration_is_read_with_its_marks),
        TEST(a_relay_has_one_route_without_a_path),
        TEST(an_empty_list_lets_nobody_in),
        TEST(a_gate_has_a_trust_of_its_own_when_it_says_so),
        TEST(the_check_of_revocation_is_strict_unless_said),
        TEST(no_revocation_is_written_out),
        TEST(the_home_tells_what_is_left_out),
        TEST(a_later_key_of_the_design_is_unknown_for_now),
        TEST(every_required_key_is_missed_at_its_block),
        TEST(a_file_without_gates_is_refused),
        TEST(a_syntax_error_is_the_only_problem),
        TEST(all_mistakes_are_reported_in_one_run),
        TEST(a_file_is_loaded),
        TEST(a_file_that_others_may_write_is_refused),
        TEST(a_missing_file_is_named),
        TEST(the_manual_names_the_keys),
        TEST(freeing_nothing_is_fine),
        TEST(a_configuration_survives_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("gate/gateconf", tests, NULL, NULL);
}

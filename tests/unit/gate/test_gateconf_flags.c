/* test_gateconf_flags.c - a gate from flags: the same struct, the same checks, places that are options. */
#include "hc_test.h"

#include "base/auto.h"
#include "conf.h"

static const char *const friends[] = {"email:*@example.com", "dns:billing.example.com"};
static const char *const crls[] = {"crl"};

static struct hc_gateconf *accept_flags(void **state, const struct hc_gate_flags *flags)
{
    struct fixture *f = *state;
    struct hc_rc rc = hc_gateconf_from_flags(flags, &f->conf, &f->problems, &f->e);

    expect_problems(f, "");
    expect_ok(&f->e, rc);
    return f->conf;
}

static void refuse_flags(void **state, const struct hc_gate_flags *flags, const char *problems)
{
    struct fixture *f = *state;

    expect_fail(&f->e, hc_gateconf_from_flags(flags, &f->conf, &f->problems, &f->e), HC_E_CONFIG_INVALID);
    assert_null(f->conf);
    expect_problems(f, problems);
}

static void the_shortest_command_line_makes_a_gate(void **state)
{
    const struct hc_gate_flags flags = {.listen = "127.0.0.1:8443",
                                        .identity = "shop.example.com",
                                        .forward = "http://127.0.0.1:8080",
                                        .allow = friends,
                                        .n_allow = 2};
    const struct hc_gateconf *conf = accept_flags(state, &flags);
    const struct hc_gate_conf *gate = &conf->gates.v[0];

    assert_int_equal(conf->gates.n, 1);
    assert_string_equal(gate->name.s, "gate");
    assert_int_equal(gate->listen.port, 8443);
    assert_string_equal(gate->identity.name.s, "shop.example.com");
    assert_string_equal(gate->identity.name.mark.option, "--identity");
    assert_int_equal(gate->clients.v, HC_CLIENTS_REQUIRED); /* the strictest, unless said */
    assert_int_equal(gate->forward.kind, HC_FORWARD_HTTP);
    assert_int_equal(gate->routes.n, 1);
    assert_string_equal(gate->routes.v[0].path.s, "/**");
    assert_int_equal(gate->routes.v[0].allow.n, 2);
    assert_false(hc_mark_said(gate->routes.v[0].deny.mark));
    assert_false(hc_mark_said(conf->trust.bundle.mark));
    assert_false(hc_mark_said(conf->trust.revocation.mark));
    assert_int_equal(conf->trust.revocation.check.v, HC_CONF_CHECK_CHAIN);
}

static void all_flags_are_used(void **state)
{
    static const char *const enemies[] = {"email:mallory@example.com"};
    const struct hc_gate_flags flags = {.name = "shop",
                                        .listen = "[::1]:0",
                                        .certificate = "chain.pem", /* relative to where the command runs */
                                        .key = "key.pem",
                                        .clients = "optional",
                                        .serve = "www",
                                        .bundle = "bundle.pem",
                                        .crl = crls,
                                        .n_crl = 1,
                                        .allow = friends,
                                        .n_allow = 1,
                                        .deny = enemies,
                                        .n_deny = 1};
    const struct hc_gateconf *conf = accept_flags(state, &flags);
    const struct hc_gate_conf *gate = &conf->gates.v[0];

    assert_string_equal(gate->name.s, "shop");
    assert_string_equal(gate->listen.host, "::1");
    assert_string_equal(gate->identity.certificate.s, "chain.pem");
    assert_string_equal(gate->identity.key.s, "key.pem");
    assert_int_equal(gate->clients.v, HC_CLIENTS_OPTIONAL);
    assert_string_equal(gate->serve.s, "www");
    assert_string_equal(conf->trust.bundle.file.s, "bundle.pem");
    assert_string_equal(conf->trust.revocation.crl.v[0].s, "crl");
    assert_string_equal(gate->routes.v[0].deny.v[0].s, "email:mallory@example.com");
}

static void a_relay_from_flags_has_no_path(void **state)
{
    const struct hc_gate_flags flags = {.listen = ":0",
                                        .identity = "a.b",
                                        .forward = "tcp://127.0.0.1:6379",
                                        .allow = friends,
                                        .n_allow = 1,
                                        .no_revocation = true};
    const struct hc_gateconf *conf = accept_flags(state, &flags);

    assert_null(conf->gates.v[0].routes.v[0].path.s);
    assert_int_equal(conf->trust.revocation.none.v, 1);
}

static void the_profile_and_old_crls_are_flags_too(void **state)
{
    const struct hc_gate_flags flags = {.listen = ":0",
                                        .identity = "a.b",
                                        .serve = "/srv",
                                        .stale = "allow-for 2d",
                                        .profile = "spiffe",
                                        .allow = friends,
                                        .n_allow = 1};
    const struct hc_gateconf *conf = accept_flags(state, &flags);

    assert_int_equal(conf->n_trusts, 1);
    assert_int_equal(conf->trusts[0].profile, HC_VERIFY_SPIFFE);
    assert_int_equal(conf->trusts[0].revocation->allow_stale, 2 * HC_DAY);
    assert_int_equal(conf->trusts[0].revocation->crl.n, 0); /* those of the home */
    assert_true(conf->trusts[0].home);
}

static void wrong_words_about_trust_name_their_flags(void **state)
{
    const struct hc_gate_flags flags = {.listen = ":0",
                                        .certificate = "c",
                                        .key = "k",
                                        .serve = "/srv",
                                        .bundle = "b",
                                        .stale = "6h",
                                        .profile = "web",
                                        .allow = friends,
                                        .n_allow = 1};

    refuse_flags(
        state, &flags,
        "--profile: 'profile' must be one of gate, rfc5280, webpki, spiffe, not 'web'; did you mean 'webpki'?\n"
        "--stale: 'stale' must be refuse, or allow-for and a duration from 1s to 30d, not '6h'; for instance "
        "stale: allow-for 6h\n"
        "--crl: it is missing: files of CRLs, or directories that hold them, as no home tells; for instance "
        "--crl /var/lib/handclasp/publish/crl\n");
}

static void no_revocation_leaves_no_old_crls(void **state)
{
    const struct hc_gate_flags flags = {.listen = ":0",
                                        .identity = "a.b",
                                        .serve = "/srv",
                                        .stale = "refuse",
                                        .no_revocation = true,
                                        .allow = friends,
                                        .n_allow = 1};

    refuse_flags(state, &flags,
                 "--stale: it says how long old CRLs count, and with --no-revocation none does; keep one of the two\n");
}

static void every_missing_flag_is_named(void **state)
{
    refuse_flags(
        state, &(struct hc_gate_flags){0},
        "--listen: it is missing: the address and port to accept connections on; for instance --listen 0.0.0.0:8443\n"
        "--identity: it is missing: which identity the gate presents; for instance --identity shop.example.com\n"
        "--forward: it is missing: say what is behind the gate with --forward http://127.0.0.1:8080 or --serve "
        "/srv/www\n"
        "--allow: it is missing: nobody is let in unless a rule names them; for instance --allow "
        "\"email:*@example.com\"\n");
}

static void wrong_values_name_their_flags(void **state)
{
    struct fixture *f = *state;
    const struct hc_gate_flags flags = {.name = "Shop",
                                        .listen = "8443",
                                        .identity = "a.b",
                                        .clients = "require",
                                        .forward = "127.0.0.1:1",
                                        .allow = friends,
                                        .n_allow = 1};

    refuse_flags(
        state, &flags,
        "--clients: 'clients' must be one of required, optional, none, not 'require'; did you mean 'required'?\n"
        "--name: a gate's name has 1 to 32 lower-case letters, digits and hyphens, which 'Shop' does not\n"
        "--listen: '8443' is not an address to listen on; write HOST:PORT with an IP address, an [IPv6 address] or "
        "localhost "
        "as HOST, or :PORT for every address\n"
        "--forward: '127.0.0.1:1' is not a back end: it begins with none of the known schemes; write http://HOST:PORT, "
        "https://HOST:PORT, tcp://HOST:PORT, tls://HOST:PORT or unix:/PATH\n");
    assert_memory_equal(f->e.text, "the command line has 4 errors; the first at --clients: 'clients' must", 68);
}

static void anyone_contradicts_the_default_of_clients(void **state)
{
    static const char *const all[] = {"anyone"};
    const struct hc_gate_flags flags = {.listen = ":0", .identity = "a.b", .serve = "/srv", .allow = all, .n_allow = 1};

    refuse_flags(
        state, &flags,
        "--allow: 'anyone' needs no certificate, but this gate's clients are 'required' to have one (--clients); write "
        "'authenticated' here, or 'optional' there\n");
}

static void flags_that_exclude_each_other_are_refused(void **state)
{
    const struct hc_gate_flags flags = {.listen = ":0",
                                        .identity = "a.b",
                                        .certificate = "c",
                                        .key = "k",
                                        .forward = "http://a:1",
                                        .serve = "/srv",
                                        .bundle = "/b",
                                        .crl = crls,
                                        .n_crl = 1,
                                        .no_revocation = true,
                                        .allow = friends,
                                        .n_allow = 1};

    refuse_flags(
        state, &flags,
        "--no-revocation: revocation is either checked with --crl or not checked; keep one of the two\n"
        "--identity: the identity is a name from the home or --certificate and --key, not both\n"
        "--serve: a gate either forwards or serves; 'forward' is said, too (--forward): keep one of the two\n");
}

static void a_certificate_comes_with_its_key_and_trust(void **state)
{
    const struct hc_gate_flags flags = {
        .listen = ":0", .certificate = "c", .serve = "/srv", .allow = friends, .n_allow = 1};

    refuse_flags(state, &flags,
                 "--key: it is missing; --certificate comes with --key FILE\n"
                 "--bundle: it is missing: the identity of a gate is given by files (--certificate), so no home tells "
                 "which authority "
                 "to trust; for instance --bundle /var/lib/handclasp/publish/bundle.pem\n"
                 "--crl: nothing says how revocation is checked, and the identity of a gate is given by files "
                 "(--certificate), so no "
                 "home tells; write --crl DIRECTORY, or --no-revocation\n");
}

static struct hc_rc from_flags(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_gateconf) conf = NULL;
    struct hc_config_problems problems = {0};

    return hc_gateconf_from_flags(ctx, &conf, &problems, e);
}

static void flags_survive_the_failure_of_every_allocation(void **state)
{
    struct hc_gate_flags flags = {.listen = ":0",
                                  .certificate = "c",
                                  .key = "k",
                                  .forward = "http://a:1",
                                  .bundle = "b",
                                  .crl = crls,
                                  .n_crl = 1,
                                  .stale = "refuse",
                                  .profile = "gate",
                                  .allow = friends,
                                  .n_allow = 2,
                                  .deny = friends,
                                  .n_deny = 2};

    (void)state;
    assert_true(fault_sweep(from_flags, &flags) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_shortest_command_line_makes_a_gate),
        TEST(all_flags_are_used),
        TEST(a_relay_from_flags_has_no_path),
        TEST(the_profile_and_old_crls_are_flags_too),
        TEST(wrong_words_about_trust_name_their_flags),
        TEST(no_revocation_leaves_no_old_crls),
        TEST(every_missing_flag_is_named),
        TEST(wrong_values_name_their_flags),
        TEST(anyone_contradicts_the_default_of_clients),
        TEST(flags_that_exclude_each_other_are_refused),
        TEST(a_certificate_comes_with_its_key_and_trust),
        TEST(flags_survive_the_failure_of_every_allocation),
    };

    return cmocka_run_group_tests_name("gate/gateconf_flags", tests, NULL, NULL);
}

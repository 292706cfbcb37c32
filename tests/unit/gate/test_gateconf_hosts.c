/* test_gateconf_hosts.c - addresses that gates share, and the names that tell the gates apart. */
#include "hc_test.h"

#include "conf.h"

/* A gate in one line: its name, where it listens, and more keys. */
#define GATE(name, listen, more)                                                                                       \
    "- {name: " name ", listen: \"" listen "\"" more                                                                   \
    ", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: []}]}\n"

static void two_gates_may_not_share_an_address(void **state)
{
    refuse_one(
        state, HC_E_CONFIG_CONTRADICTION,
        "gates:\n- {name: a, listen: \":1\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: "
        "[]}]}\n"
        "- {name: b, listen: 127.0.0.1:1, identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: []}]}\n",
        "f:3:21: '127.0.0.1:1' clashes with ':1' (line 2, column 21); gates share an address only when both say the "
        "same one\n");
}

static void two_gates_may_let_the_system_choose_their_ports(void **state)
{
    accept(state,
           "gates:\n- {name: a, listen: \":0\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: "
           "[]}]}\n"
           "- {name: b, listen: \":0\", identity: a.b, clients: none, serve: /s, routes: [{path: /**, allow: []}]}\n");
}

static void covering_addresses_are_no_shared_ones(void **state)
{
    refuse(state, "gates:\n" GATE("a", "127.0.0.1:443", "") GATE("b", "0.0.0.0:443", "") GATE("c", "127.0.0.1:443", ""),
           "f:3:21: '0.0.0.0:443' clashes with '127.0.0.1:443' (line 2, column 21); gates share an address only when "
           "both say the same one\n"
           "f:4:21: '127.0.0.1:443' clashes with '0.0.0.0:443' (line 3, column 21); gates share an address only when "
           "both say the same one\n");
}

static void gates_share_an_address_and_names_tell_them_apart(void **state)
{
    const struct hc_gateconf *conf =
        accept(state, "gates:\n" GATE("a", "[::1]:443", ", hosts: [a.example.com]") GATE(
                          "b", "[0::1]:443", ", hosts: [\"*.example.com\", b.example]") GATE("c", "[::1]:443", ""));

    assert_true(hc_listen_same(&conf->gates.v[0].listen, &conf->gates.v[1].listen));
    assert_int_equal(conf->gates.v[1].hosts.n, 2);
    assert_int_equal(conf->gates.v[2].hosts.n, 0); /* its certificate tells */
    assert_false(hc_mark_said(conf->gates.v[2].hosts.mark));
}

static void a_name_leads_to_one_gate_of_an_address(void **state)
{
    refuse(state,
           "gates:\n" GATE("a", ":443", ", hosts: [x.example, \"*.example.com\"]")
               GATE("b", ":443", ", hosts: [y.example, \"*.EXAMPLE.com.\"]")
                   GATE("c", ":443", ", hosts: [z.example, X.example]"),
           "f:3:48: gate 'a' answers to '*.example.com' at this address already (line 2, column 48); a name leads to "
           "one gate\n"
           "f:4:48: gate 'a' answers to 'x.example' at this address already (line 2, column 37); a name leads to one "
           "gate\n");
}

static void the_same_name_at_two_addresses_is_fine(void **state)
{
    accept(state, "gates:\n" GATE("a", ":443", ", hosts: [x.example]") GATE("b", ":8443", ", hosts: [x.example]")
                      GATE("c", ":0", ", hosts: [x.example]") GATE("d", ":0", ", hosts: [x.example]"));
}

static void what_is_no_name_is_refused_where_it_stands(void **state)
{
    refuse(state,
           "gates:\n"
           "- name: a\n"
           "  listen: \":443\"\n"
           "  hosts:\n"
           "    - shop.example.com\n"
           "    - shop.example.com:443\n"
           "    - \"*\"\n"
           "    - 192.0.2.7\n"
           "    - b\xc3\xbc"
           "cher.example\n"
           "    - \"\"\n"
           "  identity: a.b\n"
           "  clients: none\n"
           "  serve: /s\n"
           "  routes: [{path: /**, allow: []}]\n",
           "f:6:7: 'hosts' holds DNS names, with a wildcard as their left-most label if at all: 'shop.example.com:443' "
           "is not a DNS name: only letters, digits, hyphens, underscores and dots may stand in it\n"
           "f:7:7: 'hosts' holds DNS names, with a wildcard as their left-most label if at all: '*' is not a DNS name: "
           "a wildcard may stand only where one is allowed, alone and left-most\n"
           "f:8:7: 'hosts' holds DNS names, with a wildcard as their left-most label if at all: '192.0.2.7' is not a "
           "DNS name: its last label is a number, as in an IP address\n"
           "f:9:7: 'hosts' holds DNS names, with a wildcard as their left-most label if at all: 'b\xc3\xbc"
           "cher.example' is not a DNS name: write international names in their ASCII form (xn--...)\n"
           "f:10:7: 'hosts' must have 1 to 4096 bytes, not 0\n");
}

static void an_empty_list_of_hosts_is_refused(void **state)
{
    refuse_one(state, HC_E_CONFIG_VALUE, "gates:\n" GATE("a", ":443", ", hosts: []"),
               "f:2:36: 'hosts' must have at least 1 entry\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(two_gates_may_not_share_an_address),         TEST(two_gates_may_let_the_system_choose_their_ports),
        TEST(covering_addresses_are_no_shared_ones),      TEST(gates_share_an_address_and_names_tell_them_apart),
        TEST(a_name_leads_to_one_gate_of_an_address),     TEST(the_same_name_at_two_addresses_is_fine),
        TEST(what_is_no_name_is_refused_where_it_stands), TEST(an_empty_list_of_hosts_is_refused),
    };

    return cmocka_run_group_tests_name("gate/gateconf_hosts", tests, NULL, NULL);
}

/* test_sock.c - addresses, and ports that somebody else has. */
#include "hc_test.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "net/sock.h"

/* --- addresses ---------------------------------------------------------------------------------------------------- */

static void addresses_are_read_and_written(void **state)
{
    static const struct {
        const char *text, *with_port, *without;
        unsigned port;
    } rows[] = {
        {"127.0.0.1:8443", "127.0.0.1:8443", "127.0.0.1", 8443},
        {"0.0.0.0:0", "0.0.0.0:0", "0.0.0.0", 0},
        {"255.255.255.255:65535", "255.255.255.255:65535", "255.255.255.255", 65535},
        {"localhost:80", "127.0.0.1:80", "127.0.0.1", 80},
        {"127.0.0.1:00080", "127.0.0.1:80", "127.0.0.1", 80},
        {"[::1]:8443", "[::1]:8443", "::1", 8443},
        {"[::]:1", "[::]:1", "::", 1},
        {"[2001:DB8::A]:443", "[2001:db8::a]:443", "2001:db8::a", 443},
        {"[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.1]:1", "::ffff:192.0.2.1", 1},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        char text[HC_ADDR_TEXT];
        struct hc_err e = {0};
        struct hc_addr a;

        expect_ok(&e, hc_addr_parse(hc_bytes_str(rows[i].text), &a, &e));
        assert_string_equal(hc_addr_text(&a, true, text), rows[i].with_port);
        assert_string_equal(hc_addr_text(&a, false, text), rows[i].without);
        assert_int_equal(hc_addr_port(&a), rows[i].port);
    }
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        ":",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:65536",
        "1.2.3:80",
        "1.2.3.4.5:1",
        "127.0.0.1:-1",
        "127.0.0.1:+1",
        "127.0.0.1: 80",
        "127.0.0.1:8O",
        "256.0.0.1:1",
        "127.0.0.1:000080",
        "::1:80",
        "[::1]",
        "[::1:80",
        "::1]:80",
        "[]:80",
        "[:80",
        "]:80",
        "[127.0.0.1]:1",
        "[::1%lo]:80",
        "example.com:80",
        "Localhost:1",
        "010.0.0.1:1",
        "0x7f.0.0.1:1",
        " 127.0.0.1:1",
        "127.0.0.1 :1",
        "[::1] :1",
        "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:80",
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        struct hc_addr a = {.len = 7};
        struct hc_err e = {0};

        if (hc_addr_parse(hc_bytes_str(rows[i]), &a, &e).code != HC_E_ADDRESS)
            fail_msg("'%s' was taken for an address", rows[i]);
        assert_int_equal(a.len, 7); /* untouched */
    }
}

static void a_nul_does_not_end_an_address_early(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;

    (void)state;
    expect_fail(&e, hc_addr_parse(HC_BYTES("127.0.0.1\0.evil:80"), &a, &e), HC_E_ADDRESS);
    expect_fail(&e, hc_addr_parse(HC_BYTES("127.0.0.1:80\0"), &a, &e), HC_E_ADDRESS);
}

static void a_unix_path_fits_or_is_refused(void **state)
{
    char path[200];
    char text[HC_ADDR_TEXT];
    struct hc_err e = {0};
    struct hc_addr a;

    (void)state;
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[108] = 0;
    expect_fail(&e, hc_addr_unix(path, &a, &e), HC_E_ADDRESS);
    path[107] = 0;
    expect_ok(&e, hc_addr_unix(path, &a, &e));
    hc_addr_text(&a, true, text);
    assert_int_equal(strlen(text), strlen("unix:") + 107);
    assert_int_equal(hc_addr_port(&a), 0);
}

static void names_are_resolved_by_the_system(void **state)
{
    char text[HC_ADDR_TEXT];
    struct hc_err e = {0};
    struct hc_addr a;

    (void)state;
    expect_ok(&e, hc_addr_resolve("127.0.0.1", 8080, &a, &e));
    assert_string_equal(hc_addr_text(&a, true, text), "127.0.0.1:8080");
    expect_ok(&e, hc_addr_resolve("::1", 8080, &a, &e));
    assert_string_equal(hc_addr_text(&a, true, text), "[::1]:8080");
    expect_ok(&e,
              hc_addr_resolve("localhost", 80, &a, &e)); /* what hc_addr_parse says; a back end rarely listens on ::1 */
    assert_string_equal(hc_addr_text(&a, true, text), "127.0.0.1:80");
    expect_fail(&e, hc_addr_resolve("no such host", 80, &a, &e), HC_E_ADDRESS);
}

/* --- listening ---------------------------------------------------------------------------------------------------- */

static int listen_on(const char *text, struct hc_addr *a)
{
    struct hc_err e = {0};
    int fd = -1;

    expect_ok(&e, hc_addr_parse(hc_bytes_str(text), a, &e));
    expect_ok(&e, hc_sock_listen(a, true, &fd, &e));
    return fd;
}

static void port_0_lets_the_kernel_choose_and_more_sockets_share_it(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    int second = -1;
    int first = listen_on("127.0.0.1:0", &a);

    (void)state;
    assert_int_not_equal(hc_addr_port(&a), 0);
    expect_ok(&e, hc_sock_listen(&a, false, &second, &e));
    hc_fd_close(&first);
    hc_fd_close(&second);
}

static void a_port_in_use_is_noticed_although_ports_are_shared(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    int other = -1;
    int mine = listen_on("127.0.0.1:0", &a); /* another gate: its sockets have SO_REUSEPORT too */

    (void)state;
    expect_fail(&e, hc_sock_listen(&a, true, &other, &e), HC_E_PORT_IN_USE);
    assert_int_equal(other, -1);
    assert_non_null(strstr(e.text, "127.0.0.1:"));
    hc_fd_close(&mine);
    expect_ok(&e, hc_sock_listen(&a, true, &other, &e)); /* and is free again at once */
    hc_fd_close(&other);
}

static void a_wildcard_is_not_shared_with_a_single_address(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    struct hc_addr all;
    char text[32];
    int other = -1;
    int mine = listen_on("127.0.0.1:0", &a);

    (void)state;
    snprintf(text, sizeof text, "0.0.0.0:%u", hc_addr_port(&a));
    expect_ok(&e, hc_addr_parse(hc_bytes_str(text), &all, &e));
    expect_fail(&e, hc_sock_listen(&all, true, &other, &e), HC_E_PORT_IN_USE);
    hc_fd_close(&mine);
}

static void the_two_wildcards_do_not_disturb_each_other(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    struct hc_addr six;
    char text[32];
    int other = -1;
    int mine = listen_on("0.0.0.0:0", &a);
    int probe = socket(AF_INET6, SOCK_STREAM, 0);

    (void)state;
    if (probe >= 0) { /* where there is IPv6 at all */
        snprintf(text, sizeof text, "[::]:%u", hc_addr_port(&a));
        expect_ok(&e, hc_addr_parse(hc_bytes_str(text), &six, &e));
        expect_ok(&e, hc_sock_listen(&six, true, &other, &e));
    }
    hc_fd_close(&probe);
    hc_fd_close(&other);
    hc_fd_close(&mine);
}

static void an_address_of_another_machine_cannot_be_used(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    int fd = -1;

    (void)state;
    expect_ok(&e, hc_addr_parse(HC_BYTES("192.0.2.1:0"), &a, &e)); /* RFC 5737: nobody's */
    expect_fail(&e, hc_sock_listen(&a, true, &fd, &e), HC_E_ADDRESS);
    assert_int_equal(fd, -1);
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void a_connection_is_accepted_once_and_knows_its_peer(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    struct hc_addr peer;
    int listener = listen_on("127.0.0.1:0", &a);
    int client = -1;
    int server = 7;

    (void)state;
    expect_ok(&e, hc_sock_accept(listener, &server, &peer, &e));
    assert_int_equal(server, -1); /* nobody there yet: no error, and nothing blocks */
    expect_ok(&e, hc_sock_connect(&a, &client, &e));
    poll(&(struct pollfd){.fd = listener, .events = POLLIN}, 1, 2000);
    expect_ok(&e, hc_sock_accept(listener, &server, &peer, &e));
    assert_true(server >= 0);
    assert_int_equal(hc_sock_error(client), 0);
    assert_int_equal(peer.ss.ss_family, AF_INET);
    assert_int_not_equal(hc_addr_port(&peer), 0);
    hc_fd_close(&client);
    hc_fd_close(&server);
    hc_fd_close(&listener);
}

static void accepting_from_no_listener_is_an_error(void **state)
{
    struct hc_err e = {0};
    struct hc_addr peer;
    int fd = 7;

    (void)state;
    expect_fail(&e, hc_sock_accept(-1, &fd, &peer, &e), HC_E_SYSTEM);
    assert_int_equal(fd, 7);
}

static void nobody_listening_is_an_upstream_that_is_down(void **state)
{
    struct hc_err e = {0};
    struct hc_addr a;
    int listener = listen_on("127.0.0.1:0", &a);
    int fd = -1;

    (void)state;
    hc_fd_close(&listener);
    if (hc_ok(hc_sock_connect(&a, &fd, &e))) {
        poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, 2000);
        assert_int_equal(hc_sock_error(fd), ECONNREFUSED);
        hc_fd_close(&fd);
    }
    expect_ok(&e, hc_addr_unix("/nonexistent/socket", &a, &e));
    expect_fail(&e, hc_sock_connect(&a, &fd, &e), HC_E_UPSTREAM_DOWN);
    assert_non_null(strstr(e.text, "unix:/nonexistent/socket"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(a_nul_does_not_end_an_address_early),
        cmocka_unit_test(a_unix_path_fits_or_is_refused),
        cmocka_unit_test(names_are_resolved_by_the_system),
        cmocka_unit_test(port_0_lets_the_kernel_choose_and_more_sockets_share_it),
        cmocka_unit_test(a_port_in_use_is_noticed_although_ports_are_shared),
        cmocka_unit_test(a_wildcard_is_not_shared_with_a_single_address),
        cmocka_unit_test(the_two_wildcards_do_not_disturb_each_other),
        cmocka_unit_test(an_address_of_another_machine_cannot_be_used),
        cmocka_unit_test(a_connection_is_accepted_once_and_knows_its_peer),
        cmocka_unit_test(accepting_from_no_listener_is_an_error),
        cmocka_unit_test(nobody_listening_is_an_upstream_that_is_down),
    };

    return cmocka_run_group_tests_name("net/sock", tests, NULL, NULL);
}

/* test_probe.c - the course of a probe: what is reached, what is tried, what is handed back. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/lib.h"
#include "doctor/probe.h"
#include "hc_test.h"

/* A port of the loopback interface that is taken, and on which nobody listens. */
static unsigned quiet_port(int *fd)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(*fd >= 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&a, &n), 0);
    return ntohs(a.sin_port);
}

static void a_port_where_nobody_listens_is_a_verdict_and_no_failure(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_probe) p = NULL;
    int fd;
    expect_ok(&e, hc_crypto_new(&crypto, &e));
    const struct hc_probe_spec spec = {.crypto = crypto, .host = "127.0.0.1", .port = quiet_port(&fd)};
    expect_ok(&e, hc_probe_make(&spec, &p, &e));
    assert_int_equal(p->verdict.cause, HC_CAUSE_CONNECTION_REFUSED);
    assert_int_equal(p->verdict.side, HC_SIDE_SERVER);
    assert_int_equal(p->step[0].outcome, HC_STEP_FAILED);
    assert_int_equal(p->n_trials, 0);
    close(fd);
}

static void a_server_that_only_listens_is_given_up_in_its_time(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_probe) p = NULL;
    int fd;
    expect_ok(&e, hc_crypto_new(&crypto, &e));
    const struct hc_probe_spec spec = {
        .crypto = crypto,
        .host = "127.0.0.1",
        .port = quiet_port(&fd),
        .patience_ms = 100,
        .wait_ms = 50,
        .no_trials = true,
    };
    assert_int_equal(listen(fd, 8), 0);
    expect_ok(&e, hc_probe_make(&spec, &p, &e));
    assert_int_equal(p->main.end, HC_END_TIMEOUT);
    assert_int_equal(p->step[0].outcome, HC_STEP_DONE);
    assert_int_equal(p->step[1].outcome, HC_STEP_FAILED);
    assert_int_equal(p->n_trials, 0);
    close(fd);
}

static void trials_are_bounded(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_probe) p = NULL;
    int fd;
    expect_ok(&e, hc_crypto_new(&crypto, &e));
    const struct hc_probe_spec spec = {
        .crypto = crypto,
        .host = "127.0.0.1",
        .port = quiet_port(&fd),
        .patience_ms = 50,
        .wait_ms = 20,
        .ask = HC_ASK_HTTP,
    };
    assert_int_equal(listen(fd, 32), 0);
    expect_ok(&e, hc_probe_make(&spec, &p, &e));
    assert_true(p->n_trials > 0 && p->n_trials <= HC_PROBE_TRIALS);
    for (size_t i = 0; i < p->n_trials; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(p->trial[i].kind, p->trial[k].kind);
    close(fd);
}

static void a_name_that_is_none_reaches_nothing(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_crypto) crypto = NULL;
    HC_AUTO(hc_probe) p = NULL;
    int fd;
    char server[64];
    expect_ok(&e, hc_crypto_new(&crypto, &e));
    snprintf(server, sizeof server, "127.0.0.1:%u", quiet_port(&fd));
    const struct hc_probe_spec spec = {
        .crypto = crypto,
        .host = "shop.example.com",
        .port = 443,
        .dns = {.server = server},
    };
    expect_ok(&e, hc_probe_make(&spec, &p, &e));
    assert_int_equal(p->main.end, HC_END_UNREACHED);
    assert_int_equal(hc_cause_row(p->verdict.cause)->code, HC_E_NAME_LOOKUP);
    close(fd);
}

/* Words for people may be lost without memory: then the probe is there all the same. */
static void a_probe_survives_the_failure_of_every_allocation(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_crypto) crypto = NULL;
    int fd;
    bool failed = false, happened = true;
    expect_ok(&e, hc_crypto_new(&crypto, &e));
    const struct hc_probe_spec spec = {.crypto = crypto, .host = "127.0.0.1", .port = quiet_port(&fd)};
    for (unsigned k = 1; happened; k++) {
        HC_AUTO(hc_probe) p = NULL;
        fault_alloc_at(k);
        struct hc_rc rc = hc_probe_make(&spec, &p, &e);
        happened = fault_happened();
        fault_alloc_at(0);
        assert_int_equal(hc_ok(rc), p != NULL);
        if (hc_ok(rc))
            continue;
        assert_int_equal(rc.code, HC_E_NOMEM);
        failed = true;
    }
    assert_true(failed);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_where_nobody_listens_is_a_verdict_and_no_failure),
        cmocka_unit_test(a_server_that_only_listens_is_given_up_in_its_time),
        cmocka_unit_test(trials_are_bounded),
        cmocka_unit_test(a_name_that_is_none_reaches_nothing),
        cmocka_unit_test(a_probe_survives_the_failure_of_every_allocation),
    };
    return cmocka_run_group_tests_name("doctor/probe", tests, NULL, NULL);
}

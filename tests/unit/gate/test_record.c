/* test_record.c - what a record says about a connection that was refused. */
#include "flight_rig.h"

#include <sys/stat.h>

#include "base/file.h"
#include "crypto/digest.h"
#include "observe/ring.h"

static void fill(const struct flight_rig *r, enum hc_why_stage stage, struct hc_why *out)
{
    struct hc_event event = flight_rig_event(r);

    hc_record_fill(&r->conn, &event, stage, out);
}

static void a_refused_certificate_is_recorded_with_its_chain_and_every_failed_rule(void **state)
{
    static struct hc_why w;
    struct flight_rig r;
    struct testpki old;
    uint8_t random[32], hash[32];

    flight_rig_begin(&r, state);
    testpki_issue(r.pki->crypto,
                  &(struct testpki_spec){.subject = "old",
                                         .san = {"email:old@example.com", "dns:a.example.com"},
                                         .server = true,
                                         .not_before = TESTPKI_NOW - 7200,
                                         .not_after = TESTPKI_NOW - 60},
                  &r.pki->root, &old);
    flight_rig_shake(&r, &old, TLS1_3_VERSION, HC_OK_CODE);
    assert_int_equal(r.pair.ended, HC_IO_BROKEN);
    fill(&r, HC_WHY_HANDSHAKE, &w);
    assert_string_equal(w.ref.text, "k7mq2fzt9xwd");
    assert_int_equal(w.code, HC_E_CERT_EXPIRED);
    assert_false(w.proven);
    assert_string_equal(w.identity, ""); /* nobody is that somebody here: T46 */
    assert_true(w.n_certs >= 1);
    assert_string_equal(w.cert[0].names, "email:old@example.com, dns:a.example.com");
    assert_int_equal(w.cert[0].not_after, TESTPKI_NOW - 60);
    assert_memory_equal(w.cert[0].sha256, old.cert->sha256, 32);
    assert_int_equal(w.n_findings, 2); /* not only the first */
    assert_true(w.finding[0].code == HC_E_CERT_EXPIRED || w.finding[1].code == HC_E_CERT_EXPIRED);
    assert_true(w.finding[0].code == HC_E_WRONG_PURPOSE || w.finding[1].code == HC_E_WRONG_PURPOSE);
    assert_string_equal(w.tls, "TLSv1.3");
    assert_true(w.suite[0] != 0);
    assert_int_equal(SSL_get_client_random(r.pair.client, random, sizeof random), sizeof random);
    hc_sha256(hc_bytes_of(random, sizeof random), hash);
    assert_true(w.has_random);
    assert_memory_equal(w.random_hash, hash, sizeof hash);
    assert_true(w.n_messages > 3);
    assert_true(w.message[w.n_messages - 1].alert);
    flight_rig_close(&r);
    testpki_fini(&old);
    flight_rig_end(&r);
}

static void a_refused_request_is_recorded_with_the_proven_chain_and_the_decision(void **state)
{
    static struct hc_why w;
    struct flight_rig r;
    struct hc_event event;

    flight_rig_begin(&r, state);
    flight_rig_shake(&r, &r.pki->client, TLS1_2_VERSION, HC_OK_CODE);
    assert_int_equal(r.pair.ended, HC_IO_OK);
    event = flight_rig_event(&r);
    event.why = HC_E_NO_RULE;
    event.text = "no rule";
    event.identity = "email:alice@example.com";
    event.rule = "/admin";
    event.method = HC_BYTES("GET");
    event.path = HC_BYTES("/admin\0x");
    event.status = 403;
    event.duration_us = 77;
    hc_record_fill(&r.conn, &event, HC_WHY_REQUEST, &w);
    assert_true(w.proven);
    assert_string_equal(w.identity, "email:alice@example.com");
    assert_int_equal(w.n_certs, 3); /* up to the anchor, which was not presented */
    assert_string_equal(w.cert[2].subject, "CN=Root");
    assert_string_equal(w.rule, "/admin");
    assert_string_equal(w.path, "/admin x");
    assert_int_equal(w.status, 403);
    assert_int_equal(w.took_us, 77);
    assert_int_equal(w.n_findings, 0);
    assert_true(w.has_random); /* so that a probe that got the 403 can be joined */
    assert_string_equal(w.tls, "TLSv1.2");
    flight_rig_close(&r);
    flight_rig_end(&r);
}

static void what_was_never_agreed_on_is_not_claimed(void **state)
{
    static struct hc_why w;
    struct flight_rig r;

    flight_rig_begin(&r, state);
    flight_rig_shake(&r, NULL, TLS1_1_VERSION, HC_OK_CODE);
    assert_int_equal(r.pair.ended, HC_IO_BROKEN);
    fill(&r, HC_WHY_HANDSHAKE, &w);
    assert_string_equal(w.tls, "");
    assert_string_equal(w.suite, "");
    assert_int_equal(w.n_certs, 0);
    flight_rig_close(&r);
    flight_rig_end(&r);
}

static bool take(void *ctx, const struct hc_why *w)
{
    memcpy(ctx, w, sizeof *w);
    return false;
}

static void a_record_is_kept_in_the_ring_and_without_one_nothing_happens(void **state)
{
    static struct hc_why w;
    char dir[] = "/tmp/handclasp-record-XXXXXX", path[64];
    struct hc_event event;
    struct hc_err e = {0};
    struct flight_rig r;

    flight_rig_begin(&r, state);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/ring", dir);
    flight_rig_shake(&r, &r.pki->client, 0, HC_E_REVOKED);
    event = flight_rig_event(&r);
    hc_record_keep(&r.conn, &event, HC_WHY_HANDSHAKE);
    expect_ok(&e, hc_ring_open(path, &r.engine.ring, &e));
    hc_record_keep(&r.conn, &event, HC_WHY_HANDSHAKE);
    hc_ring_free(r.engine.ring);
    r.engine.ring = NULL;
    expect_ok(&e, hc_ring_read(path, take, &w, NULL, &e));
    assert_int_equal(w.code, HC_E_REVOKED);
    assert_string_equal(w.cert[0].names, "email:alice@example.com");
    flight_rig_close(&r);
    flight_rig_end(&r);
    expect_ok(&e, hc_dir_remove(dir, &e));
}

static void an_address_is_a_source_and_so_is_a_64(void **state)
{
    struct flight_rig r = {0};
    struct hc_source a, b;

    (void)state;
    flight_rig_from(&r, "2001:db8::1");
    a = hc_flood_source(&r.conn.peer_addr);
    flight_rig_from(&r, "2001:db8::ffff:1");
    b = hc_flood_source(&r.conn.peer_addr);
    assert_true(hc_bytes_eq(hc_bytes_of(a.at, a.n), hc_bytes_of(b.at, b.n)));
    flight_rig_from(&r, "2001:db8:0:1::1");
    b = hc_flood_source(&r.conn.peer_addr);
    assert_false(hc_bytes_eq(hc_bytes_of(a.at, a.n), hc_bytes_of(b.at, b.n)));
    flight_rig_from(&r, "192.0.2.7");
    a = hc_flood_source(&r.conn.peer_addr);
    flight_rig_from(&r, "192.0.2.8");
    b = hc_flood_source(&r.conn.peer_addr);
    assert_false(hc_bytes_eq(hc_bytes_of(a.at, a.n), hc_bytes_of(b.at, b.n)));
    flight_rig_from(&r, "::ffff:192.0.2.8"); /* at a listener of both families */
    a = hc_flood_source(&r.conn.peer_addr);
    assert_true(hc_bytes_eq(hc_bytes_of(a.at, a.n), hc_bytes_of(b.at, b.n)));
}

static void a_network_is_a_48_or_a_24(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } pairs[] = {
        {"2001:db8:1:2::1", "2001:db8:1:ffff::1", true},
        {"2001:db8:1:2::1", "2001:db8:2:2::1", false},
        {"192.0.2.7", "192.0.2.200", true},
        {"192.0.2.7", "192.0.3.7", false},
        {"192.0.2.7", "::ffff:192.0.2.8", true},
    };
    struct flight_rig r = {0};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(pairs); i++) {
        flight_rig_from(&r, pairs[i].a);
        struct hc_source a = hc_flood_source(&r.conn.peer_addr);
        flight_rig_from(&r, pairs[i].b);
        struct hc_source b = hc_flood_source(&r.conn.peer_addr);
        assert_int_equal(hc_bytes_eq(hc_bytes_of(a.at, a.n_network), hc_bytes_of(b.at, b.n_network)), pairs[i].same);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_refused_certificate_is_recorded_with_its_chain_and_every_failed_rule),
        T(a_refused_request_is_recorded_with_the_proven_chain_and_the_decision),
        T(what_was_never_agreed_on_is_not_claimed),
        T(a_record_is_kept_in_the_ring_and_without_one_nothing_happens),
        cmocka_unit_test(an_address_is_a_source_and_so_is_a_64),
        cmocka_unit_test(a_network_is_a_48_or_a_24),
    };
    return cmocka_run_group_tests_name("gate/record", tests, NULL, NULL);
}

/* test_tls_sessions.c - the store by itself: domains, ends, shares, floods, purges. */
#include "pair.h"

#include <pthread.h>

#include "net/tls_internal.h"

#define NOW 1000
#define DOMAIN 7
#define PEOPLE 4

struct world {
    struct pair_pki *pki;
    struct testpki leaf[PEOPLE];
    struct hc_checked_chain *chain[PEOPLE];
};

static struct hc_checked_chain *chain_of(const struct pair_pki *pki, const struct testpki *leaf)
{
    const struct hc_cert *certs[] = {leaf->cert, pki->issuer.cert};
    struct hc_verify_policy policy = {
        .bundle = pki->bundle, .purpose = HC_VERIFY_CLIENT, .revocation = HC_REVOCATION_NONE, .now = TESTPKI_NOW};
    struct hc_checked_chain *chain = NULL;
    struct hc_report report;
    struct hc_err e = {0};

    hc_report_init(&report, false);
    expect_ok(&e, hc_verify(pki->crypto, &policy, (struct hc_presented){.cert = certs, .n = 2}, &chain, &report, &e));
    return chain;
}

static int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    void *pki;

    assert_non_null(w);
    pair_setup(&pki);
    w->pki = pki;
    for (size_t i = 0; i < PEOPLE; i++) {
        testpki_issue(w->pki->crypto,
                      &(struct testpki_spec){.subject = "p", .san = {"dns:p.example"}, .client = true, .serial = i + 1},
                      &w->pki->issuer, &w->leaf[i]);
        w->chain[i] = chain_of(w->pki, &w->leaf[i]);
    }
    *state = w;
    return 0;
}

static int world_teardown(void **state)
{
    struct world *w = *state;
    void *pki = w->pki;

    for (size_t i = 0; i < PEOPLE; i++) {
        hc_checked_chain_free(w->chain[i]);
        testpki_fini(&w->leaf[i]);
    }
    free(w);
    return pair_teardown(&pki);
}

static struct hc_tls_sessions *store(size_t friends, size_t strangers)
{
    struct hc_tls_sessions *s = NULL;
    struct hc_err e = {0};

    expect_ok(&e, hc_tls_sessions_new(friends, strangers, &s, &e));
    return s;
}

/* Session number `id` of somebody; the same first bytes for numbers that are equal modulo 16, so that buckets fill. */
static struct hc_tls_kept kept(unsigned id, struct hc_checked_chain *chain)
{
    struct hc_tls_kept k = {.session = HC_BYTES("a secret session"), .chain = chain, .end = NOW + 100};

    k.id[0] = id % 16;
    memcpy(k.id + 8, &id, sizeof id);
    memset(k.domain, DOMAIN, sizeof k.domain);
    return k;
}

static bool keep(struct hc_tls_sessions *s, unsigned id, struct hc_checked_chain *chain)
{
    struct hc_tls_kept k = kept(id, chain);

    return hc_tls_sessions_keep(s, &k, NOW);
}

/* Whether it is there for `domain` at `now`; with this chain. */
static bool there(struct hc_tls_sessions *s, unsigned id, struct hc_checked_chain *chain, uint8_t domain, int64_t now)
{
    struct hc_tls_kept k = kept(id, chain);
    struct hc_tls_found found;

    memset(k.domain, domain, sizeof k.domain);
    if (!hc_tls_sessions_find(s, k.id, k.domain, now, &found))
        return false;
    expect_bytes(hc_bytes_of(found.session, found.n), "a secret session");
    assert_ptr_equal(found.chain, chain);
    assert_int_equal(found.end, k.end);
    hc_checked_chain_free(found.chain);
    return true;
}

static void what_is_kept_is_found_with_the_same_chain(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(100, 100);

    for (unsigned i = 0; i < 40; i++)
        assert_true(keep(s, i, i % 5 ? w->chain[i % PEOPLE] : NULL));
    for (unsigned i = 0; i < 40; i++)
        assert_true(there(s, i, i % 5 ? w->chain[i % PEOPLE] : NULL, DOMAIN, NOW));
    assert_false(there(s, 40, NULL, DOMAIN, NOW));
    assert_int_equal(hc_tls_sessions_counts(s).friends, 32);
    assert_int_equal(hc_tls_sessions_counts(s).strangers, 8);
}

static void another_domain_finds_nothing_and_takes_nothing_away(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8, 8);

    assert_true(keep(s, 1, w->chain[0]));
    assert_false(there(s, 1, w->chain[0], DOMAIN + 1, NOW));
    assert_true(there(s, 1, w->chain[0], DOMAIN, NOW));
}

static void a_session_ends_at_its_second(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8, 8);
    struct hc_tls_kept late = kept(2, w->chain[0]);

    assert_true(keep(s, 1, w->chain[0]));
    assert_true(there(s, 1, w->chain[0], DOMAIN, NOW + 99));
    assert_false(there(s, 1, w->chain[0], DOMAIN, NOW + 100));
    late.end = NOW;
    assert_false(hc_tls_sessions_keep(s, &late, NOW)); /* it has ended already */
    late.end = NOW - 1;
    assert_false(hc_tls_sessions_keep(s, &late, NOW));
    assert_int_equal(hc_tls_sessions_counts(s).friends, 1);
}

static void ended_sessions_make_room_without_an_eviction(void **state)
{
    HC_AUTO(hc_tls_sessions) s = store(8, 4);
    struct hc_tls_kept later = kept(10, NULL);

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_true(keep(s, i, NULL));
    later.end = NOW + 1000;
    assert_true(hc_tls_sessions_keep(s, &later, NOW + 100));
    assert_int_equal(hc_tls_sessions_counts(s).strangers, 1);
    assert_int_equal(hc_tls_sessions_counts(s).evicted, 0);
}

static void in_a_full_part_the_oldest_goes(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8 * PEOPLE, 3);

    for (unsigned i = 0; i < 5; i++)
        assert_true(keep(s, i, NULL));
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(there(s, i, NULL, DOMAIN, NOW), i >= 2);
    assert_int_equal(hc_tls_sessions_counts(s).evicted, 2);
    assert_int_equal(hc_tls_sessions_counts(s).strangers, 3);
    assert_true(keep(s, 100, w->chain[0]));
    for (unsigned i = 200; i < 300; i++)
        assert_true(keep(s, i, NULL));
    assert_true(there(s, 100, w->chain[0], DOMAIN, NOW)); /* strangers have a part of their own */
}

static void a_certificate_pushes_out_its_own_sessions_first(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(2 * HC_TLS_SESSIONS_SHARE, 0);

    for (unsigned i = 0; i < PEOPLE; i++)
        assert_true(keep(s, i, w->chain[i]));
    for (unsigned i = 100; i < 200; i++)
        assert_true(keep(s, i, w->chain[0]));
    assert_false(there(s, 0, w->chain[0], DOMAIN, NOW));
    assert_true(there(s, 199, w->chain[0], DOMAIN, NOW));
    assert_true(there(s, 198, w->chain[0], DOMAIN, NOW));
    for (unsigned i = 1; i < PEOPLE; i++)
        assert_true(there(s, i, w->chain[i], DOMAIN, NOW));
    assert_int_equal(hc_tls_sessions_counts(s).friends, PEOPLE - 1 + 2);
}

/* The smallest store: one session, whose certificate loses its last and gets a new one, or gives way to another. */
static void a_store_of_one_keeps_the_last(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(1, 1);

    for (unsigned i = 0; i < 20; i++) {
        assert_true(keep(s, i, w->chain[i / 3 % PEOPLE]));
        assert_true(there(s, i, w->chain[i / 3 % PEOPLE], DOMAIN, NOW));
        assert_int_equal(hc_tls_sessions_counts(s).friends, 1);
    }
    assert_int_equal(hc_tls_sessions_counts(s).evicted, 19);
}

static void without_room_nothing_is_kept(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(0, 0);

    assert_false(keep(s, 1, w->chain[0]));
    assert_false(keep(s, 1, NULL));
}

static void what_is_too_long_or_there_already_is_not_kept(void **state)
{
    static const uint8_t zeros[HC_TLS_SESSION_MAX + 1];
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8, 8);
    struct hc_tls_kept k = kept(1, w->chain[0]);

    k.session = hc_bytes_of(zeros, sizeof zeros);
    assert_false(hc_tls_sessions_keep(s, &k, NOW));
    k.session.n--;
    assert_true(hc_tls_sessions_keep(s, &k, NOW));
    assert_false(keep(s, 1, w->chain[1]));
    assert_false(keep(s, 1, NULL));
    assert_int_equal(hc_tls_sessions_counts(s).friends, 1);
    assert_int_equal(hc_tls_sessions_counts(s).strangers, 0);
}

static void what_was_refused_is_forgotten_and_counted(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8, 8);
    struct hc_tls_kept k = kept(1, w->chain[0]);

    assert_true(hc_tls_sessions_keep(s, &k, NOW));
    hc_tls_sessions_refuse(s, k.id);
    assert_false(there(s, 1, w->chain[0], DOMAIN, NOW));
    hc_tls_sessions_refuse(s, k.id); /* another worker was faster */
    hc_tls_sessions_count_resumed(s);
    assert_int_equal(hc_tls_sessions_counts(s).refused, 2);
    assert_int_equal(hc_tls_sessions_counts(s).resumed, 1);
    assert_int_equal(hc_tls_sessions_counts(s).friends, 0);
}

struct asked {
    const struct hc_checked_chain *of;
    unsigned n;
};

static bool is_of(void *ctx, const struct hc_checked_chain *chain)
{
    struct asked *a = ctx;

    a->n++;
    return chain == a->of;
}

static void a_purge_asks_about_each_chain_and_takes_exactly_those(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(100, 100);
    struct asked a = {.of = w->chain[2]};

    for (unsigned i = 0; i < 40; i++)
        assert_true(keep(s, i, w->chain[i % PEOPLE]));
    assert_true(keep(s, 50, NULL));
    assert_int_equal(hc_tls_sessions_purge(s, is_of, &a), 10);
    assert_int_equal(a.n, PEOPLE); /* once about each, and never about a stranger */
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(there(s, i, w->chain[i % PEOPLE], DOMAIN, NOW), i % PEOPLE != 2);
    assert_int_equal(hc_tls_sessions_purge(s, is_of, &a), 0);
    assert_true(keep(s, 2, w->chain[2])); /* its certificate may have sessions again */
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

#define TURNS 3000

struct worker {
    pthread_t thread;
    struct world *w;
    struct hc_tls_sessions *s;
    unsigned seed;
};

static void *work(void *arg)
{
    struct worker *me = arg;

    for (unsigned i = 0; i < TURNS; i++) {
        unsigned id = (i * 7 + me->seed) % 64;
        struct hc_tls_kept k = kept(id, id % 5 ? me->w->chain[id % PEOPLE] : NULL);
        struct hc_tls_found found;
        struct asked a = {.of = me->w->chain[i % PEOPLE]};

        hc_tls_sessions_keep(me->s, &k, NOW);
        if (hc_tls_sessions_find(me->s, k.id, k.domain, NOW, &found))
            hc_checked_chain_free(found.chain);
        if (i % 100 == 0)
            hc_tls_sessions_purge(me->s, is_of, &a);
        if (i % 31 == 0)
            hc_tls_sessions_refuse(me->s, k.id);
        (void)hc_tls_sessions_counts(me->s);
    }
    return NULL;
}

static void any_thread_may_do_anything(void **state)
{
    HC_AUTO(hc_tls_sessions) s = store(16, 4);
    struct worker workers[3];

    for (size_t i = 0; i < HC_COUNT(workers); i++) {
        workers[i] = (struct worker){.w = *state, .s = s, .seed = (unsigned)i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < HC_COUNT(workers); i++)
        pthread_join(workers[i].thread, NULL);
    assert_in_range(hc_tls_sessions_counts(s).friends, 0, 16);
    assert_in_range(hc_tls_sessions_counts(s).strangers, 0, 4);
}

/* --- allocation failures ------------------------------------------------------------------------------------------ */

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_tls_sessions) s = NULL;

    (void)ctx;
    return hc_tls_sessions_new(8, 8, &s, e);
}

static void a_store_is_made_whole_or_not_at_all(void **state)
{
    assert_true(fault_sweep(make, *state) >= 3);
}

static void a_session_that_does_not_fit_memory_is_not_kept(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_tls_sessions) s = store(8, 8);
    unsigned k = 0;
    bool happened = true;

    while (happened) {
        bool is_kept;

        fault_alloc_at(++k);
        is_kept = keep(s, k, w->chain[0]);
        happened = fault_happened();
        fault_alloc_at(0);
        assert_int_equal(is_kept, !happened);
        assert_int_equal(hc_tls_sessions_counts(s).friends, !happened);
    }
    assert_true(k > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found_with_the_same_chain),
        cmocka_unit_test(another_domain_finds_nothing_and_takes_nothing_away),
        cmocka_unit_test(a_session_ends_at_its_second),
        cmocka_unit_test(ended_sessions_make_room_without_an_eviction),
        cmocka_unit_test(in_a_full_part_the_oldest_goes),
        cmocka_unit_test(a_certificate_pushes_out_its_own_sessions_first),
        cmocka_unit_test(a_store_of_one_keeps_the_last),
        cmocka_unit_test(without_room_nothing_is_kept),
        cmocka_unit_test(what_is_too_long_or_there_already_is_not_kept),
        cmocka_unit_test(what_was_refused_is_forgotten_and_counted),
        cmocka_unit_test(a_purge_asks_about_each_chain_and_takes_exactly_those),
        cmocka_unit_test(any_thread_may_do_anything),
        cmocka_unit_test(a_store_is_made_whole_or_not_at_all),
        cmocka_unit_test(a_session_that_does_not_fit_memory_is_not_kept),
    };

    return cmocka_run_group_tests_name("net/tls_sessions", tests, world_setup, world_teardown);
}

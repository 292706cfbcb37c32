/* test_chains.c - what was checked before is found again, by nobody else, in bounded room, by any thread. */
#include "people.h"

#include <pthread.h>

#include "gate/chains.h"

static struct hc_chains *cache(size_t max)
{
    struct hc_chains *c = NULL;
    struct hc_err e;

    expect_ok(&e, hc_chains_new(max, &c, &e));
    return c;
}

static struct hc_chains_key key_of(uint8_t n)
{
    struct hc_chains_key key = {{0}};

    key.hash[0] = n;
    key.hash[31] = n;
    return key;
}

static bool has(struct hc_chains *c, uint8_t n)
{
    struct hc_chains_key key = key_of(n);
    HC_AUTO(hc_checked_chain) chain = hc_chains_find(c, &key);

    return chain != NULL;
}

static void keep(struct hc_chains *c, uint8_t n, struct hc_checked_chain *chain)
{
    struct hc_chains_key key = key_of(n);

    hc_chains_keep(c, &key, chain);
}

static void what_is_kept_is_found_and_what_is_forgotten_is_not(void **state)
{
    HC_AUTO(hc_chains) c = cache(4);
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);
    struct hc_chains_key key = key_of(1);
    struct hc_checked_chain *found;

    assert_false(has(c, 1));
    keep(c, 1, chain);
    keep(c, 1, chain); /* twice is once */
    assert_int_equal(hc_chains_count(c), 1);
    found = hc_chains_find(c, &key);
    assert_ptr_equal(found, chain);
    hc_checked_chain_free(found);
    assert_false(has(c, 2));
    hc_chains_forget(c, &key);
    hc_chains_forget(c, &key);
    assert_false(has(c, 1));
    assert_int_equal(hc_chains_count(c), 0);
}

static void the_one_used_longest_ago_goes_first(void **state)
{
    HC_AUTO(hc_chains) c = cache(3);
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);

    keep(c, 1, chain);
    keep(c, 2, chain);
    keep(c, 3, chain);
    assert_true(has(c, 1)); /* used: 2 is the oldest now */
    keep(c, 4, chain);
    assert_int_equal(hc_chains_count(c), 3);
    assert_false(has(c, 2));
    assert_true(has(c, 1) && has(c, 3) && has(c, 4));
}

static void a_cache_without_room_keeps_nothing(void **state)
{
    HC_AUTO(hc_chains) c = cache(0);
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);

    keep(c, 1, chain);
    assert_int_equal(hc_chains_count(c), 0);
}

static void the_key_is_what_was_presented_where_and_for_what(void **state)
{
    struct people *p = *state;
    struct testpki alice, bob;
    const struct hc_cert *chain[2], *turned[2];
    uint8_t here[HC_TLS_DOMAIN] = {1}, there[HC_TLS_DOMAIN] = {2};
    struct hc_chains_key key[6];

    people_leaf(p, "alice@example.com", 0, &alice);
    people_leaf(p, "bob@example.com", 0, &bob);
    chain[0] = turned[1] = alice.cert;
    chain[1] = turned[0] = p->issuer.cert;
    key[0] = hc_chains_key((struct hc_presented){.cert = chain, .n = 2}, here, HC_VERIFY_CLIENT);
    key[1] = hc_chains_key((struct hc_presented){.cert = chain, .n = 2}, there, HC_VERIFY_CLIENT);
    key[2] = hc_chains_key((struct hc_presented){.cert = chain, .n = 2}, here, HC_VERIFY_SERVER);
    key[3] = hc_chains_key((struct hc_presented){.cert = chain, .n = 1}, here, HC_VERIFY_CLIENT);
    key[4] = hc_chains_key((struct hc_presented){.cert = turned, .n = 2}, here, HC_VERIFY_CLIENT);
    chain[0] = bob.cert;
    key[5] = hc_chains_key((struct hc_presented){.cert = chain, .n = 2}, here, HC_VERIFY_CLIENT);
    for (size_t i = 0; i < HC_COUNT(key); i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(&key[i], &key[k], sizeof key[i]);
    chain[0] = alice.cert;
    key[1] = hc_chains_key((struct hc_presented){.cert = chain, .n = 2}, here, HC_VERIFY_CLIENT);
    assert_memory_equal(&key[0], &key[1], sizeof key[0]);
    testpki_fini(&alice);
    testpki_fini(&bob);
}

struct worker {
    struct hc_chains *c;
    struct hc_checked_chain *chain;
    uint8_t first;
};

static void *use(void *arg)
{
    struct worker *w = arg;

    for (unsigned i = 0; i < 20000; i++) {
        uint8_t n = (uint8_t)(w->first + i % 24);
        struct hc_chains_key key = key_of(n);

        if (i % 5 == 0)
            keep(w->c, n, w->chain);
        else if (i % 7 == 0)
            hc_chains_forget(w->c, &key);
        else
            (void)has(w->c, n);
    }
    return NULL;
}

static void threads_share_it(void **state)
{
    HC_AUTO(hc_chains) c = cache(16);
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);
    struct worker w[2] = {{c, chain, 0}, {c, chain, 12}};
    pthread_t t[2];

    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&t[i], NULL, use, &w[i]), 0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    assert_in_range(hc_chains_count(c), 1, 16);
}

static void what_cannot_be_kept_is_no_loss(void **state)
{
    HC_AUTO(hc_chains) c = cache(4);
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);

    fault_alloc_at(1);
    keep(c, 1, chain);
    fault_alloc_at(0);
    assert_int_equal(hc_chains_count(c), 0);
}

static struct hc_rc make(void *ctx, struct hc_err *e)
{
    HC_AUTO(hc_chains) c = NULL;

    (void)ctx;
    return hc_chains_new(16, &c, e);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    assert_in_range(fault_sweep(make, NULL), 2, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_found_and_what_is_forgotten_is_not),
        cmocka_unit_test(the_one_used_longest_ago_goes_first),
        cmocka_unit_test(a_cache_without_room_keeps_nothing),
        cmocka_unit_test(the_key_is_what_was_presented_where_and_for_what),
        cmocka_unit_test(threads_share_it),
        cmocka_unit_test(what_cannot_be_kept_is_no_loss),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests_name("gate/chains", tests, people_setup, people_teardown);
}

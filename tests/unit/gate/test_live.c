/* test_live.c - whoever rests on a chain is found when the chain is judged, whoever else is not, at the right
 * second. */
#include "people.h"

#include <stdio.h>

#include "gate/live.h"

#define CHAINS 40
#define EACH 3

struct somebody {
    struct hc_live_peer live;
    struct hc_live *index;
    struct somebody *friend; /* leaves with this one */
    unsigned ended;
    enum hc_code why;
};

static void ended(struct hc_live_peer *peer, const struct hc_err *why)
{
    struct somebody *s = HC_CONTAINER(peer, struct somebody, live);

    assert_null(peer->group); /* removed already */
    hc_live_remove(s->index, peer);
    s->ended++;
    s->why = why->code;
    if (s->friend)
        hc_live_remove(s->index, &s->friend->live);
}

static void enter(struct hc_live *live, struct somebody *s, const char *gate, struct hc_checked_chain *chain)
{
    struct hc_live_key key = {gate, HC_VERIFY_CLIENT, chain};
    struct hc_err e;

    *s = (struct somebody){.live.end = ended, .index = live};
    expect_ok(&e, hc_live_add(live, &s->live, &key, &e));
}

/* Refuses one chain, at one gate or any. */
struct verdict {
    const char *gate;
    const struct hc_checked_chain *chain;
    unsigned asked;
};

static struct hc_rc refuse_one(void *ctx, const struct hc_live_key *key, struct hc_err *e)
{
    struct verdict *v = ctx;

    v->asked++;
    if ((!v->gate || strcmp(v->gate, key->gate) == 0) && (!v->chain || v->chain == key->chain))
        return HC_FAIL(e, HC_E_REVOKED, "revoked");
    return HC_OK;
}

static struct hc_rc let_go_on(void *ctx, const struct hc_live_key *key, struct hc_err *e)
{
    (void)key;
    (void)e;
    ++*(unsigned *)ctx;
    return HC_OK;
}

static struct hc_live *index_new(void)
{
    struct hc_live *live = NULL;
    struct hc_err e;

    expect_ok(&e, hc_live_new(&live, &e));
    return live;
}

static void peers_of_one_chain_are_judged_once_and_ended_together(void **state)
{
    HC_AUTO(hc_live) live = index_new();
    HC_AUTO(hc_checked_chain) alice = people_chain(*state, "alice@example.com", 0);
    HC_AUTO(hc_checked_chain) bob = people_chain(*state, "bob@example.com", 0);
    struct verdict v = {.chain = alice};
    struct somebody a[3], b[2];

    for (size_t i = 0; i < 3; i++)
        enter(live, &a[i], "shop", alice);
    for (size_t i = 0; i < 2; i++)
        enter(live, &b[i], "shop", bob);
    assert_int_equal(hc_live_peers(live), 5);
    assert_int_equal(hc_live_groups(live), 2);
    assert_int_equal(hc_live_judge_all(live, refuse_one, &v), 3);
    assert_int_equal(v.asked, 2);
    for (size_t i = 0; i < 3; i++)
        assert_true(a[i].ended == 1 && a[i].why == HC_E_REVOKED);
    assert_true(b[0].ended + b[1].ended == 0);
    assert_int_equal(hc_live_peers(live), 2);
    hc_live_remove(live, &b[0].live);
    hc_live_remove(live, &b[1].live);
    hc_live_remove(live, &b[1].live);
    assert_int_equal(hc_live_groups(live), 0);
}

static void equal_chains_are_one_group_and_equal_gates_only(void **state)
{
    struct people *p = *state;
    struct testpki leaf;
    HC_AUTO(hc_live) live = index_new();
    HC_AUTO(hc_checked_chain) once = NULL;
    HC_AUTO(hc_checked_chain) again = NULL;
    struct verdict v = {.gate = "shop"};
    struct hc_live_key key = {"shop", HC_VERIFY_SERVER, NULL};
    struct somebody s[4] = {0};
    struct hc_err e;

    people_leaf(p, "alice@example.com", 0, &leaf);
    once = people_check(p, &leaf);
    again = people_check(p, &leaf);
    testpki_fini(&leaf);
    assert_ptr_not_equal(once, again);
    enter(live, &s[0], "shop", once);
    enter(live, &s[1], "shop", again);
    enter(live, &s[2], "till", once);
    assert_int_equal(hc_live_groups(live), 2);
    key.chain = once;
    s[3].live.end = ended;
    s[3].index = live;
    expect_ok(&e, hc_live_add(live, &s[3].live, &key, &e)); /* as a back end: another group */
    assert_int_equal(hc_live_groups(live), 3);
    assert_int_equal(hc_live_judge_all(live, refuse_one, &v), 3);
    assert_int_equal(s[2].ended, 0);
    hc_live_remove(live, &s[2].live);
}

static void the_first_end_is_known_and_judged_the_second_after_it(void **state)
{
    HC_AUTO(hc_live) live = index_new();
    HC_AUTO(hc_checked_chain) late = people_chain(*state, "late@example.com", TESTPKI_NOW + 100);
    HC_AUTO(hc_checked_chain) soon = people_chain(*state, "soon@example.com", TESTPKI_NOW + 50);
    struct verdict v = {0};
    struct somebody s[2];

    assert_true(hc_live_next_end(live) == INT64_MAX);
    enter(live, &s[0], "shop", late);
    enter(live, &s[1], "shop", soon);
    assert_true(hc_live_next_end(live) == TESTPKI_NOW + 50);
    assert_int_equal(hc_live_judge_ended(live, TESTPKI_NOW + 50, refuse_one, &v), 0); /* notAfter is the last second */
    assert_int_equal(hc_live_judge_ended(live, TESTPKI_NOW + 51, refuse_one, &v), 1);
    assert_int_equal(v.asked, 1);
    assert_int_equal(s[1].ended, 1);
    assert_true(hc_live_next_end(live) == TESTPKI_NOW + 100);
    hc_live_remove(live, &s[0].live);
}

static void one_that_is_let_go_on_is_asked_again_a_second_later(void **state)
{
    HC_AUTO(hc_live) live = index_new();
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", TESTPKI_NOW + 50);
    unsigned asked = 0;
    struct somebody s;

    enter(live, &s, "shop", chain);
    assert_int_equal(hc_live_judge_ended(live, TESTPKI_NOW + 60, let_go_on, &asked), 0);
    assert_int_equal(hc_live_judge_ended(live, TESTPKI_NOW + 60, let_go_on, &asked), 0);
    assert_int_equal(asked, 1);
    assert_true(hc_live_next_end(live) == TESTPKI_NOW + 60);
    assert_int_equal(hc_live_judge_ended(live, TESTPKI_NOW + 61, let_go_on, &asked), 0);
    assert_int_equal(asked, 2);
    hc_live_remove(live, &s.live);
}

/* The end of a connection takes its back end's place with it: another group, which may be gone then. */
static void ends_that_take_others_with_them_skip_nobody(void **state)
{
    HC_AUTO(hc_live) live = index_new();
    struct hc_checked_chain *chain[CHAINS];
    static struct somebody s[CHAINS][EACH];
    size_t n_ended = 0;
    struct verdict v = {0};

    for (size_t i = 0; i < CHAINS; i++) {
        char who[32];

        snprintf(who, sizeof who, "p%zu@example.com", i);
        chain[i] = people_chain(*state, who, TESTPKI_NOW + 1000 + (int64_t)(i * 7919 % 101));
        for (size_t k = 0; k < EACH; k++)
            enter(live, &s[i][k], "shop", chain[i]);
    }
    for (size_t i = 0; i < CHAINS; i += 2) /* the one before and the one after leave with it */
        for (size_t k = 0; k < EACH; k++)
            s[i][k].friend = &s[(i + CHAINS / 2 + 1) % CHAINS][k];
    v.gate = "shop";
    hc_live_judge_all(live, refuse_one, &v);
    assert_int_equal(hc_live_peers(live), 0);
    assert_int_equal(hc_live_groups(live), 0);
    for (size_t i = 0; i < CHAINS; i++) {
        for (size_t k = 0; k < EACH; k++)
            n_ended += s[i][k].ended;
        hc_checked_chain_free(chain[i]);
    }
    assert_in_range(n_ended, CHAINS * EACH / 2, CHAINS * EACH);
}

static void ends_come_in_their_order_whoever_leaves_between(void **state)
{
    HC_AUTO(hc_live) live = index_new();
    static struct somebody s[CHAINS];
    int64_t end[CHAINS];
    struct verdict v = {0};
    int64_t before = 0;

    for (size_t i = 0; i < CHAINS; i++) {
        HC_AUTO(hc_checked_chain) chain = NULL;

        end[i] = TESTPKI_NOW + (int64_t)(i * 7919 % 101) + 10;
        chain = people_chain(*state, "alice@example.com", end[i]);
        enter(live, &s[i], "shop", chain);
    }
    for (size_t i = 0; i < CHAINS; i += 3)
        hc_live_remove(live, &s[i].live);
    while (hc_live_groups(live) > 0) {
        int64_t next = hc_live_next_end(live);

        assert_true(next >= before);
        before = next;
        assert_true(hc_live_judge_ended(live, next + 1, refuse_one, &v) > 0);
    }
    for (size_t i = 0; i < CHAINS; i++)
        assert_int_equal(s[i].ended, i % 3 != 0);
}

struct sweep {
    struct hc_checked_chain *chain;
};

static struct hc_rc add_one(void *ctx, struct hc_err *e)
{
    struct sweep *sweep = ctx;
    HC_AUTO(hc_live) live = NULL;
    struct somebody s = {.live.end = ended};

    HC_TRY(e, hc_live_new(&live, e));
    HC_TRY(e, hc_live_add(live, &s.live, &(struct hc_live_key){"shop", HC_VERIFY_CLIENT, sweep->chain}, e));
    hc_live_remove(live, &s.live);
    return HC_OK;
}

static void every_failed_allocation_is_reported(void **state)
{
    HC_AUTO(hc_checked_chain) chain = people_chain(*state, "alice@example.com", 0);

    assert_in_range(fault_sweep(add_one, &(struct sweep){chain}), 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_of_one_chain_are_judged_once_and_ended_together),
        cmocka_unit_test(equal_chains_are_one_group_and_equal_gates_only),
        cmocka_unit_test(the_first_end_is_known_and_judged_the_second_after_it),
        cmocka_unit_test(one_that_is_let_go_on_is_asked_again_a_second_later),
        cmocka_unit_test(ends_that_take_others_with_them_skip_nobody),
        cmocka_unit_test(ends_come_in_their_order_whoever_leaves_between),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };

    return cmocka_run_group_tests_name("gate/live", tests, people_setup, people_teardown);
}

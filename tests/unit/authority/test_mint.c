/* test_mint.c - nothing is signed by a key that is not the issuer's. */
#include "authority/world.h"

#include "authority/inside.h"
#include "authority/mint.h"

#define ISSUING 1 /* init makes the root and this one */

static struct hc_rc prepare(struct world *w, const struct hc_mint *mint, struct hc_minting *m, struct hc_err *e)
{
    HC_AUTO(hc_name) name = world_name("a.example.com");
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(spki, HC_CERT_MAX);
    int64_t now = hc_time_now();
    struct hc_tbs_request request = {.profile = HC_PROFILE_CLIENT,
                                     .names = name,
                                     .n_names = 1,
                                     .common_name = "a.example.com",
                                     .not_before = now,
                                     .not_after = now + HC_DAY};
    struct hc_ledger_request asked = {.at = now,
                                      .who = HC_BYTES("test"),
                                      .door = HC_BYTES("cli"),
                                      .issuer = HC_BYTES("issuing"),
                                      .identity = HC_BYTES("dns:a.example.com")};

    HC_TRY(e, hc_key_generate(w->crypto, HC_KEY_P256, &key, e));
    HC_TRY(e, hc_key_spki(key, &spki, e));
    request.spki = hc_buf_view(&spki);
    return hc_mint_prepare(mint, &request, &asked, m, e);
}

static struct hc_rc mint_with(struct world *w, const struct hc_key *signer, struct hc_err *e)
{
    struct hc_mint mint = {.crypto = w->crypto, .ledger = hc_authority_ledger(w->a), .signer = signer};
    __attribute__((cleanup(hc_minting_fini))) struct hc_minting m = {0};
    struct hc_minting *one = &m;

    mint.issuers[mint.n_issuers++] = w->a->ca[ISSUING].cert;
    mint.issuers[mint.n_issuers++] = w->a->ca[0].cert;
    HC_TRY(e, prepare(w, &mint, &m, e));
    return hc_mint_run(&one, 1, e);
}

static void the_issuers_key_signs(void **state)
{
    struct world *w = *state;
    struct hc_err e;

    expect_ok(&e, hc_authority_key(w->a, &w->a->ca[ISSUING], &e));
    expect_ok(&e, mint_with(w, w->a->ca[ISSUING].key, &e));
    assert_int_equal(world_interrupted(w), 0);
}

/* Of the same kind, so that only the key itself tells. */
static void another_key_than_the_issuers_signs_nothing(void **state)
{
    struct world *w = *state;
    HC_AUTO(hc_key) other = NULL;
    struct hc_err e;

    expect_ok(&e, hc_authority_key(w->a, &w->a->ca[ISSUING], &e));
    expect_ok(&e, hc_key_generate(w->crypto, hc_key_kind(w->a->ca[ISSUING].key), &other, &e));
    expect_fail(&e, mint_with(w, other, &e), HC_E_BAD_SIGNATURE);
    assert_int_equal(world_count(w, (struct hc_ledger_filter){.leaves = true}), 0);
    assert_int_equal(world_interrupted(w), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_issuers_key_signs),
        WORLD_TEST(another_key_than_the_issuers_signs_nothing),
    };

    return cmocka_run_group_tests_name("authority/mint", tests, NULL, NULL);
}

/* test_random.c */
#include "hc_test.h"

#include <openssl/err.h>

#include "crypto/random.h"

static struct hc_crypto *c;

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    return hc_failed(hc_crypto_new(&c, &e));
}

static int tear_down(void **state)
{
    (void)state;
    hc_crypto_free(c);
    return 0;
}

static void fill_appends_as_many_bytes_as_asked(void **state)
{
    struct hc_err e = {0};
    HC_BUF_AUTO(b, 64);

    (void)state;
    hc_buf_add_str(&b, "x");
    expect_ok(&e, hc_random_fill(c, &b, 32, &e));
    assert_int_equal(b.n, 33);
    assert_int_equal(b.p[0], 'x');
    expect_ok(&e, hc_random_fill(c, &b, 31, &e));
    assert_memory_not_equal(b.p + 1, b.p + 33, 31);
    expect_fail(&e, hc_random_fill(c, &b, 1, &e), HC_E_TOO_BIG);
}

static void text_is_groups_of_four_without_look_alikes(void **state)
{
    (void)state;
    for (size_t groups = 0; groups < 20; groups++) {
        HC_AUTO(hc_secret) s = NULL;
        struct hc_err e = {0};
        size_t want = groups < 4 ? 4 : groups > 16 ? 16 : groups;

        expect_ok(&e, hc_random_text(c, groups, &s, &e));
        assert_int_equal(hc_secret_view(s).n, want * 5 - 1);
        for (size_t i = 0; i < hc_secret_view(s).n; i++) {
            uint8_t x = hc_secret_view(s).p[i];

            if (i % 5 == 4)
                assert_int_equal(x, '-');
            else
                assert_non_null(memchr("23456789abcdefghijkmnpqrstuvwxyz", x, 32));
        }
    }
}

static void texts_use_the_whole_alphabet(void **state)
{
    unsigned seen[256] = {0}, kinds = 0;

    (void)state;
    for (int i = 0; i < 100; i++) {
        HC_AUTO(hc_secret) s = NULL;
        struct hc_err e = {0};

        expect_ok(&e, hc_random_text(c, 16, &s, &e));
        for (size_t k = 0; k < hc_secret_view(s).n; k++)
            seen[hc_secret_view(s).p[k]]++;
    }
    for (int i = 0; i < 256; i++)
        kinds += seen[i] > 0;
    assert_int_equal(kinds, 33); /* 6400 draws: one of 32 stays away with a chance of 1 in 10^87 */
}

static struct hc_rc all(void *ctx, struct hc_err *e)
{
    HC_BUF_AUTO(b, 64);
    HC_AUTO(hc_secret) s = NULL;

    (void)ctx;
    HC_TRY(e, hc_random_fill(c, &b, 20, e));
    return hc_random_text(c, 4, &s, e);
}

static void random_survives_every_failing_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(all, NULL) >= 2);
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_appends_as_many_bytes_as_asked),
        cmocka_unit_test(text_is_groups_of_four_without_look_alikes),
        cmocka_unit_test(texts_use_the_whole_alphabet),
        cmocka_unit_test(random_survives_every_failing_allocation),
    };

    return cmocka_run_group_tests_name("crypto/random", tests, set_up, tear_down);
}

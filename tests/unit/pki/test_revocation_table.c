/* test_revocation_table.c - the packed table answers as a plain list does, whatever is put into it, and stays small. */
#include "hc_test.h"

#include "base/auto.h"
#include "pki/revocation_table.h"

#define LIST 3000

/* A small generator of its own: the test does the same each time. */
static uint64_t next(uint64_t *s)
{
    *s = *s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *s >> 33;
}

struct list {
    uint8_t serial[LIST][20];
    size_t n_serial[LIST];
    struct hc_crl_entry what[LIST];
    size_t n;
};

static struct hc_bytes serial_of(const struct list *l, size_t i)
{
    return hc_bytes_of(l->serial[i], l->n_serial[i]);
}

static bool naive(const struct list *l, struct hc_bytes serial, struct hc_crl_entry *out)
{
    bool found = false;

    for (size_t i = 0; i < l->n; i++) {
        if (!hc_bytes_eq(serial_of(l, i), serial) || (found && out->reason != HC_CRL_REMOVE_FROM_CRL))
            continue;
        *out = l->what[i];
        found = true;
    }
    return found;
}

/* A minimal INTEGER of up to `longest` bytes, from few or many values. */
static size_t make_serial(uint64_t *seed, size_t longest, uint8_t out[20])
{
    size_t n = 1 + next(seed) % longest;

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(next(seed) % 3 == 0 ? 0xff * (next(seed) & 1) : next(seed));
    while (n > 1 && ((out[0] == 0 && out[1] < 0x80) || (out[0] == 0xff && out[1] >= 0x80)))
        memmove(out, out + 1, --n);
    return n;
}

static void fill(struct list *l, struct hc_revocation_table *t, uint64_t seed, size_t n, size_t longest)
{
    struct hc_err e;

    for (l->n = 0; l->n < n; l->n++) {
        size_t i = l->n;

        l->n_serial[i] = make_serial(&seed, longest, l->serial[i]);
        /* one reason for each serial, or removeFromCRL: of two different reasons any may be told */
        l->what[i] =
            (struct hc_crl_entry){.time = 1000, .reason = next(&seed) % 3 ? HC_CRL_SUPERSEDED : HC_CRL_REMOVE_FROM_CRL};
        expect_ok(&e, hc_revocation_table_add(t, serial_of(l, i), l->what[i], &e));
    }
    hc_revocation_table_finish(t);
}

static void compare(const struct list *l, const struct hc_revocation_table *t, struct hc_bytes serial)
{
    struct hc_crl_entry want, got;
    bool there = naive(l, serial, &want);

    assert_int_equal(hc_revocation_table_find(t, serial, &got), there);
    if (there) {
        assert_int_equal(got.reason, want.reason);
        assert_int_equal(got.time, want.time);
    }
}

static void table_answers_as_a_plain_list(void **state)
{
    static struct list l;

    (void)state;
    for (size_t n = 0; n <= LIST; n = n * 3 + 1) {
        for (size_t longest = 1; longest <= 20; longest += longest < 3 ? 1 : 8) {
            struct hc_revocation_table t = {0};
            uint64_t seed = n * 31 + longest;

            fill(&l, &t, seed, n, longest);
            for (size_t i = 0; i < l.n; i++)
                compare(&l, &t, serial_of(&l, i));
            for (size_t i = 0; i < 300; i++) {
                uint8_t other[20];

                compare(&l, &t, hc_bytes_of(other, make_serial(&seed, 20, other)));
            }
            assert_false(hc_revocation_table_find(&t, (struct hc_bytes){NULL, 0}, NULL));
            hc_revocation_table_fini(&t);
        }
    }
}

static void table_tells_a_negative_serial_from_the_positive_one_of_the_same_bytes(void **state)
{
    struct hc_revocation_table t = {0};
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_revocation_table_add(&t, HC_BYTES("\xff"), (struct hc_crl_entry){0}, &e));
    expect_ok(&e, hc_revocation_table_add(&t, HC_BYTES("\x7f\xff\xff"), (struct hc_crl_entry){0}, &e));
    hc_revocation_table_finish(&t);
    assert_true(hc_revocation_table_find(&t, HC_BYTES("\xff"), NULL));
    assert_false(hc_revocation_table_find(&t, HC_BYTES("\x00\xff"), NULL));
    assert_false(hc_revocation_table_find(&t, HC_BYTES("\x00\xff\xff\xff"), NULL));
    hc_revocation_table_fini(&t);
}

static void table_keeps_times_and_reasons(void **state)
{
    static const int64_t times[][2] = {{-5, 0}, {0, 0}, {1792800000, 1792800000}, {INT64_MAX, 34359738367}};
    static const enum hc_crl_reason reasons[] = {HC_CRL_UNSPECIFIED, HC_CRL_KEY_COMPROMISE, HC_CRL_CERTIFICATE_HOLD,
                                                 HC_CRL_REMOVE_FROM_CRL, HC_CRL_AA_COMPROMISE};

    (void)state;
    for (size_t i = 0; i < HC_COUNT(times); i++) {
        for (size_t k = 0; k < HC_COUNT(reasons); k++) {
            struct hc_revocation_table t = {0};
            struct hc_crl_entry what = {.time = times[i][0], .reason = reasons[k]}, got;
            struct hc_err e;

            expect_ok(&e, hc_revocation_table_add(&t, HC_BYTES("\x05"), what, &e));
            hc_revocation_table_finish(&t);
            assert_true(hc_revocation_table_find(&t, HC_BYTES("\x05"), &got));
            assert_true(got.time == times[i][1]);
            assert_int_equal(got.reason, reasons[k]);
            hc_revocation_table_fini(&t);
        }
    }
}

/* Every one the same, and in order: what would be slow for a careless sort. */
static void table_sorts_what_is_equal_or_sorted_already(void **state)
{
    struct hc_err e;

    (void)state;
    for (int same = 0; same <= 1; same++) {
        struct hc_revocation_table t = {0};

        for (uint32_t i = 0; i < 200000; i++) {
            uint8_t s[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};

            if (!same)
                memcpy(s + 13, (uint8_t[]){(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}, 3);
            expect_ok(&e, hc_revocation_table_add(&t, hc_bytes_of(s, 16), (struct hc_crl_entry){0}, &e));
        }
        hc_revocation_table_finish(&t);
        assert_int_equal(t.n, same ? 1 : 200000);
        assert_true(hc_revocation_table_find(
            &t, HC_BYTES("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x00\x00\x00"), NULL));
        hc_revocation_table_fini(&t);
    }
}

#define MILLION 1000000

static void million_serials_of_128_bits_stay_under_24_megabytes(void **state)
{
    struct hc_revocation_table t = {0};
    struct hc_err e;
    uint64_t seed = 1;

    (void)state;
    for (uint32_t i = 0; i < MILLION; i++) {
        uint8_t s[17] = {0};
        uint64_t high = next(&seed) << 33 ^ next(&seed) << 8 ^ i;

        memcpy(s + 1, &high, 8);
        memcpy(s + 9, &i, 4);
        s[1] |= 0x80; /* the worst: 17 bytes in DER */
        expect_ok(&e, hc_revocation_table_add(&t, hc_bytes_of(s, 17), (struct hc_crl_entry){0}, &e));
    }
    hc_revocation_table_finish(&t);
    assert_int_equal(t.n, MILLION);
    assert_true(t.room <= MILLION * 21);
    hc_revocation_table_fini(&t);
}

static struct hc_rc fill_some(void *ctx, struct hc_err *e)
{
    struct hc_revocation_table t = {0};
    struct hc_rc rc = HC_OK;

    (void)ctx;
    for (uint8_t i = 0; i < 200 && hc_ok(rc); i++)
        rc = hc_revocation_table_add(&t, hc_bytes_of((uint8_t[]){1, i, 3, 4}, 1 + i / 50), (struct hc_crl_entry){0}, e);
    if (hc_ok(rc) && t.n == 0)
        return HC_FAIL(e, HC_E_NOMEM, "empty");
    hc_revocation_table_fini(&t);
    return rc;
}

static void table_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(fill_some, NULL) > 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_answers_as_a_plain_list),
        cmocka_unit_test(table_tells_a_negative_serial_from_the_positive_one_of_the_same_bytes),
        cmocka_unit_test(table_keeps_times_and_reasons),
        cmocka_unit_test(table_sorts_what_is_equal_or_sorted_already),
        cmocka_unit_test(million_serials_of_128_bits_stay_under_24_megabytes),
        cmocka_unit_test(table_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("pki/revocation_table", tests, NULL, NULL);
}

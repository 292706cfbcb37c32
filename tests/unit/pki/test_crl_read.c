/* test_crl_read.c - the streaming reader says the same however its input is cut, and hc_crl_parse says it too. */
#include "testcrl.h"

#include "crypto/spki.h"
#include "pki/crl.h"
#include "pki/crl_read.h"
#include "pki/dn.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki ca;
} w;

/* Everything that was called back, as one digest, and how it ended. */
struct heard {
    struct hc_hash *hash;
    size_t n_entries;
    struct hc_rc rc;
    uint8_t digest[HC_HASH_MAX];
    uint8_t whole[HC_SHA256_SIZE], tbs[HC_HASH_MAX];
};

static void hear(struct heard *h, struct hc_bytes b)
{
    hc_hash_add(h->hash, hc_bytes_of(&b.n, sizeof(b.n)));
    hc_hash_add(h->hash, b);
}

static struct hc_rc head(void *ctx, const struct hc_crl_head *v, struct hc_err *e)
{
    (void)e;
    hear(ctx, v->sig_alg);
    hear(ctx, v->issuer);
    hear(ctx, hc_bytes_of(&v->this_update, 8));
    hear(ctx, hc_bytes_of(&v->next_update, 8));
    return HC_OK;
}

static struct hc_rc entry(void *ctx, const struct hc_crl_read_entry *v, struct hc_err *e)
{
    struct heard *h = ctx;

    (void)e;
    h->n_entries++;
    hear(h, v->serial);
    hear(h, hc_bytes_of(&v->time, 8));
    hear(h, hc_bytes_of(&v->reason, sizeof(v->reason)));
    return HC_OK;
}

static struct hc_rc tail(void *ctx, const struct hc_crl_tail *v, struct hc_err *e)
{
    (void)e;
    hear(ctx, v->number);
    hear(ctx, v->aki);
    hear(ctx, v->base);
    hear(ctx, v->idp);
    return HC_OK;
}

static struct hc_rc feed(struct hc_crl_read *r, struct hc_bytes in, size_t first, size_t then, struct hc_err *e)
{
    HC_TRY(e, hc_crl_read_feed(r, hc_bytes_head(in, first), e));
    for (in = hc_bytes_skip(in, first); in.n > 0; in = hc_bytes_skip(in, then)) {
        uint8_t copy[4096]; /* gone when the next piece comes */
        struct hc_bytes piece = hc_bytes_head(in, then);

        assert_true(piece.n <= sizeof(copy));
        memcpy(copy, piece.p, piece.n);
        HC_TRY(e, hc_crl_read_feed(r, hc_bytes_of(copy, piece.n), e));
    }
    return HC_OK;
}

/* The first `first` bytes at once, the others in pieces of `then`. */
static struct heard read_split(struct hc_bytes in, size_t first, size_t then)
{
    struct heard h = {0};
    struct hc_crl_read_sink sink = {.head = head, .entry = entry, .tail = tail, .ctx = &h, .verify = true};
    HC_AUTO(hc_crl_read) r = NULL;
    struct hc_crl_read_end end;
    struct hc_err e;

    expect_ok(&e, hc_hash_new(HC_HASH_SHA256, &h.hash, &e));
    expect_ok(&e, hc_crl_read_new(&sink, &r, &e));
    h.rc = feed(r, in, first, then, &e);
    if (hc_ok(h.rc))
        h.rc = hc_crl_read_end(r, &end, &e);
    if (hc_ok(h.rc)) {
        hear(&h, end.signature);
        memcpy(h.whole, end.hash, sizeof(h.whole));
        memcpy(h.tbs, end.digest, sizeof(h.tbs));
    }
    hc_hash_end(h.hash, h.digest);
    hc_hash_free(h.hash);
    h.hash = NULL;
    return h;
}

static void same(const struct heard *a, const struct heard *b)
{
    assert_int_equal(a->rc.code, b->rc.code);
    assert_int_equal(a->n_entries, b->n_entries);
    assert_memory_equal(a->digest, b->digest, sizeof(a->digest));
    assert_memory_equal(a->whole, b->whole, sizeof(a->whole));
    assert_memory_equal(a->tbs, b->tbs, sizeof(a->tbs));
}

static void make(struct hc_buf *out)
{
    HC_BUF_AUTO(idp, 256);

    testcrl_idp(&idp, "http://crl.test/", HC_BYTES(TESTCRL_ONLY_USER));
    testcrl_make(&(struct testcrl){.number = 300,
                                   .delta = true,
                                   .base = 299,
                                   .idp = hc_buf_view(&idp),
                                   .entry = {{HC_BYTES("\x05"), 8}, {HC_BYTES("\x00\x80"), 1}},
                                   .n_many = 20},
                 &w.ca, out);
}

static void reader_says_the_same_however_its_input_is_cut(void **state)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    uint64_t seed = 7;

    (void)state;
    make(&der);
    struct heard want = read_split(hc_buf_view(&der), der.n, 1);
    assert_int_equal(want.rc.code, HC_OK_CODE);
    assert_int_equal(want.n_entries, 22);
    for (size_t first = 0; first <= der.n; first++) {
        struct heard got = read_split(hc_buf_view(&der), first, 1 + (seed = seed * 48271 % 2147483647) % 200);

        same(&want, &got);
    }
    for (size_t then = 1; then < 40; then++) {
        struct heard got = read_split(hc_buf_view(&der), 0, then);

        same(&want, &got);
    }
}

static void reader_refuses_the_same_however_its_input_is_cut(void **state)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);

    (void)state;
    make(&der);
    for (size_t i = 0; i < der.n; i++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            der.p[i] ^= (uint8_t)(1u << bit);
            struct heard whole = read_split(hc_buf_view(&der), der.n, 1);
            struct heard bytes = read_split(hc_buf_view(&der), 0, 1);

            assert_int_equal(whole.rc.code, bytes.rc.code);
            if (hc_ok(whole.rc))
                same(&whole, &bytes);
            der.p[i] ^= (uint8_t)(1u << bit);
        }
    }
    for (size_t n = 0; n < der.n; n++)
        assert_int_equal(read_split(hc_bytes_head(hc_buf_view(&der), n), n, 1).rc.code, HC_E_CRL_MALFORMED);
    hc_buf_add_byte(&der, 0);
    assert_int_equal(read_split(hc_buf_view(&der), der.n, 1).rc.code, HC_E_CRL_MALFORMED);
    assert_int_equal(read_split(hc_buf_view(&der), der.n - 1, 1).rc.code, HC_E_CRL_MALFORMED);
}

static void digests_are_those_of_the_whole_and_of_what_is_signed(void **state)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    HC_AUTO(hc_crl) crl = NULL;
    struct hc_err e;
    uint8_t want[HC_SHA256_SIZE];

    (void)state;
    testcrl_make(&(struct testcrl){.number = 1, .n_many = 1000}, &w.ca, &der);
    struct heard h = read_split(hc_buf_view(&der), 10, 777);
    expect_ok(&e, hc_crl_parse(hc_buf_view(&der), &crl, &e));
    hc_sha256(crl->der, want);
    assert_memory_equal(h.whole, want, sizeof(want));
    hc_sha256(crl->tbs, want);
    assert_memory_equal(h.tbs, want, sizeof(want));
    assert_true(hc_bytes_eq(crl->sig_alg, hc_key_signature_algorithm(w.ca.key)));
    expect_ok(&e, hc_spki_verify_digest(w.crypto, w.ca.cert->spki,
                                        &(struct hc_signed){.algorithm = crl->sig_alg,
                                                            .message = hc_bytes_of(h.tbs, HC_SHA256_SIZE),
                                                            .signature = crl->signature},
                                        &e));
}

/* What begins well and claims to be endless is refused at once, before any of it came. */
static void lengths_are_bounded_before_their_contents_come(void **state)
{
    static const struct {
        struct hc_bytes in;
        enum hc_code want;
    } rows[] = {
        {HC_BYTES("\x30\x84\x7f\xff\xff\xff"), HC_E_TOO_BIG},
        {HC_BYTES("\x30\x84\x04\x00\x00\x00"), HC_E_TOO_BIG},
        {HC_BYTES("\x30\x80"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x85\x01"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x82\x00"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x31\x82\x10\x00"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x82\x10\x00\x30\x82\x10\x00"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x82\x10\x00\x30\x82\x0f\x00\x02\x11"), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x82\x10\x00\x30\x82\x0f\x00\x02\x01\x01\x30\x82\x0e\x00"), HC_E_CRL_MALFORMED},
    };

    (void)state;
    for (size_t i = 0; i < HC_COUNT(rows); i++)
        for (size_t then = 1; then < 20; then += 18)
            assert_int_equal(read_split(rows[i].in, 0, then).rc.code, rows[i].want);
}

static struct hc_rc refuse(void *ctx, const struct hc_crl_read_entry *v, struct hc_err *e)
{
    (void)ctx;
    (void)v;
    return HC_FAIL(e, HC_E_DISK_FULL, "no more");
}

static void failure_of_the_sink_ends_the_reading(void **state)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);
    HC_AUTO(hc_crl_read) r = NULL;
    struct heard h = {0};
    struct hc_crl_read_sink sink = {.head = head, .entry = refuse, .tail = tail, .ctx = &h};
    struct hc_crl_read_end end;
    struct hc_err e;

    (void)state;
    make(&der);
    expect_ok(&e, hc_hash_new(HC_HASH_SHA256, &h.hash, &e));
    expect_ok(&e, hc_crl_read_new(&sink, &r, &e));
    expect_fail(&e, hc_crl_read_feed(r, hc_buf_view(&der), &e), HC_E_DISK_FULL);
    expect_fail(&e, hc_crl_read_feed(r, hc_buf_view(&der), &e), HC_E_CRL_MALFORMED);
    expect_fail(&e, hc_crl_read_end(r, &end, &e), HC_E_CRL_MALFORMED);
    hc_hash_free(h.hash);
}

static struct hc_rc read_all(void *ctx, struct hc_err *e)
{
    struct hc_buf *der = ctx;
    struct heard h = {0};
    struct hc_crl_read_sink sink = {.head = head, .entry = entry, .tail = tail, .ctx = &h, .verify = true};
    HC_AUTO(hc_crl_read) r = NULL;
    HC_AUTO(hc_hash) hash = NULL;
    struct hc_crl_read_end end;

    HC_TRY(e, hc_hash_new(HC_HASH_SHA256, &hash, e));
    h.hash = hash;
    HC_TRY(e, hc_crl_read_new(&sink, &r, e));
    HC_TRY(e, feed(r, hc_buf_view(der), 0, 3, e));
    return hc_crl_read_end(r, &end, e);
}

static void reader_survives_every_failed_allocation(void **state)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);

    (void)state;
    make(&der);
    assert_true(fault_sweep(read_all, &der) > 3);
}

static int set_up(void **state)
{
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, NULL, &w.ca);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    testpki_fini(&w.ca);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reader_says_the_same_however_its_input_is_cut),
        cmocka_unit_test(reader_refuses_the_same_however_its_input_is_cut),
        cmocka_unit_test(digests_are_those_of_the_whole_and_of_what_is_signed),
        cmocka_unit_test(lengths_are_bounded_before_their_contents_come),
        cmocka_unit_test(failure_of_the_sink_ends_the_reading),
        cmocka_unit_test(reader_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("pki/crl_read", tests, set_up, tear_down);
}

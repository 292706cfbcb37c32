/* test_revocation.c - no CRL counts unless its issuer signed it, and no CRL that does not can displace one that does.
 * */
#include "testpki.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/bundle.h"
#include "pki/pem.h"
#include "pki/revocation.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, issuer, twin, stranger, no_crl_sign, alice, bob;
    struct hc_bundle *bundle;
    char dir[64];
} w;

/* What was told while a set was built. */
struct told {
    size_t n;
    enum hc_code code[16];
    char source[16][128];
};

static void tell(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct told *told = ctx;
    assert_non_null(text);
    assert_true(told->n < 16);
    told->code[told->n] = code;
    snprintf(told->source[told->n++], sizeof(told->source[0]), "%s", source);
}

static bool was_told(const struct told *told, enum hc_code code, const char *source)
{
    for (size_t i = 0; i < told->n; i++) {
        if (told->code[i] == code && strstr(told->source[i], source) != NULL)
            return true;
    }
    return false;
}

#define SOURCES 4

/* One source a row: name and bytes. */
struct files {
    const char *name[SOURCES];
    struct hc_bytes data[SOURCES];
};

static struct hc_revocation_input input_of(const struct files *f, struct hc_revocation_source out[SOURCES],
                                           const struct hc_revocation *previous, struct told *told)
{
    size_t n = 0;
    for (; n < SOURCES && f->name[n] != NULL; n++)
        out[n] = (struct hc_revocation_source){.name = f->name[n], .data = f->data[n]};
    return (struct hc_revocation_input){.source = out,
                                        .n_sources = n,
                                        .previous = previous,
                                        .bundle = w.bundle,
                                        .now = TESTPKI_NOW,
                                        .alarm = told ? tell : NULL,
                                        .alarm_ctx = told};
}

static struct hc_revocation *build(const struct files *f, const struct hc_revocation *previous, struct told *told)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    struct hc_revocation_source source[SOURCES];
    if (told != NULL)
        told->n = 0;
    struct hc_revocation_input in = input_of(f, source, previous, told);
    expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
    return r;
}

static struct hc_rc check(const struct hc_revocation *r, const struct testpki *cert, const struct testpki *issuer,
                          struct hc_err *e)
{
    return hc_revocation_check(
        w.crypto, r, &(struct hc_revocation_query){.cert = cert->cert, .issuer = issuer->cert, .now = TESTPKI_NOW}, e);
}

/* A CRL with a number and dates an hour apart for each number, so that higher is newer. */
static void crl(uint64_t number, const struct hc_cert *revoked, const struct testpki *issuer, struct hc_buf *out)
{
    testpki_crl(&(struct testpki_crl){.number = number,
                                      .this_update = TESTPKI_NOW - 10 * HC_HOUR + (int64_t)number * 60,
                                      .revoked = {revoked}},
                issuer, out);
}

static void set_refuses_what_it_knows_nothing_about(void **state)
{
    (void)state;
    struct hc_err e;
    HC_AUTO(hc_revocation) r = build(&(struct files){0}, NULL, NULL);
    assert_int_equal(hc_revocation_count(r), 0);
    expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_CRL_MISSING);
    expect_fail(&e, check(NULL, &w.alice, &w.issuer, &e), HC_E_CRL_MISSING);
    assert_true(hc_revocation_newest(r) == INT64_MIN);
}

static void crl_of_an_anchor_is_verified_when_the_set_is_built(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(good, 65536);
    crl(1, w.issuer.cert, &w.root, &good);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"root.crl"}, {hc_buf_view(&good)}}, NULL, &told);
    assert_int_equal(told.n, 0);
    expect_fail(&e, check(r, &w.issuer, &w.root, &e), HC_E_REVOKED);
    assert_non_null(strstr(e.text, "keyCompromise"));
    expect_ok(&e, check(r, &w.twin, &w.root, &e));
    assert_true(hc_revocation_newest(r) == TESTPKI_NOW - 10 * HC_HOUR + 60);
}

static void crl_of_a_presented_issuer_is_verified_at_its_first_use(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(good, 65536);
    crl(1, w.alice.cert, &w.issuer, &good);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"issuer.crl"}, {hc_buf_view(&good)}}, NULL, &told);
    assert_true(was_told(&told, HC_E_CRL_UNKNOWN_ISSUER, "issuer.crl"));
    assert_true(hc_revocation_newest(r) == INT64_MIN); /* not before it was verified */
    expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    expect_ok(&e, check(r, &w.bob, &w.issuer, &e));
    assert_true(hc_revocation_newest(r) > 0);
    /* The next set has learned who the issuer is. */
    HC_AUTO(hc_revocation) next = build(&(struct files){{"issuer.crl"}, {hc_buf_view(&good)}}, r, &told);
    assert_int_equal(told.n, 0);
    expect_ok(&e, check(next, &w.bob, &w.issuer, &e));
}

/* T15: another CA of the same name has its own CRL, and neither speaks for the other. */
static void crls_of_two_issuers_of_one_name_are_told_apart_by_key(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(one, 65536);
    HC_BUF_AUTO(two, 65536);
    crl(1, w.alice.cert, &w.issuer, &one);
    crl(9, w.bob.cert, &w.twin, &two);
    HC_AUTO(hc_revocation)
    r = build(&(struct files){{"a.crl", "b.crl"}, {hc_buf_view(&one), hc_buf_view(&two)}}, NULL, NULL);
    expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    expect_ok(&e, check(r, &w.bob, &w.issuer, &e));
    expect_fail(&e, check(r, &w.bob, &w.twin, &e), HC_E_REVOKED);
    expect_ok(&e, check(r, &w.alice, &w.twin, &e));
    HC_AUTO(hc_revocation) only = build(&(struct files){{"b.crl"}, {hc_buf_view(&two)}}, NULL, NULL);
    expect_fail(&e, check(only, &w.alice, &w.issuer, &e), HC_E_CRL_MISSING);
}

/* T15: the issuer's name and key identifier under another key. */
/* Others of the name, with its key identifier, were asked first; whether the CRL is verified decides what is newer. */
static void key_that_signed_is_remembered_after_many_that_did_not(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(der, 65536);
    crl(1, NULL, &w.issuer, &der);
    struct files f = {{"issuer.crl"}, {hc_buf_view(&der)}};
    HC_AUTO(hc_revocation) r = build(&f, NULL, NULL);
    for (int i = 0; i < 12; i++) {
        struct testpki poser;
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .posing_as = w.issuer.cert},
                      &w.root, &poser);
        expect_fail(&e, check(r, &w.alice, &poser, &e), HC_E_CRL_SIGNATURE);
        testpki_fini(&poser);
    }
    assert_true(hc_revocation_newest(r) == INT64_MIN);
    expect_ok(&e, check(r, &w.alice, &w.issuer, &e));
    assert_true(hc_revocation_newest(r) != INT64_MIN);
}

static void forged_crl_is_refused_and_alarms_once_the_issuer_is_known(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(forged, 65536);
    HC_BUF_AUTO(for_root, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1, .signer = w.stranger.key}, &w.issuer, &forged);
    testpki_crl(&(struct testpki_crl){.number = 1, .signer = w.stranger.key}, &w.root, &for_root);
    HC_AUTO(hc_revocation)
    r = build(&(struct files){{"f.crl", "r.crl"}, {hc_buf_view(&forged), hc_buf_view(&for_root)}}, NULL, &told);
    assert_true(was_told(&told, HC_E_CRL_SIGNATURE, "r.crl"));
    assert_int_equal(hc_revocation_count(r), 1);
    expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_CRL_SIGNATURE);
    expect_fail(&e, check(r, &w.issuer, &w.root, &e), HC_E_CRL_MISSING);
}

/* T15: [RFC 5280 6.3.3 (f)] */
static void crl_of_a_ca_without_crl_sign_is_not_believed(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki leaf;
    HC_BUF_AUTO(good, 65536);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "x", .san = {"dns:x.example"}}, &w.no_crl_sign, &leaf);
    testpki_crl(&(struct testpki_crl){.number = 1}, &w.no_crl_sign, &good);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"n.crl"}, {hc_buf_view(&good)}}, NULL, NULL);
    expect_fail(&e, check(r, &leaf, &w.no_crl_sign, &e), HC_E_CRL_SIGNATURE);
    assert_non_null(strstr(e.text, "cRLSign"));
    testpki_fini(&leaf);
}

/* T16: malformed, empty, forged, older by number, older by date: the good one stays and an alarm is raised. */
static void nothing_but_a_newer_crl_of_the_same_key_displaces_a_good_one(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(first, 65536);
    HC_BUF_AUTO(good, 65536);
    HC_BUF_AUTO(forged, 65536);
    HC_BUF_AUTO(back_dated, 65536);
    crl(4, NULL, &w.issuer, &first);
    crl(5, w.alice.cert, &w.issuer, &good);
    testpki_crl(&(struct testpki_crl){.number = 99, .signer = w.stranger.key}, &w.issuer, &forged);
    testpki_crl(&(struct testpki_crl){.number = 6, .this_update = TESTPKI_NOW - 20 * HC_HOUR}, &w.issuer, &back_dated);
    const struct {
        const char *name;
        struct hc_bytes data;
        enum hc_code alarm;
    } rows[] = {
        {"i.crl", HC_BYTES("garbage"), HC_E_CRL_MALFORMED},
        {"i.crl", HC_BYTES("\x30\x03\x02\x01"), HC_E_CRL_MALFORMED},
        {"i.crl", HC_BYTES(""), HC_E_CRL_MALFORMED},
        {"i.crl", hc_bytes_head(hc_buf_view(&good), good.n - 1), HC_E_CRL_MALFORMED},
        {"i.crl", hc_buf_view(&forged), HC_E_CRL_SIGNATURE},
        {"i.crl", hc_buf_view(&first), HC_E_CRL_OLDER},
        {"moved.crl", hc_buf_view(&first), HC_E_CRL_OLDER},
        {"i.crl", hc_buf_view(&back_dated), HC_E_CRL_OLDER},
    };
    HC_AUTO(hc_revocation) now = build(&(struct files){{"i.crl"}, {hc_buf_view(&good)}}, NULL, NULL);
    expect_fail(&e, check(now, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct told told;
        HC_AUTO(hc_revocation) next = build(&(struct files){{rows[i].name}, {rows[i].data}}, now, &told);
        if (!was_told(&told, rows[i].alarm, rows[i].name))
            fail_msg("row %zu: no alarm %d", i, (int)rows[i].alarm);
        expect_fail(&e, check(next, &w.alice, &w.issuer, &e), HC_E_REVOKED);
        expect_ok(&e, check(next, &w.bob, &w.issuer, &e));
        /* And again: what was kept is kept on. */
        HC_AUTO(hc_revocation) after = build(&(struct files){{rows[i].name}, {rows[i].data}}, next, &told);
        expect_fail(&e, check(after, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    }
}

static void newer_crl_takes_the_place_of_the_older(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(one, 65536);
    HC_BUF_AUTO(two, 65536);
    crl(1, NULL, &w.issuer, &one);
    crl(2, w.alice.cert, &w.issuer, &two);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"i.crl"}, {hc_buf_view(&one)}}, NULL, NULL);
    expect_ok(&e, check(r, &w.alice, &w.issuer, &e));
    HC_AUTO(hc_revocation) next = build(&(struct files){{"i.crl"}, {hc_buf_view(&two)}}, r, &told);
    assert_int_equal(told.n, 0);
    assert_int_equal(hc_revocation_count(next), 1);
    expect_fail(&e, check(next, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    expect_ok(&e, check(r, &w.alice, &w.issuer, &e)); /* the old set is as it was */
    uint8_t a[HC_REVOCATION_HASH], b[HC_REVOCATION_HASH];
    hc_revocation_hash(r, a);
    hc_revocation_hash(next, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

static void two_files_of_one_issuer_leave_the_newer_in_any_order(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(one, 65536);
    HC_BUF_AUTO(two, 65536);
    crl(1, NULL, &w.issuer, &one);
    crl(2, w.alice.cert, &w.issuer, &two);
    struct files orders[] = {{{"a", "b"}, {hc_buf_view(&one), hc_buf_view(&two)}},
                             {{"a", "b"}, {hc_buf_view(&two), hc_buf_view(&one)}}};
    for (size_t i = 0; i < 2; i++) {
        HC_AUTO(hc_revocation) r = build(&orders[i], NULL, NULL);
        expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_REVOKED);
        HC_AUTO(hc_revocation) learned = build(&orders[i], r, NULL);
        assert_int_equal(hc_revocation_count(learned), 1);
        expect_fail(&e, check(learned, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    }
}

static void removed_crl_is_used_no_more_and_remembered(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(one, 65536);
    HC_BUF_AUTO(two, 65536);
    crl(1, NULL, &w.issuer, &one);
    crl(2, w.alice.cert, &w.issuer, &two);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"i.crl"}, {hc_buf_view(&two)}}, NULL, NULL);
    expect_ok(&e, check(r, &w.bob, &w.issuer, &e));
    HC_AUTO(hc_revocation) gone = build(&(struct files){0}, r, NULL);
    assert_int_equal(hc_revocation_count(gone), 0);
    expect_fail(&e, check(gone, &w.bob, &w.issuer, &e), HC_E_CRL_MISSING);
    HC_AUTO(hc_revocation) rolled = build(&(struct files){{"i.crl"}, {hc_buf_view(&one)}}, gone, &told);
    assert_true(was_told(&told, HC_E_CRL_OLDER, "i.crl"));
    expect_fail(&e, check(rolled, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    HC_AUTO(hc_revocation) back = build(&(struct files){{"i.crl"}, {hc_buf_view(&two)}}, gone, &told);
    assert_int_equal(told.n, 0);
    expect_ok(&e, check(back, &w.bob, &w.issuer, &e));
}

static struct hc_rc check_at(const struct hc_revocation *r, const struct testpki *cert, int64_t now, struct hc_err *e)
{
    return hc_revocation_check(
        w.crypto, r, &(struct hc_revocation_query){.cert = cert->cert, .issuer = w.issuer.cert, .now = now}, e);
}

static void crl_holds_from_its_date_to_its_next_update_to_the_second(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(der, 65536);
    int64_t from = TESTPKI_NOW - 100, to = TESTPKI_NOW + 100;
    testpki_crl(&(struct testpki_crl){.number = 1, .this_update = from, .next_update = to, .revoked = {w.alice.cert}},
                &w.issuer, &der);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"i.crl"}, {hc_buf_view(&der)}}, NULL, NULL);
    expect_fail(&e, check_at(r, &w.bob, from - HC_REVOCATION_SKEW - 1, &e), HC_E_CRL_NOT_YET_VALID);
    expect_ok(&e, check_at(r, &w.bob, from - HC_REVOCATION_SKEW, &e));
    expect_ok(&e, check_at(r, &w.bob, to, &e));
    expect_fail(&e, check_at(r, &w.bob, to + 1, &e), HC_E_CRL_STALE);
    /* Revoked is revoked, whatever the CRL's dates. */
    expect_fail(&e, check_at(r, &w.alice, to + 1, &e), HC_E_REVOKED);
    expect_fail(&e, check_at(r, &w.alice, from - HC_REVOCATION_SKEW - 1, &e), HC_E_REVOKED);
}

static void crl_with_a_future_date_waits_beside_the_present_one(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(one, 65536);
    HC_BUF_AUTO(future, 65536);
    crl(1, w.alice.cert, &w.issuer, &one);
    testpki_crl(&(struct testpki_crl){.number = 2, .this_update = TESTPKI_NOW + HC_HOUR, .revoked = {w.bob.cert}},
                &w.issuer, &future);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"i.crl"}, {hc_buf_view(&one)}}, NULL, NULL);
    expect_ok(&e, check(r, &w.bob, &w.issuer, &e));
    HC_AUTO(hc_revocation) next = build(&(struct files){{"i.crl"}, {hc_buf_view(&future)}}, r, &told);
    assert_true(was_told(&told, HC_E_CRL_NOT_YET_VALID, "i.crl"));
    expect_fail(&e, check(next, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    expect_ok(&e, check(next, &w.bob, &w.issuer, &e));
    expect_fail(&e, check_at(next, &w.bob, TESTPKI_NOW + HC_HOUR, &e), HC_E_REVOKED);
}

static void stale_crl_alarms_when_the_set_is_built(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(der, 65536);
    testpki_crl(&(struct testpki_crl){.number = 1, .this_update = TESTPKI_NOW - HC_DAY, .next_update = TESTPKI_NOW - 1},
                &w.root, &der);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"root.crl"}, {hc_buf_view(&der)}}, NULL, &told);
    assert_true(was_told(&told, HC_E_CRL_STALE, "root.crl"));
    expect_fail(&e, check(r, &w.issuer, &w.root, &e), HC_E_CRL_STALE);
}

static void write_file(const char *name, struct hc_bytes data)
{
    struct hc_err e;
    char path[HC_PATH];
    expect_ok(&e, hc_path_join(path, w.dir, name, &e));
    expect_ok(&e, hc_file_write_atomic(path, data, 0600, &e));
}

static struct hc_revocation *load(const struct hc_revocation *previous, struct told *told)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    const char *paths[] = {w.dir, "/nonexistent/x.crl"};
    told->n = 0;
    struct hc_revocation_input in = {
        .previous = previous, .bundle = w.bundle, .now = TESTPKI_NOW, .alarm = tell, .alarm_ctx = told};
    expect_ok(&e, hc_revocation_load(w.crypto, paths, 2, &in, &r, &e));
    return r;
}

static void directories_are_read_in_der_and_pem(void **state)
{
    (void)state;
    struct hc_err e;
    struct told told;
    HC_BUF_AUTO(root, 65536);
    HC_BUF_AUTO(issuer, 65536);
    HC_BUF_AUTO(pem, 65536);
    crl(1, NULL, &w.root, &root);
    crl(1, w.alice.cert, &w.issuer, &issuer);
    hc_pem_emit(&pem, HC_PEM_CRL, hc_buf_view(&issuer));
    write_file("root.crl", hc_buf_view(&root));
    write_file("issuer.pem", hc_buf_view(&pem));
    write_file("README", HC_BYTES("not a CRL"));
    write_file(".hidden.crl", HC_BYTES("not a CRL"));
    HC_AUTO(hc_revocation) r = load(NULL, &told);
    assert_int_equal(hc_revocation_count(r), 2);
    assert_true(was_told(&told, HC_E_FILE_MISSING, "/nonexistent/x.crl"));
    assert_int_equal(told.n, 2); /* and the issuer that nobody has presented yet */
    expect_fail(&e, check(r, &w.alice, &w.issuer, &e), HC_E_REVOKED);
    expect_ok(&e, check(r, &w.issuer, &w.root, &e));
    /* An empty file keeps what is known of it. */
    write_file("root.crl", HC_BYTES(""));
    HC_AUTO(hc_revocation) next = load(r, &told);
    assert_true(was_told(&told, HC_E_FILE_EMPTY, "root.crl"));
    expect_ok(&e, check(next, &w.issuer, &w.root, &e));
}

#define THREADS 4
#define ROUNDS 50

/* All threads meet the CRL for the first time at once, and each gives up its own reference. */
static void *check_often(void *arg)
{
    struct hc_revocation *r = arg;
    struct hc_err e;
    size_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        wrong += check(r, &w.alice, &w.issuer, &e).code != HC_E_REVOKED;
        wrong += check(r, &w.bob, &w.issuer, &e).code != HC_OK_CODE;
        wrong += check(r, &w.alice, &w.twin, &e).code != HC_E_CRL_MISSING;
    }
    hc_revocation_free(r);
    return wrong > 0 ? arg : NULL;
}

static void set_answers_many_threads_at_once(void **state)
{
    (void)state;
    HC_BUF_AUTO(one, 65536);
    crl(1, w.alice.cert, &w.issuer, &one);
    HC_AUTO(hc_revocation) r = build(&(struct files){{"i.crl"}, {hc_buf_view(&one)}}, NULL, NULL);
    pthread_t thread[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, check_often, hc_revocation_ref(r)), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
}

struct sweep {
    const struct files *files;
};

static struct hc_rc build_and_check(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_revocation_source source[SOURCES];
    struct hc_revocation_input in = input_of(s->files, source, NULL, NULL);
    HC_AUTO(hc_revocation) r = NULL;
    HC_TRY(e, hc_revocation_build(w.crypto, &in, &r, e));
    return check(r, &w.bob, &w.issuer, e);
}

static void set_survives_every_failed_allocation(void **state)
{
    (void)state;
    HC_BUF_AUTO(one, 65536);
    crl(1, w.alice.cert, &w.issuer, &one);
    struct files files = {{"i.crl"}, {hc_buf_view(&one)}};
    struct sweep s = {&files};
    struct hc_err e;
    /* A failed allocation for what is only remembered is no failure: the sweep proper ends before it. */
    for (unsigned k = 1; k < 64; k++) {
        fault_alloc_at(k);
        struct hc_rc rc = build_and_check(&s, &e);
        bool happened = fault_happened();
        fault_alloc_at(0);
        if (!happened) {
            expect_ok(&e, rc);
            return;
        }
        assert_true(hc_ok(rc) || rc.code == HC_E_NOMEM);
    }
    fail_msg("it never came to its end");
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .serial = 11}, &w.root, &w.issuer);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Issuer", .ca = true, .serial = 12}, &w.root, &w.twin);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Stranger", .ca = true}, NULL, &w.stranger);
    testpki_issue(w.crypto,
                  &(struct testpki_spec){.subject = "Certs only", .ca = true, .usage = HC_KU_CERT_SIGN, .serial = 13},
                  &w.root, &w.no_crl_sign);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "alice", .serial = 21, .san = {"dns:a.example"}},
                  &w.issuer, &w.alice);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "bob", .serial = 22, .san = {"dns:b.example"}}, &w.issuer,
                  &w.bob);
    testpki_pem(&w.root, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &w.bundle, &e));
    strcpy(w.dir, "/tmp/test_revocation.XXXXXX");
    return mkdtemp(w.dir) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki *all[] = {&w.root, &w.issuer, &w.twin, &w.stranger, &w.no_crl_sign, &w.alice, &w.bob};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        testpki_fini(all[i]);
    hc_bundle_free(w.bundle);
    hc_crypto_free(w.crypto);
    return hc_failed(hc_dir_remove(w.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_refuses_what_it_knows_nothing_about),
        cmocka_unit_test(crl_of_an_anchor_is_verified_when_the_set_is_built),
        cmocka_unit_test(crl_of_a_presented_issuer_is_verified_at_its_first_use),
        cmocka_unit_test(crls_of_two_issuers_of_one_name_are_told_apart_by_key),
        cmocka_unit_test(key_that_signed_is_remembered_after_many_that_did_not),
        cmocka_unit_test(forged_crl_is_refused_and_alarms_once_the_issuer_is_known),
        cmocka_unit_test(crl_of_a_ca_without_crl_sign_is_not_believed),
        cmocka_unit_test(nothing_but_a_newer_crl_of_the_same_key_displaces_a_good_one),
        cmocka_unit_test(newer_crl_takes_the_place_of_the_older),
        cmocka_unit_test(two_files_of_one_issuer_leave_the_newer_in_any_order),
        cmocka_unit_test(removed_crl_is_used_no_more_and_remembered),
        cmocka_unit_test(crl_holds_from_its_date_to_its_next_update_to_the_second),
        cmocka_unit_test(crl_with_a_future_date_waits_beside_the_present_one),
        cmocka_unit_test(stale_crl_alarms_when_the_set_is_built),
        cmocka_unit_test(directories_are_read_in_der_and_pem),
        cmocka_unit_test(set_answers_many_threads_at_once),
        cmocka_unit_test(set_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/revocation", tests, set_up, tear_down);
}

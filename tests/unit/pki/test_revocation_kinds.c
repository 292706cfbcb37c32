/* test_revocation_kinds.c - shards, reasons, deltas, indirect CRLs, other keys, and the second at which one is
 * stale. */
#include "testcrl.h"

#include <stdio.h>

#include "asn1/derw.h"
#include "crypto/digest.h"
#include "pki/bundle.h"
#include "pki/crl.h"
#include "pki/revocation.h"

#define SERIAL HC_BYTES("\x2a") /* of every testcrl_leaf */
#define OTHER HC_BYTES("\x2b")
#define MANY 6

static struct {
    struct hc_crypto *crypto;
    struct testpki root, ca, crl_signer, stranger;
    struct testpki leaf, sharded;
    struct hc_bundle *bundle;
} w;

/* A set of CRLs: each a file of its own, f0 and on. */
struct set {
    struct hc_buf der[MANY];
    size_t n;
    enum hc_code told[16];
    size_t n_told;
};

static void set_fini(struct set *s)
{
    for (size_t i = 0; i < s->n; i++)
        hc_buf_fini(&s->der[i]);
}
#define SET(name) __attribute__((cleanup(set_fini))) struct set name = {0}

static void add(struct set *s, const struct testcrl *spec)
{
    assert_true(s->n < MANY);
    s->der[s->n] = HC_BUF(HC_CRL_MAX);
    testcrl_make(spec, &w.ca, &s->der[s->n++]);
}

static void tell(void *ctx, enum hc_code code, const char *source, const char *text)
{
    struct set *s = ctx;

    assert_non_null(source);
    assert_non_null(text);
    assert_true(s->n_told < 16);
    s->told[s->n_told++] = code;
}

static bool told(const struct set *s, enum hc_code code)
{
    for (size_t i = 0; i < s->n_told; i++)
        if (s->told[i] == code)
            return true;
    return false;
}

static const char *const names[MANY] = {"f0", "f1", "f2", "f3", "f4", "f5"};

static struct hc_revocation *build_with(struct set *s, struct hc_revocation_input in)
{
    struct hc_revocation_source source[MANY];
    struct hc_revocation *r = NULL;
    struct hc_err e;

    for (size_t i = 0; i < s->n; i++)
        source[i] = (struct hc_revocation_source){.name = names[i], .data = hc_buf_view(&s->der[i])};
    in.source = source;
    in.n_sources = s->n;
    in.bundle = w.bundle;
    in.now = TESTPKI_NOW;
    in.alarm = tell;
    in.alarm_ctx = s;
    s->n_told = 0;
    expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
    return r;
}

static struct hc_revocation *build(struct set *s)
{
    return build_with(s, (struct hc_revocation_input){0});
}

static struct hc_rc ask_at(const struct hc_revocation *r, const struct testpki *cert, int64_t now, int64_t allow_stale,
                           struct hc_err *e)
{
    return hc_revocation_check(
        w.crypto, r,
        &(struct hc_revocation_query){.cert = cert->cert, .issuer = w.ca.cert, .now = now, .allow_stale = allow_stale},
        e);
}

static struct hc_rc ask(const struct hc_revocation *r, const struct testpki *cert, struct hc_err *e)
{
    return ask_at(r, cert, TESTPKI_NOW, 0, e);
}

/* ---- two of one scope ---- */

/* The greater number has the earlier date: a counter was set back, or a clock was. */
static void crls_that_contradict_each_other_about_their_age_both_count(void **state)
{
    (void)state;
    struct hc_err e;
    for (int listed = 0; listed < 2; listed++) {
        struct testcrl_entry entry = {.serial = SERIAL}, none = {0};
        SET(s);
        add(&s, &(struct testcrl){.number = 10, .this_update = TESTPKI_NOW - 7200, .entry = {listed ? none : entry}});
        add(&s, &(struct testcrl){.number = 9, .this_update = TESTPKI_NOW - 3600, .entry = {listed ? entry : none}});
        HC_AUTO(hc_revocation) r = build(&s);
        expect_fail(&e, ask(r, &w.leaf, &e), HC_E_REVOKED);
    }
    for (int listed = 0; listed < 2; listed++) { /* of one age, and different */
        struct testcrl_entry entry = {.serial = SERIAL}, none = {0};
        SET(s);
        add(&s, &(struct testcrl){.number = 10, .entry = {listed ? none : entry}});
        add(&s, &(struct testcrl){.number = 10, .entry = {listed ? entry : none}});
        HC_AUTO(hc_revocation) r = build(&s);
        expect_fail(&e, ask(r, &w.leaf, &e), HC_E_REVOKED);
    }
    SET(clear);
    add(&clear, &(struct testcrl){.number = 10, .this_update = TESTPKI_NOW - 7200, .entry = {{.serial = OTHER}}});
    add(&clear, &(struct testcrl){.number = 9, .this_update = TESTPKI_NOW - 3600});
    HC_AUTO(hc_revocation) r = build(&clear);
    expect_ok(&e, ask(r, &w.leaf, &e));
}

/* ---- distribution points ---- */

static void shard_speaks_for_the_certificates_that_name_it(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(one, 256);
    HC_BUF_AUTO(two, 256);
    testcrl_idp(&one, "http://crl.test/1", HC_BYTES(""));
    testcrl_idp(&two, "http://crl.test/2", HC_BYTES(""));
    SET(first);
    add(&first, &(struct testcrl){.number = 1, .idp = hc_buf_view(&one)});
    HC_AUTO(hc_revocation) r = build(&first);
    expect_fail(&e, ask(r, &w.sharded, &e), HC_E_CRL_SCOPE);
    expect_fail(&e, ask(r, &w.leaf, &e), HC_E_CRL_SCOPE);
    SET(both);
    add(&both, &(struct testcrl){.number = 7, .idp = hc_buf_view(&one)});
    add(&both, &(struct testcrl){.number = 1, .idp = hc_buf_view(&two)}); /* lower, and no older: another scope */
    HC_AUTO(hc_revocation) q = build(&both);
    assert_int_equal(hc_revocation_count(q), 2);
    assert_int_equal(both.n_told, 0);
    expect_ok(&e, ask(q, &w.sharded, &e)); /* its second distribution point is that of the second shard (T14) */
    expect_fail(&e, ask(q, &w.leaf, &e), HC_E_CRL_SCOPE);
}

static void serial_in_any_shard_of_its_issuer_is_revoked(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(one, 256);
    HC_BUF_AUTO(two, 256);
    HC_BUF_AUTO(attributes, 256);
    testcrl_idp(&one, "http://crl.test/1", HC_BYTES(""));
    testcrl_idp(&two, "http://crl.test/2", HC_BYTES(""));
    testcrl_idp(&attributes, NULL, HC_BYTES(TESTCRL_ONLY_ATTRIBUTE));
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&one), .entry = {{SERIAL, 1}}});
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&two)});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_fail(&e, ask(r, &w.sharded, &e), HC_E_REVOKED);
    SET(t); /* but not by what counts the serials of attribute certificates */
    add(&t, &(struct testcrl){.number = 1, .idp = hc_buf_view(&attributes), .entry = {{SERIAL, 1}}});
    add(&t, &(struct testcrl){.number = 1});
    HC_AUTO(hc_revocation) q = build(&t);
    expect_ok(&e, ask(q, &w.leaf, &e));
}

static void names_relative_to_the_issuer_are_compared_in_full(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki relative, other, full;
    HC_BUF_AUTO(idp, 256);
    testcrl_leaf(&w.ca, &(struct testcrl_point){.relative = "shard 1"}, 1, &relative);
    testcrl_leaf(&w.ca, &(struct testcrl_point){.relative = "shard 2"}, 1, &other);
    testcrl_leaf(&w.ca, &(struct testcrl_point){.uri = "shard 1"}, 1, &full);
    testcrl_idp_relative(&idp, "SHARD 1");
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&idp)});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_ok(&e, ask(r, &relative, &e));
    expect_fail(&e, ask(r, &other, &e), HC_E_CRL_SCOPE);
    expect_fail(&e, ask(r, &full, &e), HC_E_CRL_SCOPE);
    testpki_fini(&relative);
    testpki_fini(&other);
    testpki_fini(&full);
}

static void crl_for_one_kind_of_certificates_clears_no_other(void **state)
{
    (void)state;
    struct hc_err e;
    const struct {
        struct hc_bytes flags;
        enum hc_code leaf, ca;
    } rows[] = {
        {HC_BYTES(TESTCRL_ONLY_USER), HC_OK_CODE, HC_E_CRL_SCOPE},
        {HC_BYTES(TESTCRL_ONLY_CA), HC_E_CRL_SCOPE, HC_OK_CODE},
        {HC_BYTES(TESTCRL_ONLY_ATTRIBUTE), HC_E_CRL_SCOPE, HC_E_CRL_SCOPE},
    };
    struct testpki sub;
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Sub", .ca = true}, &w.ca, &sub);
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        HC_BUF_AUTO(idp, 256);
        SET(s);
        testcrl_idp(&idp, NULL, rows[i].flags);
        add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&idp)});
        HC_AUTO(hc_revocation) r = build(&s);
        assert_int_equal(ask(r, &w.leaf, &e).code, rows[i].leaf);
        assert_int_equal(ask(r, &sub, &e).code, rows[i].ca);
    }
    testpki_fini(&sub);
}

/* ---- reasons ---- */

static void every_reason_must_be_covered_by_crls_that_are_current(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(some, 256);
    HC_BUF_AUTO(rest, 256);
    testcrl_idp(&some, NULL, HC_BYTES(TESTCRL_KEY_AND_CA_COMPROMISE));
    testcrl_idp(&rest, NULL, HC_BYTES(TESTCRL_OTHER_REASONS));
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&some)});
    HC_AUTO(hc_revocation) half = build(&s);
    expect_fail(&e, ask(half, &w.leaf, &e), HC_E_CRL_SCOPE);
    assert_non_null(strstr(e.text, "reasons"));
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&rest), .next_update = TESTPKI_NOW + 60});
    HC_AUTO(hc_revocation) whole = build(&s);
    expect_ok(&e, ask(whole, &w.leaf, &e));
    expect_ok(&e, ask_at(whole, &w.leaf, TESTPKI_NOW + 60, 0, &e));
    expect_fail(&e, ask_at(whole, &w.leaf, TESTPKI_NOW + 61, 0, &e), HC_E_CRL_STALE);
    expect_ok(&e, ask_at(whole, &w.leaf, TESTPKI_NOW + 61, 1, &e));
}

static void reasons_of_a_distribution_point_bound_what_its_crl_clears(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki both, one;
    struct testcrl_point points[] = {
        {.uri = "http://crl.test/1", .reasons = HC_BYTES("\x81\x02\x05\x60")},
        {.uri = "http://crl.test/2", .reasons = HC_BYTES("\x81\x03\x07\x1f\x80")},
    };
    HC_BUF_AUTO(first, 256);
    HC_BUF_AUTO(second, 256);
    testcrl_leaf(&w.ca, points, 2, &both);
    testcrl_leaf(&w.ca, points, 1, &one);
    testcrl_idp(&first, points[0].uri, HC_BYTES(""));
    testcrl_idp(&second, points[1].uri, HC_BYTES(""));
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&first)});
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&second)});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_ok(&e, ask(r, &both, &e));
    expect_fail(&e, ask(r, &one, &e), HC_E_CRL_SCOPE);
    testpki_fini(&both);
    testpki_fini(&one);
}

/* ---- indirect ---- */

static void indirect_crls_are_never_believed(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(idp, 256);
    testcrl_idp(&idp, NULL, HC_BYTES(TESTCRL_INDIRECT));
    struct testcrl kinds[] = {
        {.number = 9, .idp = hc_buf_view(&idp)},
        {.number = 9, .idp = hc_buf_view(&idp), .entry = {{SERIAL, 1}}},
        {.number = 9, .entry = {{OTHER, 1}}, .certificate_issuer = true},
    };
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        SET(s);
        add(&s, &kinds[i]);
        HC_AUTO(hc_revocation) r = build(&s);
        assert_true(told(&s, HC_E_CRL_INDIRECT));
        expect_fail(&e, ask(r, &w.leaf, &e), HC_E_CRL_INDIRECT);
        assert_true(hc_revocation_newest(r) == INT64_MIN);
        assert_false(hc_revocation_has(r, w.ca.cert->ski, HC_BYTES("\x01")));
    }
    SET(s); /* beside a direct one it does no harm */
    add(&s, &kinds[0]);
    add(&s, &(struct testcrl){.number = 1});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_ok(&e, ask(r, &w.leaf, &e));
}

static void certificate_whose_points_name_another_crl_issuer_is_told_so(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki leaf;
    HC_BUF_AUTO(idp, 256);
    HC_BUF_AUTO(other, 256);
    size_t names_of_other = hc_derw_begin(&other, HC_DER_CONTEXT_CONSTRUCTED(2));
    size_t directory = hc_derw_begin(&other, HC_DER_CONTEXT_CONSTRUCTED(4));
    hc_derw_raw(&other, w.root.cert->subject);
    hc_derw_end(&other, directory);
    hc_derw_end(&other, names_of_other);
    testcrl_leaf(&w.ca, &(struct testcrl_point){.uri = "http://crl.test/1", .crl_issuer = hc_buf_view(&other)}, 1,
                 &leaf);
    testcrl_idp(&idp, "http://crl.test/1", HC_BYTES(""));
    SET(s);
    HC_AUTO(hc_revocation) none = build(&s);
    expect_fail(&e, ask(none, &leaf, &e), HC_E_CRL_INDIRECT);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&idp)});
    HC_AUTO(hc_revocation) shard = build(&s);
    expect_fail(&e, ask(shard, &leaf, &e), HC_E_CRL_INDIRECT);
    add(&s, &(struct testcrl){.number = 1});
    HC_AUTO(hc_revocation) complete = build(&s);
    expect_ok(&e, ask(complete, &leaf, &e)); /* a complete CRL of the issuer itself answers for all it issued */
    testpki_fini(&leaf);
}

/* ---- deltas ---- */

static void delta_adds_to_its_base_and_takes_back_a_hold(void **state)
{
    (void)state;
    struct hc_err e;
    const struct {
        unsigned base, delta; /* reasons; 99: not listed */
        enum hc_code want;
    } rows[] = {
        {99, 99, HC_OK_CODE}, {99, 1, HC_E_REVOKED}, {6, 99, HC_E_REVOKED}, {6, 8, HC_OK_CODE},
        {6, 1, HC_E_REVOKED}, {1, 8, HC_E_REVOKED},  {99, 8, HC_OK_CODE},   {1, 99, HC_E_REVOKED},
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        SET(s);
        add(&s, &(struct testcrl){.number = 5, .entry = {{rows[i].base == 99 ? OTHER : SERIAL, rows[i].base % 99}}});
        add(&s, &(struct testcrl){.number = 6,
                                  .delta = true,
                                  .base = 4,
                                  .entry = {{rows[i].delta == 99 ? OTHER : SERIAL, rows[i].delta % 99}}});
        HC_AUTO(hc_revocation) r = build(&s);
        assert_int_equal(hc_revocation_count(r), 2);
        if (ask(r, &w.leaf, &e).code != rows[i].want)
            fail_msg("row %zu: %s", i, e.text);
    }
}

static void delta_keeps_a_base_current_if_it_fits(void **state)
{
    (void)state;
    struct hc_err e;
    const struct {
        unsigned base_number, delta_base, delta_number;
        int64_t base_until, delta_from, delta_until; /* from now */
        enum hc_code want;
    } rows[] = {
        {5, 5, 6, -1, -10, 60, HC_OK_CODE},          {5, 4, 6, -1, -10, 60, HC_OK_CODE},
        {5, 6, 7, -1, -10, 60, HC_E_CRL_DELTA_BASE}, /* there is a gap between them */
        {5, 6, 7, 60, -10, 60, HC_OK_CODE},          /* then the complete one counts alone */
        {5, 3, 4, -1, -10, 60, HC_E_CRL_STALE},      /* the delta says nothing that is new */
        {5, 5, 6, -1, -10, -1, HC_E_CRL_STALE},      {5, 5, 6, -1, HC_HOUR, HC_DAY, HC_E_CRL_STALE},
        {5, 5, 6, 60, -10, -1, HC_OK_CODE},
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        SET(s);
        add(&s, &(struct testcrl){.number = rows[i].base_number, .next_update = TESTPKI_NOW + rows[i].base_until});
        add(&s, &(struct testcrl){.number = rows[i].delta_number,
                                  .delta = true,
                                  .base = rows[i].delta_base,
                                  .this_update = TESTPKI_NOW + rows[i].delta_from,
                                  .next_update = TESTPKI_NOW + rows[i].delta_until});
        HC_AUTO(hc_revocation) r = build(&s);
        if (ask(r, &w.leaf, &e).code != rows[i].want)
            fail_msg("row %zu: %d %s", i, (int)e.code, e.text);
    }
    SET(alone);
    add(&alone, &(struct testcrl){.number = 6, .delta = true, .base = 5});
    HC_AUTO(hc_revocation) r = build(&alone);
    expect_fail(&e, ask(r, &w.leaf, &e), HC_E_CRL_DELTA_BASE);
}

static void newer_complete_crl_ends_what_an_older_delta_said(void **state)
{
    (void)state;
    struct hc_err e;
    SET(s);
    add(&s, &(struct testcrl){.number = 7});
    add(&s, &(struct testcrl){.number = 6, .delta = true, .base = 5, .entry = {{SERIAL, 6}}});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_ok(&e, ask(r, &w.leaf, &e));
}

/* ---- T17 ---- */

static void stale_is_judged_at_the_second(void **state)
{
    (void)state;
    struct hc_err e;
    const int64_t until = TESTPKI_NOW + 100;
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .next_update = until, .entry = {{OTHER, 1}}});
    HC_AUTO(hc_revocation) r = build(&s);
    const struct {
        int64_t now, allow;
        enum hc_code want;
    } rows[] = {
        {until - 1, 0, HC_OK_CODE},      {until, 0, HC_OK_CODE},
        {until + 1, 0, HC_E_CRL_STALE},  {until + 59, 60, HC_OK_CODE},
        {until + 60, 60, HC_OK_CODE},    {until + 61, 60, HC_E_CRL_STALE},
        {until + 1, -1, HC_E_CRL_STALE}, {until + 1, INT64_MAX, HC_OK_CODE},
        {until, INT64_MIN, HC_OK_CODE},
    };
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        if (ask_at(r, &w.leaf, rows[i].now, rows[i].allow, &e).code != rows[i].want)
            fail_msg("row %zu", i);
    }
}

static void stale_shard_condemns_its_own_certificates_only(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki first, second;
    HC_BUF_AUTO(one, 256);
    HC_BUF_AUTO(two, 256);
    testcrl_idp(&one, "http://crl.test/1", HC_BYTES(""));
    testcrl_idp(&two, "http://crl.test/2", HC_BYTES(""));
    testcrl_leaf(&w.ca, &(struct testcrl_point){.uri = "http://crl.test/1"}, 1, &first);
    testcrl_leaf(&w.ca, &(struct testcrl_point){.uri = "http://crl.test/2"}, 1, &second);
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&one), .next_update = TESTPKI_NOW - 1});
    add(&s, &(struct testcrl){.number = 1, .idp = hc_buf_view(&two)});
    HC_AUTO(hc_revocation) r = build(&s);
    assert_true(told(&s, HC_E_CRL_STALE));
    expect_fail(&e, ask(r, &first, &e), HC_E_CRL_STALE);
    expect_ok(&e, ask(r, &second, &e));
    testpki_fini(&first);
    testpki_fini(&second);
}

/* ---- other keys, other signatures ---- */

static void crl_of_another_key_of_the_issuer_counts_when_it_is_given(void **state)
{
    (void)state;
    struct hc_err e;
    SET(s);
    add(&s, &(struct testcrl){.number = 1, .signer = w.crl_signer.key, .key_id_of = w.crl_signer.cert});
    HC_AUTO(hc_revocation) r = build(&s);
    expect_fail(&e, ask(r, &w.leaf, &e), HC_E_CRL_MISSING);
    const struct hc_cert *good[] = {w.crl_signer.cert}, *bad[] = {w.stranger.cert};
    struct hc_revocation_query q = {
        .cert = w.leaf.cert, .issuer = w.ca.cert, .now = TESTPKI_NOW, .signer = good, .n_signers = 1};
    expect_ok(&e, hc_revocation_check(w.crypto, r, &q, &e));
    q.signer = bad;
    expect_fail(&e, hc_revocation_check(w.crypto, r, &q, &e), HC_E_CRL_MISSING);
}

/* Numbers are each key's own: a root and a CA below it may bear one name. */
static void crl_of_another_key_silences_none(void **state)
{
    (void)state;
    struct hc_err e;
    const struct hc_cert *signer[] = {w.crl_signer.cert};
    struct hc_revocation_query q = {
        .cert = w.leaf.cert, .issuer = w.ca.cert, .now = TESTPKI_NOW, .signer = signer, .n_signers = 1};
    for (int delta = 0; delta < 2; delta++) {
        SET(s);
        add(&s, &(struct testcrl){.number = 1, .delta = delta, .base = 1, .entry = {{.serial = SERIAL}}});
        add(&s, &(struct testcrl){.number = 9,
                                  .this_update = TESTPKI_NOW - 60,
                                  .signer = w.crl_signer.key,
                                  .key_id_of = delta ? NULL : w.crl_signer.cert});
        HC_AUTO(hc_revocation) r = build(&s);
        expect_fail(&e, hc_revocation_check(w.crypto, r, &q, &e), HC_E_REVOKED);
    }
}

static void every_algorithm_is_verified_over_what_was_read(void **state)
{
    (void)state;
    struct hc_err e;
    static const enum hc_key_kind kinds[] = {HC_KEY_P256, HC_KEY_P384, HC_KEY_P521, HC_KEY_ED25519, HC_KEY_RSA};
    for (size_t i = 0; i < HC_COUNT(kinds); i++) {
        struct testpki ca = {0}, leaf;
        HC_AUTO(hc_key) key = NULL;
        HC_BUF_AUTO(der, HC_CRL_MAX);
        expect_ok(&e, hc_key_generate(w.crypto, kinds[i], &key, &e));
        testpki_issue(w.crypto, &(struct testpki_spec){.subject = "K", .ca = true, .key = key}, NULL, &ca);
        ca.key = key;
        testcrl_leaf(&ca, NULL, 0, &leaf);
        testcrl_make(&(struct testcrl){.number = 1, .n_many = 100}, &ca, &der);
        for (int broken = 0; broken <= 1; broken++) {
            struct hc_revocation_source source = {.name = "k", .data = hc_buf_view(&der)};
            struct hc_revocation_input in = {.source = &source, .n_sources = 1, .now = TESTPKI_NOW};
            struct hc_revocation_query q = {.cert = leaf.cert, .issuer = ca.cert, .now = TESTPKI_NOW};
            HC_AUTO(hc_revocation) r = NULL;
            expect_ok(&e, hc_revocation_build(w.crypto, &in, &r, &e));
            assert_int_equal(hc_revocation_check(w.crypto, r, &q, &e).code, broken ? HC_E_CRL_SIGNATURE : HC_OK_CODE);
            uint8_t serial[16];
            uint8_t *at = memmem(der.p, der.n, testcrl_serial(50, serial).p, 16);
            if (at != NULL)
                at[15] ^= 1;
            assert_true(at != NULL || broken);
        }
        hc_cert_free(ca.cert);
        testpki_fini(&leaf);
    }
}

static void crl_too_long_for_ed25519_is_refused_with_the_way_out(void **state)
{
    (void)state;
    struct hc_err e;
    struct testpki ca = {0};
    HC_AUTO(hc_key) key = NULL;
    HC_BUF_AUTO(der, HC_CRL_MAX);
    expect_ok(&e, hc_key_generate(w.crypto, HC_KEY_ED25519, &key, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "K", .ca = true, .key = key}, NULL, &ca);
    ca.key = key;
    testcrl_make(&(struct testcrl){.number = 1, .n_many = 230000}, &ca, &der);
    assert_true(der.n > 8 * 1024 * 1024);
    SET(s);
    s.n = 1;
    s.der[0] = der;
    der = HC_BUF(0);
    HC_AUTO(hc_revocation) r = build(&s);
    assert_true(told(&s, HC_E_CRL_UNSUPPORTED));
    assert_int_equal(hc_revocation_count(r), 0);
    hc_cert_free(ca.cert);
}

/* ---- T16, across restarts ---- */

static bool older_than_seven(void *ctx, const struct hc_revocation_mark *mark)
{
    assert_ptr_equal(ctx, &w);
    return hc_crl_number_cmp(mark->number, HC_BYTES("\x07")) < 0;
}

static void what_an_earlier_life_knew_keeps_an_older_crl_out(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_revocation_input in = {.older_than_known = older_than_seven, .known_ctx = &w};
    SET(s);
    add(&s, &(struct testcrl){.number = 6});
    HC_AUTO(hc_revocation) r = build_with(&s, in);
    assert_true(told(&s, HC_E_CRL_OLDER));
    assert_int_equal(hc_revocation_count(r), 0);
    expect_fail(&e, ask(r, &w.leaf, &e), HC_E_CRL_MISSING);
    SET(t);
    add(&t, &(struct testcrl){.number = 7});
    HC_AUTO(hc_revocation) q = build_with(&t, in);
    expect_ok(&e, ask(q, &w.leaf, &e));
}

struct marks {
    size_t n;
    uint8_t whose[8][HC_SHA256_SIZE];
    uint8_t number[8];
};

static void note(void *ctx, const struct hc_revocation_mark *mark)
{
    struct marks *m = ctx;
    memcpy(m->whose[m->n], mark->whose, HC_SHA256_SIZE);
    assert_int_equal(mark->number.n, 1);
    m->number[m->n++] = mark->number.p[0];
}

static void marks_tell_scopes_apart_and_leave_out_the_future(void **state)
{
    (void)state;
    struct marks m = {0};
    HC_BUF_AUTO(one, 256);
    testcrl_idp(&one, "http://crl.test/1", HC_BYTES(""));
    SET(s);
    add(&s, &(struct testcrl){.number = 3});
    add(&s, &(struct testcrl){.number = 4, .delta = true, .base = 1});
    add(&s, &(struct testcrl){.number = 2, .idp = hc_buf_view(&one)});
    add(&s, &(struct testcrl){.number = 9, .this_update = TESTPKI_NOW + HC_HOUR});
    HC_AUTO(hc_revocation) r = build(&s);
    hc_revocation_marks(r, note, &m);
    assert_int_equal(m.n, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(m.whose[i], m.whose[k], HC_SHA256_SIZE);
    SET(t); /* the next of the same scope has the same owner */
    add(&t, &(struct testcrl){.number = 5});
    HC_AUTO(hc_revocation) q = build(&t);
    struct marks next = {0};
    hc_revocation_marks(q, note, &next);
    assert_int_equal(next.n, 1);
    size_t same = 0;
    for (size_t i = 0; i < 3; i++)
        same += m.number[i] == 3 && memcmp(m.whose[i], next.whose[0], HC_SHA256_SIZE) == 0;
    assert_int_equal(same, 1);
    assert_true(hc_revocation_has(q, w.ca.cert->ski, HC_BYTES("\x05")));
    assert_false(hc_revocation_has(q, w.ca.cert->ski, HC_BYTES("\x06")));
    assert_false(hc_revocation_has(q, w.root.cert->ski, HC_BYTES("\x01")));
    assert_false(hc_revocation_has(NULL, w.ca.cert->ski, HC_BYTES("\x01")));
}

/* Another organisation may certify a CA of our name and key identifier: its numbers are its own. */
static void numbers_are_remembered_by_the_key_and_not_by_the_name(void **state)
{
    (void)state;
    struct testpki twin;
    struct marks m = {0};
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true, .posing_as = w.ca.cert}, &w.root,
                  &twin);
    const struct hc_cert *known[] = {twin.cert};
    SET(s);
    add(&s, &(struct testcrl){.number = 5});
    add(&s, &(struct testcrl){.number = 9, .signer = twin.key});
    HC_AUTO(hc_revocation) r = build_with(&s, (struct hc_revocation_input){.issuer = known, .n_issuers = 1});
    hc_revocation_marks(r, note, &m);
    assert_int_equal(m.n, 2);
    assert_memory_not_equal(m.whose[0], m.whose[1], HC_SHA256_SIZE);
    testpki_fini(&twin);
}

static int set_up(void **state)
{
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    struct testcrl_point points[] = {{.uri = "http://other.test/"}, {.uri = "http://crl.test/2"}};

    (void)state;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, NULL, &w.ca);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .usage = HC_KU_CRL_SIGN}, &w.root, &w.crl_signer);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, &w.root, &w.stranger);
    testcrl_leaf(&w.ca, NULL, 0, &w.leaf);
    testcrl_leaf(&w.ca, points, 2, &w.sharded);
    testpki_pem(&w.ca, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &w.bundle, &e));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hc_bundle_free(w.bundle);
    testpki_fini(&w.root);
    testpki_fini(&w.ca);
    testpki_fini(&w.crl_signer);
    testpki_fini(&w.stranger);
    testpki_fini(&w.leaf);
    testpki_fini(&w.sharded);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crls_that_contradict_each_other_about_their_age_both_count),
        cmocka_unit_test(crl_of_another_key_silences_none),
        cmocka_unit_test(shard_speaks_for_the_certificates_that_name_it),
        cmocka_unit_test(serial_in_any_shard_of_its_issuer_is_revoked),
        cmocka_unit_test(names_relative_to_the_issuer_are_compared_in_full),
        cmocka_unit_test(crl_for_one_kind_of_certificates_clears_no_other),
        cmocka_unit_test(every_reason_must_be_covered_by_crls_that_are_current),
        cmocka_unit_test(reasons_of_a_distribution_point_bound_what_its_crl_clears),
        cmocka_unit_test(indirect_crls_are_never_believed),
        cmocka_unit_test(certificate_whose_points_name_another_crl_issuer_is_told_so),
        cmocka_unit_test(delta_adds_to_its_base_and_takes_back_a_hold),
        cmocka_unit_test(delta_keeps_a_base_current_if_it_fits),
        cmocka_unit_test(newer_complete_crl_ends_what_an_older_delta_said),
        cmocka_unit_test(stale_is_judged_at_the_second),
        cmocka_unit_test(stale_shard_condemns_its_own_certificates_only),
        cmocka_unit_test(crl_of_another_key_of_the_issuer_counts_when_it_is_given),
        cmocka_unit_test(every_algorithm_is_verified_over_what_was_read),
        cmocka_unit_test(crl_too_long_for_ed25519_is_refused_with_the_way_out),
        cmocka_unit_test(what_an_earlier_life_knew_keeps_an_older_crl_out),
        cmocka_unit_test(marks_tell_scopes_apart_and_leave_out_the_future),
        cmocka_unit_test(numbers_are_remembered_by_the_key_and_not_by_the_name),
    };

    return cmocka_run_group_tests_name("pki/revocation_kinds", tests, set_up, tear_down);
}

/* leaves.h - certificates to record: one CA and one key for a group of tests, because making them costs more than the
 * tests. */
#ifndef HC_TEST_LEDGER_LEAVES_H
#define HC_TEST_LEDGER_LEAVES_H

#include "ledger/book.h"

#include "pki/making.h"

struct fixture {
    struct hc_crypto *crypto;
    struct made root, issuing, leaf;
};
static inline struct fixture *fixture_of(void)
{
    static struct fixture f;

    return &f;
}

static inline int make_fixture(void **state)
{
    struct fixture *f = fixture_of();
    struct hc_err e;

    (void)state;
    expect_ok(&e, hc_crypto_new(&f->crypto, &e));
    making_root(f->crypto, (struct hc_tbs_subtrees){0}, &f->root);
    making_issuer(f->crypto, &f->root, &f->issuing);
    making_key(f->crypto, HC_KEY_P256, &f->leaf);
    return 0;
}

static inline int free_fixture(void **state)
{
    struct fixture *f = fixture_of();

    (void)state;
    made_fini(&f->root);
    made_fini(&f->issuing);
    made_fini(&f->leaf);
    hc_crypto_free(f->crypto);
    return 0;
}

/* A leaf with this serial (8 bytes) and end, linted and signed. */
struct leaf {
    struct hc_linted_tbs *linted;
    struct hc_cert *cert;
};

static inline void leaf_fini(struct leaf *l)
{
    hc_linted_tbs_free(l->linted);
    hc_cert_free(l->cert);
}
#define LEAF(name, serial, days) __attribute__((cleanup(leaf_fini))) struct leaf name = make_leaf(serial, days)

static inline struct leaf make_leaf(const char *serial, int days)
{
    const struct fixture *f = fixture_of();
    const struct hc_cert *above[] = {f->issuing.cert, f->root.cert};
    struct hc_lint_rules rules = {.issuers = above, .n_issuers = 2};
    struct hc_tbs_request r = making_request(HC_PROFILE_SERVER, &f->leaf, &f->issuing);
    struct hc_name *a = making_name("dns:shop.example.com"), *b = making_name("ip:192.0.2.7");
    struct hc_name names[2] = {*a, *b};
    HC_AUTO(hc_tbs) tbs = NULL;
    struct leaf out = {0};
    struct hc_err e;

    r.names = names;
    r.n_names = 2;
    r.serial = hc_bytes_str(serial);
    r.not_after = MAKING_NOW + days * INT64_C(86400);
    out.cert = making_sign(&r, &rules, f->issuing.key);
    expect_ok(&e, hc_tbs_from_profile(&r, &tbs, &e));
    expect_ok(&e, hc_lint_tbs(&rules, tbs, NULL, &out.linted, &e));
    hc_name_free(a);
    hc_name_free(b);
    return out;
}

/* Records the intent of a certificate that replaces that of the intent `replaces` (0: none). */
static inline int64_t put_renewal(struct book *b, const struct leaf *leaf, const char *label, int64_t replaces)
{
    struct hc_ledger_request asked = {
        .at = MAKING_NOW,
        .who = HC_BYTES("tester"),
        .door = HC_BYTES("cli"),
        .issuer = HC_BYTES("issuing"),
        .identity = HC_BYTES("dns:shop.example.com"),
        .label = hc_bytes_str(label),
        .replaces = replaces,
    };
    struct hc_err e;
    int64_t id = 0;

    expect_ok(&e, hc_ledger_put_intent(b->l, &asked, leaf->linted, &id, &e));
    return id;
}

static inline int64_t put_intent(struct book *b, const struct leaf *leaf, const char *label)
{
    return put_renewal(b, leaf, label, 0);
}

static inline void put_both(struct book *b, const struct leaf *leaf, const char *label)
{
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_cert(b->l, put_intent(b, leaf, label), MAKING_NOW, leaf->cert, &e));
}

#endif

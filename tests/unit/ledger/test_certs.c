/* test_certs.c - intents before certificates, and what can be found again. */
#include "ledger/book.h"

#include "pki/making.h"

/* One CA and one leaf for the whole group; making them costs more than all the tests. */
struct fixture {
    struct hc_crypto *crypto;
    struct made root, issuing, leaf;
};
static struct fixture *fixture_of(void)
{
    static struct fixture f;

    return &f;
}

static int make_fixture(void **state)
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

static int free_fixture(void **state)
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

static void leaf_fini(struct leaf *l)
{
    hc_linted_tbs_free(l->linted);
    hc_cert_free(l->cert);
}
#define LEAF(name, serial, days) __attribute__((cleanup(leaf_fini))) struct leaf name = make_leaf(serial, days)

static struct leaf make_leaf(const char *serial, int days)
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
    expect_ok(&e, hc_lint_tbs(&rules, tbs, &out.linted, &e));
    hc_name_free(a);
    hc_name_free(b);
    return out;
}

static int64_t put_intent(struct book *b, const struct leaf *leaf, const char *label)
{
    struct hc_ledger_request asked = {
        .at = MAKING_NOW,
        .who = HC_BYTES("tester"),
        .door = HC_BYTES("cli"),
        .issuer = HC_BYTES("issuing"),
        .identity = HC_BYTES("dns:shop.example.com"),
        .label = hc_bytes_str(label),
    };
    struct hc_err e;
    int64_t id = 0;

    expect_ok(&e, hc_ledger_put_intent(b->l, &asked, leaf->linted, &id, &e));
    return id;
}

static void put_both(struct book *b, const struct leaf *leaf, const char *label)
{
    struct hc_err e;

    expect_ok(&e, hc_ledger_put_cert(b->l, put_intent(b, leaf, label), MAKING_NOW, leaf->cert, &e));
}

static int setup(void **state)
{
    book_setup(state);
    book_issuer(*state, "issuing", "");
    return 0;
}

static struct hc_rc show_intent(void *ctx, const struct hc_ledger_intent *row, struct hc_err *e)
{
    (void)e;
    hc_buf_addf(ctx, "%.*s %.*s %.*s/%.*s [%.*s] ", HC_BYTES_FMT(row->profile), HC_BYTES_FMT(row->asked.identity),
                HC_BYTES_FMT(row->asked.door), HC_BYTES_FMT(row->asked.who), HC_BYTES_FMT(row->names));
    hc_buf_add(ctx, row->serial);
    return HC_OK;
}

static void an_intent_without_a_certificate_stays_visible(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    HC_BUF_AUTO(text, 512);
    struct hc_err e;
    int64_t id = put_intent(b, &leaf, "");

    book_reopen(b);
    expect_ok(&e, hc_ledger_interrupted(b->l, show_intent, &text, &e));
    assert_string_equal(hc_buf_cstr(&text),
                        "server dns:shop.example.com cli/tester [dns:shop.example.com\nip:192.0.2.7] serial-1");
    expect_ok(&e, hc_ledger_put_cert(b->l, id, MAKING_NOW, leaf.cert, &e));
    hc_buf_clear(&text);
    expect_ok(&e, hc_ledger_interrupted(b->l, show_intent, &text, &e));
    assert_int_equal(text.n, 0);
}

static void a_certificate_needs_its_own_intent(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 1);
    int64_t id = put_intent(b, &one, "");
    struct hc_err e;

    expect_fail(&e, hc_ledger_put_cert(b->l, id, 1, two.cert, &e), HC_E_LEDGER);
    expect_fail(&e, hc_ledger_put_cert(b->l, id + 1, 1, one.cert, &e), HC_E_LEDGER);
    expect_ok(&e, hc_ledger_put_cert(b->l, id, 1, one.cert, &e));
    expect_fail(&e, hc_ledger_put_cert(b->l, id, 1, one.cert, &e), HC_E_LEDGER);
}

static void a_serial_is_used_once(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    struct hc_ledger_request asked = {.issuer = HC_BYTES("issuing")};
    struct hc_err e;
    int64_t id = 0;

    put_both(b, &one, "");
    expect_fail(&e, hc_ledger_put_intent(b->l, &asked, one.linted, &id, &e), HC_E_LEDGER);
}

static struct hc_rc show_cert(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)e;
    hc_buf_add(ctx, row->serial);
    hc_buf_addf(ctx, "%s ", row->revoked ? "!" : "");
    return HC_OK;
}

static void expect_found(struct book *b, struct hc_ledger_filter filter, const char *want)
{
    HC_BUF_AUTO(text, 512);
    struct hc_err e;
    size_t n = 99, blanks = 0;

    expect_ok(&e, hc_ledger_certs(b->l, &filter, show_cert, &text, &n, &e));
    assert_string_equal(hc_buf_cstr(&text), want);
    for (const char *p = want; *p; p++)
        blanks += *p == ' ';
    assert_int_equal(n, blanks);
}

static void certificates_are_found_by_every_filter(void **state)
{
    struct book *b = *state;
    LEAF(one, "serial-1", 1);
    LEAF(two, "serial-2", 5);
    struct hc_ledger_revocation gone = {
        .issuer = HC_BYTES("issuing"), .serial = HC_BYTES("serial-2"), .at = 7, .reason = 4};
    struct hc_err e;

    put_both(b, &one, "");
    put_both(b, &two, "phone");
    expect_ok(&e, hc_ledger_put_revocation(b->l, &gone, NULL, &e));
    expect_found(b, (struct hc_ledger_filter){.leaves = true}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:shop.example.com")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:other.example.com")}, "");
    expect_found(b, (struct hc_ledger_filter){.identity = HC_BYTES("dns:shop.example.com' OR '1'='1")}, "");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("dns:shop.example.com")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("ip:192.0.2.7"), .unrevoked = true}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.asserts = HC_BYTES("ip:192.0.2.8")}, "");
    expect_found(b, (struct hc_ledger_filter){.serial = HC_BYTES("serial-2")}, "serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.serial = HC_BYTES("serial-3")}, "");
    expect_found(b, (struct hc_ledger_filter){.unrevoked = true}, "serial-1 ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = MAKING_NOW + 86400}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.unexpired_at = MAKING_NOW + 86401}, "serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.profile = HC_BYTES("server")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.profile = HC_BYTES("person")}, "");
    expect_found(b, (struct hc_ledger_filter){.issuer = HC_BYTES("issuing")}, "serial-1 serial-2! ");
    expect_found(b, (struct hc_ledger_filter){.issuer = HC_BYTES("root")}, "");
}

static struct hc_rc check_row(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    const struct leaf *leaf = ctx;

    (void)e;
    assert_true(hc_bytes_eq(row->der, leaf->cert->der));
    assert_memory_equal(row->sha256.p, leaf->cert->sha256, 32);
    assert_int_equal(row->not_before, leaf->cert->not_before);
    assert_int_equal(row->not_after, leaf->cert->not_after);
    assert_true(hc_bytes_eq_str(row->label, "phone"));
    assert_true(row->revoked);
    assert_int_equal(row->revoked_at, 7);
    assert_int_equal(row->reason, 4);
    return HC_OK;
}

static void a_row_tells_all_about_its_certificate(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    struct hc_ledger_revocation gone = {
        .issuer = HC_BYTES("issuing"), .serial = HC_BYTES("serial-1"), .at = 7, .reason = 4};
    struct hc_ledger_filter all = {0};
    struct hc_err e;

    put_both(b, &leaf, "phone");
    expect_ok(&e, hc_ledger_put_revocation(b->l, &gone, NULL, &e));
    expect_ok(&e, hc_ledger_certs(b->l, &all, check_row, &leaf, NULL, &e));
}

static struct hc_rc refuse(void *ctx, const struct hc_ledger_cert *row, struct hc_err *e)
{
    (void)ctx;
    (void)row;
    return HC_FAIL(e, HC_E_USAGE, "enough");
}

static void a_failing_callback_ends_the_iteration(void **state)
{
    struct book *b = *state;
    LEAF(leaf, "serial-1", 1);
    struct hc_ledger_filter all = {0};
    struct hc_err e;

    put_both(b, &leaf, "");
    expect_fail(&e, hc_ledger_certs(b->l, &all, refuse, NULL, NULL, &e), HC_E_USAGE);
}

struct sweep {
    struct book *b;
    const struct leaf *leaf;
};

static struct hc_rc record(void *ctx, struct hc_err *e)
{
    struct sweep *s = ctx;
    struct hc_ledger_request asked = {.issuer = HC_BYTES("issuing")};
    int64_t id = 0;

    return hc_ledger_put_intent(s->b->l, &asked, s->leaf->linted, &id, e);
}

static void recording_survives_every_failed_allocation(void **state)
{
    LEAF(leaf, "serial-1", 1);
    struct sweep s = {.b = *state, .leaf = &leaf};

    assert_true(fault_sweep(record, &s) > 0);
}

int main(void)
{
#define LEDGER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, book_teardown)
    const struct CMUnitTest tests[] = {
        LEDGER_TEST(an_intent_without_a_certificate_stays_visible),
        LEDGER_TEST(a_certificate_needs_its_own_intent),
        LEDGER_TEST(a_serial_is_used_once),
        LEDGER_TEST(certificates_are_found_by_every_filter),
        LEDGER_TEST(a_row_tells_all_about_its_certificate),
        LEDGER_TEST(a_failing_callback_ends_the_iteration),
        LEDGER_TEST(recording_survives_every_failed_allocation),
    };

    return cmocka_run_group_tests_name("ledger/certs", tests, make_fixture, free_fixture);
}

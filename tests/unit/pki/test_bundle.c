/* test_bundle.c - a bundle is made whole or not at all (T10). */
#include "testpki.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/x509.h"
#include "pki/bundle.h"
#include "pki/subtree.h"

static struct {
    struct hc_crypto *crypto;
    struct testpki root, other, expired, early, leaf;
    char dir[64];
} w;

static struct hc_rc parse(struct hc_bytes pem, struct hc_bundle **out, struct hc_err *e)
{
    return hc_bundle_parse(w.crypto, pem, TESTPKI_NOW, out, e);
}

static void expect_refused(struct hc_bytes pem, enum hc_code want, const char *why)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    expect_fail(&e, parse(pem, &b, &e), want);
    assert_null(b);
    if (strstr(e.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, why);
}

static void bundle_holds_each_anchor_once_in_any_order(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    HC_BUF_AUTO(turned, 65536);
    HC_AUTO(hc_bundle) b = NULL;
    HC_AUTO(hc_bundle) t = NULL;
    HC_AUTO(hc_bundle) one = NULL;
    testpki_pem(&w.root, &pem);
    hc_buf_add_str(&pem, "# a comment between blocks\n");
    testpki_pem(&w.other, &pem);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.other, &turned);
    testpki_pem(&w.root, &turned);
    expect_ok(&e, parse(hc_buf_view(&pem), &b, &e));
    expect_ok(&e, parse(hc_buf_view(&turned), &t, &e));
    assert_int_equal(hc_bundle_count(b), 2);
    assert_true(hc_bytes_eq(hc_bundle_hash(b), hc_bundle_hash(t)));
    assert_true(hc_bundle_has(b, w.other.cert));
    assert_false(hc_bundle_has(b, w.leaf.cert));
    assert_non_null(hc_bundle_x509(b, 1));
    hc_buf_clear(&pem);
    testpki_pem(&w.root, &pem);
    expect_ok(&e, parse(hc_buf_view(&pem), &one, &e));
    assert_false(hc_bytes_eq(hc_bundle_hash(b), hc_bundle_hash(one)));
}

static void bundle_keeps_an_expired_anchor_beside_a_good_one(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);
    HC_AUTO(hc_bundle) b = NULL;
    testpki_pem(&w.expired, &pem);
    testpki_pem(&w.root, &pem);
    expect_ok(&e, parse(hc_buf_view(&pem), &b, &e));
    assert_int_equal(hc_bundle_count(b), 2);
}

/* T10: { empty, 0 certificates, malformed, one malformed among good ones, only expired, only early, only a leaf } */
static void bundle_refuses_what_holds_no_usable_anchor(void **state)
{
    (void)state;
    HC_BUF_AUTO(pem, 65536);
    expect_refused(HC_BYTES(""), HC_E_BUNDLE, "empty");
    expect_refused(HC_BYTES("hello\n"), HC_E_BUNDLE, "no certificate");
    expect_refused(HC_BYTES("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), HC_E_BUNDLE,
                   "no certificate");
    expect_refused(HC_BYTES("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), HC_E_PEM, "");
    expect_refused(HC_BYTES("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), HC_E_CERT_MALFORMED,
                   "certificate 1");
    testpki_pem(&w.root, &pem);
    hc_buf_add_str(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect_refused(hc_buf_view(&pem), HC_E_CERT_MALFORMED, "certificate 2");
    hc_buf_clear(&pem);
    testpki_pem(&w.expired, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "expired");
    hc_buf_clear(&pem);
    testpki_pem(&w.early, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "valid yet");
    hc_buf_clear(&pem);
    testpki_pem(&w.leaf, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "not a CA");
    hc_buf_clear(&pem);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.leaf, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_BUNDLE, "not a CA");
}

/* T10: { missing, empty, a directory, unreadable } */
static void bundle_refuses_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_bundle *b = NULL;
    char path[128];
    snprintf(path, sizeof(path), "%s/missing.pem", w.dir);
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_MISSING);
    assert_non_null(strstr(e.text, "missing.pem"));
    expect_fail(&e, hc_bundle_load(w.crypto, w.dir, TESTPKI_NOW, &b, &e), HC_E_FILE_UNREADABLE);
    snprintf(path, sizeof(path), "%s/empty.pem", w.dir);
    expect_ok(&e, hc_file_write_atomic(path, HC_BYTES(""), 0600, &e));
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_EMPTY);
    snprintf(path, sizeof(path), "%s/leaf.pem", w.dir);
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&w.leaf, &pem);
    expect_ok(&e, hc_file_write_atomic(path, hc_buf_view(&pem), 0600, &e));
    expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_BUNDLE);
    assert_non_null(strstr(e.text, "leaf.pem"));
    if (geteuid() != 0) {
        assert_int_equal(chmod(path, 0), 0);
        expect_fail(&e, hc_bundle_load(w.crypto, path, TESTPKI_NOW, &b, &e), HC_E_FILE_UNREADABLE);
    }
    assert_null(b);
}

/* ---- entries ---- */

struct entries {
    struct hc_buf pem[2];
    struct hc_subtree asserts[2];
    struct hc_bundle_entry entry[2];
};

static void subtree(const char *text, struct hc_subtree *out)
{
    struct hc_err e;
    expect_ok(&e, hc_subtree_parse(hc_bytes_str(text), out, &e));
}

/* Root in "a" with every name, Other in "b" with dns:b.example and ip:192.0.2.0/24. */
static void two_entries(struct entries *out)
{
    *out = (struct entries){.pem = {HC_BUF(65536), HC_BUF(65536)}};
    testpki_pem(&w.root, &out->pem[0]);
    testpki_pem(&w.other, &out->pem[1]);
    subtree("dns:b.example", &out->asserts[0]);
    subtree("ip:192.0.2.0/24", &out->asserts[1]);
    out->entry[0] = (struct hc_bundle_entry){.name = "a", .pem = hc_buf_view(&out->pem[0])};
    out->entry[1] = (struct hc_bundle_entry){
        .name = "b", .pem = hc_buf_view(&out->pem[1]), .asserts = out->asserts, .n_asserts = 2};
}

static void entries_fini(struct entries *t)
{
    hc_buf_fini(&t->pem[0]);
    hc_buf_fini(&t->pem[1]);
}

static struct hc_rc load_entries(const struct entries *t, struct hc_bundle **out, struct hc_err *e)
{
    return hc_bundle_load_entries(w.crypto, t->entry, 2, TESTPKI_NOW, out, e);
}

static void anchor_is_bound_by_the_entry_it_came_from(void **state)
{
    (void)state;
    struct hc_err e;
    struct entries t;
    HC_AUTO(hc_bundle) b = NULL;
    two_entries(&t);
    expect_ok(&e, load_entries(&t, &b, &e));
    entries_fini(&t); /* nothing of the input is needed any more */
    size_t n = 9, root = hc_bundle_find(b, w.root.cert), other = hc_bundle_find(b, w.other.cert);
    assert_string_equal(hc_bundle_entry_name(b, root), "a");
    assert_string_equal(hc_bundle_entry_name(b, other), "b");
    hc_bundle_asserts(b, root, &n);
    assert_int_equal(n, 0);
    assert_int_equal(hc_bundle_asserts(b, other, &n)[0].type, HC_NAME_DNS);
    assert_int_equal(n, 2);
    assert_false(hc_bundle_together(b, root, other));
    assert_true(hc_bundle_find(b, w.leaf.cert) == HC_BUNDLE_NONE);
    assert_true(hc_bundle_self_signed(b, root));
}

static void hash_of(const struct entries *t, uint8_t out[HC_SHA256_SIZE])
{
    struct hc_err e;
    HC_AUTO(hc_bundle) b = NULL;
    expect_ok(&e, load_entries(t, &b, &e));
    memcpy(out, hc_bundle_hash(b).p, HC_SHA256_SIZE);
}

static void hash_covers_names_and_asserts_and_no_order(void **state)
{
    (void)state;
    struct entries t;
    uint8_t first[HC_SHA256_SIZE], hash[HC_SHA256_SIZE];
    two_entries(&t);
    hash_of(&t, first);
    struct hc_bundle_entry swap = t.entry[0];
    t.entry[0] = t.entry[1];
    t.entry[1] = swap;
    hash_of(&t, hash);
    assert_memory_equal(first, hash, sizeof(hash));
    subtree("dns:b.example", &t.asserts[1]);
    subtree("ip:192.0.2.0/24", &t.asserts[0]);
    hash_of(&t, hash);
    assert_memory_equal(first, hash, sizeof(hash));
    t.entry[0].n_asserts = 1;
    hash_of(&t, hash);
    assert_memory_not_equal(first, hash, sizeof(hash));
    t.entry[0].n_asserts = 2;
    t.entry[0].name = "c";
    hash_of(&t, hash);
    assert_memory_not_equal(first, hash, sizeof(hash));
    t.entry[0].name = NULL;
    hash_of(&t, hash);
    assert_memory_not_equal(first, hash, sizeof(hash));
    entries_fini(&t);
}

static void expect_entries_refused(const struct entries *t, enum hc_code want, const char *why)
{
    struct hc_err e;
    struct hc_bundle *b = NULL;
    expect_fail(&e, load_entries(t, &b, &e), want);
    assert_null(b);
    assert_non_null(strstr(e.text, why));
}

static void one_anchor_or_one_key_in_two_entries_is_refused(void **state)
{
    (void)state;
    struct hc_err e;
    struct entries t;
    struct testpki again;
    two_entries(&t);
    t.entry[1].pem = t.entry[0].pem;
    expect_entries_refused(&t, HC_E_BUNDLE, "another name or other asserts");
    /* Another certificate of the same key is the same authority. */
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root 2", .ca = true, .key = w.root.key}, NULL, &again);
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&again, &pem);
    t.entry[1].pem = hc_buf_view(&pem);
    expect_entries_refused(&t, HC_E_BUNDLE, "entry, a");
    /* Bound alike there is nothing to choose. */
    HC_AUTO(hc_bundle) b = NULL;
    t.entry[1].name = "a";
    t.entry[1].n_asserts = 0;
    expect_ok(&e, load_entries(&t, &b, &e));
    assert_int_equal(hc_bundle_count(b), 2);
    testpki_fini(&again);
    entries_fini(&t);
}

static void entries_beyond_the_bounds_are_refused_by_name(void **state)
{
    (void)state;
    struct hc_err e;
    struct entries t;
    struct hc_bundle *b = NULL;
    two_entries(&t);
    expect_fail(&e, hc_bundle_load_entries(w.crypto, t.entry, 0, TESTPKI_NOW, &b, &e), HC_E_BUNDLE);
    expect_fail(&e, hc_bundle_load_entries(w.crypto, t.entry, HC_BUNDLE_ENTRIES + 1, TESTPKI_NOW, &b, &e), HC_E_BUNDLE);
    t.entry[1].n_asserts = HC_BUNDLE_ASSERTS + 1;
    expect_entries_refused(&t, HC_E_BUNDLE, "b: ");
    t.entry[1].n_asserts = 1;
    t.asserts[0].n = 0;
    t.asserts[0].type = HC_NAME_IP;
    expect_entries_refused(&t, HC_E_BUNDLE, "malformed");
    t.entry[1] = (struct hc_bundle_entry){.name = "b", .path = "/nonexistent/b.pem"};
    expect_entries_refused(&t, HC_E_FILE_MISSING, "b: ");
    entries_fini(&t);
}

static void anchor_with_a_serial_of_zero_is_refused(void **state)
{
    (void)state;
    struct testpki odd;
    HC_BUF_AUTO(pem, 65536);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Zero", .ca = true, .zero_serial = true}, NULL, &odd);
    testpki_pem(&odd, &pem);
    expect_refused(hc_buf_view(&pem), HC_E_CERT_SERIAL, "Zero");
    testpki_fini(&odd);
}

static struct hc_rc entries_and_free(void *ctx, struct hc_err *e)
{
    struct hc_bundle *b = NULL;
    struct hc_rc rc = load_entries(ctx, &b, e);
    hc_bundle_free(b);
    return rc;
}

static void entries_survive_every_failed_allocation(void **state)
{
    (void)state;
    struct entries t;
    two_entries(&t);
    assert_true(fault_sweep(entries_and_free, &t) > 5);
    entries_fini(&t);
}

static struct hc_rc parse_and_free(void *ctx, struct hc_err *e)
{
    struct hc_bundle *b = NULL;
    struct hc_rc rc = parse(hc_buf_view(ctx), &b, e);
    hc_bundle_free(b);
    return rc;
}

static void bundle_survives_every_failed_allocation(void **state)
{
    (void)state;
    HC_BUF_AUTO(pem, 65536);
    testpki_pem(&w.root, &pem);
    testpki_pem(&w.other, &pem);
    assert_true(fault_sweep(parse_and_free, &pem) > 3);
}

static int set_up(void **state)
{
    (void)state;
    struct hc_err e;
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Root", .ca = true}, NULL, &w.root);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "Other", .ca = true}, NULL, &w.other);
    testpki_issue(
        w.crypto,
        &(struct testpki_spec){
            .subject = "Old", .ca = true, .not_before = TESTPKI_NOW - 9 * HC_DAY, .not_after = TESTPKI_NOW - HC_DAY},
        NULL, &w.expired);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "New", .ca = true, .not_before = TESTPKI_NOW + HC_DAY},
                  NULL, &w.early);
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "leaf", .san = {"dns:a.example"}}, NULL, &w.leaf);
    strcpy(w.dir, "/tmp/test_bundle.XXXXXX");
    return mkdtemp(w.dir) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    testpki_fini(&w.root);
    testpki_fini(&w.other);
    testpki_fini(&w.expired);
    testpki_fini(&w.early);
    testpki_fini(&w.leaf);
    hc_crypto_free(w.crypto);
    return hc_failed(hc_dir_remove(w.dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundle_holds_each_anchor_once_in_any_order),
        cmocka_unit_test(bundle_keeps_an_expired_anchor_beside_a_good_one),
        cmocka_unit_test(bundle_refuses_what_holds_no_usable_anchor),
        cmocka_unit_test(bundle_refuses_a_file_that_cannot_be_read),
        cmocka_unit_test(anchor_is_bound_by_the_entry_it_came_from),
        cmocka_unit_test(hash_covers_names_and_asserts_and_no_order),
        cmocka_unit_test(one_anchor_or_one_key_in_two_entries_is_refused),
        cmocka_unit_test(entries_beyond_the_bounds_are_refused_by_name),
        cmocka_unit_test(anchor_with_a_serial_of_zero_is_refused),
        cmocka_unit_test(entries_survive_every_failed_allocation),
        cmocka_unit_test(bundle_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("pki/bundle", tests, set_up, tear_down);
}

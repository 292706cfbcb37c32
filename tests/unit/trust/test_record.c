/* test_record.c - the memory of what was put is strict, private, and never behind the stores. */
#include "hc_test.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "trust/record.h"

#define SHA_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SHA_B "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "handclasp trust 1\n"
#define LINE_A "nss\t" SHA_A "\tHandclasp A 00112233\t/home/a b/.pki/nssdb\n"

static char dir[64], state_dir[96], file[128];

static void make(struct hc_store *store, struct hc_anchor *anchor, const char *sha256)
{
    *store = (struct hc_store){.kind = HC_STORE_NSS, .path = "/home/a b/.pki/nssdb"};
    assert_true(hc_anchor_named(anchor, hc_bytes_str(sha256), HC_BYTES("Handclasp A 00112233")));
}

static void lines_are_kept_until_they_are_dropped(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_store store;
    struct hc_anchor a, b;
    struct stat st;
    HC_BUF_AUTO(text, 4096);
    make(&store, &a, SHA_A);
    make(&store, &b, SHA_B);
    {
        HC_RECORDS(r);
        expect_ok(&e, hc_records_open(state_dir, true, &r, &e));
        assert_int_equal(r.n, 0);
        expect_ok(&e, hc_records_add(&r, &store, &a, &e));
        expect_ok(&e, hc_records_add(&r, &store, &b, &e));
        expect_ok(&e, hc_records_add(&r, &store, &a, &e));
        assert_int_equal(r.n, 2);
    }
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(state_dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    HC_RECORDS(r);
    expect_ok(&e, hc_records_open(state_dir, true, &r, &e));
    assert_int_equal(r.n, 2);
    assert_non_null(hc_records_find(&r, HC_STORE_NSS, store.path, SHA_A));
    assert_null(hc_records_find(&r, HC_STORE_JAVA, store.path, SHA_A));
    assert_null(hc_records_find(&r, HC_STORE_NSS, "/elsewhere", SHA_A));
    expect_ok(&e, hc_records_drop(&r, HC_STORE_NSS, store.path, SHA_B, &e));
    expect_ok(&e, hc_records_drop(&r, HC_STORE_NSS, store.path, SHA_B, &e));
    expect_ok(&e, hc_file_read(file, &text, &e));
    assert_string_equal(hc_buf_cstr(&text), HEAD LINE_A);
    expect_ok(&e, hc_records_drop(&r, HC_STORE_NSS, store.path, SHA_A, &e));
    assert_int_equal(stat(file, &st), -1); /* nothing is left behind */
}

static void two_changes_at_once_are_refused_and_readers_are_not(void **state)
{
    (void)state;
    struct hc_err e;
    HC_RECORDS(one);
    HC_RECORDS(two);
    HC_RECORDS(reader);
    expect_ok(&e, hc_records_open(state_dir, true, &one, &e));
    expect_fail(&e, hc_records_open(state_dir, true, &two, &e), HC_E_TRUST_STORE);
    assert_non_null(strstr(e.text, "another handclasp"));
    expect_ok(&e, hc_records_open(state_dir, false, &reader, &e));
}

static void record_that_is_not_strict_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"nonsense\n", "does not begin"},
        {"handclasp trust 2\n" LINE_A, "another version"},
        {"handclasp trust 1", "line 1"},
        {HEAD "nss", "line 2"},
        {HEAD LINE_A "\n", "line 3"},
        {HEAD "nsa\t" SHA_A "\tHandclasp\t/a\n", "line 2"},
        {HEAD "nss\t" SHA_A "0\tHandclasp\t/a\n", "line 2"},
        {HEAD "nss\tZ0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\tHandclasp\t/a\n", "line 2"},
        {HEAD "nss\t00112233445566778899AABBccddeeff00112233445566778899aabbccddeeff\tHandclasp\t/a\n", "line 2"},
        {HEAD "nss\t" SHA_A "\t\t/a\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHand\x1b[clasp\t/a\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHandclasp\ta\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHandclasp\t\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHandclasp\t/a\x01\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHandclasp\t/a\tmore\n", "line 2"},
        {HEAD "nss\t" SHA_A "\tHandclasp\n", "line 2"},
    };
    struct hc_err e;
    for (size_t i = 0; i < HC_COUNT(bad); i++) {
        HC_RECORDS(r);
        expect_fail(&e, hc_records_parse(hc_bytes_str(bad[i].text), &r, &e), HC_E_TRUST_STORE);
        if (!strstr(e.text, bad[i].why))
            fail_msg("%zu: '%s' does not say '%s'", i, e.text, bad[i].why);
        assert_int_equal(r.n, 0);
    }
    HC_RECORDS(r);
    expect_ok(&e, hc_records_parse(HC_BYTES(HEAD LINE_A LINE_A), &r, &e)); /* the same twice counts once */
    assert_int_equal(r.n, 1);
    expect_ok(&e, hc_records_parse(HC_BYTES(""), &r, &e));
    assert_int_equal(r.n, 0);
}

static void record_has_a_bound(void **state)
{
    (void)state;
    struct hc_err e;
    HC_BUF_AUTO(text, HC_RECORDS_BYTES);
    HC_RECORDS(r);
    hc_buf_add_str(&text, HEAD);
    for (size_t i = 0; i <= HC_RECORDS_MAX; i++)
        hc_buf_addf(&text, "java\t" SHA_A "\tHandclasp\t/store/%zu\n", i);
    expect_fail(&e, hc_records_parse(hc_buf_view(&text), &r, &e), HC_E_TOO_BIG);
}

static void record_that_others_may_touch_is_refused(void **state)
{
    (void)state;
    struct hc_err e;
    HC_RECORDS(r);
    expect_ok(&e, hc_dir_make(state_dir, 0700, &e));
    expect_ok(&e, hc_file_write_atomic(file, HC_BYTES(HEAD LINE_A), 0666, &e));
    chmod(file, 0666);
    expect_fail(&e, hc_records_open(state_dir, true, &r, &e), HC_E_PERMISSIONS);
    chmod(file, 0600);
    expect_ok(&e, hc_records_open(state_dir, true, &r, &e));
    assert_int_equal(r.n, 1);
    hc_records_fini(&r);
    chmod(state_dir, 0770);
    expect_fail(&e, hc_records_open(state_dir, false, &r, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod go-w"));
    chmod(state_dir, 0700);
    if (geteuid() == 0 && chown(file, 65534, (gid_t)-1) == 0) { /* root, led by a user's record */
        expect_fail(&e, hc_records_open(state_dir, true, &r, &e), HC_E_PERMISSIONS);
        assert_non_null(strstr(e.text, "belongs to another user"));
    }
    unlink(file);
}

static struct hc_rc whole_life(void *ctx, struct hc_err *e)
{
    (void)ctx;
    struct hc_store store;
    struct hc_anchor a, b;
    HC_RECORDS(r);
    make(&store, &a, SHA_A);
    make(&store, &b, SHA_B);
    unlink(file);
    HC_TRY(e, hc_records_open(state_dir, true, &r, e));
    HC_TRY(e, hc_records_add(&r, &store, &a, e));
    HC_TRY(e, hc_records_add(&r, &store, &b, e));
    HC_TRY(e, hc_records_drop(&r, HC_STORE_NSS, store.path, SHA_A, e));
    return hc_records_drop(&r, HC_STORE_NSS, store.path, SHA_B, e);
}

static void record_survives_every_failed_allocation(void **state)
{
    (void)state;
    assert_true(fault_sweep(whole_life, NULL) > 4);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_record.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    snprintf(state_dir, sizeof state_dir, "%s/state/handclasp", dir);
    snprintf(file, sizeof file, "%s/trust", state_dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    struct hc_err e;
    return hc_failed(hc_dir_remove(dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_kept_until_they_are_dropped),
        cmocka_unit_test(two_changes_at_once_are_refused_and_readers_are_not),
        cmocka_unit_test(record_that_is_not_strict_is_refused_with_its_line),
        cmocka_unit_test(record_has_a_bound),
        cmocka_unit_test(record_that_others_may_touch_is_refused),
        cmocka_unit_test(record_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("trust/record", tests, set_up, tear_down);
}

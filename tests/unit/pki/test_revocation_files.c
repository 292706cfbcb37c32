/* test_revocation_files.c - CRLs from files: in constant memory, read again only when they changed, never half. */
#include "testcrl.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "pki/bundle.h"
#include "pki/crl.h"
#include "pki/pem.h"
#include "pki/revocation.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

static struct {
    struct hc_crypto *crypto;
    struct testpki ca, leaf;
    struct hc_bundle *bundle;
    char dir[64];
    size_t n_told;
    enum hc_code told;
} w;

static void tell(void *ctx, enum hc_code code, const char *source, const char *text)
{
    (void)ctx;
    (void)source;
    (void)text;
    w.n_told++;
    w.told = code;
}

static void path_of(const char *name, char out[HC_PATH])
{
    struct hc_err e;

    expect_ok(&e, hc_path_join(out, w.dir, name, &e));
}

static void write_file(const char *name, struct hc_bytes data)
{
    struct hc_err e;
    char path[HC_PATH];

    path_of(name, path);
    expect_ok(&e, hc_file_write_atomic(path, data, 0600, &e));
}

static void write_crl(const char *name, const struct testcrl *spec)
{
    HC_BUF_AUTO(der, HC_CRL_MAX);

    testcrl_make(spec, &w.ca, &der);
    write_file(name, hc_buf_view(&der));
}

static struct hc_revocation *load_paths(const char *const *path, size_t n, const struct hc_revocation *previous)
{
    struct hc_err e;
    struct hc_revocation *r = NULL;
    struct hc_revocation_input in = {.previous = previous, .bundle = w.bundle, .now = TESTPKI_NOW, .alarm = tell};

    w.n_told = 0;
    expect_ok(&e, hc_revocation_load(w.crypto, path, n, &in, &r, &e));
    return r;
}

static struct hc_revocation *load(const struct hc_revocation *previous)
{
    const char *paths[] = {w.dir};

    return load_paths(paths, 1, previous);
}

static struct hc_rc ask(const struct hc_revocation *r, struct hc_err *e)
{
    struct hc_revocation_query q = {.cert = w.leaf.cert, .issuer = w.ca.cert, .now = TESTPKI_NOW};

    return hc_revocation_check(w.crypto, r, &q, e);
}

static int clean(void **state)
{
    (void)state;
    struct hc_err e;
    struct hc_names names = {0};

    expect_ok(&e, hc_dir_list(w.dir, "", 100, &names, &e));
    for (size_t i = 0; i < names.n; i++) {
        char path[HC_PATH];
        path_of(names.name[i], path);
        unlink(path);
    }
    hc_names_fini(&names);
    return 0;
}

#define MILLION 1000000

/* What the program has in memory now, in bytes. */
static size_t resident(void)
{
    size_t whole = 0, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu %zu", &whole, &pages), 2);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void million_entries_are_read_in_the_memory_of_their_table(void **state)
{
    (void)state;
    struct hc_err e;
    struct stat st;
    char path[HC_PATH];

    write_crl("big.crl", &(struct testcrl){.number = 1, .n_many = MILLION, .entry = {{HC_BYTES("\x2a"), 1}}});
    path_of("big.crl", path);
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 40 * 1000 * 1000);
    size_t before = resident();
    HC_AUTO(hc_revocation) r = load(NULL);
    size_t grown = resident() - before;
    assert_int_equal(w.n_told, 0);
    assert_true(hc_revocation_memory(r) < 24 * 1000 * 1000);
#if !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED) /* whose allocator keeps what was freed */
    assert_true(grown < 24 * 1000 * 1000);
#endif
    print_message("%lld bytes of CRL: %zu in the set, %zu more resident\n", (long long)st.st_size,
                  hc_revocation_memory(r), grown);
    expect_fail(&e, ask(r, &e), HC_E_REVOKED);
}

/* Sets the file's times to long ago, as if it had been there for a while; ctime cannot be set, so it waits. */
static void changed_file_of_the_same_times_is_read_again_unless_it_had_settled(void **state)
{
    (void)state;
    struct hc_err e;
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    char path[HC_PATH];
    HC_BUF_AUTO(one, HC_CRL_MAX);
    HC_BUF_AUTO(two, HC_CRL_MAX);

    testcrl_make(&(struct testcrl){.number = 1, .entry = {{HC_BYTES("\x2b"), 1}}}, &w.ca, &one);
    do { /* of the same length: ECDSA signatures vary */
        hc_buf_clear(&two);
        testcrl_make(&(struct testcrl){.number = 2, .entry = {{HC_BYTES("\x2a"), 1}}}, &w.ca, &two);
    } while (two.n != one.n);
    write_file("a.crl", hc_buf_view(&one));
    path_of("a.crl", path);
    assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
    HC_AUTO(hc_revocation) r = load(NULL); /* its ctime is now: not settled */
    expect_ok(&e, ask(r, &e));
    HC_FD fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, two.p, two.n, 0), two.n);
    assert_int_equal(futimens(fd, old), 0);
    HC_AUTO(hc_revocation) next = load(r);
    expect_fail(&e, ask(next, &e), HC_E_REVOKED);
}

/* Bytes that this program has read so far; 0 where the system does not tell. */
static size_t bytes_read(void)
{
    size_t n = 0;
    FILE *f = fopen("/proc/self/io", "r");

    if (f != NULL && fscanf(f, "rchar: %zu", &n) != 1)
        n = 0;
    if (f != NULL)
        fclose(f);
    return n;
}

static void settled_file_is_not_read_again(void **state)
{
    (void)state;
    struct hc_err e;
    char path[HC_PATH];
    HC_BUF_AUTO(one, HC_CRL_MAX);

    testcrl_make(&(struct testcrl){.number = 1, .n_many = 20000}, &w.ca, &one);
    write_file("a.crl", hc_buf_view(&one));
    path_of("a.crl", path);
    sleep(4); /* until its ctime is surely past */
    HC_AUTO(hc_revocation) r = load(NULL);
    struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_nsec = UTIME_OMIT}};
    size_t before = bytes_read();
    HC_AUTO(hc_revocation) next = load(r);
    assert_true(bytes_read() - before < one.n / 2);
    expect_ok(&e, ask(next, &e));
    assert_int_equal(w.n_told, 0);
    /* Setting the time of the last access changes ctime, which is reason enough to read it again. */
    assert_int_equal(utimensat(AT_FDCWD, path, long_ago, 0), 0);
    before = bytes_read();
    HC_AUTO(hc_revocation) again = load(next);
    assert_true(before == 0 || bytes_read() - before >= one.n);
    expect_ok(&e, ask(again, &e));
    write_crl("a.crl", &(struct testcrl){.number = 2, .entry = {{HC_BYTES("\x2a"), 1}}});
    HC_AUTO(hc_revocation) changed = load(again);
    expect_fail(&e, ask(changed, &e), HC_E_REVOKED);
}

static void bad_files_keep_what_was_good(void **state)
{
    (void)state;
    struct hc_err e;
    char path[HC_PATH];
    HC_BUF_AUTO(good, HC_CRL_MAX);
    HC_BUF_AUTO(two, HC_CRL_MAX);

    testcrl_make(&(struct testcrl){.number = 1, .entry = {{HC_BYTES("\x2a"), 1}}}, &w.ca, &good);
    hc_pem_emit(&two, HC_PEM_CRL, hc_buf_view(&good));
    hc_pem_emit(&two, HC_PEM_CRL, hc_buf_view(&good));
    const struct {
        struct hc_bytes data;
        enum hc_code told;
    } rows[] = {
        {HC_BYTES(""), HC_E_FILE_EMPTY},
        {HC_BYTES("garbage"), HC_E_CRL_MALFORMED},
        {hc_bytes_head(hc_buf_view(&good), good.n - 1), HC_E_CRL_MALFORMED},
        {hc_buf_view(&two), HC_E_CRL_MALFORMED},
        {HC_BYTES("\x30\x84\x10\x00\x00\x00"), HC_E_TOO_BIG},
    };
    write_file("a.crl", hc_buf_view(&good));
    HC_AUTO(hc_revocation) r = load(NULL);
    for (size_t i = 0; i < HC_COUNT(rows); i++) {
        write_file("a.crl", rows[i].data);
        HC_AUTO(hc_revocation) next = load(r);
        assert_int_equal(w.n_told, 1);
        assert_int_equal(w.told, rows[i].told);
        expect_fail(&e, ask(next, &e), HC_E_REVOKED);
    }
    /* Gigantic and hollow: nothing of it is read. */
    path_of("a.crl", path);
    assert_int_equal(truncate(path, INT64_C(1) << 40), 0);
    HC_AUTO(hc_revocation) huge = load(r);
    assert_int_equal(w.told, HC_E_TOO_BIG);
    expect_fail(&e, ask(huge, &e), HC_E_REVOKED);
}

static void fifo_and_directory_in_the_place_of_a_file_do_not_hang(void **state)
{
    (void)state;
    struct hc_err e;
    char path[HC_PATH], other[HC_PATH];

    path_of("a.crl", path);
    path_of("b.crl", other);
    write_crl("a.crl", &(struct testcrl){.number = 1, .entry = {{HC_BYTES("\x2a"), 1}}});
    HC_AUTO(hc_revocation) r = load(NULL);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(mkdir(other, 0700), 0);
    HC_AUTO(hc_revocation) next = load(r);
    assert_int_equal(w.n_told, 2);
    assert_int_equal(w.told, HC_E_FILE_UNREADABLE);
    expect_fail(&e, ask(next, &e), HC_E_REVOKED);
    rmdir(other);
}

static struct hc_rc load_and_ask(void *ctx, struct hc_err *e)
{
    const char *paths[] = {w.dir};
    struct hc_revocation_input in = {.bundle = w.bundle, .now = TESTPKI_NOW};
    HC_AUTO(hc_revocation) r = NULL;

    (void)ctx;
    HC_TRY(e, hc_revocation_load(w.crypto, paths, 1, &in, &r, e));
    return ask(r, e);
}

static void load_survives_every_failed_allocation(void **state)
{
    (void)state;
    struct hc_err e;

    write_crl("a.crl", &(struct testcrl){.number = 1, .n_many = 100});
    for (unsigned k = 1; k < 128; k++) {
        fault_alloc_at(k);
        struct hc_rc rc = load_and_ask(NULL, &e);
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
    struct hc_err e;
    HC_BUF_AUTO(pem, 65536);

    (void)state;
    snprintf(w.dir, sizeof(w.dir), "/tmp/hc-test-revocation-XXXXXX");
    assert_non_null(mkdtemp(w.dir));
    expect_ok(&e, hc_crypto_new(&w.crypto, &e));
    testpki_issue(w.crypto, &(struct testpki_spec){.subject = "CA", .ca = true}, NULL, &w.ca);
    testcrl_leaf(&w.ca, NULL, 0, &w.leaf);
    testpki_pem(&w.ca, &pem);
    expect_ok(&e, hc_bundle_parse(w.crypto, hc_buf_view(&pem), TESTPKI_NOW, &w.bundle, &e));
    return 0;
}

static int tear_down(void **state)
{
    clean(state);
    rmdir(w.dir);
    hc_bundle_free(w.bundle);
    testpki_fini(&w.ca);
    testpki_fini(&w.leaf);
    hc_crypto_free(w.crypto);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(million_entries_are_read_in_the_memory_of_their_table, clean),
        cmocka_unit_test_teardown(changed_file_of_the_same_times_is_read_again_unless_it_had_settled, clean),
        cmocka_unit_test_teardown(settled_file_is_not_read_again, clean),
        cmocka_unit_test_teardown(bad_files_keep_what_was_good, clean),
        cmocka_unit_test_teardown(fifo_and_directory_in_the_place_of_a_file_do_not_hang, clean),
        cmocka_unit_test_teardown(load_survives_every_failed_allocation, clean),
    };

    return cmocka_run_group_tests_name("pki/revocation_files", tests, set_up, tear_down);
}

/* test_ring.c - the last refusals on disk: who makes room for whom, and what is believed of a file. */
#include "hc_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "observe/ring_file.h"

#define SHARE (HC_RING_SLOTS / HC_RING_SHARE)

struct fixture {
    char dir[64];
    char path[96];
    struct hc_ring *ring;
    /* what was read */
    size_t n, of_a, of_b;
    char newest[HC_WHY_TEXT], oldest[HC_WHY_TEXT], oldest_b[HC_WHY_TEXT];
    size_t damaged;
    size_t stop_after;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    strcpy(f->dir, "/tmp/handclasp-ring-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof f->path, "%s/gate-shop.why", f->dir);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    hc_ring_free(f->ring);
    expect_ok(&e, hc_dir_remove(f->dir, &e));
    free(f);
    return 0;
}

static void open_ring(struct fixture *f)
{
    struct hc_err e = {0};

    expect_ok(&e, hc_ring_open(f->path, &f->ring, &e));
}

static void close_ring(struct fixture *f)
{
    hc_ring_free(f->ring);
    f->ring = NULL;
}

/* So many refusals of one source; text is "SOURCE NUMBER". Waits where the queue is full. */
static void put_from(struct fixture *f, const char *network, const char *source, size_t from, size_t n)
{
    static struct hc_why w;

    for (size_t i = from; i < from + n; i++) {
        memset(&w, 0, sizeof w);
        snprintf(w.text, sizeof w.text, "%s %zu", source, i);
        while (!hc_ring_put(f->ring, &w, (struct hc_ring_from){hc_bytes_str(source), hc_bytes_str(network)}))
            usleep(500);
    }
}

static void put(struct fixture *f, const char *source, size_t from, size_t n)
{
    put_from(f, source, source, from, n);
}

static bool count(void *ctx, const struct hc_why *w)
{
    struct fixture *f = ctx;

    if (f->n++ == 0)
        strcpy(f->newest, w->text);
    strcpy(f->oldest, w->text);
    f->of_a += w->text[0] == 'a';
    f->of_b += w->text[0] == 'b';
    if (w->text[0] == 'b')
        strcpy(f->oldest_b, w->text);
    return f->n != f->stop_after;
}

static void read_ring(struct fixture *f)
{
    struct hc_err e = {0};

    f->n = f->of_a = f->of_b = f->damaged = 0;
    expect_ok(&e, hc_ring_read(f->path, count, f, &f->damaged, &e));
}

static void records_are_read_the_newest_first_by_whoever_owns_the_file(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    open_ring(f);
    put(f, "a", 0, 3);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, 3);
    assert_string_equal(f->newest, "a 2");
    assert_string_equal(f->oldest, "a 0");
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, HC_RING_FILE_SIZE);
    assert_true(st.st_blocks * 512 < 256 * 1024); /* sparse */
    f->stop_after = 2;
    read_ring(f);
    assert_int_equal(f->n, 2);
}

static void a_source_that_floods_overwrites_its_own_and_nobody_elses(void **state)
{
    struct fixture *f = *state;

    open_ring(f);
    put(f, "b", 0, 10);
    put(f, "a", 0, 3 * HC_RING_SLOTS);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->of_a, SHARE);
    assert_int_equal(f->of_b, 10);
    assert_string_equal(f->newest, "a 3071");
    assert_string_equal(f->oldest_b, "b 0");
}

/* Whoever has a /48 of IPv6 has 65536 sources. */
static void a_network_of_many_sources_fills_no_more_than_a_quarter(void **state)
{
    struct fixture *f = *state;
    char source[16];

    open_ring(f);
    put(f, "b", 0, 5);
    for (size_t i = 0; i < 2 * HC_RING_SLOTS; i++) {
        snprintf(source, sizeof source, "a%zu", i);
        put_from(f, "a", source, i, 1);
    }
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->of_b, 5);
    assert_int_equal(f->of_a, HC_RING_SLOTS / HC_RING_NETWORK);
    snprintf(source, sizeof source, "a%d %d", 2 * HC_RING_SLOTS - 1, 2 * HC_RING_SLOTS - 1);
    assert_string_equal(f->newest, source);
    open_ring(f); /* and the file knows it */
    put_from(f, "a", "a9", 1, 1);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->of_b, 5);
    assert_int_equal(f->of_a, HC_RING_SLOTS / HC_RING_NETWORK);
}

/* Faster than the disk, too: what waits is shared as the file is. */
static void a_source_that_floods_leaves_room_in_the_queue(void **state)
{
    struct fixture *f = *state;
    static struct hc_why w;
    struct hc_ring_from a = {HC_BYTES("a"), HC_BYTES("a")}, b = {HC_BYTES("b"), HC_BYTES("b")};
    size_t shed = 0;

    open_ring(f);
    for (size_t i = 0; i < 200; i++) {
        strcpy(w.text, "a");
        for (size_t k = 0; k < HC_RING_QUEUE; k++)
            shed += !hc_ring_put(f->ring, &w, a);
        strcpy(w.text, "b");
        if (i % 20 == 0)
            assert_true(hc_ring_put(f->ring, &w, b));
    }
    assert_true(shed > 0);
    assert_int_equal(hc_ring_lost(f->ring), 0); /* a flood is no alarm */
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->of_b, 10);
}

static void a_full_ring_loses_its_oldest(void **state)
{
    struct fixture *f = *state;
    char source[16];

    open_ring(f);
    put(f, "b", 0, 5);
    for (size_t i = 0; i < HC_RING_SLOTS - 2; i++) {
        snprintf(source, sizeof source, "c%zu", i);
        put(f, source, i, 1);
    }
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, HC_RING_SLOTS);
    assert_int_equal(f->of_b, 2);
    assert_string_equal(f->oldest, "b 3");
}

static void a_ring_goes_on_where_it_was_when_it_is_opened_again(void **state)
{
    struct fixture *f = *state;

    open_ring(f);
    put(f, "b", 0, 2);
    put(f, "a", 0, SHARE);
    close_ring(f);
    open_ring(f);
    put(f, "a", SHARE, 1); /* its share is known still, and who is oldest */
    put(f, "b", 2, 1);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, SHARE + 3);
    assert_int_equal(f->of_a, SHARE);
    assert_string_equal(f->newest, "b 2");
    assert_string_equal(f->oldest, "b 0");
}

/* Bytes over the file, as a torn write or a stranger would leave them. */
static void scribble(const struct fixture *f, off_t at, const void *bytes, size_t n)
{
    HC_FD fd = open(f->path, O_WRONLY | O_CLOEXEC);

    assert_int_equal(pwrite(fd, bytes, n, at), (ssize_t)n);
}

static void a_torn_record_is_counted_skipped_and_written_over(void **state)
{
    struct fixture *f = *state;

    open_ring(f);
    put(f, "b", 0, 3);
    close_ring(f);
    scribble(f, hc_ring_file_slot_at(1) + HC_RING_SLOT_HEAD + 10, "torn", 4);
    read_ring(f);
    assert_int_equal(f->n, 2);
    assert_int_equal(f->damaged, 1);
    open_ring(f);
    put(f, "b", 3, 1);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, 3);
    assert_int_equal(f->damaged, 0);
    assert_string_equal(f->newest, "b 3");
}

static void a_head_that_lies_about_length_and_number_is_not_believed(void **state)
{
    struct fixture *f = *state;
    uint8_t wild[HC_RING_SLOT_HEAD];

    open_ring(f);
    put(f, "b", 0, 1);
    close_ring(f);
    memset(wild, 0xff, sizeof wild);
    scribble(f, hc_ring_file_slot_at(7), wild, sizeof wild);
    read_ring(f);
    assert_int_equal(f->n, 1);
    assert_int_equal(f->damaged, 1);
    open_ring(f);
    put(f, "b", 1, 1);
    close_ring(f);
    read_ring(f);
    assert_string_equal(f->newest, "b 1");
}

static void a_whole_record_that_says_nothing_sensible_is_counted_as_damaged(void **state)
{
    struct fixture *f = *state;
    struct hc_ring_key key;
    uint8_t head[HC_RING_HEAD], slot[HC_RING_SLOT];
    HC_FD fd = -1;
    size_t n;

    open_ring(f);
    close_ring(f);
    fd = open(f->path, O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, head, sizeof head, 0), (ssize_t)sizeof head);
    assert_true(hc_ring_file_head_read(head, &key));
    n = hc_ring_file_slot_make(&key, &(struct hc_ring_slot){.sequence = 1}, HC_BYTES("nonsense"), slot);
    assert_int_equal(pwrite(fd, slot, n, hc_ring_file_slot_at(0)), (ssize_t)n);
    read_ring(f);
    assert_int_equal(f->n, 0);
    assert_int_equal(f->damaged, 1);
}

static void a_file_that_is_no_ring_is_refused_by_readers_and_replaced_by_the_gate(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_FILE_MISSING);
    expect_ok(&e, hc_file_write_atomic(f->path, HC_BYTES("anything at all"), 0600, &e));
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_WHY_STORE);
    assert_int_equal(truncate(f->path, HC_RING_FILE_SIZE), 0);
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_WHY_STORE);
    open_ring(f);
    put(f, "b", 0, 1);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, 1);
    scribble(f, 20, "x", 1); /* the head is damaged: no key, no records */
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_WHY_STORE);
    open_ring(f);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, 0);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};

    open_ring(f);
    close_ring(f);
    assert_int_equal(chmod(f->path, 0640), 0);
    expect_fail(&e, hc_ring_open(f->path, &f->ring, &e), HC_E_PERMISSIONS);
    assert_non_null(strstr(e.text, "chmod 600"));
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_PERMISSIONS);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(symlink("/etc/passwd", f->path), 0);
    expect_fail(&e, hc_ring_open(f->path, &f->ring, &e), HC_E_WHY_STORE);
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_FILE_UNREADABLE);
    assert_int_equal(unlink(f->path), 0);
    assert_int_equal(mkfifo(f->path, 0600), 0); /* nobody waits for it */
    expect_fail(&e, hc_ring_open(f->path, &f->ring, &e), HC_E_WHY_STORE);
    expect_fail(&e, hc_ring_read(f->path, count, f, NULL, &e), HC_E_WHY_STORE);
    expect_fail(&e, hc_ring_open("/nonexistent/gate-shop.why", &f->ring, &e), HC_E_WHY_STORE);
}

static void two_writers_never_share_a_ring(void **state)
{
    struct fixture *f = *state;
    struct hc_ring *second = NULL;
    struct hc_err e = {0};

    open_ring(f);
    expect_fail(&e, hc_ring_open(f->path, &second, &e), HC_E_WHY_STORE);
    assert_non_null(strstr(e.text, "another gate"));
    assert_null(second);
    put(f, "b", 0, 1); /* while others read */
    for (int tries = 0; tries < 2000; tries++) {
        read_ring(f);
        if (f->n == 1)
            break;
        usleep(1000);
    }
    assert_int_equal(f->n, 1);
    close_ring(f);
    open_ring(f);
}

static void a_gate_that_closes_its_ring_a_moment_later_is_waited_for(void **state)
{
    struct fixture *f = *state;
    pid_t child;
    int held = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_int_equal(flock(held, LOCK_EX | LOCK_NB), 0);
    child = fork();
    if (child == 0) {
        usleep(120000);
        _exit(0);
    }
    close(held); /* the child holds it still */
    open_ring(f);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_disk_without_room_is_told_at_once(void **state)
{
    struct fixture *f = *state;
    struct hc_err e = {0};
    pid_t child = fork();
    int status = 1;

    if (child == 0) { /* a limit on the size of files is a full disk of one's own */
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){16384, 16384});
        _exit(hc_ring_open(f->path, &f->ring, &e).code == HC_E_DISK_FULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void what_comes_faster_than_the_disk_takes_it_is_lost_and_counted(void **state)
{
    struct fixture *f = *state;
    static struct hc_why w;
    size_t kept = 0, n = 4 * HC_RING_QUEUE;

    assert_false(hc_ring_put(NULL, &w, (struct hc_ring_from){HC_BYTES("a"), HC_BYTES("a")}));
    open_ring(f);
    for (size_t i = 0; i < n; i++) {
        snprintf(w.text, sizeof w.text, "a %zu", i);
        struct hc_bytes source = hc_bytes_of(&i, sizeof i);
        kept += hc_ring_put(f->ring, &w, (struct hc_ring_from){source, source});
    }
    assert_int_equal(hc_ring_lost(f->ring), n - kept);
    close_ring(f);
    read_ring(f);
    assert_int_equal(f->n, kept < HC_RING_SLOTS ? kept : HC_RING_SLOTS);
}

/* The vectors of the paper's reference: key 00..0f, input 00..0e and the empty one. */
static void the_hash_is_siphash(void **state)
{
    struct hc_ring_key key;
    uint8_t in[15];

    (void)state;
    for (uint8_t i = 0; i < 16; i++)
        key.k[i] = i;
    for (uint8_t i = 0; i < sizeof in; i++)
        in[i] = i;
    assert_true(hc_ring_file_hash(&key, hc_bytes_of(in, sizeof in)) == UINT64_C(0xa129ca6149be45e5));
    assert_true(hc_ring_file_hash(&key, hc_bytes_of(in, 0)) == UINT64_C(0x726fdb47dd0e0e31));
}

static struct hc_rc open_and_close(void *ctx, struct hc_err *e)
{
    struct fixture *f = ctx;

    HC_TRY(e, hc_ring_open(f->path, &f->ring, e));
    close_ring(f);
    return HC_OK;
}

static struct hc_rc read_once(void *ctx, struct hc_err *e)
{
    struct fixture *f = ctx;

    return hc_ring_read(f->path, count, f, NULL, e);
}

static void a_lack_of_memory_is_told_and_leaks_nothing(void **state)
{
    struct fixture *f = *state;

    assert_true(fault_sweep(open_and_close, f) > 0);
    assert_true(fault_sweep(read_once, f) > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(records_are_read_the_newest_first_by_whoever_owns_the_file),
        T(a_source_that_floods_overwrites_its_own_and_nobody_elses),
        T(a_network_of_many_sources_fills_no_more_than_a_quarter),
        T(a_source_that_floods_leaves_room_in_the_queue),
        T(a_full_ring_loses_its_oldest),
        T(a_ring_goes_on_where_it_was_when_it_is_opened_again),
        T(a_torn_record_is_counted_skipped_and_written_over),
        T(a_head_that_lies_about_length_and_number_is_not_believed),
        T(a_whole_record_that_says_nothing_sensible_is_counted_as_damaged),
        T(a_file_that_is_no_ring_is_refused_by_readers_and_replaced_by_the_gate),
        T(a_file_that_others_may_read_is_refused),
        T(two_writers_never_share_a_ring),
        T(a_gate_that_closes_its_ring_a_moment_later_is_waited_for),
        T(a_disk_without_room_is_told_at_once),
        T(what_comes_faster_than_the_disk_takes_it_is_lost_and_counted),
        cmocka_unit_test(the_hash_is_siphash),
        T(a_lack_of_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests_name("observe/ring", tests, NULL, NULL);
}

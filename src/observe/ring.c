/*
 * ring.c - the writer's side: a bounded queue, and one thread that takes from it.
 *
 * Invariants: `slot` is what the file holds, by the word of its own sums, and is touched by the thread only once that
 * runs; the queue is touched under the lock only. The file is locked (flock) as long as it is open, so that two processes
 * never write one ring. A record is written with one call, without fsync: a crash of the process loses none, and one that
 * the machine's end tore has a wrong sum.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "observe/ring_file.h"

#define LOCK_TRIES 10 /* a gate that is being restarted finds its predecessor closing the file */
#define LOCK_PAUSE_NS 50000000
#define GATHER_NS 1000000 /* what comes within a millisecond is written at one waking */

struct queued {
    uint8_t *p; /* owned; the record */
    size_t n;
    uint64_t source;
};

struct hc_ring {
    int fd;
    struct hc_ring_key key;
    struct hc_ring_slot slot[HC_RING_SLOTS]; /* length is not kept */
    uint64_t sequence;                       /* of the newest */
    uint8_t bytes[HC_RING_SLOT];             /* of the slot that is being written */

    pthread_t thread;
    bool started;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t more;
    struct queued queue[HC_RING_QUEUE]; /* from `first` on, around the end */
    size_t first, n;
    uint64_t lost;
    bool ending;
};

/* --- the file ----------------------------------------------------------------------------------------------------- */

static void pause_ns(long ns)
{
    struct timespec t = {.tv_nsec = ns};

    (void)nanosleep(&t, NULL);
}

static enum hc_code disk_code(int sys)
{
    return sys == ENOSPC || sys == EDQUOT || sys == EFBIG ? HC_E_DISK_FULL : HC_E_WHY_STORE;
}

static struct hc_rc lock_file(int fd, const char *path, struct hc_err *e)
{
    for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot lock %s", path);
        if (tries == LOCK_TRIES)
            return HC_FAIL(e, HC_E_WHY_STORE, "another gate writes %s; give this one another --name or another --state",
                           path);
        pause_ns(LOCK_PAUSE_NS);
    }
    return HC_OK;
}

static struct hc_rc check_ours(int fd, const char *path, struct hc_err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return HC_FAIL_SYS(e, HC_E_SYSTEM, errno, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode))
        return HC_FAIL(e, HC_E_WHY_STORE, "%s is no regular file; remove it", path);
    if (st.st_uid != geteuid())
        return HC_FAIL(e, HC_E_PERMISSIONS, "%s belongs to user %u, not to this gate's; remove it", path,
                       (unsigned)st.st_uid);
    if (st.st_mode & 077)
        return HC_FAIL(e, HC_E_PERMISSIONS, "others may read the records in %s: chmod 600 %s", path, path);
    return HC_OK;
}

static struct hc_rc open_file(const char *path, int *out, struct hc_err *e)
{
    HC_FD fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

    if (fd < 0)
        return HC_FAIL_SYS(e, disk_code(errno), errno, "cannot open %s", path);
    HC_TRY(e, check_ours(fd, path, e));
    HC_TRY(e, lock_file(fd, path, e));
    *out = fd;
    fd = -1;
    return HC_OK;
}

/* Everything that was in it goes. Sparse: a slot takes room once it is written. */
static struct hc_rc make_anew(struct hc_ring *r, const char *path, struct hc_err *e)
{
    uint8_t head[HC_RING_HEAD];

    HC_TRY(e, hc_ring_file_head_make(&r->key, head, e));
    if (ftruncate(r->fd, 0) != 0 || pwrite(r->fd, head, sizeof head, 0) != (ssize_t)sizeof head ||
        ftruncate(r->fd, HC_RING_FILE_SIZE) != 0)
        return HC_FAIL_SYS(e, disk_code(errno), errno, "cannot write %s", path);
    return HC_OK;
}

static bool is_ring(struct hc_ring *r)
{
    uint8_t head[HC_RING_HEAD];
    struct stat st;

    return fstat(r->fd, &st) == 0 && st.st_size == HC_RING_FILE_SIZE &&
           pread(r->fd, head, sizeof head, 0) == (ssize_t)sizeof head && hc_ring_file_head_read(head, &r->key);
}

/* What is damaged counts as empty, and is written next. */
static void read_slots(struct hc_ring *r)
{
    for (size_t i = 0; i < HC_RING_SLOTS; i++) {
        struct hc_ring_slot slot;

        if (hc_ring_file_slot_read(r->fd, &r->key, i, r->bytes, &slot) != HC_RING_RECORD)
            continue;
        r->slot[i] = slot;
        if (slot.sequence > r->sequence)
            r->sequence = slot.sequence;
    }
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

/* The number of a source: its upper half is its network's. Hashes under the file's own key: nobody can choose whom he
 * shares one with. */
static uint64_t number_of(const struct hc_ring *r, struct hc_ring_from from)
{
    return hc_ring_file_hash(&r->key, from.network) >> 32 << 32 | hc_ring_file_hash(&r->key, from.source) >> 32;
}

static bool same_network(uint64_t a, uint64_t b)
{
    return a >> 32 == b >> 32;
}

/* How many slots some of them hold, and the oldest. */
struct held {
    size_t n, oldest;
};

static void hold(struct held *h, const struct hc_ring *r, size_t i)
{
    if (h->n++ == 0 || r->slot[i].sequence < r->slot[h->oldest].sequence)
        h->oldest = i;
}

/* The oldest of the source's own when it holds its share, of its network's when that does, else the oldest of all; empty
 * ones are older than any. */
static size_t choose_slot(const struct hc_ring *r, uint64_t source)
{
    struct held all = {0}, own = {0}, near = {0};

    for (size_t i = 0; i < HC_RING_SLOTS; i++) {
        hold(&all, r, i);
        if (r->slot[i].sequence > 0 && same_network(r->slot[i].source, source))
            hold(&near, r, i);
        if (r->slot[i].sequence > 0 && r->slot[i].source == source)
            hold(&own, r, i);
    }
    return own.n >= HC_RING_SLOTS / HC_RING_SHARE      ? own.oldest
           : near.n >= HC_RING_SLOTS / HC_RING_NETWORK ? near.oldest
                                                       : all.oldest;
}

static bool write_one(struct hc_ring *r, const struct queued *q)
{
    size_t i = choose_slot(r, q->source);
    struct hc_ring_slot slot = {.sequence = r->sequence + 1, .source = q->source};
    size_t n = hc_ring_file_slot_make(&r->key, &slot, hc_bytes_of(q->p, q->n), r->bytes);
    ssize_t written;

    do
        written = pwrite(r->fd, r->bytes, n, hc_ring_file_slot_at(i));
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)n) { /* a full disk: what stood there may be half overwritten */
        if (written > 0)
            r->slot[i] = (struct hc_ring_slot){.sequence = 0};
        return false;
    }
    r->sequence++;
    r->slot[i] = slot;
    return true;
}

/* Waits for a record; false when the ring ends and nothing is left. */
static bool take(struct hc_ring *r, struct queued *out, bool *was_last)
{
    bool taken;

    pthread_mutex_lock(&r->lock);
    while (r->n == 0 && !r->ending)
        pthread_cond_wait(&r->more, &r->lock);
    taken = r->n > 0;
    if (taken) {
        *out = r->queue[r->first];
        r->first = (r->first + 1) % HC_RING_QUEUE;
        r->n--;
    }
    *was_last = r->n == 0 && !r->ending;
    pthread_mutex_unlock(&r->lock);
    return taken;
}

static void count_lost(struct hc_ring *r)
{
    pthread_mutex_lock(&r->lock);
    r->lost++;
    pthread_mutex_unlock(&r->lock);
}

static void *run(void *ctx)
{
    struct hc_ring *r = ctx;
    struct queued q;
    bool was_last;
    sigset_t all;

    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (take(r, &q, &was_last)) {
        if (!write_one(r, &q))
            count_lost(r);
        free(q.p);
        if (was_last) /* to be woken for each of many would cost the workers more than the records do */
            pause_ns(GATHER_NS);
    }
    return NULL;
}

/* --- from outside ------------------------------------------------------------------------------------------------- */

static struct hc_rc start(struct hc_ring *r, const char *path, struct hc_err *e)
{
    HC_TRY(e, open_file(path, &r->fd, e));
    if (is_ring(r))
        read_slots(r);
    else
        HC_TRY(e, make_anew(r, path, e));
    if (pthread_create(&r->thread, NULL, run, r) != 0)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot start the thread that writes %s", path);
    r->started = true;
    return HC_OK;
}

struct hc_rc hc_ring_open(const char *path, struct hc_ring **out, struct hc_err *e)
{
    HC_AUTO(hc_ring) r = calloc(1, sizeof *r);

    if (!r)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for records of refusals");
    r->fd = -1;
    pthread_mutex_init(&r->lock, NULL); /* with default attributes neither can fail */
    pthread_cond_init(&r->more, NULL);
    HC_TRY(e, start(r, path, e));
    *out = HC_GIVE(r);
    return HC_OK;
}

void hc_ring_free(struct hc_ring *r)
{
    if (!r)
        return;
    if (r->started) {
        pthread_mutex_lock(&r->lock);
        r->ending = true;
        pthread_cond_signal(&r->more);
        pthread_mutex_unlock(&r->lock);
        pthread_join(r->thread, NULL);
    }
    pthread_cond_destroy(&r->more);
    pthread_mutex_destroy(&r->lock);
    hc_fd_close(&r->fd);
    free(r);
}

static bool has_room(const struct hc_ring *r, uint64_t source)
{
    size_t own = 0, near = 0;

    for (size_t i = 0; i < r->n; i++) {
        uint64_t other = r->queue[(r->first + i) % HC_RING_QUEUE].source;

        own += other == source;
        near += same_network(other, source);
    }
    return r->n < HC_RING_QUEUE && own < HC_RING_QUEUE / HC_RING_SHARE && near < HC_RING_QUEUE / HC_RING_NETWORK;
}

static bool enqueue(struct hc_ring *r, const struct queued *q)
{
    bool taken;

    pthread_mutex_lock(&r->lock);
    taken = has_room(r, q->source);
    if (taken) {
        r->queue[(r->first + r->n) % HC_RING_QUEUE] = *q;
        if (r->n++ == 0) /* the thread sleeps only while there is nothing */
            pthread_cond_signal(&r->more);
    } else if (r->n == HC_RING_QUEUE) {
        r->lost++; /* one that only meets its own share is a flood's: nobody misses it */
    }
    pthread_mutex_unlock(&r->lock);
    return taken;
}

bool hc_ring_put(struct hc_ring *r, const struct hc_why *w, struct hc_ring_from from)
{
    HC_BUF_AUTO(record, HC_WHY_BYTES);
    struct queued q;

    if (!r)
        return false;
    hc_why_emit(w, &record);
    if (record.failed != HC_OK_CODE) {
        count_lost(r);
        return false;
    }
    q = (struct queued){.p = record.p, .n = record.n, .source = number_of(r, from)};
    if (!enqueue(r, &q))
        return false;
    record.p = NULL; /* the queue's now */
    return true;
}

uint64_t hc_ring_lost(struct hc_ring *r)
{
    uint64_t lost;

    pthread_mutex_lock(&r->lock);
    lost = r->lost;
    pthread_mutex_unlock(&r->lock);
    return lost;
}

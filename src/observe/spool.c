/*
 * spool.c - two buffers: one is filled by whoever logs, the other is written; then they change places.
 *
 * Invariants: `filling` is touched under the lock only, `writing` by the spool's thread only. The descriptor may block
 * as long as it likes: only the spool's thread waits for it, with poll first, so that it can still be told to end. A
 * stopped terminal blocks the write all the same; at the end a signal interrupts it.
 */
#include "observe/spool.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define POLL_MS 100
#define INTERRUPT SIGURG  /* ignored by default, and nothing here has urgent data */
#define GATHER_NS 1000000 /* what comes within a millisecond after a line is written together */
#define PIECE 4096        /* PIPE_BUF: when poll says that a pipe is writable, this much fits without blocking */

struct hc_spool {
    struct hc_log_sink sink;
    int fd;
    enum hc_log_form form;
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct hc_buf filling;
    struct hc_buf writing;
    uint64_t lost;       /* under the lock */
    uint64_t lost_told;  /* under the lock */
    bool ending;         /* under the lock */
    uint64_t give_up_ms; /* under the lock; when ending */
};

static void put(void *ctx, struct hc_bytes line)
{
    struct hc_spool *s = ctx;
    bool was_empty;

    pthread_mutex_lock(&s->lock);
    was_empty = s->filling.n == 0;
    if (s->filling.n + line.n > HC_SPOOL_BYTES) {
        s->lost++;
    } else {
        hc_buf_add(&s->filling, line);
        if (s->filling.failed != HC_OK_CODE) { /* no memory: what was queued before is whole */
            s->filling.failed = HC_OK_CODE;
            s->lost++;
        }
    }
    if (was_empty && s->filling.n > 0) /* the writer sleeps only while there is nothing to write */
        pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
}

static bool given_up(struct hc_spool *s)
{
    bool yes;

    pthread_mutex_lock(&s->lock);
    yes = s->ending && hc_mono_ms() >= s->give_up_ms;
    pthread_mutex_unlock(&s->lock);
    return yes;
}

/* Writes all of `writing`, unless the end comes first. */
static void drain(struct hc_spool *s)
{
    struct hc_bytes left = hc_buf_view(&s->writing);

    while (left.n > 0 && !given_up(s)) {
        struct pollfd p = {.fd = s->fd, .events = POLLOUT};
        ssize_t n;

        if (poll(&p, 1, POLL_MS) <= 0)
            continue;
        n = write(s->fd, left.p, left.n < PIECE ? left.n : PIECE);
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            return; /* the reader is gone: what is left cannot be told to anybody */
        left = hc_bytes_skip(left, n > 0 ? (size_t)n : 0);
    }
}

/* Under the lock; put() keeps the room for it. */
static void tell_lost(struct hc_spool *s)
{
    char time[HC_TIME_TEXT];
    unsigned long long lost = s->lost - s->lost_told;

    if (lost == 0)
        return;
    hc_time_text(hc_time_now(), time);
    if (s->form == HC_LOG_JSON)
        hc_buf_addf(
            &s->filling,
            "{\"time\":\"%s\",\"level\":\"error\",\"event\":\"alarm\",\"text\":\"%llu lines of this log were lost\"}\n",
            time, lost);
    else
        hc_buf_addf(&s->filling, "%s error alarm text=\"%llu lines of this log were lost\"\n", time, lost);
    s->lost_told = s->lost;
}

/* Waits for lines and takes them all; false when the spool ends and nothing is left. */
static bool take(struct hc_spool *s)
{
    struct hc_buf swap;

    pthread_mutex_lock(&s->lock);
    while (s->filling.n == 0 && !s->ending)
        pthread_cond_wait(&s->more, &s->lock);
    tell_lost(s);
    swap = s->writing;
    s->writing = s->filling;
    s->filling = swap;
    hc_buf_clear(&s->filling);
    pthread_mutex_unlock(&s->lock);
    return s->writing.n > 0;
}

/* A busy gate logs a line every few microseconds. To be woken for each of them would cost more than to write it. */
static void gather(void)
{
    struct timespec t = {.tv_nsec = GATHER_NS};

    (void)nanosleep(&t, NULL);
}

static void *run(void *ctx)
{
    struct hc_spool *s = ctx;
    sigset_t all;

    sigfillset(&all); /* signals are the main thread's; SIGPIPE too, so that a reader that left shows as an error */
    sigdelset(&all, INTERRUPT);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    while (take(s)) {
        drain(s);
        gather();
    }
    return NULL;
}

struct hc_rc hc_spool_new(int fd, enum hc_log_form form, struct hc_spool **out, struct hc_err *e)
{
    HC_AUTO(hc_spool) s = calloc(1, sizeof *s);

    if (!s)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for the log's queue");
    s->fd = fd;
    s->form = form;
    s->sink = (struct hc_log_sink){put, s};
    s->filling = HC_BUF(HC_SPOOL_BYTES + HC_LOG_LINE);
    s->writing = HC_BUF(HC_SPOOL_BYTES + HC_LOG_LINE);
    pthread_mutex_init(&s->lock, NULL); /* with default attributes neither can fail */
    pthread_cond_init(&s->more, NULL);
    if (pthread_create(&s->thread, NULL, run, s) != 0)
        return HC_FAIL(e, HC_E_SYSTEM, "cannot start the thread that writes the log");
    s->started = true;
    *out = HC_GIVE(s);
    return HC_OK;
}

static void nothing(int sig)
{
    (void)sig;
}

static bool ends_within(struct hc_spool *s, unsigned ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until); /* the join knows no other clock */
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_timedjoin_np(s->thread, NULL, &until) == 0;
}

/* Again and again: a signal that comes just before the write does not interrupt it. */
static void interrupt(struct hc_spool *s)
{
    struct sigaction action = {.sa_handler = nothing}; /* without SA_RESTART */
    struct sigaction before;

    (void)sigaction(INTERRUPT, &action, &before);
    do
        (void)pthread_kill(s->thread, INTERRUPT);
    while (!ends_within(s, POLL_MS));
    (void)sigaction(INTERRUPT, &before, NULL);
}

static void end_thread(struct hc_spool *s)
{
    pthread_mutex_lock(&s->lock);
    s->ending = true;
    s->give_up_ms = hc_mono_ms() + HC_SPOOL_PATIENCE_MS;
    pthread_cond_signal(&s->more);
    pthread_mutex_unlock(&s->lock);
    if (!ends_within(s, HC_SPOOL_PATIENCE_MS + 2 * POLL_MS))
        interrupt(s);
}

void hc_spool_free(struct hc_spool *s)
{
    if (!s)
        return;
    if (s->started)
        end_thread(s);
    pthread_cond_destroy(&s->more);
    pthread_mutex_destroy(&s->lock);
    hc_buf_fini(&s->filling);
    hc_buf_fini(&s->writing);
    free(s);
}

const struct hc_log_sink *hc_spool_sink(const struct hc_spool *s)
{
    return &s->sink;
}

uint64_t hc_spool_lost(struct hc_spool *s)
{
    uint64_t lost;

    pthread_mutex_lock(&s->lock);
    lost = s->lost;
    pthread_mutex_unlock(&s->lock);
    return lost;
}

/* ticker.c - a thread of its own that counts seconds, for the call that it waits for does nothing but block. */
#include "cmd/ticker.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/progress.h"

#define QUIET_MS 2000
#define TICK_MS 200

struct hc_ticker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop; /* under the lock */
    struct hc_progress progress;
};

/* True when the tick is over and nobody said stop. */
static bool tick(struct hc_ticker *t)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&t->lock);
    while (!t->stop && pthread_cond_timedwait(&t->changed, &t->lock, &until) == 0)
        ;
    bool stop = t->stop;
    pthread_mutex_unlock(&t->lock);
    return !stop;
}

static void *count(void *ctx)
{
    struct hc_ticker *t = ctx;
    while (tick(t)) {
        uint64_t ms = hc_mono_ms() - t->progress.began_ms;
        if (ms >= QUIET_MS)
            hc_progress_at(&t->progress, (int64_t)(ms / 1000));
    }
    return NULL;
}

struct hc_ticker *hc_ticker_start(const char *what)
{
    struct hc_ticker *t = isatty(STDERR_FILENO) == 1 ? calloc(1, sizeof *t) : NULL;
    if (!t)
        return NULL;
    t->progress = hc_progress_start(what, 0);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->changed, NULL);
    if (pthread_create(&t->thread, NULL, count, t) == 0)
        return t;
    free(t);
    return NULL;
}

void hc_ticker_stop(struct hc_ticker *t)
{
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
    hc_progress_end(&t->progress);
    pthread_cond_destroy(&t->changed);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

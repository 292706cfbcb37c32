/*
 * progress.h - how far a long piece of work has come, on stderr, for whoever waits for it.
 *
 * On a terminal a bar with percentage and time left, redrawn at most ten times a second and erased at the end.
 * Elsewhere nothing for two seconds, then a plain line, and one more every ten seconds: a log that fills says nothing.
 *
 *     HC_PROGRESS(p, "Signing", n);
 *     for (size_t i = 0; i < n; i++) {
 *         ...
 *         hc_progress_at(&p, i + 1);
 *     }
 *     hc_progress_end(&p);       before something else is printed; leaving the block does it too
 */
#ifndef HC_CMD_PROGRESS_H
#define HC_CMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct hc_progress {
    const char *what; /* borrowed: "Signing" */
    int64_t total;    /* 0: unknown, which shows a count; may be set once it is known */
    uint64_t began_ms;
    uint64_t drawn_ms; /* when something was written last; 0: never */
    bool terminal;
    bool on_line; /* a bar stands on the last line */
};

/* Writes nothing yet. Never fails: whoever cannot be told is not told. */
struct hc_progress hc_progress_start(const char *what, int64_t total);

/* `done` of p->total are done. Cheap enough for every step: a look at the clock, and rarely a write. */
void hc_progress_at(struct hc_progress *p, int64_t done);

/* Erases the bar. May be called more than once. */
void hc_progress_end(struct hc_progress *p);

/* Scope clean-up. */
#define HC_PROGRESS(name, what, total)                                                                                 \
    __attribute__((cleanup(hc_progress_end))) struct hc_progress name = hc_progress_start((what), (total))

#endif

/* progress.c - a bar for people, a line now and then for logs. */
#include "cmd/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

#define REDRAW_MS 100    /* ten times a second: smooth, and no terminal on a slow line is flooded */
#define FIRST_BAR_MS 300 /* what is done sooner needs no bar that flickers */
#define FIRST_LINE_MS 2000
#define NEXT_LINE_MS 10000
#define BAR_CELLS 30
#define LINE_MAX 256

struct hc_progress hc_progress_start(const char *what, int64_t total)
{
    return (struct hc_progress){
        .what = what,
        .total = total,
        .began_ms = hc_mono_ms(),
        .terminal = isatty(STDERR_FILENO) == 1,
    };
}

static bool due(const struct hc_progress *p, uint64_t now)
{
    if (p->drawn_ms == 0)
        return now - p->began_ms >= (p->terminal ? FIRST_BAR_MS : FIRST_LINE_MS);
    return now - p->drawn_ms >= (p->terminal ? REDRAW_MS : NEXT_LINE_MS);
}

/* From what the work done so far took; the first steps tell too little. */
static void time_left(const struct hc_progress *p, int64_t done, uint64_t now, struct hc_buf *out)
{
    char age[HC_AGE_TEXT];
    double took = (double)(now - p->began_ms) / 1000;
    if (done <= 0 || done >= p->total || took < 1)
        return;
    double left = took / (double)done * (double)(p->total - done);
    if (left < HC_DAY * 365.0)
        hc_buf_addf(out, ", %s left", hc_age_text((int64_t)left + 1, age));
}

static void bar(int64_t percent, struct hc_buf *out)
{
    int64_t filled = percent * BAR_CELLS / 100;
    hc_buf_add_str(out, " [");
    for (int64_t i = 0; i < BAR_CELLS; i++)
        hc_buf_add_byte(out, i < filled ? '#' : '.');
    hc_buf_add_str(out, "]");
}

static void draw(const struct hc_progress *p, int64_t done, uint64_t now, struct hc_buf *out)
{
    hc_buf_add_str(out, p->terminal ? "\r\033[K" : "handclasp: ");
    hc_buf_add_str(out, p->what);
    if (p->total > 0) {
        int64_t clamped = done < 0 ? 0 : done < p->total ? done : p->total;
        int64_t percent = (int64_t)((double)clamped / (double)p->total * 100);
        if (p->terminal)
            bar(percent, out);
        hc_buf_addf(out, " %lld%% (%lld of %lld)", (long long)percent, (long long)clamped, (long long)p->total);
        time_left(p, clamped, now, out);
    } else {
        hc_buf_addf(out, ": %lld", (long long)done);
    }
    if (!p->terminal)
        hc_buf_add_str(out, "\n");
}

static void say(struct hc_bytes text)
{
    ssize_t n =
        write(STDERR_FILENO, text.p, text.n); /* once: what cannot be written is lost, and nobody waits for it */
    (void)n;
}

void hc_progress_at(struct hc_progress *p, int64_t done)
{
    uint64_t now = hc_mono_ms();
    if (!due(p, now))
        return;
    HC_BUF_AUTO(out, LINE_MAX);
    draw(p, done, now, &out);
    p->drawn_ms = now;
    p->on_line = p->terminal;
    say(hc_buf_view(&out));
}

void hc_progress_end(struct hc_progress *p)
{
    if (p->on_line)
        say(HC_BYTES("\r\033[K"));
    p->on_line = false;
}

/*
 * log.h - where lines for the operator go: one line, one write(2), to a descriptor that belongs to the caller.
 *
 * A line is text on a terminal and JSON elsewhere. Values pass the escaper of the form; nothing else reaches the line.
 *
 *     2026-11-21T10:00:00Z info  request path=/index.html agent="two words" status=200
 *     {"time":"2026-11-21T10:00:00Z","level":"info","event":"request","path":"/","agent":"two words","status":200}
 *
 * Threads: one struct hc_log may be used by any number of threads at once; lines never interleave (on a pipe: up to
 * PIPE_BUF).
 */
#ifndef HC_BASE_LOG_H
#define HC_BASE_LOG_H

#include <stdint.h>

#include "base/buf.h"

enum hc_log_form { HC_LOG_TEXT, HC_LOG_JSON };
enum hc_level { HC_LEVEL_DEBUG, HC_LEVEL_INFO, HC_LEVEL_WARNING, HC_LEVEL_ERROR };

/* Takes whole lines instead of the descriptor; called by any thread. */
struct hc_log_sink {
    void (*put)(void *ctx, struct hc_bytes line);
    void *ctx;
};

struct hc_log {
    int fd; /* borrowed */
    enum hc_log_form form;
    enum hc_level least;            /* lines below are dropped */
    bool color;                     /* text form only */
    const struct hc_log_sink *sink; /* borrowed; NULL: lines are written to fd by whoever logs, which may block */
};

/* stderr; text on a terminal, JSON otherwise; colour on a terminal unless NO_COLOR is set. */
struct hc_log hc_log_stderr(void);

/*
 * A line under construction: a time, a level, a message, then any number of fields. Bounded at HC_LOG_LINE bytes: a
 * value that takes more than a quarter of it is cut and ends with "...", and a field for which no room is left is left
 * out, so that no stranger's value can keep a line out of the log. Keys are constants of this program.
 */
#define HC_LOG_LINE 8192
struct hc_line {
    const struct hc_log *log;
    bool dropped;
    struct hc_buf buf;
};

/* `what` is a short constant of this program ("request", "alarm"); `now` in seconds UTC. */
void hc_line_begin(struct hc_line *line, const struct hc_log *log, enum hc_level level, const char *what, int64_t now);
void hc_line_bytes(struct hc_line *line, const char *key, struct hc_bytes value);
void hc_line_str(struct hc_line *line, const char *key, const char *value); /* NULL leaves the field out */
void hc_line_int(struct hc_line *line, const char *key, int64_t value);
/* Writes it and releases the line. A line that could not be made or written is lost; logging never fails its caller. */
void hc_line_end(struct hc_line *line);

/* A whole line with one field "text". */
void hc_log_say(const struct hc_log *log, enum hc_level level, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif

/*
 * log.c - builds a line in memory, writes it with one write(2).
 *
 * A stranger chooses some of the values. A long one is cut, so that no value can push the fields after it, or the line
 * itself, out of the log.
 */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

#define LINE_END 2                  /* "}\n": kept free until the end */
#define FIELD_MAX (HC_LOG_LINE / 4) /* of an escaped field: three hostile ones leave room for what we have to say */

struct hc_log hc_log_stderr(void)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    const char *no_color = getenv("NO_COLOR");

    return (struct hc_log){
        .fd = STDERR_FILENO,
        .form = terminal ? HC_LOG_TEXT : HC_LOG_JSON,
        .least = HC_LEVEL_INFO,
        .color = terminal && !(no_color && *no_color),
    };
}

static const struct {
    const char *name;
    const char *color;
} levels[] = {
    [HC_LEVEL_DEBUG] = {"debug", "\033[2m"},
    [HC_LEVEL_INFO] = {"info", "\033[32m"},
    [HC_LEVEL_WARNING] = {"warn", "\033[33m"},
    [HC_LEVEL_ERROR] = {"error", "\033[31m"},
};

void hc_line_begin(struct hc_line *line, const struct hc_log *log, enum hc_level level, const char *what, int64_t now)
{
    char time[HC_TIME_TEXT];

    *line = (struct hc_line){.log = log, .dropped = level < log->least, .buf = HC_BUF(HC_LOG_LINE - LINE_END)};
    if (line->dropped)
        return;
    hc_time_text(now, time);
    if (log->form == HC_LOG_JSON)
        hc_buf_addf(&line->buf, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", time, levels[level].name, what);
    else if (log->color)
        hc_buf_addf(&line->buf, "%s %s%-5s\033[0m %s", time, levels[level].color, levels[level].name, what);
    else
        hc_buf_addf(&line->buf, "%s %-5s %s", time, levels[level].name, what);
}

/* A space of any alphabet would look like the end of the value, so whatever is not plain ASCII is quoted too. */
static bool needs_quotes(struct hc_bytes value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] == ' ' || value.p[i] == '"' || value.p[i] >= 0x80)
            return true;
    return value.n == 0;
}

static void add_text_value(struct hc_buf *b, struct hc_bytes value)
{
    bool quoted = needs_quotes(value);

    if (quoted)
        hc_buf_add_byte(b, '"');
    while (value.n > 0) {
        size_t quote = hc_bytes_find(value, '"');

        hc_escape_text(b, hc_bytes_head(value, quote));
        if (quote < value.n)
            hc_buf_add_str(b, "\\\"");
        value = hc_bytes_skip(value, quote + 1);
    }
    if (quoted)
        hc_buf_add_byte(b, '"');
}

static void add_field(struct hc_line *line, const char *key, struct hc_bytes value, bool cut)
{
    const char *dots = cut ? "..." : "";

    if (line->log->form == HC_LOG_JSON) {
        hc_buf_addf(&line->buf, ",\"%s\":\"", key);
        hc_escape_json(&line->buf, value);
        hc_buf_addf(&line->buf, "%s\"", dots);
    } else {
        hc_buf_addf(&line->buf, " %s=", key);
        add_text_value(&line->buf, value);
        hc_buf_add_str(&line->buf, dots);
    }
}

void hc_line_bytes(struct hc_line *line, const char *key, struct hc_bytes value)
{
    size_t start = line->buf.n;
    bool cut = value.n > FIELD_MAX;

    if (line->dropped || line->buf.failed != HC_OK_CODE)
        return;
    for (value = hc_bytes_head(value, FIELD_MAX);; value = hc_bytes_head(value, value.n / 2)) {
        add_field(line, key, value, cut);
        if (line->buf.failed == HC_E_NOMEM || (line->buf.failed == HC_OK_CODE && line->buf.n - start <= FIELD_MAX))
            return;
        line->buf.n = start; /* once more with half of it; a field that has no room at all is left out */
        line->buf.failed = HC_OK_CODE;
        cut = true;
        if (value.n == 0)
            return;
    }
}

void hc_line_str(struct hc_line *line, const char *key, const char *value)
{
    if (value)
        hc_line_bytes(line, key, hc_bytes_str(value));
}

void hc_line_int(struct hc_line *line, const char *key, int64_t value)
{
    size_t start = line->buf.n;

    if (line->dropped || line->buf.failed != HC_OK_CODE)
        return;
    hc_buf_addf(&line->buf, line->log->form == HC_LOG_JSON ? ",\"%s\":%lld" : " %s=%lld", key, (long long)value);
    if (line->buf.failed == HC_E_TOO_BIG) {
        line->buf.n = start;
        line->buf.failed = HC_OK_CODE;
    }
}

static void write_line(const struct hc_log *log, struct hc_bytes text)
{
    ssize_t n;

    if (log->sink) {
        log->sink->put(log->sink->ctx, text);
        return;
    }
    do
        n = write(log->fd, text.p, text.n);
    while (n < 0 && errno == EINTR);
}

void hc_line_end(struct hc_line *line)
{
    line->buf.max = HC_LOG_LINE;
    if (!line->dropped)
        hc_buf_add_str(&line->buf, line->log->form == HC_LOG_JSON ? "}\n" : "\n");
    if (!line->dropped && line->buf.failed == HC_OK_CODE)
        write_line(line->log, hc_buf_view(&line->buf));
    hc_buf_fini(&line->buf);
}

void hc_log_say(const struct hc_log *log, enum hc_level level, const char *what, const char *fmt, ...)
{
    char text[FIELD_MAX];
    struct hc_line line;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    hc_line_begin(&line, log, level, what, hc_time_now());
    hc_line_str(&line, "text", text);
    hc_line_end(&line);
}

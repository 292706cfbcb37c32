/* out.c - text, tables, errors and JSON for people and programs that read a command's output. */
#include "cmd/out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"

#define LABEL_COLUMNS 12 /* the longest label, and a space */

static int write_all(int fd, struct hc_bytes b)
{
    while (b.n > 0) {
        ssize_t n = write(fd, b.p, b.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        b = hc_bytes_skip(b, (size_t)n);
    }
    return 0;
}

struct hc_rc hc_out_flush(struct hc_buf *text, struct hc_err *e)
{
    HC_TRY(e, hc_buf_check(text, e));
    int sys = write_all(STDOUT_FILENO, hc_buf_view(text));
    hc_buf_clear(text);
    if (sys != 0)
        return HC_FAIL_SYS(e, sys == ENOSPC || sys == EDQUOT ? HC_E_DISK_FULL : HC_E_FILE_UNWRITABLE, sys,
                           "standard output");
    return HC_OK;
}

struct hc_rc hc_out_stream(struct hc_buf *text, struct hc_err *e)
{
    return text->n < HC_OUT_CHUNK ? hc_buf_check(text, e) : hc_out_flush(text, e);
}

bool hc_out_unread(const struct hc_err *e)
{
    return e->code == HC_E_FILE_UNWRITABLE && e->sys == EPIPE;
}

void hc_out_error(const struct hc_err *e)
{
    const struct hc_row *row = hc_row(e->code);
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(out, 8192);
    hc_buf_add_str(&out, "handclasp: ");
    hc_escape_text(&out, hc_bytes_str(e->text));
    hc_buf_addf(&out, "\n  %s\n  fix: %s (%s)\n", row->sentence, row->fix, hc_id_text(e->code, id));
    write_all(STDERR_FILENO, hc_buf_view(&out)); /* nobody is left to tell when this fails */
}

void hc_out_warning(enum hc_code code, const char *text)
{
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(out, 4096);
    hc_buf_add_str(&out, "handclasp: warning: ");
    hc_escape_text(&out, hc_bytes_str(text));
    hc_buf_addf(&out, "\n  fix: %s (%s)\n", hc_row(code)->fix, hc_id_text(code, id));
    write_all(STDERR_FILENO, hc_buf_view(&out));
}

bool hc_out_color(void)
{
    const char *no = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (!no || !*no);
}

/* Columns that escaped text takes: one a character; bytes that continue a UTF-8 character take none. */
static size_t columns(struct hc_bytes b)
{
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++)
        n += (b.p[i] & 0xc0) != 0x80;
    return n;
}

/* The longest beginning that takes at most `width` columns. */
static struct hc_bytes fit(struct hc_bytes b, size_t width)
{
    size_t n = 0, i = 0;
    for (; i < b.n; i++) {
        n += (b.p[i] & 0xc0) != 0x80;
        if (n > width)
            break;
    }
    return hc_bytes_head(b, i);
}

void hc_out_wrap(struct hc_buf *out, size_t used, size_t indent, struct hc_bytes text)
{
    while (text.n > 0) {
        size_t n = hc_bytes_find(text, ' ');
        struct hc_bytes word = hc_bytes_head(text, n);
        if (used > indent && used + 1 + columns(word) > HC_OUT_COLUMNS) {
            while (out->n > 0 && out->p[out->n - 1] == ' ')
                out->n--; /* no line ends in the space before its last word */
            hc_buf_addf(out, "\n%*s", (int)indent, "");
            used = indent;
        } else if (used > indent) {
            hc_buf_add_byte(out, ' ');
            used++;
        }
        struct hc_bytes fits = fit(word, HC_OUT_COLUMNS - used);
        hc_buf_add(out, fits);
        used += columns(fits);
        text = hc_bytes_skip(text, fits.n < word.n ? fits.n : n + 1);
    }
    hc_buf_add_byte(out, '\n');
}

void hc_out_reason(struct hc_buf *out, const struct hc_err *why)
{
    enum { INDENT = 6 };
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(line, 8 * HC_ERR_TEXT);
    hc_buf_addf(&line, "%s ", hc_id_text(why->code, id));
    hc_escape_text(&line, hc_bytes_str(why->text));
    hc_buf_addf(out, "%*s", INDENT, "");
    hc_out_wrap(out, INDENT, INDENT, hc_buf_view(&line));
}

static void pad(struct hc_buf *out, size_t n)
{
    uint8_t *at = hc_buf_reserve(out, n);
    if (at)
        memset(at, ' ', n);
    out->n += at ? n : 0;
}

void hc_out_cell(struct hc_buf *out, struct hc_bytes text, size_t width, bool last)
{
    size_t start = out->n;
    hc_escape_text(out, text);
    struct hc_bytes b = hc_bytes_skip(hc_buf_view(out), start);
    size_t used = columns(b);
    if (used > width) {
        out->n = start + fit(b, width - 3).n;
        hc_buf_add_str(out, "...");
        used = width;
    }
    if (last)
        hc_buf_add_str(out, "\n");
    else
        pad(out, width - used + 2);
}

void hc_out_field(struct hc_buf *out, const char *label, struct hc_bytes value)
{
    hc_buf_addf(out, "  %-*s", LABEL_COLUMNS, label);
    hc_escape_text(out, value);
    hc_buf_add_str(out, "\n");
}

void hc_out_fieldf(struct hc_buf *out, const char *label, const char *fmt, ...)
{
    char text[8192]; /* two paths */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    hc_out_field(out, label, hc_bytes_str(text));
}

void hc_out_when(struct hc_buf *out, int64_t t, int64_t now)
{
    char at[HC_TIME_TEXT], age[HC_AGE_TEXT];
    hc_buf_addf(out, t >= now ? "%s (in %s)" : "%s (%s ago)", hc_time_text(t, at), hc_age_text(t - now, age));
}

/* ---- CSV ---- */

struct hc_csv hc_csv_init(struct hc_buf *out)
{
    return (struct hc_csv){.out = out};
}

void hc_csv_bytes(struct hc_csv *c, struct hc_bytes value)
{
    if (c->begun)
        hc_buf_add_str(c->out, ",");
    c->begun = true;
    hc_escape_csv(c->out, value);
}

void hc_csv_str(struct hc_csv *c, const char *value)
{
    hc_csv_bytes(c, hc_bytes_str(value ? value : ""));
}

void hc_csv_int(struct hc_csv *c, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    hc_csv_str(c, text);
}

void hc_csv_time(struct hc_csv *c, int64_t t)
{
    char text[HC_TIME_TEXT];
    hc_csv_str(c, hc_time_text(t, text));
}

void hc_csv_end(struct hc_csv *c)
{
    hc_buf_add_str(c->out, "\r\n");
    c->begun = false;
}

/* ---- JSON ---- */

struct hc_json hc_json_init(struct hc_buf *out)
{
    return (struct hc_json){.out = out, .first = true};
}

static void new_line(struct hc_json *j)
{
    hc_buf_add_byte(j->out, '\n');
    pad(j->out, j->depth * 2);
}

static void value_begins(struct hc_json *j, const char *key)
{
    if (!j->first)
        hc_buf_add_str(j->out, ",");
    if (j->depth > 0)
        new_line(j);
    j->first = false;
    if (!key)
        return;
    hc_buf_add_byte(j->out, '"');
    hc_buf_add_str(j->out, key);
    hc_buf_add_str(j->out, "\": ");
}

void hc_json_begin(struct hc_json *j, const char *key, char bracket)
{
    value_begins(j, key);
    hc_buf_add_byte(j->out, (uint8_t)bracket);
    j->depth++;
    j->first = true;
}

void hc_json_end(struct hc_json *j, char bracket)
{
    j->depth--;
    if (!j->first)
        new_line(j);
    hc_buf_add_byte(j->out, (uint8_t)bracket);
    if (j->depth == 0)
        hc_buf_add_str(j->out, "\n");
    j->first = false;
}

void hc_json_bytes(struct hc_json *j, const char *key, struct hc_bytes value)
{
    value_begins(j, key);
    hc_buf_add_str(j->out, "\"");
    hc_escape_json(j->out, value);
    hc_buf_add_str(j->out, "\"");
}

void hc_json_str(struct hc_json *j, const char *key, const char *value)
{
    if (value) {
        hc_json_bytes(j, key, hc_bytes_str(value));
        return;
    }
    value_begins(j, key);
    hc_buf_add_str(j->out, "null");
}

void hc_json_int(struct hc_json *j, const char *key, int64_t value)
{
    value_begins(j, key);
    hc_buf_addf(j->out, "%lld", (long long)value);
}

void hc_json_bool(struct hc_json *j, const char *key, bool value)
{
    value_begins(j, key);
    hc_buf_add_str(j->out, value ? "true" : "false");
}

void hc_json_time(struct hc_json *j, const char *key, int64_t t)
{
    char text[HC_TIME_TEXT];
    hc_json_str(j, key, hc_time_text(t, text));
}

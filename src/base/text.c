/* text.c - lines that fit a terminal. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/escape.h"

#define LABEL_COLUMNS 12 /* the longest label, and a space */

/* Characters that take two columns [UAX 11], and some more that take one: a line that is too short does no harm, one that
 * is too long has a terminal break it, and what a peer put there stands where our own words begin. */
static bool is_wide(uint32_t cp)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } ranges[] = {
        {0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a}, {0x23e9, 0x23f3}, {0x25fd, 0x25fe},   {0x2600, 0x2713},
        {0x2715, 0x2717}, {0x2719, 0x27bf}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b55}, {0x2e80, 0x10ffff},
    };
    for (size_t i = 0; cp >= ranges[0].first && i < HC_COUNT(ranges); i++)
        if (cp >= ranges[i].first && cp <= ranges[i].last)
            return true;
    return false;
}

/* Columns that the character takes which begins at `i`; bytes that continue one take none. What was escaped is UTF-8. */
static size_t columns_at(struct hc_bytes b, size_t i)
{
    uint8_t c = b.p[i];
    if (c < 0x80 || (c & 0xc0) == 0x80)
        return c < 0x80;
    uint32_t cp = c >= 0xf0 ? c & 0x07 : c >= 0xe0 ? c & 0x0f : c & 0x1f;
    for (i++; i < b.n && (b.p[i] & 0xc0) == 0x80; i++)
        cp = cp << 6 | (b.p[i] & 0x3f);
    return is_wide(cp) ? 2 : 1;
}

/* Columns that escaped text takes. */
static size_t columns(struct hc_bytes b)
{
    size_t n = 0;
    for (size_t i = 0; i < b.n; i++)
        n += columns_at(b, i);
    return n;
}

/* The longest beginning that takes at most `width` columns. */
static struct hc_bytes fit(struct hc_bytes b, size_t width)
{
    size_t n = 0, i = 0;
    for (; i < b.n; i++) {
        n += columns_at(b, i);
        if (n > width)
            break;
    }
    return hc_bytes_head(b, i);
}

void hc_text_wrap(struct hc_buf *out, size_t used, size_t indent, struct hc_bytes text)
{
    while (text.n > 0) {
        size_t n = hc_bytes_find(text, ' ');
        struct hc_bytes word = hc_bytes_head(text, n);
        if (used > indent && used + 1 + columns(word) > HC_TEXT_COLUMNS) {
            while (out->n > 0 && out->p[out->n - 1] == ' ')
                out->n--; /* no line ends in the space before its last word */
            hc_buf_addf(out, "\n%*s", (int)indent, "");
            used = indent;
        } else if (used > indent) {
            hc_buf_add_byte(out, ' ');
            used++;
        }
        struct hc_bytes fits = fit(word, HC_TEXT_COLUMNS - used);
        hc_buf_add(out, fits);
        used += columns(fits);
        text = hc_bytes_skip(text, fits.n < word.n ? fits.n : n + 1);
    }
    hc_buf_add_byte(out, '\n');
}

void hc_text_reason(struct hc_buf *out, const struct hc_err *why)
{
    enum { INDENT = 6 };
    char id[HC_ID_TEXT];
    HC_BUF_AUTO(line, 8 * HC_ERR_TEXT);
    hc_buf_addf(&line, "%s ", hc_id_text(why->code, id));
    hc_escape_text(&line, hc_bytes_str(why->text));
    hc_buf_addf(out, "%*s", INDENT, "");
    hc_text_wrap(out, INDENT, INDENT, hc_buf_view(&line));
}

static void pad(struct hc_buf *out, size_t n)
{
    uint8_t *at = hc_buf_reserve(out, n);
    if (at)
        memset(at, ' ', n);
    out->n += at ? n : 0;
}

void hc_text_cell(struct hc_buf *out, struct hc_bytes text, size_t width, bool last)
{
    size_t start = out->n;
    hc_escape_text(out, text);
    struct hc_bytes b = hc_bytes_skip(hc_buf_view(out), start);
    size_t used = columns(b);
    if (used > width) {
        struct hc_bytes fits = fit(b, width - 3);
        used = columns(fits) + 3;
        out->n = start + fits.n;
        hc_buf_add_str(out, "...");
    }
    if (last)
        hc_buf_add_str(out, "\n");
    else
        pad(out, width - used + 2);
}

void hc_text_field(struct hc_buf *out, const char *label, struct hc_bytes value)
{
    hc_buf_addf(out, "  %-*s", LABEL_COLUMNS, label);
    hc_escape_text(out, value);
    hc_buf_add_str(out, "\n");
}

void hc_text_fieldf(struct hc_buf *out, const char *label, const char *fmt, ...)
{
    char text[8192]; /* two paths */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    hc_text_field(out, label, hc_bytes_str(text));
}

void hc_text_when(struct hc_buf *out, int64_t t, int64_t now)
{
    char at[HC_TIME_TEXT], age[HC_AGE_TEXT];
    hc_buf_addf(out, t >= now ? "%s (in %s)" : "%s (%s ago)", hc_time_text(t, at), hc_age_text(t - now, age));
}

/*
 * h1_lines.c - where a head ends, and that its bytes are clean.
 *
 * The search looks at every byte once, however the bytes arrive. It never stops between CR and LF, so that whether a
 * line is empty can be read off the bytes before it and no state but the offset has to be kept. Errors come in the
 * order of the bytes; that makes the outcome independent of how they were cut.
 */
#include "proto/h1_parts.h"

/* A leading empty line, method, target, version and CRLF: no acceptable request line is longer. */
#define START_LINE_MAX (2 + HC_H1_METHOD_MAX + 1 + HC_H1_TARGET_MAX + 1 + 8 + 2)

static bool is_text(uint8_t c)
{
    return (c >= 0x20 && c != 0x7f) || c == '\t';
}

/* What the CRLF at `cr` ends. */
enum line { LINE_WITH_TEXT, LINE_LEADING_EMPTY, LINE_SECOND_EMPTY, LINE_LAST };

static enum line line_at(struct hc_bytes in, size_t cr)
{
    if (cr == 0)
        return LINE_LEADING_EMPTY;
    if (in.p[cr - 1] != '\n')
        return LINE_WITH_TEXT;
    return cr == 2 && in.p[0] == '\r' ? LINE_SECOND_EMPTY : LINE_LAST;
}

static struct hc_rc scan(struct hc_bytes in, size_t *scanned, size_t *end, struct hc_err *e)
{
    size_t i = *scanned;

    while (i < in.n) {
        uint8_t c = in.p[i];

        if (is_text(c)) {
            i++;
            continue;
        }
        if (c != '\r') /* RFC 9112 2.2 lets a recipient accept a bare LF; two recipients would then disagree */
            return HC_FAIL(e, HC_E_HTTP_MALFORMED, "a %s (0x%02x) at byte %zu of the head",
                           c == '\n' ? "line feed without carriage return" : "control byte", c, i);
        if (i + 1 == in.n)
            break;
        if (in.p[i + 1] !=
            '\n') /* RFC 9112 2.2: "A recipient of such a bare CR MUST consider that element to be invalid" */
            return HC_FAIL(e, HC_E_HTTP_MALFORMED, "a carriage return without line feed at byte %zu of the head", i);
        switch (line_at(in, i)) {
        case LINE_SECOND_EMPTY:
            return HC_FAIL(e, HC_E_HTTP_MALFORMED, "more than one empty line before the request");
        case LINE_LAST:
            *end = i + 2;
            return HC_OK;
        case LINE_WITH_TEXT:
        case LINE_LEADING_EMPTY:
            break;
        }
        i += 2;
    }
    *scanned = i;
    return HC_OK;
}

static bool start_line_ends(struct hc_bytes in)
{
    size_t skip = in.p[0] == '\r' ? 2 : 0;
    struct hc_bytes rest = hc_bytes_skip(hc_bytes_head(in, START_LINE_MAX), skip);

    return hc_bytes_find(rest, '\n') < rest.n;
}

struct hc_rc hc_h1_lines_end(struct hc_bytes in, size_t *scanned, size_t *end, struct hc_err *e)
{
    *end = 0;
    if (*scanned < START_LINE_MAX) {
        HC_TRY(e, scan(hc_bytes_head(in, START_LINE_MAX), scanned, end, e));
        if (*end)
            return HC_OK;
        if (in.n >= START_LINE_MAX && !start_line_ends(in))
            return HC_FAIL(e, HC_E_HTTP_URI_TOO_LONG, "the first line has not ended after %d bytes", START_LINE_MAX);
    }
    HC_TRY(e, scan(hc_bytes_head(in, HC_H1_HEAD_MAX), scanned, end, e));
    if (*end == 0 && in.n >= HC_H1_HEAD_MAX)
        return HC_FAIL(e, HC_E_HTTP_HEAD_TOO_BIG, "the head has not ended after %d bytes", HC_H1_HEAD_MAX);
    return HC_OK;
}

struct hc_bytes hc_h1_lines_take(struct hc_bytes *rest)
{
    struct hc_bytes line = hc_bytes_head(*rest, hc_bytes_find(*rest, '\r'));

    *rest = hc_bytes_skip(*rest, line.n + 2);
    return line;
}

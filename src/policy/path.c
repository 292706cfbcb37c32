/*
 * path.c - one path with one reading (T42).
 *
 * The path is judged once, segment by segment, on its decoded bytes; only then is the normal form written. A byte that
 * is harmless alone may still be half of something: so escapes of escapes are judged as if decoded twice.
 */
#include "policy/path.h"

/* The reader's place in a path and what the current segment has shown so far. */
struct walk {
    bool allow_semicolon;
    bool params;        /* behind the segment's first `;` */
    size_t name;        /* decoded bytes of the segment before it */
    size_t dots;        /* how many of them are dots */
    unsigned utf8_left; /* continuation bytes that must follow */
    uint8_t utf8_least; /* the range of the next one */
    uint8_t utf8_most;
};

static bool is_unreserved(uint8_t c)
{
    return hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

/* May stand in a path plainly besides the unreserved ones [RFC 3986 3.3]. */
static bool is_plain(uint8_t c)
{
    return is_unreserved(c) || (c != 0 && memchr("/!$&'()*+,;=:@", c, 14));
}

static bool is_control(uint8_t c)
{
    return c < 0x20 || c == 0x7f;
}

/* The byte that "%XX" at the start of `in` stands for, or -1. */
static int escape_at(struct hc_bytes in)
{
    int high, low;

    if (in.n < 3 || in.p[0] != '%')
        return -1;
    high = hc_ascii_hex(in.p[1]);
    low = hc_ascii_hex(in.p[2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

uint8_t hc_path_decode(struct hc_bytes *path)
{
    int escaped = escape_at(*path);
    uint8_t c = escaped >= 0 ? (uint8_t)escaped : path->p[0];

    *path = hc_bytes_skip(*path, escaped >= 0 ? 3 : 1);
    return c;
}

/* Well-formed UTF-8 byte by byte [RFC 3629 4]; C1 controls are refused with it. */
static bool utf8_begin(struct walk *w, uint8_t c)
{
    w->utf8_least = 0x80;
    w->utf8_most = 0xbf;
    if (c >= 0xc2 && c <= 0xdf)
        w->utf8_left = 1;
    else if (c >= 0xe0 && c <= 0xef)
        w->utf8_left = 2;
    else if (c >= 0xf0 && c <= 0xf4)
        w->utf8_left = 3;
    if (c == 0xc2 || c == 0xe0) /* C1 controls; an overlong form */
        w->utf8_least = 0xa0;
    if (c == 0xed) /* surrogates */
        w->utf8_most = 0x9f;
    if (c == 0xf0) /* an overlong form */
        w->utf8_least = 0x90;
    if (c == 0xf4) /* beyond U+10FFFF */
        w->utf8_most = 0x8f;
    return w->utf8_left > 0;
}

static bool utf8_step(struct walk *w, uint8_t c)
{
    if (w->utf8_left == 0)
        return c < 0x80 || utf8_begin(w, c);
    if (c < w->utf8_least || c > w->utf8_most)
        return false;
    w->utf8_left--;
    w->utf8_least = 0x80;
    w->utf8_most = 0xbf;
    return true;
}

/* What a decoded byte of a segment does to it: NULL, or what is wrong. */
static const char *judge_byte(struct walk *w, uint8_t c)
{
    if (is_control(c))
        return "a NUL or control byte";
    if (c == '\\')
        return "a backslash";
    if (!utf8_step(w, c))
        return "bytes that are not UTF-8, or a control character";
    if (c == ';' && !w->allow_semicolon)
        return "a semicolon, which the routes do not allow";
    if (c == ';')
        w->params = true;
    if (!w->params) {
        w->name++;
        w->dots += c == '.';
    }
    return NULL;
}

/* An escape, and what it would be to a back end that decodes twice. Its digits may be escaped themselves (%25%32%65):
 * they are read as the normal form will show them. */
static const char *judge_escape(struct walk *w, struct hc_bytes rest, int escaped)
{
    struct hc_bytes twice = hc_bytes_skip(rest, 3);
    int high = -1, low = -1, c;

    if (escaped == '/')
        return "an encoded slash";
    if (escaped == '%' && twice.n > 0)
        high = hc_ascii_hex(hc_path_decode(&twice));
    if (high >= 0 && twice.n > 0)
        low = hc_ascii_hex(hc_path_decode(&twice));
    c = low < 0 ? -1 : high * 16 + low;
    if (c >= 0 && (is_control((uint8_t)c) || c >= 0x80 || memchr("/\\.;%", c, 5)))
        return "an escape that is itself escaped";
    return judge_byte(w, (uint8_t)escaped);
}

static const char *judge_segment_end(struct walk *w, bool last)
{
    bool empty = w->name == 0 && (!last || w->params);
    bool dots = w->name > 0 && w->name <= 2 && w->dots == w->name;

    if (w->utf8_left > 0)
        return "bytes that are not UTF-8";
    w->name = w->dots = 0;
    w->params = false;
    if (empty)
        return "an empty segment";
    return dots ? "a . or .. segment" : NULL;
}

/* `path` starts with a slash. */
static const char *judge_path(struct hc_bytes path, bool allow_semicolon)
{
    struct walk w = {.allow_semicolon = allow_semicolon};
    const char *wrong = NULL;

    for (path = hc_bytes_skip(path, 1); path.n > 0 && !wrong;) {
        int escaped = escape_at(path);
        uint8_t c = path.p[0];

        if (c == '%' && escaped < 0)
            return "an invalid percent-escape";
        if (c == '#')
            return "a fragment";
        if (c == ' ' || c >= 0x80)
            return "a byte that must be percent-encoded";
        if (c == '/')
            wrong = judge_segment_end(&w, false);
        else
            wrong = escaped >= 0 ? judge_escape(&w, path, escaped) : judge_byte(&w, c);
        path = hc_bytes_skip(path, escaped >= 0 ? 3 : 1);
    }
    return wrong ? wrong : judge_segment_end(&w, true);
}

static const char *judge_query(struct hc_bytes query)
{
    for (size_t i = 0; i < query.n; i++) {
        if (query.p[i] == '#')
            return "a fragment";
        if (query.p[i] <= 0x20 || query.p[i] >= 0x7f)
            return "a byte in its query that must be percent-encoded";
    }
    return NULL;
}

static void add_escape(struct hc_buf *out, uint8_t c)
{
    static const char hex[] = "0123456789ABCDEF";
    const uint8_t text[3] = {'%', (uint8_t)hex[c >> 4], (uint8_t)hex[c & 15]};

    hc_buf_add(out, (struct hc_bytes){text, sizeof text});
}

/* A judged path in the normal form; runs of plain bytes are copied at once. */
static void write_normal(struct hc_bytes path, struct hc_buf *out)
{
    while (path.n > 0) {
        size_t run = 0;
        bool escaped;
        uint8_t c;

        while (run < path.n && is_plain(path.p[run]))
            run++;
        hc_buf_add(out, hc_bytes_head(path, run));
        path = hc_bytes_skip(path, run);
        if (path.n == 0)
            break;
        escaped = path.p[0] == '%';
        c = hc_path_decode(&path);
        if (escaped && is_unreserved(c))
            hc_buf_add_byte(out, c);
        else
            add_escape(out, c);
    }
}

struct hc_rc hc_path_normalise(struct hc_bytes target, bool allow_semicolon, struct hc_buf *path, struct hc_buf *query,
                               struct hc_err *e)
{
    size_t path_n = path->n, query_n = query->n, mark = hc_bytes_find(target, '?');
    struct hc_bytes rest = hc_bytes_skip(target, mark);
    struct hc_rc rc;
    const char *wrong;

    if (target.n > HC_PATH_TARGET_MAX)
        return HC_FAIL(e, HC_E_HTTP_URI_TOO_LONG, "the target has %zu bytes, more than %d", target.n,
                       HC_PATH_TARGET_MAX);
    if (target.n == 0 || target.p[0] != '/')
        return HC_FAIL(e, HC_E_HTTP_PATH, "the path does not start with a slash");
    wrong = judge_path(hc_bytes_head(target, mark), allow_semicolon);
    if (!wrong)
        wrong = judge_query(rest);
    if (wrong)
        return HC_FAIL(e, HC_E_HTTP_PATH, "the path holds %s", wrong);
    write_normal(hc_bytes_head(target, mark), path);
    hc_buf_add(query, rest);
    rc = hc_buf_check(path, e);
    if (hc_ok(rc))
        rc = hc_buf_check(query, e);
    if (hc_failed(rc)) {
        path->n = path_n;
        query->n = query_n;
    }
    return rc;
}

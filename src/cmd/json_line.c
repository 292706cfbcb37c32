/* json_line.c - a cursor over one object. */
#include "cmd/json_line.h"

#include <stdlib.h>

static bool take(struct hc_bytes *at, uint8_t c)
{
    if (at->n == 0 || at->p[0] != c)
        return false;
    *at = hc_bytes_skip(*at, 1);
    return true;
}

static void add_utf8(struct hc_buf *out, uint32_t c)
{
    if (c < 0x80) {
        hc_buf_add_byte(out, (uint8_t)c);
    } else if (c < 0x800) {
        hc_buf_add_byte(out, (uint8_t)(0xc0 | c >> 6));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        hc_buf_add_byte(out, (uint8_t)(0xe0 | c >> 12));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        hc_buf_add_byte(out, (uint8_t)(0xf0 | c >> 18));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        hc_buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

static bool read_unit(struct hc_bytes *at, uint32_t *out)
{
    uint32_t v = 0;

    if (at->n < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int digit = hc_ascii_hex(at->p[i]);

        if (digit < 0)
            return false;
        v = v << 4 | (uint32_t)digit;
    }
    *at = hc_bytes_skip(*at, 4);
    *out = v;
    return true;
}

/* \uHHHH, or two of them for one character; half of a pair is no character. */
static bool read_u(struct hc_bytes *at, struct hc_buf *out)
{
    uint32_t high, low;

    if (!read_unit(at, &high))
        return false;
    if (high >= 0xd800 && high < 0xdc00) {
        if (!take(at, '\\') || !take(at, 'u') || !read_unit(at, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    } else if (high >= 0xdc00 && high < 0xe000) {
        return false;
    }
    add_utf8(out, high);
    return true;
}

static bool read_escape(struct hc_bytes *at, struct hc_buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;
    uint8_t c;

    if (at->n == 0)
        return false;
    c = at->p[0];
    *at = hc_bytes_skip(*at, 1);
    if (c == 'u')
        return read_u(at, out);
    found = c ? strchr(from, c) : NULL;
    if (found)
        hc_buf_add_byte(out, (uint8_t)to[found - from]);
    return found;
}

/* After its opening quote. */
static bool read_string(struct hc_bytes *at, struct hc_buf *out)
{
    while (at->n > 0) {
        uint8_t c = at->p[0];

        *at = hc_bytes_skip(*at, 1);
        if (c == '"')
            return true;
        if (c != '\\')
            hc_buf_add_byte(out, c);
        else if (!read_escape(at, out))
            return false;
    }
    return false;
}

/* After its opening bracket; nothing of it is wanted. */
static bool skip_array(struct hc_bytes *at)
{
    HC_BUF_AUTO(ignored, 64 * 1024);

    while (at->n > 0) {
        uint8_t c = at->p[0];

        *at = hc_bytes_skip(*at, 1);
        if (c == ']')
            return true;
        if (c == '[' || c == '{' || (c == '"' && !read_string(at, &ignored)))
            return false;
        hc_buf_clear(&ignored);
    }
    return false;
}

static bool read_value(struct hc_bytes *at, struct hc_buf *out)
{
    size_t n = 0;

    if (take(at, '"'))
        return read_string(at, out);
    if (take(at, '['))
        return skip_array(at);
    while (n < at->n && at->p[n] != ',' && at->p[n] != '}')
        n++;
    hc_buf_add(out, hc_bytes_head(*at, n));
    *at = hc_bytes_skip(*at, n);
    return n > 0;
}

bool hc_json_line_get(struct hc_bytes line, const char *key, struct hc_buf *out)
{
    HC_BUF_AUTO(name, 4096);
    size_t start = out->n;

    if (!take(&line, '{'))
        return false;
    do {
        hc_buf_clear(&name);
        if (!take(&line, '"') || !read_string(&line, &name) || !take(&line, ':') || !read_value(&line, out)) {
            out->n = start;
            return false;
        }
        if (hc_bytes_eq_str(hc_buf_view(&name), key))
            return true;
        out->n = start;
    } while (take(&line, ','));
    return false;
}

size_t hc_json_line_count(struct hc_bytes line, const char *key)
{
    HC_BUF_AUTO(text, 64);

    if (!hc_json_line_get(line, key, &text))
        return 0;
    return (size_t)strtoull(hc_buf_cstr(&text), NULL, 10);
}

/* bytes.c - comparisons and slices of borrowed views. */
#include "base/bytes.h"

int hc_bytes_cmp(struct hc_bytes a, struct hc_bytes b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;

    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

bool hc_bytes_eq_ct(struct hc_bytes a, struct hc_bytes b)
{
    volatile uint8_t diff = 0;

    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        diff = (uint8_t)(diff | (a.p[i] ^ b.p[i]));
    return diff == 0;
}

bool hc_bytes_eq_nocase(struct hc_bytes a, struct hc_bytes b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (hc_ascii_lower(a.p[i]) != hc_ascii_lower(b.p[i]))
            return false;
    return true;
}

bool hc_bytes_starts(struct hc_bytes a, struct hc_bytes prefix)
{
    return a.n >= prefix.n && hc_bytes_eq(hc_bytes_head(a, prefix.n), prefix);
}

bool hc_bytes_ends(struct hc_bytes a, struct hc_bytes suffix)
{
    return a.n >= suffix.n && hc_bytes_eq(hc_bytes_skip(a, a.n - suffix.n), suffix);
}

size_t hc_bytes_find(struct hc_bytes a, uint8_t c)
{
    const uint8_t *hit = a.n ? memchr(a.p, c, a.n) : NULL;

    return hit ? (size_t)(hit - a.p) : a.n;
}

struct hc_bytes hc_bytes_skip(struct hc_bytes a, size_t from)
{
    if (from >= a.n)
        return (struct hc_bytes){a.p ? a.p + a.n : NULL, 0};
    return (struct hc_bytes){a.p + from, a.n - from};
}

struct hc_bytes hc_bytes_head(struct hc_bytes a, size_t n)
{
    return (struct hc_bytes){a.p, n < a.n ? n : a.n};
}

struct hc_bytes hc_bytes_next_line(struct hc_bytes *text)
{
    struct hc_bytes line = hc_bytes_head(*text, hc_bytes_find(*text, '\n'));

    *text = hc_bytes_skip(*text, line.n + 1);
    return line;
}

struct hc_bytes hc_bytes_cut(struct hc_bytes a, size_t n)
{
    if (n < a.n)
        while (n > 0 && (a.p[n] & 0xc0) == 0x80) /* a character goes on here */
            n--;
    return hc_bytes_head(a, n);
}

size_t hc_bytes_bits(struct hc_bytes number)
{
    size_t bits = 0;

    while (number.n > 0 && number.p[0] == 0)
        number = hc_bytes_skip(number, 1);
    for (unsigned top = number.n > 0 ? number.p[0] : 0; top > 0; top >>= 1)
        bits++;
    return number.n > 0 ? 8 * (number.n - 1) + bits : 0;
}

struct hc_bytes hc_bytes_trim(struct hc_bytes a)
{
    while (a.n > 0 && (a.p[0] == ' ' || a.p[0] == '\t'))
        a = hc_bytes_skip(a, 1);
    while (a.n > 0 && (a.p[a.n - 1] == ' ' || a.p[a.n - 1] == '\t'))
        a.n--;
    return a;
}

uint64_t hc_bytes_hash(uint64_t h, struct hc_bytes more)
{
    for (size_t i = 0; i < more.n; i++)
        h = (h ^ more.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

int hc_ascii_hex(uint8_t c)
{
    if (hc_ascii_is_digit(c))
        return c - '0';
    c = hc_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hc_bytes_unhex(struct hc_bytes text, uint8_t out[])
{
    if (text.n % 2 != 0)
        return false;
    for (size_t i = 0; i < text.n; i += 2) {
        int high = hc_ascii_hex(text.p[i]), low = hc_ascii_hex(text.p[i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

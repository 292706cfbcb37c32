/*
 * bytes.h - a borrowed view of bytes, the one way a pointer and a length travel together.
 *
 * A struct hc_bytes owns nothing. Whoever returns one says until when it is valid. {NULL, 0} is the empty view.
 */
#ifndef HC_BASE_BYTES_H
#define HC_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hc_bytes {
    const uint8_t *p;
    size_t n;
};

/* The view of a string literal, without its terminating NUL. */
#define HC_BYTES(literal) ((struct hc_bytes){(const uint8_t *)("" literal), sizeof(literal) - 1})

/* printf arguments for a view: printf("%.*s", HC_BYTES_FMT(b)). Only for text this program made; peers' bytes are
 * escaped. */
#define HC_BYTES_FMT(b) (int)(b).n, (const char *)(b).p

static inline struct hc_bytes hc_bytes_of(const void *p, size_t n)
{
    return (struct hc_bytes){p, n};
}

static inline struct hc_bytes hc_bytes_str(const char *s)
{
    return (struct hc_bytes){(const uint8_t *)s, s ? strlen(s) : 0};
}

static inline bool hc_bytes_eq(struct hc_bytes a, struct hc_bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool hc_bytes_eq_str(struct hc_bytes a, const char *s)
{
    return hc_bytes_eq(a, hc_bytes_str(s));
}

/* Lexicographic order, shorter first on a common prefix: <0, 0, >0. */
int hc_bytes_cmp(struct hc_bytes a, struct hc_bytes b);

/* Equality in a time that depends on the lengths only; for secrets and MACs. */
bool hc_bytes_eq_ct(struct hc_bytes a, struct hc_bytes b);

/* ASCII-case-insensitive equality: DNS names, header names. Never locale dependent. */
bool hc_bytes_eq_nocase(struct hc_bytes a, struct hc_bytes b);

bool hc_bytes_starts(struct hc_bytes a, struct hc_bytes prefix);
bool hc_bytes_ends(struct hc_bytes a, struct hc_bytes suffix);

/* Index of the first c, or a.n when there is none. */
size_t hc_bytes_find(struct hc_bytes a, uint8_t c);

/* The view from `from` (clamped to the end), and the first `n` bytes (clamped). */
struct hc_bytes hc_bytes_skip(struct hc_bytes a, size_t from);
struct hc_bytes hc_bytes_head(struct hc_bytes a, size_t n);

/* Takes the next line off the text, and returns it without its end; the last may have none. */
struct hc_bytes hc_bytes_next_line(struct hc_bytes *text);

/* The longest beginning of at most `n` bytes that does not end inside a UTF-8 character. */
struct hc_bytes hc_bytes_cut(struct hc_bytes a, size_t n);

/* How many bits the number has whose bytes these are, the most significant first: 0 for 0. */
size_t hc_bytes_bits(struct hc_bytes number);

/* Without leading and trailing spaces and tabs. */
struct hc_bytes hc_bytes_trim(struct hc_bytes a);

/* FNV-1a, 64 bits, going on from `h`: for tables and "did it change?". Nothing that a stranger gains by a collision may
 * depend on it. */
#define HC_BYTES_HASH UINT64_C(0xcbf29ce484222325)
uint64_t hc_bytes_hash(uint64_t h, struct hc_bytes more);

static inline uint8_t hc_ascii_lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static inline bool hc_ascii_is_alpha(uint8_t c)
{
    return hc_ascii_lower(c) >= 'a' && hc_ascii_lower(c) <= 'z';
}

static inline bool hc_ascii_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The value of a hexadecimal digit, or -1. */
int hc_ascii_hex(uint8_t c);

/* The bytes that pairs of hexadecimal digits spell, in either case; `out` has room for text.n / 2 of them. False when
 * the text is not that, and `out` may then be written to in part. */
bool hc_bytes_unhex(struct hc_bytes text, uint8_t out[]);

#endif

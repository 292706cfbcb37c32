/*
 * revocation_table.c - a packed array of serials.
 *
 * An entry is `width` bytes of serial, big endian, and five of the rest: the sign, four bits of reason, 35 bits of time.
 * Serials are compared by their bytes, then by their sign: -1 and 255 are both ff. Sorting is by one byte after the
 * other, in place, so it needs no second table and no input makes it slow. Searching guesses from the values at both
 * ends a few times, which finds the neighbourhood of random serials, and then steps and halves, which finds any.
 */
#include "pki/revocation_table.h"

#include <stdlib.h>

#include "pki/cert.h"

#define REST 5
#define NEGATIVE 0x80
#define TIME_MOST ((INT64_C(1) << 35) - 1)
#define FIRST_ENTRIES 32
#define FEW 24 /* so many entries are sorted by insertion */
#define WIDEST HC_SERIAL_MAX
#define GUESSES 3
#define NEAR 4  /* the first step after the guesses */
#define HALVE 0 /* no step; and no number of steps changes that */

void hc_revocation_table_fini(struct hc_revocation_table *t)
{
    free(t->p);
    *t = (struct hc_revocation_table){0};
}

static size_t entry_size(const struct hc_revocation_table *t)
{
    return t->width + REST;
}

static uint8_t *entry_at(const struct hc_revocation_table *t, size_t i)
{
    return t->p + i * entry_size(t);
}

/* ---- filling ---- */

/* Without the bytes that only carry the sign. */
static struct hc_bytes significant(struct hc_bytes serial, bool negative)
{
    while (serial.n > 1 && serial.p[0] == (negative ? 0xff : 0))
        serial = hc_bytes_skip(serial, 1);
    return serial;
}

static void write_entry(uint8_t *to, size_t width, struct hc_bytes serial, bool negative, struct hc_crl_entry what)
{
    uint64_t time = what.time < 0 ? 0 : (uint64_t)(what.time > TIME_MOST ? TIME_MOST : what.time);
    uint64_t rest = time | (uint64_t)((unsigned)what.reason & 0xf) << 35;

    memset(to, negative ? 0xff : 0, width - serial.n);
    memcpy(to + width - serial.n, serial.p, serial.n);
    for (int i = REST - 1; i >= 0; i--, rest >>= 8)
        to[width + (size_t)i] = (uint8_t)rest;
    to[width] |= negative ? NEGATIVE : 0;
}

/* By half each time: what was never written costs no memory, and mremap moves no pages. */
static struct hc_rc reserve(struct hc_revocation_table *t, size_t bytes, struct hc_err *e)
{
    size_t room = t->room + t->room / 2;

    if (bytes <= t->room)
        return HC_OK;
    if (room < bytes)
        room = bytes + FIRST_ENTRIES * entry_size(t);
    uint8_t *p = realloc(t->p, room);
    if (p == NULL)
        return HC_FAIL(e, HC_E_NOMEM, "out of memory for %zu revoked serials", t->n + 1);
    t->p = p;
    t->room = room;
    return HC_OK;
}

/* A longer serial came: every entry becomes wider, from the last to the first. At most WIDEST times. */
static struct hc_rc widen(struct hc_revocation_table *t, size_t width, struct hc_err *e)
{
    size_t old = t->width, more = width - old;

    HC_TRY(e, reserve(t, (t->n + 1) * (width + REST), e));
    for (size_t i = t->n; i-- > 0;) {
        uint8_t *to = t->p + i * (width + REST);
        memmove(to + more, t->p + i * (old + REST), old + REST);
        memset(to, to[width] & NEGATIVE ? 0xff : 0, more);
    }
    t->width = width;
    return HC_OK;
}

struct hc_rc hc_revocation_table_add(struct hc_revocation_table *t, struct hc_bytes serial, struct hc_crl_entry what,
                                     struct hc_err *e)
{
    bool negative = serial.p[0] & 0x80;
    struct hc_bytes s = significant(serial, negative);

    if (s.n > t->width)
        HC_TRY(e, widen(t, s.n, e));
    HC_TRY(e, reserve(t, (t->n + 1) * entry_size(t), e));
    write_entry(entry_at(t, t->n++), t->width, s, negative, what);
    return HC_OK;
}

/* ---- sorting ---- */

static bool is_removal(const uint8_t *rest)
{
    return (rest[0] >> 3 & 0xf) == HC_CRL_REMOVE_FROM_CRL;
}

/* Serial, sign, and what is worse first. */
static int entry_cmp(const uint8_t *a, const uint8_t *b, size_t width)
{
    int order = memcmp(a, b, width);

    if (order == 0)
        order = (a[width] & NEGATIVE) - (b[width] & NEGATIVE);
    return order != 0 ? order : is_removal(a + width) - is_removal(b + width);
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
    uint8_t held[WIDEST + REST];

    if (a == b)
        return;
    memcpy(held, a, size);
    memcpy(a, b, size);
    memcpy(b, held, size);
}

struct range {
    uint8_t *p;
    size_t n;
    size_t width;
};

static void sort_few(const struct range *r)
{
    size_t size = r->width + REST;

    for (size_t i = 1; i < r->n; i++)
        for (size_t k = i; k > 0 && entry_cmp(r->p + (k - 1) * size, r->p + k * size, r->width) > 0; k--)
            swap(r->p + (k - 1) * size, r->p + k * size, size);
}

/* Puts every entry into the part of its byte at `at`; end[b] becomes where the part of b ends. */
static void part(const struct range *r, size_t at, size_t end[256])
{
    size_t size = r->width + REST;
    size_t next[256], count[256] = {0}, sum = 0;

    for (size_t i = 0; i < r->n; i++)
        count[r->p[i * size + at]]++;
    for (size_t b = 0; b < 256; b++) {
        next[b] = sum;
        sum += count[b];
        end[b] = sum;
    }
    for (size_t b = 0; b < 256; b++) {
        while (next[b] < end[b]) {
            uint8_t *here = r->p + next[b] * size;
            uint8_t to = here[at];

            if (to != b)
                swap(here, r->p + next[to] * size, size);
            next[to]++;
        }
    }
}

/* Entries that are equal up to the last byte of the serial differ in the sign and the removal only; among many of one
 * serial the order is made by two passes. */
static void sort_same(const struct range *r)
{
    size_t size = r->width + REST, front = 0;

    for (int sign = 0; sign <= 1; sign++)
        for (int removal = 0; removal <= 1; removal++)
            for (size_t i = front; i < r->n; i++) {
                uint8_t *entry = r->p + i * size, *rest = entry + r->width;
                if ((rest[0] & NEGATIVE) / NEGATIVE == sign && is_removal(rest) == removal)
                    swap(entry, r->p + front++ * size, size);
            }
}

/* As deep as a serial is long. */
static void sort(const struct range *r, size_t at)
{
    size_t end[256], begin = 0;

    if (r->n <= FEW) {
        sort_few(r);
        return;
    }
    if (at == r->width) {
        sort_same(r);
        return;
    }
    part(r, at, end);
    for (size_t b = 0; b < 256; begin = end[b++])
        if (end[b] - begin > 1)
            sort(&(struct range){r->p + begin * (r->width + REST), end[b] - begin, r->width}, at + 1);
}

static bool same_serial(const struct hc_revocation_table *t, const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, t->width) == 0 && (a[t->width] & NEGATIVE) == (b[t->width] & NEGATIVE);
}

static void drop_repeated(struct hc_revocation_table *t)
{
    size_t kept = 0;

    for (size_t i = 0; i < t->n; i++) {
        if (kept > 0 && same_serial(t, entry_at(t, kept - 1), entry_at(t, i)))
            continue;
        if (kept != i)
            memcpy(entry_at(t, kept), entry_at(t, i), entry_size(t));
        kept++;
    }
    t->n = kept;
}

void hc_revocation_table_finish(struct hc_revocation_table *t)
{
    if (t->n == 0) {
        hc_revocation_table_fini(t);
        return;
    }
    sort(&(struct range){t->p, t->n, t->width}, 0);
    drop_repeated(t);
    uint8_t *p = realloc(t->p, t->n * entry_size(t));
    if (p != NULL) { /* giving back cannot fail; should it, more is kept than needed */
        t->p = p;
        t->room = t->n * entry_size(t);
    }
    while (t->common < t->width && entry_at(t, 0)[t->common] == entry_at(t, t->n - 1)[t->common])
        t->common++;
}

/* ---- searching ---- */

/* The eight bytes after the common ones, as a number: what guesses go by. */
static uint64_t value_of(const struct hc_revocation_table *t, const uint8_t *serial)
{
    uint64_t v = 0;

    for (size_t i = t->common; i < t->common + 8; i++)
        v = v << 8 | (i < t->width ? serial[i] : 0);
    return v;
}

/* What is left to search, and the values just outside of it, as far as they were seen: an entry is looked at once. */
struct window {
    size_t low, high; /* in [low, high) */
    uint64_t least, most;
};

/* Where a serial of this value should stand, if they are evenly spread. */
static size_t guess(const struct window *w, uint64_t value)
{
    double share;

    if (value <= w->least)
        return w->low;
    if (value >= w->most)
        return w->high - 1;
    share = (double)(value - w->least) / (double)(w->most - w->least);
    size_t at = w->low + (size_t)(share * (double)(w->high - w->low));
    return at < w->high ? at : w->high - 1;
}

static struct hc_crl_entry what_of(const uint8_t *rest)
{
    uint64_t v = 0;

    for (size_t i = 0; i < REST; i++)
        v = v << 8 | rest[i];
    return (struct hc_crl_entry){.time = (int64_t)(v & (uint64_t)TIME_MOST),
                                 .reason = (enum hc_crl_reason)(v >> 35 & 0xf)};
}

/* After the guesses the place is near: steps that grow lead past it, and between the last two it is halved. */
static size_t probe(const struct window *w, bool upwards, size_t step)
{
    if (step == HALVE || step >= w->high - w->low)
        return w->low + (w->high - w->low) / 2;
    return upwards ? w->low + step : w->high - 1 - step;
}

static void narrow(const struct hc_revocation_table *t, struct window *w, size_t middle, bool upwards)
{
    if (upwards) {
        w->low = middle + 1;
        w->least = value_of(t, entry_at(t, middle));
    } else {
        w->high = middle;
        w->most = value_of(t, entry_at(t, middle));
    }
}

/* The place of a serial, or n. */
static size_t search(const struct hc_revocation_table *t, const uint8_t *wanted)
{
    uint64_t value = value_of(t, wanted);
    struct window w = {.high = t->n, .least = value_of(t, entry_at(t, 0)), .most = value_of(t, entry_at(t, t->n - 1))};
    size_t step = NEAR;
    bool upwards = true;

    for (unsigned tries = 0; w.low < w.high; tries++) {
        size_t middle = tries < GUESSES ? guess(&w, value) : probe(&w, upwards, step);
        const uint8_t *entry = entry_at(t, middle);

        if (same_serial(t, wanted, entry))
            return middle;
        bool up = entry_cmp(wanted, entry, t->width) > 0;
        narrow(t, &w, middle, up);
        if (tries >= GUESSES)
            step = up == upwards ? step * 4 : HALVE; /* past it: only halving from now on */
        upwards = up;
    }
    return t->n;
}

bool hc_revocation_table_find(const struct hc_revocation_table *t, struct hc_bytes serial, struct hc_crl_entry *out)
{
    uint8_t wanted[WIDEST + REST];

    if (serial.n == 0 || t->n == 0)
        return false;
    bool negative = serial.p[0] & 0x80;
    struct hc_bytes s = significant(serial, negative);
    if (s.n > t->width)
        return false;
    write_entry(wanted, t->width, s, negative, (struct hc_crl_entry){0});
    size_t at = search(t, wanted);
    if (at == t->n)
        return false;
    if (out != NULL)
        *out = what_of(entry_at(t, at) + t->width);
    return true;
}

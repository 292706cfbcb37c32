/* der.c - the strict reader: every step checks that it stays within the input before it moves. */
#include "asn1/der.h"

#include "base/clock.h"

struct hc_der hc_der_init(struct hc_bytes in)
{
    static const uint8_t nothing;

    if (!in.p)
        return (struct hc_der){&nothing, &nothing, false};
    return (struct hc_der){in.p, in.p + in.n, false};
}

void hc_der_fail(struct hc_der *d)
{
    d->failed = true;
    d->p = d->end;
}

bool hc_der_at_end(const struct hc_der *d)
{
    return d->failed || d->p == d->end;
}

uint8_t hc_der_peek(const struct hc_der *d)
{
    return hc_der_at_end(d) ? 0 : *d->p;
}

bool hc_der_is(const struct hc_der *d, uint8_t tag)
{
    return !hc_der_at_end(d) && *d->p == tag;
}

static size_t left(const struct hc_der *d)
{
    return (size_t)(d->end - d->p);
}

/* The length octets [X.690 8.1.3, 10.1]: definite, in the fewest octets, and not beyond the input. */
static bool read_length(struct hc_der *d, size_t *n)
{
    size_t octets;

    if (left(d) == 0)
        return false;
    *n = *d->p++;
    if (*n < 0x80)
        return *n <= left(d);
    octets = *n & 0x7f;
    if (octets == 0 || octets > 4 || octets > left(d) || *d->p == 0) /* 4 octets: beyond every limit in this program */
        return false;
    *n = 0;
    while (octets-- > 0)
        *n = *n << 8 | *d->p++;
    return *n >= 0x80 && *n <= left(d);
}

/* Moves past one element and returns its contents; *whole gets the element with its header. */
static struct hc_bytes element(struct hc_der *d, uint8_t *tag, struct hc_bytes *whole)
{
    const uint8_t *start = d->p;
    struct hc_bytes contents = {NULL, 0};
    size_t n;

    *tag = 0;
    *whole = contents;
    if (hc_der_at_end(d)) {
        hc_der_fail(d);
        return contents;
    }
    *tag = *d->p++;
    if ((*tag & 0x1f) == 0x1f || *tag == 0 || !read_length(d, &n)) { /* 0 is the end-of-contents mark of BER */
        *tag = 0;
        hc_der_fail(d);
        return contents;
    }
    contents = hc_bytes_of(d->p, n);
    d->p += n;
    *whole = hc_bytes_of(start, (size_t)(d->p - start));
    return contents;
}

struct hc_bytes hc_der_value(struct hc_der *d, uint8_t *tag)
{
    struct hc_bytes whole;

    return element(d, tag, &whole);
}

struct hc_bytes hc_der_any(struct hc_der *d, uint8_t *tag)
{
    struct hc_bytes whole;
    uint8_t got;

    element(d, &got, &whole);
    if (tag)
        *tag = got;
    return whole;
}

/* Fails the cursor unless the next element has this tag. */
static bool expect(struct hc_der *d, uint8_t tag)
{
    if (hc_der_is(d, tag))
        return true;
    hc_der_fail(d);
    return false;
}

struct hc_bytes hc_der_get(struct hc_der *d, uint8_t tag)
{
    uint8_t got;

    return expect(d, tag) ? hc_der_value(d, &got) : (struct hc_bytes){NULL, 0};
}

struct hc_bytes hc_der_tlv(struct hc_der *d, uint8_t tag)
{
    return expect(d, tag) ? hc_der_any(d, NULL) : (struct hc_bytes){NULL, 0};
}

struct hc_der hc_der_enter(struct hc_der *d, uint8_t tag)
{
    struct hc_der child = hc_der_init(hc_der_get(d, tag));

    if (d->failed)
        hc_der_fail(&child);
    return child;
}

bool hc_der_enter_optional(struct hc_der *d, uint8_t tag, struct hc_der *child)
{
    if (!hc_der_is(d, tag))
        return false;
    *child = hc_der_enter(d, tag);
    return true;
}

void hc_der_leave(struct hc_der *d, const struct hc_der *child)
{
    if (child->failed || child->p != child->end)
        hc_der_fail(d);
}

bool hc_der_skip_optional(struct hc_der *d, uint8_t tag)
{
    if (!hc_der_is(d, tag))
        return false;
    hc_der_any(d, NULL);
    return true;
}

bool hc_der_bool_as(struct hc_der *d, uint8_t tag)
{
    struct hc_bytes v = hc_der_get(d, tag);

    if (v.n != 1 || (v.p[0] != 0x00 && v.p[0] != 0xff)) /* [X.690 11.1] */
        hc_der_fail(d);
    return !d->failed && v.p[0] == 0xff;
}

bool hc_der_bool(struct hc_der *d)
{
    return hc_der_bool_as(d, HC_DER_BOOLEAN);
}

/* [X.690 8.3.2]: the first nine bits are neither all zero nor all one. */
static bool is_minimal(struct hc_bytes v)
{
    if (v.n < 2)
        return v.n == 1;
    return !(v.p[0] == 0x00 && v.p[1] < 0x80) && !(v.p[0] == 0xff && v.p[1] >= 0x80);
}

struct hc_bytes hc_der_integer_as(struct hc_der *d, uint8_t tag)
{
    struct hc_bytes v = hc_der_get(d, tag);

    if (is_minimal(v))
        return v;
    hc_der_fail(d);
    return (struct hc_bytes){NULL, 0};
}

struct hc_bytes hc_der_integer(struct hc_der *d)
{
    return hc_der_integer_as(d, HC_DER_INTEGER);
}

static int64_t bounded(struct hc_der *d, uint8_t tag, int64_t max)
{
    struct hc_bytes v = hc_der_integer_as(d, tag);
    uint64_t value = 0;

    if (v.n == 0 || v.n > 8 || v.p[0] >= 0x80) {
        hc_der_fail(d);
        return 0;
    }
    for (size_t i = 0; i < v.n; i++)
        value = value << 8 | v.p[i];
    if ((int64_t)value > max) {
        hc_der_fail(d);
        return 0;
    }
    return (int64_t)value;
}

int64_t hc_der_small(struct hc_der *d, int64_t max)
{
    return bounded(d, HC_DER_INTEGER, max);
}

int64_t hc_der_enumerated(struct hc_der *d, int64_t max)
{
    return bounded(d, HC_DER_ENUMERATED, max);
}

/* [X.690 8.19.2]: arcs in base 128, none beginning with 80, the last one complete. */
static bool is_oid(struct hc_bytes v)
{
    bool starts = true;

    for (size_t i = 0; i < v.n; i++) {
        if (starts && v.p[i] == 0x80)
            return false;
        starts = v.p[i] < 0x80;
    }
    return v.n > 0 && starts;
}

struct hc_bytes hc_der_oid(struct hc_der *d)
{
    struct hc_bytes v = hc_der_get(d, HC_DER_OID);

    if (is_oid(v))
        return v;
    hc_der_fail(d);
    return (struct hc_bytes){NULL, 0};
}

static struct hc_der_bits bitstring(struct hc_der *d, uint8_t tag)
{
    struct hc_bytes v = hc_der_get(d, tag);
    unsigned unused = v.n ? v.p[0] : 8;

    if (unused > 7 || (v.n == 1 && unused != 0) ||
        (v.p[v.n - 1] & ((1u << unused) - 1)) != 0) { /* [X.690 8.6.2.3, 11.2.1]; with v.n == 1, that byte is 0 */
        hc_der_fail(d);
        return (struct hc_der_bits){{NULL, 0}, 0};
    }
    return (struct hc_der_bits){hc_bytes_skip(v, 1), unused};
}

struct hc_der_bits hc_der_bitstring(struct hc_der *d)
{
    return bitstring(d, HC_DER_BITSTRING);
}

struct hc_bytes hc_der_bitstring_bytes(struct hc_der *d)
{
    struct hc_der_bits bits = hc_der_bitstring(d);

    if (bits.unused == 0)
        return bits.bytes;
    hc_der_fail(d);
    return (struct hc_bytes){NULL, 0};
}

uint32_t hc_der_named_bits_as(struct hc_der *d, uint8_t tag)
{
    struct hc_der_bits bits = bitstring(d, tag);
    struct hc_bytes b = bits.bytes;
    uint32_t out = 0;

    if (b.n > 4 || (b.n > 0 && (b.p[b.n - 1] >> bits.unused & 1) == 0)) {
        hc_der_fail(d);
        return 0;
    }
    for (size_t i = 0; i < b.n * 8; i++)
        if (b.p[i / 8] & 0x80 >> i % 8)
            out |= UINT32_C(1) << i;
    return out;
}

uint32_t hc_der_named_bits(struct hc_der *d)
{
    return hc_der_named_bits_as(d, HC_DER_BITSTRING);
}

void hc_der_null(struct hc_der *d)
{
    if (hc_der_get(d, HC_DER_NULL).n != 0)
        hc_der_fail(d);
}

/* Two decimal digits; -1 when they are none. */
static int two_digits(const uint8_t *p)
{
    if (!hc_ascii_is_digit(p[0]) || !hc_ascii_is_digit(p[1]))
        return -1;
    return (p[0] - '0') * 10 + (p[1] - '0');
}

int64_t hc_der_time(struct hc_der *d, bool *off_profile)
{
    uint8_t tag;
    struct hc_bytes v = hc_der_value(d, &tag);
    size_t year_digits = tag == HC_DER_UTCTIME ? 2 : 4;
    int64_t t = 0;
    int f[7];
    int year;

    if ((tag != HC_DER_UTCTIME && tag != HC_DER_GENERALIZEDTIME) || v.n != year_digits + 11 || v.p[v.n - 1] != 'Z') {
        hc_der_fail(d);
        return 0;
    }
    for (size_t i = 0; i < v.n / 2; i++)
        f[i] = two_digits(v.p + 2 * i);
    if (tag == HC_DER_UTCTIME)
        year = f[0] < 0 ? -1 : f[0] + (f[0] < 50 ? 2000 : 1900); /* [RFC 5280 4.1.2.5.1] */
    else
        year = f[0] < 0 || f[1] < 0 ? -1 : f[0] * 100 + f[1];
    if (!hc_time_from_utc(year, f[v.n / 2 - 5], f[v.n / 2 - 4], f[v.n / 2 - 3], f[v.n / 2 - 2], f[v.n / 2 - 1], &t))
        hc_der_fail(d);
    if (off_profile && tag == HC_DER_GENERALIZEDTIME && year < 2050)
        *off_profile = true;
    return t;
}

struct hc_rc hc_der_done(const struct hc_der *d, const char *what, struct hc_err *e)
{
    if (d->failed)
        return HC_FAIL(e, HC_E_DER, "%s is not strict DER", what);
    if (d->p != d->end)
        return HC_FAIL(e, HC_E_DER, "%s has %zu bytes after its end", what, left(d));
    return HC_OK;
}

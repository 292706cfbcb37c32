/* derw.c - elements are begun with a one-byte length; a longer one is made room for when the element ends. */
#include "asn1/derw.h"

#include <assert.h>

#include "base/clock.h"

size_t hc_derw_begin(struct hc_buf *out, uint8_t tag)
{
    hc_buf_add_byte(out, tag);
    hc_buf_add_byte(out, 0);
    return out->n;
}

static size_t length_octets(size_t n)
{
    size_t octets = 0;

    if (n < 0x80)
        return 0;
    for (; n > 0; n >>= 8)
        octets++;
    return octets;
}

void hc_derw_end(struct hc_buf *out, size_t position)
{
    size_t n;
    size_t more;

    if (out->failed != HC_OK_CODE)
        return;
    assert(position >= 2 && position <= out->n);
    n = out->n - position;
    more = length_octets(n);
    if (!hc_buf_reserve(out, more))
        return;
    memmove(out->p + position + more, out->p + position, n);
    out->n += more;
    out->p[position - 1] = (uint8_t)(more ? 0x80 | more : n);
    for (size_t i = 0; i < more; i++)
        out->p[position + i] = (uint8_t)(n >> 8 * (more - 1 - i));
}

void hc_derw_element(struct hc_buf *out, uint8_t tag, struct hc_bytes contents)
{
    size_t at = hc_derw_begin(out, tag);

    hc_buf_add(out, contents);
    hc_derw_end(out, at);
}

void hc_derw_raw(struct hc_buf *out, struct hc_bytes der)
{
    hc_buf_add(out, der);
}

void hc_derw_bool(struct hc_buf *out, bool value)
{
    hc_derw_element(out, HC_DER_BOOLEAN, hc_bytes_of(value ? "\xff" : "\x00", 1));
}

void hc_derw_integer(struct hc_buf *out, struct hc_bytes magnitude)
{
    size_t at = hc_derw_begin(out, HC_DER_INTEGER);

    while (magnitude.n > 0 && magnitude.p[0] == 0)
        magnitude = hc_bytes_skip(magnitude, 1);
    if (magnitude.n == 0 || magnitude.p[0] >= 0x80)
        hc_buf_add_byte(out, 0);
    hc_buf_add(out, magnitude);
    hc_derw_end(out, at);
}

void hc_derw_small(struct hc_buf *out, uint64_t value)
{
    uint8_t be[8];

    for (size_t i = 0; i < sizeof be; i++)
        be[i] = (uint8_t)(value >> 8 * (7 - i));
    hc_derw_integer(out, hc_bytes_of(be, sizeof be));
}

void hc_derw_enumerated(struct hc_buf *out, uint8_t value)
{
    assert(value < 0x80);
    hc_derw_element(out, HC_DER_ENUMERATED, hc_bytes_of(&value, 1));
}

void hc_derw_oid(struct hc_buf *out, struct hc_bytes contents)
{
    hc_derw_element(out, HC_DER_OID, contents);
}

void hc_derw_bitstring(struct hc_buf *out, struct hc_bytes bytes)
{
    size_t at = hc_derw_begin(out, HC_DER_BITSTRING);

    hc_buf_add_byte(out, 0);
    hc_buf_add(out, bytes);
    hc_derw_end(out, at);
}

void hc_derw_named_bits(struct hc_buf *out, uint32_t bits)
{
    uint8_t v[5] = {0};
    size_t used = 0;

    for (size_t i = 0; i < 32; i++) {
        if (bits >> i & 1) {
            v[1 + i / 8] |= (uint8_t)(0x80 >> i % 8);
            used = i + 1;
        }
    }
    v[0] = (uint8_t)((8 - used % 8) % 8);
    hc_derw_element(out, HC_DER_BITSTRING, hc_bytes_of(v, 1 + (used + 7) / 8));
}

void hc_derw_octets(struct hc_buf *out, struct hc_bytes contents)
{
    hc_derw_element(out, HC_DER_OCTETS, contents);
}

void hc_derw_null(struct hc_buf *out)
{
    hc_derw_element(out, HC_DER_NULL, (struct hc_bytes){NULL, 0});
}

void hc_derw_utf8(struct hc_buf *out, struct hc_bytes text)
{
    hc_derw_element(out, HC_DER_UTF8, text);
}

void hc_derw_printable(struct hc_buf *out, struct hc_bytes text)
{
    hc_derw_element(out, HC_DER_PRINTABLE, text);
}

void hc_derw_ia5(struct hc_buf *out, struct hc_bytes text)
{
    hc_derw_element(out, HC_DER_IA5, text);
}

static uint8_t *put_digits(uint8_t *at, int v, int count)
{
    for (int i = count; i-- > 0; v /= 10)
        at[i] = (uint8_t)('0' + v % 10);
    return at + count;
}

/* Digit by digit: a CRL has a date for each of a million certificates. */
void hc_derw_time(struct hc_buf *out, int64_t t)
{
    uint8_t text[sizeof "YYYYMMDDHHMMSSZ"], *end = text;
    bool utc;
    int u[6];

    hc_time_to_utc(t, u);
    utc = u[0] >= 1950 && u[0] <= 2049;
    end = put_digits(end, utc ? u[0] % 100 : u[0], utc ? 2 : 4);
    for (size_t i = 1; i < sizeof u / sizeof *u; i++)
        end = put_digits(end, u[i], 2);
    *end++ = 'Z';
    hc_derw_element(out, utc ? HC_DER_UTCTIME : HC_DER_GENERALIZEDTIME, hc_bytes_of(text, (size_t)(end - text)));
}

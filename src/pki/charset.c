/* charset.c - decoding of UTF8String, BMPString, UniversalString and the one-byte types. */
#include "pki/charset.h"

#include "asn1/der.h"

bool hc_charset_is_text(uint8_t tag)
{
    switch (tag) {
    case HC_DER_UTF8:
    case HC_DER_NUMERIC:
    case HC_DER_PRINTABLE:
    case HC_DER_TELETEX:
    case HC_DER_IA5:
    case HC_DER_VISIBLE:
    case HC_DER_UNIVERSAL:
    case HC_DER_BMP:
        return true;
    default:
        return false;
    }
}

static bool is_scalar(uint32_t c)
{
    return c < HC_CHARSET_INVALID && !(c >= 0xd800 && c <= 0xdfff);
}

/* How many continuation bytes follow a lead byte, and the smallest character that needs so many; -1 for no lead
 * byte. */
static int utf8_shape(uint8_t lead, uint32_t *c, uint32_t *least)
{
    static const uint32_t leasts[] = {0, 0x80, 0x800, 0x10000};
    int n = lead < 0x80 ? 0 : lead >> 5 == 0x6 ? 1 : lead >> 4 == 0xe ? 2 : lead >> 3 == 0x1e ? 3 : -1;

    if (n < 0)
        return n;
    *c = n == 0 ? lead : lead & (0x3fu >> n);
    *least = leasts[n];
    return n;
}

static uint32_t next_utf8(struct hc_bytes *in)
{
    uint32_t invalid = HC_CHARSET_INVALID + in->p[0];
    uint32_t c = 0;
    uint32_t least = 0;
    int n = utf8_shape(in->p[0], &c, &least);
    bool ok = n >= 0 && in->n > (size_t)n;

    for (int i = 1; ok && i <= n; i++) {
        ok = in->p[i] >> 6 == 2;
        c = c << 6 | (in->p[i] & 0x3fu);
    }
    ok = ok && c >= least && is_scalar(c);
    *in = hc_bytes_skip(*in, ok ? (size_t)n + 1 : 1);
    return ok ? c : invalid;
}

static uint32_t next_wide(struct hc_bytes *in, size_t width)
{
    uint32_t c = 0;
    uint8_t first = in->p[0];

    if (in->n < width) {
        *in = hc_bytes_skip(*in, 1);
        return HC_CHARSET_INVALID + first;
    }
    for (size_t i = 0; i < width; i++)
        c = c << 8 | in->p[i];
    *in = hc_bytes_skip(*in, width);
    return is_scalar(c) ? c : HC_CHARSET_INVALID + first;
}

bool hc_charset_next(uint8_t tag, struct hc_bytes *in, uint32_t *c)
{
    if (in->n == 0)
        return false;
    switch (tag) {
    case HC_DER_UTF8:
        *c = next_utf8(in);
        break;
    case HC_DER_BMP:
        *c = next_wide(in, 2);
        break;
    case HC_DER_UNIVERSAL:
        *c = next_wide(in, 4);
        break;
    default:
        *c = in->p[0] < 0x80 || tag == HC_DER_TELETEX ? in->p[0] /* issuers put Latin-1 into TeletexString */
                                                      : HC_CHARSET_INVALID + in->p[0];
        *in = hc_bytes_skip(*in, 1);
    }
    return true;
}

size_t hc_charset_utf8(uint32_t c, uint8_t out[4])
{
    size_t n;

    if (!is_scalar(c))
        c = 0xfffd;
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (uint8_t)(0xf00u >> n | c); /* n ones, then a zero */
    return n;
}

bool hc_charset_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

bool hc_charset_is_deceptive(uint32_t c)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0xad, 0xad},     {0x61c, 0x61c},   {0x115f, 0x1160}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

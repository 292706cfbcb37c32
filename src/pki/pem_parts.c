/* pem_parts.c - see pem_parts.h. */
#include "pki/pem_parts.h"

#include "pki/pem.h"

struct hc_bytes hc_pem_part_line(struct hc_bytes line)
{
    while (line.n > 0 && memchr(" \t\r", line.p[line.n - 1], 3))
        line.n--;
    return line;
}

bool hc_pem_part_boundary(struct hc_bytes line, struct hc_bytes prefix, struct hc_bytes *label)
{
    if (!hc_bytes_starts(line, prefix) || !hc_bytes_ends(line, HC_PEM_DASHES) || line.n < prefix.n + HC_PEM_DASHES.n)
        return false;
    *label = hc_bytes_head(hc_bytes_skip(line, prefix.n), line.n - prefix.n - HC_PEM_DASHES.n);
    return label->n <= HC_PEM_LABEL_MAX;
}

static int sextet(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (hc_ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int hc_pem_part_base64(struct hc_pem_base64 *b, uint8_t c, uint8_t out[3])
{
    int v = c == '=' ? 0 : sextet(c);

    b->chars++;
    b->pads += c == '=';
    if (v < 0 || b->pads > 2 || (b->pads > 0 && c != '='))
        return -1;
    b->bits = (b->bits << 6 | (uint32_t)v) & 0xffffff;
    if (b->chars % 4 != 0)
        return 0;
    /* [RFC 4648 3.5]: bits that nobody reads must be zero, or one value has many texts */
    if (b->pads > 0 && (b->bits & (b->pads == 1 ? 0xffu : 0xffffu)) != 0)
        return -1;
    for (unsigned k = 0; k < 3 - b->pads; k++)
        out[k] = (uint8_t)(b->bits >> (16 - 8 * k));
    return 3 - (int)b->pads;
}

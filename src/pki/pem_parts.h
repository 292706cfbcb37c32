/*
 * pem_parts.h - what PEM text [RFC 7468] is made of: lines, boundaries, base64; for pem.c and crl_text.c only.
 */
#ifndef HC_PKI_PEM_PARTS_H
#define HC_PKI_PEM_PARTS_H

#include "base/bytes.h"

#define HC_PEM_DASHES HC_BYTES("-----")
#define HC_PEM_BEGIN HC_BYTES("-----BEGIN ")
#define HC_PEM_END HC_BYTES("-----END ")

/* Without the blanks at its end, which a line may have. */
struct hc_bytes hc_pem_part_line(struct hc_bytes line);

/* Is it "-----BEGIN LABEL-----", with `prefix` up to the label? */
bool hc_pem_part_boundary(struct hc_bytes line, struct hc_bytes prefix, struct hc_bytes *label);

/* One block's text; begins with zeros. */
struct hc_pem_base64 {
    uint32_t bits; /* not yet given, in the low end */
    unsigned chars;
    unsigned pads;
};

/* Takes a character; returns how many bytes are in `out` now, 0 to 3, or -1 when the text is not clean base64. It is
 * whole when `chars` is a multiple of 4. */
int hc_pem_part_base64(struct hc_pem_base64 *b, uint8_t c, uint8_t out[3]);

#endif

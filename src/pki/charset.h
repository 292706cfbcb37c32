/*
 * charset.h - the characters of the DER string types, as Unicode code points. Allocates nothing.
 */
#ifndef HC_PKI_CHARSET_H
#define HC_PKI_CHARSET_H

#include "base/buf.h"

/* Values from here on are no characters: HC_CHARSET_INVALID + b stands for a byte b that does not decode. */
#define HC_CHARSET_INVALID UINT32_C(0x110000)

/* Is this a type of text? */
bool hc_charset_is_text(uint8_t tag);

/* Takes the next character of text of this type; false at the end. */
bool hc_charset_next(uint8_t tag, struct hc_bytes *in, uint32_t *c);

/* Writes a character in UTF-8 into out[4] and returns its length; what is no character becomes U+FFFD. */
size_t hc_charset_utf8(uint32_t c, uint8_t out[4]);

/* NUL, C0, DEL and C1: never part of a name. */
bool hc_charset_is_control(uint32_t c);

/* Characters that change or hide how the text around them looks: bidirectional, invisible, line-breaking. */
bool hc_charset_is_deceptive(uint32_t c);

#endif

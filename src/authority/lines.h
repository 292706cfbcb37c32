/* lines.h - the texts of this module that are read strictly: lines of "KEY: VALUE" in one order. Private to this
 * module. */
#ifndef HC_AUTHORITY_LINES_H
#define HC_AUTHORITY_LINES_H

#include "base/bytes.h"
#include "crypto/digest.h"

/* The value of the next line, which must begin with `key` ("root: ") and end; *in moves past it. False otherwise, and
 * nothing has changed. */
bool hc_lines_take(struct hc_bytes *in, const char *key, struct hc_bytes *value);

/* A SHA-256 in hexadecimal. False when it is none; `out` may then be written to in part. */
bool hc_lines_sha256(struct hc_bytes text, uint8_t out[HC_SHA256_SIZE]);

#endif

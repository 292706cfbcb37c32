/*
 * escape.h - the one way a peer's bytes reach text, JSON, CSV or HTML, one escaper per form (T43).
 *
 * Each appends to `out` and never fails by itself: hc_buf_check(out) tells. Input that is not UTF-8 is shown byte by
 * byte. An escaped value takes at most six times the room of its input. Pure functions; any thread.
 */
#ifndef HC_BASE_ESCAPE_H
#define HC_BASE_ESCAPE_H

#include "base/buf.h"

/* For a terminal or a text log: controls (C0, DEL, C1), bidirectional and zero-width characters, backslash and invalid
 * UTF-8 become \n, \t, \xHH or \u{HHHH}; everything else is copied. */
void hc_escape_text(struct hc_buf *out, struct hc_bytes in);

/* The inside of a JSON string (without the quotes) [RFC 8259 7]; C1, bidi and zero-width characters as \uHHHH, invalid
 * bytes as \ufffd. */
void hc_escape_json(struct hc_buf *out, struct hc_bytes in);

/* One CSV field, quoted when needed [RFC 4180]; a leading = + - @ tab or CR gets an apostrophe before it; everything
 * that hc_escape_text escapes is escaped, and the semicolon, so that a field never holds a line break or another
 * separator. */
void hc_escape_csv(struct hc_buf *out, struct hc_bytes in);

/* Text or attribute value of HTML: & < > " ' and everything that hc_escape_text escapes. */
void hc_escape_html(struct hc_buf *out, struct hc_bytes in);

/* Lower-case hexadecimal of the bytes, with `separator` between pairs unless it is 0. */
void hc_escape_hex(struct hc_buf *out, struct hc_bytes in, char separator);

/* Base64 with padding, in one line [RFC 4648 4]. */
void hc_escape_base64(struct hc_buf *out, struct hc_bytes in);

/* May it stand in a command that somebody copies into a shell? Only letters, digits and @._:/+-, and no dash in front: the
 * shell reads it as it looks, and the command takes it for no option. */
bool hc_escape_is_shell_word(struct hc_bytes word);

/* Percent-encodes every byte outside [A-Za-z0-9._@-] and a leading dot: the directory name of an identity. */
void hc_escape_dirname(struct hc_buf *out, struct hc_bytes in);

#endif

/*
 * text.h - lines that fit a terminal: cells, fields, wrapped sentences. Nothing here fails by itself: hc_buf_check of the
 * buffer tells.
 */
#ifndef HC_BASE_TEXT_H
#define HC_BASE_TEXT_H

#include "base/buf.h"
#include "base/err.h"

#define HC_TEXT_COLUMNS 80

/* Escaped, cut to `width` columns with "..." at the end, and padded to it unless `last`. */
void hc_text_cell(struct hc_buf *out, struct hc_bytes text, size_t width, bool last);

/*
 * Appends escaped words, and ends the line. It has `used` columns already, which are `indent` or fewer when nothing but
 * a label stands there; lines that follow are indented, and a word that is longer than a line is broken.
 */
void hc_text_wrap(struct hc_buf *out, size_t used, size_t indent, struct hc_bytes text);

/* Lines "      HC-1010 what happened", for lists of failures. */
void hc_text_reason(struct hc_buf *out, const struct hc_err *why);

/* A line "  label     value": the label padded to 12 columns; value escaped. */
void hc_text_field(struct hc_buf *out, const char *label, struct hc_bytes value);
void hc_text_fieldf(struct hc_buf *out, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "2026-11-21T10:00:00Z (in 3 days)", "(2 hours ago)". */
void hc_text_when(struct hc_buf *out, int64_t t, int64_t now);

#endif

/*
 * out.h - what commands print: text on stdout, errors and warnings on stderr, tables that fit 80 columns, JSON.
 */
#ifndef HC_CMD_OUT_H
#define HC_CMD_OUT_H

#include "base/buf.h"
#include "base/err.h"

#define HC_OUT_COLUMNS 80
#define HC_OUT_MAX ((size_t)256 << 20) /* of one command: a million certificates as JSON */

/* Writes all of it to stdout. Fails with HC_E_DISK_FULL, HC_E_FILE_UNWRITABLE, and with what the buffer failed with. */
struct hc_rc hc_out_flush(struct hc_buf *text, struct hc_err *e);

/* An error to stderr: what happened, the catalogue's sentence, the fix and the id. Never fails. */
void hc_out_error(const struct hc_err *e);

/* "handclasp: warning: TEXT", and the row's fix; to stderr. */
void hc_out_warning(enum hc_code code, const char *text);

/* stdout is a terminal and NO_COLOR is unset or empty. */
bool hc_out_color(void);

/* Escaped, cut to `width` columns with "..." at the end, and padded to it unless `last`. */
void hc_out_cell(struct hc_buf *out, struct hc_bytes text, size_t width, bool last);

/* A line "  label     value": the label padded to 12 columns; value escaped. */
void hc_out_field(struct hc_buf *out, const char *label, struct hc_bytes value);
void hc_out_fieldf(struct hc_buf *out, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "2026-11-21T10:00:00Z (in 3 days)", "(2 hours ago)". */
void hc_out_when(struct hc_buf *out, int64_t t, int64_t now);

/*
 * JSON as it grows. `key` is NULL in an array and at the top. Depth is the caller's: every begin has its end.
 */
struct hc_json {
    struct hc_buf *out; /* borrowed */
    unsigned depth;
    bool first; /* nothing stands before in this object or array */
};
struct hc_json hc_json_init(struct hc_buf *out);
void hc_json_begin(struct hc_json *j, const char *key, char bracket); /* '{' or '[' */
void hc_json_end(struct hc_json *j, char bracket);                    /* '}' or ']' */
void hc_json_bytes(struct hc_json *j, const char *key, struct hc_bytes value);
void hc_json_str(struct hc_json *j, const char *key, const char *value); /* NULL writes null */
void hc_json_int(struct hc_json *j, const char *key, int64_t value);
void hc_json_bool(struct hc_json *j, const char *key, bool value);
void hc_json_time(struct hc_json *j, const char *key, int64_t t); /* RFC 3339 */

#endif

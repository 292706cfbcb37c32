/*
 * out.h - what commands print: text on stdout, errors and warnings on stderr, tables that fit 80 columns, JSON.
 */
#ifndef HC_CMD_OUT_H
#define HC_CMD_OUT_H

#include "base/buf.h"
#include "base/err.h"

#define HC_OUT_COLUMNS 80
#define HC_OUT_MAX ((size_t)256 << 20)  /* of one command that prints everything at its end */
#define HC_OUT_CHUNK ((size_t)64 << 10) /* of one that prints as it goes: what a pipe holds */

/* Writes all of it to stdout. Fails with HC_E_DISK_FULL, HC_E_FILE_UNWRITABLE, and with what the buffer failed with. */
struct hc_rc hc_out_flush(struct hc_buf *text, struct hc_err *e);

/* The same once HC_OUT_CHUNK bytes have come together: for rows without number. The last hc_out_flush is the
 * caller's. */
struct hc_rc hc_out_stream(struct hc_buf *text, struct hc_err *e);

/* The failure is that nobody reads stdout any more (`list | head`): a command that only prints then ends as if done. */
bool hc_out_unread(const struct hc_err *e);

/* An error to stderr: what happened, the catalogue's sentence, the fix and the id. Never fails. */
void hc_out_error(const struct hc_err *e);

/* "handclasp: warning: TEXT", and the row's fix; to stderr. */
void hc_out_warning(enum hc_code code, const char *text);

/* stdout is a terminal and NO_COLOR is unset or empty. */
bool hc_out_color(void);

/* Escaped, cut to `width` columns with "..." at the end, and padded to it unless `last`. */
void hc_out_cell(struct hc_buf *out, struct hc_bytes text, size_t width, bool last);

/*
 * Appends escaped words, and ends the line. It has `used` columns already, which are `indent` or fewer when nothing but
 * a label stands there; lines that follow are indented, and a word that is longer than a line is broken.
 */
void hc_out_wrap(struct hc_buf *out, size_t used, size_t indent, struct hc_bytes text);

/* Lines "      HC-1010 what happened", for lists of failures. */
void hc_out_reason(struct hc_buf *out, const struct hc_err *why);

/* A line "  label     value": the label padded to 12 columns; value escaped. */
void hc_out_field(struct hc_buf *out, const char *label, struct hc_bytes value);
void hc_out_fieldf(struct hc_buf *out, const char *label, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "2026-11-21T10:00:00Z (in 3 days)", "(2 hours ago)". */
void hc_out_when(struct hc_buf *out, int64_t t, int64_t now);

/*
 * CSV as it grows [RFC 4180]: fields quoted where needed, lines ended by CR LF, nothing that a spreadsheet takes for a
 * formula.
 */
struct hc_csv {
    struct hc_buf *out; /* borrowed */
    bool begun;         /* a field stands before in this line */
};
struct hc_csv hc_csv_init(struct hc_buf *out);
void hc_csv_bytes(struct hc_csv *c, struct hc_bytes value);
void hc_csv_str(struct hc_csv *c, const char *value); /* NULL is an empty field */
void hc_csv_int(struct hc_csv *c, int64_t value);
void hc_csv_time(struct hc_csv *c, int64_t t); /* RFC 3339 */
void hc_csv_end(struct hc_csv *c);             /* ends the line */

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

/*
 * out.h - what commands print: text on stdout, errors and warnings on stderr, CSV; with base/text.h and base/json.h.
 */
#ifndef HC_CMD_OUT_H
#define HC_CMD_OUT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

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

#endif

/*
 * json_line.h - one member of a JSON object on one line, as this program's gates write them: strings, numbers, and
 * arrays of these, which are passed over.
 */
#ifndef HC_CMD_JSON_LINE_H
#define HC_CMD_JSON_LINE_H

#include "base/buf.h"

/* Appends the value: of a string its bytes with the escapes undone, otherwise the text as it stands. False, with
 * nothing appended, when there is no such member or the line is not such an object. */
bool hc_json_line_get(struct hc_bytes line, const char *key, struct hc_buf *out);

/* The same as a number that is not negative; 0 when it is none. */
size_t hc_json_line_count(struct hc_bytes line, const char *key);

#endif

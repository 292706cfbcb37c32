/*
 * json.h - JSON as it is written, member by member [RFC 8259]. Strings are escaped (T43). Never fails by itself:
 * hc_buf_check of the buffer tells.
 */
#ifndef HC_BASE_JSON_H
#define HC_BASE_JSON_H

#include "base/buf.h"

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

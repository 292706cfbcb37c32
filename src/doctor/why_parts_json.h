/* why_parts_json.h - what why_probe_json.c and why_line_json.c share: members of an object that may be anything. */
#ifndef HC_DOCTOR_WHY_PARTS_JSON_H
#define HC_DOCTOR_WHY_PARTS_JSON_H

#include <jansson.h>

#include "base/bytes.h"
#include "base/err.h"

#define HC_WHY_PARTS_VALUES 100000 /* each costs jansson some 100 bytes */

/* The value; NULL when it is no JSON, and *memory says whether memory was short. Too many values are no JSON. */
json_t *hc_why_parts_load(struct hc_bytes text, bool *memory);

/* The text of a member, cut to fit; "" when it is not there or no string. */
void hc_why_parts_text(const json_t *object, const char *key, char out[], size_t size);

/* The number of a member: `otherwise` when it is not there, no number, or outside 0 to `max`. */
int64_t hc_why_parts_number(const json_t *object, const char *key, int64_t max, int64_t otherwise);

/* A member of 64 hexadecimal digits. */
bool hc_why_parts_hash(const json_t *object, const char *key, uint8_t out[32]);

/* A member as RFC 3339 time; 0 when it is none. */
int64_t hc_why_parts_time(const json_t *object, const char *key);

#endif

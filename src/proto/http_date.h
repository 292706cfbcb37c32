/*
 * http_date.h - dates as HTTP writes them [RFC 9110 5.6.7].
 */
#ifndef HC_PROTO_HTTP_DATE_H
#define HC_PROTO_HTTP_DATE_H

#include <stdint.h>

#include "base/bytes.h"

/* "Sun, 06 Nov 1994 08:49:37 GMT" into out, for a time from the years 0000 to 9999; returns out. Pure. */
#define HC_HTTP_DATE_TEXT 30
const char *hc_http_date_text(int64_t t, char out[HC_HTTP_DATE_TEXT]);

/*
 * Reads any of the three forms of an HTTP-date. A two-digit year is the one that lies at most 50 years after `now`. The
 * name of the weekday must be one, but is not compared with the date. False, and *out untouched, for everything else: a
 * recipient then ignores the field. Pure.
 */
bool hc_http_date_parse(struct hc_bytes text, int64_t now, int64_t *out);

#endif

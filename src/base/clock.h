/*
 * clock.h - time. Wall-clock times are int64_t seconds since 1970-01-01T00:00:00Z; durations say their unit in their
 * name.
 */
#ifndef HC_BASE_CLOCK_H
#define HC_BASE_CLOCK_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define HC_MINUTE 60
#define HC_HOUR 3600
#define HC_DAY 86400

/* Beyond every date a certificate can carry (9999-12-31T23:59:59Z). */
#define HC_TIME_MAX INT64_C(253402300799)

/* CLOCK_REALTIME in seconds. */
int64_t hc_time_now(void);

/* CLOCK_MONOTONIC in milliseconds and in microseconds; for timeouts and durations. */
uint64_t hc_mono_ms(void);
uint64_t hc_mono_us(void);

/* "2026-11-21T10:00:00Z" into out (at least HC_TIME_TEXT bytes); returns out. Years 0000 to 9999, clamped outside. */
#define HC_TIME_TEXT 24
const char *hc_time_text(int64_t t, char out[HC_TIME_TEXT]);

/* Reads RFC 3339 with any offset and seconds without a fraction; the whole input. Fails with HC_E_DATE. */
struct hc_rc hc_time_parse(struct hc_bytes text, int64_t *out, struct hc_err *e);

/* Broken-down UTC to seconds; false when a field is out of range (leap seconds are). Months and days count from 1. */
bool hc_time_from_utc(int year, int month, int day, int hour, int minute, int second, int64_t *out);

/* Seconds to broken-down UTC: out[0..5] = year, month, day, hour, minute, second. */
void hc_time_to_utc(int64_t t, int out[6]);

/* "3 days", "2 hours", "59 seconds": the largest unit that is at least 2, of the absolute value. */
#define HC_AGE_TEXT 32
const char *hc_age_text(int64_t seconds, char out[HC_AGE_TEXT]);

#endif

/*
 * scalar.h - the typed scalars of a configuration: numbers and durations, read strictly.
 */
#ifndef HC_CONFIG_SCALAR_H
#define HC_CONFIG_SCALAR_H

#include "base/bytes.h"

/* Decimal with an optional minus; no plus, spaces or leading zeros (010 is eight to some). False when it is not one. */
bool hc_scalar_int(struct hc_bytes text, int64_t *out);

/* A whole number and one of s, m, h, d: seconds. "0s" is fine, a bare number is not. False when it is not one. */
bool hc_scalar_duration(struct hc_bytes text, int64_t *out);

#endif

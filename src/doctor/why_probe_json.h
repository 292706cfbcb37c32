/*
 * why_probe_json.h - reads of a probe's record (probe_out.h: hc_probe_json) what `why --probe` joins with a gate's.
 *
 * The file is a stranger's: bounded in size and depth, and every text is cut to the room that there is.
 */
#ifndef HC_DOCTOR_WHY_PROBE_JSON_H
#define HC_DOCTOR_WHY_PROBE_JSON_H

#include "doctor/why.h"

#define HC_WHY_PROBE_FILE ((size_t)4 << 20) /* a record with a long chain and all trials has some 200 KB */

/* Fails with HC_E_PROBE_RECORD (it is none, or has no connection in it), HC_E_TOO_BIG, HC_E_NOMEM; `out` is then
 * unspecified. Pure. */
struct hc_rc hc_why_probe_read(struct hc_bytes json, struct hc_why_probe *out, struct hc_err *e);

#endif

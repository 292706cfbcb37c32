/*
 * why_line_json.h - reads a line of observe/why_json.h back: what a gate says about its last handshakes.
 */
#ifndef HC_DOCTOR_WHY_LINE_JSON_H
#define HC_DOCTOR_WHY_LINE_JSON_H

#include "observe/why.h"

/* Texts are cut to fit, and what is not there or of another kind is left empty. Fails with HC_E_WHY_RECORD (no JSON
 * object), HC_E_NOMEM. Pure. */
struct hc_rc hc_why_line_read(struct hc_bytes line, struct hc_why *out, struct hc_err *e);

#endif

/*
 * canonical.h - the canonical forms behind name.h, one function a type. For name.c only; everybody else uses
 * hc_name_canonical.
 *
 * Each appends to `out` and fails with HC_E_IDENTITY_NAME, then without having appended anything.
 */
#ifndef HC_PKI_CANONICAL_H
#define HC_PKI_CANONICAL_H

#include "pki/name.h"

struct hc_rc hc_dns_canonical(struct hc_bytes value, enum hc_name_flags flags, struct hc_buf *out, struct hc_err *e);
struct hc_rc hc_email_canonical(struct hc_bytes value, struct hc_buf *out, struct hc_err *e);
struct hc_rc hc_uri_canonical(struct hc_bytes value, struct hc_buf *out, struct hc_err *e);

/* How much of a refused name a sentence repeats. */
#define HC_NAME_SHOWN 80

#endif

/*
 * ocsp_answers.h - what an OCSP response says, answer by answer, for people to read. What it is worth: hc_ocsp_check.
 */
#ifndef HC_PKI_OCSP_ANSWERS_H
#define HC_PKI_OCSP_ANSWERS_H

#include <stdint.h>

#include "pki/crl.h"
#include "pki/ocsp.h"

/* One answer. Views live as long as the response. */
struct hc_ocsp_said {
    const char *status;        /* "good", "revoked", "unknown"; static storage */
    struct hc_bytes serial;    /* contents of the INTEGER */
    int64_t this_update;       /* seconds UTC */
    int64_t next_update;       /* the last second for which it counts; made from HC_OCSP_AGE when it says none */
    bool revoked;              /* then: */
    int64_t revoked_at;        /* seconds UTC */
    enum hc_crl_reason reason; /* HC_CRL_UNSPECIFIED when it says none */
};

size_t hc_ocsp_answers_count(const struct hc_ocsp *o);
struct hc_ocsp_said hc_ocsp_answers_at(const struct hc_ocsp *o, size_t i); /* i below the count */

#endif

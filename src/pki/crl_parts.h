/*
 * crl_parts.h - the elements of a CRL, one whole element at a time; for crl_read.c only.
 */
#ifndef HC_PKI_CRL_PARTS_H
#define HC_PKI_CRL_PARTS_H

#include "pki/crl_read.h"

/* Each takes one whole element and fails with HC_E_CRL_MALFORMED. */

/* Version ::= INTEGER { v2(1) } */
struct hc_rc hc_crl_part_version(struct hc_bytes element, struct hc_err *e);
struct hc_rc hc_crl_part_algorithm(struct hc_bytes element, struct hc_err *e);
/* A Name that is not empty and clean [RFC 5280 5.1.2.3]. */
struct hc_rc hc_crl_part_issuer(struct hc_bytes element, struct hc_err *e);
struct hc_rc hc_crl_part_time(struct hc_bytes element, int64_t *out, struct hc_err *e);

struct hc_crl_part_entry {
    struct hc_crl_read_entry entry;
    bool names_issuer; /* it carries a certificateIssuer: the CRL is indirect */
};

/* One element of revokedCertificates. Fails with HC_E_CRL_UNSUPPORTED too. */
struct hc_rc hc_crl_part_entry(struct hc_bytes element, struct hc_crl_part_entry *out, struct hc_err *e);

/* crlExtensions [0] EXPLICIT Extensions. Fails with HC_E_CRL_UNSUPPORTED too. */
struct hc_rc hc_crl_part_extensions(struct hc_bytes element, struct hc_crl_tail *out, struct hc_err *e);

#endif

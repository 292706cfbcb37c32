/*
 * constraints.h - name constraints of every type [RFC 5280 4.2.1.10], judged by us and not only by OpenSSL.
 *
 *   dns     "example.com" is that name and every name below it; a leading dot is malformed
 *   email   "user@host" that mailbox; "host" every mailbox on exactly that host; ".host" on every host below it
 *   uri     "host" exactly that host; ".host" every host below it; a URI without a host name is refused
 *   ip      address and mask of the same family; the mask must be contiguous
 *   dirname a name that begins with the same RDNs; the subject is one of the names, unless it is empty
 *
 * A wildcard stands for every name it could match: it must lie wholly inside a permitted subtree, and is refused when
 * any name it could match is excluded (T23). Of a type that is constrained but cannot be checked, no name is
 * accepted. `minimum` other than 0 and any `maximum` are refused, as is an unknown or malformed form. The common name
 * is not an identity and is never looked at (T22).
 */
#ifndef HC_PKI_CONSTRAINTS_H
#define HC_PKI_CONSTRAINTS_H

#include "base/err.h"
#include "pki/cert.h"
#include "pki/name.h"
#include "pki/report.h"

/*
 * Judges every name of `below` by the constraints of `ca`, which stands anywhere above it. Adds a finding for each
 * name that fails:
 * HC_E_NAME_NOT_PERMITTED, HC_E_NAME_EXCLUDED, HC_E_NAME_CONSTRAINT_SYNTAX. A CA without constraints permits
 * everything. Comparisons and findings take of the report's effort; when that is spent the rest is refused
 * (HC_E_NAME_CONSTRAINT_SYNTAX). Returns true when no rule failed.
 */
bool hc_constraints_check(const struct hc_cert *ca, const struct hc_cert *below, struct hc_report *report, int depth);

/*
 * May an authority with the certificate `ca` assert this identity? For the authority's own refusal, before it issues.
 * Fails with HC_E_NAME_NOT_PERMITTED, HC_E_NAME_EXCLUDED, HC_E_NAME_CONSTRAINT_SYNTAX; the text names the subtree.
 */
struct hc_rc hc_constraints_permit_name(const struct hc_cert *ca, const struct hc_name *name, struct hc_err *e);

#endif

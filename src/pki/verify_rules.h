/*
 * verify_rules.h - this layer's own rules for one candidate chain: everything but signatures, structure as libcrypto
 * sees it, and revocation. For verify*.c only.
 */
#ifndef HC_PKI_VERIFY_RULES_H
#define HC_PKI_VERIFY_RULES_H

#include "pki/path.h"
#include "pki/verify.h"

/* Adds a finding for every rule that the chain breaks. */
void hc_verify_rules_chain(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report);

/* The rules for the leaf alone, for a leaf of which no chain is known. */
void hc_verify_rules_leaf(const struct hc_verify_policy *policy, const struct hc_cert *leaf, struct hc_report *report);

/* RFC 5280 6.1.3 (a)(2), with both ends included. */
void hc_verify_rules_dates(const struct hc_cert *cert, int depth, int64_t now, struct hc_report *report);

#endif

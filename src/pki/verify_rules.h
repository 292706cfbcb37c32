/*
 * verify_rules.h - this layer's own rules for one candidate chain: everything but signatures, structure as libcrypto
 * sees it, and revocation. For verify*.c only.
 *
 * What every profile asks: dates, no unknown critical extension, no proxy certificate, CAs that are CAs and may sign,
 * path lengths, name constraints, certificate policies, purposes of CAs, what the anchor may assert, the expected name.
 *
 *   HC_VERIFY_GATE      a leaf that is no CA, with a name, with the purpose in its extended key usage, with
 *                       digitalSignature; positive serial numbers
 *   HC_VERIFY_RFC5280   with a purpose: certificates as section 4 has them (verify_rfc5280.c); the purpose is judged where
 *                       an extended key usage is present. With HC_VERIFY_EITHER: path validation as section 6 has it,
 *                       and nothing else
 *   HC_VERIFY_WEBPKI    the gate's, section 4 of RFC 5280, and verify_webpki.c
 *   HC_VERIFY_SPIFFE    the gate's, but for the purpose, and verify_spiffe.c
 */
#ifndef HC_PKI_VERIFY_RULES_H
#define HC_PKI_VERIFY_RULES_H

#include "pki/path.h"
#include "pki/verify.h"

/* Adds a finding for every rule that the chain breaks. Of the path only the certificates count; the anchor is looked
 * up in the policy's bundle. */
void hc_verify_rules_chain(const struct hc_verify_policy *policy, const struct hc_path *path, struct hc_report *report);

/* The rules for the leaf alone, for a leaf of which no chain is known. */
void hc_verify_rules_leaf(const struct hc_verify_policy *policy, const struct hc_cert *leaf, struct hc_report *report);

/* The rules for everything above the leaf, and of the leaf its dates and extensions: for a chain up to a signer of
 * CRLs, which is used for nothing else. */
void hc_verify_rules_signer(const struct hc_verify_policy *policy, const struct hc_path *path,
                            struct hc_report *report);

/* RFC 5280 6.1.3 (a)(2), with both ends included. */
void hc_verify_rules_dates(const struct hc_cert *cert, int depth, int64_t now, struct hc_report *report);

/* Is it path validation alone that is asked for (RFC 5280 section 6)? */
bool hc_verify_rules_path_only(const struct hc_verify_policy *policy);

/* Does the extended key usage permit what the leaf is used for? */
bool hc_verify_rules_purpose(uint32_t eku, enum hc_verify_purpose purpose);

/* A broken rule of a profile: HC_E_CERT_PROFILE_RULE. The clause stands in the text. */
void hc_verify_rules_broken(struct hc_report *report, int depth, const char *clause, const char *what);

/* The rules of one profile that others lack; see the files of these names. */
void hc_verify_rfc5280_check(const struct hc_verify_policy *policy, const struct hc_path *path,
                             struct hc_report *report);
void hc_verify_webpki_check(const struct hc_path *path, struct hc_report *report);
void hc_verify_spiffe_check(const struct hc_path *path, struct hc_report *report);
void hc_verify_spiffe_leaf(const struct hc_cert *leaf, struct hc_report *report);

#endif

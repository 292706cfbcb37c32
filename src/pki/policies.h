/*
 * policies.h - certificate policies along a chain [RFC 5280 6.1.2 to 6.1.5].
 *
 * RFC 5280 grows a tree whose size can double with every certificate; RFC 9618 shows that a graph with one node for
 * each policy and depth says the same. Whether a chain is valid can be told from less: of each depth the policies that
 * may come next, and of each whether it descends from one that is asked for. That is what is kept here, so that work
 * and memory grow with the certificates and with nothing else.
 */
#ifndef HC_PKI_POLICIES_H
#define HC_PKI_POLICIES_H

#include "pki/cert.h"
#include "pki/report.h"
#include "pki/verify.h"

#define HC_POLICIES_MAX 128  /* policies, and mappings, in one certificate; bridge CAs have some forty */
#define HC_POLICIES_OPEN 512 /* policies that may come next, at one depth */

/*
 * Judges the policies of a chain, the leaf first and the anchor last. Of the anchor only the constraints count
 * [RFC 5937 3.2]. Adds findings: HC_E_POLICY when no policy that is asked for holds along the chain where one must, and
 * when there are more than the bounds above; HC_E_CERT_EXTENSION for extensions that are malformed. Returns true when
 * no rule failed. Where neither the caller nor a CA demands a policy and none is mapped, nothing is looked at.
 */
bool hc_policies_check(const struct hc_cert *const cert[], size_t n, const struct hc_verify_policies *wanted,
                       struct hc_report *report);

#endif

/*
 * crl_point_named.c - "a DistributionPoint MUST NOT consist of only the reasons field; either distributionPoint or
 * cRLIssuer MUST be present".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_point point;
    if (!hc_lint_value(j, HC_OID_CRL_DISTRIBUTION_POINTS, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_point(&all, &point);)
        if (!point.has_name && !point.has_issuer)
            hc_lint_found(j, "a distribution point %s", point.has_reasons ? "has reasons only" : "is empty");
}

const struct hc_lint_rule hc_lint_rule_crl_point_named = {
    .row =
        {
            .id = "crl-point-named",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.13",
            .level = HC_LINT_ERROR,
            .sentence = "Each distribution point says where or by whom.",
        },
    .judge = judge,
};

/* crl_points_not_critical.c - "The extension SHOULD be non-critical". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints", false);
}

const struct hc_lint_rule hc_lint_rule_crl_points_not_critical = {
    .row =
        {
            .id = "crl-points-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.13",
            .level = HC_LINT_WARNING,
            .sentence = "CRLDistributionPoints are not critical.",
        },
    .judge = judge,
};

/* crl_points_well_formed.c - CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_point point;
    size_t n = 0;
    if (!hc_lint_value(j, HC_OID_CRL_DISTRIBUTION_POINTS, &d))
        return;
    struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (hc_lint_next_point(&all, &point))
        n++;
    if (all.failed || n == 0)
        hc_lint_found(j, "cRLDistributionPoints are %s", all.failed ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_crl_points_well_formed = {
    .row =
        {
            .id = "crl-points-well-formed",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.13",
            .level = HC_LINT_ERROR,
            .sentence = "CRLDistributionPoints are well-formed and not empty.",
        },
    .judge = judge,
};

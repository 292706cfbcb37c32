/*
 * crl_point_absolute.c - "Conforming CAs SHOULD NOT use nameRelativeToCRLIssuer to specify distribution point
 * names."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_point point;
    if (!hc_lint_value(j, HC_OID_CRL_DISTRIBUTION_POINTS, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_point(&all, &point);)
        if (point.relative)
            hc_lint_found(j, "a distribution point is named relative to the CRL's issuer");
}

const struct hc_lint_rule hc_lint_rule_crl_point_absolute = {
    .row =
        {
            .id = "crl-point-absolute",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.13",
            .level = HC_LINT_WARNING,
            .sentence = "The name of a distribution point is not relative to the CRL's issuer.",
        },
    .judge = judge,
};

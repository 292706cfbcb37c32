/*
 * validity_order.c - "The validity period for a certificate is the period of time from notBefore through notAfter,
 * inclusive."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->not_after < j->cert->not_before)
        hc_lint_found(j, "notAfter lies before notBefore");
}

const struct hc_lint_rule hc_lint_rule_validity_order = {
    .row =
        {
            .id = "validity-order",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.5",
            .level = HC_LINT_ERROR,
            .sentence = "The end does not lie before the beginning.",
        },
    .judge = judge,
};

/*
 * policy_extensions_only_in_ca.c - each of them "can be used in certificates issued to CAs", or is "used in CA
 * certificates" (4.2.1.5, 4.2.1.14).
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->has_policy_mappings || j->cert->has_policy_constraints || j->cert->has_inhibit_any)
        hc_lint_found(j, "it is no CA, and has %s",
                      j->cert->has_policy_mappings      ? "policyMappings"
                      : j->cert->has_policy_constraints ? "policyConstraints"
                                                        : "inhibitAnyPolicy");
}

const struct hc_lint_rule hc_lint_rule_policy_extensions_only_in_ca = {
    .row =
        {
            .id = "policy-extensions-only-in-ca",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.11",
            .level = HC_LINT_WARNING,
            .sentence = "Only a CA has policyMappings, policyConstraints or inhibitAnyPolicy.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};

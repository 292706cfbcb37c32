/* policy_constraints_critical.c - "Conforming CAs MUST mark this extension as critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_POLICY_CONSTRAINTS, "policyConstraints", true);
}

const struct hc_lint_rule hc_lint_rule_policy_constraints_critical = {
    .row =
        {
            .id = "policy-constraints-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.11",
            .level = HC_LINT_ERROR,
            .sentence = "PolicyConstraints is critical.",
        },
    .judge = judge,
};

/* policy_mappings_critical.c - "Conforming CAs SHOULD mark this extension as critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_POLICY_MAPPINGS, "policyMappings", true);
}

const struct hc_lint_rule hc_lint_rule_policy_mappings_critical = {
    .row =
        {
            .id = "policy-mappings-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.5",
            .level = HC_LINT_WARNING,
            .sentence = "PolicyMappings is critical.",
        },
    .judge = judge,
};

/* inhibit_any_policy_critical.c - "Conforming CAs MUST mark this extension as critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_INHIBIT_ANY_POLICY, "inhibitAnyPolicy", true);
}

const struct hc_lint_rule hc_lint_rule_inhibit_any_policy_critical = {
    .row =
        {
            .id = "inhibit-any-policy-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.14",
            .level = HC_LINT_ERROR,
            .sentence = "InhibitAnyPolicy is critical.",
        },
    .judge = judge,
};

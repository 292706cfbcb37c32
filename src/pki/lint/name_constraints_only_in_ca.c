/* name_constraints_only_in_ca.c - "The name constraints extension, which MUST be used only in a CA certificate". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->has_nc)
        hc_lint_found(j, "it is no CA, and has nameConstraints");
}

const struct hc_lint_rule hc_lint_rule_name_constraints_only_in_ca = {
    .row =
        {
            .id = "name-constraints-only-in-ca",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "Only a CA has name constraints.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};

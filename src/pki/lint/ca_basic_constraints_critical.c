/*
 * ca_basic_constraints_critical.c - "Conforming CAs MUST include this extension in all CA certificates ... and MUST
 * mark the extension as critical".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->bc_critical)
        hc_lint_found(j, "it is a CA, and its basicConstraints are not critical");
}

const struct hc_lint_rule hc_lint_rule_ca_basic_constraints_critical = {
    .row =
        {
            .id = "ca-basic-constraints-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.9",
            .level = HC_LINT_ERROR,
            .sentence = "BasicConstraints are critical in a CA.",
        },
    .applies = hc_lint_when_ca,
    .judge = judge,
};

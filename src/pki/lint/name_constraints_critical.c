/* name_constraints_critical.c - "Conforming CAs MUST mark this extension as critical". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_NAME_CONSTRAINTS, "nameConstraints", true);
}

const struct hc_lint_rule hc_lint_rule_name_constraints_critical = {
    .row =
        {
            .id = "name-constraints-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "NameConstraints is critical.",
        },
    .judge = judge,
};

/* name_constraints_bounds.c - "the minimum MUST be zero, and maximum MUST be absent"; DER leaves the zero out. */
#include "pki/lint/rule.h"

static void subtree(struct hc_lint_judging *j, const struct hc_lint_subtree *s)
{
    if (s->has_minimum || s->has_maximum)
        hc_lint_found(j, "a subtree of nameConstraints has a %s", s->has_minimum ? "minimum" : "maximum");
}

static void judge(struct hc_lint_judging *j)
{
    if (!hc_lint_each_subtree(j, subtree))
        hc_lint_found(j, "a subtree of nameConstraints is malformed");
}

const struct hc_lint_rule hc_lint_rule_name_constraints_bounds = {
    .row =
        {
            .id = "name-constraints-bounds",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "Subtrees are well-formed and have neither minimum nor maximum.",
        },
    .judge = judge,
};

/*
 * name_constraints_types.c - CAs "SHOULD NOT impose name constraints on the x400Address, ediPartyName, or
 * registeredID name forms".
 */
#include "pki/lint/rule.h"

static void subtree(struct hc_lint_judging *j, const struct hc_lint_subtree *s)
{
    if (s->tag == HC_LINT_GN_X400 || s->tag == HC_LINT_GN_EDI || s->tag == HC_LINT_GN_REGISTERED)
        hc_lint_found(j, "nameConstraints are on %s",
                      s->tag == HC_LINT_GN_X400  ? "an x400Address"
                      : s->tag == HC_LINT_GN_EDI ? "an ediPartyName"
                                                 : "a registeredID");
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_subtree(j, subtree);
}

const struct hc_lint_rule hc_lint_rule_name_constraints_types = {
    .row =
        {
            .id = "name-constraints-types",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_WARNING,
            .sentence = "No constraint is on a type of names that cannot be constrained.",
        },
    .judge = judge,
};

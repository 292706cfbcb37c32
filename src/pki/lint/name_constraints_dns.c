/*
 * name_constraints_dns.c - a dNSName "that can be constructed by simply adding zero or more labels to the left-hand
 * side" satisfies it; no leading dot.
 */
#include "pki/lint/rule.h"

static void subtree(struct hc_lint_judging *j, const struct hc_lint_subtree *s)
{
    if (s->tag == HC_LINT_GN_DNS && hc_bytes_starts(s->base, HC_BYTES(".")))
        hc_lint_found(j, "the constraint dns:%.*s begins with a dot, and programs differ on what it means",
                      HC_LINT_SHOWN(s->base));
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_subtree(j, subtree);
}

const struct hc_lint_rule hc_lint_rule_name_constraints_dns = {
    .row =
        {
            .id = "name-constraints-dns",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_WARNING,
            .sentence = "A constraint on DNS names does not begin with a dot.",
        },
    .judge = judge,
};

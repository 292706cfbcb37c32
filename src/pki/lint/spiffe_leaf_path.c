/*
 * spiffe_leaf_path.c - "Leaf certificate SPIFFE IDs MUST have a non-root path component": a trust domain alone is
 * nobody.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes id = hc_lint_spiffe_id(j->cert);
    if (!hc_lint_spiffe_has_path(j->cert))
        hc_lint_found(j, "%.*s is a trust domain and has no path", HC_LINT_SHOWN(id));
}

const struct hc_lint_rule hc_lint_rule_spiffe_leaf_path = {
    .row =
        {
            .id = "spiffe-leaf-path",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 3.1",
            .level = HC_LINT_ERROR,
            .sentence = "The SPIFFE ID of a leaf has a path.",
        },
    .applies = hc_lint_when_spiffe_leaf,
    .judge = judge,
};

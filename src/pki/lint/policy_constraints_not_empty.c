/*
 * policy_constraints_not_empty.c - "Conforming CAs MUST NOT issue certificates where policy constraints is an empty
 * sequence."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    if (!hc_lint_value(j, HC_OID_POLICY_CONSTRAINTS, &d))
        return;
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    bool explicit = hc_der_skip_optional(&seq, HC_DER_CONTEXT(0));
    bool mapping = hc_der_skip_optional(&seq, HC_DER_CONTEXT(1));
    if (!hc_der_at_end(&seq) || seq.failed || !(explicit || mapping))
        hc_lint_found(j, "policyConstraints are %s", explicit || mapping ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_policy_constraints_not_empty = {
    .row =
        {
            .id = "policy-constraints-not-empty",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.11",
            .level = HC_LINT_ERROR,
            .sentence = "PolicyConstraints constrain something.",
        },
    .judge = judge,
};

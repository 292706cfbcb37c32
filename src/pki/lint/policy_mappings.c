/* policy_mappings.c - "Policies MUST NOT be mapped either to or from the special value anyPolicy". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    size_t n = 0;
    if (!hc_lint_value(j, HC_OID_POLICY_MAPPINGS, &d))
        return;
    struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE);
    for (; !hc_der_at_end(&all); n++) {
        struct hc_der one = hc_der_enter(&all, HC_DER_SEQUENCE);
        struct hc_bytes from = hc_der_oid(&one), to = hc_der_oid(&one);
        hc_der_leave(&all, &one);
        if (hc_bytes_eq(from, HC_OID_ANY_POLICY) || hc_bytes_eq(to, HC_OID_ANY_POLICY))
            hc_lint_found(j, "a policy is mapped %s anyPolicy", hc_bytes_eq(from, HC_OID_ANY_POLICY) ? "from" : "to");
    }
    if (all.failed || n == 0)
        hc_lint_found(j, "policyMappings are %s", all.failed ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_policy_mappings = {
    .row =
        {
            .id = "policy-mappings",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.5",
            .level = HC_LINT_ERROR,
            .sentence = "PolicyMappings are well-formed, and map neither to nor from anyPolicy.",
        },
    .judge = judge,
};

/*
 * policies_any_qualifiers.c - with anyPolicy, qualifiers "MUST be limited to the qualifiers identified in this
 * section": a CPS pointer and a user notice.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_bytes oid, qualifiers, id, value;
    if (!hc_lint_value(j, HC_OID_CERTIFICATE_POLICIES, &d))
        return;
    for (struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE); hc_lint_next_policy(&all, &oid, &qualifiers);)
        if (hc_bytes_eq(oid, HC_OID_ANY_POLICY))
            for (struct hc_der q = hc_der_init(qualifiers); hc_lint_next_qualifier(&q, &id, &value);)
                if (!hc_bytes_eq(id, HC_OID_QT_CPS) && !hc_bytes_eq(id, HC_OID_QT_USER_NOTICE))
                    hc_lint_found(j, "anyPolicy has a qualifier that is neither a CPS pointer nor a user notice");
}

const struct hc_lint_rule hc_lint_rule_policies_any_qualifiers = {
    .row =
        {
            .id = "policies-any-qualifiers",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.4",
            .level = HC_LINT_ERROR,
            .sentence = "The qualifiers of anyPolicy are those of the standard.",
        },
    .judge = judge,
};

/* policies_well_formed.c - certificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_bytes oid, qualifiers;
    size_t n = 0;
    if (!hc_lint_value(j, HC_OID_CERTIFICATE_POLICIES, &d))
        return;
    struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (hc_lint_next_policy(&all, &oid, &qualifiers))
        n++;
    if (all.failed || n == 0)
        hc_lint_found(j, "certificatePolicies are %s", all.failed ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_policies_well_formed = {
    .row =
        {
            .id = "policies-well-formed",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.4",
            .level = HC_LINT_ERROR,
            .sentence = "CertificatePolicies are well-formed and not empty.",
        },
    .judge = judge,
};

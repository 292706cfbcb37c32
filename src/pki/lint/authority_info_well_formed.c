/* authority_info_well_formed.c - AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    struct hc_lint_access access;
    size_t n = 0;
    if (!hc_lint_value(j, HC_OID_AUTHORITY_INFO_ACCESS, &d))
        return;
    struct hc_der all = hc_der_enter(&d, HC_DER_SEQUENCE);
    while (hc_lint_next_access(&all, &access))
        n++;
    if (all.failed || n == 0)
        hc_lint_found(j, "authorityInfoAccess is %s", all.failed ? "malformed" : "empty");
}

const struct hc_lint_rule hc_lint_rule_authority_info_well_formed = {
    .row =
        {
            .id = "authority-info-well-formed",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.2.1",
            .level = HC_LINT_ERROR,
            .sentence = "AuthorityInfoAccess is well-formed and not empty.",
        },
    .judge = judge,
};

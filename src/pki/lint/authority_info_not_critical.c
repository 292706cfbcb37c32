/* authority_info_not_critical.c - "Conforming CAs MUST mark this extension as non-critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_AUTHORITY_INFO_ACCESS, "authorityInfoAccess", false);
}

const struct hc_lint_rule hc_lint_rule_authority_info_not_critical = {
    .row =
        {
            .id = "authority-info-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.2.1",
            .level = HC_LINT_ERROR,
            .sentence = "AuthorityInfoAccess is not critical.",
        },
    .judge = judge,
};

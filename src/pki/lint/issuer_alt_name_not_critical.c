/* issuer_alt_name_not_critical.c - "Where present, conforming CAs SHOULD mark this extension as non-critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_ISSUER_ALT_NAME, "issuerAltName", false);
}

const struct hc_lint_rule hc_lint_rule_issuer_alt_name_not_critical = {
    .row =
        {
            .id = "issuer-alt-name-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.7",
            .level = HC_LINT_WARNING,
            .sentence = "IssuerAltName is not critical.",
        },
    .judge = judge,
};

/*
 * purposes_any_not_critical.c - "Conforming CAs SHOULD NOT mark this extension as critical if the
 * anyExtendedKeyUsage KeyPurposeId is present."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->eku & HC_EKU_ANY && j->cert->extensions_critical & HC_EXT_EXT_KEY_USAGE)
        hc_lint_found(j, "extKeyUsage is critical and holds anyExtendedKeyUsage");
}

const struct hc_lint_rule hc_lint_rule_purposes_any_not_critical = {
    .row =
        {
            .id = "purposes-any-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.12",
            .level = HC_LINT_WARNING,
            .sentence = "With anyExtendedKeyUsage, extKeyUsage is not critical.",
        },
    .judge = judge,
};

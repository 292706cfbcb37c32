/* key_usage_critical.c - "When present, conforming CAs SHOULD mark this extension as critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_KEY_USAGE, "keyUsage", true);
}

const struct hc_lint_rule hc_lint_rule_key_usage_critical = {
    .row =
        {
            .id = "key-usage-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_WARNING,
            .sentence = "KeyUsage is critical.",
        },
    .judge = judge,
};

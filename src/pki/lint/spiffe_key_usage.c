/* spiffe_key_usage.c - "The key usage extension MUST be set on all SVIDs, and MUST be marked critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->has_ku || !(j->cert->extensions_critical & HC_EXT_KEY_USAGE))
        hc_lint_found(j, "there is a SPIFFE ID, and keyUsage is %s", j->cert->has_ku ? "not critical" : "missing");
}

const struct hc_lint_rule hc_lint_rule_spiffe_key_usage = {
    .row =
        {
            .id = "spiffe-key-usage",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 4.3",
            .level = HC_LINT_ERROR,
            .sentence = "With a SPIFFE ID there is a keyUsage, and it is critical.",
        },
    .applies = hc_lint_when_spiffe,
    .judge = judge,
};

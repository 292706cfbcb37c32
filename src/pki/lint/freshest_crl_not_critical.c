/* freshest_crl_not_critical.c - "The extension MUST be marked as non-critical by conforming CAs." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_FRESHEST_CRL, "freshestCRL", false);
}

const struct hc_lint_rule hc_lint_rule_freshest_crl_not_critical = {
    .row =
        {
            .id = "freshest-crl-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.15",
            .level = HC_LINT_ERROR,
            .sentence = "FreshestCRL is not critical.",
        },
    .judge = judge,
};

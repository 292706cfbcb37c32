/* profile_within_issuer.c - nothing outlives its issuer, as nothing could be revoked then. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->issuer)
        return;
    if (j->cert->not_before < j->issuer->not_before)
        hc_lint_found(j, "it would begin before its issuer does");
    if (j->cert->not_after > j->issuer->not_after)
        hc_lint_found(j, "it would outlive its issuer");
}

const struct hc_lint_rule hc_lint_rule_profile_within_issuer = {
    .row =
        {
            .id = "profile-within-issuer",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "It lies within its issuer's dates.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

/* profile_validity.c - a certificate of one instant is a mistake in somebody's arithmetic. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->not_before >= j->cert->not_after)
        hc_lint_found(j, "it would end before it begins");
}

const struct hc_lint_rule hc_lint_rule_profile_validity = {
    .row =
        {
            .id = "profile-validity",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "It begins before it ends.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

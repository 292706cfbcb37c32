/* profile_key_usage.c - exactly the bits of the profile. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->has_ku || j->cert->ku != j->profile->usage)
        hc_lint_found(j, "the key usage is %s", j->cert->has_ku ? "not the profile's" : "missing");
}

const struct hc_lint_rule hc_lint_rule_profile_key_usage = {
    .row =
        {
            .id = "profile-key-usage",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The key may be used for what the profile says, and for nothing else.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

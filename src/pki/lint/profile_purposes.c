/* profile_purposes.c - exactly the purposes of the profile; none in a CA. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->has_eku != (j->profile->purposes != 0) || j->cert->eku != j->profile->purposes)
        hc_lint_found(j, "the extended key usage is %s", j->cert->has_eku ? "not the profile's" : "missing");
}

const struct hc_lint_rule hc_lint_rule_profile_purposes = {
    .row =
        {
            .id = "profile-purposes",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The extended key usage is the profile's.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

/* profile_names.c - what hc_profile_check_names says, of what is really in the certificate. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_err why;
    if (hc_failed(hc_profile_check_names(j->profile->profile, j->cert->names, j->cert->n_names, &why)))
        hc_lint_found(j, "%.200s", why.text);
    if (j->cert->n_other_names > 0)
        hc_lint_found(j, "there is a name of a type that nobody checks");
}

const struct hc_lint_rule hc_lint_rule_profile_names = {
    .row =
        {
            .id = "profile-names",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The names are of the profile's types, and each stands there once.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

/* profile_basic_constraints.c - a CA is marked as one with the profile's path length, and a leaf as none. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    const struct hc_cert *c = j->cert;
    const struct hc_profile_row *row = j->profile;
    if (!c->has_bc)
        hc_lint_found(j, "basicConstraints are missing");
    if (c->is_ca != row->ca)
        hc_lint_found(j, "it is %smarked as a CA", c->is_ca ? "" : "not ");
    else if (c->has_pathlen != (row->pathlen >= 0) || (c->has_pathlen && c->pathlen != row->pathlen))
        hc_lint_found(j, "the path length is not the profile's");
}

const struct hc_lint_rule hc_lint_rule_profile_basic_constraints = {
    .row =
        {
            .id = "profile-basic-constraints",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "BasicConstraints are there, and say what the profile says.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

/* profile_issuer.c - no leaf without an issuer above it, and no issuer above a root. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    bool root = j->profile->profile == HC_PROFILE_ROOT_CA;
    if (!j->issuer && !root)
        hc_lint_found(j, "it has no issuer and is no root");
    if (j->issuer && root)
        hc_lint_found(j, "a root has no issuer");
    if (root && !hc_bytes_eq(j->cert->issuer, j->cert->subject))
        hc_lint_found(j, "the issuer of a root is the root itself, and it names another");
}

const struct hc_lint_rule hc_lint_rule_profile_issuer = {
    .row =
        {
            .id = "profile-issuer",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "A root is issued by itself, and everything else by an issuer.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

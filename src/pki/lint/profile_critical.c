/* profile_critical.c - nobody may skip what limits a certificate, and nobody stumbles over what only describes it. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t want = HC_EXT_BASIC_CONSTRAINTS | HC_EXT_KEY_USAGE | HC_EXT_NAME_CONSTRAINTS;
    if (j->cert->subject_empty) /* [RFC 5280 4.2.1.6] */
        want |= HC_EXT_SUBJECT_ALT_NAME;
    uint32_t odd = (want & j->cert->extensions_seen) ^ j->cert->extensions_critical;
    if (odd & want)
        hc_lint_found(j, "an extension that must be critical is not");
    if (odd & ~want)
        hc_lint_found(j, "an extension is critical that must not be");
}

const struct hc_lint_rule hc_lint_rule_profile_critical = {
    .row =
        {
            .id = "profile-critical",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "Each extension is critical exactly where the profile has it so.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

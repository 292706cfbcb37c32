/*
 * profile_authority_key_id.c - what a path builder finds the issuer by; the last instance of a chain points at
 * itself.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    const struct hc_cert *issuer = j->issuer ? j->issuer : j->cert;
    if (j->cert->aki.n == 0 || !hc_bytes_eq(j->cert->aki, issuer->ski))
        hc_lint_found(j, "the authority key identifier is %s", j->cert->aki.n ? "not the issuer's" : "missing");
}

const struct hc_lint_rule hc_lint_rule_profile_authority_key_id = {
    .row =
        {
            .id = "profile-authority-key-id",
            .source = "profile",
            .clause = "profile",
            .level = HC_LINT_ERROR,
            .sentence = "The authority key identifier is the issuer's subject key identifier; a root's is its own.",
        },
    .applies = hc_lint_when_profile,
    .judge = judge,
};

/*
 * issuer_key_id.c - "the value of the subject key identifier MUST be the value placed in the key identifier field"
 * of what the CA issues.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->aki.n && j->issuer->ski.n && !hc_bytes_eq(j->cert->aki, j->issuer->ski))
        hc_lint_found(j, "the authority key identifier is not the issuer's subject key identifier");
}

const struct hc_lint_rule hc_lint_rule_issuer_key_id = {
    .row =
        {
            .id = "issuer-key-id",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.2",
            .level = HC_LINT_ERROR,
            .sentence = "The authority key identifier is the issuer's subject key identifier.",
        },
    .applies = hc_lint_when_issuer,
    .judge = judge,
};

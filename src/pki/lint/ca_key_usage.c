/*
 * ca_key_usage.c - "Conforming CAs MUST include this extension" where the key validates signatures on certificates
 * or CRLs.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->has_ku)
        hc_lint_found(j, "it is a CA without keyUsage");
}

const struct hc_lint_rule hc_lint_rule_ca_key_usage = {
    .row =
        {
            .id = "ca-key-usage",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_ERROR,
            .sentence = "A CA says what its key is for.",
        },
    .applies = hc_lint_when_ca,
    .judge = judge,
};

/*
 * purposes_and_key_usage.c - used only for what is "consistent with both" extensions: a TLS server signs, enciphers
 * or agrees, a client signs or agrees.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t client = HC_KU_DIGITAL_SIGNATURE | HC_KU_KEY_AGREEMENT, server = client | HC_KU_KEY_ENCIPHERMENT;
    if (!j->cert->has_ku)
        return;
    if (j->cert->eku & HC_EKU_SERVER && !(j->cert->ku & server))
        hc_lint_found(j, "it is for a server, and the key usage leaves nothing that a server does");
    if (j->cert->eku & HC_EKU_CLIENT && !(j->cert->ku & client))
        hc_lint_found(j, "it is for a client, and the key usage leaves nothing that a client does");
}

const struct hc_lint_rule hc_lint_rule_purposes_and_key_usage = {
    .row =
        {
            .id = "purposes-and-key-usage",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.12",
            .level = HC_LINT_WARNING,
            .sentence = "The key usage has a bit for each purpose.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};

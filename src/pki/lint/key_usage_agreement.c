/* key_usage_agreement.c - "The meaning of the encipherOnly bit is undefined in the absence of the keyAgreement bit." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->ku & (HC_KU_ENCIPHER_ONLY | HC_KU_DECIPHER_ONLY) && !(j->cert->ku & HC_KU_KEY_AGREEMENT))
        hc_lint_found(j, "encipherOnly or decipherOnly is set without keyAgreement, and means nothing");
}

const struct hc_lint_rule hc_lint_rule_key_usage_agreement = {
    .row =
        {
            .id = "key-usage-agreement",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_WARNING,
            .sentence = "EncipherOnly and decipherOnly stand with keyAgreement.",
        },
    .judge = judge,
};

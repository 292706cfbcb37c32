/* x25519_key_usage.c - "keyAgreement" MUST be present, and no bit for signing or enciphering. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t may = HC_KU_KEY_AGREEMENT | HC_KU_ENCIPHER_ONLY | HC_KU_DECIPHER_ONLY;
    if (!j->cert->has_ku || !hc_lint_key_is_montgomery(j->cert))
        return;
    if (!(j->cert->ku & HC_KU_KEY_AGREEMENT) || j->cert->ku & ~may)
        hc_lint_found(j, "the key only agrees on keys, and the key usage says otherwise");
}

const struct hc_lint_rule hc_lint_rule_x25519_key_usage = {
    .row =
        {
            .id = "x25519-key-usage",
            .source = "RFC 9295",
            .clause = "RFC 9295 3",
            .level = HC_LINT_ERROR,
            .sentence = "An X25519 or X448 key agrees on keys and does nothing else.",
        },
    .judge = judge,
};

/*
 * eddsa_key_usage.c - keyEncipherment, dataEncipherment, keyAgreement, encipherOnly and decipherOnly "MUST NOT be
 * present".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t never = HC_KU_KEY_ENCIPHERMENT | HC_KU_DATA_ENCIPHERMENT | HC_KU_KEY_AGREEMENT | HC_KU_ENCIPHER_ONLY |
                     HC_KU_DECIPHER_ONLY;
    uint32_t signs = HC_KU_DIGITAL_SIGNATURE | HC_KU_CONTENT_COMMITMENT | HC_KU_CERT_SIGN | HC_KU_CRL_SIGN;
    if (!j->cert->has_ku || !hc_lint_key_is_eddsa(j->cert))
        return;
    if (j->cert->ku & never)
        hc_lint_found(j, "the key only signs, and the key usage has it encipher or agree on keys");
    if (!(j->cert->ku & signs))
        hc_lint_found(j, "the key signs, and the key usage does not have it sign anything");
}

const struct hc_lint_rule hc_lint_rule_eddsa_key_usage = {
    .row =
        {
            .id = "eddsa-key-usage",
            .source = "RFC 9295",
            .clause = "RFC 9295 3",
            .level = HC_LINT_ERROR,
            .sentence = "An Ed25519 or Ed448 key signs and does nothing else.",
        },
    .judge = judge,
};

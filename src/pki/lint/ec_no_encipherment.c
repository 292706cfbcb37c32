/*
 * ec_no_encipherment.c - with id-ecPublicKey, id-ecDH or id-ecMQV, keyEncipherment and dataEncipherment "MUST NOT
 * be present".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t bad = j->cert->ku & (HC_KU_KEY_ENCIPHERMENT | HC_KU_DATA_ENCIPHERMENT);
    if (bad && hc_lint_key_is_ec(j->cert))
        hc_lint_found(j, "an elliptic-curve key cannot encipher, and %s is set",
                      bad & HC_KU_KEY_ENCIPHERMENT ? "keyEncipherment" : "dataEncipherment");
}

const struct hc_lint_rule hc_lint_rule_ec_no_encipherment = {
    .row =
        {
            .id = "ec-no-encipherment",
            .source = "RFC 8813",
            .clause = "RFC 8813 3",
            .level = HC_LINT_ERROR,
            .sentence = "An elliptic-curve key is not for enciphering.",
        },
    .judge = judge,
};

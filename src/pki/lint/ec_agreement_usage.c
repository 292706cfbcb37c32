/*
 * ec_agreement_usage.c - of an end entity's key usage with those: "keyAgreement" must be present, and it signs
 * nothing.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    bool agrees = hc_lint_key_is(j->cert, HC_OID_EC_DH) || hc_lint_key_is(j->cert, HC_OID_EC_MQV);
    if (agrees && j->cert->has_ku && !(j->cert->ku & HC_KU_KEY_AGREEMENT))
        hc_lint_found(j, "the key is for key agreement only, and keyAgreement is not set");
}

const struct hc_lint_rule hc_lint_rule_ec_agreement_usage = {
    .row =
        {
            .id = "ec-agreement-usage",
            .source = "RFC 5480",
            .clause = "RFC 5480 3",
            .level = HC_LINT_ERROR,
            .sentence = "A key for id-ecDH or id-ecMQV is for key agreement.",
        },
    .judge = judge,
};

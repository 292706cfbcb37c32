/*
 * key_usage_cert_sign.c - "If the keyCertSign bit is asserted, then the cA bit in the basic constraints extension
 * MUST also be asserted."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->ku & HC_KU_CERT_SIGN)
        hc_lint_found(j, "keyCertSign is set, and it is no CA");
}

const struct hc_lint_rule hc_lint_rule_key_usage_cert_sign = {
    .row =
        {
            .id = "key-usage-cert-sign",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_ERROR,
            .sentence = "Only the key of a CA may sign certificates.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};

/*
 * ca_cert_sign.c - "The keyCertSign bit is asserted when the subject public key is used for verifying signatures on
 * public key certificates."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->has_ku && !(j->cert->ku & HC_KU_CERT_SIGN))
        hc_lint_found(j, "it is a CA, and keyCertSign is not set");
}

const struct hc_lint_rule hc_lint_rule_ca_cert_sign = {
    .row =
        {
            .id = "ca-cert-sign",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_WARNING,
            .sentence = "The key of a CA may sign certificates.",
        },
    .applies = hc_lint_when_ca,
    .judge = judge,
};

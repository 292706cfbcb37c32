/*
 * issuer_is_ca.c - "If the cA boolean is not asserted, then the certified public key MUST NOT be used to verify
 * certificate signatures" (4.2.1.9).
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->issuer->is_ca || (j->issuer->has_ku && !(j->issuer->ku & HC_KU_CERT_SIGN)))
        hc_lint_found(j, "the issuer may not sign certificates: it %s",
                      j->issuer->is_ca ? "lacks keyCertSign" : "is no CA");
}

const struct hc_lint_rule hc_lint_rule_issuer_is_ca = {
    .row =
        {
            .id = "issuer-is-ca",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.3",
            .level = HC_LINT_ERROR,
            .sentence = "The issuer is a CA whose key may sign certificates.",
        },
    .applies = hc_lint_when_issuer,
    .judge = judge,
};

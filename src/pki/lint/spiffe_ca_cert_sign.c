/* spiffe_ca_cert_sign.c - "SVID signing certificates MUST set keyCertSign." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->has_ku && !(j->cert->ku & HC_KU_CERT_SIGN))
        hc_lint_found(j, "a CA with a SPIFFE ID lacks keyCertSign");
}

const struct hc_lint_rule hc_lint_rule_spiffe_ca_cert_sign = {
    .row =
        {
            .id = "spiffe-ca-cert-sign",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 4.3",
            .level = HC_LINT_ERROR,
            .sentence = "The key of a CA with a SPIFFE ID signs certificates.",
        },
    .applies = hc_lint_when_spiffe_ca,
    .judge = judge,
};

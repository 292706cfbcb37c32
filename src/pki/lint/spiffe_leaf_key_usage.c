/* spiffe_leaf_key_usage.c - "Leaf SVIDs MUST set digitalSignature" and "MUST NOT set keyCertSign or cRLSign". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->has_ku)
        return; /* spiffe-key-usage says so */
    if (!(j->cert->ku & HC_KU_DIGITAL_SIGNATURE))
        hc_lint_found(j, "a leaf with a SPIFFE ID lacks digitalSignature");
    if (j->cert->ku & (HC_KU_CERT_SIGN | HC_KU_CRL_SIGN))
        hc_lint_found(j, "a leaf with a SPIFFE ID may sign certificates or CRLs");
}

const struct hc_lint_rule hc_lint_rule_spiffe_leaf_key_usage = {
    .row =
        {
            .id = "spiffe-leaf-key-usage",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 4.3",
            .level = HC_LINT_ERROR,
            .sentence = "The key of a leaf with a SPIFFE ID signs, but neither certificates nor CRLs.",
        },
    .applies = hc_lint_when_spiffe_leaf,
    .judge = judge,
};

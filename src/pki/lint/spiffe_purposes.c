/*
 * spiffe_purposes.c - "When included, fields id-kp-serverAuth and id-kp-clientAuth MUST be set"; a note, as one
 * purpose less harms nobody else.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    uint32_t both = HC_EKU_SERVER | HC_EKU_CLIENT;
    if (j->cert->has_eku && (j->cert->eku & both) != both)
        hc_lint_found(j, "a workload can use it as a %s only", j->cert->eku & HC_EKU_SERVER ? "server" : "client");
}

const struct hc_lint_rule hc_lint_rule_spiffe_purposes = {
    .row =
        {
            .id = "spiffe-purposes",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 4.4",
            .level = HC_LINT_NOTE,
            .sentence = "A leaf with a SPIFFE ID is for servers and for clients.",
        },
    .applies = hc_lint_when_spiffe_leaf,
    .judge = judge,
};

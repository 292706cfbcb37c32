/* spiffe_ca_no_path.c - "the SPIFFE ID of a signing certificate MUST NOT have a path component". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_bytes id = hc_lint_spiffe_id(j->cert);
    if (hc_lint_spiffe_has_path(j->cert))
        hc_lint_found(j, "%.*s has a path, and it is a CA", HC_LINT_SHOWN(id));
}

const struct hc_lint_rule hc_lint_rule_spiffe_ca_no_path = {
    .row =
        {
            .id = "spiffe-ca-no-path",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 3.2",
            .level = HC_LINT_ERROR,
            .sentence = "The SPIFFE ID of a CA has no path.",
        },
    .applies = hc_lint_when_spiffe_ca,
    .judge = judge,
};

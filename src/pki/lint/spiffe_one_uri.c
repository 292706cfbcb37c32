/*
 * spiffe_one_uri.c - "An X.509 SVID MUST contain exactly one URI SAN", as nobody could say which of two is the
 * identity.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    size_t n = 0;
    for (size_t i = 0; i < j->cert->n_names; i++)
        n += j->cert->names[i].type == HC_NAME_URI;
    if (n > 1)
        hc_lint_found(j, "there are %zu URIs beside or as SPIFFE IDs", n);
}

const struct hc_lint_rule hc_lint_rule_spiffe_one_uri = {
    .row =
        {
            .id = "spiffe-one-uri",
            .source = "SPIFFE",
            .clause = "SPIFFE X509-SVID 2",
            .level = HC_LINT_ERROR,
            .sentence = "A certificate with a SPIFFE ID has no other URI.",
        },
    .applies = hc_lint_when_spiffe,
    .judge = judge,
};

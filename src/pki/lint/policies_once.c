/* policies_once.c - "A certificate policy OID MUST NOT appear more than once in a certificate policies extension." */
#include "pki/lint/rule.h"

/* Real certificates have below ten; bounds what a hostile one costs. */
#define POLICIES_COMPARED 128

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d, all, rest;
    struct hc_bytes oid, other, ignored;
    if (!hc_lint_value(j, HC_OID_CERTIFICATE_POLICIES, &d))
        return;
    all = hc_der_enter(&d, HC_DER_SEQUENCE);
    for (size_t n = 0; n < POLICIES_COMPARED && hc_lint_next_policy(&all, &oid, &ignored); n++)
        for (rest = all; hc_lint_next_policy(&rest, &other, &ignored);)
            if (hc_bytes_eq(oid, other)) {
                hc_lint_found(j, "a policy stands there twice");
                return;
            }
}

const struct hc_lint_rule hc_lint_rule_policies_once = {
    .row =
        {
            .id = "policies-once",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.4",
            .level = HC_LINT_ERROR,
            .sentence = "No policy stands there twice.",
        },
    .judge = judge,
};

/*
 * path_length_only_in_ca.c - "CAs MUST NOT include the pathLenConstraint field unless the cA boolean is asserted
 * and the key usage extension asserts the keyCertSign bit."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    bool signs = j->cert->is_ca && j->cert->ku & HC_KU_CERT_SIGN;
    if (j->cert->has_pathlen && !signs)
        hc_lint_found(j, "there is a path length, and %s", j->cert->is_ca ? "keyCertSign is not set" : "it is no CA");
}

const struct hc_lint_rule hc_lint_rule_path_length_only_in_ca = {
    .row =
        {
            .id = "path-length-only-in-ca",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.9",
            .level = HC_LINT_ERROR,
            .sentence = "A path length stands only in a CA that signs certificates.",
        },
    .judge = judge,
};

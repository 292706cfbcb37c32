/*
 * issuer_path_length.c - how many CAs "may follow this certificate in a valid certification path"; a self-issued
 * one does not count.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    bool counts = j->profile || !hc_cert_self_issued(j->cert); /* no CA of ours issues to itself */
    if (j->cert->is_ca && counts && j->issuer->has_pathlen && j->issuer->pathlen == 0)
        hc_lint_found(j, "the issuer's path length does not allow this CA: it is 0");
}

const struct hc_lint_rule hc_lint_rule_issuer_path_length = {
    .row =
        {
            .id = "issuer-path-length",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.9",
            .level = HC_LINT_ERROR,
            .sentence = "The issuer's path length has room for this CA.",
        },
    .applies = hc_lint_when_issuer,
    .judge = judge,
};

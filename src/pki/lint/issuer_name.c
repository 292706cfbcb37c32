/*
 * issuer_name.c - a CA's subject "MUST be encoded in the same way as it is encoded in the issuer field" of what it
 * issues (4.1.2.6).
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (hc_bytes_eq(j->cert->issuer, j->issuer->subject))
        return;
    hc_lint_found(j, "the issuer's name is not the issuer's subject%s",
                  hc_dn_eq(j->cert->issuer, j->issuer->subject) ? ": the same name, but encoded otherwise" : "");
}

const struct hc_lint_rule hc_lint_rule_issuer_name = {
    .row =
        {
            .id = "issuer-name",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.4",
            .level = HC_LINT_ERROR,
            .sentence = "The issuer's name is the issuer's subject, byte for byte.",
        },
    .applies = hc_lint_when_issuer,
    .judge = judge,
};

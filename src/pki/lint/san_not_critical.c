/*
 * san_not_critical.c - with "a non-empty subject distinguished name, conforming CAs SHOULD mark the subjectAltName
 * extension as non-critical".
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (!j->cert->subject_empty && j->cert->san_critical)
        hc_lint_found(j, "subjectAltName is critical although there is a subject");
}

const struct hc_lint_rule hc_lint_rule_san_not_critical = {
    .row =
        {
            .id = "san-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.6",
            .level = HC_LINT_WARNING,
            .sentence = "With a subject, subjectAltName is not critical.",
        },
    .judge = judge,
};

/*
 * san_critical.c - "If the subject field contains an empty sequence, then the issuing CA MUST include a
 * subjectAltName extension that is marked as critical."
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->subject_empty && !j->cert->san_critical)
        hc_lint_found(j, "the subject is empty, and subjectAltName is %s",
                      j->cert->extensions_seen & HC_EXT_SUBJECT_ALT_NAME ? "not critical" : "missing");
}

const struct hc_lint_rule hc_lint_rule_san_critical = {
    .row =
        {
            .id = "san-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.6",
            .level = HC_LINT_ERROR,
            .sentence = "Without a subject there is a subjectAltName, and it is critical.",
        },
    .judge = judge,
};

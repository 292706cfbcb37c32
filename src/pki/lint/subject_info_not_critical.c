/* subject_info_not_critical.c - "Conforming CAs MUST mark this extension as non-critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_SUBJECT_INFO_ACCESS, "subjectInfoAccess", false);
}

const struct hc_lint_rule hc_lint_rule_subject_info_not_critical = {
    .row =
        {
            .id = "subject-info-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.2.2",
            .level = HC_LINT_ERROR,
            .sentence = "SubjectInfoAccess is not critical.",
        },
    .judge = judge,
};

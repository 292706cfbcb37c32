/* subject_directory_attributes_not_critical.c - "Conforming CAs MUST mark this extension as non-critical." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    hc_lint_want_critical(j, HC_OID_SUBJECT_DIRECTORY_ATTRIBUTES, "subjectDirectoryAttributes", false);
}

const struct hc_lint_rule hc_lint_rule_subject_directory_attributes_not_critical = {
    .row =
        {
            .id = "subject-directory-attributes-not-critical",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.8",
            .level = HC_LINT_ERROR,
            .sentence = "SubjectDirectoryAttributes is not critical.",
        },
    .judge = judge,
};

/* ca_subject.c - of a CA: "the subject field MUST be populated with a non-empty distinguished name". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->subject_empty)
        hc_lint_found(j, "a CA must have a subject, and this one's is empty");
}

const struct hc_lint_rule hc_lint_rule_ca_subject = {
    .row =
        {
            .id = "ca-subject",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.6",
            .level = HC_LINT_ERROR,
            .sentence = "A CA has a subject.",
        },
    .applies = hc_lint_when_ca,
    .judge = judge,
};

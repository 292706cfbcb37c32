/* subject_key_id_in_ca.c - "this extension MUST appear in all conforming CA certificates". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->ski.n == 0)
        hc_lint_found(j, "it is a CA without subjectKeyIdentifier");
}

const struct hc_lint_rule hc_lint_rule_subject_key_id_in_ca = {
    .row =
        {
            .id = "subject-key-id-in-ca",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.2",
            .level = HC_LINT_ERROR,
            .sentence = "A CA has a subject key identifier.",
        },
    .applies = hc_lint_when_ca,
    .judge = judge,
};

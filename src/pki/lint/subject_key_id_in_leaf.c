/* subject_key_id_in_leaf.c - "this extension SHOULD be included in all end entity certificates". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->ski.n == 0)
        hc_lint_found(j, "there is no subjectKeyIdentifier");
}

const struct hc_lint_rule hc_lint_rule_subject_key_id_in_leaf = {
    .row =
        {
            .id = "subject-key-id-in-leaf",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.2",
            .level = HC_LINT_NOTE,
            .sentence = "A leaf has a subject key identifier.",
        },
    .applies = hc_lint_when_leaf,
    .judge = judge,
};

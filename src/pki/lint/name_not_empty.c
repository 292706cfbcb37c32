/* name_not_empty.c - DirectoryString: SIZE (1..MAX). */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    if (hc_lint_is_directory_string(a) && a->value.n == 0)
        hc_lint_found(j, "%s of %s is empty", hc_lint_attribute_name(a), whose);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_not_empty = {
    .row =
        {
            .id = "name-not-empty",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.1",
            .level = HC_LINT_ERROR,
            .sentence = "Text in a name is not empty.",
        },
    .judge = judge,
};

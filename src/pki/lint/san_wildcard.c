/*
 * san_wildcard.c - a wildcard for every name below a top-level domain stands for strangers, and few clients accept
 * it.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    for (size_t i = 0; i < j->cert->n_names; i++) {
        const struct hc_name *name = &j->cert->names[i];
        struct hc_bytes above = hc_bytes_skip(name->text, 2);
        if (name->type == HC_NAME_DNS && hc_bytes_starts(name->text, HC_BYTES("*.")) &&
            hc_bytes_find(above, '.') == above.n)
            hc_lint_found(j, "dns:%.*s stands for a whole top-level domain", HC_LINT_SHOWN(name->text));
    }
}

const struct hc_lint_rule hc_lint_rule_san_wildcard = {
    .row =
        {
            .id = "san-wildcard",
            .source = "RFC 9525",
            .clause = "RFC 9525 7.1",
            .level = HC_LINT_WARNING,
            .sentence = "A wildcard stands above at least two labels.",
        },
    .judge = judge,
};

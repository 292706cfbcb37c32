/*
 * san_dns_syntax.c - "The name MUST be in the preferred name syntax" of RFC 1034 3.5: no underscore, which the
 * parser lets pass because it is in use.
 */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    for (size_t i = 0; i < j->cert->n_names; i++) {
        const struct hc_name *name = &j->cert->names[i];
        if (name->type == HC_NAME_DNS && hc_bytes_find(name->text, '_') < name->text.n)
            hc_lint_found(j, "dns:%.*s has an underscore in it", HC_LINT_SHOWN(name->text));
    }
}

const struct hc_lint_rule hc_lint_rule_san_dns_syntax = {
    .row =
        {
            .id = "san-dns-syntax",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.6",
            .level = HC_LINT_WARNING,
            .sentence = "A DNS name has letters, digits and hyphens only.",
        },
    .judge = judge,
};

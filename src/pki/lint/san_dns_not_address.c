/*
 * san_dns_not_address.c - a host name "can never have the dotted-decimal form", and some readers take such a name
 * for an IP address.
 */
#include "pki/lint/rule.h"

static bool ends_in_number(struct hc_bytes name)
{
    size_t n = name.n;
    while (n > 0 && hc_ascii_is_digit(name.p[n - 1]))
        n--;
    return n < name.n && (n == 0 || name.p[n - 1] == '.');
}

static void judge(struct hc_lint_judging *j)
{
    for (size_t i = 0; i < j->cert->n_names; i++) {
        const struct hc_name *name = &j->cert->names[i];
        if (name->type == HC_NAME_DNS && ends_in_number(name->text))
            hc_lint_found(j, "dns:%.*s looks like an IP address", HC_LINT_SHOWN(name->text));
    }
}

const struct hc_lint_rule hc_lint_rule_san_dns_not_address = {
    .row =
        {
            .id = "san-dns-not-address",
            .source = "RFC 1123",
            .clause = "RFC 1123 2.1",
            .level = HC_LINT_WARNING,
            .sentence = "The last label of a DNS name is not a number.",
        },
    .judge = judge,
};

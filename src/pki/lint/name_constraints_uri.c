/*
 * name_constraints_uri.c - "The constraint MUST be specified as a fully qualified domain name" and applies to the
 * host part.
 */
#include "pki/lint/rule.h"

/* With a dot before it, every host below [RFC 5280 4.2.1.10]. */
static bool is_domain(struct hc_bytes base)
{
    if (hc_bytes_starts(base, HC_BYTES(".")))
        base = hc_bytes_skip(base, 1);
    return base.n <= HC_DNS_MAX && hc_dns_matches(base, base);
}

static void subtree(struct hc_lint_judging *j, const struct hc_lint_subtree *s)
{
    if (s->tag == HC_LINT_GN_URI && !is_domain(s->base))
        hc_lint_found(j, "the constraint uri:%.*s is not a domain name", HC_LINT_SHOWN(s->base));
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_subtree(j, subtree);
}

const struct hc_lint_rule hc_lint_rule_name_constraints_uri = {
    .row =
        {
            .id = "name-constraints-uri",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.2.1.10",
            .level = HC_LINT_ERROR,
            .sentence = "A constraint on URIs is a host or a domain.",
        },
    .judge = judge,
};

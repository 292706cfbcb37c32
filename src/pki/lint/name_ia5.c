/* name_ia5.c - EmailAddress and DomainComponent ::= IA5String. */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    bool ia5 = hc_bytes_eq(a->oid, HC_OID_AT_EMAIL) || hc_bytes_eq(a->oid, HC_OID_AT_DOMAIN_COMPONENT);
    if (ia5 && a->tag != HC_DER_IA5)
        hc_lint_found(j, "%s of %s is not an IA5String", hc_lint_attribute_name(a), whose);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_ia5 = {
    .row =
        {
            .id = "name-ia5",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.1",
            .level = HC_LINT_ERROR,
            .sentence = "An emailAddress or domainComponent is an IA5String.",
        },
    .judge = judge,
};

/* name_country.c - X520countryName ::= PrintableString (SIZE (2)), of ISO 3166. */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    if (!hc_bytes_eq(a->oid, HC_OID_AT_COUNTRY))
        return;
    if (a->tag != HC_DER_PRINTABLE || a->value.n != 2 || !hc_ascii_is_alpha(a->value.p[0]) ||
        !hc_ascii_is_alpha(a->value.p[1]))
        hc_lint_found(j, "C of %s is not two letters in a PrintableString", whose);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_country = {
    .row =
        {
            .id = "name-country",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.1",
            .level = HC_LINT_ERROR,
            .sentence = "A country is two letters in a PrintableString.",
        },
    .judge = judge,
};

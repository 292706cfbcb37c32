/* name_printable.c - letters, digits, space and '()+,-./:=? [X.680 41.4]; "@", "*", "&" and "_" are not among them. */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    for (size_t i = 0; a->tag == HC_DER_PRINTABLE && i < a->value.n; i++) {
        uint8_t c = a->value.p[i];
        if (hc_ascii_is_alpha(c) || hc_ascii_is_digit(c) || (c && strchr(" '()+,-./:=?", c)))
            continue;
        hc_lint_found(j, "%s of %s is a PrintableString with the byte %02x in it", hc_lint_attribute_name(a), whose, c);
        return;
    }
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_printable = {
    .row =
        {
            .id = "name-printable",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.4",
            .level = HC_LINT_ERROR,
            .sentence = "A PrintableString holds only its characters.",
        },
    .judge = judge,
};

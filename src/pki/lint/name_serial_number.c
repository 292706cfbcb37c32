/* name_serial_number.c - X520SerialNumber ::= PrintableString (SIZE (1..ub-serial-number)). */
#include "pki/lint/rule.h"

static void attribute(struct hc_lint_judging *j, const char *whose, const struct hc_dn_attribute *a)
{
    if (hc_bytes_eq(a->oid, HC_OID_AT_SERIAL_NUMBER) && a->tag != HC_DER_PRINTABLE)
        hc_lint_found(j, "serialNumber of %s is not a PrintableString", whose);
}

static void judge(struct hc_lint_judging *j)
{
    hc_lint_each_attribute(j, attribute);
}

const struct hc_lint_rule hc_lint_rule_name_serial_number = {
    .row =
        {
            .id = "name-serial-number",
            .source = "RFC 5280",
            .clause = "RFC 5280 A.1",
            .level = HC_LINT_ERROR,
            .sentence = "A serialNumber in a name is a PrintableString.",
        },
    .judge = judge,
};

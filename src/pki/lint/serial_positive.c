/* serial_positive.c - "The serial number MUST be a positive integer assigned by the CA to each certificate." */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->odd_serial)
        hc_lint_found(j, "the serial number is zero or negative");
}

const struct hc_lint_rule hc_lint_rule_serial_positive = {
    .row =
        {
            .id = "serial-positive",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.2",
            .level = HC_LINT_ERROR,
            .sentence = "The serial number is positive.",
        },
    .judge = judge,
};

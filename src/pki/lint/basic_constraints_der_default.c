/* basic_constraints_der_default.c - cA is "DEFAULT FALSE", and DER leaves a default out [X.690 11.5]. */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    struct hc_der d;
    if (!hc_lint_value(j, HC_OID_BASIC_CONSTRAINTS, &d))
        return;
    struct hc_der seq = hc_der_enter(&d, HC_DER_SEQUENCE);
    if (hc_der_is(&seq, HC_DER_BOOLEAN) && !hc_der_bool(&seq))
        hc_lint_found(j, "cA FALSE is written out");
}

const struct hc_lint_rule hc_lint_rule_basic_constraints_der_default = {
    .row =
        {
            .id = "basic-constraints-der-default",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1",
            .level = HC_LINT_ERROR,
            .sentence = "A certificate that is no CA does not write out cA FALSE.",
        },
    .judge = judge,
};

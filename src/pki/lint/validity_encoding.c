/* validity_encoding.c - CAs "MUST always encode certificate validity dates through the year 2049 as UTCTime". */
#include "pki/lint/rule.h"

static void judge(struct hc_lint_judging *j)
{
    if (j->cert->odd_times)
        hc_lint_found(j, "a date before 2050 is a GeneralizedTime");
}

const struct hc_lint_rule hc_lint_rule_validity_encoding = {
    .row =
        {
            .id = "validity-encoding",
            .source = "RFC 5280",
            .clause = "RFC 5280 4.1.2.5",
            .level = HC_LINT_ERROR,
            .sentence = "Dates before 2050 are UTCTime.",
        },
    .judge = judge,
};
